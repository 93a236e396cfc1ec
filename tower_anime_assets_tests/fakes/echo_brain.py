"""A fake Echo Brain on a real socket: true to its contract, or lying in one of many ways.

Standalone: `python -m tower_anime_assets_tests.fakes.echo_brain --port 8309 --lie zero_duration`.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from typing import Any

from tower_anime_assets_tests.fakes.scripted_server import Handler, ScriptedServer

Json = dict[str, Any]

ANGLES = ("wide", "medium", "close-up", "over-shoulder")
PLAN = "/api/echo/anime/scene/plan"
REFINE = "/api/echo/anime/prompt/refine"
LEARN = "/api/echo/anime/feedback/learn"
HEALTH = "/api/echo/anime/health"
_BEAT = re.compile(r"^(\d+)\. \[[^\]]*?about ([\d.]+) s", re.MULTILINE)
_REQUIRED: dict[str, dict[str, type]] = {
    PLAN: {"session_id": str, "scene_description": str, "duration_seconds": int},
    REFINE: {"session_id": str, "raw_prompt": str},
    LEARN: {"session_id": str, "generation_id": str, "prompt_used": str, "quality_scores": dict},
}


def honest_plan(request: Json) -> Json:
    """Return a plan as the contract has it: a shot per numbered beat, or one every four seconds."""
    total = float(request["duration_seconds"])
    found = [float(seconds) for _number, seconds in _BEAT.findall(request["scene_description"])]
    wanted = found or [4.0] * max(1, round(total / 4))
    names = request.get("characters_in_scene", [])
    shots = [
        {
            "shot_number": number,
            "description": f"Moment {number} of the scene, the camera pushes in" if number == 1 else f"Moment {number}",
            "suggested_camera_angle": ANGLES[number % len(ANGLES)],
            "character_emotions": dict.fromkeys(names[:2], "determined"),
            "suggested_poses": [{"character": names[0], "pose": "arms-crossed"}] if names else [],
            "duration_seconds": round(seconds * total / sum(wanted), 2),
            "background_context": "neon signs blurred by haze",
        }
        for number, seconds in enumerate(wanted, start=1)
    ]
    return {
        "shot_list": shots,
        "overall_mood": "brooding",
        "lighting_suggestions": "cold rim light",
        "style_keywords": ["film grain", "wet asphalt"],
        "narrative_arc": "from doubt to resolve",
        "confidence": 0.8,
    }


def honest_refinement(request: Json) -> Json:
    return {
        "enhanced_prompt": f"{request['raw_prompt']}, volumetric haze, 35mm lens",
        "style_keywords": ["cinematic"],
        "negative_prompt": "jpeg artifacts",
        "cinematic_terms": ["rim light", "shallow depth of field"],
        "character_consistency_hints": ["same jacket as before"] if request.get("character_name") else [],
    }


def honest_lesson(request: Json) -> Json:
    return {
        "learned_elements": [f"scored {len(request['quality_scores'])} ways"],
        "updated_confidence_scores": dict(request["quality_scores"]),
        "recommendations_for_next": ["keep the light"],
    }


def _each(change: Callable[[Json], object]) -> Callable[[Json], None]:
    def lie(plan: Json) -> None:
        for shot in plan["shot_list"]:
            change(shot)

    return lie


def _first(**changes: Any) -> Callable[[Json], None]:
    return lambda plan: plan["shot_list"][0].update(changes)


def _rename(shot: Json, before: str, after: str) -> None:
    shot[after] = shot.pop(before)


def _duplicated(plan: Json) -> None:
    for shot in plan["shot_list"]:
        shot["shot_number"] = 1
    plan["shot_list"].append(dict(plan["shot_list"][0]))


def _translated(plan: Json) -> None:
    plan.update(overall_mood="緊張", lighting_suggestions="冷たい光", narrative_arc="疑いから決意へ")
    for shot in plan["shot_list"]:
        shot.update(description="彼は静かな街を見つめている。雨が降る。", background_context="霞むネオンサイン")


LIES: dict[str, Callable[[Json], object]] = {
    "missing_fields": _each(lambda shot: shot.pop("suggested_camera_angle")),
    "missing_mood": lambda plan: plan.pop("overall_mood"),
    "zero_duration": _first(duration_seconds=0),
    "negative_duration": _first(duration_seconds=-4.0),
    "unknown_character": _first(character_emotions={"Godzilla": "angry"}),
    "total_far_off": _each(lambda shot: shot.update(duration_seconds=shot["duration_seconds"] * 5)),
    "rewritten_dialogue": _first(dialogue=[{"character": "Akira", "text": "I have always loved you."}]),
    "quoted_dialogue": _first(description='Akira says: "I have always loved you, you know."'),
    "unknown_angle": _first(suggested_camera_angle="from the moon"),
    "nan_duration": _first(duration_seconds=float("nan")),
    "strings_for_numbers": _each(lambda shot: shot.update(duration_seconds=str(shot["duration_seconds"]))),
    "empty_list": lambda plan: plan.update(shot_list=[]),
    "ten_thousand_shots": lambda plan: plan.update(
        shot_list=[{**plan["shot_list"][0], "shot_number": number + 1} for number in range(10_000)]
    ),
    "duplicated_numbers": _duplicated,
    "null_emotions": _first(character_emotions={"Akira": None}),
    "nested_garbage": _first(suggested_poses=[[[{"a": [None, {"b": []}]}]]], character_emotions=[{"x": {}}]),
    "wrong_language": _translated,
    "not_a_list": lambda plan: plan.update(shot_list="ten shots, all of them wonderful"),
    "absurd_confidence": lambda plan: plan.update(confidence=700),
}
"""What a language model behind Echo Brain was seen or is feared to do to a plan."""

RAW = ("truncated_json", "html", "empty", "not_json", "error_500", "refused_422", "slow", "drop")
"""What happens to any answer on its way."""


class FakeEchoBrain(ScriptedServer):
    """A running fake; its script is of the requests that are not about its health.

    Attributes:
        uses_old_names: Whether it calls angle and duration as older servers do.
        requests: (path, body) of everything asked.
        token: The bearer token that it wants, "" for none.
        slow_s: How long "slow" takes.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.uses_old_names = False
        self.requests: list[tuple[str, Json]] = []
        self.token = ""
        self.slow_s = 1.0
        self.status = "healthy"

    def asked(self, path: str) -> list[Json]:
        """Return the bodies that came to a path."""
        return [body for at, body in self.requests if at == path]

    def answer(self, path: str, request: Json, act: str) -> Json:
        """Return the answer to a request, spoilt as the act says."""
        if path == PLAN:
            made = honest_plan(request)
            if act in LIES:
                LIES[act](made)
            if self.uses_old_names and isinstance(made["shot_list"], list):
                for shot in made["shot_list"]:
                    _rename(shot, "suggested_camera_angle", "camera_angle")
                    _rename(shot, "duration_seconds", "duration")
            return made
        made = honest_refinement(request) if path == REFINE else honest_lesson(request)
        if act == "missing_fields":
            made.pop(next(iter(made)))
        elif act == "dialogue_in_prompt":
            made["enhanced_prompt"] += ", They found us"
        elif act == "stranger_in_prompt":
            made["enhanced_prompt"] += ", Luna watches from behind"
        return made


