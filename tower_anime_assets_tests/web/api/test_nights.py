"""What the next night would make, over the API, on a made episode."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of


@pytest.fixture
def client(made_episode: MadeEpisode) -> TestClient:
    studio = made_episode.studio
    settings = replace(studio.settings, overnight_time="23:30 Europe/Berlin", overnight_gpu_s=3600.0)
    return client_of(replace(studio, settings=settings))


def test_a_night_makes_what_is_missing_and_skips_what_is_wrong(client: TestClient, made_episode: MadeEpisode) -> None:
    folder = made_episode.show / "episodes"
    scripts = {
        "e02": "Title: Second\n\nEXT. STREET - NIGHT\n\nAkira waits.\n\nAKIRA\nThey found us.\n",
        "e03": "Title: Third\n\nEXT. STREET - NIGHT\n\nRain.\n\nNOBODY KNOWN\nHello.\n",
    }
    for name, text in scripts.items():
        (folder / f"{name}.fountain").write_text(text)
    try:
        night = client.get("/api/nights").json()
    finally:
        for name in scripts:
            (folder / f"{name}.fountain").unlink()
    assert (night["time"], night["gpu_limit_s"]) == ("23:30 Europe/Berlin", 3600.0)
    finished, second, third = night["episodes"]
    assert (finished["key"], finished["takes"], finished["problem"]) == ("small-e01", 0, "")
    assert (second["title"], second["problem"]) == ("Second", "")
    assert second["takes"] > 3
    assert second["seconds"] > 0
    assert third["takes"] is None
    assert "NOBODY KNOWN" in third["problem"]
