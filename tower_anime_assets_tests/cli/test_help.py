"""`tower --help` and `tower COMMAND --help`: complete, and quick because they load nothing that only commands need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tower_anime_assets.cli import COMMANDS, main


def test_help_loads_only_what_parses_arguments() -> None:
    code = (
        "import sys; from tower_anime_assets.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = ('dagster', 'numpy', 'yaml', 'rich', 'httpx', 'psycopg', 'pydantic', 'tower_anime_assets.stages')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_is_listed_with_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for name, command in COMMANDS.items():
        assert f"{name} {command.HELP}" in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_exit_codes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert COMMANDS[name].HELP in printed
    assert "exit codes: 0 done" in printed
