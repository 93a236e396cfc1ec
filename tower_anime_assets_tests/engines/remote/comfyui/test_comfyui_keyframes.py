"""Stills by a server: made, refused, lost, taken up again, taken back; always on record."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.clients.comfyui import ComfyUIClient, JobState, RenderFailedError
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.request import build_graph, output_prefix
from tower_anime_assets.errors import (
    MediaError,
    OutputMismatchError,
    RenderLostError,
    ServiceRejectedError,
    ServiceUnavailableError,
    StoppedError,
)
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.frames import probe
from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench, clip_brief, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES, STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn
from tower_anime_assets_tests.media.hostile_files import png


@pytest.fixture
def engine(fleet: Fleet) -> ComfyUIKeyframes:
    return ComfyUIKeyframes(STILL, fleet)


def submitted_by_a_dead_run(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench, key: str = "one") -> str:
    """Submit the job of an attempt as a run does that dies right after."""
    parameters = engine.plan_attempt(keyframe_brief(), 1, ())
    prompt_id = bench.prompt_id(key, 0)
    prefix = f"{output_prefix(keyframe_brief(), parameters)}-{prompt_id}"
    graph = fill_template(*build_graph(STILL, parameters, parameters["parts"][0], prefix, ""))
    engine.fleet.client(server.url).submit(prompt_id, graph, prompt_id)
    return prompt_id


def graph_sent(server: FakeComfyUI, prompt_id: str) -> Mapping[str, Any]:
    graph: Mapping[str, Any] = server.jobs.history[prompt_id]["prompt"][2]
    return graph


def test_a_still_is_made_and_its_job_is_on_record(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench) -> None:
    made = bench.make(engine, keyframe_brief())
    picture = read_picture(made.files["main"])
    assert picture.shape == (192, 256, 3)
    done = bench.journal["one", 0]
    assert (done.error_message, done.server, done.prompt_id) == ("", server.url, bench.prompt_id("one", 0))
    assert done.queued_at is not None
    assert done.started_at is not None
    assert done.queued_at <= done.finished_at
    (kept,) = done.outputs
    assert kept["size_bytes"] > 1000
    assert len(kept["sha256"]) == 64
    assert made.gpu_s > 0
    assert server.submissions == {done.prompt_id: 1}
    assert bench.progress[-1] == (1.0, "saved")


def test_what_is_journalled_is_what_was_sent(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench) -> None:
    bench.make(engine, keyframe_brief())
    done = bench.journal["one", 0]
    sent = graph_sent(server, done.prompt_id)
    assert fill_template(bench.leases[0].template, done.changes) == fill_template(sent, {})
    assert sent["ckpt_lora1"]["inputs"]["lora_name"] == "akira_sdxl.safetensors"
    assert sent["out"]["inputs"]["filename_prefix"].startswith("tower/")


def test_the_kept_still_does_not_carry_the_graph(engine: ComfyUIKeyframes, bench: Bench) -> None:
    made = bench.make(engine, keyframe_brief())
    with Image.open(made.files["main"]) as picture:
        assert picture.info == {}


def test_the_same_attempt_made_again_is_rendered_again(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    first = bench.make(engine, keyframe_brief(), key="one")
    second = bench.make(engine, keyframe_brief(), key="two")
    assert np.array_equal(read_picture(first.files["main"]), read_picture(second.files["main"]))
    assert sum(server.runs.values()) == 2


def test_a_size_that_is_not_legal_is_made_larger_and_cropped(fleet: Fleet, bench: Bench) -> None:
    engine = ComfyUIKeyframes(replace(STILL, sizes=replace(STILL.sizes, multiple_px=64)), fleet)
    made = bench.make(engine, keyframe_brief(width_px=250, height_px=180))
    assert made.details["made_px"] == [256, 192]
    assert read_picture(made.files["main"]).shape == (180, 250, 3)


def test_a_picture_of_another_size_is_an_error_that_names_both(bench: Bench) -> None:
    def wrong(_graph: Mapping[str, Any]) -> bytes:
        out = io.BytesIO()
        Image.fromarray(drawn(200, 100, 1)).save(out, "PNG")
        return out.getvalue()

    with FakeComfyUI(wrong) as server:
        add_files(server)
        engine = ComfyUIKeyframes(STILL, Fleet([server.url], poll_s=0.05))
        with pytest.raises(MediaError, match="made a picture of 200x100 px; expected 256x192 px"):
            bench.make(engine, keyframe_brief())
        engine.fleet.close()
    assert bench.journal["one", 0].error_message == ""  # the job itself went well


def add_files(server: FakeComfyUI) -> None:
    server.add_file("checkpoints", "anime_sdxl.safetensors")
    server.add_file("loras", "akira_sdxl.safetensors")


def test_a_failed_node_is_on_record_with_its_class(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench) -> None:
    server.jobs.faults.node_error = "CUDA out of memory"
    with pytest.raises(RenderFailedError, match="CUDA out of memory"):
        bench.make(engine, keyframe_brief())
    done = bench.journal["one", 0]
    assert (done.error_node, done.error_node_type) == ("smp", "KSampler")
    assert "CUDA out of memory" in done.error_message
    assert done.outputs == ()


def test_a_refused_graph_is_on_record_and_leaves_nothing_running(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    bench.make(engine, keyframe_brief())  # examined once, found complete
    server.files["checkpoints"].clear()
    with pytest.raises(ServiceRejectedError, match="anime_sdxl"):
        bench.make(engine, keyframe_brief(), key="two")
    assert "refuses the graph" in bench.journal["two", 0].error_message
    assert server.jobs.remaining() == 0


def test_a_file_that_is_gone_is_an_error_on_record(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench) -> None:
    server.faults.view = "missing"
    with pytest.raises(ServiceRejectedError):
        bench.make(engine, keyframe_brief())
    assert "404" in bench.journal["one", 0].error_message


def test_an_endless_file_is_cut_off(engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench) -> None:
    server.faults.view = "endless"
    with pytest.raises(ServiceRejectedError, match="more than"):
        bench.make(engine, keyframe_brief())


def test_a_server_that_names_a_path_elsewhere_is_refused(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.faults.output_name = "../../x.png"
    with pytest.raises(ServiceRejectedError, match="leads out of its folder"):
        bench.make(engine, keyframe_brief())
    assert {path.name for path in bench.folder.rglob("*") if path.is_file()} == set()


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (png(20_000, 20_000, pixels=b"x"), "the server's picture could not be decoded: .* more than 64000000 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "the server's picture could not be decoded"),
        (png(5_000, 5_000), "the server made a picture of 5000x5000 px; expected 256x192 px"),
    ],
)
def test_a_hostile_picture_fails_its_attempt_and_becomes_no_take(bench: Bench, answer: bytes, words: str) -> None:
    with FakeComfyUI(lambda _graph: answer, files=FILES) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(OutputMismatchError, match=words):
            bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief())
        fleet.close()
    assert not list(bench.folder.rglob("*.png"))


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED])
def test_a_job_that_a_dead_run_submitted_is_taken_up_and_never_submitted_again(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench, state: JobState
) -> None:
    server.jobs.duration_s = 0.02 if state is JobState.SUCCEEDED else 0.5
    if state is JobState.QUEUED:
        submitted_by_a_dead_run(engine, server, bench, "before")
    prompt_id = submitted_by_a_dead_run(engine, server, bench)
    client = engine.fleet.client(server.url)
    while client.job(prompt_id).state is not state:
        time.sleep(0.02)
    made = bench.make(engine, keyframe_brief(), server=server.url, resumes=True)
    assert read_picture(made.files["main"]).shape == (192, 256, 3)
    assert server.submissions[prompt_id] == 1
    assert bench.journal["one", 0].error_message == ""


def test_a_job_that_a_restarted_server_forgot_is_lost_and_not_submitted_again(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    submitted_by_a_dead_run(engine, server, bench)
    server.restart()
    before = sum(server.submissions.values())
    with pytest.raises(RenderLostError, match="no longer knows job"):
        bench.make(engine, keyframe_brief(), server=server.url, resumes=True)
    assert sum(server.submissions.values()) == before
    assert "no longer knows job" in bench.journal["one", 0].error_message


def test_a_finished_job_that_comes_late_into_the_history_is_not_taken_for_lost(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.faults.late_history_s = 0.8
    prompt_id = submitted_by_a_dead_run(engine, server, bench)
    while server.runs[prompt_id] == 0:
        time.sleep(0.01)
    assert engine.fleet.client(server.url).job(prompt_id).state is JobState.UNKNOWN
    bench.make(engine, keyframe_brief(), server=server.url, resumes=True)
    assert server.submissions == {prompt_id: 1}


def test_a_server_that_restarts_while_it_renders_has_lost_the_job(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.duration_s = 5.0
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(bench.make, engine, keyframe_brief())
        while server.jobs.running is None:
            time.sleep(0.02)
        server.restart()
        with pytest.raises(RenderLostError):
            making.result(20)
    assert bench.journal["one", 0].error_message


def test_a_stopped_run_takes_back_its_own_job_and_nobody_elses(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.duration_s = 0.4
    parameters = engine.plan_attempt(keyframe_brief(seed=99), 1, ())
    template, changes = build_graph(STILL, parameters, parameters["parts"][0], "somebody/else", "")
    strangers = [str(uuid4()), str(uuid4())]
    stranger = ComfyUIClient(server.url, poll_s=0.05)
    stranger.submit(strangers[0], fill_template(template, changes))
    stopped = Event()
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(bench.make, engine, keyframe_brief(), is_stopped=stopped.is_set)
        ours = bench.prompt_id("one", 0)
        while server.submissions[ours] == 0:
            time.sleep(0.02)
        stranger.submit(strangers[1], fill_template(template, {**changes, "smp.inputs.seed": 5}))
        stopped.set()
        with pytest.raises(StoppedError):
            making.result(20)
    for prompt_id in strangers:
        assert stranger.wait_for_job(prompt_id).state is JobState.SUCCEEDED
    stranger.close()
    entry = server.jobs.history.get(ours, {"status": {"status_str": "deleted from the queue"}})
    assert entry["status"]["status_str"] != "success"
    assert server.global_interrupts == 0
    assert "was cancelled" in bench.journal["one", 0].error_message


def test_an_interrupt_of_the_process_takes_the_job_back(
    engine: ComfyUIKeyframes, server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.duration_s = 5.0

    def interrupted() -> bool:
        if server.jobs.running is not None:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        bench.make(engine, keyframe_brief(), is_stopped=interrupted)
    assert server.jobs.remaining() == 0
    assert bench.journal["one", 0].error_message.startswith("KeyboardInterrupt")


def test_a_job_without_progress_is_taken_back_and_its_server_set_aside(
    server: FakeComfyUI, second_server: FakeComfyUI, bench: Bench
) -> None:
    server.jobs.duration_s, server.jobs.steps = 30.0, 1
    fleet = Fleet([server.url, second_server.url], stall_s=0.4, poll_s=0.05)
    engine = ComfyUIKeyframes(STILL, fleet)
    with pytest.raises(ServiceUnavailableError, match="no progress"):
        bench.make(engine, keyframe_brief())
    assert server.jobs.remaining() == 0
    made = bench.make(engine, keyframe_brief(), key="two")
    assert made.details["server"] == second_server.url
    fleet.close()


def test_when_one_of_two_servers_dies_half_way_the_other_makes_the_rest(
    server: FakeComfyUI, second_server: FakeComfyUI, bench: Bench
) -> None:
    fleet = Fleet([server.url, second_server.url], stall_s=1.0, poll_s=0.05)
    engine = ComfyUIKeyframes(STILL, fleet)
    server.jobs.duration_s = 30.0

    def made(number: int) -> str:
        for move in range(3):  # as `generate` begins an attempt anew elsewhere
            try:
                taken = bench.make(engine, keyframe_brief(seed=number), key=f"{number}-{move}")
            except ServiceUnavailableError:
                continue
            return str(taken.details["server"])
        raise AssertionError("made nowhere")

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(made, number) for number in range(6)]
        while server.jobs.running is None:
            time.sleep(0.02)
        server.kill()
        where = [future.result(60) for future in futures]
    fleet.close()
    assert where == [second_server.url] * 6
    errors = [done for done in bench.journal.values() if done.error_message]
    assert [done.server for done in errors] == [server.url]


def test_a_still_from_a_picture_is_given_that_picture(server: FakeComfyUI, fleet: Fleet, bench: Bench) -> None:
    graph = {
        **{name: node for name, node in STILL.graph.items() if name != "lat"},
        "img": {"class_type": "LoadImage", "inputs": {"image": "start.png"}},
        "enc": {"class_type": "VAEEncode", "inputs": {"pixels": ["img", 0], "vae": ["ckpt", 2]}},
    }
    graph["smp"] = {"class_type": "KSampler", "inputs": {**graph["smp"]["inputs"], "latent_image": ["enc", 0]}}
    bindings = {role: places for role, places in STILL.bindings.items() if role not in ("width", "height")}
    workflow = replace(STILL, graph=graph, bindings={**bindings, "image": ("img.inputs.image",)})
    engine = ComfyUIKeyframes(workflow, fleet)
    first = bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief(), key="before")
    made = bench.make(engine, keyframe_brief(), inputs={"picture": first.files["main"]})
    assert read_picture(made.files["main"]).shape == (192, 256, 3)
    sent = graph_sent(server, bench.prompt_id("one", 0))
    assert sent["img"]["inputs"]["image"].startswith("tower/")
    assert server.jobs.has_file("input", sent["img"]["inputs"]["image"])


def test_an_embedded_clip_grows_from_a_fetched_still(engine: ComfyUIKeyframes, bench: Bench) -> None:
    made = bench.make(engine, keyframe_brief())
    picture = made.files["main"]
    brief = clip_brief(sha256_of(picture), frames=25)
    animator = EmbeddedAnimator()
    parameters = animator.plan_attempt(brief, 1, ())
    folder = bench.folder / "clip"
    folder.mkdir()
    clip = animator.make(brief, Attempt(1, parameters["seed"], parameters, folder, {"picture": picture}))
    found = probe(clip.files["main"])
    assert (found.frames, found.width_px, found.height_px) == (25, 256, 192)
