"""Probe renders: one job of a workflow with its graph's own values, measured, and kept in its `workflow.yaml`.

What a graph does not tell, such as the factor of an upscale model, is measured this way. A probe is on record like
every job: its decision is committed before anything is sent. It belongs to no project, and nothing is learned from it
except what is written into the manifest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np

from tower_anime_assets.clients.comfyui import ComfyUIClient, Job, OutputFile, RenderFailedError, SystemStats
from tower_anime_assets.engines.attempts import job_id
from tower_anime_assets.engines.remote.comfyui import preflight
from tower_anime_assets.engines.spending import SpendingGuard
from tower_anime_assets.errors import (
    MediaError,
    PlanError,
    ServiceRejectedError,
    StoppedError,
    TowerError,
    cause_of,
    recorded_name,
)
from tower_anime_assets.media.external import probe_external_video, read_brought_picture, read_external_picture
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.attempt import Claimant, JobPriority
from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.spending import JobCost, SpendingRules
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.settings import Settings, hide_secrets
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.workflow_import import edit_manifest, own_folder
from tower_anime_assets.stages.workflow_measures import Measured, manifest_edits, read_conclusions
from tower_anime_assets.store import decisions, spending, workflows
from tower_anime_assets.workflows.filling import fill_workflow, is_legal_length
from tower_anime_assets.workflows.registry import SHIPPED_FOLDER, load_registry_for
from tower_anime_assets.workflows.workflow import Probe, Workflow, value_at

PROBE_PROJECT: Final = "studio:probes"
"""What probes are recorded under; no show can have this id."""

_PROBE_PROMPT: Final = "a lighthouse on a cliff by the sea, morning light"
_DEFAULT_SIDE_PX: Final = 512
_LARGEST_RESULT_BYTES: Final = 2_000_000_000


@dataclass(frozen=True)
class ProbeReport:
    """What a probe render showed.

    Attributes:
        workflow: As it is read after the figures were kept.
        probe: The figures.
        conclusions: What they mean for the workflow, a sentence each.
        is_kept: Whether they are in its `workflow.yaml`; not for shipped workflows.
        decision_id: The record of the job.
    """

    workflow: Workflow
    probe: Probe
    conclusions: tuple[str, ...]
    is_kept: bool
    decision_id: str


def probe_workflow(
    settings: Settings,
    name: str,
    *,
    project: str = "",
    server: str = "",
    report_progress: Callable[[float, str], None] = lambda _part, _words: None,
) -> ProbeReport:
    """Render a workflow once with its own values, measure the result, and keep the figures in its manifest.

    Args:
        settings: The studio.
        name: The workflow.
        project: A project whose own workflows count too.
        server: The ComfyUI server; "" for the first of COMFYUI_URL that is free.
        report_progress: Takes 0..1 and a few words.

    Raises:
        PlanError: There is no such workflow, it has no graph, or no server is configured.
        ServiceError: The server does not answer, lacks something, or could not make it.
        MediaError: What it made cannot be read, or is not what the workflow is made for.
    """
    workflow = load_registry_for(settings, project).workflow(name)
    if not workflow.graph:
        raise PlanError(f"workflow {workflow.name} has no graph, so there is nothing to render")
    servers = (server.rstrip("/"),) if server else settings.comfyui_servers
    if not servers:
        raise PlanError("no server to render at: set COMFYUI_URL, or name one with --server")
    with (
        open_studio(settings) as studio,
        closing(studio.open_fleet(servers)) as fleet,
        fleet.hold(medium=workflow.medium, claimant=Claimant(priority=JobPriority.PERSON)) as hold,
    ):
        stats = hold.client.system_stats()
        problems = preflight.find_problems(hold.client, workflow, stats=stats)
        if lacking := [problem for problem in problems if problem.subject not in ("video memory", "graphics card")]:
            lines = "\n".join(f"  {problem}" for problem in lacking)
            raise ServiceRejectedError(f"ComfyUI at {hold.client.url} cannot run {workflow.name}:\n{lines}")
        render = _ProbeRender(studio, hold.client, workflow, report_progress)
        measured = render.run()
    probe = _probe_of(workflow, measured, stats)
    conclusions = read_conclusions(workflow, measured)
    is_own = SHIPPED_FOLDER not in workflow.file.parents
    if is_own:
        folder = own_folder(settings, workflow.name, project)
        workflow = edit_manifest(folder, manifest_edits(workflow, probe, measured))
    return ProbeReport(workflow, probe, conclusions, is_own, render.decision_id)


def probe_cost(guard: SpendingGuard, rules: SpendingRules, workflow: Workflow, stage: str, server: str) -> JobCost:
    """Return what a probe is expected to cost: as earlier ones did, else as the studio's file or the workflow says."""
    engine = f"probe:{workflow.name}"
    price = rules.prices.of(engine, server)
    pace = spending.find_pace(guard.database, stage, engine, STANDARD)
    if pace is not None:
        return JobCost(engine, 1, pace.seconds, price, f"median of {pace.jobs} jobs", has_gpu=True)
    if price.gpu_seconds is not None:
        return JobCost(engine, 1, price.gpu_seconds, price, "studio.yaml", has_gpu=True)
    width_px, height_px = _own_size(workflow)
    frames = float(_own_value(workflow, "frames") or 1)
    seconds = workflow.priors.seconds_per_megapixel_frame * width_px * height_px / 1e6 * frames
    return JobCost(engine, 1, seconds or None, price, "the workflow's declared pace", has_gpu=True)


