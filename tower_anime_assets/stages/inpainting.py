"""Inpainting: a region of a shot's keyframe painted anew, because a person asked for it.

The new take stands for the same shot as the one it is made from: it is found by that one's digest, the newest accepted
take of a digest is used, and whatever changes the shot's brief leaves it behind like any other take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.errors import NotAcceptedError, PlanError
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.shots import planned_shot
from tower_anime_assets.stages.stage import EpisodeRun

_MIN_SIDE_PX = 16
_SOFT_SHARE = 0.012
"""Width of the mask's soft edge, as a share of the keyframe's shorter side."""


@dataclass(frozen=True)
class Region:
    """A rectangle of a keyframe, px from its upper left corner."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Region:
        """Return the region written as `x,y,w,h`.

        Raises:
            PlanError: It is written otherwise, or too small.
        """
        match = re.fullmatch(r"\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*", text)
        if match is None:
            raise PlanError(f"the region is {text!r}; expected x,y,w,h in px of the keyframe, such as 300,80,120,140")
        region = cls(*(int(part) for part in match.groups()))
        if min(region.width, region.height) < _MIN_SIDE_PX:
            raise PlanError(
                f"the region is {region.width}x{region.height} px; expected sides of {_MIN_SIDE_PX} px or more"
            )
        return region

    def require_inside(self, width_px: int, height_px: int) -> None:
        """Refuse a region that reaches beyond a picture.

        Raises:
            PlanError: It does.
        """
        right, bottom = self.left + self.width, self.top + self.height
        if right > width_px or bottom > height_px:
            raise PlanError(
                f"the region reaches to {right},{bottom}; the keyframe is {width_px}x{height_px} px. Choose one inside"
            )

    def mask(self, width_px: int, height_px: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the region as a picture of a keyframe's size, (height, width, 3) uint8: white, with a soft edge.

        Raises:
            PlanError: It lies outside, or covers the whole picture.
        """
        self.require_inside(width_px, height_px)
        if (self.width, self.height) == (width_px, height_px):
            raise PlanError("the region is the whole keyframe: make the keyframe again instead")
        mask = np.zeros((height_px, width_px, 3), np.uint8)
        mask[self.top : self.top + self.height, self.left : self.left + self.width] = 255
        sigma = max(1.0, _SOFT_SHARE * min(width_px, height_px))
        return np.minimum(mask, np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.uint8))  # soft inwards only


def inpaint_keyframe(run: Run, key: ShotKey, region: Region, why: str, words: str = "") -> Outcome:
    """Paint a region of a shot's accepted keyframe anew, and return the take that stands for the shot then.

    Args:
        run: On whose behalf; `user` is the person who asked.
        key: The shot.
        region: What is painted anew; all else stays to the pixel.
        why: The person's reason, kept with the decision.
        words: The prompt for the region; "" for the shot's own.

    Raises:
        PlanError: There is no such shot, or no workflow can do it; the message says what each lacks.
        NotAcceptedError: The shot has no accepted keyframe yet.
    """
    if not why.strip():
        raise PlanError("inpainting needs a reason: pass --why TEXT")
    episode = saved_episode(run, key.episode_key)
    if not episode.engines.is_routed("keyframes"):
        raise PlanError(
            f"{key}: its keyframes are drawn by the embedded painter, which paints no region anew. Set COMFYUI_URL, or "
            "write `engines: {keyframes: comfyui}` in project.yaml"
        )
    shot = planned_shot(episode_plan(episode), key)
    found = episode.find(KEYFRAMES)
    order, outcome = next(pair for pair in found if pair[0].subject == shot.key)
    if outcome is None or not outcome.accepted:
        raise NotAcceptedError(f"{shot.key} has no accepted keyframe to paint on: run `tower produce` first")
    if outcome.lock is not None:
        raise PlanError(f"{shot.key}: {outcome.lock_sentence}. Release it before its picture is changed")
    inpainting = _order(episode, order, outcome, region, why, words)
    others = [other for other, _outcome in found]
    report = run.fulfill(
        KEYFRAMES, str(key.episode_key), [inpainting], attempts=1, again=frozenset({shot.key}), spared=others
    )
    return report.outcomes[0]


def _order(
    episode: EpisodeRun, order: Order[KeyframeBrief], outcome: Outcome, region: Region, why: str, words: str
) -> Order[KeyframeBrief]:
    """Return the order for the new take: from the accepted one, found by its digest."""
    media, take = episode.studio.media, outcome.take
    where = f"{region.left},{region.top}, {region.width}x{region.height} px"
    shot = planned_shot(episode_plan(episode), ShotKey.parse(order.subject))
    ranking = episode.router.rank_inpainting(shot)
    stood_for = next(variant for variant in order.variants if variant.digest == outcome.digest)
    with media.workspace() as folder:
        write_png(folder / "mask.png", region.mask(order.brief.width_px, order.brief.height_px))
        mask = media.store_file(folder / "mask.png")
    picture = take.files["main"]
    brief = replace(
        stood_for.brief,
        prompt=words.strip() or stood_for.brief.prompt,
        start_sha256=picture.sha256,
        reference_sha256s=(),
        mask_sha256=mask.sha256,
    )
    return replace(
        stood_for,
        brief=brief,
        engine=episode.engines.keyframes(ranking.chosen.engine),
        inputs={"picture": media.place_of(picture.path), "mask": media.place_of(mask.path)},
        reasoning=f"{why.strip()} Painted anew at {where}, in take {take.id}. {ranking.reasoning}",
        alternatives=ranking.alternatives,
        alternates=(),
        may_fall_back=False,
        stands_for=stood_for.digest,
    )
