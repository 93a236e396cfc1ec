"""Echo Brain as a director: its contract's fields, and faults told in the fields that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any

from tower_anime_assets.clients import echo_brain
from tower_anime_assets.clients.echo_brain import EchoBrainClient
from tower_anime_assets.engines.remote.director.consulting import Turn
from tower_anime_assets.engines.remote.director.service import DirectorRequest, ServiceDirector

_PATHS: Mapping[str, str] = {
    "plan": echo_brain.PLAN_PATH,
    "refine": echo_brain.REFINE_PATH,
    "learn": echo_brain.LEARN_PATH,
}


class EchoBrainDirector(ServiceDirector):
    """Plans, refines and learns by asking Echo Brain."""

    name = "echo-brain"
    model = "echo_brain"

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = echo_brain.ANSWER_TIMEOUT_S) -> None:
        self._connect = partial(EchoBrainClient, url, token, answer_timeout_s=answer_timeout_s)

    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        """Return the contract's fields; it has none for corrections, so they stand in the text that is read anyway."""
        fields = {**request.fields, "session_id": request.fields["session_id"] or "tower"}
        if turn.faults:
            correction = f"Your last answer could not be used: {'; '.join(turn.faults)}. Answer again without that."
            if request.kind == "plan":
                fields["scene_description"] = f"{fields['scene_description']}\n{correction}"
            else:
                fields["context_tags"] = [*fields["context_tags"], correction]
        return fields

    def send(self, request: DirectorRequest, turn: Turn) -> str:
        """Send it and return the raw answer.

        Raises:
            ServiceError: There is none.
        """
        with closing(self._connect()) as client:
            return client.post(_PATHS[request.kind], self.build_payload(request, turn))

    def rest(self) -> None:
        """Nothing is held: Echo Brain looks after its own memory."""


def check_service(url: str, token: str = "") -> str:
    """Return what the doctor says of a healthy Echo Brain.

    Raises:
        ServiceError: It is not healthy, does not answer, or is something else.
    """
    with closing(EchoBrainClient(url, token)) as client:
        client.check_health()
        return f"healthy at {client.url}"
