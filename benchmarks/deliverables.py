"""A bundled episode at 1920x1080 against the same at 768x512, the plan of a feature, and measuring its lines.

`python -m benchmarks.deliverables` prints its table. Everything happens in temporary homes with empty databases.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks.episode import EPISODE, tower
from benchmarks.table import Row, print_rows
from tower_anime_assets import settings
from tower_anime_assets.media.speech import SpeechRequest, measure_speech, synthesize_speech
from tower_anime_assets.stages.line_windows import LENGTHS_FILE

REPEATS = 2
SCENES = 305
LINES_PER_SCENE = 6
MIN_SHOTS = 3_500
PLAN_REPEATS = 3
PLAN_BOUND_S, FIRST_PLAN_BOUND_S = 6.0, 9.0
RATIO_BOUND = 2.5
MEASURED_LINES = 100
MEASURING_BOUND = 0.25

_PLACES = ("LABORATORY", "ROOFTOP", "CORRIDOR", "STREET", "APARTMENT", "PARK", "STATION", "OFFICE")
_TIMES = ("NIGHT", "DAY", "DUSK", "DAWN")
_LINES = (
    "It is the {}. time that we meet here.",
    "Then let us count on, and tell nobody what we saw.",
    "Why would they come back now?",
    "Because of number {}, of course.",
    "Close the door behind you.",
    "I never said that it would be easy to find.",
)


def feature() -> str:
    """Return a screenplay of 305 scenes, each with action and six lines: a feature of about 4,000 shots."""
    scenes = ["Title: Feature\n"]
    for number in range(1, SCENES + 1):
        place, time = _PLACES[number % len(_PLACES)], _TIMES[number // 3 % len(_TIMES)]
        scenes.append(
            f"{'EXT' if number % 2 else 'INT'}. {place} {number % 23} - {time}\n\n"
            f"Akira walks in and looks at clock number {number}. Luna waits.\n\n"
            + "".join(_exchange(number, place) for place in range(LINES_PER_SCENE))
            + "They look at each other for a long moment.\n"
        )
    return "\n".join(scenes)


def _exchange(scene: int, place: int) -> str:
    line = _LINES[(scene + place) % len(_LINES)].format(scene * LINES_PER_SCENE + place)
    action = "\nThe other one looks up and walks to the window.\n" if place % 2 else ""
    return f"{'AKIRA' if place % 2 else 'LUNA'}\n{line}\n{action}\n"


def measure() -> list[Row]:
    """Return what was measured, each with its promise."""
    with tempfile.TemporaryDirectory(prefix="tower-") as folder:
        base = Path(folder)
        homes: list[Path] = []
        try:
            return [_size_row(base, homes), *_feature_rows(base, homes), _measuring_row()]
        finally:
            for home in homes:
                environment = {**os.environ, "TOWER_HOME": str(home), "TOWER_PROJECTS": str(base)}
                command = [str(Path(sys.executable).parent / "tower"), "db", "stop"]
                subprocess.run(command, env=environment, check=False, capture_output=True)


def _size_row(base: Path, homes: list[Path]) -> Row:
    projects = {size: _projects(base, size) for size in ((768, 512), (1920, 1080))}
    ratios = []
    for number in range(REPEATS):
        seconds = []
        for size, folder in projects.items():  # in turn: a machine that is busy for a while is so for both
            homes.append(base / f"home-{number}-{size[0]}")
            _made, took_s, _memory = tower(homes[-1], folder, "produce", EPISODE)
            seconds.append(took_s)
        ratios.append(seconds[1] / seconds[0])
        print("768x512, 1920x1080, s:", *(f"{one:.1f}" for one in seconds), file=sys.stderr)
    ratio = statistics.median(ratios)
    label = f"{EPISODE} at 1920x1080, times the same at 768x512"
    return Row(label, ratio, "x", f"<= {RATIO_BOUND:g}", ratio <= RATIO_BOUND)


def _feature_rows(base: Path, homes: list[Path]) -> list[Row]:
    projects = base / "feature"
    shutil.copytree(settings.resource_root() / "projects" / "nexus", projects / "nexus")
    for script in (projects / "nexus" / "episodes").iterdir():
        script.unlink()
    (projects / "nexus" / "episodes" / "e01.fountain").write_text(feature())
    homes.append(base / "home-feature")
    tower(homes[-1], projects, "doctor")  # starts the database, so that its first start is not timed
    first_s: list[float] = []
    again_s: list[float] = []
    shots = 0
    for _ in range(PLAN_REPEATS):
        (homes[-1] / LENGTHS_FILE).unlink(missing_ok=True)
        for seconds in (first_s, again_s):
            plan, took_s, _memory = tower(homes[-1], projects, "plan", EPISODE)
            seconds.append(took_s)
            shots = sum(1 for item in plan["shots"] if item["stage"] == "keyframe")
    label = f"plan of a script of {SCENES} scenes, {shots} shots, {SCENES * LINES_PER_SCENE} lines"
    return [
        Row(
            f"{label}{when}",
            statistics.median(seconds),
            "s",
            f"< {bound_s:g}",
            statistics.median(seconds) < bound_s and shots > MIN_SHOTS,
        )
        for when, seconds, bound_s in (
            (", which were measured before", again_s, PLAN_BOUND_S),
            (", which the voice is asked for first", first_s, FIRST_PLAN_BOUND_S),
        )
    ]


def _measuring_row() -> Row:
    """Return the processor time of measuring lines together, against speaking each."""
    requests = [SpeechRequest(line.format(number), "m1", 50, 165) for number in range(1, 18) for line in _LINES]
    requests = requests[:MEASURED_LINES]
    together_s = _cpu_s(lambda: measure_speech(requests))
    each_s = _cpu_s(lambda: [synthesize_speech(one.text, one.variant, one.pitch, one.rate_wpm) for one in requests])
    ratio = together_s / each_s
    label = f"measuring {MEASURED_LINES} lines together, times the processor time of speaking each"
    return Row(label, ratio, "x", f"<= {MEASURING_BOUND:g}", ratio <= MEASURING_BOUND)


def _cpu_s(work: Callable[[], object]) -> float:
    """Return the processor time that children took for something, seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _projects(base: Path, size: tuple[int, int]) -> Path:
    """Return a folder with the bundled show, delivered at a size."""
    folder = base / f"{size[0]}x{size[1]}"
    shutil.copytree(settings.resource_root() / "projects", folder)
    project_file = folder / "nexus" / "project.yaml"
    show = yaml.safe_load(project_file.read_text())
    show["delivery"] = {**show.get("delivery", {}), "width": size[0], "height": size[1]}
    project_file.write_text(yaml.safe_dump(show, allow_unicode=True))
    return folder


if __name__ == "__main__":
    print_rows(measure())
