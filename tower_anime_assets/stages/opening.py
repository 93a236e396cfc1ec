"""Opening a studio: the database is up and migrated, and given back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tower_anime_assets.engines import router
from tower_anime_assets.errors import NotAccepted, ServiceUnavailable
from tower_anime_assets.production.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.episode import EpisodeWork
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import migrations, server, story
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.server import ServerInfo


@contextmanager
def open_studio(settings: Settings) -> Iterator[Studio]:
    """Give a studio on a running, migrated database.

    Raises:
        ServiceUnavailable: The database does not answer.
    """
    info, database = _migrated(settings)
    studio = Studio(settings, database)
    try:
        yield studio
    finally:
        studio.close()
        if info.started_here:
            server.stop_server(settings, only_if_unused=True)


def _migrated(settings: Settings) -> tuple[ServerInfo, Database]:
    """Return the running server and a database that has answered once, so that nobody stops it as unused."""
    for last_try in (False, True):
        info = server.ensure_server(settings)
        database = Database(info.url)
        try:
            migrations.migrate(database)
        except ServiceUnavailable:
            # Whoever started the server may have stopped it just now, before our first connection.
            database.close()
            if last_try:
                raise
        else:
            return info, database
    raise AssertionError


def saved_work(studio: Studio, key: EpisodeKey) -> EpisodeWork:
    """Return an episode's work from what the database says of its story.

    Raises:
        NotAccepted: Its screenplay has not been read yet.
    """
    project = story.load_project(studio.database, key.project)
    episode = story.load_episode(studio.database, key)
    if project is None or episode is None:
        raise NotAccepted(f"the screenplay of {key} is not in the database yet: materialize `episodes` first")
    return EpisodeWork(studio, project, episode, router.choose(project.engines, studio.settings.services))
