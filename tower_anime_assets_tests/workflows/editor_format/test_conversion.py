"""Conversion equals what ComfyUI's editor queues, and hostile files end quickly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.workflows.editor_format.conversion import ConvertedGraph, convert
from tower_anime_assets.workflows.editor_format.editor_workflow import MAX_EDITOR_NODES, parse_editor_workflow
from tower_anime_assets.workflows.editor_format.texts import format_date, resolve_dynamic_prompt
from tower_anime_assets_tests.workflows.editor_format.canvas import Canvas
from tower_anime_assets_tests.workflows.editor_format.editor_cases import (
    CASES,
    LOOK,
    MORE_CLASSES,
    OUTER,
    look,
    picture,
    save,
    scale,
    text_to_image,
)

DATA = Path(__file__).parent / "data"
NODE_CLASSES: dict[str, Any] = {**json.loads((DATA / "node_classes.json").read_text()), **MORE_CLASSES}
QUEUED = {version: json.loads((DATA / f"queued_{version}.json").read_text()) for version in ("1.27.10", "1.58.1")}

NOT_QUEUED = {"straight_through_subgraph", "circle_of_reroutes"}
"""The editor gives these up with an error of its own."""

MEANT_OTHERWISE = {"muted_instance_inside"}
"""The editor sends what is inside a muted instance if that is itself inside a subgraph; what is muted is not sent."""

OLD_MEANING = {
    *("too_few_values", "dynamic_choices", "values_of_forced_sockets", "file_name_placeholders"),
    *("links_from_nowhere", "muted_sources", "muted_reroute", "instances_left_out"),
    *("values_inside_and_links", "promoted_prompt", "helpers_inside_subgraph", "primitive_into_subgraph"),
    *("proxy_widgets", "proxied_out_of_shared_input", "proxied_widget_of_bypassed_node", "proxied_primitive"),
    *("nested_proxies", "proxies_of_two_instances", "primitive_of_reroute_first"),
    *("growing_texts", "newer_widgets", "rows_of_groups"),
}
"""Cases in which version 1.27.10 of the editor queues something else, or gives up; the newer meaning is followed."""


def first(options: Sequence[str]) -> str:
    return options[0]


def converted(workflow: Mapping[str, Any], **more: Any) -> ConvertedGraph:
    faults = Diagnostics("mine.json")
    parsed = parse_editor_workflow(workflow, faults)
    result = convert(parsed, NODE_CLASSES, faults, choose=first, **more) if parsed is not None else None
    assert result is not None, faults.faults
    return result


def fault_of(workflow: Mapping[str, Any], classes: Mapping[str, Any] = NODE_CLASSES) -> str:
    faults = Diagnostics("mine.json")
    parsed = parse_editor_workflow(workflow, faults)
    assert (convert(parsed, classes, faults) if parsed is not None else None) is None
    return "\n".join(map(str, faults.faults))


def declared_part(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a graph without titles, and without what only the browser knows, such as the state of a player."""
    kept = {}
    for node_id, node in graph.items():
        parts = NODE_CLASSES[node["class_type"]]["input"]
        names = {name for part in parts.values() for name in part}
        inputs = {name: value for name, value in node["inputs"].items() if name.partition(".")[0] in names}
        kept[node_id] = {"class_type": node["class_type"], "inputs": inputs}
    return kept


def drawn(draw: Callable[[Canvas], object]) -> dict[str, Any]:
    canvas = Canvas()
    draw(canvas)
    return canvas.saved()


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_QUEUED - MEANT_OTHERWISE))
def test_a_workflow_becomes_what_the_editor_queues(name: str) -> None:
    assert converted(CASES[name].workflow).graph == declared_part(QUEUED["1.58.1"][name]["graph"])


@pytest.mark.parametrize("name", sorted(CASES.keys() - NOT_QUEUED - MEANT_OTHERWISE - OLD_MEANING))
def test_older_editors_queue_the_same(name: str) -> None:
    assert converted(CASES[name].workflow).graph == declared_part(QUEUED["1.27.10"][name]["graph"])


