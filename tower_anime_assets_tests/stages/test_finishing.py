"""Clips between model and master: at the model's rate and size, then at the delivery's, through record and server."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError, PlanError
from tower_anime_assets.media.concat import mezzanine_faults
from tower_anime_assets.media.frames import frame_at, probe
from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.events import Event, StageStarted
from tower_anime_assets.stages.finishing import FINISHING_STAGES, INTERPOLATIONS, UPSCALES, delivered_clips, make_clips
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.stage import NOTHING_AGAIN, EpisodeRun, Selection
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import SHIPPED_FOLDER
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import rendered
from tower_anime_assets_tests.small_show import KEY, write_small_show
from tower_anime_assets_tests.stages.conftest import MadeEpisode

PROJECT = """\
title: Small Show
delivery: {width: 384, height: 384, fps: 24, max_clip_frames: 9, working: {width: 256, height: 256}}
seed: 7
thresholds: {motion_off_range_px: {high: 99}, start_ssim: {low: 0}, length_error_share: {high: 9}}
routing: {explore: false, pins: {e01: wan16}}
"""
SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[shot: wide]] [[duration: 0.5]]
Akira runs down the street.

> LATER <
"""
UPSCALER = "RealESRGAN_x4plus.safetensors"


@dataclass
class Show:
    """The small show with its drawn keyframes, and a server that makes clips of them at 16 frames per second."""

    folder: Path
    server: FakeComfyUI
    database: Database
    studio: Studio

    def read(self, **engines: str) -> None:
        """Read the show with these engines, in a process that has asked the server nothing yet."""
        chosen = {"keyframes": "embedded", "clips": "comfyui", **engines}
        text = ", ".join(f"{name}: {value}" for name, value in chosen.items())
        folder = write_small_show(self.folder / "projects", SCRIPT, PROJECT + f"engines: {{{text}}}\n")
        (folder / "characters" / "luna.yaml").unlink()  # nobody needs her, and her sheet takes a second to paint
        (folder / "workflows" / "wan16").mkdir(parents=True, exist_ok=True)
        shutil.copy(SHIPPED_FOLDER / "wan22_14b_i2v" / "graph.json", folder / "workflows" / "wan16")
        self.studio.close()
        self.studio = Studio(self.studio.settings, self.database)
        ingest.read_characters(Run(self.studio), "small")
        ingest.read_episode(self.studio, EpisodeKey.parse(KEY))

    @property
    def work(self) -> EpisodeRun:
        return saved_episode(Run(self.studio), EpisodeKey.parse(KEY))

    def made(self, selection: Selection = NOTHING_AGAIN) -> StageReport:
        """Make the episode's clips as its asset does."""
        for stage in (SHOT_PLANS, KEYFRAMES):
            assert self.work.make(stage).rejected == ()
        return make_clips(self.work, selection)

    def planned(self) -> Counter[tuple[str, str]]:
        """Return how many takes the episode's dry run lists, by stage and state, of clips and what follows them."""
        stages = {CLIPS.name, *(stage.name for stage in FINISHING_STAGES)}
        items = plan_takes(self.studio, EpisodeKey.parse(KEY))
        return Counter((item.stage, item.state) for item in items if item.stage in stages)

    def outcome(self, stage: Any) -> Outcome:
        found = [outcome for _order, outcome in self.work.find(stage, partial=True)]
        assert found[0] is not None
        return found[0]

    def file_of(self, outcome: Outcome) -> Path:
        return self.studio.media.path_of(outcome.take.files["main"].path)


def files_without_upscaler(server: FakeComfyUI) -> None:
    server.files["upscale_models"] = []


@pytest.fixture
def show(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Show]:
    database = Database(database_server.make_database())
    with FakeComfyUI() as server:
        settings = Settings(tmp_path / "projects", tmp_path / "home", services={"comfyui": server.url})
        made = Show(tmp_path, server, database, Studio(settings, database))
        yield made
        made.studio.close()
    database.close()


