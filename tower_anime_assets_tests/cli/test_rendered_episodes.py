"""Episodes made by ComfyUI servers: whole, on record to the byte, and none of a job lost or sent twice when runs die.

The servers are our fake on real sockets, in this process; `tower` runs as a user runs it, and is killed as it comes.
"""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import dagster as dg
import psycopg
import pytest
from psycopg import sql

from tower_anime_assets.definitions import build_definitions
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.open_decisions import list_abandoned, settle_abandoned
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.run import Run
from tower_anime_assets.store import workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.small_show import KEY, PROJECT, SHORT_SCRIPT

pytestmark = pytest.mark.slow

WAIT_S = 240.0
TOKEN = "tower-test-token-7f3a9c"
STYLE = "style: {checkpoint: ANIME_SDXL.safetensors}\nrouting: {strategy: round_robin, on_failure: next}\n"


@contextmanager
def rendering_studio(
    servers: int = 1, engines: str = "", token: str = ""
) -> Iterator[tuple[SmallStudio, list[FakeComfyUI]]]:
    with ExitStack() as stack:
        fleet = [stack.enter_context(FakeComfyUI(token=token)) for _ in range(servers)]
        studio = stack.enter_context(small_studio())
        (studio.projects / "small" / "project.yaml").write_text(PROJECT + STYLE + engines)
        studio.variables["COMFYUI_URL"] = ",".join(server.url for server in fleet)
        if token:
            studio.variables["TOWER_AUTH_TOKEN"] = token
        yield studio, fleet


def until(happened: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {WAIT_S:.0f} s"
        time.sleep(0.01)


@contextmanager
def record_of(studio: SmallStudio) -> Iterator[Database]:
    assert studio.tower("db", "start").code == 0
    database = Database(f"postgresql://postgres@/tower?host={studio.home / 'pg'}")
    try:
        yield database
    finally:
        database.close()


def trail_of(studio: SmallStudio) -> Any:
    trail = studio.tower("audit", KEY, "--verify", "--json")
    assert trail.code == 0, trail.out[-2000:]
    return trail.json


def assert_every_job_was_decided(studio: SmallStudio, fleet: list[FakeComfyUI]) -> Any:
    """No job without a decision before it, none submitted twice, none open, every one that ended well on record."""
    trail = trail_of(studio)
    sent: dict[str, int] = {}
    for server in fleet:
        for prompt_id, count in server.submissions.items():
            sent[prompt_id] = sent.get(prompt_id, 0) + count
        assert server.global_interrupts == 0
    assert set(sent.values()) <= {1}, sent
    decided = {row["prompt_id"] for row in trail["decisions"] if row["prompt_id"]}
    assert set(sent) <= decided
    assert {row["status"] for row in trail["decisions"]} <= {"succeeded", "lost", "cancelled", "failed"}
    ended_well = {row["prompt_id"] for row in trail["decisions"] if row["status"] == "succeeded" and row["prompt_id"]}
    assert ended_well == {row["prompt_id"] for row in trail["workflows"] if row["success"]}
    return trail


def test_an_episode_is_made_by_a_fleet_of_which_one_dies_half_way() -> None:
    with rendering_studio(2, token=TOKEN) as (studio, fleet):
        for server in fleet:
            server.jobs.duration_s = 0.4
        process = studio.start("produce", KEY, "--json")
        until(lambda: sum(fleet[1].runs.values()) >= 3, "three jobs on the second server")
        fleet[1].kill()
        out, err = process.communicate(timeout=2 * WAIT_S)
        assert process.returncode == 0, out + err
        trail = assert_every_job_was_decided(studio, fleet)
        servers = {row["server"] for row in trail["decisions"] if row["status"] == "succeeded" and row["server"]}
        assert servers == {server.url for server in fleet}
        stages = {row["decision_type"] for row in trail["decisions"] if row["engine"].startswith("comfyui:")}
        assert stages == {"keyframe", "clip"}
        assert all(row["alternatives"] for row in trail["decisions"] if row["engine"].startswith("comfyui:"))
        moved = [row for row in trail["decisions"] if row["server"] == fleet[1].url and row["status"] != "succeeded"]
        again = {row["replaces"] for row in trail["decisions"]} | {
            row["reasoning"] for row in trail["decisions"] if "Started again" in row["reasoning"]
        }
        assert not moved or len(again) > 1, "whatever died with the server was begun anew elsewhere, and says so"
        with record_of(studio) as database:
            for row in trail["workflows"]:
                graph = workflows.rebuild_graph(database, row["id"])
                assert row["prompt_id"] in graph, "the file's prefix names the job"
                assert all(len(output["sha256"]) == 64 for output in row["outputs"] or [])
        again_made = studio.tower("produce", KEY, "--json")
        assert again_made.code == 0, again_made.err
        assert again_made.json["made"] == 0
        assert_the_token_is_nowhere(studio, out + err + again_made.out + again_made.err)


def assert_the_token_is_nowhere(studio: SmallStudio, printed: str) -> None:
    assert TOKEN not in printed
    with record_of(studio) as database:
        tables = _tables(database)
        assert ("dagster", "event_logs") in tables
        for schema, table in tables:
            assert _rows_with(database, schema, table) == 0, f"{schema}.{table} holds the token"
    for path in studio.home.rglob("*"):
        if path.is_file() and "pg" not in path.relative_to(studio.home).parts:
            assert TOKEN.encode() not in path.read_bytes(), f"{path} holds the token"


def _tables(database: Database) -> list[tuple[str, str]]:
    with psycopg.connect(database.url) as connection:
        found = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'dagster')"
        ).fetchall()
    return [(str(schema), str(table)) for schema, table in found]


