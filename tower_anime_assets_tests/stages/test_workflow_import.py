"""Workflow files that people bring: added under a name of their own, told what they lack, bound by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tower_anime_assets.errors import PlanError, StoryError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.workflow_import import add_workflow, bind_workflow, inspect_workflow
from tower_anime_assets.workflows.registry import SHIPPED_FOLDER, load_registry_for
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.workflows.people_graphs import joined, node, stills

UNBOUND = joined(text_a="a cat", text_b="a dog")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "projects").mkdir()
    return Settings(projects=tmp_path / "projects", home=tmp_path / "home")


def written(tmp_path: Path, name: str, graph: dict[str, Any]) -> Path:
    file = tmp_path / name
    file.write_text(json.dumps(graph))
    return file


def test_a_workflow_without_a_prompt_is_added_shown_and_bound_by_hand(settings: Settings, tmp_path: Path) -> None:
    added = add_workflow(settings, written(tmp_path, "mine.json", UNBOUND))
    assert (added.workflow.status, load_registry_for(settings).workflow("mine").is_routable) == ("needs a hand", False)
    assert ("10.text_a", "text", "a cat") in {(item.place, item.kind, item.value) for item in added.inputs}
    manifest = added.workflow.file
    manifest.write_text(manifest.read_text() + "# my own words\nnotes: slow\n")
    bound = bind_workflow(settings, "mine", ["prompt=10.text_a,10.text_b"]).workflow
    assert bound.status == "experimental"
    assert bound.capabilities == {"text_to_image"}
    assert bound.bindings["prompt"] == ("10.inputs.text_a", "10.inputs.text_b")
    assert (bound.notes, "# my own words\n" in manifest.read_text()) == ("slow", True)


def test_bindings_given_while_adding_take_precedence(settings: Settings, tmp_path: Path) -> None:
    added = add_workflow(settings, written(tmp_path, "mine.json", UNBOUND), bindings=["prompt=10.text_b", "negative="])
    assert added.workflow.is_routable
    assert added.workflow.bindings["prompt"] == ("10.inputs.text_b",)
    assert "negative" not in added.workflow.bindings


def test_a_binding_that_cannot_be_used_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    manifest = add_workflow(settings, written(tmp_path, "mine.json", UNBOUND)).workflow.file
    before = manifest.read_text()
    with pytest.raises(PlanError, match="has no input"):
        bind_workflow(settings, "mine", ["prompt=10.words"])
    with pytest.raises(StoryError, match=r"mine/workflow.yaml:\d+: 6.inputs.text is 'a cat'|whole number"):
        bind_workflow(settings, "mine", ["width=7.text"])
    with pytest.raises(PlanError, match="name what to bind"):
        bind_workflow(settings, "mine", [])
    assert manifest.read_text() == before


def test_a_shipped_workflow_is_bound_only_as_a_copy_of_ones_own(settings: Settings) -> None:
    with pytest.raises(PlanError, match=r"tower workflows add .*sdxl_anime_t2i/graph.json --name my_sdxl_anime_t2i"):
        bind_workflow(settings, "sdxl_anime_t2i", ["prompt=positive.text"])
    file = SHIPPED_FOLDER / "sdxl_anime_t2i" / "graph.json"
    add_workflow(settings, file, name="my_sdxl_anime_t2i")
    assert bind_workflow(settings, "my_sdxl_anime_t2i", ["negative=positive.text"]).workflow.is_routable
    with pytest.raises(PlanError, match="there is no workflow 'nobody'"):
        bind_workflow(settings, "nobody", ["prompt=1.text"])


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("2girls.json", r"'2girls.json' cannot name a workflow: .* `--name w_2girls`"),
        ("雪.json", "`--name my_workflow`"),
        ("sdxl_anime_t2i.json", r"is a shipped workflow .* `--name my_sdxl_anime_t2i`, or replace it with --replace"),
        ("ltx_2b_121_frame_workflow.json", "is another name of the workflow ltx_2b_distilled_i2v_scheduler"),
    ],
)
def test_a_name_that_cannot_be_had_is_one_line_with_one_that_can(
    settings: Settings, tmp_path: Path, file: str, said: str
) -> None:
    export = written(tmp_path, file, stills())
    with pytest.raises(PlanError, match=said) as caught:
        add_workflow(settings, export)
    assert "\n" not in str(caught.value)
    assert add_workflow(settings, export, name="mine").workflow.name == "mine"


def test_what_is_replaced_is_said_and_ones_own_is_kept(settings: Settings, tmp_path: Path) -> None:
    export = written(tmp_path, "sdxl_anime_t2i.json", stills())
    shadowed = add_workflow(settings, export, replaces=True)
    assert "replaces the shipped workflow sdxl_anime_t2i" in shadowed.notes[0]
    with pytest.raises(PlanError, match="already exists"):
        add_workflow(settings, export)
    again = add_workflow(settings, export, replaces=True)
    assert "is kept in" in again.notes[-1]
    assert len(list((settings.home / "workflows" / ".replaced").iterdir())) == 1
    assert len(load_registry_for(settings).replaced_files) == 1


@pytest.mark.parametrize("text", ['{"a": 1, "b": 2}', "[]", "no json", ""])
def test_a_file_that_is_no_graph_is_one_fault(settings: Settings, tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(StoryError) as caught:
        add_workflow(settings, file)
    assert len(caught.value.faults) == 1
    assert not (settings.home / "workflows").exists()


def test_the_titles_that_its_author_gave_to_nodes_are_kept(settings: Settings, tmp_path: Path) -> None:
    graph = UNBOUND | {"7": node("CLIPTextEncode", "What not", text="bad", clip=["4", 1])}
    add_workflow(settings, written(tmp_path, "mine.json", graph))
    titles = {item.place: item.title for item in inspect_workflow(settings, "mine").inputs}
    assert titles["7.text"] == "What not"


def test_a_server_is_asked_what_its_nodes_take_and_missing_ones_are_named(settings: Settings, tmp_path: Path) -> None:
    with FakeComfyUI() as server:
        added = add_workflow(settings, written(tmp_path, "mine.json", UNBOUND), server=server.url)
        assert added.notes == (f"{server.url} does not have the node Text Concatenate",)
        assert {item.place: item.kind for item in added.inputs}["3.scheduler"] == "choice"
    away = add_workflow(settings, written(tmp_path, "other.json", stills()), server=server.url)
    assert "was not asked what its nodes take" in away.notes[0]
    assert away.workflow.is_routable


def test_a_picture_that_carries_its_graph_is_added_and_kept_beside_it(settings: Settings, tmp_path: Path) -> None:
    told = PngInfo()
    told.add_text("prompt", json.dumps(stills()))
    file = tmp_path / "Made Yesterday.png"
    Image.new("RGB", (8, 8)).save(file, pnginfo=told)
    added = add_workflow(settings, file)
    assert (added.workflow.name, added.workflow.is_routable) == ("made_yesterday", True)
    assert (added.workflow.file.parent / "original.png").read_bytes() == file.read_bytes()
    assert "read from Made Yesterday.png" in added.notes[0]


def test_a_file_of_the_editor_is_converted_by_what_a_server_says_and_kept(settings: Settings, tmp_path: Path) -> None:
    editor = {
        "nodes": [
            {"id": 1, "type": "LoadImage", "mode": 0, "inputs": [], "widgets_values": ["a.png", "image"],
             "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]},
            {"id": 2, "type": "RepeatImageBatch", "mode": 0, "title": "Hold it", "widgets_values": [9],
             "inputs": [{"name": "image", "type": "IMAGE", "link": 1}],
             "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [2]}]},
            {"id": 3, "type": "CreateVideo", "mode": 0, "widgets_values": [24],
             "inputs": [{"name": "images", "type": "IMAGE", "link": 2}],
             "outputs": [{"name": "VIDEO", "type": "VIDEO", "links": [3]}]},
            {"id": 4, "type": "SaveVideo", "mode": 0, "widgets_values": ["v", "auto", "auto"],
             "inputs": [{"name": "video", "type": "VIDEO", "link": 3}], "outputs": []},
        ],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"], [3, 3, 0, 4, 0, "VIDEO"]],
        "version": 0.4,
    }  # fmt: skip
    file = written(tmp_path, "hold.json", editor)
    with pytest.raises(StoryError, match="COMFYUI_URL"):
        add_workflow(settings, file)
    with FakeComfyUI() as server:
        server.jobs.files["input", "", "a.png"] = b""
        added = add_workflow(settings, file, server=server.url)
    assert added.workflow.capabilities == {"image_to_video"}
    assert added.workflow.bindings["frames"] == ("2.inputs.amount",)
    assert {item.place: item.title for item in added.inputs}["2.amount"] == "Hold it"
    assert json.loads((added.workflow.file.parent / "original.json").read_text()) == editor
