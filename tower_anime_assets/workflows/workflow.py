"""What a workflow is: a ComfyUI graph as data, what it takes and gives, and what it needs. No I/O here."""

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
"""What a workflow can be asked for."""

PROVEN: Final = "proven"
EXPERIMENTAL: Final = "experimental"
DEPRECATED: Final = "deprecated"
STATUSES: Final = (PROVEN, EXPERIMENTAL, DEPRECATED)
"""How far a workflow is trusted; a deprecated one is listed and never chosen."""

INPUT_ROLES: Final = (
    *("prompt", "negative", "seed", "width", "height", "frames", "fps", "image", "mask", "end_image", "video", "audio"),
    *("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "checkpoint", "strength"),
    "filename_prefix",
)
"""What a node's input can stand for; each may be bound to several places."""

COMFYUI: Final = "comfyui"
EMBEDDED: Final = "embedded"


@dataclass(frozen=True)
class ModelFile:
    """A model file that a graph names.

    Attributes:
        folder: Folder below ComfyUI's `models/` that it belongs in.
        file: Name as the loader node takes it, with a subfolder where it lies in one.
        place: Where the graph names it, such as `ckpt.inputs.ckpt_name`.
        size_bytes: About how large it is; 0 when that is not known.
        source: Where it can be had from.
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
    """What is expected of a workflow before it was measured here.

    Attributes:
        seconds_per_megapixel_frame: On a 12 GB card; for stills per megapixel.
        vram_bytes: Video memory that it fills; 0 when that is not known.
        quality: 0 to 1.
        source: Where the figures come from: measured, the vendor's, or an estimate, in words.
    """

    seconds_per_megapixel_frame: float
    vram_bytes: int
    quality: float
    source: str = ""


@dataclass(frozen=True)
class LoraSlot:
    """An output of the graph after which LoRA loaders are put.

    Attributes:
        model: Node and output that give the model.
        clip: Node and output that give the text encoder that the same LoRA changes; None where LoRAs of this model
            change the model only.
    """

    model: tuple[str, int]
    clip: tuple[str, int] | None = None


@dataclass(frozen=True)
class Workflow:
    """A way to make a still or a clip.

    Attributes:
        name: Stays the same over versions.
        aliases: Other names it answers to.
        engine: `comfyui`, or `embedded` for an engine of this program, which has no graph.
        status: One of `STATUSES`.
        is_validated: Whether the graph was held against the node list of a ComfyUI version.
        medium: `image` or `video`.
        graph: In ComfyUI's API format; empty for embedded engines and for what is only listed.
        bindings: Places such as `smp.inputs.seed` by role.
        output_nodes: Ids of the nodes whose files are the result.
        models: Files that the graph names.
        base_model: What a LoRA must have been trained for; "" when nothing is known.
        lora_after: Where LoRA loaders are put; () when the graph takes none.
        min_comfyui: Oldest version that can run it, "" when nothing is known.
        lengths: None for stills.
        defaults: Value by role, where another than the graph's own is wanted.
        tunable: Range by name: a bound role, or `lora_strength`.
        licence: Of the models, in words.
        file: The manifest, or the graph where there is none.
    """

    name: str
    version: str
    title: str
    capabilities: frozenset[str]
    status: str
    is_validated: bool
    medium: str
    graph: Mapping[str, Any]
    bindings: Mapping[str, tuple[str, ...]]
    output_nodes: tuple[str, ...]
    models: tuple[ModelFile, ...]
    base_model: str
    lora_after: tuple[LoraSlot, ...]
    min_comfyui: str
    sizes: Sizes
    lengths: Lengths | None
    priors: Priors
    defaults: Mapping[str, Any]
    tunable: Mapping[str, Tunable]
    licence: str
    notes: str
    file: Path
    aliases: tuple[str, ...] = ()
    engine: str = COMFYUI
    inferred_keys: frozenset[str] = field(default_factory=frozenset)
    """What was found out from the graph instead of being said in the manifest: keys, and `bindings.ROLE`."""

    @property
    def node_classes(self) -> frozenset[str]:
        """Classes of nodes that a server must know."""
        return frozenset(node["class_type"] for node in self.graph.values())

    @cached_property
    def sha256(self) -> str:
        """Digest of everything that decides what is sent for given values."""
        return digest(self.graph, self.bindings, self.defaults, self.lora_after)

    @property
    def is_routable(self) -> bool:
        """Whether it may be chosen for work."""
        return self.status != DEPRECATED and (self.engine == EMBEDDED or bool(self.graph))


def value_at(graph: Mapping[str, Any], place: str) -> Any:
    """Return what stands at a place such as `3.inputs.seed`.

    Raises:
        KeyError: The graph has no such place.
    """
    node, inputs, name = place.split(".", 2)
    if inputs != "inputs":
        raise KeyError(place)
    return graph[node]["inputs"][name]


def is_link(value: object) -> bool:
    """Return whether an input's value is taken from another node: `[id, output]`."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) and not isinstance(value[1], bool)
