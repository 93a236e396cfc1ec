"""A process with another media store than the record's is refused before it makes everything again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import MARK_FILE
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.media_identity import adopt_media, require_same_media
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, media_stores
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.object_store import ObjectStoreServer


@pytest.fixture
def studio(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Studio]:
    settings = Settings(projects=tmp_path / "projects", home=tmp_path / "home", user="Mei")
    database = Database(database_server.make_database())
    yield Studio(settings, database)
    database.close()


def test_the_first_store_becomes_the_records_and_every_other_is_refused(studio: Studio, tmp_path: Path) -> None:
    recorded = require_same_media(studio)
    assert (recorded.address, recorded.who) == (str(tmp_path / "home" / "media"), "Mei")
    assert require_same_media(studio) == recorded
    worker = replace(studio, settings=replace(studio.settings, home=tmp_path / "worker"))
    with pytest.raises(PlanError, match=r"are in .*/home/media .*and .*/worker/media has no mark") as caught:
        require_same_media(worker)
    assert "set TOWER_MEDIA_URL" in str(caught.value)
    worker.media.write_mark("another")
    with pytest.raises(PlanError, match=r"another one \(mark another\)"):
        require_same_media(worker)
    assert list(audit.find_problems(studio.database, studio.media)) == []


def test_a_folder_that_two_machines_mount_is_the_same_store_under_both_names(studio: Studio, tmp_path: Path) -> None:
    recorded = require_same_media(studio)
    (tmp_path / "mounted").symlink_to(tmp_path / "home" / "media")
    url = f"file://{tmp_path / 'mounted'}"
    worker = replace(studio, settings=replace(studio.settings, home=tmp_path / "worker", media_url=url))
    assert require_same_media(worker) == recorded


def test_another_store_is_adopted_with_a_reason(studio: Studio, tmp_path: Path) -> None:
    require_same_media(studio)
    (tmp_path / "home" / "media" / MARK_FILE).unlink()
    with pytest.raises(PlanError, match="tower media adopt"):
        require_same_media(studio)
    with pytest.raises(PlanError, match="say why"):
        adopt_media(studio.settings, studio.database, studio.media, " ")
    adopted = adopt_media(studio.settings, studio.database, studio.media, "the disk died")
    assert require_same_media(studio) == adopted
    assert adopted.why == "the disk died"


def test_a_bucket_is_known_by_its_mark(studio: Studio, tmp_path: Path, object_store: ObjectStoreServer) -> None:
    options = {name.lower(): value for name, value in object_store.environment().items()}
    settings = replace(studio.settings, media_url=object_store.make_url(), object_store_options=options)
    here, there = replace(studio, settings=settings), replace(studio, settings=replace(settings, home=tmp_path))
    assert require_same_media(here) == require_same_media(there)
    other = replace(studio, settings=replace(settings, media_url=object_store.make_url()))
    with pytest.raises(PlanError, match=f"{settings.media_url}.*{other.settings.media_url} has no mark"):
        require_same_media(other)
    found = media_stores.find_store(studio.database)
    assert found is not None
    assert found.address == settings.media_url
