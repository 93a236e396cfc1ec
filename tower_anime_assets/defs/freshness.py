"""Whether an episode's assets can be left as they are: nothing that they are made from is newer than they are."""

from collections.abc import Mapping

import dagster as dg

from tower_anime_assets.defs.assets.lessons import UNTOLD
from tower_anime_assets.defs.assets.production import compiled_episodes
from tower_anime_assets.defs.jobs import FOLLOWERS

CODE_VERSION_TAG = "dagster/code_version"
DATA_VERSION_TAG = "dagster/data_version"
MASTER_EVENT_TAG = f"dagster/input_event_pointer/{compiled_episodes.key.to_user_string()}"
"""Tag of what follows a master: the storage id of the materialization of the master that it saw."""


def is_materialized_in_order(instance: dg.DagsterInstance, defs: dg.Definitions, episode: str) -> bool:
    """Return whether every asset of an episode is materialized by the code as it is, each after those before it.

    Args:
        instance: Where the materializations are.
        defs: The definitions as they are now.
        episode: The partition.
    """
    graph = defs.resolve_asset_graph()
    keys = dg.AssetSelection.assets(compiled_episodes).upstream().materializable().resolve(graph)
    storage_ids = {}
    for key in keys:
        record = _newest_record(instance, key, episode)
        if record is None or record.asset_materialization is None:
            return False
        tags = record.asset_materialization.tags or {}
        if tags.get(CODE_VERSION_TAG) != graph.get(key).code_version:
            return False
        storage_ids[key] = record.storage_id
    return all(storage_ids[parent] < storage_ids[key] for key in keys for parent in graph.get(key).parent_keys & keys)


def find_stale_followers(instance: dg.DagsterInstance, defs: dg.Definitions, episode: str) -> list[dg.AssetKey]:
    """Return which of the assets that follow an episode's master are missing, of another master or of older code.

    Lessons count as stale while the director has not been told of every take.

    Args:
        instance: Where the materializations are.
        defs: The definitions as they are now.
        episode: The partition, whose master exists.
    """
    graph = defs.resolve_asset_graph()
    master = _newest_record(instance, compiled_episodes.key, episode)
    stale = []
    for asset in FOLLOWERS:
        follower = _newest_record(instance, asset.key, episode)
        tags = _tags_of(follower)
        is_current = tags.get(CODE_VERSION_TAG) == graph.get(asset.key).code_version
        if not (is_current and _has_seen(instance, tags, master)) or _is_unfinished(follower):
            stale.append(asset.key)
    return stale


def _has_seen(instance: dg.DagsterInstance, tags: Mapping[str, str], master: dg.EventLogRecord | None) -> bool:
    """Return whether an asset with these tags was made after this master, or an equal one before it."""
    event_id = tags.get(MASTER_EVENT_TAG, "")
    if master is None or not event_id.isdigit():
        return False
    if int(event_id) == master.storage_id:
        return True
    seen = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=compiled_episodes.key, storage_ids=[int(event_id)]), limit=1
    ).records
    version = _tags_of(master).get(DATA_VERSION_TAG)
    return bool(seen) and version is not None and _tags_of(seen[0]).get(DATA_VERSION_TAG) == version


def _newest_record(instance: dg.DagsterInstance, key: dg.AssetKey, episode: str) -> dg.EventLogRecord | None:
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[episode]), limit=1
    ).records
    return records[0] if records else None


def _tags_of(record: dg.EventLogRecord | None) -> dict[str, str]:
    materialization = record.asset_materialization if record is not None else None
    return dict(materialization.tags or {}) if materialization is not None else {}


def _is_unfinished(record: dg.EventLogRecord | None) -> bool:
    materialization = record.asset_materialization if record is not None else None
    untold = materialization.metadata.get(UNTOLD) if materialization is not None else None
    return untold is not None and untold.value != 0
