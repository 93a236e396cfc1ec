"""Dagster's instance in a process of the `tower` command."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tower_anime_assets.defs.instance import enter_environment, keep_connections
from tower_anime_assets.settings import Settings
from tower_anime_assets.store.database import Database


def test_a_hastened_instance_asks_once_whether_a_table_is_there(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())  # what the instance is told is forgotten at the end
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    enter_environment(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database.url)
    with dg.DagsterInstance.get() as instance:
        keep_connections(instance)
        instance.add_dynamic_partitions("episodes", ["nexus-e01"])
        event.listen(Engine, "before_cursor_execute", listen)
        try:
            for _ in range(3):
                assert instance.has_dynamic_partition("episodes", "nexus-e01")
                assert not instance.has_dynamic_partition("episodes", "nexus-e09")
        finally:
            event.remove(Engine, "before_cursor_execute", listen)
    assert sum("pg_catalog" in statement for statement in asked) == 0
    assert sum("dynamic_partitions" in statement for statement in asked) == 6
