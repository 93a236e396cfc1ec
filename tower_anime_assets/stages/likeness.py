"""What is measured on a keyframe besides its colours: likeness to the pictures of its cast, and stray letters.

Each only where it can tell: likeness of figures that are large enough and face the camera, against a picture by the
same hand; letters in pictures of services, which write captions and signatures that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tower_anime_assets.engines.protocols import RemoteEngine
from tower_anime_assets.production.planning.shots import Facing, Framing, Shot
from tower_anime_assets.production.planning.written_words import names_writing
from tower_anime_assets.production.story.model import Character, Project
from tower_anime_assets.quality.identity import LocalFeatures
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.shots import measurable_cast
from tower_anime_assets.stages.stage import EpisodeRun, ProjectRun

SheetPaths = Mapping[str, Path]
"""The sheet of each character that has an accepted one, by id."""

_NEAR_FRAMINGS = frozenset({Framing.MEDIUM, Framing.TWO_SHOT, Framing.CLOSE_UP, Framing.OVER_SHOULDER})
_REMEMBERED_PICTURES = 64


@dataclass(frozen=True)
class ExtraMeasures:
    """What of a keyframe is measured for one engine.

    Attributes:
        cast: Characters whose likeness is measured.
        likeness_paths: Returns the picture of each of them that there is one of; asked when a take is measured.
        has_letters: Whether letters are looked for.
        is_brought: Whether those pictures are files that a person brought.
    """

    cast: tuple[Character, ...]
    likeness_paths: Callable[[], SheetPaths]
    has_letters: bool
    is_brought: bool = False

    def measure(self, picture: Picture) -> dict[str, float]:
        """Return `letters_share`, `identity_similarity` of the worst character and that of each, where measured."""
        from tower_anime_assets.quality.lettering import letters_share

        measures = self._similarities(picture) if self.cast else {}
        return {**measures, "letters_share": letters_share(picture)} if self.has_letters else measures

    def _similarities(self, picture: Picture) -> dict[str, float]:
        from tower_anime_assets.quality.identity import identity_similarity, local_features

        paths = self.likeness_paths()
        known = [member for member in self.cast if member.id in paths]
        if not known:
            return {}
        still = local_features(picture)
        similarities = {}
        for member in known:
            similarity = identity_similarity(features_of_file(paths[member.id], is_brought=self.is_brought), still)
            if similarity is not None:
                similarities[f"identity_similarity_{member.id}"] = similarity
        return {**similarities, "identity_similarity": min(similarities.values())} if similarities else {}


def extra_measures(
    project: Project, shot: Shot, engine: object, projects: Path, sheets: Callable[[], SheetPaths]
) -> ExtraMeasures:
    """Return what of a shot's keyframe is measured besides the usual.

    Args:
        project: The show.
        shot: The shot.
        engine: What makes the keyframe. A service's is compared with pictures that a person brought, our own with
            sheets: between a model's style and the animatic's, local features have little in common.
        projects: The folder that holds the show's folder.
        sheets: Returns the sheets of the show.
    """
    cast = _facing_cast(project, shot) if shot.framing in _NEAR_FRAMINGS else ()
    if not isinstance(engine, RemoteEngine):
        return ExtraMeasures(cast, sheets, has_letters=False)
    brought = {one.id: projects / project.id / one.references[0] for one in cast if one.references}
    has_letters = not names_writing(" ".join((shot.prompt, *shot.objects)))
    return ExtraMeasures(cast, lambda: brought, has_letters, is_brought=True)


def sheet_paths(run: EpisodeRun) -> SheetPaths:
    """Return the accepted sheets of an episode's show, found once in a run."""
    return run.once(_find_sheets)


@lru_cache(maxsize=_REMEMBERED_PICTURES)
def features_of_file(path: Path, *, is_brought: bool = False) -> LocalFeatures:
    """Return the local features of a picture; files of takes never change, so they are computed once.

    Raises:
        MediaError: The file cannot be read.
    """
    from tower_anime_assets.media.external import read_brought_picture
    from tower_anime_assets.media.pictures import read_picture
    from tower_anime_assets.quality.identity import local_features

    return local_features(read_brought_picture(path) if is_brought else read_picture(path))


def _find_sheets(run: EpisodeRun) -> SheetPaths:
    found = ProjectRun(run.run, run.project, run.engines).find(SHEETS)
    paths = {}
    for character, (_order, outcome) in zip(run.project.characters, found, strict=True):
        if outcome is not None and outcome.accepted:
            paths[character.id] = run.studio.media.path_of(outcome.take.files["main"].path)
    return paths


def _facing_cast(project: Project, shot: Shot) -> tuple[Character, ...]:
    away = {subject.character for subject in shot.subjects if subject.facing is Facing.AWAY}
    return tuple(member for member in measurable_cast(project, shot) if member.id not in away)
