from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.workflows.manifest import Manifest, read_manifest


def read(text: str) -> tuple[Manifest | None, list[str]]:
    faults = Diagnostics("workflow.yaml")
    manifest = read_manifest(text, faults)
    assert (manifest is None) == bool(faults.faults)
    return manifest, [str(fault) for fault in faults.faults]


def test_every_fault_is_named_at_once_on_its_line() -> None:
    manifest, faults = read(
        "format: 1\n"
        "version: two\n"
        "capabilites: [text_to_image]\n"
        "status: prooven\n"
        "sizes: {multiple_px: 0, min_px: 64, max_pixels: 1000}\n"
        "bindings:\n"
        "  seeds: [a.inputs.seed]\n"
    )
    assert manifest is None
    assert [fault.split(": ")[0] for fault in sorted(faults)] == [f"workflow.yaml:{line}" for line in (2, 3, 4, 5, 7)]
    text = "\n".join(faults)
    assert "version is 'two'. Expected a version such as 1.2" in text
    assert "Did you mean capabilities?" in text
    assert "Did you mean proven?" in text
    assert "Did you mean seed?" in text


def test_a_wrong_key_deep_inside_is_compared_with_the_keys_of_its_place() -> None:
    _, (fault,) = read("format: 1\nmodels:\n  a.inputs.b:\n    sise_gb: 7\n")
    assert fault.startswith("workflow.yaml:4:")
    assert "Did you mean size_gb?" in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("- 1\n", "the file is a list"),
        ("title: !!python/object:os.system x\n", "there is a tag"),
        ("title: &a x\nnotes: *a\n", "there is an alias"),
        ("a: [[[[[[[[[[1]]]]]]]]]]\n", "nested over 8 deep"),
        ("title: [\n", "malformed"),
        ("title: a\ntitle: b\n", "written twice, first on line 1"),
        ("? [a]\n: 1\n", "a key is a list"),
        ("format: 2\n", "format is '2'"),
        ("format: x\n", "format is 'x'"),
        ("format: true\n", "format is 'true'"),
        (
            "format: 1\npriors: {seconds_per_megapixel_frame: .inf, vram_gb: 1, quality: 1, source: x}\n",
            "number from 0",
        ),
        ("format: 1\nbindings: {seed: [../x]}\n", "Expected NODE.inputs.NAME"),
        ("format: 0x\n", "format is '0x'"),
        ("x: 0x\n", "unknown key"),
        ("a: 1\n--- \nb: 2\n", "a second document begins"),
    ],
)
def test_a_malformed_manifest_is_a_fault(text: str, said: str) -> None:
    _, faults = read(text)
    assert any(part in fault for fault in faults for part in said.split("|")), faults


def test_a_bomb_of_aliases_is_refused_before_it_is_expanded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    _, faults = read("\n".join(lines))
    assert all("alias" in fault for fault in faults)


def test_a_manifest_of_format_0_is_brought_up_to_date() -> None:
    manifest, faults = read("tags: [text_to_image]\noutput: '9'\nbindings: {seed: '3.seed', prompt: 6.inputs.text}\n")
    assert faults == []
    assert manifest is not None
    assert manifest.fields == {
        "capabilities": {"text_to_image"},
        "output_nodes": ("9",),
        "bindings": {"seed": ("3.inputs.seed",), "prompt": ("6.inputs.text",)},
    }


def test_numbers_count_as_the_text_they_were_written_as() -> None:
    manifest, faults = read(
        "format: 1\nversion: 1.10\ntitle: 2049\noutput: [9]\ndefaults: {steps: 20, sampler: euler}\n"
    )
    assert faults == []
    assert manifest is not None
    assert manifest.fields == {
        "version": "1.10",
        "title": "2049",
        "output_nodes": ("9",),
        "defaults": {"steps": 20, "sampler": "euler"},
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("sizes: {multiple_px: 8, min_px: 64}\n", 1, "sizes.max_pixels is missing"),
        ("loras: [{clip: a.1}]\n", 1, "loras.model is missing"),
        ("loras: [{model: checkpoint}]\n", 1, "loras.model is 'checkpoint'. Expected NODE.OUTPUT"),
        ("tunable: {steps: {low: 1, high: 2, step: 0}}\n", 1, "tunable.steps.step is '0'"),
        ("defaults: {steps: yes}\n", 1, "defaults.steps is 'yes'. Expected a number or a text"),
        ("defaults: {stepz: 1}\n", 1, "Did you mean steps?"),
        ("bindings:\n  seed: {a: 1}\n", 2, "bindings.seed is ''. Expected NODE.inputs.NAME"),
        ("capabilities: [anime]\n", 1, "capabilities names 'anime'"),
        ("engine: cloud\n", 1, "one of comfyui, embedded"),
    ],
)
def test_a_wrong_value_is_a_fault_on_its_line(text: str, line: int, said: str) -> None:
    _, (fault,) = read(text)
    assert fault.startswith(f"workflow.yaml:{line}: ")
    assert said in fault


@given(st.text(max_size=60))
def test_nothing_that_is_read_raises(text: str) -> None:
    read(text)


KEYS = (
    *("format", "version", "title", "aliases", "engine", "medium", "capabilities", "tags", "status", "validated"),
    *("base_model", "min_comfyui", "output", "bindings", "loras", "models", "sizes", "lengths", "priors", "defaults"),
    *("tunable", "licence", "notes"),
)


INNER_KEYS = ("seed", "model", "clip", "low", "high", "step", "a.inputs.b", "size_gb", "min_px", "fps", "x")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER_KEYS), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_no_kind_of_value_under_a_known_key_raises(values: dict[str, Any]) -> None:
    read(yaml.safe_dump(values, allow_unicode=True))
