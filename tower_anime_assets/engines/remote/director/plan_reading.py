"""A plan's answer as it came, read into what the story can use: what is missing or odd is left out and named.

Refused is only what nothing can be made of: a shot without a length above zero, a character who is not in the scene,
other dialogue, a list of shots that is empty, endless or none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tower_anime_assets.engines.remote.director.answers import (
    MAX_SHOTS,
    PlanAnswer,
    SceneConstraints,
    ShotAnswer,
    UnusableAnswerError,
    check_plan,
    parse_answer,
    repeats_line,
)

_LENGTH_TOLERANCE_S = 0.5
"""A request is in whole seconds."""

_INSTRUCTION = re.compile(
    r"(?:establish|set the|focus on|show the|highlight|emphasi[sz]e|convey|introduce)\b", re.IGNORECASE
)
"""The published server's backgrounds say what to do, such as "Establish location and mood": nothing to be seen."""

_ANGLES = ("suggested_camera_angle", "camera_angle")


def read_plan(text: str, constraints: SceneConstraints, style: Iterable[str] = ()) -> tuple[PlanAnswer, list[str]]:
    """Return an answer's plan, with lengths that come to the scene's, and what of it was not taken as it came.

    Args:
        text: The answer's JSON.
        constraints: What the story fixes.
        style: The style references of the question, which a server may give back as keywords.

    Raises:
        UnusableAnswerError: Nothing can be made of it.
    """
    notes: list[str] = []
    value = json.loads(text)
    if isinstance(value, dict):
        _settle_scene(value, style, notes)
        shots = value.get("shot_list")
        if isinstance(shots, list) and len(shots) > MAX_SHOTS:
            raise UnusableAnswerError([f"{len(shots)} shots for one scene; expected 1 to {MAX_SHOTS}"])
        if isinstance(shots, list) and all(isinstance(shot, dict) for shot in shots):
            for number, shot in enumerate(shots, start=1):
                _settle_shot(shot, f"shot {_number_of(shot) or number}", notes)
            _settle_numbers(shots, notes)
    answer = parse_answer(PlanAnswer, json.dumps(value))
    check_plan(answer, constraints)
    shots = [_without_lines(shot, constraints, notes) for shot in answer.shots]
    return answer.model_copy(update={"shots": _to_scale(shots, constraints.length_s, notes)}), notes


def _settle_scene(plan: dict[str, Any], style: Iterable[str], notes: list[str]) -> None:
    for name, words in (("overall_mood", "mood"), ("lighting_suggestions", "lighting"), ("narrative_arc", "arc")):
        _settle_text(plan, name, f"the {words}", notes, "the script's stays")
    _settle_texts(plan, "style_keywords", "the style keywords", notes)
    keywords = plan["style_keywords"]
    known = {text.strip().casefold() for text in style}
    plan["style_keywords"] = [word for word in keywords if word.strip().casefold() not in known]
    if echoes := len(keywords) - len(plan["style_keywords"]):
        notes.append(f"the style keywords: {echoes} of {len(keywords)} repeat the question's style")
    for name in ("confidence", "confidence_score"):
        value = plan.get(name)
        if value is not None and (type(value) not in (int, float) or not 0 <= value <= 1):
            notes.append(f"the {name.replace('_', ' ')} {_quote(value)}: not a number from 0 to 1")
            del plan[name]


def _settle_shot(shot: dict[str, Any], label: str, notes: list[str]) -> None:
    angle = next((name for name in _ANGLES if name in shot), _ANGLES[0])
    _settle_text(shot, angle, f"{label}, framing", notes, "the script's stays")
    _settle_text(shot, "description", f"{label}, description", notes)
    shot["character_emotions"] = _emotions(shot.get("character_emotions"), label, notes)
    shot["suggested_poses"] = _poses(shot.get("suggested_poses"), label, notes)
    for name, words in (("background_context", "background"), ("camera_move", "move")):
        if shot.get(name) is not None:
            _settle_text(shot, name, f"{label}, {words}", notes)
        else:
            shot.pop(name, None)
    if _INSTRUCTION.match(shot.get("background_context", "").strip()):
        notes.append(f"{label}, background: {_quote(shot.pop('background_context'))} is nothing to be seen")


