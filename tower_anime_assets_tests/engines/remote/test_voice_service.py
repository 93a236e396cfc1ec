"""Echo Voice as an engine: what it is asked, what becomes of its answer, and the one path with a real record."""

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
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.voice import EchoVoice, check_service
from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.sound_files import open_mezzanine_sound, read_sound
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.story.model import Voice
from tower_anime_assets.production.verdicts import Verdict, judge
from tower_anime_assets.quality.sound import loudness_lufs, true_peak_dbtp, voice_measures
from tower_anime_assets.quality.thresholds import VOICES
from tower_anime_assets.store import audit, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.echo_voice import FakeEchoVoice

TOKEN = "planted-line-77e0-token"
LINE = VoiceBrief(
    text="Forty million people wear our arms, our legs, our eyes.",
    character="viktor",
    voice=Voice("m7", 24, 165),
    emotion="neutral",
    parenthetical="",
    lyric=False,
    window_s=8.0,
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeEchoVoice]:
    with FakeEchoVoice(root=tmp_path_factory.mktemp("shared"), token=TOKEN) as server:
        yield server


@pytest.fixture
def fake(running: FakeEchoVoice) -> FakeEchoVoice:
    running.be_honest()
    running.start()
    return running


@pytest.fixture
def engine(fake: FakeEchoVoice) -> EchoVoice:
    return EchoVoice(fake.url, TOKEN, fake.root)


def made(engine: EchoVoice, brief: VoiceBrief, folder: Path, number: int = 1, **attempt: Any) -> EngineOutput:
    folder.mkdir(exist_ok=True)
    parameters = engine.plan_attempt(brief, number, attempt.pop("complaints", ()))
    return engine.make(brief, Attempt(number, parameters["seed"], parameters, folder, **attempt))


def verdicts(take: EngineOutput, brief: VoiceBrief) -> dict[str, bool]:
    samples = read_sound(take.files["main"])
    found = judge(voice_measures(samples, 48_000, take.details["words"], brief.text, brief.window_s), VOICES)
    return {verdict.measure: verdict.passed for verdict in found}


def complaint(measure: str, value: float) -> Verdict:
    return Verdict("gate", measure, value, None, 0.0, "s", False, "")


@pytest.mark.parametrize(("shape", "tells"), [("bytes", False), ("base64", True), ("path", True), ("path", False)])
def test_a_line_in_every_shape_passes_its_gates_at_the_house_level(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path, shape: str, tells: bool
) -> None:
    fake.shape, fake.tells_words = shape, tells
    take = made(engine, LINE, tmp_path / "attempt")
    assert all(verdicts(take, LINE).values())
    house = open_mezzanine_sound(take.files["main"])
    assert house.channels == 1
    samples = read_sound(take.files["main"])
    assert loudness_lufs(samples, 48_000) == pytest.approx(-20, abs=1.0)
    assert true_peak_dbtp(samples, 48_000) <= -2.9
    details = take.details
    assert details["word_times"] == ("service" if tells else "estimated")
    assert [word["text"] for word in details["words"]] == LINE.text.split()
    assert details["speech_s"] == pytest.approx(house.length_samples / 48_000, abs=0.001)
    assert (details["skipped"], details["answer"]["shape"]) == ([], shape)
    assert details["words"][0]["start_s"] < 0.15
    assert details["words"][-1]["end_s"] <= details["speech_s"]


def test_the_request_is_all_that_is_decided_and_all_that_is_sent(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path
) -> None:
    parameters = engine.plan_attempt(LINE, 1, ())
    assert parameters["request"] == {
        "text": LINE.text, "character": "viktor", "style": "anime", "language": "en", "speed": 1.0,
    }  # fmt: skip
    made(engine, LINE, tmp_path / "attempt")
    assert fake.requests[-1].body == parameters["request"]
    assert isinstance(parameters["seed"], int)
    assert engine.plan_attempt(LINE, 1, ()) == parameters
    assert not isinstance(engine, RemoteEngine)


