"""Dagster's web UI as an ASGI application of this process.

Its classes are Dagster's own and undocumented, though its command line uses them; browser tests use what they build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__ as dagster_version
from starlette.applications import Starlette

from tower_anime_assets.defs.instance import workspace_file

STATEMENT_TIMEOUT_MS = 15_000
"""How long a query of one of its pages may take; the default of `dagster-webserver`, as are the other numbers."""

POLL_MS = 2000


@contextmanager
def open_web_ui(prefix: str) -> Iterator[Starlette]:
    """Give the application, with the code server that it starts, and end that afterwards.

    The environment is that of `tower env`.

    Args:
        prefix: The path below which it is served, such as `/dagster`; requests are handed to it with it.
    """
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, pool_recycle=3600, max_overflow=20)
        workspace = WorkspaceFileTarget([str(workspace_file())])
        with WorkspaceProcessContext(instance, workspace, version=dagster_version) as context:
            yield create_app_from_workspace_process_context(context, prefix, POLL_MS)
