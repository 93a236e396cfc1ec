"""Candidates for a shot: workflows and embedded engines, what a shot requires, and what keeps one from making it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tower_anime_assets.production.base_models import LoraFit, lora_fit
from tower_anime_assets.production.story.model import Lora, Routing
from tower_anime_assets.production.story.source import nearest_word


@dataclass(frozen=True)
class Candidate:
    """A workflow, or an embedded engine, as the router sees it.

    Attributes:
        name: What a writer calls it.
        engine: The engine's name in decisions, such as `comfyui:wan22_14b_i2v`.
        medium: "image" or "video".
        quality: Prior: share of takes accepted, and how far the score of those lies between the bar and what is good.
        pace: Prior: seconds per megapixel and frame; for stills per megapixel.
        vram_bytes: Video memory that it fills where there is enough; 0 when unknown or none. Smaller cards run it
            slower, with parts of the model in the computer's memory.
        min_vram_bytes: Video memory below which it is known not to run; 0 when that is not known.
        base_model: The model family that its LoRAs must be made for; "" when unknown.
        status: `proven`, `experimental`, `needs a hand` or `deprecated`.
        gaps: What must be bound or measured before it can be used, one phrase each.
        fixed_px: Width and height of the only size that it makes; None if there are others.
        size_multiple_px: Width and height are multiples of this; 0 for any size.
        min_px: Shortest side that it makes.
        max_pixels: Most pixels of a frame; 0 for no limit.
        frame_step: Legal lengths are `frame_step` * n + `frame_offset` frames; 0 for any length.
        max_frames: Longest clip of one job; 0 for no limit.
        fps: The only frame rate that it makes; 0 for any.
        needs_init_image: Whether it starts from an init image.
        picture_roles: Roles of the other pictures that it takes; a shot must have all of them.
        supports_loras: Whether it can load LoRA files.
        takes_checkpoint: Whether it loads the checkpoint that a show's style names instead of its own.
        lora_gaps: For each server that could run it, what it says of every LoRA file that it lacks, by file.
        card_bytes: Largest card among the servers that could run it; 0 when unknown.
        missing_on_servers: What no available server has for it, one phrase each.
        down_reason: Which servers do not answer, and why; "" when one that can run it does.
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
    min_vram_bytes: int = 0
    base_model: str = ""
    status: str = "proven"
    gaps: tuple[str, ...] = ()
    fixed_px: tuple[int, int] | None = None
    size_multiple_px: int = 0
    min_px: int = 0
    max_pixels: int = 0
    frame_step: int = 0
    frame_offset: int = 0
    max_frames: int = 0
    fps: float = 0.0
    needs_init_image: bool = False
    picture_roles: tuple[str, ...] = ()
    supports_loras: bool = True
    takes_checkpoint: bool = False
    lora_gaps: tuple[Mapping[str, str], ...] = ()
    card_bytes: int = 0
    missing_on_servers: tuple[str, ...] = ()
    down_reason: str = ""
    aliases: tuple[str, ...] = ()
    only_if_pinned: str = ""

    @property
    def filled_bytes(self) -> int:
        """The video memory that it fills on the card that it would run on; 0 when unknown or none."""
        return min(self.vram_bytes, self.card_bytes) if self.card_bytes else self.vram_bytes

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
        also: Further groups of capabilities; any one of each group, besides the first, will do.
        shot_type: The type under which its runs are counted, see `shot_type`.
        frames: 1 for a still.
        has_init_image: Whether there is a picture to start from: a clip's keyframe.
        pictures: Roles of the other pictures that can be given; of numbered ones, a candidate must take all.
        loras: The LoRAs that its pictures ask for, those of either medium.
        checkpoint: The checkpoint that the show's style names for its stills, "" for none.
        pins: Names that a writer pinned, of any medium; the first of this medium counts.
        pinned_by: Who pinned them, as a phrase.
        position: The shot's number in its episode, for taking turns.
        takes_any_rate: Whether a clip of any rate in whole frames will do, since it is interpolated.
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
    also: tuple[tuple[str, ...], ...] = ()
    pictures: frozenset[str] = frozenset()
    loras: tuple[Lora, ...] = ()
    checkpoint: str = ""
    pins: tuple[str, ...] = ()
    pinned_by: str = ""
    position: int = 0
    takes_any_rate: bool = False

    @property
    def megapixel_frames(self) -> float:
        """Megapixels times frames."""
        return self.width_px * self.height_px * self.frames / 1e6


def shot_type(framing: str, *, speaks: bool) -> str:
    """Return the type under which a shot's runs are counted; `sql/queries/profiles.sql` forms the same from briefs."""
    return f"{framing}, speaking" if speaks else framing


def candidate_lora_fit(candidate: Candidate, lora: Lora) -> LoraFit:
    """Return whether a candidate is run with a LoRA."""
    fit = lora_fit(lora.base_model, lora.stage, candidate.base_model, candidate.medium)
    return LoraFit(False, "it takes no LoRAs") if fit.is_used and not candidate.supports_loras else fit


