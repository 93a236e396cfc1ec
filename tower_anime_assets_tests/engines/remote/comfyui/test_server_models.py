"""Takes of a server whose model files are elsewhere, named otherwise, or of another precision; always on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.remote.comfyui.model_mends import with_mends
from tower_anime_assets.engines.remote.comfyui.server_models import ModelRequest, choose_models
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.story.model_map import MappedFile, ModelMap
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets.workflows.model_hashes import FileHash
from tower_anime_assets.workflows.model_maps import with_model_map
from tower_anime_assets.workflows.workflow import LoaderNode, ModelVariant, Workflow
from tower_anime_assets_tests.engines.remote.comfyui.bench import Bench, clip_brief, keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, FILES, STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.node_facts import NodeClass, NodeInput

ELSEWHERE = {
    "checkpoints": ["SDXL\\Anime_SDXL.safetensors", "video/ltxv-2b-0.9.8-distilled.safetensors"],
    "text_encoders": ["t5\\t5xxl_fp16.safetensors"],
    "loras": ["people/AKIRA_sdxl.safetensors"],
}
GGUF_LOADER = NodeClass(
    "CLIPLoaderGGUF",
    {
        "clip_name": NodeInput("clip_name", "FILE", True, folder="clip_gguf"),
        "type": NodeInput("type", "CHOICE", True, options=("ltxv", "wan")),
    },
    ("CLIP",),
    False,
)


@pytest.fixture
def elsewhere() -> Iterator[FakeComfyUI]:
    with FakeComfyUI(files=ELSEWHERE) as running:
        yield running


def with_gguf(workflow: Workflow = CLIP) -> Workflow:
    """Return the clip's workflow with a GGUF of its text encoder."""
    loader = LoaderNode("CLIPLoaderGGUF", "clip_name", {"type": "ltxv"})
    variant = ModelVariant("t5_q8.gguf", 5_000_000_000, loader=loader)
    models = tuple(
        replace(item, variants=(variant,)) if item.folder == "text_encoders" else item for item in workflow.models
    )
    return replace(workflow, models=models)


def test_a_still_is_made_of_files_in_other_folders_and_says_so(elsewhere: FakeComfyUI, bench: Bench) -> None:
    fleet = Fleet([elsewhere.url], poll_s=0.05)
    made = bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief())
    fleet.close()
    (lease,) = bench.leases
    taken = {item["wanted"]: item["file"] for item in lease.decided["taken_models"]}
    assert taken == {
        "anime_sdxl.safetensors": "SDXL\\Anime_SDXL.safetensors",
        "akira_sdxl.safetensors": "people/AKIRA_sdxl.safetensors",
    }
    assert lease.changes["ckpt.inputs.ckpt_name"] == "SDXL\\Anime_SDXL.safetensors"
    assert lease.changes["ckpt_lora1.inputs.lora_name"] == "people/AKIRA_sdxl.safetensors"
    assert "anime_sdxl.safetensors: taken SDXL\\Anime_SDXL.safetensors (the same name, in SDXL/)" in lease.note
    assert made.details["taken_models"] == [
        "anime_sdxl.safetensors: taken SDXL\\Anime_SDXL.safetensors (the same name, in SDXL/)",
        "akira_sdxl.safetensors: taken people/AKIRA_sdxl.safetensors (the same name, in people/)",
    ]
    done = bench.journal["one", 0]
    sent = elsewhere.jobs.history[done.prompt_id]["prompt"][2]
    assert fill_template(lease.template, done.changes) == fill_template(sent, {})


def test_where_every_file_is_as_wanted_nothing_is_said(server: FakeComfyUI, fleet: Fleet, bench: Bench) -> None:
    made = bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief())
    assert "taken_models" not in made.details
    assert (bench.leases[0].note, bench.leases[0].decided) == ("", {})


