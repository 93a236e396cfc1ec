"""Whether an episode's assets can be left as they are: nothing that they are made from is newer than they are."""

import dagster as dg

from tower_anime_assets.defs.assets.production import compiled_episodes

CODE_VERSION_TAG = "dagster/code_version"


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
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=key, asset_partitions=[episode]), limit=1
        ).records
        if not records or records[0].asset_materialization is None:
            return False
        tags = records[0].asset_materialization.tags or {}
        if tags.get(CODE_VERSION_TAG) != graph.get(key).code_version:
            return False
        storage_ids[key] = records[0].storage_id
    return all(storage_ids[parent] < storage_ids[key] for key in keys for parent in graph.get(key).parent_keys & keys)
