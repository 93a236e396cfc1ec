"""The cut: accepted clips in order, with their in and out frames and transitions."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.production.planning.shots import Transition


@dataclass(frozen=True)
class CutItem:
    """A stretch of one clip: frames [in_frame, out_frame), entering with a transition."""

    shot: str
    clip_sha256: str
    in_frame: int
    out_frame: int
    transition: Transition = Transition()

    @property
    def frames(self) -> int:
        """Frames taken from the clip."""
        return self.out_frame - self.in_frame


@dataclass(frozen=True)
class Cut:
    """All items of an episode; `fade_out_frames` is the fade to black at its end."""

    fps: int
    items: tuple[CutItem, ...]
    fade_out_frames: int = 0

    @property
    def frames(self) -> int:
        """Length of the finished picture, frames."""
        return sum(item.frames for item in self.items) - sum(item.transition.overlap_frames for item in self.items[1:])
