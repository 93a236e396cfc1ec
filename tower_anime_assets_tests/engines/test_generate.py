"""The one path to every engine, on a real database and a real media store, with an engine that writes real files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.record import Record
from tower_anime_assets.errors import MediaError, ServiceUnavailableError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.store import audit, decisions, takes, verdicts, waivers
from tower_anime_assets.store.database import Database

BAR = Threshold("tones_are_loud", "loudness", 5.0, None, "steps", "softer is not heard", "play louder")


@dataclass
class ToneEngine:
    """Writes its loudness into a file: the brief's tempo, plus what each complaint adds."""

    fails_with: BaseException | None = None
    saw: list[str] = field(default_factory=list)
    database: Database | None = None
    name: str = "tone"
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        return {"seed": brief.seed + number, "louder": len(complaints) * number * 2}

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        if self.database is not None:
            found = decisions.find_by_id(self.database, attempt.decision_id)
            self.saw.append(found.status if found else "nothing")
        if self.fails_with is not None:
            (attempt.folder / "half.wav").write_bytes(b"half")
            raise self.fails_with
        path = attempt.folder / "tone.wav"
        path.write_text(f"{brief.tempo_bpm + attempt.parameters['louder']} {attempt.seed}")
        return EngineOutput({"main": path}, {"note": "a"})


class StubbornEngine(ToneEngine):
    """Plans another seed each time, and writes the same file."""

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        path = attempt.folder / "tone.wav"
        path.write_text(str(brief.tempo_bpm))
        return EngineOutput({"main": path}, {})


def loudness(made: EngineOutput) -> Measurement:
    return Measurement({"loudness": float(made.files["main"].read_text().split()[0])})


@dataclass
class Bench:
    """An engine, its record, and orders for it."""

    runner: AttemptRunner
    engine: ToneEngine

    def order(self, seed: int, tempo: int = 9, **changes: Any) -> Order[MusicBrief]:
        brief = MusicBrief("calm", "", tempo, 1.0, "day", False, seed)
        base: dict[str, Any] = {
            "position": StoryPosition("tones", "e01", "sc01"),
            "thresholds": (BAR,),
            "measure": loudness,
            "reasoning": "A calm tone.",
        }
        return Order("music", "sc01", brief=brief, engine=self.engine, **{**base, **changes})

    def run(self, order: Order[MusicBrief], attempts: int = 3, force: bool = False) -> Outcome:
        known = takes.find_by_digests(self.runner.record.database, list(order.digests))
        return generate(order, self.runner, known, attempts=attempts, force=force)

    def decisions(self, order: Order[MusicBrief]) -> list[dict[str, Any]]:
        trail = audit.load_trail(self.runner.record.database, EpisodeKey("tones", "e01"))
        return [dict(row) for row in trail.decisions if row["brief_digest"] == order.digest]


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(
        AttemptRunner(Record(database, MediaStore(tmp_path / "media")), "run-1", "a test"),
        ToneEngine(database=database),
    )


def kept_in(media: Path) -> list[Path]:
    """Return every file of the store but the lock of its scratch folders."""
    return [path for path in media.rglob("*") if path.is_file() and path != media / ".work" / "lock"]


def test_the_decision_is_committed_before_the_engine_is_called(bench: Bench) -> None:
    outcome = bench.run(bench.order(1))
    assert outcome.accepted
    assert bench.engine.saw == ["running"]
    (decision,) = bench.decisions(bench.order(1))
    assert decision["status"] == "succeeded"
    assert decision["parameters"]["brief"]["tempo_bpm"] == 9
    assert decision["parameters"]["attempt"]["seed"] == 2
    assert (decision["run_id"], decision["created_by"]) == ("run-1", "a test")
    assert decision["quality_score"] == 1.0


def test_an_accepted_take_is_found_and_not_made_again(bench: Bench) -> None:
    first = bench.run(bench.order(2))
    again = bench.run(bench.order(2))
    assert again.take.id == first.take.id
    assert (first.attempts, again.attempts) == (1, 0)
    assert len(bench.engine.saw) == 1


def test_another_brief_or_engine_version_is_another_take(bench: Bench) -> None:
    bench.run(bench.order(3))
    bench.run(bench.order(3, tempo=10))
    bench.engine.version = "2"
    bench.run(bench.order(3))
    assert len(bench.engine.saw) == 3


def test_a_rejected_take_is_tried_again_with_what_the_gate_complained_of(bench: Bench) -> None:
    outcome = bench.run(bench.order(4, tempo=2))
    assert outcome.accepted
    assert outcome.attempts == 2
    first, second = bench.decisions(bench.order(4, tempo=2))
    assert (first["attempt"], second["attempt"]) == (1, 2)
    assert second["parameters"]["attempt"]["louder"] == 4
    assert "loudness is 2 steps, must be >= 5" in second["reasoning"]
    assert second["replaces"] == first["id"]
    assert first["quality_score"] < second["quality_score"] == 1.0


def test_the_best_of_the_rejected_stays_as_candidate(bench: Bench) -> None:
    outcome = bench.run(bench.order(5, tempo=-30), attempts=2)
    assert not outcome.accepted
    assert outcome.attempts == 2
    assert outcome.failed[0].gate == "tones_are_loud"
    assert len(bench.decisions(bench.order(5, tempo=-30))) == 2


