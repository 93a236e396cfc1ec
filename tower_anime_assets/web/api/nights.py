"""Nights: when work goes on without anybody, and what the next one would make."""

from __future__ import annotations

import time
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tower_anime_assets.reports.night_list import NightEpisode, list_night
from tower_anime_assets.web.api.context import StudioDep

_LIST_MAX_AGE_S: Final = 30.0
"""Every episode is forecast for it, which takes a while; its files may have changed since."""

router = APIRouter(tags=["nights"])


class NightItem(BaseModel):
    """What a night would make of an episode; null is what nobody can say."""

    key: str
    title: str
    takes: int | None
    seconds: float | None = Field(description="One take after another.")
    gpu_s: float | None
    money: float | None
    currency: str = Field(description="Empty where no prices are set.")
    waits_for: list[str] = Field(description="Approvals without which it goes on no further.")
    problem: str = Field(description="Why it would be skipped; empty if it would not.")


class NightList(BaseModel):
    """What the next night would make, if nothing changes until then."""

    time: str = Field(description="When it begins, such as `23:30 Europe/Berlin`; empty where no time is set.")
    gpu_limit_s: float | None = Field(description="GPU seconds that it may take; null for no limit.")
    episodes: list[NightItem] = Field(description="Every episode in files, finished ones among them.")


@router.get("/nights")
def read_next_night(studio: StudioDep) -> NightList:
    """Return what the next night would make of every episode, and how much of the GPU it may take."""

    def compute() -> tuple[tuple[NightEpisode, ...], float]:
        return list_night(studio), time.monotonic() + _LIST_MAX_AGE_S

    listed = studio.answers.get("next night", studio.chain_head, compute)
    settings = studio.settings
    return NightList(
        time=settings.overnight_time, gpu_limit_s=settings.overnight_gpu_s, episodes=list(map(_item_of, listed))
    )


def _item_of(one: NightEpisode) -> NightItem:
    estimate = one.estimate
    return NightItem(
        key=one.key,
        title=one.title,
        takes=estimate.takes if estimate else None,
        seconds=estimate.seconds if estimate else None,
        gpu_s=estimate.gpu_s if estimate else None,
        money=estimate.money if estimate else None,
        currency=estimate.currency if estimate else "",
        waits_for=list(one.waits_for),
        problem=one.problem,
    )
