"""The runs of a long day, as processes that can be killed: episodes of a few takes by every kind of service.

`python -m tower_anime_assets_tests.soak.day_run` reads a run a line, a `DayOrders` as JSON, begins it in a child, and
prints the child's process id. After every episode a child adds a line to its log: what it uses of the machine.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.music import MusicService
from tower_anime_assets.engines.remote.voice import EchoVoice
from tower_anime_assets.errors import TowerError
from tower_anime_assets.media import sound_files
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief, VoiceBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Voice
from tower_anime_assets.quality import sound, thresholds
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.run import Run, StageIdentity
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL

PROJECT: Final = "day"
STILLS, LINES = 4, 2
TAKES_OF_EPISODE: Final = STILLS + 1 + LINES + 1
"""Four keyframes, the clip of the first, two lines and a cue."""
_ANONYMOUS: Final = re.compile(r"^RssAnon:\s+(\d+) kB$", re.MULTILINE)
MOST_RUNS: Final = 20
"""How often a stage is run again before its faults are taken for good."""


@dataclass(frozen=True)
class DayOrders:
    """What a run is to make, and where.

    Attributes:
        episodes: Numbers of the episodes, in order.
        log: Where it says what it uses.
    """

    database: str
    home: str
    comfyui: str
    voice: str
    music: str
    episodes: tuple[int, ...]
    log: str


@dataclass(frozen=True)
class Sample:
    """What a process uses after an episode.

    Attributes:
        own_bytes: Resident memory that is not a file's. Pages of libraries are left out: they count as a process's own
            or as shared as other processes come and go.
    """

    pid: int
    episode: int
    own_bytes: int
    descriptors: int
    threads: int


def sample_process(process: psutil.Process, episode: int) -> Sample:
    """Return what a process uses now."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    own_bytes = int(_ANONYMOUS.findall(status)[0]) * 1024
    return Sample(process.pid, episode, own_bytes, process.num_fds(), process.num_threads())


def give_free_memory_back() -> None:
    """Collect garbage, and hand what the C library keeps of it back, so that what is left is what the process holds."""
    gc.collect()
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def episode_id(number: int) -> str:
    """Return the id of an episode by its number."""
    return f"e{number:03}"


class DayRun:
    """A run that makes its episodes, one after the other, however often it takes."""

    def __init__(self, asked: DayOrders) -> None:
        self.asked = asked
        home = Path(asked.home)
        self.studio = Studio(Settings(projects=home, home=home), Database(asked.database))
        fleet = Fleet([asked.comfyui], stall_s=20.0, guard=self.studio._hold_server, poll_s=0.05)
        self.studio.fleets.append(fleet)
        self.run = Run(self.studio, id=f"day-{os.getpid()}")
        self.stills, self.clips = ComfyUIKeyframes(STILL, fleet), ComfyUIClips(CLIP, fleet)
        self.voice, self.music = EchoVoice(asked.voice), MusicService(asked.music, stall_s=10.0, poll_s=0.02)

    def work(self) -> None:
        """Make every episode, and note what the process uses after each."""
        process = psutil.Process()
        with Path(self.asked.log).open("a", encoding="utf-8") as log:
            for number in self.asked.episodes:
                self.make_episode(number)
                give_free_memory_back()
                log.write(json.dumps(asdict(sample_process(process, number))) + "\n")
                log.flush()
        self.studio.end_sessions()
        self.studio.close()

    def make_episode(self, number: int) -> None:
        """Make the takes of an episode, stage by stage."""
        stills = [self._still(number, shot) for shot in range(STILLS)]
        first = self._fulfill(KEYFRAMES, number, stills)[0]
        self._fulfill(CLIPS, number, [self._clip(number, first)])
        self._fulfill(VOICES, number, [self._line(number, line) for line in range(LINES)])
        self._fulfill(MUSIC, number, [self._cue(number)])

    def _fulfill(self, stage: StageIdentity, number: int, orders: Sequence[Order[Any]]) -> list[Any]:
        last: TowerError | None = None
        for _ in range(MOST_RUNS):
            try:
                report = self.run.fulfill(stage, f"{PROJECT}-{episode_id(number)}", orders, attempts=3)
            except TowerError as error:  # what a spoiled call costs; the next run goes on from there
                last = error
                continue
            rejected = [outcome.failed for outcome in report.rejected]
            assert not rejected, rejected
            return [outcome.take for outcome in report.outcomes]
        raise AssertionError(f"{stage.name} of episode {number} was not made in {MOST_RUNS} runs") from last

    def _order(self, stage: StageIdentity, number: int, part: str, brief: Any, engine: Engine[Any], **more: Any) -> Any:
        place = StoryPosition(PROJECT, episode_id(number), "sc01", part if part.startswith("sh") else "")
        if stage is VOICES:
            place = replace(place, line_id=part)
        usual = {"measure": lambda _output: Measurement({}), "thresholds": (), "reasoning": "the day asks for it"}
        return Order(stage.name, part, place, brief, engine, **{**usual, **more})

    def _still(self, number: int, shot: int) -> Order[Any]:
        brief = keyframe_brief(seed=number * 100 + shot)
        return self._order(KEYFRAMES, number, f"sh{shot + 1:03}0", brief, self.stills)  # type: ignore[no-any-return]

    def _clip(self, number: int, keyframe: Any) -> Order[Any]:
        file = keyframe.files["main"]
        brief = clip_brief(file.sha256, seed=number, frames=9)
        inputs = {"picture": self.studio.media.path_of(file.path)}
        return self._order(CLIPS, number, "sh0010", brief, self.clips, inputs=inputs)  # type: ignore[no-any-return]

    def _line(self, number: int, line: int) -> Order[Any]:
        text = f"Episode {number}, line {line}: they found us."
        brief = VoiceBrief(text, "viktor", Voice("m7", 24, 165), "neutral", "", lyric=False, window_s=8.0)
        measure = partial(_measure_line, brief)
        more = {"measure": measure, "thresholds": thresholds.VOICES}
        return self._order(VOICES, number, f"l{line}", brief, self.voice, **more)  # type: ignore[no-any-return]

    def _cue(self, number: int) -> Order[Any]:
        brief = MusicBrief("tense", "synthwave", 0, 2.0, "night", True, number)
        more = {"measure": partial(_measure_cue, brief), "thresholds": thresholds.MUSIC}
        return self._order(MUSIC, number, "sc01", brief, self.music, **more)  # type: ignore[no-any-return]


def _measure_line(brief: VoiceBrief, output: EngineOutput) -> Measurement:
    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ)
    words = output.details["words"]
    return Measurement(sound.voice_measures(samples, SAMPLE_RATE_HZ, words, brief.text, brief.window_s))


def _measure_cue(brief: MusicBrief, output: EngineOutput) -> Measurement:
    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ)
    return Measurement(sound.music_measures(samples, SAMPLE_RATE_HZ, brief.length_s))


def main() -> None:
    """Begin a run for each line, until there is none."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    for line in sys.stdin:
        child = os.fork()  # this process has imported everything, and has no threads
        if child == 0:
            code = 1
            try:
                asked: dict[str, Any] = json.loads(line)
                DayRun(DayOrders(**{**asked, "episodes": tuple(asked["episodes"])})).work()
                code = 0
            except BaseException:  # noqa: BLE001 - nobody above would say it
                Path(f"{asked['log']}.failed").write_text(traceback.format_exc(), encoding="utf-8")
            os._exit(code)
        print(child, flush=True)  # noqa: T201 - whoever kills it reads its id here


if __name__ == "__main__":
    main()
