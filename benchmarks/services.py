"""What the protocol and the record add to a job at a ComfyUI server, beside a bare script that sends the same graph.

`python -m benchmarks.services` prints its table. The server is our fake in a process of its own, with jobs of ten
seconds. How long each job really ran is taken from the server's own history, so what is compared is only what lies
around it. A bare script uploads, submits, listens at the socket, reads the history and saves the file. Ours decides
and leases first, checks, journals, keeps and judges; what it then does with the file (decoding, encoding, measuring)
no bare script does, and is shown apart.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import psycopg
from websockets.sync.client import connect

from benchmarks.table import Row, print_rows
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.engines import suggestions
from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.request import build_graph
from tower_anime_assets.engines.remote.comfyui.workflow_engine import WorkflowEngine
from tower_anime_assets.media import show_files
from tower_anime_assets.media.files import MediaStore, StoredFile
from tower_anime_assets.production.attempt import Attempt, EngineOutput, Submission
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.settings import Settings, resource_root
from tower_anime_assets.stages.clips import clip_order
from tower_anime_assets.stages.engine_choice import EngineChoice
from tower_anime_assets.stages.keyframes import keyframe_order
from tower_anime_assets.stages.shared_dispatch import SharedDispatcher
from tower_anime_assets.store import decisions, migrations, server, takes, verdicts, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take
from tower_anime_assets.workflows.registry import load_registry

JOB_S, STEPS, REPEATS = 10.0, 20, 3
SHORT_JOB_S, CLIPS_IN_A_ROW = 3.0, 4
FRAMES = 121
STILLS, CLIPS = "sdxl_anime_t2i", "ltx_2b_i2v"
MOST_MS, MOST_SHARE = 300, 0.05

HISTORY, WRITES = 100_000, 1000
MOST_WRITE_MS = 50
VERDICTS = 12


@dataclass
class Spent:
    """Seconds of one job beside its running at the server.

    Attributes:
        bare_s: What the bare script takes: upload, submission, news of the end, history, the file.
        ours_s: What `generate` takes in all.
        housing_s: Of that, decoding and encoding the fetched file.
        measuring_s: Of that, measuring for the gates.
    """

    bare_s: float = 0.0
    ours_s: float = 0.0
    housing_s: float = 0.0
    measuring_s: float = 0.0

    @property
    def protocol_s(self) -> float:
        """What protocol and record take more than the bare script does."""
        return self.ours_s - self.housing_s - self.measuring_s - self.bare_s


# A job by a bare script -----------------------------------------------------------------------------------------------


def bare_job(url: str, order: Order[Any], folder: Path) -> float:
    """Have one job made as a script of a page does it; return the seconds that it took beside the job's own."""
    engine: Any = order.engine
    parameters = engine.plan_attempt(order.brief, 1, ())
    client_id, prefix = str(uuid4()), f"bare/{uuid4().hex}"
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        began = time.perf_counter()
        image = ""
        if engine.takes_picture:
            with order.inputs["picture"].open("rb") as file:
                sent = http.post("/upload/image", files={"image": ("start.png", file)}, data={"overwrite": "true"})
            image = sent.raise_for_status().json()["name"]
        template, changes = build_graph(engine.workflow, parameters, parameters["parts"][0], prefix, image)
        graph = json.loads(workflows.fill_template(template, changes))
        with connect(f"ws{url.removeprefix('http')}/ws?clientId={client_id}", proxy=None) as events:
            answer = http.post("/prompt", json={"prompt": graph, "client_id": client_id})
            prompt_id = answer.raise_for_status().json()["prompt_id"]
            while not _is_end(events.recv(), prompt_id):
                pass
        told = http.get(f"/history/{prompt_id}").raise_for_status().json()[prompt_id]
        for output in told["outputs"].values():
            for found in output["images"]:
                (folder / found["filename"]).write_bytes(http.get("/view", params=found).raise_for_status().content)
        return time.perf_counter() - began - ran_s(told)


def _is_end(message: str | bytes, prompt_id: str) -> bool:
    said = json.loads(message) if isinstance(message, str) else {}
    data = said.get("data") or {}
    return said.get("type") == "executing" and data.get("node") is None and data.get("prompt_id") == prompt_id


def ran_s(told: Mapping[str, Any]) -> float:
    """Return how long a job ran, from its entry in the history, seconds."""
    began, ended = _times(told)
    return ended - began


