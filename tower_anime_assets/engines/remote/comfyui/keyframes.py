"""Keyframes by a ComfyUI workflow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import copyfile
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.engines.protocols import PictureSource
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.jobs import require_rendering
from tower_anime_assets.engines.remote.comfyui.origins import with_workflow_origins
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight, resolve_models
from tower_anime_assets.engines.remote.comfyui.request import (
    adjust_for_complaints,
    describe_region,
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
)
from tower_anime_assets.engines.remote.comfyui.workflow_engine import WorkflowEngine
from tower_anime_assets.errors import OutputMismatchError, UndecodableError
from tower_anime_assets.media.conform import crop_to_size, pad_to_size
from tower_anime_assets.media.external import read_brought_picture, read_external_picture
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.learning.retries import COLOUR_REPEATS
from tower_anime_assets.production.planning.briefs import KeyframeBrief, recognizable_characters
from tower_anime_assets.production.planning.character_words import character_words, prompted_colours
from tower_anime_assets.production.planning.prompt_sources import SourcedText, join_texts
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.model import Character
from tower_anime_assets.production.value_origins import RETRY_RULE, with_prompt_sources
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.workflows.workflow import BATCH, Workflow, value_at


class ComfyUIKeyframes(WorkflowEngine[KeyframeBrief]):
    """Keyframes of a workflow that makes images.

    Args:
        candidates: How many pictures one job makes, where the workflow binds `batch`; 0 for as many as its graph says.
        source: Draws control pictures, regions and sheets for workflows that take them.
    """

    medium = "image"

    def __init__(
        self,
        workflow: Workflow,
        fleet: Fleet,
        preflight: Preflight | None = None,
        *,
        candidates: int = 0,
        source: PictureSource | None = None,
    ) -> None:
        super().__init__(workflow, fleet, preflight, source)
        places = workflow.bindings.get(BATCH, ())
        self.candidates = (candidates or int(value_at(workflow.graph, places[0]))) if places else 1

    def expected_s(self, brief: KeyframeBrief) -> float:
        """As `WorkflowEngine.expected_s`; every candidate takes its time."""
        return super().expected_s(brief) * self.candidates

    def plan_attempt(self, brief: KeyframeBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent, adjusted to complaints by `learning.retries`.

        Raises:
            PlanError: This workflow cannot make the size.
        """
        width_px, height_px = legal_size(self.workflow.sizes, brief.width_px, brief.height_px)
        seed = brief.seed if number == 1 else seed_from(self.name, brief.seed, number)
        cast = recognizable_characters(brief)
        loras = [lora for one in cast for lora in one.all_loras] + list(brief.style.loras)
        parameters: dict[str, Any] = {
            "workflow": self.workflow.name,
            "workflow_sha256": self.workflow.sha256,
            "seed": seed,
            "negative": negative_prompt(brief),
            "width_px": width_px,
            "height_px": height_px,
            "parts": [{"frames": 1, "seed": seed}],
            **lora_parameters(self.workflow, loras),
            "models": resolve_models(self.workflow, brief.style.checkpoint),
            COLOUR_REPEATS: 1,
            **quality_defaults(self.workflow, brief.quality),
        }
        if self.candidates > 1:
            parameters[BATCH] = self.candidates
        region_words = {
            one.id: describe_region(
                character_words(one), colour_words(one), join_texts(lora_triggers(parameters, one.all_loras))
            )
            for one in brief.cast
        }
        if regions := self.input_pictures.region_prompts(brief, region_words):
            parameters["region_prompts"] = regions
        parameters = with_workflow_origins(self.workflow, parameters, brief.style.checkpoint)
        parameters = adjust_for_complaints(parameters, complaints, number, self.workflow)
        words = _added_words(brief, cast, lora_triggers(parameters, loras), int(parameters[COLOUR_REPEATS]))
        parameters["prompt"] = join_prompt(brief, words)
        return with_prompt_sources(parameters, words, negative_additions(brief))

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        """Render the keyframe and keep its pixels alone: the graph that a server embeds is already on record."""
        cpu_start_s = time.thread_time()
        parameters = attempt.parameters
        requested_px = (parameters["width_px"], parameters["height_px"])
        init_image = None
        if self.takes_picture:
            init_image = attempt.folder / "start.png"
            write_png(init_image, pad_to_size(read_brought_picture(attempt.inputs["picture"]), *requested_px))
        inputs = self._prepare_pictures(brief, attempt)
        rendered = self._render_part(brief, attempt, 0, init_image, inputs)
        details = {
            "server": require_rendering(attempt).lease.server,
            "made_px": list(requested_px),
            **reduced_note(parameters),
        }
        details |= model_details(parameters)
        pictures = (rendered.path, *rendered.others)
        outputs = []
        for number, path in enumerate(pictures):
            keyframe_path = attempt.folder / f"keyframe-{number}.png"
            write_png(keyframe_path, self._crop_candidate(brief, path, requested_px))
            batch = {"batch_index": number, "batch_size": len(pictures)} if rendered.others else {}
            own_inputs = {role: _copy_for(number, path) for role, path in inputs.items()}
            outputs.append(EngineOutput({"main": keyframe_path, **own_inputs}, {**details, **batch}))
        attempt.report_progress(1.0, "saved")
        return replace(
            outputs[0],
            others=tuple(outputs[1:]),
            cpu_s=time.thread_time() - cpu_start_s,
            gpu_s=rendered.gpu_s,
        )

    def _crop_candidate(self, brief: KeyframeBrief, path: Path, requested_px: tuple[int, int]) -> NDArray[np.uint8]:
        def require_size(width_px: int, height_px: int) -> None:
            if (width_px, height_px) != requested_px:
                raise OutputMismatchError(
                    f"the server made a picture of {_format_size((width_px, height_px))}; expected "
                    f"{_format_size(requested_px)}. Does {self.workflow.name} bind the size of its last node?"
                )

        try:
            picture = read_external_picture(path, require_size)
        except UndecodableError as error:
            raise OutputMismatchError(f"the server's picture could not be decoded: {error}") from error
        return crop_to_size(picture, brief.width_px, brief.height_px)


def _copy_for(number: int, path: Path) -> Path:
    """Return a candidate's own copy of a file: each take's files are moved into the store."""
    if not number:
        return path
    return Path(copyfile(path, path.with_stem(f"{path.stem}-{number}")))


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


def _added_words(
    brief: KeyframeBrief, cast: Sequence[Character], triggers: Sequence[SourcedText], repeats: int
) -> tuple[SourcedText, ...]:
    """Return what a model is told besides the plan's words: everybody's colours, the style, LoRAs' triggers."""
    colours = [
        SourcedText(colour_words(character), f"characters/{character.id}.yaml: colours", "character")
        for character in cast
    ]
    style = SourcedText(brief.style.positive, "project.yaml: style.positive", "style")
    again = [SourcedText(colour.text, f"{RETRY_RULE}: colours are repeated", colour.role) for colour in colours]
    return prompt_additions(brief, [*colours, style, *triggers], again * (repeats - 1))


def _format_size(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]}x{size_px[1]} px"
