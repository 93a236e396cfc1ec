"""The optional eye: a vision model is asked whether a keyframe shows what the plan says. Who, framing, action.

Off unless a vision model and OLLAMA_URL are set. What it says is a number for a gate and a consultation on record; the
score is formed here, from its answers, never by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from tower_anime_assets.clients.ollama import KEEP_ALIVE_BETWEEN_REQUESTS, ChatMessage, OllamaClient, chat_body
from tower_anime_assets.engines.remote.director.answers import DirectorAnswer, UnusableAnswerError, parse_answer
from tower_anime_assets.engines.remote.director.consulting import AcceptedAnswer, Question, Turn, consult
from tower_anime_assets.production.attempt import ConsultationNote, DirectorContext
from tower_anime_assets.production.digest import canonical_json, seed_from
from tower_anime_assets.production.planning.prompts import character_words
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
    """A vision model behind Ollama."""

    url: str
    model: str
    token: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> VisionModel | None:
        """Return the eye that the settings give, None when none is configured."""
        url = settings.services.get("ollama", "")
        if not (url and settings.ollama_vision_model):
            return None
        return cls(url, settings.ollama_vision_model, settings.auth_token)


def check_keyframe(
    eye: VisionModel,
    picture: Path,
    project: Project,
    shot: Shot,
    consulted: Callable[[ConsultationNote], None] = lambda _consulted: None,
    asks: Callable[[ConsultationNote], None] = lambda _question: None,
) -> tuple[dict[str, float], dict[str, Any], ConsultationNote]:
    """Return how far a keyframe agrees with its plan, what was seen, and the consultation that says so.

    Args:
        eye: Who looks.
        picture: The keyframe, PNG, JPEG or WebP.
        project: Gives the descriptions by which people are known.
        shot: What the keyframe is to show.
        consulted: Puts a consultation on record, at once; also each one that could not be used.
        asks: Puts a question on record before it is sent.

    Returns:
        `{"eye_agreement": 0..1}`; facts `eye_people`, `eye_framing`, `eye_action`, `eye_seen` and `eye_model`; and the
        last consultation, which `consulted` has been given already.

    Raises:
        ServiceRejectedError: Two answers broke the schema, or there is no such model.
        ServiceUnavailableError: Ollama does not answer.
    """
    held: list[ConsultationNote] = []

    def keep(said: ConsultationNote) -> None:
        held.append(said)
        consulted(said)

    cast = {subject.character for subject in shot.subjects}
    request = {
        "plan": {"framing": shot.framing, "action": shot.description or shot.reasoning, "place": shot.setting.place},
        "characters": {one.id: f"{one.name}: {character_words(one)}" for one in project.characters},
        "picture_sha256": hashlib.sha256(picture.read_bytes()).hexdigest(),
    }
    question = Question(
        subject=f"what the keyframe of {shot.key} shows",
        model=eye.model,
        build_query=lambda turn: canonical_json({"model": eye.model, "messages": _texts(request, turn)}),
        send=lambda turn: _send(eye, picture, request, turn, tuple(one.id for one in project.characters)),
        judge=lambda text: _judge_answer(text, shot, cast),
    )
    numbers, facts = consult(question, DirectorContext(record_question=asks, record_consultation=keep))
    return numbers, {**facts, "eye_model": eye.model}, held[-1]


def unload_model(model: VisionModel) -> None:
    """Free the graphics memory that a vision model takes, before ComfyUI needs it.

    Raises:
        ServiceError: Ollama does not answer, or refuses.
    """
    with closing(OllamaClient(model.url, model.token)) as client:
        client.unload(model.model)


def agreement(answer: VisionAnswer, shot: Shot, cast: set[str]) -> float:
    """Return how far an answer agrees with a shot, 0..1: who is seen, how large, and whether it happens."""
    parts = {
        "who": _same_people(set(answer.people), cast, shot.framing),
        "framing": _same_framing(Framing(answer.framing), shot.framing),
        "action": _ACTION[answer.action],
    }
    return sum(_WEIGHTS[name] * value for name, value in parts.items())


def _judge_answer(text: str, shot: Shot, cast: set[str]) -> AcceptedAnswer[tuple[dict[str, float], dict[str, Any]]]:
    answer = parse_answer(VisionAnswer, text)
    if answer.framing not in [framing.value for framing in Framing]:
        known = ", ".join(framing.value for framing in Framing)
        raise UnusableAnswerError([f"the framing {answer.framing[:40]!r} is none; expected one of {known}"])
    facts = {
        "eye_people": sorted(answer.people),
        "eye_framing": answer.framing,
        "eye_action": answer.action,
        "eye_seen": answer.seen,
    }
    value = agreement(answer, shot, cast)
    return AcceptedAnswer(({MEASURE: value}, facts), f"agreement {value:.2f} of 1", (), answer.confidence)


def _same_people(seen: set[str], planned: set[str], framing: Framing) -> float:
    """Return the share of people in whom picture and plan agree; an insert may show a hand or not."""
    if framing is Framing.INSERT:
        return 1.0 if seen <= planned | {"somebody"} else 0.0
    return len(seen & planned) / len(seen | planned) if seen | planned else 1.0


def _same_framing(seen: Framing, planned: Framing) -> float:
    return 1.0 if seen is planned else 0.5 if seen in _NEAR[planned] else 0.0


def _texts(request: Mapping[str, Any], turn: Turn) -> list[dict[str, str]]:
    texts = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": canonical_json(request)}]
    if turn.faults:
        texts.append({"role": "assistant", "content": turn.answer})
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
        keep_alive=KEEP_ALIVE_BETWEEN_REQUESTS,
    )
    with closing(OllamaClient(eye.url, eye.token)) as client:
        return client.chat(body)
