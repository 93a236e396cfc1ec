"""One ComfyUI server over HTTP, with its socket for progress; knows nothing of shots, gates or decisions.

A job's history entry decides what became of it. Answers are validated, and no file name of the server becomes a path
of ours.

Source: ComfyUI's routes as recorded on 0.3.64. `POST /prompt` is not idempotent; `POST /interrupt` without an id would
stop any running job, and an `Origin` header may be refused: neither is ever sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from tower_anime_assets.clients.comfyui_jobs import (
    Failure,
    Job,
    JobState,
    OutputFile,
    Queue,
    describe_node_errors,
    parse_history_entry,
    parse_queue,
)
from tower_anime_assets.clients.comfyui_socket import JobProgress, ProgressSocket
from tower_anime_assets.clients.http import HttpService, ServiceClient, timeout_of
from tower_anime_assets.errors import (
    PlanError,
    RenderLostError,
    ServiceError,
    ServiceRejectedError,
    ServiceUnavailableError,
    StoppedError,
)

__all__ = ["ComfyUIClient", "Failure", "Job", "JobState", "OutputFile", "RenderFailedError", "SystemStats"]

UPLOAD_FOLDER = "tower"
"""Folder of uploaded pictures in the server's input folder, apart from those of others."""

_POLL_TIMEOUT = timeout_of(15.0)
"""For polls of a job: a server answers within milliseconds, except while it loads a large model."""

SUBMIT_TIMEOUT_S = 60.0

_UNREACHABLE_S = 30.0
_UNREACHABLE_POLLS = 3
"""A server is given up after this long without an answer, and at least this many polls."""

_HISTORY_RETRY_S = (0.05, 0.15, 0.4, 0.8)
"""Pauses before a job counts as lost: a history entry was seen 6 ms after the message that the job had ended."""

SETTLE_PAUSES_S = (0.05, 0.15, 0.4, 0.8, 1.6)
"""Pauses between polls whether a submission without an answer was accepted."""

_CANCEL_TIMEOUT_S = 15.0
"""How long an interrupted job is waited for; it ends after the sampler's current step."""

_VRAM_POLL_S = 5.0


class RenderFailedError(ServiceRejectedError):
    """A job ended without a new output: a node failed, it was interrupted, or it came from the cache.

    Attributes:
        job: The job.
    """

    recorded_as = "RenderFailed"

    def __init__(self, message: str, job: Job) -> None:
        super().__init__(message)
        self.job = job


@dataclass(frozen=True)
class SystemStats:
    """A server's version and its first device; for a CPU the memory is main memory."""

    version: str
    vram_total_bytes: int
    vram_free_bytes: int
    device: str

    @property
    def is_cpu(self) -> bool:
        """Whether it renders without a graphics card."""
        return self.device.partition(":")[0] == "cpu"


class _SystemInfo(BaseModel):
    comfyui_version: str


class _DeviceInfo(BaseModel):
    name: str
    vram_total: int
    vram_free: int


class _SystemStatsResponse(BaseModel):
    system: _SystemInfo
    devices: list[_DeviceInfo]


class _UploadResponse(BaseModel):
    name: str
    subfolder: str


class _PromptResponse(BaseModel):
    prompt_id: str
    node_errors: dict[str, Any] | list[Any] = {}


