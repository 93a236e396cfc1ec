"""Consulting a director service: ask, judge, ask once more with the faults named, then give up; all on record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tower_anime_assets.clients.ollama import AnswerCutShortError
from tower_anime_assets.engines.remote.director.answers import UnusableAnswerError
from tower_anime_assets.engines.remote.director.model_json import read_model_json
from tower_anime_assets.errors import ServiceRejectedError, StoppedError, recorded_name
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.settings import hide_secrets

T = TypeVar("T")

MAX_TURNS = 2
"""A question is repeated once, with the faults named: models correct what they are told."""

ROOM_FACTOR = 4
"""How much more room an answer gets after one that was cut short: models that think need it."""

CORRECTION_START = "Your last answer could not be used"
"""How a correction begins where it has to be sent in a field for something else."""


@dataclass(frozen=True)
class Turn:
    """One round of a consultation.

    Attributes:
        number: 1, or 2 if the first answer could not be used.
        faults: What was wrong with the previous answer.
        answer: The previous answer.
        room: How many times the usual room the answer may take; above 1, the previous one was cut short, and the
            question is the same again.
    """

    number: int = 1
    faults: tuple[str, ...] = ()
    answer: str = ""
    room: int = 1


@dataclass(frozen=True)
class AcceptedAnswer(Generic[T]):
    """An answer that can be used.

    Attributes:
        value: What was made of it.
        used: The parts that were used, in words.
        overruled: The parts that were not, each with the reason.
    """

    value: T
    used: str
    overruled: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True)
class Question(Generic[T]):
    """A question to a director service.

    Attributes:
        subject: Its subject in messages, such as "the plan of sc02".
        model: Who answers.
        build_query: Returns the query of a turn, exactly as it is sent.
        send: Sends a turn's query and returns the raw answer.
        judge: Returns what to use of an answer's JSON, or raises UnusableAnswerError.
        remedy: What a person can do where no answer can be used.
    """

    subject: str
    model: str
    build_query: Callable[[Turn], str]
    send: Callable[[Turn], str]
    judge: Callable[[str], AcceptedAnswer[T]]
    remedy: str = "Ask another model, or set `engines: {director: embedded}`"


def pluralize(count: int, noun: str) -> str:
    """Return a count with its noun, such as "1 framing" or "3 framings"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def consult(question: Question[T], context: DirectorContext) -> T:
    """Return what a director's answer comes to; every turn is recorded at once, however it ends.

    Raises:
        ServiceRejectedError: Both answers were unusable; the message names the faults of each.
        ServiceError: The service failed.
        StoppedError: The run was stopped.
    """
    turn = Turn()
    rejections: list[str] = []
    while turn.number <= MAX_TURNS:
        if context.is_stopped():
            raise StoppedError(f"stopped before {question.model} was asked for {question.subject}; run again to go on")
        accepted, turn = _ask(question, turn, context)
        if accepted is not None:
            return accepted.value
        rejections.append(f"answer {turn.number - 1}: {'; '.join(turn.faults)}")
    raise ServiceRejectedError(
        f"{question.model}: {question.subject} was answered {MAX_TURNS} times, and neither answer can be used. "
        f"{'. '.join(rejections)}. Both are on record: see `tower audit`. {question.remedy}"
    )


def _ask(question: Question[T], turn: Turn, context: DirectorContext) -> tuple[AcceptedAnswer[T] | None, Turn]:
    """Ask once and record it; return the accepted answer, or None with the next turn."""
    query, start_s = question.build_query(turn), time.monotonic()
    note = ConsultationNote(query, "", question.model, 0.0)
    context.record_question(note)  # on record even if the run is killed while it waits
    note = replace(note, response="no answer", used="nothing")
    try:
        answer = question.send(turn)
        note = replace(note, response=answer or "an empty answer", duration_s=time.monotonic() - start_s)
        read = read_model_json(answer)
        accepted = question.judge(read.text)
        overruled = (*(f"the answer's JSON: {mend}" for mend in read.mends), *accepted.overruled)
        note = replace(note, used=accepted.used, overruled=overruled, confidence=accepted.confidence)
        return accepted, turn
    except AnswerCutShortError as error:
        note = replace(note, response=error.answer or "an empty answer", overruled=(str(error),))
        return None, Turn(turn.number + 1, (str(error),), room=ROOM_FACTOR)
    except UnusableAnswerError as error:
        note = replace(note, overruled=error.faults)
        return None, Turn(turn.number + 1, error.faults, answer)
    except BaseException as error:
        note = replace(note, overruled=(hide_secrets(f"{recorded_name(error)}: {error}"),))
        raise
    finally:
        context.record_consultation(replace(note, duration_s=note.duration_s or time.monotonic() - start_s))
