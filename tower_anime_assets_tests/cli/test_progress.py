"""What the terminal shows of a run that waits for servers, and what is said last."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from tower_anime_assets.cli.progress import ProgressDisplay
from tower_anime_assets.defs.run_log import RunLog
from tower_anime_assets.production.attempt import NO_WAIT, OpenJob, ServerWait
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.events import Emit, Event, ServerWaited, StageStarted, TakeProgressed
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database

STARTED = StageStarted("keyframe", "Keyframes", 2, 10.0)


def waited(seconds: int) -> Event:
    return ServerWaited("keyframe", "sh0010", ServerWait("a does not answer", f"a is silent for {seconds} s"))


def show_minute_of_silence(emit: Emit) -> None:
    emit(STARTED)
    for second in range(4, 64):
        emit(waited(second))
    emit(ServerWaited("keyframe", "sh0010", NO_WAIT))


def test_where_there_are_no_bars_a_wait_is_a_few_lines_and_its_end_one() -> None:
    written = io.StringIO()
    display = ProgressDisplay(Console(file=written, width=200))
    with display:
        show_minute_of_silence(display)
    lines = written.getvalue().splitlines()
    assert lines[1] == "  sh0010: a is silent for 4 s"
    assert lines[-1].startswith("  sh0010: the wait is over after")
    assert len(lines) == 3, "the clock of this test moves on by less than a second"


def test_on_a_terminal_a_wait_stands_beside_the_bar_and_vanishes_when_it_is_over() -> None:
    written = io.StringIO()
    display = ProgressDisplay(Console(file=written, width=200, force_terminal=True))
    with display:
        display(STARTED)
        display(waited(4))
        display(TakeProgressed("keyframe", "sh0020", 0.5, "KSampler 3 of 20"))
        (task,) = display._progress.tasks
        assert task.fields["note"] == "sh0010: a is silent for 4 s | sh0020 50% KSampler 3 of 20"
        display(ServerWaited("keyframe", "sh0010", NO_WAIT))
        assert task.fields["note"] == ""
        display(TakeProgressed("keyframe", "sh0020", 0.6, "KSampler 4 of 20"))
        assert task.fields["note"] == "sh0020 60% KSampler 4 of 20"
    assert "\n  sh0010: a is silent" not in written.getvalue(), "there is no line of it"


def test_the_log_of_a_dagster_run_has_the_same_lines(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(projects=tmp_path, home=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Dagster's own use of what pydantic deprecates
        context = dg.build_asset_context()
        show_minute_of_silence(RunLog(context, Studio(settings, database)))
    logged = capsys.readouterr().err
    assert logged.count("is silent for") == 1
    assert "keyframe sh0010: a is silent for 4 s" in logged
    assert "keyframe sh0010: the wait is over after" in logged


LEAVES = """
import os, signal, sys, threading, time
from tower_anime_assets.cli.runs import run_stoppable
from tower_anime_assets.production.attempt import OpenJob

def work():
    for _ in range(int(sys.argv[1])):
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)
    stopped.wait(10)
    time.sleep(0.2 if sys.argv[1] == "1" else 10)

stopped, job = threading.Event(), OpenJob("http://a:8188", "7d1f")
try:
    say = lambda words: print(words, flush=True)
    run_stoppable(work, stopped, lambda event: say(event.words), lambda: [job], say)
except KeyboardInterrupt as interrupt:
    print(*interrupt.__notes__)
"""


@pytest.mark.parametrize("signals", ["1", "2"])
def test_whoever_leaves_is_told_which_job_may_still_run_also_the_second_time(signals: str) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES, signals], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == str(OpenJob("http://a:8188", "7d1f")), done.stderr
    assert "7d1f may still run at http://a:8188; the next run takes it up" in done.stdout
    assert ("stopped at once" in done.stdout) is (signals == "2")
    assert done.returncode == (130 if signals == "2" else 0)