@pytest.mark.parametrize("name", sorted(OLD_MEANING))
def test_where_older_editors_differ_the_newer_one_is_followed(name: str) -> None:
    older = QUEUED["1.27.10"][name]
    assert "error" in older or converted(CASES[name].workflow).graph != declared_part(older["graph"])


def test_what_is_muted_inside_a_subgraph_is_not_sent() -> None:
    graph = converted(CASES["muted_instance_inside"].workflow).graph
    assert graph.keys() == QUEUED["1.58.1"]["muted_instance_inside"]["graph"].keys() - {"20:7:1", "20:7:2"}


def test_an_input_that_leads_straight_through_a_subgraph_is_followed() -> None:
    assert "error" in QUEUED["1.58.1"]["straight_through_subgraph"]
    graph = converted(CASES["straight_through_subgraph"].workflow).graph
    assert (graph["90"]["inputs"]["images"], graph["91"]["inputs"]["images"]) == (["10:1", 0], ["50", 0])


def test_a_circle_of_reroutes_is_named() -> None:
    assert "RecursionError" in QUEUED["1.58.1"]["circle_of_reroutes"]["error"]
    assert "the links go in a circle, through node 2 of class Reroute" in fault_of(CASES["circle_of_reroutes"].workflow)


def test_get_and_set_nodes_are_followed_by_their_name() -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        canvas.add(2, "SetNode", ["sky"], gives="IMAGE")
        canvas.link(1, 0, 2, "IMAGE", "IMAGE")
        canvas.add(3, "GetNode", ["sky"], gives="IMAGE")
        save(canvas, 3)
        save(canvas, 2, node_id=91)
        canvas.add(4, "GetNode", ["sky"], gives="IMAGE", mode=2)
        canvas.add(5, "ImageBatch", gives="IMAGE")
        canvas.link(4, 0, 5, "image1", "IMAGE")

    graph = converted(drawn(draw)).graph
    assert graph["90"]["inputs"]["images"] == graph["91"]["inputs"]["images"] == ["1", 0]
    assert graph["5"]["inputs"] == {}


def test_a_get_node_without_its_set_node_is_named() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.add(3, "GetNode", ["sea"], gives="IMAGE")
        save(canvas, 3)

    assert "node 3 of class GetNode: there is no Set node named 'sea'" in fault_of(drawn(draw))


def test_values_by_name_are_read_by_name() -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        scale(canvas, 2, 1)
        canvas.nodes[2]["widgets_values"] = {"height": 5, "crop": "center", "videopreview": {"hidden": False}}
        save(canvas, 2)

    inputs = converted(drawn(draw)).graph["2"]["inputs"]
    assert inputs == {"upscale_method": "nearest-exact", "width": 512, "height": 5, "crop": "center", "image": ["1", 0]}


def test_the_same_seed_chooses_the_same_and_what_was_chosen_is_noted() -> None:
    workflow = drawn(lambda canvas: text_to_image(canvas, prompt="{a|b|c|d|e|f} street // draft"))
    faults = Diagnostics("mine.json")
    parsed = parse_editor_workflow(workflow, faults)
    assert parsed is not None
    results = [convert(parsed, NODE_CLASSES, faults, seed=seed) for seed in (1, 1, 2, 3, 4)]
    texts = [result.graph["6"]["inputs"]["text"] for result in results if result is not None]
    assert len(texts) == 5
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1
    assert all(text in [f"{option} street " for option in "abcdef"] for text in texts)
    assert results[0] is not None
    assert results[0].notes == (f"text of node 6 has choices, comments or escapes; it became {texts[0].strip()!r}.",)


def test_titles_are_those_that_the_editor_shows() -> None:
    titles = converted(CASES["seed_with_control"].workflow).titles
    assert (titles["7"], titles["3"]) == ("what to avoid", "KSampler")
    assert titles["4"] == NODE_CLASSES["CheckpointLoaderSimple"]["display_name"]


