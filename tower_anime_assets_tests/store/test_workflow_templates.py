from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from tower_anime_assets.store import workflow_templates, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.workflow_templates import RegisteredWorkflow, sync_registry
from tower_anime_assets_tests.conftest import list_registered

ONE = RegisteredWorkflow(
    name="one",
    version="1",
    engine="comfyui",
    medium="video",
    status="proven",
    capabilities=("text_to_video", "anime_generation"),
    template={"1": {"class_type": "KSampler", "inputs": {"seed": 1}}},
    manifest={"name": "one", "priors": {"quality": 0.5}},
)
TWO = replace(ONE, name="two", template={"1": {"class_type": "SaveVideo", "inputs": {}}}, manifest={"name": "two"})


def test_the_record_says_what_the_registry_says(database: Database) -> None:
    first = sync_registry(database, [ONE, TWO])
    assert len(first.written) == 2
    assert sync_registry(database, [TWO, ONE]) == workflow_templates.SyncResult((), ())
    kept = {template.name: template for template in list_registered(database)}
    assert list(kept) == ["one", "two"]
    assert kept["one"].capabilities == ["anime_generation", "text_to_video"]
    assert (kept["one"].status, kept["one"].manifest) == ("proven", {"name": "one", "priors": {"quality": 0.5}})
    changed = sync_registry(database, [replace(ONE, status="deprecated"), TWO])
    assert changed.written == (kept["one"].sha256,)
    assert {item.name: item.status for item in list_registered(database)} == {"one": "deprecated", "two": "proven"}


def test_what_is_no_longer_there_stays_marked_as_removed_until_it_comes_back(database: Database) -> None:
    sync_registry(database, [ONE, TWO])
    gone = sync_registry(database, [TWO])
    assert len(gone.removed) == 1
    assert [item.name for item in list_registered(database)] == ["two"]
    with psycopg.connect(database.url) as connection:
        row = connection.execute(
            "SELECT name, status, removed_at IS NOT NULL FROM video_workflow_templates WHERE sha256 = %s", gone.removed
        ).fetchone()
    assert row is not None
    assert (row[0], row[2]) == ("one", True)
    assert sync_registry(database, [ONE, TWO]).written == gone.removed
    assert all(item.removed_at is None for item in list_registered(database))


def test_workflows_with_the_same_graph_share_a_row_that_names_them_all(database: Database) -> None:
    sync_registry(database, [ONE, TWO])
    same = replace(ONE, name="another", manifest={"name": "another"})
    sync_registry(database, [ONE, TWO, same])
    kept = {template.name: template for template in list_registered(database)}
    assert set(kept) == {"one", "two"}
    assert kept["one"].workflows == ["another", "one"]
    assert kept["one"].manifest == {"name": "another", "others": [dict(ONE.manifest)]}


def test_a_template_that_was_used_first_is_the_same_row_and_its_text_the_same(database: Database) -> None:
    sha256 = workflows.save_template(database, "used", {"9": {"class_type": "SaveImage", "inputs": {}}})
    fresh = replace(ONE, name="three", template={"9": {"class_type": "SaveImage", "inputs": {}}})
    assert sync_registry(database, [ONE, TWO, fresh]).written.count(sha256) == 1
    (kept,) = [item for item in list_registered(database) if item.sha256 == sha256]
    assert (kept.name, kept.workflows) == ("used", ["three"])


def test_a_template_that_was_only_used_is_not_in_the_registry(database: Database) -> None:
    sync_registry(database, [ONE])
    sha256 = workflows.save_template(database, "with loras", {"8": {"class_type": "LoraLoader", "inputs": {}}})
    assert sha256 not in {item.sha256 for item in list_registered(database)}
    assert sha256 not in sync_registry(database, [ONE]).removed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE video_workflow_templates SET template = '{}'",
        "UPDATE video_workflow_templates SET name = 'other'",
        "UPDATE video_workflow_templates SET created_at = now()",
        "UPDATE video_workflow_templates SET sha256 = repeat('0', 64)",
        "DELETE FROM video_workflow_templates",
        "TRUNCATE video_workflow_templates CASCADE",
    ],
)
def test_what_was_kept_never_changes(database: Database, statement: str) -> None:
    sync_registry(database, [ONE])
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement.encode())
