"""What versions 0.1 and 0.2 made is found and not made anew: their records, dumped then, are read by today's code.

Pictures are made anew: today's director and painter understand and draw more of the same script.
Masters are compiled anew from what is there, since those of that version have wrong chapters.
"""

from __future__ import annotations

import lzma
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from starlette.testclient import TestClient

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.reports import quality_report
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts, audit, migrations, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app
from tower_anime_assets_tests.conftest import DatabaseServer

VERSION_0_1 = Path(__file__).parent / "data" / "version_0_1"
VERSION_0_2 = Path(__file__).parent / "data" / "version_0_2"
KEY = EpisodeKey("small", "e01")


def open_earlier(version: Path, database_server: DatabaseServer, folder: Path) -> Studio:
    """Return a studio on the record of an earlier version: every file of its takes is there by name and size."""
    shutil.copytree(VERSION_0_1 / "small", folder / "projects" / "small")  # the show is the same
    url = database_server.make_database("template0")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")  # as `migrate` does where the server has it
        connection.execute(lzma.decompress((version / "record.sql.xz").read_bytes()).decode())
    database = Database(url)
    migrations.apply_migrations(database)
    settings = Settings(folder / "projects", folder / "home")
    for take in takes.list_by_episode(database, KEY, ""):
        for file in take.files.values():
            path = settings.media / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as sparse:
                sparse.truncate(file.size_bytes)
    return Studio(settings, database)


@pytest.fixture(scope="module")
def earlier_studio(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio on the record of version 0.1."""
    studio = open_earlier(VERSION_0_1, database_server, tmp_path_factory.mktemp("earlier"))
    yield studio
    studio.database.close()


@pytest.fixture(scope="module")
def studio_0_2(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio on the record of version 0.2, dumped by pg_dump from a home in which that version made the episode."""
    studio = open_earlier(VERSION_0_2, database_server, tmp_path_factory.mktemp("version_0_2"))
    yield studio
    studio.database.close()


def test_a_home_of_version_0_2_opens_is_sound_and_keeps_its_sound(studio_0_2: Studio) -> None:
    assert audit.find_chain_problems(studio_0_2.database) == ()
    assert len(takes.list_by_episode(studio_0_2.database, KEY, "")) == 25
    planned = plan_takes(studio_0_2, KEY)
    ready = Counter(item.stage for item in planned if item.is_ready)
    assert ready == {"voice": 3, "music": 2, "mix": 1}  # pictures are made anew, as of version 0.1
    assert audit.load_trail(studio_0_2.database, KEY).verdicts


def test_an_episode_of_version_0_1_keeps_its_sound_and_gets_pictures_of_today(earlier_studio: Studio) -> None:
    planned = plan_takes(earlier_studio, KEY)
    # the director of 0.3 reads more actions, its painter draws everybody as themselves; voices, music, mixes are found
    assert Counter(item.stage for item in planned if not item.is_ready) == {
        "plan": 2, "keyframe": 8, "clip": 8, "master": 1,
    }  # fmt: skip
    assert Counter(item.stage for item in planned) == {
        "plan": 2, "keyframe": 8, "clip": 8, "voice": 3, "music": 2, "mix": 1, "master": 1,
    }  # fmt: skip


def test_scores_of_version_0_1_keep_their_value_and_are_mixed_with_none_of_today(earlier_studio: Studio) -> None:
    made = takes.list_by_episode(earlier_studio.database, KEY)
    assert {take.score_version for take in made} == {None}
    assert {take.quality_score for take in made} == {1.0}
    assert {take.score for take in made} == {None}
    rows = attempts.list_newest(earlier_studio.database, ["small"], episode_id="e01")
    assert len(rows) == len(made)
    assert {row.score for row in rows} == {None}
    assert {(row.is_success, row.worth) for row in rows} <= {(True, 0.75), (False, 0.25)}
    report = quality_report(earlier_studio, KEY)
    assert "mean_score" not in report.metrics
    assert report.metrics["accepted_share"] == pytest.approx(sum(row.is_success for row in rows) / len(rows), abs=1e-4)
    words = "\n".join(line for section in report.sections for line in section.bullets)
    assert f"{len(made)} of {len(made)} takes were scored by an earlier version" in words
    assert "| nan |" not in report.to_markdown()


def test_the_record_of_version_0_1_is_sound(earlier_studio: Studio) -> None:
    assert list(audit.find_chain_problems(earlier_studio.database)) == []


def test_attempts_of_version_0_1_are_shown_with_what_is_on_record_and_no_guess(earlier_studio: Studio) -> None:
    client = TestClient(build_app(earlier_studio), base_url="http://127.0.0.1")
    rows = audit.load_trail(earlier_studio.database, KEY).decisions
    newest = {row["decision_type"]: row for row in rows}
    assert {"plan", "keyframe", "clip", "voice", "music", "mix", "master"} <= newest.keys()
    for row in newest.values():
        attempt = client.get(f"/api/attempts/{row['id']}").json()["attempt"]
        assert not all(value["origin"] for value in attempt["values"]) or not attempt["ranking"]
    keyframe = client.get(f"/api/attempts/{newest['keyframe']['id']}").json()["attempt"]
    assert ", ".join(part["text"] for part in keyframe["prompt"]) == newest["keyframe"]["parameters"]["brief"]["prompt"]
    shot = f"{KEY}-{newest['clip']['scene_id']}-{newest['clip']['shot_id']}"
    assert newest["clip"]["id"] in [row["id"] for row in client.get(f"/api/trails/{shot}").json()["attempts"]]
    assert any(words.startswith("Keyframe: ") for words in client.get(f"/api/trails/{KEY}").json()["words"])
