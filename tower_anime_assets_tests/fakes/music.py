"""A fake music service on a real socket that answers a chord, true to its contract or faulty in one of many ways.

Standalone: `python -m tower_anime_assets_tests.fakes.music --port 8088 --task completed`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tower_anime_assets_tests.fakes.sound_server import FAULTS, Json, SoundServer, wait_forever, wav_bytes

RATE_HZ = 44_100
TASK_ENDS = ("completed", "failed", "never_ends", "lost", "bad_status", "bad_id")


def chord(duration_s: float, seed: int, bpm: int) -> NDArray[np.float32]:
    """Return (samples, 2) float32: a minor seventh chord that swells with the beat and dies away in the last half."""
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    root_hz = 110 * 2 ** ((seed % 12) / 12)
    waves = sum(
        np.sin(2 * np.pi * root_hz * 2 ** (step / 12) * at_s) / (1 + index) for index, step in enumerate((0, 3, 7, 10))
    )
    swell = 0.75 + 0.25 * np.cos(2 * np.pi * at_s * bpm / 60)
    end = np.clip((duration_s - at_s) / 0.5, 0.02, 1)
    mono = 0.2 * waves * swell * end * np.clip(at_s / 0.02, 0, 1)
    return np.stack([mono, np.roll(mono, 40)], axis=1).astype(np.float32)


class FakeMusic(SoundServer):
    """Answers chords.

    Attributes:
        task: "" to answer at once, or how a task ends: one of `TASK_ENDS`.
        polls: How often a task is asked after before it is done.
        extra_s: Added to every cue's length.
    """

    def __init__(self, port: int = 0, root: Path | None = None, token: str = "") -> None:
        routes = [
            Route("/api/music/generate", self._generate, methods=["GET", "POST"]),
            Route("/status/{task}", self._status),
        ]
        super().__init__(routes, port, root, token)

    def be_honest(self) -> None:
        super().be_honest()
        self.task, self.polls, self.extra_s = "", 2, 0.0
        self._begun: dict[str, tuple[bytes, int]] = {}

    async def _generate(self, request: Request) -> Response:
        refused = await self.refusal(request)
        if refused is not None:
            return refused
        if request.method != "POST":
            return JSONResponse({"detail": "Method Not Allowed"}, 405)
        asked = self.requests[-1].body
        wav = wav_bytes(chord(asked["duration"] + self.extra_s, asked.get("seed") or 0, asked["bpm"]), RATE_HZ)
        if not self.task:
            return self.sound(wav)
        task = f"task-{len(self._begun) + 1}"
        self._begun[task] = (wav, 0)
        return JSONResponse({"task_id": "../admin" if self.task == "bad_id" else task, "status": "pending"})

    async def _status(self, request: Request) -> Response:
        refused = await self.refusal(request)
        if refused is not None:
            return refused
        task = request.path_params["task"]
        if task not in self._begun or self.task == "lost":
            return JSONResponse({"detail": "no such task"}, 404)
        wav, asked = self._begun[task]
        self._begun[task] = (wav, asked + 1)
        return JSONResponse(self._standing(wav, asked + 1))

    def _standing(self, wav: bytes, asked: int) -> Json:
        if self.task == "bad_status":
            return {"status": 7}
        if self.task == "never_ends" or asked < self.polls:
            return {"status": "processing", "progress": 0.5 if self.task == "never_ends" else asked / self.polls}
        if self.task == "failed":
            return {"status": "failed", "error": "the sampler ran out of memory"}
        self.path_name = "output_path"
        return {"status": "completed", **self.sound_in_json(wav)}


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake music service.")
    parser.add_argument("--port", type=int, default=8088)
    parser.add_argument("--shape", default="bytes", choices=["bytes", "base64", "path"])
    parser.add_argument("--task", default="", choices=["", *TASK_ENDS])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--fault", default="", choices=["", *FAULTS])
    given = parser.parse_args()
    with FakeMusic(given.port, given.root) as fake:
        fake.shape, fake.task, fake.fault = given.shape, given.task, given.fault
        wait_forever(f"MUSIC_URL={fake.url}")


if __name__ == "__main__":
    main()
