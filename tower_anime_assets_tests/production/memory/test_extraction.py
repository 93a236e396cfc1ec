from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.errors import StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.memory.extraction import (
    facts_of_character,
    facts_of_episode,
    facts_of_project,
)
from tower_anime_assets.production.memory.facts import FILE_SOURCE_PREFIX, MAX_OBJECT_CHARS, Statement, problems_of
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Lora, Project
from tower_anime_assets.settings import resource_root
from tower_anime_assets_tests.production.story.texts import read_project

NEXUS = resource_root() / "projects"


@pytest.fixture(scope="module")
def nexus() -> tuple[Project, Episode]:
    return show_files.load_episode(NEXUS, EpisodeKey("nexus", "e01"))


def objects(said: tuple[Statement, ...], subject: str, predicate: str) -> list[str]:
    return [each.object for each in said if (each.subject, each.predicate) == (subject, predicate)]


def test_the_bundled_show_says_only_what_can_be_stored_and_each_thing_once(nexus: tuple[Project, Episode]) -> None:
    project, episode = nexus
    said = [*facts_of_project(project), *facts_of_episode(project, episode)]
    assert [problem for each in said for problem in problems_of(each)] == []
    assert len({each.identity for each in said}) == len(said) > 100
    assert all(each.source.startswith(FILE_SOURCE_PREFIX) for each in said)


def test_a_character_is_told_with_voice_marks_names_and_lora(nexus: tuple[Project, Episode]) -> None:
    luna = replace(nexus[0].character("luna"), lora=Lora("luna_v2.safetensors", trigger="lunachen"))
    said = facts_of_character(luna)
    assert objects(said, "Luna Chen", "feature") == ["holographic tattoos"]
    assert objects(said, "Luna Chen", "alias") == ["Dr Chen", "Doctor Chen"]
    assert objects(said, "Luna Chen", "voice") == ["f2, pitch 62, 166 words a minute"]
    assert objects(said, "Luna Chen", "lora") == ["luna_v2.safetensors"]
    assert objects(said, "Luna Chen", "lora_trigger") == ["lunachen"]
    assert {each.source for each in said} == {"file:characters/luna.yaml"}


def test_a_cat_is_told_without_hair_and_clothes() -> None:
    (mochi,) = read_project("title: X", mochi="name: Mochi\ndescription: A fat orange cat\n").characters
    facts = {fact.predicate: fact.object for fact in facts_of_character(mochi)}
    assert (facts["kind"], facts["species"], facts["body_colour"]) == ("animal", "cat", "#f0812a")
    assert not any(predicate.startswith(("hair", "outfit", "skin")) for predicate in facts)


def test_a_script_says_who_speaks_how_many_lines_with_whom_and_what_a_place_holds(
    nexus: tuple[Project, Episode],
) -> None:
    project, episode = nexus
    said = facts_of_episode(project, episode, {"sc02": ["terminal"], "sc03": ["terminal"]})
    scene = episode.scenes[1]
    counts = dict.fromkeys(scene.cast, 0)
    for speech in scene.speeches:
        counts[speech.character] += 1
    for name, count in counts.items():
        spoken = f"nexus-e01-sc02: {count} line" + ("s" if count != 1 else "")
        assert spoken in objects(said, project.character(name).name, "speaks_in")
    assert objects(said, "Luna Chen", "speaks_with") == ["Viktor Kozlov", "Akira Yamamoto"]
    assert objects(said, scene.place, "holds") == ["terminal"]
    assert objects(said, "nexus-e01-sc02", "time_of_day") == ["night"]
    assert objects(said, "Akira Yamamoto", "appears_in")[0] == "nexus-e01-sc01"


def test_a_text_longer_than_a_fact_is_cut_and_an_empty_one_left_out(nexus: tuple[Project, Episode]) -> None:
    long = replace(nexus[0], logline="x" * (MAX_OBJECT_CHARS + 1), characters=())
    (logline,) = objects(facts_of_project(long), "Nexus", "logline")
    assert logline == "x" * MAX_OBJECT_CHARS
    assert objects(facts_of_project(replace(long, logline="")), "Nexus", "logline") == []


def test_a_project_names_those_with_whom_it_shares_its_memory(tmp_path: Path) -> None:
    project = read_project("title: P\nmemory:\n  share_with: [nexus, nexus_zero, nexus]\n")
    assert project.memory.share_with == ("nexus", "nexus_zero")
    with pytest.raises(StoryError) as caught:
        read_project("title: P\nmemory:\n  share_with: ['../nexus']\n")
    assert [(fault.line, fault.problem) for fault in caught.value.faults] == [(3, "memory.share_with names '../nexus'")]
