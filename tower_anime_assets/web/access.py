"""Who asks: by a bearer token, a session's cookie, a trusted proxy's header, or from this machine where that is enough.

What is known of tokens and sessions is kept in memory. It is read again when it is older than two seconds, and for a
secret that is not among it. So a request costs a digest, and a token that is revoked is refused within seconds.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from tower_anime_assets.errors import TowerError
from tower_anime_assets.safe_text import visible
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.store import access_tokens
from tower_anime_assets.store.access_tokens import Credential, digest_of
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.addresses import public_hosts

CALLER_KEY = "caller"
"""Where the guard puts the `Caller` into `scope["state"]` of a request."""

KNOWN_S = 2.0
"""How long what was read of tokens and sessions is taken for true."""

WAIT_S = 3.0
"""How long a request waits for it to be read again."""

AWAY_S = 60.0
"""How long it is taken for true while the database does not answer: nobody can be seen to be revoked then."""

WINDOW_S = 60.0
MAX_FAILURES = 10
"""Wrong secrets from one address within the window."""
MAX_FAILURES_IN_ALL = 100
"""Wrong secrets from all addresses within the window, and how many are remembered."""

FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"forwarded", b"via"})
"""Headers by which a proxy says that somebody else asks."""


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        name: Who stands on record for what is asked.
        has_cookie: Whether the browser says so by itself, by a cookie or the cookie of a proxy: then other sites can
            make it ask, and their requests have to be told apart.
    """

    name: str
    scope: Scope
    has_cookie: bool