class _Handler(Handler):
    owner: FakeEchoBrain

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        if self.path == HEALTH:
            self.send(200, json.dumps({"status": self.owner.status, "module": "anime", "database": "connected"}))
        else:
            self.send(404, '{"detail": "Not Found"}')

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        text = self.body()
        if self.owner.token and self.headers.get("authorization") != f"Bearer {self.owner.token}":
            self.send(401, '{"detail": "Not authenticated"}')
            return
        try:
            request = json.loads(text)
        except ValueError:
            request = None
        with self.owner.lock:
            self.owner.requests.append((self.path, request))
        required = _REQUIRED.get(self.path)
        if required is None:
            self.send(404, '{"detail": "Not Found"}')
        elif not isinstance(request, dict) or any(
            not isinstance(request.get(name), kind) for name, kind in required.items()
        ):
            self.send(422, '{"detail": [{"loc": ["body"], "msg": "field required"}]}')
        else:
            self._act(request, self.owner.next_act())

    def _act(self, request: Json, act: str) -> None:
        if act == "slow":
            time.sleep(self.owner.slow_s)
        if act == "drop":
            self.close_connection = True
            return
        if act == "error_500":
            self.send(500, '{"detail": "the model crashed"}')
        elif act == "refused_422":
            self.send(422, '{"detail": "no"}')
        elif act == "html":
            self.send(200, "<html><body>502 Bad Gateway</body></html>", "text/html")
        elif act == "empty":
            self.send(200, "")
        elif act == "not_json":
            self.send(200, "Sure! Here is your plan: a wide shot, then...")
        else:
            text = json.dumps(self.owner.answer(self.path, request, act), ensure_ascii=False)
            self.send(200, text[: len(text) // 2] if act == "truncated_json" else text)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake Echo Brain.")
    parser.add_argument("--port", type=int, default=8309)
    parser.add_argument("--lie", default="", choices=["", *LIES, *RAW, "dialogue_in_prompt", "stranger_in_prompt"])
    parser.add_argument("--old-names", action="store_true")
    arguments = parser.parse_args()
    fake = FakeEchoBrain(arguments.port)
    fake.otherwise, fake.uses_old_names = arguments.lie, arguments.old_names
    fake.serve(f"ECHO_BRAIN_URL={fake.url}")


if __name__ == "__main__":
    main()
