"""What version 0.1 made is found and not made anew: its record, dumped then, is read by today's code.

Pictures are made anew: today's director and painter understand and draw more of the same script.
"""

from __future__ import annotations

import lzma
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, migrations, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer

VERSION_0_1 = Path(__file__).parent / "data" / "version_0_1"
KEY = EpisodeKey("small", "e01")


@pytest.fixture(scope="module")
def earlier_studio(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio on the record of version 0.1: every file of its takes is there by name and size."""
    folder = tmp_path_factory.mktemp("earlier")
    shutil.copytree(VERSION_0_1 / "small", folder / "projects" / "small")
    url = database_server.make_database("template0")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")  # as `migrate` does where the server has it
        connection.execute(lzma.decompress((VERSION_0_1 / "record.sql.xz").read_bytes()).decode())
    database = Database(url)
    migrations.apply_migrations(database)
    settings = Settings(folder / "projects", folder / "home")
    for take in takes.list_by_episode(database, KEY, ""):
        for file in take.files.values():
            path = settings.media / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as sparse:
                sparse.truncate(file.size_bytes)
    yield Studio(settings, database)
    database.close()


def test_an_episode_of_version_0_1_keeps_its_sound_and_gets_pictures_of_today(earlier_studio: Studio) -> None:
    planned = plan_takes(earlier_studio, KEY)
    # the director of 0.3 reads more actions, its painter draws everybody as themselves; voices, music, mixes are found
    assert Counter(item.stage for item in planned if not item.is_ready) == {
        "plan": 2, "keyframe": 8, "clip": 8, "master": 1,
    }  # fmt: skip
    assert Counter(item.stage for item in planned) == {
        "plan": 2, "keyframe": 8, "clip": 8, "voice": 3, "music": 2, "mix": 1, "master": 1,
    }  # fmt: skip


def test_the_record_of_version_0_1_is_sound(earlier_studio: Studio) -> None:
    assert list(audit.find_chain_problems(earlier_studio.database)) == []
