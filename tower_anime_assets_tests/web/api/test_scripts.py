"""A screenplay beside what was understood of it, saved or not, and the notes that steer its shots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.reports.script import read_script
from tower_anime_assets.settings import Scope
from tower_anime_assets.store import show_edits
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

SCRIPT = "/api/scripts/small-e01"
NOTE = "/api/shots/small-e01-sc01-sh0010/note"


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


@pytest.fixture(autouse=True)
def kept(made_episode: MadeEpisode) -> Iterator[None]:
    """Give the episode its script back after each test."""
    before = made_episode.script.read_bytes()
    yield
    made_episode.script.write_bytes(before)


def test_the_saved_script_is_told_as_the_command_tells_it(made_episode: MadeEpisode, mei: TestClient) -> None:
    answer = mei.get(SCRIPT)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told.pop("text") == made_episode.script.read_text()
    assert told.pop("file") == "episodes/e01.fountain"
    assert answer.headers["etag"] == f'"{told.pop("sha256")}"'
    assert told == read_script(made_episode.studio.settings, made_episode.key).as_json()


def test_an_unsaved_text_is_understood_with_faults_and_warnings_by_line(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    text, head = made_episode.script.read_text(), made_episode.studio.chain_head
    longer = mei.post(f"{SCRIPT}/preview", json={"text": text.replace("Close the door.", "Close the door at once.")})
    assert longer.status_code == 200, longer.text
    assert longer.json()["scenes"][1]["lines"][0]["text"] == "Close the door at once."
    wrong = mei.post(f"{SCRIPT}/preview", json={"text": text.replace("LUNA", "NOBODY").replace("rain", "frogs")})
    assert wrong.json()["fault_count"] + wrong.json()["warning_count"] > 0
    line = text.splitlines().index("LUNA") + 1
    assert ("small/episodes/e01.fountain", line) in [(one["file"], one["line"]) for one in wrong.json()["faults"]]
    assert made_episode.script.read_text() == text
    assert made_episode.studio.chain_head == head


@pytest.mark.parametrize("key", ["small-e09", "nowhere-e01", "small", "..", "small-e01-sc01"])
def test_there_is_no_script_of_an_unknown_episode(mei: TestClient, key: str) -> None:
    assert mei.get(f"/api/scripts/{key}").status_code == 404


def test_a_shots_note_is_tried_saved_and_removed(made_episode: MadeEpisode, mei: TestClient) -> None:
    before = made_episode.script.read_text()
    looked = mei.get(NOTE)
    assert looked.status_code == 200, looked.text
    assert (looked.json()["note"], looked.json()["problem"]) == ("", "")
    tried = mei.post(f"{NOTE}/preview", json={"note": "close-up, sparks in the rain"})
    assert tried.status_code == 200, tried.text
    assert "+[[shot: close-up, sparks in the rain]]" in tried.json()["diff"]
    assert tried.json()["shot_after"] == "small-e01-sc01-sh0010"
    assert tried.json()["replans"][0]["seconds_after"] > 0
    assert made_episode.script.read_text() == before

    body = {"note": "close-up, sparks in the rain", "why": "to see his face"}
    saved = mei.post(NOTE, json=body, headers={"If-Match": looked.headers["etag"]})
    assert saved.status_code == 200, saved.text
    assert mei.get(NOTE).json()["note"] == "close-up, sparks in the rain"
    newest = show_edits.find_newest(made_episode.studio.database, "small", "episodes/e01.fountain")
    assert newest is not None
    assert (newest.who, newest.why) == ("Mei", "to see his face")
    stale = mei.post(NOTE, json={"note": "wide"}, headers={"If-Match": looked.headers["etag"]})
    assert stale.status_code == 412
    assert "Mei edited it on" in stale.json()["detail"]

    also_stale = mei.post(NOTE, json={"note": "wide", "seen": tried.json()["seen"]})
    assert also_stale.status_code == 412

    removed = mei.post(NOTE, json={"note": ""}, headers={"If-Match": saved.headers["etag"]})
    assert removed.status_code == 200, removed.text
    assert made_episode.script.read_text() == before


def test_there_is_no_note_of_an_unknown_shot(mei: TestClient) -> None:
    assert mei.get("/api/shots/small-e01-sc01-sh9990/note").status_code == 404
    assert mei.post("/api/shots/small-e09-sc01-sh0010/note", json={"note": "wide"}).status_code == 404


@pytest.fixture
def draft(made_episode: MadeEpisode) -> Iterator[Path]:
    """A draft of another episode, as `tower adapt` leaves one."""
    draft = made_episode.script.with_name("e07.draft.fountain")
    draft.write_bytes(made_episode.script.read_bytes())
    yield draft
    for path in (draft, draft.with_name("e07.fountain")):
        path.unlink(missing_ok=True)


def test_a_draft_becomes_the_script_with_who_and_why_on_record(
    made_episode: MadeEpisode, mei: TestClient, draft: Path
) -> None:
    looked = mei.get("/api/scripts/small-e07")
    assert looked.json()["is_draft"] is True
    asked: dict[str, Any] = {
        "json": {"why": "the ending works"},
        "headers": {"If-Match": looked.headers["etag"], "Idempotency-Key": "a"},
    }
    answer = mei.post("/api/scripts/small-e07/accept", **asked)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["file"], told["fault_count"]) == ("episodes/e07.fountain", 0)
    assert told["run"] == {"kind": "episode", "keys": ["small-e07"], "quality": ""}
    assert answer.headers["etag"] == looked.headers["etag"]
    assert not draft.exists()
    again = mei.post("/api/scripts/small-e07/accept", **asked)
    assert (again.json(), again.headers["idempotency-replayed"]) == (told, "true")
    (on_record,) = mei.get("/api/audit/small-e07").json()["items"]
    assert on_record["created_by"] == "Mei"
    assert on_record["reasoning"] == "Mei accepted the draft as the script of small-e07. the ending works"
    assert "small-e07" in [one["key"] for one in mei.get("/api/episodes").json()["items"]]


def test_a_draft_is_accepted_as_it_was_looked_at_and_never_over_a_script(
    made_episode: MadeEpisode, mei: TestClient, draft: Path
) -> None:
    seen = mei.get("/api/scripts/small-e07").headers["etag"]
    draft.write_text(f"{draft.read_text()}\nHe waits.\n")
    stale = mei.post("/api/scripts/small-e07/accept", json={}, headers={"If-Match": seen})
    assert stale.status_code == 412
    assert stale.headers["etag"] == mei.get("/api/scripts/small-e07").headers["etag"] != seen
    assert mei.post("/api/scripts/small-e01/accept", json={}).status_code == 409
    assert mei.post("/api/scripts/small-e08/accept", json={}).status_code == 404
    assert mei.post("/api/scripts/nowhere-e01/accept", json={}).status_code == 404
    reader = client_of(made_episode.studio, "Ben", Scope.READ)
    assert reader.post("/api/scripts/small-e07/accept", json={}).status_code == 403
    assert draft.exists()


def test_faults_of_an_accepted_draft_are_told_and_no_run_is_offered(mei: TestClient, draft: Path) -> None:
    draft.write_text(draft.read_text().replace("LUNA", "NOBODY"))
    told = mei.post("/api/scripts/small-e07/accept", json={}).json()
    assert told["fault_count"] > 0
    assert told["run"] is None
