"""Pictures besides the init image: a workflow gets those that it binds, they are on record, others change nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tower_anime_assets.animatic.painter.control_pictures import ControlPictures
from tower_anime_assets.animatic.painter.picture_source import PaintedPictures
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.request import engine_version
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.workflows.workflow import Workflow
from tower_anime_assets_tests.engines.remote.comfyui.bench import (
    AKIRA,
    TWO_PEOPLE,
    Bench,
    clip_brief,
    keyframe_brief,
)
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn

SOURCE = PaintedPictures()
ALONE = replace(AKIRA, lora=None)


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def with_pictures(*roles: str, workflow: Workflow = STILL) -> Workflow:
    """Return a workflow that loads a picture for each role, and shows it to nobody: the fake draws by the seed."""
    loaders = {role: node("LoadImage", image=f"{role}.png") for role in roles}
    looks = {f"saved_{role}": node("SaveImage", images=[role, 0], filename_prefix="tower/look") for role in roles}
    bindings = {role: (f"{role}.inputs.image",) for role in roles}
    graph = {**workflow.graph, **loaders, **looks}
    return replace(workflow, graph=graph, bindings={**workflow.bindings, **bindings})


def engine_of(workflow: Workflow, fleet: Fleet) -> ComfyUIKeyframes:
    return ComfyUIKeyframes(workflow, fleet, source=SOURCE)


def uploaded(server: FakeComfyUI, changes: Mapping[str, Any], role: str) -> np.ndarray[Any, Any]:
    """Return the picture that a job was sent for a role."""
    body = server.jobs.file("input", changes[f"{role}.inputs.image"])
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))


def test_a_workflow_gets_the_control_pictures_that_it_binds_and_no_others(
    fleet: Fleet, server: FakeComfyUI, bench: Bench
) -> None:
    engine = engine_of(with_pictures("control_pose", "control_depth"), fleet)
    made = bench.make(engine, keyframe_brief())
    changes = bench.journal["one", 0].changes
    pictures = ControlPictures(keyframe_brief())
    assert np.array_equal(uploaded(server, changes, "control_pose"), pictures.pose())
    assert np.array_equal(uploaded(server, changes, "control_depth")[..., 0], pictures.depth())
    assert len(server.asked("POST", "/upload/image")) == 2
    assert set(made.files) == {"main", "control_pose", "control_depth"}
    for role in ("control_pose", "control_depth"):
        name = f"tower/{sha256_of(made.files[role])}.png"
        assert changes[f"{role}.inputs.image"] == bench.leases[0].changes[f"{role}.inputs.image"] == name


def test_pictures_are_padded_as_the_init_image_is(fleet: Fleet, server: FakeComfyUI, bench: Bench) -> None:
    workflow = with_pictures("control_depth")
    workflow = replace(workflow, sizes=replace(workflow.sizes, multiple_px=128))
    made = bench.make(engine_of(workflow, fleet), keyframe_brief())
    sent = uploaded(server, bench.journal["one", 0].changes, "control_depth")
    assert sent.shape == (256, 256, 3)
    assert read_picture(made.files["main"]).shape == (192, 256, 3)
    assert np.array_equal(sent[32:224, :, 0], ControlPictures(keyframe_brief()).depth())


def test_only_a_workflow_that_takes_drawn_pictures_depends_on_how_they_are_drawn() -> None:
    class Redrawn(PaintedPictures):
        control_version = "next"

    nowhere = Fleet(["http://127.0.0.1:9"])
    plain, controlled, referred = STILL, with_pictures("control_lines"), with_pictures("reference_1")
    for workflow in (plain, referred):
        assert ComfyUIKeyframes(workflow, nowhere, source=SOURCE).version == (
            ComfyUIKeyframes(workflow, nowhere, source=Redrawn()).version
        )
    assert ComfyUIKeyframes(plain, nowhere, source=SOURCE).version == engine_version(plain, "1")
    assert engine_of(controlled, nowhere).version != ComfyUIKeyframes(controlled, nowhere, source=Redrawn()).version


def test_a_pose_that_nobody_has_is_refused_before_anything_is_sent(
    fleet: Fleet, server: FakeComfyUI, bench: Bench
) -> None:
    empty = keyframe_brief(subjects=(), cast=(), framing=Framing.WIDE)
    with pytest.raises(PlanError, match="takes control_pose, but nobody in the picture has human joints"):
        bench.make(engine_of(with_pictures("control_pose"), fleet), empty)
    assert not server.submissions
    assert not server.asked("POST", "/upload/image")


def test_a_reference_is_the_characters_own_picture_else_the_sheet(
    fleet: Fleet, server: FakeComfyUI, bench: Bench, tmp_path: Path
) -> None:
    own = tmp_path / "akira.png"
    write_png(own, drawn(96, 64, 5))
    engine = engine_of(with_pictures("reference_1", "reference_2"), fleet)
    bench.make(
        engine, keyframe_brief(**TWO_PEOPLE, reference_sha256s=(sha256_of(own), "")), inputs={"reference_1": own}
    )
    changes = bench.journal["one", 0].changes
    assert np.array_equal(uploaded(server, changes, "reference_1"), drawn(96, 64, 5))
    assert uploaded(server, changes, "reference_2").shape == (800, 1200, 3)


def test_two_characters_have_words_and_a_region_each_from_left_to_right(
    fleet: Fleet, server: FakeComfyUI, bench: Bench
) -> None:
    workflow = with_pictures("region_mask_1", "region_mask_2")
    words = {f"region_{number}": node("CLIPTextEncode", text="", clip=["ckpt", 1]) for number in (1, 2)}
    bindings = {f"region_prompt_{number}": (f"region_{number}.inputs.text",) for number in (1, 2)}
    workflow = replace(workflow, graph={**workflow.graph, **words}, bindings={**workflow.bindings, **bindings})
    cast = (ALONE, replace(ALONE, id="luna", name="Luna", description="a (tall) pilot in white"))
    brief = keyframe_brief(**{**TWO_PEOPLE, "cast": cast})
    engine = engine_of(workflow, fleet)
    bench.make(engine, brief)
    changes = bench.journal["one", 0].changes
    assert changes["region_1.inputs.text"].startswith("a street racer")
    assert changes["region_2.inputs.text"].startswith(r"a \(tall\) pilot in white")
    left, right = (uploaded(server, changes, f"region_mask_{number}")[..., 0] for number in (1, 2))
    assert np.flatnonzero(left.any(axis=0)).max() <= np.flatnonzero(right.any(axis=0)).min()
    with pytest.raises(PlanError, match="paints 2 characters in regions of their own; this shot shows 1"):
        engine.plan_attempt(keyframe_brief(), 1, ())


def test_a_job_that_an_earlier_run_left_is_taken_up_with_the_same_pictures(
    fleet: Fleet, server: FakeComfyUI, bench: Bench
) -> None:
    engine = engine_of(with_pictures("control_lines"), fleet)
    first = bench.make(engine, keyframe_brief())
    again = bench.make(engine, keyframe_brief(), server=server.url, resumes=True)
    assert server.submissions == {bench.prompt_id("one", 0): 1}
    assert sha256_of(first.files["main"]) == sha256_of(again.files["main"])
    assert sha256_of(first.files["control_lines"]) == sha256_of(again.files["control_lines"])


def test_every_candidate_of_a_job_keeps_the_pictures(fleet: Fleet, bench: Bench) -> None:
    workflow = with_pictures("control_lines")
    workflow = replace(workflow, bindings={**workflow.bindings, "batch": ("lat.inputs.batch_size",)})
    made = bench.make(ComfyUIKeyframes(workflow, fleet, candidates=2, source=SOURCE), keyframe_brief())
    kept = [output.files["control_lines"] for output in (made, *made.others)]
    assert len(set(kept)) == 2
    assert len({sha256_of(path) for path in kept}) == 1


def test_a_picture_is_named_as_the_server_keeps_it(fleet: Fleet, server: FakeComfyUI, bench: Bench) -> None:
    server.faults.renames_uploads = True
    bench.make(engine_of(with_pictures("control_depth"), fleet), keyframe_brief())
    assert " (1).png" in bench.journal["one", 0].changes["control_depth.inputs.image"]


def test_a_clip_ends_on_the_picture_that_it_is_given_and_is_not_made_in_parts(
    fleet: Fleet, server: FakeComfyUI, bench: Bench, keyframe: Path, tmp_path: Path
) -> None:
    end = tmp_path / "end.png"
    write_png(end, drawn(256, 192, 9))
    engine = ComfyUIClips(with_pictures("end_image", workflow=CLIP), fleet)
    brief = clip_brief(end_sha256=sha256_of(end))
    bench.make(engine, brief, inputs={"picture": keyframe, "end_image": end})
    assert np.array_equal(uploaded(server, bench.journal["one", 0].changes, "end_image"), drawn(256, 192, 9))
    with pytest.raises(PlanError, match="takes a picture as end_image, and none was given"):
        bench.make(engine, brief, inputs={"picture": keyframe}, key="open")
    with pytest.raises(PlanError, match="cannot continue from a last frame"):
        engine.plan_attempt(replace(brief, frames=100), 1, ())


def test_the_briefs_of_old_takes_have_the_digests_that_they_had() -> None:
    brief = keyframe_brief()
    assert brief == KeyframeBrief(**{**vars(brief), "reference_sha256s": (), "mask_sha256": ""})
    assert "reference_sha256s" not in canonical_json(brief)
    assert "end_sha256" not in canonical_json(clip_brief())
