from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.memory.facts import Fact, Statement
from tower_anime_assets.production.memory.json_lines import read_json_lines, to_json_lines
from tower_anime_assets.store import facts, migrations
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.facts import FactCounts, FactMatch
from tower_anime_assets_tests.conftest import DatabaseServer


def say(subject: str, predicate: str, object_: str, source: str = "person:mei", confidence: float = 1.0) -> Statement:
    return Statement(subject=subject, predicate=predicate, object=object_, source=source, confidence=confidence)


def objects(found: tuple[Fact, ...]) -> list[str]:
    return [fact.object for fact in found]


def subjects(found: tuple[FactMatch, ...]) -> list[str]:
    return [each.fact.subject for each in found]


def test_the_same_triple_of_the_same_source_is_stored_once_however_it_is_written(database: Database) -> None:
    first = facts.store_statements(database, "once", [say("Luna Chen", "fears", "heights")])
    again = facts.store_statements(database, "once", [say(" LUNA  chen", "Fears", "Heights ")])
    assert (first, again) == (FactCounts(stored=1), FactCounts(known=1))
    (fact,) = facts.find_facts(database, ["once"], "luna chen", "fears")
    assert (fact.subject, fact.object, fact.project, fact.ended_at) == ("Luna Chen", "heights", "once", None)


def test_more_confidence_supersedes_and_the_history_stays_readable(database: Database) -> None:
    facts.store_statements(database, "surer", [say("Luna", "fears", "heights", confidence=0.4)])
    tally = facts.store_statements(database, "surer", [say("Luna", "fears", "heights", confidence=0.9)])
    assert tally == FactCounts(stored=1, superseded=1)
    assert [fact.confidence for fact in facts.find_facts(database, ["surer"], "Luna")] == [0.9]
    old, now = facts.find_facts(database, ["surer"], "Luna", history=True)
    assert (old.confidence, old.superseded_by, now.superseded_by) == (0.4, now.id, None)
    assert old.ended_at is not None


def test_one_object_at_a_time_gives_way_and_many_objects_stand_together(database: Database) -> None:
    facts.store_statements(database, "many", [say("Luna", "hair_colour", "black"), say("Luna", "appears_in", "sc01")])
    facts.store_statements(database, "many", [say("Luna", "hair colour", "silver"), say("Luna", "appears_in", "sc02")])
    assert objects(facts.find_facts(database, ["many"], "Luna", "hair_colour")) == ["silver"]
    assert objects(facts.find_facts(database, ["many"], "Luna", "appears_in")) == ["sc01", "sc02"]
    assert objects(facts.find_facts(database, ["many"], "Luna", "hair_colour", history=True)) == ["black", "silver"]


def test_a_less_confident_source_does_not_overrule_the_files(database: Database) -> None:
    facts.store_statements(database, "weak", [say("Luna", "voice", "low", "file:characters/luna.yaml")])
    weak = say("Luna", "voice", "shrill", "mcp:claude", 0.8)
    assert facts.store_statements(database, "weak", [weak]) == FactCounts(overruled=1)
    assert facts.store_statements(database, "weak", [weak]) == FactCounts(known=1)
    assert objects(facts.find_facts(database, ["weak"], "Luna", "voice")) == ["low"]
    assert objects(facts.find_facts(database, ["weak"], "Luna", "voice", history=True)) == ["low", "shrill"]


def test_what_a_source_no_longer_says_is_ended_by_nothing_and_not_deleted(database: Database) -> None:
    file, hand = say("Luna", "feature", "monocle", "file:luna"), say("Luna", "feature", "scar")
    facts.store_statements(database, "gone", [hand])
    facts.replace_statements(database, "gone", [file, say("Luna", "feature", "tattoo", "file:luna")], ["file:"])
    tally = facts.replace_statements(database, "gone", [file], ["file:"])
    assert tally == FactCounts(known=1, ended=1)
    assert objects(facts.find_facts(database, ["gone"], "Luna")) == ["scar", "monocle"]
    ended = [fact for fact in facts.find_facts(database, ["gone"], "Luna", history=True) if fact.ended_at]
    assert [(fact.object, fact.superseded_by) for fact in ended] == [("tattoo", None)]
    assert facts.replace_statements(database, "gone", [file], ["file:"]) == FactCounts(known=1)


def test_reading_a_file_again_does_not_undo_what_a_person_put_right(database: Database) -> None:
    black = say("Luna", "hair_colour", "black", "file:luna")
    facts.replace_statements(database, "right", [black], ["file:"])
    facts.store_statements(database, "right", [say("Luna", "hair_colour", "silver")])
    assert facts.replace_statements(database, "right", [black], ["file:"]).stored == 0
    assert objects(facts.find_facts(database, ["right"], "Luna", "hair_colour")) == ["silver"]
    facts.replace_statements(database, "right", [say("Luna", "hair_colour", "blue", "file:luna")], ["file:"])
    assert objects(facts.find_facts(database, ["right"], "Luna", "hair_colour")) == ["blue"]


