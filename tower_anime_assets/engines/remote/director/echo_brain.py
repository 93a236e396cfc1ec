"""Echo Brain as a director."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any

from tower_anime_assets.clients import echo_brain
from tower_anime_assets.clients.echo_brain import EchoBrainClient
from tower_anime_assets.engines.remote.director.consulting import CORRECTION_START, Turn
from tower_anime_assets.engines.remote.director.service import DirectorRequest, ServiceDirector

_PATHS: Mapping[str, str] = {
    "plan": echo_brain.PLAN_PATH,
    "refine": echo_brain.REFINE_PATH,
    "learn": echo_brain.LEARN_PATH,
}


class EchoBrainDirector(ServiceDirector):
    """A director that asks Echo Brain."""

    name = "echo-brain"
    model = "echo_brain"

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = echo_brain.ANSWER_TIMEOUT_S) -> None:
        self._connect = partial(EchoBrainClient, url, token, answer_timeout_s=answer_timeout_s)

    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        """Return the contract's fields; corrections go into a text field, since the contract has none for them."""
        fields = {**request.fields, "session_id": request.fields["session_id"] or "tower"}
        if turn.faults:
            correction = f"{CORRECTION_START}: {'; '.join(turn.faults)}. Answer again without that."
            if request.kind == "plan":
                fields["scene_description"] = f"{fields['scene_description']}\n{correction}"
            else:
                fields["context_tags"] = [*fields["context_tags"], correction]
        return fields

    def send(self, request: DirectorRequest, turn: Turn) -> str:
        with closing(self._connect()) as client:
            return client.post(_PATHS[request.kind], self.build_payload(request, turn))

    def release(self) -> None:
        """Do nothing: Echo Brain manages its own memory."""


def check_service(url: str, token: str = "") -> str:
    """Return a sentence about Echo Brain's health.

    Raises:
        ServiceError: It is not healthy, does not answer, or is not Echo Brain.
    """
    with closing(EchoBrainClient(url, token)) as client:
        client.check_health()
        return f"healthy at {client.url}"
