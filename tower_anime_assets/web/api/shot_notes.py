"""The notes that steer shots: looked at, tried, and saved in their screenplays."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media.show_edits import read_script_text
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.shot_notes import shot_steering, text_with_shot_note
from tower_anime_assets.stages.show_edits import preview_edit, save_edit, telling_newer_edits
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, ForecastsDep, StudioDep
from tower_anime_assets.web.api.decision_models import DecisionRequest
from tower_anime_assets.web.api.edit_models import (
    EditAnswer,
    EditPlanRequest,
    EditReasons,
    SavedAnswer,
    send_preview,
    send_saved,
)
from tower_anime_assets.web.api.versions import SeenDep, etag_of

router = APIRouter(tags=["shot notes"], prefix="/shots/{key}/note")

ShotName = Annotated[str, Path(description="A shot's key, such as `nexus-e01-sc02-sh0030`.", max_length=120)]
NoteWords = Annotated[str, StringConstraints(max_length=2000)]


class ShotNoteAnswer(BaseModel):
    """What of a script steers a shot."""

    shot: str
    file: str = Field(description="The screenplay, from the show's folder.")
    line: int = Field(description="Line of the action or speech that the shot begins with; 0 for none of its own.")
    note_line: int = Field(description="Line of its note; 0 for none.")
    note: str = Field(description="What its note asks for, such as `close-up, push in`; empty for none.")
    problem: str = Field(description="Why no note can be written for it; empty where one can.")
    splits: str = Field(description="The sentence that a note gives a paragraph of its own; empty where it has one.")
    sha256: str = Field(description="Digest of the screenplay, also the ETag.")


class NoteText(DecisionRequest):
    """What a shot's note shall say."""

    note: NoteWords = Field(description="Framing, move, length and other words; empty removes the note.")


class NotePreviewRequest(NoteText, EditPlanRequest):
    """A note, to look at what it would mean."""


class NoteSaveRequest(NoteText, EditReasons):
    """A note, to be saved."""

    seen: str | None = Field(None, max_length=64, description="`seen` of the preview; the same as If-Match.")


class NotePreview(EditAnswer):
    """What another note would mean; nothing is saved."""

    shot_after: str = Field(description="The shot's key with the note: a note may make a shot of its own before it.")
    seen: str = Field(description="Digest of the screenplay as it is, to be given back when the note is saved.")


class SavedNote(SavedAnswer):
    """A note that was saved in its screenplay."""

    shot_after: str = Field(description="The shot's key from now on.")


@router.get("")
def read_shot_note(studio: StudioDep, key: ShotName, response: Response) -> ShotNoteAnswer:
    """Return what of the script steers a shot, as the files are now."""
    steering = shot_steering(studio, _parse(key))
    response.headers["ETag"] = etag_of(steering.seen)
    told = {name: value for name, value in vars(steering).items() if name != "seen"}
    return ShotNoteAnswer(**told, sha256=steering.seen)


@router.post("/preview", dependencies=[DIRECTS])
def preview_shot_note(
    studio: StudioDep, key: ShotName, body: NotePreviewRequest, forecasts: ForecastsDep, response: Response
) -> NotePreview:
    """Return the screenplay with another note for a shot, and what that would mean; nothing is saved."""
    shot = _parse(key)
    new = text_with_shot_note(studio, shot, body.note)
    plan_for = None if body.plan_for is None else [shot.episode_key] if str(shot.episode_key) in body.plan_for else []
    preview = preview_edit(
        studio, shot.project, new.file, new.text, quality=body.quality, plan_for=plan_for, known=forecasts
    )
    return NotePreview(**vars(send_preview(response, preview)), shot_after=new.shot_after, seen=new.seen)


@router.post("", dependencies=[DIRECTS])
def save_shot_note(
    studio: StudioDep, key: ShotName, body: NoteSaveRequest, caller: CallerDep, seen: SeenDep, response: Response
) -> SavedNote:
    """Write, change or remove the note that steers a shot; all else of the screenplay stays as it is."""
    shot = _parse(key)
    seen = body.seen if seen is None else seen
    script = read_script_text(studio.settings.projects, shot.episode_key)
    with telling_newer_edits(studio, shot.project, script.file, seen):
        new = text_with_shot_note(studio, shot, body.note)
    saved = save_edit(
        studio,
        shot.project,
        new.file,
        new.text,
        caller.name,
        body.why,
        seen=new.seen if seen is None else seen,
        even_with_faults=body.even_with_faults,
    )
    return SavedNote(**vars(send_saved(response, saved)), shot_after=new.shot_after)


def _parse(key: str) -> ShotKey:
    try:
        return ShotKey.parse(key)
    except PlanError as error:
        raise UnknownKeyError(str(error)) from error
