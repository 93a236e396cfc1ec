"""New shows and episodes of screenplays that people bring, and the character files that these lack."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from tower_anime_assets.errors import MAX_REPORTED, Fault, PlanError, StoryWarning
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.casting import CastFile
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.script import read_script
from tower_anime_assets.stages.show_creation import (
    AddedFiles,
    add_episode,
    add_missing_cast,
    bytes_of_text,
    create_show,
    stage_show,
)
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import DecisionRequest, Words
from tower_anime_assets.web.api.scripts import UnderstoodScript

router = APIRouter(tags=["projects"], dependencies=[DIRECTS])

FileName = Annotated[str, Field(min_length=1, max_length=200, description="What the screenplay's file is called.")]
Identity = Annotated[str, Field(max_length=40)]


class BroughtScript(DecisionRequest):
    """A screenplay: its text, or its bytes where a program cannot tell in which encoding they are."""

    file_name: FileName
    text: str | None = Field(None, description="The text of the file, .fountain or .txt.")
    base64: str | None = Field(None, description="Instead of `text`, its bytes: UTF-8, UTF-16 and Latin-1 are told.")
    why: Words = ""


class ShowRequest(BroughtScript):
    """A screenplay that a show is made of."""

    title: str = Field("", max_length=200, description="Of the show; empty: the screenplay's, else of the file's name.")
    id: Identity = Field("", description="Of the show: a-z, 0-9 and single _; empty: made of the title.")


class EpisodeRequest(BroughtScript):
    """A screenplay that is added to a show."""

    id: Identity = Field("", description="Of the episode; empty: the file's name, or the next number, such as e02.")


class CastRequest(DecisionRequest):
    """Whose speakers are given character files."""

    episode: str = Field(max_length=90, description="An episode's key.")
    why: Words = ""


class WrittenCharacter(BaseModel):
    """A character file that was written."""

    file: str = Field(description="Path from the show's folder.")
    id: str
    name: str
    description: str
    is_described: bool = Field(description="Whether the script describes them; else it says little, so write it.")
    line: int = Field(description="Line of the first cue.")
    near: str = Field(description="A character whose name is nearly the same; empty if none is.")


class ShowPreview(UnderstoodScript):
    """A show that a screenplay would become."""

    project: str = Field(description="The show's id.")
    cast: list[WrittenCharacter] = Field(description="Whom it would have character files for.")
    encoding: str = Field(description="What the screenplay would be converted from; empty if it is UTF-8.")


class WrittenFiles(BaseModel):
    """What was written for an episode."""

    says: str
    project: str
    episode: str = Field(description="The episode's key.")
    files: list[str] = Field(description="Paths from the show's folder.")
    cast: list[WrittenCharacter]
    encoding: str = Field(description="What the screenplay was converted from; empty if it was UTF-8.")
    can_run: bool = Field(description="Whether nothing is wrong with the episode's files.")
    faults: list[Fault]
    fault_count: int
    warnings: list[StoryWarning]


@router.post("/projects/preview")
def preview_project(studio: StudioDep, body: ShowRequest) -> ShowPreview:
    """Return the show that would be made of a screenplay, and what would be understood; nothing is kept or recorded."""
    content = _bytes_of(body)
    with stage_show(studio, content, body.file_name, project=body.id, title=body.title) as staged:
        report = read_script(replace(studio.settings, projects=staged.projects), staged.key)
    cast = [_character(one) for one in staged.cast]
    return ShowPreview(**report.as_json(), project=staged.key.project, cast=cast, encoding=staged.encoding)


@router.post("/projects", status_code=201)
def create_project(studio: StudioDep, body: ShowRequest, caller: CallerDep, response: Response) -> WrittenFiles:
    """Make a show of a screenplay, with a character file for every speaker, as `tower init --from` does."""
    content = _bytes_of(body)
    made = create_show(studio, content, body.file_name, caller.name, body.why, project=body.id, title=body.title)
    response.headers["Location"] = f"/api/projects/{made.key.project}"
    return _answer(made)


@router.post("/projects/{project}/episodes", status_code=201)
def create_episode(
    studio: StudioDep, project: str, body: EpisodeRequest, caller: CallerDep, response: Response
) -> WrittenFiles:
    """Add an episode's screenplay to a show; faults that it has are told, and corrected in place."""
    content = _bytes_of(body)
    added = add_episode(studio, project, content, body.file_name, caller.name, body.why, episode=body.id)
    response.headers["Location"] = f"/api/episodes/{added.key}"
    return _answer(added)


@router.post("/projects/{project}/cast")
def write_missing_cast(studio: StudioDep, project: str, body: CastRequest, caller: CallerDep) -> WrittenFiles:
    """Write a character file for every speaker of an episode who has none, as `tower cast` does."""
    key = EpisodeKey.parse(body.episode)
    if key.project != project:
        raise PlanError(f"{key} is not an episode of {project}. Send the key of one of its episodes")
    return _answer(add_missing_cast(studio, key, caller.name, body.why))


def _bytes_of(script: BroughtScript) -> bytes:
    """Return the bytes of a screenplay.

    Raises:
        PlanError: It has both a text and bytes, or neither; or they are not base64.
        StoryError: Letters of the text were lost.
    """
    if (script.text is None) is (script.base64 is None):
        raise PlanError("send either `text`, the screenplay's text, or `base64`, its file's bytes")
    if script.text is not None:
        return bytes_of_text(script.text, script.file_name)
    try:
        return base64.b64decode(script.base64 or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise PlanError(f"`base64` cannot be read: {error}. Send the bytes of the file as base64") from error


def _character(one: CastFile) -> WrittenCharacter:
    return WrittenCharacter(
        file=f"{show_files.CHARACTERS_FOLDER}/{one.id}.yaml",
        id=one.id,
        name=one.name,
        description=one.description,
        is_described=one.is_described,
        line=one.speaker.line,
        near=one.speaker.near or "",
    )


def _answer(added: AddedFiles) -> WrittenFiles:
    return WrittenFiles(
        says=str(added),
        project=added.key.project,
        episode=str(added.key),
        files=list(added.files),
        cast=[_character(one) for one in added.cast],
        encoding=added.encoding,
        can_run=not added.faults,
        faults=list(added.faults[:MAX_REPORTED]),
        fault_count=len(added.faults),
        warnings=list(added.warnings[:MAX_REPORTED]),
    )
