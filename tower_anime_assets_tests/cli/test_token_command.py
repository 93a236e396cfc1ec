"""`tower token`: a token is printed once and alone, listed without what it is, and revoked by name."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tower_anime_assets.cli import main, up
from tower_anime_assets.settings import from_environment, hide_secrets
from tower_anime_assets.stages.doctor import Check, run_checks
from tower_anime_assets.store import access_tokens
from tower_anime_assets.store.access_tokens import digest_of
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.conftest import Enter, ReadJson
from tower_anime_assets_tests.conftest import DatabaseServer

pytestmark = pytest.mark.usefixtures("database_url")


@pytest.fixture
def database_url(enter_environment: Enter, database_server: DatabaseServer, tmp_path: Path) -> str:
    (tmp_path / "projects").mkdir()
    url = database_server.make_database()
    enter_environment(tmp_path, url)
    return url


def access_check() -> Check:
    return next(check for check in run_checks(from_environment()) if check.subject == "access")


def test_a_token_is_printed_once_alone_and_listed_by_who_has_it(
    database_url: str, capsys: pytest.CaptureFixture[str], read_json: ReadJson
) -> None:
    assert main(["token", "add", "Luna Chen", "--scope", "direct", "--expires", "30"]) == 0
    printed = capsys.readouterr()
    token = printed.out.removesuffix("\n")
    assert len(token.split()) == 1
    assert hide_secrets(token) == "tower_***"
    assert "The token of Luna Chen (direct, ends in 30 days). It is not shown again" in printed.err
    assert "http://127.0.0.1:3000/sign-in" in printed.err
    assert "From now on everybody needs one, also on this machine" in printed.err
    assert token not in printed.err
    code, listed = read_json("token", "list")
    (row,) = listed["tokens"]
    assert (code, row["name"], row["scope"], row["state"]) == (0, "Luna Chen", "direct", "valid")
    assert row["expires_at"] > row["created_at"]
    assert main(["token", "list"]) == 0
    table = capsys.readouterr().out
    assert table.startswith("Luna Chen  direct  valid    until 2")
    assert not [one for one in (token, digest_of(token)) if one in table + str(listed)]
    database = Database(database_url)
    assert digest_of(token) in access_tokens.list_credentials(database)
    assert main(["token", "revoke", "luna chen"]) == 0
    assert access_tokens.list_credentials(database) == {}
    database.close()
    told = capsys.readouterr().err
    assert "The token of Luna Chen (direct) is revoked" in told
    assert "everybody on this machine can use the web server again" in told
    assert main(["token", "list"]) == 0
    assert "Luna Chen  direct  revoked  on 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "Luna"], "--scope"),
        (["add", "Luna", "--scope", "root"], "root"),
        (["add", "Luna", "--scope", "read", "--expires", "0"], "cannot expire after 0 days"),
        (["add", "", "--scope", "read"], "cannot be the name of a token"),
        (["revoke", "Luna"], "nobody named 'Luna' has a token; nobody has"),
    ],
)
def test_what_cannot_be_done_is_the_users_fault(
    capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["token", *words]) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.out == ""


@pytest.mark.chaos
def test_a_token_given_for_a_name_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    secret = access_tokens.new_secret()
    assert main(["token", "revoke", secret]) == 2
    assert secret[6:30] not in "".join(capsys.readouterr())


def test_an_empty_list_says_what_to_do(capsys: pytest.CaptureFixture[str], read_json: ReadJson) -> None:
    assert main(["token", "list"]) == 0
    assert "tower token add NAME" in capsys.readouterr().err
    assert read_json("token", "list") == (0, {"tokens": []})


def test_the_doctor_says_who_may_use_the_web_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert access_check().message == "127.0.0.1:3000: everybody on this machine, since there is no token"
    monkeypatch.setenv("TOWER_BIND", "0.0.0.0")  # noqa: S104 - refused
    check = access_check()
    assert (check.ok, check.code) == (False, 2)
    assert "tower token add YOUR-NAME --scope spend" in check.message
    assert main(["token", "add", "Luna", "--scope", "spend", "--expires", "9"]) == 0
    assert main(["token", "add", "Viktor", "--scope", "read"]) == 0
    check = access_check()
    assert (check.ok, "Set TOWER_PUBLIC_URL" in check.message) == (False, True)
    monkeypatch.setenv("TOWER_PUBLIC_URL", "http://tower.example:3000")
    check = access_check()
    assert check.ok
    assert check.message.startswith("0.0.0.0:3000, http://tower.example:3000: Luna (spend until 2")
    assert check.message.endswith("; Viktor (read)")
    assert [str(warning).partition(":")[0] for warning in check.warnings] == ["tokens", "TOWER_BIND"]
    assert "plain http" in str(check.warnings[1])
    monkeypatch.setenv("TOWER_PUBLIC_URL", "https://tower.example")
    monkeypatch.setenv("TOWER_TRUSTED_PROXY_HEADER", "Remote-User")
    check = access_check()
    assert check.message.endswith("whoever a proxy names in Remote-User (read)")
    assert len(check.warnings) == 1
    assert capsys.readouterr().out


@pytest.mark.chaos
def test_nothing_starts_beyond_loopback_until_what_it_says_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda _number, _handler: None)  # `tower up` sets its own
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TOWER_WEB_PORT", str(probe.getsockname()[1]))
    monkeypatch.setattr(up, "_start_child", lambda *_arguments: pytest.fail("it started something"))

    def refusal() -> str:
        assert main(["up"]) == 2
        return capsys.readouterr().err

    monkeypatch.setenv("TOWER_BIND", "0.0.0.0")  # noqa: S104 - refused
    refused = refusal()
    assert "TOWER_BIND is 0.0.0.0, which other machines can reach, and nobody has a token" in refused
    assert "tower token add YOUR-NAME --scope spend" in refused
    assert "docs/access.md" in refused
    assert main(["token", "add", "YOUR-NAME", "--scope", "spend"]) == 0
    assert "Set TOWER_PUBLIC_URL to the address that people will open" in refusal()
    monkeypatch.setenv("TOWER_PUBLIC_URL", "https://tower.example")
    assert access_check().ok
    monkeypatch.setenv("TOWER_BIND", "192.0.2.77")
    assert "TOWER_BIND: 192.0.2.77 cannot be listened on" in refusal()
    assert main(["token", "revoke", "YOUR-NAME"]) == 0
    monkeypatch.setenv("TOWER_BIND", "::1")
    assert "every token has expired or was revoked" in refusal()
    monkeypatch.setenv("TOWER_TRUSTED_PROXY_HEADER", "Remote-User")
    assert access_check().ok
