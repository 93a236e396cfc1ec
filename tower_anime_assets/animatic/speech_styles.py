"""How a line is acted: emotion, parenthetical and song as changes of pitch, melody, rate, level and breath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tower_anime_assets.production.planning.briefs import VoiceBrief

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


def speech_style_of_brief(brief: VoiceBrief) -> SpeechStyle:
    """Return how a brief's line is acted."""
    return speech_style_of(brief.emotion, brief.parenthetical, brief.lyric)