def _settle_text(
    values: dict[str, Any], name: str, label: str, notes: list[str], consequence: str = "left out"
) -> None:
    """Make a field a text, "" if it is missing or something else."""
    value = values.get(name)
    if isinstance(value, str):
        return
    notes.append(f"{label}: {'none given' if value is None else f'{_quote(value)} is no text'}; {consequence}")
    values[name] = ""


def _settle_texts(values: dict[str, Any], name: str, label: str, notes: list[str]) -> None:
    """Make a field a list of texts, also from one text with commas."""
    value = values.get(name)
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()]
    texts = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    if texts != value:
        notes.append(f"{label}: {'none given' if value is None else f'left out what is no text in {_quote(value)}'}")
    values[name] = texts


def _emotions(value: Any, label: str, notes: list[str]) -> dict[str, str]:
    """Return emotion by name, also from a list of {"character", "emotion"}."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        pairs = [(item.get("character") or item.get("name"), item.get("emotion")) for item in value]
    elif isinstance(value, dict):
        pairs = list(value.items())
    else:
        pairs = []
        if value is not None:
            notes.append(f"{label}, faces: {_quote(value)} names nobody; left out")
    known: dict[str, str] = {}
    for name, emotion in pairs:
        if isinstance(name, str) and isinstance(emotion, str):
            known[name] = emotion
        else:
            notes.append(f"{label}, faces: {_quote(emotion)} is no emotion of {_quote(name)}; left out")
    return known


def _poses(value: Any, label: str, notes: list[str]) -> list[dict[str, Any]]:
    """Return poses as objects, also from texts and from a mapping of names to poses."""
    if isinstance(value, dict):
        is_one_pose = any(key in value for key in ("pose", "type", "action", "character"))
        value = [value] if is_one_pose else [{"character": name, "pose": pose} for name, pose in value.items()]
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    poses = [{"pose": item} if isinstance(item, str) else item for item in items]
    if value is not None and (not isinstance(value, str | list) or not all(isinstance(pose, dict) for pose in poses)):
        notes.append(f"{label}, poses: left out what is none in {_quote(value)}")
    return [pose for pose in poses if isinstance(pose, dict)]


def _number_of(shot: Mapping[str, Any]) -> int:
    number = shot.get("shot_number")
    return number if type(number) is int else 0


def _settle_numbers(shots: list[dict[str, Any]], notes: list[str]) -> None:
    """Put shots in the order of their numbers; where those are no order, the list's order counts."""
    numbers = [_number_of(shot) for shot in shots]
    listing = ", ".join(str(number or "none") for number in numbers[:10]) + (", ..." if len(numbers) > 10 else "")
    if len(set(numbers)) < len(numbers) or any(type(shot.get("shot_number")) is not int for shot in shots):
        notes.append(f"the shots have the numbers {listing}; they are numbered anew in the order of the answer")
        for number, shot in enumerate(shots, start=1):
            shot["shot_number"] = number
    elif numbers != sorted(numbers):
        notes.append(f"the shots came in the order {listing}; they are taken by number")
        shots.sort(key=_number_of)


def _without_lines(shot: ShotAnswer, constraints: SceneConstraints, notes: list[str]) -> ShotAnswer:
    for line in constraints.lines:
        if repeats_line(shot.background or "", line):
            notes.append(f"shot {shot.shot_number}, background: left out, because it says the line {_quote(line)}")
            return shot.model_copy(update={"background": None})
    return shot


def _to_scale(shots: list[ShotAnswer], length_s: float, notes: list[str]) -> list[ShotAnswer]:
    """Return the shots with lengths that come to the scene's, in the proportions that were answered."""
    total_s = sum(shot.seconds for shot in shots)
    if not math.isfinite(length_s / total_s) or not math.isfinite(total_s):
        raise UnusableAnswerError([f"the shots last {total_s:g} s together; expected about {length_s:.0f} s"])
    if abs(total_s - length_s) <= _LENGTH_TOLERANCE_S:
        return shots
    notes.append(
        f"the lengths: {total_s:.1f} s together, and the scene has {length_s:.0f} s; they are taken as proportions"
    )
    return [shot.model_copy(update={"seconds": shot.seconds * (length_s / total_s)}) for shot in shots]


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
