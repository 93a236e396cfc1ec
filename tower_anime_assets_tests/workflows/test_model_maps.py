"""The maps of a studio and of a project on disk, and what they change in a registry's workflows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.engines.remote.comfyui.request import engine_version
from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.story.model_map import ModelMap
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.model_hashes import FileHash, hashes_as_json, read_hashes
from tower_anime_assets.workflows.model_maps import load_model_map, unused_entries
from tower_anime_assets.workflows.registry import load_registry, load_registry_for

SDXL, LTX = "ANIME_SDXL.safetensors", "ltx-2/ltxv-2b-0.9.8-distilled.safetensors"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    (tmp_path / "projects" / "nexus").mkdir(parents=True)
    return Settings(tmp_path / "projects", tmp_path / "home")


def write_maps(settings: Settings, studio: str = "", project: str = "") -> None:
    (settings.home / "studio.yaml").write_text(studio)
    (settings.projects / "nexus" / "project.yaml").write_text(f"title: Nexus\n{project}")


def files_of(settings: Settings, name: str, project: str = "") -> list[str]:
    return [item.file for item in load_registry_for(settings, project).workflow(name).models]


def test_a_project_s_map_wins_over_the_studio_s_in_every_workflow(settings: Settings) -> None:
    write_maps(
        settings,
        f"models:\n  {SDXL}: illustrious.safetensors\n  t5xxl_fp16.safetensors: t5/t5.safetensors\n",
        f"models:\n  {SDXL}: pony.safetensors\n  {LTX}: my_ltx.safetensors\n",
    )
    for workflow in ("sdxl_anime_t2i", "sdxl_anime_i2i"):
        assert files_of(settings, workflow) == ["illustrious.safetensors"]
        assert files_of(settings, workflow, "nexus") == ["pony.safetensors"]
    assert sorted(files_of(settings, "ltx_2b_distilled_i2v", "nexus")) == ["my_ltx.safetensors", "t5/t5.safetensors"]
    assert sorted(files_of(settings, "ltx_2b_distilled_i2v")) == [LTX, "t5/t5.safetensors"]
    assert load_registry_for(settings, "nexus").workflow("wan22_5b_i2v").models == (
        load_registry().workflow("wan22_5b_i2v").models
    )


def test_only_what_a_map_changes_gets_another_version(settings: Settings) -> None:
    write_maps(settings, f"models: {{{SDXL}: illustrious.safetensors}}\n")
    mapped, plain = load_registry_for(settings), load_registry()
    changed = {
        workflow.name
        for workflow in plain.all()
        if engine_version(workflow, "1") != engine_version(mapped.workflow(workflow.name), "1")
    }
    assert {"sdxl_anime_t2i", "sdxl_anime_i2i"} < changed
    assert changed == {workflow.name for workflow in plain.all() if SDXL in {item.file for item in workflow.models}}


def test_faults_of_both_maps_are_named_at_once_with_their_lines(settings: Settings) -> None:
    write_maps(settings, "models:\n  a.pt: ../b.pt\nmodell: x\n", "style: 7\nmodels:\n  a.pt: [b]\n")
    with pytest.raises(StoryError) as caught:
        load_registry_for(settings, "nexus")
    said = [str(fault) for fault in caught.value.faults]
    assert [fault.split(": ")[0] for fault in said] == ["nexus/project.yaml:4", "studio.yaml:2", "studio.yaml:3"]
    assert "Did you mean models?" in said[2]


def test_no_maps_are_no_fault(settings: Settings) -> None:
    assert load_model_map(settings) == load_model_map(settings, "nexus") == ModelMap()
    write_maps(settings, "# nothing yet\n")
    assert load_model_map(settings, "nexus") == ModelMap()


def test_entries_that_nothing_wants_are_warnings_with_their_lines(settings: Settings) -> None:
    write_maps(
        settings,
        f"models:\n  {SDXL}: a.pt\n  SDXL/mei.safetensors: b.pt\n  umt5_xxl_fp16.safetensors: c.pt\n"
        "  ANIME_SDLX.safetensors: d.pt\n  upscale_4x/upscaler.inputs.model_name: e.pt\n"
        "  upscale_4x/scaler.inputs.model_name: f.pt\n",
    )
    warnings = list(
        unused_entries(load_model_map(settings), load_registry_for(settings).all(), ["sdxl/mei.safetensors"])
    )
    assert [(warning.file, warning.line) for warning in warnings] == [("studio.yaml", 5), ("studio.yaml", 7)]
    assert "no workflow and no LoRA wants that file, so the entry has no effect" in str(warnings[0])
    assert "no workflow loads a model there" in str(warnings[1])


def test_measured_digests_are_kept_and_a_damaged_file_of_them_is_measured_again(settings: Settings) -> None:
    hashes = {"http://gpu:8188": {"vae": {"a/b.pt": FileHash(5, 1.5, "ab" * 32)}}}
    (settings.home / "model_hashes.json").write_text(hashes_as_json(hashes))
    assert read_hashes(settings.home) == hashes
    assert load_registry_for(settings).workflow("upscale_4x").file_hashes == hashes
    for damaged in ("{", "[]", '{"servers": {"a": 1}}', '{"servers": {"a": {"b": {"c": {}}}}}'):
        (settings.home / "model_hashes.json").write_text(damaged)
        assert read_hashes(settings.home) == {}


def test_a_digest_counts_only_while_the_file_looks_the_same() -> None:
    known = FileHash(5, 100.4, "ab" * 32)
    assert known.is_of(5, 100.0)
    assert not known.is_of(6, 100.4)
    assert not known.is_of(5, 104.0)
