"""Every socket that `tower up` listens on, and what a hostile page or program sends to one."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import psutil

PLANTED = "planted-e01"
MUTATION = (
    'mutation { addDynamicPartition(repositorySelector: {repositoryLocationName: "tower_anime_assets", '
    f'repositoryName: "__repository__"}}, partitionsDefName: "episodes", partitionKey: "{PLANTED}") '
    "{ __typename } }"
)
"""Succeeds wherever it gets in, and can be seen afterwards."""

IN_BODY = json.dumps({"query": MUTATION})
IN_URL = f"/dagster/graphql?query={quote(MUTATION)}"

Address = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


def listening(processes: Sequence[psutil.Process]) -> set[Address]:
    """Return what processes listen on; what has just ended listens on nothing."""
    addresses: set[Address] = set()
    for process in processes:
        try:
            internet, local = process.net_connections("inet"), process.net_connections("unix")
        except psutil.NoSuchProcess:
            continue
        addresses |= {(one.laddr.ip, one.laddr.port) for one in internet if one.status == psutil.CONN_LISTEN}
        # Of a Unix socket, the kernel does not say whether it listens; only those with a path can be connected to.
        addresses |= {path for one in local if (path := str(one.laddr)) and Path(path).is_socket()}
    return addresses


def exchange(address: Address, request: str) -> bytes:
    """Send text to a socket and return the beginning of what it answers, b"" for nothing within two seconds."""
    kind = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as client:
        client.settimeout(2 if kind == socket.AF_UNIX else 30)
        try:
            client.connect(address)
            client.sendall(request.encode())
            return client.recv(4096)
        except (TimeoutError, ConnectionError):
            return b""


def request(method: str, target: str, headers: Mapping[str, str], body: str = "", host: str = "") -> str:
    """Return an HTTP/1.1 request; `host` is its Host header."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body.encode())}"] if body else []
    return "\r\n".join([*lines, "", body])


def upgrade(headers: Mapping[str, str], host: str) -> str:
    """Return the request that opens a WebSocket to GraphQL."""
    fixed = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "graphql-ws",
    }
    return request("GET", "/dagster/graphql", {**fixed, **headers}, host=host)


def attacks(host: str) -> dict[str, tuple[str, int]]:
    """Return each attack on a web server whose right Host is known, by name, with the status that must answer it."""
    as_json = {"Content-Type": "application/json"}
    own = f"http://{host}"
    evil, image = {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    return {
        "another Host": (request("GET", "/", {}, host="evil.example"), 421),
        "another Host for Dagster": (request("POST", "/dagster/graphql", as_json, IN_BODY, "evil.example"), 421),
        "two Hosts": (request("POST", "/dagster/graphql", {**as_json, "host": "evil.example"}, IN_BODY, host), 421),
        "no Host": (f"GET / HTTP/1.1\r\nX: {host}\r\n\r\n", 421),
        "another address in the request line": (request("GET", f"{own}/", {}, host="evil.example"), 421),
        "another Origin": (request("POST", "/dagster/graphql", {**as_json, **evil}, IN_BODY, host), 403),
        "Origin null": (request("POST", "/dagster/graphql", {**as_json, "Origin": "null"}, IN_BODY, host), 403),
        "another site's fetch": (request("POST", "/dagster/graphql", {**as_json, **image}, IN_BODY, host), 403),
        "another site's image": (request("GET", "/media/aa/bb.png", image, host=host), 403),
        "an event from another site": (request("POST", "/dagster/report_asset_check/a", evil, host=host), 403),
        "a mutation by GET": (request("GET", IN_URL, {}, host=host), 405),
        "a mutation by GET, spelt otherwise": (
            request("GET", IN_URL.replace("graphql", "%67raphql"), {}, host=host),
            405,
        ),
        "a mutation by a link": (
            request("GET", IN_URL, {**image, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, host=host),
            405,
        ),
        "a mutation in plain text": (request("POST", IN_URL, {"Content-Type": "text/plain"}, IN_BODY, host), 415),
        "a mutation in a form": (
            request("POST", IN_URL, {"Content-Type": "application/x-www-form-urlencoded"}, "a=b", host),
            415,
        ),
        "a mutation beside JSON in capitals": (
            request("POST", IN_URL, {"Content-Type": "Application/JSON"}, IN_BODY, host),
            415,
        ),
        "a WebSocket of another Origin": (upgrade(evil, host), 403),
        "a WebSocket of Origin null": (upgrade({"Origin": "null"}, host), 403),
        "a WebSocket to another Host": (upgrade({"Origin": own}, "evil.example"), 403),
        "a WebSocket of another site": (upgrade({"Origin": own, "Sec-Fetch-Site": "cross-site"}, host), 403),
    }