def test_a_source_that_was_not_read_is_refused(database: Database) -> None:
    with pytest.raises(PlanError, match="comes from 'person:mei'; expected one of file:"):
        facts.replace_statements(database, "strange", [say("Luna", "fears", "heights")], ["file:"])


def test_a_fact_ends_by_hand_once_and_stays_in_the_history(database: Database) -> None:
    facts.store_statements(database, "hand", [say("Luna", "owns", "a drone")])
    (fact,) = facts.find_facts(database, ["hand"], "Luna")
    facts.end_fact(database, "hand", fact.id)
    facts.end_fact(database, "hand", fact.id)
    assert facts.find_facts(database, ["hand"], "Luna") == ()
    assert objects(facts.find_facts(database, ["hand"], "Luna", history=True)) == ["a drone"]
    with pytest.raises(PlanError, match="other has no fact"):
        facts.end_fact(database, "other", fact.id)
    with pytest.raises(PlanError, match="'x' is not a fact id"):
        facts.end_fact(database, "hand", "x")


def test_said_again_after_its_end_a_fact_holds_again(database: Database) -> None:
    facts.store_statements(database, "again", [say("Luna", "owns", "a drone")])
    facts.end_fact(database, "again", facts.find_facts(database, ["again"], "Luna")[0].id)
    assert facts.store_statements(database, "again", [say("Luna", "owns", "a drone")]) == FactCounts(stored=1)
    assert len(facts.find_facts(database, ["again"], "Luna", history=True)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts SET object = 'x' WHERE project_id = 'guarded'",
        "UPDATE facts SET ended_at = NULL WHERE project_id = 'guarded' AND ended_at IS NOT NULL",
        "DELETE FROM facts WHERE project_id = 'guarded'",
        "TRUNCATE facts",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_said(database: Database, statement: str) -> None:
    facts.store_statements(database, "guarded", [say("Luna", "voice", "low"), say("Luna", "voice", "high")])
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement.encode())


def test_writers_at_the_same_moment_leave_one_fact_and_one_current_object(database: Database) -> None:
    said = [[say("Luna", "owns", "a drone"), say("Luna", "voice", f"voice {at}")] for at in range(6)]
    threads = [threading.Thread(target=facts.store_statements, args=(database, "race", each)) for each in said]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(facts.find_facts(database, ["race"], "Luna", "owns", history=True)) == 1
    assert len(facts.find_facts(database, ["race"], "Luna", "voice")) == 1
    assert len(facts.find_facts(database, ["race"], "Luna", "voice", history=True)) == 6


def test_export_and_import_give_the_same_facts_in_the_same_order(database: Database) -> None:
    said = [say(f"Name {at}", "likes", f"thing {at}\u2028\n雪", confidence=at / 10) for at in range(8)]
    facts.store_statements(database, "export", said)
    text = to_json_lines(facts.list_all(database, "export"))
    assert facts.store_statements(database, "import", read_json_lines(text, "facts.jsonl", "person:me")) == FactCounts(
        stored=8
    )
    assert to_json_lines(facts.list_all(database, "import")) == text
    assert facts.store_statements(database, "import", read_json_lines(text, "facts.jsonl", "person:me")) == FactCounts(
        known=8
    )


def test_an_old_export_does_not_undo_what_was_said_since(database: Database) -> None:
    facts.store_statements(database, "old", [say("Luna", "voice", "high")])
    past = replace(say("Luna", "voice", "low"), timestamp=datetime.now(UTC) - timedelta(days=300))
    assert facts.store_statements(database, "old", [past]) == FactCounts(overruled=1)
    assert objects(facts.find_facts(database, ["old"], "Luna", "voice")) == ["high"]


def test_many_statements_are_stored_in_batches(database: Database) -> None:
    said = [say(f"Name {at}", "likes", "tea") for at in range(facts.BATCH_SIZE + 5)]
    assert facts.store_statements(database, "batches", said) == FactCounts(stored=facts.BATCH_SIZE + 5)
    assert [fact.subject for fact in facts.list_all(database, "batches")] == [each.subject for each in said]


def test_words_find_facts_whatever_their_case_and_accents_and_the_subject_counts_most(database: Database) -> None:
    said = [
        say("Café Émile", "sells", "coffee"),
        say("Luna", "visits", "the café of Émile"),
        say("Viktor", "owns", "a tower"),
    ]
    facts.store_statements(database, "words", said)
    assert subjects(facts.search_words(database, ["words"], "CAFE emile?", 5)) == [
        "Café Émile",
        "Luna",
    ]
    assert subjects(facts.search_words(database, ["words"], "who owns the tower", 5))[0] == "Viktor"
    assert facts.search_words(database, ["words"], "?!", 5) == ()


@pytest.mark.parametrize("query", ["銀色", "髪", "銀色の髪", "色の髪は何"])
def test_scripts_without_spaces_are_searched_by_pairs_of_characters(database: Database, query: str) -> None:
    facts.store_statements(
        database, "kanji", [say("ルナ", "hair_colour", "銀色の髪"), say("アキラ", "likes", "速い車")]
    )
    assert subjects(facts.search_words(database, ["kanji"], query, 5)) == ["ルナ"]


