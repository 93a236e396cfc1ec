"""A fake Echo Voice on a real socket that really speaks, true to its contract or faulty in one of many ways.

Standalone: `python -m tower_anime_assets_tests.fakes.echo_voice --port 8309 --shape base64`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tower_anime_assets.media.speech import SynthesizedSpeech, synthesize_speech
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets_tests.fakes.sound_server import FAULTS, Json, SoundServer, wait_forever, wav_bytes

VOICES = ("akira", "luna", "viktor", "narrator")
_VARIANTS = ("f2", "m3", "f4", "m7", "m1", "f1")


class FakeEchoVoice(SoundServer):
    """Speaks with espeak-ng.

    Attributes:
        tells_words: Whether JSON answers hold the words' times.
        pace: Factor on every line's rate.
        status: What it says of itself.
        voices: Its answer to a request for its voices.
    """

    def __init__(self, port: int = 0, root: Path | None = None, token: str = "") -> None:
        routes = [
            Route("/api/voice/synthesize", self._synthesize, methods=["POST"]),
            Route("/api/voice/status", self._status),
            Route("/api/voice/voices", self._voices),
        ]
        super().__init__(routes, port, root, token)

    def be_honest(self) -> None:
        super().be_honest()
        self.tells_words, self.pace, self.status = False, 1.0, "healthy"
        self.voices: object = {"voices": [{"name": name} for name in VOICES]}

    async def _synthesize(self, request: Request) -> Response:
        refused = await self.refusal(request)
        if refused is not None:
            return refused
        asked = self.requests[-1].body
        if not 1 <= len(asked.get("text", "")) <= 5000:
            return JSONResponse({"detail": "text: 1 to 5000 characters"}, 422)
        spoken = await run_in_threadpool(self._spoken, asked)
        more: Json = {}
        if self.tells_words:
            more["words"] = [
                {"word": word.text.strip(".,;!?").lower(), "start": word.start_s, "end": word.end_s}
                for word in spoken.words
            ]
        if self.fault == "bad_words":
            more["words"] = [{"word": "they", "start": "soon", "end": None}]
        return self.sound(wav_bytes(spoken.samples, spoken.sample_rate_hz), more)

    def _spoken(self, asked: Json) -> SynthesizedSpeech:
        speed = asked.get("speed", 1.0) / asked.get("length_scale", 1.0)
        voice = asked.get("speaker_id")
        number = voice if isinstance(voice, int) else seed_from("fake voice", asked.get("character"))
        variant = _VARIANTS[number % len(_VARIANTS)]
        return synthesize_speech(
            asked["text"], variant, 50, round(165 * speed * self.pace), asked.get("language", "en")
        )

    async def _status(self, request: Request) -> Response:
        return await self.refusal(request) or JSONResponse({"status": self.status, "engine": "espeak"})

    async def _voices(self, request: Request) -> Response:
        return await self.refusal(request) or JSONResponse(self.voices)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake Echo Voice.")
    parser.add_argument("--port", type=int, default=8309)
    parser.add_argument("--shape", default="bytes", choices=["bytes", "base64", "path"])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--fault", default="", choices=["", *FAULTS])
    parser.add_argument("--tells-words", action="store_true")
    given = parser.parse_args()
    with FakeEchoVoice(given.port, given.root) as fake:
        fake.shape, fake.fault, fake.tells_words = given.shape, given.fault, given.tells_words
        wait_forever(f"ECHO_VOICE_URL={fake.url}")


if __name__ == "__main__":
    main()
