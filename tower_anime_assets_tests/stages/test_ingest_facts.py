"""Stories and their facts are on record together, or not at all."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest, memory
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts, story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import SCRIPT, write_small_show

NUMBERS = itertools.count()


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


@pytest.fixture
def key(studio: Studio) -> EpisodeKey:
    name = f"told_{next(NUMBERS)}"
    write_small_show(studio.settings.projects).rename(studio.settings.projects / name)
    return EpisodeKey(name, "e01")


def said(studio: Studio, key: EpisodeKey, subject: str, predicate: str) -> list[str]:
    return [fact.object for fact in facts.find_facts(studio.database, [key.project], subject, predicate)]


def test_reading_an_episode_fills_the_memory(studio: Studio, key: EpisodeKey) -> None:
    ingest.read_episode(studio, key)
    assert said(studio, key, "Luna", "described_as")[0].startswith("A researcher with long silver hair")
    assert said(studio, key, "Luna", "appears_in") == [f"{key}-sc02"]
    assert said(studio, key, "Small Show", "frame_rate") == ["12"]
    assert "embedded animator" in said(studio, key, "clips", "is_made_with")[0]
    before = facts.list_all(studio.database, key.project)
    ingest.read_episode(studio, key)
    assert facts.list_all(studio.database, key.project) == before


def test_an_episode_changes_no_other_episodes_facts_and_one_that_is_gone_takes_its_facts_along(
    studio: Studio, key: EpisodeKey
) -> None:
    second = studio.settings.projects / key.project / "episodes" / "e02.fountain"
    second.write_text(SCRIPT.replace("LABORATORY", "ROOF"))
    ingest.read_episode(studio, key)
    ingest.read_episode(studio, EpisodeKey(key.project, "e02"))
    assert said(studio, key, "Luna", "seen_at") == ["LABORATORY", "ROOF"]
    second.unlink()
    ingest.read_episode(studio, key)
    assert said(studio, key, "Luna", "seen_at") == ["LABORATORY"]


def test_if_the_facts_cannot_be_written_the_story_is_not_either(studio: Studio, key: EpisodeKey) -> None:
    with psycopg.connect(studio.database.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE facts RENAME TO facts_away")
        try:
            with pytest.raises(ServiceRejectedError):
                ingest.read_episode(studio, key)
        finally:
            connection.execute("ALTER TABLE facts_away RENAME TO facts")
    assert story.load_project(studio.database, key.project) is None
    assert story.load_episode(studio.database, key) is None


def test_a_record_without_facts_is_filled_where_nothing_else_is_to_be_done(studio: Studio, key: EpisodeKey) -> None:
    project, episode = ingest.read_episode(studio, key)
    before = {fact.identity for fact in facts.list_all(studio.database, key.project)}
    for fact in facts.list_all(studio.database, key.project):
        facts.end_fact(studio.database, key.project, fact.id)
    memory.refresh(studio, project, episode)
    assert {fact.identity for fact in facts.list_all(studio.database, key.project)} == before
    kept = facts.list_all(studio.database, key.project)
    memory.refresh(studio, project, episode)
    assert facts.list_all(studio.database, key.project) == kept
    studio.settings = replace(studio.settings, services={"comfyui": "http://127.0.0.1:9"})
    memory.refresh(studio, project, episode)
    assert said(studio, key, "clips", "is_made_with")[0].startswith("ComfyUI")