def why_unusable(
    candidate: Candidate, requirements: ShotRequirements, rules: Routing, *, with_lora_files: bool = True
) -> str:
    """Return what keeps a candidate from making a shot, "" when nothing does.

    A candidate that is ruled out whatever is installed says only that. That a server does not answer is said only when
    no other server can help: then waiting may, see `may_help_to_wait`. LoRAs that do not fit its model keep it from
    nothing: it is run without.

    Args:
        candidate: The candidate.
        requirements: What the shot requires.
        rules: The project's.
        with_lora_files: Whether the files of the LoRAs that do fit must be there.
    """
    obstacles = _permanent_obstacles(candidate, requirements, rules) or [
        *_other_obstacles(candidate, requirements),
        *(missing_lora_files(candidate, requirements) if with_lora_files else []),
    ]
    is_away = may_help_to_wait(candidate, requirements, rules)
    return "; ".join([*obstacles, *([candidate.down_reason] if is_away else [])])


def may_help_to_wait(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> bool:
    """Return whether nothing is in a candidate's way except that servers which may run it do not answer."""
    if not candidate.down_reason or _permanent_obstacles(candidate, requirements, rules):
        return False
    return len(_other_obstacles(candidate, requirements)) == len(candidate.missing_on_servers)


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
        len(_other_obstacles(candidate, requirements)) + len(missing_lora_files(candidate, requirements)),
    )


def _permanent_obstacles(candidate: Candidate, requirements: ShotRequirements, rules: Routing) -> list[str]:
    """Return what rules a candidate out whatever is installed: its status, its capabilities, the memory it needs."""
    obstacles = []
    if candidate.status == "deprecated":
        obstacles.append("it is deprecated")
    if candidate.status == "needs a hand":
        gaps = "; ".join(candidate.gaps) or "its workflow.yaml says so"
        return [f"it needs a hand: {gaps}. See `tower workflows inspect {candidate.name}`"]
    if candidate.names & set(rules.blocked):
        obstacles.append("it is blocked by the project or the operator")
    groups = (requirements.capabilities, *requirements.also)
    lacking = [" or ".join(group) for group in groups if not candidate.capabilities & set(group)]
    if lacking:
        capabilities = ", ".join(sorted(candidate.capabilities)) or "nothing that is known"
        obstacles.append(f"it does {capabilities}; the shot needs {' and '.join(lacking)}")
    elif candidate.needs_init_image and not requirements.has_init_image:
        obstacles.append("it needs a picture to start from")
    else:
        obstacles += _picture_obstacles(candidate, requirements)
    if candidate.card_bytes and candidate.min_vram_bytes > candidate.card_bytes:
        needed_gb, card_gb = candidate.min_vram_bytes / 1e9, candidate.card_bytes / 1e9
        obstacles.append(f"it does not run below {needed_gb:.1f} GB of VRAM; the largest card has {card_gb:.1f}")
    return obstacles


_PICTURE_REASONS: Mapping[str, str] = {
    "control_pose": "it holds a pose, and nobody of human shape is in the shot",
    "reference": "it shows {own} by reference, and the shot has {given} to recognise",
    "region_mask": "it paints two characters in regions of their own, and the shot does not show exactly two",
    "end_image": "it ends on the next shot's keyframe, which is not known before this clip is made",
    "mask": "it paints a region anew, and none is named",
}
"""Why a candidate that takes a picture cannot make a shot that has none, by the role without its number."""


def _picture_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    """Return a reason for each kind of picture that a candidate takes and the shot has not, or has more of."""
    obstacles = {}
    for role in candidate.picture_roles:
        kind = _picture_kind(role)
        own = {name for name in candidate.picture_roles if _picture_kind(name) == kind}
        given = {name for name in requirements.pictures if _picture_kind(name) == kind}
        if own != given:
            reason = _PICTURE_REASONS.get(kind, f"it takes a picture as {role}, and the shot has none")
            obstacles[kind] = reason.format(own=_count_characters(len(own)), given=_count_characters(len(given)))
    return list(obstacles.values())


def _picture_kind(role: str) -> str:
    return role.rstrip("0123456789").rstrip("_")


def _count_characters(count: int) -> str:
    return f"{count or 'no'} character{'' if count == 1 else 's'}"


def _other_obstacles(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    """Return everything else that is in the way: sizes, nodes and files."""
    obstacles = []
    width, height = legal_size(candidate, requirements.width_px, requirements.height_px)
    if candidate.fixed_px is not None and candidate.fixed_px != (requirements.width_px, requirements.height_px):
        obstacles.append(f"it makes {candidate.fixed_px[0]} x {candidate.fixed_px[1]} px only")
    elif candidate.max_pixels and width * height > candidate.max_pixels:
        obstacles.append(f"{width} x {height} px are over its {candidate.max_pixels / 1e6:.2f} megapixels")
    if requirements.medium == "video":
        is_interpolated = requirements.takes_any_rate and candidate.fps == int(candidate.fps)
        if candidate.fps and candidate.fps != requirements.fps and not is_interpolated:
            obstacles.append(f"it makes {candidate.fps:g} frames per second only, not {requirements.fps}")
        is_too_long = candidate.max_frames and legal_frames(candidate, requirements.frames) > candidate.max_frames
        if is_too_long and "image_to_video" not in candidate.capabilities:
            obstacles.append(
                f"{requirements.frames} frames are over its {candidate.max_frames}, "
                "and it cannot continue from a last frame"
            )
    return [*obstacles, *candidate.missing_on_servers]


def missing_lora_files(candidate: Candidate, requirements: ShotRequirements) -> list[str]:
    """Return what the server that lacks fewest says of the LoRA files that it lacks; [] where one has all of them."""
    files = [lora.file for lora in requirements.loras if candidate_lora_fit(candidate, lora).is_used]
    gaps = [[gap[file] for file in files if file in gap] for gap in candidate.lora_gaps]
    return min(gaps, key=len, default=[])


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