def _times(told: Mapping[str, Any]) -> tuple[float, float]:
    """Return when a job began and ended, from its entry in the history, seconds."""
    at = {kind: data["timestamp"] / 1e3 for kind, data in told["status"]["messages"]}
    return at["execution_start"], at["execution_success"]


# The same job by `generate` -------------------------------------------------------------------------------------------


class _Timed(WorkflowEngine[Any]):
    """Engines that note when their job was on record, and how long they then worked at the file."""

    housing_s = 0.0
    prompt_id = ""

    def make(self, brief: Any, attempt: Attempt) -> EngineOutput:
        rendering = attempt.remote
        assert rendering is not None
        journalled = 0.0

        def journal(done: Submission) -> None:
            nonlocal journalled
            rendering.record_submission(done)
            self.prompt_id, journalled = done.prompt_id, time.perf_counter()

        made: EngineOutput = super().make(brief, replace(attempt, remote=replace(rendering, record_submission=journal)))  # type: ignore[misc]
        self.housing_s = time.perf_counter() - journalled
        return made


class _Stills(_Timed, ComfyUIKeyframes):
    """Keyframes, timed."""


class _Clips(_Timed, ComfyUIClips):
    """Clips, timed."""


def our_job(url: str, order: Order[Any], record: AttemptRunner) -> tuple[Spent, Take]:
    """Have one job made by `generate`; return where the seconds beside the job's own went, and the take."""
    measuring_s = 0.0

    def measure(made: EngineOutput) -> Measurement:
        nonlocal measuring_s
        since = time.perf_counter()
        found = order.measure(made)
        measuring_s = time.perf_counter() - since
        return found

    began = time.perf_counter()
    outcome = generate(replace(order, measure=measure), record, {}, attempts=1)
    whole_s = time.perf_counter() - began
    engine: Any = order.engine
    told = httpx.get(f"{url}/history/{engine.prompt_id}", trust_env=False).json()[engine.prompt_id]
    return Spent(0.0, whole_s - ran_s(told), engine.housing_s, measuring_s), outcome.take


class Wanted:
    """Stills and clips of the bundled show, each of a seed of its own."""

    def __init__(self, fleet: Fleet, media: MediaStore) -> None:
        self.media = media
        self.project, episode = show_files.load_episode(resource_root() / "projects", EpisodeKey.parse("nexus-e01"))
        scene = EmbeddedDirector().plan_scene(self.project, episode.scenes[3], ())
        plain = next(shot for shot in scene.shots if shot.framing is Framing.MEDIUM and len(shot.subjects) == 1)
        self.shot = replace(plain, key=f"nexus-e01-{plain.key}", frames=FRAMES, card="")
        registry = load_registry()
        self.stills = _Stills(registry.workflow(STILLS), fleet)
        self.clips = _Clips(registry.workflow(CLIPS), fleet)

    def still(self, seed: int) -> Order[Any]:
        """Return the order for a keyframe."""
        order: Order[Any] = keyframe_order(self.project, self.shot, EngineChoice(self.stills))
        return replace(order, brief=replace(order.brief, seed=seed))

    def clip(self, seed: int, keyframe: Take) -> Order[Any]:
        """Return the order for the clip that grows from a keyframe."""
        order: Order[Any] = clip_order(self.project, self.shot, keyframe, EngineChoice(self.clips), self.media)
        return replace(order, brief=replace(order.brief, seed=seed))