def test_values_that_no_input_takes_are_noted_and_those_of_a_packs_own_kind_refused() -> None:
    workflow = CASES["too_many_values"].workflow
    assert converted(workflow).notes == ("Left out of node 2, as no input takes them: 'surplus'.",)

    def draw(canvas: Canvas) -> None:
        picture(canvas)
        scale(canvas, 2, 1)
        canvas.nodes[2]["widgets_values"].append({"on": True, "lora": "style.safetensors", "strength": 1})
        save(canvas, 2)

    assert "only its node pack's own code in the browser can read" in fault_of(drawn(draw))


def test_an_input_of_a_kind_that_is_not_known_is_refused() -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        canvas.add(2, "CaseUnknownKind", [1, 2], gives="IMAGE")
        canvas.link(1, 0, 2, "image", "IMAGE")
        save(canvas, 2)

    assert "an input of the kind COMFY_NEWKIND_V4, which is not known here: new" in fault_of(drawn(draw))


def test_dates_in_file_names_are_the_local_time() -> None:
    workflow = drawn(lambda canvas: save(canvas, picture(canvas), prefix="%date:yyyy-MM-dd%/%date:yy_M_d hh.mm%_x"))
    graph = converted(workflow, now=datetime(2031, 2, 3, 4, 5, 6)).graph  # noqa: DTZ001 - any local time
    assert graph["90"]["inputs"]["filename_prefix"] == "2031-02-03/%date:yy_M_d hh.mm%_x"  # a dot makes it a widget


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("yyyyMMdd-hhmmss", "20310203-040506"), ("yy M d h m s", "31 2 3 4 5 6"), ("yyy|at", "yyy|at"), ("MMM", "022")],
)
def test_a_date_is_written_in_its_pattern(pattern: str, text: str) -> None:
    assert format_date(pattern, datetime(2031, 2, 3, 4, 5, 6)) == text  # noqa: DTZ001 - any local time


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("plain", "plain"),
        ("{a|b", "a"),
        ("a}b|c", "a}b|c"),
        (r"\{a\|b\}", "{a|b}"),
        (r"{x\|y|z}", "x|y"),
        (r"back\slash \\", r"back\slash \\"),
        ("a/*b*/c//d\ne", "ac\ne"),
        ("{}{{a|b}|c}", "a"),
        ("end\\", "end\\"),
    ],
)
def test_dynamic_prompts(prompt: str, text: str) -> None:
    assert resolve_dynamic_prompt(prompt, first) == text


@pytest.mark.parametrize(
    ("prompt", "words"), [("{" * 1000, "nested more than 20 deep"), ("x" * 200_001, "more than 200,000 characters")]
)
def test_endless_prompts_are_a_fault(prompt: str, words: str) -> None:
    assert words in fault_of(drawn(lambda canvas: text_to_image(canvas, prompt=prompt)))


def with_unknown(class_type: str, mode: int = 0, **properties: str) -> dict[str, Any]:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        canvas.add(2, class_type, gives="IMAGE", mode=mode, title="Make it nice", properties=properties)
        canvas.link(1, 0, 2, "image", "IMAGE")
        save(canvas, 2)

    return drawn(draw)


@pytest.mark.parametrize(
    ("properties", "remedy"),
    [
        (
            {"cnr_id": "some-pack", "ver": "1.2.3"},
            "the node pack some-pack, version 1.2.3: install it with ComfyUI Manager",
        ),
        ({"aux_id": "owner/pack", "ver": "abc"}, "It comes from https://github.com/owner/pack, version abc"),
        ({"cnr_id": "comfy-core", "ver": "0.9.0"}, "a node of ComfyUI itself, version 0.9.0: update ComfyUI"),
        ({}, "The file does not say which node pack it comes from"),
        ({"aux_id": "../../etc", "cnr_id": "a\nb\x1b[31m"}, "The file does not say which node pack it comes from"),
    ],
)
def test_an_unknown_class_is_named_with_where_it_comes_from(properties: dict[str, str], remedy: str) -> None:
    fault = fault_of(with_unknown("NiceMaker", 0, **properties))
    assert "node 2 ('Make it nice'): the server has no node class NiceMaker" in fault
    assert remedy in fault


def test_an_unknown_class_that_is_muted_or_bypassed_needs_no_server_that_has_it() -> None:
    assert "images" not in converted(with_unknown("NiceMaker", mode=2)).graph["90"]["inputs"]
    assert converted(with_unknown("NiceMaker", mode=4)).graph["90"]["inputs"]["images"] == ["1", 0]


