"""Keyframes of places in every weather, light and framing, judged by the gates: our painter must pass our own bars.

The test takes a sample of them, `python -m benchmarks.gates` as many as are asked for.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.composition import DrawingOptions, draw_keyframe
from tower_anime_assets.media.layer_file import flatten
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.production.story.weather_words import WEATHERS
from tower_anime_assets.production.verdicts import Verdict, judge
from tower_anime_assets.quality.image import still_measures
from tower_anime_assets.quality.thresholds import KEYFRAMES

PLACES = (
    ("STREET", False), ("FOREST", False), ("HARBOUR", False), ("OPEN SEA", False), ("DESERT", False),
    ("ROOFTOP", False), ("MOUNTAIN PASS", False), ("BEACH", False), ("GARDEN", False), ("VILLAGE", False),
    ("RUINS", False), ("TEMPLE", False), ("LABORATORY", True), ("KITCHEN", True), ("OFFICE CORRIDOR", True),
    ("BEDROOM", True), ("TRAIN", True), ("CAVE", True), ("THE PLACE WITHOUT A NAME", True),
    ("THE PLACE WITHOUT A NAME", False),
)  # fmt: skip
TIMES = ("dawn", "day", "dusk", "night")
FRAMINGS = (Framing.WIDE, Framing.MEDIUM, Framing.CLOSE_UP, Framing.INSERT)

_LOOK = Appearance("#1a1a22", "short", "#f0c8a8", "#2f62c9", "#3355aa", "jacket", "#d62246")
_SOMEBODY = Character("ren", "Ren", "somebody", _LOOK, Voice())


@dataclass(frozen=True)
class Case:
    """One keyframe of the sweep."""

    setting: Setting
    framing: Framing
    has_person: bool
    seed: int

    def failed(self, size_px: tuple[int, int]) -> list[Verdict]:
        """Draw the keyframe, and return the verdicts that it fails."""
        person = Subject("ren", Emotion.NEUTRAL, Pose.STAND, Facing.LEFT, 0.12)
        cast = (_SOMEBODY,) if self.has_person else ()
        brief = KeyframeBrief(
            framing=self.framing,
            move=Move.STATIC,
            subjects=(person,) if self.has_person else (),
            cast=cast,
            setting=self.setting,
            objects=("door",) if self.framing is Framing.INSERT else (),
            effects=(),
            prompt="",
            negative="",
            style=Style(),
            width_px=size_px[0],
            height_px=size_px[1],
            seed=self.seed,
            occurrence=0,
        )
        picture = flatten(draw_keyframe(brief, DrawingOptions(self.seed, detail=1.0, contrast=1.0, saturation=1.0)))
        measures = still_measures(picture, size_px, cast, is_close=self.framing is Framing.CLOSE_UP)
        bars = [bar for bar in KEYFRAMES if bar.measure in measures]
        return [verdict for verdict in judge(measures, bars) if not verdict.passed]


def sample_cases(count: int, seed: int) -> Sequence[Case]:
    """Return some of all combinations; faces fill close-ups, and nobody stands in an insert."""
    cases = list(_all_cases())
    random.Random(seed).shuffle(cases)
    return cases[:count]


def _all_cases() -> Iterator[Case]:
    for (place, interior), weather, time, framing in itertools.product(PLACES, WEATHERS, TIMES, FRAMINGS):
        for has_person in {Framing.CLOSE_UP: (True,), Framing.INSERT: (False,)}.get(framing, (True, False)):
            setting = Setting(place, interior, time, weather, "calm")
            yield Case(setting, framing, has_person, seed=len(place) * 31 + len(time))
