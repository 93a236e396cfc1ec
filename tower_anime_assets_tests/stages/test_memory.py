from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.memory.facts import Fact, Statement
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts, story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.small_show import PROJECT, SCRIPT, write_small_show

NUMBERS = itertools.count()


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    """A studio whose one project has a name of its own, since the module's tests share the database."""
    write_small_show(tmp_path / "projects").rename(tmp_path / "projects" / f"small_{next(NUMBERS)}")
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


@pytest.fixture
def project(studio: Studio) -> str:
    return show_files.list_projects(studio.settings.projects)[0]


def folder(studio: Studio, project: str) -> Path:
    return studio.settings.projects / project


def said(studio: Studio, project: str, subject: str, predicate: str, *, history: bool = False) -> list[str]:
    return [fact.object for fact in facts.find_facts(studio.database, [project], subject, predicate, history=history)]


def say(subject: str, predicate: str, object_: str, confidence: float = 1.0) -> Statement:
    return Statement(subject=subject, predicate=predicate, object=object_, source="person:mei", confidence=confidence)


def write_sharing(studio: Studio, project: str, *others: str) -> None:
    text = f"{PROJECT}memory: {{share_with: [{', '.join(others)}]}}\n"
    (folder(studio, project) / "project.yaml").write_text(text)
    story.save_project(studio.database, show_files.load_project(studio.settings.projects, project))


def test_files_and_scripts_become_facts(studio: Studio, project: str) -> None:
    ((read,), _faults) = memory.read_files(studio)
    assert (read.project, read.counts.stored, read.counts.known) == (project, read.statements, 0)
    assert said(studio, project, "Akira", "hair_style") == ["spiky"]
    assert said(studio, project, "Akira", "appears_in") == [f"{project}-e01-sc01", f"{project}-e01-sc02"]
    assert said(studio, project, "Luna", "speaks_in") == [f"{project}-e01-sc02: 1 line"]
    assert said(studio, project, "akira", "speaks_with") == ["Luna"]
    assert said(studio, project, f"{project}-e01-sc01", "weather") == ["rain"]
    assert said(studio, project, f"{project}-e01-sc02", "shows") == ["terminal"]
    assert said(studio, project, "LABORATORY", "holds") == ["terminal"]
    assert said(studio, project, "Small Show", "frame_rate") == ["12"]


def test_reading_files_again_changes_nothing(studio: Studio, project: str) -> None:
    ((first,), _faults) = memory.read_files(studio)
    ((again,), _faults) = memory.read_files(studio)
    assert again.counts == facts.FactCounts(known=again.statements)
    assert again.digest == first.digest


def test_a_changed_file_supersedes_and_a_line_taken_out_ends(studio: Studio, project: str) -> None:
    memory.read_files(studio)
    script = folder(studio, project) / "episodes" / "e01.fountain"
    script.write_text(SCRIPT.replace("[[weather: rain]]", "[[weather: snow]]").replace("AKIRA\nIt is closed.\n", ""))
    ((read,), _faults) = memory.read_files(studio)
    assert said(studio, project, f"{project}-e01-sc01", "weather", history=True) == ["rain", "snow"]
    assert said(studio, project, f"{project}-e01-sc01", "weather") == ["snow"]
    assert said(studio, project, "Akira", "speaks_with") == []
    gone = facts.find_facts(studio.database, [project], "Akira", "speaks_with", history=True)
    assert [(fact.object, fact.superseded_by, fact.ended_at is None) for fact in gone] == [("Luna", None, False)]
    assert read.counts.ended > 0


def test_a_fault_stops_its_own_project_alone_and_every_fault_is_named(studio: Studio, project: str) -> None:
    other = write_small_show(studio.settings.projects)
    (other / "project.yaml").write_text("titel: x\n")
    (folder(studio, project) / "episodes" / "e01.fountain").write_text("EXT. STREET - NIGHT\n\nNOBODY\nHello.\n")
    (write_small_show(studio.settings.projects / "third")).rename(studio.settings.projects / "sound")
    read, faults = memory.read_files(studio)
    assert [one.project for one in read] == ["sound"]
    assert {fault.file.split("/")[0] for fault in faults} == {project, "small"}
    assert len(faults) == len(set(faults))
    assert facts.list_all(studio.database, project) == ()
    assert facts.list_all(studio.database, "sound")


