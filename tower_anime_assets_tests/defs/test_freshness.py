"""An episode's assets are left as they are only where each is materialized after what it is made from."""

from __future__ import annotations

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs.assets.lessons import UNTOLD
from tower_anime_assets.defs.assets.production import compiled_episodes
from tower_anime_assets.defs.freshness import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    MASTER_EVENT_TAG,
    find_stale_followers,
    is_materialized_in_order,
)

EPISODE = "small-e01"
GRAPH = defs.resolve_asset_graph()
CHAIN = [
    key
    for key in GRAPH.toposorted_asset_keys
    if key in dg.AssetSelection.assets(compiled_episodes).upstream().materializable().resolve(GRAPH)
]


def materialize(
    instance: dg.DagsterInstance, name: str, code_version: str | None = None, episode: str = EPISODE
) -> None:
    key = dg.AssetKey(name)
    tags = {CODE_VERSION_TAG: code_version or str(GRAPH.get(key).code_version)}
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=episode, tags=tags))


@pytest.fixture
def instance() -> dg.DagsterInstance:
    made = dg.DagsterInstance.ephemeral()
    for key in CHAIN:
        materialize(made, key.to_user_string())
    return made


def test_an_episode_that_was_made_in_order_is_left_as_it_is(instance: dg.DagsterInstance) -> None:
    assert len(CHAIN) == 10
    assert is_materialized_in_order(instance, defs, EPISODE)
    materialize(instance, "compiled_episodes")
    assert is_materialized_in_order(instance, defs, EPISODE)


def test_another_episode_is_not(instance: dg.DagsterInstance) -> None:
    assert not is_materialized_in_order(instance, defs, "small-e02")


@pytest.mark.parametrize("name", ["characters", "scenes", "keyframes", "audio_tracks"])
def test_an_asset_that_was_made_again_makes_what_follows_stale(instance: dg.DagsterInstance, name: str) -> None:
    materialize(instance, name)
    assert not is_materialized_in_order(instance, defs, EPISODE)


def test_an_asset_of_older_code_is_made_again(instance: dg.DagsterInstance) -> None:
    materialize(instance, "compiled_episodes", code_version="0")
    assert not is_materialized_in_order(instance, defs, EPISODE)


def test_an_asset_that_somebody_wiped_is_made_again(instance: dg.DagsterInstance) -> None:
    instance.wipe_assets([dg.AssetKey("keyframes")])
    assert not is_materialized_in_order(instance, defs, EPISODE)


def make_master(instance: dg.DagsterInstance, data_version: str) -> str:
    """Materialize the master, and return the tag by which what follows says that it saw it."""
    key = dg.AssetKey("compiled_episodes")
    instance.report_runless_asset_event(
        dg.AssetMaterialization(key, partition=EPISODE, tags={DATA_VERSION_TAG: data_version})
    )
    return str(instance.fetch_materializations(key, limit=1).records[0].storage_id)


def follow(instance: dg.DagsterInstance, name: str, master_event: str, *, untold: int = 0, code: str = "") -> None:
    key = dg.AssetKey(name)
    tags = {MASTER_EVENT_TAG: master_event, CODE_VERSION_TAG: code or str(GRAPH.get(key).code_version)}
    metadata = {UNTOLD: untold} if name == "lessons" else {}
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=EPISODE, tags=tags, metadata=metadata))


def stale(instance: dg.DagsterInstance) -> list[str]:
    return [key.to_user_string() for key in find_stale_followers(instance, defs, EPISODE)]


def test_lessons_and_report_are_left_while_the_master_is_the_same(instance: dg.DagsterInstance) -> None:
    master = make_master(instance, "one")
    assert stale(instance) == ["lessons", "quality_report"]
    for name in ("lessons", "quality_report"):
        follow(instance, name, master)
    assert stale(instance) == []
    make_master(instance, "one")
    assert stale(instance) == [], "found again, not made again"
    make_master(instance, "two")
    assert stale(instance) == ["lessons", "quality_report"]


def test_untold_lessons_and_older_code_are_made_up_for(instance: dg.DagsterInstance) -> None:
    master = make_master(instance, "one")
    follow(instance, "lessons", master, untold=2)
    follow(instance, "quality_report", master, code="0")
    assert stale(instance) == ["lessons", "quality_report"]
    follow(instance, "lessons", master)
    assert stale(instance) == ["quality_report"]
