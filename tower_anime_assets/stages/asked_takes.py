"""Orders for takes that people asked for with words or a seed: what stands is made, what was made stays valid.

The words are part of a take's digest, since they are part of its prompt. The newest request of a shot and stage says
what a next take is made of; takes of the plan, and of earlier requests, are found like those of another engine, so
nothing is made again because somebody asks. Recording a request belongs in `take_requests`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.planning.asked_changes import (
    AskedChange,
    AskedShot,
    ask_for_motion,
    ask_for_picture,
)
from tower_anime_assets.production.planning.briefs import Brief, ClipBrief, KeyframeBrief
from tower_anime_assets.production.planning.shots import Shot
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.stage import EpisodeRun
from tower_anime_assets.store import take_requests
from tower_anime_assets.store.take_requests import TakeRequest
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

KEYFRAME, CLIP = "keyframe", "clip"


def shows_digest(shot: Shot) -> str:
    """Return a digest of what a shot shows, by which it is told from another that has its number after an edit."""
    return digest(shot.description, [subject.character for subject in shot.subjects], shot.objects)[:16]


@dataclass(frozen=True)
class _Asked:
    """What was asked of a shot and stage, the newest first, and whether the newest still stands."""

    changes: tuple[AskedChange, ...] = ()
    stands: bool = False


_NOTHING = _Asked()


@dataclass(frozen=True)
class EpisodeRequests:
    """The requests about an episode's shots, newest first, by shot key and stage."""

    by_shot: Mapping[tuple[str, str], Sequence[TakeRequest]] = field(default_factory=dict)

    def of(self, shot: Shot, stage: str) -> _Asked:
        """Return what was asked of a shot; requests about what had its number before an edit are left out."""
        rows = self.by_shot.get((shot.key, stage), ())
        if not rows:
            return _NOTHING
        shows = shows_digest(shot)
        usable = [row for row in rows if row.shows == shows]
        stands = not rows[0].is_withdrawal and rows[0].shows == shows
        return _Asked(tuple(AskedChange(row.id, row.who, row.words, row.seed, row.refined) for row in usable), stands)

    def sentences_on_lost(self, shots: Sequence[Shot]) -> Iterator[str]:
        """Yield a sentence for each request that stands for something that the plan does not have any more."""
        known = {shot.key: shows_digest(shot) for shot in shots}
        for (key, _stage), rows in self.by_shot.items():
            newest = rows[0]
            if not newest.is_withdrawal and known.get(key) != newest.shows:
                what = f"the words {newest.words!r}" if newest.words else f"the seed {newest.seed}"
                yield (
                    f"{key}: {newest.who} asked for another {newest.stage} with {what}, and the shot shows something "
                    "else now, so they are not used. Ask again if they still hold"
                )


def lost_requests(run: EpisodeRun) -> tuple[str, ...]:
    """Return a sentence for each request of a run's episode that reaches no shot any more."""
    try:
        shots = episode_plan(run).shots
    except NotAcceptedError:  # nothing can be made before there is a plan, and then it is told
        return ()
    return tuple(run.once(load_requests).sentences_on_lost(shots))


def load_requests(run: EpisodeRun) -> EpisodeRequests:
    """Return the requests about the shots of a run's episode."""
    by_shot: dict[tuple[str, str], list[TakeRequest]] = {}
    for row in take_requests.list_by_episode(run.studio.database, EpisodeKey(run.project.id, run.episode.id)):
        by_shot.setdefault((str(row.place), row.stage), []).append(row)
    return EpisodeRequests(by_shot)


def keyframe_as_asked(
    run: EpisodeRun, shot: Shot, build: Callable[[Shot], Order[KeyframeBrief]]
) -> Order[KeyframeBrief]:
    """Return the order for a shot's keyframe as people asked for it.

    Args:
        run: The episode.
        shot: The shot as it is planned.
        build: Returns the order for a shot like it.
    """
    asked = run.once(load_requests).of(shot, KEYFRAME)
    if not asked.changes:
        return build(shot)
    orders = [_as_asked(build(one.shot), one) for one in _pictures(run, shot, asked)]
    return _with_earlier(build(shot), orders, asked.stands)


def clip_as_asked(
    run: EpisodeRun, shot: Shot, keyframe: Take, build: Callable[[Shot], Order[ClipBrief]]
) -> Order[ClipBrief]:
    """Return the order for a shot's clip as people asked for it, and as its keyframe was made.

    Args:
        run: The episode.
        shot: The shot as it is planned.
        keyframe: What it grows from.
        build: Returns the order for a shot like it.
    """
    requests = run.once(load_requests)
    grown = _picture_of(run, shot, requests.of(shot, KEYFRAME), keyframe)
    base = grown.shot if grown is not None else shot
    plain = build(base)
    if grown is not None:
        plain = _over_variants(plain, lambda variant: replace(variant, asked=grown))
    asked = requests.of(shot, CLIP)
    if not asked.changes:
        return plain
    changed = [ask_for_motion(run.project, base, change) for change in asked.changes]
    orders = [_as_asked(build(one.shot), one) for one in changed]
    return _with_earlier(plain, orders, asked.stands)


def _picture_of(run: EpisodeRun, shot: Shot, asked: _Asked, keyframe: Take) -> AskedShot | None:
    """Return the shot as it was asked for when its keyframe was made; None for one that is as it was planned."""
    key = keyframe.details.get("asked", {}).get("key")
    if key is None:
        return None
    return next((one for one in _pictures(run, shot, asked) if one.change.key == key), None)


def _pictures(run: EpisodeRun, shot: Shot, asked: _Asked) -> Iterator[AskedShot]:
    is_drawn = not run.engines.is_routed("keyframes")
    for change in asked.changes:
        yield ask_for_picture(run.project, shot, change, is_drawn=is_drawn)


def _as_asked(order: Order[Any], asked: AskedShot) -> Order[Any]:
    """Return an order that says what was asked, with the seed that follows from it."""

    def change(variant: Order[Any]) -> Order[Any]:
        seed = asked.change.seed_after(variant.brief.seed)
        reasoning = f"{asked.sentence} {variant.reasoning}"
        return replace(
            variant, brief=replace(variant.brief, seed=seed), asked=asked, reasoning=reasoning
        ).with_unfollowed_told()

    return _over_variants(order, change)


def _over_variants(order: Order[Any], change: Callable[[Order[Any]], Order[Any]]) -> Order[Any]:
    return replace(change(order), alternates=tuple(map(change, order.alternates)))


def _with_earlier(plain: Order[B], orders: Sequence[Order[B]], stands: bool) -> Order[B]:
    """Return the order for what stands, with takes of the plan and of other requests found like those of other engines.

    Args:
        plain: As it is planned.
        orders: As was asked, the newest first.
        stands: Whether the newest stands.
    """
    chosen, others = (orders[0], [plain, *orders[1:]]) if stands else (plain, list(orders))
    known = {variant.digest for variant in chosen.variants}
    found: list[Order[B]] = []
    for variant in (variant for other in others for variant in other.variants):
        if variant.digest not in known:
            known.add(variant.digest)
            found.append(replace(variant, alternates=(), is_found_only=True))
    return replace(chosen, alternates=(*chosen.alternates, *found))
