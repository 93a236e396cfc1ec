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

_SPARE_BYTES = 16_000_000
"""What a file may be longer than its pictures uncompressed: headers, and the graph that a server embeds."""


_LOOK_AGAIN_S = (0.1, 0.4, 1.0, 1.5)


@dataclass(frozen=True)
class Rendered:
    """What a job left: `path` is ours, in the attempt's folder; `gpu_s` is how long the server worked, 0 if unknown."""

    path: Path
    gpu_s: float


@dataclass(frozen=True)
class Work:
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
    number: int
    of: int
    picture: Path | None
    changes: Callable[[str], Mapping[str, Any]]
    limit_bytes: int


def raw_bytes(width_px: int, height_px: int, frames: int) -> int:
    """Return a limit for a file of pictures: three bytes a pixel, and something to spare."""
    return 3 * width_px * height_px * frames + _SPARE_BYTES


def rendering_of(attempt: Attempt) -> RemoteContext:
    """Return what ties an attempt to its server.

    Raises:
        PlanError: The attempt was begun without a lease.
    """
    if attempt.remote is None:
        raise PlanError("a ComfyUI engine was asked to make something without a leased server; report this")
    return attempt.remote


def carried_out(work: Work) -> Rendered:
    """Have a part made and fetch it; however the job ends, that is journalled.

    A job that an earlier run submitted is waited for, or fetched when it is finished, and never submitted again.

    Raises:
        RenderLostError: The server no longer knows the job.
        ServiceUnavailableError: It does not answer, or the job makes no progress.
        ServiceRejectedError: It refused the job, a node failed, or it answered what cannot be used.
        MediaError: The file cannot be written.
        StoppedError: The run was stopped; the job was taken back.
    """
    rendering = rendering_of(work.attempt)
    prompt_id = rendering.prompt_id_for(work.number)
    if rendering.is_resumed and (not work.number or _is_known(work, prompt_id)):
        changes = work.changes(f"{UPLOAD_FOLDER}/{_name(work.picture)}" if work.picture else "")
        return _followed(work, prompt_id, changes, is_new=False)
    if work.attempt.is_stopped():
        raise StoppedError("stopped before the job was submitted; run again to go on from here")
    return _followed(work, prompt_id, work.changes(_uploaded(work)), is_new=True)


def _is_known(work: Work, prompt_id: str) -> bool:
    """Return whether a server knows a job; asked a few times, for a finished job can come late into the history."""
    for pause_s in _LOOK_AGAIN_S:
        if work.client.job(prompt_id).state is not JobState.UNKNOWN:
            return True
        time.sleep(pause_s)
    return False


def _followed(work: Work, prompt_id: str, changes: Mapping[str, Any], *, is_new: bool) -> Rendered:
    queued_at = datetime.now(UTC) if is_new else None
    job: Job | None = None
    try:
        if is_new:
            work.client.submit(prompt_id, fill_template(rendering_of(work.attempt).lease.template, changes), prompt_id)
        job = work.client.wait(
            prompt_id,
            # A socket that an earlier run opened under this name is closed, so the job's progress comes to ours.
            client_id=prompt_id,
            progress=lambda part, words: _say(work, part, words),
            is_stopped=work.attempt.is_stopped,
        )
        path, output = _fetched(work, job)
        kept = {"filename": output.filename, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    except RenderFailed as error:
        _journal(work, changes, queued_at, str(error), error.job)
        raise
    except (RenderLostError, StoppedError) as error:  # nothing is left to take back: forgotten, or taken back already
        _journal(work, changes, queued_at, str(error), job)
        raise
    except BaseException as error:
        _take_back(work, prompt_id)
        said = str(error) if isinstance(error, TowerError) else f"{type(error).__name__}: {error}"
        _journal(work, changes, queued_at, said, job)
        raise
    _journal(work, changes, queued_at, "", job, kept)
    return Rendered(path, _worked_s(job))


def _uploaded(work: Work) -> str:
    return work.client.upload(work.picture, _name(work.picture)) if work.picture else ""


def _name(picture: Path) -> str:
    return f"{sha256_of(picture)}.png"


def _say(work: Work, part: float, words: str) -> None:
    whole = f" ({work.number + 1} of {work.of})" if work.of > 1 else ""
    work.attempt.report_progress(0.95 * (work.number + part) / work.of, f"{words}{whole}")


def _fetched(work: Work, job: Job) -> tuple[Path, OutputFile]:
    """Fetch the one output that the workflow is made for; the name that the server gave it is not used."""
    wants_video = work.workflow.medium == "video"
    fit = [
        output
        for output in job.outputs
        if output.node in work.workflow.output_nodes and output.is_video == wants_video and output.type == "output"
    ]
    if not fit:
        found = ", ".join(f"node {item.node}: {'video' if item.is_video else 'picture'}" for item in job.outputs)
        raise MediaError(
            f"job {job.prompt_id} gave no {work.workflow.medium} at node {' or '.join(work.workflow.output_nodes)}; "
            f"found {found or 'nothing'}. Mend `output` in the workflow.yaml of {work.workflow.name}"
        )
    path = work.attempt.folder / f"fetched-{work.number}"
    work.client.fetch(fit[0], path, work.limit_bytes)
    return path, fit[0]


def _take_back(work: Work, prompt_id: str) -> None:
    """Take a job back that will not be waited for; a server that is away cannot be told, and is set aside anyway."""
    with suppress(ServiceError):
        work.client.abandon(prompt_id)


def _journal(
    work: Work,
    changes: Mapping[str, Any],
    queued_at: datetime | None,
    error: str,
    job: Job | None = None,
    *outputs: Mapping[str, Any],
) -> None:
    rendering = rendering_of(work.attempt)
    failure = job.failure if job is not None else None
    rendering.record_submission(
        Submission(
            part=work.number,
            prompt_id=rendering.prompt_id_for(work.number),
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


def _worked_s(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        return 0.0
    return max(0.0, (job.finished_at - job.started_at).total_seconds())
