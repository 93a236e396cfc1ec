"""One job at a leased server: uploaded, submitted or resumed, awaited, downloaded, and always recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.clients.comfyui import (
    UPLOAD_FOLDER,
    ComfyUIClient,
    Job,
    JobState,
    OutputFile,
    RenderFailedError,
)
from tower_anime_assets.errors import (
    JobLeftError,
    MediaError,
    OutputMismatchError,
    PlanError,
    RenderLostError,
    ServiceError,
    StoppedError,
    TowerError,
)
from tower_anime_assets.media.conform import read_last_frame
from tower_anime_assets.media.external import read_external_picture
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.attempt import Attempt, OpenJob, RemoteContext, Submission
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.workflow import Workflow

_OVERHEAD_BYTES = 16_000_000
"""Room in a file beyond its uncompressed pixels: headers, and the graph that a server embeds."""

_PICTURE_ENDINGS: Final = ("_{:05}_.png",)
_VIDEO_ENDINGS: Final = ("_{:05}_.mp4", "_{:05}.mp4", "_{:05}_.webm")
"""What ComfyUI's own savers, and those of VideoHelperSuite, add to a prefix, with the file's number from 1."""

_RECHECK_PAUSES_S = (0.1, 0.4, 1.0, 1.5)


@dataclass(frozen=True)
class RenderedFile:
    """A job's output in the attempt's folder.

    Attributes:
        gpu_s: How long the server worked, 0 if unknown.
        others: Further candidates that the same job made.
    """

    path: Path
    gpu_s: float
    others: tuple[Path, ...] = ()


@dataclass(frozen=True)
class RenderTask:
    """One part of an attempt, made by one job.

    Attributes:
        part_number: 0 for the attempt's first.
        init_image: The picture that the job starts from, or the clip that it is given, if any.
        changes: Returns the changes in the leased template, given that file's name at the server.
        max_bytes: Limit for each output file.
        candidates: How many files the job makes of the same thing.
        pictures: All other pictures that the job takes, by role.
        picture_names: Their names at the server, which `changes` reads; a server may keep a picture under another.
    """

    client: ComfyUIClient
    workflow: Workflow
    attempt: Attempt
    part_number: int
    part_count: int
    init_image: Path | None
    changes: Callable[[str], Mapping[str, Any]]
    max_bytes: int
    candidates: int = 1
    pictures: Mapping[str, Path] = field(default_factory=dict)
    picture_names: dict[str, str] = field(default_factory=dict)


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
        OutputMismatchError: The job saved no file where the workflow says.
        MediaError: The file cannot be written.
        StoppedError: The run was stopped; the job was cancelled.
        JobLeftError: The run was stopped; the job may still run, or its file is still at the server.
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
        try:
            job = task.client.wait_for_job(
                prompt_id,
                # The socket that an earlier run opened under this id is closed, so ours gets the job's progress.
                client_id=prompt_id,
                progress=lambda part, words: _report_progress(task, part, words),
                is_stopped=task.attempt.is_stopped,
            )
        except RenderLostError as error:
            job = _find_forgotten(task, prompt_id, changes, error)
        downloads = _fetch_outputs(task, job)
        output_records = [
            {"filename": output.filename, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
            for path, output in downloads
        ]
    except JobLeftError:  # it has not ended: the next run records how it does
        raise
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
    _record_submission(task, changes, queued_at, "", job, *output_records)
    path, *others = (path for path, _output in downloads)
    return RenderedFile(path, _server_time_s(job), tuple(others))


def _upload_init_image(task: RenderTask) -> str:
    """Upload the job's pictures, and return the name of the init image at the server."""
    for role, picture in task.pictures.items():
        task.picture_names[role] = task.client.upload_picture(picture, _upload_name(picture))
    return task.client.upload_picture(task.init_image, _upload_name(task.init_image)) if task.init_image else ""


def _upload_name(init_image: Path) -> str:
    suffix = ".mp4" if init_image.suffix == ".mp4" else ".png"  # a clip to be finished, or an init image
    return f"{sha256_of(init_image)}{suffix}"


