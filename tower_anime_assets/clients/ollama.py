"""Ollama over HTTP: chats with a JSON schema and pictures, embeddings, unloading of models.

An address that ends in /v1 is that of an OpenAI-compatible server (llama.cpp, LM Studio, vLLM), which is asked the same
in its own words.

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

from tower_anime_assets.clients import openai_wire
from tower_anime_assets.clients.http import MAX_JSON_BYTES, HttpService, ServiceClient
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError

ANSWER_TIMEOUT_S = 300.0
"""Loading an 8 GB model from disk takes half a minute, a long answer a minute or two."""

KEEP_ALIVE_BETWEEN_REQUESTS = "2m"
"""How long Ollama keeps a model loaded while more questions follow; it unloads the model afterwards."""

ANSWER_TOKENS = 4096
"""Room for an answer with the thoughts before it: a plan of twenty shots has about 3,000 tokens."""

MIN_CONTEXT_TOKENS = 8192

_LATIN_CHARACTERS_PER_TOKEN = 3
"""English prose has four or more, JSON and names fewer. Too long a context costs memory, too short a one the answer."""

_MAX_CHARACTERS_PER_TOKEN = 5
_PICTURE_TOKENS = 2048
"""More than the vision models of 2025 make of a keyframe."""


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a chat; `role` is system, user or assistant."""

    role: str
    content: str
    pictures: tuple[Path, ...] = ()


class AnswerCutShortError(ServiceRejectedError):
    """A model's answer ended because its room was used up.

    Attributes:
        answer: What there is of it, thoughts included.
    """

    def __init__(self, message: str, answer: str) -> None:
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True)
class ModelFacts:
    """What Ollama says of a model.

    Attributes:
        context_tokens: The longest context that it was made for; 0 if that is not known.
        capabilities: Such as completion, vision, thinking, embedding; empty if not known.
    """

    context_tokens: int = 0
    capabilities: frozenset[str] = frozenset()


def chat_body(
    model: str,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    *,
    seed: int,
    temperature: float = 0.2,
    keep_alive: str | int = 0,
    answer_tokens: int = ANSWER_TOKENS,
) -> dict[str, Any]:
    """Return the body of a chat request, so that it can be recorded as it is sent (see `chat_as_sent`).

    Args:
        model: Its name, such as "llama3.1:8b".
        messages: The conversation so far, the question last.
        schema: JSON schema of the answer.
        seed: Seed of the sampler.
        temperature: 0 for the likeliest words, 1 for lively ones.
        keep_alive: How long the model stays in memory afterwards; 0 unloads it at once.
        answer_tokens: Room for the answer, thoughts included; a longer one is an `AnswerCutShortError`.
    """
    turns = [_chat_turn(message) for message in messages]
    return {
        "model": model,
        "messages": turns,
        "stream": False,
        "format": dict(schema),
        "options": {
            "temperature": temperature,
            "seed": seed % 2**31,
            # Ollama's own context is 2,048 or 4,096 tokens, and a longer prompt loses its start without a word.
            "num_ctx": _context_tokens(estimate_tokens(turns) + answer_tokens),
            # Without a limit a model that repeats itself goes on until the timeout.
            "num_predict": answer_tokens,
        },
        "keep_alive": keep_alive,
    }


