"""Pictures and clips that people bring for a shot: streamed to a file, conformed, judged, and locked if accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.stages.events import Event, Waiting
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.take_import import Import, import_take
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import Quality, Why
from tower_anime_assets.web.api.story_keys import ShotKeyDep
from tower_anime_assets.web.api.uploads import refuse_large_body, save_body
from tower_anime_assets.web.api.versions import SeenDep, etag_of
from tower_anime_assets.web.request_rules import FILE_TYPES

MOST_FILE_BYTES: Final = 2_000_000_000
"""The longest file that is taken: some seconds of 4K as an editor exports them."""

_ENDINGS: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
}
"""Types of files that shots have, with the ending of a file without a name; what a file is, its content says."""

_TAKEN_TYPES: Final = tuple(sorted(FILE_TYPES & {*_ENDINGS, "application/octet-stream"}))
_MOST_NAME_BYTES: Final = 120
_SMALLER: Final = "Export the shot alone, or at its delivered size"

router = APIRouter(tags=["shot imports"])


@dataclass
class ImportsUnderWay:
    """The imports of this server: one after the other, and not two for one shot."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    shots: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def of_shot(self, key: str, who: str) -> Iterator[None]:
        """Hold a shot.

        Raises:
            HTTPException: 409 while somebody's import for it is under way.
        """
        if key in self.shots:
            raise HTTPException(
                409,
                f"{self.shots[key]} is bringing a file for {key} just now. Look what came of it, then send yours again",
                {"Retry-After": "5"},
            )
        self.shots[key] = who
        try:
            yield
        finally:
            del self.shots[key]


def _imports_of(request: Request) -> ImportsUnderWay:
    state = request.app.state
    if not hasattr(state, "imports_under_way"):
        state.imports_under_way = ImportsUnderWay()
    found: ImportsUnderWay = state.imports_under_way
    return found


class ImportAnswer(BaseModel):
    """What came of a file that a person brought."""

    says: str
    version: str = Field(description="Of the shot; the ETag is the same in quotes.")
    take: str = Field(description="The id of the take that it has become.")
    stage: str = Field(description='"keyframe" of a picture, "clip" of a video.')
    is_used: bool = Field(description="Whether the gates accept it: then it is locked in the shot's place.")
    failed: list[str] = Field(description="The gates that reject it, with what was measured.")
    notes: list[str] = Field(description="What was done to it, and what of it is cut off or not used.")


@router.post(
    "/shots/{key}/imports",
    dependencies=[DIRECTS],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in _TAKEN_TYPES},
        }
    },
)
async def import_for_shot(
    key: ShotKeyDep,
    request: Request,
    studio: StudioDep,
    caller: CallerDep,
    seen: SeenDep,
    response: Response,
    imports: Annotated[ImportsUnderWay, Depends(_imports_of)],
    why: Annotated[Why, Query(description="The reason, which stays on record.")],
    name: Annotated[str, Query(description="The file's name, for people; empty for none.")] = "",
    quality: Annotated[Quality, Query(description="The level of quality that it is for.")] = "",
) -> ImportAnswer:
    """Bring a picture, which becomes the shot's keyframe, or a video, its clip; the body is the file."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type not in _TAKEN_TYPES:
        raise HTTPException(415, f"a shot takes a picture or a video: {', '.join(_TAKEN_TYPES)}")
    file_name = _file_name(name, content_type)
    refuse_large_body(request, MOST_FILE_BYTES, _SMALLER)
    with imports.of_shot(str(key), caller.name), studio.media.workspace() as folder:
        await save_body(request, folder / file_name, MOST_FILE_BYTES, _SMALLER)
        run = Run(studio, user=caller.name, quality=quality, emit=_refuse_to_wait)
        async with imports.turn:
            brought = await run_in_threadpool(import_take, run, key, folder / file_name, why, seen=seen)
    response.headers["ETag"] = etag_of(brought.version)
    return _answer(brought)


def _answer(brought: Import) -> ImportAnswer:
    return ImportAnswer(
        says=str(brought),
        version=brought.version,
        take=brought.take.id,
        stage=brought.take.stage,
        is_used=brought.accepted,
        failed=list(brought.failed),
        notes=list(brought.notes),
    )


def _file_name(name: str, content_type: str) -> str:
    """Return the name under which a file is told of on record."""
    name = name.strip() or f"file{_ENDINGS.get(content_type, '')}"
    is_plain = name == Path(name).name and name != ".." and "\\" not in name and name.isprintable()
    if not is_plain or len(name.encode()) > _MOST_NAME_BYTES:
        raise PlanError(f"the name is {name[:40]!r}; expected a file's name without folders, such as keyframe.png")
    return name


def _refuse_to_wait(event: Event) -> None:
    """Give up an import that would have to wait for a run, which may take hours."""
    if isinstance(event, Waiting):
        raise ServiceUnavailableError(f"{event.words}. Send the file again when it has ended")
