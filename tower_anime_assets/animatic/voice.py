"""The embedded voice as an engine, and how a line is acted; what it sounds like is made in `spoken_lines`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

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

MAX_RATE_SCALE = 1.25
"""How much faster a line may be spoken to fit its window; faster is hard to follow."""


@dataclass(frozen=True)
class SpeechStyle:
    """How a line is acted, on top of the character's voice.

    Attributes:
        pitch: Added to the voice's pitch, 0..99 scale.
        liveliness: Range of the melody, 0..99.
        rate: Factor on the speaking rate.
        gain_db: Added to the line's loudness.
        breath: Share of the voice that is replaced by breath, 0..1.
        over_radio: Whether the line is heard through a radio, phone or intercom.
    """

    pitch: int = 0
    liveliness: int = 50
    rate: float = 1.0
    gain_db: float = 0.0
    breath: float = 0.0
    over_radio: bool = False


EMOTION_STYLES: Mapping[str, SpeechStyle] = {
    "neutral": SpeechStyle(),
    "happy": SpeechStyle(pitch=5, liveliness=70, rate=1.05, gain_db=0.5),
    "sad": SpeechStyle(pitch=-5, liveliness=30, rate=0.88, gain_db=-1.5, breath=0.06),
    "angry": SpeechStyle(pitch=3, liveliness=72, rate=1.08, gain_db=1.5),
    "afraid": SpeechStyle(pitch=8, liveliness=64, rate=1.1, gain_db=-0.5, breath=0.1),
    "surprised": SpeechStyle(pitch=8, liveliness=80, rate=1.04, gain_db=0.5),
    "determined": SpeechStyle(pitch=-2, liveliness=46, rate=0.97, gain_db=0.8),
    "tense": SpeechStyle(pitch=1, liveliness=40, rate=1.03),
    "tender": SpeechStyle(pitch=-1, liveliness=48, rate=0.92, gain_db=-1.5, breath=0.08),
    "smug": SpeechStyle(pitch=-2, liveliness=66, rate=0.93),
}

PARENTHETICAL_STYLES: tuple[tuple[tuple[str, ...], SpeechStyle], ...] = (
    (("whisper", "under her breath", "under his breath", "mutter"), SpeechStyle(-3, -14, 0.93, -3.5, 0.6)),
    (("shout", "yell", "scream", "roar"), SpeechStyle(9, 26, 1.06, 2.0)),
    (("low", "quiet", "soft", "hushed"), SpeechStyle(-4, -10, 0.95, -1.5, 0.1)),
    (("breathless", "panting", "gasp"), SpeechStyle(4, 8, 1.08, 0.0, 0.25)),
    (("slow", "careful", "weary", "tired"), SpeechStyle(-2, -8, 0.88, -0.5)),
    (("quick", "fast", "hurried", "urgent"), SpeechStyle(2, 6, 1.1, 0.5)),
    (("amused", "laugh", "smil", "grin", "teasing"), SpeechStyle(3, 14, 1.0, 0.0)),
    (("cold", "flat", "deadpan"), SpeechStyle(-3, -24, 0.96, 0.0)),
    (("cry", "sob", "tear", "broken"), SpeechStyle(2, 4, 0.9, -1.0, 0.2)),
    (("radio", "phone", "intercom", "comms", "speaker", "transmission"), SpeechStyle(0, 0, 1.0, 0.0, 0.0, True)),
)
"""Words of a parenthetical or extension, and what they add to the emotion's style."""


def speech_style_of(emotion: str, parenthetical: str, lyric: bool = False) -> SpeechStyle:
    """Return how a line is acted: by its emotion, then by its parenthetical, then as a lyric.

    Unknown emotions are spoken neutrally.
    """
    style = EMOTION_STYLES.get(emotion, EMOTION_STYLES["neutral"])
    words = parenthetical.lower()
    for keywords, change in PARENTHETICAL_STYLES:
        if any(keyword in words for keyword in keywords):
            style = SpeechStyle(
                style.pitch + change.pitch,
                style.liveliness + (change.liveliness if change.liveliness != 50 else 0),
                style.rate * change.rate,
                style.gain_db + change.gain_db,
                max(style.breath, change.breath),
                style.over_radio or change.over_radio,
            )
    if lyric:
        style = replace(style, liveliness=style.liveliness + 30, rate=style.rate * 0.85)
    return replace(style, liveliness=min(max(style.liveliness, 0), 99))


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


def speech_style_of_brief(brief: VoiceBrief) -> SpeechStyle:
    """Return how a brief's line is acted."""
    return speech_style_of(brief.emotion, brief.parenthetical, brief.lyric)
