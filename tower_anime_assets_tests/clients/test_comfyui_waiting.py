"""Whoever waits for a ComfyUI server is told why, and a stopped run ends its job with one request and patience."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest

from tower_anime_assets.clients import comfyui_waiting
from tower_anime_assets.clients.comfyui import ComfyUIClient, JobState
from tower_anime_assets.clients.comfyui_socket import JobProgress
from tower_anime_assets.errors import JobLeftError, ServiceUnavailableError, StoppedError
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets_tests.clients.test_comfyui import flat_graph, submit, until
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell after a fraction of a second what is told after four."""
    monkeypatch.setattr(comfyui_waiting, "NOTICE_S", 0.2)
    monkeypatch.setattr(comfyui_waiting, "_SLICE_S", 0.05)


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    with FakeComfyUI() as server:
        yield server


@pytest.fixture
def client(fake: FakeComfyUI) -> Iterator[ComfyUIClient]:
    made = ComfyUIClient(fake.url, stall_s=5.0, poll_s=0.05, call_off_s=0.5)
    yield made
    made.close()


class Told:
    """What whoever waits was told, each cause once in a row."""

    def __init__(self) -> None:
        self.waits: list[ServerWait] = []

    def __call__(self, wait: ServerWait) -> None:
        self.waits.append(wait)

    @property
    def causes(self) -> list[str]:
        causes = [wait.cause for wait in self.waits]
        return [cause for index, cause in enumerate(causes) if index == 0 or causes[index - 1] != cause]

    def words_of(self, cause: str) -> str:
        return next(wait.words for wait in reversed(self.waits) if cause in wait.cause)


def interrupts_of(fake: FakeComfyUI) -> int:
    return len(fake.asked("POST", "/interrupt"))


