from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.store import decisions, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.queries import query_text
from tower_anime_assets.store.takes import NewTake, Take, TakeFile

New = Callable[..., NewDecision]
Make = Callable[..., NewTake]


def test_keeping_a_take_ends_its_decision(database: Database, new_decision: New, new_take: Make) -> None:
    decision = decisions.record_decision(database, new_decision(engine="painter", engine_version="3", attempt=2))
    take = takes.record_take(database, new_take(decision, cpu_s=2.0, gpu_s=0.5))
    ended = decisions.find_by_id(database, decision.id)
    assert ended is not None
    assert (ended.status, ended.duration_s, ended.quality_score) == ("succeeded", 1.5, 0.75)
    assert (take.engine, take.engine_version, take.attempt, take.reasoning) == (
        "painter",
        "3",
        2,
        "The plan asks for it.",
    )
    assert (take.duration_s, take.cpu_s, take.gpu_s, take.quality_score) == (1.5, 2.0, 0.5, 0.75)
    assert take.details == {"words": [{"text": "Run!", "start_s": 0.25}]}
    assert take.created_at > decision.timestamp
    assert takes.find_by_id(database, take.id) == take


def test_keeping_twice_is_keeping_once(database: Database, new_decision: New, new_take: Make) -> None:
    new = new_take(decisions.record_decision(database, new_decision()))
    assert takes.record_take(database, new) == takes.record_take(database, new)


def test_a_take_of_a_lost_decision_is_not_kept(database: Database, new_decision: New, new_take: Make) -> None:
    decision = decisions.record_decision(database, new_decision(project_id="late"))
    decisions.mark_lost(database, decision.id, "nobody makes it")
    with pytest.raises(PlanError, match="already ended as lost"):
        takes.record_take(database, new_take(decision))
    assert takes.list_by_episode(database, EpisodeKey("late", "e01")) == ()


@pytest.mark.parametrize("change", [{"stage": "keyframe"}, {"brief_digest": "e" * 64}])
def test_a_take_must_be_of_what_was_decided(
    database: Database, new_decision: New, new_take: Make, change: dict[str, str]
) -> None:
    decision = decisions.record_decision(database, new_decision())
    with pytest.raises(PlanError, match="foreign key"):
        takes.record_take(database, new_take(decision, **change))
    open_still = decisions.find_by_id(database, decision.id)
    assert open_still is not None
    assert open_still.status == "pending"


def test_a_take_without_its_main_file_is_refused(database: Database, new_decision: New, new_take: Make) -> None:
    decision = decisions.record_decision(database, new_decision())
    words = TakeFile("a" * 64, "aa/words.json", 10, "application/json")
    with pytest.raises(PlanError, match="files"):
        takes.record_take(database, new_take(decision, files={"words": words}))


def test_a_row_cannot_name_no_decision(database: Database) -> None:
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.NotNullViolation):
        connection.execute(
            "INSERT INTO takes (stage, brief_digest, project_id, files, measured, details) "
            """VALUES ('clip', 'x', 'p', '{"main": {}}', '{}', '{}')"""
        )


def test_files_keep_their_roles_and_types(database: Database, new_decision: New, new_take: Make) -> None:
    decision = decisions.record_decision(database, new_decision())
    files = {
        "main": TakeFile("a" * 64, "aa/a.wav", 10, ""),
        "words": TakeFile("b" * 64, "bb/b.json", 20, ""),
        "odd": TakeFile("c" * 64, "cc/c.xyz", 30, ""),
    }
    take = takes.record_take(database, new_take(decision, files=files))
    assert {role: (file.path, file.size_bytes, file.media_type) for role, file in take.files.items()} == {
        "main": ("aa/a.wav", 10, "audio/wav"),
        "words": ("bb/b.json", 20, "application/json"),
        "odd": ("cc/c.xyz", 30, "application/octet-stream"),
    }


def test_a_measure_that_is_not_finite_comes_back(database: Database, new_decision: New, new_take: Make) -> None:
    decision = decisions.record_decision(database, new_decision())
    take = takes.record_take(database, new_take(decision, measured={"peak_db": float("-inf"), "level": 0.1}))
    assert take.measured == {"peak_db": float("-inf"), "level": 0.1}


