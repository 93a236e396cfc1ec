"""The base of keyframe and clip engines: a workflow, a fleet, and the lease of a server for an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.jobs import (
    RenderedFile,
    RenderTask,
    max_output_bytes,
    require_rendering,
    run_job,
)
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.remote.comfyui.request import build_graph, engine_version, lora_uses, output_prefix
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.attempt import Attempt, Lease
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.workflows.workflow import Workflow

CODE_VERSION: Final = "1"
"""Changes when the same brief and workflow would be sent, or conformed, differently."""

B = TypeVar("B", KeyframeBrief, ClipBrief)


class WorkflowEngine(Generic[B]):
    """A ComfyUI workflow, run by a fleet, as an engine.

    Args:
        workflow: The graph and what is known about it.
        fleet: The servers.
        preflight: Checks that passed already; share one between the engines of a process.
    """

    medium = ""

    def __init__(self, workflow: Workflow, fleet: Fleet, preflight: Preflight | None = None) -> None:
        if workflow.medium != self.medium:
            raise PlanError(
                f"workflow {workflow.name} makes {workflow.medium}s; expected one that makes {self.medium}s"
            )
        self.workflow = workflow
        self.fleet = fleet
        self.preflight = preflight or Preflight()
        self.name = f"comfyui:{workflow.name}"
        self.version = engine_version(workflow, CODE_VERSION)

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

    def expected_s(self, brief: B) -> float:
        """Return about how long a brief will take, on a card like the one the workflow was measured on."""
        frames = brief.frames if isinstance(brief, ClipBrief) else 1
        megapixels = brief.width_px * brief.height_px / 1e6
        return self.workflow.priors.seconds_per_megapixel_frame * megapixels * frames

    @contextmanager
    def lease(
        self,
        brief: B,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Path],
        server: str = "",
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Lease]:
        """Hold a server for one attempt; see `RemoteEngine.lease`.

        A server named by an earlier run is not checked again: its job may be finished already.
        """
        if self.takes_picture and "picture" not in inputs:
            raise PlanError(f"workflow {self.workflow.name} needs a picture to start from, and none was given")
        image_name = f"{UPLOAD_FOLDER}/{sha256_of(inputs['picture'])}.png" if self.takes_picture else ""
        first_part = parameters["parts"][0]
        template, changes = build_graph(
            self.workflow, parameters, first_part, output_prefix(brief, parameters), image_name
        )
        with self.fleet.hold(server, is_stopped) as server_hold:
            if not server:
                self.preflight.require_runnable(
                    server_hold.client, self.workflow, lora_uses(parameters), parameters["models"]
                )
            yield Lease(server_hold.client.url, self.workflow.name, template, changes, server_hold.release)

    def abandon(self, server: str, prompt_id: str) -> None:
        """Cancel a job; see `RemoteEngine.abandon`."""
        self.fleet.client(server).cancel(prompt_id)

    def _render_part(self, brief: B, attempt: Attempt, part_number: int, init_image: Path | None) -> RenderedFile:
        """Render one part of an attempt; after the last one the server is free for others."""
        parameters = attempt.parameters
        rendering = require_rendering(attempt)
        part = parameters["parts"][part_number]
        # Unique per job: ComfyUI answers a graph that it has run before with the first run's file.
        prefix = f"{output_prefix(brief, parameters)}-{rendering.prompt_id_for(part_number)}"

        def changes(image_name: str) -> Mapping[str, Any]:
            return build_graph(self.workflow, parameters, part, prefix, image_name)[1]

        max_bytes = max_output_bytes(parameters["width_px"], parameters["height_px"], part["frames"])
        client = self.fleet.client(rendering.lease.server)
        part_count = len(parameters["parts"])
        rendered = run_job(
            RenderTask(client, self.workflow, attempt, part_number, part_count, init_image, changes, max_bytes)
        )
        if part_number == part_count - 1:  # conforming the file takes seconds, in which the server can work
            rendering.lease.release()
        return rendered
