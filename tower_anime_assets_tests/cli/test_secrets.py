"""No command prints a secret, whatever fails; canaries in every variable that holds one."""

from __future__ import annotations

import argparse
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.cli import COMMANDS, main, up
from tower_anime_assets.cli.output import GuardedStream
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.environment import SECRET, VARIABLES
from tower_anime_assets.settings import Settings
from tower_anime_assets_tests.small_show import KEY, write_small_show

pytestmark = pytest.mark.chaos

CANARY = "c4naryOf"
"""The start of every secret here."""

BAD_DATABASE_URLS = {
    "stray %": f"postgresql://tower:{CANARY}Database%zz@127.0.0.1:9/tower",
    "unknown option": f"postgresql://tower:{CANARY}Database@127.0.0.1:9/tower?colour=red",
    "marks in the password": f"postgresql://tower:a/{CANARY}Database#@127.0.0.1:9/tower",
    "no number as port": f"postgresql://tower:{CANARY}Database@127.0.0.1:port/tower",
    "nobody there": f"postgresql://tower:{CANARY}Database@127.0.0.1:9/tower",
    "words": f"host=127.0.0.1 port=9 password={CANARY}Database",
    "no address at all": f"{CANARY}Database",
}

ARGUMENTS = {
    "produce": [KEY], "script": [KEY], "cast": [KEY], "plan": [KEY], "audit": [KEY], "prompt": [f"{KEY}-sc01-sh0010"],
    "waive": [f"{KEY}-sc01-sh0010", "keyframe", "--why", "it is late"], "choose": [f"{KEY}-sc01-sh0010"],
    "feedback": [f"{KEY}-sc01-sh0010", "bad", "--reason", "other"], "report": ["morning"], "init": ["other"],
    "adapt": ["novel.txt"], "accept": [KEY], "db": ["status"], "facts": ["search", "who is Mira"],
    "inpaint": [f"{KEY}-sc01-sh0010", "--region", "1,1,9,9", "--why", "it"],
    "estimate": [KEY], "route": [KEY], "workflows": ["check"], "models": [], "measure": ["no.png"],
    "backup": ["copy"], "restore": ["copy"], "config": ["show"], "up": [], "doctor": [], "mcp": [], "env": [],
    "token": ["list"], "reject": [f"{KEY}-sc01-sh0010", "--reason", "other"],
    "another": [f"{KEY}-sc01-sh0010", "--change", "closer"],
    "lock": [f"{KEY}-sc01-sh0010", "--why", "it"], "approve": [KEY, "plan"],
    "import": [f"{KEY}-sc01-sh0010", "no.png", "--why", "it is mine"],
}  # fmt: skip
"""A command line that is right, for every command."""


