"""Workflows: a ComfyUI graph as data, its inputs and outputs, and what it needs to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.story.model_map import NO_MODEL_MAP, MappedFile, ModelMap
from tower_anime_assets.workflows.model_hashes import FileHashes

CAPABILITIES: Final = (
    "text_to_image",
    "image_editing",
    "image_relighting",
    "layered_generation",
    "anime_generation",
    "super_resolution",
    "frame_interpolation",
    "text_to_video",
    "image_to_video",
    "video_inpainting",
    "alpha_video",
    "controlnet_pose",
    "controlnet_depth",
    "controlnet_lines",
    "regional_prompts",
    "character_reference",
    "image_inpainting",
    "first_last_frame",
)
"""What a workflow can do."""

FRAMING_CAPABILITIES: Final = ("controlnet_pose", "controlnet_depth", "controlnet_lines", "regional_prompts")
"""Any of these holds a keyframe to the animatic's framing."""

LIKENESS_CAPABILITIES: Final = ("character_reference",)
"""Any of these holds a keyframe to pictures of its characters."""

PROVEN: Final = "proven"
EXPERIMENTAL: Final = "experimental"
DEPRECATED: Final = "deprecated"
NEEDS_A_HAND: Final = "needs a hand"
STATUSES: Final = (PROVEN, EXPERIMENTAL, NEEDS_A_HAND, DEPRECATED)
"""How far a workflow is trusted; one that needs a hand, or is deprecated, is listed but never chosen."""

CONTROL_ROLES: Final = ("control_pose", "control_depth", "control_lines")
"""Roles of pictures that hold the animatic's framing."""

REFERENCE_ROLES: Final = ("reference_1", "reference_2", "reference_3")
"""Roles of pictures of the characters in a shot, in the order of its cast."""

REGION_MASK_ROLES: Final = ("region_mask_1", "region_mask_2")
REGION_PROMPT_ROLES: Final = ("region_prompt_1", "region_prompt_2")
"""Roles of where each of two characters is, from left to right, and of the words about them."""

PICTURE_ROLES: Final = (*CONTROL_ROLES, *REFERENCE_ROLES, *REGION_MASK_ROLES, "mask", "end_image")
"""Roles of uploaded pictures besides `image`; a workflow is only given to a shot that has all that it binds."""

INPUT_ROLES: Final = (
    *("prompt", "negative", "seed", "width", "height", "frames", "fps", "batch"),
    *("image", "mask", "end_image", "video", "audio"),
    *("steps", "cfg", "sampler", "scheduler", "sigmas", "denoise", "shift", "checkpoint", "strength"),
    *(*CONTROL_ROLES, *REFERENCE_ROLES, *REGION_MASK_ROLES, *REGION_PROMPT_ROLES),
    *("control_strength", "reference_strength", "multiplier", "filename_prefix"),
)
"""Roles of node inputs; each may be bound to several places."""

BATCH: Final = "batch"
"""The role of how many pictures one job makes."""

COMFYUI: Final = "comfyui"
EMBEDDED: Final = "embedded"


@dataclass(frozen=True)
class LoaderNode:
    """A node that loads a file instead of the graph's own loader; its first output is of the same type.

    Attributes:
        class_type: Its class, such as `UnetLoaderGGUF`.
        input: The input that names the file.
        inputs: Its other inputs.
    """

    class_type: str
    input: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelVariant:
    """The same model in another precision.

    Attributes:
        file: Name as its loader takes it.
        size_bytes: Approximate size; 0 if unknown.
        min_vram_bytes: Smallest card that holds it; 0 if unknown.
        folder: Folder below ComfyUI's `models/`; "" for that of the graph's own file.
        source: Where to get it.
        url: Where it can be downloaded.
        licence: Its licence, where it differs from the workflow's.
        sha256: Published digest, 64 hex digits; "" if unknown.
        loader: What loads it, None for the graph's own loader.
    """

    file: str
    size_bytes: int = 0
    min_vram_bytes: int = 0
    folder: str = ""
    source: str = ""
    url: str = ""
    licence: str = ""
    sha256: str = ""
    loader: LoaderNode | None = None


@dataclass(frozen=True)
class ModelFile:
    """A model file that a graph names.

    Attributes:
        folder: Folder below ComfyUI's `models/`.
        file: Name as the loader node takes it, including any subfolder; the map's, where it names another.
        place: Where the graph names it, such as `ckpt.inputs.ckpt_name`.
        size_bytes: Approximate size; 0 if unknown.
        source: Where to get it.
        url: Where it can be downloaded.
        licence: Its licence, where it differs from the workflow's.
        sha256: Published digest, 64 hex digits; "" if unknown.
        min_vram_bytes: Smallest card that holds it; 0 if unknown.
        variants: The same model in other precisions, the preferred first.
        mapped: The entry of the map that replaced the graph's file; None if there is none.
    """

    folder: str
    file: str
    place: str
    size_bytes: int = 0
    source: str = ""
    url: str = ""
    licence: str = ""
    sha256: str = ""
    min_vram_bytes: int = 0
    variants: tuple[ModelVariant, ...] = ()
    mapped: MappedFile | None = None


