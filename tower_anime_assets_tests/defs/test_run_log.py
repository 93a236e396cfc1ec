"""The mirror of a shot shows every attempt that a gate rejected, and how the shot ended."""

from __future__ import annotations

import warnings
from pathlib import Path

import dagster as dg

from tower_anime_assets.definitions import build_definitions
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

STRICT = PROJECT + "engines: {attempts: 2}\nthresholds: {sharpness_var: {low: 900000}}\n"


def test_rejected_attempts_are_observed_and_the_best_is_mirrored(database: Database, tmp_path: Path) -> None:
    write_small_show(tmp_path / "projects", project=STRICT)
    studio = Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)
    with warnings.catch_warnings(), dg.DagsterInstance.ephemeral() as instance:
        warnings.simplefilter("ignore", DeprecationWarning)  # Dagster's own use of what pydantic deprecates
        instance.add_dynamic_partitions("episodes", [KEY])
        job = build_definitions({"studio": studio}).resolve_job_def("produce_episode")
        result = job.execute_in_process(instance=instance, partition_key=KEY, raise_on_error=False)
        assert not result.success
        shot = f"{KEY}-sc01-sh0010"
        chosen = dg.AssetRecordsFilter(asset_key=dg.AssetKey("shot"), asset_partitions=[shot])
        observed = [record.asset_observation for record in instance.fetch_observations(chosen, limit=10).records]
        mirrored = [
            record.asset_materialization for record in instance.fetch_materializations(chosen, limit=10).records
        ]
    attempts = {str(item.metadata["attempts"].value) for item in observed if item is not None}
    assert attempts == {"1", "2"}
    assert len({item.metadata["decision"].value for item in observed if item is not None}) == 2
    (end,) = [item for item in mirrored if item is not None]
    assert end.metadata["accepted"].value is False
    assert "keyframes_are_sharp" in str(end.metadata["failed"].value)
