"""How far a run is, counted from its events, and saved for other processes without a row per event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.stages.events import (
    Event,
    Noted,
    ServerWaited,
    StageStarted,
    TakeFinished,
    TakeProgressed,
    Waiting,
)
from tower_anime_assets.stages.run_progress import (
    MAX_LINES,
    ProgressRecorder,
    ProgressTally,
    RunProgress,
    StageProgress,
    format_duration,
)
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.run_progress import load_progress
from tower_anime_assets.store.takes import Take

STARTED = StageStarted("keyframe", "Keyframes", 3, 30.0)


@dataclass(frozen=True)
class Planned:
    stage: str
    predicted_s: float


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def finished(done: int, *, attempts: int, accepted: bool = True, **details: Any) -> Event:
    blurred = Verdict("keyframes_are_sharp", "sharpness", 0.1, 0.2, None, "", passed=False, remedy="")
    take = Take(
        id=str(uuid4()),
        decision_id=str(uuid4()),
        brief_digest="",
        stage="keyframe",
        project_id="nexus",
        episode_id="e01",
        scene_id="sc01",
        shot_id="sh0010",
        line_id="",
        files={},
        measured={},
        details=details,
        created_at=datetime.now(UTC),
        attempt=1,
        engine="painter",
        engine_version="1",
        reasoning="",
        duration_s=1.0,
        cpu_s=1.0,
        gpu_s=0.0,
        quality_score=None,
    )
    outcome = Outcome(f"sh00{done}0", take, accepted, attempts, () if accepted else (blurred,))
    return TakeFinished("keyframe", outcome, done, STARTED.total)


def test_takes_are_counted_as_made_reused_and_rejected() -> None:
    tally = ProgressTally()
    lines = [tally.receive(event) for event in (STARTED, finished(1, attempts=0), finished(2, attempts=2))]
    lines.append(tally.receive(finished(3, attempts=3, accepted=False)))
    assert tally.snapshot().stages == (StageProgress("keyframe", "Keyframes", 3, done=3, made=5, reused=1, rejected=1),)
    assert lines[0] == ["Keyframes: 3"]
    assert lines[1:3] == [[], []]
    assert lines[3][0].startswith("  sh0030 rejected: sharpness is 0.1")
    assert tally.snapshot().lines == tuple(line.strip() for line in (*lines[0], *lines[3]))


def test_a_stage_whose_shots_wait_for_each_other_begins_again_for_each() -> None:
    tally = ProgressTally()
    for _ in range(2):
        tally.receive(STARTED)
    assert tally.snapshot().stages[0].total == 6
    assert tally.snapshot().lines == ("Keyframes: 3",)


def test_what_is_made_or_waited_for_is_told_until_it_is_over() -> None:
    tally = ProgressTally()
    tally.receive(STARTED)
    tally.receive(TakeProgressed("keyframe", "sh0010", 0.4, "KSampler 8 of 20"))
    assert tally.snapshot().stages[0].doing == "sh0010 40% KSampler 8 of 20"
    tally.receive(ServerWaited("keyframe", "sh0010", ServerWait("away", "a does not answer")))
    assert tally.snapshot().stages[0].doing == "sh0010: a does not answer"
    tally.receive(ServerWaited("keyframe", "sh0010", NO_WAIT))
    assert tally.snapshot().stages[0].doing == "sh0010 40% KSampler 8 of 20"
    for done in (1, 2, 3):
        tally.receive(finished(done, attempts=1))
    assert tally.snapshot().stages[0].doing == ""


def test_a_model_taken_instead_is_told_once_and_notes_stay() -> None:
    tally = ProgressTally()
    tally.receive(STARTED)
    note = "b.safetensors instead of a.safetensors"
    assert tally.receive(finished(1, attempts=1, taken_models=[note])) == [f"  model {note}"]
    assert tally.receive(finished(2, attempts=1, taken_models=[note])) == []
    tally.receive(Noted("keyframe", "sh0010", "made smaller"))
    assert tally.notes == ["keyframe sh0010: made smaller"]


def test_the_time_left_follows_the_pace_of_what_was_made() -> None:
    clock = Clock()
    tally = ProgressTally(clock)
    tally.add_planned([Planned("keyframe", 10.0)] * 3 + [Planned("clip", 0.0)])
    assert tally.snapshot().left_s == pytest.approx(18.0), "lanes work in parallel"
    assert tally.receive(STARTED) == ["Keyframes: 3, about 18 s left"]
    clock.now_s += 20  # twice as slow as predicted
    tally.receive(finished(1, attempts=1))
    assert tally.snapshot().left_s == pytest.approx(20 * (5 * 0.6 + 20) / (5 + 10))
    for done in (2, 3):
        clock.now_s += 20
        tally.receive(finished(done, attempts=1))
    assert tally.snapshot().left_s == 0


@pytest.mark.parametrize(("seconds", "words"), [(40.4, "40 s"), (185, "3:05 min"), (7800, "2 h 10 min"), (-1, "0 s")])
def test_durations_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


def test_only_the_newest_sentences_are_kept_and_each_is_bounded() -> None:
    tally = ProgressTally()
    for number in range(100):
        tally.receive(Waiting("", f"{number} " + "x" * 10_000))
    snapshot = tally.snapshot()
    assert [line.split()[0] for line in snapshot.lines] == [str(number) for number in range(100 - MAX_LINES, 100)]
    assert len(json.dumps(snapshot.as_json())) < 15_000


def saved(database: Database, run_id: str) -> Mapping[str, Any]:
    return load_progress(database, [run_id])[run_id].progress


def test_progress_is_saved_seldom_and_whole_at_the_end_of_a_step(database: Database) -> None:
    clock = Clock()
    recorder = ProgressRecorder(database, "a run", clock)
    recorder.add_planned([Planned("keyframe", 10.0)])
    assert saved(database, "a run")["left_s"] == 6.0
    recorder.receive(STARTED)
    recorder.receive(finished(1, attempts=1))
    assert saved(database, "a run")["stages"][0]["done"] == 0, "it was saved just now"
    clock.now_s += 1
    recorder.receive(TakeProgressed("keyframe", "sh0020", 0.5, "half"))
    assert saved(database, "a run")["stages"][0]["done"] == 1
    recorder.receive(finished(2, attempts=1))
    recorder.save()
    assert RunProgress.from_json(saved(database, "a run")).stages[0].done == 2
    assert load_progress(database, ["another"]) == {}


def test_the_end_of_a_stage_is_saved_at_once(database: Database) -> None:
    recorder = ProgressRecorder(database, "another run", Clock())
    for event in (STARTED, *(finished(done, attempts=0) for done in (1, 2, 3))):
        recorder.receive(event)
    assert saved(database, "another run")["stages"][0]["reused"] == 3
