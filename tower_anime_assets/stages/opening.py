"""Opening a studio: the database is up and migrated, and given back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tower_anime_assets.errors import NotAcceptedError, PlanError, ServiceUnavailableError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.init_images import PREVIOUS, without_init_images
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_chaining import ShotChain
from tower_anime_assets.stages.stage import EpisodeRun, ProjectRun
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import migrations, server, story
from tower_anime_assets.store.database import Database


@contextmanager
def open_studio(settings: Settings) -> Iterator[Studio]:
    """Give a studio on a running, migrated database.

    An embedded server that was started for a run is stopped by the last run that uses it, also when the run that
    started it was killed; one that a person started (`keep_server`) stays.

    Raises:
        PlanError: TOWER_HOME or TOWER_DATABASE_URL cannot be used.
        ServiceUnavailableError: The database does not answer.
    """
    studio = Studio(settings, _migrated(settings))
    try:
        yield studio
        studio.end_sessions()  # not after an error: the database may be what failed, and an open one harms nothing
    finally:
        studio.close()
        if _is_for_runs_only(settings):
            server.stop_server(settings, only_if_unused=True)


def keep_server(settings: Settings) -> str:
    """Return the URL of the running server, which from now on stays until somebody stops it.

    Raises:
        PlanError: TOWER_HOME or TOWER_DATABASE_URL cannot be used.
        ServiceUnavailableError: The database does not answer.
    """
    check_address(settings)
    info = server.ensure_server(settings)
    _mark(settings).unlink(missing_ok=True)
    return info.url


def has_record(settings: Settings) -> bool:
    """Return whether there may be a record: a server was given, or an embedded one was once made. Starts nothing."""
    return bool(settings.database_url) or (settings.home / "pg").is_dir()


def check_address(settings: Settings) -> None:
    """Refuse a database URL that cannot be taken apart; the message does not repeat it, for it holds a password.

    Raises:
        PlanError: It cannot.
    """
    try:
        _ = urlsplit(settings.database_url).port
    except ValueError:
        raise PlanError(
            "TOWER_DATABASE_URL cannot be read; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with "
            "characters such as / @ : # in the password written as %2F %40 %3A %23"
        ) from None  # its words may quote a part of the password


def _mark(settings: Settings) -> Path:
    return settings.home / "pg.for-runs"


def _server_process(settings: Settings) -> str:
    """Return the embedded server's process id as it wrote it down, "" when it does not run."""
    try:
        return (settings.home / "pg" / "postmaster.pid").read_text().partition("\n")[0].strip()
    except OSError:  # no server, or not one of ours
        return ""


def _is_for_runs_only(settings: Settings) -> bool:
    """Whether the embedded server runs only because some run needed it: the run noted its process id then."""
    if settings.database_url or not _mark(settings).exists():
        return False
    return _mark(settings).read_text() == _server_process(settings)


def _migrated(settings: Settings) -> Database:
    """Return a running, migrated database that has answered once, so that nobody stops it as unused."""
    check_address(settings)
    for last_try in (False, True):
        info = server.ensure_server(settings)
        if info.started_here:
            write_atomically(_mark(settings), _server_process(settings).encode())
        database = Database(info.url)
        try:
            migrations.apply_migrations(database)
        except ServiceUnavailableError:
            # Whoever started the server may have stopped it just now, before our first connection.
            database.close()
            if last_try:
                raise
        else:
            return database
    raise AssertionError


def saved_project(run: Run, project_id: str) -> ProjectRun:
    """Return a project as the database says its files were last read.

    Raises:
        NotAcceptedError: Its files have not been read yet.
    """
    project = story.load_project(run.studio.database, project_id)
    if project is None:
        raise NotAcceptedError(f"the files of {project_id} are not in the database yet: materialize `characters` first")
    return ProjectRun(run, project, run.studio.engines(project))


def saved_episode(run: Run, key: EpisodeKey) -> EpisodeRun:
    """Return an episode as the database says its story was last read.

    Raises:
        NotAcceptedError: Its screenplay has not been read yet.
    """
    project = story.load_project(run.studio.database, key.project)
    episode = story.load_episode(run.studio.database, key)
    if project is None or episode is None:
        raise NotAcceptedError(f"the screenplay of {key} is not in the database yet: materialize `episodes` first")
    return episode_run(run, project, episode)


def episode_run(run: Run, project: Project, episode: Episode, *, is_dry: bool = False) -> EpisodeRun:
    """Return an episode with the engines of its project, and its shots chained where the project wants that.

    Raises:
        PlanError: The project asks for services that are not configured.
    """
    engines = run.studio.engines(project)
    if not engines.is_routed("keyframes"):
        project = without_init_images(project)
    chain = ShotChain() if project.engines.keyframes_from == PREVIOUS else None
    return EpisodeRun(run, project, episode, engines, chain=chain, is_dry=is_dry)
