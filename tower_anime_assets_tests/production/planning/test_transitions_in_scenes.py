from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.assembly import assemble_episode
from tower_anime_assets.production.planning.rules import plan_measures
from tower_anime_assets.production.planning.shots import EpisodePlan, ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.model import Character, Episode, Project, Voice
from tower_anime_assets.production.story.screenplay import draft_episode

PROJECT = Project(
    "x",
    "X",
    tuple(
        Character(name.lower(), name, "", derive_appearance(name, ""), Voice(variant=voice))
        for name, voice in (("Ada", "f1"), ("Ben", "m1"))
    ),
)
CUES = "ADA\nThe tide is out now.\n\n{}BEN\nThen we walk over to the island.\n\n{}Ada runs."


def planned(text: str) -> tuple[Episode, EpisodePlan]:
    episode, faults = draft_episode(PROJECT, "e01", text, "x/episodes/e01.fountain", "0" * 64)
    assert faults == ()
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        plans += (Storyboard(PROJECT, scene, plans).plan(),)
        measures = plan_measures(PROJECT, scene, plans[-1])
        assert all(value == 0 for name, value in measures.items() if name != "length_error_share"), measures
        assert measures["length_error_share"] <= 0.1
    return episode, assemble_episode(PROJECT, episode, plans)


@pytest.mark.parametrize("before", ["", "[[shot: close-up]]\n\n", "[[duration: 20]]\n\n"])
@pytest.mark.parametrize(
    "written", ["FADE OUT.\n\n", "FADE OUT.\n\nFADE IN:\n\n", "DISSOLVE TO:\n\n", "> FADE OUT.\n\n"]
)
def test_a_transition_inside_a_scene_is_made_between_its_shots(written: str, before: str) -> None:
    _, plan = planned("INT. BOAT - DAY\n\n" + CUES.format(written + before, ""))
    kinds = [shot.transition.kind for shot in plan.shots]
    expected = "dissolve" if "DISSOLVE" in written else "fade"
    assert kinds.count(expected) == 1
    (index,) = (number for number, kind in enumerate(kinds) if kind == expected)
    assert index > 0
    assert [span.character for span in plan.shots[index].speech] == ["ben"]
    assert "ada" in [span.character for shot in plan.shots[:index] for span in shot.speech]


def test_lines_after_a_dissolve_begin_where_their_shots_do() -> None:
    _, plan = planned("INT. BOAT - DAY\n\n" + CUES.format("DISSOLVE TO:\n\n", "DISSOLVE TO:\n\n"))
    starts = plan.shot_starts()
    line_starts = plan.line_starts()
    for shot in plan.shots:
        for span in shot.speech:
            if span.start_frame:  # it begins in this shot
                assert line_starts[span.line_id][0] == starts[shot.key] + span.start_frame
    assert [shot.transition.kind for shot in plan.shots].count("dissolve") == 2


def test_a_card_after_a_fade_comes_out_of_black() -> None:
    _, plan = planned("INT. BOAT - DAY\n\nAda waits.\n\nFADE TO BLACK.\n\n> LATER <\n\nBen comes.")
    (faded,) = (shot for shot in plan.shots if shot.transition.kind == "fade")
    assert faded.card == "LATER"


def test_a_scene_without_content_gets_the_shot_that_establishes_it() -> None:
    episode, plan = planned("EXT. HARBOUR - NIGHT\n\nINT. HARBOUR OFFICE - NIGHT\n\nAda waits.")
    assert [scene.place for scene in episode.scenes] == ["HARBOUR", "HARBOUR OFFICE"]
    (shot,) = plan.scenes[0].shots
    assert (shot.purpose, shot.framing, shot.setting.place) == ("establishing", "wide", "HARBOUR")
    assert shot.frames >= 48


def test_the_shot_after_a_loop_note_loops_with_a_still_camera() -> None:
    text = "INT. BOAT - DAY\n\nAda runs.\n\n[[loop]]\n\nRain falls on the deck.\n\nBEN\nThen we walk."
    _, plan = planned(text)
    (shot,) = (shot for shot in plan.shots if shot.loops)
    assert "Rain falls" in shot.description
    assert (str(shot.move), shot.speech) == ("static", ())