@pytest.fixture
def canaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A show, and a canary in every variable that holds a secret."""
    write_small_show(tmp_path / "projects")
    monkeypatch.setenv("TOWER_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    for variable in VARIABLES:
        if variable.shown == SECRET:
            monkeypatch.setenv(variable.name, f"{CANARY}{variable.name}1")
    monkeypatch.setenv("TOWER_NOTIFY", f"json://me:{CANARY}Notify@127.0.0.1:9/{CANARY}Path")
    monkeypatch.setenv("TOWER_DATABASE_URL", BAD_DATABASE_URLS["nobody there"])
    monkeypatch.chdir(tmp_path)
    yield monkeypatch
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


def enter(command: str, *options: str) -> int:
    try:
        return main([command, *ARGUMENTS[command], *options])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_every_command_is_attacked() -> None:
    assert ARGUMENTS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("url", BAD_DATABASE_URLS.values(), ids=BAD_DATABASE_URLS)
def test_a_database_url_that_cannot_be_used_is_refused_without_its_password(
    canaries: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], url: str
) -> None:
    canaries.setenv("TOWER_DATABASE_URL", url)
    codes = {(command, option): enter(command, option) for command in ("audit", "report") for option in ("", "--json")}
    codes["db", ""] = enter("db")
    printed = "".join(capfd.readouterr())
    assert CANARY not in printed
    assert "bug" not in printed
    assert set(codes.values()) <= {0, 2, 3}, codes
    assert "TOWER_DATABASE_URL" in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_a_secret_when_services_are_away_or_anything_unforeseen_happens(
    canaries: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    canaries.setattr(up, "_require_free_port", lambda _settings: None)
    if command != "produce":  # which waits for services; they are asked by `doctor` and `workflows`
        enter(command)

    def fail(_arguments: argparse.Namespace, settings: Settings) -> int:
        logging.getLogger("anybody").error("asked %s with %s", settings.database_url, settings.auth_token)
        cause = OSError(f"{settings.database_url} {settings.notify} {settings.service_tokens}")
        raise RuntimeError(f"the token is {settings.auth_token}") from cause

    canaries.setattr(COMMANDS[command], "run", fail)
    assert main([command, *ARGUMENTS[command], *(["--json"] if command == "audit" else [])]) == 4
    printed = "".join(capfd.readouterr())
    assert CANARY not in printed
    assert "Traceback" in printed
    assert "***" in printed


def test_a_service_url_with_a_password_is_refused_without_it(
    canaries: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    canaries.setenv("COMFYUI_URL", f"http://user:{CANARY}Comfy1@127.0.0.1:9")
    assert main(["doctor", "--json"]) == 2
    printed = "".join(capfd.readouterr())
    assert "COMFYUI_URL" in printed
    assert CANARY not in printed


def test_a_wrong_option_that_repeats_a_secret_does_not_print_it(
    canaries: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    token = os.environ["COMFYUI_TOKEN"]
    assert main(["produce", KEY, f"--token={token}"]) == 2
    assert CANARY not in "".join(capfd.readouterr())
    assert canaries


@pytest.mark.parametrize("kind", [RuntimeError, OSError])
def test_a_failed_step_tells_dagster_no_secret(canaries: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    assert canaries
    token, url = os.environ["TOWER_AUTH_TOKEN"], os.environ["TOWER_DATABASE_URL"]

    @dg.op
    def step() -> None:
        with as_failure():
            try:
                raise ValueError(f"{url} is away")
            except ValueError as error:
                raise kind(f"sent {token}") from error

    @dg.job
    def one_step() -> None:
        step()

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = one_step.execute_in_process(raise_on_error=False, run_config=quiet)
    told = "".join(str(event) for event in result.all_events)
    assert not result.success
    assert "This is a bug" in told
    assert "is away" in told
    assert CANARY not in told


def test_the_log_of_a_part_of_tower_up_holds_no_secret_and_no_escape(
    canaries: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert canaries
    code = (
        "import os, sys; print(os.environ['TOWER_AUTH_TOKEN'], '\\x1b[2J', flush=True)\n"
        "raise RuntimeError(os.environ['TOWER_DATABASE_URL'])"
    )
    (tmp_path / "home").mkdir()
    child = up._start_child("part", ["-c", code], os.environ, tmp_path / "home")
    child.guard.wait(timeout=30)
    child.request_stop()
    tail = child.log_tail()
    assert "RuntimeError: postgresql://tower:***@127.0.0.1:9/tower" in tail
    assert "\\x1b[2J" in tail
    assert CANARY not in tail


def test_threads_and_uncaught_errors_print_no_secret(canaries: pytest.MonkeyPatch) -> None:
    assert canaries
    beneath = io.StringIO()
    canaries.setattr(sys, "stderr", GuardedStream(beneath))

    def fail() -> None:
        raise RuntimeError(os.environ["TOWER_AUTH_TOKEN"])

    canaries.setattr(threading, "excepthook", threading.__excepthook__)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "RuntimeError: ***" in beneath.getvalue()


def test_the_url_that_was_asked_for_is_printed_as_it_is(tmp_path: Path) -> None:
    code = (
        "from tower_anime_assets.cli.output import guarded_output, print_exactly\n"
        "with guarded_output(): print_exactly('postgresql://u:c4naryOfAll@h/d')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "postgresql://u:c4naryOfAll@h/d\n"
