"""The embedded painter as engines: keyframes and reference sheets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.animatic.painter.character_sheet import draw_sheet
from tower_anime_assets.animatic.painter.composition import DrawingOptions, draw_keyframe
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.media.layer_file import flatten, write_layers
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import KeyframeBrief, SheetBrief
from tower_anime_assets.production.verdicts import Verdict

_PNG_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)
"""Fast and small: one fixed filter took half the time of trying all, with files of equal size."""


class EmbeddedPainter:
    """Draws keyframes as vector art in layers, from the words of a brief alone."""

    name = "embedded-painter"
    version = "5"
    lanes = LANES + 1  # each lane waits while a child process renders and while files reach the disk

    def plan_attempt(self, brief: KeyframeBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return seed, detail, contrast, saturation and mirror_place, changed to answer the complaints."""
        parameters: dict[str, Any] = {
            "seed": brief.seed if number == 1 else seed_from("painter", brief.seed, number),
            "detail": 1.0,
            "contrast": 1.0,
            "saturation": 1.0,
            "mirror_place": False,
        }
        step = 0.25 * max(1, number - 1)
        for complaint in complaints:
            if complaint.measure in ("sharpness_var", "edge_acuity"):
                parameters["detail"] = min(2.0, parameters["detail"] + step)
                parameters["contrast"] = min(1.4, parameters["contrast"] + step * 0.4)
            elif complaint.measure == "luma_std":
                parameters["contrast"] = min(1.5, parameters["contrast"] + step)
            elif complaint.measure == "sheet_colour_share":
                parameters["saturation"] = min(1.6, parameters["saturation"] + step)
            elif complaint.measure == "neighbour_distance_bits":
                parameters["mirror_place"] = number % 2 == 0
        return parameters

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        """Draw the keyframe: `main` is the flat picture, `layers` what a clip is animated from.

        Raises:
            MediaError: A parameter or the size is out of range, or a file cannot be written.
        """
        cpu_start_s = time.thread_time()
        picture = draw_keyframe(brief, _drawing_options(attempt))
        attempt.report_progress(0.6, "drawn")
        main, layers = attempt.folder / "keyframe.png", attempt.folder / "layers.png"
        _write_png(flatten(picture), main)
        write_layers(picture, layers)
        attempt.report_progress(1.0, "written")
        details = {
            "layers": [layer.name for layer in picture.layers],
            "margin_px": picture.margin_px,
            "patches": sum(len(layer.patches) for layer in picture.layers),
        }
        return EngineOutput({"main": main, "layers": layers}, details, cpu_s=time.thread_time() - cpu_start_s)


class EmbeddedSheetPainter:
    """Draws a character's reference sheet."""

    name = "embedded-sheet"
    version = "3"
    lanes = LANES

    def plan_attempt(self, brief: SheetBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return a seed, which a sheet does not use, and the weight of lines, heavier after a blurred sheet."""
        blurred = any(complaint.measure == "sharpness_var" for complaint in complaints)
        seed = seed_from("sheet", brief.character.id, number)
        return {"seed": seed, "detail": 1.0 + (0.25 * max(1, number - 1) if blurred else 0.0)}

    def make(self, brief: SheetBrief, attempt: Attempt) -> EngineOutput:
        """Draw the sheet, 1200 x 800 px.

        Raises:
            MediaError: The sheet cannot be drawn or written.
        """
        cpu_start_s = time.thread_time()
        main = attempt.folder / "sheet.png"
        _write_png(draw_sheet(brief, 1.8 * _number_parameter(attempt, "detail", 0.5, 3.0)), main)
        return EngineOutput({"main": main}, {}, cpu_s=time.thread_time() - cpu_start_s)


def _number_parameter(attempt: Attempt, name: str, low: float, high: float) -> float:
    value = attempt.parameters.get(name, 1.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise MediaError(f"parameter {name} is {value!r}; expected a number from {low} to {high}")
    return float(value)


def _drawing_options(attempt: Attempt) -> DrawingOptions:
    return DrawingOptions(
        seed=attempt.seed,
        detail=_number_parameter(attempt, "detail", 0.5, 3.0),
        contrast=_number_parameter(attempt, "contrast", 0.5, 2.0),
        saturation=_number_parameter(attempt, "saturation", 0.0, 2.0),
        mirror_place=attempt.parameters.get("mirror_place") is True,
    )


def _write_png(picture: NDArray[np.uint8], path: Path) -> None:
    is_encoded, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _PNG_OPTIONS)
    if not is_encoded:
        raise MediaError(f"cannot encode {path}: OpenCV refused a picture of shape {picture.shape}")
    write_atomically(path, encoded.tobytes())
