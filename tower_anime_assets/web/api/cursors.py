"""Places in lists that the database pages: the time and the id of an item, as one text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tower_anime_assets.errors import PlanError

_SEPARATOR: Final = "~"
_FIRST: Final = (datetime(1, 1, 1, tzinfo=UTC), str(UUID(int=0)))
_LAST: Final = (datetime(9999, 12, 31, tzinfo=UTC), str(UUID(int=(1 << 128) - 1)))


def cursor_of(at: datetime, item_id: str) -> str:
    """Return the `next` of a page that ends with an item."""
    return f"{at.astimezone(UTC).isoformat()}{_SEPARATOR}{item_id}"


def read_cursor(after: str, *, is_newest_first: bool) -> tuple[datetime, str]:
    """Return the time and id that an `after` names; for "" the place before the first item.

    Raises:
        PlanError: It is not the `next` of a page.
    """
    if not after:
        return _LAST if is_newest_first else _FIRST
    time, _, item_id = after.partition(_SEPARATOR)
    try:
        at, known = datetime.fromisoformat(time), str(UUID(item_id))
        return at.astimezone(UTC), known
    except (ValueError, OverflowError):
        raise PlanError(f"`after` is {after!r}; expected the `next` of the page before") from None
