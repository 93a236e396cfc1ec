"""Pictures and clips that people bring in the panel: streamed, fitted, judged, and locked if they are accepted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fastapi import HTTPException
from starlette.testclient import TestClient

from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.reports.attempt_trail import load_shot_trail
from tower_anime_assets.reports.trail_words import shot_words
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.feedback import current_take
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.store import audit
from tower_anime_assets.web.api import shot_imports
from tower_anime_assets.web.api.shot_imports import ImportsUnderWay
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.stages.test_rulings import drawn, write_video
from tower_anime_assets_tests.web.api.conftest import client_of

FIRST = "small-e01-sc01-sh0010"
SECOND = "small-e01-sc02-sh0010"
IMPORTS = f"/api/shots/{FIRST}/imports"
PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("picture") / "mine.png"
    write_png(path, drawn(900, 400))
    return path.read_bytes()


def test_a_picture_is_fitted_judged_and_used_as_the_remedy_says(
    made_episode: MadeEpisode, mei: TestClient, picture: bytes
) -> None:
    answer = mei.post(IMPORTS, params={"why": "painted it", "name": "mine.png"}, headers=PNG, content=picture)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["stage"] == "keyframe"
    assert "mine.png is 900x400 px: it is scaled to 384x256 px, and 33% of it is cut off at the edges" in told["notes"]
    etag = answer.headers["etag"]
    assert etag == f'"{told["version"]}"'
    if not told["is_used"]:  # the remedy: waive each gate, then lock
        assert current_take(made_episode.work, FIRST, "keyframe")[1].take.id != told["take"]
        for gate in dict.fromkeys(sentence.partition(":")[0] for sentence in told["failed"]):
            waived = mei.post(
                f"/api/takes/{told['take']}/waive",
                json={"gate": gate, "why": "it is meant so"},
                headers={"If-Match": etag},
            )
            assert waived.status_code == 200, waived.text
            etag = waived.headers["etag"]
        body = {"take": told["take"], "why": "painted it"}
        locked = mei.post(f"/api/shots/{FIRST}/lock", json=body, headers={"If-Match": etag})
        assert locked.status_code == 200, locked.text
        etag = locked.headers["etag"]
    take = current_take(made_episode.work, FIRST, KEYFRAMES.name)[1].take
    assert (take.id, take.details["brought"]["by"]) == (told["take"], "Mei")
    assert "painted it" in "\n".join(shot_words(load_shot_trail(made_episode.studio.database, ShotKey.parse(FIRST))))

    again = mei.post(IMPORTS, params={"why": "another"}, headers=PNG, content=picture)
    assert again.status_code == 422
    assert again.json()["remedy"].startswith("Let go of it first")
    released = mei.post(
        f"/api/shots/{FIRST}/release", json={"stage": "keyframe", "why": "x"}, headers={"If-Match": etag}
    )
    assert released.status_code == 200
    stale = mei.post(IMPORTS, params={"why": "another"}, headers={**PNG, "If-Match": etag}, content=picture)
    assert stale.status_code == 412
    assert "Mei has released a take of it" in stale.json()["detail"]
    assert audit.find_problems(made_episode.studio.database, made_episode.studio.media) == ()


def test_a_video_is_brought_to_the_shots_rate_and_becomes_its_clip(
    made_episode: MadeEpisode, mei: TestClient, tmp_path: Path
) -> None:
    needed_s = next(shot.frames for shot in episode_plan(made_episode.work).shots if shot.key == SECOND) / 12
    video = write_video(tmp_path / "mine.mp4", round(24 * needed_s) + 30, 24).read_bytes()
    answer = mei.post(
        f"/api/shots/{SECOND}/imports",
        params={"why": "filmed it"},
        headers={"Content-Type": "video/mp4", "If-Match": '"none"'},
        content=video,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["stage"] == "clip"
    assert "24 frames per second are shown at 12: frames are left out or repeated" in answer.json()["notes"]
    short = write_video(tmp_path / "short.mp4", 12, 24).read_bytes()
    if answer.json()["is_used"]:
        mei.post(f"/api/shots/{SECOND}/release", json={"stage": "clip", "why": "x"})
    refused = mei.post(
        f"/api/shots/{SECOND}/imports", params={"why": "x"}, headers={"Content-Type": "video/mp4"}, content=short
    )
    assert refused.status_code == 422
    assert "Bring a longer one" in refused.json()["remedy"]


@pytest.mark.parametrize(
    ("content_type", "content", "status", "words"),
    [
        ("audio/wav", b"RIFF", 415, "a picture or a video"),
        ("application/json", b"{}", 415, "a picture or a video"),
        ("image/png", b"", 422, "the body is empty"),
        ("image/png", b"\x89PNG and nothing else", 422, "cannot be used"),
        ("application/octet-stream", b"words", 422, "cannot be used"),
    ],
)
def test_what_is_no_picture_or_video_is_a_problem_and_leaves_nothing_behind(
    made_episode: MadeEpisode, mei: TestClient, content_type: str, content: bytes, status: int, words: str
) -> None:
    answer = mei.post(IMPORTS, params={"why": "x"}, headers={"Content-Type": content_type}, content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    rooms = [path for path in made_episode.studio.media.root.rglob("room") if path.is_dir()]
    assert rooms == []


@pytest.mark.parametrize("name", ["../x.png", "a/b.png", "..", "a\\b.png", "a\nb.png", "x" * 121])
def test_a_name_that_is_no_files_name_is_refused(mei: TestClient, picture: bytes, name: str) -> None:
    answer = mei.post(IMPORTS, params={"why": "x", "name": name}, headers=PNG, content=picture)
    assert answer.status_code == 422
    assert "without folders" in answer.json()["detail"]


def test_a_file_that_is_too_long_is_refused_with_or_without_its_length(
    mei: TestClient, picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shot_imports, "MOST_FILE_BYTES", 1000)
    for content in (picture, iter([picture[:600], picture[600:]])):
        answer = mei.post(IMPORTS, params={"why": "x"}, headers=PNG, content=content)
        assert answer.status_code == 413
        assert "Export the shot alone" in answer.json()["remedy"]


def test_a_run_that_makes_keyframes_is_not_waited_for(
    made_episode: MadeEpisode, mei: TestClient, picture: bytes
) -> None:
    with made_episode.studio.database.lock(f"{made_episode.key}:keyframe", wait_s=1, on_wait=lambda: None):
        answer = mei.post(IMPORTS, params={"why": "x"}, headers=PNG, content=picture)
    assert answer.status_code == 503
    assert "Send the file again when it has ended" in answer.json()["detail"]


def test_two_files_for_one_shot_at_once_are_not_taken() -> None:
    async def bring_both() -> None:
        imports = ImportsUnderWay()
        with imports.of_shot(FIRST, "Mei"):
            with pytest.raises(HTTPException, match="Mei is bringing a file") as caught, imports.of_shot(FIRST, "Ben"):
                pass
            assert caught.value.status_code == 409
            with imports.of_shot(SECOND, "Ben"):
                pass
        with imports.of_shot(FIRST, "Ben"):
            pass

    asyncio.run(bring_both())
