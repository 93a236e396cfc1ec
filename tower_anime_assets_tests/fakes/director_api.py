"""A studio as the Director panel sees it: the API's answers from memory, its pictures, and a film with sound."""

from __future__ import annotations

import functools
import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tower_anime_assets.web.api.reasons import list_reasons
from tower_anime_assets.web.panel import panel_routes
from tower_anime_assets_tests.fakes.director_pages import AT, PagesOfWork
from tower_anime_assets_tests.fakes.director_shows import DirectorShows

EPISODE = "nexus-e01"
SHOT_S = 2.0
PROBLEM = "application/problem+json"

HEADINGS = ("INT. SERVER ROOM - NIGHT", "EXT. ROOFTOP - DAWN", "INT. LUNA'S LAB - DAY", "EXT. HARBOUR - DUSK")
LINES = (
    ("AKIRA", "The tower is listening. It has been listening since before we were born."),
    ("LUNA", "Then let it hear this."),
    ("VIKTOR", "You have no idea what you are about to wake."),
)
FRAMINGS = ("wide", "medium", "close_up", "over_the_shoulder")
MOVES = ("static", "push_in", "pan_left", "tilt_up")
STATES = ("accepted", "accepted", "waiting", "accepted", "rejected", "accepted", "changed", "missing")


