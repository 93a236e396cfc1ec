from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.story.source import Faults
from tower_anime_assets.workflows.manifest import Manifest, read_manifest


def read(text: str) -> tuple[Manifest | None, list[str]]:
    faults = Faults("workflow.yaml")
    manifest, _lines = read_manifest(text, faults)
    assert (manifest is None) == bool(faults.items)
    return manifest, [str(fault) for fault in faults.items]


def test_every_fault_is_named_at_once_on_its_line() -> None:
    manifest, faults = read(
        "format: 1\n"
        "version: 2\n"
        "capabilites: [text_to_image]\n"
        "status: prooven\n"
        "sizes: {multiple_px: 0, min_px: 64, max_pixels: 1000}\n"
        "bindings:\n"
        "  seeds: [a.inputs.seed]\n"
    )
    assert manifest is None
    assert [fault.split(": ")[0] for fault in sorted(faults)] == [f"workflow.yaml:{line}" for line in (2, 3, 4, 5, 6)]
    text = "\n".join(faults)
    assert "Texts that YAML takes for numbers need quotes" in text
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
        ("format: 2\n", "format is 2"),
        ("format: x\n", "format is 'x'"),
        ("format: true\n", "format is True"),
        ("format: 1\npriors: {seconds_per_megapixel_frame: .inf, vram_gb: 1, quality: 1, source: x}\n", "finite"),
        ("format: 1\nbindings: {seed: [../x]}\n", "text like"),
        ("format: 0x\n", "format is '0x'|cannot be read"),
        ("x: 0x\n", "cannot be read|unknown key"),
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
    assert (manifest.format, manifest.capabilities, manifest.output) == (1, ["text_to_image"], ["9"])
    assert manifest.bindings == {"seed": ["3.inputs.seed"], "prompt": ["6.inputs.text"]}


@given(st.text(max_size=60))
def test_nothing_that_is_read_raises(text: str) -> None:
    read(text)


@given(st.dictionaries(st.sampled_from(list(Manifest.model_fields)), st.text(max_size=12) | st.integers(), max_size=5))
def test_no_kind_of_value_under_a_known_key_raises(values: dict[str, str | int]) -> None:
    read(yaml.safe_dump(values, allow_unicode=True))
