"""Ollama over HTTP: chats with a JSON schema and pictures, embeddings, unloading of models.

Not by the `ollama` package, so that limits, errors and the handling of the token are those of every other client, and
no environment variable (`OLLAMA_HOST`, `OLLAMA_API_KEY`, proxies) decides where a question is sent.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.http import MAX_JSON_BYTES, HttpService, ServiceClient
from tower_anime_assets.errors import ServiceRejectedError

ANSWER_TIMEOUT_S = 300.0
"""Loading an 8 GB model from disk takes half a minute, a long answer a minute or two."""

KEEP_ALIVE_BETWEEN_REQUESTS = "2m"
"""How long Ollama keeps a model loaded while more questions follow; it unloads the model afterwards."""


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a chat; `role` is system, user or assistant."""

    role: str
    content: str
    pictures: tuple[Path, ...] = ()


def chat_body(
    model: str,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    *,
    seed: int,
    temperature: float = 0.2,
    keep_alive: str | int = 0,
) -> dict[str, Any]:
    """Return the body of a chat request, so that it can be recorded as it is sent.

    Args:
        model: Its name, such as "llama3.1:8b".
        messages: The conversation so far, the question last.
        schema: JSON schema of the answer.
        seed: Seed of the sampler.
        temperature: 0 for the likeliest words, 1 for lively ones.
        keep_alive: How long the model stays in memory afterwards; 0 unloads it at once.
    """
    return {
        "model": model,
        "messages": [_chat_turn(message) for message in messages],
        "stream": False,
        "format": dict(schema),
        "options": {"temperature": temperature, "seed": seed % 2**31},
        "keep_alive": keep_alive,
    }


class OllamaClient(ServiceClient):
    """Client of one Ollama."""

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        super().__init__(HttpService("Ollama", "OLLAMA_URL", url, token, answer_timeout_s=answer_timeout_s))

    def chat(self, body: Mapping[str, Any]) -> str:
        """Return the model's text; it may not follow the schema, even if it should.

        Args:
            body: From `chat_body`.
        """
        response_body = self._service.post_json("/api/chat", dict(body))
        message = response_body.get("message") if isinstance(response_body, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, str):
            raise self._service.contract_error(
                "/api/chat", self._service.excerpt(response_body), "a message with content"
            )
        return content

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order, all of one length."""
        if not texts:
            return []
        response_body = self._service.post_json("/api/embed", {"model": model, "input": list(texts)})
        embeddings = response_body.get("embeddings") if isinstance(response_body, dict) else None
        vectors = _parse_vectors(embeddings, len(texts))
        if vectors is None:
            raise self._service.contract_error(
                "/api/embed",
                f"no usable vectors for {len(texts)} texts",
                "a vector of finite numbers for each text",
                f"Is {model} an embedding model? Check OLLAMA_EMBED_MODEL",
            )
        return vectors

    def list_models(self) -> tuple[str, ...]:
        """Return the names of its models."""
        response_body = self._service.get_json("/api/tags")
        listed = response_body.get("models") if isinstance(response_body, dict) else None
        if not isinstance(listed, list):
            raise self._service.contract_error("/api/tags", self._service.excerpt(response_body), "a list of models")
        names = [item.get("model") or item.get("name") for item in listed if isinstance(item, dict)]
        return tuple(name for name in names if isinstance(name, str))

    def has_model(self, model: str) -> bool:
        """Return whether it has a model; a name without a tag means the tag `latest`."""
        tagged_model = model if ":" in model else f"{model}:latest"
        return any(name in (model, tagged_model) for name in self.list_models())

    def unload(self, model: str) -> None:
        """Unload a model from the graphics card's memory."""
        self._service.post_json("/api/chat", {"model": model, "messages": [], "stream": False, "keep_alive": 0})


def _chat_turn(message: ChatMessage) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.pictures:
        turn["images"] = [_encode_picture(picture) for picture in message.pictures]
    return turn


def _encode_picture(picture: Path) -> str:
    if picture.stat().st_size > MAX_JSON_BYTES // 2:
        raise ServiceRejectedError(
            f"{picture.name} has {picture.stat().st_size:,} bytes; expected at most {MAX_JSON_BYTES // 2:,}"
        )
    return base64.b64encode(picture.read_bytes()).decode("ascii")


def _parse_vectors(embeddings: Any, count: int) -> list[list[float]] | None:
    """Return the vectors if there are `count` of equal length, else None."""
    if not isinstance(embeddings, list) or len(embeddings) != count:
        return None
    if not all(isinstance(vector, list) and vector and len(vector) == len(embeddings[0]) for vector in embeddings):
        return None
    numbers = [number for vector in embeddings for number in vector]
    if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
        return None
    return [[float(number) for number in vector] for vector in embeddings]
