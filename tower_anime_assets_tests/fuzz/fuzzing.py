"""What every fuzz target uses: how many cases it runs, pieces to build them of, and the measure of linear time."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import SourceFile
from tower_anime_assets_tests.small_show import CHARACTERS, PROJECT

T = TypeVar("T")

_LONG_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Cases of each target in a long run, which are others each time; 0 for the fixed ones of every check."""

fuzzed = settings(
    max_examples=_LONG_EXAMPLES or 120,
    derandomize=not _LONG_EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""Decorates a fuzz target."""

junk = st.text(max_size=24)
"""Any characters, surrogates and controls included."""

marks = st.sampled_from(
    [
        "(",
        ")",
        "((",
        "()()",
        "[[",
        "]]",
        "/*",
        "*/",
        "**__",
        "***",
        "_",
        "\\",
        ".",
        "...",
        ":",
        "：",
        "^",
        "@",
        "!",
        ">",
        "<",
        "~",
        "#",
        "##",
        "=",
        "===",
        "-",
        "--",
        "—",
        "&",
        ",",
        ";",
        '"',
        "“",
        "”",
        "’",
        "「",
        "」",
        "\t",
        "  ",
        "\u3000",
        "\u200b",
        "́",
        "\ufeff",
        "\u202e",
        "é",
        "ß",
        "İ",
        "日本",
        "カタカナ",
        "한국어",
        "👨\u200d👩\u200d👧",
        "1",
        "99999999999999999999",
        "½",
    ]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | junk,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(junk, inner, max_size=4),
    max_leaves=12,
)
"""Any value of JSON, with the numbers that Python writes and reads beside it: NaN and the infinities."""


def small_project() -> Project:
    """Return the small show's project, read from its files."""
    cast = {name: SourceFile(f"small/characters/{name}.yaml", text) for name, text in CHARACTERS.items()}
    draft = draft_project("small", SourceFile("small/project.yaml", PROJECT), cast)
    assert not draft.faults
    return draft.project


def as_json(value: Any) -> str:
    """Return a value as JSON text, lone surrogates and NaN included."""
    return json.dumps(value)


def with_junk(strategy: st.SearchStrategy[T], share: int = 4) -> st.SearchStrategy[Any]:
    """Return a strategy for a valid value and, one time in `share`, for anything else."""
    return st.integers(1, share).flatmap(lambda number: json_values if number == 1 else strategy)


def assert_linear(read: Callable[[str], object], text_of: Callable[[int], str], size: int) -> None:
    """Assert that twice as much takes about twice as long, and four times as much is read in time.

    Args:
        read: Reads a text.
        text_of: Returns a text of a size.
        size: The smallest size that is measured.
    """
    read(text_of(8))
    small_s, large_s = (min(_cpu_s(read, text_of(size * factor)) for _ in range(2)) for factor in (2, 4))
    assert large_s < 3.2 * small_s + 0.05, f"{small_s:.3f} s, then {large_s:.3f} s for twice as much"


def assert_quick(read: Callable[[str], object], text: str) -> None:
    """Assert that a text is read in a second, with room for a busy machine: three tries, and an older core's loop."""
    for _ in range(3):
        slowdown = max(1.0, _cpu_s(lambda _text: sum(number & 3 for number in range(1_000_000)), "") / 0.05)
        taken_s = _cpu_s(read, text)
        if taken_s < 2.0 * slowdown:
            return
    raise AssertionError(f"{taken_s:.2f} s, on a machine that takes {slowdown:.1f} times as long as usual")


def _cpu_s(read: Callable[[str], object], text: str) -> float:
    gc.freeze()  # what earlier tests left is not looked through: a collection of all of it takes longer than most texts
    try:
        start = time.process_time()
        read(text)
        return time.process_time() - start
    finally:
        gc.unfreeze()
