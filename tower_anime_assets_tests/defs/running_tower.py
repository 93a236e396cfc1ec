"""`tower up` as a test starts and uses it: the web UI through the GraphQL that its pages send, and other pages."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets_tests.cli.small_studio import SmallStudio

START_WAIT_S = 300
RUN_WAIT_S = 300
READY = "Ctrl-C stops everything."

REPOSITORY = {"repositoryLocationName": "tower_anime_assets", "repositoryName": "__repository__"}

LAUNCH = """
mutation($it: ExecutionParams!) { launchPipelineExecution(executionParams: $it) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
AGAIN = """
mutation($it: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $it) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
BACKFILL = """
mutation($it: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $it) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
BACKFILL_STATUS = """
query($it: String!) { partitionBackfillOrError(backfillId: $it) { ... on PartitionBackfill { status } } }
"""
RUN_STATUS = "query($it: ID!) { runOrError(runId: $it) { ... on Run { status } } }"
STALE = """
query($episode: String!, $it: [AssetKeyInput!]) { assetNodes(assetKeys: $it) { assetKey { path }
  staleStatus(partition: $episode) staleCauses(partition: $episode) { reason key { path } } } }
"""
PARTITIONS = """
query($it: AssetKeyInput!) { assetNodeOrError(assetKey: $it) { ... on AssetNode {
  partitionKeysByDimension { partitionKeys } } } }
"""

PRODUCED = ("characters", "episodes", "scenes", *dict.fromkeys(stage.asset for stage in EPISODE_STAGES))
"""The assets of the job `produce_episode` up to its master."""


def wait_until(true: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """Return what `true` returns as soon as that is true."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {timeout_s:.0f} s")


@dataclass
class RunningTower:
    """A `tower up` that is ready.

    Attributes:
        output: The file that its terminal output goes to.
    """

    studio: SmallStudio
    process: subprocess.Popen[bytes]
    output: Path
    web_port: int

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def dagster_url(self) -> str:
        return f"{self.web_url}/dagster"

    def ask(self, query: str, it: Any = None, **more: str) -> Any:
        """Return the data that the web UI's server answers with."""
        body = {"query": query, "variables": {"it": it, **more}}
        answer = httpx.post(f"{self.dagster_url}/graphql", json=body, timeout=60, trust_env=False).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def partitions(self, asset: str) -> list[str]:
        found = self.ask(PARTITIONS, {"path": [asset]})["assetNodeOrError"]["partitionKeysByDimension"]
        return [key for dimension in found for key in dimension["partitionKeys"]]

    def staleness(self, episode: str, assets: Sequence[str]) -> dict[str, tuple[str, Any]]:
        """Return what the web UI shows of each asset's staleness for an episode, with its causes."""
        nodes = self.ask(STALE, [{"path": [name]} for name in assets], episode=episode)["assetNodes"]
        return {node["assetKey"]["path"][0]: (node["staleStatus"], node["staleCauses"]) for node in nodes}

    def materialize(self, assets: Sequence[str], episode: str) -> str:
        """Materialize assets with their checks as the asset graph does and return the run's id."""
        paths = [{"path": [name]} for name in assets]
        return self.launch("__ASSET_JOB", episode, selection={"assetSelection": paths})

    def launch(
        self,
        job: str,
        episode: str,
        config: Mapping[str, Any] | None = None,
        selection: Mapping[str, Any] | None = None,
    ) -> str:
        """Launch a job as its launchpad does and return the run's id."""
        answer = self.ask(
            LAUNCH,
            {
                "selector": {**REPOSITORY, "jobName": job, **(selection or {})},
                "mode": "default",
                "runConfigData": config or {},
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": episode}]},
            },
        )["launchPipelineExecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def execute_again(self, run_id: str) -> str:
        answer = self.ask(AGAIN, {"parentRunId": run_id, "strategy": "ALL_STEPS"})["launchRunReexecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def backfill(self, episodes: Sequence[str]) -> str:
        """Backfill every asset of the episodes, wait for the end, and return the backfill's status."""
        assets = [{"path": [name]} for name in PRODUCED if name != "characters"]
        begun = self.ask(BACKFILL, {"partitionNames": list(episodes), "assetSelection": assets})
        number = begun["launchPartitionBackfill"]["backfillId"]

        def ended() -> str:
            status = str(self.ask(BACKFILL_STATUS, number)["partitionBackfillOrError"]["status"])
            return "" if status in ("REQUESTED", "CANCELING", "FAILING") else status

        return str(wait_until(ended, 2 * RUN_WAIT_S, "the backfill's end"))

    def end_of(self, run_id: str) -> str:
        """Wait for a run's end and return its status."""

        def ended() -> str:
            status = str(self.ask(RUN_STATUS, run_id)["runOrError"]["status"])
            return status if status in ("SUCCESS", "FAILURE", "CANCELED") else ""

        return str(wait_until(ended, RUN_WAIT_S, f"the end of run {run_id}"))

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Send a signal, and return the exit code and the seconds until everything had ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        return code, time.monotonic() - began


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_tower(studio: SmallStudio) -> Iterator[RunningTower]:
    """Give a `tower up` on a studio, ready, and stop it afterwards if the test has not."""
    web_port = free_port()
    studio.variables |= {"TOWER_WEB_PORT": str(web_port)}
    output = studio.projects.parent / "up.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            studio.command("up"), env=studio.environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    running = RunningTower(studio, process, output, web_port)
    try:
        wait_until(
            lambda: READY in output.read_text() or process.poll() is not None, START_WAIT_S, "the start of `tower up`"
        )
        assert process.poll() is None, output.read_text()
        yield running
    finally:
        if process.poll() is None:
            running.stop()
