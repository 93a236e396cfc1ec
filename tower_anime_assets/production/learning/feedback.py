"""Feedback: what a person may say about a take, good or bad, for one of these reasons, so that it can be counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.production.verdicts import Verdict

GOOD: Final = "good"
BAD: Final = "bad"
OPINIONS: Final = (GOOD, BAD)


@dataclass(frozen=True)
class Reason:
    """Why a person finds a take good or bad.

    Attributes:
        kind: Its name on the command line and in the record.
        opinion: "good", "bad", or "" when it fits both.
        stage: The take it is about, "keyframe" or "clip"; "" for the shot as a whole: the clip where there is one.
        text: What it says, for a person.
    """

    kind: str
    opinion: str
    stage: str
    text: str


REASONS: Final[Mapping[str, Reason]] = {
    reason.kind: reason
    for reason in (
        Reason("on-model", GOOD, "keyframe", "the characters look as they should"),
        Reason("composition", "", "keyframe", "how the picture is composed"),
        Reason("lighting", "", "keyframe", "the light and its colours"),
        Reason("style", "", "keyframe", "how well it fits the show's style"),
        Reason("acting", "", "clip", "what faces and bodies express"),
        Reason("motion", "", "clip", "how things move"),
        Reason("camera", "", "clip", "what the camera does"),
        Reason("overall", "", "", "the shot as a whole"),
        Reason("wrong-character", BAD, "keyframe", "the picture shows somebody other than planned"),
        Reason("off-model", BAD, "keyframe", "a character does not look like the reference sheet"),
        Reason("wrong-colours", BAD, "keyframe", "colours of hair, skin or outfit are wrong"),
        Reason("anatomy", BAD, "keyframe", "hands, faces or bodies are deformed"),
        Reason("blurry", BAD, "keyframe", "the picture is soft"),
        Reason("artefacts", BAD, "keyframe", "there are spots, seams or letters that do not belong there"),
        Reason("wrong-place", BAD, "keyframe", "place, time of day or weather differ from the script"),
        Reason("too-still", BAD, "clip", "too little moves"),
        Reason("too-restless", BAD, "clip", "too much moves"),
        Reason("flicker", BAD, "clip", "the picture flickers or shapes boil"),
        Reason("drifts", BAD, "clip", "the clip drifts away from its keyframe"),
        Reason("not-the-story", BAD, "", "it does not show what the scene needs"),
    )
}
"""Every reason by its kind, in the order in which `tower feedback --help` lists them."""

MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "blurry": ("edge_acuity", "sharpness_var"),
    "wrong-colours": ("sheet_colour_share",),
    "off-model": ("sheet_colour_share",),
    "too-still": ("frozen_run_frames",),
    "too-restless": ("start_ssim",),
    "flicker": ("flashes_per_s",),
    "drifts": ("start_ssim",),
}
"""What a next attempt changes after a person's reason: the same as after a gate that missed one of these measures."""


def complaints_of(reason: str, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return the verdicts on a take that a person's reason is about, as failed; () where no measure says the same."""
    measures = MEASURES.get(reason, ())
    return tuple(replace(verdict, passed=False) for verdict in verdicts if verdict.measure in measures)


def reason_for(opinion: str, kind: str) -> Reason:
    """Return the reason of this kind, for this opinion.

    Raises:
        PlanError: The opinion or the reason is unknown, or they do not go together.
    """
    if opinion not in OPINIONS:
        raise PlanError(f"the opinion is {opinion!r}; expected good or bad")
    allowed_kinds = [name for name, reason in REASONS.items() if reason.opinion in ("", opinion)]
    if kind not in REASONS:
        raise PlanError(f"there is no reason {kind!r}. {did_you_mean(kind, allowed_kinds)}")
    if kind not in allowed_kinds:
        raise PlanError(f"{kind} is not a reason for {opinion}; expected one of {', '.join(allowed_kinds)}")
    return REASONS[kind]


def reason_text(kind: str) -> str:
    """Return what a recorded reason says; its name when the list no longer has it."""
    return REASONS[kind].text if kind in REASONS else kind
