"""Who may ask, by token, cookie, proxy or none; wrong secrets are slowed down, right ones are not."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.store import access_tokens
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.access import MAX_FAILURES, MAX_FAILURES_IN_ALL, Access, AccessDenied, Caller
from tower_anime_assets_tests.conftest import DatabaseServer

T = TypeVar("T")

HERE = Settings(Path("/projects"), Path("/home"))
BEYOND = replace(HERE, bind="192.0.2.1", public_url="http://192.0.2.1:3000")
PUBLIC = replace(HERE, public_url="https://tower.example")


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        self.now_s += 1e-6  # no two moments are the same
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(database_server: DatabaseServer) -> Iterator[Database]:
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture
def access(tokens: Database, clock: Clock) -> Callable[[Settings], Access]:
    return lambda settings: Access(settings, tokens, clock)


def run(work: Awaitable[T]) -> T:
    async def run_it() -> T:
        return await work

    return asyncio.run(run_it())


def request(client: str = "127.0.0.1", host: str = "127.0.0.1:3000", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "client": (client, 5), "headers": [(b"host", host.encode()), *named]}


def refused(access: Access, scope: dict[str, Any]) -> AccessDenied:
    with pytest.raises(AccessDenied) as denied:
        run(access.identify(scope))
    return denied.value


def session_of(access: Access, scope: dict[str, Any], token: str) -> dict[str, Any]:
    """Sign in, and return the request with the cookie."""
    name, _, value = run(access.sign_in(scope, token)).partition(";")[0].partition("=")
    return {**scope, "headers": [*scope["headers"], (b"cookie", f"a=1; {name}={value}".encode())]}


def test_on_this_machine_without_tokens_everybody_is_its_user(access: Callable[[Settings], Access]) -> None:
    here = access(HERE)
    assert run(here.identify(request())) == Caller(getpass.getuser(), Scope.SPEND, has_cookie=False)


@pytest.mark.chaos
@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "via", "x_real_ip", "x_forwarded_host"])
def test_a_proxy_before_a_loopback_address_opens_it_to_nobody(
    access: Callable[[Settings], Access], header: str
) -> None:
    denied = refused(access(HERE), request(**{header: "127.0.0.1"}))
    assert (denied.status, "tower token add" in denied.message) == (401, True)


@pytest.mark.parametrize(
    "settings",
    [BEYOND, PUBLIC, replace(HERE, bind="0.0.0.0"), replace(HERE, proxy_header="Remote-User")],  # noqa: S104
)
def test_whoever_can_be_reached_from_elsewhere_wants_to_know_who_asks(
    access: Callable[[Settings], Access], settings: Settings
) -> None:
    assert refused(access(settings), request()).status == 401


def test_a_token_is_known_at_once_and_forgotten_within_seconds(
    access: Callable[[Settings], Access], tokens: Database, clock: Clock
) -> None:
    here = access(HERE)
    assert run(here.identify(request())).name == getpass.getuser()
    token = access_tokens.add_token(tokens, "Luna", Scope.DIRECT, None, "me")
    asked = request(authorization=f"Bearer {token}")
    clock.now_s += 3
    assert refused(here, request()).status == 401, "as soon as there is a token, everybody needs one"
    second = access_tokens.add_token(tokens, "Viktor", Scope.READ, None, "me")
    clock.now_s += 0.1
    assert run(here.identify(request(authorization=f"bearer {second}"))).name == "Viktor"
    assert run(here.identify(asked)) == Caller("Luna", Scope.DIRECT, has_cookie=False)
    access_tokens.revoke_token(tokens, "Luna", "me")
    clock.now_s += 2.1
    assert refused(here, asked).status == 401
    access_tokens.revoke_token(tokens, "Viktor", "me")
    clock.now_s += 2.1
    assert run(here.identify(request())).name == getpass.getuser(), "nobody has a token, as at first"


def test_a_token_ends_when_it_expires_and_still_keeps_the_door_closed(
    access: Callable[[Settings], Access], tokens: Database, clock: Clock
) -> None:
    here = access(HERE)
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, 1, "me")
    asked = request(authorization=f"Bearer {token}")
    assert run(here.identify(asked)).name == "Luna"
    here._known = replace(here._known, asked_at=clock.now_s)
    found = here._known.credentials[access_tokens.digest_of(token)]
    assert found.left_s is not None
    here._known = replace(here._known, asked_at=clock.now_s - found.left_s + 1)
    clock.now_s += 1.5
    assert here._match(found.secret_sha256, is_session=False) is None
    assert refused(here, request()).status == 401


def test_a_cookie_stands_for_its_token_and_neither_passes_for_the_other(
    access: Callable[[Settings], Access], tokens: Database
) -> None:
    here = access(HERE)
    token = access_tokens.add_token(tokens, "Luna", Scope.SPEND, None, "me")
    with_cookie = session_of(here, request(), token)
    cookie = with_cookie["headers"][-1][1].decode()
    assert token not in cookie
    assert run(here.identify(with_cookie)) == Caller("Luna", Scope.SPEND, has_cookie=True)
    session = cookie.partition("tower_session_3000=")[2]
    assert refused(here, request(authorization=f"Bearer {session}")).status == 401
    assert refused(here, request(cookie=f"tower_session_3000={token}")).status == 401
    assert refused(here, request(cookie=f"tower_session_3001={session}")).status == 401, "another server's cookie"
    again = session_of(here, with_cookie, token)
    assert refused(here, with_cookie).status == 401, "signing in again ends the session before"
    assert "Max-Age=0;" in run(here.sign_out(again))
    assert refused(here, again).status == 401


@pytest.mark.parametrize(
    ("settings", "host", "name", "end"),
    [
        (HERE, "127.0.0.1:3000", "tower_session_3000", "Path=/; HttpOnly; SameSite=Strict"),
        (PUBLIC, "127.0.0.1:3000", "tower_session_3000", "Path=/; HttpOnly; SameSite=Strict"),
        (PUBLIC, "tower.example", "__Host-tower_session_3000", "Path=/; HttpOnly; SameSite=Strict; Secure"),
        (PUBLIC, "Tower.example:443", "__Host-tower_session_3000", "Path=/; HttpOnly; SameSite=Strict; Secure"),
        (
            replace(HERE, public_url="https://Türm.example"),
            "xn--trm-hoa.example",
            "__Host-tower_session_3000",
            "Secure",
        ),
        (replace(HERE, public_url="http://tower.example"), "tower.example", "tower_session_3000", "SameSite=Strict"),
        (replace(PUBLIC, web_port=4000), "tower.example", "__Host-tower_session_4000", "SameSite=Strict; Secure"),
    ],
)
def test_a_cookie_is_secure_where_the_public_address_is(
    access: Callable[[Settings], Access], tokens: Database, settings: Settings, host: str, name: str, end: str
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    cookie = run(access(settings).sign_in(request(host=host), token))
    assert cookie.startswith(f"{name}=tower_")
    assert "Max-Age=12095" in cookie or "Max-Age=1209600;" in cookie
    assert cookie.endswith(end)


@pytest.mark.chaos
def test_a_secret_in_any_wrong_form_is_refused(access: Callable[[Settings], Access], tokens: Database) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.SPEND, None, "me")
    here = access(HERE)
    twice = {**request(), "headers": [(b"authorization", f"Bearer {token}".encode())] * 2}
    assert refused(here, twice).status == 401
    for wrong in ("", token[:-1], f"{token}x", token.upper(), access_tokens.digest_of(token), "\xff" * 40):
        assert refused(here, request(client=f"10.0.0.{len(wrong)}", authorization=f"Bearer {wrong}")).status == 401
    assert refused(here, request(authorization=f"Basic {token}")).status == 401
    assert refused(here, request(x_token=token)).status == 401
    assert run(here.identify(request(authorization=f"Bearer {token}"))).name == "Luna"


def test_a_trusted_proxy_names_people_and_nobody_else_does(
    access: Callable[[Settings], Access], tokens: Database
) -> None:
    settings = replace(
        HERE, proxy_header="Remote-User", proxy_scope=Scope.SPEND, trusted_proxies=(ip_network("10.9.0.0/16"),),
        bind="192.0.2.1",
    )  # fmt: skip
    proxied = access(settings)
    assert run(proxied.identify(request("10.9.0.3", remote_user="J\xc3\xbcrgen"))) == Caller(
        "Jürgen", Scope.SPEND, has_cookie=True
    )
    for attack in (
        request("10.8.0.3", remote_user="root"),
        request("127.0.0.1", remote_user="root"),
        request("10.8.0.3", remote_user="root", x_forwarded_for="10.9.0.3"),
        request("10.9.0.3"),
        request("10.9.0.3", remote_user=""),
        request("10.9.0.3", remote_user="x" * 65),
        request("10.9.0.3", remote_user="\x1b[31mroot"),
        {**request("10.9.0.3"), "headers": [(b"remote-user", b"root"), (b"remote-user", b"luna")]},
        {**request("10.9.0.3"), "client": None},
    ):
        assert refused(proxied, attack).status == 401
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    both = request("10.9.0.3", remote_user="Viktor", authorization=f"Bearer {token}")
    assert run(proxied.identify(both)).name == "Luna"
    assert run(access(replace(settings, proxy_scope=Scope.READ)).identify(request("10.9.0.3", remote_user="A"))) == (
        Caller("A", Scope.READ, has_cookie=True)
    )


@pytest.mark.chaos
def test_whoever_guesses_has_to_wait_and_nobody_else(
    access: Callable[[Settings], Access], tokens: Database, clock: Clock
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    here = access(BEYOND)
    signed_in = session_of(here, request("203.0.113.5"), token)
    for number in range(MAX_FAILURES):
        status = refused(here, request("203.0.113.5", authorization=f"Bearer tower_{number}")).status
        assert status == (401 if number < MAX_FAILURES - 1 else 429)
        clock.now_s += 1
    for guess in (request("203.0.113.5", authorization="Bearer tower_another"),
                  request("203.0.113.5", authorization=f"Bearer {token}"), request("203.0.113.5")):  # fmt: skip
        denied = refused(here, guess)
        assert (denied.status, round(denied.retry_after_s or 0)) == (429, 50), "60 s after the first of them"
    with pytest.raises(AccessDenied) as denied_sign_in:
        run(here.sign_in(request("203.0.113.5"), token))
    assert denied_sign_in.value.status == 429
    assert run(here.identify(signed_in)).name == "Luna", "whoever had signed in there goes on"
    assert run(here.identify(request("203.0.113.6", authorization=f"Bearer {token}"))).name == "Luna"
    clock.now_s += 50
    assert run(here.identify(request("203.0.113.5", authorization=f"Bearer {token}"))).name == "Luna"


@pytest.mark.chaos
def test_guesses_from_everywhere_are_slowed_down_in_bounded_memory_and_a_right_token_is_not(
    access: Callable[[Settings], Access], tokens: Database
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    here = access(BEYOND)
    statuses = [
        refused(here, request(f"203.{number >> 8}.{number & 255}.1", authorization=f"Bearer {number}")).status
        for number in range(3 * MAX_FAILURES_IN_ALL)
    ]
    assert statuses.count(401) == MAX_FAILURES_IN_ALL - 1
    assert set(statuses[MAX_FAILURES_IN_ALL:]) == {429}
    assert len(here.failures) == MAX_FAILURES_IN_ALL
    assert sys.getsizeof(here.failures._failures) < 20_000
    assert run(here.identify(request("198.51.100.7", authorization=f"Bearer {token}"))).name == "Luna"
    assert run(here.sign_in(request("198.51.100.7"), token))


def test_a_page_left_open_after_its_session_is_no_guessing(
    access: Callable[[Settings], Access], tokens: Database
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    here = access(BEYOND)
    left_open = session_of(here, request(), token)
    run(here.sign_out(left_open))
    for _ in range(3 * MAX_FAILURES):
        assert refused(here, left_open).status == 401
        assert refused(here, request(authorization="Bearer tower_old")).status == 401
    assert len(here.failures) == 2
    assert run(here.identify(session_of(here, request(), token))).name == "Luna"


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 127.0.0.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "", "203.0.113.5"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_failures_are_counted_where_they_come_from(
    access: Callable[[Settings], Access], client: str, forwarded: str, address: str
) -> None:
    assert access(BEYOND).address_of(request(client, x_forwarded_for=forwarded)) == address


@pytest.mark.chaos
def test_a_database_that_is_away_lets_the_known_go_on_for_a_minute_and_nobody_in(
    access: Callable[[Settings], Access], tokens: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    here = access(BEYOND)
    known, other = (request(authorization=f"Bearer {one}") for one in (token, "tower_other"))
    assert run(here.identify(known)).name == "Luna"
    tokens.close()
    monkeypatch.setattr(tokens, "url", "postgresql://tower@127.0.0.1:9/tower")
    monkeypatch.setattr(tokens, "reconnect_timeout_s", 0.2)
    clock.now_s += 10
    assert run(here.identify(known)).name == "Luna"
    assert refused(here, other).status == 503, "it may be right"
    assert len(here.failures) == 0
    clock.now_s += 60
    denied = refused(here, known)
    assert (denied.status, denied.retry_after_s) == (503, 3.0)
    assert "127.0.0.1" not in denied.message


def test_what_is_known_costs_no_query(
    access: Callable[[Settings], Access], tokens: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    here = access(BEYOND)
    queries: list[str] = []
    fetch_all = tokens.fetch_all
    monkeypatch.setattr(tokens, "fetch_all", lambda name: queries.append(name) or fetch_all(name))  # type: ignore[func-returns-value]
    for _ in range(50):
        clock.now_s += 0.03
        run(here.identify(request(authorization=f"Bearer {token}")))
        for wrong in ("tower_a", "tower_b"):
            refused(here, request(authorization=f"Bearer {wrong}"))
    assert len(queries) == 3, "one, and one for each wrong token when it is first seen"