def test_services_and_models_are_facts_by_name_and_never_by_address(studio: Studio, project: str) -> None:
    services = {"comfyui": "http://10.1.2.3:8188", "music": "http://10.1.2.4:8088"}
    token = "s3cret"
    studio.settings = replace(studio.settings, services=services, ollama_model="llama3.1:8b", auth_token=token)
    memory.read_files(studio)
    assert said(studio, project, "Small Show", "uses_service") == ["comfyui", "music"]
    assert said(studio, project, "Small Show", "uses_model") == ["llama3.1:8b"]
    everything = repr(facts.list_all(studio.database, project))
    assert "10.1.2" not in everything
    assert token not in everything
    studio.settings = replace(studio.settings, services={})
    memory.read_files(studio)
    assert said(studio, project, "Small Show", "uses_service") == []


def test_one_screenplay_can_be_read_alone(studio: Studio, project: str) -> None:
    memory.read_files(studio)
    before = facts.list_all(studio.database, project)
    loaded, episode = show_files.load_episode(studio.settings.projects, EpisodeKey(project, "e01"))
    shorter = replace(episode, scenes=episode.scenes[:1])
    assert memory.store_episode_facts(studio.database, loaded, episode).stored == 0
    assert memory.store_episode_facts(studio.database, loaded, shorter).ended > 5
    files = {fact.source for fact in facts.list_all(studio.database, project)}
    assert files == {fact.source for fact in before}
    assert said(studio, project, "Luna", "appears_in") == []


def test_nothing_leaks_unless_both_projects_name_each_other(studio: Studio, project: str) -> None:
    other = f"{project}_twin"
    write_small_show(studio.settings.projects).rename(folder(studio, other))
    facts.store_statements(studio.database, other, [say("Luna", "knows", "the other secret")])
    write_sharing(studio, project)
    write_sharing(studio, other, project)
    loaded, episode = show_files.load_episode(studio.settings.projects, EpisodeKey(project, "e01"))

    def seen() -> tuple[bool, bool, bool]:
        return (
            bool(memory.search(studio.database, project, "secret", 5)),
            bool(memory.about(studio.database, project, "the other secret")),
            any("secret" in told for told in memory.facts_for_scene(studio.database, loaded, episode.scenes[1])),
        )

    assert memory.scope(studio.database, project) == (project,)
    assert memory.scope(studio.database, other) == (other,)
    assert seen() == (False, False, False)
    write_sharing(studio, project, other)
    assert memory.scope(studio.database, project) == (project, other)
    assert seen() == (True, True, True)
    write_sharing(studio, other)
    assert seen() == (False, False, False)


def test_a_director_is_told_what_matters_to_the_scene_first(studio: Studio, project: str) -> None:
    memory.read_files(studio)
    facts.store_statements(
        studio.database,
        project,
        [
            say("Luna", "fears", "thunder."),
            say("Akira", "must_not", "be seen without gloves", 0.5),
            say("Viktor", "owns", "the street"),
            say("Viktor", "fears", "water"),
            say("terminal", "is broken since", "the storm"),
        ],
    )
    loaded, episode = show_files.load_episode(studio.settings.projects, EpisodeKey(project, "e01"))
    street, laboratory = episode.scenes
    told = memory.facts_for_scene(studio.database, loaded, laboratory)
    assert told[0] == "Luna fears thunder."
    assert "Akira must not be seen without gloves." in told
    assert "terminal is broken since the storm." in told
    assert not any("Viktor" in sentence for sentence in told)
    assert not any("hair" in sentence or "appears in" in sentence for sentence in told)
    assert "Viktor owns the street." in memory.facts_for_scene(studio.database, loaded, street)
    assert memory.facts_for_scene(studio.database, loaded, laboratory) == told
    assert memory.facts_for_scene(studio.database, loaded, laboratory, 1) == told[:1]