def test_an_engine_that_repeats_itself_is_not_asked_a_third_time(bench: Bench) -> None:
    bench.engine = StubbornEngine()
    order = bench.order(seed=31, tempo=1)
    outcome = bench.run(order, attempts=5)
    assert not outcome.accepted
    assert outcome.attempts == 2, "the second sounds like the first"


def test_a_later_run_goes_on_counting_where_the_last_one_stopped(bench: Bench) -> None:
    order = bench.order(6, tempo=-30)
    bench.run(order, attempts=2)
    bench.run(order, attempts=1)
    assert [row["attempt"] for row in bench.decisions(order)] == [1, 2, 3]


def test_force_makes_a_new_take_and_the_old_one_stays(bench: Bench) -> None:
    order = bench.order(7)
    first = bench.run(order)
    forced = bench.run(order, force=True)
    assert forced.take.id != first.take.id
    assert bench.run(order).take.id == forced.take.id
    assert takes.find_by_id(bench.runner.record.database, first.take.id) is not None


def test_an_engine_that_fails_leaves_a_failed_decision_and_no_file(bench: Bench) -> None:
    bench.engine.fails_with = MediaError("the brush is dry")
    order = bench.order(8)
    with pytest.raises(MediaError, match="brush"):
        bench.run(order)
    (decision,) = bench.decisions(order)
    assert decision["status"] == "failed"
    assert "MediaError: the brush is dry" in decision["error_message"]
    assert kept_in(bench.runner.record.media.root) == []


def test_a_failure_is_recorded_under_the_name_that_the_queries_know(bench: Bench) -> None:
    bench.engine.fails_with = ServiceUnavailableError("gpu1 is off")
    order = bench.order(11)
    with pytest.raises(ServiceUnavailableError):
        bench.run(order)
    assert bench.decisions(order)[0]["error_message"] == "ServiceUnavailable: gpu1 is off"


def test_an_interrupt_is_on_record_as_cancelled(bench: Bench) -> None:
    bench.engine.fails_with = KeyboardInterrupt()
    order = bench.order(9)
    with pytest.raises(KeyboardInterrupt):
        bench.run(order)
    assert [row["status"] for row in bench.decisions(order)] == ["cancelled"]


def test_what_cannot_be_measured_is_a_failure_and_no_take(bench: Bench) -> None:
    def blind(_made: EngineOutput) -> Measurement:
        raise MediaError("nothing to see")

    order = bench.order(10, measure=blind)
    with pytest.raises(MediaError, match="nothing to see"):
        bench.run(order)
    assert takes.find_by_digests(bench.runner.record.database, [order.digest]) == {}


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")], ids=["deleted", "changed"])
def test_a_take_whose_file_is_damaged_is_made_again(bench: Bench, damage: Callable[[Path], object]) -> None:
    order = bench.order(11 if damage is Path.unlink else 12)
    first = bench.run(order)
    damage(bench.runner.record.media.path_of(first.take.files["main"].path))
    again = bench.run(order)
    assert again.attempts == 1
    assert again.accepted
    assert again.take.files["main"].sha256 == first.take.files["main"].sha256, "decided as before, so it comes out so"
    assert "missing or damaged" in again.take.reasoning


def test_a_raised_bar_rejects_what_was_accepted_and_a_lowered_one_takes_it_back(bench: Bench) -> None:
    order = bench.order(13)
    take = bench.run(order).take
    high = Threshold("tones_are_loud", "loudness", 50.0, None, "steps", "", "")
    assert not bench.runner.record.judge_take(bench.order(13, thresholds=(high,)), take).accepted
    bench.runner.record.record_verdicts(bench.order(13, thresholds=(high,)), take)
    assert take.id not in verdicts.find_accepted(bench.runner.record.database, [take.id])
    assert bench.run(order).attempts == 0
    assert take.id in verdicts.find_accepted(bench.runner.record.database, [take.id])


def test_a_waiver_passes_the_gate_it_names(bench: Bench) -> None:
    order = bench.order(14, tempo=-30)
    candidate = bench.run(order, attempts=1).take
    waivers.record_waiver(bench.runner.record.database, candidate.id, "tones_are_loud", "ada", "meant to be soft")
    outcome = bench.run(order)
    assert outcome.accepted
    assert outcome.attempts == 0
    assert outcome.waived == ("tones_are_loud",)


def test_numbers_about_neighbours_are_formed_anew_each_time(bench: Bench) -> None:
    near: dict[str, float] = {"distance": 9.0}

    def context(_facts: Mapping[str, Any]) -> Mapping[str, float]:
        return near

    apart = Threshold("tones_differ", "distance", 4.0, None, "steps", "", "")
    order = bench.order(15, thresholds=(BAR, apart), context=context)
    assert bench.run(order).accepted
    near["distance"] = 1.0
    assert not bench.run(order, attempts=1).accepted


def test_another_episode_finds_the_same_take_and_keeps_it_when_a_new_one_is_made_elsewhere(bench: Bench) -> None:
    here, there = bench.order(16), bench.order(16, position=StoryPosition("tones", "e02", "sc01"))
    first = bench.run(there).take
    assert bench.run(here).take.id == first.id
    forced = bench.run(there, force=True).take
    assert bench.run(there).take.id == forced.id
    assert bench.run(here).take.id == first.id