def _report_progress(task: RenderTask, part: float, message: str) -> None:
    part_note = f" ({task.part_number + 1} of {task.part_count})" if task.part_count > 1 else ""
    task.attempt.report_progress(0.95 * (task.part_number + part) / task.part_count, f"{message}{part_note}")


def _download_outputs(task: RenderTask, job: Job) -> list[tuple[Path, OutputFile]]:
    """Download the outputs that the workflow is made for, as many as were asked for, under names of our own."""
    wants_video = task.workflow.medium == "video"
    matches = [
        output
        for output in job.outputs
        if output.node in task.workflow.output_nodes and output.is_video == wants_video and output.type == "output"
    ]
    if not matches:
        actual = ", ".join(f"node {item.node}: {'video' if item.is_video else 'picture'}" for item in job.outputs)
        raise OutputMismatchError(
            f"job {job.prompt_id} saved no {task.workflow.medium} at node {' or '.join(task.workflow.output_nodes)}; "
            f"found {actual or 'nothing'}. Fix `output` in the workflow.yaml of {task.workflow.name}"
        )
    downloads = []
    for number, output in enumerate(matches[: task.candidates]):
        path = task.attempt.folder / f"fetched-{task.part_number}-{number}"
        task.client.download_output(output, path, task.max_bytes)
        downloads.append((path, output))
    return downloads


def _fetch_outputs(task: RenderTask, job: Job) -> list[tuple[Path, OutputFile]]:
    """Download the outputs of a job that ended well.

    Raises:
        JobLeftError: The run was stopped meanwhile: the next one fetches them.
    """
    try:
        return _download_outputs(task, job)
    except StoppedError as error:
        left = OpenJob(task.client.url, job.prompt_id)
        raise JobLeftError(f"stopped before the file of a job arrived; {left}", left.server, left.prompt_id) from error


def _find_forgotten(task: RenderTask, prompt_id: str, changes: Mapping[str, Any], lost: RenderLostError) -> Job:
    """Return a job that the server has forgotten as one that ended well, if its files are there.

    A restart loses the history, but keeps the files; and their names are known, because no other job has the prefix.

    Raises:
        RenderLostError: `lost`: a file is missing, or was not finished.
    """
    places = task.workflow.bindings.get("filename_prefix", ())
    is_video = task.workflow.medium == "video"
    for prefix in {str(changes[place]) for place in places if place in changes}:
        folder, _, name = prefix.rpartition("/")
        for ending in _VIDEO_ENDINGS if is_video else _PICTURE_ENDINGS:
            names = [f"{name}{ending.format(number)}" for number in range(1, task.candidates + 1)]
            node = task.workflow.output_nodes[0]
            outputs = tuple(OutputFile(node, each, folder, "output", is_video) for each in names)
            if not all(map(task.client.has_output, outputs)):
                continue
            job = Job(prompt_id, JobState.SUCCEEDED, outputs)
            try:
                for path, _output in _fetch_outputs(task, job):
                    (read_last_frame if is_video else read_external_picture)(path)
            except MediaError:
                raise lost from None
            return job
    raise lost


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
            uploads=tuple(_kept_upload(task, picture) for picture in _pictures_of(task)),
        )
    )


def _pictures_of(task: RenderTask) -> tuple[Path, ...]:
    """Return the pictures that a job takes, each once."""
    init_image = (task.init_image,) if task.init_image else ()
    return tuple(dict.fromkeys((*init_image, *task.pictures.values())))


def _kept_upload(task: RenderTask, picture: Path) -> Mapping[str, Any]:
    """Keep a picture that a job starts from, so that the name in its graph leads to it, and return what is recorded."""
    name = _upload_name(picture)
    path = require_rendering(task.attempt).keep_upload(picture)
    return {"name": f"{UPLOAD_FOLDER}/{name}", "path": path, "sha256": sha256_of(picture)}


def _server_time_s(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        return 0.0
    return max(0.0, (job.finished_at - job.started_at).total_seconds())
