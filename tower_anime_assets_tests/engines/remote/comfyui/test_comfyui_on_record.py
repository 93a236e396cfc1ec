"""What the record keeps of jobs at a server: enough to send them again, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome, StoryPosition
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.media.files import MediaStore, sha256_of
from tower_anime_assets.media.frames import probe
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.store import audit, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

BAR = Threshold("clips_do_not_freeze", "frozen_run_frames", None, 0.5, "frames", "it stalls", "ask for more motion")


def make(database: Database, tmp_path: Path, fleet: Fleet, keyframe: Path, episode: str, *frozen: float) -> Outcome:
    """Make a long clip; what its attempts measure is given."""
    measures = iter(frozen)

    def measure(made: EngineOutput) -> Measurement:
        assert probe(made.files["main"]).frames == 49
        return Measurement({"frozen_run_frames": next(measures)})

    order: Order[ClipBrief] = Order(
        "clip",
        f"fleet-{episode}-sc01-sh0010",
        StoryPosition("fleet", episode, "sc01", "sh0010"),
        clip_brief(sha256_of(keyframe), frames=49),
        ComfyUIClips(CLIP, fleet),
        measure,
        (BAR,),
        "A long clip.",
        inputs={"picture": keyframe},
    )
    return generate(order, AttemptRunner(Record(database, MediaStore(tmp_path / "media"))), {}, attempts=2)


def test_every_job_can_be_rebuilt_as_it_was_sent(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet, keyframe: Path
) -> None:
    outcome = make(database, tmp_path, fleet, keyframe, "e01", 9.0, 0.0)
    assert (outcome.accepted, outcome.attempts) == (True, 2)
    trail = audit.load_trail(database, EpisodeKey("fleet", "e01"))
    assert [row["status"] for row in trail.decisions] == ["succeeded", "succeeded"]
    assert len(trail.workflows) == 4  # two attempts in two parts
    for row in trail.workflows:
        sent = server.jobs.history[str(row["prompt_id"])]["prompt"][2]
        assert workflows.rebuild_graph(database, row["id"]) == canonical_json(sent)
        assert (row["success"], row["server"]) == (True, server.url)
        assert row["outputs"][0]["size_bytes"] > 0
    first, second = (row["parameters"]["attempt"] for row in trail.decisions)
    assert (first["motion"], second["motion"]) == (1, 2)
    assert second["changed"][0].startswith("motion 1 -> 2: too still")


def test_a_failed_node_is_in_the_record_of_workflows_and_of_decisions(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet, keyframe: Path
) -> None:
    server.jobs.faults.node_error = "Allocation on device"
    with pytest.raises(ServiceRejectedError, match="Allocation on device"):
        make(database, tmp_path, fleet, keyframe, "e02")
    trail = audit.load_trail(database, EpisodeKey("fleet", "e02"))
    (decision,), (run,) = trail.decisions, trail.workflows
    assert decision["status"] == "failed"
    assert (run["success"], run["error_node"], run["error_node_type"]) == (False, "smp", "SamplerCustom")
