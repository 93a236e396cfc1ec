"""A show of many shots that is made whole within seconds: its takes go the one path, by engines that draw nothing."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.media import pictures
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.opening import saved_episode, saved_project
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import ProjectRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.thumbnails import write_thumbnail
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets_tests.small_show import CHARACTERS

PROJECT: Final = "title: Long Show\nseed: 7\n"
PROJECT_ID: Final = "long"
SHOTS_OF_SCENE: Final = 10
SIZE_PX: Final = (768, 512)
THUMBNAIL_PX: Final = (320, 213)
AGAIN_EVERY: Final = 5
"""Of so many shots one has two keyframes and two clips."""

_SUFFIXES: Final = {
    SHEETS.name: ".png", KEYFRAMES.name: ".png", CLIPS.name: ".mp4", VOICES.name: ".wav", MUSIC.name: ".wav",
    MIXES.name: ".wav", MASTERS.name: ".mp4",
}  # fmt: skip
_PLACES: Final = ("STREET", "LABORATORY", "HARBOUR", "ROOFTOP", "KITCHEN", "STATION")
_TIMES: Final = ("NIGHT", "DAY", "DUSK")
_LINES: Final = (
    "They found us, and they know which way we went.",
    "Close the door before somebody hears the alarm.",
    "It is closed, and nobody is going to open it tonight.",
    "Then we wait here until the last train has left the station.",
)


def script_of(scenes: int, title: str = "Long") -> str:
    """Return a screenplay of scenes of some ten shots."""
    parts = [f"Title: {title}\n"]
    for number in range(scenes):
        place, time = _PLACES[number % len(_PLACES)], _TIMES[number % len(_TIMES)]
        parts.append(f"INT. {place} {number + 1} - {time}\n[[mood: {('tense', 'calm')[number % 2]}]]\n")
        for at, line in enumerate(_LINES):
            who = ("AKIRA", "LUNA")[at % 2]
            parts.append(f"{who.capitalize()} looks at the monitor number {at + 1}.\n\n{who}\n{line}\n")
    return "\n".join(parts)


def write_show(projects: Path, episodes: Mapping[str, int], project: str = PROJECT) -> None:
    """Write the show, with the number of scenes of each of its episodes."""
    folder = projects / PROJECT_ID
    (folder / "characters").mkdir(parents=True, exist_ok=True)
    (folder / "episodes").mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(project)
    for name, text in CHARACTERS.items():
        (folder / "characters" / f"{name}.yaml").write_text(text)
    for episode, scenes in episodes.items():
        (folder / "episodes" / f"{episode}.fountain").write_text(script_of(scenes, f"Long {episode}"))


def fill_show(studio: Studio, episodes: Mapping[str, int], *, clip: Path | None = None) -> tuple[EpisodeKey, ...]:
    """Write a show, and put a take of everything that its episodes order on record; return their keys.

    Args:
        studio: On an empty, migrated database.
        episodes: How many scenes each has.
        clip: What stands for every clip and master; None for files that do not play.
    """
    write_show(studio.settings.projects, episodes)
    ingest.read_characters(Run(studio), PROJECT_ID)
    _make(saved_project(Run(studio), PROJECT_ID), SHEETS, clip)
    keys = tuple(EpisodeKey(PROJECT_ID, episode) for episode in episodes)
    for key in keys:
        ingest.read_episode(studio, key)
        saved_episode(Run(studio), key).make(SHOT_PLANS)
        ingest.save_plan(saved_episode(Run(studio), key))
        for stage in (KEYFRAMES, CLIPS, VOICES, MUSIC, MIXES, MASTERS):
            _make(saved_episode(Run(studio), key), stage, clip)
    return keys


def _make(run: ProjectRun, stage: Stage[Any], clip: Path | None) -> None:
    orders = [_drawing_nothing(order, clip) for order in stage.orders(run)]
    report = run.run.fulfill(stage, run.key, orders, attempts=1)
    assert not report.rejected, [str(outcome.failed) for outcome in report.rejected]
    if stage.is_by_shot:
        again = frozenset(order.subject for order in orders[::AGAIN_EVERY])
        run.run.fulfill(stage, run.key, orders, attempts=1, again=again)


def _drawing_nothing(order: Order[Any], clip: Path | None) -> Order[Any]:
    engine = _DrawsNothing(order.engine, order.engine_version, order.stage, order.subject, clip)
    made = replace(order, engine=engine, measure=partial(_measure, order.thresholds), alternates=())
    assert made.digest == order.digest
    return made


@dataclass(frozen=True)
class _DrawsNothing:
    """An engine that passes for another."""

    engine: Engine[Any]
    version: str
    stage: str
    subject: str
    clip: Path | None

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def lanes(self) -> int:
        return 4

    def plan_attempt(self, brief: Any, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        return self.engine.plan_attempt(brief, number, complaints)

    def make(self, _brief: Any, attempt: Attempt) -> EngineOutput:
        """Write files that no other take has."""
        path = attempt.folder / f"main{_SUFFIXES[self.stage]}"
        mark = f"{self.stage} {self.subject} {attempt.number}"
        details: dict[str, Any] = {}
        if path.suffix == ".png":
            picture = draw(mark)
            path.write_bytes(pictures.encode_png(picture))
            details["phash"] = f"{random.Random(mark).getrandbits(64):016x}"
            return EngineOutput({"main": path, **write_thumbnail(path, picture)}, details)
        path.write_bytes(_own_copy(self.clip.read_bytes() if self.clip is not None else b"", mark))
        if path.suffix == ".wav":
            return EngineOutput({"main": path}, {"words": []})
        return EngineOutput({"main": path, **write_thumbnail(path, draw(mark, THUMBNAIL_PX))}, details)


def _own_copy(content: bytes, mark: str) -> bytes:
    """Return a file that plays as it did, and has another digest: with a box of ISO BMFF that players pass over."""
    return content + (8 + len(mark.encode())).to_bytes(4) + b"free" + mark.encode()


def draw(mark: str, size_px: tuple[int, int] = SIZE_PX) -> Picture:
    """Return a picture of some detail, as large as a keyframe of its size usually is as a file."""
    own = np.random.default_rng(list(mark.encode()))
    width, height = size_px
    waves = (np.sin(np.arange(height) / own.uniform(20, 200)), np.cos(np.arange(width) / own.uniform(20, 200)))
    plane = (128 + 90 * np.outer(*waves)).astype(np.uint8) ^ own.integers(0, 4, (height, width), np.uint8)
    return np.stack([np.roll(plane, own.integers(width), axis=1) for _channel in range(3)], axis=2)


def _measure(thresholds: tuple[Threshold, ...], output: EngineOutput) -> Measurement:
    """Return measures that every gate passes."""
    numbers = {}
    for bar in thresholds:
        bounds = [bound for bound in (bar.good, bar.low, bar.high) if bound is not None]
        numbers[bar.measure] = bounds[0]
    return Measurement(numbers)
