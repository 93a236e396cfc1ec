"""Dagster's web UI as an ASGI application of this process.

Its classes are Dagster's own and undocumented, though its command line uses them; browser tests use what they build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__ as dagster_version
from starlette.applications import Starlette

from tower_anime_assets.defs.instance import workspace_file
from tower_anime_assets.defs.run_attribution import AttributedWorkspace, NameCaller

STATEMENT_TIMEOUT_MS = 15_000
"""How long a query of one of its pages may take; the default of `dagster-webserver`, as are the other numbers."""

POLL_MS = 2000


@dataclass(frozen=True)
class WebUi:
    """Dagster's web UI, opened.

    Attributes:
        app: The application.
        workspace: Its instance and our code location, by which runs are launched.
    """

    app: Starlette
    workspace: AttributedWorkspace


@contextmanager
def open_workspace(name_caller: NameCaller) -> Iterator[AttributedWorkspace]:
    """Give Dagster's instance and our code location, with the code server that it starts, and end that afterwards.

    The environment is that of `tower env`.

    Args:
        name_caller: Names who sends a request: what it launches is theirs.
    """
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, pool_recycle=3600, max_overflow=20)
        target = WorkspaceFileTarget([str(workspace_file())])
        with AttributedWorkspace(name_caller, instance, target, version=dagster_version) as workspace:
            yield workspace


@contextmanager
def open_web_ui(prefix: str, name_caller: NameCaller) -> Iterator[WebUi]:
    """Give the web UI, and end it afterwards.

    Args:
        prefix: The path below which it is served, such as `/dagster`; requests are handed to it with it.
        name_caller: As in `open_workspace`.
    """
    with open_workspace(name_caller) as workspace:
        yield WebUi(create_app_from_workspace_process_context(workspace, prefix, POLL_MS), workspace)
