"""A value in a YAML file is changed as a person would change it: nothing else moves."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.yaml_edit import YamlAction, YamlChange, edit_yaml, path_of

SET, REMOVE, APPEND = YamlAction.SET, YamlAction.REMOVE, YamlAction.APPEND

SHOW = """\
# The show. Ask Mei before changing the seed.
title:   "Nexus"      # working title
style:
    positive: 'clean lines,
      cel shading'    # two lines
    loras:
      - {file: a.safetensors, strength: 0.7}   # ours
      # bought
      -   file: b.safetensors
          strength: 1.0
    palette: [ "#111111", '#222222' ,"#333333" ]

thresholds: {sharpness: {low: 0.20}}
description: >
  Robots fall in love in a lighthouse that nobody has lit for years, and the sea
  takes its time.

  だれも知らない。   # no comment, but words

# the end of the words
seed:   7
approvals:
- plan     # Mei
- keyframes
voice: &loud
  pitch: 46
empty:
"""


def changed_lines(before: str, after: str) -> list[str]:
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


CASES: list[tuple[YamlChange, list[str]]] = [
    (
        YamlChange(("title",), SET, "Nexus: Two"),
        ['-title:   "Nexus"      # working title', '+title:   "Nexus: Two"      # working title'],
    ),
    (YamlChange(("seed",), SET, 12), ["-seed:   7", "+seed:   12"]),
    (
        YamlChange(("style", "positive"), SET, "ink"),
        ["-    positive: 'clean lines,", "-      cel shading'    # two lines", "+    positive: 'ink'    # two lines"],
    ),
    (
        YamlChange(("style", "loras", 0, "strength"), SET, 0.5),
        [
            "-      - {file: a.safetensors, strength: 0.7}   # ours",
            "+      - {file: a.safetensors, strength: 0.5}   # ours",
        ],
    ),
    (YamlChange(("style", "loras", 1, "strength"), SET, 0.9), ["-          strength: 1.0", "+          strength: 0.9"]),
    (YamlChange(("style", "loras", 1, "trigger"), SET, "neon"), ["+          trigger: neon"]),
    (
        YamlChange(("style", "loras"), APPEND, {"file": "c.safetensors", "strength": 0.4}),
        ["+      - file: c.safetensors", "+        strength: 0.4"],
    ),
    (YamlChange(("style", "loras", 0), REMOVE), ["-      - {file: a.safetensors, strength: 0.7}   # ours"]),
    (
        YamlChange(("style", "loras", 1), REMOVE),
        ["-      -   file: b.safetensors", "-          strength: 1.0"],
    ),
    (
        YamlChange(("style", "loras", 1, "file"), REMOVE),
        ["-      -   file: b.safetensors", "-          strength: 1.0", "+      -   strength: 1.0"],
    ),
    (
        YamlChange(("style", "palette"), APPEND, "#444444"),
        [
            '-    palette: [ "#111111", \'#222222\' ,"#333333" ]',
            "+    palette: [ \"#111111\", '#222222' ,\"#333333\", '#444444' ]",
        ],
    ),
    (
        YamlChange(("style", "palette", 1), REMOVE),
        ['-    palette: [ "#111111", \'#222222\' ,"#333333" ]', '+    palette: [ "#111111", "#333333" ]'],
    ),
    (
        YamlChange(("thresholds", "sharpness", "low"), SET, 0.25),
        ["-thresholds: {sharpness: {low: 0.20}}", "+thresholds: {sharpness: {low: 0.25}}"],
    ),
    (
        YamlChange(("thresholds", "motion"), SET, {"high": 2}),
        ["-thresholds: {sharpness: {low: 0.20}}", "+thresholds: {sharpness: {low: 0.20}, motion: {high: 2}}"],
    ),
    (YamlChange(("approvals",), APPEND, "mix"), ["+- mix"]),
    (YamlChange(("approvals", 0), REMOVE), ["-- plan     # Mei"]),
    (YamlChange(("approvals",), SET, ["keyframes"]), ["-- plan     # Mei"]),
    (YamlChange(("voice", "pitch"), SET, 50), ["-  pitch: 46", "+  pitch: 50"]),
    (YamlChange(("voice", "pitch"), REMOVE), ["-voice: &loud", "-  pitch: 46", "+voice: {}"]),
    (YamlChange(("empty",), SET, "yes"), ["-empty:", "+empty: 'yes'"]),
    (YamlChange(("empty", "inner"), SET, 1), ["+    inner: 1"]),
    (YamlChange(("lora", "file"), SET, "x.safetensors"), ["+lora:", "+    file: x.safetensors"]),
    (YamlChange(("references",), APPEND, "references/明.png"), ["+references: [references/明.png]"]),
    (YamlChange(("seed",), REMOVE), ["-seed:   7"]),
    (YamlChange(("never",), REMOVE), []),
]


@pytest.mark.parametrize(
    ("change", "expected"), CASES, ids=lambda value: str(value) if isinstance(value, YamlChange) else ""
)
def test_only_the_lines_of_the_changed_value_differ(change: YamlChange, expected: list[str]) -> None:
    found = changed_lines(SHOW, edit_yaml(SHOW, [change]))
    assert found == expected


def test_a_folded_text_keeps_its_form_and_the_lines_that_say_the_same() -> None:
    words = yaml.safe_load(SHOW)["description"].replace("だれも", "誰も")
    found = changed_lines(SHOW, edit_yaml(SHOW, [YamlChange(("description",), SET, words)]))
    assert found == ["-  だれも知らない。   # no comment, but words", "+  誰も知らない。   # no comment, but words"]


def test_a_mapping_that_is_set_over_another_changes_what_differs() -> None:
    style = yaml.safe_load(SHOW)["style"]
    style["loras"][1]["strength"] = 0.3
    del style["palette"]
    found = changed_lines(SHOW, edit_yaml(SHOW, [YamlChange(("style",), SET, style)]))
    assert sorted(found) == [
        "+          strength: 0.3",
        "-          strength: 1.0",
        '-    palette: [ "#111111", \'#222222\' ,"#333333" ]',
    ]


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_line_end_stay() -> None:
    text = "\ufeff" + SHOW.replace("\n", "\r\n").removesuffix("\r\n")
    after = edit_yaml(text, [YamlChange(("seed",), SET, 9), YamlChange(("lora", "file"), SET, "x")])
    assert after == text.replace("seed:   7", "seed:   9") + "\r\nlora:\r\n    file: x"


def test_an_empty_file_begins_with_the_first_value() -> None:
    assert edit_yaml("# mine\n", [YamlChange(("voice", "pitch"), SET, 4)]) == "# mine\nvoice:\n  pitch: 4\n"
    assert edit_yaml("", [YamlChange(("a",), SET, [1])]) == "a: [1]\n"


@pytest.mark.parametrize(
    ("text", "change", "problem"),
    [
        ("a: [1\n", YamlChange(("a",), SET, 2), "not YAML"),
        ("- a\n", YamlChange(("a",), SET, 2), "no mapping"),
        ("a: 1\n", YamlChange(("a", "b"), SET, 2), r"a\.b is not in the file"),
        ("a: [1]\n", YamlChange(("a", 3), SET, 2), r"a\.3 is not in the file"),
        ("a: 1\n", YamlChange(("a",), APPEND, 2), "no list"),
        ("a: &x [1]\nb: *x\n", YamlChange(("b",), APPEND, 2), "by hand"),
        ("a: 1\na: 2\n", YamlChange(("a",), SET, 3), "by hand"),
        ("a: 1\n", YamlChange((), SET, 3), "needs a path"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_named(text: str, change: YamlChange, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        edit_yaml(text, [change])


def test_paths_are_written_with_dots() -> None:
    assert path_of("style.loras.0.strength") == ("style", "loras", 0, "strength")
    with pytest.raises(PlanError, match="not a path"):
        path_of("style..x")


# Properties -----------------------------------------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("ab 明#:-'\"[]{},&*!|>%@`?~0"), min_size=1, max_size=12).map(str.strip).filter(bool)
SCALARS = st.one_of(WORDS, st.integers(-9, 99), st.booleans(), st.sampled_from(["yes", "null", "12:30", "1e3", "0x1"]))
DATA = st.one_of(
    SCALARS,
    st.lists(SCALARS, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(["hair", "eyes", "file"]), SCALARS, min_size=1, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["file", "kind"]), SCALARS, min_size=1), min_size=1, max_size=2),
)


@st.composite
def entries(draw: st.DrawFn, key: str) -> str:
    """Return the text of one entry, in some layout, with comments."""
    value = draw(DATA)
    flow = draw(st.sampled_from([True, False, None]))
    text = yaml.safe_dump(
        {key: value}, default_flow_style=flow, allow_unicode=True, width=draw(st.sampled_from([12, 90]))
    )
    if text.startswith("{"):
        text = yaml.safe_dump({key: value}, default_flow_style=False, allow_unicode=True)
    comment = draw(st.sampled_from(["", "# above\n", "\n", "\n# one\n# two\n\n"]))
    return comment + text


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_every_other_entry_stays_as_it_was_byte_for_byte(data: st.DataObject) -> None:
    keys = ["name", "appearance", "voice", "references"]
    parts: Sequence[str] = [data.draw(entries(key)) for key in keys]
    ends = data.draw(st.sampled_from(["\n", "\r\n"]))
    parts = [part.replace("\n", ends) for part in parts]
    text = "".join(parts)
    place = data.draw(st.integers(0, len(keys) - 1))
    held: dict[str, Any] = yaml.safe_load(text)
    value = data.draw(DATA)
    action = data.draw(st.sampled_from([SET, SET, REMOVE, APPEND]))
    if action is APPEND and not isinstance(held[keys[place]], list):
        action = SET
    after = edit_yaml(text, [YamlChange((keys[place],), action, value)])
    assert after.startswith("".join(parts[:place]))
    assert after.endswith("".join(parts[place + 1 :]))
    expected = dict(held)
    if action is REMOVE:
        del expected[keys[place]]
    elif action is APPEND:
        expected[keys[place]] = [*held[keys[place]], value]
    else:
        expected[keys[place]] = value
    assert yaml.safe_load(after) == expected