def test_takes_are_found_by_digest_newest_first(database: Database, kept_take: Callable[..., Take]) -> None:
    first = kept_take(brief_digest="a1")
    second = kept_take(brief_digest="a1", attempt=2)
    other = kept_take(brief_digest="b2", decision_type="keyframe")
    assert takes.find_by_digests(database, ["a1", "b2", "none"]) == {"a1": (second, first), "b2": (other,)}
    assert takes.find_by_digests(database, ["a1", "b2"], "keyframe") == {"b2": (other,)}
    assert takes.find_by_digests(database, []) == {}


def test_takes_are_found_by_place_oldest_first(database: Database, kept_take: Callable[..., Take]) -> None:
    place = {"project_id": "place", "episode_id": "e01"}
    still = kept_take(**place, decision_type="keyframe")
    clip = kept_take(**place)
    elsewhere = kept_take(**place, shot_id="sh0020")
    key = EpisodeKey("place", "e01")
    assert takes.list_by_episode(database, key) == (still, clip, elsewhere)
    assert takes.list_by_episode(database, key, "clip") == (clip, elsewhere)
    assert takes.list_by_shot(database, ShotKey("place", "e01", "sc01", "sh0010")) == (still, clip)
    assert takes.find_newest(database, key, "clip") == elsewhere
    assert takes.find_newest(database, key, "master") is None


def test_the_newest_master_is_a_draft_only_where_drafts_are_meant(
    database: Database, kept_take: Callable[..., Take]
) -> None:
    place = {"project_id": "levels", "episode_id": "e01", "decision_type": "master"}
    key = EpisodeKey("levels", "e01")
    final = kept_take(**place, parameters={"brief": {"delivery": {"quality": "final"}}})
    assert takes.find_newest(database, key, "master", is_draft=True) is None
    draft = kept_take(**place, parameters={"brief": {"delivery": {"quality": "draft"}}})
    assert takes.find_newest(database, key, "master", is_draft=True) == draft
    assert takes.find_newest(database, key, "master", is_draft=False) == final
    standard = kept_take(**place, parameters={"brief": {"delivery": {}}})
    assert takes.find_newest(database, key, "master", is_draft=False) == standard


@pytest.mark.parametrize(
    "change",
    ["UPDATE takes SET files = '{\"main\": {}}' WHERE id = %s", "DELETE FROM takes WHERE id = %s"],
)
def test_a_take_is_never_changed(database: Database, kept_take: Callable[..., Take], change: str) -> None:
    take = kept_take()
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.encode(), [take.id])
    assert takes.find_by_id(database, take.id) == take


def test_a_season_is_found_in_one_query(database: Database) -> None:
    """1,265 shots with three takes each, with per-frame facts as large as a clip's."""
    with psycopg.connect(database.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO generation_decisions (project_id, episode_id, shot_id, decision_type, parameters, reasoning, "
            "status, created_by, idempotency_key, engine, brief_digest, attempt, duration_s, cpu_s, gpu_s) "
            "SELECT 'season', 'e' || shot % 24, 'sh' || shot, stage, '{}', 'why', 'succeeded', 'x', "
            "stage || '-' || shot, 'e', stage || shot, 1, 1, 1, 0 "
            "FROM generate_series(1, 1265) AS shot, unnest(ARRAY['keyframe', 'clip', 'voice']) AS stage",
        )
        connection.execute(
            "INSERT INTO takes (decision_id, stage, brief_digest, project_id, files, measured, details) "
            "SELECT id, decision_type, brief_digest, project_id, "
            """'{"main": {"sha256": "a", "path": "b", "size_bytes": 1, "media_type": "c"}}', """
            """'{"sharpness_var": 300.5, "frames": 121}', """
            "jsonb_build_object('hash', repeat('ab', 64), 'mean', jsonb_build_array(0.1, 0.2, 0.3)) "
            "FROM generation_decisions WHERE project_id = 'season'"
        )
        connection.execute(b"ANALYZE takes, generation_decisions")
        (plan,) = connection.execute(
            b"EXPLAIN (ANALYZE, FORMAT JSON) " + query_text("takes.find_by_digests"),
            {"digests": ["clip7"], "stage": ""},
        ).fetchone() or (None,)
    assert "takes_digest" in str(plan)
    digests = [f"{stage}{shot}" for stage in ("keyframe", "clip", "voice") for shot in range(1, 1266)]
    seconds = []
    for _ in range(3):
        began = time.process_time()  # what it costs us, whatever else the machine is doing
        found = takes.find_by_digests(database, digests)
        seconds.append(time.process_time() - began)
    assert len(found) == 3 * 1265
    assert min(seconds) < 0.3
