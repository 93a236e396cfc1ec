"""Cues by the music service, conformed to the cue's length."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tower_anime_assets.clients.music import MusicClient
from tower_anime_assets.engines.remote.sounds import (
    DecodedSound,
    clipping_offset_db,
    decode_answer,
    describe_answer,
    normalize_loudness,
)
from tower_anime_assets.errors import PlanError, StoppedError
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.verdicts import Verdict

CUE_LENGTH_RANGE_S = (0.2, 1800.0)
SERVICE_STYLE = "anime_soundtrack"
ACTION_MOODS = frozenset({"action", "chase", "fight", "battle"})
ACTION_BPM, DEFAULT_BPM = 120, 80
MAX_FADE_S = 1.5
LENGTH_MARGIN_S = 0.5
MAX_LENGTH_FACTOR, MAX_EXTRA_LENGTH_S = 3.0, 600.0
"""How much longer than requested a cue may be, as factor and seconds: some services know only a few lengths."""


class MusicService:
    """Makes cues with the studio's music service.

    Args:
        audio_root: The folder that it shares with us, if any.
        stall_s: How long it may be silent, or a task make no progress.
        poll_s: Pause between polls of a task.
    """

    name = "music-service"
    is_service = True
    version = "1"
    lanes = 2

    def __init__(
        self, url: str, token: str = "", audio_root: Path | None = None, stall_s: float = 600.0, poll_s: float = 1.0
    ) -> None:
        # A connection per cue, so that an engine needs no closing.
        self._connect = partial(MusicClient, url, token, audio_root, stall_s=stall_s, poll_s=poll_s)

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the whole request: a new seed per attempt, and a longer cue after one that was too short."""
        seed = brief.seed if number == 1 else seed_from("music-service", brief.seed, number)
        duration_s = brief.length_s
        for verdict in complaints:
            if verdict.measure == "length_error_s":  # a cue that is too long is cut, so this one was too short
                duration_s = brief.length_s + verdict.value + LENGTH_MARGIN_S
        request = _build_request(brief, seed, duration_s)
        return {"seed": seed, "request": request, "softer_db": clipping_offset_db(complaints, number)}

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        """Make the cue and write it as a stereo WAV at the mezzanine's rate and level.

        A cue that is too long is cut to the brief's length and faded; `details` says by how much. One that is too
        short is left for the gate to reject.

        Raises:
            PlanError: The requested length is out of range.
        """
        min_s, max_s = CUE_LENGTH_RANGE_S
        if not min_s <= brief.length_s <= max_s:
            raise PlanError(
                f"a cue is {brief.length_s:g} s long; expected {min_s:g} to {max_s:g} s. Change the scene's length"
            )
        if attempt.is_stopped():
            raise StoppedError("stopped before the music service was called")
        cpu_start_s = time.thread_time()
        answer_path = attempt.folder / "answer"
        request = attempt.parameters["request"]
        with closing(self._connect()) as client:
            answer = client.generate(
                request, answer_path, progress=attempt.report_progress, is_stopped=attempt.is_stopped
            )
        sound = decode_answer("music service", answer_path, 2, brief.length_s * MAX_LENGTH_FACTOR + MAX_EXTRA_LENGTH_S)
        trimmed, fade_s = _trim_and_fade(sound, round(brief.length_s * SAMPLE_RATE_HZ))
        samples, gain_db = normalize_loudness(trimmed, float(attempt.parameters["softer_db"]))
        path = attempt.folder / "cue.wav"
        write_wav(path, samples)
        details = {
            "mood": request["mood"],
            "tempo_bpm": request["bpm"],
            "length_s": round(len(samples) / SAMPLE_RATE_HZ, 4),
            "came_s": round(len(sound.samples) / SAMPLE_RATE_HZ, 4),
            "trimmed_s": round((len(sound.samples) - len(samples)) / SAMPLE_RATE_HZ, 4),
            "fade_s": fade_s,
            **describe_answer(answer, sound, gain_db),
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)


def _build_request(brief: MusicBrief, seed: int, duration_s: float) -> dict[str, Any]:
    """Return the request in the contract's fields; the contract has none for the writer's words and the style."""
    is_action = brief.mood in ACTION_MOODS
    scene_type = "action" if is_action else "dialogue" if brief.has_speech else "establishing"
    return {
        "scene_type": scene_type,
        "mood": ", ".join(part for part in (brief.mood, brief.words, *brief.style) if part),
        "duration": round(duration_s, 4),
        "style": SERVICE_STYLE,
        "bpm": brief.tempo_bpm or (ACTION_BPM if is_action else DEFAULT_BPM),
        "seed": seed,
    }


def _trim_and_fade(sound: DecodedSound, target_samples: int) -> tuple[DecodedSound, float]:
    """Return the sound cut to `target_samples`, and the length of the fade at its cut end in seconds."""
    if len(sound.samples) <= target_samples:
        return sound, 0.0
    fade_samples = min(round(MAX_FADE_S * SAMPLE_RATE_HZ), target_samples // 4)
    samples = sound.samples[:target_samples].copy()
    fade = np.cos(np.linspace(0, np.pi / 2, fade_samples, dtype=np.float32))[:, None] ** 2
    samples[target_samples - fade_samples :] *= fade
    return replace(sound, samples=samples), round(fade_samples / SAMPLE_RATE_HZ, 4)


def check_service(url: str, token: str, audio_root: Path | None) -> str:
    """Return a sentence about the music service's health.

    Raises:
        ServiceUnavailableError: It does not answer.
        ServiceRejectedError: Its answer breaks the contract, or the shared folder does not exist.
    """
    with closing(MusicClient(url, token, audio_root, stall_s=10.0)) as client:
        return f"music service {client.describe_health()}"
