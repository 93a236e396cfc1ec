"""Clips by a server: from the keyframe, in parts where they are long, in the house encoding, exact to the frame."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.errors import (
    MediaError,
    OutputMismatchError,
    PlanError,
    RenderLostError,
    ServiceUnavailableError,
)
from tower_anime_assets.media.concat import mezzanine_faults
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.frames import frame_at, probe
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.planning.briefs import Fit
from tower_anime_assets.production.story.model import Lora
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench, clip_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP
from tower_anime_assets_tests.fakes import comfyui
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn, rendered


@pytest.fixture
def engine(fleet: Fleet) -> ComfyUIClips:
    return ComfyUIClips(CLIP, fleet)


def difference(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_a_clip_starts_from_its_keyframe_in_the_house_encoding(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench, keyframe: Path
) -> None:
    made = bench.make(engine, clip_brief(sha256_of(keyframe), frames=23), inputs={"picture": keyframe})
    found = probe(made.files["main"])
    assert (found.frames, found.width_px, found.height_px, found.fps) == (23, 256, 192, Fraction(24))
    assert mezzanine_faults(found, 24) == []
    assert made.details["made_frames"] == [25]
    assert difference(frame_at(made.files["main"], 0), read_picture(keyframe)) < 6
    assert difference(frame_at(made.files["main"], 0), drawn(256, 192, 4)) > 20
    assert server.jobs.has_file("input", f"tower/{sha256_of(keyframe)}.png")
    assert bench.leases[0].changes["img.inputs.image"] == f"tower/{sha256_of(keyframe)}.png"


def test_a_workflow_larger_than_the_card_is_sent_with_the_lora_on_both_of_its_models(
    bench: Bench, keyframe: Path
) -> None:
    lora = Lora("pan.safetensors", "Wan 2.2 A14B", 0.9)
    published = json.loads(comfyui._MODEL_FILES.read_text())
    with FakeComfyUI(files={**published, "loras": ["motion/pan.safetensors"]}) as server:
        wan = load_registry().workflow("wan22_14b_i2v")
        assert wan.priors.vram_bytes > 12_884_901_888
        fleet = Fleet([server.url], poll_s=0.05)
        brief = clip_brief(sha256_of(keyframe), frames=17, width_px=256, height_px=256, loras=(lora,))
        made = bench.make(ComfyUIClips(wan, fleet), brief, inputs={"picture": keyframe})
        fleet.close()
        assert server.submissions.total() == 1
    assert probe(made.files["main"]).frames == 17
    for model in ("high", "low"):
        assert bench.leases[0].changes[f"model_{model}_lora1.inputs.lora_name"] == "motion/pan.safetensors"
        assert bench.leases[0].changes[f"model_{model}_lora1.inputs.strength_model"] == 0.9


def test_the_name_that_the_server_gave_the_upload_is_the_one_that_is_used(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench, keyframe: Path
) -> None:
    server.faults.renames_uploads = True
    bench.make(engine, clip_brief(), inputs={"picture": keyframe})
    assert bench.journal["one", 0].changes["img.inputs.image"] == f"tower/{sha256_of(keyframe)} (1).png"


def test_a_size_that_is_not_legal_gets_edges_that_are_cut_off_again(
    engine: ComfyUIClips, bench: Bench, tmp_path: Path
) -> None:
    still = tmp_path / "still.png"
    write_png(still, drawn(240, 180, 4))
    made = bench.make(engine, clip_brief(width_px=240, height_px=180), inputs={"picture": still})
    assert made.details["made_px"] == [256, 192]
    found = probe(made.files["main"])
    assert (found.width_px, found.height_px) == (240, 180)
    assert difference(frame_at(made.files["main"], 0), read_picture(still)) < 9
    assert difference(frame_at(made.files["main"], 0), drawn(240, 180, 3)) > 20


def test_a_long_shot_is_made_in_parts_each_from_the_last_frame_of_the_one_before(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench, keyframe: Path
) -> None:
    made = bench.make(engine, clip_brief(frames=97), inputs={"picture": keyframe})
    assert made.details["made_frames"] == [33, 33, 33]
    assert probe(made.files["main"]).frames == 97
    assert sorted(bench.journal) == [("one", 0), ("one", 1), ("one", 2)]
    assert len({done.prompt_id for done in bench.journal.values()}) == 3
    assert all(count == 1 for count in server.submissions.values())
    pictures = [bench.journal["one", part].changes["img.inputs.image"] for part in range(3)]
    assert len(set(pictures)) == 3
    clip = made.files["main"]
    steps = [difference(frame_at(clip, at), frame_at(clip, at + 1)) for at in range(30, 35)]
    assert max(steps) < 3 * min(steps) + 1  # neither a jump nor a frame shown twice where the parts meet
    assert min(steps) > 0.05


def test_a_part_that_is_missing_when_a_run_resumes_is_submitted(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench, keyframe: Path
) -> None:
    brief = clip_brief(frames=49)
    parameters = engine.plan_attempt(brief, 1, ())
    assert len(parameters["parts"]) == 2
    inputs = {"picture": keyframe}
    with engine.lease(brief, parameters, inputs) as lease:
        client, job = engine.fleet.client(server.url), bench.prompt_id("one", 0)
        name = client.upload_picture(keyframe, f"{sha256_of(keyframe)}.png")
        client.submit(job, fill_template(lease.template, {**lease.changes, "img.inputs.image": name}), job)
    made = bench.make(engine, brief, inputs=inputs, server=server.url, resumes=True)
    assert probe(made.files["main"]).frames == 49
    assert server.submissions == {job: 1, bench.prompt_id("one", 1): 1}


def test_a_resumed_clip_whose_first_part_is_unknown_is_lost(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench, keyframe: Path
) -> None:
    with pytest.raises(RenderLostError):
        bench.make(engine, clip_brief(), inputs={"picture": keyframe}, server=server.url, resumes=True)
    assert not server.submissions
    assert not server.asked("POST", "/upload/image")


def test_a_clip_of_another_length_is_an_error_that_names_both(bench: Bench, keyframe: Path) -> None:
    def shorter(graph: Mapping[str, Any]) -> tuple[bytes, str]:
        small = {**graph["i2v"]["inputs"], "length": 17, "width": 192}
        return rendered({**graph, "i2v": {**graph["i2v"], "inputs": small}}, lambda _name: keyframe.read_bytes())

    with FakeComfyUI(shorter) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(MediaError) as caught:
            bench.make(ComfyUIClips(CLIP, fleet), clip_brief(), inputs={"picture": keyframe})
        fleet.close()
    assert "192x192 px instead of 256x192 px" in str(caught.value)
    assert "17 frames instead of 25" in str(caught.value)
    assert bench.journal["one", 0].outputs


@pytest.mark.chaos
@pytest.mark.parametrize(
    "answer",
    [b"#EXTM3U\n/etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"\0" * 64],
    ids=["HLS", "ffconcat", "zeros"],
)
def test_a_hostile_clip_fails_its_attempt_and_becomes_no_take(bench: Bench, keyframe: Path, answer: bytes) -> None:
    with FakeComfyUI(lambda _graph: (answer, ".mp4")) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(OutputMismatchError, match="the server's clip could not be decoded"):
            bench.make(ComfyUIClips(CLIP, fleet), clip_brief(), inputs={"picture": keyframe})
        fleet.close()
    assert not list(bench.folder.rglob("clip.mp4"))


def test_a_still_where_a_clip_was_asked_for_is_an_error(bench: Bench, keyframe: Path) -> None:
    with FakeComfyUI(lambda _graph: keyframe.read_bytes()) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        with pytest.raises(MediaError, match="saved no video at node out; found node out: picture"):
            bench.make(ComfyUIClips(CLIP, fleet), clip_brief(), inputs={"picture": keyframe})
        fleet.close()
    assert "saved no video" in bench.journal["one", 0].error_message


def test_a_title_card_is_laid_over_the_clip(engine: ComfyUIClips, bench: Bench, keyframe: Path) -> None:
    plain = bench.make(engine, clip_brief(), key="plain", inputs={"picture": keyframe})
    titled = bench.make(engine, clip_brief(card="NEO TOKYO"), key="titled", inputs={"picture": keyframe})
    middle = [frame_at(made.files["main"], 12) for made in (plain, titled)]
    assert difference(*[frame[:96] for frame in middle]) < 1
    assert difference(*[frame[120:] for frame in middle]) > 3


def test_a_workflow_from_words_alone_needs_no_upload(server: FakeComfyUI, fleet: Fleet, bench: Bench) -> None:
    dropped = ("img", "i2v")
    graph: dict[str, Any] = {
        **{name: node for name, node in CLIP.graph.items() if name not in dropped},
        "lat": {
            "class_type": "EmptyLTXVLatentVideo",
            "inputs": {"width": 768, "height": 512, "length": 97, "batch_size": 1},
        },
    }
    for name, key, link in (
        ("cond", "positive", ["pos", 0]),
        ("cond", "negative", ["neg", 0]),
        ("sig", "latent", ["lat", 0]),
        ("smp", "latent_image", ["lat", 0]),
    ):
        graph[name] = {**graph[name], "inputs": {**graph[name]["inputs"], key: link}}
    sizes = {
        role: (f"lat.inputs.{name}",) for role, name in (("width", "width"), ("height", "height"), ("frames", "length"))
    }
    bindings = {role: places for role, places in CLIP.bindings.items() if role not in ("image", "strength")} | sizes
    engine = ComfyUIClips(replace(CLIP, graph=graph, bindings=bindings), fleet)
    made = bench.make(engine, clip_brief())
    assert probe(made.files["main"]).frames == 25
    assert not server.asked("POST", "/upload/image")
    with pytest.raises(PlanError, match="cannot continue from a last frame"):
        bench.make(engine, clip_brief(frames=100), key="long")


def test_a_clip_without_its_keyframe_is_refused_before_a_server_is_asked(
    engine: ComfyUIClips, server: FakeComfyUI, bench: Bench
) -> None:
    with pytest.raises(PlanError, match="needs a picture to start from"):
        bench.make(engine, clip_brief())
    assert server.requests == []


def test_an_unreachable_server_is_named(bench: Bench, keyframe: Path) -> None:
    fleet = Fleet(["http://127.0.0.1:9"])
    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9"):
        bench.make(ComfyUIClips(CLIP, fleet), clip_brief(), inputs={"picture": keyframe})
    fleet.close()
    assert bench.journal == {}


def test_a_clip_is_asked_for_at_the_working_size_and_stored_at_the_deliverys(
    engine: ComfyUIClips, bench: Bench, keyframe: Path
) -> None:
    brief = clip_brief(sha256_of(keyframe), fit=Fit(512, 384), card="LATER")
    made = bench.make(engine, brief, inputs={"picture": keyframe})
    assert made.details["made_px"] == [256, 192]
    found = probe(made.files["main"])
    assert (found.width_px, found.height_px, found.frames) == (512, 384, brief.frames)
    assert mezzanine_faults(found, 24) == []
    small = frame_at(made.files["main"], 0)[::2, ::2]
    assert difference(small, read_picture(keyframe)) < 9


def test_a_clip_of_another_shape_shows_the_part_that_the_plan_names(
    engine: ComfyUIClips, bench: Bench, keyframe: Path
) -> None:
    fit = Fit(216, 384, left=0.5, top=0.0, right=0.9219, bottom=1.0)
    brief = clip_brief(sha256_of(keyframe), fit=fit, keeps_last=True)
    made = bench.make(engine, brief, inputs={"picture": keyframe})
    found = probe(made.files["main"])
    assert (found.width_px, found.height_px) == (216, 384)
    shown = read_picture(keyframe)[:, 128:236]
    assert difference(frame_at(made.files["main"], 0)[::2, ::2], shown) < 12
    last = read_picture(made.files["last"])
    assert last.shape == (192, 256, 3), "the next keyframe starts from the picture as it was made"
    assert difference(frame_at(made.files["main"], brief.frames - 1)[::2, ::2], last[:, 128:236]) < 12
