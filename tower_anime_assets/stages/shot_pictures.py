"""Pictures of a shot besides its init image: which it has, what a show asks to be made with them, and their files.

Control pictures and regions are drawn from the brief, so they have no files here; see `engines.remote.comfyui`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import PictureTaker
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief, recognizable_characters
from tower_anime_assets.production.planning.figure_words import has_human_figure
from tower_anime_assets.production.planning.shots import Framing, Shot
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.stages.shots import visible_cast
from tower_anime_assets.store.takes import Take
from tower_anime_assets.workflows.workflow import (
    FRAMING_CAPABILITIES,
    LIKENESS_CAPABILITIES,
    REFERENCE_ROLES,
    REGION_MASK_ROLES,
)

WORDS: Final = "words"
ANIMATIC: Final = "animatic"
REFERENCES: Final = "references"

ALL_REFERENCE_COUNTS: Final = frozenset(range(1, len(REFERENCE_ROLES) + 1))
"""Numbers of characters that references can be given of."""

PINNED_CAPABILITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "image": (*FRAMING_CAPABILITIES, *LIKENESS_CAPABILITIES),
    "video": ("first_last_frame",),
}
"""Capabilities, by medium, that make an ordinary shot where a workflow that has them is pinned."""


def without_wishes(project: Project) -> Project:
    """Return the project as if it asked for neither framing nor likeness."""
    return replace(project, engines=replace(project.engines, framing=WORDS, likeness=WORDS))


def keyframe_pictures(project: Project, shot: Shot) -> frozenset[str]:
    """Return the roles of the pictures that can be given for a shot's keyframe."""
    roles = {"control_depth", "control_lines"}
    if shot.framing is Framing.INSERT:
        return frozenset(roles)
    cast = {subject.character: project.character(subject.character) for subject in shot.subjects}
    if any(has_human_figure(character.appearance) for character in cast.values()):
        roles.add("control_pose")
    if len(cast) == len(REGION_MASK_ROLES):
        roles.update(REGION_MASK_ROLES)
    return frozenset(roles.union(REFERENCE_ROLES[: len(visible_cast(project, shot))]))


def required_capabilities(
    project: Project,
    shot: Shot,
    ordinary: tuple[str, ...],
    *,
    has_start: bool,
    reference_counts: frozenset[int] = ALL_REFERENCE_COUNTS,
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the capabilities that a shot's keyframe needs: one of the first, and one of each further group.

    Args:
        project: Its `engines.framing` and `engines.likeness` are read.
        shot: The shot.
        ordinary: What the shot needs where neither asks for more.
        has_start: Whether it starts from a picture, which a workflow must take in any case.
        reference_counts: Numbers of characters that there are workflows for.
    """
    groups = [ordinary] if has_start else []
    if project.engines.framing == ANIMATIC:
        groups.append(FRAMING_CAPABILITIES)
    if project.engines.likeness == REFERENCES and len(visible_cast(project, shot)) in reference_counts:
        groups.append(LIKENESS_CAPABILITIES)
    return (groups[0], tuple(groups[1:])) if groups else (ordinary, ())


def unmet_likeness(project: Project, shot: Shot, reference_counts: frozenset[int]) -> str:
    """Return why a shot is not made with references although its show asks for them, "" if it is, or shows nobody."""
    count = len(visible_cast(project, shot))
    if project.engines.likeness != REFERENCES or not count or count in reference_counts:
        return ""
    return f"no workflow takes references of {count} characters, so their likeness is left to words and LoRAs"


def with_references(order: Order[KeyframeBrief], project: Project, projects: Path) -> Order[KeyframeBrief]:
    """Return an order and its alternates, those that take references with the characters' own pictures.

    A character whose file names no picture is shown to the engine by a character sheet.

    Args:
        order: For a keyframe.
        project: The show.
        projects: The folder that holds the show's folder.

    Raises:
        MediaError: A picture was removed after the show was read.
    """
    alternates = tuple(with_references(alternate, project, projects) for alternate in order.alternates)
    order = replace(order, alternates=alternates)
    if not isinstance(order.engine, PictureTaker) or not set(REFERENCE_ROLES) & set(order.engine.picture_roles):
        return order
    files: dict[str, Path] = {}
    digests: list[str] = []
    for role, character in zip(REFERENCE_ROLES, recognizable_characters(order.brief), strict=False):
        path = projects / project.id / character.references[0] if character.references else None
        if path is not None and not path.is_file():
            raise MediaError(
                f"{order.subject}: it is made with the reference picture {path.name} of {character.name}, which is not "
                f"in {project.id}'s folder any more. Put it back, or take it out of the character's file"
            )
        files |= {role: path} if path is not None else {}
        digests.append(sha256_of(path) if path is not None else "")
    brief = replace(order.brief, reference_sha256s=tuple(digests))
    return replace(order, brief=brief, inputs={**order.inputs, **files})


def with_end_image(order: Order[ClipBrief], end: Take | None, path: Path | None) -> Order[ClipBrief]:
    """Return an order and its alternates, those that end on a picture with the keyframe of the shot that follows.

    Args:
        order: For a clip.
        end: The accepted keyframe of the shot that follows in the scene, None if there is none yet.
        path: Its picture.
    """
    alternates = tuple(with_end_image(alternate, end, path) for alternate in order.alternates)
    order = replace(order, alternates=alternates)
    if end is None or path is None or not ends_on_picture(order):
        return order
    brief = replace(order.brief, end_sha256=end.files["main"].sha256)
    return replace(order, brief=brief, inputs={**order.inputs, "end_image": path})


def ends_on_picture(order: Order[ClipBrief]) -> bool:
    """Return whether an order's engine needs a picture to end on."""
    return isinstance(order.engine, PictureTaker) and "end_image" in order.engine.picture_roles
