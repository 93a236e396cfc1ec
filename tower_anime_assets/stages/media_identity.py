"""Whether the media store of this process is the one that the record's files are in."""

from __future__ import annotations

from uuid import uuid4

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import media_stores
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.media_stores import RecordedStore


def require_same_media(studio: Studio) -> RecordedStore:
    """Refuse to work with another media store than the record's; the first one that is used becomes the record's.

    With another store, a run would find nothing that was made, and make all of it again.

    Raises:
        PlanError: The record's media are elsewhere; the message names both stores.
        MediaError: The store cannot be read, or not be marked.
        ServiceUnavailableError: The database does not answer.
    """
    media, database = studio.media, studio.database
    mark, recorded = media.read_mark(), media_stores.find_store(database)
    if recorded is None:
        mark = mark or media.write_mark(str(uuid4()))
        recorded = media_stores.record_first_store(database, mark, media.address, studio.settings.user)
    if mark != recorded.store_id:
        raise PlanError(_why_other(recorded, media, mark))
    return recorded


def has_named_media(studio: Studio) -> bool:
    """Return whether the record names its media store: a studio of one machine with a folder of its own need not."""
    return media_stores.find_store(studio.database) is not None


def why_other_media(studio: Studio) -> str:
    """Return why the media store is not the record's, "" if it is, or if none was named yet; nothing is written.

    Raises:
        MediaError: The store cannot be read.
        ServiceUnavailableError: The database does not answer.
    """
    recorded = media_stores.find_store(studio.database)
    if recorded is None or (mark := studio.media.read_mark()) == recorded.store_id:
        return ""
    return _why_other(recorded, studio.media, mark)


def adopt_media(settings: Settings, database: Database, media: MediaStore, why: str) -> RecordedStore:
    """Make a media store the record's from now on, whatever it holds; it is marked if it has no mark.

    Raises:
        PlanError: No reason is given.
        MediaError: The store cannot be read, or not be marked.
        ServiceUnavailableError: The database does not answer.
    """
    if not why.strip():
        raise PlanError('say why the media of this record are elsewhere now: --why "..."')
    mark = media.read_mark() or media.write_mark(str(uuid4()))
    return media_stores.adopt_store(database, mark, media.address, settings.user, why.strip())


def _why_other(recorded: RecordedStore, media: MediaStore, mark: str) -> str:
    here = f"is another one (mark {mark[:8]})" if mark else "has no mark, as a new one"
    return (
        f"the media of this record are in {recorded.address} (mark {recorded.store_id[:8]}), and {media.address} "
        f"{here}: set TOWER_MEDIA_URL, or TOWER_HOME, to where they are. If they are to be moved, "
        f"`tower media copy {recorded.address} {media.address}` brings files and mark; if they are gone, "
        '`tower media adopt --why "..."` goes on without them'
    )
