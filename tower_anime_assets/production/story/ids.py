"""Keys of episodes and shots, ids of scenes and lines, and the slugs that they are built from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tower_anime_assets.errors import PlanError

_SLUG = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_KEY = re.compile(r"(?P<project>[a-z0-9_]+)-(?P<episode>[a-z0-9_]+)(?:-(?P<scene>sc\d{2,}))?(?:-(?P<shot>sh\d{4,}))?")


@dataclass(frozen=True, order=True)
class EpisodeKey:
    """The partition key of an episode, `nexus-e01`."""

    project: str
    episode: str

    def __str__(self) -> str:
        return f"{self.project}-{self.episode}"

    @classmethod
    def parse(cls, text: str) -> EpisodeKey:
        """Return the key that `text` spells.

        Raises:
            PlanError: The text is not an episode key.
        """
        match = _KEY.fullmatch(text)
        if match is None or match["scene"] or match["shot"]:
            raise PlanError(f"{text!r} is not an episode key; expected PROJECT-EPISODE, such as nexus-e01")
        return cls(match["project"], match["episode"])


@dataclass(frozen=True, order=True)
class ShotKey:
    """The partition key of a shot, `nexus-e01-sc02-sh0030`."""

    project: str
    episode: str
    scene: str
    shot: str

    def __str__(self) -> str:
        return f"{self.project}-{self.episode}-{self.scene}-{self.shot}"

    @property
    def episode_key(self) -> EpisodeKey:
        """The key of the episode that the shot belongs to."""
        return EpisodeKey(self.project, self.episode)

    @property
    def position(self) -> StoryPosition:
        """Where its takes belong."""
        return StoryPosition(self.project, self.episode, self.scene, self.shot)

    @classmethod
    def parse(cls, text: str) -> ShotKey:
        """Return the key that `text` spells.

        Raises:
            PlanError: The text is not a shot key.
        """
        match = _KEY.fullmatch(text)
        if match is None or not (match["scene"] and match["shot"]):
            raise PlanError(f"{text!r} is not a shot key; expected one such as nexus-e01-sc02-sh0030")
        return cls(match["project"], match["episode"], match["scene"], match["shot"])


@dataclass(frozen=True)
class StoryPosition:
    """A place in a show that has takes; parts that do not apply are empty."""

    project: str
    episode: str = ""
    scene: str = ""
    shot: str = ""
    line_id: str = ""

    def __str__(self) -> str:
        if self.line_id:
            return f"{self.project}-{self.episode}-{self.line_id}"
        return "-".join(filter(None, (self.project, self.episode, self.scene, self.shot)))

    @property
    def key(self) -> tuple[str, str, str]:
        """Scene, shot and line: what identifies a take within its episode and stage."""
        return (self.scene, self.shot, self.line_id)

    @property
    def columns(self) -> dict[str, str]:
        """Its parts by the names of the record's columns."""
        return {
            "project_id": self.project,
            "episode_id": self.episode,
            "scene_id": self.scene,
            "shot_id": self.shot,
            "line_id": self.line_id,
        }


def is_slug(text: str) -> bool:
    """Return whether `text` may name a project, an episode or a character file."""
    return len(text) <= 40 and _SLUG.fullmatch(text) is not None


def scene_id(number: int) -> str:
    """Return the id of the scene with this 1-based number: `sc02`."""
    return f"sc{number:02d}"


def shot_id(number: int) -> str:
    """Return the id of the shot with this 1-based number, by tens to leave room between shots: `sh0030`."""
    return f"sh{number * 10:04d}"


def line_id(scene: str, number: int) -> str:
    """Return the id of the line with this 1-based number in its scene: `sc02-l003`."""
    return f"{scene}-l{number:03d}"
