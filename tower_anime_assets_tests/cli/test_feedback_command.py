"""`tower feedback` as a person uses it, and where what was said is seen again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.media.show_files import load_episode
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.small_show import KEY, write_small_show

SHOT = f"{KEY}-sc01-sh0010"


@pytest.fixture(scope="module")
def made(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder: Path = tmp_path_factory.mktemp("feedback")
    write_small_show(folder / "projects")
    studio = Studio(Settings(folder / "projects", folder / "home", database.url), database)
    project, episode = load_episode(folder / "projects", EpisodeKey.parse(KEY))
    story.save_project(database, project)
    story.save_episode(database, project, episode)
    work = saved_episode(Run(studio), EpisodeKey.parse(KEY))
    work.make(SHOT_PLANS)
    work.make(KEYFRAMES)
    return studio


@pytest.fixture
def studio(made: Studio, enter_environment: Enter) -> Studio:
    enter_environment(made.settings.home.parent, made.settings.database_url)
    return made


def test_what_is_said_is_on_record_and_seen_again(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    said = ("--reason", "anatomy", "--note", "six fingers", "--who", "ann")
    assert main(["feedback", SHOT, "bad", *said]) == 0
    assert f"{SHOT}: the keyframe is bad (anatomy), says ann" in capsys.readouterr().err
    assert main(["audit", SHOT, "--json"]) == 0
    trail = json.loads(capsys.readouterr().out)
    (opinion,) = trail["feedback"]
    assert (opinion["opinion"], opinion["reason"], opinion["note"]) == ("bad", "anatomy", "six fingers")
    assert opinion["decision_id"] in {row["id"] for row in trail["decisions"]}
    assert main(["audit", SHOT]) == 0
    assert "\n  ann says bad: hands, faces or bodies are deformed. six fingers\n" in capsys.readouterr().out
    assert main(["audit", SHOT, "--full"]) == 0
    told = capsys.readouterr().out
    assert "detail = 1 [the engine, for this brief]" in told
    assert "pass keyframes are not blank: luma_std is " in told


def test_the_shots_trail_shows_what_people_said(studio: Studio) -> None:
    from starlette.testclient import TestClient

    main(["feedback", SHOT, "good", "--reason", "lighting", "--who", "<bob>"])
    trail = TestClient(build_app(studio), base_url="http://127.0.0.1").get(f"/api/trails/{SHOT}").json()
    said = [(one["who"], one["what"], one["why"]) for row in trail["attempts"] for one in row["people"]]
    assert ("<bob>", "says good", "the light and its colours.") in said
    assert any("<bob> says good: the light and its colours." in words for words in trail["words"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((SHOT, "bad", "--reason", "uglyness"), "there is no reason 'uglyness'"),
        ((SHOT, "awful", "--reason", "blurry"), "invalid choice: 'awful'"),
        ((SHOT, "bad"), "--reason"),
        ((f"{KEY}-sc09-sh0010", "bad", "--reason", "blurry"), f"unknown shot {KEY}-sc09-sh0010"),
    ],
)
def test_what_cannot_be_said_is_wrong_input(
    studio: Studio, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert main(["feedback", *arguments]) == 2
    assert says in capsys.readouterr().err
