"""One ComfyUI server over HTTP, with its socket for progress; knows nothing of shots, gates or decisions.

The history is the truth of a job; nothing that the server says is taken without a look at its shape, and no name that
it gives becomes a path of ours.

Source: ComfyUI's routes as recorded on 0.3.64. `POST /prompt` is not idempotent; `POST /interrupt` without an id would
stop whoever's job runs, and is never sent; an `Origin` header could be refused, and is never sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
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
from tower_anime_assets.clients.http import CONNECT_TIMEOUT_S, HttpService
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
"""Where uploaded pictures go below the server's input folder, apart from everybody else's."""

_POLL_TIMEOUT = httpx.Timeout(15.0, connect=CONNECT_TIMEOUT_S)
"""How long a look at a job may take: a server answers within milliseconds, but not while it loads a big model."""

_SUBMIT_TIMEOUT = httpx.Timeout(60.0, connect=CONNECT_TIMEOUT_S)

_UNREACHABLE_S = 30.0
_UNREACHABLE_POLLS = 3
"""A server is given up after so long without an answer, and so many looks."""

_HISTORY_RETRY_S = (0.05, 0.15, 0.4, 0.8)
"""Pauses before a job is taken as lost: its entry in the history was seen 6 ms after word that it ended."""

_SETTLE_S = (0.05, 0.15, 0.4, 0.8, 1.6)
"""Pauses between looks whether a submission without an answer was taken."""

_CANCEL_TIMEOUT_S = 15.0
"""How long an interrupted job is waited for: it ends after the sampler's current step."""

_VRAM_POLL_S = 5.0


class RenderFailedError(ServiceRejectedError):
    """A job ended without a fresh output: a node failed, somebody interrupted it, or it came from the cache.

    Attributes:
        job: What is known of it.
    """

    recorded_as = "RenderFailed"

    def __init__(self, message: str, job: Job) -> None:
        super().__init__(message)
        self.job = job


@dataclass(frozen=True)
class SystemStats:
    """A server's version and its first device; for a CPU the figures are of main memory."""

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


