"""The ComfyUI client against the fake, and with `-m live` and COMFYUI_URL the contract against a real server.

A real server needs no models for it; with TOWER_LIVE_MODELS=1 it also samples with the first checkpoint it has.
"""

from __future__ import annotations

import io
import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import pytest
from PIL import Image

from tower_anime_assets.clients.comfyui import (
    SETTLE_PAUSES_S,
    ComfyUIClient,
    Job,
    JobState,
    OutputFile,
    RenderFailedError,
)
from tower_anime_assets.errors import (
    Cause,
    PlanError,
    RenderLostError,
    ServiceRejectedError,
    ServiceUnavailableError,
    StoppedError,
)
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

TOKEN = "planted-7d1f0c5e-token"


def flat_graph(prefix: str = "", colour: int | None = None, batch: int = 1) -> dict[str, Any]:
    """A graph without models: one flat picture of a colour that no other test uses."""
    colour = random.randrange(1 << 24) if colour is None else colour
    size = {"width": 64, "height": 48, "batch_size": batch, "color": colour}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "3": {
            "class_type": "SaveImage",
            "inputs": {"images": ["1", 0], "filename_prefix": prefix or f"tower/{uuid4().hex}"},
        },
    }


def video_graph(frames: int = 9) -> dict[str, Any]:
    graph = flat_graph(batch=frames)
    save = {"video": ["2", 0], "filename_prefix": f"tower/{uuid4().hex}", "format": "auto", "codec": "auto"}
    graph["2"] = {"class_type": "CreateVideo", "inputs": {"images": ["1", 0], "fps": 24.0}}
    graph["3"] = {"class_type": "SaveVideo", "inputs": save}
    return graph


def sampler_graph(checkpoint: str = "ANIME_SDXL.safetensors") -> dict[str, Any]:
    links = {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}
    numbers = {"seed": random.randrange(1 << 32), "steps": 2, "cfg": 5.0, "denoise": 1.0}
    return {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 256, "height": 256, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "3": {
            "class_type": "KSampler",
            "inputs": {**links, **numbers, "sampler_name": "euler", "scheduler": "normal"},
        },
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": f"tower/{uuid4().hex}"}},
    }


def submit(client: ComfyUIClient, graph: dict[str, Any]) -> str:
    prompt_id = str(uuid4())
    client.submit(prompt_id, json.dumps(graph), prompt_id)
    return prompt_id


def render(client: ComfyUIClient, graph: dict[str, Any]) -> Job:
    prompt_id = submit(client, graph)
    return client.wait_for_job(prompt_id, client_id=prompt_id)


def until(is_so: Callable[[], bool], within_s: float = 5.0) -> None:
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    with FakeComfyUI() as server:
        yield server


@pytest.fixture
def client(fake: FakeComfyUI) -> Iterator[ComfyUIClient]:
    made = ComfyUIClient(fake.url, stall_s=2.0, poll_s=0.05)
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
    made = ComfyUIClient(url, os.environ.get("TOWER_AUTH_TOKEN", ""), stall_s=120.0)
    yield made
    made.close()


# The contract: what the fake and a real server both do.


def test_a_job_gives_the_picture_that_its_graph_asks_for(server: ComfyUIClient, tmp_path: Path) -> None:
    job = render(server, flat_graph(colour=0x336699))
    assert job.state is JobState.SUCCEEDED
    assert [output.node for output in job.outputs] == ["3"]
    server.download_output(job.outputs[0], tmp_path / "still.png", 1_000_000)
    with Image.open(tmp_path / "still.png") as picture:
        assert picture.size == (64, 48)
        assert picture.convert("RGB").getpixel((5, 5)) == (0x33, 0x66, 0x99)
    assert list(tmp_path.iterdir()) == [tmp_path / "still.png"]


def test_a_job_tells_when_it_was_queued_begun_and_ended(server: ComfyUIClient) -> None:
    job = render(server, flat_graph())
    assert job.queued_at is not None
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.started_at <= job.finished_at


