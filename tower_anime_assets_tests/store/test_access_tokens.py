"""Tokens are on record by their digest, unchangeable but for being revoked, and sessions end with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import Scope, hide_secrets
from tower_anime_assets.store import access_tokens, audit
from tower_anime_assets.store.access_tokens import digest_of
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer


@pytest.fixture
def tokens(database_server: DatabaseServer) -> Iterator[Database]:
    """A database without tokens."""
    made = Database(database_server.make_database())
    yield made
    made.close()


def everything_stored(database: Database) -> str:
    with psycopg.connect(database.url) as connection:
        rows = [connection.execute(f"SELECT t::text FROM {name} t").fetchall()  # noqa: S608 - names of ours
                for name in ("access_tokens", "sign_in_sessions", "audit_chain")]  # fmt: skip
    return str(rows)


@pytest.mark.chaos
def test_neither_tokens_nor_sessions_are_stored_and_their_form_is_hidden_everywhere(tokens: Database) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.SPEND, None, "me")
    opened = access_tokens.open_session(tokens, token)
    assert opened is not None
    for secret in (token, opened[0]):
        assert len(secret) == len("tower_") + 43
        assert secret not in everything_stored(tokens)
        assert secret[6:20] not in everything_stored(tokens)
        assert digest_of(secret) in everything_stored(tokens)
        for text in (f"token={secret}", f"%3D{secret}&", f'"\\n{secret}"', f"cut off: {secret[:33]}", f"x{secret}."):
            assert secret[6:20] not in hide_secrets(text), text


def test_tokens_are_part_of_the_record_that_only_grows(tokens: Database) -> None:
    access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    access_tokens.add_token(tokens, "Viktor", Scope.READ, 7, "me")
    access_tokens.revoke_token(tokens, "viktor", "root")
    assert audit.find_chain_problems(tokens) == ()
    for attack in (
        "UPDATE access_tokens SET scope = 'spend' WHERE name = 'Luna'",
        "UPDATE access_tokens SET revoked_at = NULL, revoked_by = NULL WHERE name = 'Viktor'",
        "UPDATE access_tokens SET expires_at = NULL WHERE name = 'Viktor'",
        "DELETE FROM access_tokens",
        "TRUNCATE access_tokens CASCADE",
    ):
        with psycopg.connect(tokens.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(attack.encode())
    with psycopg.connect(tokens.url) as connection:
        connection.execute("ALTER TABLE access_tokens DISABLE TRIGGER USER")
        connection.execute("UPDATE access_tokens SET scope = 'spend' WHERE name = 'Luna'")
    assert "was changed behind the guards" in "".join(audit.find_chain_problems(tokens))


def test_a_person_has_one_token_until_it_is_revoked_or_has_expired(tokens: Database) -> None:
    first = access_tokens.add_token(tokens, " Luna ", Scope.READ, None, "me")
    with pytest.raises(
        PlanError, match="Luna already has a token \\(read\\); revoke it first: tower token revoke 'Luna'"
    ):
        access_tokens.add_token(tokens, "luna", Scope.SPEND, None, "me")
    access_tokens.revoke_token(tokens, "LUNA", "me")
    with pytest.raises(PlanError, match="nobody named 'LUNA' has a token"):
        access_tokens.revoke_token(tokens, "LUNA", "me")
    second = access_tokens.add_token(tokens, "luna", Scope.SPEND, 1, "me")
    _let_expire(tokens, second)
    access_tokens.add_token(tokens, "luna", Scope.DIRECT, None, "me")
    assert first != second
    assert {(one.name, one.scope.value, one.state) for one in access_tokens.list_tokens(tokens)} == {
        ("Luna", "read", "revoked"), ("luna", "spend", "revoked"), ("luna", "direct", "valid"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\tb", "x" * 65, "\x1b[31mred", "evil\u202egnp"])
def test_a_name_that_cannot_stand_on_the_record_is_refused(tokens: Database, name: str) -> None:
    with pytest.raises(PlanError, match="cannot be the name of a token") as refused:
        access_tokens.add_token(tokens, name, Scope.READ, None, "me")
    assert "\x1b" not in str(refused.value)


def test_days_that_are_none_are_refused(tokens: Database) -> None:
    for days in (0, -1, 4000):
        with pytest.raises(PlanError, match=f"cannot expire after {days} days; expected 1 to 3650"):
            access_tokens.add_token(tokens, "Luna", Scope.READ, days, "me")


def test_a_session_ends_with_its_token_and_a_new_sign_in_replaces_the_former(tokens: Database) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, 1, "me")
    first, left_s = access_tokens.open_session(tokens, token) or ("", 0.0)
    assert 86_000 < left_s <= 86_400, "no longer than its token"
    second, _ = access_tokens.open_session(tokens, token, former_session=first) or ("", 0.0)
    assert set(access_tokens.list_credentials(tokens)) == {digest_of(token), digest_of(second)}
    access_tokens.end_session(tokens, second)
    access_tokens.end_session(tokens, "never opened")
    assert set(access_tokens.list_credentials(tokens)) == {digest_of(token)}
    access_tokens.open_session(tokens, token)
    access_tokens.revoke_token(tokens, "Luna", "me")
    assert access_tokens.list_credentials(tokens) == {}
    assert access_tokens.open_session(tokens, token) is None
    assert access_tokens.open_session(tokens, "tower_never") is None


@pytest.mark.chaos
def test_sessions_of_a_token_do_not_pile_up(tokens: Database) -> None:
    token = access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")
    opened = [(access_tokens.open_session(tokens, token) or ("", 0.0))[0] for _ in range(53)]
    known = access_tokens.list_credentials(tokens)
    assert [digest_of(one) in known for one in opened] == [False] * 3 + [True] * 50


@pytest.mark.chaos
def test_of_two_who_add_a_token_for_one_name_at_once_one_is_refused(tokens: Database) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def add() -> None:
        start.wait()
        try:
            outcomes.append(access_tokens.add_token(tokens, "Luna", Scope.READ, None, "me")[:6])
        except PlanError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["PlanError", "PlanError", "PlanError", "tower_"]
    assert len(access_tokens.list_credentials(tokens)) == 1


def _let_expire(database: Database, token: str) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("ALTER TABLE access_tokens DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE access_tokens SET created_at = created_at - '9 days'::interval,"
            " expires_at = expires_at - '9 days'::interval WHERE token_sha256 = %s",
            [digest_of(token)],
        )
        connection.execute("ALTER TABLE access_tokens ENABLE TRIGGER USER")