def test_a_clip_of_16_frames_per_second_and_of_another_size_reaches_the_delivery(show: Show) -> None:
    files_without_upscaler(show.server)
    show.read()
    assert show.planned().keys() == {("clip", "waits"), ("interpolation", "waits"), ("upscale", "waits")}
    report = show.made()
    assert report.rejected == ()
    shots = episode_plan(show.work).shots
    jobs = sum(show.server.submissions.values())
    assert jobs == len(shots), "rate and size are changed here: no server has a workflow for either"
    assert {outcome.take.engine for outcome in report.outcomes} == {"embedded-scaler"}
    assert {outcome.attempts for outcome in report.outcomes} == {3}, "clip, interpolation, upscale"
    assert (report.figures["interpolation_made"], report.figures["upscale_made"]) == (len(shots), len(shots))
    shot = shots[0]
    facts = {stage.name: probe(show.file_of(show.outcome(stage))) for stage in (CLIPS, *FINISHING_STAGES)}
    assert (float(facts["clip"].fps), facts["clip"].width_px) == (16.0, 256)
    assert facts["clip"].frames == round((shot.frames - 1) * 2 / 3) + 1
    assert (float(facts["interpolation"].fps), facts["interpolation"].width_px) == (24.0, 256)
    for name in ("interpolation", "upscale"):
        assert facts[name].frames == shot.frames
        assert mezzanine_faults(facts[name], 24) == []
    assert (facts["upscale"].width_px, facts["upscale"].height_px, facts["upscale"].fps) == (384, 384, Fraction(24))
    assert [take.id for take in delivered_clips(show.work)] == [outcome.take.id for outcome in report.outcomes]
    decision = decisions.find_by_id(show.database, show.outcome(UPSCALES).take.decision_id)
    assert decision is not None
    assert "From 256x256 px to 384x384. No server has a workflow" in decision.reasoning

    again = show.made()
    assert (again.made, again.reused) == (0, len(shots))
    assert set(show.planned()) == {("clip", "ready"), ("interpolation", "ready"), ("upscale", "ready")}

    show.server.add_file("upscale_models", UPSCALER)
    show.read()
    upscaled = show.made()
    assert {outcome.take.engine for outcome in upscaled.outcomes} == {"comfyui:upscale_4x_video"}
    assert upscaled.made == len(shots), "only upscaled: the clips and their frames between are found"
    decision = decisions.find_by_id(show.database, show.outcome(UPSCALES).take.decision_id)
    assert decision is not None
    assert decision.prompt_id
    assert decision.parameters["attempt"]["models"] == {"upscaler.inputs.model_name": UPSCALER}

    files_without_upscaler(show.server)
    show.read()
    assert show.made().made == 0, "what the server's upscaler made is not replaced by less"
    assert {take.engine for take in delivered_clips(show.work)} == {"comfyui:upscale_4x_video"}


def test_clips_that_were_finished_as_they_were_written_are_found_whatever_the_server_has(show: Show) -> None:
    show.read(upscale="off", interpolate="off")
    assert show.planned().keys() == {("clip", "waits")}, "stages without work are not listed"
    report = show.made()
    assert {outcome.take.stage for outcome in report.outcomes} == {"clip"}
    facts = probe(show.file_of(show.outcome(CLIPS)))
    assert (facts.width_px, float(facts.fps)) == (384, 24.0)
    jobs = Counter(show.server.submissions)

    show.read()
    assert set(show.planned()) == {("clip", "ready")}, "the server has an upscaler, and these clips need none"
    assert show.made().made == 0
    assert show.server.submissions == jobs
    assert {take.stage for take in delivered_clips(show.work)} == {"clip"}

    key = episode_plan(show.work).shots[0].key
    forced = show.made(Selection((key,), force=True))
    assert {outcome.take.stage for outcome in forced.outcomes if outcome.attempts} == {"upscale"}
    assert delivered_clips(show.work)[0].stage == "upscale"
    assert sum(show.server.submissions.values()) > sum(jobs.values())