def chat_as_sent(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body of `chat_body` as `OllamaClient.chat` sends it to this address."""
    return openai_wire.chat_request(body) if openai_wire.is_openai_url(url) else dict(body)


def estimate_tokens(turns: Sequence[Mapping[str, Any]]) -> int:
    """Return about how many tokens the turns of a chat have, rather too many than too few."""
    return sum(
        len(turn["content"]) // _LATIN_CHARACTERS_PER_TOKEN
        + sum(not character.isascii() for character in turn["content"])
        + len(turn.get("images", ())) * _PICTURE_TOKENS
        for turn in turns
    )


class OllamaClient(ServiceClient):
    """Client of one Ollama, or of one OpenAI-compatible server if its address ends in /v1."""

    def __init__(self, url: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.is_openai = openai_wire.is_openai_url(url)
        name = "The model server" if self.is_openai else "Ollama"
        super().__init__(HttpService(name, "OLLAMA_URL", url, token, answer_timeout_s=answer_timeout_s))

    def chat(self, body: Mapping[str, Any]) -> str:
        """Return the model's text; it may not follow the schema, even if it should.

        What a model thought aloud is before its answer as `<think>...</think>`, however the server hands it over;
        `engines.remote.director.model_json.read_model_json` finds the JSON in it.

        Args:
            body: From `chat_body`.

        Raises:
            AnswerCutShortError: The answer ended because its room was used up.
        """
        limit_tokens = self._check_chat(body)
        path = openai_wire.CHAT_PATH if self.is_openai else "/api/chat"
        response = self._post_for_model(path, chat_as_sent(self.url, body))
        answer = openai_wire.chat_answer(response) if self.is_openai else response
        message = answer.get("message") if isinstance(answer, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(answer, dict) or not isinstance(message, dict) or not isinstance(content, str):
            remedy = self._v1_remedy() if openai_wire.chat_answer(response) else ""
            raise self._service.contract_error(path, self._service.excerpt(response), "a message with content", remedy)
        thinking = message.get("thinking")
        text = f"<think>{thinking}</think>\n{content}" if isinstance(thinking, str) and thinking else content
        read_tokens = answer.get("prompt_eval_count")
        if limit_tokens and isinstance(read_tokens, int) and read_tokens >= limit_tokens - 1:
            raise self._too_long_error(body["model"], read_tokens, limit_tokens)
        if answer.get("done_reason") == "length":
            room = body["options"]["num_predict"]
            raise AnswerCutShortError(
                f"{body['model']} ended its answer in the middle, because its room of {room:,} tokens was used up", text
            )
        return text

    def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, in order, all of one length."""
        if not texts:
            return []
        path = openai_wire.EMBED_PATH if self.is_openai else "/api/embed"
        body: dict[str, Any] = {"model": model, "input": list(texts)}
        if not self.is_openai:
            body["keep_alive"] = KEEP_ALIVE_BETWEEN_REQUESTS
        response = self._post_for_model(path, body)
        answer = openai_wire.embed_answer(response) if self.is_openai else response
        embeddings = answer.get("embeddings") if isinstance(answer, dict) else None
        vectors = _parse_vectors(embeddings, len(texts))
        if vectors is None:
            raise self._service.contract_error(
                path,
                f"no usable vectors for {len(texts)} texts",
                "a vector of finite numbers for each text",
                f"Is {model} an embedding model? Check OLLAMA_EMBED_MODEL",
            )
        return vectors

    def list_models(self) -> tuple[str, ...]:
        """Return the names of its models."""
        path = openai_wire.MODELS_PATH if self.is_openai else "/api/tags"
        response = self._service.get_json(path)
        answer = openai_wire.models_answer(response) if self.is_openai else response
        listed = answer.get("models") if isinstance(answer, dict) else None
        if not isinstance(listed, list):
            raise self._service.contract_error(path, self._service.excerpt(response), "a list of models")
        names = [item.get("model") or item.get("name") for item in listed if isinstance(item, dict)]
        return tuple(name for name in names if isinstance(name, str))

    def has_model(self, model: str) -> bool:
        """Return whether it has a model; a name without a tag means the tag `latest`."""
        tagged_model = model if ":" in model else f"{model}:latest"
        return any(name in (model, tagged_model) for name in self.list_models())

    def describe_model(self, model: str) -> ModelFacts:
        """Return what Ollama says of a model.

        Raises:
            ServiceRejectedError: It does not have the model; the message says how to get it.

        Source:
            Ollama, docs/api.md: POST /api/show; `model_info` holds ARCHITECTURE.context_length.
        """
        response = self._post_for_model("/api/show", {"model": model})
        info = response.get("model_info") if isinstance(response, dict) else None
        lengths = [
            value
            for key, value in (info.items() if isinstance(info, dict) else ())
            if key.endswith(".context_length") and isinstance(value, int)
        ]
        capabilities = response.get("capabilities") if isinstance(response, dict) else None
        names = capabilities if isinstance(capabilities, list) else []
        return ModelFacts(max(lengths, default=0), frozenset(name for name in names if isinstance(name, str)))

    def unload(self, model: str) -> None:
        """Unload a model from the graphics card's memory; an OpenAI-compatible server has no way to be told."""
        if self.is_openai:
            return
        self._service.post_json("/api/chat", {"model": model, "messages": [], "stream": False, "keep_alive": 0})

    def missing_model_error(self, models: Sequence[str]) -> ServiceRejectedError:
        """Return the error for models that it lacks: how to get them, and what is there."""
        there = ", ".join(sorted(self.list_models())) or "none"
        lacking = f"{self._service.name} at {self.url} lacks {', '.join(models)}"
        if self.is_openai:
            return ServiceRejectedError(f"{lacking}. It serves {there}; set OLLAMA_MODEL to one of them")
        pulls = ", ".join(f"`ollama pull {model}`" for model in models)
        return ServiceRejectedError(f"{lacking}; run {pulls}. Models that are there: {there}")

    def _check_chat(self, body: Mapping[str, Any]) -> int:
        """Return the most tokens that the model reads of this chat, 0 if unknown.

        Raises:
            ServiceRejectedError: It is not there, it cannot see pictures, or the question is longer than it can read.
        """
        if self.is_openai:
            return 0
        model, turns = body["model"], body["messages"]
        facts = self.describe_model(model)
        if facts.capabilities and "vision" not in facts.capabilities and any("images" in turn for turn in turns):
            raise ServiceRejectedError(
                f"{model} cannot see pictures, and Ollama would leave them out without a word. Set OLLAMA_VISION_MODEL "
                "to a vision model, or unset it to do without the check"
            )
        num_ctx: int = body["options"]["num_ctx"]
        limit_tokens = min(num_ctx, facts.context_tokens) if facts.context_tokens else num_ctx
        least_tokens = sum(len(turn["content"]) for turn in turns) // _MAX_CHARACTERS_PER_TOKEN
        if least_tokens >= limit_tokens:
            raise self._too_long_error(model, least_tokens, limit_tokens)
        return limit_tokens

    def _too_long_error(self, model: str, found_tokens: int, limit_tokens: int) -> ServiceRejectedError:
        return ServiceRejectedError(
            f"the question has {found_tokens:,} tokens or more, and {model} reads at most {limit_tokens:,}: it would "
            f"answer without having read all of it. Use a model with a longer context (see `ollama show NAME`), or "
            "ask for less at once, such as a shorter scene"
        )

    def _post_for_model(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON that a POST answers; a missing model is an error that says how to get it."""
        statuses = (200, 404, 500) if path == openai_wire.CHAT_PATH else (200, 404)
        with self._service.stream("POST", path, json=dict(body), accepted_statuses=statuses) as response:
            answer, status = self._service.read_json(response), response.status_code
        if status == 200:
            return answer
        if status == 500:
            if unreadable := openai_wire.unreadable_answer(answer):
                return unreadable
            raise ServiceUnavailableError(
                f"{self._service.name} at {self.url}{path}: 500: {self._service.excerpt(answer)}. See its log"
            )
        reason = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        if body["model"] in reason:
            raise self.missing_model_error([body["model"]])
        raise self._service.contract_error(
            path, f"404 {self._service.excerpt(answer)}", "an answer", "" if self.is_openai else self._v1_remedy()
        )

    def _v1_remedy(self) -> str:
        return f"If this is llama.cpp, LM Studio or vLLM, set OLLAMA_URL to {self.url}/v1; else check OLLAMA_URL"


def _context_tokens(needed_tokens: int) -> int:
    """Return the context to ask for: powers of two, because Ollama loads the model anew for every other length."""
    context_tokens = MIN_CONTEXT_TOKENS
    while context_tokens < needed_tokens:
        context_tokens *= 2
    return context_tokens


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
