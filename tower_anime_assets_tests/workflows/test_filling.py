from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.registry import ExportedGraph, infer_export, load_registry
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.workflows import people_graphs

LTX = load_registry().workflow("ltx_2b_121_frame_workflow")
SDXL = load_registry().workflow("sdxl_anime_t2i")
WAN = load_registry().workflow("wan22_14b_i2v_4step")
MEI = LoraUse("mei.safetensors", 0.8, 0.7)


def sent(workflow: Workflow, values: dict[str, Any], *loras: LoraUse, **models: str) -> dict[str, Any]:
    graph: dict[str, Any] = json.loads(fill_template(*fill_workflow(workflow, values, loras)))
    return graph


def test_values_stand_at_every_place_of_their_role() -> None:
    graph = sent(LTX, {"prompt": "rain", "negative": "", "seed": 2**63, "fps": 30, "frames": 9, "width": 512})
    assert graph["positive"]["inputs"]["text"] == "rain"
    assert graph["sampled"]["inputs"]["noise_seed"] == 2**63
    assert (graph["movie"]["inputs"]["fps"], graph["timed"]["inputs"]["frame_rate"]) == (30.0, 30.0)
    assert (graph["started"]["inputs"]["width"], graph["started"]["inputs"]["length"]) == (512, 9)


def test_a_template_depends_on_the_number_of_loras_and_on_nothing_else() -> None:
    one, _ = fill_workflow(LTX, {"seed": 1}, (MEI,))
    other, _ = fill_workflow(LTX, {"seed": 2, "prompt": "x"}, (LoraUse("other.safetensors", 0.1, 0.2),))
    assert one == other
    assert fill_workflow(LTX, {}, (MEI, MEI))[0] != one
    assert fill_workflow(LTX, {"seed": 5})[0] == LTX.graph


def test_a_lora_of_a_checkpoint_changes_model_and_text_encoder() -> None:
    graph = sent(SDXL, {}, MEI, LoraUse("style.safetensors", 0.5, 0.4))
    first, second = graph["checkpoint_lora1"], graph["checkpoint_lora2"]
    assert first["class_type"] == "LoraLoader"
    assert first["inputs"] == {
        "model": ["checkpoint", 0],
        "clip": ["checkpoint", 1],
        "lora_name": "mei.safetensors",
        "strength_model": 0.8,
        "strength_clip": 0.7,
    }
    assert (second["inputs"]["model"], second["inputs"]["clip"]) == (["checkpoint_lora1", 0], ["checkpoint_lora1", 1])
    assert graph["sampled"]["inputs"]["model"] == ["checkpoint_lora2", 0]
    assert graph["clip_skip"]["inputs"]["clip"] == ["checkpoint_lora2", 1]
    assert graph["decoded"]["inputs"]["vae"] == ["checkpoint", 2]


def test_a_lora_of_a_model_with_its_own_text_encoder_changes_the_model_only() -> None:
    graph = sent(LTX, {}, MEI)
    assert graph["checkpoint_lora1"]["class_type"] == "LoraLoaderModelOnly"
    assert set(graph["checkpoint_lora1"]["inputs"]) == {"model", "lora_name", "strength_model"}
    assert graph["sampled"]["inputs"]["model"] == ["checkpoint_lora1", 0]


def test_a_pair_of_models_gets_the_lora_twice_before_its_own() -> None:
    graph = sent(WAN, {}, MEI)
    for part in ("high", "low"):
        assert graph[f"fast_{part}"]["inputs"]["model"] == [f"model_{part}_lora1", 0]
        assert graph[f"model_{part}_lora1"]["inputs"]["model"] == [f"model_{part}", 0]


