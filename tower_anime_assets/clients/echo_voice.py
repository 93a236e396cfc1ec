"""Echo Voice over HTTP: a line of text in, a sound out. Which character has which voice belongs to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.http import HttpService, ServiceClient
from tower_anime_assets.clients.sounds import SoundResponse, SoundResponseReader
from tower_anime_assets.errors import ServiceUnavailableError

SYNTHESIZE_PATH = "/api/voice/synthesize"
STATUS_PATH = "/api/voice/status"
VOICES_PATH = "/api/voice/voices"

ANSWER_TIMEOUT_S = 120.0
"""Without a GPU a long line takes some tens of seconds before the first byte."""

MAX_SOUND_BYTES = 64_000_000
"""The longest line, 5,000 characters, is about six minutes: 35 MB at 48 kHz."""

_UNHEALTHY_STATUSES = frozenset({"unhealthy", "error", "down", "failed", "unavailable", "offline"})


@dataclass(frozen=True)
class VoiceStatus:
    """A voice service's own word for its state, and the names or numbers of its voices."""

    status: str
    voices: tuple[str, ...]


class EchoVoiceClient(ServiceClient):
    """Client of one Echo Voice.

    Args:
        audio_root: The folder that it shares with us, or None.
        max_sound_bytes: Longer sounds are refused.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        audio_root: Path | None = None,
        *,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        max_sound_bytes: int = MAX_SOUND_BYTES,
    ) -> None:
        super().__init__(HttpService("Echo Voice", "ECHO_VOICE_URL", url, token, answer_timeout_s=answer_timeout_s))
        self._sound_reader = SoundResponseReader(self._service, audio_root, max_sound_bytes)

    def synthesize(self, request: Mapping[str, Any], target: Path) -> SoundResponse:
        """Have a line spoken and write the answered sound, not yet decoded, to a file.

        Args:
            request: The request's fields, as its contract defines them.
            target: The file to write.

        Raises:
            MediaError: The file cannot be written.
        """
        with self._service.stream("POST", SYNTHESIZE_PATH, json=dict(request)) as response:
            sound_or_body = self._sound_reader.save_or_parse(response, target)
        if isinstance(sound_or_body, SoundResponse):
            return sound_or_body
        return self._sound_reader.save_from_json(sound_or_body, target)

    def status(self) -> VoiceStatus:
        """Return its status and its voices.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it is unhealthy.
        """
        body = self._sound_reader.require_object(self._service.get_json(STATUS_PATH))
        status = str(body.get("status", "answers"))
        if status.lower() in _UNHEALTHY_STATUSES:
            raise ServiceUnavailableError(
                f"Echo Voice at {self.url} says that it is {self._service.excerpt(status)}. See its log"
            )
        return VoiceStatus(self._service.excerpt(status), self._parse_voices(self._service.get_json(VOICES_PATH)))

    def describe_shared_folder(self) -> str:
        """Return a sentence about the shared folder; raise ServiceRejectedError if it does not exist."""
        return self._sound_reader.describe_audio_root()

    def _parse_voices(self, body: Any) -> tuple[str, ...]:
        """Return the voices of a list, or of an object with a list: names, or objects with a name."""
        voices = body.get("voices") if isinstance(body, dict) else body
        if isinstance(voices, dict):
            voices = list(voices)
        names = [_voice_name(item) for item in voices] if isinstance(voices, list) else [None]
        if any(name is None for name in names):
            raise self._service.contract_error(VOICES_PATH, self._service.excerpt(body), "a list of voices with names")
        return tuple(self._service.excerpt(name) for name in names)


def _voice_name(item: Any) -> str | None:
    if isinstance(item, dict):
        item = next((item[key] for key in ("name", "character", "id", "speaker_id") if item.get(key) is not None), None)
    return str(item) if isinstance(item, str | int) and not isinstance(item, bool) else None
