"""The OpenAI-compatible wire of llama.cpp, LM Studio and vLLM, as translations from and to Ollama's.

Only shapes are translated; the client in `ollama` sends, receives and judges both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CHAT_PATH, EMBED_PATH, MODELS_PATH = "/chat/completions", "/embeddings", "/models"
"""Paths below an address that ends in /v1."""


def is_openai_url(url: str) -> bool:
    """Return whether an address is that of an OpenAI-compatible server: by custom it ends in /v1."""
    return url.rstrip("/").endswith("/v1")


def chat_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return Ollama's chat request as an OpenAI-compatible server takes it.

    The length of the context and how long the model stays loaded are the server's own affair there.

    Source:
        llama.cpp, tools/server/README.md: POST /v1/chat/completions, response_format with a JSON schema.
    """
    options = body["options"]
    return {
        "model": body["model"],
        "messages": [_chat_turn(turn) for turn in body["messages"]],
        "stream": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": body["format"]}},
        "temperature": options["temperature"],
        "seed": options["seed"],
        "max_tokens": options["num_predict"],
    }


def chat_answer(response: Any) -> dict[str, Any] | None:
    """Return an OpenAI-compatible chat answer in Ollama's shape, None if it is none."""
    choices = response.get("choices") if isinstance(response, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return None
    usage = response.get("usage")
    return {
        "message": {
            "content": message.get("content") or "",
            # llama.cpp and LM Studio say reasoning_content, vLLM says reasoning.
            "thinking": message.get("reasoning_content") or message.get("reasoning") or "",
        },
        "done_reason": choice.get("finish_reason"),
        "prompt_eval_count": usage.get("prompt_tokens") if isinstance(usage, dict) else None,
    }


def unreadable_answer(error: Any) -> dict[str, Any] | None:
    """Return an error of llama.cpp as the answer that it stands for, None if it stands for none.

    Its server answers 500 where a model's text breaks the form that was asked of it, and keeps the text to itself. That
    is a bad answer, which is worth asking again, and no fault of the server.
    """
    reason = error.get("error") if isinstance(error, dict) else None
    message = reason.get("message") if isinstance(reason, dict) else None
    if not isinstance(message, str) or "does not match the expected" not in message:
        return None
    return {"choices": [{"finish_reason": "stop", "message": {"content": message}}]}


def embed_answer(response: Any) -> dict[str, Any]:
    """Return an OpenAI-compatible answer to `EMBED_PATH` in Ollama's shape."""
    listed = response.get("data") if isinstance(response, dict) else None
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    in_order = sorted(items, key=lambda item: item["index"] if isinstance(item.get("index"), int) else 0)
    return {"embeddings": [item.get("embedding") for item in in_order]}


def models_answer(response: Any) -> dict[str, Any] | None:
    """Return an OpenAI-compatible list of models in Ollama's shape, None if it is none."""
    listed = response.get("data") if isinstance(response, dict) else None
    if not isinstance(listed, list):
        return None
    return {"models": [{"name": item.get("id")} for item in listed if isinstance(item, dict)]}


def _chat_turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    pictures = turn.get("images", ())
    if not pictures:
        return {"role": turn["role"], "content": turn["content"]}
    parts: list[dict[str, Any]] = [{"type": "text", "text": turn["content"]}]
    # The servers look at the bytes; the type in the address is for nobody.
    parts += [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{one}"}} for one in pictures]
    return {"role": turn["role"], "content": parts}
