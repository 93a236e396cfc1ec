"""One job at a leased server: uploaded, submitted or resumed, awaited, downloaded, and always recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.comfyui import (
    UPLOAD_FOLDER,
    ComfyUIClient,
    Job,
    JobState,
    OutputFile,
    RenderFailedError,
)
from tower_anime_assets.errors import (
    MediaError,
    PlanError,
    RenderLostError,
    ServiceError,
    StoppedError,
    TowerError,
)
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.attempt import Attempt, RemoteContext, Submission
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.workflow import Workflow

_OVERHEAD_BYTES = 16_000_000
"""Room in a file beyond its uncompressed pixels: headers, and the graph that a server embeds."""

_RECHECK_PAUSES_S = (0.1, 0.4, 1.0, 1.5)


@dataclass(frozen=True)
class RenderedFile:
    """A job's output in the attempt's folder; `gpu_s` is how long the server worked, 0 if unknown."""

    path: Path
    gpu_s: float


@dataclass(frozen=True)
class RenderTask:
    """One part of an attempt, made by one job.

    Attributes:
        part_number: 0 for the attempt's first.
        init_image: The picture that the job starts from, if any.
        changes: Returns the changes in the leased template, given the picture's name at the server.
        max_bytes: Limit for the output file.
    """

    client: ComfyUIClient
    workflow: Workflow
    attempt: Attempt
    part_number: int
    part_count: int
    init_image: Path | None
    changes: Callable[[str], Mapping[str, Any]]
    max_bytes: int


def max_output_bytes(width_px: int, height_px: int, frames: int) -> int:
    """Return a limit for a file of so many frames: three bytes per pixel, plus overhead."""
    return 3 * width_px * height_px * frames + _OVERHEAD_BYTES


def require_rendering(attempt: Attempt) -> RemoteContext:
    """Return an attempt's remote context.

    Raises:
        PlanError: The attempt has no leased server.
    """
    if attempt.remote is None:
        raise PlanError("a ComfyUI engine was called without a leased server. This is a bug: please report it")
    return attempt.remote


def run_job(task: RenderTask) -> RenderedFile:
    """Render a part and download it; however the job ends, its end is recorded.

    A job that an earlier run submitted is resumed, and never submitted again.

    Raises:
        RenderLostError: The server no longer knows the job.
        ServiceUnavailableError: The server does not answer, or the job makes no progress.
        ServiceRejectedError: The server refused the job, a node failed, or its answer broke the protocol.
        MediaError: The file cannot be written.
        StoppedError: The run was stopped; the job was cancelled.
    """
    rendering = require_rendering(task.attempt)
    prompt_id = rendering.prompt_id_for(task.part_number)
    if rendering.is_resumed and (not task.part_number or _is_job_known(task, prompt_id)):
        changes = task.changes(f"{UPLOAD_FOLDER}/{_upload_name(task.init_image)}" if task.init_image else "")
        return _follow_job(task, prompt_id, changes, is_new=False)
    if task.attempt.is_stopped():
        raise StoppedError("stopped before the job was submitted; run again to go on from here")
    return _follow_job(task, prompt_id, task.changes(_upload_init_image(task)), is_new=True)


def _is_job_known(task: RenderTask, prompt_id: str) -> bool:
    """Return whether a server knows a job; asked several times, because a finished job can enter the history late."""
    for pause_s in _RECHECK_PAUSES_S:
        if task.client.job(prompt_id).state is not JobState.UNKNOWN:
            return True
        time.sleep(pause_s)
    return False


def _follow_job(task: RenderTask, prompt_id: str, changes: Mapping[str, Any], *, is_new: bool) -> RenderedFile:
    queued_at = datetime.now(UTC) if is_new else None
    job: Job | None = None
    try:
        if is_new:
            task.client.submit(
                prompt_id, fill_template(require_rendering(task.attempt).lease.template, changes), prompt_id
            )
        job = task.client.wait_for_job(
            prompt_id,
            # The socket that an earlier run opened under this id is closed, so ours gets the job's progress.
            client_id=prompt_id,
            progress=lambda part, words: _report_progress(task, part, words),
            is_stopped=task.attempt.is_stopped,
        )
        path, output = _download_output(task, job)
        output_record = {"filename": output.filename, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    except RenderFailedError as error:
        _record_submission(task, changes, queued_at, str(error), error.job)
        raise
    except (RenderLostError, StoppedError) as error:  # nothing to cancel: lost, or cancelled already
        _record_submission(task, changes, queued_at, str(error), job)
        raise
    except BaseException as error:
        _cancel_job(task, prompt_id)
        message = str(error) if isinstance(error, TowerError) else f"{type(error).__name__}: {error}"
        _record_submission(task, changes, queued_at, message, job)
        raise
    _record_submission(task, changes, queued_at, "", job, output_record)
    return RenderedFile(path, _server_time_s(job))


def _upload_init_image(task: RenderTask) -> str:
    return task.client.upload_picture(task.init_image, _upload_name(task.init_image)) if task.init_image else ""


def _upload_name(init_image: Path) -> str:
    return f"{sha256_of(init_image)}.png"


def _report_progress(task: RenderTask, part: float, message: str) -> None:
    part_note = f" ({task.part_number + 1} of {task.part_count})" if task.part_count > 1 else ""
    task.attempt.report_progress(0.95 * (task.part_number + part) / task.part_count, f"{message}{part_note}")


def _download_output(task: RenderTask, job: Job) -> tuple[Path, OutputFile]:
    """Download the output that the workflow is made for, under a name of our own."""
    wants_video = task.workflow.medium == "video"
    matches = [
        output
        for output in job.outputs
        if output.node in task.workflow.output_nodes and output.is_video == wants_video and output.type == "output"
    ]
    if not matches:
        actual = ", ".join(f"node {item.node}: {'video' if item.is_video else 'picture'}" for item in job.outputs)
        raise MediaError(
            f"job {job.prompt_id} saved no {task.workflow.medium} at node {' or '.join(task.workflow.output_nodes)}; "
            f"found {actual or 'nothing'}. Fix `output` in the workflow.yaml of {task.workflow.name}"
        )
    path = task.attempt.folder / f"fetched-{task.part_number}"
    task.client.download_output(matches[0], path, task.max_bytes)
    return path, matches[0]


def _cancel_job(task: RenderTask, prompt_id: str) -> None:
    """Cancel a job, if its server answers."""
    with suppress(ServiceError):
        task.client.cancel(prompt_id)


def _record_submission(
    task: RenderTask,
    changes: Mapping[str, Any],
    queued_at: datetime | None,
    error: str,
    job: Job | None = None,
    *outputs: Mapping[str, Any],
) -> None:
    rendering = require_rendering(task.attempt)
    failure = job.failure if job is not None else None
    rendering.record_submission(
        Submission(
            part=task.part_number,
            prompt_id=rendering.prompt_id_for(task.part_number),
            server=rendering.lease.server,
            changes=changes,
            queued_at=(job.queued_at if job is not None else None) or queued_at,
            started_at=job.started_at if job is not None else None,
            finished_at=(job.finished_at if job is not None else None) or datetime.now(UTC),
            error_message=error,
            error_node=failure.node if failure is not None else "",
            error_node_type=failure.node_type if failure is not None else "",
            peak_vram_bytes=job.peak_vram_bytes if job is not None else 0,
            outputs=outputs,
        )
    )


def _server_time_s(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        return 0.0
    return max(0.0, (job.finished_at - job.started_at).total_seconds())
