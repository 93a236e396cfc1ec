from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.learning.candidates import shot_type
from tower_anime_assets.production.learning.profiles import EngineTally
from tower_anime_assets.production.learning.ranking import rank_candidates
from tower_anime_assets.production.story.model import Routing
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import audit, decisions, profiles, takes, verdicts, waivers, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.takes import NewTake, Take
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.production.learning.shot_candidates import SHOT, candidate

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

    def fail(
        self, why: str = "RenderFailed: node 7 (KSampler)", cause: Cause = Cause.BROKEN_GRAPH, **changes: Any
    ) -> None:
        decisions.mark_failed(self.database, self.begin(**changes).id, why, 12.0, cause)

    def end_as_before_there_were_causes(self, status: str, why: str) -> str:
        """End a decision as older versions did, and return the cause that is read from it."""
        begun = self.begin()
        result = decisions.DecisionResult(status, 1.0, error_message=why)
        self.database.run_in_transaction(lambda transaction: decisions.end_decision(transaction, begun.id, result))
        found = decisions.find_by_id(self.database, begun.id)
        assert found is not None
        return found.cause or ""

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
    assert found.scored == 1
    assert found.score_sum == pytest.approx(0.8)
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
    for cause in Cause:
        if not cause.counts_against_workflow:
            studio.fail("whatever it says", cause)
    studio.take()
    assert (studio.tally().runs, studio.tally().rows) == (1, 5)
    assert [found.run.cause for found in profiles.list_latest_runs(studio.database, [LTX])] == [None]
    studio.fail(cause=Cause.OUT_OF_MEMORY)
    studio.fail(cause=Cause.BROKEN_GRAPH)
    assert (studio.tally().runs, studio.tally().succeeded) == (3, 1)
    assert len(profiles.list_latest_runs(studio.database, [LTX])) == 3


def test_what_older_versions_recorded_has_its_cause_too(studio: Studio) -> None:
    said = {
        "RenderFailed: ComfyUI at http://gpu1: job 7 was interrupted at node 3 (KSampler)": Cause.INTERRUPTED,
        "RenderFailed: ComfyUI at http://gpu1: job 7 failed at node 3 (KSampler): torch.OutOfMemoryError: Allocation "
        "on device": Cause.OUT_OF_MEMORY,
        "RenderFailed: ComfyUI at http://gpu1: job 7 failed at node 3 (KSampler): ValueError: no": Cause.BROKEN_GRAPH,
        "_Refused: ComfyUI at http://gpu1 refuses the graph": Cause.BROKEN_GRAPH,
        "ServiceUnavailable: http://gpu1 does not answer": Cause.SERVER_LOST,
        "RenderLost: it was restarted": Cause.SERVER_LOST,
        "ZeroDivisionError: division by zero": Cause.OTHER,
    }
    assert {why: studio.end_as_before_there_were_causes("failed", why) for why in said} == said
    assert studio.end_as_before_there_were_causes("cancelled", "called off") == Cause.INTERRUPTED
    assert studio.end_as_before_there_were_causes("lost", "the server forgot it") == Cause.SERVER_LOST
    assert studio.tally().runs == 3


def test_what_is_cleared_counts_no_more_and_is_on_record(studio: Studio) -> None:
    studio.fail(server="http://gpu1")
    studio.fail(server="http://gpu2")
    studio.fail(server="http://gpu2", engine="comfyui:wan")

    def counted(*engines: str) -> list[str]:
        return [found.server for found in profiles.list_latest_runs(studio.database, engines or [LTX])]

    begun = datetime.now(UTC)
    assert counted() == ["http://gpu1", "http://gpu2"]
    profiles.record_reset(studio.database, "http://gpu1", "mika", "new card")
    assert counted() == ["http://gpu2"]
    profiles.record_reset(studio.database, LTX, "mika")
    assert counted() == []
    assert counted("comfyui:wan") == ["http://gpu2"]
    profiles.record_reset(studio.database, "", "mika")
    assert counted("comfyui:wan") == []
    studio.fail(server="http://gpu1")
    assert counted() == ["http://gpu1"]
    assert profiles.has_reset_since(studio.database, begun)
    assert not profiles.has_reset_since(studio.database, datetime.now(UTC))
    assert audit.find_chain_problems(studio.database) == ()
    assert studio.tally().runs == 3, "the profiles are what happened"


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