class AccessDenied(Exception):  # noqa: N818 - the field's term
    """A request is not answered.

    Attributes:
        status: 401 who it is is not known, 403 not allowed, 429 too many wrong secrets, 503 cannot be known now.
        retry_after_s: After which time it may be answered, None where time changes nothing.
    """

    def __init__(self, status: int, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


class FailureLimit:
    """Wrong secrets of the last minute: an address that tries many has to wait, and so has everybody with a wrong one.

    The same wrong secret counts once: a page left open after its session has ended is no guessing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._failures)

    def record(self, address: str, failure: str) -> None:
        """Remember a wrong secret, by a name that only it has, unless as many are remembered as ever."""
        self._forget()
        if len(self._failures) < MAX_FAILURES_IN_ALL:
            self._failures.setdefault((address, failure), self._clock())

    def is_recorded(self, address: str, failure: str) -> bool:
        """Return whether this wrong secret is remembered."""
        return (address, failure) in self._failures

    def wait_s(self, address: str | None = None) -> float:
        """Return how long an address, or with None everybody with a wrong secret, has to wait; 0 for not at all."""
        self._forget()
        limit = MAX_FAILURES_IN_ALL if address is None else MAX_FAILURES
        times = [at for (where, _), at in self._failures.items() if address is None or where == address]
        return times[-limit] + WINDOW_S - self._clock() if len(times) >= limit else 0.0

    def _forget(self) -> None:
        oldest = self._clock() - WINDOW_S
        while self._failures and next(iter(self._failures.values())) <= oldest:  # they are in order of time
            del self._failures[next(iter(self._failures))]


@dataclass(frozen=True)
class _Known:
    """What was read of tokens and sessions, and when that was asked for."""

    credentials: Mapping[str, Credential] = field(default_factory=dict)
    asked_at: float = float("-inf")

    @property
    def has_tokens(self) -> bool:
        return any(not one.is_session for one in self.credentials.values())


class Access:
    """Tells who asks, for one web server."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self.failures = FailureLimit(clock)
        self._settings = settings
        self._database = database
        self._clock = clock
        self._known = _Known()
        self._loading: asyncio.Task[None] | None = None
        self._problem = ""
        self._user = settings.user

    async def identify(self, scope: Mapping[str, Any]) -> Caller:
        """Return who sends an ASGI `http` or `websocket` request.

        Raises:
            AccessDenied: Nobody who is known; too many wrong secrets came from there; or the database is away.
        """
        known = await self._known_since(self._clock() - KNOWN_S)
        if not self._needs_sign_in(known):
            if not any(name in FORWARDED for name, _ in scope["headers"]):
                return Caller(self._user, Scope.SPEND, has_cookie=False)
            raise AccessDenied(
                401, "A proxy passes this on, and Tower has no tokens to tell people apart. Run `tower token add NAME`."
            )
        if (token := _bearer_of(scope)) is not None:
            self._refuse_guesser(scope)
            if found := await self._find(scope, token, is_session=False):
                return Caller(found.name, found.scope, has_cookie=False)
            raise self._denied(scope)
        for cookie in self._cookies_of(scope):
            if found := await self._find(scope, cookie, is_session=True):
                return Caller(found.name, found.scope, has_cookie=True)
        if name := self._name_by_proxy(scope):
            return Caller(name, self._settings.proxy_scope, has_cookie=True)
        self._refuse_guesser(scope)
        raise AccessDenied(401, "Sign in at /sign-in, or send a token: `Authorization: Bearer TOKEN`.")

    async def sign_in(self, scope: Mapping[str, Any], token: str) -> str:
        """Open a session for whoever has this token, and return its cookie as a `Set-Cookie` header.

        Raises:
            AccessDenied: The token is wrong, or too many wrong ones came from there.
            TowerError: The database does not answer.
        """
        self._refuse_guesser(scope)
        failure = _failure_of(digest_of(token), is_session=False)
        if self.failures.is_recorded(self.address_of(scope), failure):
            raise self._denied(scope)
        former = next(iter(self._cookies_of(scope)), "")
        opened = await asyncio.to_thread(access_tokens.open_session, self._database, token, former)
        if opened is None:
            self.failures.record(self.address_of(scope), failure)
            raise self._denied(scope)
        await self._known_since(self._clock())
        secret, left_s = opened
        return self._cookie(scope, secret, left_s)

    async def sign_out(self, scope: Mapping[str, Any]) -> str:
        """End the session of a request, and return the `Set-Cookie` header that has the browser forget it."""
        for cookie in self._cookies_of(scope):
            await asyncio.to_thread(access_tokens.end_session, self._database, cookie)
        await self._known_since(self._clock())
        return self._cookie(scope, "", 0)

    def address_of(self, scope: Mapping[str, Any]) -> str:
        """Return the address that a request comes from, behind trusted proxies; of IPv6 the network of one customer."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if self._is_trusted(address):
            hops = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
            for hop in reversed(hops.decode("latin-1").split(",")):
                if not _is_address(hop.strip()):
                    break
                address = hop.strip()
                if not self._is_trusted(address):
                    break
        return _network_of(address)

    def _needs_sign_in(self, known: _Known) -> bool:
        return self._settings.is_exposed or bool(self._settings.proxy_header) or known.has_tokens

    def _refuse_guesser(self, scope: Mapping[str, Any]) -> None:
        if wait_s := self.failures.wait_s(self.address_of(scope)):
            raise _too_many(wait_s)

    def _denied(self, scope: Mapping[str, Any]) -> AccessDenied:
        """Return the refusal of a wrong token."""
        if wait_s := self.failures.wait_s(self.address_of(scope)) or self.failures.wait_s():
            return _too_many(wait_s)
        return AccessDenied(401, "This token is not valid: it is wrong, has expired, or was revoked.")

    async def _find(self, scope: Mapping[str, Any], secret: str, *, is_session: bool) -> Credential | None:
        """Return whom a secret stands for, None if it is not valid; a wrong one is remembered."""
        digest, address = digest_of(secret), self.address_of(scope)
        failure = _failure_of(digest, is_session=is_session)
        if found := self._match(digest, is_session=is_session):
            return found
        if self.failures.is_recorded(address, failure) or self.failures.wait_s():
            return None
        asked_at = self._clock()
        if (await self._known_since(asked_at)).asked_at < asked_at:
            raise self._unknowable()
        if found := self._match(digest, is_session=is_session):
            return found
        self.failures.record(address, failure)
        return None

    def _match(self, digest: str, *, is_session: bool) -> Credential | None:
        found = self._known.credentials.get(digest)
        # Compared are digests, whose bytes nobody can choose; in constant time all the same.
        if found is None or not hmac.compare_digest(found.secret_sha256, digest) or found.is_session != is_session:
            return None
        has_ended = found.left_s is not None and found.left_s <= self._clock() - self._known.asked_at
        return None if has_ended else found

    async def _known_since(self, moment: float) -> _Known:
        """Return what is known, read at this moment or later if the database answers in time."""
        deadline = self._clock() + WAIT_S
        while self._known.asked_at < moment and (left_s := deadline - self._clock()) > 0:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.create_task(asyncio.to_thread(self._load))
            await asyncio.wait({self._loading}, timeout=left_s)
            if self._loading.done():
                self._loading.result()  # raises what was not foreseen
                if self._problem:
                    break
        if self._clock() - self._known.asked_at > AWAY_S:
            raise self._unknowable()
        return self._known

    def _load(self) -> None:
        asked_at = self._clock()
        try:
            credentials = access_tokens.list_credentials(self._database)
        except TowerError as error:
            self._problem = str(error)
        else:
            self._known, self._problem = _Known(credentials, asked_at), ""

    def _unknowable(self) -> AccessDenied:
        return AccessDenied(
            503, "Who you are cannot be looked up now: the database does not answer. The log says why.", WAIT_S
        )

    def _is_trusted(self, address: str) -> bool:
        if not _is_address(address):
            return False
        parsed = ip_address(address)
        plain = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(plain in network for network in self._settings.trusted_proxies)

    def _name_by_proxy(self, scope: Mapping[str, Any]) -> str:
        """Return whom a trusted proxy names, "" for nobody."""
        wanted = self._settings.proxy_header.lower().encode()
        values = [value for name, value in scope["headers"] if wanted and name == wanted]
        client = scope.get("client")
        if len(values) != 1 or client is None or not self._is_trusted(str(client[0])):
            return ""  # of two values one would be the client's own
        try:
            name = values[0].decode().strip()
        except UnicodeDecodeError:
            name = values[0].decode("latin-1").strip()
        is_name = len(name) <= access_tokens.MAX_NAME_CHARACTERS and visible(name) == name and "\t" not in name
        return name if is_name else ""

    def _cookie_name(self, scope: Mapping[str, Any]) -> str:
        """Return the cookie's name: cookies ignore ports, and `__Host-` ones come from this host's https pages."""
        name = f"tower_session_{self._settings.web_port}"
        return f"__Host-{name}" if self._is_https(scope) else name

    def _is_https(self, scope: Mapping[str, Any]) -> bool:
        """Return whether a request came by the public address, and that is an https one."""
        if not self._settings.public_url.startswith("https:"):
            return False
        host = next((value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"), "")
        return host in public_hosts(self._settings)

    def _cookies_of(self, scope: Mapping[str, Any]) -> list[str]:
        name = self._cookie_name(scope)
        cookies = ";".join(value.decode("latin-1") for header, value in scope["headers"] if header == b"cookie")
        pairs = (part.strip().partition("=") for part in cookies.split(";"))
        return list(dict.fromkeys(value for found, _, value in pairs if found == name and value))[:4]

    def _cookie(self, scope: Mapping[str, Any], value: str, left_s: float) -> str:
        secure = "; Secure" if self._is_https(scope) else ""
        name = self._cookie_name(scope)
        return f"{name}={value}; Max-Age={int(left_s)}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _too_many(wait_s: float) -> AccessDenied:
    return AccessDenied(429, f"Too many wrong tokens. Try again in {wait_s:.0f} s.", wait_s)


def _bearer_of(scope: Mapping[str, Any]) -> str | None:
    """Return the token that a request is sent with, None if it has none."""
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    tokens = [value[7:].strip() for value in values if value[:7].lower() == "bearer "]
    return None if not tokens else tokens[0] if len(tokens) == 1 else ""


def _failure_of(digest: str, *, is_session: bool) -> str:
    """Return the name of a wrong secret: a token is wrong as a cookie, and still right as a token."""
    return f"{'cookie' if is_session else 'token'} {digest}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _network_of(address: str) -> str:
    """Return whom an address belongs to: of IPv6 the first 64 bits, since one customer has all of the rest."""
    if not _is_address(address):
        return address
    parsed = ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)) if isinstance(parsed, IPv6Address) else parsed)
