"""Clips by a ComfyUI workflow; long ones are rendered part by part."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tower_anime_assets.engines.finishing import FrameFinisher
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.jobs import require_rendering
from tower_anime_assets.engines.remote.comfyui.origins import with_workflow_origins
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight, resolve_models
from tower_anime_assets.engines.remote.comfyui.request import (
    adjust_for_complaints,
    join_prompt,
    legal_size,
    lora_parameters,
    lora_triggers,
    model_details,
    negative_additions,
    negative_prompt,
    prompt_additions,
    quality_defaults,
    reduced_note,
    split_into_parts,
)
from tower_anime_assets.engines.remote.comfyui.workflow_engine import WorkflowEngine
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.clip_writer import Bgr
from tower_anime_assets.media.conform import (
    check_clip,
    conform_clips,
    crop_to_size,
    pad_to_size,
    read_last_frame,
)
from tower_anime_assets.media.loops import forward_frames
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.attempt import LAST_FRAME, Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.learning.retries import MOTION
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.prompt_sources import SourcedText
from tower_anime_assets.production.planning.shots import Move
from tower_anime_assets.production.value_origins import origins_of, with_prompt_sources
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.rates import made_rate
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
            "parts": split_into_parts(self.lengths, _moving_frames(brief), seed, can_extend=self._can_extend),
            **lora_parameters(self.workflow, brief.loras),
            "models": resolve_models(self.workflow),
            MOTION: 1 + (brief.activity >= _LIVELY_ACTIVITY) + (brief.activity >= _FAST_ACTIVITY),
            **quality_defaults(self.workflow, brief.quality),
        }
        parameters = with_workflow_origins(self.workflow, parameters)
        parameters = adjust_for_complaints(parameters, complaints, number, self.workflow)
        words = _added_words(brief, lora_triggers(parameters, brief.loras), parameters)
        parameters["prompt"] = join_prompt(brief, words)
        return with_prompt_sources(parameters, words, negative_additions(brief))

    def make(self, brief: ClipBrief, attempt: Attempt) -> EngineOutput:
        """Render the clip part by part, and write it in the mezzanine encoding."""
        cpu_start_s = time.thread_time()
        parameters = attempt.parameters
        size_px = (parameters["width_px"], parameters["height_px"])
        init_image = self._prepare_init_image(attempt, size_px)
        pictures = self._prepare_pictures(brief, attempt)
        part_files: list[Path] = []
        gpu_s = 0.0
        for number, part in enumerate(parameters["parts"]):
            if number:
                init_image = attempt.folder / f"start-{number}.png"
                write_png(init_image, read_last_frame(part_files[-1]))
            rendered = self._render_part(brief, attempt, number, init_image, pictures)
            check_clip(rendered.path, part["frames"], brief.fps, *size_px)
            part_files.append(rendered.path)
            gpu_s += rendered.gpu_s
        clip_path = attempt.folder / "clip.mp4"
        editor = _FrameEditor(brief)
        conform_clips(part_files, clip_path, brief.frames, brief.fps, *brief.stored_px, editor.edit, loops=brief.loops)
        attempt.report_progress(1.0, "conformed")
        details = {
            "server": require_rendering(attempt).lease.server,
            "made_px": list(size_px),
            "made_frames": [part["frames"] for part in parameters["parts"]],
            "card": brief.card,
            **model_details(parameters),
            **reduced_note(parameters),
        }
        files = {"main": clip_path, **pictures}
        if brief.keeps_last and brief.fit is not None:
            files[LAST_FRAME] = attempt.folder / "last.png"
            write_png(files[LAST_FRAME], np.asarray(cv2.cvtColor(editor.made_frame, cv2.COLOR_BGR2RGB), np.uint8))
        return EngineOutput(files, details, cpu_s=time.thread_time() - cpu_start_s, gpu_s=gpu_s)

    @property
    def _can_extend(self) -> bool:
        """Whether a long clip can be made in parts: each but the last would end on the wrong picture."""
        return self.takes_picture and "end_image" not in self.workflow.bindings

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

    def rate_for(self, fps: int) -> int:
        """Return the rate at which clips for a delivery of this rate are made; see `workflows.rates`."""
        return made_rate(self.workflow, fps)

    def _require_matching_fps(self, brief: ClipBrief) -> None:
        if "fps" not in self.workflow.bindings and self.lengths.fps != brief.fps:
            raise PlanError(
                f"workflow {self.workflow.name} makes {self.lengths.fps:g} frames per second; the delivery needs "
                f"{brief.fps}. Write `engines: {{interpolate: auto}}` to have its clips interpolated (from a rate in "
                "whole frames), bind `fps` in its workflow.yaml, or choose another workflow"
            )


def _moving_frames(brief: ClipBrief) -> int:
    """Return how many frames are to be made: half of a loop, whose other half runs backwards."""
    return forward_frames(brief.frames) if brief.loops else brief.frames


def _added_words(
    brief: ClipBrief, triggers: Sequence[SourcedText], parameters: Mapping[str, Any]
) -> tuple[SourcedText, ...]:
    """Return what a model is told besides the plan's words: how the camera and what it sees move, LoRAs' triggers."""
    move = SourcedText(MOVE_WORDS[brief.move], "plan: camera move", "camera")
    motion = SourcedText(MOTION_WORDS[int(parameters[MOTION])], origins_of(parameters).get(MOTION, ""), "motion")
    talking = [SourcedText("talking", "script: somebody speaks", "motion")] if brief.speaking else []
    return prompt_additions(brief, [move, motion, *talking, *triggers])


class _FrameEditor(FrameFinisher):
    """Makes a server's frames those of the clip: cropped, fitted, with the shot's title card.

    Frames lose the edges that the init image was padded with. Models cannot render text, so cards are drawn here.

    Attributes:
        made_frame: The last frame before it was fitted, (height, width, 3) uint8 BGR.
    """

    enlarging = cv2.INTER_CUBIC

    def __init__(self, brief: ClipBrief) -> None:
        super().__init__(brief)
        self.made_frame: Bgr = np.zeros((brief.height_px, brief.width_px, 3), np.uint8)
        self._size_px = (brief.width_px, brief.height_px)

    def edit(self, frame: Bgr, frame_index: int) -> Bgr:
        """Return a frame of the clip, of its size."""
        self.made_frame = crop_to_size(frame, *self._size_px)
        return super().edit(self.made_frame, frame_index)
