"""Attempts on record to test with, one minute apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tower_anime_assets.production.learning.attempts import AttemptRecord

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def tried(number: int, **changes: Any) -> AttemptRecord:
    """Return an attempt that every gate passed with 0.9; keyword arguments change it."""
    usual: dict[str, Any] = {
        "decision_id": f"{number:08}",
        "project": "nexus",
        "episode": "e01",
        "shot": f"sc01-sh{number:04}",
        "stage": "keyframe",
        "engine": "comfyui:sdxl",
        "timestamp": BEGAN + timedelta(minutes=number),
        "attempt": 1,
        "parameters": {"seed": number},
        "source": "",
        "framing": "medium",
        "mood": "tense",
        "characters": ("akira",),
        "prompt": "",
        "score": 0.9,
        "passed": True,
    }
    return AttemptRecord(**{**usual, **changes})
