"""Shipped graphs, filled and with a LoRA, sent to the fake server, which refuses what was recorded as refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.filling import fill_workflow
from tower_anime_assets.workflows.loras import LoraUse
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import PICTURE_ROLES, Workflow
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

TAKEN = [workflow for workflow in load_registry().all() if workflow.graph and workflow.is_validated]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeComfyUI]:
    files: dict[str, list[str]] = {"loras": ["mei.safetensors"]}
    for workflow in TAKEN:
        for item in workflow.models:
            files.setdefault(item.folder, []).append(item.file)
    with FakeComfyUI(lambda _graph: b"not looked at", files=files) as made:
        yield made


@pytest.fixture(scope="module")
def client(server: FakeComfyUI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyUIClient]:
    made = ComfyUIClient(server.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def image(client: ComfyUIClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("pictures") / "start.png"
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), "#204060").save(stream, "PNG")
    path.write_bytes(stream.getvalue())
    return client.upload_picture(path, "start.png")


def sent(workflow: Workflow, image: str, lora: str) -> str:
    files = dict.fromkeys(("image", "video", *PICTURE_ROLES), image)
    values = {"prompt": "a street in the rain", "negative": "blurry", "seed": 2**40, **files}
    asked = {role: value for role, value in values.items() if role in workflow.bindings}
    loras = [LoraUse(lora, 0.8, 0.8)] if workflow.lora_after else []
    return fill_template(*fill_workflow(workflow, asked, loras))


@pytest.mark.parametrize("workflow", [pytest.param(workflow, id=workflow.name) for workflow in TAKEN])
def test_a_filled_graph_is_taken(server: FakeComfyUI, client: ComfyUIClient, image: str, workflow: Workflow) -> None:
    prompt_id = str(uuid4())
    client.submit(prompt_id, sent(workflow, image, "mei.safetensors"))
    assert server.submissions[prompt_id] == 1


def test_a_lora_that_the_server_has_not_is_refused(client: ComfyUIClient, image: str) -> None:
    with pytest.raises(ServiceRejectedError, match="nobody"):
        client.submit(str(uuid4()), sent(TAKEN[0], image, "nobody.safetensors"))
