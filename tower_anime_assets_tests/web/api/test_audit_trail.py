"""The record over the API: decisions, feedback and waivers in pages, on a made episode."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.stages.rulings import readmit_take, reject_take
from tower_anime_assets.store import audit, takes, waivers
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture(scope="module")
def client(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio)


def all_items(client: TestClient, address: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        page = client.get(address, params={"limit": limit, "after": after}).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["next"] is None:
            return items
        after = page["next"]


def test_pages_of_the_trail_together_are_the_trail(client: TestClient, made_episode: MadeEpisode) -> None:
    whole = [str(row["id"]) for row in audit.load_trail(made_episode.studio.database, made_episode.key).decisions]
    items = all_items(client, "/api/audit/small-e01", 7)
    assert [item["id"] for item in items] == whole
    assert all(item["takes"] for item in items)


def test_the_trail_of_a_shot_is_only_of_that_shot(client: TestClient, made_episode: MadeEpisode) -> None:
    take = takes.list_by_episode(made_episode.studio.database, made_episode.key, "clip")[0]
    key = f"small-e01-{take.scene_id}-{take.shot_id}"
    items = all_items(client, f"/api/audit/{key}", 50)
    assert {item["subject"] for item in items} == {f"{take.scene_id}-{take.shot_id}"}
    assert client.get("/api/audit/small-e07").status_code == 404


def test_feedback_and_waivers_are_listed_newest_first(client: TestClient, made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    clips = takes.list_by_episode(studio.database, made_episode.key, "clip")[:2]
    for number, take in enumerate(clips):
        reject_take(studio, take.id, "motion", "Mei", note=f"note {number}")
        readmit_take(studio, take.id, "Mei", "back")
        waivers.record_waiver(studio.database, take.id, "clips_keep_their_motion", "Ben", f"why {number}")
    assert [item["note"] for item in all_items(client, "/api/feedback", 1)] == ["note 1", "note 0"]
    assert [item["why"] for item in all_items(client, "/api/waivers?key=small", 1)] == ["why 1", "why 0"]
    key = f"small-e01-{clips[0].scene_id}-{clips[0].shot_id}"
    (own,) = client.get("/api/waivers", params={"key": key}).json()["items"]
    assert (own["place"], own["who"]) == (key, "Ben")
    assert client.get("/api/feedback?key=other").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    "after", ["x", "2026-01-01~x", "9999-12-31T23:59:59-14:00~00000000-0000-4000-8000-000000000000"]
)
def test_a_place_that_no_page_named_is_refused(client: TestClient, after: str) -> None:
    for address in ("/api/audit/small-e01", "/api/feedback", "/api/waivers"):
        assert client.get(address, params={"after": after}).status_code == 422
