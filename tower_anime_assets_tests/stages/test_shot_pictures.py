"""Shows that ask for the animatic's framing, for their characters' pictures, for a clip that ends on the next shot."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tower_anime_assets.animatic.painter.control_pictures import ControlPictures
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.conform import pad_to_size
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.keyframes import KEYFRAMES, keyframe_brief
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]]
[[shot: wide]]
Akira runs down the street.

[[shot: medium]]
Akira stops at a door.
"""
STYLE = "style: {checkpoint: ANIME_SDXL.safetensors}\n"


@dataclass
class Show:
    studio: Studio
    server: FakeComfyUI
    folder: Path

    def choose(self, engines: str, pins: str = "{}") -> None:
        """Write the project with these engines and pins, and plan the episode."""
        routing = f"routing: {{explore: false, pins: {pins}}}\n"
        (self.folder / "project.yaml").write_text(PROJECT + STYLE + routing + f"engines: {{{engines}}}\n")
        ingest.read_characters(Run(self.studio), "small")
        ingest.read_episode(self.studio, EpisodeKey.parse(KEY))
        assert self.work.make(SHOT_PLANS).rejected == ()

    @property
    def work(self) -> EpisodeRun:
        return saved_episode(Run(self.studio), EpisodeKey.parse(KEY))

    def takes(self, stage: Stage[Any]) -> list[Outcome]:
        return [outcome for _order, outcome in self.work.find(stage) if outcome is not None]

    def graph_of(self, outcome: Outcome) -> Mapping[str, Any]:
        decision = decisions.find_by_id(self.studio.database, outcome.take.decision_id)
        assert decision is not None
        graph: Mapping[str, Any] = self.server.jobs.history[str(decision.prompt_id)]["prompt"][2]
        return graph

    def given(self, outcome: Outcome, node: str) -> np.ndarray[Any, Any]:
        """Return the picture that the server was given at a node."""
        body = self.server.jobs.file("input", self.graph_of(outcome)[node]["inputs"]["image"])
        return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))


@contextmanager
def show_in(database_server: DatabaseServer, folder: Path) -> Iterator[Show]:
    written = write_small_show(folder / "projects", SCRIPT)
    database = Database(database_server.make_database())
    with FakeComfyUI(colours=("#1e6bff", "#e5e5e5")) as server:
        settings = Settings(projects=folder / "projects", home=folder / "home", services={"comfyui": server.url})
        studio = Studio(settings, database)
        try:
            yield Show(studio, server, written)
        finally:
            studio.close()


def test_a_show_that_asks_for_the_animatics_framing_hands_over_its_layout(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_in(database_server, tmp_path) as show:
        show.choose("clips: embedded")
        assert show.work.make(KEYFRAMES).made == 2
        assert {made.take.engine for made in show.takes(KEYFRAMES)} == {"comfyui:sdxl_anime_t2i"}
        show.choose("clips: embedded, framing: animatic")
        assert show.work.make(KEYFRAMES).made == 2
        shots = episode_plan(show.work).shots
        for shot, made in zip(shots, show.takes(KEYFRAMES), strict=True):
            name = made.take.engine.removeprefix("comfyui:sdxl_controlnet_")
            pictures = ControlPictures(keyframe_brief(show.work.project, shot))
            drawn = {"depth": pictures.depth, "lines": pictures.lines, "pose": pictures.pose}[name]()
            rgb = np.repeat(drawn[..., None], 3, 2) if drawn.ndim == 2 else drawn
            given = show.given(made, f"control_{name}")
            assert np.array_equal(given, pad_to_size(rgb, given.shape[1], given.shape[0]))
            assert made.take.files[f"control_{name}"].sha256 in str(show.graph_of(made))
        assert show.work.make(KEYFRAMES).made == 0
        show.choose("clips: embedded")
        assert show.work.make(KEYFRAMES).made == 0, "the takes from words are found again"


def test_a_show_that_asks_for_likeness_gives_the_characters_picture_and_notices_another(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_in(database_server, tmp_path) as show:
        own = np.random.default_rng(5).integers(0, 255, (96, 64, 3), np.uint8)
        write_png(show.folder / "akira.png", own)
        with (show.folder / "characters" / "akira.yaml").open("a") as file:
            file.write("references: [akira.png]\n")
        _write_reference_workflow(show.folder / "workflows" / "mine")
        show.choose("clips: embedded, likeness: references", "{e01: mine}")
        assert show.work.make(KEYFRAMES).made == 2
        for made in show.takes(KEYFRAMES):
            assert made.take.engine == "comfyui:mine"
            assert np.array_equal(show.given(made, "reference"), own)
        assert show.work.make(KEYFRAMES).made == 0
        write_png(show.folder / "akira.png", 255 - own)
        assert show.work.make(KEYFRAMES).made == 2
        (show.folder / "akira.png").unlink()
        with pytest.raises(MediaError, match=r"reference picture akira\.png of Akira, which is not in small's folder"):
            show.work.find(KEYFRAMES)


def _write_reference_workflow(folder: Path) -> None:
    """Write a workflow of the studio's own that loads a reference, as far as the fake's nodes can."""
    graph = dict(load_registry().workflow("sdxl_anime_t2i").graph)
    graph["reference"] = {"class_type": "LoadImage", "inputs": {"image": "reference.png"}}
    graph["looked"] = {
        "class_type": "SaveImage",
        "inputs": {"images": ["reference", 0], "filename_prefix": "tower/looked"},
    }
    folder.mkdir(parents=True)
    (folder / "graph.json").write_text(json.dumps(graph))
    (folder / "workflow.yaml").write_text(
        "format: 1\nmedium: image\ncapabilities: [character_reference]\nstatus: proven\noutput: [saved]\n"
        "bindings: {image: [], reference_1: reference.inputs.image, filename_prefix: saved.inputs.filename_prefix}\n"
        "sizes: {multiple_px: 8, min_px: 64, max_pixels: 1800000}\n"
    )


def test_a_clip_pinned_to_first_and_last_ends_on_the_keyframe_of_the_shot_that_follows(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_in(database_server, tmp_path) as show:
        show.choose("keyframes: embedded", "{e01-sc01-sh0010: ltx_2b_first_last}")
        assert show.work.make(KEYFRAMES).rejected == ()
        assert show.work.make(CLIPS).made == 2
        first, second = show.takes(CLIPS)
        assert (first.take.engine, second.take.engine != first.take.engine) == ("comfyui:ltx_2b_first_last", True)
        keyframe = show.takes(KEYFRAMES)[1].take.files["main"]
        end = read_picture(show.studio.media.path_of(keyframe.path))
        given = show.given(first, "end_picture")
        assert np.array_equal(given, pad_to_size(end, given.shape[1], given.shape[0]))
        assert "end_image" not in second.take.files
        assert show.work.make(CLIPS).made == 0


def test_a_checkpoint_that_the_pinned_workflow_does_not_load_is_told(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_in(database_server, tmp_path) as show:
        show.choose("clips: embedded")
        shot = episode_plan(show.work).shots[0]
        assert show.work.router.rank(shot, "image").note == ""
        show.choose("clips: embedded", pins="{wide: qwen_image_t2i}")
        ranking = show.work.router.rank(shot, "image")
        assert ranking.note == (
            "the style's checkpoint ANIME_SDXL.safetensors is not used: qwen_image_t2i loads models of its own"
        )
        assert ranking.note in ranking.as_text()
