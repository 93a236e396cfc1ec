from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tower_anime_assets.production.learning.candidates import shot_type
from tower_anime_assets.production.learning.profiles import EngineTally
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import decisions, profiles, takes, verdicts, waivers, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.takes import NewTake, Take
from tower_anime_assets_tests.conftest import DatabaseServer

BRIEF = {"framing": "close-up", "width_px": 1000, "height_px": 500, "frames": 20, "speaking": []}
SPEAKING = {**BRIEF, "speaking": [{"character": "akira", "start_frame": 0, "end_frame": 9}]}
WORK = 1000 * 500 * 20 / 1e6
LTX = "comfyui:ltx"


class Studio:
    """A database of one test's own, and the ways in which runs end in it."""

    def __init__(self, database: Database, decision: Callable[..., NewDecision], take: Callable[..., NewTake]) -> None:
        self.database = database
        self._decision = decision
        self._take = take

    def begin(self, engine: str = LTX, brief: dict[str, Any] = BRIEF, **changes: Any) -> decisions.Decision:
        parameters = {"brief": brief, "attempt": {"seed": 1}}
        new = self._decision(engine=engine, parameters=parameters, idempotency_key=str(uuid4()), **changes)
        return decisions.record_decision(self.database, new)

    def take(self, *, passed: bool = True, gpu_s: float = 30.0, score: float = 0.8, **changes: Any) -> Take:
        begun = self.begin(**changes)
        made = takes.record_take(self.database, self._take(begun, gpu_s=gpu_s, duration_s=99.0, quality_score=score))
        said = Verdict("clips_move_as_planned", "motion_px", 1.0 if passed else 0.0, 0.5, None, "px", passed, "")
        verdicts.record_verdicts(self.database, made.id, [said])
        return made

    def fail(self, why: str = "RenderFailed: node 7 (KSampler): out of memory", **changes: Any) -> None:
        decisions.mark_failed(self.database, self.begin(**changes).id, why, 12.0)

    def tally(self, shot_type: str = "close-up", engine: str = LTX, days: float = 0.0) -> EngineTally:
        profiles.refresh_profiles(self.database)
        now = datetime.now(UTC) + timedelta(days=days)
        return profiles.list_tallies(self.database, [engine], now, 30.0).get(engine, {}).get(shot_type, EngineTally())


@pytest.fixture
def studio(
    database_server: DatabaseServer, new_decision: Callable[..., NewDecision], new_take: Callable[..., NewTake]
) -> Any:
    database = Database(database_server.make_database())
    yield Studio(database, new_decision, new_take)
    database.close()


def test_runs_are_summed_by_engine_and_shot_type(studio: Studio) -> None:
    studio.take(score=0.8)
    studio.take(score=0.6, passed=False)
    studio.fail()
    studio.take(brief=SPEAKING, gpu_s=60.0)
    studio.take(engine="comfyui:wan")
    found = studio.tally()
    assert (found.runs, found.succeeded, found.judged, found.accepted, found.rows) == (3, 2, 2, 1, 3)
    assert found.score_sum == pytest.approx(1.4)
    assert found.gpu_s == pytest.approx(60.0)
    assert found.timed == 2
    assert found.log_pace_sum == pytest.approx(2 * math.log(30 / WORK))
    speaking = studio.tally("close-up, speaking")
    assert speaking.runs == 1
    assert speaking.log_pace_sum == pytest.approx(math.log(60 / WORK))
    assert studio.tally(engine="comfyui:wan").runs == 1
    assert studio.tally(engine="comfyui:nobody").runs == 0


def test_the_sql_and_the_router_call_shot_types_alike(studio: Studio) -> None:
    studio.take(brief=SPEAKING)
    assert studio.tally(shot_type("close-up", speaks=True)).runs == 1
    assert studio.tally(shot_type("close-up", speaks=False)).runs == 0


def test_what_is_open_called_off_or_the_servers_fault_is_no_run(studio: Studio) -> None:
    studio.begin()
    decisions.mark_cancelled(studio.database, studio.begin().id, 1.0)
    decisions.mark_lost(studio.database, studio.begin().id, "the process that made it ended")
    studio.fail("ServiceUnavailable: http://gpu1 does not answer")
    studio.take()
    assert (studio.tally().runs, studio.tally().rows) == (1, 3)


def test_an_engine_without_a_graphics_card_is_timed_by_the_clock(studio: Studio) -> None:
    studio.take(gpu_s=0.0)
    assert studio.tally().log_pace_sum == pytest.approx(math.log(99.0 / WORK))


def test_summing_again_changes_nothing_and_what_is_new_is_added(studio: Studio) -> None:
    studio.take()
    assert studio.tally() == studio.tally()
    studio.take()
    assert studio.tally().runs == 2


def test_a_verdict_or_waiver_that_comes_later_is_counted(studio: Studio) -> None:
    rejected = studio.take(passed=False)
    assert studio.tally().accepted == 0
    waivers.record_waiver(studio.database, rejected.id, "clips_move_as_planned", "mika", "it is meant to be still")
    assert studio.tally().accepted == 1
    accepted = studio.take()
    assert studio.tally().accepted == 2
    again = Verdict("clips_move_as_planned", "motion_px", 0.1, 0.5, None, "px", False, "")
    verdicts.record_verdicts(studio.database, accepted.id, [again])
    assert studio.tally().accepted == 1


