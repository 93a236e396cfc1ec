"""Lists in pages: `{items, next}`, where `next` is given back as `after`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

MOST_ITEMS: Final = 500

Item = TypeVar("Item")
Source = TypeVar("Source")


class Page(BaseModel, Generic[Item]):
    """Some items of a list."""

    items: list[Item]
    next: str | None = Field(None, description="What `after` is for the next page; null on the last one.")


LimitQuery = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items of a page.")]
AfterQuery = Annotated[str, Query(max_length=300, description="`next` of the page before; empty for the first page.")]


def page_of(
    sources: Sequence[Source], key: Callable[[Source], str], build: Callable[[Source], Item], limit: int, after: str
) -> Page[Item]:
    """Return a page of a list that is at hand whole, in the order of `key`.

    Args:
        sources: The list, in any order.
        key: What tells its items apart, and orders them.
        build: Makes an answer's item; called for the items of the page only.
        limit: Items of the page.
        after: The key of the last item of the page before, "" for the first page.
    """
    rest = sorted((source for source in sources if key(source) > after), key=key)
    shown = rest[:limit]
    return Page(items=[build(source) for source in shown], next=key(shown[-1]) if len(rest) > limit else None)
