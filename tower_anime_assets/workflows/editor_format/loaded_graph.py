"""What comes of a person's workflow file, and where the node classes come from that a conversion needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.workflows.validation import ObjectInfo

ObjectInfoSource = Callable[[], ObjectInfo]
"""Returns what a server reports of all its node classes; asked at most once, and only if a file must be converted."""


@dataclass(frozen=True)
class LoadedGraph:
    """A graph in the API format, read from a person's file.

    Attributes:
        graph: Nodes by id, `{class_type, inputs}` each, as `read_graph` returns it.
        origin: What it was read from, such as "API export", "prompt inside a PNG file" or "editor workflow".
        titles: What the editor shows above each node, by node id, where the file says it.
        notes: What a person should know of the conversion, a sentence each; () if nothing was converted or chosen.
        is_converted: Whether it was converted from the editor's format.
    """

    graph: Mapping[str, Any]
    origin: str
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    is_converted: bool = False
