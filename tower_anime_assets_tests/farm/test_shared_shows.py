"""Shows on a worker: those of the controller as they were at the launch, and nothing of anybody's own replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import shared_shows
from tower_anime_assets.stages.shared_shows import place_shows, save_shows
from tower_anime_assets.store import show_snapshots
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, write_small_show

EPISODE = EpisodeKey.parse(KEY)


@pytest.fixture
def controller(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "projects", tmp_path / "controller")
    write_small_show(settings.projects)
    (settings.home / "workflows" / "mine").mkdir(parents=True)
    (settings.home / "workflows" / "mine" / "graph.json").write_text("{}")
    (settings.home / "studio.yaml").write_text("models: {}\n")
    return settings


@pytest.fixture
def worker(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "nothing", tmp_path / "worker", worker="box-1")


def test_a_run_reads_the_shows_as_they_were_when_it_was_launched(
    database: Database, controller: Settings, worker: Settings
) -> None:
    launched = save_shows(controller, database)
    assert save_shows(controller, database) == launched
    script = controller.projects / "small" / "episodes" / "e01.fountain"
    script.write_text(script.read_text().replace("They found us.", "They lost us."))
    later = save_shows(controller, database)
    assert later != launched
    at_launch, now = (place_shows(worker, database, name) for name in (launched, later))
    assert "They found us." in (at_launch.projects / "small" / "episodes" / "e01.fountain").read_text()
    assert show_files.load_episode(now.projects, EPISODE) == show_files.load_episode(controller.projects, EPISODE)
    assert at_launch.home == worker.home, "everything else is the worker's"
    assert (worker.home / "workflows" / "mine" / "graph.json").read_text() == "{}"


def test_the_studios_own_files_follow_the_controllers(
    database: Database, controller: Settings, worker: Settings
) -> None:
    place_shows(worker, database, save_shows(controller, database))
    (controller.home / "workflows" / "mine" / "graph.json").unlink()
    (controller.home / "studio.yaml").write_text("models: {a.safetensors: b.safetensors}\n")
    place_shows(worker, database, save_shows(controller, database))
    assert not (worker.home / "workflows" / "mine" / "graph.json").exists()
    assert "b.safetensors" in (worker.home / "studio.yaml").read_text()


def test_a_workers_own_workflow_is_refused_and_kept(database: Database, controller: Settings, worker: Settings) -> None:
    own = worker.home / "workflows" / "hers" / "graph.json"
    own.parent.mkdir(parents=True)
    own.write_text("hers")
    with pytest.raises(
        PlanError, match=r"hers/graph\.json is this worker's own.*Move it to the controller's TOWER_HOME"
    ):
        place_shows(worker, database, save_shows(controller, database))
    assert own.read_text() == "hers"


def test_a_file_too_large_for_the_database_is_named(
    database: Database, controller: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_shows, "MAX_FILE_BYTES", 1_000)
    (controller.projects / "small" / "film.wav").write_bytes(bytes(2_000))
    with pytest.raises(PlanError, match=r"film\.wav has .*Move it out of the show's folder"):
        save_shows(controller, database)


def test_shows_on_record_that_would_be_written_elsewhere_are_refused(
    database: Database, worker: Settings, tmp_path: Path
) -> None:
    sha256 = "0" * 64
    show_snapshots.save_snapshot(database, "bad", {"projects/../../out.txt": sha256}, lambda _digest: b"out")
    with pytest.raises(PlanError, match="would lie outside"):
        place_shows(worker, database, "bad")
    assert not list(tmp_path.rglob("out.txt"))
    with pytest.raises(PlanError, match="launch the run again"):
        place_shows(worker, database, "never saved")