class _ProbeRender:
    """One job: decided on record, sent, awaited, fetched and measured; however it ends, that is recorded."""

    def __init__(
        self,
        studio: Studio,
        client: ComfyUIClient,
        workflow: Workflow,
        report_progress: Callable[[float, str], None],
    ) -> None:
        self.decision_id = ""
        self._studio = studio
        self._client = client
        self._workflow = workflow
        self._report_progress = report_progress
        self._uploads: tuple[Mapping[str, Any], ...] = ()
        self._key = f"probe:{workflow.name}:{uuid4()}"

    def run(self) -> Measured:
        """Return what the render showed.

        Raises:
            TowerError: It could not be made or measured; the record says so too.
        """
        prompt_id = job_id(self._key, 0)
        started = time.monotonic()
        database = self._studio.database
        with self._studio.media.workspace() as folder:
            values, picture = self._values(folder)
            template, changes = fill_workflow(self._workflow, values)
            self._decide(prompt_id, template, changes)
            decisions.mark_running(database, self.decision_id)
            try:
                measured = self._render(prompt_id, template, changes, folder, picture)
            except StoppedError:
                decisions.mark_cancelled(database, self.decision_id, time.monotonic() - started)
                raise
            except Exception as error:
                message = hide_secrets(f"{recorded_name(error)}: {error}")
                decisions.mark_failed(database, self.decision_id, message, time.monotonic() - started, cause_of(error))
                raise
            except BaseException:
                self._client.cancel(prompt_id)
                decisions.mark_cancelled(database, self.decision_id, time.monotonic() - started)
                raise
        result = decisions.DecisionResult("succeeded", time.monotonic() - started, gpu_s=measured.seconds)
        database.run_in_transaction(lambda transaction: decisions.end_decision(transaction, self.decision_id, result))
        return measured

    def _values(self, folder: Path) -> tuple[dict[str, Any], Path | None]:
        """Return what is set in the graph: seed, prefix and test picture, and a prompt where it has none."""
        workflow = self._workflow
        values: dict[str, Any] = {
            "seed": seed_from(self._key) % 2**31,
            "filename_prefix": f"tower/{digest(self._key)[:16]}",
        }
        picture = None
        if "image" in workflow.bindings or "end_image" in workflow.bindings:
            picture = folder / "probe.png"
            write_png(picture, _test_picture(*_own_size(workflow)))
            name = self._client.upload_picture(picture, f"{sha256_of(picture)}.png")
            values |= {"image": name, "end_image": name}
            kept = self._studio.media.store_copy(picture)
            self._uploads = ({"name": name, "path": kept.path, "sha256": kept.sha256},)
        own_prompts = [value_at(workflow.graph, place) for place in workflow.bindings.get("prompt", ())]
        if own_prompts and not any(str(prompt).strip() for prompt in own_prompts):
            values["prompt"] = _PROBE_PROMPT
        frames = _own_value(workflow, "frames")
        if workflow.lengths is not None and frames and not is_legal_length(workflow.lengths, int(frames)):
            lengths = workflow.lengths
            steps = max(0, (min(int(frames), lengths.max_frames) - lengths.offset) // lengths.step)
            values["frames"] = lengths.offset + steps * lengths.step
        return {role: value for role, value in values.items() if role in workflow.bindings}, picture

    def _decide(self, prompt_id: str, template: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        workflow, database = self._workflow, self._studio.database
        stage = CLIPS.name if workflow.medium == "video" else KEYFRAMES.name
        guard = Run(self._studio).spending_guard
        rules = guard.rules_for("")
        cost = probe_cost(guard, rules, workflow, stage, self._client.url)
        charged, admit = guard.charge(cost, rules, PROBE_PROJECT, "")
        parameters = {"attempt": {"workflow": workflow.name, "parts": [{}], "changes": dict(changes)}}
        decision = decisions.record_decision(
            database,
            decisions.NewDecision(
                project_id=PROBE_PROJECT,
                decision_type=stage,
                parameters=parameters,
                reasoning=f"A probe render of {workflow.name}, to measure what its graph does not tell.",
                engine=f"probe:{workflow.name}",
                engine_version=workflow.sha256[:12],
                brief_digest=digest(self._key),
                idempotency_key=self._key,
                prompt_id=prompt_id,
                server=self._client.url,
                template_sha256=workflows.save_template(database, workflow.name, template),
                **charged,
            ),
            admit,
        )
        self.decision_id = decision.id

    def _render(
        self,
        prompt_id: str,
        template: Mapping[str, Any],
        changes: Mapping[str, Any],
        folder: Path,
        picture: Path | None,
    ) -> Measured:
        queued_at = datetime.now(UTC)
        job: Job | None = None
        outputs: tuple[Mapping[str, Any], ...] = ()
        message = None
        try:
            self._client.submit(prompt_id, workflows.fill_template(template, changes), prompt_id)
            job = self._client.wait_for_job(
                prompt_id,
                client_id=prompt_id,
                progress=self._report_progress,
                is_stopped=self._studio.stopped.is_set,
            )
            output = _output_of(self._workflow, job)
            file = folder / "result"
            self._client.download_output(output, file, _LARGEST_RESULT_BYTES)
            outputs = ({"filename": output.filename, "sha256": sha256_of(file), "size_bytes": file.stat().st_size},)
            return self._measure(file, output, job, changes, picture)
        except RenderFailedError as error:
            job, message = error.job, str(error)
            raise
        except BaseException as error:
            message = str(error) if isinstance(error, TowerError) else f"{type(error).__name__}: {error}"
            raise
        finally:
            self._record_run(prompt_id, changes, queued_at, job, message, outputs)

    def _measure(
        self, file: Path, output: OutputFile, job: Job, changes: Mapping[str, Any], picture: Path | None
    ) -> Measured:
        if output.is_video:
            clip = probe_external_video(file)
            width_px, height_px, frames, fps = clip.width_px, clip.height_px, clip.frames, float(clip.fps)
        else:
            height_px, width_px = read_external_picture(file).shape[:2]
            frames, fps = 1, 0.0
        asked = {
            role: changes.get(places[0], value_at(self._workflow.graph, places[0]))
            for role, places in self._workflow.bindings.items()
            if role in ("width", "height", "frames", "fps")
        }
        given_px = read_brought_picture(picture).shape[1::-1] if picture is not None else None
        return Measured(
            width_px, height_px, frames, fps, _seconds_of(job), job.peak_vram_bytes, asked,
            (int(given_px[0]), int(given_px[1])) if given_px is not None else None,
        )  # fmt: skip

    def _record_run(
        self,
        prompt_id: str,
        changes: Mapping[str, Any],
        queued_at: datetime,
        job: Job | None,
        message: str | None,
        outputs: tuple[Mapping[str, Any], ...],
    ) -> None:
        database = self._studio.database
        decision = decisions.find_by_id(database, self.decision_id)
        failure = job.failure if job is not None else None
        workflows.record_run(
            database,
            workflows.NewWorkflowRun(
                decision_id=self.decision_id,
                template_sha256=(decision.template_sha256 if decision is not None else None) or "",
                changes=changes,
                execution_time=_seconds_of(job) if job is not None else 0.0,
                idempotency_key=f"{self.decision_id}:0",
                error_message=message,
                part=0,
                prompt_id=prompt_id,
                server=self._client.url,
                queued_at=queued_at,
                started_at=job.started_at if job is not None else None,
                finished_at=(job.finished_at if job is not None else None) or datetime.now(UTC),
                error_node=failure.node or None if failure is not None else None,
                error_node_type=failure.node_type or None if failure is not None else None,
                peak_vram_bytes=job.peak_vram_bytes or None if job is not None else None,
                outputs=outputs,
                uploads=self._uploads,
            ),
        )


def _output_of(workflow: Workflow, job: Job) -> OutputFile:
    """Return the file that a workflow is made for.

    Raises:
        MediaError: The job saved another kind of file, or at another node.
    """
    wants_video = workflow.medium == "video"
    for output in job.outputs:
        if output.node in workflow.output_nodes and output.is_video == wants_video and output.type == "output":
            return output
    kinds = {True: "a video", False: "a picture"}
    made = ", ".join(f"node {item.node} {kinds[item.is_video]} ({item.type})" for item in job.outputs) or "nothing"
    raise MediaError(
        f"{workflow.name} is to save {kinds[wants_video]} at node {' or '.join(workflow.output_nodes)}, and saved "
        f"{made}. Correct `medium` or `output` in its workflow.yaml: `tower workflows bind {workflow.name} output=NODE`"
    )


def _own_value(workflow: Workflow, role: str) -> Any:
    places = workflow.bindings.get(role, ())
    return value_at(workflow.graph, places[0]) if places else None


def _own_size(workflow: Workflow) -> tuple[int, int]:
    """Return the size of a test picture: what the graph asks for, else a square."""
    sides = [_own_value(workflow, side) for side in ("width", "height")]
    width_px, height_px = (
        int(side) if isinstance(side, int | float) and 0 < side <= 4096 else _DEFAULT_SIDE_PX for side in sides
    )
    return width_px // 2 * 2 or 2, height_px // 2 * 2 or 2


def _test_picture(width_px: int, height_px: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a picture with slopes and edges, (height, width, 3) uint8 sRGB."""
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    checks = ((rows // 32 + columns // 32) % 2) * 80
    slopes = np.stack([columns * 175 // width_px, rows * 175 // height_px, np.full_like(rows, 90)], axis=-1)
    return np.asarray(slopes + checks[..., np.newaxis], np.uint8)


def _seconds_of(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        return 0.0
    return max(0.0, (job.finished_at - job.started_at).total_seconds())


def _probe_of(workflow: Workflow, measured: Measured, stats: SystemStats) -> Probe:
    return Probe(
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        server=f"ComfyUI {stats.version} on {stats.device}"[:200],
        graph_sha256=workflow.graph_sha256,
        width_px=measured.width_px,
        height_px=measured.height_px,
        frames=measured.frames,
        fps=round(measured.fps, 3),
        seconds=round(measured.seconds, 3),
        vram_bytes=measured.vram_bytes,
    )
