from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import consultations, decisions, sessions, takes, verdicts
from tower_anime_assets.store.consultations import NewConsultation
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import Decision, NewDecision
from tower_anime_assets.store.takes import NewTake

New = Callable[..., NewDecision]
NewTakeOf = Callable[..., NewTake]


def asked(decision_id: str, key: str) -> NewConsultation:
    return NewConsultation(
        decision_id=decision_id,
        query="Which lens?",
        response="A long one.",
        model_used="tiny",
        idempotency_key=key,
        duration_s=1.25,
        used="3 framings",
        overruled=("shot 1, framing: the writer asked for it",),
    )


def test_the_processes_of_a_run_share_one_session_per_project(database: Database) -> None:
    first = sessions.begin_session(
        database, "nexus", "produce nexus-e01", "ada", run_id="r1", notes={"why": "a first cut"}
    )
    assert sessions.begin_session(database, "nexus", "another title", "bob", run_id="r1") == first
    assert first.notes == {"why": "a first cut"}
    others = [
        sessions.begin_session(database, "other", "produce", "ada", run_id="r1"),
        sessions.begin_session(database, "nexus", "produce", "ada", run_id="r2"),
        sessions.begin_session(database, "nexus", "by hand", "ada"),
        sessions.begin_session(database, "nexus", "by hand", "ada"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5
    assert [session.id for session in sessions.list_newest(database, "nexus", limit=2)] == [others[3].id, others[2].id]


def test_a_session_ends_once(database: Database) -> None:
    session = sessions.begin_session(database, "nexus", "by hand", "ada")
    assert session.ended_at is None
    sessions.end_session(database, session.id)
    ended = sessions.load_trail(database, session.id).session.ended_at
    assert ended is not None
    sessions.end_session(database, session.id)
    assert sessions.load_trail(database, session.id).session.ended_at == ended


def test_a_session_gathers_its_decisions_and_consultations_and_nobody_elses(
    database: Database, new_decision: New
) -> None:
    session = sessions.begin_session(database, "nexus", "by hand", "ada")
    own = decisions.record_decision(database, new_decision(session_id=session.id))
    other = decisions.record_decision(database, new_decision())
    consultations.record_consultation(database, asked(own.id, f"{own.id}:0"))
    consultations.record_consultation(database, asked(other.id, f"{other.id}:0"))
    named = consultations.record_consultation(
        database, replace(asked(other.id, f"{other.id}:1"), session_id=session.id)
    )
    found = sessions.load_trail(database, session.id)
    assert [row["id"] for row in found.decisions] == [own.id]
    assert [row["decision_id"] for row in found.consultations] == [own.id, other.id]
    assert found.consultations[1]["id"] == named.id
    assert found.consultations[0]["overruled"] == ["shot 1, framing: the writer asked for it"]


@pytest.mark.parametrize("text", ["nothing", "", "1' OR '1'='1"])
def test_what_is_no_session_is_refused(database: Database, text: str) -> None:
    with pytest.raises(PlanError, match="is not a session id"):
        sessions.load_trail(database, text)
    with pytest.raises(PlanError, match="is not a session id"):
        sessions.end_session(database, text)


def test_an_unknown_session_names_those_that_there_are(database: Database) -> None:
    known = sessions.begin_session(database, "nexus", "by hand", "ada")
    with pytest.raises(PlanError, match=known.id):
        sessions.load_trail(database, "00000000-0000-0000-0000-000000000000")


def test_a_session_is_told_in_figures_that_its_rows_add_up_to(
    database: Database, new_decision: New, new_take: NewTakeOf
) -> None:
    session = sessions.begin_session(database, "figures", "run 1", "ada", run_id="1")

    def decide(shot: str, **changes: object) -> Decision:
        usual = {"session_id": session.id, "project_id": "figures", "shot_id": shot, "run_id": "1"}
        return decisions.record_decision(database, new_decision(**{**usual, **changes}))

    def judge(decision: Decision, passed: bool, score: float) -> None:
        take = takes.record_take(database, new_take(decision, quality_score=score))
        verdicts.record_verdicts(
            database, take.id, (Verdict("clips_loop", "loop_gap_steps", 1.0, None, 2.0, "steps", passed, ""),)
        )

    judge(decide("sh0010"), False, 0.2)
    judge(decide("sh0010"), True, 0.9)
    judge(decide("sh0020"), False, 0.4)
    decisions.mark_failed(database, decide("sh0030").id, "MediaError: broken", 1.0)
    consultations.record_consultation(database, asked(decide("", decision_type="plan").id, "figures:0"))
    (summary,) = sessions.list_summaries(database, "figures")
    assert (summary.id, summary.run_ids, summary.episode_ids) == (session.id, ("1",), ("e01",))
    assert (summary.decisions, summary.failed, summary.cancelled) == (5, 1, 1)
    assert (summary.takes, summary.accepted, summary.rejected, summary.masters) == (3, 1, 1, 0)
    assert summary.mean_score == pytest.approx(0.5)
    assert summary.consultations == 1
    judge(decide("", decision_type="master"), True, 1.0)
    (summary,) = sessions.list_summaries(database, "figures")
    assert (summary.masters, summary.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "is_alive", "expected"),
    [
        ({"ended_at": None}, True, "running"),
        ({"ended_at": None}, False, "interrupted"),
        ({"ended_at": None, "masters": 1}, False, "interrupted"),
        ({"ended_at": None, "decisions": 1}, False, "open"),
        ({"masters": 1, "rejected": 1, "failed": 2}, False, "delivered"),
        ({"cancelled": 1, "failed": 1}, False, "interrupted"),
        ({"failed": 1}, False, "failed"),
        ({"rejected": 1}, False, "failed"),
        ({}, False, "finished"),
    ],
)
def test_how_a_session_went_is_a_word(
    database: Database, new_decision: New, changes: dict[str, Any], is_alive: bool, expected: str
) -> None:
    sessions.begin_session(database, "words", "run", "ada", run_id="words")
    (session,) = sessions.list_summaries(database, "words")
    ended = replace(session, ended_at=session.started_at)
    assert replace(ended, **changes).outcome(is_alive=is_alive) == expected
