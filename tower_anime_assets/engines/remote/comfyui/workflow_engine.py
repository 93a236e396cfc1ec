"""What the engines of stills and of clips share: a workflow, a fleet, and how a server is leased for an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from tower_anime_assets.clients.comfyui import UPLOAD_FOLDER, ComfyUIClient
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
"""Changed when the same brief and workflow would be asked for, or finished, otherwise."""

B = TypeVar("B", KeyframeBrief, ClipBrief)


class WorkflowEngine(Generic[B]):
    """A ComfyUI workflow run by a fleet, as an engine; stills and clips differ in what they ask and make of it.

    Args:
        workflow: The graph and what is known of it.
        fleet: The servers.
        preflight: What has been found right at which server; share one between engines of a process.
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
        """As many as there are servers."""
        return self.fleet.lanes

    @property
    def tunable(self) -> Mapping[str, Tunable]:
        """What of the parameters may be changed, by name, and within which range."""
        return self.workflow.tunable

    @property
    def takes_picture(self) -> bool:
        """Whether the workflow starts from a picture."""
        return "image" in self.workflow.bindings

    def expected_s(self, brief: B) -> float:
        """Return the seconds that a brief will take on a card such as the workflow's figures are of."""
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

        A server named by an earlier run is not examined again: its job may be finished and wait to be fetched.
        """
        if self.takes_picture and "picture" not in inputs:
            raise PlanError(f"workflow {self.workflow.name} starts from a picture, and none was given")
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
        """Take a job back from a server: see `RemoteEngine.abandon`."""
        self.fleet.client(server).cancel(prompt_id)

    def _render_part(self, brief: B, attempt: Attempt, part_number: int, init_image: Path | None) -> RenderedFile:
        """Have one part of an attempt made; after the last one the server is free for others."""
        parameters = attempt.parameters
        rendering = require_rendering(attempt)
        part = parameters["parts"][part_number]
        # Unlike the attempt, a job is unique: a graph sent twice would be answered with the first one's file.
        prefix = f"{output_prefix(brief, parameters)}-{rendering.prompt_id_for(part_number)}"

        def changes(image_name: str) -> Mapping[str, Any]:
            return build_graph(self.workflow, parameters, part, prefix, image_name)[1]

        max_bytes = max_output_bytes(parameters["width_px"], parameters["height_px"], part["frames"])
        client: ComfyUIClient = self.fleet.client(rendering.lease.server)
        parts: Sequence[Any] = parameters["parts"]
        rendered = run_job(
            RenderTask(client, self.workflow, attempt, part_number, len(parts), init_image, changes, max_bytes)
        )
        if part_number == len(parts) - 1:  # what is left to do with the file takes seconds, in which it can work
            rendering.lease.release()
        return rendered
