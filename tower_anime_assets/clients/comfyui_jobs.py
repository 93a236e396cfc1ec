"""Jobs, parsed from ComfyUI's history and queue; no request is made here.

Source: recorded answers of ComfyUI 0.3.64; videos are listed under `images` too, other node packs use `gifs`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter

from tower_anime_assets.errors import Cause

_VIDEO_SUFFIXES = frozenset({".mp4", ".webm", ".mkv", ".mov", ".m4v", ".avi", ".gif"})

_FILE_LISTS = ("images", "gifs", "videos")

_MESSAGE_CHARACTERS = 2000

_LATEST_MS = 32_503_680_000_000.0
"""The year 3000: later times are invalid."""

_MEMORY_EXCEPTION = re.compile(r"(OutOfMemoryError|OutOfMemory|ArrayMemoryError|(^|\.)MemoryError)$")
_MEMORY_MESSAGE = re.compile(
    r"out of memory|ran out of memory|not enough (GPU )?(video )?memory|can't allocate memory|^Allocation on device"
    r"|unable to allocate|could not allocate tensor|(CUBLAS|CUDNN|HIPBLAS)_STATUS_ALLOC_FAILED|hipErrorOutOfMemory",
    re.IGNORECASE,
)
"""How full memory is reported: torch on CUDA and HIP (`torch.OutOfMemoryError`, before 2.5 `torch.cuda.…`; "Allocation
on device …" with the malloc backend), MPS ("MPS backend out of memory"), DirectML, the CPU's allocator, NumPy."""


_NAME_CHARACTERS, _FOLDER_CHARACTERS = 255, 1024
"""What file systems allow a name; a path of several folders may be longer."""

_DEVICE_NAME = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's control characters, halves of characters, and line ends."""

_DOWNLOADED_TYPES = ("output", "temp")
"""A server's other folder, `input`, holds what people brought to it."""


@dataclass(frozen=True)
class OutputFile:
    """A file that a job saved on its server; its names are the server's and never become paths of ours.

    Attributes:
        node: Id of the node that saved it.
        type: `output`, or `temp` for a preview.
    """

    node: str
    filename: str
    subfolder: str
    type: str
    is_video: bool


def find_output_fault(output: OutputFile) -> str:
    """Return why a server is not asked for a file that it lists, as the end of a sentence; "" if it may be."""
    if output.type not in _DOWNLOADED_TYPES:
        return f"is of type {output.type[:_NAME_CHARACTERS]!r}; expected {' or '.join(_DOWNLOADED_TYPES)}"
    return find_name_fault(output.filename) or find_name_fault(output.subfolder, is_folder=True)


def find_name_fault(name: str, *, is_folder: bool = False) -> str:
    """Return why a server's name is refused on any system, as the end of a sentence; "" if it is a plain name.

    Args:
        name: A file's name, or a folder's path below the server's own, "" for that itself.
        is_folder: Which of the two.

    Source:
        Microsoft, "Naming Files, Paths, and Namespaces": reserved device names, with or without an extension.
    """
    limit = _FOLDER_CHARACTERS if is_folder else _NAME_CHARACTERS
    if len(name) > limit:
        return f"has a name of {len(name)} characters; expected at most {limit}"
    if any(unicodedata.category(character) in _CONTROL_CATEGORIES for character in name):
        return "has control characters in its name"
    parts = name.split("/")
    if ".." in parts or name.startswith("/") or any(bad in name for bad in "\\\0:") or (not is_folder and "/" in name):
        return "leads out of its folder"
    if any(_DEVICE_NAME.fullmatch(part.partition(".")[0].strip()) for part in parts):
        return "is the name of a device, not of a file"
    return "" if name or is_folder else "has no name"


@dataclass(frozen=True)
class Failure:
    """Why a job failed; `node` and `node_type` are "" if no node caused it."""

    message: str
    node: str = ""
    node_type: str = ""
    cause: Cause = Cause.BROKEN_GRAPH

    @property
    def is_interrupt(self) -> bool:
        """Whether somebody stopped the job."""
        return self.cause is Cause.INTERRUPTED


class JobState(StrEnum):
    """The state of a job; UNKNOWN means neither in the history nor in the queue."""

    UNKNOWN = "unknown"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the state is final."""
        return self in (JobState.SUCCEEDED, JobState.FAILED)


@dataclass(frozen=True)
class Job:
    """A job on a server.

    Attributes:
        outputs: In node order; a failed job may have some.
        all_cached: Whether every output is an old file from the server's cache.
        queued_at: When it was submitted; None if neither the server nor this client knows.
        peak_vram_bytes: The most of the card's memory that was in use while it ran; 0 if it was not polled.
    """

    prompt_id: str
    state: JobState
    outputs: tuple[OutputFile, ...] = ()
    all_cached: bool = False
    failure: Failure | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    peak_vram_bytes: int = 0


@dataclass(frozen=True)
class QueuedJob:
    """A job in the queue."""

    number: float
    prompt_id: str
    graph: Mapping[str, Any]


@dataclass(frozen=True)
class Queue:
    """A server's queue; pending jobs are in the order in which they will run."""

    running: tuple[QueuedJob, ...]
    pending: tuple[QueuedJob, ...]


class _FileEntry(BaseModel):
    filename: Annotated[str, StringConstraints(min_length=1)]
    subfolder: str = ""
    type: str = "output"


class _Status(BaseModel):
    status_str: str
    messages: list[tuple[str, dict[str, Any]]] = Field(default_factory=list)


class _HistoryEntry(BaseModel):
    prompt: list[Any] = Field(default_factory=list)
    outputs: dict[str, dict[str, Any]]
    status: _Status


class _QueueResponse(BaseModel):
    queue_running: list[list[Any]]
    queue_pending: list[list[Any]]


_QUEUED_JOB = TypeAdapter(QueuedJob)


def parse_history_entry(prompt_id: str, entry: Any) -> Job:
    """Return the ended job of a history entry.

    Raises:
        ValueError: The entry has an unknown format.
    """
    parsed = _HistoryEntry.model_validate(entry)
    if parsed.status.status_str not in ("success", "error"):
        raise ValueError(f"status_str is {parsed.status.status_str!r}, neither 'success' nor 'error'")
    messages = dict(parsed.status.messages)
    outputs = tuple(file for node, node_output in parsed.outputs.items() for file in _output_files(node, node_output))
    cached_nodes = messages.get("execution_cached", {}).get("nodes")
    cached = {node for node in cached_nodes if isinstance(node, str)} if isinstance(cached_nodes, list) else set()
    is_success = parsed.status.status_str == "success"
    return Job(
        prompt_id,
        JobState.SUCCEEDED if is_success else JobState.FAILED,
        outputs,
        bool(outputs) and all(file.node in cached for file in outputs),
        None if is_success else _parse_failure(messages),
        queued_at=_parse_timestamp(_extra_data(parsed.prompt).get("create_time")),
        started_at=_event_time(messages, "execution_start"),
        finished_at=_event_time(messages, "execution_success", "execution_error", "execution_interrupted"),
    )


def parse_queue(body: Any) -> Queue:
    """Return the queue.

    Raises:
        ValueError: The answer has an unknown format.
    """
    parsed = _QueueResponse.model_validate(body)
    pending = sorted(map(_parse_queued_job, parsed.queue_pending), key=lambda job: job.number)
    return Queue(tuple(map(_parse_queued_job, parsed.queue_running)), tuple(pending))


def describe_node_errors(body: Mapping[str, Any]) -> str:
    """Return the errors in the answer to a refused prompt, a line for each node; "" if there are none."""
    error, nodes = body.get("error"), body.get("node_errors")
    lines = [_describe_error(error)] if isinstance(error, Mapping) else []
    for node, fault in nodes.items() if isinstance(nodes, Mapping) else ():
        node_error = fault if isinstance(fault, Mapping) else {}
        errors = node_error.get("errors")
        listed = errors if isinstance(errors, list) else []
        reasons = "; ".join(_describe_error(item) for item in listed if isinstance(item, Mapping))
        lines.append(f"node {node} ({node_error.get('class_type', 'no class')}): {reasons or 'no reason given'}")
    return "\n".join(lines)


def _describe_error(error: Mapping[str, Any]) -> str:
    parts = (error.get("message") or error.get("type"), error.get("details"))
    return ": ".join(str(part)[:_MESSAGE_CHARACTERS].strip() for part in parts if part)


def _parse_queued_job(item: Sequence[Any]) -> QueuedJob:
    if len(item) < 3:
        raise ValueError(f"a job in the queue has {len(item)} parts; expected number, id and graph")
    return _QUEUED_JOB.validate_python({"number": item[0], "prompt_id": item[1], "graph": item[2]})


def _output_files(node: str, node_output: Mapping[str, Any]) -> list[OutputFile]:
    animated = node_output.get("animated")
    is_animated = isinstance(animated, list) and any(flag is True for flag in animated)
    entries = [entry for name in _FILE_LISTS for entry in _parse_file_entries(node_output.get(name))]
    return [
        OutputFile(
            node,
            entry.filename,
            entry.subfolder,
            entry.type,
            is_animated or PurePosixPath(entry.filename).suffix.lower() in _VIDEO_SUFFIXES,
        )
        for entry in entries
    ]


def _parse_file_entries(entries: Any) -> list[_FileEntry]:
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise ValueError(f"a node's files are a {type(entries).__name__}; expected a list")
    return [_FileEntry.model_validate(entry) for entry in entries]


def _parse_failure(messages: Mapping[str, Mapping[str, Any]]) -> Failure:
    interrupt, error = messages.get("execution_interrupted"), messages.get("execution_error")
    if error is not None:
        parts = (str(error.get(key, "")).strip() for key in ("exception_type", "exception_message"))
        message = ": ".join(parts).strip(": ")[:_MESSAGE_CHARACTERS]
        node = str(error.get("node_id", "")), str(error.get("node_type", ""))
        return Failure(message or "no reason given", *node, _cause_of_node_error(error))
    if interrupt is not None:
        node = str(interrupt.get("node_id", "")), str(interrupt.get("node_type", ""))
        return Failure("interrupted", *node, Cause.INTERRUPTED)
    return Failure("no reason given")


def _cause_of_node_error(error: Mapping[str, Any]) -> Cause:
    kind, message = (str(error.get(key, "")).strip() for key in ("exception_type", "exception_message"))
    is_full = _MEMORY_EXCEPTION.search(kind) or _MEMORY_MESSAGE.search(message[:_MESSAGE_CHARACTERS])
    return Cause.OUT_OF_MEMORY if is_full else Cause.BROKEN_GRAPH


def _extra_data(prompt: Sequence[Any]) -> Mapping[str, Any]:
    return prompt[3] if len(prompt) > 3 and isinstance(prompt[3], dict) else {}


def _event_time(messages: Mapping[str, Mapping[str, Any]], *names: str) -> datetime | None:
    times = (_parse_timestamp(messages[name].get("timestamp")) for name in names if name in messages)
    return next((time for time in times if time is not None), None)


def _parse_timestamp(milliseconds: Any) -> datetime | None:
    """Return a time from milliseconds since 1970; None for anything else."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < _LATEST_MS else None
