from __future__ import annotations

from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml

from tower_anime_assets.settings import Settings
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer

TABLES = b"""
    SELECT schemaname, count(*) FROM pg_tables WHERE schemaname IN ('public', 'dagster') GROUP BY 1 ORDER BY 1
"""


@dg.asset
def keyframe() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"frames": 121})


@pytest.mark.parametrize("user", ["postgres", "tenant"])
def test_dagster_lives_in_a_schema_of_its_own(database_server: DatabaseServer, tmp_path: Path, user: str) -> None:
    """Over the socket, beside our tables; also as a user who may create nothing but what it was given."""
    url = database_server.make_database("template0")
    if user == "tenant":
        with psycopg.connect(url) as connection:
            connection.execute("CREATE ROLE tenant LOGIN")
            connection.execute("CREATE SCHEMA dagster AUTHORIZATION tenant")
            connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO tenant")
    given = url.replace("postgres@", f"{user}@")
    info = server.ensure_server(Settings(projects=tmp_path, home=tmp_path, database_url=given))
    database = Database(info.url)
    migrations.apply_migrations(database)
    database.close()
    with psycopg.connect(url) as connection:
        (ours,) = connection.execute(TABLES).fetchall()

    storage = {"postgres": {"postgres_url": server.dagster_url(info.url)}}
    quiet = {"telemetry": {"enabled": False}, "storage": storage}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(quiet))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("episodes", ["nexus-e01"])
        assert dg.materialize([keyframe], instance=instance).success
        event = instance.get_latest_materialization_event(dg.AssetKey("keyframe"))
        assert instance.get_dynamic_partitions("episodes") == ["nexus-e01"]
        assert len(instance.get_runs()) == 1
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["frames"].value == 121

    with psycopg.connect(url) as connection:
        dagster, public = connection.execute(TABLES).fetchall()
    assert public == ours
    assert dagster[1] > 10
