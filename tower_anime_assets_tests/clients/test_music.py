"""The music client against a real socket: every shape of answer, tasks that end in every way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tower_anime_assets.clients.music import MusicClient
from tower_anime_assets.errors import RenderLostError, ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media.external import read_external_sound
from tower_anime_assets_tests.fakes.music import FakeMusic

TOKEN = "planted-music-51ac-token"
CUE = {
    "scene_type": "dialogue", "mood": "calm", "duration": 3.0, "style": "anime_soundtrack", "bpm": 80, "seed": 7,
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def running(root: Path) -> Iterator[FakeMusic]:
    with FakeMusic(root=root, token=TOKEN) as server:
        yield server


@pytest.fixture
def fake(running: FakeMusic) -> FakeMusic:
    running.be_honest()
    running.start()
    return running


@pytest.fixture
def client(fake: FakeMusic, root: Path) -> Iterator[MusicClient]:
    made = MusicClient(fake.url, TOKEN, root, stall_s=2.0, poll_s=0.02)
    yield made
    made.close()


def length_s(path: Path) -> float:
    sound = read_external_sound(path, 60.0)
    return len(sound.samples) / sound.sample_rate_hz


@pytest.mark.parametrize("shape", ["bytes", "base64", "path"])
def test_a_cue_comes_at_once_in_every_shape(fake: FakeMusic, client: MusicClient, tmp_path: Path, shape: str) -> None:
    fake.shape = shape
    assert client.generate(CUE, tmp_path / "answer").transport == shape
    assert length_s(tmp_path / "answer") == pytest.approx(3.0, abs=0.001)
    assert [asked.body for asked in fake.requests] == [CUE]


@pytest.mark.parametrize("shape", ["base64", "path"])
def test_a_task_is_asked_after_until_it_is_done(
    fake: FakeMusic, client: MusicClient, tmp_path: Path, shape: str
) -> None:
    fake.shape, fake.task, fake.polls = shape, "completed", 3
    told: list[float] = []
    answer = client.generate(CUE, tmp_path / "answer", progress=lambda part, _words: told.append(part))
    assert answer.transport == shape
    assert length_s(tmp_path / "answer") == pytest.approx(3.0, abs=0.001)
    assert [asked.path for asked in fake.requests] == ["/api/music/generate", *["/status/task-1"] * 3]
    assert all(asked.authorization == f"Bearer {TOKEN}" for asked in fake.requests)
    assert told == sorted(told)
    assert 0 < told[-1] < 1


def test_a_task_that_fails_says_why(fake: FakeMusic, client: MusicClient, tmp_path: Path) -> None:
    fake.task = "failed"
    with pytest.raises(ServiceRejectedError, match="ran out of memory"):
        client.generate(CUE, tmp_path / "answer")


def test_a_task_that_never_ends_is_given_up_without_progress(fake: FakeMusic, tmp_path: Path) -> None:
    fake.task = "never_ends"
    client = MusicClient(fake.url, TOKEN, stall_s=0.3, poll_s=0.02)
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match=r"no progress for 0.3 s.*TOWER_STALL_S"):
        client.generate(CUE, tmp_path / "answer")
    assert 0.3 <= time.monotonic() - began < 3
    client.close()


def test_a_task_that_moves_on_may_take_longer_than_it_may_stand_still(fake: FakeMusic, tmp_path: Path) -> None:
    fake.task, fake.shape, fake.polls = "completed", "base64", 20
    client = MusicClient(fake.url, TOKEN, stall_s=0.4, poll_s=0.03)
    began = time.monotonic()
    assert client.generate(CUE, tmp_path / "answer").transport == "base64"
    assert time.monotonic() - began > 0.5
    client.close()


def test_a_task_that_the_service_has_forgotten_is_lost(fake: FakeMusic, client: MusicClient, tmp_path: Path) -> None:
    fake.task = "lost"
    with pytest.raises(RenderLostError, match="no longer knows task task-1"):
        client.generate(CUE, tmp_path / "answer")


@pytest.mark.parametrize(("task", "says"), [("bad_status", "status '7'"), ("bad_id", "task_id '../admin'")])
def test_a_task_that_breaks_the_contract_is_rejected(
    fake: FakeMusic, client: MusicClient, tmp_path: Path, task: str, says: str
) -> None:
    fake.task = task
    with pytest.raises(ServiceRejectedError, match=says):
        client.generate(CUE, tmp_path / "answer")
    assert not any("admin" in asked.path for asked in fake.requests)


def test_a_stopped_run_stops_asking(fake: FakeMusic, client: MusicClient, tmp_path: Path) -> None:
    fake.task = "never_ends"
    asked_s: list[float] = []

    def is_stopped() -> bool:
        asked_s.append(time.monotonic())
        return len(asked_s) > 2

    with pytest.raises(StoppedError, match="task-1"):
        client.generate(CUE, tmp_path / "answer", is_stopped=is_stopped)
    assert len(fake.requests) == 3


def test_a_short_absence_while_a_task_goes_on_is_no_error(fake: FakeMusic, client: MusicClient, tmp_path: Path) -> None:
    fake.task, fake.shape, fake.polls = "completed", "base64", 4
    ended = threading.Event()

    def blink() -> None:
        while len(fake.requests) < 2:
            time.sleep(0.005)
        fake.kill()
        time.sleep(0.2)
        fake.start()
        ended.set()

    thread = threading.Thread(target=blink)
    thread.start()
    assert client.generate(CUE, tmp_path / "answer").transport == "base64"
    thread.join()
    assert ended.is_set()


def test_a_service_that_dies_over_a_task_is_unavailable(fake: FakeMusic, tmp_path: Path) -> None:
    fake.task = "never_ends"
    client = MusicClient(fake.url, TOKEN, stall_s=0.5, poll_s=0.02)
    killer = threading.Timer(0.15, fake.kill)
    killer.start()
    with pytest.raises(ServiceUnavailableError):
        client.generate(CUE, tmp_path / "answer")
    killer.join()
    client.close()


@pytest.mark.parametrize(
    ("fault", "shape", "says"),
    [
        ("html", "bytes", "content type text/html"),
        ("redirect", "bytes", "302, a redirect"),
        ("empty", "bytes", "an empty audio/wav"),
        ("leads_out", "path", "leads out of"),
        ("link_out", "path", "leads out of"),
        ("no_sound", "bytes", "no such voice"),
        ("tells_the_token", "bytes", "bad header Bearer"),
    ],
)
def test_a_broken_answer_is_rejected_by_name(
    fake: FakeMusic, client: MusicClient, tmp_path: Path, fault: str, shape: str, says: str
) -> None:
    fake.fault, fake.shape = fault, shape
    with pytest.raises(ServiceRejectedError, match=says) as caught:
        client.generate(CUE, tmp_path / "answer")
    assert "music service" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_it_is_looked_at_without_making_anything(fake: FakeMusic, client: MusicClient, root: Path) -> None:
    assert "has /api/music/generate" in client.describe_health()
    assert str(root) in client.describe_health()
    assert all(asked.method == "GET" for asked in fake.requests)
    fake.kill()
    with pytest.raises(ServiceUnavailableError, match="MUSIC_URL"):
        client.describe_health()