def test_a_video_is_told_from_a_picture_though_both_are_listed_as_images(server: ComfyUIClient, tmp_path: Path) -> None:
    job = render(server, video_graph())
    assert [output.is_video for output in job.outputs] == [True]
    server.download_output(job.outputs[0], tmp_path / "clip.mp4", 1_000_000)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (64, 48)
        assert stream.average_rate == Fraction(24)
        assert sum(1 for _ in container.decode(stream)) == 9
    assert not render(server, flat_graph()).outputs[0].is_video


def test_a_job_nobody_submitted_is_unknown_and_cannot_be_waited_for(server: ComfyUIClient) -> None:
    stranger = str(uuid4())
    assert server.job(stranger).state is JobState.UNKNOWN
    with pytest.raises(RenderLostError, match=stranger) as lost:
        server.wait_for_job(stranger)
    assert lost.value.transient


def test_a_finished_job_is_found_again_by_its_id(server: ComfyUIClient) -> None:
    job = render(server, flat_graph())
    found = server.job(job.prompt_id)
    assert (found.state, found.outputs, found.finished_at) == (job.state, job.outputs, job.finished_at)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"class_type": "NoSuchNode"}, "NoSuchNode"),
        ({"inputs": {"height": 48, "batch_size": 1, "color": 1}}, r"EmptyImage.*Required input is missing: width"),
        ({"inputs": {"width": -5, "height": 48, "batch_size": 1, "color": 1}}, "smaller than min"),
        ({"inputs": {"width": "abc", "height": 48, "batch_size": 1, "color": 1}}, "convert"),
        ({"inputs": {"width": ["1"], "height": 48, "batch_size": 1, "color": 1}}, "linked input"),
    ],
)
def test_a_refused_graph_names_the_node_and_the_reason(
    server: ComfyUIClient, change: dict[str, Any], words: str
) -> None:
    graph = flat_graph()
    graph["1"] |= change
    with pytest.raises(ServiceRejectedError, match=words) as refused:
        submit(server, graph)
    assert not refused.value.transient


def test_a_graph_that_would_run_only_in_part_is_refused_and_runs_not_at_all(server: ComfyUIClient) -> None:
    graph = flat_graph(batch=1)
    bad = {"width": -1, "height": 8, "batch_size": 1, "color": 0}
    graph["20"] = {"class_type": "EmptyImage", "inputs": bad}
    graph["21"] = {"class_type": "PreviewImage", "inputs": {"images": ["20", 0]}}
    prompt_id = str(uuid4())
    with pytest.raises(ServiceRejectedError, match=r"node 20 \(EmptyImage\).*smaller than min"):
        server.submit(prompt_id, json.dumps(graph))
    assert server.job(prompt_id).state not in (JobState.QUEUED, JobState.RUNNING)


def test_an_identical_graph_is_answered_from_the_cache_which_is_a_failure(server: ComfyUIClient) -> None:
    graph = flat_graph()
    first = render(server, graph)
    with pytest.raises(RenderFailedError, match="filename_prefix") as failed:
        render(server, graph)
    assert failed.value.job.all_cached
    assert failed.value.job.outputs == first.outputs


def test_the_same_graph_under_another_prefix_is_a_fresh_picture(server: ComfyUIClient) -> None:
    first = render(server, flat_graph(colour=77))
    second = render(server, flat_graph(colour=77))
    assert first.outputs != second.outputs


def test_an_uploaded_picture_is_loaded_by_the_name_that_came_back(server: ComfyUIClient, tmp_path: Path) -> None:
    Image.new("RGB", (40, 24), "#aa5500").save(tmp_path / "start.png")
    name = server.upload_picture(tmp_path / "start.png", f"{uuid4().hex}.png")
    assert name.startswith("tower/")
    graph = flat_graph()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": name}}
    job = render(server, graph)
    server.download_output(job.outputs[0], tmp_path / "back.png", 1_000_000)
    with Image.open(tmp_path / "back.png") as picture:
        assert picture.size == (40, 24)


def test_an_upload_replaces_the_picture_of_its_name(server: ComfyUIClient, tmp_path: Path) -> None:
    name = f"{uuid4().hex}.png"
    for colour in ("#000000", "#ffffff"):
        Image.new("RGB", (8, 8), colour).save(tmp_path / "a.png")
        assert server.upload_picture(tmp_path / "a.png", name) == f"tower/{name}"


