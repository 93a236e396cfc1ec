"""Keyframes by a ComfyUI workflow: what it is asked for, and the still that comes of it."""

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
from tower_anime_assets.production.planning.prompts import merge_prompts
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.appearance import COLOURS
from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.verdicts import Verdict


class ComfyUIKeyframes(WorkflowEngine[KeyframeBrief]):
    """Stills of a workflow that makes images."""

    medium = "image"

    def plan_attempt(self, brief: KeyframeBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent, changed by the rules of `production.retries`.

        Raises:
            PlanError: The size cannot be made by this workflow.
        """
        width_px, height_px = legal_size(self.workflow.sizes, brief.width_px, brief.height_px)
        seed = brief.seed if number == 1 else seed_from(self.name, brief.seed, number)
        cast = recognizable_characters(brief)
        loras = lora_parameters([one.lora for one in cast if one.lora is not None], brief.style.loras)
        parameters: dict[str, Any] = {
            "workflow": self.workflow.name,
            "workflow_sha256": self.workflow.sha256,
            "seed": seed,
            "negative": _build_negative(brief),
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
        """Have the still made, and keep its pixels alone: the graph that a server embeds is on record elsewhere.

        Raises:
            MediaError: It is no picture, or of another size than was asked for.
            ServiceError: The server failed.
            StoppedError: The run was stopped.
        """
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
                f"the server made a picture of {actual_px[0]}x{actual_px[1]} px; asked were {requested_px[0]}x{requested_px[1]} px. Is the "
                f"size that {self.workflow.name} binds the one of its last node?"
            )
        keyframe_path = attempt.folder / "keyframe.png"
        write_png(keyframe_path, crop_to_size(picture, brief.width_px, brief.height_px))
        attempt.report_progress(1.0, "kept")
        details = {"server": require_rendering(attempt).lease.server, "made_px": list(actual_px)}
        return EngineOutput(
            {"main": keyframe_path}, details, cpu_s=time.thread_time() - cpu_start_s, gpu_s=rendered.gpu_s
        )


def recognizable_characters(brief: KeyframeBrief) -> tuple[Character, ...]:
    """Return who is to be recognised in the picture: nobody in an insert, nobody who is seen from behind."""
    if brief.framing is Framing.INSERT:
        return ()
    face_ids = {subject.character for subject in brief.subjects if not subject.is_foreground}
    return tuple(character for character in brief.cast if character.id in face_ids)


def colour_words(character: Character) -> str:
    """Return the colours of somebody's hair, eyes and clothes, by name and by value, as a prompt says them."""
    appearance = character.appearance
    hair = () if appearance.hair_style == "bald" else ((appearance.hair_colour, "hair"),)
    parts = (
        *hair,
        (appearance.eye_colour, "eyes"),
        (appearance.skin_colour, "skin"),
        (appearance.outfit_colour, appearance.outfit_style.replace("_", " ")),
        (appearance.accent_colour, "accents"),
    )
    return ", ".join(f"{nearest_colour_name(colour)} {feature} {colour}" for colour, feature in parts)


@cache
def nearest_colour_name(colour: str) -> str:
    """Return the colour word that looks most like `#rrggbb`, by distance in CIE L*a*b*."""
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
    return join_prompt(brief.prompt, *colours, brief.style.positive, *triggers, repeated=colours * (repeats - 1))


def _build_negative(brief: KeyframeBrief) -> str:
    return merge_prompts(brief.negative, "people") if brief.framing is Framing.INSERT else brief.negative
