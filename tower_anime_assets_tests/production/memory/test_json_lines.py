from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import MAX_LISTED, StoryError
from tower_anime_assets.production.memory.facts import Statement, problems_of
from tower_anime_assets.production.memory.json_lines import read_json_lines, to_json_lines

words = st.text(min_size=1, max_size=60)
statements = st.builds(
    Statement,
    subject=words,
    predicate=words,
    object=words,
    source=words,
    confidence=st.floats(0, 1),
    timestamp=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
).filter(lambda statement: not problems_of(statement))


@given(st.lists(statements, max_size=8))
def test_what_is_written_is_read_back_equal(said: list[Statement]) -> None:
    assert list(read_json_lines(to_json_lines(said), "facts.jsonl", "person:me")) == said


def test_a_line_needs_only_its_triple() -> None:
    (said,) = read_json_lines('\ufeff\n{"subject": "A", "predicate": "b", "object": "c"}\r\n\n', "f", "person:me")
    assert said == Statement(subject="A", predicate="b", object="c", source="person:me")


def test_a_moment_is_read_in_any_zone() -> None:
    line = '{"subject": "A", "predicate": "b", "object": "c", "timestamp": "2026-03-01T21:00:00+09:00"}'
    (said,) = read_json_lines(line, "f", "person:me")
    assert said.timestamp == datetime(2026, 3, 1, 21, tzinfo=timezone(timedelta(hours=9)))


def test_every_fault_is_named_with_its_line_and_nothing_is_read() -> None:
    text = "\n".join(
        [
            '{"subject": "A", "predicate": "b", "object": "c"}',
            "nonsense",
            '["A"]',
            '{"subject": 1, "predicate": "b", "object": "c", "confidence": true}',
            '{"subject": "A", "subject": "B", "predicate": "b", "object": "c"}',
            '{"subject": "A", "predicat": "b", "object": "c"}',
            '{"subject": "A", "predicate": "b", "object": ""}',
            '{"subject": "A", "predicate": "b", "object": "c", "timestamp": "2026-03-01T12:00:00"}',
            '{"subject": "A", "predicate": "b", "object": "c", "confidence": NaN}',
            "[" * 30_000,
            '{"subject": "' + "A" * 60_000 + '"}',
        ]
    )
    with pytest.raises(StoryError) as caught:
        read_json_lines(text, "facts.jsonl", "person:me")
    found = [(fault.line, fault.problem) for fault in caught.value.faults]
    assert {line for line, _ in found} == {2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
    assert (4, "subject is 1") in found
    assert (4, "confidence is True") in found
    assert (6, "unknown key 'predicat'") in found
    assert (7, "object is empty") in found
    assert all(fault.file == "facts.jsonl" and fault.remedy for fault in caught.value.faults)


def test_reading_stops_after_many_faults() -> None:
    with pytest.raises(StoryError, match="reading stopped here") as caught:
        read_json_lines("x\n" * 10_000, "facts.jsonl", "person:me")
    assert len(caught.value.faults) == MAX_LISTED


@given(st.text(max_size=200).filter(lambda text: text.strip()))
def test_text_that_is_no_json_is_a_fault_and_never_a_crash(text: str) -> None:
    with pytest.raises(StoryError):
        read_json_lines(f"x{text}", "facts.jsonl", "person:me")
