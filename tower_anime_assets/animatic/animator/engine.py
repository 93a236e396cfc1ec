"""The engine itself: reads what a clip grows from, draws every frame, and writes the clip."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.acting import Acting, acting_of
from tower_anime_assets.animatic.animator.camera import CameraPath, Canvas, camera_path
from tower_anime_assets.animatic.animator.drawing import ClipScene, Effect
from tower_anime_assets.animatic.animator.effects import effect_names, glow_brightness, make_effects
from tower_anime_assets.animatic.animator.layer_stack import LayerStack
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.media.layer_file import read_layers
from tower_anime_assets.media.layers import Bgra, Layer, LayeredPicture
from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.media.title_card import TitleCardOverlay
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.verdicts import Verdict

_SINGLE_LAYER_MARGIN = 0.04
"""Mirrored edge around a lone still, as a share of its longer side: enough for a drift, too narrow to be noticed."""

_MISMATCH_LEVELS = 10.0
"""Mean difference, grey levels, from which layers cannot be those of the picture; their own differ by under 2."""

_BRIGHT_LEVEL = 140.0


class EmbeddedAnimator:
    """Clips by camera, parallax, acting and weather over a drawn keyframe; the same brief gives the same frames."""

    name = "embedded-animator"
    version = "1"
    lanes = LANES

    def plan_attempt(self, brief: ClipBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return seed and gains of an attempt; each complaint turns the gain that it is about."""
        failed = {verdict.measure for verdict in complaints}
        step = 1.0 + 0.5 * max(number - 1, 1)
        motion_gain = effect_gain = 1.0
        if "frozen_run_frames" in failed:
            motion_gain, effect_gain = motion_gain * step, effect_gain * step
        if failed & {"flashes_per_s", "start_ssim"}:
            effect_gain /= step * 1.5
        if "motion_off_range_px" in failed:  # the verdict does not say which way; drawn figures alone are never wild
            if effect_names(brief):
                effect_gain /= step
            else:
                motion_gain *= step
        return {
            "seed": seed_from(brief.seed, number),
            "motion_gain": round(motion_gain, 3),
            "effect_gain": round(effect_gain, 3),
        }

    def make(self, brief: ClipBrief, attempt: Attempt) -> EngineOutput:
        """Make the clip.

        Raises:
            MediaError: The keyframe is missing, damaged, of another size than the brief, or not the one that the
                layers show; or the clip cannot be written.
        """
        cv2.setNumThreads(1)  # two clips are made side by side; threads inside each would only wait for each other
        cpu_start_s = time.thread_time()
        still = _load_keyframe(brief, attempt.inputs)
        picture = _load_layers(brief, attempt.inputs, still)
        renderer = _ClipRenderer(
            brief, picture, still, attempt.seed, attempt.parameters, "layers" not in attempt.inputs
        )
        target = attempt.folder / "clip.mp4"
        with ClipWriter(target, brief.width_px, brief.height_px, brief.fps) as clip:
            for frame_index in range(brief.frames):
                clip.write(renderer.draw_frame(frame_index))
                if frame_index % brief.fps == 0:
                    attempt.report_progress(frame_index / brief.frames, f"frame {frame_index + 1} of {brief.frames}")
        return EngineOutput({"main": target}, renderer.details(), cpu_s=time.thread_time() - cpu_start_s)


