"""Composition of a cue: a form fitted to its length, harmony with voice leading, and the parts. Notes, no sound.

Every cue of a show states the show's five-note motif in its own mode, so that scenes differ and belong together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tower_anime_assets.animatic.composer.moods import MODES, Palette

Motif = tuple[tuple[int, float], ...]

MOTIFS: tuple[Motif, ...] = (
    ((0, 1.0), (4, 1.0), (3, 0.5), (2, 0.5), (1, 1.0)),
    ((0, 0.5), (2, 0.5), (4, 1.0), (5, 1.0), (1, 1.0)),
    ((4, 1.0), (2, 0.5), (3, 0.5), (4, 1.0), (1, 1.0)),
    ((0, 1.0), (1, 0.5), (2, 0.5), (6, 1.0), (1, 1.0)),
    ((2, 0.5), (4, 1.0), (2, 0.5), (0, 1.0), (1, 1.0)),
    ((0, 0.5), (4, 0.5), (7, 1.0), (5, 1.0), (1, 1.0)),
    ((4, 0.5), (5, 0.5), (4, 1.0), (0, 1.0), (1, 1.0)),
)
"""Motifs by show: scale steps above a chord's root, and lengths in beats; each fills a bar and ends unresolved."""

BEATS_PER_BAR = 4
TONICS = (50, 48, 53, 45, 55)
"""D, C, F, A and G as MIDI keys: closely related, so that neighbouring scenes do not clash."""

RING_S = (1.8, 3.2)
"""How long the last chord rings: at least, and preferably, seconds."""

TEMPO_STRETCH = 0.04
"""Largest relative change of the tempo, made so that whole bars fill the cue."""

URGENT_ENERGY = 0.8
"""From this energy on a cue has no intro."""

PAD, BASS, MIDDLE, LEAD, DRONE, DRUMS = range(6)

KICK, RIM, SNARE, HAT, OPEN_HAT, LOW_TOM, MID_TOM, CRASH, SHAKER, BLOCK = 36, 37, 38, 42, 46, 41, 45, 49, 70, 76


@dataclass(frozen=True)
class Note:
    """One note: start and length in seconds, key as in MIDI, velocity 1..127."""

    part: int
    start_s: float
    length_s: float
    key: int
    velocity: int


@dataclass(frozen=True)
class Form:
    """How a cue is laid out: `bars` bars of music, then the last chord at `end_s`, which rings to the end."""

    length_s: float
    beat_s: float
    bars: int
    is_urgent: bool = False

    @property
    def bar_s(self) -> float:
        """Length of a bar, seconds."""
        return self.beat_s * BEATS_PER_BAR

    @property
    def end_s(self) -> float:
        """When the last chord is struck, seconds."""
        return self.bars * self.bar_s

    def section(self, bar: int) -> str:
        """Return the section of a bar: "intro", "build", "main" or "close"; an urgent cue has no intro."""
        if bar >= self.bars - 2 and self.bars > 2:
            return "close"
        progress = bar / max(self.bars - 2, 1)
        if progress < 0.2 and not self.is_urgent:
            return "intro"
        return "build" if progress < 0.45 else "main"


@dataclass(frozen=True)
class Score:
    """A written cue."""

    form: Form
    tonic: int
    chords: tuple[tuple[int, ...], ...]  # one voicing per bar, then the last one
    notes: tuple[Note, ...]


def fit_form(length_s: float, tempo_bpm: int, is_urgent: bool = False) -> Form:
    """Return the form that fills a length at nearly this tempo: whole bars, and time for the last chord to ring."""
    min_ring_s, target_ring_s = (min(ring, length_s * share) for ring, share in zip(RING_S, (0.4, 0.5), strict=True))
    bar_s = 60 / tempo_bpm * BEATS_PER_BAR
    bars = round((length_s - target_ring_s) / bar_s)
    if bars * bar_s / (1 + TEMPO_STRETCH) > length_s - min_ring_s:
        bars -= 1
    if bars < 1:
        return Form(length_s, 60 / tempo_bpm, 0, is_urgent)
    stretch = min(max((length_s - target_ring_s) / bars / bar_s, 1 / (1 + TEMPO_STRETCH)), 1 + TEMPO_STRETCH)
    return Form(length_s, stretch * bar_s / BEATS_PER_BAR, bars, is_urgent)


