"""Lines spoken by Echo Voice: what it is asked, and its answer brought to the house's form with every word timed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tower_anime_assets.clients.echo_voice import EchoVoiceClient
from tower_anime_assets.clients.sounds import SoundAnswer
from tower_anime_assets.engines.remote.sounds import Samples, Taken, levelled, taken
from tower_anime_assets.errors import PlanError, ServiceRejectedError, StoppedError
from tower_anime_assets.media.dynamics import gain_of
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.sound_files import write_wav
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.word_times import TimedWord, estimate_word_times, match_word_times
from tower_anime_assets.production.verdicts import Verdict

MAX_CHARACTERS = 5000
"""The contract's limit for one line."""

NORMAL_RATE_WPM = 165
"""The rate that a speed of 1.0 stands for: what a character has who asks for none."""

SPEEDS = (0.5, 2.0)
MAX_FASTER = 1.25
"""How much faster than wanted a line may be asked for to fit; faster is hard to follow."""

LIMIT_S = 900.0
LEAD_S, TAIL_S = 0.05, 0.07
_AUDIBLE = gain_of(-45.0)
_LATE_S = 0.25
"""How far a word may lie past the sound's end; codecs pad, and services round."""


class EchoVoice:
    """Speaks lines with the studio's Echo Voice.

    Args:
        url: Its address.
        token: Bearer token, "" for none.
        audio_root: The folder that it shares with us; None when nothing is shared.
    """

    name = "echo-voice"
    version = "1"
    lanes = 2

    def __init__(self, url: str, token: str = "", audio_root: Path | None = None) -> None:
        # Connected for each line only, so that an engine that nobody closes leaves nothing open.
        self._connected = partial(EchoVoiceClient, url, token, audio_root)

    def plan_attempt(self, brief: VoiceBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the whole request, and how much softer its answer is taken: faster after an overrun.

        The service draws nothing by chance that we could seed; `seed` only tells attempts apart.
        """
        faster, softer_db = 1.0, 0.0
        for verdict in complaints:
            if verdict.measure == "overrun_s":
                needed = 1.03 * (brief.window_s + verdict.value) / max(brief.window_s, 0.1)
                faster = MAX_FASTER if number > 2 else min(MAX_FASTER, needed)
            if verdict.measure == "clipped_samples":
                softer_db = -3.0 * (number - 1)
        return {
            "seed": seed_from("echo-voice", brief.character, brief.text, number),
            "request": _request(brief, faster),
            "softer_db": softer_db,
        }

    def make(self, brief: VoiceBrief, attempt: Attempt) -> EngineOutput:
        """Have the line spoken and bring it into a mono WAV at the house rate and level, trimmed to what is heard.

        `details` holds the words with their times and `word_times`: `service` when it told them, else `estimated`.

        Raises:
            PlanError: The line is longer than the service takes.
            ServiceError: The service failed, or answered what is no sound.
            MediaError: The sound could not be written.
            StoppedError: The run was stopped before the service was asked.
        """
        started = time.thread_time()
        if not 0 < len(brief.text) <= MAX_CHARACTERS:
            raise PlanError(
                f"a line of {len(brief.text)} characters cannot be spoken by Echo Voice; expected 1 to "
                f"{MAX_CHARACTERS}. Split it"
            )
        if attempt.is_stopped():
            raise StoppedError("stopped before Echo Voice was asked")
        came = attempt.folder / "answer"
        with closing(self._connected()) as client:
            answer = client.synthesize(attempt.parameters["request"], came)
        attempt.report_progress(0.8, "spoken")
        sound = taken("Echo Voice", came, 1, LIMIT_S)
        samples, gain_db = levelled(sound, float(attempt.parameters["softer_db"]))
        words, told_by = _timed(answer, samples, brief.text)
        samples, moved_s = _trimmed(samples)
        words = _moved(words, moved_s, len(samples) / SAMPLE_RATE_HZ)
        path = attempt.folder / "line.wav"
        write_wav(path, samples)
        return EngineOutput(
            {"main": path},
            _details(brief, answer, sound, words, told_by, len(samples), gain_db),
            cpu_s=time.thread_time() - started,
        )


def _request(brief: VoiceBrief, faster: float) -> dict[str, Any]:
    """Return the request as the contract has it: Piper's numbered voices take a length, named ones a speed."""
    low, high = SPEEDS
    speed = round(min(max(brief.voice.rate_wpm / NORMAL_RATE_WPM * faster, low), high), 4)
    wanted = {
        "text": brief.text,
        "style": "anime" if brief.emotion in ("", "neutral") else str(brief.emotion),
        "language": brief.voice.language,
    }
    called = brief.voice.service_voice.strip()
    if called.isdecimal():
        return {**wanted, "character": None, "speaker_id": int(called), "length_scale": round(1 / speed, 4)}
    return {**wanted, "character": called or brief.character, "speed": speed}


def _timed(answer: SoundAnswer, samples: Samples, text: str) -> tuple[tuple[TimedWord, ...], str]:
    """Return the written words with their times, and who told them."""
    if not answer.words:
        return estimate_word_times(samples, SAMPLE_RATE_HZ, text), "estimated"
    length_s = len(samples) / SAMPLE_RATE_HZ
    last_s = max(word.end_s for word in answer.words)
    if last_s > length_s + _LATE_S:
        raise ServiceRejectedError(
            f"Echo Voice answered words up to {last_s:g} s in a sound of {length_s:.2f} s; expected seconds within it. "
            "See its log"
        )
    return match_word_times(answer.words, text), "service"


def _trimmed(samples: Samples) -> tuple[Samples, float]:
    """Return the samples from just before what is heard to just after, eased, and the seconds cut off in front.

    Negative seconds are silence put in front. What holds nothing to hear is returned whole, for the gate to see.
    """
    loud = np.flatnonzero(np.abs(samples[:, 0]) > _AUDIBLE)
    if not loud.size:
        return samples, 0.0
    lead, tail = round(LEAD_S * SAMPLE_RATE_HZ), round(TAIL_S * SAMPLE_RATE_HZ)
    start, end = int(loud[0]) - lead, int(loud[-1]) + 1 + tail
    past = max(0, end - len(samples))
    kept = np.pad(samples[max(0, start) : end], ((max(0, -start), past), (0, 0)))
    ease_in, ease_out = lead // 10, tail // 2
    kept[:ease_in, 0] *= np.linspace(0, 1, ease_in, dtype=np.float32)
    kept[-ease_out:, 0] *= np.linspace(1, 0, ease_out, dtype=np.float32)
    return kept, start / SAMPLE_RATE_HZ


def _moved(words: Iterable[TimedWord], earlier_s: float, length_s: float) -> tuple[TimedWord, ...]:
    def inside(time_s: float) -> float:
        return round(min(max(time_s - earlier_s, 0.0), length_s), 4)

    return tuple(replace(word, start_s=inside(word.start_s), end_s=inside(word.end_s)) for word in words)


def _details(
    brief: VoiceBrief,
    answer: SoundAnswer,
    sound: Taken,
    words: tuple[TimedWord, ...],
    told_by: str,
    samples: int,
    gain_db: float,
) -> dict[str, Any]:
    length_s = samples / SAMPLE_RATE_HZ
    return {
        "words": [{"text": word.text, "start_s": word.start_s, "end_s": word.end_s} for word in words],
        "word_times": told_by,
        "speech_s": round(length_s, 4),
        "rate_wpm": round(60 * len(words) / max(length_s, 0.01)),
        "variant": brief.voice.service_voice or brief.character,
        "skipped": _skipped(brief.text, words),
        "answer": {"shape": answer.shape, "kind": sound.kind, "sample_rate_hz": sound.rate_hz},
        "gain_db": round(gain_db, 2),
        "clipped_on_arrival": sound.clipped,
    }


def _skipped(text: str, words: tuple[TimedWord, ...]) -> list[str]:
    """Return the written words that have no time, in order."""
    missing, at = [], 0
    for token in text.split():
        if at < len(words) and words[at].text == token:
            at += 1
        elif any(character.isalnum() for character in token):
            missing.append(token)
    return missing


def look(url: str, token: str, audio_root: Path | None, wanted: Iterable[str] = ()) -> str:
    """Return what Echo Voice says of itself, in words.

    Args:
        url: Its address.
        token: Bearer token, "" for none.
        audio_root: The folder that it shares with us; None when nothing is shared.
        wanted: The names by which characters call their voices; those that it does not list are named.

    Raises:
        ServiceUnavailableError: It does not answer, or is unwell.
        ServiceRejectedError: It answers something else than its contract, or the shared folder is none.
    """
    with closing(EchoVoiceClient(url, token, audio_root)) as client:
        status, shared = client.status(), client.shared_folder()
    listed = f"{len(status.voices)} voices" + (f" ({', '.join(status.voices[:8])})" if status.voices else "")
    missing = sorted({name for name in wanted if name} - set(status.voices))
    unknown = f"; not among them: {', '.join(missing)}" if missing else ""
    return f"Echo Voice at {client.url}: {status.status}, {listed}{unknown}; {shared}"