def test_unknown_classes_inside_subgraphs_are_named_by_their_full_ids() -> None:
    def draw(canvas: Canvas) -> None:
        look(canvas)
        canvas.use(10, LOOK)
        canvas.use(11, LOOK)

    fault = fault_of(drawn(draw), {})
    assert "nodes 10:1, 10:2, 11:1, 11:2: the server has no node class ImageScale" in fault


@pytest.mark.parametrize("class_type", ["workflow>my group", "workflow/my group"])
def test_a_group_node_is_refused_with_what_to_do(class_type: str) -> None:
    fault = fault_of(with_unknown(class_type))
    assert "node 2 ('Make it nice'): 'my group' is a group node" in fault
    assert "Convert to Subgraph" in fault


def test_a_subgraph_that_is_not_in_the_file_is_named() -> None:
    assert "the subgraph that it is made from is not in the file" in fault_of(with_unknown(OUTER))


def test_a_subgraph_that_contains_itself_is_refused() -> None:
    def draw(canvas: Canvas) -> None:
        inside = Canvas()
        inside.gives_out("IMAGE", "IMAGE", picture(inside), 0)
        canvas.define(LOOK, "endless", inside)
        definition = canvas.definitions[0]
        definition["nodes"].append({"id": 2, "type": LOOK, "mode": 0, "inputs": [], "outputs": []})
        canvas.use(10, LOOK)

    assert "the subgraph 'endless' contains itself" in fault_of(drawn(draw))


def test_subgraphs_that_multiply_are_refused() -> None:
    def draw(canvas: Canvas) -> None:
        names = [f"{number:08}-1111-4111-8111-111111111111" for number in range(20)]
        for number, name in enumerate(names):
            inside = Canvas()
            inside.definitions = canvas.definitions
            picture(inside)
            for node_id in (10, 11, 12) if number else ():
                inside.use(node_id, names[number - 1])
            canvas.define(name, f"level {number}", inside)
        canvas.use(10, names[-1])

    assert "with its subgraphs opened the workflow is too large" in fault_of(drawn(draw))


def test_a_hundred_thousand_nodes_are_refused() -> None:
    nodes = [{"id": number, "type": "Note", "inputs": [], "outputs": []} for number in range(100_000)]
    assert f"at most {MAX_EDITOR_NODES:,}" in fault_of({"nodes": nodes, "links": []})


def test_long_chains_of_reroutes_are_followed_once() -> None:
    count = 1000

    def draw(canvas: Canvas) -> None:
        picture(canvas, "start")
        last: Any = "start"
        for number in range(count):
            canvas.add(number, "Reroute", gives="IMAGE")
            canvas.link(last, 0, number, "", "*")
            canvas.add(f"seen {number}", "PreviewAny")
            canvas.link(number, 0, f"seen {number}", "source", "*")
            last = number

    graph = converted(drawn(draw)).graph
    assert len(graph) == count + 1
    assert all(node["inputs"] == {"source": ["start", 0]} for node_id, node in graph.items() if node_id != "start")


@pytest.mark.parametrize(
    "workflow",
    [
        {"nodes": [None]},
        {"nodes": [{"id": 1}]},
        {"nodes": [{"id": True, "type": "Note"}]},
        {"nodes": [{"id": 1, "type": "Note"}, {"id": 1, "type": "Note"}]},
        {"nodes": [{"id": 1, "type": "Note", "inputs": [{}] * 1001}]},
    ],
)
def test_nodes_that_cannot_be_read_are_faults(workflow: dict[str, Any]) -> None:
    assert fault_of(workflow)


def test_odd_parts_of_a_file_do_not_stop_it() -> None:
    workflow = CASES["reroutes"].workflow
    odd_links = [*workflow["links"], None, 3, [1], {"id": 7}, [9, 1, float("nan"), 2, 0, "X"]]
    odd = {**workflow, "links": odd_links, "definitions": [], "groups": None}
    assert converted(odd).graph == converted(workflow).graph