class ComfyUIClient:
    """Speaks to one server.

    Args:
        url: Its address.
        token: Bearer token, "" for none.
        stall_s: How long a job may go without progress, seconds.
        poll_s: Pause between looks at a job, seconds.
        remembers_nodes: Whether each node class is asked for once only: for examining a server, not for working long.

    Attributes:
        url: Its address without a trailing slash.

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
    ) -> None:
        self._service = HttpService("ComfyUI", "COMFYUI_URL", url, token)
        self._nodes: dict[str, Mapping[str, Any] | None] | None = {} if caches_node_info else None
        self.url = self._service.url
        self._stall_s = stall_s
        self._poll_s = poll_s
        self._submitted: dict[str, datetime] = {}

    def close(self) -> None:
        """Close the connections; a later call fails."""
        self._service.close()

    def system_stats(self) -> SystemStats:
        """Return the server's version and memory.

        Raises:
            ServiceUnavailableError: It does not answer.
            ServiceRejectedError: It refuses, or is not ComfyUI.
        """
        path = "/system_stats"
        body = self._get_json(path)
        try:
            parsed = _SystemStatsResponse.model_validate(body)
            device = parsed.devices[0]
        except (ValueError, IndexError) as error:
            raise self._malformed_response(path, error) from error
        return SystemStats(parsed.system.comfyui_version, device.vram_total, device.vram_free, device.name)

    def node_info(self, node_class: str) -> Mapping[str, Any] | None:
        """Return what the server tells of a node class; None when it has none of that name.

        Raises:
            ServiceUnavailableError: It does not answer.
            ServiceRejectedError: It refuses, or answers something else.
        """
        if self._nodes is None:
            return self._fetch_node_info(node_class)
        if node_class not in self._nodes:
            self._nodes[node_class] = self._fetch_node_info(node_class)
        return self._nodes[node_class]

    def _fetch_node_info(self, node_class: str) -> Mapping[str, Any] | None:
        path = f"/object_info/{quote(node_class, safe='')}"
        body = self._service.get_json(path)
        if body == {}:
            return None
        if not isinstance(body, dict) or not isinstance(body.get(node_class), dict):
            raise self._malformed_response(path, f"no entry for {node_class}")
        return dict(body[node_class])

    def input_options(self, node_class: str, input_name: str) -> tuple[str, ...] | None:
        """Return what an input of a node class can be set to, such as the files that a loader can load.

        Returns:
            The choices, in either form that servers tell them; None when there is no such input, or it is no choice.

        Raises:
            ServiceUnavailableError: It does not answer.
            ServiceRejectedError: It refuses, or answers something else.
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
        """Return where a job is: in the history, in the queue, or unknown.

        Raises:
            ServiceUnavailableError: The server does not answer.
            ServiceRejectedError: It refuses, or answers something else.
        """
        job, _jobs_ahead, _graph = self._locate_job(prompt_id)
        return job

    def upload_picture(self, picture: Path, name: str) -> str:
        """Send a picture and return what LoadImage takes for it; a picture of the same name is replaced.

        Args:
            picture: Any picture file.
            name: A plain file name; name it by its content, for others may still need the old one.

        Raises:
            PlanError: The name is not plain.
            ServiceUnavailableError: The server does not answer.
            ServiceRejectedError: It refuses the picture, or names it so that it cannot be used.
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
            raise self._malformed_response(path, f"the name {parsed.subfolder}/{parsed.name}, which leads elsewhere")
        return "/".join(filter(None, (parsed.subfolder.strip("./"), parsed.name)))

    def submit(self, prompt_id: str, graph: str, client_id: str = "") -> None:
        """Put a job into the queue, once: an answer that leaves it open whether it was taken is settled by looking.

        Args:
            prompt_id: A canonical lowercase UUID of our choice.
            graph: The graph in API format, as JSON text; sent as it is.
            client_id: Whose socket gets the job's progress.

        Raises:
            PlanError: The id is not canonical.
            ServiceUnavailableError: The server does not answer, and does not know the job.
            ServiceRejectedError: It refuses the graph, or a part of it; then nothing is left running.
        """
        if not _is_canonical_uuid(prompt_id):
            raise PlanError(f"{prompt_id!r} cannot be a job's id; expected a lowercase UUID")
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
        """Wait until a job is over and return it, succeeded and with fresh outputs.

        There is no time limit but one without progress: steps told by the socket, a new state, another place in the
        queue, or somebody's job running before ours.

        Args:
            prompt_id: The job.
            client_id: The id that it was submitted with; "" waits without a socket.
            progress: Called with 0..1 and a few words.
            is_stopped: Whether somebody has stopped the run; asked at every look.

        Raises:
            RenderFailedError: It failed, was interrupted, saved nothing, or came from the cache.
            RenderLostError: The server does not know it.
            ServiceUnavailableError: It makes no progress, or the server stopped answering.
            ServiceRejectedError: The server answers something else than ComfyUI.
            StoppedError: The run was stopped; the job was taken back.
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
        """Bring a job's file here.

        Args:
            output: What the job left.
            to: A path of ours; replaced only when everything has come.
            limit_bytes: The most it may hold.

        Raises:
            ServiceUnavailableError: The server does not answer, or the file was cut short.
            ServiceRejectedError: It is gone, empty, too big, no picture or video, or named so that it leads elsewhere.
            MediaError: `to` cannot be written.
        """
        if not (_is_safe_name(output.filename) and _is_safe_name(output.subfolder)) or "/" in output.filename:
            raise ServiceRejectedError(
                f"ComfyUI at {self.url}: names its output {output.subfolder}/{output.filename}, which leads elsewhere"
            )
        query = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}
        temp_path = target.with_name(f"{target.name}.part")
        try:
            with self._service.stream("GET", "/view", params=query) as response:
                content_type = response.headers.get("content-type", "")
                if not content_type.startswith(("image/", "video/")):
                    raise ServiceRejectedError(
                        f"ComfyUI at {self.url}/view: {output.filename} is {content_type or 'of no type'}; expected image/* or "
                        "video/*"
                    )
                if not self._service.save_body(response, temp_path, limit_bytes):
                    raise ServiceRejectedError(f"ComfyUI at {self.url}/view: {output.filename} is empty")
            temp_path.replace(target)
        finally:
            temp_path.unlink(missing_ok=True)

    def cancel(self, prompt_id: str) -> None:
        """Take a job back, waiting or running, and nobody else's; does nothing to one that is over or unknown.

        Raises:
            ServiceUnavailableError: The server does not answer, or the job still runs after a while.
            ServiceRejectedError: It refuses.
        """
        self._service.post_json("/queue", {"delete": [prompt_id]})
        deadline_s = time.monotonic() + _CANCEL_TIMEOUT_S
        while (state := self.job(prompt_id).state) in (JobState.QUEUED, JobState.RUNNING):
            if time.monotonic() > deadline_s:
                raise ServiceUnavailableError(
                    f"ComfyUI at {self.url}: job {prompt_id} was told to stop {_CANCEL_TIMEOUT_S:.0f} s ago and still runs; "
                    "it stops when its current node lets it"
                )
            if state is JobState.QUEUED:
                self._service.post_json("/queue", {"delete": [prompt_id]})
            else:
                self._service.post_json("/interrupt", {"prompt_id": prompt_id})
            time.sleep(min(0.1, self._poll_s))

    def free_memory(self) -> None:
        """Have the server unload its models, for whoever needs the card next.

        Raises:
            ServiceUnavailableError: It does not answer.
            ServiceRejectedError: It refuses.
        """
        self._service.post_json("/free", {"unload_models": True, "free_memory": True})

    def _get_json(self, path: str) -> Any:
        with self._service.stream("GET", path, timeout=_POLL_TIMEOUT) as response:
            return self._service.read_json(response)

    def _locate_job(self, prompt_id: str) -> tuple[Job, int, Mapping[str, Any]]:
        """Return the job, how many jobs are before it, and its graph as far as the queue tells it."""
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
        # It may have ended between the two looks.
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
        """Return the answer to a prompt that the server took.

        Raises:
            _RefusedError: It said no.
            ServiceError: Whether it took it is open.
        """
        options: dict[str, Any] = {
            "content": request_body,
            "headers": {"Content-Type": "application/json"},
            "timeout": _SUBMIT_TIMEOUT,
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
        """Return whether the server knows a job; asked a few times, for a slow server may take it late."""
        for pause_s in _SETTLE_S:
            try:
                if self.job(prompt_id).state is not JobState.UNKNOWN:
                    return True
            except ServiceUnavailableError:  # the caller raises what the submission itself came to
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
                f"ComfyUI at {self.url} gave job {prompt_id} another id, so that it could not be found again after a "
                "crash. Update ComfyUI to one that takes the client's prompt_id"
            )
        if parsed.node_errors:
            self.cancel(prompt_id)
            reasons = self._service.redact(describe_node_errors(response_body)) or str(parsed.node_errors)[:500]
            raise ServiceRejectedError(f"ComfyUI at {self.url} would leave out a part of the graph: {reasons}")

    def _poll_job(self, prompt_id: str, job_progress: JobProgress, watchdog: _JobWatchdog) -> Job | None:
        """Look at a job once; None when the server does not answer, which may go on for a while."""
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
            f"ComfyUI at {self.url} no longer knows job {prompt_id}: it was restarted, or never took it"
        )

    def _require_success(self, job: Job) -> Job:
        """Return a job that is over, if it is good.

        Raises:
            RenderFailedError: It is not.
        """
        subject = f"ComfyUI at {self.url}: job {job.prompt_id}"
        if job.failure is not None:
            location = f" at node {job.failure.node} ({job.failure.node_type})" if job.failure.node else ""
            event = "was interrupted" if job.failure.is_interrupt else "failed"
            reason = "" if job.failure.is_interrupt else f": {self._service.redact(job.failure.message)}"
            raise RenderFailedError(f"{subject} {event}{location}{reason}", job)
        if not job.outputs:
            raise RenderFailedError(f"{subject} ended well but saved nothing: the graph needs a node that saves", job)
        if job.all_cached:
            names = ", ".join(output.filename for output in job.outputs)
            raise RenderFailedError(
                f"{subject} was answered from the cache with the old {names}: give each job its own filename_prefix",
                job,
            )
        return job

    def _cancel_and_raise(self, prompt_id: str) -> None:
        """Take the job back and raise Stopped; also when the server cannot be told, saying so."""
        try:
            self.cancel(prompt_id)
        except ServiceError as error:
            raise StoppedError(f"stopped; job {prompt_id} may still run: {error}") from error
        raise StoppedError(f"stopped; job {prompt_id} was taken back from {self.url}. Run again to go on from here")

    def _malformed_response(self, path: str, reason: object) -> ServiceRejectedError:
        detail = self._service.redact(" ".join(str(reason).split()))[:500]
        return ServiceRejectedError(
            f"ComfyUI at {self.url}{path} answers something else than ComfyUI does: {detail}. Check COMFYUI_URL"
        )


