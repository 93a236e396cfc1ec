"""Clips upscaled and interpolated by a server: exact to the frame, part by part, resumed, and nothing made twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tower_anime_assets.engines.finishing import CLIP, EmbeddedInterpolator, EmbeddedScaler
from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.engines.remote.comfyui.finishing import (
    ComfyUIInterpolator,
    ComfyUIUpscaler,
    chosen_frames,
    multiplier_for,
    split_clip,
)
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import MediaError, PlanError, ServiceRejectedError
from tower_anime_assets.media.clip_writer import ClipWriter
from tower_anime_assets.media.concat import mezzanine_faults
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.frames import frame_at, probe, rgb_frames
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.production.planning.briefs import Fit, InterpolationBrief, UpscaleBrief
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn, rendered
from tower_anime_assets_tests.fakes.node_facts import interpolation_pack

UPSCALE = load_registry().workflow("upscale_4x_video")
RIFE = load_registry().workflow("rife_interpolation")
WIDTH, HEIGHT = 128, 96


def difference(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def nearest_frame(picture: np.ndarray[Any, Any], clip: Path) -> int:
    """Return the number of the clip's frame that a picture of any size shows."""
    small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return int(np.argmin([difference(small, frame) for frame in rgb_frames(clip)]))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 29 frames, 16 per second, that pans over a picture by a pixel a frame."""
    path = tmp_path_factory.mktemp("made") / "clip.mp4"
    picture = drawn(WIDTH + 64, HEIGHT, 4)
    with ClipWriter(path, WIDTH, HEIGHT, 16) as writer:
        for number in range(29):
            writer.write(np.ascontiguousarray(picture[:, number : number + WIDTH, ::-1]))
    return path


@pytest.fixture
def server() -> Iterator[FakeComfyUI]:
    files = {"upscale_models": ["RealESRGAN_x4plus.safetensors"]}
    with FakeComfyUI(files=files, extra_classes=tuple(interpolation_pack().values())) as running:
        yield running


@pytest.fixture
def upscaler(fleet: Fleet) -> ComfyUIUpscaler:
    return ComfyUIUpscaler(UPSCALE, fleet)


def upscale_brief(clip: Path, **changes: Any) -> UpscaleBrief:
    brief = UpscaleBrief(sha256_of(clip), 29, 16, WIDTH, HEIGHT, Fit(320, 240), "")
    return replace(brief, **changes)


def interpolation_brief(clip: Path, **changes: Any) -> InterpolationBrief:
    brief = InterpolationBrief(sha256_of(clip), 29, 16, 43, 24, WIDTH, HEIGHT, "")
    return replace(brief, **changes)


def test_a_clip_is_upscaled_in_parts_to_the_exact_size_frame_for_frame(
    upscaler: ComfyUIUpscaler, server: FakeComfyUI, bench: Bench, clip: Path
) -> None:
    assert isinstance(upscaler, RemoteEngine)
    made = bench.make(upscaler, upscale_brief(clip), inputs={CLIP: clip})
    facts = probe(made.files["main"])
    assert (facts.frames, facts.width_px, facts.height_px, facts.fps) == (29, 320, 240, Fraction(16))
    assert mezzanine_faults(facts, 16) == []
    assert made.details["made_frames"] == [12, 12, 5]
    assert made.details["made_px"] == [320, 240]
    for number in (0, 11, 12, 23, 24, 28):
        assert nearest_frame(frame_at(made.files["main"], number), clip) == number
    sent = [done.changes["clip.inputs.file"] for _key, done in sorted(bench.journal.items())]
    assert len(set(sent)) == 3
    assert all(name.startswith("tower/") and name.endswith(".mp4") for name in sent)
    assert all(count == 1 for count in server.submissions.values())
    assert [done.changes["scaled.inputs.width"] for done in bench.journal.values()] == [320, 320, 320]


def test_a_short_clip_is_sent_as_it_is(upscaler: ComfyUIUpscaler, bench: Bench, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    with ClipWriter(short, WIDTH, HEIGHT, 24) as writer:
        for _ in range(9):
            writer.write(drawn(WIDTH, HEIGHT, 2)[..., ::-1].copy())
    made = bench.make(upscaler, upscale_brief(short, frames=9, fps=24), inputs={CLIP: short})
    assert probe(made.files["main"]).frames == 9
    assert bench.leases[0].changes["clip.inputs.file"] == f"tower/{sha256_of(short)}.mp4"
    assert bench.journal["one", 0].changes["clip.inputs.file"] == f"tower/{sha256_of(short)}.mp4"


def test_a_run_that_resumes_takes_up_the_parts_that_the_server_knows(
    upscaler: ComfyUIUpscaler, server: FakeComfyUI, bench: Bench, clip: Path
) -> None:
    bench.make(upscaler, upscale_brief(clip), inputs={CLIP: clip})
    made = bench.make(upscaler, upscale_brief(clip), inputs={CLIP: clip}, server=server.url, resumes=True)
    assert probe(made.files["main"]).frames == 29
    assert len(server.submissions) == 3
    assert all(count == 1 for count in server.submissions.values()), "nothing is submitted twice"


def test_a_title_card_is_drawn_after_upscaling(upscaler: ComfyUIUpscaler, bench: Bench, clip: Path) -> None:
    plain = bench.make(upscaler, upscale_brief(clip), key="plain", inputs={CLIP: clip})
    titled = bench.make(upscaler, upscale_brief(clip, card="LATER"), key="titled", inputs={CLIP: clip})
    frames = [frame_at(made.files["main"], 14) for made in (plain, titled)]
    assert difference(*[frame[:120] for frame in frames]) < 1
    assert difference(*[frame[150:] for frame in frames]) > 2


def test_a_clip_of_another_shape_is_upscaled_whole_and_shows_the_planned_part(
    upscaler: ComfyUIUpscaler, bench: Bench, clip: Path
) -> None:
    brief = upscale_brief(clip, fit=Fit(108, 192, left=0.5, top=0.0, right=0.9219, bottom=1.0))
    assert brief.scaled_px == (256, 192)
    made = bench.make(upscaler, brief, inputs={CLIP: clip})
    facts = probe(made.files["main"])
    assert (facts.width_px, facts.height_px) == (108, 192)
    half = cv2.resize(frame_at(made.files["main"], 0), (54, 96), interpolation=cv2.INTER_AREA)
    shifts = [difference(half, frame_at(clip, 0)[:, left : left + 54]) for left in range(74)]
    assert int(np.argmin(shifts)) == 64


def test_an_upscaler_without_a_size_makes_what_it_makes_and_the_rest_is_scaled_here(
    fleet: Fleet, server: FakeComfyUI, bench: Bench, clip: Path
) -> None:
    graph = {name: node for name, node in UPSCALE.graph.items() if name != "scaled"}
    graph["video"] = {**graph["video"], "inputs": {**graph["video"]["inputs"], "images": ["upscaled", 0]}}
    bindings = {role: places for role, places in UPSCALE.bindings.items() if role not in ("width", "height")}
    own = replace(UPSCALE, name="my_upscaler", graph=graph, bindings=bindings)
    made = bench.make(ComfyUIUpscaler(own, fleet), upscale_brief(clip), inputs={CLIP: clip})
    assert made.details["made_px"] == [2 * WIDTH, 2 * HEIGHT]
    assert (probe(made.files["main"]).width_px, probe(made.files["main"]).height_px) == (320, 240)
    assert server.submissions


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"scaled": {"width": 256}}, r"256x240 px instead of 320x240 px"),
        ({"video": {"fps": 30.0}}, r"30 frames per second instead of 16"),
    ],
)
def test_what_comes_back_otherwise_than_asked_is_an_error_that_names_both(
    bench: Bench, clip: Path, wrong: dict[str, dict[str, Any]], match: str
) -> None:
    def changed(graph: Any) -> tuple[bytes, str]:
        nodes = {name: {**node, "inputs": {**node["inputs"], **wrong.get(name, {})}} for name, node in graph.items()}
        return rendered(nodes, lambda _name: clip.read_bytes())

    with FakeComfyUI(changed) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        brief = upscale_brief(clip, frames=12)  # the fake sends what it makes of all 29
        with pytest.raises(MediaError, match=match):
            bench.make(ComfyUIUpscaler(UPSCALE, fleet), brief, inputs={CLIP: clip})
        fleet.close()


def test_a_clip_that_comes_back_longer_is_an_error(bench: Bench, clip: Path) -> None:
    with FakeComfyUI(lambda graph: rendered(graph, lambda _name: clip.read_bytes())) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(MediaError, match="has 29 frames instead of the 12 that it was sent"):
            bench.make(ComfyUIUpscaler(UPSCALE, fleet), upscale_brief(clip, frames=12), inputs={CLIP: clip})
        fleet.close()


def test_what_a_server_lacks_is_named_before_anything_is_sent(bench: Bench, clip: Path) -> None:
    with FakeComfyUI(files={}) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(ServiceRejectedError, match=r"models/upscale_models/RealESRGAN_x4plus\.safetensors"):
            bench.make(ComfyUIUpscaler(UPSCALE, fleet), upscale_brief(clip), inputs={CLIP: clip})
        with pytest.raises(ServiceRejectedError, match="node RIFE VFI"):
            bench.make(ComfyUIInterpolator(RIFE, fleet), interpolation_brief(clip), key="two", inputs={CLIP: clip})
        fleet.close()
        assert not server.submissions


def test_a_workflow_that_takes_no_video_is_refused(fleet: Fleet) -> None:
    with pytest.raises(PlanError, match="bind the role `video`"):
        ComfyUIUpscaler(load_registry().workflow("wan22_14b_i2v"), fleet)
    bindings = {role: places for role, places in RIFE.bindings.items() if role != "multiplier"}
    with pytest.raises(PlanError, match="binds no `multiplier`"):
        ComfyUIInterpolator(replace(RIFE, bindings=bindings), fleet).plan_attempt(
            InterpolationBrief("0" * 64, 29, 16, 43, 24, WIDTH, HEIGHT, ""), 1, ()
        )


def test_a_server_multiplies_frames_and_those_of_the_delivery_are_chosen(
    fleet: Fleet, server: FakeComfyUI, bench: Bench, clip: Path
) -> None:
    short = replace(RIFE, lengths=replace(RIFE.lengths, max_frames=12))  # type: ignore[type-var]  # it has lengths
    made = bench.make(ComfyUIInterpolator(short, fleet), interpolation_brief(clip), inputs={CLIP: clip})
    facts = probe(made.files["main"])
    assert (facts.frames, facts.fps, facts.width_px) == (43, Fraction(24), WIDTH)
    assert mezzanine_faults(facts, 24) == []
    assert made.details["multiplier"] == 3
    assert made.details["made_frames"] == [13, 13, 5], "each part begins with the last frame of the one before"
    assert [done.changes["video.inputs.fps"] for done in bench.journal.values()] == [48.0, 48.0, 48.0]
    for number in (0, 3, 18, 36, 42):
        assert nearest_frame(frame_at(made.files["main"], number), clip) == number * 2 // 3
    assert len(server.submissions) == 3


def test_the_multiplier_makes_the_deliverys_frames_or_as_many_as_are_told_apart() -> None:
    brief = InterpolationBrief("0" * 64, 17, 16, 25, 24, WIDTH, HEIGHT, "")
    assert multiplier_for(brief) == 3
    assert chosen_frames(brief, 3) == list(range(0, 49, 2))
    assert multiplier_for(replace(brief, frames=33)) == 2
    assert multiplier_for(replace(brief, made_frames=28, frames=41)) == 8
    chosen = chosen_frames(replace(brief, made_frames=28, frames=41), 8)
    assert (chosen[0], chosen[-1], len(chosen)) == (0, 27 * 8, 41)


@pytest.mark.parametrize("frames", [1, 11, 12, 13, 25, 48, 49, 121])
@pytest.mark.parametrize("shared", [0, 1])
def test_parts_cover_a_clip_whole(frames: int, shared: int) -> None:
    parts = split_clip(frames, 12, shared)
    shown = [
        number
        for index, part in enumerate(parts)
        for number in range(part["first_frame"] + (shared if index else 0), part["first_frame"] + part["frames"])
    ]
    assert shown == list(range(frames))
    assert all(part["first_frame"] % 12 == 0 for part in parts)


def made_here(engine: EmbeddedScaler | EmbeddedInterpolator, brief: Any, clip: Path, folder: Path) -> Path:
    folder.mkdir()
    return engine.make(brief, Attempt(1, 0, engine.plan_attempt(brief, 1, ()), folder, {CLIP: clip})).files["main"]


def test_the_embedded_engines_do_the_same_without_a_server(clip: Path, tmp_path: Path) -> None:
    scaled = made_here(EmbeddedScaler(), upscale_brief(clip), clip, tmp_path / "one")
    again = made_here(EmbeddedScaler(), upscale_brief(clip), clip, tmp_path / "two")
    assert scaled.read_bytes() == again.read_bytes(), "the same brief gives the same file"
    facts = probe(scaled)
    assert (facts.frames, facts.width_px, facts.height_px, facts.fps) == (29, 320, 240, Fraction(16))
    assert nearest_frame(frame_at(scaled, 20), clip) == 20
    interpolated = made_here(EmbeddedInterpolator(), interpolation_brief(clip), clip, tmp_path / "three")
    facts = probe(interpolated)
    assert (facts.frames, facts.fps) == (43, Fraction(24))
    assert mezzanine_faults(facts, 24) == []
    for number, source in ((0, 0), (3, 2), (42, 28)):
        assert nearest_frame(frame_at(interpolated, number), clip) == source
