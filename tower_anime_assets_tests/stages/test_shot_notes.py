"""The words that a person gives one shot reach that shot: its plan, its prompt, and what a run would make again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media import show_files
from tower_anime_assets.media.show_edits import read_show_text
from tower_anime_assets.production.planning.shots import EpisodePlan
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages.dry_run import episode_from_files
from tower_anime_assets.stages.shot_notes import shot_steering, text_with_shot_note
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.shots import planned_shot
from tower_anime_assets.stages.show_edits import preview_edit, save_edit
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets_tests.stages.conftest import MadeEpisode

BUNDLED = Path(__file__).resolve().parents[2] / "projects"
E01 = "episodes/e01.fountain"


@pytest.fixture(autouse=True)
def kept(made_episode: MadeEpisode) -> Iterator[None]:
    """Give the show its script back after each test."""
    before = made_episode.script.read_bytes()
    yield
    made_episode.script.write_bytes(before)


def plan_of(studio: Studio, key: EpisodeKey, text: str) -> EpisodePlan:
    edits = {f"episodes/{key.episode}.fountain": text}
    story = show_files.load_episode(studio.settings.projects, key, edits=edits)
    return episode_plan(episode_from_files(studio, key, story=story))


def shots_of(made: MadeEpisode) -> dict[str, str]:
    """Return each shot's key by what it shows."""
    return {
        shot.description or (shot.speech[0].line_id if shot.speech else shot.reasoning): shot.key
        for shot in plan_of(made.studio, made.key, made.script.read_text()).shots
    }


def test_words_for_a_shot_reach_its_prompt_and_only_its_pictures_are_made_again(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    key = ShotKey.parse(shots_of(made_episode)["Luna looks up from her terminal."])
    steering = shot_steering(studio, key)
    assert (steering.note, steering.problem) == ("", "")
    lines = made_episode.script.read_text().splitlines()
    assert lines[steering.line - 1] == "Luna looks up from her terminal."
    proposed = text_with_shot_note(studio, key, "rain on the lens")
    preview = preview_edit(studio, "small", proposed.file, proposed.text)
    added = [line for line in preview.diff.splitlines()[2:] if line[:1] in "+-"]
    assert added == ["+[[shot: rain on the lens]]", "+"]
    shot = planned_shot(plan_of(studio, made_episode.key, proposed.text), ShotKey.parse(proposed.shot_after))
    assert "rain on the lens" in shot.prompt
    assert ("rain on the lens", "script") in [(part.text, part.source.partition(":")[0]) for part in shot.prompt_parts]
    (replan,) = preview.replans
    assert {take.shot for take in replan.made if take.stage == "keyframe"} == {proposed.shot_after}
    save_edit(studio, "small", proposed.file, proposed.text, "Mei", seen=proposed.seen)
    after = shot_steering(studio, ShotKey.parse(proposed.shot_after))
    assert (after.note, after.note_line) == ("rain on the lens", steering.line)
    changed = text_with_shot_note(studio, ShotKey.parse(proposed.shot_after), "wide, rain on the lens")
    assert changed.text == proposed.text.replace("[[shot: rain", "[[shot: wide, rain")
    removed = text_with_shot_note(studio, ShotKey.parse(proposed.shot_after), "")
    assert removed.text.splitlines() == lines


def test_a_shot_that_grows_out_of_another_says_why_it_has_no_note(made_episode: MadeEpisode) -> None:
    plan = plan_of(made_episode.studio, made_episode.key, made_episode.script.read_text())
    problems = {shot.key: shot_steering(made_episode.studio, ShotKey.parse(shot.key)).problem for shot in plan.shots}
    assert any(not problem for problem in problems.values())
    (refused, *_others) = [key for key, problem in problems.items() if problem]
    assert "Only the first shot of a paragraph or speech has one" in problems[refused]
    with pytest.raises(PlanError, match="no note reaches this shot"):
        text_with_shot_note(made_episode.studio, ShotKey.parse(refused), "wide")


def test_the_second_sentence_of_a_paragraph_gets_a_paragraph_of_its_own(made_episode: MadeEpisode) -> None:
    text = made_episode.script.read_text()
    paragraph = "Luna looks up from her terminal. A red lamp flickers on the desk."
    made_episode.script.write_text(text.replace("Luna looks up from her terminal.", paragraph))
    key = ShotKey.parse(shots_of(made_episode)["A red lamp flickers on the desk."])
    steering = shot_steering(made_episode.studio, key)
    assert (steering.splits, steering.problem) == ("A red lamp flickers on the desk.", "")
    assert text_with_shot_note(made_episode.studio, key, "").text == made_episode.script.read_text()
    proposed = text_with_shot_note(made_episode.studio, key, "push in, dust in the light")
    assert "terminal.\n\n[[shot: push in, dust in the light]]\n\nA red lamp" in proposed.text
    shot = planned_shot(
        plan_of(made_episode.studio, made_episode.key, proposed.text), ShotKey.parse(proposed.shot_after)
    )
    assert (shot.description, shot.move) == ("A red lamp flickers on the desk.", "push-in")
    assert "dust in the light" in shot.prompt


def test_an_engine_note_stays_beside_the_words(made_episode: MadeEpisode) -> None:
    text = made_episode.script.read_text()
    line = "Luna looks up from her terminal."
    made_episode.script.write_text(
        text.replace(line, f"[[engine: x]]\n\n{line}").replace("LUNA\nClose", "LUNA\nDo close")
    )
    text = made_episode.script.read_text().replace(
        "INT. LABORATORY - DAY\n", "INT. LABORATORY - DAY\n\nAkira waits.\n\n"
    )
    made_episode.script.write_text(text)
    key = ShotKey.parse(shots_of(made_episode)[line])
    assert (shot_steering(made_episode.studio, key).note, shot_steering(made_episode.studio, key).note_line > 0) == (
        "",
        True,
    )
    proposed = text_with_shot_note(made_episode.studio, key, "close-up")
    shot = planned_shot(
        plan_of(made_episode.studio, made_episode.key, proposed.text), ShotKey.parse(proposed.shot_after)
    )
    assert (shot.framing, shot.engines) == ("close-up", ("x",))


@pytest.mark.parametrize("episode", ["e01", "e02"])
def test_every_shot_of_the_bundled_show_that_may_have_a_note_gets_its_own(
    made_episode: MadeEpisode, episode: str
) -> None:
    studio = replace(made_episode.studio, settings=replace(made_episode.studio.settings, projects=BUNDLED))
    key = EpisodeKey("nexus", episode)
    before = read_show_text(BUNDLED, "nexus", f"episodes/{episode}.fountain").text
    plan = plan_of(studio, key, before)
    reached = 0
    for shot in plan.shots[::7]:
        steering = shot_steering(studio, ShotKey.parse(shot.key))
        if steering.problem:
            continue
        reached += 1
        words = ", ".join(filter(None, (steering.note, "a paper moth")))
        proposed = text_with_shot_note(studio, ShotKey.parse(shot.key), words)
        steered = planned_shot(plan_of(studio, key, proposed.text), ShotKey.parse(proposed.shot_after))
        assert "a paper moth" in steered.prompt
        assert (steered.description, [one.line_id for one in steered.speech]) == (
            shot.description,
            [one.line_id for one in shot.speech],
        )
    assert reached


def test_an_unknown_shot_is_named_with_one_like_it(made_episode: MadeEpisode) -> None:
    with pytest.raises(PlanError, match=r"no shot small-e01-sc01-sh9990\. Did you mean small-e01-sc01-sh"):
        shot_steering(made_episode.studio, ShotKey.parse("small-e01-sc01-sh9990"))
