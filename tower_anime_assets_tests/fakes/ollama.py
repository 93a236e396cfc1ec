"""A fake Ollama on a real socket: chat that keeps the given schema, or breaks it; vectors; its list of models.

Standalone: `python -m tower_anime_assets_tests.fakes.ollama --port 11434 --lie prose`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
from typing import Any

from tower_anime_assets_tests.fakes.echo_brain import LIES, honest_lesson, honest_plan, honest_refinement
from tower_anime_assets_tests.fakes.scripted_server import Handler, ScriptedServer

Json = dict[str, Any]

SCHEMA_BREAKS = ("prose", "fenced", "truncated", "empty", "wrong_shape", *LIES)
"""What models do to a schema, besides everything that they do to a plan."""

DIMENSIONS = 8


class FakeOllama(ScriptedServer):
    """A running fake; its script is of chats.

    Attributes:
        chats: Every chat's body.
        loaded: Names of the models that are in memory now.
        looks: What the vision model answers about a picture.
    """

    def __init__(
        self, port: int = 0, models: tuple[str, ...] = ("tiny:latest", "eye:latest", "vectors:latest")
    ) -> None:
        super().__init__(_Handler, port)
        self.models = models
        self.chats: list[Json] = []
        self.loaded: set[str] = set()
        self.looks: Json = {"people": [], "framing": "wide", "action_shown": "yes", "what_is_seen": "a street"}

    def say(self, body: Json, act: str) -> str:
        """Return what the model says to a chat."""
        if act == "prose":
            return "Certainly! Here is a wonderful plan for your scene."
        if act == "empty":
            return ""
        if act == "wrong_shape":
            return json.dumps([1, 2, 3])
        made = self._honest(body, act)
        text = json.dumps(made, ensure_ascii=False)
        if act == "fenced":
            return f"```json\n{text}\n```"
        return text[: len(text) // 2] if act == "truncated" else text

    def _honest(self, body: Json, act: str) -> Json:
        if any(message.get("images") for message in body["messages"]):
            return self.looks
        wanted = body["format"]["properties"]
        request = json.loads(next(message["content"] for message in body["messages"] if message["role"] == "user"))
        if "enhanced_prompt" in wanted:
            return honest_refinement(request)
        if "learned_elements" in wanted:
            return honest_lesson(request)
        made = honest_plan(request)
        for shot in made["shot_list"]:
            shot["camera_move"] = "static" if shot["shot_number"] % 2 else "push-in"
        if act in LIES:
            LIES[act](made)
        return made


class _Handler(Handler):
    owner: FakeOllama

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        if self.path == "/api/tags":
            self._send(200, {"models": [{"name": name, "model": name, "size": 1} for name in self.owner.models]})
        else:
            self._send(404, {"error": "not found"})

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        body = json.loads(self.body())
        name = body.get("model", "")
        if name not in self.owner.models and f"{name}:latest" not in self.owner.models:
            self._send(404, {"error": f"model {name!r} not found, try pulling it first"})
        elif self.path == "/api/chat":
            self._chat(body)
        elif self.path == "/api/embed":
            texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
            self._send(200, {"model": name, "embeddings": [_vector(text) for text in texts]})
        else:
            self._send(404, {"error": "not found"})

    def _chat(self, body: Json) -> None:
        keeps = body.get("keep_alive", "5m") not in (0, "0", "0s")
        with self.owner.lock:
            self.owner.chats.append(body)
            (self.owner.loaded.add if keeps else self.owner.loaded.discard)(body["model"])
        if not body["messages"]:
            self._send(200, {"model": body["model"], "message": {"role": "assistant", "content": ""}, "done": True})
            return
        for message in body["messages"]:
            for picture in message.get("images", ()):
                base64.b64decode(picture, validate=True)
        act = self.owner.next_act()
        if act == "error_500":
            self._send(500, {"error": "llama runner process has terminated"})
            return
        content = self.owner.say(body, act)
        self._send(200, {"model": body["model"], "message": {"role": "assistant", "content": content}, "done": True})

    def _send(self, status: int, answer: Json) -> None:
        self.send(status, json.dumps(answer))


def _vector(text: str) -> list[float]:
    return [byte / 255 for byte in hashlib.sha256(text.casefold().encode()).digest()[:DIMENSIONS]]


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake Ollama.")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--lie", default="", choices=["", *SCHEMA_BREAKS, "error_500"])
    arguments = parser.parse_args()
    fake = FakeOllama(arguments.port)
    fake.otherwise = arguments.lie
    fake.serve(f"OLLAMA_URL={fake.url} OLLAMA_MODEL=tiny OLLAMA_VISION_MODEL=eye")


if __name__ == "__main__":
    main()
