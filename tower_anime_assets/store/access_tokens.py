"""Bearer tokens and sign-in sessions: who may talk to the web server, and how much each may do.

A token is shown once, when it is added; stored is its SHA-256. A slow hash, as for passwords, would make every request
slow and protect nothing: 256 random bits are not guessed from their digest, however quick it is.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.errors import PlanError
from tower_anime_assets.safe_text import SECRET_PREFIX, visible
from tower_anime_assets.settings import Scope
from tower_anime_assets.store.database import Database, Row, Transaction

SECRET_BYTES = 32
MAX_NAME_CHARACTERS = 64
MAX_DAYS = 3650

SESSION_S = 14 * 86_400.0
"""How long a session lasts, seconds, if its token does not end before."""

MAX_SESSIONS = 50
"""Sessions of one token; another one ends the oldest."""


@dataclass(frozen=True)
class AccessToken:
    """A token on record, without what it is.

    Attributes:
        name: Of the person whose decisions it stands for.
        created_by: The user who added it.
        expires_at: None if it does not expire.
        revoked_at: None if nobody revoked it.
    """

    id: str
    name: str
    scope: Scope
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    is_expired: bool

    @property
    def state(self) -> str:
        """`valid`, `expired` or `revoked`."""
        return "revoked" if self.revoked_at else "expired" if self.is_expired else "valid"


@dataclass(frozen=True)
class Credential:
    """Whom a secret stands for.

    Attributes:
        left_s: How long it is valid from when it was read, seconds; None for no end, negative if it has expired.
    """

    secret_sha256: str
    name: str
    scope: Scope
    is_session: bool
    left_s: float | None


def new_secret() -> str:
    """Return a secret of 256 random bits, as tokens and cookies are: `hide_secrets` knows it by its form."""
    return SECRET_PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()


def digest_of(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add_token(database: Database, name: str, scope: Scope, days: int | None, created_by: str) -> str:
    """Put a token on record and return it; nothing can show it again.

    Args:
        database: The record.
        name: Of the person whose decisions it stands for.
        scope: What it allows.
        days: After how many days it expires; None for never.
        created_by: Who adds it.

    Raises:
        PlanError: The name or the days cannot be used, or somebody of this name has a valid token.
    """
    name = _checked_name(name)
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise PlanError(f"a token cannot expire after {days} days; expected 1 to {MAX_DAYS}")
    secret = new_secret()
    token_sha256 = digest_of(secret)

    def add(transaction: Transaction) -> None:
        if transaction.fetch_one("access_tokens.find_token", {"token_sha256": token_sha256}) is not None:
            return  # repeated because the reply to its commit was lost
        earlier = _find_unrevoked(transaction, name)
        if earlier is not None and not earlier.is_expired:
            raise PlanError(
                f"{earlier.name} already has a token ({earlier.scope}); revoke it first: tower token revoke "
                f"{earlier.name!r}"
            )
        if earlier is not None:
            _revoke(transaction, earlier, created_by)
        transaction.execute(
            "access_tokens.add_token",
            {"name": name, "scope": scope.value, "token_sha256": token_sha256, "created_by": created_by, "days": days},
        )

    database.run_in_transaction(add)
    return secret


def list_tokens(database: Database) -> tuple[AccessToken, ...]:
    """Return every token that was ever added, the oldest first."""
    return tuple(map(_token_of, database.fetch_all("access_tokens.list_tokens")))


def revoke_token(database: Database, name: str, revoked_by: str) -> AccessToken:
    """Revoke the token of a person, end its sessions, and return it as it was.

    Raises:
        PlanError: Nobody of this name has one.
    """
    wanted = unicodedata.normalize("NFC", name.strip()).casefold()
    unrevoked = [one for one in list_tokens(database) if not one.revoked_at]
    token = next((one for one in unrevoked if one.name.casefold() == wanted), None)
    if token is None:
        named = ", ".join(one.name for one in unrevoked)
        raise PlanError(
            f"nobody named {name!r} has a token; " + (f"expected one of: {named}" if named else "nobody has")
        )
    database.run_in_transaction(lambda transaction: _revoke(transaction, token, revoked_by))
    return token


def list_credentials(database: Database) -> Mapping[str, Credential]:
    """Return every token that nobody revoked and every session of theirs that has not ended, by digest."""
    rows = database.fetch_all("access_tokens.list_credentials")
    return {
        row["secret_sha256"]: Credential(
            row["secret_sha256"], row["name"], Scope(row["scope"]), row["is_session"], row["left_s"]
        )
        for row in rows
    }


def open_session(database: Database, token: str, former_session: str = "") -> tuple[str, float] | None:
    """Open a session for whoever has this token.

    Args:
        database: The record.
        token: The secret.
        former_session: The cookie that the new one replaces, "" for none; that session ends.

    Returns:
        What the cookie holds and how many seconds it is valid; None if the token is not valid.
    """
    secret = new_secret()
    parameters = {
        "session_sha256": digest_of(secret), "token_sha256": digest_of(token), "longest_s": SESSION_S,
        "kept": MAX_SESSIONS,
    }  # fmt: skip

    def insert(transaction: Transaction) -> Row | None:
        row = transaction.fetch_one("access_tokens.open_session", parameters)
        if row is not None:
            transaction.execute("access_tokens.delete_old_sessions", parameters)
            if former_session:
                transaction.execute("access_tokens.delete_session", {"session_sha256": digest_of(former_session)})
        return row

    row = database.run_in_transaction(insert)
    return None if row is None else (secret, row["left_s"])


def end_session(database: Database, session: str) -> None:
    """End a session; nothing if there is none."""
    parameters = {"session_sha256": digest_of(session)}
    database.run_in_transaction(lambda work: work.execute("access_tokens.delete_session", parameters))


def _checked_name(name: str) -> str:
    """Return a name as it stands on record.

    Raises:
        PlanError: It is empty, too long, or holds what cannot be printed.
    """
    checked = unicodedata.normalize("NFC", name.strip())
    if (
        not checked
        or len(checked) > MAX_NAME_CHARACTERS
        or "\n" in checked
        or "\t" in checked
        or visible(checked) != checked
    ):
        raise PlanError(
            f"{visible(name)[:80]!r} cannot be the name of a token; expected a person's name of 1 to "
            f"{MAX_NAME_CHARACTERS} printable characters"
        )
    return checked


def _find_unrevoked(transaction: Transaction, name: str) -> AccessToken | None:
    row = transaction.fetch_one("access_tokens.find_unrevoked", {"name": name})
    return None if row is None else _token_of(row)


def _revoke(transaction: Transaction, token: AccessToken, revoked_by: str) -> None:
    transaction.execute("access_tokens.revoke_token", {"id": token.id, "revoked_by": revoked_by})
    transaction.execute("access_tokens.delete_sessions", {"id": token.id})


def _token_of(row: Row) -> AccessToken:
    return AccessToken(**{**row, "scope": Scope(row["scope"])})