@dataclass
class DirectorApi:
    """What the panel asks; its fields decide the answers, and `decisions` has what it sent.

    Attributes:
        scenes: Scenes of the episode; each has `shots_per_scene` shots.
        episodes: The list of episodes; None for the usual three.
        refusal: A problem that every decision is answered with; None to carry it out.
        is_signed_in: Whether anybody is known.
        film: A file to play; None for none.
        shows: The script, the cast and the memory.
        work: Estimates, approvals, batches, nights and figures.
        run: What of the one run is otherwise than usual; one that is over is active no more.
    """

    scenes: int = 4
    shots_per_scene: int = 7
    episodes: list[dict[str, Any]] | None = None
    refusal: dict[str, Any] | None = None
    is_signed_in: bool = True
    film: Path | None = None
    shows: DirectorShows = field(default_factory=DirectorShows)
    decisions: list[tuple[str, str, dict[str, Any], Mapping[str, str]]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    work: PagesOfWork = field(default_factory=lambda: PagesOfWork(EPISODE))
    run: dict[str, Any] = field(default_factory=dict)

    def app(self, panel: Path) -> Starlette:
        """Return the application, with the panel as it is built in a folder."""
        return Starlette(
            routes=[
                *panel_routes(panel),
                Route("/api/me", self._me),
                Route("/api/reasons", self._reasons),
                Route("/api/episodes", self._episodes),
                Route(f"/api/episodes/{EPISODE}/storyboard", self._storyboard),
                *self.shows.routes(),
                *self.work.routes(),
                Route("/api/runs", self._runs, methods=["GET"]),
                Route("/api/runs/{id}/events", self._events),
                Route("/api/shots/{key}", self._read_shot),
                Route("/api/runs/{id}/cancel", self._cancel, methods=["POST"]),
                Route("/api/runs/{id}", self._read_run),
                Route("/api/shots/{key}/{action}", self._decide, methods=["POST"]),
                Route("/media/{name}.png", self._picture),
                Route("/api/projects/{project}/references/{name:path}", self._picture),
                Route("/media/film.mp4", self._film),
                Route("/sign-in", lambda _request: Response("<h1>Sign in</h1>", media_type="text/html")),
            ]
        )

    async def _me(self, _request: Request) -> Response:
        if not self.is_signed_in:
            return JSONResponse({"title": "Not let in", "status": 401, "detail": "Sign in."}, 401, media_type=PROBLEM)
        return JSONResponse({"name": "Luna", "scope": "spend"})

    async def _reasons(self, _request: Request) -> Response:
        return JSONResponse(list_reasons().model_dump(mode="json"))

    async def _read_shot(self, request: Request) -> Response:
        """Answer as for a shot that nothing was made of; its page is tested elsewhere."""
        return JSONResponse({"key": request.path_params["key"], "stages": []})

    async def _episodes(self, _request: Request) -> Response:
        usual = [
            _episode(
                "e01",
                "Signal in the Noise",
                "waiting_approval",
                (28, 21, 4, 3),
                ["the keyframes wait for a person's approval"],
                number=3,
            ),
            _episode("e02", "The Long Night of the Tower", "ready", (31, 31, 0, 0), [], number=8),
            _episode("e03", "Afterglow", "not_made", (0, 0, 0, 0), [], number=None),
        ]
        return JSONResponse({"items": usual if self.episodes is None else self.episodes, "next": None})

    async def _storyboard(self, request: Request) -> Response:
        scenes = [
            {
                "id": f"sc{scene + 1:02}",
                "heading": HEADINGS[scene % len(HEADINGS)],
                "place": "tower",
                "time_of_day": "night",
                "mood": "",
                "shots": [self._shot(scene, number) for number in range(self.shots_per_scene)],
            }
            for scene in range(self.scenes)
        ]
        film = "/media/film.mp4" if self.film else None
        title = "Signal in the Noise"
        films = {"master_url": film, "animatic_url": film}
        quality = request.query_params.get("quality", "standard")
        level = {"problem": "", "quality": quality, "own_quality": "standard", "levels": ["draft", "standard"]}
        return JSONResponse({"key": EPISODE, "title": title, "scenes": scenes, **films, **level})

    def _shot(self, scene: int, number: int) -> dict[str, Any]:
        at = scene * self.shots_per_scene + number
        key = f"{EPISODE}-sc{scene + 1:02}-sh{(number + 1) * 10:04}"
        state = self.states.get(key, STATES[at % len(STATES)])
        take = None
        if state != "missing":
            score = 0.31 if state == "rejected" else 0.55 + at % 5 * 0.09
            url = f"/media/shot{at % 12}.png"
            take = {"id": f"take{at}", "stage": "keyframe", "thumb_url": url, "url": url, "score": score}
            take |= {"state": "rejected" if state == "rejected" else "accepted", "attempt": 1, "made_at": AT}
            take["engine"] = "comfyui:anime_keyframe"
        character, text = LINES[at % len(LINES)]
        return {
            "key": key,
            "framing": FRAMINGS[at % len(FRAMINGS)],
            "move": MOVES[at % len(MOVES)],
            "frames": int(SHOT_S * 24),
            "fps": 24,
            "start_s": at * SHOT_S,
            "duration_s": SHOT_S,
            "lines": [{"character": character, "text": text}] if at % 4 != 1 else [],
            "keyframe": take,
            "clip": None,
            "state": state,
            "score": take["score"] if take else None,
            "version": f"v{len(self.decisions)}",
            "locked_by": "Akira" if at % 9 == 3 else None,
            "rejected_by": "Luna" if state == "rejected" else None,
            "alt": f"{character.capitalize()} in a {FRAMINGS[at % len(FRAMINGS)].replace('_', ' ')} shot",
        }

    async def _runs(self, _request: Request) -> Response:
        is_over = self.run.get("status") == "canceled"
        return JSONResponse({"items": [] if is_over else [self._run()], "next": None})

    async def _read_run(self, _request: Request) -> Response:
        return JSONResponse(self._run())

    async def _cancel(self, _request: Request) -> Response:
        self.run |= {"status": "canceling", "canceled_by": "Luna"}
        return JSONResponse(self._run())

    def _run(self) -> dict[str, Any]:
        stage = {"stage": "keyframe", "title": "Keyframes", "total": 28, "done": 12, "made": 13, "reused": 0}
        return {
            "id": "r1",
            "job": "produce_episode",
            "status": "running",
            "episode": "nexus-e02",
            "shots": [],
            "who": "Akira",
            "why": "",
            "quality": "",
            "created_at": "2026-01-01T10:00:00Z",
            "started_at": "2026-01-01T10:00:00Z",
            "ended_at": None,
            "ahead": 0,
            "progress": {
                "stages": [{**stage, "rejected": 1, "doing": "sc02 sh0030, second attempt"}],
                "left_s": 310,
                "lines": [],
            },
            "updated_at": "2026-01-01T10:05:00Z",
            "problems": [],
            "canceled_by": "",
            "is_of_command": False,
            **self.run,
        }

    async def _events(self, _request: Request) -> Response:
        return Response(f"event: progress\ndata: {json.dumps(self._run())}\n\n", media_type="text/event-stream")

    async def _decide(self, request: Request) -> Response:
        if self.refusal:
            return JSONResponse(self.refusal, self.refusal["status"], media_type=PROBLEM)
        key, action = request.path_params["key"], request.path_params["action"]
        self.decisions.append((key, action, await request.json(), dict(request.headers)))
        self.states[key] = "rejected" if action == "reject" else "accepted"
        return JSONResponse(
            {"says": f"{key} is on record.", "version": "v9", "take": None, "learned": [], "warning": ""}
        )

    async def _picture(self, request: Request) -> Response:
        number = int("".join(filter(str.isdigit, request.path_params["name"])) or 0)
        return Response(draw_picture(number), media_type="image/png", headers={"Cache-Control": "max-age=3600"})

    async def _film(self, _request: Request) -> Response:
        assert self.film is not None
        return FileResponse(self.film, media_type="video/mp4")


def _episode(
    episode: str, title: str, state: str, counts: tuple[int, int, int, int], waits: list[str], number: int | None
) -> dict[str, Any]:
    total, accepted, rejected, missing = counts
    return {
        "key": f"nexus-{episode}",
        "project": "nexus",
        "title": title,
        "state": state,
        "poster_url": None if number is None else f"/media/poster{number}.png",
        "master_url": "/media/film.mp4" if state == "ready" else None,
        "shots": {"total": total, "accepted": accepted, "rejected": rejected, "missing": missing},
        "waits_for": waits,
        "duration_s": total * SHOT_S,
    }


@functools.cache
def draw_picture(number: int) -> bytes:
    """Return a still as PNG: a sky, a horizon and a figure, in colours of its own."""
    height, width = 180, 320
    random = np.random.default_rng(number)
    top, bottom, figure = random.integers(20, 235, (3, 3))
    share = np.linspace(0, 1, height)[:, None, None]
    pixels = np.broadcast_to(top * (1 - share) + bottom * share, (height, width, 3)).copy()
    pixels[120:] = bottom * 0.4
    left = 40 + number * 37 % 200
    pixels[60:150, left : left + 36] = figure
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def write_film(path: Path, seconds: float) -> None:
    """Write a film with a picture that moves and a tone, as browsers play it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=24"]
    command += ["-f", "lavfi", "-i", "sine=220", "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast"]
    command += ["-pix_fmt", "yuv420p", "-g", "12", "-c:a", "aac", "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True)
