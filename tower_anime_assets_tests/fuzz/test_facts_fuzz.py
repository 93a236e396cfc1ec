"""Any lines are facts: they are read or refused with their lines, and what is written is read again as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.production.memory.facts import Statement
from tower_anime_assets.production.memory.json_lines import read_json_lines, to_json_lines
from tower_anime_assets.production.memory.questions import read_question
from tower_anime_assets.production.memory.search_words import tsquery_of, tsvector_of
from tower_anime_assets_tests.fuzz.fuzzing import as_json, fuzzed, json_values, junk, marks, with_junk

pytestmark = pytest.mark.chaos

_TEXTS = st.sampled_from(["Luna Chen", "fears", "heights", "", " ", "x" * 3000, "\u0000", "ルナ", "{}_"]) | marks | junk
_RECORDS = st.fixed_dictionaries(
    {key: with_junk(_TEXTS, 8) for key in ("subject", "predicate", "object")},
    optional={
        "source": with_junk(_TEXTS, 8),
        "confidence": with_junk(st.sampled_from([0, 1, 0.5, -1, 2, True, 10**400, float("nan")]), 6),
        "timestamp": with_junk(
            st.sampled_from(
                ["2026-03-01T12:00:00+00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x"]
            ),
            6,
        ),
        "objekt": json_values,
    },
)
_LINES = st.lists(
    _RECORDS.map(as_json)
    | json_values.map(as_json)
    | st.sampled_from(['{"a":1,"a":2}', "[" * 3000, "1" * 5000, "{"])
    | junk,
    max_size=6,
).map("\n".join)


@given(_LINES)
@example("[" * 40_000)
@example('{"subject":"a","predicate":"b","object":"c","confidence":' + "9" * 5000 + "}")
@fuzzed
def test_any_lines_are_read_as_facts_or_refused_with_their_lines(text: str) -> None:
    faults: tuple[Fault, ...] = ()
    statements: tuple[Statement, ...] = ()
    try:
        statements = read_json_lines(text, "facts.jsonl", "a file")
    except StoryError as error:
        faults = error.faults
    assert all(fault.file == "facts.jsonl" and 1 <= fault.line <= text.count("\n") + 1 for fault in faults)
    if faults:
        return
    assert len(statements) == sum(bool(line.strip()) for line in text.removeprefix("\ufeff").split("\n"))
    assert read_json_lines(to_json_lines(statements), "again.jsonl", "another") == statements


@given(st.lists(_TEXTS, max_size=8).map(" ".join))
@fuzzed
def test_any_text_is_a_question(text: str) -> None:
    assert read_question(text) == read_question(text)
    tsquery_of(text, matches_all=True)
    tsvector_of(text, text, text)
