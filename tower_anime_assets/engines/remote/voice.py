"""Lines spoken by Echo Voice, trimmed and with every word timed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tower_anime_assets.clients.echo_voice import EchoVoiceClient
from tower_anime_assets.clients.sounds import SoundResponse
from tower_anime_assets.engines.remote.sounds import (
    Samples,
    clipping_offset_db,
    decode_answer,
    describe_answer,
    normalize_loudness,
)
from tower_anime_assets.errors import PlanError, ServiceRejectedError, StoppedError
from tower_anime_assets.media.dynamics import linear_gain
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.readers import is_pause
from tower_anime_assets.production.planning.timing import PAUSE_S
from tower_anime_assets.production.planning.word_times import TimedWord, estimate_word_times, match_word_times
from tower_anime_assets.production.verdicts import Verdict

MAX_CHARACTERS = 5000
"""The contract's limit for one line."""

NORMAL_RATE_WPM = 165
"""The rate that a speed of 1.0 stands for, and a character's default."""

SPEED_RANGE = (0.5, 2.0)
MAX_SPEEDUP = 1.25
"""How much faster a line may be spoken to fit its window; beyond that it is hard to follow."""

MAX_ANSWER_S = 900.0
LEAD_S, TAIL_S = 0.05, 0.07
_AUDIBLE_LEVEL = linear_gain(-45.0)
_MAX_WORD_OVERRUN_S = 0.25
"""How far past the sound's end a word may end; codecs pad, and services round."""


