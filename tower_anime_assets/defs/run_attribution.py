"""Runs that are launched in Dagster's web UI carry the name of who is signed in there.

Dagster's documentation gives this way, a coordinator that tags runs as they are queued; `dagster.yaml` names ours. The
request's own class is private to Dagster; `test_run_attribution` watches it.
"""

from collections.abc import Callable
from typing import Any

from dagster import DagsterRun, QueuedRunCoordinator
from dagster._core.run_coordinator.base import SubmitRunContext
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from starlette.requests import HTTPConnection

from tower_anime_assets.defs.tags import USER_TAG

NameCaller = Callable[[HTTPConnection], str]
"""Returns who stands on record for a request, "" if nobody is known."""


class AttributedRequest(WorkspaceRequestContext):
    """A request to Dagster's web UI that knows who sent it."""

    user = ""

    def get_viewer_tags(self) -> dict[str, str]:
        """Return the tags of what the request launches; Dagster gives them to backfills, and so to their runs."""
        return {USER_TAG: self.user} if self.user else {}


class AttributedWorkspace(WorkspaceProcessContext):
    """A workspace whose requests know who sent them."""

    def __init__(self, name_caller: NameCaller, *arguments: Any, **options: Any) -> None:
        """Prepare it.

        Args:
            name_caller: Names who sends a request.
            arguments: Those of Dagster's class, as are the options.
            options: See `arguments`.
        """
        self._name_caller = name_caller
        super().__init__(*arguments, **options)

    def create_request_context(self, source: object | None = None) -> WorkspaceRequestContext:
        """Return what a request sees of the workspace."""
        request = AttributedRequest(
            instance=self.instance,
            current_workspace=self.get_current_workspace(),
            process_context=self,
            version=self.version,
            source=source,
            read_only=False,
        )
        request.user = self._name_caller(source) if isinstance(source, HTTPConnection) else ""
        return request


class AttributedRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue, which notes who asked for a run, whatever its tags claimed."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue a run."""
        if isinstance(context.workspace, AttributedRequest):
            self._instance.add_run_tags(context.dagster_run.run_id, context.workspace.get_viewer_tags())
        return super().submit_run(context)
