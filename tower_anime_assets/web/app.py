"""What the web process serves: Dagster's web UI below /dagster, the API below /api, the panel and the media pages.

It stands behind the `guard`; media have byte ranges for seeking in videos.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import ServiceError, TowerError
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Episode
from tower_anime_assets.reports.attempt_trail import attempts_of, load_attempt, load_shot_trail
from tower_anime_assets.reports.trail_words import episode_words
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.current_episode import CurrentOutcomes, find_current_outcomes
from tower_anime_assets.stages.finishing import FINISHING_STAGES
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.run_launching import RunLauncher
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store import audit, story, takes, workflows
from tower_anime_assets.web import pages, trail_pages
from tower_anime_assets.web.access import Access
from tower_anime_assets.web.api.app import serve_api
from tower_anime_assets.web.media import media_origin, media_routes
from tower_anime_assets.web.mounted import MountedApp
from tower_anime_assets.web.panel import panel_routes
from tower_anime_assets.web.request_rules import DAGSTER_PREFIX, HEALTH_PATH, is_below_api, is_below_dagster
from tower_anime_assets.web.sign_in import sign_in_routes


def build_app(
    studio: Studio,
    dagster: MountedApp | None = None,
    access: Access | None = None,
    runs: RunLauncher | None = None,
) -> ASGIApp:
    """Return the application; it closes the studio when the server ends.

    Args:
        studio: What the media pages show.
        dagster: Dagster's web UI, which is opened when the server starts; None for the media pages alone.
        access: Who signs in and out; None for nobody.
        runs: Who starts and shows runs; None for nobody.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with dagster.running() if dagster else contextlib.nullcontext():
            yield
        studio.close()

    routes = [
        *panel_routes(media_origin=media_origin(studio)),
        Route("/episodes", lambda request: _index(studio)),
        Route("/episodes/{key}", lambda request: _episode(studio, request.path_params["key"])),
        Route("/episodes/{key}/scores", lambda request: _scores(studio, request.path_params["key"])),
        Route("/episodes/{key}/trail", lambda request: _trail(studio, request.path_params["key"])),
        Route("/shots/{key}", lambda request: _shot(studio, request.path_params["key"])),
        Route("/attempts/{id}", lambda request: _attempt(studio, request.path_params["id"])),
        Route("/graphs/{id:uuid}.json", lambda request: _graph(studio, str(request.path_params["id"]))),
        *media_routes(studio),
    ]
    if dagster:
        # Dagster's pages ask for the icons of running tabs without its prefix.
        routes += [Route(HEALTH_PATH, _Health(dagster)), Route("/favicon-run-{state}.svg", _redirect_to_dagster)]
    if access:
        routes += sign_in_routes(access)
    pages_app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={TowerError: _error_response})

    api = serve_api(studio, runs)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if dagster and scope["type"] != "lifespan" and is_below_dagster(scope):
            await dagster(scope, receive, send)
        elif scope["type"] == "http" and is_below_api(scope):
            await api(scope, receive, send)
        else:
            await pages_app(scope, receive, send)

    return app


class _Health:
    """Whether the process answers, and how far Dagster's web UI is; nothing that a stranger could use."""

    def __init__(self, dagster: MountedApp) -> None:
        self._dagster = dagster

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not in a thread: it answers while all of them are busy.
        await JSONResponse({"status": "ok", "dagster": self._dagster.state})(scope, receive, send)


async def _redirect_to_dagster(request: Request) -> Response:
    return RedirectResponse(f"{DAGSTER_PREFIX}{request.url.path}")


def _error_response(_request: Request, error: Exception) -> Response:
    """Return a page with the message of an error of ours."""
    status = 503 if isinstance(error, ServiceError) else 404
    return HTMLResponse(pages.error_page(str(error)), status)


def _index(studio: Studio) -> Response:
    episodes = []
    for key, title in story.list_titles(studio.database):
        master = takes.find_newest(studio.database, EpisodeKey.parse(key), MASTERS.name)
        state = f"master of {master.created_at:%Y-%m-%d %H:%M} UTC" if master else "no master yet"
        episodes.append(pages.EpisodeCard(key, title, _media_url(master, "thumb"), state))
    return HTMLResponse(pages.index_page(episodes))


def _episode(studio: Studio, text: str) -> Response:
    key = EpisodeKey.parse(text)
    run = saved_episode(Run(studio), key)
    outcomes = find_current_outcomes(run)
    return HTMLResponse(
        pages.episode_page(
            str(key),
            run.episode.title,
            _master_player(studio, key, outcomes),
            story_warnings(run.project, run.episode, studio.settings),
            _scene_shots(run.episode, story.load_plan(studio.database, key), outcomes),
            _sound_players(run.episode, outcomes),
        )
    )