@dataclass(frozen=True)
class Sizes:
    """Legal sizes of the result: each side a multiple of `multiple_px` and at least `min_px`.

    Attributes:
        scale: How many times larger the result is than what `width` and `height` are set to: above 1 where a graph
            enlarges what it has sampled; None if that was not measured.
        fixed_px: Width and height of the only size that it makes; None if the size can be set, or is that of the
            picture that it starts from.
    """

    multiple_px: int
    min_px: int
    max_pixels: int
    scale: float | None = 1.0
    fixed_px: tuple[int, int] | None = None


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
        vram_bytes: Video memory that it fills where there is enough; 0 when that is not known. Says nothing of what it
            needs: ComfyUI keeps in the computer's memory what a card cannot hold, and is slower.
        min_vram_bytes: Video memory below which it is known not to run at all; 0 when that is not known.
        quality: Share of takes accepted, and how far their scores lie between the bar and the best, 0 to 1.
        source: Where the figures come from: measured, the vendor's, or an estimate.
    """

    seconds_per_megapixel_frame: float
    vram_bytes: int
    quality: float
    source: str = ""
    min_vram_bytes: int = 0


@dataclass(frozen=True)
class Probe:
    """What one run of a workflow with its graph's own values showed.

    Attributes:
        at: When, as an ISO 8601 date and time in UTC.
        server: What made it: ComfyUI's version and the graphics card.
        graph_sha256: `Workflow.graph_sha256` of what was run.
        frames: 1 for a picture.
        fps: 0 for a picture.
        seconds: How long the server worked.
        vram_bytes: The most of the card's memory that was in use; 0 if that is not known.
    """

    at: str
    server: str
    graph_sha256: str
    width_px: int
    height_px: int
    frames: int
    fps: float
    seconds: float
    vram_bytes: int


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
        gaps: What keeps it from being used, a phrase each: roles that are bound to nothing, figures that were not
            measured. It has `NEEDS_A_HAND` as its status then.
        encodes_text: Whether words lead into its samplers; what is written in a script reaches no other workflow.
        remarks: What was inferred otherwise than may be thought, a sentence each.
        probe: What a probe render of it showed; None if there was none.
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
    gaps: tuple[str, ...] = ()
    encodes_text: bool = True
    remarks: tuple[str, ...] = ()
    probe: Probe | None = None
    model_map: ModelMap = NO_MODEL_MAP
    """The map in force; applied to `models` already, and to be applied to LoRAs and the style's checkpoint."""
    file_hashes: FileHashes = field(default_factory=dict)
    """Digests of servers' model files that were measured before."""
    inferred_keys: frozenset[str] = field(default_factory=frozenset)
    """Manifest keys, and `bindings.ROLE`, that were inferred from the graph."""

    @property
    def node_classes(self) -> frozenset[str]:
        """Node classes that a server must have."""
        return frozenset(node["class_type"] for node in self.graph.values())

    def node_classes_with(self, loaders: Mapping[str, LoaderNode | None]) -> frozenset[str]:
        """Return the node classes that a server must have where other nodes load the models at some places."""
        others = {place.split(".")[0]: loader.class_type for place, loader in loaders.items() if loader}
        return frozenset(others.get(node_id, node["class_type"]) for node_id, node in self.graph.items())

    @property
    def picture_roles(self) -> tuple[str, ...]:
        """Roles of the pictures besides `image` that it takes, in the order of `PICTURE_ROLES`."""
        return tuple(role for role in PICTURE_ROLES if role in self.bindings)

    @cached_property
    def sha256(self) -> str:
        """Digest of everything that determines what is sent for given values."""
        bindings = {role: places for role, places in self.bindings.items() if role != BATCH}  # changes no picture
        scale = () if self.sizes.scale in (None, 1.0) else (self.sizes.scale,)
        return digest(self.graph, bindings, self.defaults, self.lora_after, *scale)

    @cached_property
    def graph_sha256(self) -> str:
        """Digest of the graph alone."""
        return digest(self.graph)

    @property
    def is_routable(self) -> bool:
        """Whether it may be chosen for work."""
        return self.status not in (NEEDS_A_HAND, DEPRECATED) and (self.engine == EMBEDDED or bool(self.graph))


def value_at(graph: Mapping[str, Any], place: str) -> Any:
    """Return the value at a place such as `3.inputs.seed`, or `3.inputs.lora_1.lora` inside an object.

    Raises:
        KeyError: The graph has no such place.
    """
    node, inputs, name = place.split(".", 2)
    if inputs != "inputs":
        raise KeyError(place)
    value = graph[node]["inputs"]
    if name in value:  # `choice.child` is a name of the newer nodes
        return value[name]
    for key in name.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(place)
        value = value[key]
    return value


def is_link(value: object) -> bool:
    """Return whether an input is linked to another node's output: `[id, output]`."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) and not isinstance(value[1], bool)
