"""`tower up` beyond this machine: not before people can sign in; then nobody who has not, and each in their scope."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.settings import Scope
from tower_anime_assets.store import access_tokens
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.cli.test_up import everything, listeners
from tower_anime_assets_tests.defs.running_tower import LAUNCH, REPOSITORY, RunningTower, running_tower
from tower_anime_assets_tests.small_show import KEY

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

BIND = "127.0.0.2"
"""Loopback as well; what other machines could reach, the public URL says."""

PUBLIC_URL = "https://tower.example"

GRAPHQL = "/dagster/graphql"
QUERY = {"query": "query One { runsOrError { __typename } }"}
START_RUN = {
    "query": LAUNCH,
    "variables": {
        "it": {
            "selector": {**REPOSITORY, "jobName": "produce_episode"},
            "mode": "default",
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": KEY}]},
        }
    },
}
SUBPROTOCOL = "graphql-ws"


@dataclass
class GuardedTower:
    """A running tower that wants to know who asks, with what everybody may do.

    Attributes:
        paths: Of pages, media, Dagster and the API to come.
    """

    tower: RunningTower
    tokens: Mapping[str, str]
    paths: tuple[str, ...]
    clients: contextlib.ExitStack

    @property
    def url(self) -> str:
        return f"http://{BIND}:{self.tower.web_port}"

    def client(self, name: str = "") -> httpx.Client:
        """Return a program of somebody's, or nobody's."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"} if name else {}
        made = httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)
        return self.clients.enter_context(made)

    def browser(self, name: str) -> httpx.Client:
        """Return a browser that somebody has signed in with."""
        browser = self.client()
        browser.headers["Origin"] = self.url
        signed_in = browser.post("/sign-in", data={"token": self.tokens[name], "next": GRAPHQL})
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, GRAPHQL)
        return browser

    def live(self, headers: Mapping[str, str]) -> ClientConnection:
        url = f"{self.url.replace('http', 'ws')}{GRAPHQL}"
        return connect(url, additional_headers=headers, subprotocols=[SUBPROTOCOL], proxy=None)  # type: ignore[list-item]


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        yield made


@pytest.fixture(scope="module")
def guarded(studio: SmallStudio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedTower]:
    """A tower that is meant to be reached from elsewhere, with tokens for three."""
    studio.variables |= {"TOWER_BIND": BIND, "TOWER_PUBLIC_URL": PUBLIC_URL}
    database = Database(studio.tower("db", "url").out.strip())
    assert studio.tower("db", "migrate").code == 0
    tokens = {
        name: access_tokens.add_token(database, name, scope, None, "me")
        for name, scope in (("Akira", Scope.SPEND), ("Viktor", Scope.DIRECT), ("Luna", Scope.READ))
    }
    database.close()
    picture = tmp_path_factory.mktemp("media") / "picture.png"
    picture.write_bytes(b"\x89PNG of the studio's")
    stored = MediaStore(studio.home / "media").store_file(picture)
    paths = (
        f"/media/{stored.path}", "/", f"/episodes/{KEY}", f"/episodes/{KEY}/trail", f"/shots/{KEY}-sc01-sh0010",
        "/attempts/x", "/graphs/00000000-0000-0000-0000-000000000000.json", "/favicon-run-success.svg", "/dagster",
        "/dagster/", "/dagster/runs", "/dagster/server_info", GRAPHQL, "/dagster/logs/x", "/api", "/api/shots", "/docs",
        "/openapi.json", "/sign-out", "//sign-in", "/sign-in/", "/sign-in/../", "/health/", "/%73ign-in/x", "/nowhere",
    )  # fmt: skip
    with running_tower(studio) as tower, contextlib.ExitStack() as clients:
        yield GuardedTower(tower, tokens, paths, clients)


def test_it_listens_where_it_was_told_and_nowhere_else(guarded: GuardedTower) -> None:
    listening = {address for process in everything(guarded.tower) for address in listeners(process)}
    assert listening == {(BIND, guarded.tower.web_port)}
    assert f"Web UI       {guarded.url}/dagster\n" in guarded.tower.output.read_text()


