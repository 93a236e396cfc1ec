"""`/api/director`: every consultation is on record with the name of who asked, and nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.echo_brain import FakeEchoBrain
from tower_anime_assets_tests.small_show import write_small_show
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

Json = dict[str, Any]

WORDS = "Akira runs over the roof in the rain at night. Luna waits."


@pytest.fixture(scope="module")
def show(studio: Studio) -> Studio:
    write_small_show(studio.settings.projects)
    return studio


@pytest.fixture(scope="module")
def client(show: Studio) -> TestClient:
    return client_of(show)


def post(client: TestClient, path: str, **body: object) -> Json:
    answer = client.post(f"/api/director{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def history(client: TestClient, session: str) -> Json:
    return client.get(f"/api/director/sessions/{session}/history").json()  # type: ignore[no-any-return]


def test_a_scene_in_free_words_is_planned_with_the_shows_cast(client: TestClient) -> None:
    plan = post(client, "/scene/plan", description=WORDS, characters=["LUNA"], duration=10, style=["ink wash"])
    assert plan["accepted"]
    assert plan["problems"] == []
    assert {name for shot in plan["shot_list"] for name in shot["character_emotions"]} == {"Akira", "Luna"}
    assert all(" roof" in shot["prompt"] and "night" in shot["prompt"] for shot in plan["shot_list"])
    assert all("ink wash" in shot["prompt"] for shot in plan["shot_list"])
    assert sum(shot["duration_seconds"] for shot in plan["shot_list"]) == pytest.approx(10, rel=0.1)
    assert {shot["suggested_camera_angle"] for shot in plan["shot_list"]} <= {"wide", "medium", "close-up"}
    assert plan["narrative_arc"]


def test_a_scene_in_fountain_keeps_its_heading_and_its_lines(client: TestClient) -> None:
    script = "INT. LABORATORY - DAY\n\nLuna looks up.\n\nLUNA\nClose the door."
    plan = post(client, "/scene/plan", description=script, duration=6)
    assert {shot["background_context"] for shot in plan["shot_list"]} == {"LABORATORY: inside, day, clear"}
    assert plan["notes"] == []


def test_what_the_words_leave_open_is_said(client: TestClient) -> None:
    plan = post(client, "/scene/plan", description="Akira smiles.", characters=["luna"])
    assert any("no place that is known" in note for note in plan["notes"])
    assert "Luna is in no shot: the words do not say what they do" in plan["notes"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"description": WORDS, "characters": ["Godzilla"]}, 422, "small has no character 'Godzilla'"),
        ({"description": "  "}, 422, "the description is empty"),
        ({"description": WORDS, "project": "smal"}, 404, "Did you mean small?"),
        ({"description": WORDS, "session_id": str(uuid4())}, 404, "there is no creative session"),
        ({"description": "INT. A - DAY\n\nX.\n\nINT. B - DAY\n\nY."}, 422, "has 2 scenes"),
        ({"description": "INT. LAB - DAY\n\nGODZILLA\nRoar."}, 422, "the description:3"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words_and_leaves_no_decision(
    client: TestClient, show: Studio, body: Json, status: int, words: str
) -> None:
    before = show.chain_mark
    answer = client.post("/api/director/scene/plan", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert show.chain_mark == before


def test_a_session_has_every_decision_and_answer_with_the_name_of_who_asked(show: Studio) -> None:
    mei, ben = client_of(show, "Mei"), client_of(show, "Ben")
    first = post(mei, "/scene/plan", description=WORDS, session_id="roof talk")
    second = post(ben, "/prompt/enhance", prompt="Akira on a roof", character="AKIRA", session_id="roof talk")
    assert second["session_id"] == first["session_id"]
    trail = history(mei, "roof talk")
    assert [(one["decision_type"], one["created_by"], one["status"]) for one in trail["decisions"]] == [
        ("plan", "Mei", "succeeded"),
        ("prompt", "Ben", "succeeded"),
    ]
    assert [one["model_used"] for one in trail["consultations"]] == ["embedded-director"] * 2
    assert all(one["query"] and one["response"] for one in trail["consultations"])
    assert history(ben, first["session_id"]) == trail


def test_asking_again_is_a_consultation_of_its_own(client: TestClient) -> None:
    first = post(client, "/scene/plan", description=WORDS, session_id="twice")
    second = post(client, "/scene/plan", description=WORDS, session_id="twice")
    assert first["decision_id"] != second["decision_id"]
    assert first["shot_list"] == second["shot_list"]
    assert len(history(client, "twice")["decisions"]) == 2


def test_sessions_are_listed_newest_first_in_pages(client: TestClient) -> None:
    for number in range(3):
        post(client, "/prompt/enhance", prompt="a lantern", session_id=f"page {number}")
    page = client.get("/api/director/sessions", params={"limit": 2}).json()
    assert [one["title"] for one in page["items"]] == ["director: page 2", "director: page 1"]
    assert {one["outcome"] for one in page["items"]} == {"open"}
    following = client.get("/api/director/sessions", params={"limit": 1, "after": page["next"]}).json()
    assert [one["title"] for one in following["items"]] == ["director: page 0"]


def test_an_enhanced_prompt_says_what_of_the_request_was_not_used(client: TestClient) -> None:
    answer = post(client, "/prompt/enhance", prompt="Akira waits", character="akira", emotion="despair", tags=["x"])
    assert answer["enhanced_prompt"].startswith("Akira waits, Akira, A young racer")
    assert "low key light" in answer["cinematic_terms"]
    assert answer["notes"] == ["the embedded director does not read tags"]


def test_a_plan_comes_with_its_prompts_and_the_workflow_that_would_be_run(client: TestClient) -> None:
    answer = post(client, "/workflow/integrate", scene=WORDS, workflow_type="video")
    assert [one["enhanced_prompt"] for one in answer["enhanced_shots"]] == [
        shot["prompt"] for shot in answer["plan"]["shot_list"]
    ]
    assert answer["workflow"]["name"] == "embedded-animator"
    assert answer["workflow"]["is_animatic"]


def test_one_scene_of_a_batch_that_cannot_be_planned_costs_none_of_the_others(client: TestClient) -> None:
    scenes = [
        {"description": WORDS},
        {"description": WORDS, "characters": ["Godzilla"]},
        {"description": "Luna reads."},
    ]
    answer = post(client, "/batch/process", scenes=scenes)
    assert (answer["planned"], answer["failed"]) == (2, 1)
    assert "Godzilla" in answer["results"][1]["problem"]["detail"]
    assert answer["results"][2]["plan"]["shot_list"]


def test_feedback_is_recorded_on_the_take_of_a_decision(client: TestClient) -> None:
    plan = post(client, "/scene/plan", description=WORDS, session_id="judged")
    answer = post(
        client,
        "/feedback/submit",
        generation_id=plan["decision_id"],
        quality_scores={"ssim": 0.9, "consistency": 0.4},
        user_feedback="more rain",
    )
    assert (answer["opinion"], answer["reason"]) == ("good", "overall")
    assert "ssim was good at 0.90: keep it" in answer["learned_elements"]
    assert UUID(answer["take_id"])
    assert "more rain" in history(client, "judged")["consultations"][-1]["query"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"generation_id": str(uuid4()), "quality_scores": {"ssim": 1}}, 404, "there is no decision or take"),
        ({"generation_id": "picture 7", "quality_scores": {"ssim": 1}}, 404, "their ids are UUIDs"),
        ({"quality_scores": {}, "user_feedback": "nice"}, 422, "feedback needs `opinion`"),
        ({"quality_scores": {"ssim": 7}}, 422, "out of range"),
        ({"opinion": "bad", "reason": "flicker"}, 422, "about a clip"),
    ],
)
def test_feedback_on_nothing_or_without_an_opinion_is_refused(
    client: TestClient, body: Json, status: int, words: str
) -> None:
    decision = post(client, "/scene/plan", description="Luna reads in the library.")["decision_id"]
    answer = client.post("/api/director/feedback/submit", json={"generation_id": decision, **body})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def test_feedback_on_what_made_no_take_is_refused(client: TestClient) -> None:
    decision = post(client, "/prompt/enhance", prompt="a lantern")["decision_id"]
    answer = client.post("/api/director/feedback/submit", json={"generation_id": decision, "opinion": "good"})
    assert answer.status_code == 422
    assert "has made no take" in answer.json()["detail"]


def test_who_may_only_read_consults_nobody(show: Studio) -> None:
    reader = client_of(show, scope=Scope.READ)
    assert reader.post("/api/director/scene/plan", json={"description": WORDS}).status_code == 403
    assert reader.get("/api/director/sessions").status_code == 200


def test_without_a_service_the_embedded_director_is_healthy(client: TestClient) -> None:
    health = client.get("/api/director/health").json()
    assert (health["status"], health["director"], health["database"]) == ("healthy", "embedded", "connected")


def test_which_of_several_shows_is_meant_has_to_be_said(made_episode: MadeEpisode) -> None:
    other = made_episode.studio.settings.projects / "other"
    other.mkdir()
    (other / "project.yaml").write_text("title: Other\n")
    answer = client_of(made_episode.studio).post("/api/director/scene/plan", json={"description": WORDS})
    assert answer.status_code == 422
    assert "there are other, small" in answer.json()["detail"]


def test_a_configured_service_is_asked_and_its_failure_is_an_error(show: Studio, database: Database) -> None:
    with FakeEchoBrain() as echo_brain:
        settings = replace(show.settings, services={"echo_brain": echo_brain.url})
        client = client_of(Studio(settings, database))
        assert client.get("/api/director/health").json()["director"] == "echo_brain"
        answer = post(client, "/prompt/enhance", prompt="Akira on a roof", session_id="served")
    assert answer["director"] == "echo-brain"
    assert history(client, "served")["consultations"][-1]["model_used"] == "echo_brain"
    failed = client.post("/api/director/prompt/enhance", json={"prompt": "a lantern", "session_id": "served"})
    assert (failed.status_code, failed.json()["exit_code"]) == (503, 3)
    assert history(client, "served")["decisions"][-1]["status"] == "failed"
    assert client.get("/api/director/health").json()["status"] == "unhealthy"