def test_a_workflow_without_a_place_for_loras_says_so() -> None:
    with pytest.raises(PlanError, match=r"upscale_4x takes no LoRAs, but mei\.safetensors"):
        fill_workflow(load_registry().workflow("upscale_4x"), {}, (MEI,))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"width": 770}, "cannot make 770x512 px; expected sides of at least 256 px in multiples of 32"),
        ({"width": 1280, "height": 768}, "at most 921600 pixels"),
        ({"frames": 120}, "cannot make 120 frames; expected 8 n \\+ 1, at most 257"),
        ({"frames": 265}, "cannot make 265 frames"),
        ({"frames": 0}, "cannot make 0 frames"),
        ({"mask": "x.png"}, "takes no mask"),
        ({"sigmas": "1, 0"}, "takes no sigmas"),
        ({"sead": 1}, "takes no sead. Did you mean seed?"),
        ({"seed": "7"}, "seed of workflow ltx_2b_distilled_i2v_scheduler is '7'"),
        ({"seed": 1.5}, "expected a whole number"),
        ({"seed": True}, "is True"),
        ({"prompt": 7}, "prompt of workflow .* is 7"),
        ({"image": "../../etc/passwd"}, "without `..`"),
        ({"filename_prefix": "/srv/x"}, "without `..`"),
    ],
)
def test_what_a_server_would_change_or_refuse_is_refused_here(values: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        fill_workflow(LTX, values)


def test_a_still_has_no_length() -> None:
    with pytest.raises(PlanError, match="takes no frames"):
        fill_workflow(SDXL, {"frames": 9})


def test_models_are_replaced_by_place() -> None:
    _, changes = fill_workflow(LTX, {}, (), {"checkpoint.inputs.ckpt_name": "mine.safetensors"})
    assert changes == {"checkpoint.inputs.ckpt_name": "mine.safetensors"}
    with pytest.raises(PlanError, match=r"loads no model at x\.inputs\.y"):
        fill_workflow(LTX, {}, (), {"x.inputs.y": "mine.safetensors"})
    with pytest.raises(PlanError, match="not a name below"):
        fill_workflow(LTX, {}, (), {"checkpoint.inputs.ckpt_name": "/mine.safetensors"})
    with pytest.raises(PlanError, match="not a name below"):
        fill_workflow(LTX, {}, (LoraUse("../x", 1, 1),))


def test_defaults_stand_unless_something_else_is_asked() -> None:
    own = replace(LTX, defaults={"frames": 97, "steps": 6})
    assert fill_workflow(own, {"steps": 12})[1] == {"started.inputs.length": 97, "schedule.inputs.steps": 12}


def test_the_shared_graph_is_never_touched() -> None:
    before = json.dumps(LTX.graph)
    template, _ = fill_workflow(LTX, {"seed": 3}, (MEI,))
    template["positive"]["inputs"]["text"] = "changed"
    assert json.dumps(LTX.graph) == before


@given(st.integers(-5, 400), st.integers(0, 2000), st.integers(0, 2000))
def test_only_legal_values_are_let_through(frames: int, width: int, height: int) -> None:
    legal = frames in range(1, 258, 8) and min(width, height) >= 256 and not width % 32 and not height % 32
    legal = legal and width * height <= 921_600
    values = {"frames": frames, "width": width, "height": height}
    if legal:
        graph = sent(LTX, values)
        assert {graph["started"]["inputs"][name] for name in ("length", "width", "height")} == {*values.values()}
    else:
        with pytest.raises(PlanError):
            fill_workflow(LTX, values)


def test_an_earlier_pass_keeps_its_proportion_to_the_result_and_an_enlarged_result_its_factor() -> None:
    two_passes = infer_export(ExportedGraph(Path("x.json"), people_graphs.two_passes()), "mine")
    _template, changes = fill_workflow(two_passes, {"width": 1536, "height": 768})
    assert [changes[place] for place in ("20.inputs.width", "5.inputs.width", "5.inputs.height")] == [1536, 768, 384]
    enlarged = infer_export(ExportedGraph(Path("x.json"), people_graphs.enlarged(by=1.5)), "mine")
    _template, changes = fill_workflow(enlarged, {"width": 768, "height": 576})
    assert (changes["5.inputs.width"], changes["5.inputs.height"]) == (512, 384)
    with pytest.raises(PlanError, match="multiples of 12"):
        fill_workflow(enlarged, {"width": 800, "height": 576})
    fixed = replace(enlarged, sizes=replace(enlarged.sizes, fixed_px=(512, 512)))
    with pytest.raises(PlanError, match="its graph makes 512x512 px only"):
        fill_workflow(fixed, {"width": 768, "height": 576})