def test_without_a_token_everything_answers_401_and_nothing_else(guarded: GuardedTower) -> None:
    nobody = guarded.client()
    for path in guarded.paths:
        answer = nobody.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
        assert nobody.head(path).status_code == 401, path
        assert nobody.get(path, headers={"Accept": "text/html"}).status_code == 303, path
    for path, body in ((GRAPHQL, QUERY), (GRAPHQL, START_RUN), ("/api/x", {}), ("/sign-out", {})):
        assert nobody.post(path, json=body).status_code == 401, path
    assert nobody.post("/dagster/report_asset_materialization/scenes").status_code == 401
    for method in ("PUT", "PATCH", "DELETE"):
        assert nobody.request(method, "/episodes/x").status_code == 401
    assert nobody.get("/health").json() == {"status": "ok", "dagster": "open"}
    assert nobody.get("/sign-in").status_code == 200
    with pytest.raises(InvalidStatus) as refused:
        guarded.live({})
    assert refused.value.response.status_code == 403


def test_with_a_token_or_a_cookie_everything_answers(guarded: GuardedTower) -> None:
    program, browser = guarded.client("Luna"), guarded.browser("Luna")
    for reader in (program, browser):
        picture = reader.get(guarded.paths[0])
        assert picture.content == b"\x89PNG of the studio's"
        assert picture.headers["cache-control"].startswith("private")
        assert reader.get("/api/episodes").json()["next"] is None
        assert reader.get("/dagster/runs").status_code == 200
        assert reader.post(GRAPHQL, json=QUERY).json()["data"]["runsOrError"]["__typename"] == "Runs"
        assert reader.get("/nowhere").status_code == 404
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    for headers in (
        {"Authorization": f"Bearer {guarded.tokens['Luna']}"},
        {"Cookie": cookie, "Origin": guarded.url},
    ):
        with guarded.live(headers) as socket:
            socket.send(json.dumps({"type": "connection_init", "payload": {}}))
            assert json.loads(socket.recv(timeout=10))["type"] == "connection_ack"


@pytest.mark.parametrize("name", ["Luna", "Viktor"])
def test_a_small_scope_starts_nothing_by_any_way(guarded: GuardedTower, name: str) -> None:
    for reader in (guarded.client(name), guarded.browser(name)):
        assert reader.post(GRAPHQL, json=START_RUN).status_code == 403
        assert reader.post("/dagster/report_asset_materialization/scenes").status_code == 403
        assert reader.get(GRAPHQL, params={"query": LAUNCH}).status_code == 405
    with guarded.live({"Authorization": f"Bearer {guarded.tokens[name]}"}) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {}}))
        assert json.loads(socket.recv(timeout=10))["type"] == "connection_ack"
        socket.send(json.dumps({"type": "start", "id": "1", "payload": START_RUN}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert number_of_runs(guarded) == 0


def test_who_may_spend_starts_a_run_and_is_not_known_any_more_when_revoked(
    guarded: GuardedTower, studio: SmallStudio
) -> None:
    program, browser = guarded.client("Akira"), guarded.browser("Akira")
    for spender in (program, browser):
        answer = spender.post(GRAPHQL, json=START_RUN).json()["data"]["launchPipelineExecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
    del browser.headers["Origin"]
    assert browser.post(GRAPHQL, json=START_RUN).status_code == 403
    browser.headers["Origin"] = guarded.url
    assert number_of_runs(guarded) == 2
    assert studio.tower("token", "revoke", "Akira").code == 0
    time.sleep(2.5)
    for spender in (program, browser):
        assert spender.post(GRAPHQL, json=START_RUN).status_code == 401
        assert spender.get("/").status_code == 401
        assert spender.get(guarded.paths[0]).status_code == 401
    assert number_of_runs(guarded) == 2


def test_no_token_is_in_any_log(guarded: GuardedTower, studio: SmallStudio) -> None:
    logs = [path for path in (studio.home / "logs").iterdir() if path.is_file()]
    text = "".join(path.read_text(errors="replace") for path in (*logs, guarded.tower.output))
    assert len(logs) >= 2
    assert not [name for name, token in guarded.tokens.items() if token in text]


def number_of_runs(guarded: GuardedTower) -> int:
    query = {"query": "{ runsOrError { ... on Runs { results { runId } } } }"}
    answer: Any = guarded.client("Luna").post(GRAPHQL, json=query).json()
    return len(answer["data"]["runsOrError"]["results"])
