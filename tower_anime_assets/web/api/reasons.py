"""The fixed list of reasons for which people find takes good or bad."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tower_anime_assets.production.learning.feedback import BAD, REASONS
from tower_anime_assets.web.api.paging import Page

router = APIRouter(tags=["reasons"])


class ReasonItem(BaseModel):
    """A reason."""

    kind: str = Field(description="Its name on record.")
    opinion: str = Field(description='"good", "bad", or "" where it fits both.')
    stage: str = Field(description='The take that it is about, "keyframe" or "clip"; "" for the shot as a whole.')
    text: str = Field(description="What it says, for a person.")
    may_reject: bool = Field(description="Whether a take may be rejected for it.")


@router.get("/reasons")
def list_reasons() -> Page[ReasonItem]:
    """Return every reason, in the order in which they are offered."""
    return Page(
        items=[ReasonItem(**vars(one), may_reject=one.opinion in ("", BAD)) for one in REASONS.values()], next=None
    )