def test_a_long_step_is_told_as_slow_and_the_server_as_answering(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s, fake.jobs.steps = 1.2, 2
    told = Told()
    prompt_id = submit(client, flat_graph())
    with client.attended_by(told):
        client.wait_for_job(prompt_id, client_id=prompt_id)
    assert told.causes[:2] == ["", f"{fake.url} is slow"]
    assert f"{fake.url} answers; SaveImage has been " in told.words_of("slow")
    assert "TOWER_STALL_S" in told.words_of("slow")


def test_a_sampler_that_comes_round_is_no_longer_told() -> None:
    progress = JobProgress("job")
    progress.set_graph({"3": {"class_type": "KSampler"}})
    data = {"value": 3, "max": 20, "node": "3", "prompt_id": "job"}
    watchdog = comfyui_waiting.JobWatchdog("http://a", 60.0)
    watchdog.record_poll(JobState.RUNNING, 0)
    assert watchdog.find_wait(progress) == NO_WAIT
    progress.apply_message({"type": "progress", "data": data})
    time.sleep(0.25)
    assert "KSampler has been at step 3 of 20 for" in watchdog.find_wait(progress).words
    watchdog.record_progress()
    assert watchdog.find_wait(progress) == NO_WAIT
    time.sleep(0.25)
    assert watchdog.find_wait(progress) == NO_WAIT, "this step is as long as the one before"


def test_a_socket_that_comes_late_learns_which_node_runs() -> None:
    progress = JobProgress("job")
    progress.set_graph({"3": {"class_type": "KSampler"}})
    assert progress.apply_message({"type": "executing", "data": {"node": "3"}})
    assert progress.standing == "KSampler has been running"


def test_foreign_jobs_before_ours_are_counted(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = lambda graph: 0.4 if "theirs" in str(graph) else 0.02
    for number in range(2):
        client.submit(str(uuid4()), json.dumps(flat_graph(f"theirs-{number}")))
    told = Told()
    ours = submit(client, flat_graph())
    with client.attended_by(told):
        client.wait_for_job(ours, client_id=ours)
    words = [wait.words for wait in told.waits if "works for others" in wait.cause]
    assert any("2 jobs of others before ours" in each for each in words)
    assert any("1 job of others before ours" in each for each in words)
    assert told.causes[-1] == ""


def test_silence_is_told_while_an_answer_is_waited_for_and_is_over_with_it(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    fake.faults.every, fake.faults.slow_s = "slow", 0.5
    told = Told()
    with client.attended_by(told):
        client.system_stats()
    assert told.causes == [f"{fake.url} does not answer", ""]
    assert "has not answered GET /system_stats for" in told.words_of("does not answer")


def test_a_server_that_answers_with_errors_is_told_with_the_reason(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = 1.0
    prompt_id = submit(client, flat_graph())
    fake.faults.every = "500"
    told = Told()

    def wait_for_job() -> JobState:
        with client.attended_by(told):
            return client.wait_for_job(prompt_id, client_id=prompt_id).state

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_job)
        until(lambda: any("does not answer" in cause for cause in told.causes))
        fake.faults.every = ""
        assert waiting.result(5) is JobState.SUCCEEDED
    assert told.causes[-1] == ""
    assert "(ComfyUI at" in told.words_of("does not answer")
    assert "500" in told.words_of("does not answer")


def test_what_nobody_attends_is_told_nobody(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    told = Told()
    with client.attended_by(told):
        pass
    fake.faults.every, fake.faults.slow_s = "slow", 0.3
    client.system_stats()
    assert told.waits == []


# A stopped run.


def test_a_job_that_obeys_late_is_interrupted_once_and_left_by_name(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s, fake.jobs.steps, fake.jobs.faults.late_interrupts = 3.0, 1, True
    told = Told()
    ours = submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    asked = len(fake.requests)
    with client.attended_by(told), pytest.raises(JobLeftError, match="the next run takes it up") as left:
        client.wait_for_job(ours, client_id=ours, is_stopped=lambda: True)
    assert (left.value.server, left.value.prompt_id) == (fake.url, ours)
    assert ours in str(left.value)
    assert fake.url in str(left.value)
    assert interrupts_of(fake) == len(fake.asked("POST", "/queue")) == 1
    assert len(fake.requests) - asked < 20, "it is looked after with growing pauses"
    assert [job.prompt_id for job in client.open_jobs] == [ours]
    assert any("is asked to end" in wait.words for wait in told.waits)
    assert fake.jobs.running is not None


def test_a_job_that_obeys_in_time_is_cancelled_with_one_interrupt(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s, fake.jobs.steps, fake.jobs.faults.late_interrupts = 0.4, 2, True
    ours = submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    with pytest.raises(StoppedError, match="was cancelled") as stopped:
        client.wait_for_job(ours, client_id=ours, is_stopped=lambda: True)
    assert not isinstance(stopped.value, JobLeftError)
    assert interrupts_of(fake) == 1
    assert client.open_jobs == ()


def test_a_job_that_ends_well_before_the_interrupt_reaches_it_is_kept(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    ours = submit(client, flat_graph())
    until(lambda: ours in fake.jobs.history)
    assert client.wait_for_job(ours, client_id=ours, is_stopped=lambda: True).state is JobState.SUCCEEDED
    assert interrupts_of(fake) == 0
    assert client.open_jobs == ()


def test_a_server_that_is_silent_when_the_run_is_stopped_is_left_in_time(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    fake.jobs.duration_s = 5.0
    ours = submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    fake.faults.every = "hang"
    stopped = Event()

    def wait_for_job() -> None:
        with client.attended_by(Told(), stopped.is_set):
            client.wait_for_job(ours, client_id=ours, is_stopped=stopped.is_set)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_job)
        until(lambda: len(fake.asked("GET", f"/history/{ours}")) > 0)
        began_s = time.monotonic()
        stopped.set()
        with pytest.raises(JobLeftError, match="in time"):
            waiting.result(10)
    assert time.monotonic() - began_s < 3.0


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_submission_that_is_not_answered_when_the_run_is_stopped_is_called_off(
    fake: FakeComfyUI, client: ComfyUIClient, is_taken: bool
) -> None:
    fake.jobs.duration_s = 5.0
    fake.faults.prompt, fake.faults.prompt_is_taken = "timeout", is_taken
    with client.attended_by(Told(), lambda: True), pytest.raises(StoppedError) as stopped:
        submit(client, flat_graph())
    assert isinstance(stopped.value, JobLeftError) is not is_taken, "one that may still be accepted stays open"
    assert fake.jobs.remaining() == 0


def test_whoever_waits_for_anything_else_can_leave_too(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.faults.every = "hang"
    asks: list[Callable[[], object]] = [client.system_stats, lambda: client.node_info("KSampler")]
    for ask in asks:
        with client.attended_by(Told(), lambda: True), pytest.raises(StoppedError):
            ask()


def test_a_job_that_nothing_needs_is_asked_to_end_once_and_not_waited_for(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    fake.jobs.duration_s, fake.jobs.steps, fake.jobs.faults.late_interrupts = 3.0, 1, True
    ours = submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    assert client.cancel(ours, 0.3).state is JobState.RUNNING
    assert interrupts_of(fake) == 1
    fake.faults.every = "hang"
    with pytest.raises(ServiceUnavailableError, match="in time"):
        client.cancel(ours, 0.3)
