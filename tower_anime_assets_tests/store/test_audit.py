from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import audit, consultations, decisions, migrations, takes, verdicts, waivers, workflows
from tower_anime_assets.store.consultations import NewConsultation
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.queries import query_text
from tower_anime_assets.store.takes import NewTake, Take
from tower_anime_assets.store.workflows import NewWorkflowRun

SHARP = Verdict("keyframes_are_sharp", "sharpness_var", 310.0, 120.0, None, "grey levels squared", True, "")


@pytest.fixture
def full_record(
    empty_database: Database, new_decision: Callable[..., NewDecision], new_take: Callable[..., NewTake]
) -> tuple[Database, Take]:
    """A database of its own with a row in every audit table, since these tests spoil it."""
    database = empty_database
    migrations.apply_migrations(database)
    decision = decisions.record_decision(database, new_decision())
    decisions.mark_running(database, decision.id)
    take = takes.record_take(database, new_take(decision))
    verdicts.record_verdicts(database, take.id, (SHARP,))
    waivers.record_waiver(database, take.id, "g", "ann", "why")
    told = NewConsultation(
        decision_id=decision.id, query="?", response="!", model_used="m", idempotency_key="c", confidence_score=0.5
    )
    consultations.record_consultation(database, told)
    template = workflows.save_template(database, "t", {"3": {"inputs": {"seed": 0}}})
    run = NewWorkflowRun(
        decision_id=decision.id,
        template_sha256=template,
        changes={"3.inputs.seed": 7},
        execution_time=1.0,
        idempotency_key="w",
    )
    workflows.record_run(database, run)
    return database, take


def behind_the_guards(database: Database, *changes: str) -> None:
    """Do what only a superuser can: change rows with every trigger and foreign key off."""
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        for change in changes:
            connection.execute(change.encode())


def test_a_record_that_nobody_touched_is_sound(full_record: tuple[Database, Take]) -> None:
    database, _ = full_record
    assert audit.find_chain_problems(database) == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE generation_decisions SET reasoning = 'better'", "generation_decisions .* was changed"),
        ("UPDATE generation_decisions SET quality_score = 1", "generation_decisions .* was changed"),
        ("UPDATE takes SET files = '{\"main\": {}}'", "takes .* was changed"),
        ("UPDATE verdicts SET passed = NOT passed", "verdicts 1 was changed"),
        ("UPDATE waivers SET who = 'bob'", "waivers .* was changed"),
        ("UPDATE ai_consultations SET response = 'yes'", "ai_consultations .* was changed"),
        ("UPDATE workflow_history SET workflow_json = '{}'", "workflow_history .* was changed"),
        ("DELETE FROM waivers", "waivers .* was removed"),
        ("DELETE FROM audit_chain WHERE seq = 2", "broken at link 3"),
        ("UPDATE audit_chain SET at = at + interval '1 us' WHERE seq = 3", "broken at link 3"),
        ("UPDATE audit_chain SET event = 'failed' WHERE seq = 3", "broken at link 3"),
        (
            "INSERT INTO waivers (take_id, gate, who, why) SELECT id, 'h', 'eve', 'x' FROM takes",
            "waivers .* was written past the chain",
        ),
    ],
)
def test_what_a_superuser_spoils_is_found(full_record: tuple[Database, Take], change: str, problem: str) -> None:
    database, _ = full_record
    behind_the_guards(database, change)
    found = audit.find_chain_problems(database)
    assert any(re.search(problem, item) for item in found), found


def test_a_chain_that_was_cut_off_lacks_its_old_head(full_record: tuple[Database, Take]) -> None:
    database, _ = full_record
    head = audit.read_chain_head(database)
    assert audit.chain_contains(database, head)
    behind_the_guards(
        database, "DELETE FROM audit_chain WHERE table_name = 'workflow_history'", "DELETE FROM workflow_history"
    )
    assert audit.find_chain_problems(database) == ()
    assert not audit.chain_contains(database, head)


