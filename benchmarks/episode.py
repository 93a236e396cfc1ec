"""A bundled episode from text to master, against the bare cost of its clips; then runs after nothing or little changed.

`python -m benchmarks.episode` prints its table. Everything happens in a temporary home with an empty database.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.table import Row, print_rows
from tower_anime_assets import settings
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.opening import open_studio, saved_episode
from tower_anime_assets.stages.run import Run

EPISODE = "nexus-e01"
REPEATS = 3
SEASON_EPISODES = 24
SEASON_SHOTS = 1265


def tower(home: Path, projects: Path, *arguments: str) -> tuple[dict[str, Any], float, float]:
    """Run a command; return its JSON, its wall-clock seconds and its own peak memory in MB."""
    command = [str(Path(sys.executable).parent / "tower"), *arguments, "--json"]
    environment = {**os.environ, "TOWER_HOME": str(home), "TOWER_PROJECTS": str(projects)}
    before = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - before
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {text.decode()[-2000:]}")
    return json.loads(text), seconds, usage.ru_maxrss / 1024


def bare_clips_s(home: Path, projects: Path) -> float:
    """Return the seconds that rendering and encoding the episode's clips takes with nothing around it, on all cores."""
    found = replace(settings.from_environment(), home=home, projects=projects)
    with open_studio(found) as studio, tempfile.TemporaryDirectory() as scratch:
        work = saved_episode(Run(studio), EpisodeKey.parse(EPISODE))
        orders = CLIPS.orders(work)
        engine = work.engines.clips()

        def render(index: int) -> None:
            order = orders[index]
            folder = Path(scratch) / str(index)
            folder.mkdir()
            parameters = engine.plan_attempt(order.brief, 1, ())
            engine.make(order.brief, Attempt(1, int(parameters["seed"]), parameters, folder, order.inputs))

        began = time.monotonic()
        with ThreadPoolExecutor(engine.lanes) as pool:
            list(pool.map(render, range(len(orders))))
        return time.monotonic() - began


def word_changed(projects: Path) -> None:
    """Change one word of one line of the episode, for one of equal length in speech."""
    script = projects / "nexus" / "episodes" / "e01.fountain"
    text = script.read_text()
    assert "Tonight, somebody took mine." in text
    script.write_text(text.replace("Tonight, somebody took mine.", "Tonight, somebody stole mine."))


def made_by_stage(home: Path, projects: Path) -> Mapping[str, int]:
    """Return how many takes a run would make now, by stage."""
    planned, _seconds, _memory = tower(home, projects, "plan", EPISODE)
    counts: dict[str, int] = {}
    for item in planned["shots"]:
        if item["state"] != "ready":
            counts[item["stage"]] = counts.get(item["stage"], 0) + 1
    return counts


def season(projects: Path) -> None:
    """Write a show of 24 episodes, planned as `SEASON_SHOTS` shots or a few more."""
    source = projects / "nexus"
    target = projects / "season"
    shutil.copytree(source, target)
    scripts = [path.read_text() for path in sorted((source / "episodes").glob("*.fountain"))]
    shutil.rmtree(target / "episodes")
    (target / "episodes").mkdir()
    for number in range(1, SEASON_EPISODES + 1):
        first, second = scripts[number % len(scripts)], scripts[(number + 1) % len(scripts)]
        # Lines of their own, so that no two episodes are planned alike; the finale is half as long again.
        text = first.replace(".\n", f", take {number}.\n")
        if number == SEASON_EPISODES:
            opening = second.index("EXT.")
            text += "\n\n" + second[opening : second.index("\nEXT.", opening) if "\nEXT." in second[opening:] else None]
        (target / "episodes" / f"e{number:02d}.fountain").write_text(text)


def measure() -> list[Row]:
    """Return what was measured, each with its promise."""
    with tempfile.TemporaryDirectory(prefix="tower-") as folder:
        projects = Path(folder) / "projects"
        shutil.copytree(settings.resource_root() / "projects", projects)
        homes = [Path(folder) / f"home-{number}" for number in range(REPEATS)]
        try:
            return _measured(homes, projects)
        finally:
            for home in homes:
                environment = {**os.environ, "TOWER_HOME": str(home), "TOWER_PROJECTS": str(projects)}
                command = [str(Path(sys.executable).parent / "tower"), "db", "stop"]
                subprocess.run(command, env=environment, check=False, capture_output=True)


def _measured(homes: Sequence[Path], projects: Path) -> list[Row]:
    whole = []
    for home in homes:  # in turn: a machine that is busy for a while is so for both
        made, seconds, memory_mb = tower(home, projects, "produce", EPISODE)
        whole.append((seconds, seconds / bare_clips_s(home, projects), memory_mb))
    print("text to master, s, x bare, MB:", *(f"{one:.1f} {x:.2f} {mb:.0f};" for one, x, mb in whole), file=sys.stderr)
    full_s, ratio, memory_mb = (statistics.median(column) for column in zip(*whole, strict=True))
    home = homes[-1]
    again = [tower(home, projects, "produce", EPISODE) for _ in range(REPEATS)]
    idle_s = statistics.median(seconds for _result, seconds, _memory in again)
    word_changed(projects)
    stages = made_by_stage(home, projects)
    season(projects)
    shutil.rmtree(projects / "nexus")
    plans = [tower(home, projects, "plan") for _ in range(REPEATS)]
    shots = sum(1 for item in plans[0][0]["shots"] if item["stage"] == "keyframe")
    season_s = statistics.median(seconds for _result, seconds, _memory in plans)
    seconds = made["frames"] / made["fps"]
    return [
        Row(f"{EPISODE}, {seconds:.0f} s of film, from text to master", full_s, "s", "< 75", full_s < 75),
        Row("the same, times the bare cost of its clips", ratio, "x", "<= 2.5", ratio <= 2.5),
        Row("peak memory of the process", memory_mb, "MB", "< 900", memory_mb < 900),
        Row("nothing changed: takes made", again[0][0]["made"], "takes", "0", again[0][0]["made"] == 0),
        Row("nothing changed: time with start-up", idle_s, "s", "< 4", idle_s < 4),
        Row("one word changed: keyframes to make", stages.get("keyframe", 0), "takes", "0", not stages.get("keyframe")),
        Row("one word changed: lines to make", stages.get("voice", 0), "takes", "1", stages.get("voice") == 1),
        Row(
            f"plan of {SEASON_EPISODES} episodes, {shots} shots",
            season_s,
            "s",
            "< 5",
            season_s < 5 and shots >= SEASON_SHOTS,
        ),
    ]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print_rows(measure())
