"""Echo Brain's memory over the Model Context Protocol: JSON-RPC by streamable HTTP, and its tool `store_fact`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tower_anime_assets.clients.http import HttpService, ServiceClient
from tower_anime_assets.errors import ServiceRejectedError

MCP_PATH = "/mcp"
"""Where a streamable HTTP server of the protocol listens unless it says otherwise."""

PROTOCOL_VERSION = "2025-06-18"
STORE_FACT = "store_fact"
INITIALIZE = "initialize"

ANSWER_TIMEOUT_S = 20.0
"""Storing a fact is quick, even where it is embedded."""

MAX_RESPONSE_BYTES = 1_000_000
_ACCEPT = "application/json, text/event-stream"
_CLIENT = {"name": "tower_anime_assets", "version": "1"}


class EchoBrainFactsClient(ServiceClient):
    """Client of one Echo Brain's memory; the first call begins a session with it.

    Source:
        Model Context Protocol, "Transports: Streamable HTTP", 2025-06-18: every message is a POST that accepts JSON and
        an event stream; `Mcp-Session-Id` of the answer to `initialize` goes with every later message; a notification
        is answered with 202.
    """

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        super().__init__(HttpService("Echo Brain", "ECHO_BRAIN_URL", url, token, answer_timeout_s=answer_timeout_s))
        self._session_headers: dict[str, str] | None = None
        self._next_id = 0

    def store_fact(self, subject: str, predicate: str, object_: str) -> str:
        """Return what the server says of a fact that it is given, such as "stored".

        Raises:
            FactRefusedError: The server refuses this fact; others it may take.
            FactsNotSupportedError: The server has no memory that speaks the protocol.
        """
        arguments = {"subject": subject, "predicate": predicate, "object": object_}
        result = self._call("tools/call", {"name": STORE_FACT, "arguments": arguments})
        contents = result.get("content")
        texts = (
            [item.get("text", "") for item in contents if isinstance(item, dict)] if isinstance(contents, list) else []
        )
        answer = self._service.excerpt(" ".join(map(str, texts)))
        if result.get("isError"):
            raise FactRefusedError(f"Echo Brain at {self.url} refused a fact: {answer or 'no message'}")
        return answer

    def _call(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a request in the session, which begins now if there is none."""
        if self._session_headers is None:
            self._session_headers = self._begin_session()
        return self._request(method, parameters, self._session_headers)[0]

    def _begin_session(self) -> dict[str, str]:
        greeting = {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": _CLIENT}
        result, session_id = self._request(INITIALIZE, greeting, {})
        version = str(result.get("protocolVersion") or PROTOCOL_VERSION)
        headers = {"MCP-Protocol-Version": version} | ({"Mcp-Session-Id": session_id} if session_id else {})
        message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        with self._service.stream(
            "POST", MCP_PATH, accepted_statuses=(200, 202, 204), json=message, headers={"Accept": _ACCEPT} | headers
        ) as response:
            self._service.read_bytes(response, MAX_RESPONSE_BYTES)
        return headers

    def _request(
        self, method: str, parameters: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[dict[str, Any], str]:
        """Return the result of a request, and the session that the answer names, or ""."""
        self._next_id += 1
        message = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": dict(parameters)}
        accepted = (200, 404, 405) if method == INITIALIZE else (200,)
        with self._service.stream(
            "POST", MCP_PATH, accepted_statuses=accepted, json=message, headers={"Accept": _ACCEPT, **headers}
        ) as response:
            if response.status_code != 200:
                raise FactsNotSupportedError(
                    f"Echo Brain at {self.url} has no memory for facts: {MCP_PATH} answers {response.status_code}. "
                    "They stay in this studio's memory"
                )
            text = self._service.read_bytes(response, MAX_RESPONSE_BYTES).decode("utf-8", "replace")
            is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
            session_id = response.headers.get("mcp-session-id", "")
        answer = self._find_answer(_event_data(text) if is_stream else [text], self._next_id)
        if answer is None:
            found = self._service.excerpt(text)
            raise self._service.contract_error(MCP_PATH, found or "nothing", "an answer of the Model Context Protocol")
        if "error" in answer:
            found = self._service.excerpt(answer["error"])
            raise ServiceRejectedError(f"Echo Brain at {self.url}{MCP_PATH} refused {method}: {found}")
        result = answer.get("result")
        return (result if isinstance(result, dict) else {}), session_id

    def _find_answer(self, texts: list[str], request_id: int) -> dict[str, Any] | None:
        for text in texts:
            try:
                message = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict) and message.get("id") == request_id and {"result", "error"} & message.keys():
                return message
        return None


class FactsNotSupportedError(ServiceRejectedError):
    """This Echo Brain has no memory that speaks the protocol: it knows no such address."""


class FactRefusedError(ServiceRejectedError):
    """Echo Brain refuses one fact, not the connection."""


def _event_data(text: str) -> list[str]:
    """Return the data of every event in a stream of server-sent events."""
    events = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [
        "\n".join(
            line.removeprefix("data:").removeprefix(" ") for line in event.split("\n") if line.startswith("data:")
        )
        for event in events
    ]
