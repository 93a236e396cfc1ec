"""A language model behind Ollama as a director: the same questions as a chat, answers held to a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from tower_anime_assets.clients import ollama
from tower_anime_assets.clients.ollama import HELD_WHILE_ASKING, Message, OllamaClient, chat_body
from tower_anime_assets.engines.remote.director.consulting import Turn
from tower_anime_assets.engines.remote.director.service import Request, ServiceDirector
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.shots import Emotion, Framing, Move, Pose

_SYSTEM: Mapping[str, str] = {
    "plan": (
        "You direct an anime series. Break the scene into shots: one for each numbered beat, in order, shot_number as "
        "the beat's number. Choose camera angle, camera move, faces, poses, length and what is to be seen in the "
        "background. Vary angles from shot to shot; be closer when it is tense. The lengths together must come to "
        "duration_seconds. The lines are fixed: never write, change or quote dialogue. Show only the characters in the "
        "scene, by the names given. Answer with JSON by the schema, in the language of the screenplay."
    ),
    "refine": (
        "You write prompts for an anime image model. Add what makes the picture richer - light, lens, depth, texture, "
        "atmosphere - to raw_prompt, as short comma-separated phrases in English. Keep every fact of it, and what "
        "context_tags say is carried on; look different from the shot before. Name nobody who is not in it. Never "
        "write dialogue. Answer with JSON by the schema."
    ),
    "learn": (
        "You look after the quality of an anime series. From the scores (0 to 1) of one picture or clip and the prompt "
        "that made it, say in short sentences what was learned and what to do next. Answer with JSON by the schema."
    ),
}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


class OllamaDirector(ServiceDirector):
    """Plans, refines and learns by asking one language model; its name tells which, so that plans differ by it."""

    def __init__(
        self, url: str, model: str, token: str = "", *, answer_timeout_s: float = ollama.ANSWER_TIMEOUT_S
    ) -> None:
        self._model = model
        self._connect = partial(OllamaClient, url, token, answer_timeout_s=answer_timeout_s)

    @property
    def name(self) -> str:
        return f"ollama:{self._model}"

    @property
    def model(self) -> str:
        return self._model

    def write(self, request: Request, turn: Turn) -> Mapping[str, Any]:
        """Return the chat as it is sent; a second turn draws anew."""
        seed = request.seed + turn.number - 1
        messages = _messages(request, turn)
        return chat_body(self._model, messages, _schema(request), seed=seed, keep_alive=HELD_WHILE_ASKING)

    def send(self, request: Request, turn: Turn) -> str:
        """Send it and return what the model said.

        Raises:
            ServiceError: It said nothing.
        """
        with closing(self._connect()) as client:
            return client.chat(self.write(request, turn))

    def rest(self) -> None:
        """Take the model out of the graphics card's memory, which pictures need next.

        Raises:
            ServiceError: Ollama does not answer, or refuses.
        """
        with closing(self._connect()) as client:
            client.unload(self._model)


def look(url: str, models: Sequence[str], token: str = "") -> str:
    """Return what the doctor says of an Ollama that has the models it will be asked for.

    Args:
        url: Its address.
        models: Names of the models that are configured: for directing, looking, embedding; "" for none.
        token: Bearer token.

    Raises:
        ServiceRejectedError: It lacks some; all of them are named.
        ServiceError: It does not answer, or is something else.
    """
    wanted = [model for model in dict.fromkeys(models) if model]
    with closing(OllamaClient(url, token)) as client:
        lacking = [model for model in wanted if not client.has_model(model)]
        if lacking:
            pulls = ", ".join(f"`ollama pull {model}`" for model in lacking)
            raise ServiceRejectedError(f"Ollama at {client.url} lacks {', '.join(lacking)}; run {pulls}")
        return f"at {client.url}, with {', '.join(wanted) or 'no model configured: set OLLAMA_MODEL to have it direct'}"


def _messages(request: Request, turn: Turn) -> list[Message]:
    messages = [Message("system", _SYSTEM[request.kind]), Message("user", canonical_json(request.fields))]
    if turn.faults:
        correction = f"That cannot be used: {'; '.join(turn.faults)}. Answer again, all of it, without that."
        messages += [Message("assistant", turn.answer), Message("user", correction)]
    return messages


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _one_of(kind: type[Framing] | type[Move] | type[Emotion] | type[Pose]) -> dict[str, Any]:
    return {"type": "string", "enum": [item.value for item in kind]}


def _schema(request: Request) -> dict[str, Any]:
    if request.kind == "refine":
        return _object(
            enhanced_prompt=_TEXT,
            style_keywords=_TEXTS,
            negative_prompt=_TEXT,
            cinematic_terms=_TEXTS,
            character_consistency_hints=_TEXTS,
        )
    if request.kind == "learn":
        scores = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
        return _object(learned_elements=_TEXTS, updated_confidence_scores=scores, recommendations_for_next=_TEXTS)
    return _plan_schema(request)


def _plan_schema(request: Request) -> dict[str, Any]:
    faces = {name: _one_of(Emotion) for name in request.names}
    emotions = {"type": "object", "properties": faces, "additionalProperties": False}
    pose = _object(character={"type": "string", "enum": list(request.names)}, pose=_one_of(Pose))
    shot = _object(
        shot_number={"type": "integer", "minimum": 1},
        description=_TEXT,
        suggested_camera_angle=_one_of(Framing),
        camera_move=_one_of(Move),
        character_emotions=emotions,
        # A scene without anybody has nobody to pose, and an empty enumeration is no schema.
        suggested_poses={"type": "array", "items": pose} if request.names else {"type": "array", "maxItems": 0},
        duration_seconds={"type": "number", "exclusiveMinimum": 0},
        background_context={"type": ["string", "null"]},
    )
    return _object(
        shot_list={"type": "array", "items": shot, "minItems": 1, "maxItems": max(request.beats, 1)},
        overall_mood=_TEXT,
        lighting_suggestions=_TEXT,
        style_keywords=_TEXTS,
        narrative_arc=_TEXT,
        confidence={"type": "number", "minimum": 0, "maximum": 1},
    )
