"""Any JSON is a workflow's file, in either format: it is read or refused in words, and what is read can be inferred."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.workflows.editor_format.conversion import convert
from tower_anime_assets.workflows.editor_format.editor_workflow import is_editor_workflow, parse_editor_workflow
from tower_anime_assets.workflows.editor_format.graph_file import read_workflow_file
from tower_anime_assets.workflows.editor_format.rejections import add_rejections
from tower_anime_assets.workflows.graphs import read_graph, read_titles
from tower_anime_assets.workflows.inference import infer_workflow
from tower_anime_assets_tests.fuzz.fuzzing import as_json, fuzzed, json_values, with_junk

pytestmark = pytest.mark.chaos

_IDS = st.sampled_from(["1", "2", "3", "4:5", "x", ""])
_CLASSES = [
    "KSampler",
    "CLIPTextEncode",
    "SaveImage",
    "LoadImage",
    "EmptyLatentImage",
    "Reroute",
    "PrimitiveNode",
    "GetNode",
]
_CLASSES += ["SetNode", "LoraLoader", "CheckpointLoaderSimple", "VAEDecode", "SaveVideo", "inner"]
_INPUTS = [
    "positive",
    "negative",
    "text",
    "seed",
    "image",
    "images",
    "width",
    "height",
    "model",
    "latent_image",
    "lora_name",
]
_INPUTS += ["filename_prefix", "ckpt_name", "length", "fps", "batch_size", "clip", "samples", "", "*", "a.b", "video"]
_TEXTS = ["a girl", "{a|{b", "/* c", "// d", "%date:yyyy%", "../../x", "a.safetensors", "", "embedding:x", "\\{"]
_LINKS = st.tuples(_IDS, st.integers(-1, 2)).map(list)
_NODES = st.fixed_dictionaries(
    {
        "class_type": with_junk(st.sampled_from(_CLASSES), 12),
        "inputs": with_junk(
            st.dictionaries(
                st.sampled_from(_INPUTS),
                with_junk(_LINKS | st.sampled_from([*_TEXTS, 1, 0.5, -1, True, None, 10**30]), 10),
                max_size=5,
            ),
            12,
        ),
    },
    optional={"_meta": with_junk(st.fixed_dictionaries({"title": st.sampled_from(["Prompt", "negative"])}))},
)
_GRAPHS = st.dictionaries(_IDS, with_junk(_NODES, 12), max_size=6)
_NUMBERS = st.integers(0, 4)
_SLOTS = st.lists(
    with_junk(
        st.fixed_dictionaries(
            {"name": st.sampled_from(_INPUTS), "type": st.sampled_from(["IMAGE", "*", "MODEL", "STRING", "INT"])},
            optional={
                "link": with_junk(_NUMBERS, 6),
                "links": with_junk(st.lists(_NUMBERS, max_size=2), 6),
                "linkIds": st.lists(_NUMBERS, max_size=2),
                "widget": with_junk(st.fixed_dictionaries({"name": st.sampled_from(_INPUTS)}), 6),
            },
        ),
        10,
    ),
    max_size=3,
)
_EDITOR_NODES = st.fixed_dictionaries(
    {"id": with_junk(_NUMBERS, 12), "type": with_junk(st.sampled_from(_CLASSES), 12)},
    optional={
        "mode": with_junk(st.sampled_from([0, 2, 4]), 6),
        "inputs": with_junk(_SLOTS, 10),
        "outputs": with_junk(_SLOTS, 10),
        "widgets_values": json_values | st.lists(st.sampled_from([*_TEXTS, 1, 0.5]), max_size=5),
        "properties": with_junk(st.just({"proxyWidgets": [["1", "text"], ["-1", "seed"]]})),
        "title": st.sampled_from(_TEXTS),
    },
)
_EDITOR_LINKS = st.lists(
    with_junk(
        st.tuples(_NUMBERS, st.integers(-20, 4), _NUMBERS, st.integers(-20, 4), _NUMBERS).map(lambda x: [*x, "*"]), 8
    ),
    max_size=6,
)
_EDITOR_GRAPH = {"nodes": st.lists(with_junk(_EDITOR_NODES, 14), max_size=5), "links": with_junk(_EDITOR_LINKS, 14)}
_SUBGRAPHS = st.lists(
    st.fixed_dictionaries(
        {**_EDITOR_GRAPH, "id": with_junk(st.just("inner"), 10), "name": with_junk(st.just("Inner"), 10)},
        optional={"inputs": with_junk(_SLOTS, 10), "outputs": with_junk(_SLOTS, 10)},
    ),
    max_size=2,
)
_EDITOR_FILES = st.fixed_dictionaries(
    _EDITOR_GRAPH,
    optional={"definitions": with_junk(st.fixed_dictionaries({"subgraphs": with_junk(_SUBGRAPHS, 10)}), 8)},
)
_INFO: dict[str, Any] = {
    name: {
        "input": {
            "required": {
                "text": ["STRING", {"dynamicPrompts": True, "multiline": True}],
                "seed": ["INT", {"min": 0, "max": 9, "control_after_generate": True}],
                "image": ["IMAGE"],
            },
            "optional": {"ckpt_name": [["a.safetensors"]], "width": ["INT", {"default": 64}]},
        },
        "output": ["IMAGE", "*"],
        "output_node": name.startswith("Save"),
    }
    for name in _CLASSES[:5] + _CLASSES[9:13]
}


@given(with_junk(_GRAPHS, 8))
@example({"1": {"class_type": "A", "inputs": {"a": ["1", 0]}}})
@fuzzed
def test_any_json_is_read_as_a_graph_or_refused_in_words(raw: Any) -> None:
    text = as_json(raw)
    faults = Diagnostics("graph.json")
    graph = read_graph(text, faults)
    assert bool(graph) != bool(faults.faults)
    if graph:
        assert read_graph(json.dumps(graph), Diagnostics("again.json")) == graph
        inferred = infer_workflow(graph, _INFO, read_titles(text))
        assert inferred == infer_workflow(graph, _INFO, read_titles(text))


@given(with_junk(_EDITOR_FILES, 10))
@fuzzed
def test_any_json_is_converted_from_the_editors_format_or_refused_in_words(raw: Any) -> None:
    raw = json.loads(as_json(raw))
    if not is_editor_workflow(raw):
        return
    faults = Diagnostics("editor.json")
    workflow = parse_editor_workflow(raw, faults)
    assert (workflow is None) == bool(faults.faults)
    if workflow is None:
        return
    converted = convert(workflow, _INFO, faults, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert (converted is None) == bool(faults.faults)
    if converted is not None:
        assert convert(workflow, _INFO, Diagnostics("again"), now=datetime(2026, 1, 1, tzinfo=UTC)) == converted
        add_rejections(converted, _INFO, faults)


@given(with_junk(_GRAPHS | _EDITOR_FILES | st.fixed_dictionaries({"prompt": _GRAPHS, "workflow": _EDITOR_FILES}), 6))
@fuzzed
def test_any_file_is_a_workflow_or_refused_with_its_name(raw: Any) -> None:
    path = Path(_scratch()) / "a.json"
    path.write_text(as_json(raw))
    files = []
    try:
        read_workflow_file(path, lambda _path: {})
    except StoryError as error:
        files = [fault.file for fault in error.faults]
    assert all(file.endswith("a.json") for file in files)


_FOLDER: list[str] = []


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    _FOLDER[:] = [str(tmp_path_factory.mktemp("fuzz"))]


def _scratch() -> str:
    return _FOLDER[0]