def _scores(studio: Studio, text: str) -> Response:
    from tower_anime_assets.reports.scores import cost_table, measure_table  # imports pandas

    key = EpisodeKey.parse(text)
    tables = (build_table(studio.database, key.project, key.episode) for build_table in (measure_table, cost_table))
    measures, costs = ((list(table.columns), table.values.tolist()) for table in tables)
    return HTMLResponse(pages.scores_page(str(key), measures, costs))


def _master_player(studio: Studio, key: EpisodeKey, outcomes: CurrentOutcomes) -> pages.MasterPlayer | None:
    outcome = outcomes.get((MASTERS.name, str(key)))
    master = outcome.take if outcome else takes.find_newest(studio.database, key, MASTERS.name)
    if master is None:
        return None
    files = {role: f"/media/{file.path}" for role, file in master.files.items()}
    state = _outcome_state(outcome) if outcome else "out of date: the episode has changed since"
    return pages.MasterPlayer(files, state)


def _scene_shots(episode: Episode, plan: EpisodePlan | None, outcomes: CurrentOutcomes) -> list[pages.SceneShots]:
    shots_by_scene = {scene.scene: scene.shots for scene in plan.scenes} if plan else {}
    return [
        pages.SceneShots(scene.heading, [_shot_card(shot, outcomes) for shot in shots_by_scene.get(scene.id, ())])
        for scene in episode.scenes
    ]


def _shot_card(shot: Shot, outcomes: CurrentOutcomes) -> pages.ShotCard:
    key = ShotKey.parse(shot.key)
    made_by = (*(stage.name for stage in reversed(FINISHING_STAGES)), CLIPS.name, KEYFRAMES.name)
    outcome = next((found for stage in made_by if (found := outcomes.get((stage, shot.key)))), None)
    state = f"{outcome.take.stage} {_outcome_state(outcome)}" if outcome else "not made"
    summary = f"{shot.framing}, {shot.move}, {shot.frames} frames"
    return pages.ShotCard(
        shot.key, f"{key.scene}-{key.shot}", _media_url(outcome.take if outcome else None, "thumb"), state, summary
    )


def _sound_players(episode: Episode, outcomes: CurrentOutcomes) -> list[pages.SoundPlayer]:
    entries = [("The whole mix", MIXES.name, episode.key)]
    for scene in episode.scenes:
        entries.append((f"{scene.id} music, {scene.mood}", MUSIC.name, scene.id))
        entries += [(f"{line.id} {line.character}: {line.text}", VOICES.name, line.id) for line in scene.speeches]
    return [
        pages.SoundPlayer(
            title + _credit(outcome),
            _media_url(outcome.take, "main"),
            _outcome_state(outcome),
            f"/attempts/{outcome.take.decision_id}",
        )
        for title, stage, subject in entries
        if (outcome := outcomes.get((stage, subject)))
    ]


def _credit(outcome: Outcome) -> str:
    credit = outcome.take.details.get("credit")
    return f" ({credit})" if credit else ""


def _media_url(take: takes.Take | None, role: str) -> str:
    file = take.files.get(role) if take else None
    return f"/media/{file.path}" if file else ""


def _outcome_state(outcome: Outcome) -> str:
    if not outcome.accepted:
        return "rejected"
    return "accepted, waived: " + ", ".join(outcome.waived) if outcome.waived else "accepted"


def _trail(studio: Studio, text: str) -> Response:
    key = EpisodeKey.parse(text)
    attempts = attempts_of(studio.database, audit.load_trail(studio.database, key), key)
    return HTMLResponse(trail_pages.trail_page(text, episode_words(text, attempts), attempts))


def _shot(studio: Studio, text: str) -> Response:
    return HTMLResponse(trail_pages.shot_page(load_shot_trail(studio.database, ShotKey.parse(text))))


def _attempt(studio: Studio, decision_id: str) -> Response:
    return HTMLResponse(trail_pages.attempt_page(load_attempt(studio.database, decision_id)))


def _graph(studio: Studio, run_id: str) -> Response:
    """Return the graph of a workflow run, byte for byte as its server was sent it."""
    graph = workflows.rebuild_graph(studio.database, run_id)
    headers = {"Content-Disposition": f'attachment; filename="graph-{run_id}.json"'}
    return Response(graph, media_type="application/json", headers=headers)