class EchoVoice:
    """Speaks lines with the studio's Echo Voice.

    Args:
        audio_root: The folder that it shares with us, if any.
    """

    name = "echo-voice"
    is_service = True
    version = "1"
    lanes = 2

    def __init__(self, url: str, token: str = "", audio_root: Path | None = None) -> None:
        # A connection per line, so that an engine needs no closing.
        self._connect = partial(EchoVoiceClient, url, token, audio_root)

    def plan_attempt(self, brief: VoiceBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the whole request: faster after an overrun. The service takes no seed; `seed` tells attempts apart."""
        speedup = 1.0
        for verdict in complaints:
            if verdict.measure == "overrun_s":
                needed_speedup = 1.03 * (brief.window_s + verdict.value) / max(brief.window_s, 0.1)
                speedup = MAX_SPEEDUP if number > 2 else min(MAX_SPEEDUP, needed_speedup)
        return {
            "seed": seed_from("echo-voice", brief.character, brief.text, number),
            "request": _build_request(brief, speedup),
            "softer_db": clipping_offset_db(complaints, number),
        }

    def make(self, brief: VoiceBrief, attempt: Attempt) -> EngineOutput:
        """Speak the line and write it as a mono WAV at the mezzanine's rate and level, without silence around it.

        `details` holds each word's times; `word_times` is `service` if the service sent them, else `estimated`.

        Raises:
            PlanError: The line is longer than the service takes.
        """
        cpu_start_s = time.thread_time()
        if not 0 < len(brief.text) <= MAX_CHARACTERS:
            raise PlanError(
                f"a line has {len(brief.text)} characters; Echo Voice takes 1 to {MAX_CHARACTERS}. Split the line"
            )
        if is_pause(brief.text):
            return _make_pause(brief, attempt)
        if attempt.is_stopped():
            raise StoppedError("stopped before Echo Voice was called")
        answer_path = attempt.folder / "answer"
        with closing(self._connect()) as client:
            answer = client.synthesize(attempt.parameters["request"], answer_path)
        attempt.report_progress(0.8, "spoken")
        sound = decode_answer("Echo Voice", answer_path, 1, MAX_ANSWER_S)
        samples, gain_db = normalize_loudness(sound, float(attempt.parameters["softer_db"]))
        words, timing_source = _time_words(answer, samples, brief.text)
        samples, trimmed_s = _trim_silence(samples)
        words = _shift_words(words, trimmed_s, len(samples) / SAMPLE_RATE_HZ)
        path = attempt.folder / "line.wav"
        write_wav(path, samples)
        length_s = len(samples) / SAMPLE_RATE_HZ
        details = {
            "words": [asdict(word) for word in words],
            "word_times": timing_source,
            "speech_s": round(length_s, 4),
            "rate_wpm": round(60 * len(words) / max(length_s, 0.01)),
            "variant": brief.voice.service_voice or brief.character,
            "skipped": _untimed_words(brief.text, words),
            **describe_answer(answer, sound, gain_db),
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)


def _make_pause(brief: VoiceBrief, attempt: Attempt) -> EngineOutput:
    """Write the silence of a line that is a pause: a service would read out its marks, or refuse it."""
    length_s = min(PAUSE_S, brief.window_s)
    path = attempt.folder / "line.wav"
    write_wav(path, np.zeros(round(length_s * SAMPLE_RATE_HZ), np.float32))
    details = {"words": [], "word_times": "service", "speech_s": round(length_s, 4), "rate_wpm": 0, "skipped": []}
    return EngineOutput({"main": path}, {**details, "variant": brief.voice.service_voice or brief.character})


def _build_request(brief: VoiceBrief, speedup: float) -> dict[str, Any]:
    """Return the request in the contract's fields: Piper's numbered voices take a length scale, named ones a speed."""
    min_speed, max_speed = SPEED_RANGE
    speed = round(min(max(brief.voice.rate_wpm / NORMAL_RATE_WPM * speedup, min_speed), max_speed), 4)
    request = {
        "text": brief.text,
        "style": "anime" if brief.emotion in ("", "neutral") else str(brief.emotion),
        "language": brief.voice.language,
    }
    voice_name = brief.voice.service_voice.strip()
    if voice_name.isdecimal():
        return {**request, "character": None, "speaker_id": int(voice_name), "length_scale": round(1 / speed, 4)}
    return {**request, "character": voice_name or brief.character, "speed": speed}


def _time_words(answer: SoundResponse, samples: Samples, text: str) -> tuple[tuple[TimedWord, ...], str]:
    """Return the written words with their times, and the source of the times."""
    if not answer.words:
        return estimate_word_times(samples, SAMPLE_RATE_HZ, text), "estimated"
    length_s = len(samples) / SAMPLE_RATE_HZ
    last_s = max(word.end_s for word in answer.words)
    if last_s > length_s + _MAX_WORD_OVERRUN_S:
        raise ServiceRejectedError(
            f"Echo Voice timed words up to {last_s:g} s in a sound of {length_s:.2f} s; expected seconds, within the "
            "sound. See its log"
        )
    return match_word_times(answer.words, text), "service"


def _trim_silence(samples: Samples) -> tuple[Samples, float]:
    """Return the audible part with short faded margins, and the seconds cut from its start.

    Negative seconds are silence added at the start. A sound with nothing audible is returned whole, for the gate.
    """
    audible = np.flatnonzero(np.abs(samples[:, 0]) > _AUDIBLE_LEVEL)
    if not audible.size:
        return samples, 0.0
    lead_samples, tail_samples = round(LEAD_S * SAMPLE_RATE_HZ), round(TAIL_S * SAMPLE_RATE_HZ)
    start, end = int(audible[0]) - lead_samples, int(audible[-1]) + 1 + tail_samples
    padding_samples = max(0, end - len(samples))
    trimmed = np.pad(samples[max(0, start) : end], ((max(0, -start), padding_samples), (0, 0)))
    fade_in_samples, fade_out_samples = lead_samples // 10, tail_samples // 2
    trimmed[:fade_in_samples, 0] *= np.linspace(0, 1, fade_in_samples, dtype=np.float32)
    trimmed[-fade_out_samples:, 0] *= np.linspace(1, 0, fade_out_samples, dtype=np.float32)
    return trimmed, start / SAMPLE_RATE_HZ


def _shift_words(words: Iterable[TimedWord], offset_s: float, length_s: float) -> tuple[TimedWord, ...]:
    def clamp(time_s: float) -> float:
        return round(min(max(time_s - offset_s, 0.0), length_s), 4)

    return tuple(replace(word, start_s=clamp(word.start_s), end_s=clamp(word.end_s)) for word in words)


def _untimed_words(text: str, words: tuple[TimedWord, ...]) -> list[str]:
    """Return the written words without a time, in order."""
    missing, index = [], 0
    for token in text.split():
        if index < len(words) and words[index].text == token:
            index += 1
        elif any(character.isalnum() for character in token):
            missing.append(token)
    return missing


def check_service(url: str, token: str, audio_root: Path | None, voice_names: Iterable[str] = ()) -> str:
    """Return a sentence about Echo Voice's health, naming those of the characters' voices that it lacks.

    Raises:
        ServiceUnavailableError: It does not answer, or reports itself unhealthy.
        ServiceRejectedError: Its answer breaks the contract, or the shared folder does not exist.
    """
    with closing(EchoVoiceClient(url, token, audio_root)) as client:
        status, folder_note = client.status(), client.describe_shared_folder()
    voice_list = f"{len(status.voices)} voices" + (f" ({', '.join(status.voices[:8])})" if status.voices else "")
    missing = sorted({name for name in voice_names if name} - set(status.voices))
    missing_note = f"; not among them: {', '.join(missing)}" if missing else ""
    return f"Echo Voice at {client.url}: {status.status}, {voice_list}{missing_note}; {folder_note}"
