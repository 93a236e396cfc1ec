"""From an empty home to an episode that can be run, without a terminal: nothing is written over, all is on record."""

from __future__ import annotations

import base64
import errno
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.media import show_files
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.web.api.conftest import client_of

SCRIPT = """\
Title: The Night Ferry

EXT. PIER - NIGHT
[[mood: tense]]

MARA, a tall sailor with short red hair, waits at the rail.

MARA
The last ferry is late.

JONAS
It never comes on Sundays.
"""


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    """A studio whose projects folder does not exist yet."""
    return Studio(Settings(projects=tmp_path / "shows" / "projects", home=tmp_path / "home"), database)


@pytest.fixture
def mei(studio: Studio) -> TestClient:
    return client_of(studio, "Mei", Scope.DIRECT)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_a_show_would_be_is_told_before_it_is_made_and_nothing_is_left_of_it(
    studio: Studio, mei: TestClient
) -> None:
    body = {
        "file_name": "ferry.fountain",
        "text": SCRIPT.replace("Night Ferry", "Quokka").replace("the rail.", "a quokka."),
    }
    told = mei.post("/api/projects/preview", json=body).json()
    assert (told["project"], told["episode"], told["title"]) == ("the_quokka", "the_quokka-e01", "The Quokka")
    assert told["duration_s"] > 1
    assert [scene["heading"] for scene in told["scenes"]] == ["EXT. PIER - NIGHT"]
    assert [(one["name"], one["is_described"]) for one in told["cast"]] == [("MARA", True), ("JONAS", False)]
    assert list(studio.settings.projects.iterdir()) == []
    assert mei.get("/api/projects").json()["items"] == []
    made = mei.post("/api/projects", json=body).json()
    assert any("quokka" in warning["problem"] for warning in told["warnings"])
    assert [warning["problem"] for warning in told["warnings"]] == [one["problem"] for one in made["warnings"]]
    assert mei.post("/api/projects/preview", json=body).status_code == 409, "there is one of this name now"


def test_an_empty_home_answers_and_a_screenplay_becomes_a_show_that_can_be_run(studio: Studio, mei: TestClient) -> None:
    assert mei.get("/api/projects").json() == {"items": [], "next": None}
    assert mei.get("/api/episodes").json() == {"items": [], "next": None}
    assert mei.get("/api/projects/nothing/files").status_code == 404

    made = mei.post("/api/projects", json={"file_name": "ferry.fountain", "text": SCRIPT, "why": "a first try"})
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["project"], told["episode"], told["can_run"]) == ("the_night_ferry", "the_night_ferry-e01", True)
    assert made.headers["location"] == "/api/projects/the_night_ferry"
    assert told["files"] == ["project.yaml", "episodes/e01.fountain", "characters/mara.yaml", "characters/jonas.yaml"]
    assert [(one["name"], one["is_described"]) for one in told["cast"]] == [("MARA", True), ("JONAS", False)]
    assert [one["title"] for one in mei.get("/api/projects").json()["items"]] == ["The Night Ferry"]
    assert mei.get("/api/scripts/the_night_ferry-e01").json()["text"] == SCRIPT
    (key,) = show_files.list_episodes(studio.settings.projects)  # what a launcher and Dagster's sensor go by
    assert {take.state for take in plan_takes(studio, key)} == {"missing", "waits"}
    assert [path.name for path in studio.settings.projects.iterdir()] == ["the_night_ferry"]
    on_record = show_edits.list_by_episode(studio.database, key)
    assert {edit.file for edit in on_record} == set(told["files"])
    assert {(edit.who, edit.why) for edit in on_record} == {("Mei", "a first try")}


def test_a_show_is_never_written_over_another(studio: Studio, mei: TestClient) -> None:
    body = {"file_name": "ferry.fountain", "text": SCRIPT, "id": "ferry"}
    assert mei.post("/api/projects", json=body).status_code == 201
    before = files_of(studio.settings.projects)
    again = mei.post("/api/projects", json={**body, "title": "Another"})
    assert again.status_code == 409
    assert (again.json()["title"], again.json()["exit_code"]) == ("There is one already", 2)
    assert "choose another id" in again.json()["remedy"]
    (studio.settings.projects / "notes").mkdir()
    (studio.settings.projects / "notes" / "mine.txt").write_text("mine")
    (studio.settings.projects / "away").symlink_to(studio.settings.home)
    for taken in ("notes", "away"):
        assert mei.post("/api/projects", json={**body, "id": taken}).status_code == 409
    assert files_of(studio.settings.projects) == {**before, "notes/mine.txt": b"mine"}