def _rows_with(database: Database, schema: str, table: str) -> int:
    asked = sql.SQL("SELECT count(*) FROM {} AS searched WHERE searched::text LIKE {}").format(
        sql.Identifier(schema, table), sql.Literal(f"%{TOKEN}%")
    )
    with psycopg.connect(database.url) as connection:
        row = connection.execute(asked).fetchone()
    assert row is not None
    return int(row[0])


def test_a_server_that_is_down_is_an_error_with_its_name_and_nothing_takes_its_place() -> None:
    with rendering_studio() as (studio, fleet):
        fleet[0].kill()
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 3, ran.out
        assert fleet[0].url in ran.err
        assert "COMFYUI_URL" in ran.err
        made = {row["decision_type"] for row in trail_of(studio)["decisions"]}
        assert not made & {"keyframe", "clip"}


def test_missing_models_are_all_named_before_anything_is_queued() -> None:
    with rendering_studio() as (studio, fleet):
        for folder in ("checkpoints", "diffusion_models"):
            fleet[0].files[folder] = []
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 2
        for told in ("keyframes of small-e01", "clips of small-e01", "qwen_image_fp8_e4m3fn.safetensors", "curl -fL"):
            assert told in ran.err
        assert "ComfyUI/models/checkpoints" in ran.err
        assert fleet[0].submissions == {}


KEYFRAMES_ONLY = "engines: {clips: embedded}\n"


def _is_asked(server: FakeComfyUI, since: int, method: str, path: str) -> bool:
    return any(request.path.endswith(path) for request in server.requests[since:] if request.method == method)


MOMENTS: dict[str, Callable[[FakeComfyUI, int, Counter[str], int], Any]] = {
    "before a decision": lambda server, since, _sent, _runs: _is_asked(server, since, "GET", "/KSampler"),
    "submitting": lambda server, since, _sent, _runs: _is_asked(server, since, "POST", "/prompt"),
    "queued": lambda server, _since, sent, _runs: server.submissions.keys() - sent.keys(),
    "running": lambda server, _since, sent, _runs: (job := server.jobs.running) and job.prompt_id not in sent,
    "fetching": lambda server, since, _sent, _runs: _is_asked(server, since, "GET", "/view"),
    "keeping": lambda server, _since, _sent, runs: sum(server.runs.values()) >= runs + 2,
}
"""What has just happened at the server: of its requests since one, its jobs besides those sent, and its runs."""


def test_a_run_killed_at_any_step_of_the_protocol_goes_on_with_the_same_jobs() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        server = fleet[0]
        for moment, has_happened in MOMENTS.items():
            server.jobs.duration_s = 1.0 if moment in ("queued", "running") else 0.05
            if moment == "submitting":
                server.faults.prompt, server.faults.prompt_is_taken = "timeout", True
            if moment == "fetching":
                server.faults.view, server.faults.slow_s = "slow", 3.0
            since, sent, runs = len(server.requests), server.submissions.copy(), sum(server.runs.values())
            process = studio.start("produce", KEY, "--json")
            until(partial(has_happened, server, since, sent, runs), moment)
            process.kill()
            process.communicate()
            server.faults.prompt = server.faults.view = ""
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 0, ran.err
        trail = assert_every_job_was_decided(studio, fleet)
        ended_well = {row["prompt_id"] for row in trail["decisions"] if row["status"] == "succeeded"}
        assert server.submissions.keys() <= ended_well, "what was at the server was taken up, not made again"


@pytest.mark.parametrize(
    ("answer", "is_taken"), [("500", True), ("500", False), ("timeout", True), ("truncated", True)]
)
def test_a_submission_whose_answer_is_lost_is_looked_for_and_not_sent_twice(answer: str, is_taken: bool) -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        server = fleet[0]
        server.faults.prompt, server.faults.prompt_is_taken, server.faults.prompt_times = answer, is_taken, 1
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 0, ran.err
        trail = assert_every_job_was_decided(studio, fleet)
        ends = [row["status"] for row in trail["decisions"] if row["prompt_id"]]
        assert ends.count("succeeded") == sum(row["stage"] == "keyframe" for row in trail["takes"])


def test_a_restarted_server_has_lost_its_jobs_and_they_are_made_again() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        server = fleet[0]
        server.jobs.duration_s = 30.0
        process = studio.start("produce", KEY, "--json")
        until(lambda: server.jobs.running is not None, "a running job")
        process.kill()
        process.communicate()
        server.restart()
        server.jobs.duration_s = 0.05
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 0, ran.err
        trail = assert_every_job_was_decided(studio, fleet)
        assert "lost" in {row["status"] for row in trail["decisions"]}


