"""One bucket of an object store: whole objects in and out, outwaiting what passes, saying what does not.

An error's own text is never passed on: addresses in it may be signed.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeVar

from tower_anime_assets.errors import MediaError, MediaStoreError, MediaStoreUnavailableError

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta  # 0.1 s, so it is loaded where there is a bucket
    from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

T = TypeVar("T")

PART_BYTES: Final = 8 << 20
"""A larger file is sent in parts of this size, several at once."""

_PARTS_AT_ONCE: Final = 4
_BLOCK_BYTES: Final = 1 << 20
_LISTED_AT_ONCE: Final = 10_000

_REQUEST_S: Final = 900
"""Longest that one request may take: a part over a slow line."""

_SILENCE_S: Final = 90
"""How long a connection may carry nothing."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0

_CODE = re.compile(r"<Code>(\w{1,80})</Code>|\"(?:code|reason)\": ?\"(\w{1,80})\"")
_STATUS = re.compile(r"status code: (\d{3})")

_FULL_CODES = re.compile("quota|storagefull|insufficientstorage", re.IGNORECASE)
_MISSING_BUCKET_CODES: Final = frozenset({"NoSuchBucket", "ContainerNotFound"})

_MEDIA_TYPES: Final = {
    ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".mp4": "video/mp4", ".wav": "audio/wav",
    ".srt": "text/plain", ".json": "application/json",
}  # fmt: skip

_PREFIXES: Final = {"s3": "aws_", "gs": "google_", "az": "azure_"}

_CREDENTIALS: Final = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


