"""What a controller or a worker refuses before it makes anything, in words that say what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.cli import main, worker
from tower_anime_assets.defs.farm.celery_app import build_app
from tower_anime_assets.defs.farm.run_making import Worker, make_run
from tower_anime_assets.environment import Environment, read_variables
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import CELERY, Settings, from_environment
from tower_anime_assets.stages import farm
from tower_anime_assets.stages.farm import (
    code_version,
    hold_control,
    refuse_unusable_farm,
    require_same_code,
    require_same_settings,
    shared_settings,
    taken_over,
)
from tower_anime_assets.stages.farm_report import examine_farm
from tower_anime_assets.stages.locks import hold_alive
from tower_anime_assets.store import farm_runs
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.farm import (
    find_controller,
    find_worker,
    list_workers,
    save_controller,
    save_worker,
    worker_lock,
)
from tower_anime_assets_tests.conftest import DatabaseServer

REDIS = "redis://:s3cret-of-redis@redis.example:6379/0"
TOKEN = {"COMFYUI_TOKEN": "s3cret-of-comfyui"}
POSTGRES = "postgresql://tower@db.example/tower"


def environment_of(**variables: str) -> Environment:
    return read_variables(variables)


def controller_of(database: Database, farm_kind: str = CELERY, **variables: str) -> None:
    found = environment_of(**variables)
    settings = shared_settings(from_environment(variables), found)
    save_controller(
        database, host="studio", pid=7, home="/home/studio", version=code_version(), farm=farm_kind, settings=settings
    )


@pytest.mark.parametrize(
    ("missing", "kept"), [("TOWER_DATABASE_URL", "TOWER_BROKER_URL"), ("TOWER_BROKER_URL", "TOWER_DATABASE_URL")]
)
def test_a_worker_without_an_address_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str, kept: str
) -> None:
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(kept, {"TOWER_DATABASE_URL": POSTGRES, "TOWER_BROKER_URL": REDIS}[kept])
    monkeypatch.delenv(missing, raising=False)
    assert main(["worker"]) == 2
    assert f"{missing} is not set" in capsys.readouterr().err
    assert not (tmp_path / "home" / "pg").exists()


@pytest.mark.parametrize("arguments", [["--queues", " , "], ["--queues", "GPU;"], ["--concurrency", "0"]])
def test_a_worker_refuses_queues_and_places_that_there_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setenv("TOWER_BROKER_URL", REDIS)
    assert main(["worker", *arguments]) == 2
    assert f"{arguments[0]} is " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"TOWER_FARM": "slurm"}, "expected celery or kubernetes"),
        ({"TOWER_FARM": "celery", "TOWER_BROKER_URL": REDIS}, "TOWER_DATABASE_URL"),
        ({"TOWER_FARM": "celery", "TOWER_DATABASE_URL": POSTGRES}, "TOWER_BROKER_URL"),
        ({"TOWER_BROKER_URL": "amqp://me:s3cret-of-redis@broker"}, "redis://"),
        ({"TOWER_BROKER_URL": "redis://me:s3cret-of-redis@broker:no"}, "redis://"),
        ({"TOWER_ONE_MACHINE": "perhaps"}, "expected 1 or 0"),
        ({"TOWER_RUN_SLOTS": "0"}, "expected a whole number"),
    ],
)
def test_a_farm_that_cannot_work_is_refused_by_the_variable_to_change(variables: dict[str, str], told: str) -> None:
    with pytest.raises(PlanError, match=told) as caught:
        refuse_unusable_farm(from_environment(variables))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8188", "http://localhost:8188", "http://[::1]:8188"])
def test_an_address_that_means_another_server_on_every_box_is_refused(url: str) -> None:
    variables = {
        "TOWER_FARM": "celery",
        "TOWER_DATABASE_URL": POSTGRES,
        "TOWER_BROKER_URL": REDIS,
        "COMFYUI_URL": f"http://gpu-1:8188,{url}",
    }
    with pytest.raises(PlanError, match=r"COMFYUI_URL names .*another server on every machine.*TOWER_ONE_MACHINE=1"):
        refuse_unusable_farm(from_environment(variables))
    refuse_unusable_farm(from_environment({**variables, "TOWER_ONE_MACHINE": "1"}))
    refuse_unusable_farm(from_environment({"COMFYUI_URL": url}))


def test_a_worker_takes_over_what_the_controller_says_and_no_secret_is_on_record(database: Database) -> None:
    controller_of(
        database,
        COMFYUI_URL="http://gpu-1:8188",
        **TOKEN,
        TOWER_STALL_S="90",
        TOWER_PUBLIC_URL="https://studio.example",
    )
    controller = find_controller(database)
    assert controller is not None
    assert "s3cret" not in str(controller)
    own = from_environment(taken_over(controller))
    assert own.comfyui_servers == ("http://gpu-1:8188",)
    assert (own.stall_s, own.away_s) == (90.0, 120.0)
    assert own.web_url == "https://studio.example", "links of a worker lead to the controller"
    require_same_settings(controller, environment_of(**TOKEN, TOWER_STALL_S="90"))
    with pytest.raises(PlanError, match="uses COMFYUI_TOKEN, which is not set here"):
        require_same_settings(controller, environment_of())
    with pytest.raises(PlanError, match="COMFYUI_URL is http://gpu-2:8188 here, but http://gpu-1:8188 there"):
        require_same_settings(controller, environment_of(**TOKEN, COMFYUI_URL="http://gpu-2:8188"))


def test_a_worker_of_a_controller_without_a_farm_is_told_what_to_set(database: Database) -> None:
    controller_of(database, farm_kind="")
    controller = find_controller(database)
    assert controller is not None
    with pytest.raises(PlanError, match="set TOWER_FARM=celery there"):
        require_same_settings(controller, environment_of())


def test_other_code_is_refused_with_both_versions(database: Database) -> None:
    controller_of(database)
    controller = find_controller(database)
    assert controller is not None
    require_same_code(controller)
    with pytest.raises(PlanError, match=r"version 0\..* but `tower up` on studio .* has 0\.2\.0 abc: install the same"):
        require_same_code(replace(controller, version="0.2.0 abc"))


def test_a_worker_command_ends_with_the_reason_before_it_takes_a_run(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOWER_DATABASE_URL", database.url)
    monkeypatch.setenv("TOWER_BROKER_URL", REDIS)
    save_controller(database, host="studio", pid=7, home="/", version="0.2.0 abc", farm=CELERY, settings={})
    assert main(["worker"]) == 2
    assert "install the same wheel on both" in capsys.readouterr().err
    assert list_workers(database) == ()


def test_a_worker_with_other_media_than_the_controllers_is_refused(
    database_server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(database_server.make_database())
    with hold_control(Settings(tmp_path / "projects", tmp_path / "studio", farm=CELERY), database, environment_of()):
        monkeypatch.setenv("TOWER_HOME", str(tmp_path / "box"))
        monkeypatch.setenv("TOWER_DATABASE_URL", database.url)
        monkeypatch.setenv("TOWER_BROKER_URL", REDIS)
        assert main(["worker"]) == 2
    assert "the media of this record are in" in capsys.readouterr().err
    assert list_workers(database) == ()
    database.close()


def test_a_worker_whose_controller_was_updated_leaves_the_run_and_ends(database: Database, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home", database.url, broker_url=REDIS)
    box = Worker("box-9", settings, environment_of(), database, build_app(REDIS), lambda _line: None)
    save_worker(database, box.id, host="h", pid=1, queues=["gpu"], slots=1, version=code_version())
    save_controller(database, host="studio", pid=7, home="/", version="0.4.0 new", farm=CELERY, settings={})
    farm_runs.save_run(database, "a-run", "gpu")
    make_run(box, "a-run")
    assert farm_runs.list_runs(database, ["a-run"])["a-run"].is_waiting, "the controller sends it to another"
    row = find_worker(database, box.id)
    assert row is not None
    assert row.stopping_at is not None
    assert "has 0.4.0 new: install the same wheel" in row.why
    assert farm_runs.withdraw_run(database, "a-run")


def test_a_worker_waits_a_while_for_its_controller_and_then_says_what_to_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "CONTROLLER_WAIT_S", 0.0)
    monkeypatch.setattr("tower_anime_assets.store.farm.find_controller", lambda _database: None)
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TOWER_DATABASE_URL", database.url)
    monkeypatch.setenv("TOWER_BROKER_URL", REDIS)
    assert main(["worker"]) == 3
    assert "start `tower up` with TOWER_FARM=celery first" in capsys.readouterr().err


def test_a_second_controller_is_refused_by_name_of_the_first_one(database: Database, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home")
    with (
        hold_control(settings, database, environment_of()),
        pytest.raises(PlanError, match=r"`tower up` on .* already launches the runs of this database") as caught,
        hold_control(settings, Database(database.url), environment_of()),
    ):
        pass
    assert farm.machine_name() in str(caught.value)
    with hold_control(settings, database, environment_of()):
        pass


def test_doctor_tells_who_works_where_and_which_queue_nobody_serves(database: Database, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home", farm=CELERY)
    with (
        hold_control(settings, database, environment_of()),
        hold_alive(database, worker_lock("box-1")),
        hold_alive(database, worker_lock("box-2")),
    ):
        for name, version in (("box-1", code_version()), ("box-2", "0.2.0 abc"), ("box-3", "is dead")):
            save_worker(database, name, host=name, pid=9, queues=["gpu"], slots=2, version=version)
        found = {one.subject: one for one in examine_farm(settings, database)}
    assert "worker box-3" not in found
    assert found["controller"].remedy == ""
    assert "on box-1 (process 9), takes 2 at once from gpu" in found["worker box-1"].message
    assert found["worker box-1"].remedy == ""
    assert f"the controller has {code_version()}" in found["worker box-2"].message
    assert found["queue gpu"].message == "places for 4 runs at once; 0 runs wait"
    assert found["queue cpu"].remedy == "Start a worker for it: tower worker --queues cpu"
    gone = {one.subject: one for one in examine_farm(settings, database)}
    assert "not running" in gone["controller"].message
    assert gone["queue gpu"].remedy
