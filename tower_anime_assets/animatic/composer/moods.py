"""What moods and the words of a music note mean in music: mode, tempo, harmony, instruments and figures."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

MODES: Mapping[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
}

# General MIDI programs, counted from 0.
PIANO, E_PIANO, CELESTA, MUSIC_BOX, VIBES, MARIMBA, CRYSTAL = 0, 4, 8, 10, 11, 12, 98
ORGAN, GUITAR, FINGER_BASS, FRETLESS, SYNTH_BASS, DEEP_BASS = 19, 24, 33, 35, 38, 39
VIOLIN, CELLO, CONTRABASS, TREMOLO, PIZZICATO, HARP = 40, 42, 43, 44, 45, 46
STRINGS, SLOW_STRINGS, SYNTH_STRINGS, CHOIR = 48, 49, 50, 52
HORN, BRASS, SYNTH_BRASS, OBOE, BASSOON, CLARINET, FLUTE, SHAKUHACHI = 60, 61, 62, 68, 70, 71, 73, 77
SQUARE, SAW, WARM_PAD, POLY_PAD, BOWED = 80, 81, 89, 90, 92


@dataclass(frozen=True)
class Palette:
    """How a cue is written and played.

    Attributes:
        mode: A key of `MODES`.
        tempo_bpm: Tempo if none is asked for.
        loops: Chord progressions as scale degrees from 0; the seed chooses one.
        cadence: The two degrees before the last tonic.
        pad: Instrument of the chords, a General MIDI program; likewise bass, middle and lead.
        figure: How the middle moves: "none", "broken", "eighths", "sixteenths", "offbeat", "tremolo".
        bass_figure: "hold", "pulse", "octaves", "fifths", "offbeat".
        drums: "none", "ticks", "heart", "soft", "drive", "breaks", "taiko", "light".
        lead_octave: Roughly, octaves of the melody above middle C.
        energy: 0 (still) to 1 (a chase): velocities, and how much the cue builds.
        drone: Whether the tonic sounds below everything throughout.
    """

    mode: str
    tempo_bpm: int
    loops: tuple[tuple[int, ...], ...]
    cadence: tuple[int, int]
    pad: int
    bass: int
    middle: int
    lead: int
    figure: str
    bass_figure: str
    drums: str
    lead_octave: int = 1
    energy: float = 0.5
    drone: bool = False


MOODS: Mapping[str, Palette] = {
    "tense": Palette(
        "minor", 98, ((0, 5, 0, 3), (0, 0, 5, 4), (0, 3, 5, 4)), (3, 4), TREMOLO, FINGER_BASS, MARIMBA, CLARINET,
        "eighths", "pulse", "ticks", 0, 0.5,
    ),
    "calm": Palette(
        "lydian", 66, ((0, 1, 0, 4), (0, 4, 5, 1), (0, 2, 5, 4)), (3, 4), WARM_PAD, FRETLESS, PIANO, FLUTE,
        "broken", "hold", "none", 1, 0.3,
    ),
    "sad": Palette(
        "minor", 62, ((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 3)), (3, 4), SLOW_STRINGS, CELLO, PIANO, OBOE,
        "broken", "hold", "none", 1, 0.3,
    ),
    "triumphant": Palette(
        "major", 116, ((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 3, 4)), (3, 4), BRASS, SYNTH_BASS, STRINGS, HORN,
        "eighths", "octaves", "taiko", 1, 0.85,
    ),
    "mysterious": Palette(
        "dorian", 82, ((0, 3, 0, 6), (0, 1, 3, 0), (0, 2, 3, 6)), (6, 4), BOWED, FRETLESS, CRYSTAL, VIBES,
        "broken", "hold", "none", 1, 0.35,
    ),
    "action": Palette(
        "minor", 136, ((0, 5, 2, 6), (0, 6, 5, 6), (0, 3, 5, 6)), (5, 6), SYNTH_STRINGS, SYNTH_BASS, SAW, SYNTH_BRASS,
        "sixteenths", "octaves", "drive", 1, 0.95,
    ),
    "tender": Palette(
        "major", 72, ((0, 4, 5, 3), (0, 2, 3, 4), (0, 5, 1, 4)), (1, 4), WARM_PAD, FRETLESS, MUSIC_BOX, VIOLIN,
        "broken", "hold", "none", 1, 0.35,
    ),
    "hopeful": Palette(
        "major", 94, ((0, 3, 5, 4), (3, 0, 4, 5), (0, 4, 1, 3)), (3, 4), STRINGS, FINGER_BASS, PIANO, HORN,
        "eighths", "fifths", "soft", 1, 0.6,
    ),
    "ominous": Palette(
        "phrygian", 66, ((0, 1, 0, 0), (0, 5, 1, 0), (0, 0, 3, 1)), (1, 6), SLOW_STRINGS, CONTRABASS, BASSOON, CELLO,
        "none", "hold", "heart", 0, 0.45, True,
    ),
    "comic": Palette(
        "major", 116, ((0, 4, 0, 4), (0, 1, 4, 0), (0, 5, 1, 4)), (1, 4), PIZZICATO, CONTRABASS, MARIMBA, CLARINET,
        "offbeat", "fifths", "light", 1, 0.6,
    ),
    "neutral": Palette(
        "dorian", 88, ((0, 3, 0, 4), (0, 6, 3, 0), (0, 2, 3, 4)), (3, 4), WARM_PAD, FINGER_BASS, E_PIANO, VIBES,
        "broken", "fifths", "soft", 1, 0.4,
    ),
}  # fmt: skip

MOOD_SYNONYMS: Mapping[str, str] = {
    "tense": "anxious nervous suspense suspenseful uneasy worried urgent paranoid nervy fraught strained conflict",
    "calm": "peaceful quiet serene relaxed gentle still dreamy restful cosy cozy slow warm pastoral",
    "sad": "melancholy melancholic sorrow grief lonely mournful bitter bittersweet wistful tragic nostalgic lost tears",
    "triumphant": "victory victorious heroic epic proud glorious majestic grand rousing celebration defiant brave",
    "mysterious": "mystery strange eerie curious uncanny enigmatic magical wonder dreamlike surreal secret cold",
    "action": "chase fight battle fast race racing frantic intense driving furious angry violent combat explosive wild",
    "tender": "romantic love romance intimate sweet soft affectionate loving longing caring kind",
    "hopeful": "hope optimistic uplifting bright dawn happy joyful joy cheerful determined inspiring light resolve",
    "ominous": "dark menacing sinister dread foreboding evil threatening horror scary grim doom haunting fear afraid",
    "comic": "funny comedy playful humorous silly light-hearted quirky mischievous whimsical goofy cute",
    "neutral": "plain everyday normal ordinary casual none conversation",
}
"""Other words for each mood."""

_MOOD_BY_WORD = {word: mood for mood, words in MOOD_SYNONYMS.items() for word in (mood, *words.split())}


def nearest_mood(text: str) -> str:
    """Return the mood of `MOODS` that a text means; "neutral" when no word is close to one."""
    words = re.findall(r"[a-z][a-z-]+", text.lower())
    for word in words:
        if word in _MOOD_BY_WORD:
            return _MOOD_BY_WORD[word]
    for word in words:
        close_words = difflib.get_close_matches(word, _MOOD_BY_WORD, n=1, cutoff=0.8)
        if close_words:
            return _MOOD_BY_WORD[close_words[0]]
    return "neutral"


_STYLE_CHANGES: tuple[tuple[tuple[str, ...], Mapping[str, object]], ...] = (
    (("synthwave", "retrowave", "cyberpunk"), {
        "pad": POLY_PAD, "bass": SYNTH_BASS, "middle": SQUARE, "lead": SAW, "figure": "sixteenths",
        "bass_figure": "octaves", "drums": "drive",
    }),
    (("synth", "electronic", "techno"), {"pad": POLY_PAD, "bass": SYNTH_BASS, "lead": SQUARE}),
    (("glassy", "crystal", "bells", "bell"), {"middle": CRYSTAL, "lead": CELESTA}),
    (("strings", "orchestra", "orchestral"), {"pad": STRINGS, "bass": CONTRABASS, "lead": VIOLIN}),
    (("low strings",), {"pad": SLOW_STRINGS, "bass": CONTRABASS, "lead": CELLO, "lead_octave": 0}),
    (("piano",), {"middle": PIANO, "lead": PIANO, "figure": "broken"}),
    (("solo piano",), {"pad": WARM_PAD, "middle": PIANO, "lead": PIANO, "drums": "none", "bass_figure": "hold"}),
    (("music box",), {"middle": MUSIC_BOX, "lead": CELESTA, "figure": "broken"}),
    (("pads", "pad", "ambient"), {"pad": WARM_PAD}),
    (("choir", "voices"), {"pad": CHOIR}),
    (("brass", "horns", "fanfare"), {"lead": BRASS, "pad": STRINGS}),
    (("synth brass",), {"lead": SYNTH_BRASS, "pad": SYNTH_STRINGS}),
    (("guitar",), {"middle": GUITAR, "lead": GUITAR, "figure": "broken"}),
    (("flute",), {"lead": FLUTE}),
    (("shakuhachi",), {"lead": SHAKUHACHI}),
    (("violin",), {"lead": VIOLIN}),
    (("cello",), {"lead": CELLO, "lead_octave": 0}),
    (("organ",), {"pad": ORGAN}),
    (("harp",), {"middle": HARP, "figure": "broken"}),
    (("marimba",), {"middle": MARIMBA}),
    (("pizzicato",), {"middle": PIZZICATO, "figure": "eighths"}),
    (("clock", "ticking", "hats", "tick"), {"drums": "ticks"}),
    (("heartbeat", "heart"), {"drums": "heart"}),
    (("taiko", "war drums"), {"drums": "taiko"}),
    (("drum and bass", "breakbeat", "jungle"), {
        "drums": "breaks", "bass": DEEP_BASS, "bass_figure": "offbeat", "energy": 1.0,
    }),
    (("distorted",), {"lead": SAW, "middle": SAW}),
    (("drone",), {"drone": True, "figure": "none", "bass_figure": "hold"}),
    (("muted",), {"bass": FINGER_BASS, "bass_figure": "pulse", "energy": 0.45}),
    (("pulse", "pulsing"), {"bass_figure": "pulse"}),
    (("driving",), {"drums": "drive", "bass_figure": "octaves", "energy": 0.95}),
    (("rising", "building"), {"energy": 0.8, "figure": "tremolo"}),
    (("sparse", "patient", "minimal"), {"figure": "broken", "drums": "none", "energy": 0.25}),
    (("no drums", "drumless"), {"drums": "none"}),
)  # fmt: skip
"""Words of a music note and what they change; later entries win."""

_TEMPO_PATTERN = re.compile(r"(\d{2,3})\s*bpm", re.IGNORECASE)
TEMPO_RANGE_BPM = (40, 200)


def palette_for(mood: str, words: str, tempo_bpm: int) -> Palette:
    """Return the palette of a cue: its mood's, changed by the words of the music note.

    Args:
        mood: Any words; see `nearest_mood`.
        words: The music note, such as "synthwave, 120 bpm"; its tempo counts if `tempo_bpm` is 0.
        tempo_bpm: Tempo asked for, 0 for none; clipped to 40..200.
    """
    palette = MOODS[nearest_mood(mood)]
    note = words.lower()
    for keywords, changes in _STYLE_CHANGES:
        if any(re.search(rf"\b{keyword}s?\b", note) for keyword in keywords):
            palette = replace(palette, **changes)  # type: ignore[arg-type]  # the table above holds only fields of Palette
    tempo_match = _TEMPO_PATTERN.search(note)
    chosen_bpm = tempo_bpm or (int(tempo_match[1]) if tempo_match else 0)
    if not chosen_bpm:
        chosen_bpm = round(palette.tempo_bpm * (0.9 if "slow" in note else 1.1 if "fast" in note else 1.0))
    return replace(palette, tempo_bpm=min(max(chosen_bpm, TEMPO_RANGE_BPM[0]), TEMPO_RANGE_BPM[1]))
