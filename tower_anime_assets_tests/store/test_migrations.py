from __future__ import annotations

import multiprocessing
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store import migrations
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.migrations import Migration, read_migrations

ONE = Migration("0001_one", b"CREATE TABLE one (id integer)", b"DROP TABLE one")
TWO = Migration("0002_two", b"CREATE TABLE two (id integer)", b"DROP TABLE two")
THREE = Migration("0003_three", b"CREATE TABLE three (id integer); SELECT 1 / 0", b"DROP TABLE three")

CATALOG = b"""
    SELECT 'relation', n.nspname || '.' || c.relname, c.relkind::text, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'anime') AND c.relkind IN ('r', 'v', 'i', 'S')
    UNION ALL
    SELECT 'schema', nspname, NULL, NULL FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'
    UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod) || ' ' || attnotnull,
        pg_get_expr(adbin, adrelid)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), NULL
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), NULL
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid), tgenabled::text
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid), NULL
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a' -- aggregates have no such text
    UNION ALL
    SELECT 'type', typname, typtype::text, NULL FROM pg_type WHERE typnamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


def catalog_of(database: Database) -> list[tuple[str | None, ...]]:
    with psycopg.connect(database.url) as connection:
        return connection.execute(CATALOG).fetchall()


def tables_of(database: Database) -> set[str]:
    return {str(row[1]) for row in catalog_of(database) if row[0] == "relation" and row[2] == "r"}


def test_up_down_up_gives_the_same_catalog(empty_database: Database) -> None:
    every = tuple(item.version for item in read_migrations())
    assert migrations.apply_migrations(empty_database) == every
    first = catalog_of(empty_database)
    assert len(first) > 200
    assert migrations.roll_back(empty_database, len(every)) == tuple(reversed(every))
    assert tables_of(empty_database) == {"public.schema_migrations"}
    assert [row for row in catalog_of(empty_database) if row[0] == "function"] == []
    assert migrations.apply_migrations(empty_database) == every
    assert catalog_of(empty_database) == first


def test_each_rollback_undoes_just_its_migration(empty_database: Database) -> None:
    every = read_migrations()
    states = []
    for count in range(1, len(every) + 1):
        migrations.apply_migrations(empty_database, every[:count])
        states.append(catalog_of(empty_database))
    for count in range(len(every), 1, -1):
        migrations.roll_back(empty_database, 1)
        assert catalog_of(empty_database) == states[count - 2]


def test_the_tables_of_the_design_are_there(empty_database: Database) -> None:
    migrations.apply_migrations(empty_database)
    wanted = {
        "generation_decisions",
        "workflow_history",
        "ai_consultations",
        "projects",
        "characters",
        "episodes",
        "scenes",
        "shot_plans",
        "dialogue_lines",
        "takes",
        "verdicts",
        "waivers",
        "video_workflow_templates",
        "facts",
        "creative_sessions",
        "learned_patterns",
        "audit_chain",
    }
    assert {f"public.{name}" for name in wanted} <= tables_of(empty_database)


def test_the_columns_of_the_original_audit_keep_their_names(empty_database: Database) -> None:
    migrations.apply_migrations(empty_database)
    columns = {str(row[1]).replace('"', "") for row in catalog_of(empty_database) if row[0] == "column"}
    original = {
        "generation_decisions": "id project_id episode_id scene_id decision_type parameters reasoning timestamp status "
        "quality_score created_by shot_id session_id idempotency_key alternatives engine prompt_id server "
        "template_sha256",
        "workflow_history": "id decision_id workflow_json execution_time success error_message timestamp",
        "ai_consultations": "id decision_id query response model_used confidence_score timestamp",
    }
    for table, names in original.items():
        assert {f"{table}.{name}" for name in names.split()} <= columns


def test_migrating_twice_applies_nothing_more(empty_database: Database) -> None:
    assert migrations.apply_migrations(empty_database, (ONE,)) == ("0001_one",)
    assert migrations.apply_migrations(empty_database, (ONE,)) == ()
    assert migrations.apply_migrations(empty_database, (ONE, TWO)) == ("0002_two",)
    assert migrations.apply_migrations(empty_database, (ONE, TWO)) == ()


def test_a_failing_migration_leaves_nothing_of_itself(empty_database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrations.apply_migrations(empty_database, (ONE, TWO, THREE))
    assert tables_of(empty_database) == {"public.schema_migrations", "public.one", "public.two"}
    assert migrations.apply_migrations(empty_database, (ONE, TWO)) == ()


@pytest.mark.parametrize(
    "edited", [Migration(ONE.version, ONE.up + b" ", ONE.down), Migration(ONE.version, ONE.up, ONE.down + b" ")]
)
def test_an_edited_file_stops_everything(empty_database: Database, edited: Migration) -> None:
    migrations.apply_migrations(empty_database, (ONE,))
    with pytest.raises(PlanError, match="0001_one was edited"):
        migrations.apply_migrations(empty_database, (edited, TWO))
    with pytest.raises(PlanError, match="0001_one was edited"):
        migrations.roll_back(empty_database, 1, (edited,))
    assert "public.one" in tables_of(empty_database)
    assert "public.two" not in tables_of(empty_database)


def test_a_migration_before_an_applied_one_is_refused(empty_database: Database) -> None:
    migrations.apply_migrations(empty_database, (TWO,))
    with pytest.raises(PlanError, match="0001_one is new but numbered before 0002_two"):
        migrations.apply_migrations(empty_database, (ONE, TWO))


def test_a_newer_database_is_refused(empty_database: Database) -> None:
    migrations.apply_migrations(empty_database, (ONE, TWO))
    with pytest.raises(PlanError, match="0002_two, which this version does not know"):
        migrations.apply_migrations(empty_database, (ONE,))


def test_rolling_back_needs_a_number(empty_database: Database) -> None:
    with pytest.raises(PlanError, match="cannot roll back 0"):
        migrations.roll_back(empty_database, 0)
    assert migrations.roll_back(empty_database, 3, (ONE,)) == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (["0001_one.up.sql"], "lacks its down file"),
        (["0001_one.down.sql"], "lacks its up file"),
        (["one.up.sql", "one.down.sql"], "is not a migration"),
        (["0001_a.up.sql", "0001_a.down.sql", "0001_b.up.sql", "0001_b.down.sql"], "the same number"),
    ],
)
def test_a_folder_that_is_not_in_order_is_refused(tmp_path: Path, files: list[str], why: str) -> None:
    for name in files:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(PlanError, match=why):
        read_migrations(tmp_path)


def _migrate(url: str) -> tuple[str, ...]:
    database = Database(url)
    try:
        return migrations.apply_migrations(database)
    finally:
        database.close()


def test_concurrent_starts_apply_each_migration_once(empty_database: Database) -> None:
    every = tuple(item.version for item in read_migrations())
    with multiprocessing.get_context("spawn").Pool(4) as workers:
        applied = workers.map(_migrate, [empty_database.url] * 6, chunksize=1)
    assert sorted(version for versions in applied for version in versions) == sorted(every)


FOUR = Migration(
    "0004_four",
    b"CREATE TABLE four (id integer); ALTER TABLE one ADD COLUMN said text",
    b"DROP TABLE four; ALTER TABLE one DROP COLUMN said",
)
FIVE = Migration("0005_five", b"CREATE TABLE five (id integer)", b"DELETE FROM one WHERE id > 1; DROP TABLE five")
STRICT = Migration("0006_strict", b"SELECT 1", b"ALTER TABLE one ADD CONSTRAINT few CHECK (id < 3)")


def fill(database: Database, *statements: str) -> None:
    with psycopg.connect(database.url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.chaos
def test_a_rollback_that_would_drop_rows_says_how_many_and_asks_for_a_word(empty_database: Database) -> None:
    every = (ONE, TWO, FOUR, FIVE)
    migrations.apply_migrations(empty_database, every)
    fill(
        empty_database, "INSERT INTO one VALUES (1, 'a'), (2, NULL), (3, 'c')", "INSERT INTO four VALUES (1)",
        "INSERT INTO five VALUES (1), (2)",
    )  # fmt: skip
    before = catalog_of(empty_database)
    with pytest.raises(PlanError, match=r"0005_five would drop 2 rows of five, 2 rows of one of the record") as caught:
        migrations.roll_back(empty_database, 1, every)
    assert "add --drop-rows" in str(caught.value)
    with pytest.raises(
        PlanError, match=r"0005_five, 0004_four would drop 2 rows of five, 1 row of four, 2 rows of"
    ) as caught:
        migrations.roll_back(empty_database, 2, every)
    assert "what 2 rows of one say under said" in str(caught.value)
    assert catalog_of(empty_database) == before
    with psycopg.connect(empty_database.url) as connection:
        assert connection.execute("SELECT count(*) FROM one").fetchone() == (3,)
    assert migrations.roll_back(empty_database, 2, every, drops_rows=True) == ("0005_five", "0004_four")
    assert tables_of(empty_database) == {"public.schema_migrations", "public.one", "public.two"}
    assert migrations.roll_back(empty_database, 1, every) == ("0002_two",), "an empty table is no loss"


def test_a_rollback_that_rows_do_not_allow_is_refused_whole(empty_database: Database) -> None:
    every = (ONE, FIVE, STRICT)
    migrations.apply_migrations(empty_database, every)
    fill(empty_database, "INSERT INTO one VALUES (7)")
    for word in (False, True):
        with pytest.raises(PlanError, match="0006_strict cannot be rolled back, and nothing was changed"):
            migrations.roll_back(empty_database, 1, every, drops_rows=word)
    assert migrations.apply_migrations(empty_database, every) == ()


def test_rows_of_the_real_record_are_counted_before_its_migrations_are_rolled_back(empty_database: Database) -> None:
    every = tuple(item.version for item in read_migrations())
    migrations.apply_migrations(empty_database)
    fill(
        empty_database,
        "INSERT INTO creative_sessions (project_id, title, started_by) VALUES ('p', 't', 'me')",
    )
    with pytest.raises(PlanError, match="1 row of creative_sessions"):
        migrations.roll_back(empty_database, len(every))
    assert migrations.apply_migrations(empty_database) == ()
    assert len(migrations.roll_back(empty_database, len(every), drops_rows=True)) == len(every)
