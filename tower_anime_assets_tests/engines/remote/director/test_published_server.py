"""The published Echo Brain gives two or three canned shots for whatever is asked: the scene is planned all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.engines.remote.director.answers import find_character
from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.settings import resource_root
from tower_anime_assets_tests.fakes.echo_brain import PLAN, REFINE, FakeEchoBrain
from tower_anime_assets_tests.production.planning.plan_rules import broken_rules
from tower_anime_assets_tests.small_show import KEY, write_small_show

EIGHT_LINES = """\
Title: Talk

INT. LABORATORY - DAY
[[mood: calm]] [[duration: 30]]

Luna looks up from her terminal.

LUNA
Close the door.

AKIRA
It is closed.

LUNA
Then they cannot hear us.

AKIRA
They hear everything.

LUNA
Not in here, not today.

AKIRA
What did you find?

LUNA
A second brake, in every car.

AKIRA
Show me.
"""


@pytest.fixture
def fake() -> Iterator[FakeEchoBrain]:
    with FakeEchoBrain(manner="published") as running:
        yield running


def load(folder: Path, script: str) -> tuple[Project, Episode]:
    write_small_show(folder, script)
    return show_files.load_episode(folder, EpisodeKey.parse(KEY))


def planned(
    fake: FakeEchoBrain, project: Project, episode: Episode
) -> Iterator[tuple[ScenePlan, ScenePlan, ConsultationNote]]:
    """Yield each scene's plan by the service, by the rules, and what was recorded."""
    earlier: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        said: list[ConsultationNote] = []
        context = DirectorContext(record_consultation=said.append)
        plan = EchoBrainDirector(fake.url).plan_scene(project, scene, earlier, context)
        assert broken_rules(project, scene, plan) == []
        assert [line.line_id for line in plan.lines] == [speech.id for speech in scene.speeches]
        assert len(said) == 1
        yield plan, EmbeddedDirector().plan_scene(project, scene, earlier), said[0]
        earlier += (plan,)


@pytest.mark.parametrize("manner", ["published", "documented"])
def test_two_canned_shots_become_a_scene_of_eight_lines_in_its_length(
    manner: str, fake: FakeEchoBrain, tmp_path: Path
) -> None:
    fake.manner = manner
    project, episode = load(tmp_path, EIGHT_LINES)
    ((plan, by_rules, note),) = planned(fake, project, episode)
    fps = project.delivery.fps
    assert plan.frames / fps == pytest.approx(30, rel=0.1)
    assert plan.frames / fps == pytest.approx(by_rules.frames / fps, rel=0.1)
    told = "; ".join(note.overruled)
    total_s = 7.0 if manner == "published" else 5.0
    assert f"the lengths: {total_s} s together, and the scene has 30 s; they are taken as proportions" in told
    assert "shots, because the script has" in told
    assert "the style keywords: " in told
    assert "'Establish location and mood' is nothing to be seen" in told
    assert "the pose 'standing' does not say whose it is" in told
    assert "the pose 'conversational' cannot be drawn" in told
    assert "camera and acting are the first one's, the others keep the script's" in told
    assert "face" in note.used
    framings = [shot.framing for shot in plan.shots]
    assert len(set(framings)) >= 3, "two canned framings do not make eleven shots of two kinds"


@pytest.mark.parametrize("episode", ["nexus-e01", "nexus-e02"])
def test_whole_episodes_keep_their_length_and_every_rule(episode: str, fake: FakeEchoBrain) -> None:
    project, found = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse(episode))
    plans = list(planned(fake, project, found))
    assert len(fake.asked(PLAN)) == len(plans) == len(found.scenes)
    for plan, by_rules, note in plans:
        assert plan.frames == pytest.approx(by_rules.frames, rel=0.1)
        assert "they are taken as proportions" in "; ".join(note.overruled)


def test_lengths_are_proportions(fake: FakeEchoBrain, tmp_path: Path) -> None:
    fake.manner = "attentive"
    project, episode = load(tmp_path, EIGHT_LINES)
    ((asked, _by_rules, _note),) = planned(fake, project, episode)
    fake.script = ["total_far_off"]
    ((five_times, _by_rules, note),) = planned(fake, project, episode)
    assert [shot.frames for shot in five_times.shots] == [shot.frames for shot in asked.shots]
    assert "and the scene has 30 s; they are taken as proportions" in note.overruled[0]


def test_a_prompt_gets_the_servers_words_but_not_our_own_tags_back(fake: FakeEchoBrain, tmp_path: Path) -> None:
    project, _episode = load(tmp_path, EIGHT_LINES)
    said: list[ConsultationNote] = []
    tags = ("mood: calm", "the shot before, which this one must not look like: wide of akira, camera static")
    refined = EchoBrainDirector(fake.url).refine_prompt(
        project, "medium shot", "", "akira", "", tags=tags, context=DirectorContext(record_consultation=said.append)
    )
    assert refined.style_keywords == ("masterpiece", "best quality")
    assert "must not look like" not in refined.prompt
    assert "style keywords: 2 of 4 repeat the question's tags" in said[0].overruled
    fake.script = ["missing_fields"]
    EchoBrainDirector(fake.url).refine_prompt(
        project, "medium shot", "", "akira", "", tags=tags, context=DirectorContext(record_consultation=said.append)
    )
    assert len(fake.asked(REFINE)) == 3
    assert "style keywords: 3 of 5 repeat the question's tags" in said[-1].overruled, "the correction came back too"


def test_the_published_server_breaks_where_nobody_is_in_a_scene_of_action(fake: FakeEchoBrain, tmp_path: Path) -> None:
    project, episode = load(tmp_path, "Title: T\n\nEXT. STREET - NIGHT\n[[mood: action]]\n\nSparks fly.\n")
    scene = replace(episode.scenes[0], cast=())
    with pytest.raises(ServiceUnavailableError, match=r"500.*list index out of range"):
        EchoBrainDirector(fake.url).plan_scene(project, scene, ())


@pytest.mark.parametrize(
    ("spelling", "character"),
    [
        ("Akira", "akira"),
        ("AKIRA YAMAMOTO", "akira"),
        ("Yamamoto, Akira", "akira"),
        ("akira_yamamoto", "akira"),
        (" Akira-san ", "akira"),
        ("Akira (angry)", "akira"),
        ("Dr. Luna Chen", "luna"),
        ("Akira and Luna", ""),
        ("Akira's brother", ""),
        ("Godzilla", ""),
        ("Dr.", ""),
        ("", ""),
    ],
)
def test_a_character_is_known_by_any_spelling_that_means_one(spelling: str, character: str) -> None:
    names = {
        **dict.fromkeys(("akira", "akira yamamoto", "yamamoto"), "akira"),
        **dict.fromkeys(("luna", "luna chen", "chen"), "luna"),
    }
    assert find_character(spelling, names) == character