def test_a_server_tells_its_version_and_its_memory(server: ComfyUIClient) -> None:
    stats = server.system_stats()
    assert [int(part) for part in stats.version.split(".")[:2]]
    assert 0 < stats.vram_free_bytes <= stats.vram_total_bytes
    assert stats.device


def test_a_node_class_is_known_or_not(server: ComfyUIClient) -> None:
    found = server.node_info("EmptyImage")
    assert found is not None
    assert found["output"] == ["IMAGE"]
    assert server.node_info("NoSuchNode") is None


def test_choices_are_read_in_both_forms_and_nothing_else_is_a_choice(server: ComfyUIClient) -> None:
    assert "lanczos" in (server.input_options("ImageScale", "upscale_method") or ())
    assert "auto" in (server.input_options("SaveVideo", "format") or ())
    assert server.input_options("EmptyImage", "width") is None
    assert server.input_options("EmptyImage", "nothing") is None
    assert server.input_options("NoSuchNode", "width") is None


def test_taking_back_what_is_over_or_unknown_does_nothing(server: ComfyUIClient) -> None:
    job = render(server, flat_graph())
    server.cancel(job.prompt_id)
    server.cancel(str(uuid4()))
    assert server.job(job.prompt_id).state is JobState.SUCCEEDED


def test_after_freeing_memory_jobs_still_run(server: ComfyUIClient) -> None:
    server.free_memory()
    assert render(server, flat_graph()).state is JobState.SUCCEEDED


def test_a_checkpoint_that_is_there_renders(server: ComfyUIClient, request: pytest.FixtureRequest) -> None:
    is_live = "live" in request.node.name.rpartition("[")[2]
    if is_live and os.environ.get("TOWER_LIVE_MODELS") != "1":
        pytest.skip("needs TOWER_LIVE_MODELS=1")
    known = server.input_options("CheckpointLoaderSimple", "ckpt_name") or ()
    checkpoints = [file for file in known if "ltx" not in file.casefold()]  # one of LTX Video has no text encoder
    if is_live and not checkpoints:
        pytest.skip("the server has no checkpoint for pictures")
    assert checkpoints
    assert render(server, sampler_graph(checkpoints[0])).state is JobState.SUCCEEDED


# What a server can do wrong, and does only when the fake is told to.