def test_ctrl_c_takes_back_our_job_and_nobody_elses() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        server = fleet[0]
        server.jobs.duration_s = 20.0
        process = studio.start("produce", KEY, "--json")
        until(lambda: server.jobs.running is not None, "a running job")
        running = server.jobs.running
        assert running is not None
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 130
        assert server.jobs.running is None or server.jobs.running.prompt_id != running.prompt_id
        assert server.global_interrupts == 0
        trail = trail_of(studio)
        assert [row["status"] for row in trail["decisions"] if row["prompt_id"] == running.prompt_id] == ["cancelled"]


def test_two_runs_share_a_server_one_job_at_a_time() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        other = studio.projects / "small" / "episodes" / "e02.fountain"
        other.write_text(SHORT_SCRIPT.replace("STREET", "HARBOUR").replace("Short", "Other"))
        fleet[0].jobs.duration_s = 0.2
        assert studio.tower("db", "start").code == 0
        first = studio.start("produce", KEY, "--json")
        second = studio.start("produce", "small-e02", "--json")
        waiting: list[int] = []
        while first.poll() is None or second.poll() is None:
            with fleet[0].jobs.changed:
                waiting.append(len(fleet[0].jobs.pending) + (fleet[0].jobs.running is not None))
            time.sleep(0.02)
        outs = [first.communicate(), second.communicate()]
        assert (first.returncode, second.returncode) == (0, 0), outs
        assert max(waiting) == 1, "nothing ever waits at the server behind a job of ours"


def test_what_nobody_finishes_is_settled_without_a_run_of_its_episode() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        server = fleet[0]
        server.jobs.duration_s = 2.0
        process = studio.start("produce", KEY, "--json")
        until(lambda: server.jobs.running is not None, "a running job")
        process.kill()
        process.communicate()
        settings = from_environment(studio.environment)
        with open_studio(settings) as opened:
            (place,) = list_abandoned(opened)
            assert (place.key, place.decision_type) == (KEY, "keyframe")
            assert [item.outcome for item in settle_abandoned(Run(opened))] == ["all settled"]
            assert list_abandoned(opened) == []
        trail = assert_every_job_was_decided(studio, fleet)
        (kept,) = [row for row in trail["takes"] if row["stage"] == "keyframe"]
        assert kept["decision_id"] in {row["id"] for row in trail["decisions"] if row["status"] == "succeeded"}
        assert sum(server.submissions.values()) == 1, "settling begins nothing new"


def test_the_run_that_the_sensor_asks_for_settles_what_is_open() -> None:
    with rendering_studio(engines=KEYFRAMES_ONLY) as (studio, fleet):
        studio.script.write_text(SHORT_SCRIPT)
        fleet[0].jobs.duration_s = 30.0
        process = studio.start("produce", KEY, "--json")
        until(lambda: fleet[0].jobs.running is not None, "a running job")
        process.kill()
        process.communicate()
        fleet[0].restart()
        with (
            warnings.catch_warnings(),
            open_studio(from_environment(studio.environment)) as opened,
            dg.DagsterInstance.ephemeral() as instance,
        ):
            warnings.simplefilter("ignore", DeprecationWarning)  # Dagster's own use of what pydantic deprecates
            job = build_definitions({"studio": opened}).resolve_job_def("finish_interrupted_work")
            assert job.execute_in_process(instance=instance).success
            assert list_abandoned(opened) == []
        statuses = {row["status"] for row in trail_of(studio)["decisions"] if row["prompt_id"]}
        assert statuses == {"lost"}


IN_TURN = """\
Title: In turn

EXT. STREET - NIGHT
[[mood: tense]]

[[shot: wide]]
Akira runs down the street.

[[shot: medium]]
Akira stops at a door.

[[shot: close-up]]
Akira looks back.
"""


def test_a_run_killed_between_keyframes_that_build_on_each_other_goes_on_with_the_same_jobs() -> None:
    with rendering_studio(engines="engines: {clips: embedded, keyframes_from: previous}\n") as (studio, fleet):
        studio.script.write_text(IN_TURN)
        server = fleet[0]
        server.jobs.duration_s = 1.0
        process = studio.start("produce", KEY, "--json")
        until(lambda: len(server.submissions) == 2 and server.jobs.running is not None, "the second keyframe's job")
        process.kill()
        process.communicate()
        server.jobs.duration_s = 0.05
        before = set(server.submissions)
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 0, ran.err
        trail = assert_every_job_was_decided(studio, fleet)
        kept = [
            row for row in trail["decisions"] if row["decision_type"] == "keyframe" and row["status"] == "succeeded"
        ]
        assert before <= {row["prompt_id"] for row in kept}, "what was at the server was taken up, not made again"
        redrawn = ("comfyui:sdxl_anime_i2i", "comfyui:qwen_image_edit_2509")
        assert [row["engine"] in redrawn for row in sorted(kept, key=lambda row: str(row["shot_id"]))] == [
            False,
            True,
            True,
        ]
        again = studio.tower("produce", KEY, "--json")
        assert (again.code, again.json["made"]) == (0, 0)