def test_at_most_a_dozen_sentences_are_told(studio: Studio, project: str) -> None:
    facts.store_statements(studio.database, project, [say("Luna", "knows", f"secret {at}") for at in range(40)])
    loaded, episode = show_files.load_episode(studio.settings.projects, EpisodeKey(project, "e01"))
    assert len(memory.facts_for_scene(studio.database, loaded, episode.scenes[1])) == memory.MAX_SENTENCES


def test_the_only_project_is_meant_and_of_several_one_must_be_named(studio: Studio, project: str) -> None:
    assert memory.chosen_project(studio.settings, "") == project
    write_small_show(studio.settings.projects)
    with pytest.raises(PlanError, match=rf"name the project with --project.*{project}"):
        memory.chosen_project(studio.settings, "")
    with pytest.raises(PlanError, match=r"there is no project 'smal'.*Did you mean small"):
        memory.chosen_project(studio.settings, "smal")


@pytest.mark.parametrize(("text", "limit"), [(" ", 5), ("luna", 0)])
def test_a_search_needs_words_and_a_limit(studio: Studio, project: str, text: str, limit: int) -> None:
    with pytest.raises(PlanError, match="a search needs words"):
        memory.search(studio.database, project, text, limit)


def test_search_by_meaning_finds_what_shares_no_word_and_only_where_it_is_set_up(studio: Studio, project: str) -> None:
    facts.store_statements(studio.database, project, [say("Luna", "fears", "heights"), say("Akira", "owns", "a bike")])
    asked = "Luna fears heights"
    with FakeOllama() as ollama:
        settings = replace(studio.settings, services={"ollama": ollama.url})
        with memory.embedding(settings, studio.database) as nothing:
            assert nothing is None
        studio.settings = replace(settings, ollama_embed_model="vectors")
        ((read,), _faults) = memory.read_files(studio)
        assert read.embedded == read.statements + 2
        with memory.embedding(studio.settings, studio.database) as embedder:
            assert embedder is not None
            assert memory.embed_missing(studio.database, project, embedder) == 0
            # The fake's vectors are drawn from the text: the very sentence is nearest to itself.
            near = facts.search_meaning(studio.database, [project], "vectors", embedder.vectors([asked])[0], 3)
            assert near[0].fact.sentence == asked
            assert near[0].score == pytest.approx(1, abs=0.01)
            assert memory.search(studio.database, project, asked, 3, embedder)[0].sentence == asked
            assert len(memory.search(studio.database, project, "qqq zzz", 3, embedder)) == 3
            facts.store_statements(studio.database, project, [say("Akira", "fears", "silence")])
            assert memory.search(studio.database, project, "Akira fears silence", 1, embedder)[0].object == "silence"
            assert facts.list_unembedded(studio.database, [project], "vectors", 5) == ()
        assert memory.search(studio.database, project, "qqq zzz", 3) == ()


def test_an_ollama_that_is_away_fails_the_search_instead_of_changing_its_meaning(studio: Studio, project: str) -> None:
    with FakeOllama() as ollama:
        settings = replace(studio.settings, services={"ollama": ollama.url}, ollama_embed_model="vectors")
    with (
        memory.embedding(settings, studio.database) as embedder,
        pytest.raises(ServiceUnavailableError, match="OLLAMA_URL"),
    ):
        memory.search(studio.database, project, "luna", 3, embedder)


def test_facts_are_worded_the_same_when_they_are_recalled(studio: Studio, project: str) -> None:
    facts.store_statements(studio.database, project, [say("Luna", "fears", "heights")])
    (found,) = memory.search(studio.database, project, "what does Luna fear", 1)
    assert isinstance(found, Fact)
    assert found.sentence == "Luna fears heights"
