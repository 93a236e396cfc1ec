from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError, StoryError
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.registry import (
    infer_export,
    load_registry,
    name_for,
    read_export_graph,
    read_workflow,
)
from tower_anime_assets.workflows.validation import validate_graph
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.workflows.known_nodes import facts

GRAPH: dict[str, Any] = dict(load_registry().workflow("sdxl_anime_t2i").graph)


def drop_in(folder: Path, name: str, graph: object = GRAPH, manifest: str = "") -> Path:
    made = folder / name
    made.mkdir(parents=True)
    if graph is not None:
        (made / "graph.json").write_text(graph if isinstance(graph, str) else json.dumps(graph))
    if manifest:
        (made / "workflow.yaml").write_text(manifest)
    return made


def read_export(file: Path) -> Workflow:
    return infer_export(read_export_graph(file), name_for(file))


def faults_in(folder: Path) -> str:
    with pytest.raises(StoryError) as caught:
        load_registry((folder,))
    return str(caught.value)


def test_a_graph_alone_is_a_workflow(tmp_path: Path) -> None:
    drop_in(tmp_path, "mine")
    workflow = load_registry((tmp_path, tmp_path / "absent")).workflow("mine")
    assert (workflow.status, workflow.is_validated, workflow.medium) == ("experimental", False, "image")
    assert workflow.bindings == load_registry().workflow("sdxl_anime_t2i").bindings
    assert {"bindings.prompt", "sizes", "output", "capabilities"} <= workflow.inferred_keys
    assert fill_workflow(workflow, {"prompt": "a street", "seed": 3})[1]["positive.inputs.text"] == "a street"


def test_a_manifest_corrects_what_was_found_out_and_leaves_the_rest(tmp_path: Path) -> None:
    bindings = "bindings:\n  prompt: [negative.inputs.text]\n  negative: []\n"
    drop_in(tmp_path, "mine", manifest=f"format: 1\n{bindings}defaults: {{steps: 12}}\nnotes: >-\n  a\n  b\n")
    workflow = load_registry((tmp_path,)).workflow("mine")
    assert workflow.bindings["prompt"] == ("negative.inputs.text",)
    assert "negative" not in workflow.bindings
    assert "bindings.prompt" not in workflow.inferred_keys
    assert "bindings.seed" in workflow.inferred_keys
    assert (workflow.defaults, workflow.notes) == ({"steps": 12}, "a b")


def test_a_later_folder_takes_the_place_of_an_earlier_workflow_and_says_so(tmp_path: Path) -> None:
    own = drop_in(tmp_path / "home", "sdxl_anime_t2i")
    last = drop_in(tmp_path / "project", "sdxl_anime_t2i", manifest="format: 1\nversion: '7'\n")
    registry = load_registry((tmp_path / "home", tmp_path / "project"))
    assert registry.workflow("sdxl_anime_t2i").file == last / "workflow.yaml"
    assert [path.parent.name for path in registry.replaced_files] == ["sdxl_anime_t2i"] * 2
    assert own / "graph.json" in registry.replaced_files


def test_every_fault_of_every_folder_comes_at_once(tmp_path: Path) -> None:
    drop_in(tmp_path, "ui", graph={"nodes": [], "links": []})
    drop_in(tmp_path, "empty", graph=None)
    drop_in(tmp_path, "Bad Name")
    drop_in(
        tmp_path, "places", manifest="format: 1\nbindings:\n  seed: [sampled.inputs.sead]\n  cfg: [nobody.inputs.x]\n"
    )
    drop_in(tmp_path, "linked", manifest="format: 1\nbindings:\n  image: [decoded.inputs.samples]\noutput: [nobody]\n")
    drop_in(
        tmp_path,
        "unbound",
        manifest="format: 1\ndefaults: {sigmas: '1'}\ntunable: {shift: {low: 2, high: 1, step: 1}}\n",
    )
    drop_in(tmp_path, "model", manifest="format: 1\nmodels: {sampled.inputs.seed: {size_gb: 1}}\n")
    drop_in(tmp_path, "illegal", manifest="format: 1\nsizes: {multiple_px: 7, min_px: 1, max_pixels: 10000000}\n")
    drop_in(tmp_path, "clip", manifest="format: 1\nmedium: video\n")
    drop_in(tmp_path, "tagged", manifest="format: !!python/name:os.system 1\n")
    drop_in(tmp_path, "saves_nothing", graph={"1": {"class_type": "EmptyImage", "inputs": {}}})
    (tmp_path / "loose.json").write_text("{}")
    text = faults_in(tmp_path)
    for said in (
        "ui/graph.json: this is a workflow saved by ComfyUI's editor",
        "empty/graph.json: the file is missing",
        "'Bad Name' cannot be a name",
        "places/workflow.yaml:3: the graph has no sampled.inputs.sead",
        "Did you mean sampled.inputs.seed?",
        "places/workflow.yaml:4: the graph has no nobody.inputs.x",
        "linked/workflow.yaml:3: decoded.inputs.samples is linked to node sampled",
        "linked/workflow.yaml:4: there is no node nobody",
        "unbound/workflow.yaml:2: defaults.sigmas is bound to nothing",
        "unbound/workflow.yaml:3: tunable.shift is bound to nothing",
        "unbound/workflow.yaml:3: 2.0 to 1.0 is empty",
        "model/workflow.yaml:2: the graph does not load a model at sampled.inputs.seed",
        "illegal/workflow.yaml:2: the graph's 1024x1024 px is not a legal size",
        "clip/workflow.yaml:1: lengths are missing",
        "tagged/workflow.yaml:1: there is a tag",
        "saves_nothing/graph.json: no node saves a file",
        "loose.json: the file is beside the workflows",
    ):
        assert said in text, said


