"""Model files on a server's machine compared with their published digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.server_models import ModelRequest, choose_models
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.model_digests import check_digests
from tower_anime_assets.workflows.model_hashes import read_hashes
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

GOOD, BAD = b"the weights" * 1000, b"other weights" * 1000


def published(content: bytes = GOOD) -> Workflow:
    (item,) = STILL.models
    return replace(STILL, models=(replace(item, sha256=hashlib.sha256(content).hexdigest(), size_bytes=0),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "projects", tmp_path / "home")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeComfyUI]:
    root = tmp_path / "models"
    (root / "checkpoints").mkdir(parents=True)
    with FakeComfyUI(files={"checkpoints": []}, models_root=root) as running:
        yield running


def put(server: FakeComfyUI, name: str, content: bytes) -> Path:
    path = server.models_root / "checkpoints" / name
    path.write_bytes(content)
    server.add_file("checkpoints", name)
    return path


def test_a_file_is_read_once_until_it_changes(server: FakeComfyUI, settings: Settings) -> None:
    path = put(server, "anime_sdxl.safetensors", GOOD)
    read: list[Path] = []

    def check() -> str:
        (found,) = check_digests(settings, server.url, [published()], None, lambda file, _size: read.append(file))
        return found.status

    assert (check(), check(), read) == ("matches", "matches", [path])
    path.write_bytes(BAD)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 10))
    assert (check(), read) == ("differs", [path, path])


def test_the_published_content_under_another_name_is_found_and_taken_from_then_on(
    server: FakeComfyUI, settings: Settings
) -> None:
    put(server, "a.safetensors", BAD)
    put(server, "b.safetensors", GOOD)
    client = ComfyUIClient(server.url)
    assert choose_models(client, ModelRequest(published()))[0].is_missing
    (found,) = check_digests(settings, server.url, [published()])
    assert (found.status, found.file) == ("same content", "b.safetensors")
    (choice,) = choose_models(client, ModelRequest(replace(published(), file_hashes=read_hashes(settings.home))))
    client.close()
    assert choice.file == "b.safetensors"


def test_a_folder_of_another_machine_is_read_where_it_is_mounted(
    server: FakeComfyUI, settings: Settings, tmp_path: Path
) -> None:
    server.models_root = Path("/opt/ComfyUI/models")
    server.add_file("checkpoints", "anime_sdxl.safetensors")
    (found,) = check_digests(settings, server.url, [published()])
    assert found.status == "not on this machine"
    mounted = tmp_path / "mounted"
    (mounted / "checkpoints").mkdir(parents=True)
    (mounted / "checkpoints" / "anime_sdxl.safetensors").write_bytes(b"x" * 1000)  # the size that the server lists
    (found,) = check_digests(settings, server.url, [published(b"x" * 1000)], mounted)
    assert found.status == "matches"
    (mounted / "checkpoints" / "anime_sdxl.safetensors").write_bytes(GOOD)
    (found,) = check_digests(settings, server.url, [published()], mounted)
    assert found.status == "not on this machine"  # another size: not the server's file
    with pytest.raises(PlanError, match="there is no folder"):
        check_digests(settings, server.url, [published()], tmp_path / "nowhere")


def test_what_is_not_published_or_not_there_is_said(server: FakeComfyUI, settings: Settings) -> None:
    (found,) = check_digests(settings, server.url, [STILL])
    assert found.status == "missing"
    put(server, "anime_sdxl.safetensors", GOOD)
    (found,) = check_digests(settings, server.url, [STILL])
    assert (found.status, found.sha256) == ("no published digest", "")
