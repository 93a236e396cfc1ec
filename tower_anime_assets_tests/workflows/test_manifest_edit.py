from __future__ import annotations

from typing import Any

import pytest
import yaml

from tower_anime_assets.workflows.manifest_edit import set_value

TEXT = """\
# Mine.
format: 1   # one
bindings:
  # the words
  prompt: [a.inputs.text]  # mine
  seed:
    - 3.inputs.seed
    # of the second pass
    - 4.inputs.seed

# sizes of the model
sizes: {multiple_px: 8, min_px: 64, max_pixels: 100}  # small
notes: >-
  one
  two

# the end
"""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("bindings", "prompt"), ["12.inputs.text", "1:2.inputs.text"]),
        (("bindings", "seed"), ["9.inputs.seed"]),
        (("bindings", "image"), ["5.inputs.image"]),
        (("sizes", "scale"), 2.0),
        (("sizes",), {"multiple_px": 16, "fixed": "64x64"}),
        (("output",), ["9"]),
        (("priors",), {"source": "measured: a probe, 'here'", "quality": 0.5}),
        (("probe", "server"), "x: #1"),
        (("notes",), "ja"),
    ],
)
def test_a_value_is_set_and_every_comment_stays(path: tuple[str, ...], value: Any) -> None:
    edited = set_value(TEXT, path, value)
    expected = yaml.safe_load(TEXT)
    section = expected
    for key in path[:-1]:
        section = section.setdefault(key, {})
    section[path[-1]] = value
    assert yaml.safe_load(edited) == expected
    for comment in (line.partition("#")[2] for line in TEXT.splitlines() if "#" in line):
        assert f"#{comment}" in edited
    assert set_value(edited, path, value) == edited


@pytest.mark.parametrize("text", ["", "# only a comment\n", "a: {}\n", "a:\n", "a: {b: 1}", "a:\n  b: 1"])
def test_a_text_may_hold_little(text: str) -> None:
    assert yaml.safe_load(set_value(text, ("a", "b"), [1])) == {"a": {"b": [1]}}
