"""Servers, a fleet and a bench for the ComfyUI engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn


@pytest.fixture
def server() -> Iterator[FakeComfyUI]:
    """One server that holds every file of the small workflows."""
    with FakeComfyUI(files=FILES) as running:
        yield running


@pytest.fixture
def second_server() -> Iterator[FakeComfyUI]:
    with FakeComfyUI(files=FILES) as running:
        yield running


@pytest.fixture
def fleet(server: FakeComfyUI) -> Iterator[Fleet]:
    made = Fleet([server.url], stall_s=20.0, poll_s=0.05)
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


@pytest.fixture
def keyframe(tmp_path: Path) -> Path:
    """An accepted keyframe of 256x192 px."""
    path = tmp_path / "keyframe.png"
    write_png(path, drawn(256, 192, 3))
    return path
