from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.workflows.graphs import is_relative_inside, read_graph, upstream_nodes

GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a street", "clip": ["1", 1]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "job"}},
}


def faults_in(text: str) -> list[str]:
    faults = Diagnostics("graph.json")
    assert (read_graph(text, faults) == {}) == bool(faults.faults)
    return [str(fault) for fault in faults.faults]


def changed(node: str, **inputs: Any) -> str:
    return json.dumps({**GRAPH, node: {**GRAPH[node], "inputs": {**GRAPH[node]["inputs"], **inputs}}})


def test_an_export_is_read_without_what_the_editor_adds() -> None:
    decorated = {name: {**node, "_meta": {"title": "mine"}, "is_changed": ["x"]} for name, node in GRAPH.items()}
    faults = Diagnostics("graph.json")
    assert read_graph(json.dumps(decorated), faults) == GRAPH
    assert read_graph(json.dumps({"prompt": GRAPH}), faults) == GRAPH
    assert faults.faults == []


def test_what_the_editor_saves_for_itself_is_recognised_and_how_to_export_is_said() -> None:
    saved = {"last_node_id": 3, "nodes": [{"id": 1, "type": "KSampler"}], "links": [[1, 4, 0, 3, 0, "MODEL"]]}
    (fault,) = faults_in(json.dumps(saved))
    assert "saved by ComfyUI's editor" in fault
    assert "Workflow > Export (API)" in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the JSON is malformed"),
        ("[1, 2]", "the graph is a list"),
        ("{}", "the graph is an empty object"),
        ("null", "the graph is None"),
        ("[" * 100_000, "nested too deep"),
        ('{"1": {"class_type": "A", "inputs": {"x": NaN}}}', "NaN"),
        ('{"1": {"class_type": "A", "inputs": {"x": 1e999}}}', "holds inf"),
        ('{"1": {"class_type": "A", "inputs": {"x": ' + "9" * 5000 + "}}}", "cannot be read"),
        ('{"1": {"class_type": "A", "inputs": {"x": 1, "x": 2}}}', "the key 'x' is written twice"),
        ('{"1": {"class_type": "A", "inputs": {"x": ' + "[" * 40 + "]" * 40 + "}}}", "nested at most"),
        ('{"1": {"inputs": {}}}', "class_type and inputs"),
        ('{"1": {"class_type": 7, "inputs": {}}}', "class_type and inputs"),
        ('{"1": 7}', "class_type and inputs"),
        ('{"1": {"class_type": "A", "inputs": []}}', "has no inputs"),
        ('{"a.b": {"class_type": "A", "inputs": {}}}', "a node's id is 'a.b'"),
        ('{"1": {"class_type": "A", "inputs": {"a.": 1}}}', "unusable name"),
        (changed("2", clip=["9", 0]), "linked to node '9'"),
        (changed("2", clip=[1, 0]), 'Write `\\["1", 0\\]`'),
        (changed("2", clip=["1", -1]), "output -1"),
        (changed("1", ckpt_name="/etc/passwd"), "leads out of the server's folders"),
        (changed("1", ckpt_name="..\\..\\x"), "leads out of the server's folders"),
        (changed("1", ckpt_name="C:\\x.safetensors"), "leads out of the server's folders"),
        (changed("3", filename_prefix="a/../../b"), "leads out of the server's folders"),
        (changed("2", clip=["3", 0]), "in a circle: 2, 3"),
    ],
)
def test_a_malformed_graph_is_a_fault(text: str, said: str) -> None:
    assert any(re.search(said, fault) for fault in faults_in(text)), faults_in(text)


def test_a_graph_of_a_thousand_nodes_in_a_row_is_walked_and_more_are_refused() -> None:
    def chain(length: int) -> str:
        nodes: dict[str, Any] = {"0": {"class_type": "A", "inputs": {}}}
        nodes |= {str(n): {"class_type": "A", "inputs": {"x": [str(n - 1), 0]}} for n in range(1, length)}
        return json.dumps(nodes)

    faults = Diagnostics("graph.json")
    graph = read_graph(chain(1000), faults)
    assert len(list(upstream_nodes(graph, "999"))) == 1000
    assert "1,001 nodes" in faults_in(chain(1001))[0]


def test_all_faults_come_at_once_each_with_its_line() -> None:
    text = json.dumps({**GRAPH, "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["9", 0]}}, "4": 1}, indent=1)
    found = faults_in(text)
    assert len(found) == 2
    assert found[0].startswith(f"graph.json:{text[: text.index(chr(34) + '2')].count(chr(10)) + 1}:")


def test_a_text_prompt_may_say_anything() -> None:
    assert faults_in(changed("2", text="../ ~/ C:\\ are only words here")) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
NODE = st.fixed_dictionaries({"class_type": st.text(max_size=6), "inputs": st.dictionaries(st.text(max_size=5), JSON)})


@given(st.text() | JSON.map(json.dumps) | st.dictionaries(st.text(max_size=4), NODE | JSON, max_size=4).map(json.dumps))
def test_nothing_that_is_read_raises(text: str) -> None:
    faults_in(text)


@pytest.mark.parametrize(("path", "inside"), [("a/b.png", True), ("../a", False), ("a\\..\\b", False), ("~/a", False)])
def test_names_stay_inside_their_folder(path: str, inside: bool) -> None:
    assert is_relative_inside(path) == inside
