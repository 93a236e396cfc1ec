from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.workflows.bindable_inputs import list_bindable_inputs, parse_bindings
from tower_anime_assets.workflows.node_inputs import NodeInputs
from tower_anime_assets.workflows.registry import ExportedGraph, infer_export
from tower_anime_assets_tests.workflows.known_nodes import facts
from tower_anime_assets_tests.workflows.people_graphs import joined, stills

GRAPH = joined(text_a="a cat", text_b="a dog")


def test_bindings_are_read_in_every_form() -> None:
    words = ["prompt=10.text_a,10.inputs.text_b", "seed=3.seed", "seed=3.inputs.seed", "negative=", "output=9"]
    assert parse_bindings(words, GRAPH) == {
        "prompt": ("10.inputs.text_a", "10.inputs.text_b"),
        "seed": ("3.inputs.seed",),
        "negative": (),
        "output": ("9",),
    }


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("10.text_a", "is not a binding; expected ROLE=NODE.INPUT"),
        ("promt=10.text_a", "Did you mean prompt"),
        ("prompt=10", "'10' is not an input"),
        ("prompt=11.text_a", "the graph has no node '11'"),
        ("prompt=10.text_c", "node 10 .Text Concatenate. has no input 'text_c'. Did you mean text_"),
        ("prompt=6.text", "takes its value from node 10 .Text Concatenate.; bind an input of that"),
        ("output=77", "the graph has no node '77'"),
    ],
)
def test_a_binding_to_what_is_not_there_is_refused(word: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        parse_bindings([word], GRAPH)


def test_every_input_with_a_value_is_shown_with_its_kind_and_node() -> None:
    workflow = infer_export(ExportedGraph(Path("x.json"), stills()), "mine")
    inputs = NodeInputs(workflow.graph, facts(), {"6": "Words"})
    shown = {item.place: item for item in list_bindable_inputs(workflow, inputs)}
    kinds = {place: item.kind for place, item in shown.items()}
    assert kinds["6.text"] == "text"
    assert kinds["3.seed"] == "seed"
    assert kinds["3.cfg"] == "number"
    assert kinds["3.sampler_name"] == "choice"
    assert kinds["4.ckpt_name"] == "file"
    assert str(shown["6.text"]).split() == ["6.text", "text", "'a", "cat'", "Words", "(CLIPTextEncode)", "=", "prompt"]
