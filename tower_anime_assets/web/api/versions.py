"""Versions of what people decide about: ETag in answers, If-Match in requests."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Header

from tower_anime_assets.errors import PlanError

_NONE_YET: Final = "none"
"""The version of what nobody has decided about."""


def etag_of(version: str) -> str:
    """Return the ETag of a version, "" for the one before anybody decided."""
    return f'"{version or _NONE_YET}"'


def _seen_version(
    if_match: Annotated[
        str | None, Header(description="The ETag of what you looked at; without it, whatever there is now.")
    ] = None,
) -> str | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/")
    if len(tag) < 2 or tag[0] != '"' or tag[-1] != '"':
        raise PlanError(f'If-Match is {if_match!r}; expected one ETag in quotes, as an answer had it, or "*"')
    return "" if tag[1:-1] == _NONE_YET else tag[1:-1]


SeenDep = Annotated[str | None, Depends(_seen_version)]
"""A route's parameter: the version that its caller looked at, as `seen` of the functions of `stages`."""