DAYS_OF_TWO_WORKFLOWS = b"""
INSERT INTO workflow_profiles_daily (
    engine, shot_type, day, rows, runs, succeeded, judged, accepted, scored, score_sum, timed, log_pace_sum, gpu_s,
    vram_bytes
)
SELECT
    'comfyui:ltx', 'close-up', (now() AT TIME ZONE 'UTC')::date - ago, 9, 9, 9, 9, 6, 6, 4.8, 9,
    9 * CASE WHEN ago < 3 THEN ln(9.0) ELSE ln(3.0) END, 300, 0
FROM generate_series(0, 40) AS ago
"""


def test_runs_before_a_workflow_was_replaced_count_no_more(studio: Studio) -> None:
    with psycopg.connect(studio.database.url, autocommit=True) as connection:
        connection.execute(DAYS_OF_TWO_WORKFLOWS)
    found = profiles.list_tallies(studio.database, [LTX], datetime.now(UTC), 30.0)[LTX]["close-up"]
    assert math.exp(found.log_pace_sum / found.timed) == pytest.approx(9.0, rel=0.05)
    assert found.runs == pytest.approx(27, abs=2)
    assert found.rows == 41 * 9


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


def test_of_two_workflows_that_are_always_accepted_the_one_with_the_better_scores_is_chosen(studio: Studio) -> None:
    for score in (0.62, 0.70, 0.66, 0.71, 0.64, 0.69, 0.67, 0.68):
        studio.take(engine=LTX, score=score)
        studio.take(engine="comfyui:wan", score=score + 0.2)
    profiles.refresh_profiles(studio.database)
    tallies = profiles.list_tallies(studio.database, [LTX, "comfyui:wan"], datetime.now(UTC), 30.0)
    shot = replace(SHOT, shot_type="close-up")
    both = (candidate("ltx", quality=0.7), candidate("wan", quality=0.6))
    for strategy in ("best_quality", "balanced"):
        rules = Routing(strategy=strategy)
        by_priors = rank_candidates(shot, both, {}, replace(rules, explore=False), datetime.now(UTC))
        assert by_priors.chosen.name == "ltx"
        ranking = rank_candidates(shot, both, tallies, rules, datetime.now(UTC))
        assert ranking.chosen.name == "wan"
        better, worse = (row.estimate for row in ranking.rows)
        assert better is not None
        assert worse is not None
        assert better.quality == pytest.approx(0.87, abs=0.03)
        assert worse.quality == pytest.approx(0.67, abs=0.05)


def test_scores_of_the_first_scale_count_for_acceptance_alone(studio: Studio) -> None:
    studio.take(score=0.7)
    earlier = studio.begin()
    with psycopg.connect(studio.database.url) as connection:  # as versions before the graded scale wrote it
        connection.execute(
            """UPDATE generation_decisions SET status = 'succeeded', finished_at = clock_timestamp(), duration_s = 30,
            quality_score = 1 WHERE id = %s""",
            [earlier.id],
        )
        row = connection.execute(
            "INSERT INTO takes (decision_id, stage, brief_digest, project_id, files, measured, details) "
            "VALUES (%s, %s, %s, 'nexus', '{\"main\": {}}', '{}', '{}') RETURNING id",
            [earlier.id, earlier.decision_type, earlier.brief_digest],
        ).fetchone()
    assert row is not None
    passed = Verdict("clips_move_as_planned", "motion_px", 1.0, 0.5, None, "px", True, "")
    verdicts.record_verdicts(studio.database, str(row[0]), [passed])
    found = studio.tally()
    assert (found.accepted, found.scored) == (2, 1)
    assert found.score_sum == pytest.approx(0.7)
    (figures,) = profiles.list_engine_statistics(studio.database, datetime.now(UTC) - timedelta(days=1))
    assert (figures.accepted, figures.scored_before) == (2, 1)
    assert figures.mean_score == pytest.approx(0.7)
    assert audit.find_chain_problems(studio.database) == ()


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
        decisions.mark_failed(studio.database, begun.id, "RenderFailed: out of memory", 1.0, Cause.OUT_OF_MEMORY)
    assert studio.tally().vram_bytes == 9 * 10**9
    assert (
        profiles.list_engine_statistics(studio.database, datetime.now(UTC) - timedelta(days=1))[0].vram_bytes
        == 9 * 10**9
    )


def test_the_newest_runs_come_oldest_first_with_their_servers(studio: Studio) -> None:
    for at in range(profiles.LATEST_RUNS + 3):
        if at % 2:
            studio.fail(f"RenderFailed: {at}", server="http://gpu1")
            studio.fail("somebody stopped it", Cause.INTERRUPTED, server="http://gpu1")
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
    assert {(one.reason, one.runs) for one in found} == {
        ("clips_move_as_planned", 2),
        ("broken_graph", 1),
        ("server_lost", 1),
    }


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
