"""Files that people bring as the body of a request: written as they come, and no longer than they may be."""

from __future__ import annotations

from pathlib import Path

from fastapi import HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import open_atomically


def refuse_large_body(request: Request, most_bytes: int, remedy: str) -> None:
    """Refuse a body that says that it is too long before any of it is read.

    Raises:
        HTTPException: 413.
    """
    if (length := request.headers.get("content-length", "")).isdecimal() and int(length) > most_bytes:
        raise _too_large(most_bytes, remedy)


async def save_body(request: Request, path: Path, most_bytes: int, remedy: str) -> None:
    """Write the body of a request to a file.

    Raises:
        HTTPException: 413 if it is longer than it may be, 400 if it ended too early.
        PlanError: It is empty.
    """
    size_bytes = 0
    try:
        with open_atomically(path) as file:
            async for chunk in request.stream():
                size_bytes += len(chunk)
                if size_bytes > most_bytes:
                    raise _too_large(most_bytes, remedy)
                await run_in_threadpool(file.write, chunk)
    except ClientDisconnect as error:
        raise HTTPException(400, "the connection ended before the file was there whole. Send it again") from error
    if not size_bytes:
        raise PlanError("the body is empty. Send the picture or video as the body")


def _too_large(most_bytes: int, remedy: str) -> HTTPException:
    size = f"{most_bytes / 1e9:g} GB" if most_bytes >= 1e9 else f"{most_bytes / 1e6:.0f} MB"
    return HTTPException(413, f"a file has at most {size}. {remedy}")
