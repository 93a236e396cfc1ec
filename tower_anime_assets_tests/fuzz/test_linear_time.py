"""Twice as much of anything is read in about twice the time: scripts, show files, graphs, facts, subtitles."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Any

import pytest

from tower_anime_assets.clients.comfyui_jobs import parse_history_entry
from tower_anime_assets.compile.subtitles import build_cues
from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.memory.json_lines import read_json_lines
from tower_anime_assets.production.planning.action_verbs import find_pose
from tower_anime_assets.production.planning.briefs import SubtitleText
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.show_file import draft_project
from tower_anime_assets.production.story.source import Diagnostics, SourceFile, did_you_mean, nearest_words
from tower_anime_assets.workflows.editor_format.texts import resolve_dynamic_prompt
from tower_anime_assets.workflows.graphs import read_graph
from tower_anime_assets.workflows.inference import infer_workflow
from tower_anime_assets_tests.fuzz.fuzzing import assert_linear, assert_quick, small_project

pytestmark = pytest.mark.chaos

HEADING = "INT. A - DAY\n\n"


@cache
def _project() -> Project:
    return small_project()


def read_script(text: str) -> None:
    draft_episode(_project(), "e01", text, "e01.fountain", "0" * 64)


def read_show(text: str) -> None:
    source = SourceFile("small/project.yaml", text)
    draft_project("small", source, {"akira": SourceFile("small/characters/akira.yaml", text)})


def read_facts(text: str) -> None:
    with suppress(StoryError):
        read_json_lines(text, "facts.jsonl", "a file")


def read_graph_text(text: str) -> None:
    read_graph(text, Diagnostics("graph.json"))


def read_history(text: str) -> None:
    parse_history_entry("a", json.loads(text))


def infer(text: str) -> None:
    infer_workflow(json.loads(text))


def make_subtitles(text: str) -> None:
    build_cues([SubtitleText("sc01-l01", "AKIRA", text, 0, 100_000, (), False, False)], 24, 10_000_000)


def unpack_prompt(text: str) -> None:
    resolve_dynamic_prompt(text, lambda options: options[0])


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_script, HEADING + "." * 10_000),
        (read_script, HEADING + "AKIRA (V.O." + " " * 20_000 + "\nHello.\n"),
        (read_script, HEADING + "AKIRA " + "()" * 10_000 + "\nHello.\n"),
        (read_script, HEADING + "AKIRA\n" + "(" * 20_000 + "\n"),
        (read_show, "title: Small\n" + "".join(f"key{number}: 1\n" for number in range(20_000))),
        (read_show, "title: " + "[" * 20_000),
        (read_facts, "[" * 20_000),
        (read_facts, "{}\n" * 20_000),
        (read_graph_text, '{"1": {"class_type": "A", "inputs": {}}\n' + " " * 20_000 + "}"),
        (read_graph_text, '{"1": {"class_type": "A", "inputs": {"a": ' + "[" * 20_000 + "]" * 20_000 + "}}}"),
        (unpack_prompt, "/*a" * 50_000),
    ],
    ids=[
        "dots",
        "voice over",
        "brackets",
        "open brackets",
        "unknown keys",
        "deep YAML",
        "deep facts",
        "empty facts",
        "spaces in a graph",
        "deep graph",
        "open comments",
    ],
)
def test_what_has_made_readers_stand_still_is_read_in_a_second(read: Callable[[str], object], text: str) -> None:
    assert_quick(read, text)


_MANY = {
    "headings": "INT. A{0} - DAY\n\n",
    "forced headings": ".PLACE {0}\n\n",
    "numbered scenes": "INT. A{0} - DAY #{0}#\n\nAkira runs.\n\n",
    "scenes with lines": "INT. A{0} - DAY\n\nAKIRA\nHello.\n\n",
    "cues": "AKIRA\nHello.\n\n",
    "cues at once": "AKIRA\nHello.\n\nLUNA ^\nYes.\n\n",
    "unknown speakers": "BOB{0}\nHello.\n\n",
    "parentheticals": "AKIRA\n(softly)\nHello.\n\n",
    "introductions": "DOCTOR BOB{0} (30) comes in.\n\n",
    "actions": "Akira runs down the street {0}.\n\n",
    "notes": "[[mood: tense]]\n\n",
    "unknown notes": "[[moood: {0}]]\n\n",
    "shot notes": "[[shot: close-up, push in]]\n\nAkira runs.\n\n",
    "music notes": "INT. A - DAY\n[[music: file:x{0}.wav]]\n\nAkira runs.\n\n",
    "synopses": "= Something {0}\n\n",
    "sections": "# Act {0}\n\n",
    "transitions": "SMASH {0} TO:\n\n",
    "fades": "FADE OUT.\n\n",
    "lyrics": "~la la {0}\n",
    "cards": "> Part {0} <\n\n",
    "pages": "===\n\n",
    "boneyards": "/* x */\n\n",
}


@pytest.mark.parametrize("block", _MANY.values(), ids=_MANY)
def test_twenty_thousand_of_anything_are_read_in_a_second(block: str) -> None:
    assert_quick(read_script, HEADING + "".join(block.format(number) for number in range(20_000)))


def test_twenty_thousand_title_keys_are_read_in_a_second() -> None:
    assert_quick(read_script, "".join(f"Key{number}: value\n" for number in range(20_000)) + "\n" + HEADING)


def test_twenty_thousand_characters_are_read_in_a_second() -> None:
    source = SourceFile("small/project.yaml", "title: Small\n")
    cast = {f"bob{number}": SourceFile(f"small/characters/bob{number}.yaml", "name: [\n") for number in range(20_000)}
    assert_quick(lambda _text: draft_project("small", source, cast), "")
    assert "20,000 character files" in draft_project("small", source, cast).faults[0].problem


_ATOMS = [
    ".",
    " ",
    "(",
    "()",
    "[[",
    "/*",
    "**__",
    "*a ",
    '"',
    "’s ",
    "\t",
    "A",
    "word ",
    " - ",
    ": ",
    " & ",
    "1 ",
    "\\",
]
_ATOMS += [
    "e\u0301",
    "\u200b",
    "日",
    "カ",
    "「a」",
    "INT. ",
    "TO: ",
    "AKIRA ",
    "Akira, ",
    "the voice of ",
    "slowly ",
    "\n ",
]


@pytest.mark.parametrize(
    "frame",
    [
        HEADING + "Akira %s runs.\n",
        HEADING + "AKIRA %s\nHello.\n",
        HEADING + "AKIRA\nWell %s then.\n",
        HEADING + "BOB: %s\n",
        "INT. %s - DAY\n\nAkira runs.\n",
        HEADING + "[[mood: %s]]\n",
        "Title: %s\n\n" + HEADING,
        "%s\n",
    ],
    ids=["action", "cue", "speech", "label", "heading", "note", "title", "alone"],
)
def test_a_line_of_anything_is_read_in_linear_time(frame: str) -> None:
    for atom in _ATOMS:
        assert_linear(read_script, partial(_framed, frame, atom), 1500)


def _framed(frame: str, atom: str, count: int) -> str:
    return frame % (atom * (count // len(atom)))


@pytest.mark.parametrize(
    "block",
    [
        "AKIRA\nHello.\n\n",
        "BOB{0}\nHello.\n\n",
        "INT. A{0} - DAY\n\n",
        "a\n",
        "a\n\n",
        "[[\n\n",
        "x [[\n",
        "/*\n",
        "K{0}: v\n\n",
        "BOB{0}: hello\n\n",
        "AKIRA\n\nHello.\n\n",
        "CUT TO:\n\n",
        "(a)\nb\n",
        "[[moood: {0}]]\n\n",
        "a\r",
    ],
)
def test_many_of_anything_are_read_in_linear_time(block: str) -> None:
    assert_linear(read_script, lambda count: HEADING + "".join(block.format(number) for number in range(count)), 150)


def _chain(count: int, class_type: str, **inputs: Any) -> str:
    """Return a graph of nodes that each take the picture of the next."""
    nodes: dict[str, Any] = {
        str(number): {"class_type": class_type, "inputs": {**inputs, "image": [str(number + 1), 0]}}
        for number in range(count)
    }
    nodes[str(count)] = {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64}}
    nodes["save"] = {"class_type": "SaveImage", "inputs": {"images": ["0", 0], "filename_prefix": "x"}}
    return json.dumps(nodes)


def _history(count: int) -> str:
    outputs = {str(number): {"images": [{"filename": "a.png"}]} for number in range(count)}
    messages = [["execution_cached", {"nodes": list(outputs)}]]
    return json.dumps({"outputs": outputs, "status": {"status_str": "success", "messages": messages}})


_LONG_FILES: list[tuple[Callable[[str], object], Callable[[int], str], int]] = [
    (read_show, lambda count: "".join(f"key{number}: 1\n" for number in range(count)), 1000),
    (read_show, lambda count: "name: A\ndescription: a man" + ", red hair" * count + "\n", 300),
    (read_facts, lambda count: '{"subject": "a", "predicate": "b", "object": "c"}\n' * count, 500),
    (read_graph_text, lambda count: _chain(count, "ImageScale"), 200),
    (infer, lambda count: _chain(count, "ImageScaleBy", scale_by=1.5), 200),
    (read_history, _history, 500),
    (make_subtitles, lambda count: "word " * count, 500),
    (make_subtitles, lambda count: "日" * count, 500),
    (find_pose, lambda count: "Akira opens the door and " * count, 100),
    (find_pose, lambda count: "kneels down " * count, 100),
    (unpack_prompt, lambda count: "/*a {a|b} " * count, 500),
]


@pytest.mark.parametrize(
    ("read", "text_of", "size"),
    _LONG_FILES,
    ids=[
        "keys",
        "description",
        "facts",
        "graph",
        "inference",
        "history",
        "words",
        "wide text",
        "verbs",
        "phrases",
        "prompt",
    ],
)
def test_a_long_file_is_read_in_linear_time(
    read: Callable[[str], object], text_of: Callable[[int], str], size: int
) -> None:
    assert_linear(read, text_of, size)


def test_the_nearest_of_twenty_thousand_words_is_found_in_a_second() -> None:
    names = [f"lora_{number:05}_of_a_long_name.safetensors" for number in range(20_000)]
    assert_quick(lambda word: did_you_mean(word, names), "lora_00017_of_a_long_nmae.safetensors")
    assert_quick(lambda word: nearest_words(word, names, 5), "lora_00017_of_a_long_nmae.safetensors")
    assert "Did you mean Luna?" in did_you_mean("lunna", [*names, "Luna"])
