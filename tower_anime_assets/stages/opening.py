"""Opening a studio: the database is up and migrated, and given back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tower_anime_assets.engines import router
from tower_anime_assets.errors import NotAccepted
from tower_anime_assets.production.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.episode import EpisodeWork
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import migrations, server, story
from tower_anime_assets.store.database import Database


@contextmanager
def open_studio(settings: Settings) -> Iterator[Studio]:
    """Give a studio on a running, migrated database.

    Raises:
        ServiceUnavailable: The database does not answer.
    """
    database = Database(server.ensure_server(settings).url)
    studio = Studio(settings, database)
    try:
        migrations.migrate(database)
        yield studio
    finally:
        studio.close()


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
