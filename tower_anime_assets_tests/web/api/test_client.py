"""A typed Python client, generated from the API's document, used against the running server behind its guard."""

from __future__ import annotations

import importlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import openapi_python_client
import pytest
import uvicorn
from openapi_python_client.config import Config, ConfigFile, MetaType

from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.access_tokens import add_token
from tower_anime_assets.web.access import Access
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets.web.request_rules import FILE_TYPES
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns
from tower_anime_assets_tests.stages.conftest import MadeEpisode

PACKAGE = "tower_client"
START_S = 20


class RunningServer:
    """The web process on a free port of loopback, with tokens of a producer, a director and a reader."""

    def __init__(self, made: MadeEpisode) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = replace(made.studio.settings, web_port=port)
        database = made.studio.database
        self.producer = add_token(database, "Kim", Scope.SPEND, None, "tests")
        self.director = add_token(database, "Mei", Scope.DIRECT, None, "tests")
        self.reader = add_token(database, "Ben", Scope.READ, None, "tests")
        access = Access(settings, database)
        app = build_app(Studio(settings, database), access=access, runs=FakeRuns())
        guard = Guard(app, allowed_hosts(settings), allowed_origins(settings), access)
        config = uvicorn.Config(guard, log_level="error", proxy_headers=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> RunningServer:
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def running(made_episode: MadeEpisode) -> Iterator[RunningServer]:
    with RunningServer(made_episode) as server:
        yield server


@pytest.fixture(scope="module")
def generated(running: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, as a package of its own folder."""
    folder = tmp_path_factory.mktemp("client")
    headers = {"Authorization": f"Bearer {running.reader}"}
    document = folder / "openapi.json"
    document.write_text(json.dumps(httpx.get(f"{running.url}/api/openapi.json", headers=headers).json()))
    config = Config.from_sources(
        ConfigFile(
            post_hooks=[],
            package_name_override=PACKAGE,
            content_type_overrides=dict.fromkeys(FILE_TYPES, "application/octet-stream"),
        ),
        MetaType.NONE,
        document,
        "utf-8",
        overwrite=True,
        output_path=folder / PACKAGE,
    )
    problems = openapi_python_client.generate(config=config)
    assert not [f"{one.header}: {one.detail}" for one in problems]
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


class Caller:
    """Calls operations of the generated client by tag and name."""

    def __init__(self, generated: ModuleType, url: str, token: str) -> None:
        self._client = generated.AuthenticatedClient(base_url=url, token=token, timeout=60)

    def __enter__(self) -> Caller:
        self._client.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._client.__exit__(*error)

    def __call__(self, operation: str, **arguments: Any) -> Any:
        return importlib.import_module(f"{PACKAGE}.api.{operation}").sync_detailed(client=self._client, **arguments)


@pytest.fixture
def director(generated: ModuleType, running: RunningServer) -> Iterator[Caller]:
    with Caller(generated, running.url, running.director) as caller:
        yield caller


@pytest.fixture
def reader(generated: ModuleType, running: RunningServer) -> Iterator[Caller]:
    with Caller(generated, running.url, running.reader) as caller:
        yield caller


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


def test_every_operation_is_in_the_client(generated: ModuleType, running: RunningServer) -> None:
    headers = {"Authorization": f"Bearer {running.reader}"}
    document = httpx.get(f"{running.url}/api/openapi.json", headers=headers).json()
    folder = Path(str(generated.__file__)).parent / "api"
    names = {path.stem for path in folder.glob("*/*.py")} - {"__init__"}
    assert names == {one["operationId"] for path in document["paths"].values() for one in path.values()}


def test_the_client_is_who_its_token_says(director: Caller, reader: Caller) -> None:
    assert director("system.read_me").parsed.name == "Mei"
    assert (reader("system.read_me").parsed.name, reader("system.read_me").parsed.scope) == ("Ben", "read")


def test_a_plan_is_typed_and_found_again_in_its_session(director: Caller, reader: Caller) -> None:
    body = model("ScenePlanRequest")(description="Akira runs over the roof at night.", session_id="typed")
    plan = director("director.plan_scene", body=body).parsed
    assert plan.shot_list[0].suggested_camera_angle in ("wide", "medium", "close-up", "over-shoulder")
    assert plan.shot_list[0].character_emotions.to_dict().keys() == {"Akira"}
    history = reader("director.read_session_history", session_id=plan.session_id).parsed
    assert [one.created_by for one in history.decisions] == ["Mei"]
    sessions = reader("director.list_director_sessions", limit=1).parsed
    assert sessions.items[0].id == plan.session_id


def test_the_phases_are_typed(reader: Caller) -> None:
    phases = reader("anime.list_phases").parsed
    assert [phase.number for phase in phases] == list(range(1, len(phases) + 1))
    assert "plan" in phases[2].needs


def test_a_run_is_typed_from_its_start_to_its_end(
    generated: ModuleType, running: RunningServer, reader: Caller
) -> None:
    body = model("RunStartRequest")(kind=model("RunKind").EPISODE, keys=["small-e01"], why="typed")
    assert reader("runs.start_run", body=body).status_code == 403
    with Caller(generated, running.url, running.producer) as producer:
        started = producer("runs.start_run", body=body)
        assert started.status_code == 202
        run = started.parsed
        assert (run.who, run.status, run.created_at.year) == ("Kim", "queued", 2026)
        assert reader("runs.list_runs", active=True).parsed.items == [run]
        assert producer("runs.cancel_run", run_id=run.id).parsed.canceled_by == "Kim"
    estimate = reader("estimates.read_estimate", key="small-e01").parsed
    assert (estimate.takes, estimate.money, estimate.fits) == (0, None, True)


def test_an_accepted_draft_is_typed(
    made_episode: MadeEpisode, running: RunningServer, director: Caller, reader: Caller
) -> None:
    draft = made_episode.script.with_name("e05.draft.fountain")
    draft.write_bytes(made_episode.script.read_bytes())
    body = model("DraftAcceptance")(why="typed")
    assert reader("scripts.accept_script", episode="small-e05", body=body).status_code == 403
    headers = {"Authorization": f"Bearer {running.reader}"}
    seen = httpx.get(f"{running.url}/api/scripts/small-e05", headers=headers).headers["ETag"]
    accepted = director("scripts.accept_script", episode="small-e05", body=body, if_match=seen)
    assert accepted.status_code == 200
    assert (accepted.parsed.file, accepted.parsed.run.keys) == ("episodes/e05.fountain", ["small-e05"])
    draft.with_name("e05.fountain").unlink()


def test_a_problem_comes_with_its_remedy(director: Caller, reader: Caller) -> None:
    body = model("ScenePlanRequest")(description="Akira waits.", characters=["Godzilla"])
    refused = director("director.plan_scene", body=body)
    assert refused.status_code == 422
    assert "Godzilla" in json.loads(refused.content)["detail"]
    assert reader("director.plan_scene", body=body).status_code == 403


def test_a_stranger_is_served_nothing(generated: ModuleType, running: RunningServer) -> None:
    with Caller(generated, running.url, "no such token") as stranger:
        assert stranger("system.read_me").status_code == 401