@contextmanager
def a_server(job_s: float = JOB_S) -> Iterator[str]:
    """Give the address of a fake server in a process of its own, whose jobs take so long."""
    command = [sys.executable, "-m", "tower_anime_assets_tests.fakes.comfyui"]
    command += ["--duration", str(job_s), "--steps", str(STEPS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def a_record() -> Iterator[tuple[Database, MediaStore]]:
    """Give a database and a media store on disk, as a studio's are."""
    with tempfile.TemporaryDirectory(prefix="tower-", dir=_roomy()) as folder:
        settings = Settings(projects=Path(folder), home=Path(folder))
        database = Database(server.ensure_server(settings).url)
        try:
            migrations.apply_migrations(database)
            yield database, MediaStore(Path(folder) / "media")
        finally:
            database.close()
            server.stop_server(settings, only_if_unused=False)


def jobs() -> tuple[list[Spent], list[Spent]]:
    """Return what stills and clips took, a bare one and one of ours by turns."""
    found: tuple[list[Spent], list[Spent]] = ([], [])
    with (
        a_server() as url,
        a_record() as (database, media),
        closing(Fleet([url], dispatcher=SharedDispatcher(database, (url,)))) as fleet,
        tempfile.TemporaryDirectory() as folder,
    ):
        wanted, record = (
            Wanted(fleet, media),
            AttemptRunner(Record(database, media), suggest=partial(suggestions.suggest_parameters, database=database)),
        )
        for seed in range(REPEATS):
            keyframe: Take | None = None
            for spents in found:
                order = wanted.still(seed) if keyframe is None else wanted.clip(seed, keyframe)
                other = replace(order, brief=replace(order.brief, seed=1000 + seed))  # nothing comes from the cache
                bare_s = bare_job(url, other, Path(folder))
                spent, keyframe = our_job(url, order, record)
                spents.append(replace(spent, bare_s=bare_s))
                print(spents[-1], file=sys.stderr)
    return found


def job_rows() -> list[Row]:
    """Return what jobs take beside their running: medians."""
    rows = []
    for kind, spents in zip(("still", f"clip of {FRAMES} frames"), jobs(), strict=True):
        bare, protocol, housing, measuring = (
            statistics.median(values)
            for values in zip(
                *((one.bare_s, one.protocol_s, one.housing_s, one.measuring_s) for one in spents), strict=True
            )
        )
        share = protocol / (JOB_S + bare)
        rows += [
            Row(f"A {kind}: a bare script beside the job", bare * 1e3, "ms", "shown", True),
            Row(
                f"A {kind}: protocol and record more than that",
                protocol * 1e3,
                "ms",
                f"under {MOST_MS} ms",
                protocol * 1e3 < MOST_MS,
            ),
            Row(
                f"A {kind}: the same / a job of {JOB_S:.0f} s",
                share * 100,
                "%",
                f"at most {MOST_SHARE:.0%}",
                share <= MOST_SHARE,
            ),
            Row(f"A {kind}: decoding and the house encoding", housing * 1e3, "ms", "shown", True),
            Row(f"A {kind}: measuring for the gates", measuring * 1e3, "ms", "shown", True),
        ]
    return rows


def idle_s(workers: int) -> float:
    """Return the median seconds for which a server stands still between two clips of a stage.

    Args:
        workers: How many orders are worked at side by side; a stage has two for each server.
    """
    with (
        a_server(SHORT_JOB_S) as url,
        a_record() as (database, media),
        closing(Fleet([url], dispatcher=SharedDispatcher(database, (url,)))) as fleet,
        ThreadPoolExecutor(workers) as pool,
    ):
        wanted, record = (
            Wanted(fleet, media),
            AttemptRunner(Record(database, media), suggest=partial(suggestions.suggest_parameters, database=database)),
        )
        keyframe = generate(wanted.still(0), record, {}, attempts=1).take
        orders = [wanted.clip(seed, keyframe) for seed in range(CLIPS_IN_A_ROW)]
        list(pool.map(lambda order: generate(order, record, {}, attempts=1), orders))
        told = httpx.get(f"{url}/history", trust_env=False).json()
    times = sorted(_times(entry) for entry in told.values())[1:]  # without the keyframe
    return statistics.median(after[0] - before[1] for before, after in pairwise(times))


def idle_rows() -> list[Row]:
    """Return how long a server stands still while its last clip is finished here."""
    still_s, alone_s = idle_s(2), idle_s(1)
    return [
        Row(
            "Between two clips a server stands still",
            still_s * 1e3,
            "ms",
            f"under {MOST_MS} ms",
            still_s < MOST_MS / 1e3,
        ),
        Row("It would, if it waited for each to be finished", alone_s * 1e3, "ms", "shown", True),
    ]


# The record when it is long -------------------------------------------------------------------------------------------

FILL = b"""
INSERT INTO video_workflow_templates (sha256, name, template) VALUES (repeat('0', 64), 'bench', '{}');
INSERT INTO generation_decisions (
    project_id, episode_id, scene_id, shot_id, decision_type, parameters, reasoning, created_by, idempotency_key,
    engine, brief_digest, attempt
)
SELECT
    'show', 'e' || n / 200, 'sc01', 'sh' || n % 200, 'clip',
    jsonb_build_object('brief', jsonb_build_object('frames', 97, 'prompt', repeat('a prompt of usual length ', 20))),
    'because', 'bench', 'fill-' || n, 'comfyui:w' || n % 20, md5(n::text), 1
FROM generate_series(1, 100000) AS n;
UPDATE generation_decisions
SET status = 'succeeded', started_at = now(), finished_at = now(), duration_s = 100, quality_score = 0.8;
INSERT INTO takes (
    decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id, files, measured, details
)
SELECT id, 'clip', brief_digest, project_id, episode_id, scene_id, shot_id, '{"main": {}}', '{}', '{}'
FROM generation_decisions;
INSERT INTO verdicts (take_id, gate, measure, value, unit, passed, remedy)
SELECT id, 'clips_move_as_planned', 'motion_px', 1, 'px', true, '' FROM takes;
INSERT INTO workflow_history (
    decision_id, template_sha256, workflow_json, workflow_sha256, execution_time, success, idempotency_key
)
SELECT id, repeat('0', 64), '{"3.inputs.seed": 7}', repeat('0', 64), 100, true, id || ':0' FROM generation_decisions;
ANALYZE;
"""
"""Through every guard and into the chain: half a million links."""


def record_rows() -> list[Row]:
    """Return what it takes to put one job on record when 100,000 are there."""
    with a_record() as (database, _media):
        with psycopg.connect(database.url) as connection:
            connection.execute("SET synchronous_commit = off")
            began = time.perf_counter()
            connection.execute(FILL)
            print(f"filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        taken = [record_one(database, number) for number in range(WRITES)]
    each = {name: [one[name] for one in taken] for name in taken[0]}
    whole = [sum(one.values()) for one in taken]
    what = f"with {HISTORY:,} decisions stored"
    rows = [
        Row(
            f"One job's whole record, p99, {what}",
            p99(whole),
            "ms",
            f"under {MOST_WRITE_MS} ms",
            p99(whole) < MOST_WRITE_MS,
        ),
        Row("The same, median", statistics.median(whole) * 1e3, "ms", "shown", True),
    ]
    return rows + [Row(f"{name}, p99", p99(times), "ms", "shown", True) for name, times in each.items()]


def record_one(database: Database, number: int) -> dict[str, float]:
    """Put one job on record from its decision to its verdicts; return the seconds of each write."""
    key = f"bench-{number}"
    template = {"3": {"class_type": "KSampler", "inputs": {"seed": 0}}}
    changes = {"3.inputs.seed": number}
    judged = [Verdict(f"gate_{at}", "value", 1.0, 0.0, None, "px", True, "") for at in range(VERDICTS)]
    spent: dict[str, float] = {}

    def timed(name: str, write: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = write()
        spent[name] = time.perf_counter() - began
        return result

    template_sha256 = timed("template", lambda: workflows.save_template(database, "bench", template))
    asked = decisions.NewDecision(
        project_id="show",
        episode_id="e01",
        scene_id="sc01",
        shot_id="sh0010",
        decision_type="clip",
        parameters={"brief": {"prompt": "a prompt of usual length " * 20}, "attempt": {"seed": number}},
        reasoning="because",
        engine="comfyui:w1",
        brief_digest=sha256(key.encode()).hexdigest(),
        idempotency_key=key,
        prompt_id=str(uuid4()),
        server="http://127.0.0.1:8188",
        template_sha256=template_sha256,
    )
    decision = timed("decide", lambda: decisions.record_decision(database, asked))
    timed("start", lambda: decisions.mark_running(database, decision.id))
    run = workflows.NewWorkflowRun(
        decision_id=decision.id,
        template_sha256=template_sha256,
        changes=changes,
        execution_time=10.0,
        idempotency_key=f"{key}:0",
        part=0,
    )
    timed("workflow run", lambda: workflows.record_run(database, run))
    file = StoredFile(template_sha256, "ab/ab.mp4", 1_000_000)
    made = takes.NewTake(
        decision_id=decision.id,
        brief_digest=asked.brief_digest,
        stage="clip",
        project_id="show",
        episode_id="e01",
        scene_id="sc01",
        shot_id="sh0010",
        files={"main": file, "thumb": file},
        measured={item.gate: item.value for item in judged},
        details={"made_px": [768, 512]},
        duration_s=10.0,
        quality_score=0.8,
    )
    take = timed("keep", lambda: takes.record_take(database, made))
    timed("verdicts", lambda: verdicts.record_verdicts(database, take.id, judged))
    return spent


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile, milliseconds."""
    return float(np.percentile(seconds, 99)) * 1e3


def _roomy() -> str | None:
    """Return a folder with a short path: a database's socket lies in it."""
    return "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - TemporaryDirectory makes a folder of our own in it


def measure() -> list[Row]:
    """Return the figures; about four minutes."""
    return [*record_rows(), *job_rows(), *idle_rows()]


if __name__ == "__main__":
    print_rows(measure())
