"""A bundled episode at 1920x1080 against the same at 768x512, and the plan of a feature of 200 scenes.

`python -m benchmarks.deliverables` prints its table. Everything happens in temporary homes with empty databases.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.episode import EPISODE, tower
from benchmarks.table import Row, print_rows
from tower_anime_assets import settings

REPEATS = 2
SCENES = 200
PLAN_REPEATS = 3
PLAN_BOUND_S = 6.0
RATIO_BOUND = 2.5

_PLACES = ("LABORATORY", "ROOFTOP", "CORRIDOR", "STREET", "APARTMENT", "PARK", "STATION", "OFFICE")
_TIMES = ("NIGHT", "DAY", "DUSK", "DAWN")


def feature() -> str:
    """Return a screenplay of 200 scenes, each with action and two lines."""
    scenes = ["Title: Feature\n"]
    for number in range(1, SCENES + 1):
        place, time = _PLACES[number % len(_PLACES)], _TIMES[number // 3 % len(_TIMES)]
        scenes.append(
            f"{'EXT' if number % 2 else 'INT'}. {place} {number % 23} - {time}\n\n"
            f"Akira walks in and looks at clock number {number}. Luna waits.\n\n"
            f"LUNA\nIt is the {number}. time that we meet here.\n\n"
            "AKIRA\n(quietly)\nThen let us count on.\n\n"
            "They look at each other for a long moment.\n"
        )
    return "\n".join(scenes)


def measure() -> list[Row]:
    """Return what was measured, each with its promise."""
    with tempfile.TemporaryDirectory(prefix="tower-") as folder:
        base = Path(folder)
        homes: list[Path] = []
        try:
            return [_size_row(base, homes), _feature_row(base, homes)]
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


def _feature_row(base: Path, homes: list[Path]) -> Row:
    projects = base / "feature"
    shutil.copytree(settings.resource_root() / "projects" / "nexus", projects / "nexus")
    for script in (projects / "nexus" / "episodes").iterdir():
        script.unlink()
    (projects / "nexus" / "episodes" / "e01.fountain").write_text(feature())
    homes.append(base / "home-feature")
    tower(homes[-1], projects, "doctor")  # starts the database, so that its first start is not timed
    plans = [tower(homes[-1], projects, "plan", EPISODE) for _ in range(PLAN_REPEATS)]
    seconds = statistics.median(took_s for _plan, took_s, _memory in plans)
    shots = sum(1 for item in plans[0][0]["shots"] if item["stage"] == "keyframe")
    label = f"plan of a script of {SCENES} scenes, {shots} shots"
    return Row(label, seconds, "s", f"< {PLAN_BOUND_S:g}", seconds < PLAN_BOUND_S and shots > SCENES)


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
