"""One ComfyUI server over HTTP, with its socket for progress; knows nothing of shots, gates or decisions.

A job's history entry decides what became of it. Answers are validated, and no file name of the server becomes a path
of ours.

Source: ComfyUI's routes as recorded on 0.3.64. `POST /prompt` is not idempotent; `POST /interrupt` without an id would
stop any running job, and an `Origin` header may be refused: neither is ever sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
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
    find_name_fault,
    find_output_fault,
    parse_history_entry,
    parse_queue,
)
from tower_anime_assets.clients.comfyui_models import ModelRoutes
from tower_anime_assets.clients.comfyui_socket import JobProgress, ProgressSocket
from tower_anime_assets.clients.comfyui_waiting import CALL_OFF_S, JobWatchdog, ServerRequests, look_pauses
from tower_anime_assets.clients.http import HttpService, timeout_of
from tower_anime_assets.errors import (
    Cause,
    JobLeftError,
    PlanError,
    RenderLostError,
    ServiceError,
    ServiceRejectedError,
    ServiceUnavailableError,
    StoppedError,
)
from tower_anime_assets.production.attempt import NO_WAIT, OpenJob, ReportWait, ServerWait

__all__ = ["ComfyUIClient", "Failure", "Job", "JobState", "OutputFile", "RenderFailedError", "SystemStats"]

UPLOAD_FOLDER = "tower"
"""Folder of uploaded pictures in the server's input folder, apart from those of others."""

_POLL_TIMEOUT = timeout_of(15.0)
"""For polls of a job: a server answers within milliseconds, except while it loads a large model."""

SUBMIT_TIMEOUT_S = 60.0

_HISTORY_RETRY_S = (0.05, 0.15, 0.4, 0.8)
"""Pauses before a job counts as lost: a history entry was seen 6 ms after the message that the job had ended."""

SETTLE_PAUSES_S = (0.05, 0.15, 0.4, 0.8, 1.6)
"""Pauses between polls whether a submission without an answer was accepted."""

_FETCH_RETRY_S = (0.2, 0.8, 2.0)
"""Pauses before a finished file is asked for again, which took a card minutes to make."""

_FETCH_AFTER_STOP_S = 10.0
"""How long a file that is being downloaded is waited for after the run was stopped."""


class RenderFailedError(ServiceRejectedError):
    """A job ended without a new output: a node failed, it was interrupted, or it came from the cache.

    Attributes:
        job: The job.
        cause: An interrupt, a full card, or a broken graph.
    """

    recorded_as = "RenderFailed"

    def __init__(self, message: str, job: Job) -> None:
        super().__init__(message)
        self.job = job
        self.cause = job.failure.cause if job.failure is not None else Cause.BROKEN_GRAPH


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

    @property
    def vram_used_bytes(self) -> int:
        """How much of the card's memory is in use, by whomever; 0 without a card."""
        return 0 if self.is_cpu else self.vram_total_bytes - self.vram_free_bytes


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


