"""The texts of a graph that are its prompt and its negative prompt: those that lead into the main sampler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.workflows.graphs import input_links
from tower_anime_assets.workflows.node_inputs import NodeInputs, TextPart, side_of, words_of
from tower_anime_assets.workflows.workflow import is_link

_CONDITIONING_WORDS = frozenset({"conditioning", "cond", "embeds", "embedding", "embeddings", "pipe", "ctx"})
_NOT_CONDITIONING = frozenset(
    ["clip", "model", "vae", "image", "images", "mask", "latent", "samples", "control", "net", "vision", "pixels"]
)
_MEDIA_WORDS = frozenset({"image", "images", "video", "audio", "motion", "vision", "ref"})
_TEMPLATE_INPUTS = {"wildcard_text", "populated_text"}
"""A text and what became of its wildcards: both are set."""


@dataclass(frozen=True)
class Prompts:
    """Where a graph's texts are written.

    Attributes:
        prompt: Places of the prompt.
        negative: Places of the negative prompt.
        encodes_text: Whether any text leads into a sampler, found or not.
        is_unclear: Whether the prompt was not bound because it is one of several parts of a text.
        remarks: What was left as it is, a sentence each; why a prompt is unclear comes in `unclear_remarks`.
    """

    prompt: tuple[str, ...]
    negative: tuple[str, ...]
    encodes_text: bool
    is_unclear: bool
    remarks: tuple[str, ...]
    unclear_remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Texts:
    """The texts that lead into one sampler, by side."""

    sampler: str
    sides: Mapping[str, tuple[TextPart, ...]]
    unclear: tuple[TextPart, ...]
    encodes_text: bool


def find_prompts(inputs: NodeInputs, output_nodes: tuple[str, ...]) -> Prompts:
    """Return where the texts of the main sampler are written: the earliest one, which begins the picture.

    Later samplers, such as those of a second pass or a detailer, follow it where their texts are the same; others keep
    what the graph says.
    """
    samplers = [_texts_of(inputs, node) for node in _conditioned_nodes(inputs, output_nodes)]
    samplers = [texts for texts in samplers if texts.encodes_text]
    if not samplers:
        return Prompts((), (), False, False, ())
    main = next((texts for texts in reversed(samplers) if texts.sides["positive"]), samplers[-1])
    places: dict[str, dict[str, None]] = {"positive": {}, "negative": {}}
    remarks: dict[str, None] = {}
    for texts in [main, *(other for other in samplers if other is not main)]:
        for side, parts in texts.sides.items():
            main_words = {part.words for part in main.sides[side]}
            for part in parts:
                if part.words in main_words:
                    places[side][part.place] = None
                    remarks |= {f"{other} stays beside the {_ROLES[side]}": None for other in part.beside}
                elif part.place not in places[side]:
                    remarks[f"{part.place} keeps its own text, as that of node {texts.sampler}"] = None
    unclear = {
        f"{part.place or 'What a node computes'} is one of several parts of a text: nothing tells which is the prompt"
        for part in (main.unclear if not places["positive"] else ())
    }
    negative = tuple(place for place in places["negative"] if place not in places["positive"])
    is_unclear = bool(main.unclear) and not places["positive"]
    return Prompts(tuple(places["positive"]), negative, True, is_unclear, tuple(remarks), tuple(sorted(unclear)))


_ROLES = {"positive": "prompt", "negative": "negative prompt"}


def _conditioned_nodes(inputs: NodeInputs, output_nodes: tuple[str, ...]) -> Iterator[str]:
    """Yield the nodes that a text leads into, the nearest to the output first."""
    graph = inputs.graph
    queue = [node for node in output_nodes if node in graph]
    seen = set(queue)
    for node in queue:
        links = list(input_links(graph[node]))
        if any(_is_conditioning(name) for name, _source, _output in links):
            yield node
        for name, source, _output in links:
            if source not in seen and not _is_conditioning(name):
                seen.add(source)
                queue.append(source)


def _is_conditioning(name: str) -> bool:
    words = words_of(name)
    return bool(side_of(name) or words & _CONDITIONING_WORDS) and not words & _MEDIA_WORDS


def _texts_of(inputs: NodeInputs, node: str) -> _Texts:
    """Return the texts behind the conditionings of a sampler."""
    walk = _Walk(inputs)
    for name, source, output in input_links(inputs.graph[node]):
        if _is_conditioning(name):
            walk.follow(source, output, side_of(name, "positive"))
    sides = {side: tuple(dict.fromkeys(parts)) for side, parts in walk.parts.items()}
    return _Texts(node, sides, tuple(dict.fromkeys(walk.unclear)), walk.encodes_text)


class _Walk:
    """A walk along the conditionings behind a sampler, back to the texts."""

    def __init__(self, inputs: NodeInputs) -> None:
        self.inputs = inputs
        self.parts: dict[str, list[TextPart]] = {"positive": [], "negative": []}
        self.unclear: list[TextPart] = []
        self.encodes_text = False
        self._seen: set[tuple[str, int, str]] = set()

    def follow(self, node_id: str, output: int, side: str) -> None:
        """Collect the texts behind an output; a node that takes a pair returns it in the same order."""
        stack = [(node_id, output, side)]
        while stack:
            current = stack.pop()
            if current in self._seen:
                continue
            self._seen.add(current)
            node_id, _output, side = current
            if self.inputs.class_of(node_id) == "ConditioningZeroOut":
                continue
            has_text = self._collect(node_id, side)
            stack += reversed(self._sources(node_id, side, has_text=has_text))

    def _collect(self, node_id: str, side: str) -> bool:
        """Add the texts of a node for one side, and those that are named for the other; return whether it has any."""
        has_text = False
        for wanted in ("positive", "negative"):
            is_named = any(side_of(name) == wanted for name in self.inputs.graph[node_id]["inputs"])
            if wanted != side and not is_named:
                continue
            parts = self._parts_of(node_id, wanted, only_named=wanted != side)
            has_text = has_text or bool(parts)
            for group in parts:
                self._add(group, wanted)
        return has_text

    def _parts_of(self, node_id: str, side: str, *, only_named: bool) -> list[list[TextPart]]:
        """Return the texts of each text input of a node, several parts where it is not clear which is the prompt."""
        inputs, groups = self.inputs, []
        for name, value in inputs.graph[node_id]["inputs"].items():
            own_side = side_of(name)
            if (own_side or side) != side or (only_named and not own_side) or not inputs.is_text(node_id, name):
                continue
            if isinstance(value, str):
                groups.append([TextPart(f"{node_id}.inputs.{name}", value, inputs.titles.get(node_id, ""))])
            elif is_link(value) and not self._is_conditioning_link(node_id, name, value):
                groups.append(inputs.joined_parts(value[0], value[1], side))
        if len(groups) > 1 and not inputs.is_encoder(node_id):
            return [inputs.joined_parts(node_id, 0, side)]
        return groups

    def _is_conditioning_link(self, node_id: str, name: str, value: list[Any]) -> bool:
        """Return whether an input named for a side takes a conditioning rather than a text."""
        if not side_of(name):
            return False
        declared = self.inputs.declaration(node_id, name)
        if isinstance(declared, list | tuple) and declared:
            return bool(declared[0] != "STRING")
        return not _holds_text(self.inputs, value[0])

    def _add(self, group: list[TextPart], side: str) -> None:
        self.encodes_text = True
        places = [part for part in group if part.place]
        names = {part.place.split(".")[-1] for part in places}
        is_clear = len(group) == 1 or len({part.words for part in group}) == 1 or names == _TEMPLATE_INPUTS
        if places and is_clear:
            self.parts[side] += places
        else:
            self.unclear += group

    def _sources(self, node_id: str, side: str, *, has_text: bool) -> list[tuple[str, int, str]]:
        links = list(input_links(self.inputs.graph[node_id]))
        names = {name for name, _source, _output in links}
        conditionings = [link for link in links if _is_conditioning(link[0])]
        if {"positive", "negative"} & names:
            conditionings = [link for link in conditionings if side_of(link[0], side) == side]
        if conditionings:
            return [(source, number, side) for _name, source, number in conditionings]
        if has_text or self.inputs.is_encoder(node_id):
            return []
        return [(source, number, side) for name, source, number in links if not words_of(name) & _NOT_CONDITIONING]


def _holds_text(inputs: NodeInputs, node_id: str) -> bool:
    """Return whether a node only holds or joins text: it has text, and is no encoder."""
    if inputs.is_encoder(node_id):
        return False
    return any(
        isinstance(value, str) and inputs.is_text(node_id, name)
        for name, value in inputs.graph[node_id]["inputs"].items()
    )