class ComfyUIClient(ServiceClient):
    """Client of one ComfyUI server.

    Args:
        url: Its address.
        token: Bearer token, or "".
        stall_s: How long a job may make no progress.
        poll_s: Pause between polls of a job.
        caches_node_info: Whether each node class is requested only once: for inspecting a server, not for long runs.
        submit_timeout_s: How long the server may take to answer a submission.
        settle_pauses_s: Pauses between polls whether a submission without an answer was accepted.

    Raises:
        PlanError: The token cannot be sent.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        stall_s: float = 600.0,
        poll_s: float = 1.0,
        caches_node_info: bool = False,
        submit_timeout_s: float = SUBMIT_TIMEOUT_S,
        settle_pauses_s: Sequence[float] = SETTLE_PAUSES_S,
    ) -> None:
        super().__init__(HttpService("ComfyUI", "COMFYUI_URL", url, token))
        self._node_info_cache: dict[str, Mapping[str, Any] | None] | None = {} if caches_node_info else None
        self._stall_s = stall_s
        self._poll_s = poll_s
        self._submit_timeout = timeout_of(submit_timeout_s)
        self._settle_pauses_s = settle_pauses_s
        self._submitted: dict[str, datetime] = {}

    def system_stats(self) -> SystemStats:
        """Return the server's version and memory."""
        path = "/system_stats"
        body = self._get_json(path)
        try:
            parsed = _SystemStatsResponse.model_validate(body)
            device = parsed.devices[0]
        except (ValueError, IndexError) as error:
            raise self._malformed_response(path, error) from error
        return SystemStats(parsed.system.comfyui_version, device.vram_total, device.vram_free, device.name)

    def node_info(self, node_class: str) -> Mapping[str, Any] | None:
        """Return the server's description of a node class; None if it does not have the class."""
        if self._node_info_cache is None:
            return self._fetch_node_info(node_class)
        if node_class not in self._node_info_cache:
            self._node_info_cache[node_class] = self._fetch_node_info(node_class)
        return self._node_info_cache[node_class]

    def _fetch_node_info(self, node_class: str) -> Mapping[str, Any] | None:
        path = f"/object_info/{quote(node_class, safe='')}"
        body = self._service.get_json(path)
        if body == {}:
            return None
        if not isinstance(body, dict) or not isinstance(body.get(node_class), dict):
            raise self._malformed_response(path, f"no entry for {node_class}")
        return dict(body[node_class])

    def input_options(self, node_class: str, input_name: str) -> tuple[str, ...] | None:
        """Return the choices of a node class's input, such as the files that a loader can load.

        Returns:
            The choices, in either form that servers use; None if there is no such input, or it is not a choice.
        """
        inputs = (self.node_info(node_class) or {}).get("input")
        parts = [inputs.get(part) for part in ("required", "optional")] if isinstance(inputs, dict) else []
        declaration = next((part[input_name] for part in parts if isinstance(part, dict) and input_name in part), None)
        if not isinstance(declaration, list) or not declaration:
            return None
        if isinstance(declaration[0], list):
            return tuple(map(str, declaration[0]))
        config = declaration[1] if len(declaration) > 1 and isinstance(declaration[1], dict) else {}
        choices = config.get("options")
        return tuple(map(str, choices)) if declaration[0] == "COMBO" and isinstance(choices, list) else None

    def job(self, prompt_id: str) -> Job:
        """Return a job as the history or the queue has it; its state is UNKNOWN if neither has."""
        job, _jobs_ahead, _graph = self._locate_job(prompt_id)
        return job

    def upload_picture(self, picture: Path, name: str) -> str:
        """Upload a picture and return its name for LoadImage; a picture of the same name is replaced.

        Args:
            picture: Any picture file.
            name: A plain file name, derived from the content: a replaced picture may still be in use.

        Raises:
            PlanError: The name is not a plain file name.
        """
        if name != Path(name).name or name in ("", ".", ".."):
            raise PlanError(f"{name!r} cannot name an upload; expected a plain file name")
        path = "/upload/image"
        with picture.open("rb") as file:
            fields = {"subfolder": UPLOAD_FOLDER, "type": "input", "overwrite": "true"}
            with self._service.stream("POST", path, files={"image": (name, file)}, data=fields) as response:
                body = self._service.read_json(response)
        try:
            parsed = _UploadResponse.model_validate(body)
        except ValueError as error:
            raise self._malformed_response(path, error) from error
        if not parsed.name or not (_is_safe_name(parsed.name) and _is_safe_name(parsed.subfolder)):
            raise self._malformed_response(path, f"the name {parsed.subfolder}/{parsed.name} leads out of its folder")
        return "/".join(filter(None, (parsed.subfolder.strip("./"), parsed.name)))

    def submit(self, prompt_id: str, graph: str, client_id: str = "") -> None:
        """Queue a job once; if the answer does not tell whether it was accepted, the server is polled for the job.

        Args:
            prompt_id: A canonical lowercase UUID of our choice.
            graph: The graph in API format, as JSON text; sent unchanged.
            client_id: The socket that gets the job's progress.

        Raises:
            PlanError: The id is not canonical.
            ServiceUnavailableError: The server does not answer, and does not know the job.
            ServiceRejectedError: It refuses the graph or a part of it; nothing is left running then.
        """
        if not _is_canonical_uuid(prompt_id):
            raise PlanError(f"the job id is {prompt_id!r}; expected a lowercase UUID")
        ids = json.dumps({"prompt_id": prompt_id, **({"client_id": client_id} if client_id else {})})
        request_body = f'{{"prompt": {graph}, {ids[1:]}'
        submitted_at = datetime.now(UTC)
        try:
            response_body = self._post_prompt(request_body)
        except ServiceError as error:
            if isinstance(error, _RefusedError) or _was_never_sent(error) or not self._was_accepted(prompt_id):
                raise
            self._submitted[prompt_id] = submitted_at
            return
        self._check_accepted_whole(prompt_id, response_body)
        self._submitted[prompt_id] = submitted_at

    def wait_for_job(
        self,
        prompt_id: str,
        *,
        client_id: str = "",
        progress: Callable[[float, str], None] = lambda _part, _words: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Job:
        """Return a job once it has succeeded with new outputs.

        There is no time limit except without progress: a message of the socket, a new state or place in the queue, or
        another job that runs before ours.

        Args:
            prompt_id: The job.
            client_id: The id that it was submitted with; "" waits without a socket.
            progress: Called with 0..1 and a few words.
            is_stopped: Whether the run was stopped; asked at every poll.

        Raises:
            RenderFailedError: It failed, was interrupted, saved nothing, or came from the cache.
            RenderLostError: The server does not know it.
            ServiceUnavailableError: It makes no progress, or the server stopped answering.
            StoppedError: The run was stopped; the job was cancelled.
        """
        job_progress = JobProgress(prompt_id)
        watchdog = _JobWatchdog(self._stall_s)
        with ProgressSocket(self.url, client_id, self._service.authorization) as events:
            while True:
                if is_stopped():
                    self._cancel_and_raise(prompt_id)
                job = self._poll_job(prompt_id, job_progress, watchdog)
                if job is not None and job.state.is_over:
                    self._submitted.pop(prompt_id, None)
                    return self._require_success(replace(job, peak_vram_bytes=watchdog.peak_vram_bytes))
                ended_but_absent, job_progress.is_over = job_progress.is_over, False
                pause_s = min(_HISTORY_RETRY_S[0], self._poll_s) if ended_but_absent else self._poll_s
                if events.receive_into(job_progress, pause_s):
                    watchdog.record_progress()
                progress(job_progress.share, job_progress.words)
                watchdog.raise_if_stalled(self._service.name, self.url, prompt_id)

    def download_output(self, output: OutputFile, target: Path, limit_bytes: int) -> None:
        """Download a job's file.

        Args:
            output: The file, as the job lists it.
            target: The file to write; replaced only when the download is complete.
            limit_bytes: A larger file is refused.

        Raises:
            ServiceUnavailableError: The server does not answer, or the file was cut short.
            ServiceRejectedError: It is missing, empty, too large or not a picture or video, or its name is unsafe.
            MediaError: `target` cannot be written.
        """
        if not (_is_safe_name(output.filename) and _is_safe_name(output.subfolder)) or "/" in output.filename:
            raise ServiceRejectedError(
                f"ComfyUI at {self.url}: the output {output.subfolder}/{output.filename} leads out of its folder"
            )
        query = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}
        temp_path = target.with_name(f"{target.name}.part")
        try:
            with self._service.stream("GET", "/view", params=query) as response:
                content_type = response.headers.get("content-type", "")
                if not content_type.startswith(("image/", "video/")):
                    found = f"{content_type or 'no content type'} for {output.filename}"
                    raise self._service.contract_error("/view", found, "image/* or video/*")
                if not self._service.save_body(response, temp_path, limit_bytes):
                    raise ServiceRejectedError(f"ComfyUI at {self.url}/view: {output.filename} is empty")
            temp_path.replace(target)
        finally:
            temp_path.unlink(missing_ok=True)

    def cancel(self, prompt_id: str) -> None:
        """Cancel a queued or running job, and no other; one that has ended or is unknown is left alone.

        Raises:
            ServiceUnavailableError: The server does not answer, or the job does not end in time.
        """
        self._service.post_json("/queue", {"delete": [prompt_id]})
        deadline_s = time.monotonic() + _CANCEL_TIMEOUT_S
        while (state := self.job(prompt_id).state) in (JobState.QUEUED, JobState.RUNNING):
            if time.monotonic() > deadline_s:
                raise ServiceUnavailableError(
                    f"ComfyUI at {self.url}: job {prompt_id} still runs {_CANCEL_TIMEOUT_S:.0f} s after it was "
                    "cancelled; it ends when its current node does"
                )
            if state is JobState.QUEUED:
                self._service.post_json("/queue", {"delete": [prompt_id]})
            else:
                self._service.post_json("/interrupt", {"prompt_id": prompt_id})
            time.sleep(min(0.1, self._poll_s))

    def free_memory(self) -> None:
        """Make the server unload its models, so that the card's memory is free for others."""
        self._service.post_json("/free", {"unload_models": True, "free_memory": True})

    def _get_json(self, path: str) -> Any:
        with self._service.stream("GET", path, timeout=_POLL_TIMEOUT) as response:
            return self._service.read_json(response)

    def _locate_job(self, prompt_id: str) -> tuple[Job, int, Mapping[str, Any]]:
        """Return the job, the number of jobs before it, and its graph if it is in the queue."""
        if job := self._job_in_history(prompt_id):
            return job, 0, {}
        queue = self._get_queue()
        queued_at = self._submitted.get(prompt_id)
        for entry in queue.running:
            if entry.prompt_id == prompt_id:
                return Job(prompt_id, JobState.RUNNING, queued_at=queued_at), 0, entry.graph
        for position, entry in enumerate(queue.pending, start=len(queue.running)):
            if entry.prompt_id == prompt_id:
                return Job(prompt_id, JobState.QUEUED, queued_at=queued_at), position, entry.graph
        # It may have ended between the two requests.
        return self._job_in_history(prompt_id) or Job(prompt_id, JobState.UNKNOWN, queued_at=queued_at), 0, {}

    def _job_in_history(self, prompt_id: str) -> Job | None:
        path = f"/history/{prompt_id}"
        body = self._get_json(path)
        if body == {}:
            return None
        try:
            job = parse_history_entry(prompt_id, body[prompt_id])
        except (ValueError, TypeError, KeyError) as error:
            raise self._malformed_response(path, error) from error
        return replace(job, queued_at=job.queued_at or self._submitted.get(prompt_id))

    def _get_queue(self) -> Queue:
        body = self._get_json("/queue")
        try:
            return parse_queue(body)
        except ValueError as error:
            raise self._malformed_response("/queue", error) from error

    def _post_prompt(self, request_body: str) -> Any:
        """Return the server's answer to an accepted prompt.

        Raises:
            _RefusedError: It refused the prompt.
            ServiceError: It is unknown whether it accepted the prompt.
        """
        options: dict[str, Any] = {
            "content": request_body,
            "headers": {"Content-Type": "application/json"},
            "timeout": self._submit_timeout,
        }
        with self._service.stream("POST", "/prompt", accepted_statuses=(200, 400), **options) as response:
            response_body = self._service.read_json(response)
        if response.status_code == 400:
            reasons = describe_node_errors(response_body) if isinstance(response_body, dict) else ""
            raise _RefusedError(
                f"ComfyUI at {self.url} refuses the graph: {self._service.redact(reasons) or response_body}"
            )
        return response_body

    def _was_accepted(self, prompt_id: str) -> bool:
        """Return whether the server knows a job; polled several times, since a slow server may accept it late."""
        for pause_s in self._settle_pauses_s:
            try:
                if self.job(prompt_id).state is not JobState.UNKNOWN:
                    return True
            except ServiceUnavailableError:  # the caller raises the error of the submission itself
                pass
            time.sleep(pause_s)
        return False

    def _check_accepted_whole(self, prompt_id: str, response_body: Any) -> None:
        try:
            parsed = _PromptResponse.model_validate(response_body)
        except ValueError as error:
            self.cancel(prompt_id)
            raise self._malformed_response("/prompt", error) from error
        if parsed.prompt_id != prompt_id:
            self.cancel(parsed.prompt_id)
            raise ServiceRejectedError(
                f"ComfyUI at {self.url} gave job {prompt_id} another id, so that it could not be found after a crash. "
                "Update ComfyUI to a version that accepts the client's prompt_id"
            )
        if parsed.node_errors:
            self.cancel(prompt_id)
            reasons = self._service.redact(describe_node_errors(response_body)) or str(parsed.node_errors)[:500]
            raise ServiceRejectedError(f"ComfyUI at {self.url} refuses a part of the graph: {reasons}")

    def _poll_job(self, prompt_id: str, job_progress: JobProgress, watchdog: _JobWatchdog) -> Job | None:
        """Poll a job once; None if the server does not answer, which is tolerated for a while."""
        try:
            job, jobs_ahead, graph = self._locate_job(prompt_id)
            if job.state is JobState.UNKNOWN:
                job = self._retry_unknown_job(prompt_id)
            if job.state is JobState.RUNNING and watchdog.is_vram_poll_due():
                watchdog.record_vram(self.system_stats())
        except ServiceUnavailableError as error:
            if isinstance(error, RenderLostError) or watchdog.record_failed_poll():
                raise
            return None
        job_progress.set_graph(graph)
        if job.state is JobState.QUEUED:
            job_progress.words = f"waiting behind {jobs_ahead} {'job' if jobs_ahead == 1 else 'jobs'}"
        watchdog.record_poll(job.state, jobs_ahead)
        return job

    def _retry_unknown_job(self, prompt_id: str) -> Job:
        for pause_s in _HISTORY_RETRY_S:
            time.sleep(pause_s)
            job = self.job(prompt_id)
            if job.state is not JobState.UNKNOWN:
                return job
        raise RenderLostError(
            f"ComfyUI at {self.url} no longer knows job {prompt_id}: it was restarted, or never accepted it"
        )

    def _require_success(self, job: Job) -> Job:
        """Return an ended job if it succeeded with new outputs; raise RenderFailedError otherwise."""
        subject = f"ComfyUI at {self.url}: job {job.prompt_id}"
        if job.failure is not None:
            location = f" at node {job.failure.node} ({job.failure.node_type})" if job.failure.node else ""
            event = "was interrupted" if job.failure.is_interrupt else "failed"
            reason = "" if job.failure.is_interrupt else f": {self._service.redact(job.failure.message)}"
            raise RenderFailedError(f"{subject} {event}{location}{reason}", job)
        if not job.outputs:
            raise RenderFailedError(f"{subject} succeeded but saved nothing. The graph needs a node that saves", job)
        if job.all_cached:
            names = ", ".join(output.filename for output in job.outputs)
            raise RenderFailedError(
                f"{subject} was answered from the cache with the old {names}. Give each job its own filename_prefix",
                job,
            )
        return job

    def _cancel_and_raise(self, prompt_id: str) -> None:
        """Cancel the job and raise StoppedError, which says whether the job may still run."""
        try:
            self.cancel(prompt_id)
        except ServiceError as error:
            raise StoppedError(f"stopped; job {prompt_id} may still run: {error}") from error
        raise StoppedError(f"stopped; job {prompt_id} at {self.url} was cancelled. Run again to continue from here")

    def _malformed_response(self, path: str, reason: object) -> ServiceRejectedError:
        found = f"something unexpected ({self._service.excerpt(reason)})"
        return self._service.contract_error(path, found, "an answer of ComfyUI")


