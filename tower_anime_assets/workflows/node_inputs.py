"""Inputs of a graph's nodes: what kind of value each takes, and where that value is written.

A value may stand in the input itself, or in a node that only holds it (`PrimitiveInt`, `String`, `Seed (rgthree)`),
with any number of nodes in between that pass it on. Such nodes are recognized by their inputs, not by their class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tower_anime_assets.production.story.source import shorten
from tower_anime_assets.workflows.graphs import ObjectInfo, input_links
from tower_anime_assets.workflows.workflow import is_link

MODEL_SUFFIXES: Final = (".safetensors", ".gguf", ".ckpt", ".sft", ".pth", ".pt", ".bin", ".onnx", ".torchscript")

_TEXT_WORDS: Final = frozenset(
    [
        "text",
        "texts",
        "prompt",
        "prompts",
        "string",
        "str",
        "value",
        "positive",
        "negative",
        "wildcard",
        "content",
        "caption",
        "words",
        "llama",
        "t5xxl",
    ]
)
_SETTING_WORDS: Final = frozenset(["system", "template", "style", "type", "mode", "path", "instruction", "format"])
_TEXT_NAMES: Final = frozenset({"clip_l", "clip_g", "text_g", "text_l", "populated_text"})
_ENCODER_LINKS: Final = frozenset({"clip", "t5", "text_encoder", "text_encoders", "clip_model"})
_NEGATIVE_WORDS: Final = frozenset({"negative", "neg"})
_POSITIVE_WORDS: Final = frozenset({"positive", "pos"})
_MAX_HOPS: Final = 24


@dataclass(frozen=True)
class TextPart:
    """A text, or one part of a text that a node puts together.

    Attributes:
        place: Where it is written; "" if a node computes it.
        words: What is written there.
        title: What the editor shows above its node.
        beside: What the graph joins it with, as `place 'words'`.
    """

    place: str
    words: str
    title: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeInputs:
    """A graph with what is known about the inputs of its nodes.

    Attributes:
        graph: In API format.
        object_info: A server's node classes; those that are missing are judged by their values alone.
        titles: What the editor shows above each node, by node id.
    """

    graph: Mapping[str, Any]
    object_info: ObjectInfo = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    _joined: dict[tuple[str, int, str], list[TextPart]] = field(default_factory=dict, repr=False, compare=False)
    """What `joined_parts` returned before: texts may be joined of the same texts again and again."""

    def declaration(self, node_id: str, name: str) -> Any:
        """Return what the server says of an input, None if that is unknown."""
        inputs = (self.object_info.get(self.class_of(node_id)) or {}).get("input") or {}
        for part in ("required", "optional"):
            declared = (inputs.get(part) or {}).get(name)
            if declared is not None:
                return declared
        return None

    def config(self, node_id: str, name: str) -> Mapping[str, Any]:
        """Return range, default and the like of an input; {} if they are unknown."""
        declared = self.declaration(node_id, name)
        has_config = isinstance(declared, list | tuple) and len(declared) > 1 and isinstance(declared[1], Mapping)
        return declared[1] if has_config else {}

    def class_of(self, node_id: str) -> str:
        """Return a node's class."""
        return str(self.graph[node_id]["class_type"])

    def is_text(self, node_id: str, name: str) -> bool:
        """Return whether an input takes free text that may be a prompt, rather than a choice, a file or a setting."""
        if is_choice(self.declaration(node_id, name)):
            return False
        if name in _TEXT_NAMES:
            return True
        words = words_of(name)
        return bool(_TEXT_WORDS & words) and not words & _SETTING_WORDS

    def number_places(self, node_id: str, name: str) -> Iterator[str]:
        """Yield the place of an input's number; nothing if a node computes it."""
        yield from self._value_places(node_id, name, (int, float), 0)

    def string_places(self, node_id: str, name: str) -> Iterator[str]:
        """Yield the place of an input's string, such as a file's name; nothing if a node computes it."""
        yield from self._value_places(node_id, name, (str,), 0)

    def _value_places(self, node_id: str, name: str, types: tuple[type, ...], hops: int) -> Iterator[str]:
        value = self.graph[node_id]["inputs"].get(name)
        if not is_link(value):
            if isinstance(value, types) and not isinstance(value, bool):
                yield f"{node_id}.inputs.{name}"
            return
        source = value[0]
        inputs = self.graph[source]["inputs"]
        literals = [
            key for key, held in inputs.items() if isinstance(held, types) and not isinstance(held, bool | list)
        ]
        links = [key for key, held in inputs.items() if is_link(held)]
        others = [key for key in inputs if key not in literals and key not in links]
        is_choosing = int in types and any(isinstance(inputs[key], str) for key in others)
        if hops >= _MAX_HOPS:
            return
        if literals and not links:
            named = [key for key in literals if key == name or name in words_of(key)]
            # A node with a choice beside its numbers, such as an aspect ratio, computes what it gives.
            if len(literals) == 1 and (not is_choosing or _is_setting(others, inputs)):
                yield f"{source}.inputs.{literals[0]}"
            elif len(named) == 1 and not is_choosing:
                yield f"{source}.inputs.{named[0]}"
        elif links and not literals and len(links) == 1 and not others:
            yield from self._value_places(source, links[0], types, hops + 1)

    def text_parts(self, node_id: str, side: str, hops: int = 0) -> list[TextPart]:
        """Return the texts that a node holds or puts together, for the prompt or the negative prompt.

        Args:
            node_id: An encoder, a node that holds text, or one that joins texts.
            side: `positive` or `negative`; inputs that are named for the other side are left out.
            hops: How many nodes lie between it and the encoder.
        """
        if hops >= _MAX_HOPS:
            return []
        parts: list[TextPart] = []
        inputs = self.graph[node_id]["inputs"]
        is_encoder = self.is_encoder(node_id)
        for name, value in inputs.items():
            if side_of(name, side) != side:
                continue
            if is_link(value):
                is_followed = self.is_text(node_id, name) or (not is_encoder and _is_passed_on(name))
                if is_followed and value[0] != node_id:
                    parts += self.joined_parts(value[0], value[1], side, hops + 1)
            elif isinstance(value, str) and self.is_text(node_id, name) and not value.lower().endswith(MODEL_SUFFIXES):
                parts.append(TextPart(f"{node_id}.inputs.{name}", value, self.titles.get(node_id, "")))
        return parts

    def joined_parts(self, node_id: str, output: int, side: str, hops: int = 1) -> list[TextPart]:
        """Return the part of a text node that is the prompt, or all its parts if that cannot be told."""
        key = (node_id, output, side)
        if key not in self._joined:
            self._joined[key] = self._join_parts(node_id, output, side, hops)
        return self._joined[key]

    def _join_parts(self, node_id: str, output: int, side: str, hops: int) -> list[TextPart]:
        parts = list(dict.fromkeys(self.text_parts(node_id, side, hops)))
        if not parts:
            return [TextPart("", "", self.titles.get(node_id, ""))]
        outputs = (self.object_info.get(self.class_of(node_id)) or {}).get("output") or ()
        if len(outputs) == len(parts) > 1 and output < len(parts):
            return [parts[output]]
        return choose_part(node_id, parts)

    def is_encoder(self, node_id: str) -> bool:
        """Return whether a node turns text into a conditioning."""
        inputs = self.graph[node_id]["inputs"]
        if "encode" in self.class_of(node_id).lower() or _ENCODER_LINKS & inputs.keys():
            return True
        outputs = (self.object_info.get(self.class_of(node_id)) or {}).get("output") or ()
        return any(isinstance(kind, str) and (kind == "CONDITIONING" or "EMBED" in kind) for kind in outputs)


