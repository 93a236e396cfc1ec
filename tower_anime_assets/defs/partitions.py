"""The two partitions: episodes, which runs are made of, and shots, which show what became of them."""

import dagster as dg

episodes = dg.DynamicPartitionsDefinition(name="episodes")
shots = dg.DynamicPartitionsDefinition(name="shots")

SHOT = dg.AssetKey("shot")
"""The asset that shows each shot; see `assets.production`."""


def drop_shots(instance: dg.DagsterInstance, episode: str, keep: frozenset[str] = frozenset()) -> None:
    """Take an episode's shots out of the partitions, except those to keep; their history stays."""
    for key in instance.get_dynamic_partitions("shots"):
        if key.startswith(f"{episode}-") and key not in keep:
            instance.delete_dynamic_partition("shots", key)
