"""Clips brought to the delivery's size or rate by a ComfyUI workflow that takes a video; long ones go part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER
from tower_anime_assets.engines.finishing import CLIP, FrameFinisher
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.jobs import (
    RenderedFile,
    RenderTask,
    max_output_bytes,
    require_rendering,
    run_job,
)
from tower_anime_assets.engines.remote.comfyui.leases import ServerSearch, lease_server
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight, resolve_models
from tower_anime_assets.engines.remote.comfyui.request import (
    engine_version,
    fill_with_models,
    model_details,
    output_prefix,
)
from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.concat import Strip, concat_strips
from tower_anime_assets.media.conform import check_clip, concatenated_frames, conform_frames, probe_clip
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.interpolation import resampled_places
from tower_anime_assets.media.mezzanine import KEYFRAME_EVERY_FRAMES
from tower_anime_assets.production.attempt import (
    NO_CLAIMANT,
    Attempt,
    Claimant,
    EngineOutput,
    Lease,
    ReportWait,
    ignore_wait,
)
from tower_anime_assets.production.planning.briefs import FinishingBrief, InterpolationBrief, UpscaleBrief
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.workflows.workflow import Workflow

CODE_VERSION: Final = "1"
"""Changes when the same brief and workflow would be sent, or conformed, differently."""

MAX_MULTIPLIER: Final = 8
"""More frames between two than this differ by less than a delivery shows."""

_SHAPE_TOLERANCE = 0.02

B = TypeVar("B", InterpolationBrief, UpscaleBrief)


class _ClipFinishing(Generic[B]):
    """A workflow that takes a clip and returns one, run by a fleet, as an engine.

    Args:
        workflow: The graph and what is known about it.
        fleet: The servers.
        preflight: Checks that passed already; share one between the engines of a process.

    Raises:
        PlanError: The workflow takes no video.
    """

    takes_picture = False
    capability = ""
    shared_frames = 0
    """How many frames each part of the clip has in common with the one before."""

    def __init__(self, workflow: Workflow, fleet: Fleet, preflight: Preflight | None = None) -> None:
        if "video" not in workflow.bindings or workflow.lengths is None or self.capability not in workflow.capabilities:
            raise PlanError(
                f"workflow {workflow.name} cannot be used for {self.capability}: it must have that capability, make a "
                "video, and bind the role `video` to the input that names the clip. See docs/workflows.md"
            )
        self.workflow = workflow
        self.fleet = fleet
        self.preflight = preflight or Preflight()
        self.max_part_frames = _whole_groups(workflow.lengths.max_frames)
        self.name = f"comfyui:{workflow.name}"
        self.version = engine_version(workflow, CODE_VERSION)

    @property
    def lanes(self) -> int:
        """One per server."""
        return self.fleet.lanes

    @contextmanager
    def lease(
        self,
        brief: B,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Path],
        server: str = "",
        is_stopped: Callable[[], bool] = lambda: False,
        avoided: frozenset[str] = frozenset(),
        report_wait: ReportWait = ignore_wait,
        claimant: Claimant = NO_CLAIMANT,
    ) -> Iterator[Lease]:
        """Hold a server for one attempt; see `RemoteEngine.lease`."""
        clip_name = f"{UPLOAD_FOLDER}/{sha256_of(inputs[CLIP])}.mp4"

        def build(chosen: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
            return self._graph(chosen, clip_name, output_prefix(brief, chosen))

        search = ServerSearch(server, is_stopped, avoided, report_wait, claimant)
        with lease_server(self.fleet, self.preflight, self.workflow, parameters, build, search) as lease:
            yield lease

    def abandon(self, server: str, prompt_id: str) -> None:
        """Cancel a job; see `RemoteEngine.abandon`."""
        self.fleet.client(server).cancel(prompt_id)

    def _base_parameters(self, frames: int) -> dict[str, Any]:
        return {
            "workflow": self.workflow.name,
            "workflow_sha256": self.workflow.sha256,
            "seed": 0,
            "parts": split_clip(frames, self.max_part_frames, self.shared_frames),
            "loras": [],
            "models": resolve_models(self.workflow, ""),
        }

    def _render_parts(
        self, brief: B, attempt: Attempt, fps: int, check: Callable[[Path, int], None], part_px: tuple[int, int]
    ) -> tuple[list[Path], float]:
        """Have every part of the clip made; return their files, and the seconds that the server worked.

        Args:
            brief: What is made.
            attempt: On whose behalf.
            fps: The clip's rate.
            check: Called with each result and the number of frames that were sent; raises where it is not as asked.
            part_px: Width and height of a result, for the limit of its file.
        """
        files: list[Path] = []
        gpu_s = 0.0
        parts = attempt.parameters["parts"]
        for number, part in enumerate(parts):
            source = attempt.inputs[CLIP]
            if len(parts) > 1:
                source = attempt.folder / f"part-{number}.mp4"
                first_frame = part["first_frame"]
                concat_strips([Strip(attempt.inputs[CLIP], first_frame, first_frame + part["frames"])], source, fps)
            rendered = self._render_part(brief, attempt, number, source, part_px)
            check(rendered.path, part["frames"])
            files.append(rendered.path)
            gpu_s += rendered.gpu_s
        return files, gpu_s

    def _render_part(
        self, brief: B, attempt: Attempt, number: int, source: Path, part_px: tuple[int, int]
    ) -> RenderedFile:
        """Render one part; after the last one the server is free for others."""
        parameters = attempt.parameters
        rendering = require_rendering(attempt)
        parts = parameters["parts"]
        # Unique per job: ComfyUI answers a graph that it has run before with the first run's file.
        prefix = f"{output_prefix(brief, parameters)}-{rendering.prompt_id_for(number)}"

        def changes(clip_name: str) -> Mapping[str, Any]:
            return self._graph(parameters, clip_name, prefix)[1]

        made_frames = parts[number]["frames"] * int(parameters.get("multiplier", 1))
        max_bytes = max_output_bytes(*part_px, made_frames)
        client = self.fleet.client(rendering.lease.server)
        rendered = run_job(RenderTask(client, self.workflow, attempt, number, len(parts), source, changes, max_bytes))
        if number == len(parts) - 1:
            rendering.lease.release()
        return rendered

    def _graph(
        self, parameters: Mapping[str, Any], clip_name: str, prefix: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the template, and the changes in it for one part of an attempt."""
        values: dict[str, Any] = {
            "video": clip_name,
            "filename_prefix": prefix,
            "width": parameters.get("width_px"),
            "height": parameters.get("height_px"),
            "multiplier": parameters.get("multiplier"),
            "fps": parameters.get("fps"),
        }
        bound = {role: value for role, value in values.items() if role in self.workflow.bindings and value is not None}
        return fill_with_models(self.workflow, bound, parameters)

    def _finish(
        self, brief: B, attempt: Attempt, frames: Iterable[Picture], gpu_s: float, cpu_start_s: float, **details: Any
    ) -> EngineOutput:
        target = attempt.folder / "clip.mp4"
        conform_frames(frames, target, brief.frames, brief.fps, *brief.stored_px, FrameFinisher(brief).edit)
        attempt.report_progress(1.0, "conformed")
        told = {
            "server": require_rendering(attempt).lease.server,
            "made_frames": [part["frames"] for part in attempt.parameters["parts"]],
            **model_details(attempt.parameters),
            **details,
        }
        return EngineOutput({"main": target}, told, cpu_s=time.thread_time() - cpu_start_s, gpu_s=gpu_s)