def test_the_beginning_of_a_long_word_finds_it(database: Database) -> None:
    facts.store_statements(
        database, "begin", [say("Akira", "feature", "cybernetic arms"), say("Luna", "feature", "a cyber pet")]
    )
    found = subjects(facts.search_words(database, ["begin"], "cyber", 5))
    assert found == ["Luna", "Akira"]


def test_ended_facts_are_not_searched(database: Database) -> None:
    facts.store_statements(database, "past", [say("Luna", "voice", "gravelly"), say("Luna", "voice", "clear")])
    assert facts.search_words(database, ["past"], "gravelly", 5) == ()


def test_meaning_is_searched_where_the_server_has_pgvector(database: Database) -> None:
    assert facts.supports_embeddings(database)
    facts.store_statements(database, "near", [say("A", "is", "warm"), say("B", "is", "cold"), say("C", "is", "new")])
    a, b, _ = facts.list_unembedded(database, ["near"], "model", 10)
    facts.save_embeddings(database, "model", {a.id: [1.0, 0.1, 0.0], b.id: [-1.0, 0.1, 0.0]})
    facts.save_embeddings(database, "other", {})
    found = facts.search_meaning(database, ["near"], "model", [0.9, 0.0, 0.1], 5)
    assert subjects(found) == ["A", "B"]
    assert found[0].score > 0.9 > 0 > found[1].score
    assert [fact.subject for fact in facts.list_unembedded(database, ["near"], "model", 10)] == ["C"]
    assert facts.search_meaning(database, ["near"], "other", [1.0, 0.0], 5) == ()


@pytest.fixture
def without_pgvector(database_server: DatabaseServer) -> Iterator[Database]:
    """An empty database for a user who may make tables in it, but install nothing."""
    url = database_server.make_database("template0")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("GRANT ALL ON SCHEMA public TO guest")
    made = Database(url.replace("postgresql://postgres", "postgresql://guest"))
    yield made
    made.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY guest")
        connection.execute("DROP ROLE guest")


def test_without_pgvector_everything_but_meaning_works(without_pgvector: Database) -> None:
    every = migrations.apply_migrations(without_pgvector)
    assert not facts.supports_embeddings(without_pgvector)
    facts.store_statements(without_pgvector, "plain", [say("Luna", "fears", "heights")])
    assert subjects(facts.search_words(without_pgvector, ["plain"], "heights", 5)) == ["Luna"]
    migrations.roll_back(without_pgvector, len(every), drops_rows=True)
    assert migrations.apply_migrations(without_pgvector) == every


def test_facts_from_before_the_migration_are_kept_and_found(empty_database: Database) -> None:
    every = migrations.read_migrations()
    before = tuple(item for item in every if item.version < "0004")
    migrations.apply_migrations(empty_database, before)
    with psycopg.connect(empty_database.url) as connection:
        connection.execute(
            "INSERT INTO facts (project_id, subject, predicate, object, source) "
            "VALUES ('early', 'Luna', 'fears', 'Heights', 'person:mei')"
        )
    migrations.apply_migrations(empty_database)
    assert facts.store_statements(empty_database, "early", [say("luna", "fears", "heights")]) == FactCounts(known=1)
    assert subjects(facts.search_words(empty_database, ["early"], "heights", 5)) == ["Luna"]
    migrations.roll_back(empty_database, len(every) - len(before), drops_rows=True)
    with psycopg.connect(empty_database.url) as connection:
        kept = connection.execute("SELECT object FROM facts WHERE words @@ 'heights'").fetchall()
    assert kept == [("Heights",)]


def test_projects_do_not_see_each_others_facts(database: Database) -> None:
    facts.store_statements(database, "mine", [say("Luna", "knows", "a secret")])
    assert facts.find_facts(database, ["theirs"], "Luna") == ()
    assert facts.list_by_object(database, ["theirs"], "a secret") == ()
    assert facts.search_words(database, ["theirs"], "Luna secret", 5) == ()
    assert facts.list_for_subjects(database, ["theirs"], ["Luna"], except_predicates=(), limit=5) == ()
    assert facts.list_recent(database, ["theirs"], datetime.now(UTC) - timedelta(hours=1), 5) == ()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (say("", "fears", "x"), "subject is empty"),
        (say("Luna", "_ -", "x"), "predicate is '_ -'"),
        (say("Luna", "fears", "x" * 2001), "object has 2,001 characters"),
        (say("Luna", "fears", "a\x00b"), "control character"),
        (say("Luna", "fears", "x", confidence=float("nan")), "confidence is nan"),
        (say("Luna", "fears", "x", source=" "), "source is empty"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_reason(database: Database, statement: Statement, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        facts.store_statements(database, "bad", [statement])
    assert facts.list_all(database, "bad") == ()


def test_the_longest_facts_fit_their_indexes(database: Database) -> None:
    wide = "\U0001f409"
    longest = say(wide * 200, wide * 80, wide * 2000, wide * 200)
    assert facts.store_statements(database, "long", [longest]) == FactCounts(stored=1)
    assert len(facts.find_facts(database, ["long"], wide * 200)) == 1