def test_the_head_moves_with_every_row(full_record: tuple[Database, Take]) -> None:
    database, take = full_record
    before = audit.read_chain_head(database)
    waivers.record_waiver(database, take.id, "h", "ann", "why")
    after = audit.read_chain_head(database)
    assert before != after
    assert len(after) == 64


def test_an_empty_record_has_no_head_and_no_problems(database: Database) -> None:
    assert audit.read_chain_head(database) == ""
    assert audit.find_chain_problems(database) == ()


def test_each_step_of_a_decision_is_a_link(full_record: tuple[Database, Take]) -> None:
    database, _ = full_record
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "SELECT event FROM audit_chain WHERE table_name = 'generation_decisions' ORDER BY seq"
        ).fetchall()
    assert [row[0] for row in rows] == ["insert", "running", "succeeded"]


def test_a_session_in_another_time_zone_writes_the_same_digests(
    full_record: tuple[Database, Take],
) -> None:
    database, take = full_record
    with psycopg.connect(database.url) as connection:
        connection.execute("SET timezone = 'Asia/Tokyo'")
        connection.execute("SET extra_float_digits = 0")
        connection.execute(
            "INSERT INTO verdicts (take_id, gate, measure, value, unit, passed, remedy) "
            "VALUES (%s, 'g', 'm', 0.1::float8 + 0.2, 'u', true, '')",
            [take.id],
        )
    assert audit.find_chain_problems(database) == ()


def test_a_trail_holds_everything_and_is_json(full_record: tuple[Database, Take]) -> None:
    database, take = full_record
    trail = audit.load_trail(database, ShotKey("nexus", "e01", "sc01", "sh0010"))
    assert trail == audit.load_trail(database, EpisodeKey("nexus", "e01"))
    assert audit.load_trail(database, ShotKey("nexus", "e01", "sc01", "sh0020")).decisions == ()
    (decision,) = json.loads(json.dumps(trail.decisions, allow_nan=False))
    assert (decision["id"], decision["status"], decision["engine"]) == (
        take.decision_id,
        "succeeded",
        "embedded-animator",
    )
    assert [row["id"] for row in trail.takes] == [take.id]
    assert [(row["gate"], row["value"]) for row in trail.verdicts] == [("keyframes_are_sharp", 310.0)]
    assert [row["response"] for row in trail.consultations] == ["!"]
    assert [row["workflow_json"] for row in trail.workflows] == [{"3.inputs.seed": 7}]


def test_missing_and_changed_files_are_found(
    database: Database,
    new_decision: Callable[..., NewDecision],
    new_take: Callable[..., NewTake],
    tmp_path: Path,
) -> None:
    media = MediaStore(tmp_path / "media")
    kept = []
    for name in ("whole", "gone", "changed"):
        made = tmp_path / f"{name}.png"
        made.write_bytes(name.encode())
        file = media.store_file(made)
        kept.append(file)
        takes.record_take(database, new_take(decisions.record_decision(database, new_decision()), files={"main": file}))
    assert audit.find_problems(database, media) == ()
    media.path_of(kept[1].path).unlink()
    media.path_of(kept[2].path).write_bytes(b"forged!")
    found = audit.find_problems(database, media)
    assert kept[0].sha256 == hashlib.sha256(b"whole").hexdigest()
    assert sorted(item.split()[2] for item in found) == sorted(file.path for file in kept[1:])


def test_a_lost_file_is_settled_once_its_take_was_made_again_as_decided(
    database: Database,
    new_decision: Callable[..., NewDecision],
    new_take: Callable[..., NewTake],
    tmp_path: Path,
) -> None:
    media = MediaStore(tmp_path / "media")
    last = None
    for name in ("lost", "made-again"):
        made = tmp_path / f"{name}.wav"
        made.write_bytes(name.encode())
        file = media.store_file(made)
        decision = decisions.record_decision(database, new_decision(replaces=last))
        last = decision.id
        takes.record_take(database, new_take(decision, files={"main": file}))
        if name == "lost":
            media.path_of(file.path).unlink()
            assert [item for item in audit.find_problems(database, media) if file.path in item]
    assert not [item for item in audit.find_problems(database, media) if ".wav" in item]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE generation_decisions SET \"timestamp\" = now() + interval '1 day'", "is older than its decision"),
        ("UPDATE generation_decisions SET status = 'failed'", "which is failed"),
        ("DELETE FROM generation_decisions", "has no decision"),
    ],
)
def test_a_take_without_a_decision_before_it_is_found(
    full_record: tuple[Database, Take], tmp_path: Path, change: str, problem: str
) -> None:
    database, take = full_record
    behind_the_guards(database, change)
    found = audit.find_problems(database, MediaStore(tmp_path))
    assert [item for item in found if problem in item and take.id in item]


