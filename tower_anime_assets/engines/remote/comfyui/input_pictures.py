"""Input pictures of a job besides its init image: control pictures, regions, references, masks; by role.

A workflow gets the pictures that it binds and no others. What is drawn here follows from the brief alone, so a decision
and its brief are enough to make the same pictures again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER
from tower_anime_assets.engines.protocols import PictureSource
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.conform import pad_to_size
from tower_anime_assets.media.external import read_brought_picture
from tower_anime_assets.media.pictures import encode_png
from tower_anime_assets.production.planning.briefs import (
    ClipBrief,
    KeyframeBrief,
    SheetBrief,
    recognizable_characters,
)
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.workflows.workflow import (
    CONTROL_ROLES,
    REFERENCE_ROLES,
    REGION_MASK_ROLES,
    REGION_PROMPT_ROLES,
    Workflow,
)

_FRAMED: Final = frozenset({*CONTROL_ROLES, *REGION_MASK_ROLES, "mask", "end_image"})
"""Roles of pictures that lie over the frame, and so are padded as the init image is; references are not."""


@dataclass(frozen=True)
class InputPicture:
    """A picture as it is uploaded: PNG."""

    png: bytes

    @property
    def sha256(self) -> str:
        """The digest of the file."""
        return sha256(self.png).hexdigest()

    @property
    def name(self) -> str:
        """Its name at a server, below the folder of inputs."""
        return f"{UPLOAD_FOLDER}/{self.sha256}.png"


@dataclass(frozen=True)
class InputPictures:
    """The input pictures of one workflow.

    Attributes:
        workflow: Its bindings say which it takes.
        source: Draws what follows from a brief; None for nothing.
    """

    workflow: Workflow
    source: PictureSource | None

    @property
    def version(self) -> str:
        """The version of what is drawn for the workflow, "" if nothing is."""
        if self.source is None:
            return ""
        parts = []
        if any(role in self.workflow.bindings for role in (*CONTROL_ROLES, *REGION_MASK_ROLES)):
            parts.append(f"control-{self.source.control_version}")
        if any(role in self.workflow.bindings for role in REFERENCE_ROLES):
            parts.append(f"sheet-{self.source.sheet_version}")
        return " ".join(parts)

    def pictures(
        self, brief: KeyframeBrief | ClipBrief, inputs: Mapping[str, Path], size_px: tuple[int, int]
    ) -> dict[str, InputPicture]:
        """Return the pictures that the workflow takes besides `image`, by role.

        Args:
            brief: What will be made.
            inputs: Files that the brief builds on, by role; a reference that is not among them is a character sheet.
            size_px: Width and height that the workflow will make.

        Raises:
            PlanError: The shot has no such picture: nobody in it has human joints, or it shows another number of
                characters.
            MediaError: A file cannot be read.
        """
        pictures = {}
        for role in self.workflow.picture_roles:
            picture = read_brought_picture(inputs[role]) if role in inputs else self._draw(brief, role)
            pictures[role] = InputPicture(encode_png(pad_to_size(picture, *size_px) if role in _FRAMED else picture))
        return pictures

    def region_prompts(self, brief: KeyframeBrief, words: Mapping[str, str]) -> dict[str, str]:
        """Return the words about each region of a keyframe, by role; {} if the workflow takes none.

        Args:
            brief: Of the keyframe.
            words: Of each character, by id.

        Raises:
            PlanError: The shot does not show as many characters as the workflow has regions.
        """
        roles = [role for role in REGION_PROMPT_ROLES if role in self.workflow.bindings]
        if not roles:
            return {}
        characters = list(self._require_source().regions(brief))
        if len(characters) != len(roles):
            raise PlanError(
                f"workflow {self.workflow.name} paints {len(roles)} characters in regions of their own; this shot "
                f"shows {len(characters)}. Choose another workflow"
            )
        return {role: words[character] for role, character in zip(roles, characters, strict=True)}

    def _require_source(self) -> PictureSource:
        if self.source is None:
            raise PlanError(f"workflow {self.workflow.name} takes pictures that nothing here draws. This is a bug")
        return self.source

    def _draw(self, brief: KeyframeBrief | ClipBrief, role: str) -> Picture:
        if not isinstance(brief, KeyframeBrief) or role in ("mask", "end_image"):
            raise PlanError(f"workflow {self.workflow.name} takes a picture as {role}, and none was given")
        source = self._require_source()
        if role in REFERENCE_ROLES:
            cast = recognizable_characters(brief)
            number = REFERENCE_ROLES.index(role)
            if number >= len(cast):
                raise self._missing(role, f"the shot shows {len(cast)} characters to recognise")
            return source.sheet(SheetBrief(cast[number], brief.style))
        if role in REGION_MASK_ROLES:
            regions = list(source.regions(brief).values())
            number = REGION_MASK_ROLES.index(role)
            if number >= len(regions):
                raise self._missing(role, f"the shot shows {len(regions)} characters")
            return _as_rgb(regions[number])
        if role == "control_pose":
            pose = source.pose(brief)
            if pose is None:
                raise self._missing(role, "nobody in the picture has human joints")
            return pose
        return _as_rgb(source.depth(brief) if role == "control_depth" else source.lines(brief))

    def _missing(self, role: str, reason: str) -> PlanError:
        return PlanError(f"workflow {self.workflow.name} takes {role}, but {reason}. Choose another workflow")


def _as_rgb(grey: NDArray[np.uint8]) -> Picture:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
