"""Named queries from `sql/queries/<noun>.sql`, the only place for SQL besides the migrations."""

from __future__ import annotations

import re
from functools import cache

from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import resource_root

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


@cache
def load_queries(noun: str) -> dict[str, bytes]:
    """Return the text of each query in `sql/queries/<noun>.sql` by name.

    Raises:
        PlanError: The file is missing or contains a name twice, because the installation is damaged.
    """
    path = resource_root() / "sql" / "queries" / f"{noun}.sql"
    if not path.is_file():
        raise PlanError(f"{path} is missing: reinstall the package")
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, texts = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise PlanError(f"{path} contains a query name twice: reinstall the package")
    return {name: text.strip().encode() for name, text in zip(names, texts, strict=True)}


def query_text(query_name: str) -> bytes:
    """Return the text of the query `noun.name`, such as `takes.record_take`; a KeyError if there is none."""
    noun, _, name = query_name.partition(".")
    return load_queries(noun)[name]