@pytest.mark.parametrize("stretch", [1, 2, 3, 10_000])
def test_a_record_is_verified_in_stretches_of_any_size(
    full_record: tuple[Database, Take], monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    database, _ = full_record
    monkeypatch.setattr(audit, "STRETCH", stretch)
    told: list[audit.VerifiedPart] = []
    assert audit.find_problems(database, None, report=told.append) == ()
    newest = audit.read_chain_mark(database).seq
    assert [part.seq for part in told] == [*range(stretch, newest, stretch), newest]
    assert {part.newest for part in told} == {newest}
    behind_the_guards(
        database,
        "UPDATE generation_decisions SET reasoning = 'better'",
        "UPDATE verdicts SET passed = NOT passed",
        "DELETE FROM waivers",
        "INSERT INTO waivers (take_id, gate, who, why) SELECT id, 'h', 'eve', 'x' FROM takes",
        "INSERT INTO waivers (take_id, gate, who, why) SELECT id, 'h', 'eve', 'y' FROM takes",
    )
    found = sorted(re.sub(r"[0-9a-f-]{36}", "ID", problem) for problem in audit.find_chain_problems(database))
    assert found == [
        "generation_decisions ID was changed behind the guards",
        "verdicts 1 was changed behind the guards",
        "waivers ID was removed from the record",
        "waivers ID was written past the chain",
        "waivers ID was written past the chain",
    ]


def test_a_verification_goes_on_where_one_was_stopped(full_record: tuple[Database, Take]) -> None:
    database, _ = full_record
    newest = audit.read_chain_mark(database).seq
    told: list[audit.VerifiedPart] = []
    assert audit.find_problems(database, None, newest - 1, told.append) == ()
    behind_the_guards(database, "UPDATE audit_chain SET event = 'failed' WHERE seq IN (1, 4)")
    (problem,) = audit.find_problems(database, None, 4)
    assert "broken at link 4" in problem
    assert audit.find_problems(database, None, 6) == ()


def test_a_row_id_that_is_none_is_a_row_that_is_gone(full_record: tuple[Database, Take]) -> None:
    database, _ = full_record
    behind_the_guards(database, "UPDATE audit_chain SET row_id = 'no id; at all' WHERE table_name = 'takes'")
    found = audit.find_chain_problems(database)
    assert any("takes no id; at all was removed" in problem for problem in found), found
    assert any(re.search("takes .* was written past the chain", problem) for problem in found), found


def test_no_more_than_a_hundred_problems_of_a_kind_are_listed(
    full_record: tuple[Database, Take], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _ = full_record
    monkeypatch.setattr(audit, "MAX_PROBLEMS", 2)
    behind_the_guards(
        database, "DELETE FROM waivers", "DELETE FROM verdicts", "DELETE FROM ai_consultations", "DELETE FROM takes"
    )
    found = audit.find_chain_problems(database)
    assert len(found) == 3
    assert found[-1].startswith("more of the same kind are left out")


def test_the_rows_of_every_chained_table_are_compared_with_the_chain(database: Database) -> None:
    compared = query_text("audit.list_changed_rows").decode()
    tables = [row["table_name"] for row in database.fetch_all("audit.list_chained_tables")]
    assert len(tables) >= 10
    assert [table for table in tables if f"newest.table_name = '{table}'" not in compared] == []
