"""Who is seen, by the names in action."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.shots import Pose
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.planning.things import in_english
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets_tests.production.story.texts import read_project


def seen(name: str, action: str) -> set[str]:
    """Return who is in the pictures of a scene with one paragraph of action."""
    project = read_project("title: X\n", one=f"name: {name}\ndescription: somebody of 30\n")
    episode, faults = draft_episode(project, "e01", f"INT. ROOM - DAY\n\n{action}", "e01.fountain", "")
    assert faults == ()
    plan = Storyboard(project, episode.scenes[0], ()).plan()
    return {subject.character for shot in plan.shots for subject in shot.subjects}


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("JANE", "Jane stares at the ceiling."),
        ("JANE", "jane stares at the ceiling."),
        ("Jane", "JANE stares at the ceiling."),
        ("Élodie", "ELODIE reads a letter."),
        ("Иван", "Дверь за Иваном закрывается."),
        ("Will", "Will opens the door."),
        ("Cat", "The cat sleeps."),
    ],
)
def test_whom_action_names_is_seen_however_the_name_is_written(name: str, action: str) -> None:
    assert seen(name, action) == {"one"}


@pytest.mark.parametrize(
    ("name", "action"),
    [("Will", "They will come."), ("Rose", "A rose lies on the desk."), ("Cat", "A cat crosses the street.")],
)
def test_an_ordinary_word_brings_nobody_into_the_picture(name: str, action: str) -> None:
    assert seen(name, action) == set()


def test_an_ordinary_word_does_not_move_somebody_of_that_name() -> None:
    will, ada = ("name: Will\ndescription: a man of 30\n", "name: Ada\ndescription: a woman of 30\n")
    project = read_project("title: X\n", will=will, ada=ada)
    script = "INT. ROOM - DAY\n\nWill sits.\n\nAda writes down what will be."
    episode, _ = draft_episode(project, "e01", script, "e01.fountain", "")
    plan = Storyboard(project, episode.scenes[0], ()).plan()
    assert {"ada"} in [{subject.character for subject in shot.subjects} for shot in plan.shots]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("BOLT", "A small robot, BOLT, polishes a lamp."),
        ("DASH", "DASH reads."),
        ("MARCH", "MARCH waits at the window."),
        ("SKIP", "Skip listens."),
    ],
)
def test_nobody_does_what_their_name_says(name: str, action: str) -> None:
    project = read_project("title: X\n", one=f"name: {name}\ndescription: somebody of 30\n")
    episode, _ = draft_episode(project, "e01", f"INT. ROOM - DAY\n\n{action}", "e01.fountain", "")
    plan = Storyboard(project, episode.scenes[0], ()).plan()
    poses = {subject.pose for shot in plan.shots for subject in shot.subjects}
    assert Pose.RUN not in poses


def things_shown(action: str) -> list[tuple[str, ...]]:
    project = read_project("title: X\n", one="name: Ada\ndescription: a woman of 30\n")
    episode, _ = draft_episode(project, "e01", f"INT. ROOM - DAY\n\n{action}", "e01.fountain", "")
    plan = Storyboard(project, episode.scenes[0], ()).plan()
    return [shot.objects for shot in plan.shots if shot.objects]


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("A white fox sits on the table.\n\nAda reads.\n\nThe fox tilts its head.", "white fox"),
        ("A white fox sits on the table.\n\nAda reads.\n\nThe small fox sleeps.", "white fox"),
        ("Ein weißer Fuchs sitzt auf dem Tisch.\n\nAda liest.\n\nDer Fuchs schläft.", "white fox"),
        ("A white fox sits on the table.\n\nAda reads.\n\nA fox sleeps.", "fox"),
        ("A fox sits on the table.\n\nAda reads.\n\nThe red fox sleeps.", "red fox"),
    ],
)
def test_a_thing_keeps_the_colour_in_which_it_was_introduced(action: str, shown: str) -> None:
    last = in_english(things_shown(action)[-1][0])
    assert last == shown
