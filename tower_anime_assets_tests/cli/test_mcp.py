"""`tower mcp` as a client meets it: a subprocess, spoken to over its stdin and stdout by the protocol's own client."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from tower_anime_assets.production.memory.facts import Statement
from tower_anime_assets.store import decisions, facts
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets_tests.small_show import write_small_show

Question = tuple[Callable[[Client], Awaitable[Any]], "Future[Any]"]
TOOLS = {
    *("search_memory", "get_facts", "store_fact", "get_recent_context"),
    *("get_episode_status", "get_shot_history"),
}


class Server:
    """A running `tower mcp`, and a client whose conversation with it lasts for the whole module."""

    def __init__(self, url: str, folder: Path) -> None:
        self.command = str(Path(sys.executable).parent / "tower")
        self.arguments = ["mcp", "--project", "small", "--client", "test"]
        self.variables = {
            "TOWER_PROJECTS": str(folder / "projects"),
            "TOWER_HOME": str(folder / "home"),
            "TOWER_DATABASE_URL": url,
        }
        self._questions: asyncio.Queue[Question | None] = asyncio.Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._converse(),))

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._questions.put_nowait, None)
        self._thread.join(30)
        self._loop.close()

    async def _converse(self) -> None:
        # One task from beginning to end: the client may only be closed by the task that opened it.
        parameters = StdioServerParameters(command=self.command, args=self.arguments, env=self.variables)
        async with Client(stdio_client(parameters)) as client:
            while (question := await self._questions.get()) is not None:
                ask, answer = question
                try:
                    answer.set_result(await ask(client))
                except Exception as error:  # noqa: BLE001 - handed to the test that asked
                    answer.set_exception(error)

    def talk(self, ask: Callable[[Client], Awaitable[Any]]) -> Any:
        """Return what came of talking to the server."""
        answer: Future[Any] = Future()
        self._loop.call_soon_threadsafe(self._questions.put_nowait, (ask, answer))
        return answer.result(60)

    def result(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Return what a tool answered, errors too."""
        found: CallToolResult = self.talk(lambda client: client.call_tool(tool, dict(arguments)))
        return found

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return a tool's answer."""
        result = self.result(tool, arguments)
        assert not result.is_error, result.content
        return result.structured_content


@pytest.fixture(scope="module")
def server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mcp")
    write_small_show(folder / "projects")
    stranger = Statement(subject="Luna", predicate="knows", object="a stranger's secret", source="person:x")
    facts.store_statements(database, "stranger", [stranger])
    with Server(database.url, folder) as running:
        yield running


def test_facts_are_stored_once_and_found_by_name_and_by_words(server: Server) -> None:
    assert server.call("store_fact", subject="Luna", predicate="fears", object="heights")["result"] == "stored"
    assert server.call("store_fact", subject=" LUNA", predicate="fears", object="heights")["result"] == "known"
    (fact,) = server.call("get_facts", topic="luna")["facts"]
    assert (fact["says"], fact["source"], fact["confidence"]) == ("Luna fears heights", "mcp:test", 0.8)
    assert server.call("search_memory", query="what does Luna fear?", limit=1)["facts"] == [fact]
    assert server.call("search_memory", query="stranger secret")["facts"] == []


def test_a_client_does_not_overrule_the_files(server: Server, database: Database) -> None:
    silver = Statement(subject="Luna", predicate="hair_colour", object="silver", source="file:characters/luna.yaml")
    facts.store_statements(database, "small", [silver])
    answer = server.call("store_fact", subject="Luna", predicate="hair colour", object="green")
    assert answer["result"] == "overruled"
    assert [fact["object"] for fact in answer["instead"]] == ["silver"]
    assert [fact.object for fact in facts.find_facts(database, ["small"], "Luna", "hair_colour")] == ["silver"]


def test_recent_context_and_shot_history_tell_what_is_on_record(server: Server, database: Database) -> None:
    decided = NewDecision(
        project_id="small",
        episode_id="e01",
        scene_id="sc01",
        shot_id="sh0010",
        decision_type="clip",
        parameters={},
        reasoning="The plan asks for it.",
        engine="embedded-animator",
        brief_digest="d" * 64,
        idempotency_key="mcp-test",
    )
    decisions.record_decision(database, decided)
    recent = server.call("get_recent_context", hours=1)
    assert [(each["of"], each["what"], each["status"]) for each in recent["decisions"]] == [
        ("small-e01-sc01-sh0010", "clip", "pending")
    ]
    assert {fact["project"] for fact in recent["facts"]} <= {"small"}
    history = server.call("get_shot_history", shot="small-e01-sc01-sh0010")
    assert [(each["what"], each["attempt"], each["why"]) for each in history["decisions"]] == [
        ("clip", 1, "The plan asks for it.")
    ]


def test_the_status_of_an_episode_is_told_and_nothing_is_made(server: Server, database: Database) -> None:
    before = len(database.fetch_all("decisions.list_recent", _everything()))
    status = server.call("get_episode_status", episode="small-e01")
    assert not status["is_finished"]
    assert status["stages"]["keyframe"]["missing"] > 0
    assert status["stages"]["master"] == {"waits": 1}
    assert any(line.startswith("voice sc01-l001: missing") for line in status["open"]), status["open"]
    assert len(database.fetch_all("decisions.list_recent", _everything())) == before


def _everything() -> dict[str, Any]:
    return {"project_ids": ["small"], "since": "2000-01-01", "limit": 1000}


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("get_episode_status", {"episode": "small"}, "'small' is not an episode key"),
        ("get_episode_status", {"episode": "other-e01"}, "this server is for small, not for other"),
        ("get_episode_status", {"episode": "small-e09"}, "e09"),
        ("get_shot_history", {"shot": "small-e01-sc09-sh0010"}, "nothing is on record"),
        ("store_fact", {"subject": "", "predicate": "is", "object": "x"}, "subject is empty"),
        ("store_fact", {"subject": "Luna"}, "predicate"),
        ("search_memory", {"query": " "}, "a search needs words"),
        ("search_memory", {"query": "x", "limit": 0}, "limit is 0; expected 1 to 100"),
        ("get_recent_context", {"hours": 0}, "hours is 0"),
        ("get_facts", {"topic": ""}, "topic is empty"),
    ],
)
def test_what_cannot_be_done_is_a_tool_error_in_words(
    server: Server, tool: str, arguments: dict[str, Any], says: str
) -> None:
    result = server.result(tool, arguments)
    assert result.is_error
    assert says in str(result.content)
    assert "Traceback" not in str(result.content)


def test_every_tool_is_listed_with_what_it_does(server: Server) -> None:
    tools = server.talk(lambda client: client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS
    assert all(len(tool.description) > 40 for tool in tools)
    assert [tool.name for tool in tools if not tool.annotations.read_only_hint] == ["store_fact"]


def test_nothing_but_the_protocol_is_on_stdout(server: Server) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    arguments = {"name": "get_episode_status", "arguments": {"episode": "small-e01"}}
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": arguments}
    with subprocess.Popen(
        [server.command, *server.arguments],
        env={"PATH": "/usr/bin:/bin", **server.variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines: list[str] = []
        for message in (hello, ready, "no JSON at all", ask):
            process.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
            process.stdin.flush()
        while not any(json.loads(line).get("id") == 2 for line in lines):
            lines.append(process.stdout.readline())
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in [*lines, *rest.splitlines()])


def test_a_server_for_no_project_says_so_and_ends(server: Server) -> None:
    done = subprocess.run(
        [server.command, "mcp", "--project", "nope"],
        env={"PATH": "/usr/bin:/bin", **server.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no project 'nope'" in done.stderr
