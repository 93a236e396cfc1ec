"""A farm as it dies: worker, broker and patience end in the middle of an episode, and it is finished all the same.

Redis, PostgreSQL, controller and workers are real processes; each of the latter has a TOWER_HOME of its own, and all
have one media folder. No worker is given anything but the addresses of database and broker.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.defs.running_tower import RunningTower
from tower_anime_assets_tests.farm.farm_processes import Farm, FarmRecord, RunningWorker, start_farm, until
from tower_anime_assets_tests.small_show import SHORT_SCRIPT

pytestmark = pytest.mark.slow

EPISODES = ("e01", "e02", "e03", "e04")
PLACES = ("STREET", "HARBOUR", "BRIDGE", "MARKET")

TERMINATE = """
mutation($it: String!) { terminateRun(runId: $it) { __typename ... on TerminateRunFailure { message }
  ... on PythonError { message } } }
"""


@dataclass(frozen=True)
class Show:
    """A farm whose controller is ready, with four episodes to make."""

    farm: Farm
    tower: RunningTower

    @property
    def record(self) -> FarmRecord:
        return self.farm.record

    def begin(self, episode: str, stage: str = "keyframe") -> str:
        """Launch an episode, wait until something of a stage is made, and return the run's id."""
        run_id = self.tower.launch("produce_episode", f"small-{episode}")
        self.record.wait_for_decision(run_id, stage)
        return run_id

    def wait_for_end(self, run_id: str) -> str:
        over = ("SUCCESS", "FAILURE", "CANCELED")
        return str(until(lambda: (status := self.record.status(run_id)) in over and status, f"the end of {run_id}"))

    def wait_for_again(self, run_id: str) -> str:
        return str(until(lambda: self.record.made_again_as(run_id), f"run {run_id} to be made again"))

    def master(self, episode: str) -> Path:
        """Return the master of an episode once the controller has delivered it."""
        path = self.farm.studio.home / "episodes" / f"small-{episode}.mp4"
        until(path.is_file, f"the delivery of {path.name}")
        return path


@pytest.fixture(scope="module")
def show(database_server: DatabaseServer) -> Iterator[Show]:
    with start_farm(database_server.make_database(), SHORT_SCRIPT) as farm:
        episodes = farm.studio.script.parent
        for name, place in zip(EPISODES, PLACES, strict=True):
            text = SHORT_SCRIPT.replace("STREET", place).replace("They found us", f"They found us at the {place}")
            (episodes / f"{name}.fountain").write_text(text.replace("Title: Short", f"Title: {name}"))
        yield Show(farm, farm.start_controller())


@pytest.fixture
def worker(show: Show) -> Iterator[RunningWorker]:
    running = show.farm.start_worker()
    yield running
    running.kill()


def test_an_episode_whose_worker_is_killed_is_finished_by_another_and_nothing_is_made_twice(
    show: Show, worker: RunningWorker
) -> None:
    run_id = show.begin("e01", "clip")
    assert show.record.worker_of(run_id) == worker.id
    worker.kill()
    other = show.farm.start_worker()
    again = show.wait_for_again(run_id)
    assert show.wait_for_end(again) == "SUCCESS"
    assert show.record.status(run_id) == "FAILURE"
    assert " - DEBUG - " not in other.text, "a worker's terminal is for people"
    assert f"takes run {again[:8]} (produce_episode small-e01)" in other.text
    assert show.record.worker_of(again) == other.id != worker.id
    assert show.record.made_twice() == []
    assert show.master("e01").stat().st_size > 10_000
    assert not (other.home / "episodes").exists(), "finished episodes are in one place"
    assert not (other.home / "pg").exists(), "no worker starts a database"
    assert not (other.home / "projects").exists()
    other.kill()


def test_a_broker_that_forgets_everything_costs_neither_the_run_nor_its_verdict(
    show: Show, worker: RunningWorker
) -> None:
    run_id = show.begin("e02")
    show.farm.redis.kill()
    show.farm.redis.start()
    assert show.wait_for_end(run_id) == "SUCCESS"
    assert show.record.made_again_as(run_id) == ""
    ends = [kind for kind, _step in show.record.events(run_id) if kind.startswith("PIPELINE_") and "START" not in kind]
    assert ends[-1:] == ["PIPELINE_SUCCESS"]
    assert len(ends) == len(set(ends)), "a run ends once"
    # The worker has found the new broker, and takes the next run from it.
    next_run = show.begin("e03")
    assert show.record.worker_of(next_run) == worker.id
    answer = show.tower.ask(TERMINATE, next_run)["terminateRun"]
    assert answer["__typename"] == "TerminateRunSuccess", answer
    assert show.wait_for_end(next_run) == "CANCELED"
    events = show.record.events(next_run)
    after = events[events.index(("PIPELINE_CANCELING", "")) :]
    assert [step for kind, step in after if kind == "STEP_START"] == []
    assert show.record.made_again_as(next_run) == ""


def test_a_worker_that_is_asked_to_end_leaves_its_run_to_another(show: Show, worker: RunningWorker) -> None:
    run_id = show.begin("e04")
    code = worker.stop(signal.SIGTERM)
    assert code == 0, worker.text
    assert show.wait_for_end(run_id) == "FAILURE"
    other = show.farm.start_worker("--queues", "gpu")
    again = show.wait_for_again(run_id)
    assert show.wait_for_end(again) == "SUCCESS"
    assert show.record.worker_of(again) == other.id
    assert show.record.made_twice() == []
    other.kill()
