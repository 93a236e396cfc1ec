"""The two kinds of partitions: episodes, which runs produce, and shots, which only show results."""

import dagster as dg

episodes = dg.DynamicPartitionsDefinition(name="episodes")
shots = dg.DynamicPartitionsDefinition(name="shots")

SHOT = dg.AssetKey("shot")
"""The asset that shows each shot; see `assets.production`."""


def drop_shots(instance: dg.DagsterInstance, episode: str, keep: frozenset[str] = frozenset()) -> None:
    """Remove an episode's shots, except those to keep, from the partitions; their history stays."""
    for key in instance.get_dynamic_partitions("shots"):
        if key.startswith(f"{episode}-") and key not in keep:
            instance.delete_dynamic_partition("shots", key)
