"""A director behind a service may lie in any way: a valid plan or a clear failure comes of it, and all is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tower_anime_assets.engines.protocols import Director
from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.engines.remote.director.ollama import OllamaDirector
from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError, StoppedError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.planning.shots import Emotion, Framing, Pose, ScenePlan
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project, Scene
from tower_anime_assets.settings import resource_root
from tower_anime_assets_tests.fakes.echo_brain import LEARN, LIES, PLAN, REFINE, SLIPS, FakeEchoBrain
from tower_anime_assets_tests.fakes.ollama import SLIPS as MODEL_SLIPS
from tower_anime_assets_tests.fakes.ollama import THOUGHT, FakeOllama
from tower_anime_assets_tests.production.planning.plan_rules import broken_rules
from tower_anime_assets_tests.small_show import write_small_show

TOLD = {
    "strings_for_numbers": "duration_seconds was text, such as '2.67', and became a number",
    "missing_angle": "shot 1, framing: none given; the script's stays",
    "missing_mood": "the mood: none given; the script's stays",
    "missing_keywords": "the style keywords: none given",
    "total_far_off": "s together, and the scene has 12 s; they are taken as proportions",
    "unknown_angle": "shot 1, framing: 'from the moon' is none that a shot has; the script's stays",
    "duplicated_numbers": "have the numbers 1, 1, 1, 1, 1, 1; they are numbered anew in the order of the answer",
    "numbers_in_disorder": "the shots came in the order 5, 4, 3, 2, 1; they are taken by number",
    "missing_numbers": "have the numbers none, none, none, none, none; they are numbered anew",
    "forty_shots": " more: left out, because the script has no beat for it",
    "null_emotions": "shot 1, faces: 'None' is no emotion of 'Akira'; left out",
    "no_emotions": "",
    "poses_as_words": "shot 1, poses: left out what is none in \"['standing', 7]\"",
    "faces_as_a_list": "",
    "poses_by_name": "",
    "nested_garbage": "shot 1, faces: 'None' is no emotion of 'None'; left out",
    "keywords_as_words": "the arc: '7' is no text; the script's stays",
    "instruction_as_background": "background: 'Establish location and mood' is nothing to be seen",
    "line_in_the_background": "background: left out, because it says the line 'Close the door.'",
    "absurd_confidence": "the confidence '700': not a number from 0 to 1",
    "more_fields": "",
    "names_as_ids": "",
}
"""What is said of each slip; "" where nothing of the answer is lost."""

UNREADABLE = ("truncated_json", "html", "empty", "not_json")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEchoBrain]:
    with FakeEchoBrain() as running:
        yield running


@pytest.fixture(autouse=True)
def honest_again(fake: FakeEchoBrain) -> None:
    fake.script, fake.otherwise, fake.uses_old_names, fake.token = [], "", False, ""
    fake.requests.clear()


@pytest.fixture
def director(fake: FakeEchoBrain) -> EchoBrainDirector:
    return EchoBrainDirector(fake.url)


@pytest.fixture
def said() -> list[ConsultationNote]:
    return []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Episode]:
    folder = tmp_path_factory.mktemp("projects")
    write_small_show(folder)
    return show_files.load_episode(folder, EpisodeKey.parse("small-e01"))


@pytest.fixture(scope="module")
def nexus() -> tuple[Project, Episode]:
    return show_files.load_episode(resource_root() / "projects", EpisodeKey.parse("nexus-e01"))


def planned(
    director: Director,
    project: Project,
    scene: Scene,
    said: list[ConsultationNote],
    earlier: tuple[ScenePlan, ...] = (),
) -> ScenePlan:
    return director.plan_scene(
        project, scene, earlier, DirectorContext(session_id="s1", record_consultation=said.append)
    )


def spoken_in(plan: ScenePlan) -> list[tuple[str, str]]:
    return [(line.line_id, line.character) for line in plan.lines]


@pytest.mark.parametrize("lie", [*LIES, *UNREADABLE])
def test_a_lie_is_named_and_asked_again_and_the_plan_is_then_valid(
    lie: str,
    fake: FakeEchoBrain,
    director: EchoBrainDirector,
    small: tuple[Project, Episode],
    said: list[ConsultationNote],
) -> None:
    project, scene = small[0], small[1].scenes[1]
    fake.script = [lie, ""]
    plan = planned(director, project, scene, said)
    assert broken_rules(project, scene, plan) == []
    assert spoken_in(plan) == [(speech.id, speech.character) for speech in scene.speeches]
    assert len(said) == len(fake.asked(PLAN)) == 2
    assert said[0].used == "nothing"
    assert said[0].overruled
    assert said[1].used != "nothing"
    correction = fake.asked(PLAN)[1]["scene_description"]
    assert "could not be used" in correction
    assert said[0].overruled[0] in correction


@pytest.mark.parametrize("lie", [*LIES, *UNREADABLE])
def test_a_director_that_lies_twice_fails_with_both_answers_on_record(
    lie: str,
    fake: FakeEchoBrain,
    director: EchoBrainDirector,
    small: tuple[Project, Episode],
    said: list[ConsultationNote],
) -> None:
    fake.otherwise = lie
    with pytest.raises(ServiceRejectedError, match="neither answer can be used") as caught:
        planned(director, small[0], small[1].scenes[1], said)
    assert not caught.value.transient
    assert len(said) == len(fake.asked(PLAN)) == 2
    assert [json.loads(one.query) for one in said] == fake.asked(PLAN)
    for one in said:
        assert one.overruled[0] in str(caught.value)
        assert one.response


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("missing_duration", "duration_seconds: Field required"),
        ("zero_duration", "greater than 0"),
        ("negative_duration", "greater than 0"),
        ("nan_duration", "finite number"),
        ("endless_durations", "last inf s together"),
        ("unknown_character", "'Godzilla', who is not in the scene; expected akira, luna"),
        ("rewritten_dialogue", "'I have always loved you.', which is not a line"),
        ("quoted_dialogue", "which is not a line of the screenplay"),
        ("empty_list", "at least 1 item"),
        ("ten_thousand_shots", "10000 shots for one scene"),
        ("wrong_language", "not in the screenplay's letters"),
        ("not_a_list", "should be a valid array"),
        ("truncated_json", "Invalid JSON"),
    ],
)
def test_the_fault_is_named(
    lie: str,
    words: str,
    fake: FakeEchoBrain,
    director: EchoBrainDirector,
    small: tuple[Project, Episode],
    said: list[ConsultationNote],
) -> None:
    fake.script = [lie]
    planned(director, small[0], small[1].scenes[1], said)
    assert words in " ".join(said[0].overruled)


@pytest.mark.parametrize("slip", SLIPS)
def test_what_can_be_settled_is_used_at_once_and_told(
    slip: str,
    fake: FakeEchoBrain,
    director: EchoBrainDirector,
    small: tuple[Project, Episode],
    said: list[ConsultationNote],
) -> None:
    project, scene = small[0], small[1].scenes[1]
    fake.script = [slip]
    plan = planned(director, project, scene, said)
    assert broken_rules(project, scene, plan) == []
    assert spoken_in(plan) == [(speech.id, speech.character) for speech in scene.speeches]
    assert len(said) == 1
    assert TOLD[slip] in "; ".join(said[0].overruled)
    if slip == "poses_by_name":
        assert Pose.SIT in {subject.pose for shot in plan.shots for subject in shot.subjects}
    if slip in ("names_as_ids", "faces_as_a_list"):
        assert {subject.emotion for shot in plan.shots for subject in shot.subjects} == {Emotion.SAD}


def test_older_servers_names_of_fields_are_read(
    fake: FakeEchoBrain, director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    fake.uses_old_names = True
    plan = planned(director, small[0], small[1].scenes[1], said)
    fake.uses_old_names = False
    assert len(said) == 1
    assert plan == planned(director, small[0], small[1].scenes[1], said)


@pytest.mark.parametrize("episode", ["nexus-e01", "nexus-e02"])
def test_whole_episodes_planned_by_a_service_keep_every_rule_of_plans(
    episode: str, director: EchoBrainDirector, said: list[ConsultationNote]
) -> None:
    project, found = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse(episode))
    plans: tuple[ScenePlan, ...] = ()
    for scene in found.scenes:
        plans += (planned(director, project, scene, said, plans),)
        assert broken_rules(project, scene, plans[-1]) == []
    assert len(said) == len(found.scenes)
    assert all(one.confidence == 0.8 and one.model == "echo_brain" for one in said)


def test_the_directors_choices_are_followed_and_what_is_not_is_said_with_why(
    director: EchoBrainDirector, nexus: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    project, episode = nexus
    plan = planned(director, project, episode.scenes[0], said)
    assert "framings" in said[0].used
    assert "because the writer asked for it" in " ".join(said[0].overruled)
    assert any("the mood 'brooding'" in words for words in said[0].overruled)
    assert {"film grain", "wet asphalt"} <= set(plan.style_keywords)
    assert "cold rim light" in plan.lighting
    assert plan.arc == "from doubt to resolve"
    assert plan.shots[0].framing is Framing.WIDE  # the writer's
    assert any("neon signs blurred by haze" in shot.prompt for shot in plan.shots)
    assert {part.source for shot in plan.shots for part in shot.prompt_parts if part.role == "background"} == {
        "echo-brain"
    }


def test_a_pose_that_the_action_tells_is_the_scripts(
    director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    plan = planned(director, small[0], small[1].scenes[0], said)  # "Akira runs down the street."
    assert plan.shots[0].subjects[0].pose is Pose.RUN
    assert "shot 1: the pose arms-crossed of akira, because the script says run" in said[0].overruled
    assert "1 move" in said[0].used


def test_the_director_is_told_the_cast_the_style_the_facts_and_what_came_before(
    fake: FakeEchoBrain, director: EchoBrainDirector, nexus: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    project, episode = nexus
    first = planned(director, project, episode.scenes[0], said)
    context = DirectorContext(
        facts=("Luna Chen wrote the safety brake",), experience=("close-ups of Luna were accepted",), session_id="abc"
    )
    director.plan_scene(project, episode.scenes[1], (first,), context)
    asked = fake.asked(PLAN)[1]
    assert asked["session_id"] == "abc"
    assert asked["characters_in_scene"] == ["Luna Chen", "Viktor Kozlov"]
    assert any("neon-noir" in words for words in asked["style_references"])
    assert asked["duration_seconds"] == 22
    for words in (
        "Luna Chen wrote the safety brake",
        "close-ups of Luna were accepted",
        "Scene 2: INT. NEXUS TOWER - LABORATORY - NIGHT",
        "from doubt to resolve",
        "holographic tattoos",
        'Luna Chen: "Perfectly."',
    ):
        assert words in asked["scene_description"]


def test_a_server_that_fails_is_an_error_to_be_tried_again_and_on_record(
    fake: FakeEchoBrain, director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    for act in ("error_500", "drop"):
        fake.script = [act]
        with pytest.raises(ServiceUnavailableError, match="Echo Brain"):
            planned(director, small[0], small[1].scenes[0], said)
    assert [one.used for one in said] == ["nothing", "nothing"]
    assert "the model crashed" in said[0].overruled[0]
    assert len(fake.asked(PLAN)) == 2


def test_a_server_that_is_too_slow_is_an_error_and_on_record(
    fake: FakeEchoBrain, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    fake.script, fake.slow_s = ["slow"], 10.0
    with pytest.raises(ServiceUnavailableError, match="Timeout"):
        planned(EchoBrainDirector(fake.url, answer_timeout_s=0.2), small[0], small[1].scenes[0], said)
    assert len(said) == 1
    assert 0.15 < said[0].duration_s < 10.0


def test_a_refusal_and_a_missing_token_are_not_worth_retrying(
    fake: FakeEchoBrain, director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    fake.script = ["refused_422"]
    with pytest.raises(ServiceRejectedError, match="422"):
        planned(director, small[0], small[1].scenes[0], said)
    fake.token = "sesame"
    with pytest.raises(ServiceRejectedError, match="TOWER_AUTH_TOKEN"):
        planned(EchoBrainDirector(fake.url, "planted"), small[0], small[1].scenes[0], said)
    assert len(said) == 2
    assert "planted" not in str(said)
    planned(EchoBrainDirector(fake.url, "sesame"), small[0], small[1].scenes[0], said)


def test_nobody_is_asked_once_the_run_is_stopped(
    fake: FakeEchoBrain, director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    context = DirectorContext(record_consultation=said.append, is_stopped=lambda: True)
    with pytest.raises(StoppedError):
        director.plan_scene(small[0], small[1].scenes[0], (), context)
    assert said == []
    assert fake.requests == []


def test_a_scene_that_cannot_be_planned_is_not_sent_to_anybody(
    fake: FakeEchoBrain, director: EchoBrainDirector, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    scene = replace(small[1].scenes[0], cast=("nobody",))
    with pytest.raises(PlanError, match="nobody is not a character"):
        planned(director, small[0], scene, said)
    assert fake.requests == []


# Prompts and lessons ------------------------------------------------------------------------------------------------


def test_a_prompt_is_refined_by_words_that_add_something(
    director: EchoBrainDirector, nexus: tuple[Project, Episode]
) -> None:
    refined = director.refine_prompt(
        nexus[0], "medium shot, Akira Yamamoto, rim light", "blurry", "akira", "tense", camera_angle="medium"
    )
    assert refined.additions == ("volumetric haze", "35mm lens")
    assert refined.prompt == "medium shot, Akira Yamamoto, rim light, volumetric haze, 35mm lens"
    assert refined.cinematic_terms == ("shallow depth of field",)  # the rim light was there
    assert refined.negative == "blurry, jpeg artifacts"


@pytest.mark.parametrize("lie", ["missing_fields", "dialogue_in_prompt", *UNREADABLE])
def test_a_lie_about_a_prompt_is_asked_again_once(
    lie: str,
    fake: FakeEchoBrain,
    director: EchoBrainDirector,
    nexus: tuple[Project, Episode],
    said: list[ConsultationNote],
) -> None:
    def refine() -> str:
        return director.refine_prompt(
            nexus[0],
            "wide shot",
            "",
            "",
            "",
            spoken=("They found us!",),
            context=DirectorContext(record_consultation=said.append),
        ).prompt

    fake.script = [lie]
    assert refine() == "wide shot, volumetric haze, 35mm lens"
    assert "could not be used" in fake.asked(REFINE)[1]["context_tags"][-1]
    fake.otherwise = lie
    with pytest.raises(ServiceRejectedError, match="neither answer"):
        refine()
    assert len(said) == 4


def test_nobody_who_is_not_in_the_shot_is_named_into_it(
    fake: FakeEchoBrain, director: EchoBrainDirector, nexus: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    fake.otherwise = "stranger_in_prompt"
    refined = director.refine_prompt(
        nexus[0], "Akira Yamamoto", "", "akira", "", context=DirectorContext(record_consultation=said.append)
    )
    assert "Luna" not in refined.prompt
    assert "luna is not in the shot" in said[0].overruled[0]


def test_scores_are_sent_and_what_was_learned_comes_back_in_words(
    fake: FakeEchoBrain, director: EchoBrainDirector, said: list[ConsultationNote]
) -> None:
    scores = {"ssim": 0.9, "optical_flow": 0.4, "sharpness_var": 340.0}
    learned = director.learn(
        "7f",
        "wide shot",
        scores,
        ("clip",),
        feedback="too dark",
        context=DirectorContext(record_consultation=said.append),
    )
    assert learned == Lesson(("scored 2 ways",), ("keep the light",), {"ssim": 0.9, "optical_flow": 0.4})
    assert said[-1].used == "1 learned element, 1 recommendation, 2 confidence scores"
    sent = fake.asked(LEARN)[0]
    assert sent["quality_scores"] == {"ssim": 0.9, "optical_flow": 0.4}
    assert (sent["generation_id"], sent["user_feedback"]) == ("7f", "too dark")
    assert len(said) == 1


# Ollama -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    ["prose", "truncated", "empty", "wrong_shape", "two_objects", "only_thoughts", "unknown_character", "nan_duration"],
)
def test_a_model_that_breaks_its_schema_is_told_so_once(
    lie: str, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    project, scene = small[0], small[1].scenes[1]
    with FakeOllama() as ollama:
        director = OllamaDirector(ollama.url, "tiny")
        ollama.script = [lie]
        plan = planned(director, project, scene, said)
        assert broken_rules(project, scene, plan) == []
        assert len(said) == len(ollama.chats) == 2
        turns = ollama.chats[1]["messages"]
        assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
        assert turns[2]["content"] == ("" if lie in ("empty", "only_thoughts") else said[0].response)
        assert said[0].overruled[0] in turns[3]["content"]
        ollama.otherwise = lie
        with pytest.raises(ServiceRejectedError, match="tiny: the plan of sc02"):
            planned(director, project, scene, said)
        assert len(said) == 4


@pytest.mark.parametrize("slip", MODEL_SLIPS)
def test_a_models_slips_are_mended_at_once_and_told(
    slip: str, small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    project, scene = small[0], small[1].scenes[1]
    with FakeOllama() as ollama:
        director = OllamaDirector(ollama.url, "tiny")
        honest = planned(director, project, scene, said)
        ollama.script = [slip]
        assert planned(director, project, scene, said) == honest
        assert len(said) == len(ollama.chats) == 2
    mends = set(said[1].overruled) - set(said[0].overruled)
    assert bool(mends) is not slip.startswith("thinks")
    assert all(mend.startswith("the answer's JSON: ") for mend in mends)
    if slip.startswith("thinks"):
        assert THOUGHT in said[1].response, "what it thought is on record"


def test_an_answer_that_is_cut_short_is_asked_for_again_with_more_room(
    small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    with FakeOllama() as ollama:
        director = OllamaDirector(ollama.url, "tiny")
        ollama.otherwise = "cut_short"
        planned(director, small[0], small[1].scenes[1], said)
        first, second = ollama.chats
        assert [one["role"] for one in second["messages"]] == ["system", "user"], "the same question"
        assert second["options"]["num_predict"] == 4 * first["options"]["num_predict"]
        assert second["options"]["num_ctx"] > first["options"]["num_ctx"]
    assert [json.loads(one.query) for one in said] == [first, second]
    assert "room of 4,096 tokens was used up" in said[0].overruled[0]
    assert said[0].response.startswith("{")
    assert said[1].used != "nothing"


def test_a_model_is_held_while_it_is_asked_and_gives_the_card_back_at_rest(small: tuple[Project, Episode]) -> None:
    with FakeOllama() as ollama:
        director = OllamaDirector(ollama.url, "tiny")
        director.plan_scene(small[0], small[1].scenes[0], ())
        assert ollama.loaded == {"tiny"}
        director.release()
        assert ollama.loaded == set()
        asked = ollama.chats[0]
        assert asked["stream"] is False
        shot = asked["format"]["properties"]["shot_list"]["items"]["properties"]
        assert shot["suggested_camera_angle"]["enum"] == [framing.value for framing in Framing]
        assert list(shot["character_emotions"]["properties"]) == ["Akira"]


def test_a_model_refines_and_learns_too_and_its_name_is_part_of_the_directors(small: tuple[Project, Episode]) -> None:
    with FakeOllama() as ollama:
        director = OllamaDirector(ollama.url, "tiny")
        assert director.name == "ollama:tiny"
        assert director.refine_prompt(small[0], "wide shot", "", "", "").additions == ("volumetric haze", "35mm lens")
        assert director.learn("7f", "wide shot", {"ssim": 0.5}, ()).sentences == ("scored 1 ways", "keep the light")


def test_a_model_that_is_not_there_is_not_worth_retrying(
    small: tuple[Project, Episode], said: list[ConsultationNote]
) -> None:
    with (
        FakeOllama() as ollama,
        pytest.raises(ServiceRejectedError, match=r"run `ollama pull huge`\. Models that are there"),
    ):
        planned(OllamaDirector(ollama.url, "huge"), small[0], small[1].scenes[0], said)
    assert len(said) == 1
