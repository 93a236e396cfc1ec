"""Whatever a server says of a job is read, or refused as a wrong value; progress is only ever shown."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tower_anime_assets.clients.comfyui_jobs import (
    Job,
    JobState,
    Queue,
    describe_node_errors,
    find_name_fault,
    parse_history_entry,
    parse_queue,
)
from tower_anime_assets.clients.comfyui_socket import JobProgress
from tower_anime_assets.errors import Cause

ID = "083394d0-4277-4e01-a5de-706a6e993dd0"

KEYS = st.sampled_from(
    (
        *("outputs", "status", "status_str", "messages", "images", "animated", "filename", "nodes", "node", "value"),
        *("max", "prompt", "prompt_id", "queue_running", "queue_pending", "errors", "node_errors", "error", "state"),
        "timestamp",
    )
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["success", "error", "execution_start", "execution_error", "a.png", ID, "running", "finished"])
    | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=24,
)
ENTRIES = st.fixed_dictionaries(
    {
        "prompt": JSON,
        "outputs": st.dictionaries(st.text(max_size=3), st.dictionaries(KEYS, JSON, max_size=3), max_size=3),
        "status": st.fixed_dictionaries(
            {
                "status_str": st.sampled_from(["success", "error"]),
                "messages": st.lists(st.tuples(KEYS | SCALARS, st.dictionaries(KEYS, JSON, max_size=3)), max_size=4),
            }
        ),
    }
)


def entry(status: str, *messages: list[Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "prompt": [61, ID, {}, {"client_id": "me"}, ["3"]],
        "outputs": outputs or {},
        "status": {"status_str": status, "completed": status == "success", "messages": list(messages)},
        "meta": {},
    }


def saved(filename: str, **more: Any) -> dict[str, Any]:
    return {"3": {"images": [{"filename": filename, "subfolder": "video", "type": "output"}], **more}}


@given(JSON | ENTRIES)
@settings(max_examples=200, deadline=None)
def test_any_history_is_read_or_is_a_wrong_value(found: Any) -> None:
    with suppress(ValueError):
        assert isinstance(parse_history_entry(ID, found), Job)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_queue_is_read_or_is_a_wrong_value(found: Any) -> None:
    with suppress(ValueError):
        assert isinstance(parse_queue(found), Queue)


@given(st.dictionaries(KEYS, JSON, max_size=4))
@example({"node_errors": {"outputs": {"errors": True}}})
@settings(max_examples=100, deadline=None)
def test_any_refusal_can_be_put_into_words(found: dict[str, Any]) -> None:
    assert isinstance(describe_node_errors(found), str)


MESSAGES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["progress", "progress_state", "executing", "executed", "execution_cached", "status"]),
        "data": st.dictionaries(KEYS, JSON, max_size=4).map(lambda data: {**data, "prompt_id": ID}),
    }
)


@given(st.lists(MESSAGES | JSON, max_size=12), JSON)
@settings(max_examples=200, deadline=None)
def test_whatever_a_socket_says_the_share_stays_between_0_and_1_and_never_falls(
    messages: list[Any], graph: Any
) -> None:
    progress, shares = JobProgress(ID), [0.0]
    progress.set_graph(graph if isinstance(graph, dict) else {})
    for message in messages:
        progress.apply_message(message)
        shares.append(progress.share)
    assert shares == sorted(shares)
    assert 0.0 <= progress.share <= 1.0


@pytest.mark.parametrize(
    ("filename", "more", "is_video"),
    [
        ("a.mp4", {"animated": [True]}, True),
        ("a.webm", {}, True),
        ("a.GIF", {}, True),
        ("a.webp", {"animated": [True]}, True),
        ("a.webp", {}, False),
        ("a.png", {"animated": [False]}, False),
    ],
)
def test_videos_are_told_by_their_suffix_or_by_being_animated(
    filename: str, more: dict[str, Any], is_video: bool
) -> None:
    assert parse_history_entry(ID, entry("success", outputs=saved(filename, **more))).outputs[0].is_video is is_video


def test_the_files_of_other_node_packs_are_found_too() -> None:
    outputs = {"7": {"gifs": [{"filename": "a.mp4", "subfolder": "", "type": "output", "format": "video/h264-mp4"}]}}
    (output,) = parse_history_entry(ID, entry("success", outputs=outputs)).outputs
    assert (output.node, output.filename, output.is_video) == ("7", "a.mp4", True)


def test_an_interrupted_job_names_where_it_was() -> None:
    job = parse_history_entry(ID, entry("error", ["execution_interrupted", {"node_id": "9", "node_type": "KSampler"}]))
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.is_interrupt, job.failure.node, job.failure.node_type) == (True, "9", "KSampler")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory. (out of memory)"),
        (
            "torch.OutOfMemoryError",
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 11.6",
        ),
        ("torch.cuda.OutOfMemoryError", "Allocation on device "),
        ("torch.OutOfMemoryError", "HIP out of memory. Tried to allocate 512.00 MiB."),
        ("RuntimeError", "MPS backend out of memory (MPS allocated: 17.8 GB, other allocations: 1.1 GB)"),
        ("RuntimeError", "CUDA error: out of memory"),
        (
            "RuntimeError",
            "Could not allocate tensor with 402653184 bytes. There is not enough GPU video memory available!",
        ),
        (
            "RuntimeError",
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
        ),
        ("numpy._core._exceptions._ArrayMemoryError", "Unable to allocate 5.6 GiB for an array with shape (121, 4)"),
        ("MemoryError", ""),
    ],
)
def test_a_full_card_is_told_from_a_broken_graph_whatever_it_is_called(kind: str, message: str) -> None:
    error = {"node_id": "9", "node_type": "KSampler", "exception_type": kind, "exception_message": f"{message}\n"}
    failure = parse_history_entry(ID, entry("error", ["execution_error", error])).failure
    assert failure is not None
    assert failure.cause is Cause.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("ValueError", "seed out of range"),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (77x2048 and 768x320)"),
        ("KeyError", "'memory'"),
        ("FileNotFoundError", "the file memory_allocation.safetensors is not there"),
        ("", ""),
    ],
)
def test_any_other_failed_node_is_a_broken_graph(kind: str, message: str) -> None:
    error = {"node_id": "9", "node_type": "KSampler", "exception_type": kind, "exception_message": message}
    failure = parse_history_entry(ID, entry("error", ["execution_error", error])).failure
    assert failure is not None
    assert failure.cause is Cause.BROKEN_GRAPH


def test_times_are_the_servers_and_what_is_no_time_is_none() -> None:
    job = parse_history_entry(
        ID,
        entry(
            "success",
            ["execution_start", {"timestamp": 1795241334104}],
            ["execution_success", {"timestamp": "soon"}],
            outputs=saved("a.png"),
        ),
    )
    assert job.started_at == datetime.fromtimestamp(1795241334.104, UTC)
    assert job.finished_at is None


def test_waiting_jobs_come_in_the_order_in_which_they_will_run() -> None:
    told = [[62, "b", {}, {}, []], [-65, "front", {}, {}, []], [64, "d", {}, {}, []], [63, "c", {}, {}, []]]
    queue = parse_queue({"queue_running": [[61, "a", {}, {}, []]], "queue_pending": told})
    assert [job.prompt_id for job in queue.pending] == ["front", "b", "c", "d"]
    assert [job.prompt_id for job in queue.running] == ["a"]


def test_messages_about_other_jobs_are_no_progress() -> None:
    progress = JobProgress(ID)
    assert not progress.apply_message(
        {"type": "progress", "data": {"value": 1, "max": 2, "node": "3", "prompt_id": "other"}}
    )
    assert progress.apply_message({"type": "progress", "data": {"value": 1, "max": 2, "node": "3", "prompt_id": ID}})
    assert not progress.apply_message(
        {"type": "progress", "data": {"value": 1, "max": 2, "node": "3", "prompt_id": ID}}
    )


def test_a_sampler_is_most_of_a_jobs_progress() -> None:
    progress = JobProgress(ID)
    progress.set_graph(
        {str(number): {"class_type": "CLIPTextEncode"} for number in range(5)} | {"s": {"class_type": "KSampler"}}
    )
    cached = {"nodes": [str(number) for number in range(5)], "prompt_id": ID}
    progress.apply_message({"type": "execution_cached", "data": cached})
    assert progress.share == pytest.approx(0.2)
    progress.apply_message({"type": "progress", "data": {"value": 15, "max": 30, "node": "s", "prompt_id": ID}})
    assert progress.share == pytest.approx(0.6)
    assert progress.words == "KSampler 15 of 30"


@pytest.mark.parametrize("name", ["アキラ　夜.png", "condor.png", "a b (1)_00001_.png", "console.log.png", "é" * 60])
def test_an_unusual_name_is_a_name(name: str) -> None:
    assert find_name_fault(name) == ""
    assert find_name_fault(f"tower/{name}", is_folder=True) == ""
