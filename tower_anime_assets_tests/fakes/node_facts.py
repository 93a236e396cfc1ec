"""What ComfyUI's nodes take and give, as far as our graphs need it: `data/object_info.json` read and answered from.

The file holds one node class a line: its inputs by name with type, range and default, the types it gives, and `after`
where a class or an option exists only in versions later than that one. A `FILE` input chooses among the files of a
folder of the server.

Source: `GET /object_info` of ComfyUI 0.3.64; what is newer comes from published graphs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RECORDED_VERSION = "0.3.64"
"""The version whose behaviour was recorded."""

_FILE = Path(__file__).parent / "data" / "object_info.json"


@dataclass(frozen=True)
class NodeInput:
    """One input of a node class.

    Attributes:
        type: `INT`, `FLOAT`, `STRING`, `BOOLEAN`, `CHOICE`, `FILE`, or the type of a link such as `IMAGE`.
        low: Smallest number, None when there is none.
        high: Largest number, None when there is none.
        options: What a `CHOICE` chooses among.
        folder: The server's folder that a `FILE` lies in.
        is_new_form: Whether the server tells the choices as `["COMBO", {"options": [...]}]`.
    """

    name: str
    type: str
    is_required: bool
    default: Any = None
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    folder: str = ""
    is_new_form: bool = False

    def choices(self, files: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
        """Return what can be chosen on a server with these files by folder; None when it is no choice."""
        if self.type == "FILE":
            return tuple(sorted(files.get(self.folder, ())))
        return self.options if self.type == "CHOICE" else None

    def told(self, files: Mapping[str, Sequence[str]]) -> list[Any]:
        """Return the input as the server tells it, in the one or the other form of choices."""
        ranges = {"default": self.default, "min": self.low, "max": self.high}
        config: dict[str, Any] = {key: value for key, value in ranges.items() if value is not None}
        choices = self.choices(files)
        if choices is None:
            return [self.type, config]
        if self.is_new_form:
            return ["COMBO", {"options": list(choices), **config}]
        return [list(choices), config]


@dataclass(frozen=True)
class NodeClass:
    """One node class: its inputs by name, the types it gives, and whether it is an output that a job runs for."""

    name: str
    inputs: Mapping[str, NodeInput]
    outputs: tuple[str, ...]
    is_output: bool

    def told(self, files: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return the class as `GET /object_info/{class}` tells it."""
        inputs: dict[str, dict[str, Any]] = {"required": {}}
        for made in self.inputs.values():
            inputs.setdefault("required" if made.is_required else "optional", {})[made.name] = made.told(files)
        return {
            "input": inputs,
            "input_order": {part: list(names) for part, names in inputs.items()},
            "output": list(self.outputs),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.outputs),
            "name": self.name,
            "display_name": self.name,
            "description": "",
            "python_module": "nodes",
            "category": "",
            "output_node": self.is_output,
        }


@cache
def node_classes(version: str = RECORDED_VERSION) -> Mapping[str, NodeClass]:
    """Return the node classes that a version has, by name."""
    facts: dict[str, dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))
    return {name: _class_of(name, fact, version) for name, fact in facts.items() if _has(version, fact.get("after"))}


def interpolation_pack() -> dict[str, NodeClass]:
    """Return the node class of the pack ComfyUI-Frame-Interpolation that our graphs use.

    Source:
        github.com/Fannovel16/ComfyUI-Frame-Interpolation, vfi_models/rife/__init__.py and vfi_utils.py.
    """
    fact = {
        "required": {
            "ckpt_name": {"type": "CHOICE", "options": ["rife46.pth", "rife47.pth"], "default": "rife47.pth"},
            "frames": {"type": "IMAGE"},
            "clear_cache_after_n_frames": {"type": "INT", "default": 10, "min": 1, "max": 1000},
            "multiplier": {"type": "INT", "default": 2, "min": 1},
            "fast_mode": {"type": "BOOLEAN", "default": True},
            "ensemble": {"type": "BOOLEAN", "default": True},
            "scale_factor": {"type": "CHOICE", "options": [0.25, 0.5, 1.0, 2.0, 4.0], "default": 1.0},
        },
        "outputs": ["IMAGE"],
    }
    return {"RIFE VFI": _class_of("RIFE VFI", fact, RECORDED_VERSION)}


def _class_of(name: str, fact: Mapping[str, Any], version: str) -> NodeClass:
    inputs = [
        _input_of(input_name, entry, version, is_required=part == "required")
        for part in ("required", "optional")
        for input_name, entry in fact.get(part, {}).items()
    ]
    return NodeClass(name, {made.name: made for made in inputs}, tuple(fact["outputs"]), fact.get("saves", False))


def _input_of(name: str, entry: Mapping[str, Any], version: str, *, is_required: bool) -> NodeInput:
    newer = [options for after, options in entry.get("options_after", {}).items() if _has(version, after)]
    return NodeInput(
        name,
        entry["type"],
        is_required,
        entry.get("default"),
        entry.get("min"),
        entry.get("max"),
        (*entry.get("options", ()), *(option for options in newer for option in options)),
        entry.get("folder", ""),
        entry.get("form") == "new",
    )


def _has(version: str, after: str | None) -> bool:
    return after is None or _numbers(version) > _numbers(after)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
