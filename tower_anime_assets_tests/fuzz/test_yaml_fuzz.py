"""Any YAML is a show's file: it is read or refused with file and line, and no key is passed over in silence."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.production.story.plain_yaml import compose_yaml
from tower_anime_assets.production.story.show_file import draft_project, read_routing
from tower_anime_assets.production.story.show_keys import CHARACTER, PROJECT
from tower_anime_assets.production.story.source import Diagnostics, SourceFile
from tower_anime_assets.workflows.manifest import read_manifest
from tower_anime_assets_tests.fuzz.fuzzing import fuzzed, junk, marks

pytestmark = pytest.mark.chaos

_KEYS = (
    st.sampled_from([*PROJECT.keys, *CHARACTER.keys, "width", "fps", "workflow", "bind", "medium", "unknwon"]) | junk
)
_VALUES = (
    st.sampled_from(
        ["Small", "7", "-1", "0x", "1e999", "0x" + "f" * 30, "1:2:3", "true", "off", "~", "", "[]", "{}", "'"]
    )
    | st.sampled_from(
        ["[a, b]", "{a: 1}", "&a [1]", "*a", "!!python/name:os.system", "!!binary AA==", "2020-01-01", "<<"]
    )
    | st.sampled_from(
        [".nan", "-.inf", "1_000", "0o7", "=", "? a", "- - - a", "|\n  a\n  b", ">-\n  a", "[" * 40, "{a: " * 9]
    )
    | marks
    | junk
)
_ENTRIES = st.tuples(st.sampled_from(["", "", "  ", "- ", "\t", "? "]), _KEYS, _VALUES).map(
    lambda entry: f"{entry[0]}{entry[1]}: {entry[2]}"
)
_FILES = st.lists(_ENTRIES | marks | junk, max_size=14).map("\n".join)


@given(_FILES)
@example("a: " + "[" * 3000)
@example("a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n")
@example("seed: 0x\n")
@example("seed: 1:" + "9" * 38)
@fuzzed
def test_any_yaml_is_read_as_a_shows_file_or_refused_with_file_and_line(text: str) -> None:
    source = SourceFile("small/project.yaml", text)
    draft = draft_project("small", source, {"akira": SourceFile("small/characters/akira.yaml", text)})
    again = draft_project("small", source, {"akira": SourceFile("small/characters/akira.yaml", text)})
    assert draft == again
    _routing, faults = read_routing(SourceFile("small/routing.yaml", text))
    manifest_faults = Diagnostics("graph/workflow.yaml")
    read_manifest(text, manifest_faults)
    line_count = len(text.splitlines()) + 1
    for fault in (*draft.faults, *faults, *manifest_faults.faults):
        assert fault.file
        assert 0 <= fault.line <= line_count
        assert all((fault.problem, fault.expected, fault.remedy))


@given(st.dictionaries(st.text("abcdehorst", min_size=1, max_size=12), st.integers(0, 9), min_size=1, max_size=8))
@fuzzed
def test_every_key_of_a_show_is_known_or_told(values: dict[str, int]) -> None:
    text = "".join(f"{key}x: {value}\n" for key, value in values.items())
    draft = draft_project("small", SourceFile("small/project.yaml", f"title: Small\n{text}"), {})
    told = "\n".join(fault.problem for fault in draft.faults)
    assert all(f"'{key}x'" in told for key in values if f"{key}x" not in PROJECT.keys)


@given(_FILES)
@fuzzed
def test_yaml_that_is_refused_says_why(text: str) -> None:
    faults = Diagnostics("small/project.yaml")
    assert (compose_yaml(text, faults) is None) == bool(faults.faults)
