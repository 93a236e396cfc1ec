"""Echo Voice over HTTP: a line in, a sound out. Which character has which voice is the engine's to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.http import HttpService
from tower_anime_assets.clients.sounds import SoundResponse, SoundResponseReader, describe_audio_root
from tower_anime_assets.errors import ServiceUnavailableError

SYNTHESIZE_PATH = "/api/voice/synthesize"
STATUS_PATH = "/api/voice/status"
VOICES_PATH = "/api/voice/voices"

ANSWER_TIMEOUT_S = 120.0
"""A long line on a processor without a GPU takes some tens of seconds before the first byte."""

MAX_SOUND_BYTES = 64_000_000
"""The longest line, 5,000 characters, is about six minutes: 35 MB at 48 kHz."""

_UNHEALTHY_STATUSES = frozenset({"unhealthy", "error", "down", "failed", "unavailable", "offline"})


@dataclass(frozen=True)
class VoiceStatus:
    """What a voice service says of itself.

    Attributes:
        status: Its word for how it is.
        voices: Names and numbers of its voices, in its order.
    """

    status: str
    voices: tuple[str, ...]


class EchoVoiceClient:
    """Speaks to one Echo Voice.

    Args:
        audio_root: The folder that it shares with us; None for none.
    """

    def __init__(
        self, url: str, token: str = "", audio_root: Path | None = None, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._service = HttpService("Echo Voice", "ECHO_VOICE_URL", url, token, answer_timeout_s=answer_timeout_s)
        self._root = audio_root
        self._sounds = SoundResponseReader(self._service, audio_root, MAX_SOUND_BYTES)
        self.url = self._service.url

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def synthesize(self, request: Mapping[str, Any], target: Path) -> SoundResponse:
        """Have a line spoken and write what comes to `to`.

        Args:
            request: As the contract has it.
            to: A file of ours; its content is whatever the service sent.

        Raises:
            ServiceUnavailableError: It does not answer, says that it cannot now, or its answer was cut short.
            ServiceRejectedError: It refuses, breaks the contract, or names a file that must not be read.
            MediaError: The file cannot be written.
        """
        with self._service.stream("POST", SYNTHESIZE_PATH, json=dict(request)) as response:
            sound_or_body = self._sounds.save_or_parse(response, target)
        return (
            sound_or_body
            if isinstance(sound_or_body, SoundResponse)
            else self._sounds.save_from_json(sound_or_body, target)
        )

    def status(self) -> VoiceStatus:
        """Return how it is and which voices it has.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it is unwell.
            ServiceRejectedError: It answers something else than its contract, or the shared folder is none.
        """
        body = self._sounds.require_object(self._service.get_json(STATUS_PATH))
        status = str(body.get("status", "answers"))
        if status.lower() in _UNHEALTHY_STATUSES:
            raise ServiceUnavailableError(
                f"Echo Voice at {self.url} says that it is {self._sounds.excerpt(status)}; see its log"
            )
        return VoiceStatus(self._sounds.excerpt(status), self._parse_voices(self._service.get_json(VOICES_PATH)))

    def describe_shared_folder(self) -> str:
        """Return in words which folder is shared.

        Raises:
            ServiceRejectedError: It is no folder.
        """
        return describe_audio_root(self._service, self._root)

    def _parse_voices(self, body: Any) -> tuple[str, ...]:
        """Return the voices of a list, or of an object that holds one: names, or objects that have one."""
        voices = body.get("voices") if isinstance(body, dict) else body
        if isinstance(voices, dict):
            voices = list(voices)
        names = [_voice_name(item) for item in voices] if isinstance(voices, list) else [None]
        if any(name is None for name in names):
            raise self._sounds.contract_error(f"voices as {self._sounds.excerpt(body)}", "a list of voices with names")
        return tuple(self._sounds.excerpt(name) for name in names)


def _voice_name(item: Any) -> str | None:
    if isinstance(item, dict):
        item = next((item[key] for key in ("name", "character", "id", "speaker_id") if item.get(key) is not None), None)
    return str(item) if isinstance(item, str | int) and not isinstance(item, bool) else None
