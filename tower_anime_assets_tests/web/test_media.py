"""Media over HTTP: ranges, caching, previews and names, on a made episode."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tower_anime_assets.store import takes
from tower_anime_assets.store.takes import Take
from tower_anime_assets.web.media import PREVIEWS_FOLDER
from tower_anime_assets_tests.stages.conftest import MadeEpisode, made_episode, saved_studio
from tower_anime_assets_tests.web.api.conftest import client_of

__all__ = ["made_episode", "saved_studio"]


@pytest.fixture(scope="module")
def client(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio)


@pytest.fixture(scope="module")
def takes_by_stage(made_episode: MadeEpisode) -> dict[str, Take]:
    return {take.stage: take for take in takes.list_by_episode(made_episode.studio.database, made_episode.key)}


@pytest.mark.parametrize("stage", ["keyframe", "clip", "master"])
def test_a_preview_has_the_width_asked_for(
    client: TestClient, made_episode: MadeEpisode, takes_by_stage: dict[str, Take], stage: str
) -> None:
    url = f"/media/{takes_by_stage[stage].files['main'].path}"
    answer = client.get(url, params={"width": 320})
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (320, 213)
    kept = list((made_episode.studio.settings.home / PREVIEWS_FOLDER).rglob(f"{url[10:-4].split('/')[-1]}-320.jpg"))
    assert [path.read_bytes() for path in kept] == [answer.content]


def test_a_small_picture_is_not_enlarged(client: TestClient, takes_by_stage: dict[str, Take]) -> None:
    answer = client.get(f"/media/{takes_by_stage['keyframe'].files['main'].path}?width=1280")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (384, 256)


@pytest.mark.parametrize("width", ["321", "0", "-1", "x", "32000"])
def test_other_widths_are_not_made(client: TestClient, takes_by_stage: dict[str, Take], width: str) -> None:
    assert client.get(f"/media/{takes_by_stage['clip'].files['main'].path}?width={width}").status_code == 404


def test_a_sound_has_no_preview(client: TestClient, takes_by_stage: dict[str, Take]) -> None:
    assert client.get(f"/media/{takes_by_stage['voice'].files['main'].path}?width=320").status_code == 404


def test_a_download_is_named_after_its_take(client: TestClient, takes_by_stage: dict[str, Take]) -> None:
    take = takes_by_stage["keyframe"]
    url = f"/media/{take.files['main'].path}"
    answer = client.get(url, params={"download": take.id})
    name = f"small-e01-{take.scene_id}-{take.shot_id}-keyframe.png"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert "content-disposition" not in client.get(url).headers


@pytest.mark.parametrize("name", ["evil.exe", "../../x", "00000000-0000-4000-8000-000000000000"])
def test_nobody_else_names_a_download(client: TestClient, takes_by_stage: dict[str, Take], name: str) -> None:
    url = f"/media/{takes_by_stage['keyframe'].files['main'].path}"
    assert client.get(url, params={"download": name}).status_code == 404
    assert client.get(url, params={"download": takes_by_stage["clip"].id}).status_code == 404


def test_a_part_of_a_file_is_sent(client: TestClient, takes_by_stage: dict[str, Take]) -> None:
    url = f"/media/{takes_by_stage['clip'].files['main'].path}"
    whole, part = client.get(url), client.get(url, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole.content[4:12])