class _RefusedError(ServiceRejectedError):
    """The server said no to a graph: nothing was taken, and there is nothing to look for."""

    recorded_as = "_Refused"


class _JobWatchdog:
    """What counts as progress, and when that has been too long ago."""

    def __init__(self, stall_s: float) -> None:
        self.peak_vram_bytes = 0
        self._stall_s = stall_s
        self._moved = self._answered = time.monotonic()
        self._silent_looks = 0
        self._seen: tuple[JobState, int] | None = None
        self._vram_seen = float("-inf")

    def record_progress(self) -> None:
        """Note progress."""
        self._moved = time.monotonic()

    def record_poll(self, state: JobState, jobs_ahead: int) -> None:
        """Note an answer: a new state or place is progress, and so is anybody's job before ours."""
        self._answered, self._silent_looks = time.monotonic(), 0
        if self._seen != (state, jobs_ahead) or jobs_ahead:
            self.record_progress()
        self._seen = (state, jobs_ahead)

    def record_failed_poll(self) -> bool:
        """Note a look without an answer; return whether there have been enough of them."""
        self._silent_looks += 1
        silent_s = time.monotonic() - self._answered
        return self._silent_looks >= _UNREACHABLE_POLLS and silent_s >= min(_UNREACHABLE_S, self._stall_s)

    def is_vram_poll_due(self) -> bool:
        """Return whether it is time to look at the card's memory."""
        return time.monotonic() - self._vram_seen >= _VRAM_POLL_S

    def record_vram(self, stats: SystemStats) -> None:
        """Note how much of the card's memory is in use."""
        self._vram_seen = time.monotonic()
        if not stats.is_cpu:
            self.peak_vram_bytes = max(self.peak_vram_bytes, stats.vram_total_bytes - stats.vram_free_bytes)

    def raise_if_stalled(self, service_name: str, url: str, prompt_id: str) -> None:
        """Raise when there has been no progress for too long.

        Raises:
            ServiceUnavailableError: There has not.
        """
        stalled_s = time.monotonic() - self._moved
        if stalled_s > self._stall_s:
            raise ServiceUnavailableError(
                f"{service_name} at {url}: job {prompt_id} made no progress for {stalled_s:.0f} s, over the limit of "
                f"{self._stall_s:.0f} s (TOWER_STALL_S). See the server's log"
            )


def _was_never_sent(error: ServiceError) -> bool:
    """Return whether the connection itself failed, so that the server cannot have taken anything."""
    return isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)


def _is_canonical_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_safe_name(name: str) -> bool:
    """Return whether a server's name stays in its folder: not absolute, no `..`, nothing that some system reads so."""
    parts = name.split("/")
    return not name.startswith("/") and ".." not in parts and not any(bad in name for bad in ("\\", "\0", ":"))
