"""A question and its answer: asked, judged, asked once more with the fault named, then given up; all on record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tower_anime_assets.engines.remote.director.answers import UnusableAnswerError
from tower_anime_assets.errors import ServiceRejectedError, StoppedError
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext

T = TypeVar("T")

MAX_TURNS = 2
"""How often a question is asked: once more with the fault named, because models mend what they are told."""


@dataclass(frozen=True)
class Turn:
    """One time of asking.

    Attributes:
        number: 1, or 2 when the first answer could not be used.
        faults: What was wrong with the answer before.
        answer: The answer before.
    """

    number: int = 1
    faults: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True)
class AcceptedAnswer(Generic[T]):
    """An answer that can be used.

    Attributes:
        value: What was made of it.
        used: What of it was used, in words.
        overruled: What was not, each with why.
    """

    value: T
    used: str
    overruled: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True)
class Question(Generic[T]):
    """Something to ask of a director.

    Attributes:
        subject: What it is about, for messages, such as "the plan of sc02".
        model: Who answers.
        write: Returns the query of a turn, as it will be sent.
        send: Sends it and returns the raw answer.
        judge: Returns what the raw answer is good for; raises AnswerFault when it is good for nothing.
    """

    subject: str
    model: str
    build_query: Callable[[Turn], str]
    send: Callable[[Turn], str]
    judge: Callable[[str], AcceptedAnswer[T]]


def pluralize(count: int, noun: str) -> str:
    """Return a count in words for the record, such as "1 framing" or "3 framings"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def consult(question: Question[T], consulting: DirectorContext) -> T:
    """Return what a director's answer is good for; each time of asking is put on record at once, however it ends.

    Raises:
        ServiceRejectedError: Both answers were unusable; the message says what was wrong with each.
        ServiceError: The service failed.
        StoppedError: Somebody stopped the run.
    """
    turn = Turn()
    rejections: list[str] = []
    while turn.number <= MAX_TURNS:
        if consulting.is_stopped():
            raise StoppedError(f"stopped before {question.model} was asked for {question.subject}; run again to go on")
        answer, faults, accepted = _ask(question, turn, consulting)
        if accepted is not None:
            return accepted.value
        rejections.append(f"answer {turn.number}: {'; '.join(faults)}")
        turn = Turn(turn.number + 1, faults, answer)
    raise ServiceRejectedError(
        f"{question.model}: {question.subject} was answered {MAX_TURNS} times, and neither answer can be used. "
        f"{'. '.join(rejections)}. Both are on record: see `tower audit`. Ask another model, or set "
        "`engines: {director: embedded}`"
    )


def _ask(
    question: Question[T], turn: Turn, consulting: DirectorContext
) -> tuple[str, tuple[str, ...], AcceptedAnswer[T] | None]:
    """Ask once; return (raw answer, faults, what it is good for)."""
    query, start_s = question.build_query(turn), time.monotonic()
    response = ""
    duration_s, used = 0.0, "nothing"
    confidence: float | None = None
    overruled: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    accepted: AcceptedAnswer[T] | None = None
    consulting.record_question(
        ConsultationNote(query, "", question.model, 0.0)
    )  # a run that is killed now has asked all the same
    try:
        response = question.send(turn)
        duration_s = time.monotonic() - start_s
        accepted = question.judge(response)
        used, overruled, confidence = accepted.used, accepted.overruled, accepted.confidence
    except UnusableAnswerError as fault:
        overruled = faults = fault.faults
    except BaseException as error:
        overruled = (f"{type(error).__name__}: {error}",)
        response = response or "no answer"
        raise
    finally:
        # In every case, also when the run is being stopped: what was asked was asked.
        recorded_response = response or "an empty answer"
        consulting.record_consultation(
            ConsultationNote(
                query,
                recorded_response,
                question.model,
                duration_s or time.monotonic() - start_s,
                confidence,
                used,
                overruled,
            )
        )
    return response, faults, accepted
