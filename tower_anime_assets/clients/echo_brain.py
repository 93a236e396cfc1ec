"""Echo Brain's AI director over HTTP: requests by its contract, answers as raw text.

Interpreting and checking the answers belongs to the directors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tower_anime_assets.clients.http import HttpService, ServiceClient
from tower_anime_assets.errors import ServiceUnavailableError

PLAN_PATH = "/api/echo/anime/scene/plan"
REFINE_PATH = "/api/echo/anime/prompt/refine"
LEARN_PATH = "/api/echo/anime/feedback/learn"
HEALTH_PATH = "/api/echo/anime/health"

ANSWER_TIMEOUT_S = 300.0
"""A language model on a home server writes a plan in a minute or two."""

MAX_RESPONSE_BYTES = 4_000_000
"""Twice a plan of a thousand shots; every answer is recorded."""

_REASONS = ("error", "database", "fdw_access")
"""Fields of an unhealthy answer that may say why."""


class EchoBrainClient(ServiceClient):
    """Client of one Echo Brain."""

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        super().__init__(HttpService("Echo Brain", "ECHO_BRAIN_URL", url, token, answer_timeout_s=answer_timeout_s))

    def post(self, path: str, request: Mapping[str, Any]) -> str:
        """Return the answer to a request as raw text.

        Args:
            path: `PLAN_PATH`, `REFINE_PATH` or `LEARN_PATH`.
            request: The request's fields, as its contract defines them.
        """
        with self._service.stream("POST", path, json=dict(request)) as response:
            return self._service.read_bytes(response, MAX_RESPONSE_BYTES).decode("utf-8", "replace")

    def check_health(self) -> None:
        """Return if it says that it is healthy.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it is unhealthy.
        """
        body = self._service.get_json(HEALTH_PATH)
        status = body.get("status") if isinstance(body, dict) else None
        if status == "unhealthy":
            reasons = [f"{name}: {self._service.excerpt(body[name])}" for name in _REASONS if body.get(name)]
            raise ServiceUnavailableError(
                f"Echo Brain at {self.url} says that it is unhealthy ({', '.join(reasons) or 'no reason given'}). "
                "It reads anime.projects and anime.characters through its own database; see its log"
            )
        if status != "healthy":
            raise self._service.contract_error(
                HEALTH_PATH, self._service.excerpt(body), "the status healthy or unhealthy"
            )
