"""Every way in which a page of another site, or a caller who may not, tries to get past the guard."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.web.access import CALLER_KEY, AccessDenied, Caller
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.guard import MAX_GRAPHQL_BYTES, Guard
from tower_anime_assets.web.pages import html_page
from tower_anime_assets_tests.web.asgi_client import Headers, ask, connect

pytestmark = pytest.mark.chaos

HOST = ("Host", "127.0.0.1:3000")
ORIGIN = ("Origin", "http://127.0.0.1:3000")
JSON = ("Content-Type", "application/json")
GRAPHQL = "/dagster/graphql"
QUERY = json.dumps({"query": "query One { runsOrError { __typename } }"}).encode()
MUTATION = json.dumps({"query": "mutation One { wipeAssets }"}).encode()


@dataclass
class Inner:
    """Stands for what is behind the guard: says what came through."""

    requests: list[tuple[str, bytes]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    callers: list[Caller | None] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.callers.append(scope.get("state", {}).get(CALLER_KEY))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] == "websocket.receive":
                self.messages.append(message["text"])
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        self.requests.append((scope["path"], body))
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"inside"})


@dataclass
class KnownCaller:
    """Stands for tokens and sign-in: one caller, or a denial."""

    result: Caller | Exception

    async def identify(self, scope: Mapping[str, Any]) -> Caller:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


SETTINGS = Settings(Path("/shows"), Path("/home"), public_url="https://Tower.Example:8443")
SPENDER = Caller("mira", Scope.SPEND, has_cookie=False)
READER = Caller("rei", Scope.READ, has_cookie=False)


def guarded(result: Caller | Exception = SPENDER) -> tuple[Guard, Inner]:
    inner = Inner()
    return Guard(inner, allowed_hosts(SETTINGS), allowed_origins(SETTINGS), KnownCaller(result)), inner


@pytest.mark.parametrize(
    "headers",
    [
        [HOST],
        [("Host", "LOCALHOST:3000")],
        [("Host", "tower.example:8443"), ("Origin", "https://tower.example:8443")],
        [("Host", "tower.example")],  # a proxy that passes on the name without its port
        [HOST, ORIGIN, ("Sec-Fetch-Site", "same-origin")],
        [HOST, ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
        [HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
    ],
)
def test_our_own_pages_programs_and_links_from_elsewhere_get_in(headers: Headers) -> None:
    guard, inner = guarded()
    assert ask(guard, "GET", "/episodes/small-e01", headers).body == b"inside"
    assert inner.callers == [SPENDER]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 421),
        ([("Host", "evil.example")], 421),
        ([("Host", "evil.example:3000")], 421),
        ([("Host", "127.0.0.1")], 421),
        ([("Host", "127.0.0.1:3001")], 421),
        ([("Host", "127.0.0.1:3000.evil.example")], 421),
        ([("Host", "127.0.0.1:3000@evil.example")], 421),
        ([HOST, ("Host", "evil.example")], 421),
        ([("Host", "evil.example"), HOST], 421),
        ([HOST, HOST], 421),
        ([("Host", "evil.example"), ("X-Forwarded-Host", "127.0.0.1:3000")], 421),
        ([HOST, ("Origin", "http://evil.example")], 403),
        ([HOST, ("Origin", "null")], 403),
        ([HOST, ("Origin", "")], 403),
        ([HOST, ("Origin", "http://127.0.0.1:3001")], 403),
        ([HOST, ("Origin", "https://127.0.0.1:3000")], 403),
        ([HOST, ("Origin", "http://127.0.0.1:3000.evil.example")], 403),
        ([HOST, ("Origin", "http://tower.example:8443")], 403),
        ([HOST, ORIGIN, ("Origin", "http://evil.example")], 403),
        ([HOST, ("Sec-Fetch-Site", "cross-site")], 403),
        ([HOST, ("Sec-Fetch-Site", "same-site")], 403),
        ([HOST, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], 403),
        ([HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")], 403),
        ([HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")], 403),
    ],
)
@pytest.mark.parametrize("target", ["/", "/media/ab/cd.mp4", "/dagster/", GRAPHQL, "/health", "/sign-in"])
def test_other_names_and_what_other_sites_send_are_refused_everywhere(
    headers: Headers, status: int, target: str
) -> None:
    guard, inner = guarded()
    assert ask(guard, "GET", target, headers).status == status
    assert ask(guard, "POST", target, [*headers, JSON], [QUERY]).status == status
    assert not connect(guard, target, headers).is_accepted
    assert inner.callers == []


def test_a_form_of_another_site_is_refused_although_it_navigates() -> None:
    guard, inner = guarded()
    headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    assert ask(guard, "POST", GRAPHQL, [HOST, JSON, *headers], [QUERY]).status == 403
    assert inner.requests == []


@pytest.mark.parametrize(
    "target", [f"{GRAPHQL}?query=mutation{{wipeAssets}}", f"{GRAPHQL}/?query=x", "/dagster//graphql?query=x"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_changed_by_get(method: str, target: str) -> None:
    guard, inner = guarded()
    navigation = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    for headers in ([], [("Accept", "text/html")], navigation if method == "GET" else []):
        assert ask(guard, method, target, [HOST, *headers]).status == 405
    assert inner.requests == []


@pytest.mark.parametrize(
    "content_type",
    [
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "multipart/form-data; boundary=x")],
        [("Content-Type", "text/plain; application/json")],
        [("Content-Type", "Application/JSON")],
        [("Content-Type", "application/graphql")],
        [JSON, ("Content-Type", "text/plain")],
        [("Content-Type", "text/plain"), JSON],
    ],
)
def test_a_body_that_any_page_may_send_or_that_dagster_would_read_otherwise_is_refused(content_type: Headers) -> None:
    guard, inner = guarded()
    length = ("Content-Length", str(len(MUTATION)))
    for target in (GRAPHQL, f"{GRAPHQL}?query=mutation{{wipeAssets}}", "/dagster/report_asset_check/a", "/anything"):
        assert ask(guard, "POST", target, [HOST, length, *content_type], [MUTATION]).status == 415
    assert inner.requests == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
@pytest.mark.parametrize("target", ["/dagster/", "/dagster/runs", "/dagster/report_asset_all/x", f"{GRAPHQL}/"])
def test_no_other_method_reaches_dagster(method: str, target: str) -> None:
    guard, inner = guarded()
    assert ask(guard, method, target, [HOST, JSON], [MUTATION]).status == 405
    assert inner.requests == []


def test_what_the_web_ui_and_scripts_send_gets_in() -> None:
    guard, inner = guarded()
    for headers in ([HOST, JSON], [HOST, ORIGIN, ("Content-Type", "application/json; charset=utf-8")]):
        assert ask(guard, "POST", GRAPHQL, headers, [MUTATION]).status == 200
    assert ask(guard, "GET", GRAPHQL, [HOST, ("Accept", "text/html")]).status == 200
    for kind in ("materialization", "check", "observation"):
        path = f"/dagster/report_asset_{kind}/masters"
        assert ask(guard, "POST", f"{path}?partition=small-e01", [HOST, ("Content-Length", "0")]).status == 200
        assert ask(guard, "POST", path, [HOST, JSON], [b"{}"]).status == 200
    assert [body for _path, body in inner.requests] == [MUTATION, MUTATION, b"", b"", b"{}", b"", b"{}", b"", b"{}"]
    assert connect(guard, GRAPHQL, [HOST, ORIGIN], [{"payload": {"query": "mutation { a }"}}]).is_accepted
    assert len(inner.messages) == 1


COOKIE = Caller("mira", Scope.SPEND, has_cookie=True)


def test_a_cookie_alone_changes_nothing_and_opens_no_websocket() -> None:
    guard, inner = guarded(COOKIE)
    for target in (GRAPHQL, "/dagster/report_asset_check/a", "/sign-out", "/api/director/sessions"):
        assert ask(guard, "POST", target, [HOST, JSON], [QUERY]).status == 403
        assert not connect(guard, target, [HOST]).is_accepted
    assert inner.requests == []
    assert ask(guard, "GET", "/", [HOST]).status == 200
    assert ask(guard, "POST", GRAPHQL, [HOST, ORIGIN, JSON], [MUTATION]).status == 200
    assert connect(guard, GRAPHQL, [HOST, ORIGIN]).is_accepted


@pytest.mark.parametrize("scope", [Scope.READ, Scope.DIRECT])
@pytest.mark.parametrize(
    "body",
    [
        MUTATION,
        json.dumps({"query": "query A { a } mutation B { b }", "operationName": "A"}).encode(),
        json.dumps({"query": "# query\n fragment F on M { b } mutation { ...F }"}).encode(),
        json.dumps([{"query": "{ a }"}, {"query": "mutation { b }"}]).encode(),
        b'{"query": "{ a }", "query": "mutation { b }"}',
        json.dumps({"query": "mutation { b }"}).encode("utf-16"),
    ],
)
def test_a_mutation_needs_the_scope_spend(scope: Scope, body: bytes) -> None:
    guard, inner = guarded(Caller("rei", scope, has_cookie=False))
    answer = ask(guard, "POST", GRAPHQL, [HOST, JSON], [body[:9], body[9:]])
    assert answer.status == 403
    assert b"`spend`" in answer.body
    assert inner.requests == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"3", 400),
        (b'["{ a }"]', 400),
        (b'{"query": {"a": 1}}', 400),
        (b'{"query": "mutation"}', 400),
        (b"[" * 100_000, 400),
        (json.dumps({"query": "{a" * 50_000}).encode(), 400),
        (json.dumps({"query": "{ a " + "#" * 100_000 + "\n}"}).encode(), 400),
        (json.dumps([{"query": "{ a }"}] * 101).encode(), 400),
        (b" " * (MAX_GRAPHQL_BYTES + 1), 413),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_in_time(body: bytes, status: int) -> None:
    guard, inner = guarded(READER)
    began = time.monotonic()
    assert ask(guard, "POST", GRAPHQL, [HOST, JSON], [body]).status == status
    assert time.monotonic() - began < 5
    assert inner.requests == []


def test_queries_pass_without_it_unchanged_and_nothing_else_changes_anything() -> None:
    guard, inner = guarded(READER)
    batch = b"[" + QUERY + b"]"
    for body in (QUERY, batch):
        assert ask(guard, "POST", GRAPHQL, [HOST, JSON], [body[:5], body[5:]]).status == 200
    assert inner.requests == [(GRAPHQL, QUERY), (GRAPHQL, batch)]
    for target in ("/dagster/report_asset_check/a", "/anything"):
        assert ask(guard, "POST", target, [HOST, JSON], [b"{}"]).status == 403
    assert ask(guard, "POST", "/sign-out", [HOST]).status == 200


def start(query: str, kind: str = "start") -> dict[str, Any]:
    return {"type": kind, "id": "1", "payload": {"query": query, "variables": {}}}


def test_a_websocket_carries_subscriptions_and_queries_and_ends_before_a_mutation() -> None:
    for kind in ("start", "subscribe"):
        guard, inner = guarded(READER)
        allowed = [{"type": "connection_init"}, start("subscription S { pipelineRunLogs }", kind), start("{ a }", kind)]
        went = connect(guard, GRAPHQL, [HOST, ORIGIN], [*allowed, start("mutation { b }", kind), start("{ c }", kind)])
        assert (went.is_accepted, went.code) == (True, 1008)
        assert [json.loads(text) for text in inner.messages] == allowed


@pytest.mark.parametrize("message", ["{", '"x"', start("mutation"), start("{ a } mutation B { b }"), {"query": 3}])
def test_a_message_that_cannot_be_read_ends_the_websocket(message: Any) -> None:
    guard, inner = guarded(READER)
    assert connect(guard, GRAPHQL, [HOST, ORIGIN], [message]).code == 1008
    assert inner.messages == []


def test_who_is_unknown_is_sent_to_sign_in_by_browsers_and_told_so_otherwise() -> None:
    guard, inner = guarded(AccessDenied(401, "Sign in, or send a token.", None))
    page = [HOST, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Dest", "document")]
    for headers in (page, [HOST, ("Accept", "text/html,*/*")]):
        answer = ask(guard, "GET", "/dagster/runs?a=1&b=2", headers)
        assert (answer.status, answer.header("location")) == (303, "/sign-in?next=/dagster/runs%3Fa%3D1%26b%3D2")
    for target in ("//evil.example/x", "/\\evil.example"):
        assert ask(guard, "GET", target, page).header("location") == "/sign-in?next=/"
    answer = ask(guard, "GET", "/media/ab/cd.png", [HOST, ("Sec-Fetch-Mode", "no-cors"), ("Accept", "text/html")])
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")
    assert ask(guard, "POST", GRAPHQL, [HOST, JSON, ("Accept", "text/html")], [QUERY]).status == 401
    assert json.loads(ask(guard, "GET", "/", [HOST, ("Accept", "application/json")]).body) == {
        "detail": "Sign in, or send a token."
    }
    assert not connect(guard, GRAPHQL, [HOST, ORIGIN]).is_accepted
    assert inner.callers == []
    assert ask(guard, "GET", "/health", [HOST]).status == 200
    assert ask(guard, "POST", "/sign-in", [HOST, ("Content-Type", "application/x-www-form-urlencoded")]).status == 200


def test_who_asks_too_often_or_while_the_database_is_away_is_told_when_to_come_again() -> None:
    answer = ask(guarded(AccessDenied(429, "Too many failures.", 7.2))[0], "GET", "/", [HOST, ("Accept", "text/html")])
    assert (answer.status, answer.header("retry-after")) == (429, "8")
    answer = ask(guarded(ServiceUnavailableError("the database does not answer"))[0], "GET", "/", [HOST])
    assert (answer.status, answer.header("retry-after")) == (503, "5")
    assert b"the database does not answer" in answer.body


def test_every_answer_says_what_browsers_must_not_do_with_it() -> None:
    guard, inner = guarded()
    inner.headers = [(b"content-security-policy", b"script-src 'nonce-1'"), (b"referrer-policy", b"unsafe-url")]
    dagster = ask(guard, "GET", "/dagster/", [HOST])
    assert [value for name, value in dagster.headers if name == "content-security-policy"] == [
        "script-src 'nonce-1'",
        "frame-ancestors 'self'",
    ]
    inner.headers = []
    for answer in (ask(guard, "GET", "/", [HOST]), ask(guard, "GET", "/", [])):
        policy = answer.header("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.header("x-frame-options") == "DENY"
    for answer in (dagster, ask(guard, "GET", "/", [HOST])):
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"


def test_the_policy_allows_the_style_of_our_pages_and_they_have_no_other() -> None:
    policy = ask(guarded()[0], "GET", "/", [HOST]).header("content-security-policy")
    page = html_page("Title", "<p>text</p>")
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert page.count("<style") == 1


@pytest.mark.parametrize(
    ("url", "hosts", "origin"),
    [
        ("https://Türm.example", {"xn--trm-hoa.example", "xn--trm-hoa.example:443"}, "https://xn--trm-hoa.example"),
        ("http://tower.local:80", {"tower.local", "tower.local:80"}, "http://tower.local"),
        ("http://[::1]:9000", {"[::1]", "[::1]:9000"}, "http://[::1]:9000"),
    ],
)
def test_a_public_address_is_compared_as_browsers_write_it(url: str, hosts: set[str], origin: str) -> None:
    local, public = (Settings(Path("/shows"), Path("/home"), public_url=one) for one in ("", url))
    assert allowed_hosts(public) - allowed_hosts(local) == hosts
    assert allowed_origins(public) - allowed_origins(local) == {origin}


@pytest.mark.parametrize(
    ("bind", "name"), [("127.0.0.2", "127.0.0.2"), ("::1", "[::1]"), ("192.168.1.20", "192.168.1.20")]
)
def test_the_address_that_it_listens_on_is_ours_too_and_no_other(bind: str, name: str) -> None:
    settings = Settings(Path("/shows"), Path("/home"), bind=bind)
    guard = Guard(Inner(), allowed_hosts(settings), allowed_origins(settings), KnownCaller(SPENDER))
    ours = [("Host", f"{name}:3000"), ("Origin", f"http://{name}:3000")]
    assert ask(guard, "GET", "/", ours).status == 200
    assert ask(guard, "GET", "/", [("Host", f"{name}:3001")]).status == 421
    assert ask(guard, "GET", "/", [("Host", "192.168.1.21:3000")]).status == 421
    assert ask(guard, "GET", "/", [ours[0], ("Origin", "http://192.168.1.21:3000")]).status == 403
