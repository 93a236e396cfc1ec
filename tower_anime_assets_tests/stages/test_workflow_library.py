from __future__ import annotations

import json
from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError, ServiceUnavailableError, StoryError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.workflow_import import add_workflow
from tower_anime_assets.stages.workflow_library import check_workflows, sync_library
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry, load_registry_for
from tower_anime_assets_tests.conftest import list_registered
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.workflows.people_graphs import joined

SDXL = load_registry().workflow("sdxl_anime_t2i")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "projects").mkdir()
    return Settings(projects=tmp_path / "projects", home=tmp_path / "home")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({name: {**node, "_meta": {"title": "x"}} for name, node in SDXL.graph.items()}))
    return file


def test_an_export_becomes_a_workflow_with_a_manifest_to_correct(settings: Settings, export: Path) -> None:
    added = add_workflow(settings, export).workflow
    assert added.file == settings.home / "workflows" / "mine" / "workflow.yaml"
    assert load_registry_for(settings).workflow("mine") == added
    assert (added.bindings, added.lora_after, added.sizes.multiple_px) == (SDXL.bindings, SDXL.lora_after, 8)
    assert not {key for key in added.inferred_keys if key.startswith("bindings.")}
    assert sorted(path.name for path in (settings.home / "workflows").iterdir()) == ["mine"]
    with pytest.raises(PlanError, match="a workflow named mine already exists"):
        add_workflow(settings, export)


def test_an_export_that_cannot_be_used_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    file.write_text('{"nodes": [], "links": []}')
    with pytest.raises(StoryError, match=r"Workflow > Export \(API\)"):
        add_workflow(settings, file)
    assert not (settings.home / "workflows").exists()


def test_a_project_has_the_studios_workflows_and_its_own(settings: Settings, export: Path) -> None:
    add_workflow(settings, export)
    own = settings.projects / "nexus" / "workflows" / "special"
    own.mkdir(parents=True)
    (own / "graph.json").write_text(json.dumps(SDXL.graph))
    assert {"mine", "special"} <= load_registry_for(settings, "nexus").workflows.keys()
    assert "special" not in load_registry_for(settings).workflows


def test_the_database_mirrors_the_workflows_of_all_projects(
    settings: Settings, database: Database, export: Path
) -> None:
    shipped = len(load_registry().all())
    first = sync_library(settings, database)
    assert len(first.written) == shipped == len(list_registered(database))
    assert sync_library(settings, database).written == ()
    project = settings.projects / "nexus"
    (project / "workflows" / "special").mkdir(parents=True)
    (project / "project.yaml").write_text("title: Nexus\n")
    graph = {**SDXL.graph, "clip_skip": {**SDXL.graph["clip_skip"], "inputs": {"stop_at_clip_layer": -1}}}
    graph["clip_skip"]["inputs"]["clip"] = ["checkpoint", 1]
    (project / "workflows" / "special" / "graph.json").write_text(json.dumps(graph))
    add_workflow(settings, export)
    sync_library(settings, database)
    kept = {name: item for item in list_registered(database) for name in item.workflows}
    assert len(kept) == shipped + 2
    assert kept["mine"].sha256 == kept["sdxl_anime_t2i"].sha256
    assert kept["special"].manifest["status"] == "experimental"
    assert kept["animatediff"].status == "deprecated"


def test_a_workflow_that_needs_a_hand_is_mirrored_as_such(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "unbound.json"
    file.write_text(json.dumps(joined(text_a="a cat", text_b="a dog")))
    add_workflow(settings, file)
    sync_library(settings, database)
    kept = {name: item for item in list_registered(database) for name in item.workflows}["unbound"]
    assert (kept.status, list(kept.capabilities)) == ("needs a hand", [])
    assert kept.manifest["gaps"][0].startswith("text_to_image: no prompt is bound")


def test_a_server_says_what_it_would_refuse(settings: Settings) -> None:
    names = ("ltx_2b_distilled_i2v", "ltx_2b_distilled_i2v_scheduler", "animatediff")
    chosen = [load_registry().workflow(name) for name in names]
    ltx = [item.file for item in chosen[0].models]
    with FakeComfyUI(files={"checkpoints": ltx[:1], "text_encoders": ltx[1:]}) as server:
        new, old = check_workflows(settings, server.url, chosen)
    assert [problem.partition(":")[0] for problem in new.problems] == ["ComfyUI's version", "node ManualSigmas"]
    assert old.problems == ()
    with FakeComfyUI(files={"checkpoints": ["ltxv.safetensors"], "text_encoders": []}) as server:
        (bare,) = check_workflows(settings, server.url, chosen[1:2])
    assert len(bare.problems) == 2


def test_a_server_that_does_not_answer_is_unavailable(settings: Settings) -> None:
    with FakeComfyUI() as server:
        url = server.url
    with pytest.raises(ServiceUnavailableError):
        check_workflows(settings, url, [SDXL])
