"""Whatever text a director answers: a plan that keeps every rule, or a refusal. Never anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.engines.remote.director.answers import character_ids_by_name, repeats_line
from tower_anime_assets.engines.remote.director.consulting import Turn
from tower_anime_assets.engines.remote.director.service import DirectorRequest, ServiceDirector
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.production.planning.shots import Framing, Move
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Character
from tower_anime_assets.settings import resource_root
from tower_anime_assets_tests.fakes.echo_brain import ANGLES, honest_plan
from tower_anime_assets_tests.production.planning.plan_rules import broken_rules

PROJECT, EPISODE = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse("nexus-e01"))


class Saying(ServiceDirector):
    """A director that says what it is given, honest or not, without any wire."""

    name = "saying"
    model = "saying"

    def __init__(self, change: Any) -> None:
        self.change = change

    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        return {**request.fields, "turn": turn.number}

    def send(self, request: DirectorRequest, turn: Turn) -> str:
        return (
            self.change if isinstance(self.change, str) else json.dumps(self.change(honest_plan(dict(request.fields))))
        )

    def release(self) -> None:
        """Nothing is held."""


def keeps_the_rules(director: ServiceDirector, scene_number: int) -> bool:
    """Plan a scene; whether it came to a plan at all. A plan that breaks a rule fails the test."""
    scene = EPISODE.scenes[scene_number]
    said: list[ConsultationNote] = []
    try:
        plan = director.plan_scene(PROJECT, scene, (), DirectorContext(record_consultation=said.append))
    except ServiceRejectedError:
        assert len(said) == 2
        return False
    assert broken_rules(PROJECT, scene, plan) == []
    assert [(line.line_id, line.character) for line in plan.lines] == [
        (one.id, one.character) for one in scene.speeches
    ]
    for shot in plan.shots:
        assert not any(repeats_line(shot.prompt, speech.text) for speech in scene.speeches)
    assert said[-1].used != "nothing"
    return True


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
slowly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slowly
@given(st.one_of(st.text(max_size=80), anything.map(json.dumps)))
def test_any_text_is_refused_or_a_plan(text: str) -> None:
    assert not keeps_the_rules(Saying(text), 0)


@slowly
@given(st.data())
def test_a_plan_with_any_field_spoilt_is_refused_or_keeps_the_rules(data: st.DataObject) -> None:
    def spoil(plan: dict[str, Any]) -> dict[str, Any]:
        target = data.draw(st.sampled_from([plan, *plan["shot_list"][:3]]))
        target[data.draw(st.sampled_from(sorted(target)))] = data.draw(anything)
        return plan

    keeps_the_rules(Saying(spoil), data.draw(st.integers(0, 4)))


@slowly
@given(st.data())
def test_a_plan_that_keeps_the_contract_is_always_used_whatever_it_wishes(data: st.DataObject) -> None:
    scene_number = data.draw(st.integers(0, 4))
    scene = EPISODE.scenes[scene_number]
    names = [PROJECT.character(name).name for name in scene.cast]
    words = st.sampled_from(["angry", "quiet despair", "wistful", "TENSE", "determined"])
    shot = st.fixed_dictionaries(
        {
            "description": st.sampled_from(["The camera pans left", "Akira waits", "Zoom in on the screen", ""]),
            "suggested_camera_angle": st.sampled_from([*ANGLES, *Framing, "Close up", "over-the-shoulder"]),
            "character_emotions": st.dictionaries(st.sampled_from(names), words),
            "suggested_poses": st.lists(
                st.fixed_dictionaries(
                    {"character": st.sampled_from(names), "pose": st.sampled_from(["run", "sits", "?"])}
                ),
                max_size=2,
            ),
            "weight": st.integers(1, 5),
            "background_context": st.sampled_from([None, "", "a red moon", "rain on glass"]),
            "camera_move": st.sampled_from(["", *Move]),
        }
    )
    shots = data.draw(st.lists(shot, min_size=5, max_size=20))

    def wish(plan: dict[str, Any]) -> dict[str, Any]:
        total = sum(one["duration_seconds"] for one in plan["shot_list"])
        weights = sum(one["weight"] for one in shots)
        plan["shot_list"] = [
            {**one, "shot_number": number, "duration_seconds": total * one["weight"] / weights}
            for number, one in enumerate(shots, start=1)
        ]
        return plan

    assert keeps_the_rules(Saying(wish), scene_number)


def test_a_plan_made_twice_on_one_word_is_the_same() -> None:
    scene = EPISODE.scenes[3]
    first, again = (Saying(lambda plan: plan).plan_scene(PROJECT, scene, ()) for _ in range(2))
    assert first == again
    assert first != EmbeddedDirector().plan_scene(PROJECT, scene, ())


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("Akira says they found us again", "They found us.", True),
        ("they, found; US!", "They found us.", True),
        ("found us they", "They found us.", False),
        ("one whole second of light", "One second. They held him for one whole second.", False),
        ("held him for one whole second", "One second. They held him for one whole second.", True),
        ("a perfectly lit room", "Perfectly.", False),
        ("who are they", "Who are you?", False),
        ("彼は言う：逃げろ、見つかった", "逃げろ、見つかった", True),
    ],
)
def test_a_line_is_known_again_in_a_prompt(text: str, line: str, expected: bool) -> None:
    assert repeats_line(text, line) is expected


def test_a_name_that_two_share_stands_for_neither() -> None:
    look, voice = PROJECT.characters[0].appearance, PROJECT.characters[0].voice
    ann, bob = Character("ann", "Ann Lee", "", look, voice), Character("bob", "Bob Lee", "", look, voice)
    assert character_ids_by_name([ann, bob]) == {"ann": "ann", "ann lee": "ann", "bob": "bob", "bob lee": "bob"}
    assert character_ids_by_name([replace(ann, aliases=("The Boss",))])["the boss"] == "ann"


def refined_by(text: str, prompt: str, *spoken: str) -> str:
    answer = {
        "enhanced_prompt": text,
        "style_keywords": [],
        "negative_prompt": "",
        "cinematic_terms": [],
        "character_consistency_hints": [],
    }
    director = Saying(json.dumps(answer))
    return director.refine_prompt(PROJECT, prompt, "", "", "", spoken=spoken).prompt


def test_words_of_a_line_that_the_action_uses_too_are_no_dialogue() -> None:
    action = "the one who wrote the brake waits"
    assert refined_by(f"{action}, haze", action, "The one who wrote the brake.") == f"{action}, haze"
    with pytest.raises(ServiceRejectedError, match="dialogue does not belong"):
        refined_by("the one who wrote the brake, haze", "somebody waits", "The one who wrote the brake.")


def test_a_prompt_comes_back_in_the_letters_that_image_models_read() -> None:
    assert refined_by("café in haze, señal", "wide shot, café") == "wide shot, café, café in haze, señal"
    assert refined_by("霞む街", "夜の街") == "夜の街, 霞む街"
    with pytest.raises(ServiceRejectedError, match="answer in English"):
        refined_by("霞む街、冷たい光", "wide shot, café")
