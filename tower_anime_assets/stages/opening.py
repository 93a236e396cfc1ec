"""Opening a studio on a running, migrated database, and loading projects and episodes for a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tower_anime_assets.errors import NotAcceptedError, PlanError, ServiceUnavailableError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.production.story.quality import at_quality
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import approval_state
from tower_anime_assets.stages.init_images import PREVIOUS, without_init_images
from tower_anime_assets.stages.line_windows import with_measured_windows
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_chaining import ShotChain
from tower_anime_assets.stages.stage import EpisodeRun, ProjectRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import migrations, server, story
from tower_anime_assets.store.database import Database


@contextmanager
def open_studio(settings: Settings) -> Iterator[Studio]:
    """Yield a studio on a running, migrated database; start the embedded server if needed.

    An embedded server that was started for a run is stopped by the last run that uses it, even if the run that
    started it was killed. One that a person started (`keep_server`) keeps running.

    Raises:
        PlanError: TOWER_HOME or TOWER_DATABASE_URL cannot be used.
        ServiceUnavailableError: The database does not answer.
    """
    studio = Studio(settings, _open_migrated_database(settings))
    try:
        yield studio
        studio.end_runs()  # not after an error: the database may have failed, and an open session does no harm
    finally:
        studio.close()
        if _is_for_runs_only(settings):
            server.stop_server(settings, only_if_unused=True)


def keep_server(settings: Settings) -> str:
    """Start the server if needed and return its URL; it then runs until somebody stops it.

    Raises:
        PlanError: TOWER_HOME or TOWER_DATABASE_URL cannot be used.
        ServiceUnavailableError: The database does not answer.
    """
    check_address(settings)
    info = server.ensure_server(settings)
    _runs_only_mark(settings).unlink(missing_ok=True)
    return info.url


def has_record(settings: Settings) -> bool:
    """Return whether a record may exist: a server is configured, or an embedded one was created. Starts nothing."""
    return bool(settings.database_url) or (settings.home / "pg").is_dir()


def check_address(settings: Settings) -> None:
    """Refuse a database URL that cannot be parsed; the message does not repeat it, since it may hold a password.

    Raises:
        PlanError: TOWER_DATABASE_URL cannot be parsed.
    """
    try:
        _ = urlsplit(settings.database_url).port
    except ValueError:
        raise PlanError(
            "TOWER_DATABASE_URL cannot be read; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with "
            "characters such as % / @ : # in the password written as %25 %2F %40 %3A %23"
        ) from None  # the parser's message may quote part of the password


def _runs_only_mark(settings: Settings) -> Path:
    return settings.home / "pg.for-runs"


def _server_process(settings: Settings) -> str:
    """Return the embedded server's process id from its pid file, "" if it is not running."""
    try:
        return (settings.home / "pg" / "postmaster.pid").read_text().partition("\n")[0].strip()
    except OSError:  # no server, or not one of ours
        return ""


def _is_for_runs_only(settings: Settings) -> bool:
    """Return whether a run started the embedded server: that run stored its process id."""
    if settings.database_url or not _runs_only_mark(settings).exists():
        return False
    return _runs_only_mark(settings).read_text() == _server_process(settings)


def _open_migrated_database(settings: Settings) -> Database:
    """Return a running, migrated database that has been connected to once, so that no other run stops it as unused."""
    check_address(settings)
    for last_try in (False, True):
        info = server.ensure_server(settings)
        if info.started_here:
            write_atomically(_runs_only_mark(settings), _server_process(settings).encode())
        database = Database(info.url)
        try:
            migrations.apply_migrations(database)
        except ServiceUnavailableError:
            # The run that started the server may have stopped it just before our first connection.
            database.close()
            if last_try:
                raise
        else:
            return database
    raise AssertionError


def saved_project(run: Run, project_id: str) -> ProjectRun:
    """Return a project as its files were last read into the database.

    Raises:
        NotAcceptedError: Its files have not been read yet.
    """
    project = story.load_project(run.studio.database, project_id)
    if project is None:
        raise NotAcceptedError(f"the files of {project_id} are not in the database yet: materialize `characters` first")
    return ProjectRun(run, project, run.studio.engines(project))


def saved_episode(run: Run, key: EpisodeKey) -> EpisodeRun:
    """Return an episode as its files were last read into the database.

    Raises:
        NotAcceptedError: Its screenplay has not been read yet.
    """
    project = story.load_project(run.studio.database, key.project)
    episode = story.load_episode(run.studio.database, key)
    if project is None or episode is None:
        raise NotAcceptedError(f"the screenplay of {key} is not in the database yet: materialize `episodes` first")
    return episode_run(run, project, episode)


def episode_run(run: Run, project: Project, episode: Episode, *, is_dry: bool = False) -> EpisodeRun:
    """Return an episode at the run's quality, with its engines, its lines measured, its shots chained if asked for.

    Raises:
        PlanError: The project asks for services that are not configured, or the run for a quality that there is not.
        MediaError: The embedded voice could not be asked for the length of a line.
    """
    project = at_quality(project, run.quality)
    engines = run.studio.engines(project)
    episode = with_measured_windows(project, episode, engines.voice, run.studio.settings.home)
    if not engines.is_routed("keyframes"):
        project = without_init_images(project)
    chain = ShotChain() if project.engines.keyframes_from == PREVIOUS else None
    if chain is not None and approval_state.KEYFRAMES in project.approvals:
        raise PlanError(
            f"{project.id}: with `engines: {{keyframes_from: previous}}` keyframes are made of clips, so they cannot "
            "be approved before them. Write `approvals: [plan]`, or another `keyframes_from`"
        )
    return EpisodeRun(run, project, episode, engines, chain=chain, is_dry=is_dry)
