"""Opening the media store that the settings name, or any other by its address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tower_anime_assets.media.bucket_store import BucketStore
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.media.object_store import open_bucket
from tower_anime_assets.settings import Settings, read_media_url


def open_media(settings: Settings) -> MediaStore:
    """Return the media store of a studio; nothing is asked of a bucket yet.

    Raises:
        MediaError: This installation has no client for object stores.
    """
    if not settings.media_url or settings.media_url.startswith("file://"):
        return MediaStore(settings.media)
    return _bucket_store(
        settings.media_url, settings.media, settings.media_cache_bytes, settings.away_s,
        tuple(sorted(settings.object_store_options.items())),
    )  # fmt: skip


def open_store_at(address: str, settings: Settings) -> MediaStore:
    """Return the media store at an address, or in a folder of this machine.

    Raises:
        PlanError: It is neither.
        MediaError: This installation has no client for object stores.
    """
    if "://" not in address:
        return MediaStore(Path(address).expanduser().absolute())
    url = read_media_url(address, "this")
    if url.startswith("file://"):
        return MediaStore(Path(unquote(urlsplit(url).path)))
    if url == settings.media_url:
        return open_media(settings)
    # Copies of another store than the studio's lie apart: there they would count as the studio's.
    folder = settings.home / "media-cache" / "other" / hashlib.sha256(url.encode()).hexdigest()[:12]
    options = tuple(sorted(settings.object_store_options.items()))
    return _bucket_store(url, folder, settings.media_cache_bytes, settings.away_s, options)


@lru_cache(maxsize=16)
def _bucket_store(
    url: str, root: Path, limit_bytes: int, patience_s: float, options: tuple[tuple[str, str], ...]
) -> BucketStore:
    """Return the one store of this process for a bucket: what it holds and knows is shared by all who use it."""
    as_mapping: Mapping[str, str] = dict(options)
    return BucketStore(root, open_bucket(url, as_mapping, patience_s), limit_bytes)
