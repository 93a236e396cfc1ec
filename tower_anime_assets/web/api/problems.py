"""Errors as `application/problem+json` (RFC 9457): the message, what to do about it, and the class of exit code."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from tower_anime_assets.errors import (
    EXIT_BUG,
    EXIT_GATE,
    EXIT_INPUT,
    EXIT_SERVICE,
    MAX_REPORTED,
    ConflictError,
    NotAcceptedError,
    NotNowError,
    StoryError,
    TakenKeyError,
    TowerError,
    UnknownKeyError,
)
from tower_anime_assets.safe_text import visible
from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.web.api.context import CONTEXT_KEY, ScopeMissingError
from tower_anime_assets.web.api.remedies import ProblemAction, actions_in
from tower_anime_assets.web.api.versions import etag_of

MEDIA_TYPE: Final = "application/problem+json"

_TITLES: Final = {
    400: "The request cannot be read",
    403: "Not allowed",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "It waits for somebody",
    412: "Somebody else has decided meanwhile",
    413: "Too large",
    415: "Not a kind of file that is taken",
    422: "The input is wrong",
    428: "It must say what you looked at",
    500: "A bug of ours",
    503: "A service or this machine does not answer",
}
_TAKEN: Final = "There is one already"
_STATUS_OF_EXIT: Final = {EXIT_GATE: 409, EXIT_INPUT: 422, EXIT_SERVICE: 503}
_EXIT_OF_STATUS: Final = {409: EXIT_GATE, 500: EXIT_BUG, 503: EXIT_SERVICE}
_FIRST_SENTENCE: Final = re.compile(r"(.+?[.!?])\s+(?=[A-Z`])(.+)", re.DOTALL)

_LOG = logging.getLogger(__name__)


class ProblemFault(BaseModel):
    """One fault of a request or of a writer's file."""

    where: str = Field(description="The field of the request, or file and line.")
    problem: str
    remedy: str = ""


class Problem(BaseModel):
    """Why a request was not carried out."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What is wrong.")
    remedy: str = Field("", description="What to do about it, where that is known.")
    exit_code: int = Field(description="As of the `tower` command: 1 a gate, 2 the input, 3 a service, 4 a bug.")
    faults: list[ProblemFault] = []
    actions: list[ProblemAction] = Field([], description="The commands of `detail` as requests and pages of the panel.")


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}, "description": description}
    for status, description in (("4XX", "It cannot be carried out as it is asked for."), ("5XX", "It failed."))
}
"""What every route may answer besides what it is for."""


def problem_response(
    status: int,
    message: str,
    *,
    exit_code: int | None = None,
    title: str = "",
    remedy: str = "",
    faults: Sequence[ProblemFault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an answer that says what is wrong; what a message says after its first sentence is what to do."""
    text = hide_secrets(visible(message))
    split = _FIRST_SENTENCE.fullmatch(text)
    problem = Problem(
        title=title or _TITLES.get(status, "It was not carried out"),
        status=status,
        detail=text,
        remedy=remedy or (split[2] if split and not faults else ""),
        exit_code=_EXIT_OF_STATUS.get(status, EXIT_INPUT) if exit_code is None else exit_code,
        faults=list(faults),
        actions=actions_in(f"{text} {remedy}"),
    )
    return JSONResponse(
        problem.model_dump(), status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE
    )


def error_response(error: TowerError) -> JSONResponse:
    """Return the answer to a request that failed with an error of ours."""
    if isinstance(error, ConflictError):
        return problem_response(412, str(error), headers={"ETag": etag_of(error.version)})
    if isinstance(error, UnknownKeyError):
        return problem_response(404, str(error))
    if isinstance(error, TakenKeyError):
        return problem_response(409, str(error), exit_code=error.exit_code, title=_TAKEN)
    if isinstance(error, StoryError):
        faults = [
            ProblemFault(
                where=f"{fault.file}:{fault.line}" if fault.line else fault.file,
                problem=f"{fault.problem}; expected {fault.expected}",
                remedy=fault.remedy,
            )
            for fault in error.faults[:MAX_REPORTED]
        ]
        return problem_response(422, str(error), remedy=" ".join(getattr(error, "__notes__", ())), faults=faults)
    status = 409 if isinstance(error, NotAcceptedError) else _STATUS_OF_EXIT.get(error.exit_code, 500)
    headers = {"Retry-After": "10"} if status == 503 and (error.transient or isinstance(error, NotNowError)) else None
    return problem_response(status, str(error), exit_code=error.exit_code, headers=headers)


def add_handlers(app: FastAPI) -> None:
    """Have every error of a route answered as a problem."""

    async def on_tower_error(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TowerError)  # noqa: S101 - registered for it
        return error_response(error)

    async def on_scope(_request: Request, error: Exception) -> JSONResponse:
        return problem_response(403, str(error))

    async def on_http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        return problem_response(error.status_code, str(error.detail), headers=error.headers)

    async def on_validation(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        faults = [
            ProblemFault(where=".".join(map(str, one["loc"])), problem=visible(str(one["msg"])))
            for one in error.errors()[:MAX_REPORTED]
        ]
        words = "; ".join(f"{fault.where}: {fault.problem}" for fault in faults[:5])
        return problem_response(422, f"the request does not fit: {words}", faults=faults)

    app.add_exception_handler(TowerError, on_tower_error)
    app.add_exception_handler(ScopeMissingError, on_scope)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, _on_unforeseen)


async def _on_unforeseen(request: Request, error: Exception) -> JSONResponse:
    studio: Studio = getattr(request.app.state, CONTEXT_KEY).studio
    return failure_response(studio, error, f"{request.method} {request.url.path}")


def failure_response(studio: Studio, error: Exception, what: str) -> JSONResponse:
    """Return the answer to a request, or a part of one, that failed for whatever reason.

    Args:
        studio: The studio.
        error: Why it failed.
        what: What failed, for the log.
    """
    if isinstance(error, TowerError):
        return error_response(error)
    if (known := explain_failure(error, home=studio.settings.home)) is not None:
        return error_response(known)
    _LOG.error("%s failed", what, exc_info=error)
    return problem_response(
        500, f"{type(error).__name__}: {error}. This is a bug; the log of the web server has its trace"
    )