def compose_score(palette: Palette, length_s: float, has_speech: bool, seed: int, show_seed: int = 0) -> Score:
    """Return a cue of exactly this length; the same arguments give the same notes.

    Args:
        palette: How the mood sounds.
        length_s: Length of the cue, seconds.
        has_speech: Whether lines are spoken over it.
        seed: Decides everything that may differ from cue to cue.
        show_seed: Decides the motif, which all cues of a show share.
    """
    form = fit_form(length_s, palette.tempo_bpm, palette.energy >= URGENT_ENERGY)
    return _CueWriter(palette, form, has_speech, seed, MOTIFS[show_seed % len(MOTIFS)]).compose()


class _CueWriter:
    """Writes the parts of one cue, bar by bar."""

    def __init__(self, palette: Palette, form: Form, has_speech: bool, seed: int, motif: Motif) -> None:
        self.motif = motif
        self.palette = palette
        self.form = form
        self.has_speech = has_speech
        self.rng = np.random.default_rng(seed)
        self.scale = MODES[palette.mode]
        self.tonic = int(self.rng.choice(TONICS))
        self.loop = palette.loops[int(self.rng.integers(len(palette.loops)))]
        self.degrees = self._degrees()
        self.chords = self._voicings()

    def compose(self) -> Score:
        notes = [
            *self._pad(),
            *self._bass(),
            *self._middle(),
            *self._lead(),
            *self._drone(),
            *self._drums(),
            *self._last_chord(),
        ]
        return Score(self.form, self.tonic, tuple(self.chords), tuple(sorted(notes, key=lambda note: note.start_s)))

    # harmony

    def _degrees(self) -> list[int]:
        """Return a scale degree per bar: the loop, then the cadence, then the tonic of the last chord."""
        bars = self.form.bars
        degrees = [self.loop[bar % len(self.loop)] for bar in range(bars)]
        if bars >= 2:
            degrees[-2:] = self.palette.cadence
        return [*degrees, 0]

    def key(self, step: int, octave: int = 0) -> int:
        """Return the key of a scale step, counted from the tonic on over octaves."""
        return self.tonic + 12 * octave + 12 * (step // 7) + self.scale[step % 7]

    def chord_steps(self, bar: int) -> tuple[int, ...]:
        """Return a bar's chord as scale steps: a triad, with a seventh on some degrees but not in the last bar."""
        degree = self.degrees[bar]
        coloured = bar < self.form.bars - 1 and degree in (1, 3, 5)
        return (degree, degree + 2, degree + 4, degree + 6) if coloured else (degree, degree + 2, degree + 4)

    def _voicings(self) -> list[tuple[int, ...]]:
        """Return each bar's chord close to the one before it: every voice moves the shortest way."""
        voicings: list[tuple[int, ...]] = []
        centre = self.tonic + 14
        for bar in range(len(self.degrees)):
            pitch_classes = [self.key(step) % 12 for step in self.chord_steps(bar)]
            if self._is_dominant(bar):
                pitch_classes = [
                    self.leading_tone() if pitch == (self.tonic + 10) % 12 else pitch for pitch in pitch_classes
                ]
            goal = float(np.mean(voicings[-1])) if voicings else float(centre)
            goal += 0.3 * (centre - goal)  # without this the harmony would drift out of its register
            voicings.append(_nearest_voicing(pitch_classes, voicings[-1] if voicings else None, goal))
        return voicings

    def _is_dominant(self, bar: int) -> bool:
        """Return whether a bar's chord is the dominant of the last chord, and so needs the leading tone."""
        return bar == self.form.bars - 1 and self.degrees[bar] == 4

    def leading_tone(self) -> int:
        """Return the pitch class a half-tone below the tonic."""
        return (self.tonic - 1) % 12

    # parts

    def _intensity(self, bar: int) -> float:
        section = self.form.section(bar)
        level = {"intro": 0.55, "build": 0.75, "main": 1.0, "close": 0.9}[section]
        return level * (0.75 + 0.25 * self.palette.energy)

    def _velocity(self, bar: int, base: int) -> int:
        jitter = int(self.rng.integers(-5, 6))
        return int(min(max(base * self._intensity(bar) + jitter, 12), 122))

    def _bars(self) -> Iterator[tuple[int, float]]:
        for bar in range(self.form.bars):
            yield bar, bar * self.form.bar_s

    def _pad(self) -> Iterator[Note]:
        for bar, start_s in self._bars():
            for key in self.chords[bar]:
                yield Note(PAD, start_s, self.form.bar_s * 1.02, key, self._velocity(bar, 70))

    def _root(self, bar: int) -> int:
        root = self.key(self.degrees[bar], -1)
        return root - 12 if root > self.tonic - 4 else root

    def _bass(self) -> Iterator[Note]:
        beat = self.form.beat_s
        for bar, start_s in self._bars():
            if self.form.section(bar) == "intro" and bar == 0 and self.form.bars > 4:
                continue
            root = self._root(bar)
            figure = self.palette.bass_figure if self.form.section(bar) != "intro" else "hold"
            for at, length, step in _BASS_FIGURES[figure]:
                yield Note(BASS, start_s + at * beat, length * beat, root + step, self._velocity(bar, 92))

    def _middle(self) -> Iterator[Note]:
        figure = "broken" if self.has_speech and self.palette.figure == "sixteenths" else self.palette.figure
        if figure == "none":
            return
        pattern = _FIGURES[figure]
        rotation = int(self.rng.integers(4))
        speech_gain = 0.8 if self.has_speech else 1.0
        for bar, start_s in self._bars():
            if self.form.section(bar) == "intro" and self.form.bars > 4:
                continue
            keys = [*self.chords[bar], self.chords[bar][0] + 12]
            count = round(BEATS_PER_BAR / pattern.step_beats)
            for number in range(count):
                if number in pattern.rests:
                    continue
                tone_index = pattern.chord_tones[(number + rotation * (bar % 2)) % len(pattern.chord_tones)]
                at_s = start_s + (number + pattern.shift_steps) * pattern.step_beats * self.form.beat_s
                accent = 8 if number % 4 == 0 else 0
                velocity = self._velocity(bar, round((66 + accent) * speech_gain))
                yield Note(
                    MIDDLE,
                    at_s,
                    pattern.length_beats * self.form.beat_s,
                    keys[tone_index % len(keys)] + pattern.transpose_semitones,
                    velocity,
                )

    def _lead(self) -> Iterator[Note]:
        """Yield the motif and its variations; under speech only at the start and the end of the cue."""
        treatments = ["stated", "sequenced", "turned", "broken-off"]
        for bar, start_s in self._bars():
            section = self.form.section(bar)
            if section == "close":
                continue
            opening = bar in (0, 1) and self.form.bars > 3
            if self.has_speech and not (opening and bar == 0):
                continue
            if not opening and (section == "intro" or (bar % 2 and section != "main")):
                continue
            treatment = treatments[0] if opening else treatments[int(self.rng.integers(len(treatments)))]
            yield from self._phrase(bar, start_s, treatment)
        if self.form.bars > 2:
            yield from self._closing_phrase()

    def _phrase(self, bar: int, start_s: float, treatment: str) -> Iterator[Note]:
        steps = list(self.motif)
        if treatment == "turned":
            steps = [(4 - step, length) for step, length in steps]
        if treatment == "broken-off":
            steps = steps[:3]
        from_step = self.degrees[bar] if treatment == "sequenced" else self._chord_step_near(bar, 0)
        at = 0.0
        for step, length in steps:
            target_step = from_step + step
            if at % 1 == 0 and at in (0.0, 2.0):
                target_step = self._chord_step_near(bar, target_step)
            key = self.key(target_step, self.palette.lead_octave + 1)
            yield Note(
                LEAD, start_s + at * self.form.beat_s, length * self.form.beat_s * 0.95, key, self._velocity(bar, 84)
            )
            at += length

    def _chord_step_near(self, bar: int, step: int) -> int:
        """Return the chord tone nearest to a scale step."""
        tones = [tone + 7 * octave for tone in self.chord_steps(bar)[:3] for octave in (-2, -1, 0, 1)]
        return min(tones, key=lambda tone: (abs(tone - step), tone))

    def _closing_phrase(self) -> Iterator[Note]:
        """Yield the end of the motif, resolved: down to the second step over the cadence, then the tonic."""
        beat, octave = self.form.beat_s, self.palette.lead_octave + 1
        bar = self.form.bars - 1
        start_s = bar * self.form.bar_s
        for at, length, step in ((0.0, 1.5, 4), (1.5, 0.5, 3), (2.0, 2.0, 1)):
            target_step = self._chord_step_near(bar, step) if at != 1.5 else step
            key = self.key(target_step, octave)
            if self._is_dominant(bar) and key % 12 == (self.tonic + 10) % 12:
                key += 1
            yield Note(LEAD, start_s + at * beat, length * beat * 0.95, key, self._velocity(bar, 80))

    def _drone(self) -> Iterator[Note]:
        if self.palette.drone:
            yield Note(DRONE, 0.0, max(self.form.end_s, 0.1), self.tonic - 12, 74)
            yield Note(DRONE, 0.0, max(self.form.end_s, 0.1), self.tonic - 5, 52)

    def _drums(self) -> Iterator[Note]:
        pattern = _DRUMS[self.palette.drums]
        step_s = self.form.beat_s / 4
        speech_gain = 0.75 if self.has_speech else 1.0
        for bar, start_s in self._bars():
            section = self.form.section(bar)
            if section == "intro" and self.palette.drums not in ("ticks", "heart"):
                continue
            for key, steps in pattern:
                thin = section == "build" and key in (SNARE, CRASH)
                for step in steps if not thin else steps[:1]:
                    velocity = self._velocity(bar, round((92 if step % 4 == 0 else 74) * speech_gain))
                    yield Note(DRUMS, start_s + step * step_s, step_s * 2, key, velocity)
        for before, bar in pairwise(range(self.form.bars)):
            if self.palette.drums in ("drive", "breaks", "taiko") and self._begins_section(before, bar):
                yield from self._fill(before)

    def _begins_section(self, previous_bar: int, bar: int) -> bool:
        return self.form.section(previous_bar) != self.form.section(bar) and self.form.section(previous_bar) != "intro"

    def _fill(self, bar: int) -> Iterator[Note]:
        step_s = self.form.beat_s / 4
        start_s = bar * self.form.bar_s
        for number, key in enumerate((SNARE, MID_TOM, MID_TOM, LOW_TOM)):
            yield Note(DRUMS, start_s + (12 + number) * step_s, step_s * 2, key, self._velocity(bar, 88))
        yield Note(DRUMS, start_s + 16 * step_s, 4.0, CRASH, self._velocity(bar, 84))

    def _last_chord(self) -> Iterator[Note]:
        """Yield the tonic chord in every part, struck together and ringing to the end of the cue."""
        at_s, ring_s = self.form.end_s, self.form.length_s - self.form.end_s
        for key in self.chords[-1]:
            yield Note(PAD, at_s, ring_s, key, 72)
        root = self._root(len(self.degrees) - 1)
        yield Note(BASS, at_s, ring_s, root, 92)
        yield Note(DRONE, at_s, ring_s, self.tonic - 12, 66)
        for number, key in enumerate((*self.chords[-1], self.tonic + 24)):
            yield Note(MIDDLE, at_s + 0.03 * number, max(ring_s - 0.03 * number, 0.05), key, 70)
        yield Note(LEAD, at_s, ring_s * 0.8, self.key(0, self.palette.lead_octave + 1), 76)
        if self.palette.drums in ("drive", "breaks", "taiko"):
            yield Note(DRUMS, at_s, ring_s, CRASH, 88)
            yield Note(DRUMS, at_s, 0.3, KICK, 100)


def _nearest_voicing(pitch_classes: list[int], previous: tuple[int, ...] | None, goal: float) -> tuple[int, ...]:
    """Return up to four keys of these pitch classes, close to the previous chord and to a mean key."""
    best: tuple[float, tuple[int, ...]] = (1e9, ())
    for lowest in range(round(goal) - 12, round(goal) + 4):
        if lowest % 12 not in pitch_classes:
            continue
        keys = [lowest]
        for pitch in sorted({(pitch - lowest) % 12 for pitch in pitch_classes} - {0}):
            keys.append(lowest + pitch)
        voicing = tuple(keys)
        cost = abs(float(np.mean(voicing)) - goal)
        if previous is not None:
            cost += sum(min(abs(key - other) for other in previous) for key in voicing)
        best = min(best, (cost, voicing))
    return best[1]


@dataclass(frozen=True)
class _Figure:
    """How the middle moves: a note every `step_beats`, chord tones in turn, some steps silent."""

    step_beats: float
    length_beats: float
    chord_tones: tuple[int, ...]
    rests: frozenset[int] = frozenset()
    shift_steps: float = 0.0
    transpose_semitones: int = 12


_FIGURES = {
    "broken": _Figure(1.0, 1.9, (0, 2, 1, 3), frozenset({3})),
    "eighths": _Figure(0.5, 0.45, (0, 2, 1, 2), frozenset({3, 7})),
    "sixteenths": _Figure(0.25, 0.24, (0, 1, 2, 3, 2, 1), frozenset({7, 15})),
    "offbeat": _Figure(1.0, 0.3, (1, 2), shift_steps=0.5),
    "tremolo": _Figure(0.25, 0.26, (0, 2), transpose_semitones=0),
}

_BASS_FIGURES: dict[str, tuple[tuple[float, float, int], ...]] = {
    "hold": ((0.0, 4.0, 0),),
    "pulse": tuple((beat * 0.5, 0.42, 0) for beat in range(8)),
    "octaves": tuple((beat * 0.5, 0.42, 12 * (beat % 2)) for beat in range(8)),
    "fifths": ((0.0, 1.9, 0), (2.0, 1.4, 7), (3.5, 0.45, 0)),
    "offbeat": ((0.0, 1.4, 0), (1.5, 0.9, 0), (2.5, 1.4, 12)),
}

_DRUMS: dict[str, tuple[tuple[int, tuple[int, ...]], ...]] = {
    "none": (),
    "ticks": ((BLOCK, (0, 8)), (HAT, (4, 6, 12, 14))),
    "heart": ((KICK, (0, 3)),),
    "soft": ((KICK, (0, 8)), (RIM, (4, 12)), (SHAKER, (2, 6, 10, 14))),
    "drive": ((KICK, (0, 4, 8, 12)), (SNARE, (4, 12)), (HAT, (2, 6, 10, 14)), (SHAKER, (1, 3, 5, 7, 9, 11, 13, 15))),
    "breaks": ((KICK, (0, 10)), (SNARE, (4, 7, 9, 12)), (HAT, (0, 2, 4, 6, 8, 10, 12, 14)), (OPEN_HAT, (15,))),
    "taiko": ((LOW_TOM, (0, 3, 6, 10)), (KICK, (0, 8)), (SNARE, (4, 12, 14))),
    "light": ((RIM, (4, 12)), (BLOCK, (0, 6, 10)), (SHAKER, (2, 14))),
}
