"""Workflows: a ComfyUI graph as data, its inputs and outputs, and what it needs to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.tunable import Tunable

CAPABILITIES: Final = (
    "text_to_image",
    "image_editing",
    "image_relighting",
    "layered_generation",
    "anime_generation",
    "super_resolution",
    "text_to_video",
    "image_to_video",
    "video_inpainting",
    "alpha_video",
)
"""What a workflow can do."""

PROVEN: Final = "proven"
EXPERIMENTAL: Final = "experimental"
DEPRECATED: Final = "deprecated"
STATUSES: Final = (PROVEN, EXPERIMENTAL, DEPRECATED)
"""How far a workflow is trusted; a deprecated one is listed but never chosen."""

INPUT_ROLES: Final = (
    *("prompt", "negative", "seed", "width", "height", "frames", "fps", "image", "mask", "end_image", "video", "audio"),
    *("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "checkpoint", "strength"),
    "filename_prefix",
)
"""Roles of node inputs; each may be bound to several places."""

COMFYUI: Final = "comfyui"
EMBEDDED: Final = "embedded"


@dataclass(frozen=True)
class ModelFile:
    """A model file that a graph names.

    Attributes:
        folder: Folder below ComfyUI's `models/`.
        file: Name as the loader node takes it, including any subfolder.
        place: Where the graph names it, such as `ckpt.inputs.ckpt_name`.
        size_bytes: Approximate size; 0 if unknown.
        source: Where to get it.
    """

    folder: str
    file: str
    place: str
    size_bytes: int = 0
    source: str = ""


@dataclass(frozen=True)
class Sizes:
    """Legal picture sizes: each side a multiple of `multiple_px` and at least `min_px`."""

    multiple_px: int
    min_px: int
    max_pixels: int


@dataclass(frozen=True)
class Lengths:
    """Legal clip lengths, frames: `step * n + offset`, at most `max_frames`; `fps` is the model's own rate."""

    step: int
    offset: int
    max_frames: int
    fps: float


@dataclass(frozen=True)
class Priors:
    """What is expected of a workflow until it has been measured here.

    Attributes:
        seconds_per_megapixel_frame: On a 12 GB card; for stills per megapixel.
        vram_bytes: Video memory that it fills; 0 when that is not known.
        quality: 0 to 1.
        source: Where the figures come from: measured, the vendor's, or an estimate.
    """

    seconds_per_megapixel_frame: float
    vram_bytes: int
    quality: float
    source: str = ""


@dataclass(frozen=True)
class LoraSlot:
    """An output of the graph after which LoRA loaders are inserted.

    Attributes:
        model: Node and output of the model.
        clip: Node and output of the text encoder that the same LoRA changes; None if LoRAs change the model only.
    """

    model: tuple[str, int]
    clip: tuple[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A way to make a keyframe or a clip.

    Attributes:
        name: Stays the same over versions.
        aliases: Other names it answers to.
        engine: `comfyui`, or `embedded` for an engine of this program, which has no graph.
        status: One of `STATUSES`.
        is_validated: Whether the graph was checked against the node list of a ComfyUI version.
        medium: `image` or `video`.
        graph: In ComfyUI's API format; empty for embedded engines and workflows that are only listed.
        bindings: Places such as `smp.inputs.seed` by role.
        output_nodes: Ids of the nodes whose files are the result.
        models: Model files that the graph names.
        base_model: What a LoRA must have been trained for; "" if unknown.
        lora_after: Where LoRA loaders are inserted; () if the graph takes no LoRAs.
        min_comfyui: Oldest version that can run it; "" if unknown.
        lengths: None for pictures.
        defaults: Value by role, where it differs from the graph's own.
        tunable: Range by name: a bound role, or `lora_strength`.
        licence: Licence of the models.
        file: The manifest, or the graph if there is no manifest.
    """

    name: str
    title: str
    medium: str
    capabilities: frozenset[str]
    graph: Mapping[str, Any]
    bindings: Mapping[str, tuple[str, ...]]
    output_nodes: tuple[str, ...]
    models: tuple[ModelFile, ...]
    lora_after: tuple[LoraSlot, ...]
    sizes: Sizes
    lengths: Lengths | None
    priors: Priors
    file: Path
    version: str = "1"
    aliases: tuple[str, ...] = ()
    engine: str = COMFYUI
    status: str = EXPERIMENTAL
    is_validated: bool = False
    base_model: str = ""
    min_comfyui: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    tunable: Mapping[str, Tunable] = field(default_factory=dict)
    licence: str = ""
    notes: str = ""
    inferred_keys: frozenset[str] = field(default_factory=frozenset)
    """Manifest keys, and `bindings.ROLE`, that were inferred from the graph."""

    @property
    def node_classes(self) -> frozenset[str]:
        """Node classes that a server must have."""
        return frozenset(node["class_type"] for node in self.graph.values())

    @cached_property
    def sha256(self) -> str:
        """Digest of everything that determines what is sent for given values."""
        return digest(self.graph, self.bindings, self.defaults, self.lora_after)

    @property
    def is_routable(self) -> bool:
        """Whether it may be chosen for work."""
        return self.status != DEPRECATED and (self.engine == EMBEDDED or bool(self.graph))


def value_at(graph: Mapping[str, Any], place: str) -> Any:
    """Return the value at a place such as `3.inputs.seed`.

    Raises:
        KeyError: The graph has no such place.
    """
    node, inputs, name = place.split(".", 2)
    if inputs != "inputs":
        raise KeyError(place)
    return graph[node]["inputs"][name]


def is_link(value: object) -> bool:
    """Return whether an input is linked to another node's output: `[id, output]`."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) and not isinstance(value[1], bool)
