"""What Dagster is told of: everything is there, described, owned and connected, and loads with no environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.quality.thresholds import CLIPS, KEYFRAMES, MASTER, MIX, MUSIC, SHEETS, STORY, VOICES
from tower_anime_assets.settings import SERVICE_URL_VARIABLES
from tower_anime_assets_tests.defs.running_tower import PRODUCED

EXTERNAL = ("screenplays", "character_files", "shot")
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_definitions_load_in_a_bare_environment_from_another_folder(tmp_path: Path) -> None:
    code = "from tower_anime_assets.definitions import defs; defs.resolve_all_job_defs()"
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == [], "loading opens and writes nothing"


@pytest.mark.parametrize("name", [*PRODUCED, *EXTERNAL])
def test_every_asset_says_what_it_is_and_who_looks_after_it(name: str) -> None:
    spec = SPECS[name]
    assert spec.description
    assert spec.owners
    assert spec.kinds
    assert spec.group_name in {"story", "shots", "sound", "masters"}
    assert name in EXTERNAL or spec.code_version


def test_the_shots_show_what_they_come_from() -> None:
    assert {dep.asset_key.to_user_string() for dep in SPECS["shot"].deps} == {"keyframes", "ltx_clips"}


def test_every_gate_is_a_check_of_its_asset_and_blocks_unless_the_rest_goes_on() -> None:
    bars = (STORY, SHEETS, KEYFRAMES, CLIPS, VOICES, MUSIC, MIX, MASTER)
    wanted = {bar.gate for stage in bars for bar in stage}
    graph = defs.resolve_asset_graph()
    found = {key.name: graph.get(key) for key in graph.asset_check_keys}
    services = {f"{service}_is_ready" for service in SERVICE_URL_VARIABLES}
    approvals = {"plan_is_approved", "keyframes_are_approved", "mix_is_approved", "master_is_approved"}
    assert set(found) == wanted | services | approvals
    stops = wanted - {bar.gate for bar in KEYFRAMES} | approvals
    assert {name for name, check in found.items() if check.blocking} == stops
    assert all(check.description for check in found.values())


def test_lineage_leads_from_screenplays_to_masters() -> None:
    graph = defs.resolve_asset_graph()
    before, ahead = set(), [dg.AssetKey("compiled_episodes")]
    while ahead:
        key = ahead.pop()
        before.add(key.to_user_string())
        ahead += graph.get(key).parent_keys
    assert before == {*PRODUCED, "screenplays", "character_files"}


def test_jobs_run_by_episode_and_rerender_only_pictures() -> None:
    jobs = {job.name: job for job in defs.resolve_all_job_defs()}
    for name in ("produce_episode", "rerender_shots"):
        assert jobs[name].partitions_def == dg.DynamicPartitionsDefinition(name="episodes")
    keys = jobs["rerender_shots"].asset_layer.selected_asset_keys
    assert {key.to_user_string() for key in keys} == {"keyframes", "ltx_clips"}
