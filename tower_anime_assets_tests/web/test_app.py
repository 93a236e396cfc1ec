"""The media pages, asked over HTTP as a browser asks them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn

from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.media.pictures import write_jpeg, write_png
from tower_anime_assets.media.show_files import load_episode
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app
from tower_anime_assets_tests.small_show import KEY, write_small_show


@dataclass(frozen=True)
class PictureEngine:
    """Draws one grey square."""

    name: str = "squares"
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, int]:
        return {"seed": brief.seed, "number": number, "complaints": len(complaints)}

    def make(self, _brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        path = attempt.folder / "square.png"
        write_png(path, np.full((64, 96, 3), 40 + attempt.number, np.uint8))
        return EngineOutput({"main": path})


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("web")
    write_small_show(folder / "projects")
    made = Studio(Settings(folder / "projects", folder / "home"), database)
    project, episode = load_episode(folder / "projects", EpisodeKey.parse(KEY))
    story.save_project(database, project)
    story.save_episode(database, project, episode)
    return made


@pytest.fixture(scope="module")
def keyframe(studio: Studio) -> Outcome:
    order = Order(
        stage="keyframe",
        subject=f"{KEY}-sc01-sh0010",
        position=StoryPosition("small", "e01", "sc01", "sh0010"),
        brief=MusicBrief("calm", "", 80, 1.0, "day", False, 1),
        engine=PictureEngine(),
        measure=lambda _made: Measurement({"luma_std": 3.0}),
        thresholds=(Threshold("keyframes_are_not_blank", "luma_std", 12.0, None, "grey levels", "", "draw more"),),
        reasoning="A <b>grey</b> square.",
    )
    return generate(order, Run(studio).attempts, {}, attempts=1)


@pytest.fixture(scope="module")
def pages(studio: Studio) -> Iterator[httpx.Client]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(build_app(studio), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the pages did not start"
            time.sleep(0.01)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)


def test_the_first_page_lists_the_episodes(pages: httpx.Client) -> None:
    answer = pages.get("/episodes")
    assert answer.status_code == 200
    assert f'href="/episodes/{KEY}"' in answer.text
    assert "no master yet" in answer.text


def test_an_episode_without_a_master_says_what_to_do(pages: httpx.Client) -> None:
    answer = pages.get(f"/episodes/{KEY}")
    assert "compiled_episodes" in answer.text
    assert "<video" not in answer.text


def test_an_episode_lists_what_is_used_otherwise_than_written(pages: httpx.Client, studio: Studio) -> None:
    script = studio.settings.projects / "small" / "episodes" / "e01.fountain"
    script.write_text(script.read_text() + "\n> BURN TO <PINK>.\n\nINT. ROOM - DAY\n\nLuna waits.\n")
    project, episode = load_episode(studio.settings.projects, EpisodeKey.parse(KEY))
    story.save_episode(studio.database, project, episode)

    answer = pages.get(f"/episodes/{KEY}")

    assert answer.status_code == 200
    assert "1 warning, " in answer.text
    assert "BURN TO &lt;PINK&gt;" in answer.text
    assert "BURN TO <PINK>" not in answer.text


def test_a_shot_shows_its_takes_reasons_and_verdicts_with_nothing_left_unescaped(
    pages: httpx.Client, keyframe: Outcome
) -> None:
    answer = pages.get(f"/shots/{KEY}-sc01-sh0010")
    assert f"/media/{keyframe.take.files['main'].path}" in answer.text
    assert "A &lt;b&gt;grey&lt;/b&gt; square." in answer.text
    assert "keyframes are not blank" in answer.text
    assert str(keyframe.take.decision_id) in answer.text


def test_a_thumbnail_is_served_as_the_picture_that_it_is(pages: httpx.Client, studio: Studio) -> None:
    with studio.media.workspace() as folder:
        write_jpeg(folder / "thumb.jpg", np.full((20, 30, 3), 90, np.uint8))
        stored = studio.media.store_file(folder / "thumb.jpg")
    thumb = pages.get(f"/media/{stored.path}")
    assert thumb.headers["content-type"] == "image/jpeg"
    assert thumb.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(("suffix", "media_type"), [(".srt", "text/plain"), (".vtt", "text/vtt")])
def test_a_browser_shows_subtitles_as_text(pages: httpx.Client, studio: Studio, suffix: str, media_type: str) -> None:
    with studio.media.workspace() as folder:
        (folder / f"master{suffix}").write_text("text", encoding="utf-8")
        stored = studio.media.store_file(folder / f"master{suffix}")
    assert pages.get(f"/media/{stored.path}").headers["content-type"] == f"{media_type}; charset=utf-8"


def test_a_file_is_served_in_parts_so_that_videos_can_be_sought(pages: httpx.Client, keyframe: Outcome) -> None:
    url = f"/media/{keyframe.take.files['main'].path}"
    whole = pages.get(url)
    part = pages.get(url, headers={"Range": "bytes=0-7"})
    assert whole.headers["content-type"] == "image/png"
    assert (part.status_code, part.content) == (206, whole.content[:8])


@pytest.mark.parametrize(
    "path",
    ["/media/../secret.txt", "/media/%2e%2e/%2e%2e/etc/passwd", "/media/ab/none.png", "/episodes/none-e09", "/shots/x"],
)
def test_what_is_not_there_is_not_found(pages: httpx.Client, studio: Studio, path: str) -> None:
    Path(studio.settings.home / "secret.txt").write_text("secret")
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.chaos
@pytest.mark.parametrize("name", ["aa/planted.png", "folder/planted.png"])
def test_a_link_out_of_the_store_is_not_served(pages: httpx.Client, studio: Studio, tmp_path: Path, name: str) -> None:
    (tmp_path / "planted.png").write_bytes(b"a private key")
    link = studio.media.root / (name if name.startswith("aa") else "folder")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "planted.png" if name.startswith("aa") else tmp_path)
    try:
        answer = pages.get(f"/media/{name}")
    finally:
        link.unlink()
    assert answer.status_code == 404
    assert b"private" not in answer.content


def test_nothing_can_be_changed_through_the_pages(pages: httpx.Client) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert pages.request(method, "/").status_code == 405


def test_an_episodes_scores_are_tables_of_what_was_measured_and_what_it_cost(
    pages: httpx.Client, keyframe: Outcome
) -> None:
    assert not keyframe.accepted
    answer = pages.get(f"/episodes/{KEY}/scores")
    assert "keyframes_are_not_blank" in answer.text
    assert "<td>luma_std</td><td>grey levels</td><td>1</td><td>0</td><td>3</td>" in answer.text
    assert "<td>squares</td>" in answer.text
    assert pages.get("/episodes/none-e09/scores").text.count("Nothing made yet") == 2