def test_a_request_that_is_sent_again_makes_one_show(studio: Studio, mei: TestClient) -> None:
    body = {"file_name": "ferry.fountain", "text": SCRIPT + "Waves.\n" * 200_000}
    headers = {"Idempotency-Key": "one"}
    first = mei.post("/api/projects", json=body, headers=headers)
    again = mei.post("/api/projects", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["location"] == "/api/projects/the_night_ferry"
    assert show_files.list_projects(studio.settings.projects) == ("the_night_ferry",)


def test_an_episode_is_added_with_its_faults_told_and_its_cast_written_on_request(
    studio: Studio, mei: TestClient
) -> None:
    mei.post("/api/projects", json={"file_name": "ferry.fountain", "text": SCRIPT, "id": "ferry"})
    path = "/api/projects/ferry/episodes"
    second = SCRIPT.replace("JONAS", "HARBOUR MASTER")
    added = mei.post(path, json={"file_name": "The second night.txt", "text": second})
    assert added.status_code == 201, added.text
    assert (added.json()["episode"], added.json()["can_run"]) == ("ferry-e02", False)
    assert added.json()["faults"][0]["line"] == second.splitlines().index("HARBOUR MASTER") + 1
    for taken in ("e02.fountain", "e01.fountain"):
        refused = mei.post(path, json={"file_name": taken, "text": "x"})
        assert refused.status_code == 409
        assert "Choose another id" in refused.json()["remedy"]

    cast = mei.post("/api/projects/ferry/cast", json={"episode": "ferry-e02"})
    assert cast.status_code == 200, cast.text
    assert cast.json()["files"] == ["characters/harbour_master.yaml"]
    assert cast.json()["can_run"]
    again = mei.post("/api/projects/ferry/cast", json={"episode": "ferry-e02"})
    assert (again.status_code, again.json()["files"]) == (200, [])
    newest = show_edits.find_newest(studio.database, "ferry", "characters/harbour_master.yaml")
    assert newest is not None
    assert newest.who == "Mei"
    assert mei.post("/api/projects/ferry/cast", json={"episode": "ferry-e07"}).status_code == 404
    assert mei.post("/api/projects/other/episodes", json={"file_name": "a", "text": SCRIPT}).status_code == 404


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_bytes_are_read_in_their_encoding(mei: TestClient, encoding: str) -> None:
    text = SCRIPT.replace("tall sailor", "tall señora from Málaga")
    brought = base64.b64encode(text.encode(encoding)).decode()
    made = mei.post("/api/projects", json={"file_name": "ferry.fountain", "base64": brought})
    assert made.status_code == 201, made.text
    assert bool(made.json()["encoding"]) is (encoding != "utf-8-sig")
    assert "Málaga" in mei.get(f"/api/scripts/{made.json()['episode']}").json()["text"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"text": "INT. CAF\ufffd - DAY\n\nRain.\n"}, "Save the file as UTF-8"),
        ({"text": " \n"}, "the file is empty"),
        ({"text": "a\x00b"}, "control character"),
        ({"base64": base64.b64encode(b"%PDF-1.7 ...").decode()}, "this is a PDF"),
        ({"base64": base64.b64encode(bytes(range(128, 256)) * 9).decode()}, "an encoding that cannot be told"),
        ({"base64": "%%%"}, "Send the bytes of the file as base64"),
        ({}, "send either `text`"),
        ({"text": "x", "base64": "eA=="}, "send either `text`"),
        ({"text": SCRIPT, "id": "../up"}, "cannot be a show's id"),
        ({"text": SCRIPT, "id": ".."}, "cannot be a show's id"),
        ({"text": SCRIPT, "id": "UP"}, "cannot be a show's id"),
        ({"text": "Title: 海辺\n\nINT. ROOM - DAY\n\nRain.\n"}, "Send one as `id`"),
        ({"text": "x" * 9_000_000}, "larger than 8,388,608 bytes"),
    ],
)
def test_what_is_no_screenplay_is_refused_with_a_remedy_and_nothing_is_written(
    studio: Studio, mei: TestClient, body: dict[str, str], says: str
) -> None:
    refused = mei.post("/api/projects", json={"file_name": "a.fountain", **body})
    assert refused.status_code == 422, refused.text
    assert says in refused.text
    assert not studio.settings.projects.exists() or not list(studio.settings.projects.iterdir())


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "ree some space"), (errno.EROFS, "Make the folder writable")]
)
def test_a_full_disk_and_a_folder_that_can_only_be_read_are_named_and_leave_nothing(
    studio: Studio, mei: TestClient, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    refused = mei.post("/api/projects", json={"file_name": "ferry.fountain", "text": SCRIPT})
    assert refused.status_code == 503
    assert says in refused.json()["detail"]
    assert list(studio.settings.projects.iterdir()) == []
    monkeypatch.undo()
    assert mei.post("/api/projects", json={"file_name": "ferry.fountain", "text": SCRIPT}).status_code == 201


def test_who_may_only_read_makes_no_show(studio: Studio) -> None:
    refused = client_of(studio, "Eva", Scope.READ).post("/api/projects", json={"file_name": "a", "text": SCRIPT})
    assert refused.status_code == 403
    assert not studio.settings.projects.exists()
