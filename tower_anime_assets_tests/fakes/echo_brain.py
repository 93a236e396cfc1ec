"""A fake Echo Brain on a real socket: as published, as a language model behind it would, or lying in one of many ways.

Standalone: `python -m tower_anime_assets_tests.fakes.echo_brain [--manner attentive] [--lie zero_duration]`.
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


PUBLISHED = {
    "action": (("wide", 2.0), ("medium", 3.0), ("close-up", 2.0)),
    "default": (("wide", 3.0), ("medium", 4.0)),
    "documented": (("wide", 3.0), ("medium", 2.0)),
}
"""Angles and lengths, s, of the published server's plans, whatever is asked; the last one is its documents' example."""

_PUBLISHED_WORDS = {
    "wide": ("Establishing view of the scene", "neutral", "standing", "Establish location and mood"),
    "medium": ("Medium shot for dialogue", "engaged", "conversational", "Main interaction"),
    "close-up": ("Close-up for impact", "focused", "face_closeup", "Emotional climax"),
}


def published_plan(request: Json, *, documented: bool = False) -> Json:
    """Return the plan that the published server has for every scene, or for every scene with the word action.

    Raises:
        IndexError: It is the latter, and nobody is in it: the published server answers 500.
    """
    has_action = "action" in request["scene_description"].lower()
    names = request.get("characters_in_scene", [])
    if has_action and not names:
        raise IndexError("list index out of range")
    kind = "documented" if documented else "action" if has_action else "default"
    shots = []
    for number, (angle, seconds) in enumerate(PUBLISHED[kind], start=1):
        description, emotion, pose, background = _PUBLISHED_WORDS[angle]
        shots.append(
            {
                "shot_number": number,
                "description": description,
                "suggested_camera_angle": angle,
                "character_emotions": dict.fromkeys(names, emotion),
                "suggested_poses": [{"type": pose, "intensity": "medium"}],
                "duration_seconds": seconds,
                "background_context": background,
            }
        )
    return {
        "shot_list": shots,
        "overall_mood": "dramatic" if has_action else "conversational",
        "lighting_suggestions": "High contrast" if has_action else "Soft, natural lighting",
        "style_keywords": [*request.get("style_references", []), "anime", "cinematic"],
        "narrative_arc": "Building tension" if has_action else "Character development",
    }


def published_refinement(request: Json) -> Json:
    """Return the published server's refinement, which gives the question's tags back as keywords."""
    name = request.get("character_name")
    return {
        "enhanced_prompt": f"{request['raw_prompt']}, waist up, clear character details",
        "style_keywords": ["masterpiece", "best quality", *request.get("context_tags", [])],
        "negative_prompt": "worst quality, blurry, bad hands",
        "cinematic_terms": ["cinematic lighting", "depth of field"],
        "character_consistency_hints": [f"Maintain {name}'s canonical appearance"] if name else [],
    }


def published_lesson(request: Json) -> Json:
    """Return the published server's lesson: from the mean of the scores."""
    scores = request["quality_scores"]
    mean = sum(scores.values()) / len(scores) if scores else 0.0
    learned = ["High quality prompt pattern"] if mean > 0.7 else ["Low quality prompt pattern"] if mean < 0.4 else []
    return {
        "learned_elements": learned,
        "updated_confidence_scores": {"prompt_quality": mean, "overall_confidence": mean * 0.8 + 0.2},
        "recommendations_for_next": ["Keep the prompt's structure"] if mean > 0.7 else [],
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
    asked = ", raindrops on it" if "a person wants changed" in str(request.get("context_tags")) else ""
    return {
        "enhanced_prompt": f"{request['raw_prompt']}, volumetric haze, 35mm lens{asked}",
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
    "missing_duration": _each(lambda shot: shot.pop("duration_seconds")),
    "zero_duration": _first(duration_seconds=0),
    "negative_duration": _first(duration_seconds=-4.0),
    "unknown_character": _first(character_emotions={"Godzilla": "angry"}),
    "rewritten_dialogue": _first(dialogue=[{"character": "Akira", "text": "I have always loved you."}]),
    "quoted_dialogue": _first(description='Akira says: "I have always loved you, you know."'),
    "nan_duration": _first(duration_seconds=float("nan")),
    "endless_durations": _each(lambda shot: shot.update(duration_seconds=1.7e308)),
    "empty_list": lambda plan: plan.update(shot_list=[]),
    "ten_thousand_shots": lambda plan: plan.update(
        shot_list=[{**plan["shot_list"][0], "shot_number": number + 1} for number in range(10_000)]
    ),
    "wrong_language": _translated,
    "not_a_list": lambda plan: plan.update(shot_list="ten shots, all of them wonderful"),
    "a_list_of_words": lambda plan: plan.update(shot_list=["wide", "medium"]),
}
"""What a language model behind Echo Brain was seen or is feared to do to a plan, and nothing can be made of."""

SLIPS: dict[str, Callable[[Json], object]] = {
    "strings_for_numbers": _each(lambda shot: shot.update(duration_seconds=str(shot["duration_seconds"]))),
    "missing_angle": _each(lambda shot: shot.pop("suggested_camera_angle")),
    "missing_mood": lambda plan: plan.pop("overall_mood"),
    "missing_keywords": lambda plan: plan.pop("style_keywords"),
    "total_far_off": _each(lambda shot: shot.update(duration_seconds=shot["duration_seconds"] * 5)),
    "unknown_angle": _first(suggested_camera_angle="from the moon"),
    "duplicated_numbers": _duplicated,
    "numbers_in_disorder": lambda plan: plan["shot_list"].reverse(),
    "missing_numbers": _each(lambda shot: shot.pop("shot_number")),
    "forty_shots": lambda plan: plan.update(
        shot_list=[{**plan["shot_list"][0], "shot_number": number + 1} for number in range(40)]
    ),
    "null_emotions": _first(character_emotions={"Akira": None}),
    "no_emotions": _each(lambda shot: shot.update(character_emotions=None)),
    "poses_as_words": _first(suggested_poses=["standing", 7]),
    "faces_as_a_list": _each(
        lambda shot: shot.update(
            character_emotions=[{"character": name, "emotion": "sad"} for name in shot["character_emotions"]]
        )
    ),
    "poses_by_name": _each(lambda shot: shot.update(suggested_poses=dict.fromkeys(shot["character_emotions"], "sits"))),
    "nested_garbage": _first(suggested_poses=[[[{"a": [None, {"b": []}]}]]], character_emotions=[{"x": {}}]),
    "keywords_as_words": lambda plan: plan.update(style_keywords="film grain, wet asphalt", narrative_arc=7),
    "instruction_as_background": _first(background_context="Establish location and mood"),
    "line_in_the_background": _first(background_context="a sign: close the door"),
    "absurd_confidence": lambda plan: plan.update(confidence=700),
    "more_fields": lambda plan: plan.update(notes={"to": "the writer"}, shot_count=9),
    "names_as_ids": _each(
        lambda shot: shot.update(
            character_emotions={f"  {name.upper()}_ (tired)": "sad" for name in shot["character_emotions"]}
        )
    ),
}
"""What it does to a plan that can mean one thing only, or that can be left out."""

RAW = ("truncated_json", "html", "empty", "not_json", "error_500", "refused_422", "slow", "drop")
"""What happens to any answer on its way."""


class FakeEchoBrain(ScriptedServer):
    """A running fake; its script is of the requests that are not about its health.

    Attributes:
        manner: Whose answers it gives: attentive (a shot per beat, as a language model behind it would), published (the
            published server's, the same for every scene) or documented (the example in that server's documents).
        uses_old_names: Whether it calls angle and duration as older servers do.
        requests: (path, body) of everything asked.
        answers: The text of every answer that keeps to JSON, whole or cut.
        token: The bearer token that it wants, "" for none.
        slow_s: How long "slow" takes.
    """

    def __init__(self, port: int = 0, manner: str = "attentive") -> None:
        super().__init__(_Handler, port)
        self.manner = manner
        self.uses_old_names = False
        self.requests: list[tuple[str, Json]] = []
        self.answers: list[str] = []
        self.token = ""
        self.slow_s = 1.0
        self.status = "healthy"
        self.database = "connected"

    def asked(self, path: str) -> list[Json]:
        """Return the bodies that came to a path."""
        return [body for at, body in self.requests if at == path]

    def answer(self, path: str, request: Json, act: str) -> Json:
        """Return the answer to a request, spoilt as the act says."""
        if path == PLAN:
            is_attentive = self.manner == "attentive"
            made = (
                honest_plan(request)
                if is_attentive
                else published_plan(request, documented=self.manner == "documented")
            )
            if act in LIES or act in SLIPS:
                (LIES | SLIPS)[act](made)
            if self.uses_old_names and isinstance(made["shot_list"], list):
                for shot in made["shot_list"]:
                    _rename(shot, "suggested_camera_angle", "camera_angle")
                    _rename(shot, "duration_seconds", "duration")
            return made
        if self.manner == "attentive":
            made = honest_refinement(request) if path == REFINE else honest_lesson(request)
        else:
            made = published_refinement(request) if path == REFINE else published_lesson(request)
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
            self.send(
                200, json.dumps({"status": self.owner.status, "module": "anime", "database": self.owner.database})
            )
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
            try:
                text = json.dumps(self.owner.answer(self.path, request, act), ensure_ascii=False)
            except IndexError as error:
                self.send(500, json.dumps({"detail": str(error)}))
                return
            text = text[: len(text) // 2] if act == "truncated_json" else text
            with self.owner.lock:
                self.owner.answers.append(text)
            self.send(200, text)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A fake Echo Brain.")
    parser.add_argument("--port", type=int, default=8309)
    parser.add_argument(
        "--lie", default="", choices=["", *LIES, *SLIPS, *RAW, "dialogue_in_prompt", "stranger_in_prompt"]
    )
    parser.add_argument("--old-names", action="store_true")
    parser.add_argument("--manner", default="published", choices=["published", "documented", "attentive"])
    arguments = parser.parse_args()
    fake = FakeEchoBrain(arguments.port, arguments.manner)
    fake.otherwise, fake.uses_old_names = arguments.lie, arguments.old_names
    fake.serve(f"ECHO_BRAIN_URL={fake.url}")


if __name__ == "__main__":
    main()
