"""The layers of a picture prepared for moving: premultiplied, cropped, doubled in size and stacked.

Why doubled: linear interpolation blurs a picture that lies half a pixel off the grid and leaves it sharp on the grid,
so slow moves pulse. Sampled from twice the size, the pulse is less than half, at no cost per frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.animator.acting import CLOSED, HALF, OPEN, Acting
from tower_anime_assets.animatic.animator.camera import CameraPath
from tower_anime_assets.media.layer_file import alpha_bounds
from tower_anime_assets.media.layers import Bgra, Layer, LayeredPicture, Patch, Rgba

Matrix = NDArray[np.float64]
"""(2, 3) float64 affine transform of (x, y) pixel centres."""

_MERGE_MAX_PX = 0.6
"""Planes that drift apart by less than this are drawn as one."""

MAX_DOUBLED_BYTES = 72 << 20
"""Memory for the doubled sheets of one clip; if they would take more, as at large sizes, they are not doubled."""

_HALF_PIXEL_KERNEL = np.array([[3, -25, 150, 150, -25, 3]], np.float32) / 256
"""The value half-way between the third and the fourth of six pixels: Lagrange interpolation of degree five."""

_PAD_PX = 3
_MOUTH_BY_PATCH = {"mouth-half": HALF, "mouth-open": OPEN}
_EYES_CLOSED_PATCH = "eyes-closed"


@dataclass
class _FaceStates:
    """The part of a sheet that changes with mouth and eyes: one picture per state, pasted when the state changes."""

    x: int
    y: int
    states: dict[tuple[int, bool], Bgra]
    current: tuple[int, bool] = (CLOSED, False)

    def paste_state(self, pixels: Bgra, mouth: int, eyes_closed: bool) -> None:
        """Paste a state into the sheet's pixels; a state that was not drawn shows as the nearest one that was."""
        state = (mouth if (mouth, False) in self.states else CLOSED, eyes_closed and (CLOSED, True) in self.states)
        if state != self.current:
            picture = self.states[state]
            pixels[self.y : self.y + picture.shape[0], self.x : self.x + picture.shape[1]] = picture
            self.current = state


@dataclass
class LayerSheet:
    """One or more layers that move together.

    Attributes:
        pixels: Premultiplied, at `scale` times the resolution of the canvas.
        left_px: Canvas column of the first pixel.
        top_px: Canvas row of the first pixel.
        scale: 1 or 2.
        depth: Parallax factor, 1 at the subjects.
        glow: Whether it is added as light.
        character: Id of the figure on it, or "".
        is_backdrop: Whether it is the lowest sheet and opaque; its edge pixels continue beyond it.
        face: The states of the figure's face, if it has any.
    """

    pixels: Bgra
    left_px: int
    top_px: int
    scale: int
    depth: float
    glow: bool
    character: str
    is_backdrop: bool = False
    face: _FaceStates | None = field(default=None, repr=False)

    @property
    def height_px(self) -> float:
        """Height on the canvas."""
        return float(self.pixels.shape[0] / self.scale)

    def canvas_transform(self, rise_px: float = 0.0, sway_px: float = 0.0) -> Matrix:
        """Return the transform from the sheet's pixels to the canvas.

        Args:
            rise_px: How far the sheet's top is lifted while its foot stays.
            sway_px: How far its top leans to the right.
        """
        step, left, top = 1.0 / self.scale, self.left_px, self.top_px
        foot = self.height_px + top
        stretch, lean = 1.0 + rise_px / self.height_px, -sway_px / self.height_px
        # x' = x + lean * (y - foot) and y' = foot + stretch * (y - foot), for x = left + step * column and so on
        return np.array(
            [
                [step, lean * step, left + lean * (top - foot)],
                [0.0, stretch * step, foot + stretch * (top - foot)],
            ]
        )


def _build_sheets(picture: LayeredPicture, path: CameraPath) -> list[LayerSheet]:
    """Return the sheets of a picture, back to front; layers that this camera moves alike become one sheet."""
    visible = [layer for layer in picture.layers if layer.image[..., 3].any()]
    groups: list[list[Layer]] = []
    for layer in visible:
        if groups and _can_merge(groups[-1], layer, path, picture.width_px):
            groups[-1].append(layer)
        else:
            groups.append([layer])
    boxes = [_group_box(group) for group in groups]
    doubled_bytes = sum(16 * (right - left) * (bottom - top) for left, top, right, bottom in boxes)
    scale = 2 if doubled_bytes <= MAX_DOUBLED_BYTES else 1
    sheets = [_merge_group(group, box, scale) for group, box in zip(groups, boxes, strict=True)]
    if sheets and not sheets[0].glow and sheets[0].pixels[..., 3].min() == 255:
        sheets[0].is_backdrop = True
    return sheets


def _can_merge(group: Sequence[Layer], layer: Layer, path: CameraPath, width_px: int) -> bool:
    first = group[0]
    is_static = not (first.character or layer.character or first.glow or layer.glow)
    return is_static and path.max_separation_px(first.depth, layer.depth, width_px) < _MERGE_MAX_PX


