"""Named queries, read from `sql/queries/<noun>.sql`: the only SQL there is."""

from __future__ import annotations

import re
from functools import cache

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import resource_root

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


@cache
def load_queries(noun: str) -> dict[str, bytes]:
    """Return the text of each query in `sql/queries/<noun>.sql`, by name.

    Raises:
        PlanError: The file is missing, or names a query twice: the installation is damaged.
    """
    path = resource_root() / "sql" / "queries" / f"{noun}.sql"
    if not path.is_file():
        raise PlanError(f"{path} is missing: install the package again")
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, texts = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise PlanError(f"{path} names a query twice: install the package again")
    return {name: text.strip().encode() for name, text in zip(names, texts, strict=True)}


def query_text(query_name: str) -> bytes:
    """Return a query's text by its address `noun.name`, such as `takes.keep_take`.

    Raises:
        KeyError: There is no such query.
    """
    noun, _, name = query_name.partition(".")
    return load_queries(noun)[name]


def list_nouns() -> tuple[str, ...]:
    """Return every noun that has a file of queries, sorted."""
    return tuple(sorted(path.stem for path in (resource_root() / "sql" / "queries").glob("*.sql")))