def test_a_card_is_drawn_last_so_that_another_text_needs_no_gpu_time(show: Show) -> None:
    show.read()
    show.made()
    jobs = sum(show.server.submissions.values())
    first = show.file_of(show.outcome(CLIPS))
    (show.folder / "projects" / "small" / "episodes" / "e01.fountain").write_text(SCRIPT.replace("LATER", "TOO LATE"))
    ingest.read_episode(show.studio, EpisodeKey.parse(KEY))
    report = show.made()
    assert show.file_of(show.outcome(CLIPS)) == first
    assert {outcome.take.stage for outcome in report.outcomes} == {"upscale"}
    made = [show.file_of(outcome) for outcome in report.outcomes if outcome.attempts]
    assert len(made) == 1
    upscales_of_it = 2 if probe(made[0]).frames > 12 else 1  # parts
    assert sum(show.server.submissions.values()) <= jobs + upscales_of_it + 1


def test_what_is_delivered_is_judged_and_a_person_may_pass_it(show: Show) -> None:
    def blackened(graph: Mapping[str, Any]) -> tuple[bytes, str]:
        changed = {name: dict(node) for name, node in graph.items()}
        if any(node["class_type"] == "ImageUpscaleWithModel" for node in graph.values()):
            return _black(graph, show.server)
        return rendered(changed, lambda name: show.server.jobs.file("input", name))

    show.server._renderer = blackened
    show.read()
    report = show.made()
    shots = [shot.key for shot in episode_plan(show.work).shots]
    assert [outcome.subject for outcome in report.rejected] == shots
    assert all(outcome.take.stage == "upscale" for outcome in report.rejected)
    assert {verdict.gate for verdict in report.rejected[0].failed} >= {"clips_are_not_black"}
    (verdict,) = [item for item in report.rejected[0].failed if item.gate == "clips_are_not_black"]
    assert "engines: {upscale: embedded" in verdict.remedy
    assert all(outcome.attempts == 3 for outcome in report.rejected), "an upscaler is not asked twice for the same"
    with pytest.raises(NotAcceptedError, match="clips_are_not_black"):
        delivered_clips(show.work)
    for outcome in report.rejected:
        for gate in {item.gate for item in outcome.failed}:
            assert "waived by me" in str(waive(show.studio, outcome.subject, gate, "me", "a test"))
    assert [take.stage for take in delivered_clips(show.work)] == ["upscale"] * len(shots)

    show.read(upscale="embedded")
    assert show.made().rejected == (), "the remedy works"
    assert frame_at(show.file_of(show.outcome(UPSCALES)), 3).mean() > 20


def _black(graph: Mapping[str, Any], server: FakeComfyUI) -> tuple[bytes, str]:
    """Render an upscaled clip that shows nothing."""
    from tower_anime_assets_tests.fakes import comfyui_models

    body, suffix = rendered(graph, lambda name: server.jobs.file("input", name))
    return comfyui_models.blackened(body), suffix


def test_an_upscaler_that_is_asked_for_and_missing_is_an_error_that_names_it(show: Show) -> None:
    files_without_upscaler(show.server)
    show.read(upscale="comfyui")
    with pytest.raises(PlanError, match=r"upscale_4x_video: .*RealESRGAN_x4plus"):
        show.made()


def test_an_animatic_is_finished_as_it_is_drawn_and_costs_nothing_more(made_episode: MadeEpisode) -> None:
    events: list[Event] = []
    work = saved_episode(Run(made_episode.studio, emit=events.append), made_episode.key)
    for stage in FINISHING_STAGES:
        assert stage.subjects(work) == []
        assert work.find(stage) == []
        assert work.make(stage).outcomes == ()
    assert not [event for event in events if isinstance(event, StageStarted)]
    assert delivered_clips(work) == work.accepted(CLIPS)


def test_an_animatic_too_is_scaled_by_a_stage_of_its_own_where_the_show_says_so(show: Show) -> None:
    show.read(clips="embedded", upscale="embedded")
    report = show.made()
    assert report.rejected == ()
    assert show.server.submissions == {}
    assert {outcome.take.engine for outcome in report.outcomes} == {"embedded-scaler"}
    assert show.planned().keys() == {("clip", "ready"), ("upscale", "ready")}
    assert read_picture(show.studio.media.path_of(report.outcomes[0].take.files["thumb"].path)).any()
    assert np.array_equal(frame_at(show.file_of(show.outcome(UPSCALES)), 0).shape, (384, 384, 3))
    assert INTERPOLATIONS.subjects(show.work) == []
