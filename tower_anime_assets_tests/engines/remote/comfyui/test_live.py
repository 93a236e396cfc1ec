"""Fleet, preflight, workflows and engines against a real ComfyUI server: `COMFYUI_URL=http://... pytest -m live`.

No model is needed; with TOWER_LIVE_MODELS=1 a keyframe and a clip are made with the models that it has, at small sizes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient, JobState
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.preflight import find_problems
from tower_anime_assets.media.conform import check_clip
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.production.attempt import NO_WAIT, ServerWait
from tower_anime_assets.settings import split_urls
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets.workflows.workflow import ModelFile, Workflow
from tower_anime_assets_tests.clients.test_comfyui import flat_graph
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench, clip_brief, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL

pytestmark = pytest.mark.live

TOKEN = os.environ.get("TOWER_AUTH_TOKEN", "")


@pytest.fixture
def urls(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The addresses of the real servers."""
    found = split_urls(os.environ.get("COMFYUI_URL", ""))
    if not found or "live" not in str(request.config.getoption("markexpr")):
        pytest.skip("needs -m live and COMFYUI_URL")
    return found


@pytest.fixture
def fleet(urls: tuple[str, ...]) -> Iterator[Fleet]:
    with closing(Fleet(urls, TOKEN, stall_s=300.0)) as made:
        yield made


@pytest.fixture
def client(urls: tuple[str, ...]) -> Iterator[ComfyUIClient]:
    with closing(ComfyUIClient(urls[0], TOKEN, caches_node_info=True)) as made:
        yield made


def with_models(workflow: Workflow, files: dict[str, str], **changes: Any) -> Workflow:
    """Return a workflow that loads other files, by place."""
    graph: dict[str, Any] = json.loads(json.dumps(workflow.graph))
    models = []
    for item in workflow.models:
        node, _inputs, name = item.place.split(".")
        graph[node]["inputs"][name] = files[item.place]
        models.append(ModelFile(item.folder, files[item.place], item.place))
    return replace(workflow, graph=graph, models=tuple(models), **changes)


def find_file(client: ComfyUIClient, node_class: str, name: str, *, has: str = "", lacks: str = "ltx") -> str:
    """Return a model file that the server has, or skip the test."""
    if os.environ.get("TOWER_LIVE_MODELS") != "1":
        pytest.skip("needs TOWER_LIVE_MODELS=1")
    options = client.input_options(node_class, name) or ()
    fit = [file for file in options if has in file.casefold() and not (lacks and lacks in file.casefold())]
    if not fit:
        pytest.skip(f"the server has no {has or 'such'} file for {node_class}")
    return fit[0]


# The fleet.


def test_a_held_server_runs_a_job_that_is_open_until_it_ends(fleet: Fleet) -> None:
    prompt_id = str(uuid4())
    told: list[ServerWait] = []
    with fleet.hold(report=told.append) as hold:
        hold.client.submit(prompt_id, json.dumps(flat_graph()), prompt_id)
        assert [job.prompt_id for job in fleet.open_jobs] == [prompt_id]
        assert hold.client.wait_for_job(prompt_id, client_id=prompt_id).state is JobState.SUCCEEDED
    assert fleet.open_jobs == ()
    assert told[0] == told[-1] == NO_WAIT


def test_a_server_that_is_away_leaves_the_work_to_the_one_that_is_there(urls: tuple[str, ...]) -> None:
    away = "http://127.0.0.1:9"
    told: list[ServerWait] = []
    with closing(Fleet([away, urls[0]], TOKEN)) as fleet:
        for _ in range(2):
            with fleet.hold(report=told.append) as hold:
                assert hold.client.url == urls[0]
    assert sum(wait.cause == f"{away} is left alone" for wait in told) == 1


# Preflight, and the shipped workflows.


def test_a_server_that_lacks_files_and_nodes_has_all_of_them_named(client: ComfyUIClient) -> None:
    strange = "no-such-file-8f1c.safetensors"
    workflow = with_models(STILL, {item.place: strange for item in STILL.models})
    graph = {**workflow.graph, "odd": {"class_type": "NoSuchNode8f1c", "inputs": {}}}
    problems = "\n".join(map(str, find_problems(client, replace(workflow, graph=graph))))
    assert strange in problems
    assert "ComfyUI/models/checkpoints" in problems
    assert "NoSuchNode8f1c" in problems


def test_what_a_shipped_workflow_lacks_at_a_server_that_is_new_enough_is_files_and_never_nodes(
    client: ComfyUIClient,
) -> None:
    version = tuple(int(part) for part in client.system_stats().version.split(".")[:3])
    checked = 0
    for workflow in load_registry().all():
        if not workflow.graph or not workflow.is_validated or not workflow.min_comfyui:
            continue
        if tuple(int(part) for part in workflow.min_comfyui.split(".")) > version:
            continue
        lacks = [problem for problem in find_problems(client, workflow) if problem.subject.startswith("node ")]
        assert lacks == [], workflow.name
        checked += 1
    assert checked >= 10


# Engines.


def test_a_keyframe_is_made_recorded_and_found_again(client: ComfyUIClient, fleet: Fleet, bench: Bench) -> None:
    checkpoint = find_file(client, "CheckpointLoaderSimple", "ckpt_name")
    files = {item.place: checkpoint for item in STILL.models}
    engine = ComfyUIKeyframes(with_models(STILL, files, defaults={"steps": 2}, lora_after=()), fleet)
    brief = keyframe_brief(cast=(), subjects=(), seed=uuid4().int % 2**31)
    key = uuid4().hex
    made = bench.make(engine, brief, key=key)
    assert read_picture(made.files["main"]).shape == (192, 256, 3)
    (submission,) = bench.journal.values()
    assert submission.error_message == ""
    assert submission.prompt_id == bench.prompt_id(key, 0)
    assert submission.queued_at is not None
    again = bench.make(engine, brief, key=key, server=submission.server, resumes=True)
    assert sha256_of(again.files["main"]) == sha256_of(made.files["main"]), "it is taken up, not made again"


def test_a_clip_grows_from_its_keyframe(client: ComfyUIClient, fleet: Fleet, bench: Bench, keyframe: Path) -> None:
    checkpoint = find_file(client, "CheckpointLoaderSimple", "ckpt_name", has="ltx", lacks="")
    encoder = find_file(client, "CLIPLoader", "clip_name", has="t5")
    files = {"ckpt.inputs.ckpt_name": checkpoint, "clip.inputs.clip_name": encoder}
    engine = ComfyUIClips(with_models(CLIP, files, defaults={"steps": 2}), fleet)
    brief = clip_brief(sha256_of(keyframe), frames=9, seed=uuid4().int % 2**31)
    made = bench.make(engine, brief, key=uuid4().hex, inputs={"picture": keyframe})
    check_clip(made.files["main"], 9, 24, 256, 192)
    assert made.details["made_frames"] == [9]
