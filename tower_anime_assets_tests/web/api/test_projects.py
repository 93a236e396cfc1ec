"""Shows, gates, quality, facts and sessions over the API, on a made episode."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.quality.thresholds import ALL_THRESHOLDS
from tower_anime_assets.store import takes, verdicts
from tower_anime_assets.store.sessions import begin_session
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture(scope="module")
def client(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio)


def test_a_show_has_its_cast_with_sheets(client: TestClient) -> None:
    (summary,) = client.get("/api/projects").json()["items"]
    assert summary == {
        "id": "small",
        "title": "Small Show",
        "logline": "",
        "characters": 2,
        "episodes": 1,
        "faults": 0,
    }
    page = client.get("/api/projects/small").json()
    assert [one["name"] for one in page["cast"]] == ["Akira", "Luna"]
    assert page["delivery"]["fps"] == 12
    for one in page["cast"]:
        assert client.get(one["sheet"]["thumb_url"]).headers["content-type"].startswith("image/")
    assert client.get("/api/projects/smal").status_code == 404


def test_every_bar_is_listed_once(client: TestClient) -> None:
    items = client.get("/api/gates").json()["items"]
    assert {(one["gate"], one["measure"]) for one in items} == {(bar.gate, bar.measure) for bar in ALL_THRESHOLDS}
    assert len({one["key"] for one in items}) == len(items)
    assert all(one["reason"] and one["remedy"] and one["unit"] for one in items)


def test_figures_of_quality_are_those_of_the_record(client: TestClient, made_episode: MadeEpisode) -> None:
    page = client.get("/api/quality/small").json()
    database = made_episode.studio.database
    made = [take for take in takes.list_by_episode(database, made_episode.key) if take.stage != "plan"]
    accepted = verdicts.find_accepted(database, [take.id for take in made])
    for cost in page["costs"]:
        own = [take for take in made if (take.stage, take.engine) == (cost["stage"], cost["engine"])]
        if not own:  # character sheets belong to no episode
            continue
        assert cost["takes"] == len(own)
        assert cost["accepted"] == sum(take.id in accepted for take in own)
        assert cost["cpu_s"] == pytest.approx(sum(take.cpu_s for take in own))
        assert cost["cpu_s_per_accepted"] == pytest.approx(cost["cpu_s"] / cost["accepted"])
    clips = next(one for one in page["stages"] if one["stage"] == "clip")
    own = [take for take in made if take.stage == "clip"]
    assert len(clips["acceptance"]) == len(own)
    assert clips["acceptance"][-1]["value"] == sum(take.id in accepted for take in own) / len(own)
    scores = [take.score for take in own if take.score is not None]
    assert clips["scores"][-1]["value"] == pytest.approx(sum(scores) / len(scores))
    measured = [one for one in page["measures"] if one["stage"] == "clip"]
    assert all(one["takes"] <= len(own) and one["least"] <= one["median"] <= one["most"] for one in measured)


def test_facts_are_found_as_by_the_command(client: TestClient) -> None:
    found = client.get("/api/facts", params={"q": "who is Luna", "project": "small"}).json()
    assert any(fact["subject"] == "Luna" for fact in found["items"])
    nothing = client.get("/api/facts", params={"q": "zeppelin"}).json()
    assert nothing["items"] == []
    assert nothing["note"]
    assert client.get("/api/facts").json()["items"]
    assert client.get("/api/facts?project=other").status_code == 422


@pytest.mark.parametrize("question", ["", "Akira Luna"])
def test_facts_come_in_pages(client: TestClient, question: str) -> None:
    whole = client.get("/api/facts", params={"q": question, "limit": 500}).json()
    assert len(whole["items"]) > 5
    assert whole["next"] is None
    paged: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/api/facts", params={"q": question, "limit": 3, "after": after}).json()
        assert 0 < len(page["items"]) <= 3
        paged += page["items"]
        after = page["next"]
    assert paged == whole["items"]
    assert client.get("/api/facts", params={"q": question, "after": "nothing"}).status_code == 422


def test_without_a_run_there_is_no_session(client: TestClient) -> None:
    assert client.get("/api/sessions").json() == {"items": [], "next": None}
    assert client.get("/api/sessions?project=other").status_code == 404


def test_sessions_come_in_pages(client: TestClient, made_episode: MadeEpisode) -> None:
    begun = [begin_session(made_episode.studio.database, "small", f"run {number}", "Mei").id for number in range(5)]
    paged: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/api/sessions", params={"limit": 2, "after": after}).json()
        paged += [one["summary"]["id"] for one in page["items"]]
        after = page["next"]
    assert paged == begun[::-1]
    assert client.get("/api/sessions", params={"after": "nothing"}).status_code == 404