def test_days_weigh_half_after_a_half_life_and_nothing_after_many(studio: Studio) -> None:
    for _ in range(4):
        studio.take()
    assert studio.tally(days=30).runs == pytest.approx(2.0)
    assert studio.tally(days=60).accepted == pytest.approx(1.0)
    assert studio.tally(days=60).rows == 4
    assert studio.tally(days=241).runs == 0


def test_the_sums_are_those_of_the_record_itself(studio: Studio) -> None:
    for at in range(12):
        if at % 4 == 3:
            studio.fail()
        else:
            studio.take(score=at / 12, passed=at % 2 == 0, brief=SPEAKING if at % 3 == 0 else BRIEF)
        if at % 5 == 0:
            profiles.refresh_profiles(studio.database)
    both = studio.tally() + studio.tally("close-up, speaking")
    (figures,) = profiles.list_engine_statistics(studio.database, datetime.now(UTC) - timedelta(days=1))
    assert (both.runs, both.succeeded, both.accepted) == (figures.runs, figures.succeeded, figures.accepted)
    assert both.score_sum / both.scored == pytest.approx(figures.mean_score)
    assert both.gpu_s == pytest.approx(figures.gpu_s)


def test_memory_is_the_most_that_a_server_told(studio: Studio) -> None:
    template = workflows.save_template(studio.database, "ltx", {"3": {"class_type": "KSampler", "inputs": {}}})
    for gigabytes in (7, 9, 8):
        begun = studio.begin(template_sha256=template)
        run = workflows.NewWorkflowRun(
            decision_id=begun.id,
            template_sha256=template,
            changes={},
            execution_time=1.0,
            idempotency_key=f"{begun.id}:0",
            peak_vram_bytes=gigabytes * 10**9,
        )
        workflows.record_run(studio.database, run)
        decisions.mark_failed(studio.database, begun.id, "RenderFailed: out of memory", 1.0)
    assert studio.tally().vram_bytes == 9 * 10**9
    assert (
        profiles.list_engine_statistics(studio.database, datetime.now(UTC) - timedelta(days=1))[0].vram_bytes
        == 9 * 10**9
    )


def test_the_newest_runs_come_oldest_first_with_their_servers(studio: Studio) -> None:
    for at in range(profiles.LATEST_RUNS + 3):
        if at % 2:
            studio.fail(f"RenderFailed: {at}", server="http://gpu1")
        else:
            studio.take(server="http://gpu1")
    runs = profiles.list_latest_runs(studio.database, [LTX, "comfyui:nobody"])
    assert len(runs) == profiles.LATEST_RUNS
    assert [found.run.at for found in runs] == sorted(found.run.at for found in runs)
    assert [found.run.failed for found in runs[:4]] == [True, False, True, False]
    assert {found.server for found in runs} == {"http://gpu1"}
    assert runs[0].run.why == "RenderFailed: 3"


def test_failures_are_counted_by_reason(studio: Studio) -> None:
    studio.take()
    studio.take(passed=False)
    studio.take(passed=False)
    studio.fail()
    decisions.mark_lost(studio.database, studio.begin().id, "the server forgot it")
    found = profiles.list_failures(studio.database, datetime.now(UTC) - timedelta(days=1))
    assert {(one.reason, one.runs) for one in found} == {("clips_move_as_planned", 2), ("RenderFailed", 1), ("lost", 1)}


def test_predictions_are_held_against_what_happened(studio: Studio) -> None:
    ranked = [
        {"engine": LTX, "state": "chosen", "seconds": 25.0, "seconds_low": 12.0, "seconds_high": 50.0},
        {"engine": "comfyui:wan", "state": "next", "seconds": 99.0, "seconds_low": 1.0, "seconds_high": 999.0},
    ]
    studio.take(alternatives=ranked, gpu_s=31.0)
    studio.take()
    (found,) = profiles.list_predictions(studio.database, datetime.now(UTC) - timedelta(days=1))
    assert (found.engine, found.predicted_s, found.low_s, found.high_s, found.seconds) == (LTX, 25.0, 12.0, 50.0, 31.0)


def test_costs_are_by_engine_character_and_framing(studio: Studio) -> None:
    studio.take(gpu_s=30.0)
    studio.take(gpu_s=20.0, passed=False)
    (found,) = profiles.list_costs(studio.database, datetime.now(UTC) - timedelta(days=1))
    assert (found.engine, found.character, found.framing) == (LTX, "", "close-up")
    assert (found.accepted, found.gpu_s) == (1, 50.0)


def test_nothing_in_the_audit_is_touched_by_summing(studio: Studio) -> None:
    studio.take()
    with psycopg.connect(studio.database.url) as connection:
        before = connection.execute("SELECT count(*), max(chain_sha256) FROM audit_chain").fetchone()
        profiles.refresh_profiles(studio.database)
        assert connection.execute("SELECT count(*), max(chain_sha256) FROM audit_chain").fetchone() == before