def test_a_map_replaces_files_of_stills_and_clips(
    server: FakeComfyUI, fleet: Fleet, bench: Bench, keyframe: Path
) -> None:
    server.add_file("checkpoints", "mine.safetensors")
    server.add_file("loras", "akira_v2.safetensors")
    entries = (
        MappedFile("anime_sdxl.safetensors", "mine.safetensors", "studio.yaml", 2),
        MappedFile("akira_sdxl.safetensors", "akira_v2.safetensors", "studio.yaml", 3),
        MappedFile("small_clip/ckpt.inputs.ckpt_name", "mine.safetensors", "studio.yaml", 4),
    )
    still, clip = (with_model_map(workflow, ModelMap(studio=entries)) for workflow in (STILL, CLIP))
    bench.make(ComfyUIKeyframes(still, fleet), keyframe_brief())
    bench.make(ComfyUIClips(clip, fleet), clip_brief(), key="two", inputs={"picture": keyframe})
    changes = [lease.changes for lease in bench.leases]
    assert [sent["ckpt.inputs.ckpt_name"] for sent in changes] == ["mine.safetensors", "mine.safetensors"]
    assert changes[0]["ckpt_lora1.inputs.lora_name"] == "akira_v2.safetensors"
    assert "mapped by studio.yaml:2" in bench.leases[0].note
    assert "mapped by studio.yaml:4" in bench.leases[1].note


def test_a_map_of_a_lora_makes_only_those_takes_stale_that_use_it(fleet: Fleet) -> None:
    entries = (MappedFile("akira_sdxl.safetensors", "akira_v2.safetensors"),)
    plain = ComfyUIKeyframes(STILL, fleet)
    mapped = ComfyUIKeyframes(with_model_map(STILL, ModelMap(project=entries)), fleet)
    without = keyframe_brief(cast=(), subjects=())
    assert mapped.version_for(without) == mapped.version == plain.version == plain.version_for(keyframe_brief())
    assert mapped.version_for(keyframe_brief()) != plain.version


def test_a_precision_with_a_loader_of_its_own_is_sent_with_that_loader(bench: Bench, keyframe: Path) -> None:
    files = {"checkpoints": FILES["checkpoints"], "text_encoders": [], "clip_gguf": ["enc/t5_Q8.gguf"]}
    with FakeComfyUI(files=files, extra_classes=[GGUF_LOADER]) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        made = bench.make(ComfyUIClips(with_gguf(), fleet), clip_brief(), inputs={"picture": keyframe})
        fleet.close()
        sent = server.jobs.history[bench.prompt_id("one", 0)]["prompt"][2]
    assert sent["clip"] == {"class_type": "CLIPLoaderGGUF", "inputs": {"type": "ltxv", "clip_name": "enc/t5_Q8.gguf"}}
    assert fill_template(bench.leases[0].template, bench.journal["one", 0].changes) == fill_template(sent, {})
    assert made.details["taken_models"] == [
        "t5xxl_fp16.safetensors: taken enc/t5_Q8.gguf (the precision that the server has; the same name, in enc/)"
    ]


def test_a_card_that_ran_out_of_memory_gets_the_next_precision_and_its_loader(bench: Bench, keyframe: Path) -> None:
    files = {**FILES, "clip_gguf": ["t5_q8.gguf"]}
    with FakeComfyUI(files=files, extra_classes=[GGUF_LOADER]) as server:
        fleet = Fleet([server.url], poll_s=0.05)
        engine = ComfyUIClips(with_gguf(), fleet)
        parameters = engine.plan_attempt(clip_brief(), 1, ())
        steps = engine.reductions(parameters)
        lower = next(step for step in steps if "models" in step.changes)
        assert "with models in t5_q8.gguf" in lower.words
        with engine.lease(clip_brief(), {**parameters, **lower.changes}, {"picture": keyframe}) as lease:
            assert lease.template["clip"]["class_type"] == "CLIPLoaderGGUF"
            assert lease.changes["clip.inputs.clip_name"] == "t5_q8.gguf"
            last = engine.reductions({**parameters, **lower.changes, **lease.decided})
            assert not any("models" in step.changes for step in last)
        fleet.close()


