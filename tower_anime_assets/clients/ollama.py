"""Ollama over HTTP: chat held to a JSON schema, pictures looked at, texts as vectors, and memory given back.

Built on our own HTTP rather than the `ollama` package: the same limits, the same errors and no token in any message,
and no variable of the environment (`OLLAMA_HOST`, `OLLAMA_API_KEY`, proxies) decides where a question goes.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tower_anime_assets.clients.http import MAX_JSON_BYTES, HttpService
from tower_anime_assets.errors import ServiceRejectedError

ANSWER_TIMEOUT_S = 300.0
"""Loading a model of 8 GB from a disk takes half a minute, a long answer a minute or two."""

KEEP_ALIVE_BETWEEN_REQUESTS = "2m"
"""How long Ollama keeps a model loaded after an answer, while more questions follow; it frees itself afterwards."""


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a chat: `role` is system, user or assistant; `pictures` are files of ours."""

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
    """Return a chat as it is sent, so that it can be put on record as such.

    Args:
        model: Its name, such as "llama3.1:8b".
        messages: The conversation so far, the question last.
        schema: JSON schema that the answer is asked to keep.
        seed: Of the draw.
        temperature: 0 for the likeliest words, 1 for lively ones.
        keep_alive: How long the model stays in memory afterwards; 0 frees the graphics card at once.
    """
    return {
        "model": model,
        "messages": [_chat_turn(message) for message in messages],
        "stream": False,
        "format": dict(schema),
        "options": {"temperature": temperature, "seed": seed % 2**31},
        "keep_alive": keep_alive,
    }


class OllamaClient:
    """Speaks to one Ollama.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._service = HttpService("Ollama", "OLLAMA_URL", url, token, answer_timeout_s=answer_timeout_s)
        self.url = self._service.url

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def chat(self, body: Mapping[str, Any]) -> str:
        """Return what the model said: JSON by the schema if it kept to it, which is often not so.

        Args:
            body: From `chat_body`.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses, has no such model, or answers something else than a chat's turn.
        """
        response_body = self._service.post_json("/api/chat", dict(body))
        message = response_body.get("message") if isinstance(response_body, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, str):
            raise ServiceRejectedError(
                f"Ollama at {self.url}/api/chat answered {str(response_body)[:200]}; expected a message with content. Is this "
                "Ollama? Check OLLAMA_URL"
            )
        return content

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order, all of one length.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses, has no such model, or answers other vectors than were asked for.
        """
        if not texts:
            return []
        response_body = self._service.post_json("/api/embed", {"model": model, "input": list(texts)})
        embeddings = response_body.get("embeddings") if isinstance(response_body, dict) else None
        vectors = _parse_vectors(embeddings, len(texts))
        if vectors is None:
            raise ServiceRejectedError(
                f"Ollama at {self.url}/api/embed answered no {len(texts)} vectors of finite numbers for {model}; "
                "expected one per text. Is it an embedding model? Check OLLAMA_EMBED_MODEL"
            )
        return vectors

    def list_models(self) -> tuple[str, ...]:
        """Return the names of the models that it has.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It answers something else than its list.
        """
        response_body = self._service.get_json("/api/tags")
        listed = response_body.get("models") if isinstance(response_body, dict) else None
        if not isinstance(listed, list):
            raise ServiceRejectedError(
                f"Ollama at {self.url}/api/tags answered {str(response_body)[:200]}; expected its models. Check OLLAMA_URL"
            )
        names = [item.get("model") or item.get("name") for item in listed if isinstance(item, dict)]
        return tuple(name for name in names if isinstance(name, str))

    def has_model(self, model: str) -> bool:
        """Return whether it has a model; a name without a tag means its `latest`.

        Raises:
            ServiceError: It does not answer, or not with its list.
        """
        tagged_model = model if ":" in model else f"{model}:latest"
        return any(name in (model, tagged_model) for name in self.list_models())

    def unload(self, model: str) -> None:
        """Have a model taken out of the graphics card's memory now.

        Raises:
            ServiceUnavailableError: It does not answer, or says that it cannot now.
            ServiceRejectedError: It refuses.
        """
        self._service.post_json("/api/chat", {"model": model, "messages": [], "stream": False, "keep_alive": 0})


def _chat_turn(message: ChatMessage) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.pictures:
        turn["images"] = [_encode_picture(picture) for picture in message.pictures]
    return turn


def _encode_picture(picture: Path) -> str:
    if picture.stat().st_size > MAX_JSON_BYTES // 2:
        raise ServiceRejectedError(
            f"{picture.name} is too large to be looked at; expected under {MAX_JSON_BYTES // 2:,} bytes"
        )
    return base64.b64encode(picture.read_bytes()).decode("ascii")


def _parse_vectors(embeddings: Any, count: int) -> list[list[float]] | None:
    """Return so many vectors of one length, None when it is anything else."""
    if not isinstance(embeddings, list) or len(embeddings) != count:
        return None
    if not all(isinstance(vector, list) and vector and len(vector) == len(embeddings[0]) for vector in embeddings):
        return None
    numbers = [number for vector in embeddings for number in vector]
    if not all(type(number) in (int, float) and math.isfinite(number) for number in numbers):
        return None
    return [[float(number) for number in vector] for vector in embeddings]
