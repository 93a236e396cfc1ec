"""What a workflow can do, claimed only where the roles that it needs are bound; else what keeps it from being used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from tower_anime_assets.workflows.workflow import Lengths, Sizes

REQUIRED_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "text_to_image": ("prompt",),
    "anime_generation": ("prompt",),
    "layered_generation": ("prompt",),
    "image_editing": ("image",),
    "image_relighting": ("image",),
    "super_resolution": ("image",),
    "text_to_video": ("prompt", "frames", "fps"),
    "image_to_video": ("image", "frames", "fps"),
    "video_inpainting": ("video", "mask"),
    "frame_interpolation": ("video", "multiplier"),
    "alpha_video": ("prompt", "frames", "fps"),
}
"""Roles without which a capability cannot be claimed, also not by a person. A clip's rate need not be bound where
`lengths` states the only one that there is."""

_GENERATED_ROLES: Final = ("width", "height", "seed")
"""Roles that a picture made of words alone needs as well; a person may claim the capability without them."""

_REASONS: Final[Mapping[str, str]] = {
    "prompt": "no prompt is bound: no text was found that leads into a sampler",
    "image": "no image is bound: no picture was found that it starts from",
    "video": "no video is bound",
    "mask": "no mask is bound",
    "multiplier": "no multiplier of frames is bound",
    "frames": "no number of frames is bound",
    "fps": "no frame rate is bound",
    "width": "no width is bound, and the size that it makes was not measured",
    "height": "no height is bound, and the size that it makes was not measured",
    "seed": "no seed is bound, so that every attempt would be the same",
}

_UNCLEAR_PROMPT: Final = "no prompt is bound: a text is joined of several parts, and nothing tells which is the prompt"


def missing_roles(
    capability: str, bound: Collection[str], *, encodes_text: bool = False, known: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the roles that a capability needs and that are not bound.

    Args:
        capability: One of `CAPABILITIES`.
        bound: Roles that are bound.
        encodes_text: Whether the graph turns text into a conditioning: then the prompt must reach it.
        known: Roles that have one value only, which is known: a rate, a length, a size.
    """
    roles = REQUIRED_ROLES.get(capability, ())
    if capability == "super_resolution" and "video" in bound:  # of a video instead of a picture
        roles = ("video",)
    if encodes_text and "prompt" not in roles:
        roles = ("prompt", *roles)
    return tuple(role for role in roles if role not in bound and role not in known)


def known_roles(sizes: Sizes | None, lengths: Lengths | None) -> frozenset[str]:
    """Return the roles that sizes and lengths, as stated by a person or a probe, leave only one value."""
    roles = {"fps"} if lengths is not None else set()
    if lengths is not None and lengths.offset == lengths.max_frames:
        roles.add("frames")
    if sizes is not None and sizes.fixed_px is not None:
        roles |= {"width", "height"}
    return frozenset(roles)


def guess_capability(bound: Collection[str], *, is_video: bool, only_enlarges: bool) -> str:
    """Return what a graph with these roles is made for, "" if that is nothing that this program asks for."""
    if is_video:
        if "video" in bound:
            return _guess_video_capability(bound, only_enlarges=only_enlarges)
        return "image_to_video" if "image" in bound else "text_to_video"
    if only_enlarges and "prompt" not in bound:
        return "super_resolution"
    return "image_editing" if "image" in bound else "text_to_image"


def _guess_video_capability(bound: Collection[str], *, only_enlarges: bool) -> str:
    """Return what a graph that starts from a video is made for."""
    if "mask" in bound:
        return "video_inpainting"
    if "prompt" in bound:
        return ""
    if "multiplier" in bound:
        return "frame_interpolation"
    return "super_resolution" if only_enlarges else ""


def find_gaps(
    capability: str,
    bound: Collection[str],
    *,
    encodes_text: bool = False,
    known: Collection[str] = (),
    is_unclear: bool = False,
) -> tuple[str, ...]:
    """Return what keeps a workflow from being used for a capability, a phrase each; () if nothing does.

    Args:
        capability: One of `CAPABILITIES`; "" if it is made for none.
        bound: As in `missing_roles`.
        encodes_text: As in `missing_roles`.
        known: As in `missing_roles`.
        is_unclear: Whether there is a text that leads into a sampler, joined of parts that may each be the prompt.
    """
    if not capability:
        return ("it starts from a video, and nothing that is made here does",)
    reasons = {**_REASONS, "prompt": _UNCLEAR_PROMPT} if is_unclear else _REASONS
    missing = list(missing_roles(capability, bound, encodes_text=encodes_text, known=known))
    if not {"image", "video"} & set(REQUIRED_ROLES.get(capability, ())):
        missing += [role for role in _GENERATED_ROLES if role not in bound and role not in known]
    return tuple(f"{capability}: {reasons[role]}" for role in missing)
