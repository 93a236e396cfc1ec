"""Masters in `episodes/` are witnesses: a record whose newest rows were cut off is caught by them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import psycopg
import pytest

from tower_anime_assets.compile.master import CHAIN_COMMENT
from tower_anime_assets.reports.delivered_heads import find_head_problems, read_mark
from tower_anime_assets.store import audit, decisions
from tower_anime_assets.store.audit import ChainMark
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.conftest import DatabaseServer


@pytest.fixture
def record(database_server: DatabaseServer) -> Iterator[Database]:
    """A record with five links, which a test may spoil."""
    made = Database(database_server.make_database())
    for number in range(5):
        decide(made, str(number))
    yield made
    made.close()


def decide(database: Database, name: str) -> None:
    new = NewDecision(
        project_id="nexus", episode_id="e01", decision_type="master", parameters={}, reasoning="It is due.",
        engine="house-compiler", brief_digest="d" * 64, idempotency_key=name,
    )  # fmt: skip
    decisions.record_decision(database, new)


def deliver(folder: Path, name: str, comment: str) -> Path:
    """Write a video of one frame with a comment."""
    folder.mkdir(exist_ok=True)
    with av.open(str(folder / name), "w") as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return folder / name


def behind_the_guards(database: Database, *changes: str) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        for change in changes:
            connection.execute(change.encode())


def test_masters_of_a_sound_record_prove_nothing_against_it_also_when_it_has_grown(
    record: Database, tmp_path: Path
) -> None:
    mark = audit.read_chain_mark(record)
    file = deliver(tmp_path / "episodes", "nexus-e01.mp4", f"{CHAIN_COMMENT}{mark}")
    assert read_mark(file) == mark
    assert (mark.seq, mark.head_sha256) == (5, audit.read_chain_head(record))
    decide(record, "later")
    assert list(find_head_problems(record, tmp_path / "episodes")) == []
    file.unlink()  # a deleted master accuses nobody
    assert list(find_head_problems(record, tmp_path / "episodes")) == []
    assert list(find_head_problems(record, tmp_path / "no such folder")) == []


@pytest.mark.chaos
def test_a_record_whose_newest_rows_were_cut_off_is_caught_by_the_master_that_saw_them(
    record: Database, tmp_path: Path
) -> None:
    deliver(tmp_path, "nexus-e01.mp4", f"{CHAIN_COMMENT}{audit.read_chain_mark(record)}")
    behind_the_guards(
        record,
        "DELETE FROM generation_decisions WHERE idempotency_key IN ('3', '4')",
        "DELETE FROM audit_chain WHERE seq > 3",
    )
    assert audit.find_chain_problems(record) == (), "the rest of the chain is sound in itself"
    (problem,) = find_head_problems(record, tmp_path)
    assert problem.startswith(f"nexus-e01.mp4 in {tmp_path.name}/ proves that the newest rows were cut off")
    assert "made at link 5, and the record ends at link 3" in problem


@pytest.mark.chaos
def test_rows_that_were_cut_off_are_missed_also_when_others_have_taken_their_place(
    record: Database, tmp_path: Path
) -> None:
    deliver(tmp_path, "nexus-e01.mp4", f"{CHAIN_COMMENT}{audit.read_chain_mark(record)}")
    behind_the_guards(
        record, "DELETE FROM generation_decisions WHERE idempotency_key = '4'", "DELETE FROM audit_chain WHERE seq > 4"
    )
    for name in ("forged", "forged again"):
        decide(record, name)
    assert audit.find_chain_problems(record) == ()
    (problem,) = find_head_problems(record, tmp_path)
    assert "proves that rows were rewritten: it was made at link 5" in problem


@pytest.mark.chaos
def test_a_master_of_another_record_is_told_apart_from_one_of_this(
    record: Database, database: Database, tmp_path: Path
) -> None:
    decide(database, "elsewhere")
    deliver(tmp_path, "foreign-e01.mp4", f"{CHAIN_COMMENT}{audit.read_chain_mark(database)}")
    (problem,) = find_head_problems(record, tmp_path)
    assert problem.startswith("foreign-e01.mp4")
    assert "is of another record" in problem
    assert "move it elsewhere" in problem
    behind_the_guards(record, "DELETE FROM generation_decisions", "DELETE FROM audit_chain")
    (problem,) = find_head_problems(record, tmp_path)
    assert "while this one is empty" in problem


def test_masters_of_earlier_versions_say_less_and_are_checked_all_the_same(record: Database, tmp_path: Path) -> None:
    head = audit.read_chain_head(record)
    deliver(tmp_path, "nexus-e01.mp4", f"{CHAIN_COMMENT}{head}")
    assert list(find_head_problems(record, tmp_path)) == []
    behind_the_guards(record, "DELETE FROM audit_chain WHERE seq > 4")
    (problem,) = find_head_problems(record, tmp_path)
    assert f"was made at link {head[:12]}, which is not in the record" in problem


@pytest.mark.chaos
def test_other_videos_accuse_nobody_and_a_damaged_one_is_named(record: Database, tmp_path: Path) -> None:
    deliver(tmp_path, "holiday.mp4", "")
    deliver(tmp_path, "notes.mp4", "audit chain of the bicycle")
    (tmp_path / "torn.mp4").write_bytes(b"\0" * 4096)
    (problem,) = find_head_problems(record, tmp_path)
    assert problem.startswith("torn.mp4")
    assert "cannot be read" in problem
    shutil.copy(tmp_path / "holiday.mp4", tmp_path / "torn.mp4")
    assert list(find_head_problems(record, tmp_path)) == []


@pytest.mark.parametrize("text", ["", "c0ffee", "a" * 63, "a" * 64 + " link x begun by " + "b" * 64, "A" * 64])
def test_a_text_that_is_no_mark_is_none(text: str) -> None:
    assert ChainMark.parse(text) is None