def test_a_file_of_fifty_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    folder = drop_in(tmp_path, "huge", graph="{}")
    with (folder / "graph.json").open("wb") as stream:
        stream.truncate(50_000_000)
    before = time.process_time()
    assert "larger than 2,097,152 bytes" in faults_in(tmp_path)
    assert time.process_time() - before < 1.0


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 9, b"PK\x03\x04"])
def test_a_binary_file_is_a_fault(tmp_path: Path, content: bytes) -> None:
    for name in ("graph.json", "workflow.yaml"):
        folder = drop_in(tmp_path / name, "mine")
        (folder / name).write_bytes(content)
        assert "graph.json" in faults_in(tmp_path / name) or "workflow.yaml" in faults_in(tmp_path / name)


def test_a_folder_or_a_pipe_in_place_of_a_file_is_a_fault(tmp_path: Path) -> None:
    (drop_in(tmp_path, "folder", graph=None) / "graph.json").mkdir()
    os.mkfifo(drop_in(tmp_path, "pipe") / "workflow.yaml")
    text = faults_in(tmp_path)
    assert "folder/graph.json: it cannot be read: it is not a regular file" in text
    assert "pipe/workflow.yaml: it cannot be read: it is not a regular file" in text


def test_a_name_that_is_no_text_is_a_fault_that_can_be_printed(tmp_path: Path) -> None:
    (drop_in(tmp_path, "mine")).rename(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff"))
    assert faults_in(tmp_path).encode("utf-8")


def test_an_alias_that_is_taken_is_a_fault(tmp_path: Path) -> None:
    drop_in(tmp_path, "mine", manifest="format: 1\naliases: [ltx_2b_i2v, fast]\n")
    drop_in(tmp_path, "yours", manifest="format: 1\naliases: [fast]\n")
    text = faults_in(tmp_path)
    assert "the alias ltx_2b_i2v is also a name or an alias of ltx_2b_i2v" in text
    assert "the alias fast is also a name or an alias of mine" in text


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(PlanError, match=r"Did you mean wan22_14b_i2v\?"):
        load_registry().workflow("wan22_14_i2v")


def test_the_digest_changes_with_what_is_sent_and_with_nothing_else(tmp_path: Path) -> None:
    texts = {
        "plain": "format: 1\n",
        "said": "format: 1\ntitle: Another\nstatus: proven\nnotes: more\n",
        "bound": "format: 1\nbindings: {negative: []}\n",
        "default": "format: 1\ndefaults: {steps: 20}\n",
        "loras": "format: 1\nloras: []\n",
    }
    digests = {name: read_workflow(drop_in(tmp_path, name, manifest=text)).sha256 for name, text in texts.items()}
    assert digests["plain"] == digests["said"]
    assert len(set(digests.values())) == len(digests) - 1


CLASSES = st.sampled_from(sorted(facts()))
LINKS = st.tuples(st.integers(1, 5), st.integers(0, 2))
VALUES: st.SearchStrategy[Any] = LINKS | st.sampled_from(
    [0, -1, 16, 64, 1.5, True, None, "text", "24", [], [1, 2, 3], {}]
)
NAMES = st.sampled_from(sorted({name for fact in facts().values() for part in fact["input"].values() for name in part}))
NODES = st.tuples(CLASSES, st.dictionaries(NAMES, VALUES, max_size=6))


def linked_backwards(nodes: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """A graph without circles: a link (n, output) leads n nodes back, or to the first."""
    return {
        str(number): {
            "class_type": name,
            "inputs": {
                key: [str(max(0, number - value[0])), value[1]] if isinstance(value, tuple) else value
                for key, value in inputs.items()
                if number or not isinstance(value, tuple)
            },
        }
        for number, (name, inputs) in enumerate(nodes)
    }


@settings(deadline=None)  # each example writes a folder, and the machine may be busy
@given(st.lists(NODES, min_size=2, max_size=8), st.sampled_from(["SaveImage", "SaveVideo"]))
def test_no_graph_of_known_nodes_with_strange_values_raises_anything_but_our_errors(
    nodes: list[tuple[str, dict[str, Any]]], saver: str
) -> None:
    graph = linked_backwards([*nodes, (saver, {"images": (1, 0), "filename_prefix": "x"})])
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(StoryError, PlanError):
        workflow = read_workflow(drop_in(Path(folder), "mine", graph))
        validate_graph(workflow, facts())
        fill_workflow(workflow, {role: 64 for role in ("seed", "width") if role in workflow.bindings})


def test_an_export_is_named_for_its_file(tmp_path: Path) -> None:
    file = tmp_path / "My Anime (v2).json"
    file.write_text(json.dumps(GRAPH))
    assert read_export(file).name == "my_anime_v2"
    file = tmp_path / "雪.json"
    file.write_text(json.dumps(GRAPH))
    with pytest.raises(PlanError, match=r"cannot name a workflow: .* `--name my_workflow`"):
        read_export(file)
    with pytest.raises(StoryError, match="No such file"):
        read_export(tmp_path / "absent.json")


def without_prompt() -> dict[str, Any]:
    """The shipped graph with its words joined of two parts, neither of which is told to be the prompt."""
    graph: dict[str, Any] = json.loads(json.dumps(GRAPH))
    joined = {"string_a": "a", "string_b": "b", "delimiter": ", "}
    graph["joined"] = {"class_type": "StringConcatenate", "inputs": joined}
    graph["positive"]["inputs"]["text"] = ["joined", 0]
    return graph


def test_a_workflow_of_which_too_little_is_bound_needs_a_hand_and_stops_nobody(tmp_path: Path) -> None:
    drop_in(tmp_path, "mine", without_prompt())
    workflow = load_registry((tmp_path,)).workflow("mine")
    assert (workflow.status, workflow.capabilities, workflow.is_routable) == ("needs a hand", frozenset(), False)
    assert workflow.gaps[0].startswith("text_to_image: no prompt is bound")
    drop_in(tmp_path, "bound", without_prompt(), "format: 1\nbindings: {prompt: [joined.inputs.string_a]}\n")
    bound = load_registry((tmp_path,)).workflow("bound")
    assert (bound.status, bound.gaps) == ("experimental", ())
    assert bound.capabilities == {"text_to_image"}


def test_a_person_who_claims_more_than_is_bound_is_told_on_which_line(tmp_path: Path) -> None:
    drop_in(tmp_path, "mine", without_prompt(), "format: 1\ntitle: Mine\ncapabilities: [text_to_image]\n")
    clip = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
        "2": {"class_type": "SaveAnimatedWEBP", "inputs": {"images": ["1", 0], "filename_prefix": "x", "fps": 24.0}},
    }
    drop_in(tmp_path, "clip", clip, "format: 1\ncapabilities: [image_to_video]\n")
    text = faults_in(tmp_path)
    assert "mine/workflow.yaml:3: text_to_image is claimed, and no prompt is bound" in text
    assert "`tower workflows bind mine prompt=NODE.INPUT`" in text
    assert "clip/workflow.yaml:2: image_to_video is claimed, and no frames is bound" in text


def test_what_an_earlier_version_claimed_by_itself_is_no_fault(tmp_path: Path) -> None:
    head = "# Inferred from graph.json: correct what is wrong. docs/workflows.md explains every key.\n"
    drop_in(tmp_path, "mine", without_prompt(), f"{head}format: 1\ncapabilities: [text_to_image]\nstatus: proven\n")
    workflow = load_registry((tmp_path,)).workflow("mine")
    assert (workflow.status, workflow.is_routable) == ("needs a hand", False)


def test_a_graph_whose_own_size_is_not_legal_can_be_used_all_the_same(tmp_path: Path) -> None:
    graph = json.loads(json.dumps(GRAPH))
    graph["latent"]["inputs"] |= {"width": 1001, "height": 700}
    drop_in(tmp_path, "mine", graph)
    assert load_registry((tmp_path,)).workflow("mine").is_routable
