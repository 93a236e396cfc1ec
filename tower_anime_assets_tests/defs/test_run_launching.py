"""A director's runs on a real Dagster: launched, watched, refused twice at once, cancelled, killed, found on record."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import dagster as dg
import httpx
import pytest

from tower_anime_assets.defs.instance import dagster_environment
from tower_anime_assets.defs.run_launching import DagsterRuns
from tower_anime_assets.defs.web_ui import open_workspace
from tower_anime_assets.errors import ConflictError, PlanError, UnknownKeyError
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.run_launching import RunKind, RunRequest, RunStatus, RunView
from tower_anime_assets.stages.show_creation import add_missing_cast, create_show
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.story import load_plan
from tower_anime_assets_tests.cli.small_studio import small_studio
from tower_anime_assets_tests.defs.running_tower import RunningTower, running_tower, wait_until
from tower_anime_assets_tests.small_show import KEY, SCRIPT, SHORT_SCRIPT

pytestmark = pytest.mark.slow

SHOT = f"{KEY}-sc01-sh0010"
OVER = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELED)


@dataclass(frozen=True)
class Panel:
    """What the Director panel works with: a running tower, and its runs."""

    tower: RunningTower
    runs: DagsterRuns
    studio: Studio
    instance: dg.DagsterInstance

    def launch(self, **more: Any) -> str:
        asked = {"kind": RunKind.EPISODE, "keys": (KEY,), "who": "mira", **more}
        return self.runs.launch(RunRequest(**asked))

    def watch(self, run_id: str) -> list[RunView]:
        async def collect() -> list[RunView]:
            return [view async for view in self.runs.watch(run_id)]

        return asyncio.run(asyncio.wait_for(collect(), 600))

    def wait_for_takes(self, run_id: str) -> RunView:
        """Wait until a run makes keyframes."""

        def begun() -> RunView | None:
            view = self.runs.read_run(run_id)
            assert not view.status.is_over, view
            return view if any(stage.stage == "keyframe" for stage in view.progress.stages) else None

        view = wait_until(begun, 120, "the first keyframe")
        assert isinstance(view, RunView)
        return view

    def decisions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.tower.studio.tower("audit", KEY, "--json").json["decisions"]
        return rows


@pytest.fixture(scope="module")
def panel() -> Iterator[Panel]:
    with small_studio() as studio, running_tower(studio) as tower, pytest.MonkeyPatch.context() as patch:
        studio.script.write_text(SHORT_SCRIPT)
        for name, value in studio.environment.items():
            patch.setenv(name, value)
        settings = from_environment()
        database = Database(server.ensure_server(settings).url)
        for name, value in dagster_environment(settings, database.url).items():
            patch.setenv(name, value)
        with open_workspace(lambda _connection: "") as workspace:
            opened = Studio(settings, database)
            yield Panel(tower, DagsterRuns(opened, workspace), opened, workspace.instance)
        database.close()


def test_a_run_is_asked_for_in_a_second_refused_to_others_watched_to_its_end_and_on_record_by_name(
    panel: Panel,
) -> None:
    began = time.monotonic()
    run_id = panel.launch(why="the first cut")
    assert time.monotonic() - began < 5, "under a second on a machine that is not shared"
    with pytest.raises(ConflictError, match=f"mira has made {KEY} since .*run {run_id} is .*cancel it") as caught:
        panel.launch(who="jo")
    assert caught.value.version == run_id
    views = panel.watch(run_id)
    assert len(views) > 2
    last = views[-1]
    assert last.status is RunStatus.SUCCEEDED, last.problems
    assert (last.who, last.why, last.episode, last.job) == ("mira", "the first cut", KEY, "produce_episode")
    assert last.started_at is not None
    assert last.ended_at is not None
    assert last.started_at < last.ended_at
    stages = {stage.stage: stage for stage in last.progress.stages}
    assert set(stages) == {"sheet", "plan", "keyframe", "clip", "voice", "music", "mix", "master"}
    assert all(stage.done == stage.total for stage in stages.values()), stages
    assert stages["clip"].made >= stages["clip"].total > 1
    assert last.progress.left_s == 0
    assert any(view.progress.left_s > 1 for view in views), "the time left was told"
    assert any(line.startswith("Keyframes: ") for line in last.progress.lines)
    made = panel.decisions()
    assert {row["created_by"] for row in made} == {"mira"}
    told = panel.tower.studio.tower("audit", KEY).out
    assert "Asked for by mira." in told
    assert re.search(f"mira began run {run_id} on .* UTC: the first cut\\.", told)


def test_a_show_made_in_the_panel_can_be_run_at_once(panel: Panel) -> None:
    made = create_show(panel.studio, SHORT_SCRIPT.encode(), "harbour.fountain", "mira", project="harbour")
    assert made.faults == ()
    run_id = panel.launch(keys=(str(made.key),), stages=("plan",))
    last = panel.watch(run_id)[-1]
    assert last.status is RunStatus.SUCCEEDED, last.problems
    plan = load_plan(panel.studio.database, made.key)
    assert plan is not None
    script = panel.studio.settings.projects / "harbour" / "episodes" / "e01.fountain"
    script.write_text(SCRIPT)
    assert add_missing_cast(panel.studio, made.key, "mira").files == ("characters/luna.yaml",)
    assert panel.watch(panel.launch(keys=(str(made.key),), stages=("plan",)))[-1].status is RunStatus.SUCCEEDED
    changed = load_plan(panel.studio.database, made.key)
    assert changed is not None
    assert len(changed.shots) > len(plan.shots), "a run of some stages begins with the files as they are now"


def test_of_two_requests_at_the_same_moment_one_is_refused(panel: Panel) -> None:
    def ask(who: str) -> str:
        try:
            return panel.launch(who=who)
        except ConflictError as error:
            return f"refused for {error.version}"

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(ask, ["mira", "jo"]), key=lambda answer: answer.startswith("refused"))
    assert second == f"refused for {first}"
    last = panel.watch(first)[-1]
    assert last.status is RunStatus.SUCCEEDED
    assert sum(stage.made for stage in last.progress.stages) == 0
    assert sum(stage.reused for stage in last.progress.stages) > 5


def test_a_run_is_started_and_followed_to_its_end_by_http(panel: Panel) -> None:
    url, body = f"{panel.tower.web_url}/api/runs", {"kind": "episode", "keys": [KEY], "why": "from a browser"}
    with httpx.Client(timeout=120, trust_env=False) as client:
        started = client.post(url, json=body)
        assert started.status_code == 202, started.text
        busy = client.post(url, json=body)
        assert (busy.status_code, busy.headers["location"]) == (409, started.headers["location"])
        events: list[tuple[str, Any]] = []
        with client.stream("GET", f"{url}/{started.json()['id']}/events") as stream:
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    events.append((value, None))
                elif name == "data":
                    events[-1] = (events[-1][0], json.loads(value))
        assert [name for name, _run in events] == ["progress"] * (len(events) - 1) + ["end"]
        last = events[-1][1]
        assert (last["status"], last["why"], last["problems"]) == ("succeeded", "from a browser", [])
        assert last == client.get(f"{url}/{last['id']}").json()
        assert client.get(url, params={"episode": KEY, "limit": 1}).json()["items"] == [last]
        assert client.get(f"{url}?active=true").json()["items"] == []


def test_chosen_shots_are_made_again_while_others_wait_their_turn(panel: Panel) -> None:
    other = SHOT.replace("sh0010", "sh0020")
    run_id = panel.launch(kind=RunKind.SHOTS, keys=(SHOT,), who="jo", stages=("keyframe",))
    with pytest.raises(ConflictError, match=run_id):
        panel.launch(kind=RunKind.SHOTS, keys=(SHOT, other))
    second = panel.launch(kind=RunKind.SHOTS, keys=(other,), stages=("keyframe",))
    for run, shot, who in ((run_id, SHOT, "jo"), (second, other, "mira")):
        last = panel.watch(run)[-1]
        assert last.status is RunStatus.SUCCEEDED, last.problems
        assert last.shots == (shot,)
        (keyframes,) = last.progress.stages
        assert keyframes.stage == "keyframe"
        assert keyframes.made >= 1
        assert keyframes.reused == keyframes.total - 1
        assert {row["created_by"] for row in panel.decisions() if row["shot_id"] == shot[-6:]} == {"mira", who}


def test_a_cancelled_run_ends_so_by_name_and_leaves_nothing_open(panel: Panel) -> None:
    run_id = panel.launch(force=True)
    panel.wait_for_takes(run_id)
    cancelled = panel.runs.cancel(run_id, "jo")
    assert cancelled.canceled_by == "jo"
    last = panel.watch(run_id)[-1]
    assert last.status is RunStatus.CANCELED
    assert {row["status"] for row in panel.decisions()} <= {"succeeded", "cancelled"}
    assert panel.runs.cancel(run_id, "mira").canceled_by == "jo", "it was over"


def test_a_killed_run_is_seen_and_the_next_one_may_begin(panel: Panel) -> None:
    run_id = panel.launch(force=True)
    panel.wait_for_takes(run_id)
    records = panel.instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records
    events = [record.event_log_entry.get_dagster_event() for record in records]
    (pid,) = {
        int(str(event.engine_event_data.metadata["pid"].value))
        for event in events
        if "pid" in event.engine_event_data.metadata
    }
    os.kill(pid, signal.SIGKILL)
    last = panel.watch(run_id)[-1]
    assert last.status is RunStatus.FAILED
    (problem,) = last.problems
    assert "run it again to go on" in problem.message
    again = panel.launch()
    assert panel.watch(again)[-1].status is RunStatus.SUCCEEDED
    assert not {row["status"] for row in panel.decisions()} & {"pending", "running", "failed"}


def test_runs_are_listed_newest_first_in_pages(panel: Panel) -> None:
    first = panel.runs.list_runs(limit=2, episode=KEY)
    rest = panel.runs.list_runs(limit=200, after=first.next, episode=KEY)
    everything = [*first.items, *rest.items]
    assert len(first.items) == 2
    assert rest.next == ""
    assert [view.created_at for view in everything] == sorted((view.created_at for view in everything), reverse=True)
    assert len({view.id for view in everything}) == len(everything) >= 3
    assert panel.runs.list_runs(active_only=True, episode=KEY).items == ()
    assert everything[0].as_json()["status"] == "succeeded"
    with pytest.raises(PlanError, match="begin the list again"):
        panel.runs.list_runs(after="nobody")


def test_what_nobody_can_make_is_refused_at_once(panel: Panel) -> None:
    with pytest.raises(UnknownKeyError, match=f"there is no episode small-e09; there are .*{KEY}"):
        panel.launch(keys=("small-e09",))
    with pytest.raises(UnknownKeyError, match="has no shot"):
        panel.launch(kind=RunKind.SHOTS, keys=(f"{KEY}-sc01-sh9990",))
    with pytest.raises(UnknownKeyError, match="there is no run"):
        panel.runs.read_run("nobody")


def test_what_somebody_launches_in_dagsters_web_ui_carries_their_name(panel: Panel) -> None:
    studio = panel.tower.studio
    token = studio.tower("token", "add", "ana", "--scope", "spend").out.split()[-1]
    try:
        headers = {"Authorization": f"Bearer {token}"}
        query = """mutation($it: ExecutionParams!) { launchPipelineExecution(executionParams: $it) {
            __typename ... on LaunchRunSuccess { run { runId } } } }"""
        selector = {"repositoryLocationName": "tower_anime_assets", "repositoryName": "__repository__"}
        tags = [{"key": "dagster/partition", "value": KEY}, {"key": "user", "value": "somebody else"}]
        it = {
            "selector": {**selector, "jobName": "produce_episode"},
            "mode": "default",
            "runConfigData": {},
            "executionMetadata": {"tags": tags},
        }
        body = {"query": query, "variables": {"it": it}}
        address = f"{panel.tower.dagster_url}/graphql"
        answer = httpx.post(address, json=body, headers=headers, timeout=60, trust_env=False).json()
        run_id = answer["data"]["launchPipelineExecution"]["run"]["runId"]
        backfill = """mutation($it: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $it) {
            ... on LaunchBackfillSuccess { backfillId } } }"""
        wanted = {"partitionNames": [KEY], "assetSelection": [{"path": ["music_tracks"]}]}
        body = {"query": backfill, "variables": {"it": wanted}}
        filled = httpx.post(address, json=body, headers=headers, timeout=60, trust_env=False).json()
        number = filled["data"]["launchPartitionBackfill"]["backfillId"]
    finally:
        studio.tower("token", "revoke", "ana")
    assert panel.runs.read_run(run_id).who == "ana"
    assert panel.watch(run_id)[-1].status is RunStatus.SUCCEEDED
    chosen = dg.RunsFilter(tags={"dagster/backfill": number})
    (filling,) = wait_until(lambda: panel.instance.get_runs(chosen), 120, "the backfill's run")
    assert panel.watch(filling.run_id)[-1].who == "ana"


def test_a_run_in_a_terminal_is_watched_too_and_ended_there(panel: Panel) -> None:
    process = panel.tower.studio.start("produce", KEY, "--force", "--json")
    try:

        def running() -> list[RunView]:
            items = panel.runs.list_runs(active_only=True, episode=KEY).items
            return [view for view in items if view.progress.stages]

        (view,) = wait_until(running, 60, "the run of the command")
        assert view.is_of_command
        with pytest.raises(PlanError, match="press Ctrl-C there"):
            panel.runs.cancel(view.id, "mira")
        with pytest.raises(ConflictError, match="press Ctrl-C in its terminal"):
            panel.launch()
    finally:
        process.communicate(timeout=300)
    assert panel.runs.read_run(view.id).status is RunStatus.SUCCEEDED