def test_every_job_event_makes_progress_that_never_falls(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s, fake.jobs.steps = 1.0, 8
    told: list[tuple[float, str]] = []
    prompt_id = submit(client, sampler_graph())
    client.wait_for_job(prompt_id, client_id=prompt_id, progress=lambda part, words: told.append((part, words)))
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert len(set(parts)) > 4
    assert any(words.startswith("KSampler") and words.endswith("of 8") for _, words in told)


@pytest.mark.parametrize("trouble", ["silent", "refused", "dropped", "redirect"])
def test_without_a_working_socket_jobs_end_all_the_same(fake: FakeComfyUI, client: ComfyUIClient, trouble: str) -> None:
    fake.faults.socket, fake.faults.elsewhere = trouble, "http://127.0.0.1:9"
    assert render(client, flat_graph()).state is JobState.SUCCEEDED


def test_a_job_can_be_waited_for_without_a_socket(client: ComfyUIClient, fake: FakeComfyUI) -> None:
    prompt_id = submit(client, flat_graph())
    assert client.wait_for_job(prompt_id).state is JobState.SUCCEEDED
    assert not fake.asked("WEBSOCKET", "/ws")


def test_a_history_that_comes_late_is_read_again(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.faults.late_history_s = 0.5
    assert render(client, flat_graph()).state is JobState.SUCCEEDED


def test_a_failed_node_is_named_and_not_worth_retrying(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.faults.node_error = "seed out of range"
    with pytest.raises(RenderFailedError, match=r"node 3 \(KSampler\).*seed out of range") as failed:
        render(client, sampler_graph())
    assert not failed.value.transient
    assert failed.value.cause is Cause.BROKEN_GRAPH
    failure = failed.value.job.failure
    assert failure is not None
    assert (failure.node, failure.node_type, failure.is_interrupt) == ("3", "KSampler", False)


def test_a_success_that_saved_nothing_is_a_failure(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.faults.saves_nothing = True
    with pytest.raises(RenderFailedError, match="saved nothing"):
        render(client, flat_graph())


def test_a_job_that_somebody_interrupted_says_so(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = 5.0
    prompt_id = submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    fake.jobs.interrupt(None)
    with pytest.raises(RenderFailedError, match="interrupted") as failed:
        client.wait_for_job(prompt_id, client_id=prompt_id)
    assert failed.value.job.failure is not None
    assert failed.value.job.failure.is_interrupt
    assert failed.value.cause is Cause.INTERRUPTED


def test_a_card_that_is_too_small_is_no_broken_graph(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.faults.card_px = 1
    with pytest.raises(RenderFailedError, match="Allocation on device") as failed:
        render(client, sampler_graph())
    assert failed.value.cause is Cause.OUT_OF_MEMORY


def test_a_restarted_server_has_lost_its_jobs(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = 5.0
    prompt_id = submit(client, flat_graph())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.wait_for_job, prompt_id, client_id=prompt_id)
        until(lambda: len(fake.asked("WEBSOCKET", "/ws")) == 1)
        fake.restart()
        with pytest.raises(RenderLostError, match="restarted"):
            waiting.result(10)


def test_a_server_that_stops_answering_is_given_up(fake: FakeComfyUI) -> None:
    client = ComfyUIClient(fake.url, stall_s=0.5, poll_s=0.05)
    fake.jobs.duration_s = 5.0
    prompt_id = submit(client, flat_graph())
    fake.kill()
    with pytest.raises(ServiceUnavailableError, match="ComfyUI at") as gone:
        client.wait_for_job(prompt_id, client_id=prompt_id)
    assert not isinstance(gone.value, RenderLostError)
    client.close()


def test_a_short_silence_of_the_server_is_waited_out(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    prompt_id = submit(client, flat_graph())
    fake.faults.every = "500"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.wait_for_job, prompt_id, client_id=prompt_id)
        time.sleep(0.4)
        fake.faults.every = ""
        assert waiting.result(5).state is JobState.SUCCEEDED


def test_a_job_without_progress_is_given_up_however_often_the_server_answers(fake: FakeComfyUI) -> None:
    client = ComfyUIClient(fake.url, stall_s=0.4, poll_s=0.05)
    fake.jobs.duration_s, fake.jobs.steps = 30.0, 1
    prompt_id = submit(client, flat_graph())
    with pytest.raises(ServiceUnavailableError, match="no progress for"):
        client.wait_for_job(prompt_id, client_id=prompt_id)
    client.close()


def test_a_slow_job_that_moves_outlasts_any_limit(fake: FakeComfyUI) -> None:
    client = ComfyUIClient(fake.url, stall_s=0.5, poll_s=0.05)
    fake.jobs.duration_s, fake.jobs.steps = 1.5, 10
    assert render(client, sampler_graph()).state is JobState.SUCCEEDED
    client.close()


def test_waiting_behind_somebody_elses_job_is_no_stall(fake: FakeComfyUI) -> None:
    client = ComfyUIClient(fake.url, stall_s=0.5, poll_s=0.05)
    fake.jobs.duration_s, fake.jobs.steps = lambda graph: 1.2 if "theirs" in str(graph) else 0.02, 1
    told: list[str] = []
    client.submit(str(uuid4()), json.dumps(flat_graph("theirs")))
    ours = submit(client, flat_graph())
    client.wait_for_job(ours, client_id=ours, progress=lambda _part, words: told.append(words))
    assert "waiting behind 1 job" in told
    client.close()


def test_the_cards_memory_is_watched_while_a_job_runs(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = 0.3
    assert render(client, flat_graph()).peak_vram_bytes == 7_000_000_000


def test_stopping_takes_back_our_running_job_and_nobody_elses(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.jobs.duration_s = 1.0
    ours, theirs = submit(client, flat_graph()), submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    with pytest.raises(StoppedError, match="was cancelled"):
        client.wait_for_job(ours, client_id=ours, is_stopped=lambda: True)
    assert client.job(ours).failure is not None
    assert client.wait_for_job(theirs, client_id=theirs).state is JobState.SUCCEEDED
    assert fake.global_interrupts == 0


def test_stopping_takes_back_our_pending_job_and_leaves_the_running_one(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    fake.jobs.duration_s = 0.6
    theirs, ours = submit(client, flat_graph()), submit(client, flat_graph())
    until(lambda: fake.jobs.running is not None)
    client.cancel(ours)
    assert client.job(ours).state is JobState.UNKNOWN
    assert client.wait_for_job(theirs, client_id=theirs).state is JobState.SUCCEEDED
    assert fake.runs[ours] == 0
    assert not fake.asked("POST", "/interrupt")


def test_stopping_when_the_server_is_gone_says_that_the_job_may_still_run(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    prompt_id = submit(client, flat_graph())
    fake.kill()
    with pytest.raises(StoppedError, match="may still run"):
        client.wait_for_job(prompt_id, is_stopped=lambda: True)


@pytest.mark.parametrize("answer", ["500", "truncated", "html"])
def test_a_lost_answer_about_a_job_that_was_taken_is_settled_by_looking(
    fake: FakeComfyUI, client: ComfyUIClient, answer: str
) -> None:
    fake.faults.prompt, fake.faults.prompt_times = answer, 1
    prompt_id = submit(client, flat_graph())
    assert client.wait_for_job(prompt_id, client_id=prompt_id).state is JobState.SUCCEEDED
    assert fake.submissions == {prompt_id: 1}


@pytest.mark.parametrize(
    ("answer", "error"), [("500", ServiceUnavailableError), ("truncated", ServiceUnavailableError)]
)
def test_a_lost_answer_about_a_job_that_was_not_taken_is_an_error(
    fake: FakeComfyUI, answer: str, error: type[Exception]
) -> None:
    fake.faults.prompt, fake.faults.prompt_is_taken = answer, False
    client = ComfyUIClient(fake.url, settle_pauses_s=(0.05, 0.05))
    with closing(client), pytest.raises(error, match="/prompt"):
        submit(client, flat_graph())
    assert not fake.submissions
    assert len(fake.asked("POST", "/prompt")) == 1


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_submission_that_is_never_answered_is_settled_by_looking(fake: FakeComfyUI, is_taken: bool) -> None:
    client = ComfyUIClient(fake.url, stall_s=2.0, poll_s=0.05, submit_timeout_s=0.3, settle_pauses_s=(0.05, 0.05))
    fake.faults.prompt, fake.faults.prompt_is_taken = "timeout", is_taken
    if is_taken:
        prompt_id = submit(client, flat_graph())
        assert client.wait_for_job(prompt_id, client_id=prompt_id).state is JobState.SUCCEEDED
    else:
        with pytest.raises(ServiceUnavailableError, match="Timeout"):
            submit(client, flat_graph())
    assert len(fake.asked("POST", "/prompt")) == 1
    client.close()


def test_a_submission_to_a_server_that_is_away_fails_at_once(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.kill()
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match="COMFYUI_URL"):
        submit(client, flat_graph())
    assert time.monotonic() - began < sum(SETTLE_PAUSES_S)


def test_a_server_that_chooses_its_own_id_is_refused_and_its_job_taken_back(
    fake: FakeComfyUI, client: ComfyUIClient
) -> None:
    fake.jobs.duration_s = 5.0
    fake.faults.prompt = "other_id"
    with pytest.raises(ServiceRejectedError, match="Update ComfyUI"):
        submit(client, flat_graph())
    until(lambda: fake.jobs.remaining() == 0)


def test_the_server_gets_the_graph_as_it_was_written(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    graph = flat_graph()
    graph["1"]["inputs"]["note"] = 'нет 😀 \\ " 1.0'
    client.submit(prompt_id := str(uuid4()), json.dumps(graph, ensure_ascii=False), "me")
    client.wait_for_job(prompt_id)
    assert fake.jobs.history[prompt_id]["prompt"][2] == graph


@pytest.mark.parametrize(
    "name", ["", "job-1", "D51E60D5-B92A-405F-91D3-C295EB8D4F1F", "d51e60d5b92a405f91d3c295eb8d4f1f"]
)
def test_only_canonical_ids_are_submitted(client: ComfyUIClient, fake: FakeComfyUI, name: str) -> None:
    with pytest.raises(PlanError, match="lowercase UUID"):
        client.submit(name, "{}")
    assert not fake.requests


@pytest.mark.parametrize("name", ["", ".", "..", "a/b.png", "../x.png"])
def test_only_plain_names_are_uploaded(client: ComfyUIClient, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(PlanError, match="plain file name"):
        client.upload_picture(tmp_path / "a.png", name)


def test_an_upload_that_the_server_renames_is_loaded_by_its_new_name(
    fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path
) -> None:
    fake.faults.renames_uploads = True
    (tmp_path / "a.png").write_bytes(b"x")
    assert client.upload_picture(tmp_path / "a.png", "a.png") == "tower/a (1).png"


# Files.


@pytest.fixture
def output(client: ComfyUIClient) -> OutputFile:
    return render(client, flat_graph()).outputs[0]


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("html", ServiceRejectedError, "text/html"),
        ("redirect", ServiceRejectedError, "not followed"),
        ("endless", ServiceRejectedError, "more than 1,000,000 bytes"),
        ("empty", ServiceRejectedError, "is empty"),
        ("missing", ServiceRejectedError, "404"),
        ("truncated", ServiceUnavailableError, "the answer ended after"),
    ],
)
def test_a_file_that_cannot_be_had_whole_leaves_nothing_behind(
    fake: FakeComfyUI,
    client: ComfyUIClient,
    output: OutputFile,
    tmp_path: Path,
    fault: str,
    error: type[Exception],
    words: str,
) -> None:
    fake.faults.view, fake.faults.elsewhere = fault, fake.url
    with pytest.raises(error, match=words):
        client.download_output(output, tmp_path / "still.png", 1_000_000)
    assert list(tmp_path.iterdir()) == []
    assert not fake.asked("GET", "/elsewhere")


@pytest.mark.parametrize("fault", ["truncated", "busy"])
def test_a_file_whose_download_fails_once_or_twice_arrives(
    fake: FakeComfyUI, client: ComfyUIClient, output: OutputFile, tmp_path: Path, fault: str
) -> None:
    fake.faults.view, fake.faults.view_times = fault, 2
    client.download_output(output, tmp_path / "still.png", 1_000_000)
    with Image.open(tmp_path / "still.png") as picture:
        assert picture.size == (64, 48)


def test_a_slow_file_arrives(fake: FakeComfyUI, client: ComfyUIClient, output: OutputFile, tmp_path: Path) -> None:
    fake.faults.view = "slow"
    client.download_output(output, tmp_path / "still.png", 1_000_000)
    with Image.open(tmp_path / "still.png") as picture:
        assert picture.size == (64, 48)


@pytest.mark.parametrize(
    ("subfolder", "filename"),
    [("", "../../x.png"), ("../..", "x.png"), ("", "/etc/passwd"), ("", "a\\..\\x.png"), ("/", "x.png"), ("", "C:x")],
)
def test_a_name_that_leads_elsewhere_is_not_even_asked_for(
    fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path, subfolder: str, filename: str
) -> None:
    strange = OutputFile("3", filename, subfolder, "output", is_video=False)
    with pytest.raises(ServiceRejectedError, match="leads out of its folder"):
        client.download_output(strange, tmp_path / "still.png", 1000)
    assert not fake.asked("GET", "/view")


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("subfolder", "filename", "type_", "words"),
    [
        ("", "../../etc/passwd", "output", "leads out of its folder"),
        ("", "a\0.png", "output", "control characters"),
        ("", "a.png\nSet-Cookie: x", "output", "control characters"),
        ("", "\x1b]0;x\x07.png", "output", "control characters"),
        ("", "\ud800.png", "output", "control characters"),
        ("", "a/b.png", "output", "leads out of its folder"),
        ("", "con", "output", "name of a device"),
        ("", "NUL.png", "output", "name of a device"),
        ("lpt1", "a.png", "output", "name of a device"),
        ("", "x" * 5_000, "output", "5000 characters"),
        ("x/" * 2_500, "a.png", "output", "5000 characters"),
        ("a/../../b", "a.png", "output", "leads out of its folder"),
        ("\\\\host\\share", "a.png", "output", "leads out of its folder"),
        ("", "a.png", "input", "of type 'input'"),
        ("", "a.png", "../../etc", "of type"),
    ],
)
def test_a_hostile_name_is_refused_in_words_and_not_even_asked_for(
    fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path, subfolder: str, filename: str, type_: str, words: str
) -> None:
    strange = OutputFile("3", filename, subfolder, type_, is_video=False)
    with pytest.raises(ServiceRejectedError, match=words) as caught:
        client.download_output(strange, tmp_path / "still.png", 1000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1_000
    assert list(tmp_path.iterdir()) == []
    assert not fake.asked("GET", "/view")


def test_a_server_that_names_its_output_elsewhere_is_refused(
    fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path
) -> None:
    fake.jobs.faults.output_name = "../../x"
    job = render(client, flat_graph())
    with pytest.raises(ServiceRejectedError, match="leads out of its folder"):
        client.download_output(job.outputs[0], tmp_path / "still.png", 1_000_000)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_picture_is_refused(fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path) -> None:
    fake.jobs.files["output", "", "a.bin"] = b"#!/bin/sh"
    with pytest.raises(ServiceRejectedError, match="application/octet-stream"):
        client.download_output(OutputFile("3", "a.bin", "", "output", is_video=False), tmp_path / "a", 1000)


# Answers that are not ComfyUI's.

SHAPES: list[Any] = [
    None,
    [],
    7,
    "text",
    {"queue_running": None},
    {"queue_running": [[1]], "queue_pending": []},
    {"a": {}},
]


@pytest.mark.parametrize("answer", [shape for shape in SHAPES if shape != {}])
@pytest.mark.parametrize("path", ["/system_stats", "/queue", "/object_info/KSampler", "/upload/image"])
def test_an_answer_of_another_shape_is_refused_with_its_address(
    fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path, path: str, answer: Any
) -> None:
    fake.faults.answers[path] = answer
    (tmp_path / "a.png").write_bytes(b"x")
    calls: dict[str, Callable[[], object]] = {
        "/system_stats": client.system_stats,
        "/queue": lambda: client.job(str(uuid4())),
        "/object_info/KSampler": lambda: client.node_info("KSampler"),
        "/upload/image": lambda: client.upload_picture(tmp_path / "a.png", "a.png"),
    }
    with pytest.raises(ServiceRejectedError, match=f"{path}.*COMFYUI_URL"):
        calls[path]()


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"outputs": {}},
        {"outputs": {}, "status": None},
        {"outputs": {}, "status": {"status_str": "odd", "messages": []}},
        {"outputs": [], "status": {"status_str": "success", "messages": []}},
        {"outputs": {"3": []}, "status": {"status_str": "success", "messages": []}},
        {"outputs": {"3": {"images": {}}}, "status": {"status_str": "success", "messages": []}},
        {"outputs": {"3": {"images": [{"filename": 7}]}}, "status": {"status_str": "success", "messages": []}},
        {"outputs": {}, "status": {"status_str": "success", "messages": [["execution_start"]]}},
    ],
)
def test_a_history_of_another_shape_is_refused(fake: FakeComfyUI, client: ComfyUIClient, entry: Any) -> None:
    prompt_id = str(uuid4())
    fake.faults.answers[f"/history/{prompt_id}"] = {prompt_id: entry}
    with pytest.raises(ServiceRejectedError, match="/history/"):
        client.job(prompt_id)


@pytest.mark.parametrize("answer", [[], {}, {"prompt_id": 3}, {"prompt_id": "x", "node_errors": "no"}])
def test_a_strange_answer_to_a_submission_is_refused_and_the_job_taken_back(
    fake: FakeComfyUI, client: ComfyUIClient, answer: Any
) -> None:
    fake.faults.answers["/prompt"] = answer
    with pytest.raises(ServiceRejectedError, match="/prompt"):
        submit(client, flat_graph())
    assert fake.asked("POST", "/queue")


@pytest.mark.parametrize("trouble", ["html", "redirect"])
def test_something_that_is_not_comfyui_at_all_is_refused(
    fake: FakeComfyUI, client: ComfyUIClient, trouble: str
) -> None:
    fake.faults.every, fake.faults.elsewhere = trouble, fake.url
    for call in (
        client.system_stats,
        client.free_memory,
        lambda: client.job(str(uuid4())),
        lambda: submit(client, flat_graph()),
    ):
        with pytest.raises(ServiceRejectedError, match="COMFYUI_URL"):
            call()
    assert not fake.asked("GET", "/elsewhere")


# The token.


def test_the_token_goes_with_every_call_as_a_bearer_and_is_shown_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "a.png").write_bytes(b"x")
    with FakeComfyUI(token=TOKEN) as fake:
        client = ComfyUIClient(fake.url, TOKEN, poll_s=0.05)
        client.upload_picture(tmp_path / "a.png", "a.png")
        job = render(client, flat_graph())
        client.download_output(job.outputs[0], tmp_path / "still.png", 1_000_000)
        client.free_memory()
        client.cancel(job.prompt_id)
        assert {request.headers.get("authorization") for request in fake.requests} == {f"Bearer {TOKEN}"}
        assert fake.asked("WEBSOCKET", "/ws")
        assert not any(TOKEN in f"{request.path}{request.query}" for request in fake.requests)
        assert TOKEN not in json.dumps(fake.jobs.history)
        client.close()
    assert TOKEN not in caplog.text
    assert TOKEN.encode() not in (tmp_path / "still.png").read_bytes()


def test_no_call_has_an_origin(fake: FakeComfyUI, client: ComfyUIClient, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    client.upload_picture(tmp_path / "a.png", "a.png")
    render(client, flat_graph())
    client.cancel(str(uuid4()))
    assert {request.method for request in fake.requests} == {"GET", "POST", "WEBSOCKET"}
    assert not any("origin" in request.headers for request in fake.requests)


def test_a_wrong_token_is_an_error_that_does_not_show_it() -> None:
    with FakeComfyUI(token=TOKEN) as fake:
        client = ComfyUIClient(fake.url, "wrong-token-1234")
        with pytest.raises(ServiceRejectedError, match="TOWER_AUTH_TOKEN") as refused:
            client.system_stats()
        assert "wrong-token-1234" not in str(refused.value)
        client.close()


def test_a_service_that_quotes_the_token_has_it_taken_out(fake: FakeComfyUI) -> None:
    client = ComfyUIClient(fake.url, TOKEN, poll_s=0.05)
    fake.jobs.faults.node_error = f"you said {TOKEN}"
    with pytest.raises(RenderFailedError, match=r"you said \*\*\*") as failed:
        render(client, flat_graph())
    assert TOKEN not in str(failed.value)
    client.close()


def test_previews_are_binary_frames_and_do_no_harm(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    fake.faults.previews = True
    assert render(client, sampler_graph()).state is JobState.SUCCEEDED


def test_a_picture_of_the_cache_is_really_the_old_one(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    graph = flat_graph()
    first = render(client, graph)
    del fake.jobs.files["output", "tower", first.outputs[0].filename]
    with pytest.raises(RenderFailedError, match="cache"):
        render(client, graph)
    with pytest.raises(ServiceRejectedError, match="404"):
        client.download_output(first.outputs[0], Path(os.devnull).parent / "shm" / uuid4().hex, 1000)


def test_two_clients_share_a_server_without_taking_each_others_progress(fake: FakeComfyUI) -> None:
    fake.jobs.duration_s = 0.2
    clients = [ComfyUIClient(fake.url, poll_s=0.05) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        jobs = list(pool.map(lambda client: render(client, flat_graph()), clients))
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert sorted(fake.submissions.values()) == [1, 1]
    for client in clients:
        client.close()


def test_a_still_of_a_prompt_is_a_picture_of_its_size(fake: FakeComfyUI, client: ComfyUIClient) -> None:
    job = render(client, sampler_graph())
    body = fake.jobs.files["output", "tower", job.outputs[0].filename]
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (256, 256)
