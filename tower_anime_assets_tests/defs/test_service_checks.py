"""The checks of configured servers, as Dagster runs them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.defs.assets.workflows import workflow_profiles
from tower_anime_assets.defs.service_checks import configured_checks, server_checks
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.small_show import write_small_show


def checked(database: Database, folder: Path, **services: str) -> dict[str, dg.AssetCheckEvaluation]:
    """Return what the checks of some servers say, by name; the asset itself is not materialized."""
    write_small_show(folder / "projects")
    settings = Settings(projects=folder / "projects", home=folder / "home", services=services)
    checks = server_checks(settings)
    job = dg.define_asset_job("looks", selection=dg.AssetSelection.checks(*checks))
    definitions = dg.Definitions(
        assets=[workflow_profiles], asset_checks=checks, jobs=[job], resources={"studio": Studio(settings, database)}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("looks").execute_in_process(instance=instance)
        return {found.check_name: found for found in done.get_asset_check_evaluations()}


def test_each_server_has_a_check_that_says_what_is_wrong_with_it_and_what_to_do(
    database: Database, tmp_path: Path
) -> None:
    with FakeComfyUI() as whole, FakeComfyUI(files={}) as bare, FakeComfyUI() as gone:
        gone.kill()
        found = checked(database, tmp_path, comfyui=f"{whole.url},{bare.url},{gone.url}")
    ports = [server.url.rpartition(":")[2] for server in (whole, bare, gone)]
    good, lacking, away = (found[f"comfyui_127_0_0_1_{port}"] for port in ports)
    assert (good.passed, lacking.passed, away.passed) == (True, False, False)
    assert "ComfyUI/models/" in str(lacking.description)
    assert gone.url in str(away.description)
    assert "COMFYUI_URL" in str(away.metadata["what_to_do"].value)
    assert not any(one.blocking for one in found.values())


def test_names_hold_no_password_and_tell_servers_apart() -> None:
    settings = Settings(
        projects=Path("projects"),
        home=Path("home"),
        services={"comfyui": "http://me:secret@gpu:8188/one,http://gpu:8188/two,https://gpu", "music": "http://gpu"},
    )
    names = [key.name for check in server_checks(settings) for key in check.check_keys]
    assert names == ["comfyui_gpu_8188", "comfyui_gpu_8188_2", "comfyui_gpu_https", "music_gpu_http"]


def test_an_environment_that_cannot_be_read_leaves_the_definitions_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFYUI_URL", "http://127.0.0.1:8188")
    assert [key.name for check in configured_checks() for key in check.check_keys] == ["comfyui_127_0_0_1_8188"]
    monkeypatch.setenv("COMFYUI_URL", "no address")
    assert configured_checks() == []