def test_a_named_voice_takes_a_speed_and_a_numbered_one_a_length(engine: EchoVoice) -> None:
    named = replace(LINE, voice=Voice(service_voice="deep-villain", rate_wpm=132), emotion="angry")
    request = engine.plan_attempt(named, 1, ())["request"]
    assert (request["character"], request["speed"], request["style"]) == ("deep-villain", 0.8, "angry")
    assert "speaker_id" not in request
    numbered = replace(LINE, voice=Voice(service_voice="12", rate_wpm=132, language="de"))
    request = engine.plan_attempt(numbered, 1, ())["request"]
    assert (request["speaker_id"], request["length_scale"], request["character"]) == (12, 1.25, None)
    assert request["language"] == "de"
    assert "speed" not in request


def test_an_overrun_asks_for_faster_speech_within_reason(engine: EchoVoice) -> None:
    brief = replace(LINE, window_s=4.0)
    assert engine.plan_attempt(brief, 2, (complaint("overrun_s", 0.2),))["request"]["speed"] == pytest.approx(1.0815)
    assert engine.plan_attempt(brief, 2, (complaint("overrun_s", 9.0),))["request"]["speed"] == 1.25
    assert engine.plan_attempt(brief, 3, (complaint("overrun_s", 0.1),))["request"]["speed"] == 1.25
    numbered = replace(brief, voice=Voice(service_voice="3"))
    assert engine.plan_attempt(numbered, 3, (complaint("overrun_s", 0.1),))["request"]["length_scale"] == 0.8
    assert engine.plan_attempt(brief, 2, (complaint("clipped_samples", 40),))["softer_db"] == -3.0


def test_a_softer_attempt_is_softer(engine: EchoVoice, tmp_path: Path) -> None:
    first = made(engine, LINE, tmp_path / "1")
    second = made(engine, LINE, tmp_path / "2", 2, complaints=(complaint("clipped_samples", 40),))
    loud, soft = (loudness_lufs(read_sound(take.files["main"]), 48_000) for take in (first, second))
    assert loud - soft == pytest.approx(3.0, abs=0.2)


def test_a_silent_answer_fails_its_gates_and_gets_no_words(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path
) -> None:
    fake.fault = "silence"
    take = made(engine, LINE, tmp_path / "attempt")
    assert take.details["words"] == []
    assert take.details["skipped"] == LINE.text.split()
    found = verdicts(take, LINE)
    assert not found["words_missing"]
    assert not found["speech_share"]


def test_what_came_clipped_stays_clipped_for_the_gate_whatever_the_rate(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path
) -> None:
    fake.fault = "clipped"
    for number in (1, 2):
        complaints = (complaint("clipped_samples", 40),) if number == 2 else ()
        take = made(engine, LINE, tmp_path / str(number), number, complaints=complaints)
        assert take.details["clipped_on_arrival"] > 100
        assert not verdicts(take, LINE)["clipped_samples"]


def test_a_line_with_too_little_sound_lacks_words(fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path) -> None:
    take = made(engine, replace(LINE, text="No."), tmp_path / "attempt")
    long = LINE.text * 3
    measures = voice_measures(read_sound(take.files["main"]), 48_000, take.details["words"], long, 30.0)
    assert measures["words_missing"] > 20


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("cut_wav", "audio that could not be used: it is damaged"),
        ("not_audio", "with text"),
        ("html", "content type text/html"),
        ("bad_words", "expected .text, start, end."),
        ("leads_out", "leads out of"),
    ],
)
def test_an_answer_that_is_no_sound_is_rejected_by_name(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path, fault: str, says: str
) -> None:
    fake.fault = fault
    fake.shape = {"bad_words": "base64", "leads_out": "path"}.get(fault, "bytes")
    with pytest.raises(ServiceRejectedError, match=says) as caught:
        made(engine, LINE, tmp_path / "attempt")
    assert "Echo Voice" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_sound_from_a_pipe_is_taken(fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path) -> None:
    fake.fault = "piped_wav"
    assert all(verdicts(made(engine, LINE, tmp_path / "attempt"), LINE).values())


