"""Echo Brain's memory, asked of our fake and of the protocol's own server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from tower_anime_assets.clients.echo_brain_facts import EchoBrainFactsClient, FactRefusedError, FactsNotSupportedError
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets_tests.fakes.echo_brain_facts import FakeEchoBrainFacts


@pytest.fixture
def fake() -> Iterator[FakeEchoBrainFacts]:
    with FakeEchoBrainFacts() as running:
        yield running


@pytest.fixture
def client(fake: FakeEchoBrainFacts) -> Iterator[EchoBrainFactsClient]:
    with closing(EchoBrainFactsClient(fake.url)) as made:
        yield made


def test_facts_are_stored_in_one_session(fake: FakeEchoBrainFacts, client: EchoBrainFactsClient) -> None:
    assert client.store_fact("Luna", "fears", "heights") == "stored"
    assert client.store_fact("Luna", "fears", "heights") == "known"
    fake.script = ["stream"]
    assert client.store_fact("ルナ", "owns", "猫\u2028") == "stored"
    assert fake.facts == [("Luna", "fears", "heights"), ("ルナ", "owns", "猫\u2028")]


def test_a_refused_fact_is_told_apart_from_a_server_that_has_no_such_tool(
    fake: FakeEchoBrainFacts, client: EchoBrainFactsClient
) -> None:
    fake.script = ["refuse", "error", "garbage", "busy", ""]
    with pytest.raises(FactRefusedError, match="object is too long"):
        client.store_fact("Luna", "fears", "heights")
    with pytest.raises(ServiceRejectedError, match="Unknown tool") as caught:
        client.store_fact("Luna", "fears", "heights")
    assert not isinstance(caught.value, FactRefusedError)
    with pytest.raises(ServiceRejectedError, match="expected an answer of the Model Context Protocol"):
        client.store_fact("Luna", "fears", "heights")
    with pytest.raises(ServiceUnavailableError, match="503"):
        client.store_fact("Luna", "fears", "heights")
    assert client.store_fact("Luna", "fears", "heights") == "stored"


def test_the_token_is_sent_and_a_wrong_one_is_named_but_not_shown(fake: FakeEchoBrainFacts) -> None:
    fake.token = "s3cret"
    with closing(EchoBrainFactsClient(fake.url, "s3cret")) as client:
        assert client.store_fact("Luna", "fears", "heights") == "stored"
    with (
        closing(EchoBrainFactsClient(fake.url, "wr0ng")) as client,
        pytest.raises(ServiceRejectedError, match="TOWER_AUTH_TOKEN") as caught,
    ):
        client.store_fact("Luna", "fears", "heights")
    assert "wr0ng" not in str(caught.value)


def test_a_server_without_the_protocol_is_named(fake: FakeEchoBrainFacts) -> None:
    with (
        closing(EchoBrainFactsClient(f"{fake.url}/old")) as client,
        pytest.raises(FactsNotSupportedError, match=f"at {fake.url}/old has no memory for facts: /mcp answers 404"),
    ):
        client.store_fact("Luna", "fears", "heights")


def test_the_protocols_own_server_takes_facts() -> None:
    stored = []
    server = MCPServer("echo-brain", log_level="WARNING")

    @server.tool()
    def store_fact(subject: str, predicate: str, object: str) -> str:  # noqa: A002 - the protocol's
        """Store a fact."""
        if object == "nonsense":
            raise ToolError("no such thing")
        stored.append((subject, predicate, object))
        return "stored"

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="warning", ws="none"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while thread.is_alive() and not running.started:
            time.sleep(0.02)
        with closing(EchoBrainFactsClient(f"http://127.0.0.1:{port}")) as client:
            assert client.store_fact("Luna", "fears", "heights") == "stored"
            with pytest.raises(FactRefusedError, match="no such thing"):
                client.store_fact("Luna", "fears", "nonsense")
            assert client.store_fact("Akira", "owns", "a bike") == "stored"
    finally:
        running.should_exit = True
        thread.join(20)
    assert stored == [("Luna", "fears", "heights"), ("Akira", "owns", "a bike")]
