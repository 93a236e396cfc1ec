"""Decisions and takes to test with, all of one shot of one episode unless said otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tower_anime_assets.store import decisions, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.takes import NewTake, Take, TakeFile
from tower_anime_assets_tests.conftest import DatabaseServer


@pytest.fixture(scope="session")
def new_decision() -> Callable[..., NewDecision]:
    """Returns a decision with a key of its own; keyword arguments change it."""

    def made(**changes: Any) -> NewDecision:
        usual: dict[str, Any] = {
            "project_id": "nexus",
            "episode_id": "e01",
            "scene_id": "sc01",
            "shot_id": "sh0010",
            "decision_type": "clip",
            "parameters": {"brief": {"frames": 121, "seed": 7}, "attempt": {"seed": 7}},
            "reasoning": "The plan asks for it.",
            "engine": "embedded-animator",
            "brief_digest": "d" * 64,
            "idempotency_key": str(uuid4()),
        }
        return NewDecision(**{**usual, **changes})

    return made


@pytest.fixture(scope="session")
def new_take() -> Callable[..., NewTake]:
    """Returns a take for a decision; keyword arguments change it."""

    def made(decision: decisions.Decision, **changes: Any) -> NewTake:
        sha256 = hashlib.sha256(decision.id.encode()).hexdigest()
        usual: dict[str, Any] = {
            "decision_id": decision.id,
            "brief_digest": decision.brief_digest,
            "stage": decision.decision_type,
            "project_id": decision.project_id,
            "episode_id": decision.episode_id,
            "scene_id": decision.scene_id,
            "shot_id": decision.shot_id,
            "files": {"main": TakeFile(sha256, f"{sha256[:2]}/{sha256}.mp4", 1234, "video/mp4")},
            "measured": {"frames": 121.0},
            "details": {"words": [{"text": "Run!", "start_s": 0.25}]},
            "duration_s": 1.5,
            "quality_score": 0.75,
        }
        return NewTake(**{**usual, **changes})

    return made


@pytest.fixture(scope="module")
def kept_take(
    database: Database, new_decision: Callable[..., NewDecision], new_take: Callable[..., NewTake]
) -> Callable[..., Take]:
    """Decides and keeps a take in the module's database; keyword arguments change the decision."""

    def made(**changes: Any) -> Take:
        return takes.record_take(database, new_take(decisions.record_decision(database, new_decision(**changes))))

    return made


@pytest.fixture(scope="module")
def spare_url(database_server: DatabaseServer) -> str:
    return database_server.make_database("template0")


@pytest.fixture
def empty_database(spare_url: str) -> Iterator[Database]:
    """A database without any table, for tests that spoil it; emptied for each, which is quicker than making one."""
    with psycopg.connect(spare_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS public, anime CASCADE")
        connection.execute("CREATE SCHEMA public")
    made = Database(spare_url)
    yield made
    made.close()
