"""What the fake Ollama drafts: a pitch of any idea, and scenes of any text, its quoted speech kept word for word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

NAMES = ("Mara", "Tobias", "Ilse", "ミオ", "レン")
"""Whom it knows to be people when it reads a text."""

LOOKS = "A tall woman of thirty with short black hair, a yellow raincoat and green eyes."
_QUOTED = re.compile(r"“([^”]+)”|„([^“]+)“|「([^」]+)」")


def answer(wanted: Mapping[str, Any], request: Json, act: str) -> Json | None:
    """Return a draft if the schema asks for one; `act` is "" or one of the ways to spoil it."""
    if "outline" in wanted:
        return _pitch(request)
    if "scenes" not in wanted:
        return None
    drafted = _scenes_of_text(request) if "text" in request else _scenes_of_outline(request)
    _spoil(drafted, act)
    return drafted


def _pitch(request: Json) -> Json:
    return {
        "title": "The Lamp",
        "logline": f"A short film: {request['idea']}.",
        "art_direction": "soft lines, warm lamplight against a blue sea",
        "characters": [
            {"name": "Bolt", "description": "A tall steel robot with a round head and one blue eye."},
            {"name": "Ada", "description": "A small brass robot with copper hair and green eyes."},
        ],
        "outline": ["Bolt climbs the stairs of the lighthouse.", "Ada lights the lamp."],
    }


def _scenes_of_outline(request: Json) -> Json:
    first, second = (person["name"] for person in request["cast"][:2])
    scenes = [
        _scene("LIGHTHOUSE STAIRS", [_action(sentence), _line(first, "Is anybody up there?"), _line(second, "I am.")])
        for sentence in request["outline"]
    ]
    return {"scenes": scenes, "characters": [], "summary": ""}


def _scenes_of_text(request: Json) -> Json:
    text = request["text"]
    cast = [person["name"] for person in request["cast"]]
    names = [name for name in NAMES if name in text]
    beats: list[Json] = []
    for paragraph in re.split(r"\n\s*\n", text):
        flat = " ".join(paragraph.split())
        speaker = next((name for name in NAMES if name in _QUOTED.sub("", flat)), (names or cast or ["Narrator"])[0])
        end = 0
        for match in _QUOTED.finditer(flat):
            beats += _action_of(flat[end : match.start()])
            beats.append(_line(speaker, next(filter(None, match.groups()))))
            end = match.end()
        beats += _action_of(flat[end:])
    new = [{"name": name, "description": LOOKS} for name in names if name not in cast]
    summary = f"{request['story_so_far']} {request['chapter']} happened.".strip()
    return {"scenes": [_scene("Harbour", beats or [_action("Nothing.")])], "characters": new, "summary": summary}


def _spoil(drafted: Json, act: str) -> None:
    beats = drafted["scenes"][0]["beats"]
    if act == "stranger":
        beats.append(_line("Zorro", "I am from another story."))
    elif act == "lost_lines":
        drafted["scenes"][0]["beats"] = [_action("They talk.")]
    elif act == "markup":
        beats.append(_action("He waits. [[mood: tense]]"))
    elif act == "odd_mood":
        drafted["scenes"][0]["mood"] = "bittersweetish"


def _scene(place: str, beats: list[Json]) -> Json:
    return {"interior": "EXT", "place": place, "time": "EVENING", "mood": "calm", "beats": beats}


def _action_of(text: str) -> list[Json]:
    return [_action(text.strip())] if any(char.isalnum() for char in text) else []


def _action(text: str) -> Json:
    return {"speaker": "", "text": text, "parenthetical": ""}


def _line(speaker: str, text: str) -> Json:
    return {"speaker": speaker, "text": text, "parenthetical": ""}
