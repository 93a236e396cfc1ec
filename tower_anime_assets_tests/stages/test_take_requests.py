"""Another take as a person asks for it: their words and seed reach what makes it, and nothing good is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.errors import ConflictError, PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.reports.attempt_trail import load_attempt
from tower_anime_assets.stages import choices, rulings
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.dry_run import plan_episode
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.stage import Selection, Stage
from tower_anime_assets.stages.take_requests import ask_for_take, withdraw_request
from tower_anime_assets.store import audit, decisions, feedback
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.echo_brain import REFINE, FakeEchoBrain
from tower_anime_assets_tests.small_show import KEY
from tower_anime_assets_tests.stages.test_shot_pictures import Show, show_in

FIRST, SECOND = (ShotKey.parse(f"{KEY}-sc01-sh{number:04d}") for number in (10, 20))
AGAIN = Selection((str(SECOND),), force=True)


@pytest.fixture
def show(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Show]:
    with show_in(database_server, tmp_path) as show:
        yield show


def decision_of(show: Show, stage: Stage[Any], number: int = 1) -> decisions.Decision:
    decision = decisions.find_by_id(show.studio.database, show.takes(stage)[number].take.decision_id)
    assert decision is not None
    return decision


def sent_of(show: Show, stage: Stage[Any]) -> str:
    """Return everything that the server was sent for the second shot."""
    return str(show.graph_of(show.takes(stage)[1]))


def test_the_words_and_the_seed_are_in_the_graph_that_is_sent_and_the_record_names_who_asked(show: Show) -> None:
    show.choose("clips: embedded")
    assert show.work.make(KEYFRAMES).made == 2
    before = show.takes(KEYFRAMES)
    asked = ask_for_take(
        show.studio, SECOND, "closer, her umbrella is red", "Mei", seed=4711, stage="keyframe", reason="wrong-colours"
    )
    assert (asked.stage, asked.run_stages, asked.warnings) == ("keyframe", (), ())
    assert asked.followed == ("'closer': close-up instead of medium",)
    assert show.work.make(KEYFRAMES).made == 0, "asking alone makes nothing"
    assert show.takes(KEYFRAMES) == before

    assert show.work.make(KEYFRAMES, AGAIN).made == 1
    graph = show.graph_of(show.takes(KEYFRAMES)[1])
    prompt = graph["positive"]["inputs"]["text"]
    assert "closer, her umbrella is red" in prompt
    assert "close-up of the face" in prompt
    assert "medium shot" not in prompt
    assert 4711 in [node["inputs"].get("seed") for node in graph.values()]
    decision = decision_of(show, KEYFRAMES)
    assert decision.parameters["asked"]["who"] == "Mei"
    assert decision.reasoning.startswith("Mei asked for another take with the seed 4711: closer, her umbrella is red")
    trail = load_attempt(show.studio.database, decision.id)
    assert [(part.text, part.role) for part in trail.prompt if part.source == "asked by Mei"] == [
        ("closer, her umbrella is red", "wish")
    ]
    assert [part.source for part in trail.prompt if part.role == "framing"] == ["plan, asked by Mei"]
    assert ", ".join(part.text for part in trail.prompt) == prompt
    assert show.takes(KEYFRAMES)[1].take.details["asked"]["words"] == "closer, her umbrella is red"
    (opinion,) = feedback.find_by_decisions(show.studio.database, [before[1].take.decision_id])
    assert (opinion.who, opinion.reason, opinion.note) == ("Mei", "wrong-colours", "closer, her umbrella is red")
    assert audit.find_chain_problems(show.studio.database) == ()


def test_takes_of_other_words_stay_valid_and_are_found_again(show: Show) -> None:
    show.choose("clips: embedded")
    show.work.make(KEYFRAMES)
    planned = show.takes(KEYFRAMES)[1].take
    ask_for_take(show.studio, SECOND, "a red umbrella", "Mei", stage="keyframe")
    show.work.make(KEYFRAMES, AGAIN)
    red = show.takes(KEYFRAMES)[1].take
    ask_for_take(show.studio, SECOND, "a blue umbrella", "Ben", stage="keyframe")
    assert show.takes(KEYFRAMES)[1].take.id == red.id, "until another one is made, the newest there is serves"
    show.work.make(KEYFRAMES, AGAIN)
    blue = show.takes(KEYFRAMES)[1].take
    assert len({planned.brief_digest, red.brief_digest, blue.brief_digest}) == 3
    assert "a blue umbrella" in sent_of(show, KEYFRAMES)
    assert "a red umbrella" not in sent_of(show, KEYFRAMES)
    listed = {row.take.id for row in choices.list_shot_takes(show.studio, SECOND) if row.take.stage == "keyframe"}
    assert listed == {planned.id, red.id, blue.id}
    for take in (red, planned, blue):
        choices.choose_take(show.studio, SECOND, take.id, "Mei", "it fits")
        assert show.takes(KEYFRAMES)[1].take.id == take.id
        assert show.work.make(KEYFRAMES).made == 0

    with pytest.raises(PlanError, match="needs a reason"):
        withdraw_request(show.studio, SECOND, "Mei", " ")
    withdraw_request(show.studio, SECOND, "Mei", "the umbrella was cut")
    with pytest.raises(PlanError, match="nobody asked for another take"):
        withdraw_request(show.studio, SECOND, "Mei", "again")
    assert show.work.make(KEYFRAMES).made == 0
    show.work.make(KEYFRAMES, AGAIN)
    assert "umbrella" not in sent_of(show, KEYFRAMES)
    assert show.takes(KEYFRAMES)[1].take.brief_digest == planned.brief_digest


def test_words_about_a_clip_reach_its_workflow_and_leave_its_keyframe_alone(show: Show) -> None:
    show.choose("keyframes: embedded")
    show.work.make(KEYFRAMES)
    show.work.make(CLIPS)
    keyframe = show.takes(KEYFRAMES)[1].take
    asked = ask_for_take(show.studio, SECOND, "faster, her hair flies", "Mei", stage="clip", seed=99)
    assert (asked.run_stages, asked.warnings) == (("clip",), ())
    assert show.work.make(KEYFRAMES).made == 0
    assert show.work.make(CLIPS, AGAIN).made == 1
    assert show.takes(KEYFRAMES)[1].take.id == keyframe.id
    assert "faster, her hair flies" in sent_of(show, CLIPS)
    decision = decision_of(show, CLIPS)
    assert (decision.parameters["attempt"]["seed"], decision.parameters["asked"]["who"]) == (99, "Mei")


def test_a_clip_grows_from_its_keyframe_with_the_words_that_this_was_made_of(show: Show) -> None:
    show.choose("keyframes: embedded")
    show.work.make(KEYFRAMES)
    show.work.make(CLIPS)
    before = show.takes(CLIPS)[1].take
    planned = show.takes(KEYFRAMES)[1].take
    ask_for_take(show.studio, SECOND, "closer, smile", "Mei", stage="keyframe")
    assert show.work.make(KEYFRAMES, AGAIN).made == 1
    assert show.work.make(CLIPS).made == 1
    assert "closer, smile" in sent_of(show, CLIPS)
    assert decision_of(show, CLIPS).parameters["brief"]["framing"] == "close-up"
    choices.choose_take(show.studio, SECOND, planned.id, "Mei", "after all")
    assert show.work.make(CLIPS).made == 0
    assert show.takes(CLIPS)[1].take.id == before.id


def test_an_animatic_follows_what_it_can_and_says_what_it_cannot(show: Show) -> None:
    show.choose("keyframes: embedded, clips: embedded")
    show.work.make(KEYFRAMES)
    show.work.make(CLIPS)
    asked = ask_for_take(show.studio, SECOND, "closer, from the left, smile, darker and a red umbrella", "Mei")
    assert asked.stage == "keyframe", "without a stage the words tell it"
    assert len(asked.followed) == 3  # it is night already
    (warning,) = asked.warnings
    assert "cannot follow 'darker', 'a red umbrella'" in warning
    notes: list[str] = []
    work = show.work
    work.run = replace(work.run, emit=lambda event: notes.append(str(getattr(event, "words", ""))))
    assert work.make(KEYFRAMES, AGAIN).made == 1
    decision = decision_of(show, KEYFRAMES)
    brief = decision.parameters["brief"]
    assert (brief["framing"], brief["subjects"][0]["emotion"], brief["subjects"][0]["facing"]) == (
        "close-up", "happy", "right",
    )  # fmt: skip
    assert "cannot follow 'darker', 'a red umbrella'" in decision.reasoning
    assert any("cannot follow 'darker', 'a red umbrella'" in note for note in notes)
    assert show.takes(KEYFRAMES)[1].take.details["asked"]["not_followed"] == ["darker", "a red umbrella"]

    show.work.make(CLIPS)
    slower = ask_for_take(show.studio, SECOND, "slower", "Mei")
    assert (slower.stage, slower.warnings) == ("clip", ())
    closer = ask_for_take(show.studio, SECOND, "from behind", "Mei", stage="clip")
    assert "Ask for another keyframe" in closer.warnings[0]


def test_a_director_service_works_the_words_into_the_prompt_once(show: Show) -> None:
    with FakeEchoBrain(manner="attentive") as fake:
        show.studio.settings.services["echo_brain"] = fake.url  # type: ignore[index]
        show.choose("clips: embedded, director: echo-brain")
        show.work.make(KEYFRAMES)
        before = len(fake.asked(REFINE))
        ask_for_take(show.studio, SECOND, "a red umbrella", "Mei", stage="keyframe")
        (question,) = fake.asked(REFINE)[before:]
        assert "a red umbrella" in str(question)
        show.work.make(KEYFRAMES, AGAIN)
        assert len(fake.asked(REFINE)) == before + 1
        trail = load_attempt(show.studio.database, decision_of(show, KEYFRAMES).id)
        assert ("raindrops on it", "echo-brain, asked by Mei") in [(part.text, part.source) for part in trail.prompt]


def test_what_cannot_be_asked_for_is_refused(show: Show) -> None:
    show.choose("keyframes: embedded, clips: embedded")
    show.work.make(KEYFRAMES)
    with pytest.raises(PlanError, match="say what shall change"):
        ask_for_take(show.studio, SECOND, " ", "Mei")
    with pytest.raises(PlanError, match="expected a whole number from 0"):
        ask_for_take(show.studio, SECOND, "closer", "Mei", seed=-1)
    seen = ask_for_take(show.studio, SECOND, "closer", "Mei").version
    ask_for_take(show.studio, SECOND, "wider", "Ben", seen=seen)
    with pytest.raises(ConflictError, match="Ben has asked for a change to a take of it"):
        ask_for_take(show.studio, SECOND, "closer", "Mei", seen=seen)
    rulings.lock_take(show.studio, str(SECOND), "Ben", "perfect")
    with pytest.raises(PlanError, match="Ben locked it"):
        ask_for_take(show.studio, SECOND, "closer", "Mei")


def test_words_about_what_the_shot_does_not_show_any_more_are_told_and_not_used(show: Show) -> None:
    show.choose("keyframes: embedded, clips: embedded")
    show.work.make(KEYFRAMES)
    ask_for_take(show.studio, SECOND, "closer", "Mei")
    script = show.folder / "episodes" / "e01.fountain"
    script.write_text(script.read_text().replace("Akira stops at a door.", "Akira waits in the rain."))
    show.choose("keyframes: embedded, clips: embedded")
    notes = plan_episode(show.studio, SECOND.episode_key).notes
    assert any("Mei asked for another keyframe with the words 'closer'" in note for note in notes)
    work = show.work
    told: list[str] = []
    work.run = replace(work.run, emit=lambda event: told.append(str(getattr(event, "words", ""))))
    work.make(KEYFRAMES)
    assert any("are not used" in words for words in told)
    assert "asked" not in decision_of(show, KEYFRAMES).parameters
