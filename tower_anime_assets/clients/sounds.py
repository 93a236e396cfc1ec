"""Sounds in the answers of voice and music services: as bytes, as base64, or as a file on a shared disk.

A sound is written to a file and not decoded; that is done by `media.sound_files`. A file that an answer names is read
only from the folder that the operator configured.
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
from typing import TYPE_CHECKING, Any, TypeGuard

from tower_anime_assets.clients.http import HttpService, write_error
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.planning.word_times import TimedWord

if TYPE_CHECKING:
    import httpx

AUDIO_ROOT_VARIABLE = "TOWER_AUDIO_ROOT"
MAX_WORDS = 10_000
_READ_AHEAD_BYTES = 4096
_TEXT_CHECK_BYTES = 24
"""Enough to tell a sound from text: a WAV may start with 16 letters, but the length after them has zeros."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class SoundResponse:
    """A sound from a service, which is in a file now.

    Attributes:
        transport: How it was sent: `bytes`, `base64` or `path`.
        words: The spoken words and their times, () if the service does not report them.
    """

    transport: str
    words: tuple[TimedWord, ...] = ()


class SoundResponseReader:
    """Saves the sounds in one service's answers.

    Args:
        service: The service.
        audio_root: The folder that it shares with us, or None.
        limit_bytes: Longer sounds are refused.
    """

    def __init__(self, service: HttpService, audio_root: Path | None, limit_bytes: int) -> None:
        self._service = service
        self._root = audio_root
        self._limit_bytes = limit_bytes

    def save_or_parse(self, response: httpx.Response, target: Path) -> SoundResponse | Json:
        """Write an answer of `audio/*` to a file, or return the JSON object that was answered instead.

        Raises:
            ServiceRejectedError: It is neither, empty, or too long.
            ServiceUnavailableError: It was cut short.
            MediaError: The file cannot be written.
        """
        content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type.startswith("audio/") or content_type == "application/ogg":
            if not self._service.save_body(response, target, self._limit_bytes):
                raise self.contract_error(f"an empty {content_type}")
            self._refuse_text(content_type, target)
            return SoundResponse("bytes")
        if content_type == "application/json" or content_type.endswith("+json"):
            return self.require_object(self._service.read_json(response))
        raise self.contract_error(f"content type {content_type or '(none)'}", "audio/* or application/json")

    def require_object(self, body: Any) -> Json:
        """Return a JSON value if it is an object; raise ServiceRejectedError otherwise."""
        if not isinstance(body, dict):
            raise self.contract_error(f"the JSON {self._excerpt(body)}", "a JSON object")
        return body

    def save_from_json(
        self, body: Json, target: Path, *, path_keys: tuple[str, ...] = ("audio_path",)
    ) -> SoundResponse:
        """Write the sound that a JSON object contains, or names as a file, to a file.

        Raises:
            ServiceRejectedError: There is none, it breaks the contract, or the named file must not be read.
            MediaError: The file cannot be written.
        """
        words = self._parse_words(body.get("words"))
        if body.get("audio_base64") is not None:
            self._write_base64(body["audio_base64"], target)
            self._refuse_text("audio_base64", target)
            return SoundResponse("base64", words)
        for key in path_keys:
            if body.get(key) is not None:
                self._copy_shared_file(key, body[key], target)
                self._refuse_text(f"{key} with a file", target)
                return SoundResponse("path", words)
        message = next((body[name] for name in ("error", "detail", "message") if body.get(name)), None)
        found = self._excerpt(message) if message is not None else f"an object with {self._excerpt(sorted(body))}"
        raise self.contract_error(found, f"audio_base64 or {' or '.join(path_keys)}")

    def _refuse_text(self, subject: str, file: Path) -> None:
        """Raise ServiceRejectedError if the file starts with text, such as an error message."""
        with file.open("rb") as opened:
            header = opened.read(_READ_AHEAD_BYTES)
        if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in header[:_TEXT_CHECK_BYTES]):
            raise self.contract_error(f"{subject} with text: {self._excerpt(header.decode('utf-8', 'replace'))!r}")

    def contract_error(self, found: str, expected: str = "a sound") -> ServiceRejectedError:
        """Return the error for an answer that breaks the contract."""
        return self._service.contract_error("", found, expected)

    def describe_audio_root(self) -> str:
        """Return a sentence about the shared folder; raise ServiceRejectedError if it does not exist."""
        if self._root is None:
            return f"{AUDIO_ROOT_VARIABLE} is not set: answers that name a file are refused"
        if not self._root.is_dir():
            raise ServiceRejectedError(
                f"{self._service.name}: {AUDIO_ROOT_VARIABLE} is {self._root}; expected a folder that the service "
                "shares. Mount it"
            )
        return f"files are read below {self._root}"

    def _excerpt(self, value: object) -> str:
        return self._service.excerpt(value)

    def _write_base64(self, text: Any, target: Path) -> None:
        if not isinstance(text, str):
            raise self.contract_error(f"audio_base64 as {type(text).__name__}", "base64 text")
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.contract_error(f"audio_base64 that is not base64 ({error})", "base64 text") from error
        if not data or len(data) > self._limit_bytes:
            raise self.contract_error(f"audio_base64 of {len(data):,} bytes", f"1 to {self._limit_bytes:,} bytes")
        try:
            target.write_bytes(data)
        except OSError as error:
            raise write_error(target, error) from error

    def _copy_shared_file(self, key: str, file_name: Any, target: Path) -> None:
        """Copy the file that an answer names, if it is in the shared folder after resolving every link."""
        if not isinstance(file_name, str) or not file_name:
            raise self.contract_error(f"{key} {self._excerpt(file_name)!r}", "the path of a file")
        subject = f"{self._service.name} at {self._service.url} names the file {self._excerpt(file_name)!r}"
        if self._root is None:
            raise ServiceRejectedError(
                f"{subject}, but {AUDIO_ROOT_VARIABLE} is not set; expected the folder that it shares with this "
                f"machine. Set {AUDIO_ROOT_VARIABLE}, or have the service answer audio bytes"
            )
        try:
            root = self._root.resolve(strict=True)
            path = (root / file_name).resolve(strict=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise ServiceRejectedError(
                f"{subject}, which cannot be found ({_describe_error(error)}); expected a file below {self._root}, the "
                f"folder that {AUDIO_ROOT_VARIABLE} names. Share it under the same path"
            ) from error
        if not path.is_relative_to(root):
            raise ServiceRejectedError(
                f"{subject}, which leads out of {self._root}; expected a file below it. It was not read. Check the "
                f"service and {AUDIO_ROOT_VARIABLE}"
            )
        self._copy_regular_file(subject, path, target)

    def _copy_regular_file(self, subject: str, path: Path, target: Path) -> None:
        try:
            # A link that replaced the file meanwhile is not followed, and a named pipe does not block.
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise ServiceRejectedError(
                f"{subject}, which cannot be read: {_describe_error(error)}. Make it readable for this user"
            ) from error
        with os.fdopen(handle, "rb") as source:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= self._limit_bytes:
                raise ServiceRejectedError(
                    f"{subject}: a {'file' if stat.S_ISREG(status.st_mode) else 'folder or device'} of "
                    f"{status.st_size:,} bytes; expected a sound file of 1 to {self._limit_bytes:,} bytes"
                )
            try:
                with target.open("wb") as output:
                    shutil.copyfileobj(source, output)
            except OSError as error:
                raise write_error(target, error) from error

    def _parse_words(self, entries: Any) -> tuple[TimedWord, ...]:
        if entries is None:
            return ()
        if not isinstance(entries, list) or len(entries) > MAX_WORDS:
            raise self.contract_error(f"words {self._excerpt(entries)}", f"a list of at most {MAX_WORDS:,} words")
        words = tuple(self._parse_word(item) for item in entries)
        for before, after in pairwise(words):
            if after.start_s < before.start_s:
                raise self.contract_error(
                    f"{self._excerpt(after.text)!r} at {after.start_s:g} s after a word at {before.start_s:g} s",
                    "words in the order of their times",
                )
        return words

    def _parse_word(self, item: Any) -> TimedWord:
        if isinstance(item, dict):
            text, start, end = item.get("text", item.get("word")), item.get("start"), item.get("end")
            if isinstance(text, str) and _is_time(start) and _is_time(end) and 0 <= start <= end:
                return TimedWord(text, float(start), float(end))
        raise self.contract_error(
            f"the word {self._excerpt(item)}", "{text, start, end} with 0 <= start <= end, seconds"
        )


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _describe_error(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
