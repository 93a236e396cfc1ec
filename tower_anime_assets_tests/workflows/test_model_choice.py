"""Which of a server's files is taken for the one that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.production.story.model_map import MappedFile, ModelMap
from tower_anime_assets.workflows.model_choice import (
    AskedModel,
    How,
    ModelChoice,
    Shelf,
    asked_lora,
    asked_models,
    choose_file,
    choose_lora,
    lower_precisions,
    same_name_files,
)
from tower_anime_assets.workflows.model_maps import with_model_map
from tower_anime_assets.workflows.workflow import LoaderNode, ModelFile, ModelVariant, Workflow
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import STILL

PLACE = "ckpt.inputs.ckpt_name"
GGUF = LoaderNode("CheckpointLoaderGGUF", "gguf_name", {"dtype": "default"})


def shelf(files: Sequence[str] | None, card_gb: float = 0, gguf: Sequence[str] | None = None) -> Shelf:
    lists = {"CheckpointLoaderSimple": files, "CheckpointLoaderGGUF": gguf, "LoraLoader": files}
    return Shelf(lambda class_type, _input: lists[class_type], int(card_gb * 1e9))


def workflow_wanting(file: str, **item: Any) -> Workflow:
    graph = {**STILL.graph, "ckpt": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": file}}}
    return replace(STILL, graph=graph, models=(ModelFile("checkpoints", file, PLACE, **item),))


def choose(workflow: Workflow, on: Shelf, checkpoint: str = "") -> ModelChoice:
    (asked,) = asked_models(workflow, checkpoint)
    return choose_file(workflow, workflow.models[0], asked, on)


@pytest.mark.parametrize(
    ("wanted", "files", "taken"),
    [
        ("a.safetensors", ["SDXL/a.safetensors"], "SDXL/a.safetensors"),
        ("SDXL/a.safetensors", ["a.safetensors"], "a.safetensors"),
        ("ltx-2/a.safetensors", ["video\\ltx\\a.safetensors"], "video\\ltx\\a.safetensors"),
        ("SD1.5\\a.safetensors", ["a.safetensors"], "a.safetensors"),
        ("A.SafeTensors", ["a.safetensors"], "a.safetensors"),
        ("x/a.safetensors", ["X\\A.safetensors", "y/a.safetensors"], "X\\A.safetensors"),
        ("wan/high/a.safetensors", ["b/high/a.safetensors", "b/low/a.safetensors"], "b/high/a.safetensors"),
        ("wan/model.safetensors", ["WAN/model.safetensors", "sd/model.safetensors"], "WAN/model.safetensors"),
    ],
)
def test_the_file_of_the_same_name_is_taken_wherever_it_is(wanted: str, files: list[str], taken: str) -> None:
    choice = choose(workflow_wanting(wanted), shelf(files))
    assert (choice.file, choice.how, choice.is_other) == (taken, How.SAME_NAME, True)
    assert str(choice).startswith(f"{wanted}: taken {taken} (the same name, ")


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        ("a.safetensors", ["a2.safetensors", "aa.safetensors", "a.ckpt"]),  # a similar name is no evidence
        ("a.safetensors", ["x/a.safetensors", "y/a.safetensors"]),  # which of the two?
        ("wan/model.safetensors", ["sd/model.safetensors"]),  # a name that says nothing
        ("diffusion_pytorch_model.safetensors", ["flux/diffusion_pytorch_model.safetensors"]),
        ("a.safetensors", []),
    ],
)
def test_nothing_is_taken_on_a_guess(wanted: str, files: list[str]) -> None:
    choice = choose(workflow_wanting(wanted), shelf(files))
    assert (choice.file, choice.is_missing) == ("", True)


def test_files_of_one_name_are_all_named_where_none_is_taken() -> None:
    assert choose(workflow_wanting("a.pt"), shelf(["x/a.pt", "y/A.pt"])).same_name == ("x/a.pt", "y/A.pt")
    assert same_name_files("z/y/a.pt", ["x/a.pt", "q/y/A.pt"]) == ("q/y/A.pt",)


def test_the_wanted_file_itself_is_nothing_to_tell_of() -> None:
    choice = choose(workflow_wanting("a.pt"), shelf(["x/a.pt", "a.pt"]))
    assert (choice.file, choice.how, choice.is_other, choice.why) == ("a.pt", How.AS_WANTED, False, "")


def test_a_loader_that_lists_nothing_gets_the_name_as_it_is() -> None:
    assert choose(workflow_wanting("a.pt"), shelf(None)).how is How.UNLISTED


def test_the_published_content_is_taken_whatever_its_name() -> None:
    workflow = workflow_wanting("a.pt", sha256="ab" * 32)
    known = {"x.pt": "cd" * 32, "old/mine.pt": "ab" * 32}
    on = replace(shelf(["old/mine.pt", "x.pt"]), digests=lambda folder: known if folder == "checkpoints" else {})
    choice = choose(workflow, on)
    assert (choice.file, choice.how) == ("old/mine.pt", How.SAME_CONTENT)
    assert choose(workflow, replace(on, digests=lambda _folder: {})).is_missing
    two = replace(on, list_files=lambda *_: ["x/a.pt", "y/a.pt"], digests=lambda _: {"y/a.pt": "ab" * 32})
    assert choose(workflow, two).file == "y/a.pt"  # of two with the name, the one with the content


# The map --------------------------------------------------------------------------------------------------------------


def mapped(
    workflow: Workflow, *, project: Mapping[str, str] | None = None, studio: Mapping[str, str] | None = None
) -> Workflow:
    def entries(source: str, files: Mapping[str, str] | None) -> tuple[MappedFile, ...]:
        pairs = enumerate((files or {}).items(), 1)
        return tuple(MappedFile(wanted, file, source, line) for line, (wanted, file) in pairs)

    return with_model_map(workflow, ModelMap(entries("p/project.yaml", project), entries("studio.yaml", studio)))


@pytest.mark.parametrize(
    ("project", "studio", "checkpoint", "asked"),
    [
        ({}, {"sub/a.pt": "s.pt"}, "", "s.pt"),
        ({}, {"A.pt": "s.pt"}, "", "s.pt"),  # by the name without its folder, in any case
        ({"a.pt": "p.pt"}, {"sub/a.pt": "s.pt"}, "", "p.pt"),  # the project wins
        ({"a.pt": "p.pt"}, {f"small_still/{PLACE}": "s.pt"}, "", "p.pt"),
        ({"a.pt": "p.pt", f"small_still/{PLACE}": "q.pt"}, {}, "", "q.pt"),  # the place before the file
        ({}, {f"other/{PLACE}": "s.pt"}, "", "sub/a.pt"),
        ({}, {}, "style.pt", "style.pt"),
        ({}, {"a.pt": "s.pt", f"small_still/{PLACE}": "t.pt"}, "style.pt", "style.pt"),  # the show's own choice
        ({"style.pt": "p.pt"}, {}, "style.pt", "p.pt"),
        ({f"small_still/{PLACE}": "q.pt"}, {}, "style.pt", "q.pt"),
    ],
)
def test_what_is_asked_for(project: dict[str, str], studio: dict[str, str], checkpoint: str, asked: str) -> None:
    workflow = mapped(workflow_wanting("sub/a.pt"), project=project, studio=studio)
    (found,) = asked_models(workflow, checkpoint)
    assert found.file == asked


def test_a_mapped_file_is_told_with_the_line_of_the_map() -> None:
    workflow = mapped(workflow_wanting("a.pt"), studio={"b.pt": "c.pt", "a.pt": "mine/other.pt"})
    choice = choose(workflow, shelf(["OTHER.pt"]))
    assert str(choice) == ("a.pt: taken OTHER.pt (mapped by studio.yaml:2; the same name, in the folder itself)")
    missing = choose(workflow, shelf(["a.pt"]))  # what a person chose is not replaced by what the workflow names
    assert (missing.is_missing, missing.asked, missing.why) == (True, "mine/other.pt", "mapped by studio.yaml:2")


def test_a_lora_goes_through_the_same_map_and_matching() -> None:
    workflow = mapped(STILL, project={"mei.safetensors": "people/mei_v2.safetensors"})
    choice = choose_lora(asked_lora(workflow, "mei.safetensors"), "LoraLoader", shelf(["mei_v2.safetensors"]))
    assert (choice.place, choice.folder, choice.file) == ("", "loras", "mei_v2.safetensors")
    assert choose_lora(asked_lora(workflow, "b.pt"), "LoraLoader", shelf(["x/b.pt"])).file == "x/b.pt"


# Precisions -----------------------------------------------------------------------------------------------------------

THREE = workflow_wanting(
    "m_fp8.safetensors",
    variants=(
        ModelVariant("m_fp16.safetensors", 28_000_000_000, 32_000_000_000),
        ModelVariant("m_fp8.safetensors", 14_000_000_000, 16_000_000_000),
        ModelVariant("m_q4.gguf", 9_000_000_000, 8_000_000_000, loader=GGUF),
    ),
)


@pytest.mark.parametrize(
    ("files", "gguf", "card_gb", "taken"),
    [
        (["m_fp8.safetensors", "m_fp16.safetensors"], [], 48, "m_fp16.safetensors"),
        (["m_fp8.safetensors", "m_fp16.safetensors"], [], 24, "m_fp8.safetensors"),
        (["m_fp8.safetensors", "m_fp16.safetensors"], ["m_q4.gguf"], 12, "m_q4.gguf"),
        (["m_fp16.safetensors"], [], 12, "m_fp16.safetensors"),  # slower, never refused
        (["m_fp8.safetensors", "m_fp16.safetensors"], [], 12, "m_fp8.safetensors"),  # the smallest, if none fits
        ([], ["Wan/M_Q4.gguf"], 24, "Wan/M_Q4.gguf"),
        (["m_fp8.safetensors"], None, 12, "m_fp8.safetensors"),  # without the node pack
        (["m_fp8.safetensors", "m_fp16.safetensors"], [], 0, "m_fp16.safetensors"),  # no card, or not known
    ],
)
def test_the_precision_is_taken_that_is_there_and_that_the_card_holds(
    files: list[str], gguf: list[str] | None, card_gb: float, taken: str
) -> None:
    choice = choose(THREE, shelf(files, card_gb, gguf))
    assert choice.file == taken
    assert choice.is_other == (taken != "m_fp8.safetensors")
    assert choice.loader == (GGUF if taken.lower().endswith("gguf") else None)


def test_a_precision_is_told_with_the_reason() -> None:
    told = str(choose(THREE, shelf(["m_fp16.safetensors"], 12.9)))
    assert told == (
        "m_fp8.safetensors: taken m_fp16.safetensors (the smallest precision that the server has; its 12.9 GB card "
        "moves parts of it to main memory)"
    )


def test_without_any_precision_the_wanted_file_is_missing() -> None:
    assert choose(THREE, shelf(["other.safetensors"], 24, [])).is_missing


def test_a_person_s_entry_stands_above_precisions() -> None:
    pinned = mapped(THREE, studio={"m_fp8.safetensors": "m_fp8.safetensors"})
    both = shelf(["m_fp8.safetensors", "m_fp16.safetensors"], 48, ["m_q4.gguf"])
    assert choose(pinned, both).file == "m_fp8.safetensors"
    assert lower_precisions(pinned, {}) == ()


def test_precisions_go_down_from_the_one_that_is_used() -> None:
    assert lower_precisions(THREE, {PLACE: "x/M_fp16.safetensors"}) == (
        {PLACE: "m_fp8.safetensors"},
        {PLACE: "m_q4.gguf"},
    )
    assert lower_precisions(THREE, {}) == ({PLACE: "m_q4.gguf"},)
    assert lower_precisions(THREE, {PLACE: "m_q4.gguf"}) == ()
    lower = AskedModel(PLACE, "m_fp8.safetensors", "m_q4.gguf")
    everything = shelf(["m_fp8.safetensors", "m_fp16.safetensors"], 48, ["m_q4.gguf"])
    choice = choose_file(THREE, THREE.models[0], lower, everything)
    assert (choice.file, choice.loader) == ("m_q4.gguf", GGUF)
