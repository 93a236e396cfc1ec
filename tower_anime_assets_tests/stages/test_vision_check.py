"""A vision model looks at keyframes: its answers are held to a schema, the score is formed from them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.attempt import ConsultationNote
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.verdicts import judge
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.stages.vision_check import VisionModel, check_keyframe
from tower_anime_assets.store import audit
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.stages.conftest import MadeEpisode


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOllama]:
    with FakeOllama() as running:
        yield running


@pytest.fixture(scope="module")
def project_and_shots() -> tuple[Project, tuple[Shot, ...]]:
    project, episode = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse("nexus-e01"))
    return project, EmbeddedDirector().plan_scene(project, episode.scenes[3], ()).shots


@pytest.fixture
def eye(fake: FakeOllama) -> VisionModel:
    fake.chats.clear()
    fake.script = []
    return VisionModel(fake.url, "eye")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "keyframe.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    return path


def of_framing(shots: tuple[Shot, ...], framing: Framing) -> Shot:
    return next(shot for shot in shots if shot.framing is framing and shot.subjects)


def look(
    eye: VisionModel,
    fake: FakeOllama,
    project: Project,
    shot: Shot,
    picture: Path,
    people: list[str],
    framing: str,
    action: str,
) -> float:
    fake.looks = {"people": people, "framing": framing, "action_shown": action, "what_is_seen": "somebody"}
    numbers, _facts, _said = check_keyframe(eye, picture, project, shot)
    return numbers["eye_agreement"]


def test_the_score_says_who_how_large_and_what(
    eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    shot = of_framing(shots, Framing.MEDIUM)
    who = [subject.character for subject in shot.subjects]
    assert look(eye, fake, project, shot, picture, who, "medium", "yes") == pytest.approx(1.0)
    assert look(eye, fake, project, shot, picture, who, "close-up", "yes") == pytest.approx(0.9)
    assert look(eye, fake, project, shot, picture, who, "insert", "partly") == pytest.approx(0.65)
    assert look(eye, fake, project, shot, picture, [*who, "viktor"], "medium", "no") == pytest.approx(0.45)
    assert look(eye, fake, project, shot, picture, ["viktor"], "medium", "yes") == pytest.approx(0.5)
    assert look(eye, fake, project, shot, picture, ["somebody"], "wide", "no") == pytest.approx(0.1)


def test_the_bar_fails_a_stranger_and_passes_a_near_framing() -> None:
    assert [
        judge({"eye_agreement": value}, [bar for bar in KEYFRAMES.thresholds if bar.measure == "eye_agreement"])[
            0
        ].passed
        for value in (0.5, 0.65, 0.9)
    ] == [False, True, True]


def test_the_picture_is_shown_and_the_answer_is_on_record(
    eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    fake.looks = {"people": [], "framing": "wide", "action_shown": "yes", "what_is_seen": "an empty garage"}
    said: list[ConsultationNote] = []
    numbers, facts, consulted = check_keyframe(eye, picture, project, shots[0], said.append)
    assert said == [consulted]
    assert consulted.model == "eye"
    assert "an empty garage" in consulted.response
    assert consulted.used == f"agreement {numbers['eye_agreement']:.2f} of 1"
    assert facts["eye_seen"] == "an empty garage"
    (sent,) = fake.chats
    assert base64.b64decode(sent["messages"][1]["images"][0]) == picture.read_bytes()
    assert sent["format"]["properties"]["people"]["items"]["enum"] == ["akira", "luna", "viktor", "somebody"]
    assert "spiky black hair" in consulted.query


@pytest.mark.parametrize("slip", ["thinks_aloud", "fenced", "in_a_list", "trailing_commas", "single_quotes"])
def test_a_slip_in_its_json_is_mended(
    slip: str, eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    said: list[ConsultationNote] = []
    fake.looks = {"people": [], "framing": "wide", "action_shown": "yes", "what_is_seen": "a street"}
    fake.script = [slip]
    check_keyframe(eye, picture, project, shots[0], said.append)
    assert [one.used for one in said] != ["nothing"]
    assert bool(said[0].overruled) is (slip != "thinks_aloud")


def test_an_answer_that_is_cut_short_gets_more_room(
    eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    said: list[ConsultationNote] = []
    fake.looks = {"people": [], "framing": "wide", "action_shown": "yes", "what_is_seen": "a street"}
    fake.otherwise = "cut_short"
    check_keyframe(eye, picture, project, shots[0], said.append)
    fake.otherwise = ""
    assert "was used up" in said[0].overruled[0]
    assert said[1].used.startswith("agreement")
    assert [len(chat["messages"]) for chat in fake.chats] == [2, 2], "the same question"


@pytest.mark.parametrize("lie", ["prose", "truncated", "wrong_shape"])
def test_an_answer_that_cannot_be_read_is_asked_again_once(
    lie: str, eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    said: list[ConsultationNote] = []
    fake.script = [lie]
    check_keyframe(eye, picture, project, shots[0], said.append)
    assert [one.used == "nothing" for one in said] == [True, False]
    fake.script = [lie, lie]
    with pytest.raises(ServiceRejectedError, match=f"keyframe of {shots[0].key} shows"):
        check_keyframe(eye, picture, project, shots[0], said.append)
    assert len(said) == 4


def test_a_framing_that_is_none_is_no_answer(
    eye: VisionModel, fake: FakeOllama, project_and_shots: tuple[Project, tuple[Shot, ...]], picture: Path
) -> None:
    project, shots = project_and_shots
    with pytest.raises(ServiceRejectedError, match="unknown framing 'from above'"):
        look(eye, fake, project, shots[0], picture, [], "from above", "yes")


def test_the_eye_is_off_unless_model_and_address_are_set_and_gives_the_card_back(
    eye: VisionModel,
    fake: FakeOllama,
    project_and_shots: tuple[Project, tuple[Shot, ...]],
    picture: Path,
    tmp_path: Path,
) -> None:
    token = "planted"

    def settings(services: dict[str, str], model: str) -> Settings:
        return Settings(tmp_path, tmp_path, services=services, ollama_vision_model=model, auth_token=token)

    assert VisionModel.from_settings(settings({}, "eye")) is None
    assert VisionModel.from_settings(settings({"ollama": fake.url}, "")) is None
    assert VisionModel.from_settings(settings({"ollama": fake.url}, "eye")) == VisionModel(fake.url, "eye", token)
    look(eye, fake, project_and_shots[0], project_and_shots[1][0], picture, [], "wide", "yes")
    assert fake.loaded == {"eye"}
    together = {"ollama": fake.url, "comfyui": "http://gpu2:8188,http://127.0.0.1:8188"}
    shared = VisionModel.from_settings(settings(together, "eye"))
    assert shared is not None
    look(shared, fake, project_and_shots[0], project_and_shots[1][0], picture, [], "wide", "yes")
    assert fake.loaded == set(), "ComfyUI on the same machine may need the card next"


def test_a_keyframe_that_does_not_show_its_plan_is_rejected_by_the_eye_and_all_it_said_is_on_record(
    fake: FakeOllama, made_episode: MadeEpisode
) -> None:
    fake.script = []
    before = audit.load_trail(made_episode.studio.database, made_episode.key)
    assert all("eye_agreement" not in take["measured"] for take in before.takes)
    fake.looks = {"people": ["somebody"], "framing": "insert", "action_shown": "no", "what_is_seen": "a wall"}
    settings = replace(made_episode.studio.settings, services={"ollama": fake.url}, ollama_vision_model="eye")
    seeing = replace(made_episode, studio=replace(made_episode.studio, settings=settings))
    assert {outcome.accepted for _order, outcome in seeing.work.find(KEYFRAMES) if outcome} == {True}, (
        "what was made before the eye was there is not made again"
    )
    first = episode_plan(seeing.work).shots[0].key
    report = seeing.work.make(KEYFRAMES, Selection((first,), force=True))
    (outcome,) = [item for item in report.outcomes if item.subject == first]
    after = audit.load_trail(made_episode.studio.database, made_episode.key)
    fresh = [take for take in after.takes if "eye_agreement" in take["measured"]]
    assert len(fresh) == seeing.work.project.engines.attempts
    assert all(take["measured"]["eye_agreement"] < 0.6 for take in fresh)
    assert outcome.accepted, "the older picture stands, since the new ones are no better"
    asked = {row["decision_id"] for row in after.consultations} - {row["decision_id"] for row in before.consultations}
    assert asked == {take["decision_id"] for take in fresh}
