"""Candidates for a shot: workflows and embedded engines, what a shot requires, and what keeps one from making it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tower_anime_assets.production.story.model import Routing
from tower_anime_assets.production.story.source import nearest_word


@dataclass(frozen=True)
class Candidate:
    """A workflow, or an embedded engine, as the router sees it.

    Attributes:
        name: What a writer calls it.
        engine: The engine's name in decisions, such as `comfyui:wan22_14b_i2v`.
        medium: "image" or "video".
        quality: Prior: mean score, and share of takes accepted, 0 to 1.
        pace: Prior: seconds per megapixel and frame; for stills per megapixel.
        vram_bytes: Video memory that it needs; 0 for none.
        base_model: The model family that its LoRAs must be made for; "" when unknown.
        status: `proven`, `experimental` or `deprecated`.
        size_multiple_px: Width and height are multiples of this; 0 for any size.
        min_px: Shortest side that it makes.
        max_pixels: Most pixels of a frame; 0 for no limit.
        frame_step: Legal lengths are `frame_step` * n + `frame_offset` frames; 0 for any length.
        max_frames: Longest clip of one job; 0 for no limit.
        fps: The only frame rate that it makes; 0 for any.
        needs_init_image: Whether it starts from an init image.
        supports_loras: Whether it can load LoRA files.
        card_bytes: Largest card among the servers that could run it; 0 when unknown.
        missing_on_servers: What no available server has for it, one phrase each.
        down_reason: Why no server that could run it answers; "" when one does.
        aliases: Other names for it.
        only_if_pinned: Why it is used only where a writer pins it; "" when it is always available.
    """

    name: str
    engine: str
    medium: str
    capabilities: frozenset[str]
    quality: float
    pace: float
    vram_bytes: int = 0
    base_model: str = ""
    status: str = "proven"
    size_multiple_px: int = 0
    min_px: int = 0
    max_pixels: int = 0
    frame_step: int = 0
    frame_offset: int = 0
    max_frames: int = 0
    fps: float = 0.0
    needs_init_image: bool = False
    supports_loras: bool = True
    card_bytes: int = 0
    missing_on_servers: tuple[str, ...] = ()
    down_reason: str = ""
    aliases: tuple[str, ...] = ()
    only_if_pinned: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Its name and its aliases."""
        return frozenset((self.name, *self.aliases))


@dataclass(frozen=True)
class ShotRequirements:
    """What a shot requires of the candidate that makes its still or its clip.

    Attributes:
        subject: The shot's key.
        medium: "image" or "video".
        capabilities: Any one of these will do.
        shot_type: The type under which its runs are counted, see `shot_type`.
        frames: 1 for a still.
        has_init_image: Whether there is a picture to start from: a clip's keyframe.
        loras: Base model by LoRA file; "" where the file does not say.
        pins: Names that a writer pinned, of any medium; the first of this medium counts.
        pinned_by: Who pinned them, as a phrase.
        position: The shot's number in its episode, for taking turns.
    """

    subject: str
    medium: str
    capabilities: tuple[str, ...]
    shot_type: str
    width_px: int
    height_px: int
    frames: int = 1
    fps: int = 24
    has_init_image: bool = True
    loras: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[str, ...] = ()
    pinned_by: str = ""
    position: int = 0

    @property
    def megapixel_frames(self) -> float:
        """Megapixels times frames."""
        return self.width_px * self.height_px * self.frames / 1e6


def shot_type(framing: str, *, speaks: bool) -> str:
    """Return the type under which a shot's runs are counted; `sql/queries/profiles.sql` forms the same from briefs."""
    return f"{framing}, speaking" if speaks else framing


