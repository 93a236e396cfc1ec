"""What the API's routes depend on: the studio, its runs, who asks, and what a caller must be allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.run_launching import RunLauncher
from tower_anime_assets.stages.show_edits import KnownForecasts
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.access import CALLER_KEY, Caller

CONTEXT_KEY = "api_context"
"""Where the application keeps its `ApiContext`, in `app.state`."""


@dataclass(frozen=True)
class ApiContext:
    """What the routes work on.

    Attributes:
        runs: Who starts and shows runs; None where nobody does.
        forecasts: What previews of edits found of episodes as they are; one for all who ask this server.
    """

    studio: Studio
    runs: RunLauncher | None = None
    forecasts: KnownForecasts = field(default_factory=KnownForecasts)


def _context_of(connection: HTTPConnection) -> ApiContext:
    context: ApiContext = getattr(connection.app.state, CONTEXT_KEY)
    return context


def _studio_of(connection: HTTPConnection) -> Studio:
    return _context_of(connection).studio


def runs_of(connection: HTTPConnection) -> RunLauncher:
    """Return who starts and shows runs.

    Raises:
        ServiceUnavailableError: Nobody does.
    """
    runs = _context_of(connection).runs
    if runs is None:
        raise ServiceUnavailableError("This server has no Dagster, so it has no runs. Start Tower with `tower up`")
    return runs


def _forecasts_of(connection: HTTPConnection) -> KnownForecasts:
    return _context_of(connection).forecasts


def caller_of(scope: Any) -> Caller:
    """Return who sends a request.

    Raises:
        LookupError: The guard, which finds that out, is not before the application.
    """
    caller = scope.get("state", {}).get(CALLER_KEY)
    if caller is None:
        raise LookupError("no guard has told who asks")
    return caller  # type: ignore[no-any-return]


def _caller_of_connection(connection: HTTPConnection) -> Caller:
    return caller_of(connection.scope)


StudioDep = Annotated[Studio, Depends(_studio_of)]
"""A route's parameter: the studio."""

RunsDep = Annotated[RunLauncher, Depends(runs_of)]
"""A route's parameter: who starts and shows runs; without them the answer is 503."""
ForecastsDep = Annotated[KnownForecasts, Depends(_forecasts_of)]
"""A route's parameter: forecasts of episodes as their files are."""

CallerDep = Annotated[Caller, Depends(_caller_of_connection)]
"""A route's parameter: who asks; `name` is who stands on record."""


class Needs:
    """The scope that a route needs; every route that changes something declares one in its `dependencies`.

    `@router.post(..., dependencies=[Depends(Needs(Scope.DIRECT))])`
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, connection: HTTPConnection) -> None:
        """Let the request through, or not.

        Raises:
            ScopeMissingError: The caller may not.
        """
        if not caller_of(connection.scope).scope.includes(self.scope):
            raise ScopeMissingError(self.scope)


class ScopeMissingError(Exception):
    """The caller's token does not allow what is asked for."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This needs a token with the scope `{scope}`. Whoever runs Tower makes one: "
            f"tower token add NAME --scope {scope}"
        )


DIRECTS = Depends(Needs(Scope.DIRECT))
"""What a route that records a decision declares."""

SPENDS = Depends(Needs(Scope.SPEND))
"""What a route that starts work declares."""
