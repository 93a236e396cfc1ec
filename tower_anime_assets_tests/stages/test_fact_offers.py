from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.media import show_files
from tower_anime_assets.production.memory.facts import Statement
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.events import Event, Waiting
from tower_anime_assets.stages.fact_offers import FactOffers, offer_facts
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.echo_brain import FakeEchoBrain
from tower_anime_assets_tests.fakes.echo_brain_facts import FakeEchoBrainFacts
from tower_anime_assets_tests.small_show import write_small_show

NUMBERS = itertools.count()


@pytest.fixture
def fake() -> Iterator[FakeEchoBrainFacts]:
    with FakeEchoBrainFacts() as running:
        yield running


@pytest.fixture
def studio(database: Database, tmp_path: Path, fake: FakeEchoBrainFacts) -> Studio:
    write_small_show(tmp_path / "projects").rename(tmp_path / "projects" / f"offered_{next(NUMBERS)}")
    settings = Settings(projects=tmp_path / "projects", home=tmp_path / "home", services={"echo_brain": fake.url})
    return Studio(settings, database)


@pytest.fixture
def project(studio: Studio) -> str:
    name = show_files.list_projects(studio.settings.projects)[0]
    ingest.read_episode(studio, EpisodeKey(name, "e01"))
    return name


def say(subject: str, predicate: str, object_: str, source: str = "person:mei") -> Statement:
    return Statement(subject=subject, predicate=predicate, object=object_, source=source)


def test_every_fact_is_offered_once(studio: Studio, project: str, fake: FakeEchoBrainFacts) -> None:
    known = {fact.triple for fact in facts.list_all(studio.database, project)}
    assert offer_facts(studio, project) == FactOffers(offered=len(known))
    assert len(fake.facts) == fake.calls == len(known)
    assert any(fact[:2] == ("Luna", "described_as") for fact in fake.facts)
    ingest.read_episode(studio, EpisodeKey(project, "e01"))
    assert offer_facts(studio, project) == FactOffers()
    assert fake.calls == len(known)


def test_a_changed_fact_is_offered_anew_and_what_is_said_twice_is_not(
    studio: Studio, project: str, fake: FakeEchoBrainFacts
) -> None:
    offer_facts(studio, project)
    fake.facts.clear()
    luna = studio.settings.projects / project / "characters" / "luna.yaml"
    luna.write_text(luna.read_text().replace("knows too much", "knows enough"))
    facts.store_statements(
        studio.database, project, [say("Akira", "is_a", "character"), say("Akira", "owns", "a bike")]
    )
    facts.store_statements(studio.database, project, [say("Akira", "likes", "tea", "mcp:claude")])
    ingest.read_episode(studio, EpisodeKey(project, "e01"))
    assert offer_facts(studio, project) == FactOffers(offered=2)
    assert [fact[:2] for fact in fake.facts] == [("Akira", "owns"), ("Luna", "described_as")]
    facts.store_statements(studio.database, project, [say("Akira", "status", "free"), say("Akira", "status", "caught")])
    offer_facts(studio, project)
    facts.store_statements(studio.database, project, [say("Akira", "status", "free")])
    offer_facts(studio, project)
    assert [fact[2] for fact in fake.facts if fact[1] == "status"] == ["caught", "free"]


def test_a_server_that_is_away_stops_nothing_and_is_offered_the_facts_next_time(
    studio: Studio, project: str, fake: FakeEchoBrainFacts
) -> None:
    count = len({fact.triple for fact in facts.list_all(studio.database, project)})
    fake.script = ["", "", "busy"]
    told: list[Event] = []
    first = offer_facts(replace(studio, emit=told.append), project)
    assert first.offered == 2
    assert told == [Waiting("", f"warning: {first.problem}")]
    assert first.problem.startswith("facts are offered to Echo Brain the next time: Echo Brain at http://127.0.0.1:")
    settings = studio.settings
    studio.settings = replace(settings, services={"echo_brain": "http://127.0.0.1:9"})
    away = offer_facts(studio, project)
    assert (away.offered, "the next time" in away.problem) == (0, True)
    studio.settings = settings
    assert offer_facts(studio, project) == FactOffers(offered=count - 2)
    assert fake.calls == count


def test_an_echo_brain_without_a_memory_is_no_warning_in_every_run(studio: Studio, project: str) -> None:
    with FakeEchoBrain() as director:
        studio.settings = replace(studio.settings, services={"echo_brain": director.url})
        told: list[Event] = []
        offers = offer_facts(replace(studio, emit=told.append), project)
        assert (offers.offered, offers.is_expected, told) == (0, True, [])
        assert offers.problem == (
            f"Echo Brain at {director.url} has no memory for facts: /mcp answers 404. They stay in this studio's memory"
        )


def test_another_server_is_offered_everything(studio: Studio, project: str, fake: FakeEchoBrainFacts) -> None:
    count = offer_facts(studio, project).offered
    with FakeEchoBrainFacts() as other:
        studio.settings = replace(studio.settings, services={"echo_brain": other.url})
        assert offer_facts(studio, project).offered == count
    assert fake.calls == other.calls == count


def test_a_refused_fact_is_on_record_and_not_offered_again(
    studio: Studio, project: str, fake: FakeEchoBrainFacts
) -> None:
    fake.script = ["refuse"]
    assert offer_facts(studio, project).refused == 1
    assert offer_facts(studio, project) == FactOffers()
    with psycopg.connect(studio.database.url) as connection:
        answers = connection.execute(
            "SELECT answer FROM fact_offers WHERE server = %s AND answer LIKE 'refused%%'", [fake.url]
        ).fetchall()
        assert len(answers) == 1
        assert "object is too long" in answers[0][0]
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("DELETE FROM fact_offers")


def test_the_token_is_never_offered(studio: Studio, project: str, fake: FakeEchoBrainFacts) -> None:
    fake.token = "s3cret"
    studio.settings = replace(studio.settings, auth_token=fake.token)
    facts.store_statements(studio.database, project, [say("Luna", "knows", "the token s3cret")])
    assert offer_facts(studio, project).problem == ""
    assert fake.facts
    assert "s3cret" not in repr(fake.facts)
    assert offer_facts(studio, project) == FactOffers()


def test_a_slow_server_is_offered_the_rest_in_the_next_run(
    studio: Studio, project: str, fake: FakeEchoBrainFacts
) -> None:
    first = offer_facts(studio, project, budget_s=0)
    assert 0 < first.offered < len(facts.list_all(studio.database, project))
    assert first.problem == f"Echo Brain took {first.offered} facts in 0 s; others are offered next time"
    assert offer_facts(studio, project).problem == ""


def test_without_an_echo_brain_nothing_is_offered(studio: Studio, project: str, fake: FakeEchoBrainFacts) -> None:
    studio.settings = replace(studio.settings, services={})
    assert offer_facts(studio, project) == FactOffers()
    assert fake.calls == 0
