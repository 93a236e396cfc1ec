"""One job at a leased server from its picture to its file, taken up where an earlier run left it, always on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER, ComfyUIClient, Job, JobState, OutputFile, RenderFailed
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
"""What a file may be longer than its pictures uncompressed: headers, and the graph that a server embeds."""


_RECHECK_PAUSES_S = (0.1, 0.4, 1.0, 1.5)


@dataclass(frozen=True)
class RenderedFile:
    """What a job left: `path` is ours, in the attempt's folder; `gpu_s` is how long the server worked, 0 if unknown."""

    path: Path
    gpu_s: float


@dataclass(frozen=True)
class RenderTask:
    """One part of an attempt, to be made by one job.

    Attributes:
        number: 0 for the attempt's first.
        of: How many parts the attempt has.
        picture: What the job starts from, None for nothing.
        changes: Returns the changes in the leased template, given what LoadImage takes for the picture.
        limit_bytes: The most that the file may hold.
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
    """Return a limit for a file of pictures: three bytes a pixel, and something to spare."""
    return 3 * width_px * height_px * frames + _OVERHEAD_BYTES


def require_rendering(attempt: Attempt) -> RemoteContext:
    """Return what ties an attempt to its server.

    Raises:
        PlanError: The attempt was begun without a lease.
    """
    if attempt.remote is None:
        raise PlanError("a ComfyUI engine was asked to make something without a leased server; report this")
    return attempt.remote


def run_job(task: RenderTask) -> RenderedFile:
    """Have a part made and fetch it; however the job ends, that is journalled.

    A job that an earlier run submitted is waited for, or fetched when it is finished, and never submitted again.

    Raises:
        RenderLostError: The server no longer knows the job.
        ServiceUnavailableError: It does not answer, or the job makes no progress.
        ServiceRejectedError: It refused the job, a node failed, or it answered what cannot be used.
        MediaError: The file cannot be written.
        StoppedError: The run was stopped; the job was taken back.
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
    """Return whether a server knows a job; asked a few times, for a finished job can come late into the history."""
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
            # A socket that an earlier run opened under this name is closed, so the job's progress comes to ours.
            client_id=prompt_id,
            progress=lambda part, words: _report_progress(task, part, words),
            is_stopped=task.attempt.is_stopped,
        )
        path, output = _download_output(task, job)
        output_record = {"filename": output.filename, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    except RenderFailed as error:
        _record_submission(task, changes, queued_at, str(error), error.job)
        raise
    except (RenderLostError, StoppedError) as error:  # nothing is left to take back: forgotten, or taken back already
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
    """Fetch the one output that the workflow is made for; the name that the server gave it is not used."""
    wants_video = task.workflow.medium == "video"
    matches = [
        output
        for output in job.outputs
        if output.node in task.workflow.output_nodes and output.is_video == wants_video and output.type == "output"
    ]
    if not matches:
        actual = ", ".join(f"node {item.node}: {'video' if item.is_video else 'picture'}" for item in job.outputs)
        raise MediaError(
            f"job {job.prompt_id} gave no {task.workflow.medium} at node {' or '.join(task.workflow.output_nodes)}; "
            f"found {actual or 'nothing'}. Mend `output` in the workflow.yaml of {task.workflow.name}"
        )
    path = task.attempt.folder / f"fetched-{task.part_number}"
    task.client.download_output(matches[0], path, task.max_bytes)
    return path, matches[0]


def _cancel_job(task: RenderTask, prompt_id: str) -> None:
    """Take a job back that will not be waited for; a server that is away cannot be told, and is set aside anyway."""
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
