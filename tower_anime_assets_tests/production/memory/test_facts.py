from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.memory.facts import (
    PREDICATES,
    Fact,
    Statement,
    facts_no_longer_stated,
    normalised,
    plan_fact_changes,
    predicate_for,
    predicate_key,
    problems_of,
    validate_statement,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fact(id_: str, predicate: str, object_: str, source: str = "person:mei", confidence: float = 1.0) -> Fact:
    return Fact(
        id=id_,
        project="nexus",
        subject="Luna",
        predicate=predicate,
        object=object_,
        source=source,
        confidence=confidence,
    )


facts = st.builds(
    fact,
    st.uuids().map(str),
    st.sampled_from(["voice", "hair_colour", "owns"]),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(["file:luna", "person:mei", "mcp:claude"]),
    st.sampled_from([0.3, 0.8, 1.0]),
)


def stand(record: list[Fact], said: list[Fact]) -> list[Fact]:
    """Return every fact on record after statements were settled, ended ones marked by `superseded_by`."""
    settled = plan_fact_changes(record, said)
    kept = {each.id: each for each in (*record, *settled.new_facts)}
    for id_, by in settled.ended_by.items():
        kept[id_] = replace(kept[id_], superseded_by=by)
    return list(kept.values())


@given(st.lists(facts, max_size=25, unique_by=lambda each: each.id))
def test_at_most_one_object_of_a_single_predicate_holds_and_each_source_says_a_thing_once(said: list[Fact]) -> None:
    record: list[Fact] = []
    for each in said:
        record = stand(record, [each])
    current = [each for each in record if each.superseded_by is None]
    for name in ("voice", "hair_colour"):
        assert len({each.object for each in current if each.predicate == name}) <= 1
    assert len({each.identity for each in current}) == len(current)


@given(st.lists(facts, max_size=25, unique_by=lambda each: each.id))
def test_settling_in_one_batch_or_one_by_one_comes_to_the_same(said: list[Fact]) -> None:
    record: list[Fact] = []
    for each in said:
        record = stand(record, [each])

    def current(found: list[Fact]) -> set[str]:
        return {each.id for each in found if each.superseded_by is None}

    assert current(stand([], said)) == current(record)


@given(st.lists(facts, max_size=25, unique_by=lambda each: each.id))
def test_nothing_that_was_said_is_lost(said: list[Fact]) -> None:
    record = stand([], said)
    assert {each.identity for each in record} == {each.identity for each in said}
    by_id = {each.id for each in record}
    assert all(each.superseded_by in by_id for each in record if each.superseded_by is not None)


def test_a_batch_says_of_each_statement_what_became_of_it() -> None:
    said = [
        fact("1", "voice", "low"),
        fact("2", "voice", "LOW "),
        fact("3", "voice", "shrill", "mcp:claude", 0.8),
        fact("4", "voice", "high"),
    ]
    settled = plan_fact_changes([], said)
    assert settled.results == ("stored", "known", "overruled", "stored")
    assert [(each.id, each.superseded_by) for each in settled.new_facts] == [("1", "4"), ("3", "1"), ("4", None)]


def test_what_an_import_dates_before_what_holds_does_not_supersede_it() -> None:
    now = replace(fact("1", "voice", "high"), timestamp=NOON)
    older = replace(fact("2", "voice", "low"), timestamp=NOON - timedelta(days=1))
    newer = replace(fact("3", "voice", "clear"), timestamp=NOON + timedelta(days=1))
    assert plan_fact_changes([now], [older]).results == ("overruled",)
    assert plan_fact_changes([now], [newer]).ended_by == {"1": "3"}


def test_what_is_no_longer_said_is_told_by_triple_and_source() -> None:
    record = [fact("1", "owns", "a drone", "file:a"), fact("2", "owns", "a bike", "file:a")]
    assert [each.id for each in facts_no_longer_stated(record, [fact("3", "Owns", "A DRONE", "file:a")])] == ["2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Luna Chen", " luna\tCHEN "), ("ルナ", "ﾙﾅ"), ("STRASSE", "straße"), ("Ａkira", "akira"), ("Ⅳ", "iv")],
)
def test_names_compare_without_case_width_and_white_space(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert predicate_key(predicate_key(text)) == predicate_key(text)


def test_predicates_compare_without_hyphens_and_underscores() -> None:
    assert {predicate_key(text) for text in ("hair_colour", "Hair-Colour", " hair  colour ")} == {"hair_colour"}


@pytest.mark.parametrize("name", PREDICATES)
def test_every_predicate_is_worded_with_subject_and_object(name: str) -> None:
    assert predicate_key(name) == name
    assert {"{subject}", "{object}"} <= set(PREDICATES[name].sentence.replace("'s", " ").replace(":", " ").split())
    assert 0 <= PREDICATES[name].weight <= 1


def test_an_unknown_predicate_has_many_objects_and_reads_as_it_is_written() -> None:
    odd = fact("1", "once met {object}", "Viktor {subject}")
    assert not predicate_for(odd.predicate).is_single
    assert odd.sentence == "Luna once met object Viktor {subject}"


def test_every_fault_of_a_statement_is_named_at_once() -> None:
    bad = Statement(subject="", predicate="p" * 81, object="\x07", source="s", confidence=-1)
    assert len(problems_of(bad)) == 4
    with pytest.raises(PlanError, match=r"subject is empty.*predicate has 81.*control character.*confidence is -1"):
        validate_statement(bad)
