"""The music service as an engine: what it is asked, what becomes of its answer, and the one path with a real record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote import music
from tower_anime_assets.engines.remote.music import MusicService, check_service
from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.sound_files import open_mezzanine_sound, read_sound
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.quality.sound import loudness_lufs, music_measures
from tower_anime_assets.quality.thresholds import MUSIC
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.music import FakeMusic

TOKEN = "planted-cue-c0de-token"
CUE = MusicBrief("tense", "synthwave", 0, 4.0, "night", True, 42)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeMusic]:
    with FakeMusic(root=tmp_path_factory.mktemp("shared"), token=TOKEN) as server:
        yield server


@pytest.fixture
def fake(running: FakeMusic) -> FakeMusic:
    running.be_honest()
    running.start()
    return running


@pytest.fixture
def engine(fake: FakeMusic) -> MusicService:
    return MusicService(fake.url, TOKEN, fake.root, stall_s=3.0, poll_s=0.02)


def made(engine: MusicService, brief: MusicBrief, folder: Path, number: int = 1, **attempt: Any) -> EngineOutput:
    folder.mkdir(exist_ok=True)
    parameters = engine.plan_attempt(brief, number, attempt.pop("complaints", ()))
    return engine.make(brief, Attempt(number, parameters["seed"], parameters, folder, **attempt))


def numbers(take: EngineOutput, brief: MusicBrief) -> dict[str, float]:
    return music_measures(read_sound(take.files["main"]), 48_000, brief.length_s)


def failed(take: EngineOutput, brief: MusicBrief) -> list[str]:
    return [verdict.measure for verdict in judge(numbers(take, brief), MUSIC) if not verdict.passed]


@pytest.mark.parametrize(
    ("shape", "task"), [("bytes", ""), ("base64", ""), ("path", ""), ("base64", "completed"), ("path", "completed")]
)
def test_a_cue_in_every_shape_passes_its_gates(
    fake: FakeMusic, engine: MusicService, tmp_path: Path, shape: str, task: str
) -> None:
    fake.shape, fake.task = shape, task
    take = made(engine, CUE, tmp_path / "attempt")
    assert failed(take, CUE) == []
    house = open_mezzanine_sound(take.files["main"])
    assert house.channels == 2
    assert loudness_lufs(read_sound(take.files["main"]), 48_000) == pytest.approx(-20, abs=1.0)
    assert take.details["answer"] == {"shape": shape, "kind": "wav", "sample_rate_hz": 44_100}


def test_the_request_keeps_the_contract_and_is_all_that_is_sent(
    fake: FakeMusic, engine: MusicService, tmp_path: Path
) -> None:
    parameters = engine.plan_attempt(CUE, 1, ())
    assert parameters["request"] == {
        "scene_type": "dialogue", "mood": "tense, synthwave", "duration": 4.0, "style": "anime_soundtrack", "bpm": 80,
        "seed": 42,
    }  # fmt: skip
    made(engine, CUE, tmp_path / "attempt")
    assert fake.requests[0].body == parameters["request"]
    action = engine.plan_attempt(replace(CUE, mood="action", words="", has_speech=False), 1, ())["request"]
    assert (action["scene_type"], action["bpm"], action["mood"]) == ("action", 120, "action")
    assert engine.plan_attempt(replace(CUE, tempo_bpm=97), 1, ())["request"]["bpm"] == 97
    styled = engine.plan_attempt(replace(CUE, style=("neon-noir", "wet asphalt")), 1, ())["request"]
    assert styled["mood"] == "tense, synthwave, neon-noir, wet asphalt", "one style for pictures and music"


def test_a_longer_cue_is_cut_to_the_sample_and_faded_and_says_so(
    fake: FakeMusic, engine: MusicService, tmp_path: Path
) -> None:
    fake.extra_s = 2.5
    take = made(engine, CUE, tmp_path / "attempt")
    assert failed(take, CUE) == []
    samples = read_sound(take.files["main"])
    assert len(samples) == 4 * 48_000
    assert take.details["trimmed_s"] == pytest.approx(2.5, abs=0.001)
    assert take.details["came_s"] == pytest.approx(6.5, abs=0.001)
    fade = round(take.details["fade_s"] * 48_000)
    assert fade == 48_000
    assert float(np.abs(samples[-100:]).max()) < 0.001 < float(np.abs(samples[-fade - 100 : -fade]).max())


def test_a_shorter_cue_stays_short_fails_its_gate_and_is_asked_for_longer(
    fake: FakeMusic, engine: MusicService, database: Database, tmp_path: Path
) -> None:
    fake.extra_s = -1.0
    take = made(engine, CUE, tmp_path / "attempt")
    assert failed(take, CUE) == ["length_error_s"]
    assert take.details["trimmed_s"] == 0.0
    outcome = generate(
        order(engine, CUE), AttemptRunner(Record(database, MediaStore(tmp_path / "media"))), {}, attempts=3
    )
    assert outcome.accepted
    assert outcome.attempts == 2
    first, second = (asked.body for asked in fake.requests[-2:])
    assert second["duration"] == pytest.approx(first["duration"] + 1.5, abs=0.01)
    assert second["seed"] != first["seed"]


def test_a_silent_cue_and_a_clipped_one_fail_their_gates(fake: FakeMusic, engine: MusicService, tmp_path: Path) -> None:
    fake.fault = "silence"
    assert set(failed(made(engine, CUE, tmp_path / "1"), CUE)) == {"loudness_lufs", "longest_silence_s"}
    fake.fault = "clipped"
    take = made(engine, CUE, tmp_path / "2")
    assert "clipped_samples" in failed(take, CUE)
    assert take.details["clipped_on_arrival"] > 1000


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"fault": "cut_wav"}, ServiceRejectedError, "audio that could not be used"),
        ({"fault": "not_audio"}, ServiceRejectedError, "with text"),
        ({"fault": "link_out", "shape": "path"}, ServiceRejectedError, "leads out of"),
        ({"task": "failed"}, ServiceRejectedError, "ran out of memory"),
        ({"fault": "error_500"}, ServiceUnavailableError, "out of memory"),
    ],
)
def test_what_is_no_cue_is_an_error_by_name(
    fake: FakeMusic, engine: MusicService, tmp_path: Path, changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    for name, value in changes.items():
        setattr(fake, name, value)
    with pytest.raises(error, match=says) as caught:
        made(engine, CUE, tmp_path / "attempt")
    assert "music service" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_cue_much_too_long_is_refused_before_it_fills_the_memory(
    fake: FakeMusic, engine: MusicService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(music, "MAX_EXTRA_LENGTH_S", 1.0)
    fake.extra_s = 10.0
    with pytest.raises(ServiceRejectedError, match=r"14.0 s long; expected at most 13.0 s"):
        made(engine, CUE, tmp_path / "attempt")


def test_an_impossible_length_and_a_stopped_run_ask_nothing(
    fake: FakeMusic, engine: MusicService, tmp_path: Path
) -> None:
    with pytest.raises(PlanError, match=r"a cue is 0.1 s long"):
        made(engine, replace(CUE, length_s=0.1), tmp_path / "1")
    with pytest.raises(StoppedError):
        made(engine, CUE, tmp_path / "2", is_stopped=lambda: True)
    assert fake.requests == []


def test_the_doctor_hears_how_it_is(fake: FakeMusic) -> None:
    assert "has /api/music/generate" in check_service(fake.url, TOKEN, None)
    assert "TOWER_AUDIO_ROOT is not set" in check_service(fake.url, TOKEN, None)
    with pytest.raises(ServiceRejectedError, match=r"401.*TOWER_AUTH_TOKEN"):
        check_service(fake.url, "wrong", None)


def measured(brief: MusicBrief, take: EngineOutput) -> Measurement:
    return Measurement(numbers(take, brief))


def order(engine: MusicService, brief: MusicBrief) -> Order[MusicBrief]:
    place = StoryPosition("small", "e01", "sc01")
    return Order("music", "sc01", place, brief, engine, partial(measured, brief), MUSIC, "A tense cue.")


def test_an_order_is_on_record_with_all_that_was_sent_and_without_the_token(
    fake: FakeMusic, engine: MusicService, database: Database, tmp_path: Path
) -> None:
    brief, record = replace(CUE, seed=43), AttemptRunner(Record(database, MediaStore(tmp_path / "media")))
    fake.task, fake.shape = "completed", "path"
    outcome = generate(order(engine, brief), record, {}, attempts=3)
    assert outcome.accepted
    assert outcome.attempts == 1
    fake.fault = "tells_the_token"
    with pytest.raises(ServiceRejectedError):
        generate(order(engine, replace(brief, seed=44)), record, {}, attempts=3)
    history = audit.load_trail(database, EpisodeKey("small", "e01"))
    sent = [row["parameters"]["attempt"]["request"] for row in history.decisions if row["status"] == "succeeded"]
    assert fake.requests[0].body in sent
    assert TOKEN not in repr(history)
    assert "Bearer ***" in repr(history)