class _ClipRenderer:
    """Everything that the frames of one clip are drawn from."""

    def __init__(
        self,
        brief: ClipBrief,
        picture: LayeredPicture,
        still: NDArray[np.uint8],
        seed: int,
        parameters: Mapping[str, Any],
        is_single_layer: bool,
    ) -> None:
        depths = tuple(layer.depth for layer in picture.layers)
        canvas = Canvas(brief.width_px, brief.height_px, picture.margin_px, depths, is_single_layer)
        motion_gain = float(parameters.get("motion_gain", 1.0))
        self.brief = brief
        self.path: CameraPath = camera_path(brief, canvas, seed_from(seed, "camera"), motion_gain)
        self.layer_stack = LayerStack(picture, self.path)
        character_ids = {layer.character for layer in picture.layers if layer.character}
        self.cast: dict[str, Acting] = {
            name: acting_of(brief, name, seed_from(seed, "acting"), motion_gain) for name in sorted(character_ids)
        }
        scene = ClipScene(
            brief, self.path, seed, float(parameters.get("effect_gain", 1.0)), float(still.mean()) > _BRIGHT_LEVEL
        )
        effects: list[Effect] = make_effects(scene)
        self.behind = [effect for effect in effects if effect.is_behind]
        self.in_front = [effect for effect in effects if not effect.is_behind]
        self.light = glow_brightness(scene)
        self.card = (
            TitleCardOverlay(brief, is_low=bool(character_ids) or is_single_layer) if brief.card.strip() else None
        )
        self._canvas = np.zeros((brief.height_px, brief.width_px, 4), np.uint8)
        self._frame = np.zeros((brief.height_px, brief.width_px, 3), np.uint8)
        self._reject_mismatched_layers(still)

    def draw_frame(self, frame_index: int) -> NDArray[np.uint8]:
        """Return frame `at`, (height, width, 3) uint8 BGR, in a buffer that the next call uses again."""

        def draw_behind(frame: Bgra) -> None:
            for effect in self.behind:
                effect.draw(frame, frame_index)

        self.layer_stack.draw(self._canvas, frame_index, self.cast, float(self.light[frame_index]), draw_behind)
        for effect in self.in_front:
            effect.draw(self._canvas, frame_index)
        if self.card is not None:
            self.card.draw(self._canvas, frame_index)
        cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2BGR, dst=self._frame)
        return self._frame

    def details(self) -> dict[str, Any]:
        """Return what of this clip is worth keeping beside it."""
        return {
            "layers": len(self.layer_stack.sheets),
            "effects": list(effect_names(self.brief)),
            "camera_travel_px": [round(float(self.path.x_px[-1]), 2), round(float(self.path.y_px[-1]), 2)],
            "camera_zoom": round(float(self.path.zoom[-1]), 4),
            "card": self.card.text if self.card is not None else "",
        }

    def _reject_mismatched_layers(self, still: NDArray[np.uint8]) -> None:
        self.layer_stack.draw(self._canvas, 0, self.cast)
        rendered = cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2RGB)
        difference = float(np.mean(cv2.absdiff(rendered, still)))
        if difference > _MISMATCH_LEVELS:
            raise MediaError(
                f"the layers are not those of the picture: at rest they differ by {difference:.1f} grey levels on "
                f"average, expected under {_MISMATCH_LEVELS:g}. Make the keyframe again"
            )


def _load_keyframe(brief: ClipBrief, inputs: Mapping[str, Path]) -> NDArray[np.uint8]:
    if brief.frames < 1:
        raise MediaError(f"a clip of {brief.frames} frames cannot be made; expected 1 or more")
    if "picture" not in inputs:
        raise MediaError("a clip grows from its keyframe, and none was given: make the keyframe first")
    still = read_picture(inputs["picture"])
    if still.shape[:2] != (brief.height_px, brief.width_px):
        raise MediaError(
            f"{inputs['picture']} is {still.shape[1]}x{still.shape[0]} px; the clip is to be "
            f"{brief.width_px}x{brief.height_px} px. Make the keyframe again at that size"
        )
    return still


def _load_layers(brief: ClipBrief, inputs: Mapping[str, Path], still: NDArray[np.uint8]) -> LayeredPicture:
    """Return the keyframe's layers, or the still as the one layer of a picture with a mirrored rim."""
    if "layers" not in inputs:
        margin = round(_SINGLE_LAYER_MARGIN * max(brief.width_px, brief.height_px))
        padded = cv2.copyMakeBorder(still, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
        image = np.asarray(cv2.cvtColor(padded, cv2.COLOR_RGB2RGBA), np.uint8)
        return LayeredPicture(brief.width_px, brief.height_px, margin, (Layer("still", 1.0, image),))
    picture = read_layers(inputs["layers"])
    if (picture.width_px, picture.height_px) != (brief.width_px, brief.height_px):
        raise MediaError(
            f"{inputs['layers']} is for a frame of {picture.width_px}x{picture.height_px} px; the clip is to be "
            f"{brief.width_px}x{brief.height_px} px. Make the keyframe again at that size"
        )
    return picture
