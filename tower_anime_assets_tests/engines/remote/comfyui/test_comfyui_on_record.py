"""What the record keeps of jobs at a server: enough to send them again, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.errors import Cause, ServiceRejectedError
from tower_anime_assets.media.files import MediaStore, sha256_of
from tower_anime_assets.media.frames import probe
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.store import audit, takes, verdicts, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import clip_brief, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL
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
    server.jobs.faults.node_error = "seed out of range"
    with pytest.raises(ServiceRejectedError, match="seed out of range"):
        make(database, tmp_path, fleet, keyframe, "e02")
    trail = audit.load_trail(database, EpisodeKey("fleet", "e02"))
    (decision,), (run,) = trail.decisions, trail.workflows
    assert decision["status"] == "failed"
    assert (run["success"], run["error_node"], run["error_node_type"]) == (False, "smp", "SamplerCustom")


def test_every_picture_that_a_job_starts_from_is_kept_under_the_name_in_its_graph(
    database: Database, tmp_path: Path, fleet: Fleet, keyframe: Path
) -> None:
    make(database, tmp_path, fleet, keyframe, "e03", 0.0)
    media = MediaStore(tmp_path / "media")
    trail = audit.load_trail(database, EpisodeKey("fleet", "e03"))
    uploads = [upload for row in trail.workflows for upload in row["uploads"]]
    assert len(uploads) == 2  # the keyframe, and the last frame of the first part
    for row, upload in zip(trail.workflows, uploads, strict=True):
        assert upload["name"] in workflows.rebuild_graph(database, row["id"])
        assert upload["name"] == f"tower/{upload['sha256']}.png"
        assert media.is_intact(upload["path"], upload["sha256"])
    names = [upload["name"] for upload in uploads]

    def problems() -> list[str]:
        found = workflows.find_graph_problems(database, media.is_intact)
        return [problem for problem in found if any(name in problem for name in names)]

    assert problems() == []
    media.path_of(uploads[1]["path"]).write_bytes(b"something else")
    (problem,) = problems()
    assert f"the start picture {uploads[1]['name']} of workflow run" in problem


BATCHED = replace(STILL, bindings={**STILL.bindings, "batch": ("lat.inputs.batch_size",)})
SHARP = Threshold("pictures_are_sharp", "sharpness", 5.0, None, "", "it is soft", "ask again", good=10.0)


def make_still(
    database: Database,
    tmp_path: Path,
    engine: ComfyUIKeyframes,
    episode: str,
    sharpness: list[float],
    attempts: int = 1,
) -> Outcome:
    """Make a keyframe; what its candidates measure is given."""
    measures = iter(sharpness)
    order: Order[KeyframeBrief] = Order(
        "keyframe",
        f"fleet-{episode}-sc01-sh0010",
        StoryPosition("fleet", episode, "sc01", "sh0010"),
        keyframe_brief(),
        engine,
        lambda _made: Measurement({"sharpness": next(measures)}),
        (SHARP,),
        "A still.",
    )
    return generate(order, AttemptRunner(Record(database, MediaStore(tmp_path / "media"))), {}, attempts=attempts)


def test_of_several_candidates_of_one_job_the_best_is_used_and_all_are_kept(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet
) -> None:
    engine = ComfyUIKeyframes(BATCHED, fleet, candidates=4)
    outcome = make_still(database, tmp_path, engine, "e11", [3.0, 2.0, 9.0, 4.0])
    assert (outcome.accepted, outcome.take.measured["sharpness"]) == (True, 9.0)
    trail = audit.load_trail(database, EpisodeKey("fleet", "e11"))
    (decision,), (job,) = trail.decisions, trail.workflows
    assert len(job["outputs"]) == 4
    assert list(server.submissions.values()) == [1]
    assert decision["quality_score"] == outcome.take.quality_score
    kept = takes.list_by_episode(database, EpisodeKey("fleet", "e11"))
    assert [(take.candidate_rank, take.measured["sharpness"]) for take in kept] == [
        (3, 2.0),
        (2, 3.0),
        (1, 4.0),
        (0, 9.0),
    ]
    assert [take.details["batch_index"] for take in kept] == [1, 0, 3, 2]
    assert len({take.files["main"].sha256 for take in kept}) == 4
    judged = verdicts.find_latest(database, [take.id for take in kept])
    assert [judged[take.id][0].passed for take in kept] == [False, False, False, True]
    assert workflows.rebuild_graph(database, job["id"]) == canonical_json(
        server.jobs.history[str(job["prompt_id"])]["prompt"][2]
    )


def test_where_no_candidate_is_accepted_the_best_of_all_attempts_stands(
    database: Database, tmp_path: Path, fleet: Fleet
) -> None:
    engine = ComfyUIKeyframes(BATCHED, fleet, candidates=2)
    outcome = make_still(database, tmp_path, engine, "e12", [1.0, 4.0, 3.0, 2.0], attempts=2)
    assert (outcome.accepted, outcome.attempts, outcome.take.measured["sharpness"]) == (False, 2, 4.0)


def test_a_workflow_that_makes_several_pictures_by_itself_has_them_all_judged(
    database: Database, tmp_path: Path, fleet: Fleet
) -> None:
    graph = {**STILL.graph, "lat": {**STILL.graph["lat"], "inputs": {**STILL.graph["lat"]["inputs"], "batch_size": 3}}}
    outcome = make_still(
        database, tmp_path, ComfyUIKeyframes(replace(BATCHED, graph=graph), fleet), "e13", [1.0, 6.0, 7.0]
    )
    assert outcome.take.measured["sharpness"] == 7.0


def test_a_full_card_makes_fewer_candidates_before_smaller_ones(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet
) -> None:
    brief = keyframe_brief()
    server.jobs.faults.card_px = 3 * brief.width_px * brief.height_px
    outcome = make_still(database, tmp_path, ComfyUIKeyframes(BATCHED, fleet, candidates=4), "e19", [3.0, 9.0])
    four, two = audit.load_trail(database, EpisodeKey("fleet", "e19")).decisions
    assert (four["cause"], two["status"]) == (Cause.OUT_OF_MEMORY, "succeeded")
    assert outcome.take.details["reduced"] == "2 of 4 candidates"
    assert outcome.take.details["made_px"] == [brief.width_px, brief.height_px]
    assert len(takes.list_by_episode(database, EpisodeKey("fleet", "e19"))) == 2


def test_a_workflow_without_a_bound_batch_makes_one_picture(database: Database, tmp_path: Path, fleet: Fleet) -> None:
    outcome = make_still(database, tmp_path, ComfyUIKeyframes(STILL, fleet, candidates=4), "e14", [6.0])
    assert (outcome.accepted, outcome.take.candidate_rank) == (True, None)


def test_the_model_files_that_were_taken_are_in_the_decision_its_reasons_and_the_take(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet
) -> None:
    server.files["checkpoints"] = ["SDXL\\Anime_SDXL.safetensors"]
    outcome = make_still(database, tmp_path, ComfyUIKeyframes(STILL, fleet), "e09", [9.0])
    (decision,) = audit.load_trail(database, EpisodeKey("fleet", "e09")).decisions
    attempt = decision["parameters"]["attempt"]
    assert attempt["models"] == {"ckpt.inputs.ckpt_name": "anime_sdxl.safetensors"}
    assert [(item["file"], item["how"]) for item in attempt["taken_models"]] == [
        ("SDXL\\Anime_SDXL.safetensors", "same name")
    ]
    assert decision["parameters"]["workflow"]["ckpt.inputs.ckpt_name"] == "SDXL\\Anime_SDXL.safetensors"
    note = "anime_sdxl.safetensors: taken SDXL\\Anime_SDXL.safetensors (the same name, in SDXL/)"
    assert decision["reasoning"].endswith(f" Models: {note}.")
    assert outcome.take.details["taken_models"] == [note]
    (run,) = audit.load_trail(database, EpisodeKey("fleet", "e09")).workflows
    sent = server.jobs.history[str(run["prompt_id"])]["prompt"][2]
    assert workflows.rebuild_graph(database, run["id"]) == canonical_json(sent)