def test_without_its_node_pack_a_precision_is_not_taken(server: FakeComfyUI) -> None:
    client = ComfyUIClient(server.url)
    server.files["text_encoders"] = []
    choices = choose_models(client, ModelRequest(with_gguf()))
    client.close()
    assert [choice.is_missing for choice in choices] == [False, True]


def test_a_server_that_lacks_a_file_is_passed_over_for_one_that_has_it(server: FakeComfyUI, bench: Bench) -> None:
    with FakeComfyUI(files={**FILES, "checkpoints": ["other.safetensors"]}) as bare:
        fleet = Fleet([bare.url, server.url], poll_s=0.05)
        for key in ("one", "two"):
            bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief(), key=key)
        assert [lease.server for lease in bench.leases] == [server.url, server.url]
        assert not bare.submissions
        fleet.close()
        server.files["loras"] = []
        fleet = Fleet([bare.url, server.url])
        with pytest.raises(ServiceRejectedError) as caught:
            bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief(), key="three")
        fleet.close()
    assert f"{bare.url} cannot run small_still" in str(caught.value)
    assert f"{server.url} cannot run small_still" in str(caught.value)


def test_each_server_of_a_fleet_gets_the_names_of_its_own_files(
    server: FakeComfyUI, elsewhere: FakeComfyUI, bench: Bench
) -> None:
    fleet = Fleet([server.url, elsewhere.url], poll_s=0.05)
    for key in ("one", "two"):
        bench.make(ComfyUIKeyframes(STILL, fleet), keyframe_brief(), key=key)
    fleet.close()
    names = {lease.server: lease.changes["ckpt.inputs.ckpt_name"] for lease in bench.leases}
    assert names == {server.url: "anime_sdxl.safetensors", elsewhere.url: "SDXL\\Anime_SDXL.safetensors"}


def test_a_job_of_an_earlier_run_is_taken_up_with_the_files_that_it_was_sent_with(
    elsewhere: FakeComfyUI, bench: Bench
) -> None:
    fleet = Fleet([elsewhere.url], poll_s=0.05)
    engine = ComfyUIKeyframes(STILL, fleet)
    parameters = engine.plan_attempt(keyframe_brief(), 1, ())
    with engine.lease(keyframe_brief(), parameters, {}) as first:
        recorded = {**parameters, **first.decided}
    elsewhere.files["checkpoints"] = ["moved/anime_sdxl.safetensors"]
    with engine.lease(keyframe_brief(), recorded, {}, elsewhere.url) as resumed:
        assert (resumed.template, resumed.changes) == (first.template, first.changes)
    fleet.close()


def test_a_file_with_the_published_content_is_taken_while_it_has_not_changed(server: FakeComfyUI) -> None:
    published = "ab" * 32
    (item,) = STILL.models
    workflow = replace(STILL, models=(replace(item, sha256=published),))
    server.files["checkpoints"] = ["mine/checkpoint.safetensors"]
    client = ComfyUIClient(server.url)
    (stored,) = client.stored_models("checkpoints")
    known = FileHash(stored.size_bytes, stored.modified_s, published)
    hashes = {server.url: {"checkpoints": {"mine/checkpoint.safetensors": known}}}
    (choice,) = choose_models(client, ModelRequest(replace(workflow, file_hashes=hashes)))
    assert (choice.file, choice.how) == ("mine/checkpoint.safetensors", "same content")
    changed = {server.url: {"checkpoints": {"mine/checkpoint.safetensors": replace(known, size_bytes=7)}}}
    (choice,) = choose_models(client, ModelRequest(replace(workflow, file_hashes=changed)))
    assert choice.is_missing
    client.close()


