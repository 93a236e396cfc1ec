"""The base of keyframe and clip engines: a workflow, a fleet, and the lease of a server for an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER
from tower_anime_assets.engines.protocols import PictureSource
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.input_pictures import InputPicture, InputPictures
from tower_anime_assets.engines.remote.comfyui.jobs import (
    RenderedFile,
    RenderTask,
    max_output_bytes,
    require_rendering,
    run_job,
)
from tower_anime_assets.engines.remote.comfyui.leases import ServerSearch, lease_server
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.remote.comfyui.request import (
    TAKEN_MODELS,
    build_graph,
    engine_version,
    mapped_files,
    output_prefix,
    steps_share,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.attempt import NO_CLAIMANT, Attempt, Claimant, Lease, ReportWait, ignore_wait
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.reductions import Precision, Reduction, SizeGrid, memory_reductions
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.workflows.loras import workflow_lora_fit
from tower_anime_assets.workflows.model_choice import lower_precisions
from tower_anime_assets.workflows.workflow import BATCH, Workflow

CODE_VERSION: Final = "1"
"""Changes when the same brief and workflow would be sent, or conformed, differently."""

ABANDON_S: Final = 5.0
"""How long a job that nothing needs any more is looked after: it is asked to end, and whether it did matters little."""

_NO_PICTURES: Final[Mapping[str, Path]] = {}

B = TypeVar("B", KeyframeBrief, ClipBrief)


class WorkflowEngine(Generic[B]):
    """A ComfyUI workflow, run by a fleet, as an engine.

    Args:
        workflow: The graph and what is known about it.
        fleet: The servers.
        preflight: Checks that passed already; share one between the engines of a process.
        source: Draws what the workflow takes besides words, if it takes such pictures.
    """

    medium = ""

    def __init__(
        self,
        workflow: Workflow,
        fleet: Fleet,
        preflight: Preflight | None = None,
        source: PictureSource | None = None,
    ) -> None:
        if workflow.medium != self.medium:
            raise PlanError(
                f"workflow {workflow.name} makes {workflow.medium}s; expected one that makes {self.medium}s"
            )
        self.workflow = workflow
        self.fleet = fleet
        self.preflight = preflight or Preflight()
        self.name = f"comfyui:{workflow.name}"
        self.input_pictures = InputPictures(workflow, source)
        versions = filter(None, (CODE_VERSION, self.input_pictures.version))
        self.version = engine_version(workflow, " ".join(versions))

    def version_for(self, brief: B) -> str:
        """Return the version that counts for a brief; it changes with the map of the LoRAs and checkpoint it names."""
        mapped = mapped_files(self.workflow, brief)
        return digest(self.version, mapped)[:12] if mapped else self.version

    @property
    def lanes(self) -> int:
        """One per server."""
        return self.fleet.lanes

    @property
    def tunable(self) -> Mapping[str, Tunable]:
        """The parameters that suggestions may change, by name."""
        return self.workflow.tunable

    @property
    def takes_picture(self) -> bool:
        """Whether the workflow starts from a picture."""
        return "image" in self.workflow.bindings

    def usable_loras(self, loras: Sequence[Lora]) -> tuple[Lora, ...]:
        """Return those LoRAs that the workflow is run with."""
        return tuple(lora for lora in loras if workflow_lora_fit(self.workflow, lora).is_used)

    @property
    def picture_roles(self) -> tuple[str, ...]:
        """Roles of the other pictures that the workflow takes."""
        return self.workflow.picture_roles

    def expected_s(self, brief: B) -> float:
        """Return about how long a brief will take, on a card like the one the workflow was measured on."""
        frames = brief.frames if isinstance(brief, ClipBrief) else 1
        megapixels = brief.width_px * brief.height_px / 1e6
        share = steps_share(self.workflow, brief.quality)
        return self.workflow.priors.seconds_per_megapixel_frame * megapixels * frames * share

    def reductions(self, parameters: Mapping[str, Any]) -> tuple[Reduction, ...]:
        """Return what an attempt can give up when a card was too small for it; see `learning.reductions`."""
        grid = SizeGrid(self.workflow.sizes.multiple_px, self.workflow.sizes.min_px)
        return memory_reductions(parameters, grid, self._lower_precisions(parameters))

    def _lower_precisions(self, parameters: Mapping[str, Any]) -> tuple[Precision, ...]:
        """Return the workflow's models in lower precisions than those of an attempt, the highest of them first."""
        taken = {item["place"]: item["file"] for item in parameters.get(TAKEN_MODELS, ()) if item["place"]}
        steps = lower_precisions(self.workflow, {**parameters.get("models", {}), **taken})
        return tuple(Precision(", ".join(dict.fromkeys(files.values())), files) for files in steps)

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
        if self.takes_picture and "picture" not in inputs:
            raise PlanError(f"workflow {self.workflow.name} needs a picture to start from, and none was given")
        image_name = f"{UPLOAD_FOLDER}/{sha256_of(inputs['picture'])}.png" if self.takes_picture else ""
        names = {role: picture.name for role, picture in self._draw_pictures(brief, parameters, inputs).items()}

        def build(chosen: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
            prefix = output_prefix(brief, chosen)
            return build_graph(self.workflow, chosen, chosen["parts"][0], prefix, image_name, names)

        search = ServerSearch(server, is_stopped, avoided, report_wait, claimant)
        with lease_server(self.fleet, self.preflight, self.workflow, parameters, build, search) as lease:
            yield lease

    def abandon(self, server: str, prompt_id: str) -> None:
        """Cancel a job; see `RemoteEngine.abandon`."""
        self.fleet.client(server).cancel(prompt_id, ABANDON_S)

    def _draw_pictures(
        self, brief: B, parameters: Mapping[str, Any], inputs: Mapping[str, Path]
    ) -> dict[str, InputPicture]:
        return self.input_pictures.pictures(brief, inputs, (parameters["width_px"], parameters["height_px"]))

    def _prepare_pictures(self, brief: B, attempt: Attempt) -> dict[str, Path]:
        """Return the files of the pictures to upload besides the init image, by role."""
        files = {}
        for role, picture in self._draw_pictures(brief, attempt.parameters, attempt.inputs).items():
            files[role] = attempt.folder / f"{role}.png"
            files[role].write_bytes(picture.png)
        return files

    def _render_part(
        self,
        brief: B,
        attempt: Attempt,
        part_number: int,
        init_image: Path | None,
        pictures: Mapping[str, Path] = _NO_PICTURES,
    ) -> RenderedFile:
        """Render one part of an attempt; after the last one the server is free for others."""
        parameters = attempt.parameters
        rendering = require_rendering(attempt)
        part = parameters["parts"][part_number]
        # Unique per job: ComfyUI answers a graph that it has run before with the first run's file.
        prefix = f"{output_prefix(brief, parameters)}-{rendering.prompt_id_for(part_number)}"

        names = {role: f"{UPLOAD_FOLDER}/{sha256_of(path)}.png" for role, path in pictures.items()}

        def changes(image_name: str) -> Mapping[str, Any]:
            return build_graph(self.workflow, parameters, part, prefix, image_name, names)[1]

        max_bytes = max_output_bytes(parameters["width_px"], parameters["height_px"], part["frames"])
        client = self.fleet.client(rendering.lease.server)
        part_count = len(parameters["parts"])
        rendered = run_job(
            RenderTask(
                client,
                self.workflow,
                attempt,
                part_number,
                part_count,
                init_image,
                changes,
                max_bytes,
                candidates=int(parameters.get(BATCH, 1)),
                pictures=pictures,
                picture_names=names,
            )
        )
        if part_number == part_count - 1:  # conforming the file takes seconds, in which the server can work
            rendering.lease.release()
        return rendered
