"""Echo Brain's AI director over HTTP: requests as its contract has them, answers as the raw text that came.

What an answer means, and whether it keeps the contract, is judged where directors are; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tower_anime_assets.clients.http import HttpService
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError

PLAN_PATH = "/api/echo/anime/scene/plan"
REFINE_PATH = "/api/echo/anime/prompt/refine"
LEARN_PATH = "/api/echo/anime/feedback/learn"
HEALTH_PATH = "/api/echo/anime/health"

ANSWER_TIMEOUT_S = 300.0
"""A language model on a home server writes a plan in a minute or two."""

MAX_RESPONSE_BYTES = 4_000_000
"""A plan of a thousand shots is half of it; anything longer is no answer, and would have to be kept on record."""


class EchoBrainClient:
    """Speaks to one Echo Brain.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._service = HttpService("Echo Brain", "ECHO_BRAIN_URL", url, token, answer_timeout_s=answer_timeout_s)
        self.url = self._service.url

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def post(self, path: str, request: Mapping[str, Any]) -> str:
        """Return the raw text of the answer to a request; it may be anything.

        Args:
            path: `PLAN`, `REFINE` or `LEARN`.
            request: As the contract has it.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses the request, or answers more than `MAX_ANSWER_BYTES`.
        """
        with self._service.stream("POST", path, json=dict(request)) as response:
            return self._service.read_bytes(response, MAX_RESPONSE_BYTES).decode("utf-8", "replace")

    def check_health(self) -> None:
        """Ask whether it is well.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it is unhealthy.
            ServiceRejectedError: It answers something else than its contract.
        """
        body = self._service.get_json(HEALTH_PATH)
        status = body.get("status") if isinstance(body, dict) else None
        if status == "unhealthy":
            raise ServiceUnavailableError(f"Echo Brain at {self.url} says that it is unhealthy; see its log")
        if status != "healthy":
            raise ServiceRejectedError(
                f"Echo Brain at {self.url}{HEALTH_PATH} answered {str(body)[:200]}; expected a status of healthy or "
                "unhealthy. Is this Echo Brain? Check ECHO_BRAIN_URL"
            )
