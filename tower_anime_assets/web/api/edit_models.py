"""What people send to edit a show's files, and what they are answered; the same for whole files and for notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import AfterValidator, BaseModel, Field

from tower_anime_assets.errors import MAX_REPORTED, Fault, StoryWarning
from tower_anime_assets.stages.dry_run import PlannedTake
from tower_anime_assets.stages.show_edits import EditPreview, Replan, SavedEdit
from tower_anime_assets.web.api.decision_models import DecisionRequest, Quality, Words
from tower_anime_assets.web.api.versions import etag_of

MOST_PLANNED = 50
"""Episodes whose plans one preview looks at, at most."""

_MOST_LEVELS = 20


def _check_depth(value: Any) -> Any:
    if _levels(value, _MOST_LEVELS) > _MOST_LEVELS:
        raise ValueError(f"lists and mappings may lie at most {_MOST_LEVELS} deep in each other")
    return value


def _levels(value: Any, most: int) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if not inner:
        return 0
    return 1 if most <= 0 else 1 + max(_levels(one, most - 1) for one in inner)


Value = Annotated[Any, AfterValidator(_check_depth), Field(description="Text, number, truth value, list or mapping.")]


class ValueChange(DecisionRequest):
    """One value of a YAML file that is set, removed, or added to a list."""

    path: Annotated[list[str | int], Field(min_length=1, max_length=20)] = Field(
        description='Keys, and places in lists from 0, such as ["loras", 0, "strength"].'
    )
    action: Literal["set", "remove", "append"] = "set"
    value: Value = None


class NewText(DecisionRequest):
    """What a file shall hold: a whole text, or some values otherwise."""

    text: str | None = Field(None, description="The whole text; line ends are kept as the file has them.")
    changes: list[ValueChange] | None = Field(
        None, min_length=1, max_length=200, description="Instead of `text`, for YAML files: comments and order stay."
    )


class EditPlanRequest(DecisionRequest):
    """Which plans a preview looks at."""

    plan_for: list[Annotated[str, Field(max_length=90)]] | None = Field(
        None, max_length=MOST_PLANNED, description="Keys of episodes; null: all that the edit touches, [] for none."
    )
    quality: Quality = ""


class EditReasons(DecisionRequest):
    """Why an edit is saved."""

    why: Words = ""
    even_with_faults: bool = Field(False, description="Save it although it brings faults: its episodes wait then.")


class FilePreviewRequest(NewText, EditPlanRequest):
    """A new text of a file, to look at what it would mean."""


class FileSaveRequest(NewText, EditReasons):
    """A new text of a file, to be saved."""


class ReplannedTake(BaseModel):
    """A take that an edit concerns."""

    subject: str = Field(description="Key of a shot or episode, or id of a line or scene.")
    stage: str
    state: str = Field(description="ready, missing, rejected, waits or blocked.")
    why: str = Field(description="Why it would be made; empty if it is ready.")
    seconds: float


class ReplanAnswer(BaseModel):
    """What an edit changes in the plan of an episode."""

    episode: str
    says: str
    made: list[ReplannedTake] = Field(description="What a run would make because of the edit.")
    found: list[ReplannedTake] = Field(description="What a run would make now, and finds after the edit.")
    dropped: list[ReplannedTake] = Field(description="What the episode does not need any more; it stays on record.")
    seconds_before: float = Field(description="What a run takes as the files are.")
    seconds_after: float = Field(description="What it takes after the edit.")
    notes: list[str]
    waiting: list[str] = Field(description="The approvals that the episode then waits for.")
    problem: str = Field(description="Why it cannot be planned with the edit; empty if it can.")
    problem_before: str = Field(description="Why it cannot be planned as the files are; empty if it can.")


class EditAnswer(BaseModel):
    """What a new text would mean; nothing is saved."""

    file: str
    sha256: str = Field(description="Digest of the file as it is, also the ETag; empty if there is none yet.")
    text: str = Field(description="The text that would be saved.")
    diff: str = Field(description="Unified diff; empty if nothing changes.")
    faults: list[Fault] = Field(description="Everything that is wrong with the show's files then, by line.")
    new_faults: list[Fault] = Field(description="Those that the edit brings: it is saved only knowingly.")
    warnings: list[StoryWarning] = Field(description="What is used otherwise than written then, by line.")
    episodes: list[str] = Field(description="The episodes that the edit touches.")
    replans: list[ReplanAnswer]


class SavedAnswer(BaseModel):
    """A file that was saved, on record with a name."""

    file: str
    says: str
    sha256: str = Field(description="Digest of the file now, also the ETag.")
    diff: str = Field(description="What changed; empty if nothing did, then nothing was recorded.")
    who: str
    faults: list[Fault] = Field(description="What is wrong with it, knowingly saved.")


class LastEdit(BaseModel):
    """Who edited a file last, here."""

    who: str
    why: str
    at: datetime


def send_preview(response: Response, preview: EditPreview) -> EditAnswer:
    """Return the answer that tells what an edit would mean, with the file's digest as the ETag."""
    response.headers["ETag"] = etag_of(preview.before.sha256)
    return EditAnswer(
        file=preview.before.file,
        sha256=preview.before.sha256,
        text=preview.text,
        diff=preview.diff,
        faults=list(preview.faults[:MAX_REPORTED]),
        new_faults=list(preview.new_faults[:MAX_REPORTED]),
        warnings=list(preview.warnings[:MAX_REPORTED]),
        episodes=[str(key) for key in preview.episodes],
        replans=[_replan(one) for one in preview.replans],
    )


def send_saved(response: Response, saved: SavedEdit) -> SavedAnswer:
    """Return the answer that tells of a saved file, with its new digest as the ETag."""
    response.headers["ETag"] = etag_of(saved.file.sha256)
    return SavedAnswer(
        file=saved.file.file,
        says=str(saved),
        sha256=saved.file.sha256,
        diff=saved.diff,
        who=saved.who,
        faults=list(saved.faults[:MAX_REPORTED]),
    )


def _replan(replan: Replan) -> ReplanAnswer:
    return ReplanAnswer(
        says=str(replan),
        made=[_take(one) for one in replan.made],
        found=[_take(one) for one in replan.found],
        dropped=[_take(one) for one in replan.dropped],
        notes=list(replan.notes),
        waiting=list(replan.waiting),
        **{
            name: getattr(replan, name)
            for name in ("episode", "seconds_before", "seconds_after", "problem", "problem_before")
        },
    )


def _take(take: PlannedTake) -> ReplannedTake:
    return ReplannedTake(subject=take.shot, stage=take.stage, state=take.state, why=take.why, seconds=take.predicted_s)
