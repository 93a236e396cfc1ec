"""Probe renders: made on record, measured, and kept in the manifest with its comments."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tower_anime_assets.errors import MediaError, PlanError, ServiceRejectedError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.workflow_import import add_workflow
from tower_anime_assets.stages.workflow_probe import PROBE_PROJECT, probe_workflow
from tower_anime_assets.store import decisions, profiles, workflows
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.inference import NO_WORDS
from tower_anime_assets.workflows.registry import load_registry_for
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_jobs import Graph
from tower_anime_assets_tests.fakes.node_facts import NodeClass, NodeInput
from tower_anime_assets_tests.workflows import people_graphs as people


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    (tmp_path / "projects").mkdir()
    return Settings(projects=tmp_path / "projects", home=tmp_path / "home", database_url=database.url)


def add(settings: Settings, name: str, graph: dict[str, Any]) -> Path:
    file = settings.home.parent / f"{name}.json"
    file.write_text(json.dumps(graph))
    return add_workflow(settings, file).workflow.file


def doubled(graph: Graph) -> bytes:
    """What an upscaler of factor 2 would make."""
    asked = next(node["inputs"] for node in graph.values() if node["class_type"] == "EmptyLatentImage")
    made = io.BytesIO()
    Image.new("RGB", (2 * asked["width"], 2 * asked["height"])).save(made, "PNG")
    return made.getvalue()


def server(**options: Any) -> FakeComfyUI:
    files = {"checkpoints": ["sd.safetensors"], "upscale_models": ["4x.pth"]}
    return FakeComfyUI(files=files, **options)


def test_an_unknown_factor_is_measured_and_then_the_workflow_is_used(settings: Settings, database: Database) -> None:
    manifest = add(settings, "mine", people.enlarged(by=None))
    manifest.write_text(manifest.read_text() + "# mine\n")
    assert load_registry_for(settings).workflow("mine").status == "needs a hand"
    with server(renderer=doubled) as comfyui:
        report = probe_workflow(settings, "mine", server=comfyui.url)
        (prompt_id,) = comfyui.runs
        sent = comfyui.jobs.history[prompt_id]["prompt"][2]
    workflow = load_registry_for(settings).workflow("mine")
    assert (workflow.status, workflow.sizes.scale, workflow.sizes.multiple_px) == ("experimental", 2.0, 16)
    assert workflow.probe == report.probe
    assert (report.probe.width_px, report.probe.frames, report.is_kept) == (1024, 1, True)
    assert workflow.priors.source.startswith("measured: a probe render at ComfyUI")
    assert "# mine" in manifest.read_text()
    assert report.conclusions[0] == "The result is 2 times as large as what it is asked for or given."
    decision = decisions.find_by_id(database, report.decision_id)
    assert decision is not None
    assert (decision.project_id, decision.status, decision.engine) == (PROBE_PROJECT, "succeeded", "probe:mine")
    (job,) = workflows.find_jobs(database, report.decision_id)
    assert json.loads(job.graph) == sent
    profiles.refresh_profiles(database)  # what is learned from jobs is not upset by one without a brief


def test_the_length_and_rate_of_a_clip_are_measured_from_a_test_picture(settings: Settings) -> None:
    add(settings, "loop", people.repeated())
    with server() as comfyui:
        report = probe_workflow(settings, "loop", server=comfyui.url)
    probe = report.probe
    assert (probe.width_px, probe.height_px, probe.frames, probe.fps) == (512, 512, 9, 24.0)
    assert report.workflow.remarks == (NO_WORDS,)


def test_a_size_that_cannot_be_set_is_kept_as_the_only_one(settings: Settings) -> None:
    graph = people.stills(**{"5": people.node("SizePicker", resolution="landscape")})
    add(settings, "fixed", graph)
    size_gap = "text_to_image: no width is bound, and the size that it makes was not measured"
    assert size_gap in load_registry_for(settings).workflow("fixed").gaps
    comfyui = server(renderer=lambda _graph: doubled({"1": people.node("EmptyLatentImage", width=320, height=192)}))
    picker = NodeClass("SizePicker", {"resolution": NodeInput("resolution", "STRING", True)}, ("LATENT",), False)
    comfyui.classes["SizePicker"] = picker
    with comfyui:
        probe_workflow(settings, "fixed", server=comfyui.url)
    workflow = load_registry_for(settings).workflow("fixed")
    assert (workflow.gaps, workflow.sizes.fixed_px) == ((), (640, 384))


def test_what_keeps_a_probe_from_being_made_is_said_and_on_record(settings: Settings, database: Database) -> None:
    manifest = add(settings, "mine", people.stills())
    before = manifest.read_text()
    with pytest.raises(PlanError, match="no server to render at"):
        probe_workflow(settings, "mine")
    with (
        FakeComfyUI(files={}) as bare,
        pytest.raises(ServiceRejectedError, match=r"cannot run mine:\n.*sd.safetensors"),
    ):
        probe_workflow(settings, "mine", server=bare.url)
    with server() as comfyui:
        comfyui.jobs.faults.node_error = "Allocation on device"
        with pytest.raises(ServiceRejectedError, match="Allocation on device"):
            probe_workflow(settings, "mine", server=comfyui.url)
        comfyui.jobs.faults.node_error = ""
        comfyui.jobs.faults.saves_nothing = True
        with pytest.raises(ServiceRejectedError, match="saved nothing"):
            probe_workflow(settings, "mine", server=comfyui.url)
    with server(renderer=lambda _graph: (b"no picture", ".png")) as comfyui, pytest.raises(MediaError):
        probe_workflow(settings, "mine", server=comfyui.url)
    assert manifest.read_text() == before
    since = {"project_ids": [PROBE_PROJECT], "since": datetime(2000, 1, 1, tzinfo=UTC), "limit": 100}
    failed = database.fetch_all("decisions.list_recent", since)
    assert [row["status"] for row in failed if row["engine"] == "probe:mine"][:3] == ["failed"] * 3


def test_a_shipped_workflow_is_measured_but_its_files_are_left_alone(settings: Settings) -> None:
    with FakeComfyUI() as comfyui:
        report = probe_workflow(settings, "sdxl_anime_t2i", server=comfyui.url)
    assert (report.is_kept, report.probe.width_px) == (False, 1024)
    assert load_registry_for(settings).workflow("sdxl_anime_t2i").probe is None
