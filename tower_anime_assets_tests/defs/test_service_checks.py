"""The checks of configured servers, as Dagster runs them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from tower_anime_assets.defs.assets.reports import workflow_profiles
from tower_anime_assets.defs.service_checks import service_checks
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.small_show import write_small_show


def evaluate(database: Database, folder: Path, **services: str) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what the checks of the services say, by name; the asset itself is not materialized."""
    write_small_show(folder / "projects")
    settings = Settings(projects=folder / "projects", home=folder / "home", services=services)
    checks = service_checks()
    job = dg.define_asset_job("looks", selection=dg.AssetSelection.checks(*checks))
    definitions = dg.Definitions(
        assets=[workflow_profiles], asset_checks=checks, jobs=[job], resources={"studio": Studio(settings, database)}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("looks").execute_in_process(instance=instance)
        return {evaluation.check_name: evaluation for evaluation in done.get_asset_check_evaluations()}


def test_a_service_fails_its_check_while_one_of_its_servers_lacks_something(database: Database, tmp_path: Path) -> None:
    with FakeComfyUI() as whole, FakeComfyUI(files={}) as bare, FakeComfyUI() as gone:
        gone.kill()
        evaluations = evaluate(database, tmp_path, comfyui=f"{whole.url},{bare.url},{gone.url}")
    comfyui = evaluations["comfyui_is_ready"]
    assert not comfyui.passed
    assert comfyui.metadata["servers"].value == 3
    assert "ComfyUI/models/" in str(comfyui.description)
    assert gone.url in str(comfyui.description)
    assert "COMFYUI_URL" in str(comfyui.metadata["checks"].value)
    assert not any(one.blocking for one in evaluations.values())


def test_the_checks_are_the_same_whatever_is_configured_and_pass_where_nothing_is(
    database: Database, tmp_path: Path
) -> None:
    evaluations = evaluate(database, tmp_path)
    assert {name: evaluation.passed for name, evaluation in evaluations.items()} == {
        f"{service}_is_ready": True for service in SERVICE_URL_VARIABLES
    }
    assert evaluations["music_is_ready"].description == "MUSIC_URL is not set; the embedded engine is used"


def test_a_healthy_server_passes(database: Database, tmp_path: Path) -> None:
    with FakeComfyUI() as server:
        evaluation = evaluate(database, tmp_path, comfyui=server.url)["comfyui_is_ready"]
    assert evaluation.passed
    assert evaluation.metadata["servers"].value == 1
