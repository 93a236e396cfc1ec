"""Takes that have no shot - lines, music, plans - are decided about by their ids."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


def test_a_line_is_rejected_and_readmitted_by_its_take(made_episode: MadeEpisode, mei: TestClient) -> None:
    take = made_episode.work.accepted(VOICES)[0]
    rejected = mei.post(f"/api/takes/{take.id}/reject", json={"reason": "not-the-story", "note": "too loud"})
    assert rejected.status_code == 200
    assert f"voice take {take.id} rejected by Mei (not-the-story)" in rejected.json()["says"]
    stale = mei.post(f"/api/takes/{take.id}/readmit", json={"why": "it fits"}, headers={"If-Match": '"none"'})
    assert stale.status_code == 412
    assert "Mei has rejected a take of it" in stale.json()["detail"]
    headers = {"If-Match": rejected.headers["etag"]}
    assert mei.post(f"/api/takes/{take.id}/readmit", json={"why": "it fits"}, headers=headers).status_code == 200
    assert made_episode.work.accepted(VOICES)[0].id == take.id


def test_a_keyframe_is_locked_and_released_by_its_take_and_a_line_is_not(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    keyframe, line = made_episode.work.accepted(KEYFRAMES)[0], made_episode.work.accepted(VOICES)[0]
    assert "is locked by Mei" in mei.post(f"/api/takes/{keyframe.id}/lock", json={"why": "the look"}).json()["says"]
    assert "is released" in mei.post(f"/api/takes/{keyframe.id[:13]}/release", json={"why": "x"}).json()["says"]
    refused = mei.post(f"/api/takes/{line.id}/lock", json={"why": "the voice"})
    assert refused.status_code == 422
    assert "keyframes and clips can be locked" in refused.json()["detail"]


@pytest.mark.parametrize("take", ["nonsense", "01990000-0000-7000-8000-000000000000"])
@pytest.mark.parametrize("action", ["reject", "readmit", "lock", "release", "waive"])
def test_a_take_that_is_not_on_record_is_not_found(mei: TestClient, take: str, action: str) -> None:
    body = {"reason": "overall"} if action == "reject" else {"why": "x"}
    body |= {"gate": "keyframes_are_sharp"} if action == "waive" else {}
    assert mei.post(f"/api/takes/{take}/{action}", json=body).status_code == 404


def test_who_may_only_read_decides_about_no_take(made_episode: MadeEpisode) -> None:
    take = made_episode.work.accepted(KEYFRAMES)[0]
    reader = client_of(made_episode.studio, "Kim", Scope.READ)
    assert reader.post(f"/api/takes/{take.id}/lock", json={"why": "x"}).status_code == 403
