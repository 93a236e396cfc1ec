"""The embedded voice as an engine; what a line sounds like is made in `spoken_lines`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tower_anime_assets.animatic.speech_styles import MAX_RATE_SCALE, speech_style_of_brief
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.readers import is_pause, reader_of
from tower_anime_assets.production.planning.timing import PAUSE_S
from tower_anime_assets.production.story.model import Voice
from tower_anime_assets.production.verdicts import Verdict

VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
"""Variants of espeak-ng that are easy to understand; a character without a variant gets one of them by its id."""


def variant_of(character: str, voice: Voice) -> str:
    """Return the voice variant of a character: its own, else one chosen by its id."""
    return voice.variant or VARIANTS[seed_from("voice", character) % len(VARIANTS)]


class EmbeddedVoice:
    """Speaks lines with espeak-ng, Japanese with Open JTalk; needs no service."""

    name = "embedded-voice"
    version = "2"
    lanes = LANES

    def reader_of(self, text: str, language: str) -> str:
        """Return who reads a line, "" for the usual reader."""
        return reader_of(text, language)

    def measure_lines(self, briefs: Sequence[VoiceBrief]) -> list[float | None]:
        """Return how long each line's take will be if it need not hurry, seconds; None if it cannot be spoken.

        Its first attempt is measured: `make` gives a take of this length, some hundredths of a second shorter at most.

        Raises:
            MediaError: A synthesizer failed.
        """
        from tower_anime_assets.animatic.spoken_lines import MARGINS_S, speech_request
        from tower_anime_assets.media.speech import measure_speech

        requests = [
            speech_request(brief, variant_of(brief.character, brief.voice), speech_style_of_brief(brief), 1.0)
            for brief in briefs
        ]
        lengths_s = measure_speech(requests)
        return [
            PAUSE_S if is_pause(brief.text) else length_s and round(length_s + MARGINS_S, 4)
            for brief, length_s in zip(briefs, lengths_s, strict=True)
        ]

    def plan_attempt(self, brief: VoiceBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return seed, variant, rate and gain: faster after an overrun, softer after clipping."""
        rate_scale, gain_db = 1.0, 0.0
        for verdict in complaints:
            if verdict.measure == "overrun_s":
                spoken_s = brief.window_s + verdict.value
                rate_scale = min(MAX_RATE_SCALE, 1.02 * spoken_s / max(brief.window_s, 0.1))
            if verdict.measure == "clipped_samples":
                gain_db = -3.0 * (number - 1)
        return {
            "seed": seed_from("voice", brief.character, brief.text, number),
            "variant": variant_of(brief.character, brief.voice),
            "rate_scale": round(rate_scale, 4),
            "gain_db": gain_db,
        }

    def make(self, brief: VoiceBrief, attempt: Attempt) -> EngineOutput:
        """Speak the line into a mono WAV, up to a quarter faster if it would not fit its window.

        `details` holds the words with their times, the length and rate of the speech, and the words that no voice
        reads. A line that cannot be fitted stays too long and fails its gate. A pause is silence that fills its window.

        Raises:
            MediaError: The line could not be spoken or written.
        """
        from tower_anime_assets.animatic.spoken_lines import fit_line, silent_line
        from tower_anime_assets.media.sound_files import write_wav

        cpu_start_s = time.thread_time()
        variant = str(attempt.parameters["variant"])
        if is_pause(brief.text):
            line, rate_scale = silent_line(brief), 1.0
        else:
            rate_scale, gain_db = float(attempt.parameters["rate_scale"]), float(attempt.parameters["gain_db"])
            line, rate_scale = fit_line(brief, variant, rate_scale, gain_db)
        path = attempt.folder / "line.wav"
        write_wav(path, line.samples)
        details = {
            "words": line.words,
            "speech_s": round(line.length_s, 4),
            "rate_wpm": round(brief.voice.rate_wpm * speech_style_of_brief(brief).rate * rate_scale),
            "variant": variant,
            "skipped": list(line.skipped),
            **({} if line.has_exact_words else {"word_times": "estimated"}),
        }
        return EngineOutput({"main": path}, details, cpu_s=time.thread_time() - cpu_start_s)