class ComfyUIClient(ModelRoutes):
    """Client of one ComfyUI server.

    Args:
        url: Its address.
        token: Bearer token, or "".
        stall_s: How long a job may make no progress.
        poll_s: Pause between polls of a job.
        caches_node_info: Whether each node class is requested only once: for inspecting a server, not for long runs.
        submit_timeout_s: How long the server may take to answer a submission.
        settle_pauses_s: Pauses between polls whether a submission without an answer was accepted.
        call_off_s: How long a job is looked after that was asked to end.

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
        call_off_s: float = CALL_OFF_S,
    ) -> None:
        super().__init__(HttpService("ComfyUI", "COMFYUI_URL", url, token), caches_answers=caches_node_info)
        self._requests = ServerRequests(self.url)
        self._call_off_s = call_off_s
        self._open_jobs: dict[str, OpenJob] = {}
        self._node_info_cache: dict[str, Mapping[str, Any] | None] | None = {} if caches_node_info else None
        self._stall_s = stall_s
        self._poll_s = poll_s
        self._submit_timeout = timeout_of(submit_timeout_s)
        self._settle_pauses_s = settle_pauses_s
        self._submitted: dict[str, datetime] = {}

    @property
    def open_jobs(self) -> tuple[OpenJob, ...]:
        """The jobs that were submitted, or waited for, and are not known to have ended."""
        return tuple(self._open_jobs.values())

    def attended_by(
        self, report: ReportWait, is_stopped: Callable[[], bool] = lambda: False
    ) -> AbstractContextManager[None]:
        """Tell somebody why requests and jobs are waited for while the block runs, and leave when the run is stopped.

        Every request in the block may raise `StoppedError` then.
        """
        return self._requests.attended_by(report, is_stopped)

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

    def all_node_info(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the server's description of every node class that it has, by class; a few megabytes at most."""
        path = "/object_info"
        body = self._service.get_json(path)
        if not isinstance(body, dict) or not all(isinstance(node, dict) for node in body.values()) or not body:
            raise self._malformed_response(path, "no node classes")
        return body

    def _fetch_node_info(self, node_class: str) -> Mapping[str, Any] | None:
        path = f"/object_info/{quote(node_class, safe='')}"
        body = self._requests.run(f"what {node_class} is", lambda: self._service.get_json(path))
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
        body = self._requests.run("the upload of a picture", lambda: self._post_picture(path, picture, name))
        try:
            parsed = _UploadResponse.model_validate(body)
        except ValueError as error:
            raise self._malformed_response(path, error) from error
        name_fault = find_name_fault(parsed.name) or find_name_fault(parsed.subfolder, is_folder=True)
        if name_fault:
            raise self._malformed_response(path, f"the name {parsed.subfolder}/{parsed.name} {name_fault}")
        return "/".join(filter(None, (parsed.subfolder.strip("./"), parsed.name)))

    def _post_picture(self, path: str, picture: Path, name: str) -> Any:
        fields = {"subfolder": UPLOAD_FOLDER, "type": "input", "overwrite": "true"}
        with (
            picture.open("rb") as file,
            self._service.stream("POST", path, files={"image": (name, file)}, data=fields) as response,
        ):
            return self._service.read_json(response)

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
            StoppedError: The run was stopped; the job was cancelled.
            JobLeftError: The run was stopped, and the server may still run the job.
        """
        if not _is_canonical_uuid(prompt_id):
            raise PlanError(f"the job id is {prompt_id!r}; expected a lowercase UUID")
        ids = json.dumps({"prompt_id": prompt_id, **({"client_id": client_id} if client_id else {})})
        request_body = f'{{"prompt": {graph}, {ids[1:]}'
        submitted_at = datetime.now(UTC)
        with self._open(prompt_id):
            try:
                response_body = self._post_prompt(request_body)
            except StoppedError:
                self._call_off(prompt_id, may_come_late=True)
            except ServiceError as error:
                if isinstance(error, _RefusedError) or _was_never_sent(error) or not self._was_accepted(prompt_id):
                    raise
            else:
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
            JobLeftError: The run was stopped, and the job may still run.
        """
        job_progress = JobProgress(prompt_id)
        watchdog = JobWatchdog(self.url, self._stall_s)
        with (
            self._open(prompt_id),
            ProgressSocket(self.url, client_id, self._service.authorization) as events,
        ):
            while True:
                # A job that ends well while it is called off is good work, and kept.
                job = self._call_off(prompt_id) if is_stopped() else self._poll_job(prompt_id, job_progress, watchdog)
                if job is not None and job.state.is_over:
                    self._submitted.pop(prompt_id, None)
                    self._open_jobs.pop(prompt_id, None)
                    self._requests.report(NO_WAIT)
                    return self._require_success(replace(job, peak_vram_bytes=watchdog.peak_vram_bytes))
                ended_but_absent, job_progress.is_over = job_progress.is_over, False
                pause_s = min(_HISTORY_RETRY_S[0], self._poll_s) if ended_but_absent else self._poll_s
                if events.receive_into(job_progress, pause_s):
                    watchdog.record_progress()
                progress(job_progress.share, job_progress.words)
                self._requests.report(watchdog.find_wait(job_progress))
                watchdog.raise_if_stalled(self._service.name, prompt_id)

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
            StoppedError: The run was stopped, and the file did not come in time.
        """
        if name_fault := find_output_fault(output):
            shown = self._service.excerpt(f"{output.subfolder}/{output.filename}")
            raise ServiceRejectedError(f"ComfyUI at {self.url}: the output {shown!r} {name_fault}")
        what = f"the download of {output.filename}"
        download = partial(self._download_patiently, output, target, limit_bytes)
        self._requests.run(what, download, stays_s=_FETCH_AFTER_STOP_S)

    def has_output(self, output: OutputFile) -> bool:
        """Return whether the server has a file: files outlive a restart, which forgets the jobs that saved them."""
        query = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}

        def look() -> bool:
            with self._service.stream("HEAD", "/view", params=query, accepted_statuses=(200, 404)) as response:
                return response.status_code == 200

        return self._requests.run(f"whether it has {output.filename}", look)

    def _download_patiently(self, output: OutputFile, target: Path, limit_bytes: int) -> None:
        """Download a file, which may have taken minutes to make, in spite of an answer or two that go wrong."""
        for pause_s in _FETCH_RETRY_S:
            try:
                self._download(output, target, limit_bytes)
            except ServiceUnavailableError:
                time.sleep(pause_s)
            else:
                return
        self._download(output, target, limit_bytes)

    def _download(self, output: OutputFile, target: Path, limit_bytes: int) -> None:
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

    def cancel(self, prompt_id: str, wait_s: float | None = None) -> Job:
        """Ask the server once to end a queued or running job, and no other; return the job as it was last seen.

        A running job ends when the sampler's current step does. So it is looked after with growing pauses, and may
        still run when this returns.

        Args:
            prompt_id: The job; one that has ended or is unknown is left alone.
            wait_s: How long it is looked after, and how long each answer is waited for; None for `call_off_s`.

        Raises:
            ServiceUnavailableError: The server does not answer in time.
        """
        was_running = False
        with self._requests.within(self._call_off_s if wait_s is None else wait_s) as deadline_s:
            self._post("/queue", {"delete": [prompt_id]})
            for pause_s in look_pauses():
                job = self.job(prompt_id)
                # One that ran may be in neither queue nor history for a moment.
                if job.state.is_over or (job.state is JobState.UNKNOWN and not was_running):
                    break
                if job.state is JobState.RUNNING and not was_running:
                    was_running = True
                    self._post("/interrupt", {"prompt_id": prompt_id})
                if time.monotonic() + pause_s >= deadline_s:
                    break
                time.sleep(pause_s)
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            self._open_jobs.pop(prompt_id, None)
        return job

    def free_memory(self) -> None:
        """Make the server unload its models, so that the card's memory is free for others."""
        self._post("/free", {"unload_models": True, "free_memory": True})

    def _get_json(self, path: str) -> Any:
        return self._requests.run(f"GET {path.partition('/history/')[1] or path}", lambda: self._fetch_json(path))

    def _fetch_json(self, path: str) -> Any:
        with self._service.stream("GET", path, timeout=_POLL_TIMEOUT) as response:
            return self._service.read_json(response)

    def _post(self, path: str, body: Any) -> None:
        self._requests.run(f"POST {path}", lambda: self._service.post_json(path, body))

    @contextmanager
    def _open(self, prompt_id: str) -> Iterator[None]:
        """Count a job as open while the block runs, and after it unless an error says that it has ended."""
        self._open_jobs[prompt_id] = OpenJob(self.url, prompt_id)
        try:
            yield
        except JobLeftError:
            raise
        except Exception:
            self._open_jobs.pop(prompt_id, None)
            raise

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

        def post() -> tuple[int, Any]:
            with self._service.stream("POST", "/prompt", accepted_statuses=(200, 400), **options) as response:
                return response.status_code, self._service.read_json(response)

        status, response_body = self._requests.run("a submission", post)
        if status == 400:
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
            except StoppedError:
                self._call_off(prompt_id, may_come_late=True)
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
            raise _RefusedError(f"ComfyUI at {self.url} refuses a part of the graph: {reasons}")

    def _poll_job(self, prompt_id: str, job_progress: JobProgress, watchdog: JobWatchdog) -> Job | None:
        """Poll a job once; None if the server does not answer, which is tolerated for a while."""
        try:
            job, jobs_ahead, graph = self._locate_job(prompt_id)
            if job.state is JobState.UNKNOWN:
                job = self._retry_unknown_job(prompt_id)
            if job.state is JobState.RUNNING and watchdog.is_vram_poll_due():
                watchdog.record_vram(self.system_stats().vram_used_bytes)
        except StoppedError:  # the next round calls the job off
            return None
        except ServiceUnavailableError as error:
            if isinstance(error, RenderLostError) or watchdog.record_failed_poll(brief_reason(error)):
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
            names = ", ".join(repr(self._service.excerpt(output.filename)) for output in job.outputs)
            raise RenderFailedError(
                f"{subject} was answered from the cache with the old {names}. Give each job its own filename_prefix",
                job,
            )
        return job

    def _call_off(self, prompt_id: str, *, may_come_late: bool = False) -> Job:
        """Cancel the job of a stopped run; return it if it ended by itself before that reached it.

        Args:
            prompt_id: The job.
            may_come_late: Whether the server may still accept a job that it does not know.

        Raises:
            StoppedError: It was cancelled, or the server does not know it.
            JobLeftError: It may still run.
        """
        stopping = f"stopping: job {prompt_id} at {self.url} is asked to end, which it does after its current step; "
        self._requests.report(ServerWait("stopping", f"{stopping}looked after for {self._call_off_s:.0f} s"))
        try:
            job = self.cancel(prompt_id)
        except ServiceError as error:
            raise self._left(prompt_id, f" ({error})") from error
        is_unknown = job.state is JobState.UNKNOWN
        if job.state in (JobState.QUEUED, JobState.RUNNING) or (is_unknown and may_come_late):
            raise self._left(prompt_id)
        if is_unknown or job.failure is not None:
            raise StoppedError(f"stopped; job {prompt_id} at {self.url} was cancelled. Run again to continue from here")
        return job

    def _left(self, prompt_id: str, why: str = "") -> JobLeftError:
        job = self._open_jobs[prompt_id] = OpenJob(self.url, prompt_id)
        self._requests.report(ServerWait(f"job {prompt_id} is left", f"stopped; {job}"))
        return JobLeftError(f"stopped; {job}{why}", self.url, prompt_id)

    def _malformed_response(self, path: str, reason: object) -> ServiceRejectedError:
        found = f"something unexpected ({self._service.excerpt(reason)})"
        return self._service.contract_error(path, found, "an answer of ComfyUI")


class _RefusedError(ServiceRejectedError):
    """The server refused a graph or a part of it: no job is left, and none needs to be looked for."""

    recorded_as = "_Refused"
    cause = Cause.BROKEN_GRAPH


def brief_reason(error: ServiceUnavailableError) -> str:
    """Return in a few words why a server did not answer."""
    import httpx

    match error.__cause__:
        case httpx.ConnectError():
            return "no connection"
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.HTTPError():
            return "the connection broke"
    return str(error).partition("\n")[0][:160]


def _was_never_sent(error: ServiceError) -> bool:
    """Return whether no connection was made, so that the server cannot have accepted anything."""
    import httpx

    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)


def _is_canonical_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
