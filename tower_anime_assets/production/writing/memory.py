"""What is carried from chapter to chapter: the story so far, its places and who is in it, bounded in length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.story.source import shorten
from tower_anime_assets.production.writing.drafts import DraftScene

MAX_SUMMARY_CHARS = 1500
MAX_PLACES = 24
MAX_CAST = 40
MAX_DESCRIPTION_CHARS = 160


@dataclass(frozen=True)
class StoryMemory:
    """The story so far.

    Attributes:
        summary: In the model's own words, at most `MAX_SUMMARY_CHARS`.
        places: Where scenes were set, the latest last, at most `MAX_PLACES`.
        speakers: Names of who spoke, the latest last.
    """

    summary: str = ""
    places: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()

    def after(self, scenes: Sequence[DraftScene], summary: str) -> StoryMemory:
        """Return the memory after further scenes; without a new summary the old one stays."""
        spoke = [beat.speaker for scene in scenes for beat in scene.beats if beat.speaker]
        return replace(
            self,
            summary=shorten(summary, MAX_SUMMARY_CHARS) or self.summary,
            places=_latest(self.places, [scene.place for scene in scenes])[-MAX_PLACES:],
            speakers=_latest(self.speakers, spoke),
        )

    def as_fields(self, cast: Sequence[Character]) -> dict[str, Any]:
        """Return it JSON-ready with the cast: who spoke last comes first, at most `MAX_CAST` of them."""
        order = {name: index for index, name in enumerate(self.speakers)}
        ranked = sorted(cast, key=lambda one: -order.get(one.name, -1))[:MAX_CAST]
        return {
            "story_so_far": self.summary,
            "places_so_far": list(self.places),
            "cast": [{"name": one.name, "who": shorten(one.description, MAX_DESCRIPTION_CHARS)} for one in ranked],
        }


def _latest(before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Return each text once, where it stands last."""
    return tuple(reversed(dict.fromkeys(reversed((*before, *now)))))
