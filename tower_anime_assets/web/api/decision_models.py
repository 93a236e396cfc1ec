"""What people send to decide about takes, and what they are answered; the same for a shot, a take and a batch."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tower_anime_assets.stages.approvals import EpisodeDecision
from tower_anime_assets.stages.inpainting import Region
from tower_anime_assets.stages.rulings import Rejection, TakeDecision
from tower_anime_assets.web.api.versions import etag_of

MOST_CHARACTERS = 4000

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_CHARACTERS)]
"""A person's words, which may be none."""

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARACTERS)]
"""A person's reason, which stays on record."""

TakeName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}[0-9a-f-]{0,23}$")]
"""A take's id or its beginning."""

Quality = Literal["", "draft", "standard", "final"]
"""A level of quality, "" for the project's own."""

ShotStage = Literal["", "keyframe", "clip"]
"""Which take of a shot: "" for its clip or, before there is one, its keyframe."""

PictureRegion = Annotated[
    tuple[int, int, int, int], Field(description="Left, top, width and height of a part of the picture, px.")
]


class DecisionRequest(BaseModel):
    """What every decision's request has in common: what it does not know is refused, not dropped."""

    model_config = ConfigDict(extra="forbid")


class TakeRejectionRequest(DecisionRequest):
    """Why a take is rejected."""

    reason: str = Field(description="One of GET /api/reasons that says what is bad.", max_length=40)
    note: Words = Field(default="", description="What else there is to say.")
    frame: int | None = Field(default=None, description="The frame of a clip that the note is about, from 0.")
    region: PictureRegion | None = None

    @property
    def picture_region(self) -> Region | None:
        """The region.

        Raises:
            PlanError: It is none that a picture can have.
        """
        return Region.parse(",".join(map(str, self.region))) if self.region is not None else None


class TakeDecisionRequest(DecisionRequest):
    """Why something is decided about a take."""

    why: Why


class TakeWaiverRequest(TakeDecisionRequest):
    """A gate that rejects a take, which it passes all the same."""

    gate: str = Field(description="Such as `keyframes_are_sharp`.", max_length=100)


class DecisionAnswer(BaseModel):
    """A decision on record."""

    says: str = Field(description="What was decided and what follows, as `tower` says it.")
    version: str | None = Field(default=None, description="Of what was decided about; the ETag is the same in quotes.")
    take: str | None = Field(default=None, description="The id of the take that it is about.")
    learned: list[str] = Field(default=[], description="What the show's director service says it learned.")
    warning: str = Field(default="", description="What did not succeed although the decision stands.")


def answer_of(decided: TakeDecision | Rejection | EpisodeDecision) -> DecisionAnswer:
    """Return the answer that tells of a decision."""
    if isinstance(decided, EpisodeDecision):
        return DecisionAnswer(says=str(decided), version=decided.version)
    return DecisionAnswer(
        says=str(decided),
        version=decided.version,
        take=decided.take.id if isinstance(decided, Rejection) else decided.take_id,
        learned=list(decided.learned),
        warning=decided.untold,
    )


def send_decision(response: Response, decided: TakeDecision | Rejection | EpisodeDecision) -> DecisionAnswer:
    """Return the answer that tells of a decision, with its version as the ETag."""
    response.headers["ETag"] = etag_of(decided.version)
    return answer_of(decided)
