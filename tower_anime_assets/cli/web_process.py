"""The part `web` of `tower up`: the Director panel, the API, media and Dagster's web UI on one port, behind one guard.

Run as a module, in the environment of `tower env`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from tower_anime_assets import settings
from tower_anime_assets.media.private_files import protect_home, restrict_new_files
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.stages.exposure import refuse_unprotected
from tower_anime_assets.stages.run_launching import OpeningRuns
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server
from tower_anime_assets.store.access_tokens import list_tokens
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.web.access import CALLER_KEY, Access, Caller
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets.web.media import media_origin
from tower_anime_assets.web.mounted import MountedApp
from tower_anime_assets.web.request_rules import DAGSTER_PREFIX

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection

GRACE_S = 2
"""How long open answers, such as a live page's, may go on after Ctrl-C; `tower up` waits 5 s for the whole process."""

MAX_MESSAGE_BYTES = 1_000_000
"""The longest message that a WebSocket takes."""


def main() -> None:
    """Serve until interrupted."""
    restrict_new_files()
    loaded_settings = settings.from_environment()
    protect_home(loaded_settings.home)
    database = Database(server.ensure_server(loaded_settings).url)
    refuse_unprotected(loaded_settings, list_tokens(database))
    access = Access(loaded_settings, database)
    studio = Studio(loaded_settings, database)
    runs = OpeningRuns()
    dagster = MountedApp(DAGSTER_PREFIX, "Dagster's web UI", partial(_open_dagster, studio, runs), loaded_settings.home)
    app = build_app(studio, dagster, access, runs)
    hosts, origins = allowed_hosts(loaded_settings), allowed_origins(loaded_settings)
    guard = Guard(app, hosts, origins, access, media_origin(studio))
    uvicorn.run(
        guard,
        host=loaded_settings.bind,
        port=loaded_settings.web_port,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        ws_max_size=MAX_MESSAGE_BYTES,
        proxy_headers=False,  # nobody is believed who says in a header where a request comes from
        server_header=False,
    )
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # everything is closed; freeing Dagster's schema would take the interpreter 4 s more


@contextmanager
def _open_dagster(studio: Studio, runs: OpeningRuns) -> Iterator[Starlette]:
    """Give Dagster's web UI; while it is open, runs are launched there."""
    try:
        # Dagster takes seconds to import; our pages answer first.
        from tower_anime_assets.defs.run_launching import DagsterRuns
        from tower_anime_assets.defs.web_ui import open_web_ui

        with open_web_ui(DAGSTER_PREFIX, _name_caller) as web_ui:
            runs.open(DagsterRuns(studio, web_ui.workspace))
            yield web_ui.app
            runs.close()
    except Exception as error:
        known = explain_failure(error, home=studio.settings.home)
        runs.close(hide_secrets(str(known or f"{type(error).__name__}: {error}")))
        raise


def _name_caller(connection: HTTPConnection) -> str:
    """Return who the guard says sends a request, "" if it says of nobody."""
    caller: Caller | None = connection.scope.get("state", {}).get(CALLER_KEY)
    return caller.name if caller is not None else ""


if __name__ == "__main__":
    main()