def _group_box(group: Sequence[Layer]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of everything drawn in a group, with room for interpolation."""
    height, width = group[0].image.shape[:2]
    edges = [alpha_bounds(layer.image) for layer in group]
    left, top = (max(min(edge[at] for edge in edges) - _PAD_PX, 0) for at in (0, 1))
    right, bottom = (min(max(edge[at] for edge in edges) + _PAD_PX, side) for at, side in ((2, width), (3, height)))
    return left, top, right, bottom


def _merge_group(group: Sequence[Layer], box: tuple[int, int, int, int], scale: int) -> LayerSheet:
    left, top, right, bottom = box
    flat = _premultiplied(group[0].image[top:bottom, left:right])
    for layer in group[1:]:
        _composite_over(flat, _premultiplied(layer.image[top:bottom, left:right]))
    first = group[0]
    depth = sum(layer.depth for layer in group) / len(group)
    sheet = LayerSheet(_enlarged(flat, scale), left, top, scale, depth, first.glow, first.character)
    if first.patches:
        sheet.face = _face_states(sheet, flat, first.patches)
    return sheet


def _premultiplied(image: Rgba) -> Bgra:
    return np.asarray(
        cv2.cvtColor(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGBA2mRGBA), cv2.COLOR_RGBA2BGRA), np.uint8
    )


def _enlarged(image: Bgra, scale: int) -> Bgra:
    """Return a picture at `scale` (1 or 2) times its size: its own pixels, and new ones half-way between.

    `cv2.resize` is not used: its cubic kernel displaces slopes by 0.05 px, which makes slow moves stutter.
    """
    if scale == 1:
        return image
    height, width = image.shape[:2]
    doubled = np.empty((2 * height, 2 * width), np.uint32)  # one number per pixel, so that each is copied at once
    across = cv2.filter2D(image, -1, _HALF_PIXEL_KERNEL, anchor=(2, 0), borderType=cv2.BORDER_REPLICATE)
    doubled[0::2, 0::2] = _as_pixels(image)
    doubled[0::2, 1::2] = _as_pixels(across)
    doubled[1::2, 0::2] = _as_pixels(_half_row_below(image))
    doubled[1::2, 1::2] = _as_pixels(_half_row_below(across))
    return doubled.view(np.uint8).reshape(2 * height, 2 * width, 4)


def _half_row_below(image: Any) -> Any:
    return cv2.filter2D(image, -1, _HALF_PIXEL_KERNEL.T, anchor=(0, 2), borderType=cv2.BORDER_REPLICATE)


def _as_pixels(image: Any) -> NDArray[np.uint32]:
    return np.ascontiguousarray(image, np.uint8).view(np.uint32)[..., 0]


def _face_states(sheet: LayerSheet, flat: Bgra, patches: Sequence[Patch]) -> _FaceStates:
    """Return every state of a face, cut from the figure with the patches of that state pasted in.

    Each is enlarged with a rim of its surroundings, which is then cut off, so that no seam shows.
    """
    height, width = flat.shape[:2]
    x0 = max(min(patch.x_px for patch in patches) - sheet.left_px - 2 * _PAD_PX, 0)
    y0 = max(min(patch.y_px for patch in patches) - sheet.top_px - 2 * _PAD_PX, 0)
    x1 = min(max(patch.x_px + patch.image.shape[1] for patch in patches) - sheet.left_px + 2 * _PAD_PX, width)
    y1 = min(max(patch.y_px + patch.image.shape[0] for patch in patches) - sheet.top_px + 2 * _PAD_PX, height)
    rim, scale = _PAD_PX * sheet.scale, sheet.scale
    x, y = x0 * scale + rim, y0 * scale + rim
    mouths = {CLOSED} | {_MOUTH_BY_PATCH[patch.name] for patch in patches if patch.name in _MOUTH_BY_PATCH}
    eye_states = {False} | {True for patch in patches if patch.name == _EYES_CLOSED_PATCH}
    states = {}
    for mouth in mouths:
        for closed in eye_states:
            part = flat[y0:y1, x0:x1].copy()
            for patch in patches:
                if _MOUTH_BY_PATCH.get(patch.name) == mouth or (closed and patch.name == _EYES_CLOSED_PATCH):
                    _paste_patch(part, patch, sheet.left_px + x0, sheet.top_px + y0)
            states[mouth, closed] = _enlarged(part, scale)[rim:-rim, rim:-rim]
    return _FaceStates(x, y, states)


def _paste_patch(part: Bgra, patch: Patch, left: int, top: int) -> None:
    """Composite the piece of a patch that lies on this part of the canvas."""
    x, y = patch.x_px - left, patch.y_px - top
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + patch.image.shape[1], part.shape[1]), min(y + patch.image.shape[0], part.shape[0])
    if x0 < x1 and y0 < y1:
        under = np.ascontiguousarray(part[y0:y1, x0:x1])
        _composite_over(under, _premultiplied(patch.image[y0 - y : y1 - y, x0 - x : x1 - x]))
        part[y0:y1, x0:x1] = under


def _composite_over(base: Bgra, image: Bgra) -> None:
    """Composite a premultiplied picture over another of its size, in place."""
    rest = cv2.merge([cv2.bitwise_not(cv2.extractChannel(image, 3))] * 4)
    cv2.multiply(base, rest, dst=base, scale=1 / 255)
    cv2.add(base, image, dst=base)


class LayerStack:
    """Draws the sheets of a picture as a camera sees them."""

    def __init__(self, picture: LayeredPicture, path: CameraPath) -> None:
        self.path = path
        self.sheets = _build_sheets(picture, path)
        self.width_px, self.height_px = picture.width_px, picture.height_px
        self._canvas_centre = (
            picture.margin_px + (picture.width_px - 1) / 2,
            picture.margin_px + (picture.height_px - 1) / 2,
        )
        self._warped = np.zeros((self.height_px, self.width_px, 4), np.uint8)
        self._inverse = np.zeros_like(self._warped)
        self._alpha = np.zeros((self.height_px, self.width_px), np.uint8)

    def draw(
        self,
        frame: Bgra,
        frame_index: int,
        acting_by_id: Mapping[str, Acting],
        glow_brightness: float = 1.0,
        draw_behind: Callable[[Bgra], None] | None = None,
    ) -> None:
        """Draw a whole frame; its alpha has no meaning.

        Args:
            frame: Written, (height, width, 4) uint8.
            frame_index: Which frame of the camera's path and of the acting.
            acting_by_id: What each figure does, by character id.
            glow_brightness: Of glowing sheets, 1 as painted.
            draw_behind: Draws into the frame what lies behind the figures; called before the first figure.
        """
        if not self.sheets or not self.sheets[0].is_backdrop:
            frame[:] = (0, 0, 0, 255)
        for sheet in self.sheets:
            if draw_behind is not None and sheet.character:
                draw_behind(frame)
                draw_behind = None
            acting = acting_by_id.get(sheet.character) if sheet.character else None
            rise, sway = (acting.rise_px[frame_index], acting.sway_px[frame_index]) if acting else (0.0, 0.0)
            if sheet.face is not None and acting is not None:
                mouth, eyes_closed = int(acting.mouth[frame_index]), bool(acting.eyes_closed[frame_index])
                sheet.face.paste_state(sheet.pixels, mouth, eyes_closed)
            self._draw_sheet(frame, sheet, self._frame_transform(sheet, frame_index, rise, sway), glow_brightness)
        if draw_behind is not None:
            draw_behind(frame)

    def _frame_transform(self, sheet: LayerSheet, frame_index: int, rise_px: float, sway_px: float) -> Matrix:
        """Return the transform from a sheet's pixels to the frame."""
        share = self.path.parallax_share(sheet.depth)
        zoom = 1.0 + (self.path.zoom[frame_index] - 1.0) * share
        matrix = sheet.canvas_transform(rise_px, sway_px) * zoom
        centre_x, centre_y = self._canvas_centre
        matrix[0, 2] += (self.width_px - 1) / 2 - zoom * centre_x - share * self.path.x_px[frame_index]
        matrix[1, 2] += (self.height_px - 1) / 2 - zoom * centre_y - share * self.path.y_px[frame_index]
        return np.asarray(matrix)

    def _draw_sheet(self, frame: Bgra, sheet: LayerSheet, matrix: Matrix, glow_brightness: float) -> None:
        if sheet.is_backdrop:
            size = self.width_px, self.height_px
            cv2.warpAffine(sheet.pixels, matrix, size, dst=frame, borderMode=cv2.BORDER_REPLICATE)
            return
        left, top, right, bottom = self._covered_box(sheet, matrix)
        if left >= right or top >= bottom:
            return
        matrix[:, 2] -= (left, top)
        part = np.s_[top:bottom, left:right]
        warped, inverse, under = self._warped[part], self._inverse[part], frame[part]
        cv2.warpAffine(sheet.pixels, matrix, (right - left, bottom - top), dst=warped, borderMode=cv2.BORDER_CONSTANT)
        if sheet.glow:
            cv2.bitwise_not(under, dst=inverse)
            cv2.multiply(warped, inverse, dst=warped, scale=glow_brightness / 255)
        else:
            alpha = self._alpha[part]
            cv2.extractChannel(warped, 3, dst=alpha)
            cv2.bitwise_not(alpha, dst=alpha)
            cv2.merge((alpha, alpha, alpha, alpha), dst=inverse)
            cv2.multiply(under, inverse, dst=under, scale=1 / 255)
        cv2.add(under, warped, dst=under)

    def _covered_box(self, sheet: LayerSheet, matrix: Matrix) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of the part of the frame that a sheet can touch."""
        tall, wide = sheet.pixels.shape[:2]
        corners = matrix[:, :2] @ np.array([[-1, wide, -1, wide], [-1, -1, tall, tall]]) + matrix[:, 2:]
        (left, top), (right, bottom) = np.floor(corners.min(axis=1)), np.ceil(corners.max(axis=1)) + 1
        return max(int(left), 0), max(int(top), 0), min(int(right), self.width_px), min(int(bottom), self.height_px)
