"""The music service over HTTP: a mood and a length in, a sound out, at once or as a task that is asked after."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tower_anime_assets.clients.http import Service
from tower_anime_assets.clients.sounds import Json, SoundAnswer, SoundAnswers, check_root
from tower_anime_assets.errors import RenderLostError, ServiceRejectedError, ServiceUnavailableError, StoppedError

GENERATE = "/api/music/generate"
STATUS = "/status"

MAX_SOUND_BYTES = 600_000_000
"""The longest cue, half an hour, is 350 MB at 48 kHz in stereo."""

AWAY_S = 30.0
"""How long a service may be unreachable while it works on a task."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_DONE = frozenset({"completed", "complete", "succeeded", "success", "done", "finished"})
_FAILED = frozenset({"failed", "failure", "error", "cancelled", "canceled"})
_PATHS = ("output_path", "audio_path")


class MusicClient:
    """Speaks to one music service.

    Args:
        audio_root: The folder that it shares with us; None for none.
        stall_s: How long it may be silent within an answer, or a task stand still, seconds.
        poll_s: How often a task is asked after, seconds.
    """

    def __init__(
        self, url: str, token: str = "", audio_root: Path | None = None, *, stall_s: float = 600.0, poll_s: float = 1.0
    ) -> None:
        self._service = Service("music service", "MUSIC_URL", url, token, answer_timeout_s=stall_s)
        self._root = audio_root
        self._sounds = SoundAnswers(self._service, audio_root, MAX_SOUND_BYTES)
        self._stall_s, self._poll_s = stall_s, poll_s
        self.url = self._service.url

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def generate(
        self,
        request: Mapping[str, Any],
        to: Path,
        *,
        progress: Callable[[float, str], None] = lambda _part, _words: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> SoundAnswer:
        """Have a cue made and write what comes to `to`.

        Args:
            request: As the contract has it.
            to: A file of ours; its content is whatever the service sent.
            progress: Called with 0..1 and a few words while a task goes on.
            is_stopped: Whether somebody has stopped the run, asked while a task goes on.

        Raises:
            ServiceUnavailableError: It does not answer, says that it cannot now, or a task stands still.
            RenderLostError: It does not know the task any more.
            ServiceRejectedError: It refuses, a task failed, it breaks the contract, or names a file that must not be read.
            MediaError: The file cannot be written.
            StoppedError: The run was stopped; the service has no way to take a task back.
        """
        with self._service.stream("POST", GENERATE, json=dict(request)) as answer:
            found = self._sounds.saved_or_json(answer, to)
        if isinstance(found, SoundAnswer):
            return found
        if found.get("task_id") is None or any(found.get(name) is not None for name in ("audio_base64", *_PATHS)):
            return self._sounds.in_json(found, to, path_names=_PATHS)
        done = self._awaited(self._task_id(found["task_id"]), found, progress, is_stopped)
        return self._sounds.in_json(done, to, path_names=_PATHS)

    def look(self) -> str:
        """Return in words how it is; it has no route for that, so the one that makes cues is asked with a GET.

        Raises:
            ServiceUnavailableError: It does not answer.
            ServiceRejectedError: It refuses, or the shared folder is none.
        """
        shared = check_root(self._service, self._root)
        with self._service.stream("GET", GENERATE, accepted=(200, 400, 404, 405, 422)) as answer:
            knows = answer.status_code != 404
        route = f"has {GENERATE}" if knows else f"does not show that it has {GENERATE}"
        return f"answers at {self.url} and {route}; {shared}"

    def _task_id(self, found: Any) -> str:
        text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
        if not _ID.fullmatch(text) or not text.strip("."):
            raise self._sounds.rejected(
                f"task_id {self._sounds.shown(found)!r}", "up to 200 letters, digits, '_', '-', ':' and '.'"
            )
        return text

    def _awaited(
        self, task: str, first: Json, progress: Callable[[float, str], None], is_stopped: Callable[[], bool]
    ) -> Json:
        """Return what a task's last status says once it is done."""
        body, seen = first, set[str]()
        moved = answered = time.monotonic()
        while not self._is_done(body, task):
            now = time.monotonic()
            standing = repr([body.get(name) for name in ("status", "progress", "queue_position")])
            if standing not in seen:
                seen.add(standing)
                moved = now
            if now - moved > self._stall_s:
                raise ServiceUnavailableError(
                    f"music service at {self.url}: task {task} has made no progress for {self._stall_s:g} s (status "
                    f"{self._sounds.shown(body.get('status'))}). See its log, or raise TOWER_STALL_S"
                )
            progress(_part(body.get("progress")), f"the music service: {self._sounds.shown(body.get('status'))}")
            if is_stopped():
                raise StoppedError(f"stopped while the music service worked on task {task}")
            time.sleep(self._poll_s)
            try:
                body = self._status(task)
                answered = time.monotonic()
            except RenderLostError:
                raise
            except ServiceUnavailableError:
                if time.monotonic() - answered > min(AWAY_S, self._stall_s):
                    raise
        return body

    def _status(self, task: str) -> Json:
        path = f"{STATUS}/{quote(task, safe='')}"
        with self._service.stream("GET", path, accepted=(200, 404)) as answer:
            if answer.status_code == 404:
                raise RenderLostError(
                    f"music service at {self.url} does not know task {task} any more: it was restarted, or has no "
                    f"route {STATUS}/TASK. Make the cue again"
                )
            return self._sounds.as_object(self._service.json_of(answer))

    def _is_done(self, body: Json, task: str) -> bool:
        status = body.get("status")
        if not isinstance(status, str) or not status:
            raise self._sounds.rejected(f"status {self._sounds.shown(status)!r} of task {task}", "a word")
        if status.lower() in _FAILED:
            why = next((body[name] for name in ("error", "message", "detail") if body.get(name)), "no reason given")
            raise ServiceRejectedError(
                f"music service at {self.url}: task {task} {self._sounds.shown(status)}: {self._sounds.shown(why)}. "
                "See its log"
            )
        return status.lower() in _DONE


def _part(value: Any) -> float:
    """Return a task's progress as 0..1, from a share or a percentage; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0.0
    return min(float(value) if value <= 1 else value / 100, 1.0)
