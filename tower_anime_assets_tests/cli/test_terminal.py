"""Nothing that services, shows or names hold is obeyed by a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.progress import Progress

from tower_anime_assets.cli import main
from tower_anime_assets.cli.progress import ProgressDisplay
from tower_anime_assets.cli.terminal import TerminalConsole
from tower_anime_assets.settings import SERVICE_URL_VARIABLES
from tower_anime_assets.stages.events import Noted, StageStarted, TakeProgressed, Waiting
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.fakes.hostile_service import ESCAPES, HostileService
from tower_anime_assets_tests.small_show import CHARACTERS, KEY, SCRIPT, write_small_show

pytestmark = pytest.mark.chaos

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OF_RICH = re.compile(r"\x1b\[(?:\d+(?:;\d+)*m|\?25[hl]|\d*[AK]|2K)|\r")
"""Styles, the cursor, and the lines of a progress bar that are drawn again."""

TOKEN = "c4naryOfServices"


@pytest.fixture
def hostile_show(tmp_path: Path, enter_environment: Enter) -> Path:
    script = SCRIPT.replace("Title: Small", f"Title: Sm{ESCAPES}all").replace("They found", f"They {ESCAPES} found")
    folder = write_small_show(tmp_path / "projects", script)
    (folder / "characters" / "akira.yaml").write_text(
        CHARACTERS["akira"].replace("Akira", json.dumps(f"Aki{ESCAPES}ra")), "utf-8"
    )
    enter_environment(tmp_path, "postgresql://nobody@127.0.0.1:9/there")
    return folder


def printed_by(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    capfd.readouterr()
    main(arguments)
    return "".join(capfd.readouterr())


@pytest.fixture(params=[200, 403, 500])
def hostile_service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with HostileService(request.param) as service:
        monkeypatch.setenv("TOWER_AUTH_TOKEN", TOKEN)
        for variable in SERVICE_URL_VARIABLES.values():
            monkeypatch.setenv(variable, service.url)
        monkeypatch.setenv("OLLAMA_MODEL", "llama3")
        yield service.url


@pytest.mark.parametrize("command", [("doctor",), ("doctor", "--json"), ("models",), ("plan", KEY)], ids=" ".join)
def test_what_services_answer_is_shown_as_text(
    hostile_show: Path, hostile_service: str, capfd: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert hostile_show.is_dir()
    printed = printed_by(capfd, *command)
    assert hostile_service.removeprefix("http://") in printed or "small" in printed
    assert not OBEYED.findall(printed)
    assert TOKEN not in printed


@pytest.mark.parametrize(
    "command", [("script", KEY), ("script", KEY, "--json"), ("cast", KEY), ("produce", f"{ESCAPES}-e01")], ids=repr
)
def test_what_a_show_holds_is_shown_as_text(
    hostile_show: Path, capfd: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert hostile_show.is_dir()
    printed = printed_by(capfd, *command)
    assert printed
    assert not OBEYED.findall(printed)


def test_the_json_of_a_show_means_what_its_files_say(hostile_show: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (hostile_show / "episodes" / "e01.fountain").write_text(SCRIPT.replace("They found", "They \x85\u202e found"))
    capfd.readouterr()
    main(["script", KEY, "--json"])
    printed = capfd.readouterr().out
    assert not OBEYED.findall(printed)
    assert "\\u202e" in printed
    assert "\u202e" in json.dumps(json.loads(printed), ensure_ascii=False)


def test_the_name_of_a_file_is_shown_as_text(
    tmp_path: Path, enter_environment: Enter, capfd: pytest.CaptureFixture[str]
) -> None:
    enter_environment(tmp_path)
    path = tmp_path / "clip\x1b[2J\u202egnp.png"
    path.write_bytes(b"no picture")
    printed = printed_by(capfd, "measure", str(path))
    assert "clip\\x1b[2J\\u202egnp.png" in printed
    assert not OBEYED.findall(printed)


def test_progress_words_are_shown_as_text_on_a_terminal() -> None:
    written = io.StringIO()
    display = ProgressDisplay(TerminalConsole(file=written, width=200, force_terminal=True))
    with display:
        display(StageStarted("keyframe", "Keyframes", 2, 10.0))
        display(TakeProgressed("keyframe", f"sh{ESCAPES}0010", 0.5, f"KSampler {ESCAPES}"))
        display(Noted("keyframe", "sh0010", f"noted {ESCAPES}"))
        display(Waiting("keyframe", f"waiting {ESCAPES}"))
        display._progress.refresh()
        display.print_last(f"stopped {ESCAPES}")
    shown = written.getvalue()
    assert "KSampler \\x1b[2J" in shown
    assert "waiting \\x1b[2J" in shown
    assert "stopped \\x1b[2J" in shown
    assert not OBEYED.findall(OF_RICH.sub("", shown))


def test_text_that_reaches_the_console_by_another_way_is_shown_as_text() -> None:
    written = io.StringIO()
    console = TerminalConsole(file=written, width=200, force_terminal=True)
    with Progress(console=console) as progress:
        progress.add_task(f"a bar {ESCAPES}")
    assert not OBEYED.findall(OF_RICH.sub("", written.getvalue()))


def test_a_real_terminal_gets_colours_and_no_foreign_escape(hostile_show: Path) -> None:
    assert hostile_show.is_dir()
    parent, child = pty.openpty()
    code = f"from tower_anime_assets.cli import main; main(['script', {KEY!r}]); main(['script', {ESCAPES!r}])"
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=child, stderr=child, env=environment)
    os.close(child)
    received = b""
    while True:
        try:
            block = os.read(parent, 65536)
        except OSError:  # Linux tells the end of a terminal so
            break
        if not block:
            break
        received += block
    os.close(parent)
    assert process.wait(timeout=60) == 0
    shown = received.decode()
    assert "\x1b[1msmall-e01\x1b[0m" in shown
    assert "\\x1b[2J" in shown
    assert not OBEYED.findall(OF_RICH.sub("", shown))


def test_only_one_module_makes_consoles_and_writes_to_the_streams_beneath() -> None:
    folder = Path(str(sys.modules["tower_anime_assets.cli"].__file__)).parent
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        if path.name not in ("output.py", "terminal.py"):
            assert not re.search(r"(?<!Terminal)\bConsole\(|sys\.__std|print_exception\(|\.unguarded", text), path.name
        if path.name not in ("output.py", "env.py", "db.py", "media.py", "token.py"):  # whose purpose is to print one
            assert "print_exactly" not in text, f"{path.name} may print secrets"
