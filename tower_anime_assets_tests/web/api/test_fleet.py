"""The fleet over the API: read by everybody, changed by directors, once for each key, on record with their names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import fleet
from tower_anime_assets_tests.web.api.conftest import client_of

SERVERS = ("http://box1:8188", "http://box2:8188")


@pytest.fixture
def fleet_studio(studio: Studio) -> Studio:
    return replace(studio, settings=replace(studio.settings, services={"comfyui": ",".join(SERVERS)}))


def test_a_director_pauses_a_server_once_and_everybody_sees_who_and_why(fleet_studio: Studio) -> None:
    mei = client_of(fleet_studio, "Mei", Scope.DIRECT)
    key = {"Idempotency-Key": "pause-1"}
    asked = {"server": SERVERS[0], "why": "new card"}
    answers = [mei.post("/api/fleet/pause", json=asked, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["idempotency-replayed"] == "true"
    first, second = client_of(fleet_studio, "Ann", Scope.READ).get("/api/fleet").json()["servers"]
    assert (first["state"], first["who"], first["why"], first["is_empty"]) == ("paused", "Mei", "new card", True)
    assert (second["state"], second["who"], second["media"]) == ("active", "", ["image", "video"])
    resumed = mei.post("/api/fleet/resume", json={"server": SERVERS[0]}).json()
    assert (resumed["state"], resumed["why"]) == ("active", "")
    drained = mei.post("/api/fleet/drain", json={"server": SERVERS[1], "why": "moves"}).json()
    assert drained["state"] == "draining"
    limited = mei.post("/api/fleet/limit", json={"server": SERVERS[0], "jobs": 2, "media": ["image"]}).json()
    assert (limited["max_jobs"], limited["media"]) == (2, ["image"])


def test_jobs_that_run_and_wait_are_shown_with_figures(fleet_studio: Studio) -> None:
    database, server = fleet_studio.database, "http://box3:8188"
    with fleet.open_holder(database, [server]) as holder:
        requests = [fleet.NewRequest(f"{n:032}", "r1", "show-e01", 2, "image", "", (), 0.0) for n in range(3)]
        for request in requests:
            fleet.ask(database, holder.holder, request)
        answer = client_of(fleet_studio, scope=Scope.READ).get("/api/fleet").json()
        (job,) = next(one for one in answer["servers"] if one["server"] == server)["jobs"]
        assert (job["run"], job["episode"], job["medium"]) == ("r1", "show-e01", "image")
        assert answer["waiting"] == [{"episode": "show-e01", "priority": 2, "jobs": 2}]
        assert (answer["figures"]["held"], answer["figures"]["waiting"]) == (1, 2)
        for request in requests:
            fleet.release(database, request.id)


def test_who_may_only_look_changes_nothing_and_unknown_servers_are_not_found(fleet_studio: Studio) -> None:
    reader: TestClient = client_of(fleet_studio, "Ann", Scope.READ)
    assert reader.post("/api/fleet/pause", json={"server": SERVERS[1]}).status_code == 403
    mei = client_of(fleet_studio, "Mei", Scope.DIRECT)
    assert mei.post("/api/fleet/pause", json={"server": "http://nowhere:1"}).status_code == 404
    assert mei.post("/api/fleet/limit", json={"server": SERVERS[1], "jobs": 0}).status_code == 422
    assert mei.post("/api/fleet/limit", json={"server": SERVERS[1]}).status_code in (400, 422)
