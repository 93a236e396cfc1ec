"""A stage of keyframes at ComfyUI servers, as tests break it; by itself, a process whose children can be killed.

`python -m tower_anime_assets_tests.stages.tour_run` reads a run a line, `{"database": "", "home": "", "servers": [],
"episode": "", "seeds": []}`, begins it in a child, and prints the child's process id.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.events import Emit, ignore
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import STILL

PROJECT = "tour"


def open_tour_studio(database: Database, home: Path, servers: Sequence[str], stall_s: float = 20.0) -> Studio:
    """Return a studio with a fleet of these servers; close the fleet afterwards."""
    studio = Studio(Settings(projects=home, home=home), database)
    studio.fleets.append(Fleet(servers, stall_s=stall_s, guard=studio._hold_server, poll_s=0.05))
    return studio


def keyframe_orders(studio: Studio, episode: str, seeds: Sequence[int]) -> list[Order[KeyframeBrief]]:
    """Return an order for every seed, whose gates ask nothing."""
    engine = ComfyUIKeyframes(STILL, studio.fleets[0])
    return [
        Order(
            KEYFRAMES.name,
            f"{PROJECT}-{episode}-sc01-sh{seed:04}",
            StoryPosition(PROJECT, episode, "sc01", f"sh{seed:04}"),
            keyframe_brief(seed=seed),
            engine,
            lambda _output: Measurement({}),
            (),
            "A keyframe.",
        )
        for seed in seeds
    ]


def make_keyframes(studio: Studio, episode: str, seeds: Sequence[int], emit: Emit = ignore) -> StageReport:
    """Make a keyframe of every seed."""
    orders = keyframe_orders(studio, episode, seeds)
    return Run(studio, emit=emit).fulfill(KEYFRAMES, f"{PROJECT}-{episode}", orders, attempts=1)


def main() -> None:
    """Begin a run for each line, until there is none."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    for line in sys.stdin:
        child = os.fork()  # this process has imported everything, and has no threads
        if child == 0:
            asked: dict[str, Any] = json.loads(line)
            studio = open_tour_studio(Database(asked["database"]), Path(asked["home"]), asked["servers"])
            make_keyframes(studio, asked["episode"], asked["seeds"])
            os._exit(0)
        print(child, flush=True)  # noqa: T201 - whoever kills it reads its id here


if __name__ == "__main__":
    main()
