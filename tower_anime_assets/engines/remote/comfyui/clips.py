"""Clips by a ComfyUI workflow; long ones are rendered part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.jobs import require_rendering
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.remote.comfyui.request import (
    adjust_for_complaints,
    join_prompt,
    legal_size,
    negative_prompt,
    scalar_defaults,
    split_into_parts,
)
from tower_anime_assets.engines.remote.comfyui.workflow_engine import WorkflowEngine
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.clip_writer import Bgr
from tower_anime_assets.media.conform import check_clip, conform_clips, pad_to_size, read_last_frame
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.media.title_card import TitleCardOverlay
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.learning.retries import MOTION
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Move
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.workflow import Lengths, Workflow

MOVE_WORDS: Final[Mapping[Move, str]] = {
    Move.STATIC: "static camera",
    Move.PUSH_IN: "camera slowly pushes in",
    Move.PULL_OUT: "camera slowly pulls out",
    Move.PAN_LEFT: "camera pans left",
    Move.PAN_RIGHT: "camera pans right",
    Move.TILT_UP: "camera tilts up",
    Move.TILT_DOWN: "camera tilts down",
    Move.TRACK_LEFT: "camera tracks left",
    Move.TRACK_RIGHT: "camera tracks right",
    Move.HANDHELD: "handheld camera",
}
"""Camera moves in a prompt's words."""

MOTION_WORDS: Final = (
    "almost still, only breath and light move",
    "gentle natural motion",
    "lively motion",
    "fast dynamic motion",
)
"""Indexed by the parameter `motion`."""

_LIVELY_ACTIVITY, _FAST_ACTIVITY = 0.4, 0.75
"""A shot's activity from which lively, and fast, motion is requested."""


class ComfyUIClips(WorkflowEngine[ClipBrief]):
    """Clips of a workflow that makes videos: from the keyframe if it takes a picture, else from text alone."""

    medium = "video"

    def __init__(self, workflow: Workflow, fleet: Fleet, preflight: Preflight | None = None) -> None:
        super().__init__(workflow, fleet, preflight)
        if workflow.lengths is None:
            raise PlanError(f"workflow {workflow.name} makes videos, but its workflow.yaml has no `lengths`")
        self.lengths: Lengths = workflow.lengths

    def plan_attempt(self, brief: ClipBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent, adjusted to complaints by `learning.retries`.

        Raises:
            PlanError: This workflow cannot make the size, the length or the rate.
        """
        self._require_matching_fps(brief)
        width_px, height_px = legal_size(self.workflow.sizes, brief.width_px, brief.height_px)
        seed = brief.seed if number == 1 else seed_from(self.name, brief.seed, number)

        parameters: dict[str, Any] = {
            "workflow": self.workflow.name,
            "workflow_sha256": self.workflow.sha256,
            "seed": seed,
            "negative": negative_prompt(brief),
            "width_px": width_px,
            "height_px": height_px,
            "fps": brief.fps,
            "parts": split_into_parts(self.lengths, brief.frames, seed, can_extend=self.takes_picture),
            "loras": [],
            "models": {item.place: item.file for item in self.workflow.models},
            MOTION: 1 + (brief.activity >= _LIVELY_ACTIVITY) + (brief.activity >= _FAST_ACTIVITY),
            **scalar_defaults(self.workflow),
        }
        parameters = adjust_for_complaints(parameters, complaints, number, self.workflow)
        return {**parameters, "prompt": _build_prompt(brief, int(parameters[MOTION]))}

    def make(self, brief: ClipBrief, attempt: Attempt) -> EngineOutput:
        """Render the clip part by part, and write it in the mezzanine encoding."""
        cpu_start_s = time.thread_time()
        parameters = attempt.parameters
        size_px = (parameters["width_px"], parameters["height_px"])
        init_image = self._prepare_init_image(attempt, size_px)
        part_files: list[Path] = []
        gpu_s = 0.0
        for number, part in enumerate(parameters["parts"]):
            if number:
                init_image = attempt.folder / f"start-{number}.png"
                write_png(init_image, read_last_frame(part_files[-1]))
            rendered = self._render_part(brief, attempt, number, init_image)
            check_clip(rendered.path, part["frames"], brief.fps, *size_px)
            part_files.append(rendered.path)
            gpu_s += rendered.gpu_s
        clip_path = attempt.folder / "clip.mp4"
        conform_clips(
            part_files, clip_path, brief.frames, brief.fps, brief.width_px, brief.height_px, _card_overlay(brief)
        )
        attempt.report_progress(1.0, "conformed")
        details = {
            "server": require_rendering(attempt).lease.server,
            "made_px": list(size_px),
            "made_frames": [part["frames"] for part in parameters["parts"]],
            "card": brief.card,
        }
        return EngineOutput({"main": clip_path}, details, cpu_s=time.thread_time() - cpu_start_s, gpu_s=gpu_s)

    def _prepare_init_image(self, attempt: Attempt, size_px: tuple[int, int]) -> Path | None:
        """Return the keyframe file to upload, padded where the workflow's size differs."""
        if not self.takes_picture:
            return None
        keyframe_path = attempt.inputs["picture"]
        picture = read_picture(keyframe_path)
        if (picture.shape[1], picture.shape[0]) == size_px:
            return keyframe_path
        padded_path = attempt.folder / "start.png"
        write_png(padded_path, pad_to_size(picture, *size_px))
        return padded_path

    def _require_matching_fps(self, brief: ClipBrief) -> None:
        if "fps" not in self.workflow.bindings and self.lengths.fps != brief.fps:
            raise PlanError(
                f"workflow {self.workflow.name} makes {self.lengths.fps:g} frames per second; the delivery needs "
                f"{brief.fps}. Bind `fps` in its workflow.yaml, or choose another workflow"
            )


def _build_prompt(brief: ClipBrief, motion: int) -> str:
    talking = "talking" if brief.speaking else ""
    return join_prompt(brief, MOVE_WORDS[brief.move], MOTION_WORDS[motion], talking)


def _card_overlay(brief: ClipBrief) -> Callable[[Bgr, int], Bgr]:
    """Return a function that draws the shot's title card over a frame, since models cannot render text."""
    if not brief.card.strip():
        return lambda frame, _at: frame
    card = TitleCardOverlay(brief, is_low=True)

    def draw(frame: Bgr, frame_index: int) -> Bgr:
        bgra = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2BGRA), np.uint8)
        card.draw(bgra, frame_index)
        return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), np.uint8)

    return draw
