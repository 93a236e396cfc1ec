"""Action in nine languages is understood as English is: who somebody is, what they do, what is there."""

from __future__ import annotations

from functools import cache

import pytest

from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.planning.acting import pose_in
from tower_anime_assets.production.planning.action_beats import ActionBeat
from tower_anime_assets.production.planning.minors import minor_warnings
from tower_anime_assets.production.planning.shots import Emotion, Pose
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.planning.things import colour_of, find
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.model import Character
from tower_anime_assets_tests.production.languages.foreign_scripts import SCRIPTS, Show, show_of

LANGUAGES = sorted(SCRIPTS)


@cache
def show(language: str) -> Show:
    return show_of(SCRIPTS[language])


def character(language: str, name: str) -> Character:
    return show(language).project.character(name)


def beat_of(language: str, paragraph: int, pose: Pose) -> ActionBeat:
    """Return the beat of a paragraph in which somebody is in a pose."""
    return next(beat for beat in show(language).beats()[paragraph] if pose_in(beat.english) is pose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_is_described_by_the_words_that_introduce_them(language: str) -> None:
    descriptions = show(language).descriptions
    assert set(descriptions) == {"pip", "ada", "mia"}
    for description in descriptions.values():
        assert description.rstrip(".。") in SCRIPTS[language] or description.split(",")[0] in SCRIPTS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_robot_an_old_woman_and_a_child_look_as_they_are_described(language: str) -> None:
    robot, old, child = (character(language, name).appearance for name in ("pip", "ada", "mia"))
    assert (robot.kind, robot.species, robot.skin_colour) == ("robot", "robot", COLOURS["white"])
    assert robot.height < 1
    assert (old.kind, old.age_years, old.presents, old.hair_colour) == ("human", 78, "feminine", COLOURS["white"])
    assert (child.kind, child.age_years, child.presents) == ("human", 9, "feminine")
    assert child.height < 1
    assert child.eye_colour == COLOURS["green"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cat_is_there_in_its_colour(language: str) -> None:
    cats = [words for beat in show(language).beats()[0] for words in beat.objects if "cat)" in words]
    assert len(cats) == 1
    thing = find(cats[0])
    assert thing is not None
    assert thing.is_drawn
    assert colour_of(cats[0], thing) == COLOURS["black"]
    written = cats[0].partition(" (")[0]
    assert written in SCRIPTS[language].lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_eats_runs_cries_and_holds_a_lantern(language: str) -> None:
    eating = beat_of(language, 1, Pose.EAT)
    assert eating.doers == ("ada",)
    assert "apple" in eating.holds
    running = beat_of(language, 2, Pose.RUN)
    assert running.doers == ("mia",)
    holding = beat_of(language, 3, Pose.HOLD)
    assert holding.doers == ("pip",)
    lantern = find(holding.holds)
    assert lantern is not None
    assert lantern.name == "lantern"
    assert colour_of(holding.holds, lantern) in (COLOURS["red"], lantern.colour)  # which is red, too
    plan = Storyboard(show(language).project, show(language).episode.scenes[0], ()).plan()
    emotions = {subject.emotion for shot in plan.shots for subject in shot.subjects if subject.character == "ada"}
    assert Emotion.SAD in emotions


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_does_not_sleep_is_awake(language: str) -> None:
    (beat,) = show(language).beats()[4]
    assert beat.focus == ("pip",)
    assert pose_in(beat.english) is not Pose.SLEEP


@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_have_description_and_action_word_for_word(language: str) -> None:
    told = show(language)
    shots = Storyboard(told.project, told.episode.scenes[0], ()).plan().shots
    prompt = next(shot.prompt for shot in shots if any(subject.character == "ada" for subject in shot.subjects))
    assert told.descriptions["ada"] in prompt
    assert " year old" not in prompt
    spoken = [shot.description for shot in shots if shot.description]
    assert all(any(part in SCRIPTS[language] for part in (text, text.rstrip(".。"))) for text in spoken[:2])


def test_romance_in_another_language_is_kept_from_children() -> None:
    told = show_of(SCRIPTS["de"].replace("PIP schläft nicht.", "Ein Mann küsst MIA."))
    (warning,) = minor_warnings(told.project, told.episode)
    assert "küsst" in warning.problem
    shots = Storyboard(told.project, told.episode.scenes[0], ()).plan().shots
    assert all("küsst" not in shot.prompt for shot in shots if "MIA" in shot.prompt)


def test_a_sentence_without_a_subject_goes_on_with_whoever_was_named_last() -> None:
    told = show_of("INT. COCINA - NOCHE\n\nUn robot llamado PIP entra. Se sienta y come una manzana.\n\nPIP\nHola.\n")
    last = told.beats()[0][-1]
    assert last.focus == ("pip",)
    assert pose_in(last.english) is Pose.EAT


def test_weather_and_mood_are_read_from_action_in_other_languages() -> None:
    (scene,) = show_of(
        "AUSSEN. WALD - TAG\n\nEs ist neblig. Nebel liegt über dem Weg. Ein Kind namens UTE weint.\n\nUTE\nJa.\n"
    ).episode.scenes
    assert scene.weather == "fog"
    assert scene.language == "de"


def test_a_paragraph_in_another_language_is_read_in_an_english_script() -> None:
    told = show_of(
        "INT. HALL - DAY\n\nADA, a woman of 45, opens the door.\n\nADA\nHello.\n\n"
        "Eine schwarze Katze schläft auf dem Stuhl.\n\nShe eats an apple.\n"
    )
    english, german, again = told.beats()
    assert told.episode.scenes[0].language == ""
    assert [words for beat in german for words in beat.objects] == ["katze (black cat)", "stuhl (chair)"]
    assert [beat.english for beat in (*english, *again)] == [
        "QQQ, a woman of 45, opens the door.",
        "She eats an apple.",
    ]
    assert pose_in(again[0].english) is Pose.EAT


def test_an_english_script_has_no_language_in_its_record() -> None:
    told = show_of("INT. HALL - DAY\n\nA small robot called PIP polishes the lamp.\n\nPIP\nHello.\n")
    assert told.episode.scenes[0].language == ""
    assert "language" not in plain_data(told.episode.scenes[0])
