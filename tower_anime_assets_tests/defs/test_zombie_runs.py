"""Runs whose code server is gone are ended; those of living ones, and of no server, are left alone."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG

from tower_anime_assets.defs.zombie_runs import end_zombie_runs


@dg.job
def nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize("state", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_only_a_run_whose_code_server_is_gone_is_ended(tmp_path: Path, state: dg.DagsterRunStatus) -> None:
    with dg.DagsterInstance.ephemeral() as instance, socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "alive"))
        server.listen()
        runs = {}
        for name in ("alive", "gone", ""):
            tags = {GRPC_INFO_TAG: json.dumps({"host": "localhost", "socket": str(tmp_path / name)})} if name else {}
            runs[name] = instance.create_run_for_job(nothing, status=state, tags=tags).run_id
        assert end_zombie_runs(instance) == [runs["gone"]]
        after = {name: instance.get_run_by_id(run_id) for name, run_id in runs.items()}
        assert {name: run.status for name, run in after.items() if run} == {
            "alive": state,
            "gone": dg.DagsterRunStatus.FAILURE,
            "": state,
        }
        assert end_zombie_runs(instance) == []