class ComfyUIUpscaler(_ClipFinishing[UpscaleBrief]):
    """Clips enlarged by a workflow: to the exact size where it binds one, else as it makes them, then scaled here."""

    capability = "super_resolution"

    def expected_s(self, brief: UpscaleBrief) -> float:
        """Return about how long a brief will take, on a card like the one the workflow was measured on."""
        width_px, height_px = brief.scaled_px
        return self.workflow.priors.seconds_per_megapixel_frame * width_px * height_px * brief.frames / 1e6

    def plan_attempt(self, brief: UpscaleBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent; an upscaler has nothing to vary.

        Raises:
            PlanError: This workflow cannot make the size.
        """
        width_px, height_px = brief.scaled_px
        return {**self._base_parameters(brief.frames), "width_px": width_px, "height_px": height_px}

    def make(self, brief: UpscaleBrief, attempt: Attempt) -> EngineOutput:
        """Have the clip of the input `clip` enlarged part by part, and write it in the mezzanine encoding."""
        cpu_start_s = time.thread_time()
        wanted_px = (int(attempt.parameters["width_px"]), int(attempt.parameters["height_px"]))
        has_size = {"width", "height"} <= self.workflow.bindings.keys()
        made_px: set[tuple[int, int]] = set()

        def check(path: Path, frames: int) -> None:
            made_px.add(_check_part(path, frames, brief, wanted_px if has_size else None))

        largest_px = wanted_px if has_size else (8 * brief.width_px, 8 * brief.height_px)
        files, gpu_s = self._render_parts(brief, attempt, brief.fps, check, largest_px)
        frames = concatenated_frames(files, shares_ends=False)
        return self._finish(brief, attempt, frames, gpu_s, cpu_start_s, made_px=sorted(map(list, made_px))[-1])


class ComfyUIInterpolator(_ClipFinishing[InterpolationBrief]):
    """Clips brought to another rate by a workflow that puts `multiplier` - 1 frames between every two."""

    capability = "frame_interpolation"
    shared_frames = 1

    def expected_s(self, brief: InterpolationBrief) -> float:
        """Return about how long a brief will take, on a card like the one the workflow was measured on."""
        made_frames = brief.made_frames * multiplier_for(brief)
        return self.workflow.priors.seconds_per_megapixel_frame * brief.width_px * brief.height_px * made_frames / 1e6

    def plan_attempt(self, brief: InterpolationBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return everything that will be sent; there is nothing to vary.

        Raises:
            PlanError: The workflow takes no multiplier.
        """
        if "multiplier" not in self.workflow.bindings:
            raise PlanError(
                f"workflow {self.workflow.name} interpolates, but binds no `multiplier`. Bind the input that says how "
                "many frames are made of one, or write `engines: {interpolate: embedded}`"
            )
        multiplier = multiplier_for(brief)
        return {
            **self._base_parameters(brief.made_frames),
            "multiplier": multiplier,
            "fps": brief.made_fps * multiplier,
        }

    def make(self, brief: InterpolationBrief, attempt: Attempt) -> EngineOutput:
        """Have frames put between those of the input `clip`, and write those that the delivery shows."""
        cpu_start_s = time.thread_time()
        multiplier = int(attempt.parameters["multiplier"])
        has_rate = "fps" in self.workflow.bindings

        def check(path: Path, frames: int) -> None:
            rate = brief.made_fps * multiplier if has_rate else None
            _check_multiplied(path, (frames - 1) * multiplier + 1, rate, brief)

        size_px = (brief.width_px, brief.height_px)
        files, gpu_s = self._render_parts(brief, attempt, brief.made_fps, check, size_px)
        frames = _chosen(concatenated_frames(files), chosen_frames(brief, multiplier))
        return self._finish(brief, attempt, frames, gpu_s, cpu_start_s, multiplier=multiplier)


def multiplier_for(brief: InterpolationBrief) -> int:
    """Return how many frames are to be made of one: so many that the result's are among them, if not too many."""
    places = resampled_places(brief.made_frames, brief.frames)
    for multiplier in range(1, MAX_MULTIPLIER):
        if all((place * multiplier).denominator == 1 for place in places):
            return multiplier
    return MAX_MULTIPLIER


def chosen_frames(brief: InterpolationBrief, multiplier: int) -> list[int]:
    """Return for each frame of the result the number of the nearest among those that are made."""
    return [round(place * multiplier) for place in resampled_places(brief.made_frames, brief.frames)]


def split_clip(frames: int, max_part_frames: int, shared_frames: int) -> list[dict[str, int]]:
    """Return the parts of a clip, `{"first_frame", "frames"}` each.

    Each part begins at a group of pictures where it can, so that its frames are copied rather than encoded again.

    Args:
        frames: Of the clip.
        max_part_frames: Most frames of a part, besides those that it shares.
        shared_frames: How many frames a part has in common with the one before.
    """
    parts = []
    for first_frame in range(0, max(1, frames - shared_frames), max_part_frames):
        parts.append({"first_frame": first_frame, "frames": min(max_part_frames + shared_frames, frames - first_frame)})
    return parts


def _whole_groups(frames: int) -> int:
    """Return the most frames up to this many that are whole groups of pictures; as many as given if there is none."""
    return frames // KEYFRAME_EVERY_FRAMES * KEYFRAME_EVERY_FRAMES or max(1, frames)


def _check_part(path: Path, frames: int, brief: UpscaleBrief, wanted_px: tuple[int, int] | None) -> tuple[int, int]:
    """Return the size of an enlarged part; raise where size, shape, length or rate is not as asked."""
    facts = probe_clip(path)
    size_px = (facts.width_px, facts.height_px)
    check_clip(path, frames, brief.fps, *(wanted_px or size_px))
    if facts.frames != frames:
        raise MediaError(f"the server's clip has {facts.frames} frames instead of the {frames} that it was sent")
    shape = size_px[0] * brief.height_px / (size_px[1] * brief.width_px)
    if wanted_px is None and abs(shape - 1) > _SHAPE_TOLERANCE:
        raise MediaError(
            f"the server's clip is {size_px[0]}x{size_px[1]} px, of another shape than the {brief.width_px}x"
            f"{brief.height_px} px that it was sent. Bind `width` and `height` in the workflow's workflow.yaml"
        )
    return size_px


def _check_multiplied(path: Path, frames: int, fps: int | None, brief: FinishingBrief) -> None:
    rate = fps if fps is not None else round(float(probe_clip(path).fps))
    facts = check_clip(path, frames, rate, brief.width_px, brief.height_px)
    if facts.frames != frames:
        raise MediaError(f"the server's clip has {facts.frames} frames; expected {frames}, the multiplier's")


def _chosen(frames: Iterable[Picture], numbers: list[int]) -> Iterator[Picture]:
    """Yield frames by their numbers, which never fall; a number that stands twice is yielded twice."""
    at = -1
    frame: Picture | None = None
    source = iter(frames)
    for number in numbers:
        for read in islice(source, number - at):
            frame, at = read, at + 1
        if frame is None or at != number:
            raise MediaError(f"the server's clip has {at + 1} frames; expected more than {number}")
        yield frame
