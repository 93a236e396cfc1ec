"""Sounds in answers, in every shape that voice and music services use: bytes, base64, or a file on a shared disk.

What comes is written to a file of ours and not looked into: whether it is a sound is for `media.sound_files` to say.
A path in an answer is read only below a folder that the operator named.
"""

from __future__ import annotations

import base64
import binascii
import math
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

import httpx

from tower_anime_assets.clients.http import Service
from tower_anime_assets.errors import MediaError, ServiceRejectedError
from tower_anime_assets.production.planning.word_times import TimedWord

ROOT_VARIABLE = "TOWER_AUDIO_ROOT"
MAX_WORDS = 10_000
_HEAD_BYTES = 4096
_TEXT_BYTES = 24
"""A WAV may have 16 letters in front, but the length that follows them has zeros."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class SoundAnswer:
    """A sound that a service answered with, now in a file of ours.

    Attributes:
        shape: How it came: `bytes`, `base64` or `path`.
        words: What it says it spoke and when; () when it does not say.
    """

    shape: str
    words: tuple[TimedWord, ...] = ()


class SoundAnswers:
    """Takes sounds out of one service's answers.

    Args:
        service: Whose answers they are.
        audio_root: The folder below which paths are read; None reads none.
        limit_bytes: More is no sound.
    """

    def __init__(self, service: Service, audio_root: Path | None, limit_bytes: int) -> None:
        self._service = service
        self._root = audio_root
        self._limit_bytes = limit_bytes

    def saved_or_json(self, answer: httpx.Response, to: Path) -> SoundAnswer | Json:
        """Write an answer of `audio/*` to `to`, or return the JSON object that it is instead.

        Raises:
            ServiceRejectedError: It is neither, empty, or too long.
            ServiceUnavailableError: It was cut short.
            MediaError: The file cannot be written.
        """
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind.startswith("audio/") or kind == "application/ogg":
            if not self._service.save(answer, to, self._limit_bytes):
                raise self.rejected(f"{kind} without a byte")
            self._check_is_no_text(kind, to)
            return SoundAnswer("bytes")
        if kind == "application/json" or kind.endswith("+json"):
            return self.as_object(self._service.json_of(answer))
        raise self.rejected(f"content type {kind or '(none)'}", "audio/* or application/json")

    def as_object(self, body: Any) -> Json:
        """Return JSON that must be an object.

        Raises:
            ServiceRejectedError: It is something else.
        """
        if not isinstance(body, dict):
            raise self.rejected(f"JSON {self.shown(body)}", "a JSON object")
        return body

    def in_json(self, body: Json, to: Path, *, path_names: tuple[str, ...] = ("audio_path",)) -> SoundAnswer:
        """Write the sound that a JSON object holds or names to `to`.

        Raises:
            ServiceRejectedError: It holds none, breaks the contract, or names a file that must not be read.
            MediaError: The file cannot be written.
        """
        words = self._words(body.get("words"))
        if body.get("audio_base64") is not None:
            self._decode(body["audio_base64"], to)
            self._check_is_no_text("audio_base64", to)
            return SoundAnswer("base64", words)
        for name in path_names:
            if body.get(name) is not None:
                self._copy(name, body[name], to)
                self._check_is_no_text(f"{name} with a file", to)
                return SoundAnswer("path", words)
        said = next((body[name] for name in ("error", "detail", "message") if body.get(name)), None)
        found = f"{self.shown(said)}" if said is not None else f"an object with {self.shown(sorted(body))}"
        raise self.rejected(found, f"audio_base64 or {' or '.join(path_names)}")

    def _check_is_no_text(self, what: str, file: Path) -> None:
        """Refuse words where a sound should be, while they can still be shown without the token in them.

        Raises:
            ServiceRejectedError: The file begins with nothing but letters and signs, as no sound does.
        """
        with file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES)
        if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head[:_TEXT_BYTES]):
            raise self.rejected(f"{what} that holds words: {self.shown(head.decode('utf-8', 'replace'))!r}")

    def shown(self, value: Any) -> str:
        """Return a value of an answer as a message may show it: without the token, and short."""
        text = self._service.clean(str(value))  # cleaned before it is cut, so that no part of a token is left
        return text if len(text) <= 200 else f"{text[:200]}..."

    def rejected(self, found: str, expected: str = "a sound") -> ServiceRejectedError:
        """Return the error for an answer that breaks the contract."""
        return ServiceRejectedError(
            f"{self._service.name} at {self._service.url} answered {found}; expected {expected}. Is this "
            f"{self._service.name}? Check {self._service.variable} and the service's log"
        )

    def _decode(self, text: Any, to: Path) -> None:
        if not isinstance(text, str):
            raise self.rejected(f"audio_base64 as {type(text).__name__}", "base64 text")
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.rejected(f"audio_base64 that is not base64 ({error})", "base64 text") from error
        if not data or len(data) > self._limit_bytes:
            raise self.rejected(f"audio_base64 of {len(data):,} bytes", f"1 to {self._limit_bytes:,} bytes")
        try:
            to.write_bytes(data)
        except OSError as error:
            raise _unwritable(to, error) from error

    def _copy(self, name: str, found: Any, to: Path) -> None:
        """Copy the file that an answer names, if it lies below the root once every link is followed."""
        if not isinstance(found, str) or not found:
            raise self.rejected(f"{name} {self.shown(found)!r}", "the path of a file")
        subject = f"{self._service.name} at {self._service.url} names the file {self.shown(found)!r}"
        if self._root is None:
            raise ServiceRejectedError(
                f"{subject}, but {ROOT_VARIABLE} is not set; expected the folder that it shares with this machine. Set "
                f"{ROOT_VARIABLE}, or have the service answer audio bytes"
            )
        try:
            root = self._root.resolve(strict=True)
            path = (root / found).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise ServiceRejectedError(
                f"{subject}, which cannot be found ({_reason(error)}); expected a file below {self._root}, the "
                f"folder that {ROOT_VARIABLE} names. Share it under the same path"
            ) from error
        if not path.is_relative_to(root):
            raise ServiceRejectedError(
                f"{subject}, which leads out of {self._root}; expected a file below it. It was not read. Check the "
                f"service, and {ROOT_VARIABLE}"
            )
        self._copy_file(subject, path, to)

    def _copy_file(self, subject: str, path: Path, to: Path) -> None:
        try:
            # No link is followed any more, and a pipe does not block.
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise ServiceRejectedError(
                f"{subject}, which cannot be read: {_reason(error)}. Change its rights"
            ) from error
        with os.fdopen(handle, "rb") as source:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode) or not 0 < state.st_size <= self._limit_bytes:
                raise ServiceRejectedError(
                    f"{subject}: a {'file' if stat.S_ISREG(state.st_mode) else 'folder or device'} of "
                    f"{state.st_size:,} bytes; expected a sound file of 1 to {self._limit_bytes:,} bytes"
                )
            try:
                with to.open("wb") as target:
                    shutil.copyfileobj(source, target)
            except OSError as error:
                raise _unwritable(to, error) from error

    def _words(self, found: Any) -> tuple[TimedWord, ...]:
        """Return an answer's words; none when it has none."""
        if found is None:
            return ()
        if not isinstance(found, list) or len(found) > MAX_WORDS:
            raise self.rejected(f"words {self.shown(found)}", f"a list of at most {MAX_WORDS:,} words")
        made = tuple(self._word(item) for item in found)
        for before, after in pairwise(made):
            if after.start_s < before.start_s:
                raise self.rejected(
                    f"{self.shown(after.text)!r} at {after.start_s:g} s after a word at {before.start_s:g} s",
                    "words in order of time",
                )
        return made

    def _word(self, item: Any) -> TimedWord:
        if isinstance(item, dict):
            text, start, end = item.get("text", item.get("word")), item.get("start"), item.get("end")
            if isinstance(text, str) and _is_time(start) and _is_time(end) and 0 <= start <= end:
                return TimedWord(text, float(start), float(end))
        raise self.rejected(f"the word {self.shown(item)}", "{text, start, end} with 0 <= start <= end, seconds")


def check_root(service: Service, audio_root: Path | None) -> str:
    """Return in words which folder is shared.

    Raises:
        ServiceRejectedError: It is no folder.
    """
    if audio_root is None:
        return f"{ROOT_VARIABLE} is not set: answers that name a file are refused"
    if not audio_root.is_dir():
        raise ServiceRejectedError(
            f"{service.name}: {ROOT_VARIABLE} is {audio_root}; expected a folder that the service shares. Mount it"
        )
    return f"files are read below {audio_root}"


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _unwritable(path: Path, error: OSError) -> MediaError:
    return MediaError(f"{path}: cannot be written: {error.strerror or error}. Make room, or mend its folder")
