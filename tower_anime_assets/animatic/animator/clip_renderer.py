"""One clip drawn frame by frame from a layered keyframe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.acting import acting_of
from tower_anime_assets.animatic.animator.camera import Canvas, camera_path
from tower_anime_assets.animatic.animator.drawing import ClipScene
from tower_anime_assets.animatic.animator.effects import (
    effect_names,
    glow_brightness,
    is_directed,
    make_effects,
)
from tower_anime_assets.animatic.animator.layer_stack import LayerStack
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.fitting import fit_frame
from tower_anime_assets.media.layer_file import read_layers
from tower_anime_assets.media.layers import Bgra, Layer, LayeredPicture
from tower_anime_assets.media.loops import mirrored_index
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.media.title_card import TitleCardOverlay
from tower_anime_assets.production.attempt import LAST_FRAME, Attempt
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import ClipBrief

_SINGLE_LAYER_MARGIN = 0.04
"""Mirrored edge around a single still, as a share of its longer side: enough for a drift, too narrow to notice."""

_MISMATCH_LEVELS = 10.0
"""Mean difference in grey levels above which layers belong to another picture; their own differ by less than 2."""

_BRIGHT_LEVEL = 140.0
"""Mean grey level above which light drawn over a still would not show."""


def render_clip(brief: ClipBrief, attempt: Attempt, target: Path) -> tuple[dict[str, Path], dict[str, Any]]:
    """Write a clip and return its files by role, and the details to record with it.

    Raises:
        MediaError: The keyframe is missing or damaged, its size is not the brief's, its layers belong to another
            picture, or the clip cannot be written.
    """
    cv2.setNumThreads(1)  # clips are made side by side; threads inside each would wait for one another
    still = _load_keyframe(brief, attempt.inputs)
    picture = _load_layers(brief, attempt.inputs, still)
    renderer = _ClipRenderer(brief, attempt, picture, still)
    with ClipWriter(target, *brief.stored_px, brief.fps, renderer.frame_px) as clip:
        for frame_index in range(brief.frames):
            clip.write(renderer.draw_frame(frame_index))
            if frame_index % brief.fps == 0:
                attempt.report_progress(frame_index / brief.frames, f"frame {frame_index + 1} of {brief.frames}")
    files = {"main": target}
    if brief.keeps_last and brief.fit is not None:
        files[LAST_FRAME] = attempt.folder / "last.png"
        write_png(files[LAST_FRAME], np.asarray(cv2.cvtColor(renderer.made_frame, cv2.COLOR_BGR2RGB), np.uint8))
    return files, renderer.details()


class _ClipRenderer:
    """Draws the frames of one clip.

    Attributes:
        frame_px: Width and height of its frames: the clip's own, or those that the encoder scales.
        made_frame: The frame drawn last, before it was fitted to the clip, (height, width, 3) uint8 BGR.
    """

    def __init__(self, brief: ClipBrief, attempt: Attempt, picture: LayeredPicture, still: NDArray[np.uint8]) -> None:
        seed, is_single_layer = attempt.seed, "layers" not in attempt.inputs
        motion_gain, effect_gain = (float(attempt.parameters.get(f"{name}_gain", 1.0)) for name in ("motion", "effect"))
        depths = tuple(layer.depth for layer in picture.layers)
        canvas = Canvas(brief.width_px, brief.height_px, picture.margin_px, depths, is_single_layer)
        self.brief = brief
        self.path = camera_path(brief, canvas, seed_from(seed, "camera"), motion_gain)
        self.layer_stack = LayerStack(picture, self.path)
        character_ids = sorted({layer.character for layer in picture.layers if layer.character})
        self.acting_by_id = {
            name: acting_of(brief, name, seed_from(seed, "acting"), motion_gain) for name in character_ids
        }
        scene = ClipScene(brief, self.path, seed, effect_gain, float(still.mean()) > _BRIGHT_LEVEL)
        effects = make_effects(scene)
        self.effects_behind = [effect for effect in effects if effect.is_behind]
        self.effects_in_front = [effect for effect in effects if not effect.is_behind]
        self.glow_brightness = glow_brightness(scene)
        self.card: TitleCardOverlay | None = None
        if brief.card.strip():
            channels = 4 if brief.fit is None else 3
            self.card = TitleCardOverlay(brief, is_low=bool(character_ids) or is_single_layer, channels=channels)
        # Title cards and reframed pictures need frames of the clip's size; everything else the encoder scales faster.
        self._fit = brief.fit if brief.fit is not None and (self.card is not None or not brief.fit.is_whole) else None
        self.frame_px = brief.stored_px if self._fit is not None else (brief.width_px, brief.height_px)
        self._canvas = np.zeros((brief.height_px, brief.width_px, 4), np.uint8)
        self.made_frame = np.zeros((brief.height_px, brief.width_px, 3), np.uint8)
        self._reject_mismatched_layers(still)

    def draw_frame(self, frame_index: int) -> NDArray[np.uint8]:
        """Return a frame, (height, width, 3) uint8 BGR, in a buffer that the next call overwrites."""
        moment = mirrored_index(frame_index, self.brief.frames) if self.brief.loops else frame_index

        def draw_behind(frame: Bgra) -> None:
            for effect in self.effects_behind:
                effect.draw(frame, frame_index if is_directed(effect) else moment)

        brightness = float(self.glow_brightness[moment])
        self.layer_stack.draw(self._canvas, moment, self.acting_by_id, brightness, draw_behind)
        for effect in self.effects_in_front:
            effect.draw(self._canvas, frame_index if is_directed(effect) else moment)
        if self.card is not None and self._fit is None:
            self.card.draw(self._canvas, frame_index)
        cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2BGR, dst=self.made_frame)
        if self._fit is None:
            return self.made_frame
        fitted = fit_frame(self.made_frame, self._fit)
        if self.card is not None:
            self.card.draw(fitted, frame_index)
        return fitted

    def details(self) -> dict[str, Any]:
        """Return the details to record with the clip."""
        return {
            "layers": len(self.layer_stack.sheets),
            "effects": list(effect_names(self.brief)),
            "camera_travel_px": [round(float(self.path.x_px[-1]), 2), round(float(self.path.y_px[-1]), 2)],
            "camera_zoom": round(float(self.path.zoom[-1]), 4),
            "card": self.card.text if self.card is not None else "",
        }

    def _reject_mismatched_layers(self, still: NDArray[np.uint8]) -> None:
        self.layer_stack.draw(self._canvas, 0, self.acting_by_id)
        rendered = cv2.cvtColor(self._canvas, cv2.COLOR_BGRA2RGB)
        difference = float(np.mean(cv2.absdiff(rendered, still)))
        if difference > _MISMATCH_LEVELS:
            raise MediaError(
                f"the layers are not those of the picture: they differ by {difference:.1f} grey levels on average, "
                f"expected at most {_MISMATCH_LEVELS:g}. Make the keyframe again"
            )


def _load_keyframe(brief: ClipBrief, inputs: Mapping[str, Path]) -> NDArray[np.uint8]:
    if brief.frames < 1:
        raise MediaError(f"a clip of {brief.frames} frames cannot be made; expected at least 1")
    if "picture" not in inputs:
        raise MediaError("the clip has no keyframe: the input `picture` is missing. Make the keyframe first")
    still = read_picture(inputs["picture"])
    if still.shape[:2] != (brief.height_px, brief.width_px):
        raise MediaError(
            f"{inputs['picture']} is {still.shape[1]}x{still.shape[0]} px; expected {brief.width_px}x{brief.height_px} "
            "px, the size of the clip. Make the keyframe again"
        )
    return still


def _load_layers(brief: ClipBrief, inputs: Mapping[str, Path], still: NDArray[np.uint8]) -> LayeredPicture:
    """Return the keyframe's layers, or the still as a single layer with a mirrored rim."""
    if "layers" not in inputs:
        margin = round(_SINGLE_LAYER_MARGIN * max(brief.width_px, brief.height_px))
        padded = cv2.copyMakeBorder(still, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
        image = np.asarray(cv2.cvtColor(padded, cv2.COLOR_RGB2RGBA), np.uint8)
        return LayeredPicture(brief.width_px, brief.height_px, margin, (Layer("still", 1.0, image),))
    picture = read_layers(inputs["layers"])
    if (picture.width_px, picture.height_px) != (brief.width_px, brief.height_px):
        raise MediaError(
            f"{inputs['layers']} is for a frame of {picture.width_px}x{picture.height_px} px; expected "
            f"{brief.width_px}x{brief.height_px} px, the size of the clip. Make the keyframe again"
        )
    return picture
