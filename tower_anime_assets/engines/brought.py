"""Pictures and clips that a person brings: brought to the shot's form, decoded by child processes with limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tower_anime_assets.production.attempt import LAST_FRAME, Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import ClipBrief, Fit, KeyframeBrief, UpscaleBrief
from tower_anime_assets.production.verdicts import Verdict

if TYPE_CHECKING:
    from tower_anime_assets.quality.image import Picture

BROUGHT: Final = "brought"
"""The engine of takes that people bring, on record and in every list."""

FILE: Final = "file"
"""Role of the file that was brought."""


@dataclass(frozen=True)
class BroughtFile:
    """A file that a person brings for a shot.

    Attributes:
        name: As the person calls it, without its folder.
        who: Who brings it.
        conformed: What is done to bring it to the shot's form, in words; "" for nothing.
    """

    name: str
    sha256: str
    who: str
    conformed: str

    def parameters(self) -> dict[str, Any]:
        """Return it as the parameters of an attempt."""
        return {"seed": 0, "file": self.name, "file_sha256": self.sha256, "by": self.who, "conformed": self.conformed}


@dataclass(frozen=True)
class BroughtPicture:
    """A keyframe that a person brings: scaled to cover the frame, and cropped around its middle."""

    file: BroughtFile
    name: str = BROUGHT
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: KeyframeBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return what was brought, and by whom; there is nothing to vary."""
        return self.file.parameters()

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        """Write the picture at the keyframe's size.

        Raises:
            MediaError: It cannot be decoded or written.
        """
        from tower_anime_assets.media.external import read_external_picture
        from tower_anime_assets.media.fitting import cover
        from tower_anime_assets.media.pictures import write_png

        started_s = time.thread_time()
        target = attempt.folder / "brought.png"
        write_png(target, cover(read_external_picture(attempt.inputs[FILE]), brief.width_px, brief.height_px))
        return EngineOutput({"main": target}, {"brought": self.file.parameters()}, time.thread_time() - started_s)


@dataclass(frozen=True)
class BroughtClip:
    """A clip that a person brings: at the shot's rate, scaled to cover the frame and cropped, with the shot's card.

    Attributes:
        fps: The file's own rate, frames per second.
    """

    file: BroughtFile
    fps: float
    name: str = BROUGHT
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: ClipBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return what was brought, and by whom; there is nothing to vary."""
        return self.file.parameters()

    def make(self, brief: ClipBrief, attempt: Attempt) -> EngineOutput:
        """Write the clip at the shot's rate, size and length.

        Raises:
            MediaError: It cannot be decoded or written, or is too short.
        """
        from tower_anime_assets.engines.finishing import FrameFinisher
        from tower_anime_assets.media.conform import conform_frames
        from tower_anime_assets.media.fitting import cover
        from tower_anime_assets.media.pictures import write_png

        started_s = time.thread_time()
        target = attempt.folder / "clip.mp4"
        width_px, height_px = brief.stored_px
        whole = Fit(width_px, height_px)
        finisher = FrameFinisher(
            UpscaleBrief(self.file.sha256, brief.frames, brief.fps, width_px, height_px, whole, brief.card)
        )
        files = {"main": target}
        last: list[Picture] = []

        def frames() -> Iterator[Picture]:
            for frame in islice(_frames_at(attempt.inputs[FILE], self.fps, brief.fps), brief.frames):
                last[:] = [frame]
                yield frame

        conform_frames(frames(), target, brief.frames, brief.fps, width_px, height_px, finisher.edit)
        if brief.keeps_last and brief.fit is not None:  # otherwise it is taken from the clip
            files[LAST_FRAME] = attempt.folder / "last.png"
            write_png(files[LAST_FRAME], cover(last[0], brief.width_px, brief.height_px))
        return EngineOutput(files, {"brought": self.file.parameters()}, time.thread_time() - started_s)


def _frames_at(path: Path, own_fps: float, fps: int) -> Iterator[Picture]:
    """Yield a file's frames at another rate: at each moment the frame that is shown then."""
    from tower_anime_assets.media.external import external_frames

    index = 0
    for number, frame in enumerate(external_frames(path)):
        while index * own_fps < (number + 1) * fps - 1e-6:
            yield frame
            index += 1