def test_an_attempt_that_is_made_again_forgets_what_another_server_had(
    server: FakeComfyUI, elsewhere: FakeComfyUI, bench: Bench
) -> None:
    there, here = Fleet([elsewhere.url], poll_s=0.05), Fleet([server.url], poll_s=0.05)
    parameters = ComfyUIKeyframes(STILL, there).plan_attempt(keyframe_brief(), 1, ())
    with ComfyUIKeyframes(STILL, there).lease(keyframe_brief(), parameters, {}) as first:
        recorded = {**parameters, **first.decided}
    with ComfyUIKeyframes(STILL, here).lease(keyframe_brief(), recorded, {}) as again:
        assert again.decided == {"taken_models": []}
        assert again.changes["ckpt.inputs.ckpt_name"] == "anime_sdxl.safetensors"
    there.close()
    here.close()


# Mends ----------------------------------------------------------------------------------------------------------------


def mends_of(server: FakeComfyUI, workflow: Workflow, folder: str) -> tuple[str, ...]:
    client = ComfyUIClient(server.url)
    choices = with_mends(client, workflow, choose_models(client, ModelRequest(workflow)), suggests=True)
    client.close()
    return next(choice.mends for choice in choices if choice.folder == folder)


def test_the_shortest_mend_is_a_file_of_the_right_kind_by_its_header(server: FakeComfyUI) -> None:
    workflow = replace(STILL, base_model="sdxl")
    server.files["checkpoints"] = ["anime_sdxk.safetensors", "My Pony.safetensors", "ltx.safetensors"]
    server.metadata["checkpoints", "My Pony.safetensors"] = {"modelspec.architecture": "stable-diffusion-xl-v1-base"}
    server.metadata["checkpoints", "anime_sdxk.safetensors"] = {"modelspec.architecture": "stable-diffusion-v1"}
    first, *_others = mends_of(server, workflow, "checkpoints")
    assert first == "Map it: tower models map anime_sdxl.safetensors 'My Pony.safetensors'"


def test_files_of_no_known_kind_come_last_and_those_of_another_kind_not_at_all(server: FakeComfyUI) -> None:
    server.files["checkpoints"] = ["a.safetensors", "sd15.safetensors", "b.ckpt"]
    server.metadata["checkpoints", "sd15.safetensors"] = {"ss_base_model_version": "sd_v1"}
    mends = mends_of(server, replace(STILL, base_model="sdxl"), "checkpoints")
    assert mends[-1] == (
        "If one of a.safetensors, b.ckpt, which the loader lists, serves: tower models map anime_sdxl.safetensors FILE"
    )


def test_a_file_in_a_folder_that_the_loader_does_not_read_is_to_be_linked(server: FakeComfyUI) -> None:
    server.files |= {
        "checkpoints": ["ltxv-2b-0.9.8-distilled.safetensors"],
        "diffusion_models": ["SD/anime_sdxl.safetensors"],
    }
    first, *_others = mends_of(server, STILL, "checkpoints")
    assert first == (
        "It is in models/diffusion_models/, which this loader does not read. Link it on the server's machine: "
        "mkdir -p /opt/ComfyUI/models/checkpoints/ && ln -s "
        "/opt/ComfyUI/models/diffusion_models/SD/anime_sdxl.safetensors /opt/ComfyUI/models/checkpoints/"
    )


def test_a_download_is_named_with_size_licence_and_a_command_that_resumes(server: FakeComfyUI) -> None:
    (item,) = STILL.models
    url = "https://huggingface.co/x/y/resolve/main/anime.safetensors"
    workflow = replace(STILL, models=(replace(item, url=url),), licence="Apache-2.0.")
    server.files["checkpoints"] = []
    assert mends_of(server, workflow, "checkpoints") == (
        "Download it (6.9 GB; Apache-2.0): curl -fL -C - --create-dirs -o "
        f"/opt/ComfyUI/models/checkpoints/anime_sdxl.safetensors {url}",
    )
