"""A plain shot and a plain scene plan to test with; keyword arguments change them."""

from __future__ import annotations

from typing import Any

from tower_anime_assets.production.planning.shots import Framing, Move, Purpose, ScenePlan, Setting, Shot, Transition
from tower_anime_assets.production.story.model import Appearance

LOOK = Appearance("#111111", "short", "#eeccaa", "#333333", "#2244cc", "jacket", "#ff8800")
STREET = Setting("STREET", False, "night", "rain", "tense")


def make_shot(**changes: Any) -> Shot:
    """Return a static wide shot of a rainy street, 49 frames long, with nobody in it."""
    usual: dict[str, Any] = {
        "key": "nexus-e01-sc01-sh0010",
        "scene": "sc01",
        "purpose": Purpose.ACTION,
        "framing": Framing.WIDE,
        "move": Move.STATIC,
        "subjects": (),
        "setting": STREET,
        "frames": 49,
        "transition": Transition(),
        "speech": (),
        "activity": 0.2,
        "objects": (),
        "effects": (),
        "card": "",
        "prompt": "",
        "negative": "",
        "description": "",
        "reasoning": "",
    }
    return Shot(**{**usual, **changes})


def make_plan(*shots: Shot, scene: str = "sc01", **changes: Any) -> ScenePlan:
    """Return the plan of a scene with these shots and no lines."""
    return ScenePlan(
        **{"scene": scene, "shots": shots, "lines": (), "lighting": "", "style_keywords": (), "arc": "", **changes}
    )
