"""The music service over HTTP: a mood and a length in, a sound out, at once or as a task that is polled."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tower_anime_assets.clients.http import HttpService, ServiceClient
from tower_anime_assets.clients.sounds import Json, SoundResponse, SoundResponseReader
from tower_anime_assets.errors import RenderLostError, ServiceRejectedError, ServiceUnavailableError, StoppedError

GENERATE_PATH = "/api/music/generate"
STATUS_PATH = "/status"

MAX_SOUND_BYTES = 600_000_000
"""The longest cue, half an hour, is 350 MB at 48 kHz in stereo."""

UNREACHABLE_S = 30.0
"""How long the service may be unreachable while it works on a task."""

_TASK_ID = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_DONE_STATUSES = frozenset({"completed", "complete", "succeeded", "success", "done", "finished"})
_FAILED_STATUSES = frozenset({"failed", "failure", "error", "cancelled", "canceled"})
_PATH_KEYS = ("output_path", "audio_path")


class MusicClient(ServiceClient):
    """Client of one music service.

    Args:
        audio_root: The folder that it shares with us, or None.
        stall_s: How long it may be silent within an answer, or a task may make no progress.
        poll_s: Pause between polls of a task.
    """

    def __init__(
        self, url: str, token: str = "", audio_root: Path | None = None, *, stall_s: float = 600.0, poll_s: float = 1.0
    ) -> None:
        super().__init__(HttpService("music service", "MUSIC_URL", url, token, answer_timeout_s=stall_s))
        self._sound_reader = SoundResponseReader(self._service, audio_root, MAX_SOUND_BYTES)
        self._stall_s, self._poll_s = stall_s, poll_s

    def generate(
        self,
        request: Mapping[str, Any],
        target: Path,
        *,
        progress: Callable[[float, str], None] = lambda _part, _words: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> SoundResponse:
        """Have a cue made and write the answered sound, not yet decoded, to a file.

        Args:
            request: The request's fields, as the contract defines them.
            target: The file to write.
            progress: Called with 0..1 and a few words while a task is polled.
            is_stopped: Whether the run was stopped; asked while a task is polled.

        Raises:
            ServiceUnavailableError: It does not answer, is overloaded, or a task makes no progress.
            RenderLostError: It no longer knows the task.
            MediaError: The file cannot be written.
            StoppedError: The run was stopped; the service cannot be told, so it finishes the task.
        """
        with self._service.stream("POST", GENERATE_PATH, json=dict(request)) as response:
            sound_or_body = self._sound_reader.save_or_parse(response, target)
        if isinstance(sound_or_body, SoundResponse):
            return sound_or_body
        if sound_or_body.get("task_id") is None or any(
            sound_or_body.get(name) is not None for name in ("audio_base64", *_PATH_KEYS)
        ):
            return self._sound_reader.save_from_json(sound_or_body, target, path_keys=_PATH_KEYS)
        final_body = self._wait_for_task(
            self._parse_task_id(sound_or_body["task_id"]), sound_or_body, progress, is_stopped
        )
        return self._sound_reader.save_from_json(final_body, target, path_keys=_PATH_KEYS)

    def describe_health(self) -> str:
        """Return a sentence about its state; it has no route for that, so the one that makes cues gets a GET.

        Raises:
            ServiceRejectedError: It refuses, or the shared folder does not exist.
        """
        shared_folder = self._sound_reader.describe_audio_root()
        with self._service.stream("GET", GENERATE_PATH, accepted_statuses=(200, 400, 404, 405, 422)) as response:
            has_route = response.status_code != 404
        route = f"has {GENERATE_PATH}" if has_route else f"does not show that it has {GENERATE_PATH}"
        return f"answers at {self.url} and {route}; {shared_folder}"

    def _parse_task_id(self, value: Any) -> str:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not _TASK_ID.fullmatch(text) or not text.strip("."):
            raise self._sound_reader.contract_error(
                f"task_id {self._service.excerpt(value)!r}", "up to 200 letters, digits, '_', '-', ':' and '.'"
            )
        return text

    def _wait_for_task(
        self, task_id: str, first_body: Json, progress: Callable[[float, str], None], is_stopped: Callable[[], bool]
    ) -> Json:
        """Return a task's last status once it is done."""
        body = first_body
        seen_states: set[str] = set()
        progressed_at_s = answered_at_s = time.monotonic()
        while not self._is_done(body, task_id):
            now_s = time.monotonic()
            state = repr([body.get(name) for name in ("status", "progress", "queue_position")])
            if state not in seen_states:
                seen_states.add(state)
                progressed_at_s = now_s
            if now_s - progressed_at_s > self._stall_s:
                raise ServiceUnavailableError(
                    f"music service at {self.url}: task {task_id} has made no progress for {self._stall_s:g} s (status "
                    f"{self._service.excerpt(body.get('status'))}). See its log, or raise TOWER_STALL_S"
                )
            progress(
                _progress_share(body.get("progress")), f"the music service: {self._service.excerpt(body.get('status'))}"
            )
            if is_stopped():
                raise StoppedError(f"stopped while the music service worked on task {task_id}")
            time.sleep(self._poll_s)
            try:
                body = self._get_status(task_id)
                answered_at_s = time.monotonic()
            except RenderLostError:
                raise
            except ServiceUnavailableError:
                if time.monotonic() - answered_at_s > min(UNREACHABLE_S, self._stall_s):
                    raise
        return body

    def _get_status(self, task_id: str) -> Json:
        path = f"{STATUS_PATH}/{quote(task_id, safe='')}"
        with self._service.stream("GET", path, accepted_statuses=(200, 404)) as response:
            if response.status_code == 404:
                raise RenderLostError(
                    f"music service at {self.url} no longer knows task {task_id}: it was restarted, or has no route "
                    f"{STATUS_PATH}/TASK. Make the cue again"
                )
            return self._sound_reader.require_object(self._service.read_json(response))

    def _is_done(self, body: Json, task_id: str) -> bool:
        status = body.get("status")
        if not isinstance(status, str) or not status:
            raise self._sound_reader.contract_error(
                f"status {self._service.excerpt(status)!r} of task {task_id}", "a word"
            )
        if status.lower() in _FAILED_STATUSES:
            reason = next((body[name] for name in ("error", "message", "detail") if body.get(name)), "no reason given")
            raise ServiceRejectedError(
                f"music service at {self.url}: task {task_id} {self._service.excerpt(status)}: "
                f"{self._service.excerpt(reason)}. See its log"
            )
        return status.lower() in _DONE_STATUSES


def _progress_share(value: Any) -> float:
    """Return a task's progress, a share or a percentage, as 0..1; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0.0
    return min(float(value) if value <= 1 else value / 100, 1.0)
