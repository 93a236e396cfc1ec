"""Screenplays beside what was understood of them, as they are saved and as they are being written."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from tower_anime_assets.errors import MAX_REPORTED, Fault, PlanError, StoryWarning, UnknownKeyError
from tower_anime_assets.media.show_edits import ShowText, encode_text, in_form_of, read_script_text
from tower_anime_assets.media.show_files import EPISODES_FOLDER
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.script import read_script
from tower_anime_assets.stages.script_acceptance import accept
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.api.context import DIRECTS, CallerDep, StudioDep
from tower_anime_assets.web.api.decision_models import DecisionRequest, Words
from tower_anime_assets.web.api.episode_approvals import EpisodeRunOffer
from tower_anime_assets.web.api.versions import SeenDep, etag_of

router = APIRouter(tags=["scripts"])

EpisodeName = Annotated[str, Path(description="An episode's key, such as `nexus-e01`.", max_length=90)]


class ScriptLine(BaseModel):
    """A line that somebody speaks."""

    id: str
    character: str
    text: str
    start_s: float | None = Field(description="Null while the episode cannot be planned, as the next two.")
    window_s: float | None = Field(description="How long it may take.")
    measured: bool = Field(description="Whether the voice was asked how long it takes; else it is an estimate.")


class ScriptScene(BaseModel):
    """A scene as it was understood."""

    id: str
    heading: str
    place: str
    time_of_day: str
    interior: bool
    weather: str
    mood: str
    cast: list[str]
    actions: list[str]
    lines: list[ScriptLine]


class UnderstoodScript(BaseModel):
    """What was understood of a screenplay, as `tower script KEY --json` has it."""

    episode: str
    title: str
    duration_s: float = Field(description="As film grammar plans it; 0 while there are faults.")
    is_draft: bool = Field(description="Whether a model wrote it and nobody has accepted it.")
    scenes: list[ScriptScene]
    faults: list[Fault]
    fault_count: int
    warnings: list[StoryWarning]
    warning_count: int


class ScriptAnswer(UnderstoodScript):
    """A saved screenplay, and what was understood of it."""

    file: str = Field(description="Path from the show's folder, for /api/projects/ID/files.")
    text: str
    sha256: str = Field(description="Digest of the file, also the ETag: the If-Match of saving it.")


class ScriptText(DecisionRequest):
    """A screenplay that is not saved yet."""

    text: str


class DraftAcceptance(DecisionRequest):
    """Why a draft becomes the script of its episode."""

    why: Words = ""


class AcceptedDraft(BaseModel):
    """A draft that has become the script of its episode; GET /api/scripts/KEY has what was understood of it."""

    says: str
    episode: str = Field(description="The episode's key.")
    file: str = Field(description="Path from the show's folder.")
    sha256: str = Field(description="Digest of the file, also the ETag.")
    faults: list[Fault] = Field(description="What is to be corrected before it can be run.")
    fault_count: int
    warnings: list[StoryWarning]
    warning_count: int
    run: EpisodeRunOffer | None = Field(description="What can be started next; null while there are faults.")


@router.get("/scripts/{episode}")
def read_episode_script(studio: StudioDep, episode: EpisodeName, response: Response) -> ScriptAnswer:
    """Return an episode's screenplay and what was understood of it."""
    key, script = _known_script(studio, episode)
    report = read_script(studio.settings, key, {script.file: script.text})
    response.headers["ETag"] = etag_of(script.sha256)
    return ScriptAnswer(**report.as_json(), file=script.file, text=script.text, sha256=script.sha256)


@router.post("/scripts/{episode}/preview", dependencies=[DIRECTS])
def preview_script(studio: StudioDep, episode: EpisodeName, body: ScriptText, response: Response) -> UnderstoodScript:
    """Return what would be understood of a text in the place of the screenplay; nothing is saved or recorded.

    Quick enough to be asked while somebody writes; what the text would cost tells /api/projects/ID/files/FILE/preview.
    """
    key, script = _known_script(studio, episode)
    encode_text(script.display_path, body.text)
    report = read_script(studio.settings, key, {script.file: in_form_of(script.text, body.text)})
    response.headers["ETag"] = etag_of(script.sha256)
    return UnderstoodScript(**report.as_json())


@router.post("/scripts/{episode}/accept", dependencies=[DIRECTS])
def accept_script(
    studio: StudioDep, episode: EpisodeName, body: DraftAcceptance, caller: CallerDep, seen: SeenDep, response: Response
) -> AcceptedDraft:
    """Make a draft that a model wrote the script of its episode, as `tower accept` does; never over a script."""
    key = _parse(episode)
    accepted = accept(studio, key, caller.name, body.why, seen=seen)
    report = read_script(studio.settings, key)
    response.headers["ETag"] = etag_of(accepted.sha256)
    return AcceptedDraft(
        says=str(accepted),
        episode=str(key),
        file=f"{EPISODES_FOLDER}/{accepted.path.name}",
        sha256=accepted.sha256,
        faults=list(report.faults[:MAX_REPORTED]),
        fault_count=len(report.faults),
        warnings=list(report.warnings[:MAX_REPORTED]),
        warning_count=len(report.warnings),
        run=None if report.faults else EpisodeRunOffer(keys=[str(key)]),
    )


def _known_script(studio: Studio, episode: str) -> tuple[EpisodeKey, ShowText]:
    """Return an episode's key and its screenplay, or the draft of one.

    Raises:
        UnknownKeyError: There is none.
    """
    key = _parse(episode)
    return key, read_script_text(studio.settings.projects, key)


def _parse(episode: str) -> EpisodeKey:
    try:
        return EpisodeKey.parse(episode)
    except PlanError as error:
        raise UnknownKeyError(str(error)) from error
