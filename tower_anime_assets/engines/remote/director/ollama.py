"""A language model behind Ollama as a director: chats whose answers are held to a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from tower_anime_assets.clients import ollama
from tower_anime_assets.clients.ollama import (
    ANSWER_TOKENS,
    KEEP_ALIVE_BETWEEN_REQUESTS,
    ChatMessage,
    OllamaClient,
    chat_as_sent,
    chat_body,
)
from tower_anime_assets.engines.remote.director.consulting import Turn
from tower_anime_assets.engines.remote.director.model_json import strip_thoughts
from tower_anime_assets.engines.remote.director.service import DirectorRequest, ServiceDirector
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.shots import Emotion, Framing, Move, Pose

_SYSTEM_PROMPTS: Mapping[str, str] = {
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
_TEXT_SCHEMA = {"type": "string"}
_TEXT_LIST_SCHEMA = {"type": "array", "items": _TEXT_SCHEMA}


class OllamaDirector(ServiceDirector):
    """A director that asks one language model, whose name is part of the engine's name."""

    def __init__(
        self, url: str, model: str, token: str = "", *, answer_timeout_s: float = ollama.ANSWER_TIMEOUT_S
    ) -> None:
        self.name = f"ollama:{model}"
        self.model = model
        self._url = url
        self._connect = partial(OllamaClient, url, token, answer_timeout_s=answer_timeout_s)

    def build_payload(self, request: DirectorRequest, turn: Turn) -> Mapping[str, Any]:
        """Return the chat as it is sent; a second turn has a new seed."""
        return chat_as_sent(self._url, self._body(request, turn))

    def send(self, request: DirectorRequest, turn: Turn) -> str:
        with closing(self._connect()) as client:
            return client.chat(self._body(request, turn))

    def _body(self, request: DirectorRequest, turn: Turn) -> dict[str, Any]:
        return chat_body(
            self.model,
            _messages(request, turn),
            _answer_schema(request),
            seed=request.seed + turn.number - 1,
            keep_alive=KEEP_ALIVE_BETWEEN_REQUESTS,
            answer_tokens=ANSWER_TOKENS * turn.room,
        )

    def release(self) -> None:
        """Unload the model, because ComfyUI may need the card's memory next."""
        with closing(self._connect()) as client:
            client.unload(self.model)


def check_service(url: str, models: Sequence[str], token: str = "") -> str:
    """Return a sentence about an Ollama that has all of the configured models; a name "" is ignored.

    Raises:
        ServiceRejectedError: It lacks models; all of them are named.
        ServiceError: It does not answer, or is not Ollama.
    """
    model_names = [model for model in dict.fromkeys(models) if model]
    with closing(OllamaClient(url, token)) as client:
        missing = [model for model in model_names if not client.has_model(model)]
        if missing:
            raise client.missing_model_error(missing)
        return f"at {client.url}, with {', '.join(model_names) or 'no model: set OLLAMA_MODEL to let it direct'}"


def _messages(request: DirectorRequest, turn: Turn) -> list[ChatMessage]:
    messages = [
        ChatMessage("system", _SYSTEM_PROMPTS[request.kind]),
        ChatMessage("user", canonical_json(request.fields)),
    ]
    if turn.faults and turn.room == 1:
        correction = f"That cannot be used: {'; '.join(turn.faults)}. Answer again, all of it, without that."
        messages += [ChatMessage("assistant", strip_thoughts(turn.answer)), ChatMessage("user", correction)]
    return messages


def _object_schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _enum_schema(kind: type[Framing] | type[Move] | type[Emotion] | type[Pose]) -> dict[str, Any]:
    return {"type": "string", "enum": [item.value for item in kind]}


def _answer_schema(request: DirectorRequest) -> dict[str, Any]:
    if request.kind == "refine":
        return _object_schema(
            enhanced_prompt=_TEXT_SCHEMA,
            style_keywords=_TEXT_LIST_SCHEMA,
            negative_prompt=_TEXT_SCHEMA,
            cinematic_terms=_TEXT_LIST_SCHEMA,
            character_consistency_hints=_TEXT_LIST_SCHEMA,
        )
    if request.kind == "learn":
        scores = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}
        return _object_schema(
            learned_elements=_TEXT_LIST_SCHEMA,
            updated_confidence_scores=scores,
            recommendations_for_next=_TEXT_LIST_SCHEMA,
        )
    return _plan_schema(request)


def _plan_schema(request: DirectorRequest) -> dict[str, Any]:
    face_schemas = {name: _enum_schema(Emotion) for name in request.character_names}
    emotions = {"type": "object", "properties": face_schemas, "additionalProperties": False}
    pose = _object_schema(character={"type": "string", "enum": list(request.character_names)}, pose=_enum_schema(Pose))
    shot = _object_schema(
        shot_number={"type": "integer", "minimum": 1},
        description=_TEXT_SCHEMA,
        suggested_camera_angle=_enum_schema(Framing),
        camera_move=_enum_schema(Move),
        character_emotions=emotions,
        # A scene without characters has no poses, and JSON Schema allows no empty enum.
        suggested_poses={"type": "array", "items": pose, "maxItems": len(request.character_names)}
        if request.character_names
        else {"type": "array", "maxItems": 0},
        duration_seconds={"type": "number", "exclusiveMinimum": 0},
        background_context={"type": ["string", "null"]},
    )
    return _object_schema(
        shot_list={"type": "array", "items": shot, "minItems": 1, "maxItems": max(request.beat_count, 1)},
        overall_mood=_TEXT_SCHEMA,
        lighting_suggestions=_TEXT_SCHEMA,
        style_keywords=_TEXT_LIST_SCHEMA,
        narrative_arc=_TEXT_SCHEMA,
        confidence={"type": "number", "minimum": 0, "maximum": 1},
    )
