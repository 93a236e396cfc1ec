"""What the masters in `episodes/` prove about the record: each carries where the audit chain stood when it was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tower_anime_assets.compile.master import CHAIN_COMMENT
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.external import read_container_tags
from tower_anime_assets.store import audit
from tower_anime_assets.store.audit import ChainMark
from tower_anime_assets.store.database import Database


def find_head_problems(database: Database, folder: Path) -> Iterator[str]:
    """Yield what delivered masters prove against the record; nothing for a sound one.

    A master that was deleted proves nothing, and neither does a video that carries no mark: it is not one of ours.

    Args:
        database: The record.
        folder: Where masters are delivered to; it need not exist.
    """
    now = audit.read_chain_mark(database)
    for file in sorted(folder.glob("*.mp4")):
        try:
            mark = read_mark(file)
        except MediaError as error:
            yield f"{file.name} in {folder.name}/ cannot be read: {error}. Delete it and run `tower produce` again"
            continue
        if mark is None or audit.chain_contains(database, mark.head_sha256):
            continue
        yield f"{file.name} in {folder.name}/ {_words(mark, now)}"


def read_mark(file: Path) -> ChainMark | None:
    """Return where the audit chain stood when a master was made, None for a video that does not say it.

    Raises:
        MediaError: It cannot be opened, or is not a video.
    """
    comment = read_container_tags(file).get("comment", "")
    return ChainMark.parse(comment.removeprefix(CHAIN_COMMENT)) if comment.startswith(CHAIN_COMMENT) else None


def _words(mark: ChainMark, now: ChainMark) -> str:
    link = mark.head_sha256[:12]
    if not mark.seq:
        return (
            f"was made at link {link}, which is not in the record: rows were cut off or rewritten since. If it is "
            "another studio's master, move it elsewhere"
        )
    if mark.first_sha256 != now.first_sha256:
        return (
            f"is of another record, begun by link {mark.first_sha256[:12]}, while this one "
            f"{f'is begun by {now.first_sha256[:12]}' if now.seq else 'is empty'}: if it is another studio's master, "
            "move it elsewhere; if it was made here, the whole record was replaced"
        )
    if mark.seq > now.seq:
        return (
            f"proves that the newest rows were cut off: it was made at link {mark.seq}, and the record ends at link "
            f"{now.seq}. Restore a backup that has them"
        )
    return (
        f"proves that rows were rewritten: it was made at link {mark.seq}, {link}, and the record has another link "
        f"{mark.seq}. Restore a backup from before that"
    )