def test_words_beyond_the_sound_are_rejected(
    fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.shape, fake.tells_words = "base64", True
    sound = fake.sound
    monkeypatch.setattr(fake, "sound", lambda wav, more: sound(wav, {"words": [{"text": "a", "start": 1, "end": 900}]}))
    with pytest.raises(ServiceRejectedError, match="words up to 900 s in a sound of"):
        made(engine, LINE, tmp_path / "attempt")


def test_a_line_too_long_and_a_stopped_run_ask_nothing(fake: FakeEchoVoice, engine: EchoVoice, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="5001 characters"):
        made(engine, replace(LINE, text="a" * 5001), tmp_path / "1")
    with pytest.raises(StoppedError):
        made(engine, LINE, tmp_path / "2", is_stopped=lambda: True)
    assert fake.requests == []


def test_the_doctor_hears_how_it_is_and_which_voices_are_missing(fake: FakeEchoVoice) -> None:
    says = check_service(fake.url, TOKEN, fake.root, ["luna", "deep-villain", ""])
    assert "healthy, 4 voices (akira, luna" in says
    assert "not among them: deep-villain" in says
    fake.kill()
    with pytest.raises(ServiceUnavailableError, match="ECHO_VOICE_URL"):
        check_service(fake.url, TOKEN, fake.root)


def measured(brief: VoiceBrief, take: EngineOutput) -> Measurement:
    samples = read_sound(take.files["main"])
    return Measurement(voice_measures(samples, 48_000, take.details["words"], brief.text, brief.window_s))


def order(engine: EchoVoice, brief: VoiceBrief, line: str) -> Order[VoiceBrief]:
    place = StoryPosition("small", "e01", "sc01", line_id=line)
    return Order("voice", line, place, brief, engine, partial(measured, brief), VOICES, "Viktor (neutral).")


def everything(database: Database) -> str:
    return repr(audit.load_trail(database, EpisodeKey("small", "e01")))


def test_an_order_is_decided_made_kept_and_found_again_and_the_token_is_nowhere(
    fake: FakeEchoVoice, engine: EchoVoice, database: Database, tmp_path: Path
) -> None:
    record = AttemptRunner(Record(database, MediaStore(tmp_path / "media")))
    wanted = order(engine, LINE, "l1")
    outcome = generate(wanted, record, {}, attempts=3)
    assert outcome.accepted
    assert outcome.attempts == 1
    again = generate(wanted, record, takes.find_by_digests(database, [wanted.digest]), attempts=3)
    assert (again.take.id, again.attempts, len(fake.requests)) == (outcome.take.id, 0, 1)
    (decision,) = audit.load_trail(database, EpisodeKey("small", "e01")).decisions
    assert decision["engine"] == "echo-voice"
    assert decision["parameters"]["attempt"]["request"] == fake.requests[0].body
    fake.fault = "no_sound"
    with pytest.raises(ServiceRejectedError):
        generate(order(engine, replace(LINE, text="Who?"), "l2"), record, {}, attempts=3)
    assert TOKEN not in everything(database)
    assert "Bearer ***" in everything(database)
    stored = [path.read_bytes() for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert stored
    assert not any(TOKEN.encode() in data for data in stored)


def test_a_line_that_overruns_is_spoken_faster_the_next_time(
    fake: FakeEchoVoice, engine: EchoVoice, database: Database, tmp_path: Path
) -> None:
    long = made(engine, LINE, tmp_path / "first").details["speech_s"]
    brief = replace(LINE, window_s=round(long * 0.93, 3))
    outcome = generate(
        order(engine, brief, "l3"), AttemptRunner(Record(database, MediaStore(tmp_path / "media"))), {}, attempts=3
    )
    assert outcome.accepted
    assert outcome.attempts == 2
    assert fake.requests[-1].body["speed"] > fake.requests[-2].body["speed"] == 1.0
    assert np.isclose(outcome.take.measured["overrun_s"], 0.0)
