"""Pictures and clips of one's own: brought to a shot's form, judged by the gates, locked in its place, on record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from tower_anime_assets.engines.brought import BROUGHT, FILE, BroughtClip, BroughtFile, BroughtPicture
from tower_anime_assets.engines.locked_takes import lock_of
from tower_anime_assets.engines.orders import Order
from tower_anime_assets.engines.protocols import Engine
from tower_anime_assets.errors import NotAcceptedError, PlanError, UndecodableError
from tower_anime_assets.media.external import probe_external_video, read_external_picture
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.production.planning.briefs import Brief, ClipBrief, KeyframeBrief
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.production.story.sizes import cropped_share
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.stages.clips import CLIPS, FROM_KEYFRAME, clip_brief
from tower_anime_assets.stages.file_measures import is_picture
from tower_anime_assets.stages.keyframes import KEYFRAMES, distance_from_previous
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.rulings import as_seen
from tower_anime_assets.stages.run import Details, Run
from tower_anime_assets.stages.shot_plans import episode_plan
from tower_anime_assets.stages.shots import planned_shot
from tower_anime_assets.stages.stage import EpisodeRun, FoundTake, Stage
from tower_anime_assets.store import rulings, takes, verdicts, waivers
from tower_anime_assets.store.rulings import LOCKED, NewRuling
from tower_anime_assets.store.takes import Take

B = TypeVar("B", bound=Brief)

_TOLD_CROP_SHARE: Final = 0.005


@dataclass(frozen=True)
class Import:
    """What came of a file that a person brought for a shot.

    Attributes:
        failed: The gates that reject it, with what was measured, a sentence each; () where it is used.
        notes: What was done to it, and what of it is not used, a sentence each.
        version: The version of the shot with what was decided, as `seen` of what is decided next.
    """

    key: ShotKey
    take: Take
    who: str
    failed: tuple[str, ...]
    notes: tuple[str, ...]
    version: str

    @property
    def accepted(self) -> bool:
        """Whether it is used."""
        return not self.failed

    def __str__(self) -> str:
        if self.accepted:
            return (
                f"{self.key}: {self.take.stage} take {self.take.id} of {self.who} is used, and locked: whatever "
                f"changes, it stays until `tower lock {self.take.id} --release`. "
                f"`tower plan {self.key.episode_key}` says what follows"
            )
        gates = " ".join(dict.fromkeys(sentence.partition(":")[0] for sentence in self.failed))
        return (
            f"{self.key}: what {self.who} brought is {self.take.stage} take {self.take.id}, and a gate rejects it: "
            f"{'; '.join(self.failed)}. To use it all the same, for each of {gates}: "
            f'tower waive {self.take.id} GATE --why "..." and then tower lock {self.take.id} --why "..."'
        )


def import_take(run: Run, key: ShotKey, path: Path, why: str, *, seen: str | None = None) -> Import:
    """Make a take of a picture or clip that a person brings; if the gates accept it, it is locked in the shot's place.

    A picture becomes the shot's keyframe, a video its clip.

    Args:
        run: On whose behalf; `user` is the person who brings it.
        key: The shot.
        path: The file; decoded by a child process with limits.
        why: The reason; not empty.
        seen: As in `stages.rulings.reject_take`.

    Raises:
        PlanError: There is no such shot, the file cannot be used, or another take is locked there.
        NotAcceptedError: The shot is not planned, or has no keyframe for a clip yet.
        ConflictError: Somebody has decided about the shot since the person looked.
    """
    if not why.strip():
        raise PlanError("a take of your own needs a reason: pass --why TEXT")
    if not path.is_file():
        raise PlanError(f"{path} is not a file; expected a picture or a video")
    seen = as_seen(run.studio, key.position, seen)
    episode = saved_episode(run, key.episode_key)
    try:
        stage, order, notes = _order_of(episode, key, path, why.strip())
    except UndecodableError as error:
        raise PlanError(f"{path.name} cannot be used: {error}. Export it again as PNG, JPEG, WebP or MP4") from error
    database = run.studio.database
    others = [one for one, _outcome in episode.find(stage, partial=True)]
    run.fulfill(stage, str(key.episode_key), [order], attempts=1, again=frozenset({str(key)}), spared=others)
    take = next(one for one in takes.find_by_digests(database, [order.digest])[order.digest] if one.engine == BROUGHT)
    failed = tuple(
        f"{one.gate}: {one}" for one in verdicts.find_latest(database, [take.id]).get(take.id, ()) if not one.passed
    )
    if stage is CLIPS:  # it grew from no keyframe, and need not look like one
        place = order.position
        seen = waivers.record_waiver(database, take.id, FROM_KEYFRAME, run.user, why.strip(), place=place, seen=seen).id
    if not failed:
        new = NewRuling(take_id=take.id, ruling=LOCKED, place=order.position, who=run.user, note=why.strip())
        seen = rulings.record_ruling(database, new, seen).id
    return Import(key, take, run.user, failed, notes, seen)


def _order_of(
    episode: EpisodeRun, key: ShotKey, path: Path, why: str
) -> tuple[Stage[EpisodeRun], Order[Any], tuple[str, ...]]:
    """Return the stage that the file is for, the order for its take, and what is done to it."""
    planned_shot(episode_plan(episode), key)  # names a shot like it if there is none
    stage = KEYFRAMES if is_picture(path) else CLIPS
    found = episode.find(stage, partial=True)
    index = next((index for index, (order, _outcome) in enumerate(found) if order.subject == str(key)), None)
    if index is None:
        raise NotAcceptedError(f"{key} has no accepted keyframe yet, which its clip needs: run `tower produce` first")
    _refuse_locked(episode, key, stage, found[index][0])
    if stage is KEYFRAMES:
        return stage, *_picture_order(episode, found, index, path, why)
    return stage, *_clip_order(episode, found[index][0], path, why)


def _refuse_locked(episode: EpisodeRun, key: ShotKey, stage: Stage[EpisodeRun], order: Order[Any]) -> None:
    standing = rulings.load_standing(episode.studio.database, key.project)
    if (lock := lock_of(order, standing)) is not None:
        raise PlanError(
            f"{key}: {lock.who} locked {stage.name} take {lock.take_id} ({lock.note}). Let go of it first: "
            f'tower lock {lock.take_id} --release --why "..."'
        )


def _picture_order(
    episode: EpisodeRun, found: Sequence[FoundTake], index: int, path: Path, why: str
) -> tuple[Order[KeyframeBrief], tuple[str, ...]]:
    """Return the order for a keyframe that a person brings, and what is done to the picture."""
    order: Order[KeyframeBrief] = found[index][0]
    height_px, width_px = read_external_picture(path).shape[:2]
    notes = tuple(_size_notes(path, (width_px, height_px), (order.brief.width_px, order.brief.height_px)))
    before = found[index - 1][1] if index else None
    previous = before.take.details if before is not None else None
    engine = BroughtPicture(_file(episode, path, notes))
    brought = _brought(order, order, engine, path, why, order.thresholds)
    return brought.with_context(partial(_distance, previous)), notes


def _distance(previous: Details | None, details: Details) -> Mapping[str, float]:
    return distance_from_previous(details, previous)


def _clip_order(
    episode: EpisodeRun, order: Order[ClipBrief], path: Path, why: str
) -> tuple[Order[ClipBrief], tuple[str, ...]]:
    """Return the order for a clip that a person brings, in the form that is delivered, and what is done to the video.

    It need not start from the shot's keyframe: the person decides what is seen.

    Raises:
        PlanError: It is too short.
    """
    shot = planned_shot(episode_plan(episode), ShotKey.parse(order.subject))
    seen = order.asked.shot if order.asked is not None else shot
    delivered = clip_brief(episode.project, seen, order.brief.keyframe_sha256)
    variant = next((one for one in order.variants if _form(one.brief) == _form(delivered)), order)
    facts = probe_external_video(path)
    brief = variant.brief
    own_s, needed_s = facts.frames / float(facts.fps), brief.frames / brief.fps
    if own_s < needed_s - 0.5 / float(facts.fps):
        raise PlanError(
            f"{path.name} lasts {own_s:.2f} s, and {order.subject} needs {needed_s:.2f} s ({brief.frames} frames at "
            f"{brief.fps} per second). Bring a longer one, or shorten the shot in the script: [[shot: {own_s:.1f} s]]"
        )
    notes = [*_size_notes(path, (facts.width_px, facts.height_px), brief.stored_px)]
    if abs(float(facts.fps) - brief.fps) > 0.01:
        notes.append(
            f"{float(facts.fps):g} frames per second are shown at {brief.fps}: frames are left out or repeated"
        )
    if own_s > needed_s + 0.5 / brief.fps:
        notes.append(f"the first {needed_s:.2f} s of {own_s:.2f} s are used")
    if facts.sound is not None:
        notes.append("its sound is not used: voices, music and ambience are the episode's own")
    engine = BroughtClip(_file(episode, path, notes), float(facts.fps))
    bars = tuple(bar for bar in variant.thresholds if bar.gate != FROM_KEYFRAME)
    return _brought(order, variant, engine, path, why, bars), tuple(notes)


def _form(brief: ClipBrief) -> tuple[Any, ...]:
    return (brief.frames, brief.fps, brief.width_px, brief.height_px, brief.fit)


def _size_notes(path: Path, own_px: tuple[int, int], px: tuple[int, int]) -> Iterator[str]:
    """Yield how a picture of another size is brought to the shot's, if it is."""
    if own_px == px:
        return
    share = cropped_share(own_px, px)
    cropped = f", and {share:.0%} of it is cut off at the edges" if share >= _TOLD_CROP_SHARE else ""
    yield f"{path.name} is {own_px[0]}x{own_px[1]} px: it is scaled to {px[0]}x{px[1]} px{cropped}"


def _file(episode: EpisodeRun, path: Path, notes: Sequence[str]) -> BroughtFile:
    return BroughtFile(path.name, sha256_of(path), episode.run.user, "; ".join(notes))


def _brought(
    order: Order[B],
    variant: Order[B],
    engine: Engine[B],
    path: Path,
    why: str,
    thresholds: tuple[Threshold, ...],
) -> Order[B]:
    """Return the order for what a person brings: found by the digest of what it stands for."""
    return replace(
        variant,
        engine=engine,
        inputs={**variant.inputs, FILE: path},
        thresholds=thresholds,
        reasoning=f"{why.rstrip('.')}. Brought as {path.name}.",
        alternatives=(),
        alternates=(),
        may_fall_back=False,
        is_found_only=False,
        stands_for=variant.digest,
        subject=order.subject,
        asked=None,
    )
