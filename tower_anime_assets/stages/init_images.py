"""Init images: the picture that a keyframe starts from, a character's reference or the last frame of the clip before.

Only ComfyUI starts from pictures. The embedded painter draws every shot from the same character, so the project's
choice does not apply to its shots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import MediaStore, sha256_of
from tower_anime_assets.production.attempt import LAST_FRAME
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.production.story.ids import ShotKey, shot_id
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.stages.shots import visible_cast
from tower_anime_assets.store.takes import Take

WORDS: Final = "words"
REFERENCE: Final = "reference"
PREVIOUS: Final = "previous"


@dataclass(frozen=True)
class InitImage:
    """The picture that a keyframe is made from."""

    path: Path
    sha256: str


def without_init_images(project: Project) -> Project:
    """Return the project with keyframes that start from their prompts alone, as the embedded painter needs it."""
    return replace(project, engines=replace(project.engines, keyframes_from=WORDS))


def starts_from_picture(project: Project, shot: Shot) -> bool:
    """Return whether the project asks for a shot's keyframe to start from a picture."""
    if project.engines.keyframes_from == REFERENCE:
        return reference_name(project, shot) != ""
    return project.engines.keyframes_from == PREVIOUS and ShotKey.parse(shot.key).shot != shot_id(1)


def reference_name(project: Project, shot: Shot) -> str:
    """Return the reference picture of a shot's only recognisable character; "" if there is none."""
    cast = visible_cast(project, shot)
    return cast[0].references[0] if len(cast) == 1 and cast[0].references else ""


def reference_image(project: Project, shot: Shot, projects: Path) -> InitImage:
    """Return the reference picture that a shot's keyframe starts from.

    Args:
        project: The show.
        shot: A shot for which `reference_name` names a picture.
        projects: The folder that holds the show's folder.

    Raises:
        MediaError: The picture was removed after the show was read.
    """
    name = reference_name(project, shot)
    path = projects / project.id / name
    if not path.is_file():
        raise MediaError(
            f"{shot.key}: its keyframe starts from the reference picture {name}, which is not in {project.id}'s folder "
            "any more. Put it back, or take it out of the character's file"
        )
    return InitImage(path, sha256_of(path))


def last_frame_of(clip: Take, media: MediaStore) -> InitImage:
    """Return the last frame of a clip, stored because the project lets keyframes start from it."""
    last = clip.files[LAST_FRAME]
    return InitImage(media.place_of(last.path), last.sha256)
