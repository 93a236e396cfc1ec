"""The web application of the media pages: read-only, on loopback, with byte ranges for seeking in videos."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import MediaError, ServiceError, TowerError
from tower_anime_assets.production.learning.feedback import reason_text
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Episode
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store import feedback, story, takes, verdicts, waivers
from tower_anime_assets.web import pages
from tower_anime_assets.web.current_outcomes import CurrentOutcomes, find_current_outcomes

MEDIA_TYPES = takes.MEDIA_TYPES | {".srt": "text/plain"}
"""Media types by suffix; browsers show SubRip files only as plain text."""


def build_app(studio: Studio) -> Starlette:
    """Return the application; it queries the database only for pages, and closes the studio at the end."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        studio.close()

    routes = [
        Route("/", lambda request: _index(studio)),
        Route("/episodes/{key}", lambda request: _episode(studio, request.path_params["key"])),
        Route("/episodes/{key}/scores", lambda request: _scores(studio, request.path_params["key"])),
        Route("/shots/{key}", lambda request: _shot(studio, request.path_params["key"])),
        Route("/media/{path:path}", lambda request: _media(studio, request)),
    ]
    # Only loopback names, so that other sites cannot reach this one under their own name (DNS rebinding).
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(
        routes=routes, middleware=[guard], lifespan=lifespan, exception_handlers={TowerError: _error_response}
    )


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
            story_warnings(run.project, run.episode),
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
    outcome = outcomes.get((CLIPS.name, shot.key)) or outcomes.get((KEYFRAMES.name, shot.key))
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
        pages.SoundPlayer(title, _media_url(outcome.take, "main"), _outcome_state(outcome))
        for title, stage, subject in entries
        if (outcome := outcomes.get((stage, subject)))
    ]


def _media_url(take: takes.Take | None, role: str) -> str:
    file = take.files.get(role) if take else None
    return f"/media/{file.path}" if file else ""


def _outcome_state(outcome: Outcome) -> str:
    if not outcome.accepted:
        return "rejected"
    return "accepted, waived: " + ", ".join(outcome.waived) if outcome.waived else "accepted"


def _shot(studio: Studio, text: str) -> Response:
    key = ShotKey.parse(text)
    shot_takes = takes.list_by_shot(studio.database, key)[::-1]
    accepted_ids = verdicts.find_accepted(studio.database, [take.id for take in shot_takes])
    verdicts_by_take = verdicts.find_latest(studio.database, [take.id for take in shot_takes])
    shot_waivers = waivers.find_by_takes(studio.database, [take.id for take in shot_takes])
    shot_feedback = feedback.find_by_decisions(studio.database, [take.decision_id for take in shot_takes])
    views = [
        pages.TakeView(
            stage=take.stage,
            state="accepted" if take.id in accepted_ids else "rejected",
            attempt=take.attempt,
            url=_media_url(take, "main"),
            reasoning=take.reasoning,
            summary=_take_summary(take),
            verdicts=verdicts_by_take.get(take.id, ()),
            waivers=[
                f"{item.gate} waived by {item.who}: {item.why}" for item in shot_waivers if item.take_id == take.id
            ],
            feedback=[
                f"{item.who} says {item.opinion}: {reason_text(item.reason)}. {item.note}".strip()
                for item in shot_feedback
                if item.decision_id == take.decision_id
            ],
        )
        for take in shot_takes
    ]
    return HTMLResponse(pages.shot_page(str(key), str(key.episode_key), views))


def _take_summary(take: takes.Take) -> str:
    score = "" if take.quality_score is None else f" · score {take.quality_score:.3f}"
    return (
        f"{take.created_at:%Y-%m-%d %H:%M:%S} UTC · {take.engine} {take.engine_version} · "
        f"{take.duration_s:.1f} s{score} · decision {take.decision_id}"
    )


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