class _RefusedError(ServiceRejectedError):
    """The server refused a graph: no job was queued, and none needs to be looked for."""

    recorded_as = "_Refused"


class _JobWatchdog:
    """When a job last made progress and its server last answered."""

    def __init__(self, stall_s: float) -> None:
        self.peak_vram_bytes = 0
        self._stall_s = stall_s
        self._progressed_at_s = self._answered_at_s = time.monotonic()
        self._failed_polls = 0
        self._last_state: tuple[JobState, int] | None = None
        self._vram_polled_at_s = float("-inf")

    def record_progress(self) -> None:
        """Record that the job made progress."""
        self._progressed_at_s = time.monotonic()

    def record_poll(self, state: JobState, jobs_ahead: int) -> None:
        """Record an answer; a new state or place is progress, and so is any job that runs before ours."""
        self._answered_at_s, self._failed_polls = time.monotonic(), 0
        if self._last_state != (state, jobs_ahead) or jobs_ahead:
            self.record_progress()
        self._last_state = (state, jobs_ahead)

    def record_failed_poll(self) -> bool:
        """Record a poll without an answer; return whether the server should be given up."""
        self._failed_polls += 1
        silent_s = time.monotonic() - self._answered_at_s
        return self._failed_polls >= _UNREACHABLE_POLLS and silent_s >= min(_UNREACHABLE_S, self._stall_s)

    def is_vram_poll_due(self) -> bool:
        """Return whether the card's memory should be polled again."""
        return time.monotonic() - self._vram_polled_at_s >= _VRAM_POLL_S

    def record_vram(self, stats: SystemStats) -> None:
        """Record the card's memory in use."""
        self._vram_polled_at_s = time.monotonic()
        if not stats.is_cpu:
            self.peak_vram_bytes = max(self.peak_vram_bytes, stats.vram_total_bytes - stats.vram_free_bytes)

    def raise_if_stalled(self, service_name: str, url: str, prompt_id: str) -> None:
        """Raise ServiceUnavailableError if the job has made no progress for too long."""
        stalled_s = time.monotonic() - self._progressed_at_s
        if stalled_s > self._stall_s:
            raise ServiceUnavailableError(
                f"{service_name} at {url}: job {prompt_id} made no progress for {stalled_s:.0f} s, over the limit of "
                f"{self._stall_s:.0f} s (TOWER_STALL_S). See the server's log"
            )


def _was_never_sent(error: ServiceError) -> bool:
    """Return whether no connection was made, so that the server cannot have accepted anything."""
    import httpx

    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)


def _is_canonical_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_safe_name(name: str) -> bool:
    """Return whether a server's file name is inside its folder on any system: not absolute, without `..`."""
    parts = name.split("/")
    return not name.startswith("/") and ".." not in parts and not any(bad in name for bad in ("\\", "\0", ":"))
