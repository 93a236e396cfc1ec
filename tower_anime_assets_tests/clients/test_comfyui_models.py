"""The routes about model files, against the fake and with `-m live` and COMFYUI_URL against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.clients.comfyui_models import StoredModel
from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    with FakeComfyUI(files={"checkpoints": ["a.safetensors", "sub/b.ckpt"], "vae": []}) as running:
        yield running


@pytest.fixture
def client(fake: FakeComfyUI) -> Iterator[ComfyUIClient]:
    made = ComfyUIClient(fake.url)
    yield made
    made.close()


@pytest.fixture(params=["fake", pytest.param("live", marks=pytest.mark.live)])
def server(request: pytest.FixtureRequest) -> Iterator[ComfyUIClient]:
    """A client of the fake, and of the real server where one is meant to be tested."""
    if request.param == "fake":
        yield request.getfixturevalue("client")
        return
    url = os.environ.get("COMFYUI_URL", "")
    if not url or "live" not in str(request.config.getoption("markexpr")):
        pytest.skip("needs -m live and COMFYUI_URL")
    made = ComfyUIClient(url, os.environ.get("TOWER_AUTH_TOKEN", ""))
    yield made
    made.close()


def test_a_loader_lists_what_its_folder_holds(server: ComfyUIClient) -> None:
    assert {"checkpoints", "vae"} <= set(server.model_folders())
    files = server.model_files("checkpoints")
    assert set(files) == set(server.input_options("CheckpointLoaderSimple", "ckpt_name") or ())
    assert server.model_files("no_such_folder") == ()


def test_every_file_is_told_with_its_place_on_disk_and_its_size(server: ComfyUIClient) -> None:
    stored = server.stored_models("checkpoints")
    assert {item.file for item in stored} == set(server.model_files("checkpoints"))
    assert all(item.root.startswith("/") and item.size_bytes > 0 and item.modified_s > 0 for item in stored)
    assert server.stored_models("no_such_folder") == ()


def test_a_file_without_a_note_of_its_author_has_no_metadata(server: ComfyUIClient) -> None:
    assert server.model_metadata("checkpoints", "no_such_file.safetensors") == {}
    assert server.model_metadata("checkpoints", "a.ckpt") == {}


def test_what_an_author_wrote_is_read(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.metadata["checkpoints", "sub/ü b.safetensors"] = {"modelspec.architecture": "flux-1-dev"}
    assert client.model_metadata("checkpoints", "sub/ü b.safetensors") == {"modelspec.architecture": "flux-1-dev"}


@pytest.mark.parametrize("answer", [{}, None, 7, [1], [{"name": "a"}], [{"name": "a", "pathIndex": 9, "size": 1}]])
def test_an_answer_of_another_form_is_none(fake: FakeComfyUI, client: ComfyUIClient, answer: object) -> None:
    fake.faults.answers |= {"/experiment/models": answer, "/experiment/models/checkpoints": answer, "/models": answer}
    assert client.stored_models("checkpoints") == ()
    assert client.model_folders() in ((), ("1",)) or answer != [1]


def test_a_server_that_is_down_is_no_server_without_models(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    assert client.stored_models("checkpoints")[0] == StoredModel(
        "a.safetensors", "/opt/ComfyUI/models/checkpoints", 1000, 1_700_000_000.5
    )
    fake.kill()
    with pytest.raises(ServiceUnavailableError):
        client.model_files("checkpoints")