def why_unusable(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> str:
    """Return what keeps a candidate from making a shot, "" when nothing does.

    A candidate that is ruled out whatever is installed says only that. That no server answers is said only when
    nothing else is wrong: then waiting helps.
    """
    return (
        "; ".join(_permanent_obstacles(candidate, requirements, rules) or _other_obstacles(candidate, requirements))
        or candidate.down_reason
    )


def distance_from_usable(
    candidate: Candidate, requirements: ShotRequirements, rules: Routing
) -> tuple[int, bool, bool, int]:
    """Return how far a candidate is from making a shot, as a sort key.

    Permanent obstacles count first, the others last: a missing file is soon downloaded.
    """
    return (
        len(_permanent_obstacles(candidate, requirements, rules)),
        bool(candidate.only_if_pinned),
        candidate.status != "proven",
        len(_other_obstacles(candidate, requirements)),
    )


def _permanent_obstacles(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> list[str]:
    """Return what rules a candidate out whatever is installed: its status, its capabilities, the memory it needs."""
    obstacles = []
    if candidate.status == "deprecated":
        obstacles.append("it is deprecated")
    if candidate.names & set(rules.blocked):
        obstacles.append("it is blocked by the project or the operator")
    if not candidate.capabilities & set(requirements.capabilities):
        capabilities = ", ".join(sorted(candidate.capabilities)) or "nothing that is known"
        obstacles.append(f"it does {capabilities}; the shot needs {' or '.join(requirements.capabilities)}")
    elif candidate.needs_init_image and not requirements.has_init_image:
        obstacles.append("it needs a picture to start from")
    if candidate.card_bytes and candidate.vram_bytes > candidate.card_bytes:
        needed_gb, card_gb = candidate.vram_bytes / 1e9, candidate.card_bytes / 1e9
        obstacles.append(f"it needs {needed_gb:.1f} GB of VRAM; the largest card has {card_gb:.1f}")
    return obstacles


def _other_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    """Return everything else that is in the way: sizes, LoRAs, nodes and files."""
    obstacles = []
    width, height = legal_size(candidate, requirements.width_px, requirements.height_px)
    if candidate.max_pixels and width * height > candidate.max_pixels:
        obstacles.append(f"{width} x {height} px are over its {candidate.max_pixels / 1e6:.2f} megapixels")
    if requirements.medium == "video":
        if candidate.fps and candidate.fps != requirements.fps:
            obstacles.append(f"it makes {candidate.fps:g} frames per second only, not {requirements.fps}")
        is_too_long = candidate.max_frames and legal_frames(candidate, requirements.frames) > candidate.max_frames
        if is_too_long and "image_to_video" not in candidate.capabilities:
            obstacles.append(
                f"{requirements.frames} frames are over its {candidate.max_frames}, "
                "and it cannot continue from a last frame"
            )
    if candidate.supports_loras and candidate.base_model:
        obstacles += [
            f"LoRA {file} is for {base}, it runs {candidate.base_model}"
            for file, base in sorted(requirements.loras.items())
            if base and _normalise_model_name(base) != _normalise_model_name(candidate.base_model)
        ]
    return [*obstacles, *candidate.missing_on_servers]


def _normalise_model_name(model: str) -> str:
    return "".join(char for char in model.casefold() if char.isalnum())


def legal_size(candidate: Candidate, width_px: int, height_px: int) -> tuple[int, int]:
    """Return the smallest (width, height) that a candidate can make and that covers a size without enlarging it."""
    scale = max(Fraction(1), Fraction(candidate.min_px, width_px), Fraction(candidate.min_px, height_px))
    multiple = max(1, candidate.size_multiple_px)
    width, height = (math.ceil(side * scale / multiple) * multiple for side in (width_px, height_px))
    return width, height


def legal_frames(candidate: Candidate, frames: int) -> int:
    """Return the shortest length that a candidate can make and that holds `frames`."""
    if not candidate.frame_step:
        return frames
    steps = max(0, math.ceil((frames - candidate.frame_offset) / candidate.frame_step))
    return steps * candidate.frame_step + candidate.frame_offset


def unknown_workflow_messages(rules: Routing, names: Sequence[str]) -> list[str]:
    """Return a sentence for each name in the rules that no workflow has, with the nearest one."""
    places = [("blocked", name) for name in rules.blocked]
    places += [(f"pins.{place}", name) for place, name in rules.pins.items()]
    messages = []
    for place, name in places:
        if name not in names:
            near = nearest_word(name, names)
            hint = f"; did you mean {near}?" if near else ""
            messages.append(f"routing.{place} names {name!r}, which is not a workflow{hint}")
    return messages
