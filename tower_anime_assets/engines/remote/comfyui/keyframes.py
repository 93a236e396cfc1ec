"""Keyframes by a ComfyUI workflow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np

from tower_anime_assets.engines.remote.comfyui.jobs import require_rendering
from tower_anime_assets.engines.remote.comfyui.preflight import resolve_models
from tower_anime_assets.engines.remote.comfyui.request import (
    LORA_STRENGTH,
    adjust_for_complaints,
    join_prompt,
    legal_size,
    lora_parameters,
    negative_prompt,
    scalar_defaults,
)
from tower_anime_assets.engines.remote.comfyui.workflow_engine import WorkflowEngine
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.conform import crop_to_size, pad_to_size
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.learning.retries import COLOUR_REPEATS
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.character_words import prompted_colours
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.verdicts import Verdict


class ComfyUIKeyframes(WorkflowEngine[KeyframeBrief]):
    """Keyframes of a workflow that makes images."""

    medium = "image"

    def plan_attempt(self, brief: KeyframeBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent, adjusted to complaints by `learning.retries`.

        Raises:
            PlanError: This workflow cannot make the size.
        """
        width_px, height_px = legal_size(self.workflow.sizes, brief.width_px, brief.height_px)
        seed = brief.seed if number == 1 else seed_from(self.name, brief.seed, number)
        cast = recognizable_characters(brief)
        loras = lora_parameters([one.lora for one in cast if one.lora is not None], brief.style.loras)
        parameters: dict[str, Any] = {
            "workflow": self.workflow.name,
            "workflow_sha256": self.workflow.sha256,
            "seed": seed,
            "negative": negative_prompt(brief),
            "width_px": width_px,
            "height_px": height_px,
            "parts": [{"frames": 1, "seed": seed}],
            "loras": loras,
            "models": resolve_models(self.workflow, brief.style.checkpoint),
            COLOUR_REPEATS: 1,
            **scalar_defaults(self.workflow),
        }
        if loras:
            parameters[LORA_STRENGTH] = loras[0]["strength_model"]
        parameters = adjust_for_complaints(parameters, complaints, number, self.workflow)
        return {**parameters, "prompt": _build_prompt(brief, cast, int(parameters[COLOUR_REPEATS]))}

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        """Render the keyframe and keep its pixels alone: the graph that a server embeds is already on record."""
        cpu_start_s = time.thread_time()
        parameters = attempt.parameters
        requested_px = (parameters["width_px"], parameters["height_px"])
        init_image = None
        if self.takes_picture:
            init_image = attempt.folder / "start.png"
            write_png(init_image, pad_to_size(read_picture(attempt.inputs["picture"]), *requested_px))
        rendered = self._render_part(brief, attempt, 0, init_image)
        picture = read_picture(rendered.path)
        actual_px = (picture.shape[1], picture.shape[0])
        if actual_px != requested_px:
            raise MediaError(
                f"the server made a picture of {_format_size(actual_px)}; expected {_format_size(requested_px)}. Does "
                f"{self.workflow.name} bind the size of its last node?"
            )
        keyframe_path = attempt.folder / "keyframe.png"
        write_png(keyframe_path, crop_to_size(picture, brief.width_px, brief.height_px))
        attempt.report_progress(1.0, "saved")
        details = {"server": require_rendering(attempt).lease.server, "made_px": list(actual_px)}
        return EngineOutput(
            {"main": keyframe_path}, details, cpu_s=time.thread_time() - cpu_start_s, gpu_s=rendered.gpu_s
        )


def recognizable_characters(brief: KeyframeBrief) -> tuple[Character, ...]:
    """Return whose face is seen: nobody's in an insert, and not of a character in the foreground, seen from behind."""
    if brief.framing is Framing.INSERT:
        return ()
    face_ids = {subject.character for subject in brief.subjects if not subject.is_foreground}
    return tuple(character for character in brief.cast if character.id in face_ids)


def colour_words(character: Character) -> str:
    """Return a character's colours by name and value, in a prompt's words; the writer's names where there are any."""
    parts = (
        f"{name or nearest_colour_name(colour)} {part} {colour}" for part, colour, name in prompted_colours(character)
    )
    return ", ".join(parts)


@cache
def nearest_colour_name(colour: str) -> str:
    """Return the colour word nearest to `#rrggbb`, by distance in CIE L*a*b*."""
    names = list(COLOURS)
    distances = np.linalg.norm(_to_lab([COLOURS[name] for name in names]) - _to_lab([colour]), axis=1)
    return names[int(distances.argmin())]


def _to_lab(colours: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    rgb = np.array([[list(bytes.fromhex(colour.lstrip("#"))) for colour in colours]], np.float32) / 255
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0], np.float32)


def _build_prompt(brief: KeyframeBrief, cast: Sequence[Character], repeats: int) -> str:
    triggers = [one.lora.trigger for one in cast if one.lora is not None]
    triggers += [lora.trigger for lora in brief.style.loras]
    colours = [colour_words(character) for character in cast]
    return join_prompt(brief, *colours, brief.style.positive, *triggers, repeated=colours * (repeats - 1))


def _format_size(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}x{size_px[1]} px"