@dataclass(frozen=True)
class ObjectFacts:
    """An object of a bucket.

    Attributes:
        key: Below the store's prefix.
        modified_at: When it was written last.
    """

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectBucket:
    """The objects below one prefix of a bucket.

    Attributes:
        url: Its address, without any secret.
    """

    def __init__(self, url: str, options: Mapping[str, str], patience_s: float) -> None:
        """Make ready; nothing is asked yet.

        Args:
            url: Such as `s3://bucket/prefix`.
            options: The cloud's variables by name in lower case, besides those of the environment.
            patience_s: How long a store that does not answer, or is overloaded, is asked again.
        """
        self.url = url
        self._scheme = url.partition("://")[0]
        self._patience_s = patience_s
        self._options = {name: value for name, value in options.items() if name.startswith(_PREFIXES[self._scheme])}
        self._opened: ObjectStore | None = None
        self._is_there = False

    def find(self, key: str) -> ObjectFacts | None:
        """Return an object's facts, None if there is none.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        try:
            found = self._ask("read", lambda store: obstore.head(store, key))
        except FileNotFoundError:
            if not self._is_there:  # this answer has no body, so that it does not tell a missing bucket
                self.read(key)
            return None
        return ObjectFacts(key, found["size"], found["last_modified"])

    def list_objects(self) -> Iterator[ObjectFacts]:
        """Yield every object below the prefix, sorted by key.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        last: str | None = None
        while True:
            start = last

            def read(store: ObjectStore, start: str | None = start) -> Sequence[ObjectMeta]:
                return next(iter(obstore.list(store, offset=start, chunk_size=_LISTED_AT_ONCE)), ())

            chunk = sorted(self._ask("list", read), key=lambda found: found["path"])
            if not chunk:
                return
            for found in chunk:
                yield ObjectFacts(found["path"], found["size"], found["last_modified"])
            last = chunk[-1]["path"]

    def upload(self, key: str, source: Path, *, replaces: bool = False) -> None:
        """Write a file to an object, as a whole or not at all; a small one only if nobody has written it meanwhile.

        Args:
            key: Where it goes.
            source: The file.
            replaces: Whether an object that is there is written anew.

        Raises:
            MediaError: The file cannot be read.
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        size_bytes = source.stat().st_size
        is_small = size_bytes <= PART_BYTES
        content = source.read_bytes() if is_small else source
        attributes: dict[str, str] = {
            "Content-Type": _MEDIA_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream"),
            "Cache-Control": "private, max-age=31536000, immutable",
        }

        def put(store: ObjectStore) -> None:
            obstore.put(
                store,
                key,
                content,
                mode="create" if is_small and not replaces else "overwrite",
                attributes=attributes,
                use_multipart=not is_small,
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

        self._ask("write", _unless_there(put))
        found = self.find(key)
        if found is None or found.size_bytes != size_bytes:
            size = f"{found.size_bytes} bytes" if found is not None else "nothing"
            raise MediaStoreError(f"{self.url} took {key} of {size_bytes} bytes and has {size}: run again")

    def create(self, key: str, content: bytes) -> None:
        """Write a small object unless there is one.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        self._ask("write", _unless_there(lambda store: obstore.put(store, key, content, mode="create")))

    def read(self, key: str) -> bytes | None:
        """Return a small object, None if there is none; a missing bucket is told from a missing object.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        content: bytes | None = None
        with contextlib.suppress(FileNotFoundError):
            content = self._ask("read", lambda store: bytes(obstore.get(store, key).bytes()))
        self._is_there = True
        return content

    def download(self, key: str, write: Callable[[Iterator[bytes]], T]) -> T | None:
        """Read an object in blocks, from the beginning again where the connection was cut; None if there is none.

        Args:
            key: The object.
            write: Takes the blocks, and returns what is to be returned; called again for each try.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        try:
            return self._ask("read", lambda store: write(_blocks(obstore.get(store, key))))
        except FileNotFoundError:
            return None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there count as removed.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        if keys:
            self._ask("delete", lambda store: obstore.delete(store, list(keys)))

    def set_aside(self, key: str) -> str:
        """Move a damaged object out of the way, and return where it is.

        Raises:
            MediaStoreError: The store refuses, or does not answer.
        """
        import obstore

        target = f"damaged/{key}"
        self._ask("write", lambda store: obstore.copy(store, key, target))
        self.delete([key])
        return target

    def sign(self, key: str, seconds: int) -> str:
        """Return an address at which anybody may read an object for a while, also parts of it.

        Raises:
            MediaStoreError: There are no credentials to sign with.
        """
        import obstore

        def sign(store: ObjectStore) -> str:
            signing: AzureStore | GCSStore | S3Store = store  # type: ignore[assignment] # the schemes that there are
            return obstore.sign(signing, "GET", key, timedelta(seconds=seconds))

        return self._ask("sign", sign)

    def _ask(self, doing: str, call: Callable[[ObjectStore], T]) -> T:
        """Return what a call gives, made again while the store is away or overloaded.

        Raises:
            FileNotFoundError: There is no such object.
            MediaStoreError: The store refuses, or does not answer.
        """
        deadline, pause_s = time.monotonic() + self._patience_s, _FIRST_PAUSE_S
        while True:
            try:
                with self._translated(doing):
                    return call(self._store)
            except MediaStoreUnavailableError:
                if time.monotonic() + pause_s > deadline:
                    raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> ObjectStore:
        from obstore.exceptions import BaseError
        from obstore.store import from_url

        try:
            endpoint = self._options.get("aws_endpoint_url", "")
            # Each request is tried once or twice here; `_ask` has the patience, for bodies that are cut off too.
            return from_url(
                self.url,
                config=self._options,  # type: ignore[call-overload] # a key of each cloud's own
                client_options={
                    "allow_http": endpoint.startswith("http://"),
                    "connect_timeout": timedelta(seconds=10),
                    "timeout": timedelta(seconds=_REQUEST_S),
                    "read_timeout": timedelta(seconds=_SILENCE_S),
                },
                retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=max(1.0, self._patience_s))},
            )
        except (BaseError, OSError, ValueError):  # its text may repeat a key
            raise MediaStoreError(f"{self.url} cannot be opened: check {_CREDENTIALS[self._scheme]}") from None

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        from obstore.exceptions import AlreadyExistsError, BaseError

        try:
            yield
        except AlreadyExistsError:
            raise
        except FileNotFoundError as error:
            if _codes(str(error)) & _MISSING_BUCKET_CODES:
                raise self._missing_bucket() from None
            raise
        except (BaseError, ValueError) as error:
            raise self._explain(doing, type(error).__name__, str(error)) from None

    def _missing_bucket(self) -> MediaStoreError:
        return MediaStoreError(f"{self.url}: there is no such bucket. Create it, or correct TOWER_MEDIA_URL")

    def _explain(self, doing: str, kind: str, text: str) -> MediaStoreError:
        codes, status = _codes(text), int(found[1]) if (found := _STATUS.search(text)) else 0
        if codes & _MISSING_BUCKET_CODES:
            return self._missing_bucket()
        if status == 507 or any(map(_FULL_CODES.search, codes)):
            return MediaStoreError(
                f"{self.url} is full: it refuses to {doing} anything more. Raise its quota or free some space "
                "(`tower media gc` lists what nothing needs), then run again"
            )
        credentials = _CREDENTIALS[self._scheme]
        if "169.254.169.254" in text or "metadata.google" in text or "must be specified" in text:
            return MediaStoreError(f"{self.url}: no credentials are set. Set {credentials}")
        if kind in ("PermissionDeniedError", "UnauthenticatedError") or status in (401, 403):
            return MediaStoreError(
                f"{self.url} refuses to {doing}: the credentials are wrong, or not allowed to. Check {credentials}"
            )
        if 400 <= status < 500 and status not in (408, 409, 425, 429):
            why = f"{status} {' '.join(sorted(codes))}".strip()
            return MediaStoreError(f"{self.url} refuses to {doing}: {why}. Check TOWER_MEDIA_URL and AWS_REGION")
        why = f"it answers {status}, which may be for want of room" if status == 500 else f"it answers {status}"
        why = why if status else "it cannot be reached, or cut the connection"
        return MediaStoreUnavailableError(
            f"{self.url}: {why}. It was asked for {self._patience_s:.0f} s; check that it runs, then run again"
        )


def _codes(text: str) -> set[str]:
    return {name for pair in _CODE.findall(text) for name in pair if name}


def _blocks(result: GetResult) -> Iterator[bytes]:
    for block in result.stream(_BLOCK_BYTES):
        yield bytes(block)


def _unless_there(put: Callable[[ObjectStore], object]) -> Callable[[ObjectStore], None]:
    """Return a call that does nothing where somebody has written the object already."""

    def call(store: ObjectStore) -> None:
        from obstore.exceptions import AlreadyExistsError

        try:
            put(store)
        except AlreadyExistsError:
            return

    return call


def open_bucket(url: str, options: Mapping[str, str], patience_s: float) -> ObjectBucket:
    """Return a bucket; nothing is asked yet.

    Raises:
        MediaError: This installation has no client for object stores.
    """
    try:
        import obstore  # noqa: F401 - whether it can be loaded
    except ImportError as error:
        raise MediaError("obstore cannot be loaded: install tower-anime-assets again") from error
    return ObjectBucket(url, options, patience_s)
