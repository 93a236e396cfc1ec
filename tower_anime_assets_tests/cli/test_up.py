"""`tower up` as a user runs it: everything starts on loopback, and one signal or one death stops everything."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.defs.running_tower import START_WAIT_S, RunningTower, free_port, running_tower, wait_until

pytestmark = pytest.mark.slow

LONGEST_STOP_S = 10


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        yield made


def everything(tower: RunningTower) -> list[psutil.Process]:
    """Return `tower up`, what it started, and the processes of its database."""
    ours = psutil.Process(tower.process.pid)
    pid = int((tower.studio.home / "pg" / "postmaster.pid").read_text().partition("\n")[0])
    postgres = psutil.Process(pid)
    return [ours, *ours.children(recursive=True), postgres, *postgres.children(recursive=True)]


def listeners(process: psutil.Process) -> set[tuple[str, int]]:
    """Return the addresses that a process listens on; none when it has just ended, as the database's workers do."""
    try:
        found = process.net_connections("inet")
    except psutil.NoSuchProcess:
        return set()
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


def command_of_living(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())[:200]
    except psutil.NoSuchProcess:
        return ""


def assert_all_ended(processes: list[psutil.Process]) -> None:
    _gone, left = psutil.wait_procs(processes, timeout=5)
    assert [command for command in map(command_of_living, left) if command] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_loopback_only_and_one_signal_stops_everything(
    studio: SmallStudio, number: signal.Signals
) -> None:
    with running_tower(studio) as tower:
        assert httpx.get(f"{tower.dagster_url}/server_info", trust_env=False).status_code == 200
        assert httpx.get(tower.web_url, trust_env=False).status_code == 200
        assert f"{tower.dagster_url}\n" in tower.output.read_text()
        assert f"{tower.web_url}\n" in tower.output.read_text()
        running = everything(tower)
        listening = {address for process in running for address in listeners(process)}
        assert listening == {("127.0.0.1", tower.web_port)}
        children = psutil.Process(tower.process.pid).children()
        ours = [child for child in children if child.name().startswith("python")]
        assert ours
        assert {child.environ().get("MALLOC_ARENA_MAX") for child in ours} == {"2"}
        code, seconds = tower.stop(number)
    assert code == 0
    assert seconds < LONGEST_STOP_S
    assert_all_ended(running)


def test_without_its_web_ui_pages_stay_up_a_second_one_is_refused_and_a_part_that_dies_stops_everything(
    studio: SmallStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "dagster_webserver"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('a file of the web UI is missing')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])))
    with running_tower(studio) as tower:
        assert httpx.get(tower.web_url, trust_env=False).status_code == 200
        answer = httpx.get(f"{tower.dagster_url}/runs", trust_env=False)
        assert answer.status_code == 503
        wait_until(lambda: "cannot be opened" in tower.output.read_text(), START_WAIT_S, "the reason on the terminal")
        for text in (answer.text, tower.output.read_text()):
            assert "cannot be opened" in text
            assert "a file of the web UI is missing" in text
        studio.variables |= {"TOWER_WEB_PORT": str(free_port())}
        second = studio.tower("up")
        assert second.code == 2
        assert "already runs" in second.err
        running = everything(tower)
        parts = {command_of_living(process).partition(" ")[2]: process for process in running}
        web = parts["-m tower_anime_assets.cli.web_process"]
        web.kill()
        assert tower.process.wait(timeout=LONGEST_STOP_S + 5) == 3
        assert "the web process ended by itself" in tower.output.read_text()
    assert_all_ended(running)


def test_a_taken_port_is_refused_by_name_before_anything_starts(studio: SmallStudio) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        studio.variables |= {"TOWER_WEB_PORT": str(port)}
        refused = studio.tower("up")
    assert refused.code == 2
    assert f"port {port} is taken" in refused.err
    assert "TOWER_WEB_PORT" in refused.err
    assert not (studio.home / "pg" / "postmaster.pid").exists()
