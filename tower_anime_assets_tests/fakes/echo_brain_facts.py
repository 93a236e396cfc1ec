"""A fake of Echo Brain's memory on a real socket: the Model Context Protocol by streamable HTTP, with `store_fact`.

It remembers what it is told and says "known" to what it knows. Its script says what it does with the next calls.
"""

from __future__ import annotations

import json
from typing import Any

from tower_anime_assets_tests.fakes.scripted_server import Handler, ScriptedServer

ACTS = ("", "refuse", "not_mcp", "error", "stream", "busy", "garbage")
SESSION = "session-7"


class FakeEchoBrainFacts(ScriptedServer):
    """A running fake.

    Attributes:
        facts: What it was told, in order.
        calls: How often `store_fact` was called.
        token: The bearer token that it wants, "" for none.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.facts: list[tuple[str, str, str]] = []
        self.calls = 0
        self.token = ""

    def store(self, arguments: dict[str, str]) -> str:
        """Remember a fact."""
        fact = (arguments["subject"], arguments["predicate"], arguments["object"])
        with self.lock:
            self.calls += 1
            is_known = fact in self.facts
            if not is_known:
                self.facts.append(fact)
        return "known" if is_known else "stored"


class _Handler(Handler):
    owner: FakeEchoBrainFacts
    wbufsize = -1  # head and body in one packet: two of them wait 40 ms for each other's acknowledgement

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        message = json.loads(self.body())
        if self.path != "/mcp":
            self.send(404, '{"detail": "Not Found"}')
        elif self.owner.token and self.headers.get("authorization") != f"Bearer {self.owner.token}":
            self.send(401, '{"detail": "Not authenticated"}')
        elif "text/event-stream" not in self.headers.get("accept", ""):
            self.send(406, '{"error": "Not Acceptable"}')
        elif message["method"] == "initialize":
            result = {
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "echo-brain", "version": "1"},
            }
            self._answer(message, {"result": result}, {"Mcp-Session-Id": SESSION})
        elif self.headers.get("mcp-session-id") != SESSION:
            self.send(400, '{"error": "Missing session ID"}')
        elif "id" not in message:
            self.send(202, "")
        else:
            self._call(message, self.owner.next_act())

    def _call(self, message: dict[str, Any], act: str) -> None:
        if act == "busy":
            self.send(503, '{"error": "busy"}')
        elif act == "garbage":
            self.send(200, "<html>Bad Gateway</html>", "text/html")
        elif act == "error":
            self._answer(message, {"error": {"code": -32602, "message": "Unknown tool: store_fact"}})
        elif act == "refuse":
            content = [{"type": "text", "text": "object is too long"}]
            self._answer(message, {"result": {"content": content, "isError": True}})
        else:
            text = self.owner.store(message["params"]["arguments"])
            answer = {"result": {"content": [{"type": "text", "text": text}], "isError": False}}
            self._answer(message, answer, is_stream=act == "stream")

    def _answer(
        self,
        message: dict[str, Any],
        answer: dict[str, Any],
        headers: dict[str, str] | None = None,
        *,
        is_stream: bool = False,
    ) -> None:
        text = json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer})
        if is_stream:
            other = '{"jsonrpc": "2.0", "method": "notifications/message"}'
            text = "".join(f"event: message\r\ndata: {data}\r\n\r\n" for data in (other, text))
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if is_stream else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
