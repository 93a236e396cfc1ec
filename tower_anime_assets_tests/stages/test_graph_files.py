"""People's workflow files become graphs that a server takes, or are refused input by input."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tower_anime_assets.errors import MediaError, StoryError
from tower_anime_assets.media.external import read_container_tags
from tower_anime_assets.stages.graph_files import load_graph_file
from tower_anime_assets_tests.workflows.editor_format.editor_cases import CASES
from tower_anime_assets_tests.workflows.editor_format.test_conversion import NODE_CLASSES
from tower_anime_assets_tests.workflows.editor_format.test_graph_file import GRAPH, TEXTS, png, text_chunks

WORKFLOW = CASES["seed_with_control"].workflow


def saved(folder: Path, workflow: object) -> Path:
    file = folder / "mine.json"
    file.write_text(json.dumps(workflow))
    return file


def changed(node_id: int, **values: Any) -> dict[str, Any]:
    workflow = copy.deepcopy(WORKFLOW)
    next(node for node in workflow["nodes"] if node["id"] == node_id).update(values)
    return workflow


def fault_of(file: Path, classes: dict[str, Any] | None = None) -> str:
    with pytest.raises(StoryError) as caught:
        load_graph_file(file, lambda: classes or NODE_CLASSES)
    return str(caught.value)


def film(file: Path, codec: str, **options: str) -> None:
    with av.open(str(file), "w", options=options) as container:
        container.metadata.update(TEXTS)
        stream = container.add_stream(codec, rate=48000 if codec in ("flac", "libopus", "mp3") else 8)
        if isinstance(stream, av.AudioStream):
            stream.layout = "mono"
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
            sound.sample_rate, sound.pts = 48000, 0
            container.mux([*stream.encode(sound), *stream.encode(None)])
        elif isinstance(stream, av.VideoStream):
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
            picture.pts, picture.time_base = 0, Fraction(1, 8)
            container.mux([*stream.encode(picture), *stream.encode(None)])


def test_an_editor_workflow_is_converted_by_the_servers_node_classes(tmp_path: Path) -> None:
    loader = {"input": {"required": {"ckpt_name": [["other.safetensors"]]}}, "output": ["MODEL", "CLIP", "VAE"]}
    classes = {**NODE_CLASSES, "CheckpointLoaderSimple": loader}
    loaded = load_graph_file(saved(tmp_path, WORKFLOW), lambda: classes)
    assert (loaded.origin, loaded.is_converted) == ("editor workflow", True)
    assert loaded.graph["3"]["inputs"]["seed"] == 7
    assert loaded.titles["7"] == "what to avoid"
    missing = "node 4 (CheckpointLoaderSimple) names 'model.safetensors' for ckpt_name, which the server does not have."
    assert loaded.notes == (missing,)


def test_without_a_server_an_editor_workflow_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match=r"Start ComfyUI and set COMFYUI_URL.*Export \(API\)"):
        load_graph_file(saved(tmp_path, WORKFLOW), None)


def test_a_prompt_inside_a_picture_needs_no_server(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(png(*text_chunks(TEXTS)))
    loaded = load_graph_file(file, None)
    assert (loaded.graph, loaded.titles, loaded.is_converted) == (GRAPH, {"2": "keep"}, False)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"movflags": "use_metadata_tags"}),
        ("a.webm", "libvpx-vp9", {}),
        ("a.mkv", "libx264", {}),
        ("a.flac", "flac", {}),
        ("a.mp3", "mp3", {}),
        ("a.opus", "libopus", {}),
    ],
)
def test_films_and_sounds_carry_prompts(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    film(tmp_path / name, codec, **options)
    loaded = load_graph_file(tmp_path / name, None)
    assert (loaded.graph, loaded.origin) == (GRAPH, f"prompt inside a {name[2:].upper()} file")


def test_a_damaged_film_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(64))
    with pytest.raises(MediaError, match=r"a\.mp4 cannot be read"):
        read_container_tags(tmp_path / "a.mp4")
    assert "cannot be read as a film or sound file" in fault_of(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("node_id", "values", "words"),
    [
        (3, [7, "fixed", 3, 8, "no such sampler", "normal", 1], "node 3 (KSampler): sampler_name is 'no such sampler'"),
        (
            3,
            [7, "fixed", 0, 8, "euler", "normal", 1],
            "node 3 (KSampler): steps is 0. Expected a number from 1 to 10000",
        ),
        (3, [7, "fixed", 3, "eight", "euler", "normal", 1], "cfg is 'eight'. Expected a value of type FLOAT"),
        (5, [None, 64, 1], "node 5 (Empty Latent Image, EmptyLatentImage): width is None"),
    ],
)
def test_values_that_the_server_rejects_are_named(tmp_path: Path, node_id: int, values: list[Any], words: str) -> None:
    assert words in fault_of(saved(tmp_path, changed(node_id, widgets_values=values)))


def test_an_input_that_gets_nothing_is_named(tmp_path: Path) -> None:
    fault = fault_of(saved(tmp_path, changed(5, mode=2)))
    assert "node 3 (KSampler) gets nothing for latent_image. Expected a value of type LATENT" in fault


def test_a_link_of_another_type_is_named(tmp_path: Path) -> None:
    classes = {**NODE_CLASSES, "EmptyLatentImage": {**NODE_CLASSES["EmptyLatentImage"], "output": ["IMAGE"]}}
    fault = fault_of(saved(tmp_path, WORKFLOW), classes)
    assert "latent_image gets IMAGE from node 5 (Empty Latent Image, EmptyLatentImage). Expected type LATENT" in fault
    classes["EmptyLatentImage"] = {**NODE_CLASSES["EmptyLatentImage"], "output": []}
    assert "is linked to output 0 of node 5" in fault_of(saved(tmp_path, WORKFLOW), classes)


def test_what_leads_to_no_output_is_not_looked_at(tmp_path: Path) -> None:
    workflow = copy.deepcopy(WORKFLOW)
    workflow["nodes"].append({"id": 50, "type": "VAEDecode", "mode": 0, "inputs": [], "outputs": []})
    assert load_graph_file(saved(tmp_path, workflow), lambda: NODE_CLASSES).graph["50"]["inputs"] == {}


def test_a_workflow_in_which_nothing_saves_is_refused(tmp_path: Path) -> None:
    assert "no active node of the workflow saves" in fault_of(saved(tmp_path, changed(9, mode=2)))
    workflow = copy.deepcopy(WORKFLOW)
    for node in workflow["nodes"]:
        node["mode"] = 2
    assert "nothing in the workflow runs" in fault_of(saved(tmp_path, workflow))


def test_nodes_that_depend_on_each_other_are_refused(tmp_path: Path) -> None:
    workflow = copy.deepcopy(WORKFLOW)
    by_id = {node["id"]: node for node in workflow["nodes"]}
    workflow["links"].append([99, 3, 0, 3, 3, "LATENT"])
    next(slot for slot in by_id[3]["inputs"] if slot["name"] == "latent_image")["link"] = 99
    assert "depend on each other in a circle: 3" in fault_of(saved(tmp_path, workflow))


@pytest.mark.parametrize(
    "name",
    [
        *("dynamic_choices", "growing_sockets", "growing_texts", "list_as_value", "nested_subgraphs", "newer_widgets"),
        *("rows_of_groups", "seed_with_boolean_control", "two_instances"),
    ],
)
def test_newer_kinds_of_inputs_are_taken(tmp_path: Path, name: str) -> None:
    assert load_graph_file(saved(tmp_path, CASES[name].workflow), lambda: NODE_CLASSES).is_converted
