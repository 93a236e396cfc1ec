from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.validation import choice_options, validate_graph
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.workflows.known_nodes import facts

LTX = load_registry().workflow("ltx_2b_121_frame_workflow")


def changed(node: str, **inputs: Any) -> Workflow:
    graph = json.loads(json.dumps(LTX.graph))
    for name, value in inputs.items():
        if value is None:
            del graph[node]["inputs"][name]
        else:
            graph[node]["inputs"][name] = value
    return replace(LTX, graph=graph)


@pytest.mark.parametrize(
    ("workflow", "said"),
    [
        (changed("sampled", noise_seed=None), "sampled.inputs.noise_seed is missing"),
        (changed("sampled", seeds=1), "sampled.inputs.seeds is unknown"),
        (changed("sampled", cfg="3"), "sampled.inputs.cfg is '3'. Expected a value of type FLOAT"),
        (changed("sampled", cfg=True), "sampled.inputs.cfg is True"),
        (changed("sampled", cfg=-1.0), "a number from 0.0 to 100.0"),
        (changed("schedule", steps=0), "a number from 1 to"),
        (changed("schedule", steps=1.5), "a value of type INT"),
        (changed("sampler", sampler_name="eular"), "Did you mean euler?"),
        (
            changed("sampled", model=["checkpoint", 2]),
            "sampled.inputs.model gets VAE from checkpoint. Expected MODEL",
        ),
        (
            changed("sampled", model=["checkpoint", 7]),
            "linked to output 7 of checkpoint. Expected one of its 3 outputs",
        ),
        (changed("sampled", model=3), "Expected a link to an output of type MODEL"),
        (replace(LTX, output_nodes=("decoded",)), "node decoded is listed as an output"),
    ],
)
def test_each_fault_is_found_and_only_it(workflow: Workflow, said: str) -> None:
    (fault,) = validate_graph(workflow, facts())
    assert said in str(fault)


def test_an_unknown_class_is_one_fault_and_what_hangs_on_it_is_not_blamed() -> None:
    known = {name: fact for name, fact in facts().items() if name != "LTXVScheduler"}
    (fault,) = validate_graph(LTX, known)
    assert "node schedule is of class LTXVScheduler" in str(fault)


def test_model_files_are_looked_for_only_where_a_server_is_asked() -> None:
    assert validate_graph(LTX, facts()) == ()
    found = [str(fault) for fault in validate_graph(LTX, facts(), checks_files=True)]
    assert len(found) == 2
    assert "checkpoint.inputs.ckpt_name is 'ltx-2/ltxv-2b-0.9.8-distilled.safetensors'" in found[0]
    assert "text_encoder.inputs.clip_name is 't5xxl_fp16.safetensors'" in found[1]


@pytest.mark.parametrize(
    ("declared", "options"),
    [
        ([["a", "b"], {"default": "a"}], ("a", "b")),
        (["COMBO", {"options": ["a", "b"]}], ("a", "b")),
        (["COMBO"], None),
        (["INT", {"min": 1}], None),
        ([[]], ()),
        ([], None),
        ("INT", None),
    ],
)
def test_choices_are_read_in_both_forms(declared: Any, options: tuple[str, ...] | None) -> None:
    assert choice_options(declared) == options


def test_what_a_malformed_server_says_raises_nothing() -> None:
    for fact in ({}, {"input": None}, {"input": {"required": None}, "output": None}, {"input": {"required": {"x": 7}}}):
        assert validate_graph(LTX, dict.fromkeys(facts(), fact))
