"""The media pages as a web application: read-only, on loopback, files with byte ranges so that videos can be sought."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.production.ids import EpisodeKey, ShotKey
from tower_anime_assets.stages import clips, mastering, stills
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import story, takes, verdicts
from tower_anime_assets.web import pages

MEDIA_TYPES = {
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".wav": "audio/wav",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "text/plain; charset=utf-8",
    ".json": "application/json",
}


def build_app(studio: Studio) -> Starlette:
    """Return the application; the database is asked only when a page is, and given back when serving ends."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        studio.close()

    routes = [
        Route("/", lambda request: _index(studio)),
        Route("/episodes/{key}", lambda request: _episode(studio, request.path_params["key"])),
        Route("/shots/{key}", lambda request: _shot(studio, request.path_params["key"])),
        Route("/media/{path:path}", lambda request: _media(studio, request)),
    ]
    # Only loopback names: a page elsewhere cannot reach us under a name of its own (DNS rebinding).
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[guard], lifespan=lifespan)


def _index(studio: Studio) -> Response:
    rows = []
    for key, title in story.list_titles(studio.database):
        master = takes.newest(studio.database, EpisodeKey.parse(key), mastering.STAGE)
        rows.append({"key": key, "title": title, "state": "made" if master else "not made yet"})
    return HTMLResponse(pages.index(rows))


def _episode(studio: Studio, text: str) -> Response:
    try:
        key = EpisodeKey.parse(text)
    except PlanError as error:
        raise HTTPException(404, str(error)) from error
    episode = story.load_episode(studio.database, key)
    if episode is None:
        raise HTTPException(404, f"{key} is not in the database")
    master = takes.newest(studio.database, key, mastering.STAGE)
    files = {role: f"/media/{file.path}" for role, file in master.files.items()} if master else None
    plan = story.load_plan(studio.database, key)
    newest = {take.shot_id: take for take in takes.of_episode(studio.database, key, stills.KEYFRAME)}
    moving = {take.shot_id: take for take in takes.of_episode(studio.database, key, clips.STAGE)}
    judged = verdicts.accepted(studio.database, [take.id for take in (*newest.values(), *moving.values())])
    shots = []
    for shot in plan.shots if plan else ():
        name = ShotKey.parse(shot.key).shot
        take = moving.get(name) or newest.get(name)
        thumb = take.files.get("thumb") if take else None
        shots.append(
            {
                "key": shot.key,
                "name": shot.key.removeprefix(f"{key}-"),
                "picture": f"/media/{thumb.path}" if thumb else "",
                "accepted": take is not None and take.id in judged,
                "state": "rejected" if take else "not made",
                "words": f"{shot.framing}, {shot.move}, {shot.frames} frames",
            }
        )
    return HTMLResponse(pages.episode(str(key), episode.title, files, shots))


def _shot(studio: Studio, text: str) -> Response:
    try:
        key = ShotKey.parse(text)
    except PlanError as error:
        raise HTTPException(404, str(error)) from error
    made = takes.of_shot(studio.database, key)
    rows: list[Mapping[str, Any]] = [
        {
            "id": take.id,
            "stage": take.stage,
            "attempt": take.attempt,
            "url": f"/media/{take.files['main'].path}",
            "reasoning": take.reasoning,
            "engine": take.engine,
            "seconds": take.duration_s,
            "score": take.quality_score,
            "decision": str(take.decision_id),
        }
        for take in made
    ]
    found = verdicts.latest(studio.database, [take.id for take in made])
    judged = [
        {"take_id": take_id, "gate": item.gate, "measure": item.measure, "value": item.value, "low": item.low,
         "high": item.high, "unit": item.unit, "passed": item.passed}
        for take_id, items in found.items()
        for item in items
    ]  # fmt: skip
    return HTMLResponse(pages.shot(str(key), str(key.of_episode), rows, judged))


def _media(studio: Studio, request: Request) -> Response:
    try:
        path = studio.media.path_of(request.path_params["path"])
    except MediaError as error:
        raise HTTPException(404, "no such file") from error
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise HTTPException(404, "no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=media_type, headers=headers)