def choose_part(node_id: str, parts: list[TextPart]) -> list[TextPart]:
    """Return the one part of a text that a node joins which is the prompt, or all of them if that cannot be told.

    It is the only one with words; or the only one in a node that its author has titled as a prompt; or the only one
    that comes from another node, while the rest is written into the node that joins them.
    """
    if len(parts) < 2:
        return parts
    with_words = [part for part in parts if not part.place or part.words.strip()]
    titled = [part for part in parts if part.place and re.search(r"\bprompt\b", part.title, re.IGNORECASE)]
    linked = [part for part in parts if not part.place.startswith(f"{node_id}.inputs.")]
    if not with_words:
        return (titled or linked or parts)[:1]
    for group in (with_words, titled, linked):
        if len(group) == 1 and group[0].place:
            rest = tuple(f"{part.place} {shorten(part.words)!r}" for part in with_words if part is not group[0])
            return [replace(group[0], beside=rest)]
    return parts


def side_of(name: str, default: str = "") -> str:
    """Return whether an input is named for the prompt (`positive`) or the negative prompt, else the default."""
    words = words_of(name)
    if words & _NEGATIVE_WORDS:
        return "negative"
    return "positive" if words & _POSITIVE_WORDS else default


def words_of(name: str) -> frozenset[str]:
    """Return the words of an input's name without numbers: `text_a2` gives text and a."""
    return frozenset(re.findall(r"[a-z]+(?:5xxl)?", name.lower()))


def is_choice(declared: Any) -> bool:
    """Return whether an input is declared as a choice, in either form."""
    return (
        isinstance(declared, list | tuple)
        and bool(declared)
        and (isinstance(declared[0], list | tuple) or declared[0] == "COMBO")
    )


def linked_sources(graph: Mapping[str, Any]) -> set[tuple[str, int]]:
    """Return every output, (node, number), that some input is linked to."""
    return {(source, output) for node in graph.values() for _name, source, output in input_links(node)}


def _is_passed_on(name: str) -> bool:
    """Return whether an input of a node that is not an encoder may bring text: a reroute's, a switch's."""
    return name in ("", "*") or bool(words_of(name) & {"any", "input", "source", "anything"})


def _is_setting(names: list[str], inputs: Mapping[str, Any]) -> bool:
    """Return whether all other inputs only say what happens to the value after a run, as a seed's control does."""
    return all("control" in words_of(name) or inputs[name] in ("", None) for name in names)
