"""Cues made by the music service: what it is asked, and its answer brought to the house's form and the cue's length."""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tower_anime_assets.clients.music import MusicClient
from tower_anime_assets.engines.remote.sounds import DecodedSound, Samples, decode_answer, normalize_loudness
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
"""A cue may come so much longer than asked, as factor and seconds: some services know a few fixed lengths only."""


class MusicService:
    """Has cues made by the studio's music service.

    Args:
        url: Its address.
        token: Bearer token, "" for none.
        audio_root: The folder that it shares with us; None when nothing is shared.
        stall_s: How long it may be silent, or a task stand still, seconds.
        poll_s: How often a task is asked after, seconds.
    """

    name = "music-service"
    version = "1"
    lanes = 2

    def __init__(
        self, url: str, token: str = "", audio_root: Path | None = None, stall_s: float = 600.0, poll_s: float = 1.0
    ) -> None:
        # Connected for each cue only, so that an engine that nobody closes leaves nothing open.
        self._connect = partial(MusicClient, url, token, audio_root, stall_s=stall_s, poll_s=poll_s)

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the whole request: another seed after any complaint, longer when the cue was too short."""
        seed = brief.seed if number == 1 else seed_from("music-service", brief.seed, number)
        duration_s, softer_db = brief.length_s, 0.0
        for verdict in complaints:
            if verdict.measure == "length_error_s":  # too long is cut here, so it was too short
                duration_s = brief.length_s + verdict.value + LENGTH_MARGIN_S
            if verdict.measure == "clipped_samples":
                softer_db = -3.0 * (number - 1)
        return {"seed": seed, "request": _build_request(brief, seed, duration_s), "softer_db": softer_db}

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        """Have the cue made and bring it into a stereo WAV at the house rate and level.

        A cue that came longer is cut to the brief's length, rounded to the sample, and faded; `details` says by how
        much. One that came shorter stays so: that is for the gate to say.

        Raises:
            PlanError: The length is none that a cue can have.
            ServiceError: The service failed, or answered what is no sound.
            MediaError: The sound could not be written.
            StoppedError: The run was stopped.
        """
        min_s, max_s = CUE_LENGTH_RANGE_S
        if not min_s <= brief.length_s <= max_s:
            raise PlanError(
                f"a cue of {brief.length_s:g} s cannot be made; expected {min_s:g} to {max_s:g} s. Change the "
                "scene's length"
            )
        if attempt.is_stopped():
            raise StoppedError("stopped before the music service was asked")
        cpu_start_s = time.thread_time()
        answer_path = attempt.folder / "answer"
        with closing(self._connect()) as client:
            answer = client.generate(
                attempt.parameters["request"],
                answer_path,
                progress=attempt.report_progress,
                is_stopped=attempt.is_stopped,
            )
        sound = decode_answer("music service", answer_path, 2, brief.length_s * MAX_LENGTH_FACTOR + MAX_EXTRA_LENGTH_S)
        target_samples = round(brief.length_s * SAMPLE_RATE_HZ)
        trimmed, fade_s = _trim_and_fade(sound, target_samples)
        samples, gain_db = normalize_loudness(trimmed, float(attempt.parameters["softer_db"]))
        path = attempt.folder / "cue.wav"
        write_wav(path, samples)
        request = attempt.parameters["request"]
        details = {
            "mood": request["mood"],
            "tempo_bpm": request["bpm"],
            "length_s": round(len(samples) / SAMPLE_RATE_HZ, 4),
            "came_s": round(len(sound.samples) / SAMPLE_RATE_HZ, 4),
            "trimmed_s": round((len(sound.samples) - len(samples)) / SAMPLE_RATE_HZ, 4),
            "fade_s": fade_s,
            "answer": {"shape": answer.transport, "kind": sound.container, "sample_rate_hz": sound.source_rate_hz},
            "gain_db": round(gain_db, 2),
            "clipped_on_arrival": sound.clipped_samples,
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)


def _build_request(brief: MusicBrief, seed: int, duration_s: float) -> dict[str, Any]:
    """Return the request as the contract has it; the writer's words and the scene's style go with the mood."""
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
    """Return the sound no longer than `wanted` samples, and the seconds over which its cut end was faded."""
    if len(sound.samples) <= target_samples:
        return sound, 0.0
    fade_samples = min(round(MAX_FADE_S * SAMPLE_RATE_HZ), target_samples // 4)
    samples: Samples = sound.samples[:target_samples].copy()
    samples[target_samples - fade_samples :] *= (
        np.cos(np.linspace(0, np.pi / 2, fade_samples, dtype=np.float32))[:, None] ** 2
    )
    return DecodedSound(samples, sound.clipped_samples, sound.container, sound.source_rate_hz), round(
        fade_samples / SAMPLE_RATE_HZ, 4
    )


def check_service(url: str, token: str, audio_root: Path | None) -> str:
    """Return how the music service is, in words.

    Raises:
        ServiceUnavailableError: It does not answer.
        ServiceRejectedError: It refuses, answers something else than JSON, or the shared folder is none.
    """
    with closing(MusicClient(url, token, audio_root, stall_s=10.0)) as client:
        return f"music service {client.describe_health()}"
