"""A fake Ollama on a real socket: chat that keeps the given schema, or breaks it; vectors; its list of models.

Standalone: `python -m tower_anime_assets_tests.fakes.ollama --port 11434 --lie prose`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
from typing import Any

from tower_anime_assets_tests.fakes import ollama_drafts
from tower_anime_assets_tests.fakes.echo_brain import LIES, honest_lesson, honest_plan, honest_refinement
from tower_anime_assets_tests.fakes.scripted_server import Handler, ScriptedServer

Json = dict[str, Any]

SCHEMA_BREAKS = ("prose", "truncated", "empty", "wrong_shape", "two_objects", "only_thoughts", *LIES)
"""What models do to a schema that cannot be mended, besides everything that they do to a plan."""

SLIPS = (
    "thinks_aloud",
    "thinks_in_its_field",
    "thinks_before_the_mark",
    "fenced",
    "fenced_in_talk",
    "in_talk",
    "trailing_commas",
    "comments",
    "single_quotes",
    "python_words",
    "strings_for_numbers",
    "in_a_list",
)
"""What models do around and in their JSON that can mean one thing only."""

THOUGHT = 'Let me see: a {beat} for each line, {"shot_list": ...}. Yes.'

DIMENSIONS = 8


class FakeOllama(ScriptedServer):
    """A running fake; its script is of chats.

    Attributes:
        chats: Every chat's body.
        loaded: Names of the models that are in memory now.
        looks: What the vision model answers about a picture.
        context_tokens: The longest context of every model.
    """

    def __init__(
        self, port: int = 0, models: tuple[str, ...] = ("tiny:latest", "eye:latest", "vectors:latest")
    ) -> None:
        super().__init__(_Handler, port)
        self.models = models
        self.chats: list[Json] = []
        self.loaded: set[str] = set()
        self.context_tokens = 131_072
        self.looks: Json = {"people": [], "framing": "wide", "action_shown": "yes", "what_is_seen": "a street"}

    def say(self, body: Json, act: str) -> str:
        """Return what the model says to a chat."""
        if act == "prose":
            return "Certainly! Here is a wonderful plan for your scene."
        if act == "empty":
            return ""
        if act == "wrong_shape":
            return json.dumps([1, 2, 3])
        made = self._honest(body, "" if act in SLIPS else act)
        text = json.dumps(made, ensure_ascii=False)
        if act in ("truncated", "cut_short"):
            return text[: len(text) // 2]
        if act == "two_objects":
            return f"{text}\n{text}"
        if act == "only_thoughts":
            return f"<think>{THOUGHT}"
        return _slip(made, act) if act in SLIPS else text

    def _honest(self, body: Json, act: str) -> Json:
        if any(message.get("images") for message in body["messages"]):
            return self.looks
        wanted = body["format"]["properties"]
        request = json.loads(next(message["content"] for message in body["messages"] if message["role"] == "user"))
        if drafted := ollama_drafts.answer(wanted, request, act):
            return drafted
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
            self._send(404, {"error": f"model {name!r} not found"})
        elif self.path == "/api/show":
            sees = ["vision"] if name.startswith("eye") else []
            facts = {"general.architecture": "tiny", "tiny.context_length": self.owner.context_tokens}
            self._send(200, {"model_info": facts, "capabilities": ["completion", *sees]})
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
        message = {"role": "assistant", "content": self.owner.say(body, act)}
        if act == "thinks_in_its_field":
            message["thinking"] = THOUGHT
        # A model of which more room is asked for has enough of it.
        is_cut = act == "cut_short" and body["options"]["num_predict"] <= 4096
        if act == "cut_short" and not is_cut:
            message["content"] = self.owner.say(body, "")
        prompt_tokens = sum(len(one["content"]) for one in body["messages"]) // 4
        answer = {
            "model": body["model"],
            "message": message,
            "done": True,
            "done_reason": "length" if is_cut else "stop",
            # What is longer than the context is left out without a word.
            "prompt_eval_count": min(prompt_tokens, body["options"]["num_ctx"], self.owner.context_tokens),
        }
        self._send(200, answer)

    def _send(self, status: int, answer: Json) -> None:
        self.send(status, json.dumps(answer))


def _slip(made: Json, act: str) -> str:
    text = json.dumps(made, ensure_ascii=False)
    if act == "trailing_commas":
        return text.replace("}", ",}").replace("]", ", ]").replace("[, ]", "[]").replace("{,}", "{}")
    if act == "comments":
        return text.replace("{", "{ // the answer, isn't it?\n", 1).replace("]", "/* the end */]", 1)
    if act in ("single_quotes", "python_words"):
        return repr(made) if act == "python_words" else text.replace('"', "'")
    if act == "strings_for_numbers":
        return re.sub(r'("(?:duration_seconds|confidence|shot_number)": )([\d.]+)', r'\1"\2"', text)
    return {
        "thinks_aloud": f"<think>\n{THOUGHT}\n</think>\n\n{text}",
        "thinks_in_its_field": text,
        "thinks_before_the_mark": f"{THOUGHT}\n</think>\n{text}",
        "fenced": f"```json\n{text}\n```",
        "fenced_in_talk": f"Sure! Here is the {{plan}}:\n\n```json\n{text}\n```\nLet me know if it isn't right.",
        "in_talk": f"Here's the plan: {text} I hope it's what you wanted.",
        "in_a_list": f"[{text}]",
    }[act]


def _vector(text: str) -> list[float]:
    return [byte / 255 for byte in hashlib.sha256(text.casefold().encode()).digest()[:DIMENSIONS]]


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake Ollama.")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--lie", default="", choices=["", *SLIPS, *SCHEMA_BREAKS, "cut_short", "error_500"])
    arguments = parser.parse_args()
    fake = FakeOllama(arguments.port)
    fake.otherwise = arguments.lie
    fake.serve(f"OLLAMA_URL={fake.url} OLLAMA_MODEL=tiny OLLAMA_VISION_MODEL=eye")


if __name__ == "__main__":
    main()
