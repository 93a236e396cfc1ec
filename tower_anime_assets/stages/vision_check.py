"""The optional vision check: whether a keyframe shows the people, framing and action of its plan.

Off unless a vision model and OLLAMA_URL are set. The model answers questions; the score for the gate is computed here
from the answers, and every question and answer is recorded as a consultation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from tower_anime_assets.clients.ollama import (
    ANSWER_TOKENS,
    KEEP_ALIVE_BETWEEN_REQUESTS,
    ChatMessage,
    OllamaClient,
    chat_body,
)
from tower_anime_assets.engines.remote.director.answers import DirectorAnswer, UnusableAnswerError, parse_answer
from tower_anime_assets.engines.remote.director.consulting import AcceptedAnswer, Question, Turn, consult
from tower_anime_assets.engines.remote.director.model_json import strip_thoughts
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.production.digest import canonical_json, seed_from
from tower_anime_assets.production.planning.character_words import character_words
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.settings import Settings

MEASURE = "eye_agreement"

_WEIGHTS: Mapping[str, float] = {"who": 0.5, "framing": 0.2, "action": 0.3}
"""A wrong face spoils a shot, a wrong size rarely does, and models judge sizes poorly."""

_ACTION: Mapping[str, float] = {"yes": 1.0, "partly": 0.5, "no": 0.0}
_NEAR: Mapping[Framing, frozenset[Framing]] = {
    Framing.WIDE: frozenset({Framing.MEDIUM, Framing.TWO_SHOT}),
    Framing.MEDIUM: frozenset({Framing.WIDE, Framing.TWO_SHOT, Framing.CLOSE_UP, Framing.OVER_SHOULDER}),
    Framing.TWO_SHOT: frozenset({Framing.WIDE, Framing.MEDIUM, Framing.OVER_SHOULDER}),
    Framing.CLOSE_UP: frozenset({Framing.MEDIUM, Framing.INSERT}),
    Framing.OVER_SHOULDER: frozenset({Framing.MEDIUM, Framing.TWO_SHOT}),
    Framing.INSERT: frozenset({Framing.CLOSE_UP}),
}
_SYSTEM = (
    "You look at one picture of an anime series and say what is really in it. List in people the ids of those whom you "
    "can see, by the descriptions given, and the word somebody for each person who fits none. Name the framing. Say "
    "whether the action is shown: yes, partly or no. Do not guess: what cannot be seen is not there. Answer with JSON "
    "by the schema."
)


class VisionAnswer(DirectorAnswer):
    """What a vision model saw."""

    people: list[Annotated[str, StringConstraints(max_length=80)]] = Field(max_length=40)
    framing: str
    action: Literal["yes", "partly", "no"] = Field(validation_alias="action_shown")
    seen: Annotated[str, StringConstraints(max_length=2000)] = Field(validation_alias="what_is_seen")


@dataclass(frozen=True)
class VisionModel:
    """A vision model behind Ollama.

    Attributes:
        keep_alive: How long it stays in memory between two keyframes. 0 where a ComfyUI server is on Ollama's machine:
            they may share a card, and the next keyframe or clip needs it.
    """

    url: str
    model: str
    token: str = ""
    keep_alive: str | int = KEEP_ALIVE_BETWEEN_REQUESTS

    @classmethod
    def from_settings(cls, settings: Settings) -> VisionModel | None:
        """Return the vision model that the settings name, None if none is configured."""
        url = settings.services.get("ollama", "")
        if not (url and settings.ollama_vision_model):
            return None
        machines = {urlsplit(server).hostname for server in settings.comfyui_servers}
        keep_alive = 0 if urlsplit(url).hostname in machines else KEEP_ALIVE_BETWEEN_REQUESTS
        return cls(url, settings.ollama_vision_model, settings.token_of("ollama"), keep_alive)


def check_keyframe(
    model: VisionModel,
    picture: Path,
    project: Project,
    shot: Shot,
    record_consultation: Callable[[ConsultationNote], None] = lambda _consultation: None,
    record_question: Callable[[ConsultationNote], None] = lambda _question: None,
) -> tuple[dict[str, float], dict[str, Any], ConsultationNote]:
    """Return how far a keyframe agrees with its plan, what the model saw, and the consultation.

    Args:
        model: The vision model.
        picture: The keyframe, PNG, JPEG or WebP.
        project: Its characters' descriptions tell the model who is who.
        shot: What the keyframe should show.
        record_consultation: Called with every consultation, including those that could not be used.
        record_question: Called with every question before it is sent.

    Returns:
        `{"eye_agreement": 0..1}`; facts `eye_people`, `eye_framing`, `eye_action`, `eye_seen` and `eye_model`; and the
        last consultation, which `record_consultation` has already received.

    Raises:
        ServiceRejectedError: Two answers broke the schema, or the model does not exist.
        ServiceUnavailableError: Ollama does not answer.
    """
    consultations: list[ConsultationNote] = []

    def keep(consultation: ConsultationNote) -> None:
        consultations.append(consultation)
        record_consultation(consultation)

    cast = {subject.character for subject in shot.subjects}
    request = {
        "plan": {"framing": shot.framing, "action": shot.description or shot.reasoning, "place": shot.setting.place},
        "characters": {one.id: f"{one.name}: {character_words(one)}" for one in project.characters},
        "picture_sha256": hashlib.sha256(picture.read_bytes()).hexdigest(),
    }
    question = Question(
        subject=f"what the keyframe of {shot.key} shows",
        model=model.model,
        build_query=lambda turn: canonical_json({"model": model.model, "messages": _texts(request, turn)}),
        send=lambda turn: _send(model, picture, request, turn, tuple(one.id for one in project.characters)),
        judge=lambda text: _judge_answer(text, shot, cast),
    )
    numbers, facts = consult(question, DirectorContext(record_question=record_question, record_consultation=keep))
    return numbers, {**facts, "eye_model": model.model}, consultations[-1]


def agreement(answer: VisionAnswer, shot: Shot, cast: set[str]) -> float:
    """Return how far an answer agrees with a shot, 0..1: who is seen, how large, and whether it happens."""
    parts = {
        "who": _people_agreement(set(answer.people), cast, shot.framing),
        "framing": _framing_agreement(Framing(answer.framing), shot.framing),
        "action": _ACTION[answer.action],
    }
    return sum(_WEIGHTS[name] * value for name, value in parts.items())


def _judge_answer(text: str, shot: Shot, cast: set[str]) -> AcceptedAnswer[tuple[dict[str, float], dict[str, Any]]]:
    answer = parse_answer(VisionAnswer, text)
    if answer.framing not in [framing.value for framing in Framing]:
        known = ", ".join(framing.value for framing in Framing)
        raise UnusableAnswerError([f"unknown framing {answer.framing[:40]!r}; expected one of {known}"])
    facts = {
        "eye_people": sorted(answer.people),
        "eye_framing": answer.framing,
        "eye_action": answer.action,
        "eye_seen": answer.seen,
    }
    value = agreement(answer, shot, cast)
    return AcceptedAnswer(({MEASURE: value}, facts), f"agreement {value:.2f} of 1", (), answer.confidence)


def _people_agreement(seen: set[str], planned: set[str], framing: Framing) -> float:
    """Return the share of people in whom picture and plan agree; an insert may show a hand or not."""
    if framing is Framing.INSERT:
        return 1.0 if seen <= planned | {"somebody"} else 0.0
    return len(seen & planned) / len(seen | planned) if seen | planned else 1.0


def _framing_agreement(seen: Framing, planned: Framing) -> float:
    return 1.0 if seen is planned else 0.5 if seen in _NEAR[planned] else 0.0


def _texts(request: Mapping[str, Any], turn: Turn) -> list[dict[str, str]]:
    texts = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": canonical_json(request)}]
    if turn.faults and turn.room == 1:
        texts.append({"role": "assistant", "content": strip_thoughts(turn.answer)})
        texts.append({"role": "user", "content": f"That cannot be used: {'; '.join(turn.faults)}. Answer again."})
    return texts


def _send(eye: VisionModel, picture: Path, request: Mapping[str, Any], turn: Turn, known: tuple[str, ...]) -> str:
    system, asked, *later = (ChatMessage(text["role"], text["content"]) for text in _texts(request, turn))
    messages = [system, ChatMessage(asked.role, asked.content, (picture,)), *later]
    schema = {
        "type": "object",
        "properties": {
            "people": {"type": "array", "items": {"type": "string", "enum": [*known, "somebody"]}},
            "framing": {"type": "string", "enum": [framing.value for framing in Framing]},
            "action_shown": {"type": "string", "enum": list(_ACTION)},
            "what_is_seen": {"type": "string"},
        },
        "required": ["people", "framing", "action_shown", "what_is_seen"],
        "additionalProperties": False,
    }
    body = chat_body(
        eye.model,
        messages,
        schema,
        seed=seed_from(request) + turn.number,
        temperature=0.0,
        keep_alive=eye.keep_alive,
        answer_tokens=ANSWER_TOKENS * turn.room,
    )
    with closing(OllamaClient(eye.url, eye.token)) as client:
        return client.chat(body)
