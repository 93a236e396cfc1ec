"""A question and its answer: asked, judged, asked once more with the fault named, then given up; all on record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tower_anime_assets.engines.remote.director.answers import AnswerFault
from tower_anime_assets.errors import ServiceRejectedError, StoppedError
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext

T = TypeVar("T")

TURNS = 2
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
class Judged(Generic[T]):
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
    write: Callable[[Turn], str]
    send: Callable[[Turn], str]
    judge: Callable[[str], Judged[T]]


def counted(count: int, what: str) -> str:
    """Return a count in words for the record, such as "1 framing" or "3 framings"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def consult(question: Question[T], consulting: DirectorContext) -> T:
    """Return what a director's answer is good for; each time of asking is put on record at once, however it ends.

    Raises:
        ServiceRejectedError: Both answers were unusable; the message says what was wrong with each.
        ServiceError: The service failed.
        StoppedError: Somebody stopped the run.
    """
    turn = Turn()
    said: list[str] = []
    while turn.number <= TURNS:
        if consulting.is_stopped():
            raise StoppedError(f"stopped before {question.model} was asked for {question.subject}; run again to go on")
        answer, faults, judged = _asked(question, turn, consulting)
        if judged is not None:
            return judged.value
        said.append(f"answer {turn.number}: {'; '.join(faults)}")
        turn = Turn(turn.number + 1, faults, answer)
    raise ServiceRejectedError(
        f"{question.model}: {question.subject} was answered {TURNS} times, and neither answer can be used. "
        f"{'. '.join(said)}. Both are on record: see `tower audit`. Ask another model, or set "
        "`engines: {director: embedded}`"
    )


def _asked(
    question: Question[T], turn: Turn, consulting: DirectorContext
) -> tuple[str, tuple[str, ...], Judged[T] | None]:
    """Ask once; return (raw answer, faults, what it is good for)."""
    query, began = question.write(turn), time.monotonic()
    response = ""
    seconds, used = 0.0, "nothing"
    confidence: float | None = None
    overruled: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    judged: Judged[T] | None = None
    consulting.record_question(
        ConsultationNote(query, "", question.model, 0.0)
    )  # a run that is killed now has asked all the same
    try:
        response = question.send(turn)
        seconds = time.monotonic() - began
        judged = question.judge(response)
        used, overruled, confidence = judged.used, judged.overruled, judged.confidence
    except AnswerFault as fault:
        overruled = faults = fault.faults
    except BaseException as error:
        overruled = (f"{type(error).__name__}: {error}",)
        response = response or "no answer"
        raise
    finally:
        # In every case, also when the run is being stopped: what was asked was asked.
        said = response or "an empty answer"
        consulting.record_consultation(
            ConsultationNote(
                query, said, question.model, seconds or time.monotonic() - began, confidence, used, overruled
            )
        )
    return response, faults, judged
