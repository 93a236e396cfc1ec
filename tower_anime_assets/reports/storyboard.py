"""The storyboard of an episode: its shots by scene, each with its takes and how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from tower_anime_assets.engines.factory import is_animatic
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.planning.shots import EpisodePlan, Shot
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.model import Scene, Speech
from tower_anime_assets.production.story.sizes import DRAFT
from tower_anime_assets.reports.take_summaries import TakeSummary, media_url, outcome_summary, shot_alt
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.current_episode import CurrentEpisode, read_current_episode
from tower_anime_assets.stages.finishing import FINISHING_STAGES
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import takes
from tower_anime_assets.store.takes import Take

CLIP_STAGES: Final = (*reversed(FINISHING_STAGES), CLIPS)
"""The stages whose takes are the moving picture of a shot, the last one first."""

ShotState = Literal["accepted", "locked", "rejected", "changed", "waiting", "missing"]


@dataclass(frozen=True)
class ShotStanding:
    """How a shot stands.

    Attributes:
        state: "accepted" (its clip can be used), "locked" (and a person locked it), "rejected" (by a gate or a
            person), "changed" (there are takes, and what they were made of has changed), "waiting" (it has a
            keyframe, and no clip yet) or "missing" (nothing was made of it).
        is_usable: Whether its moving picture goes into the episode as it is.
        locked_by: Who locked a take of it, None if nobody did.
        rejected_by: Which person rejected what there was of it, None if nobody did.
        lock_notes: What has changed since it was locked, sentences.
    """

    state: ShotState
    is_usable: bool
    keyframe: Outcome | None
    clip: Outcome | None
    locked_by: str | None
    rejected_by: str | None
    lock_notes: tuple[str, ...]


@dataclass(frozen=True)
class ShownLine:
    """A line as it is heard in a shot."""

    character: str
    text: str


@dataclass(frozen=True)
class StoryboardShot:
    """A shot of the storyboard.

    Attributes:
        start_s: When it begins in the episode.
        score: That of its clip, or else of its keyframe; null without one.
        version: What people decided about it, to be given back in `If-Match`; "" before the first decision.
        alt: What is seen and heard, a sentence.
    """

    key: str
    framing: str
    move: str
    frames: int
    fps: int
    start_s: float
    duration_s: float
    lines: tuple[ShownLine, ...]
    keyframe: TakeSummary | None
    clip: TakeSummary | None
    state: ShotState
    score: float | None
    version: str
    locked_by: str | None
    rejected_by: str | None
    alt: str


@dataclass(frozen=True)
class StoryboardScene:
    """A scene of the storyboard, with its shots in order."""

    id: str
    heading: str
    place: str
    time_of_day: str
    mood: str
    shots: tuple[StoryboardShot, ...]


@dataclass(frozen=True)
class EpisodeStoryboard:
    """An episode as a storyboard.

    Attributes:
        master_url: The newest master, whether or not the episode has changed since; null before the first. Drafts have
            one of their own.
        animatic_url: The same where every clip of it is of the embedded engine; else null.
        problem: Why nothing can be said of its takes; "" if nothing is wrong.
        quality: The level of quality that its takes are of.
        own_quality: The show's own level; what is of another is not used where that is made.
        levels: The levels at which something was made of it: drafts are looked at with `quality`.
    """

    key: str
    title: str
    scenes: tuple[StoryboardScene, ...]
    master_url: str | None
    animatic_url: str | None
    problem: str = ""
    quality: str = ""
    own_quality: str = ""
    levels: tuple[str, ...] = ()


def clip_outcome(current: CurrentEpisode, shot: str) -> Outcome | None:
    """Return what stands for the moving picture of a shot, finished as far as it is; None for nothing."""
    return next((found for stage in CLIP_STAGES if (found := current.outcome(stage.name, shot))), None)


def shot_standing(current: CurrentEpisode, shot: str) -> ShotStanding:
    """Return how a shot stands."""
    keyframe, clip = current.outcome(KEYFRAMES.name, shot), clip_outcome(current, shot)
    outcomes = [outcome for outcome in (keyframe, clip) if outcome is not None]
    stages = (KEYFRAMES.name, *(stage.name for stage in CLIP_STAGES))
    rejection = next((found for stage in stages if (found := current.rejections.get((stage, shot)))), None)
    locks = [outcome.lock for outcome in outcomes if outcome.lock is not None]
    notes = tuple(outcome.lock_sentence for outcome in outcomes if outcome.lock_changes)
    is_unfinished = any((stage.name, shot) in current.found for stage in FINISHING_STAGES) and not any(
        current.outcome(stage.name, shot) for stage in FINISHING_STAGES
    )
    is_rejected = rejection is not None or any(not outcome.accepted for outcome in outcomes)
    is_usable = clip is not None and not is_rejected and not is_unfinished
    return ShotStanding(
        state=_state(current, shot, is_rejected=is_rejected, is_usable=is_usable, is_locked=bool(locks), notes=notes),
        is_usable=is_usable,
        keyframe=keyframe,
        clip=clip,
        locked_by=locks[-1].who if locks else None,
        rejected_by=rejection.who if rejection is not None else None,
        lock_notes=notes,
    )


def _state(
    current: CurrentEpisode, shot: str, *, is_rejected: bool, is_usable: bool, is_locked: bool, notes: tuple[str, ...]
) -> ShotState:
    if is_rejected:
        return "rejected"
    if notes:
        return "changed"
    if is_usable:
        return "locked" if is_locked else "accepted"
    key = ShotKey.parse(shot)
    has_keyframe = current.outcome(KEYFRAMES.name, shot) is not None
    stages = [stage.name for stage in CLIP_STAGES] if has_keyframe else [KEYFRAMES.name]
    if any((stage, key.scene, key.shot, "") in current.made for stage in stages):
        return "changed"
    return "waiting" if has_keyframe else "missing"


def load_storyboard(studio: Studio, key: EpisodeKey, quality: str = "") -> EpisodeStoryboard:
    """Return the storyboard of an episode, with the takes of a level of quality, "" for the show's own.

    Raises:
        UnknownKeyError: There is no such episode.
        NotAcceptedError: Its screenplay has not been read yet.
    """
    return storyboard_of(studio, read_current_episode(studio, key, quality))


def storyboard_of(studio: Studio, current: CurrentEpisode) -> EpisodeStoryboard:
    """Return the storyboard of an episode as it stands."""
    speeches = {line.id: line for scene in current.episode.scenes for line in scene.speeches}
    by_scene = {plan.scene: plan.shots for plan in current.plan.scenes} if current.plan is not None else {}
    starts = current.plan.shot_starts() if current.plan is not None else {}
    scenes = []
    for scene in current.episode.scenes:
        shots = tuple(
            _shot(current, current.plan, shot, starts[shot.key], speeches)
            for shot in by_scene.get(scene.id, ())
            if current.plan is not None
        )
        scenes.append(_scene(scene, shots))
    master = current.outcome(MASTERS.name, str(current.key))
    newest = master.take if master is not None else newest_master(studio, current)
    master_url = media_url(newest.files["main"].path) if newest is not None else None
    is_animatic = master is not None and _is_animatic(current)
    return EpisodeStoryboard(
        key=str(current.key),
        title=current.episode.title,
        scenes=tuple(scenes),
        master_url=master_url,
        animatic_url=master_url if is_animatic else None,
        problem=current.problem,
        quality=current.quality,
        own_quality=current.project.delivery.quality,
        levels=current.levels,
    )


def newest_master(studio: Studio, current: CurrentEpisode) -> Take | None:
    """Return the newest master of an episode, a draft only where drafts are looked at; None without one."""
    return takes.find_newest(studio.database, current.key, MASTERS.name, is_draft=current.quality == DRAFT)


def _scene(scene: Scene, shots: tuple[StoryboardShot, ...]) -> StoryboardScene:
    return StoryboardScene(scene.id, scene.heading, scene.place, scene.time_of_day, scene.mood, shots)


def _shot(
    current: CurrentEpisode, plan: EpisodePlan, shot: Shot, start_frame: int, speeches: dict[str, Speech]
) -> StoryboardShot:
    standing = shot_standing(current, shot.key)
    keyframe, clip = outcome_summary(standing.keyframe), outcome_summary(standing.clip)
    shown = [summary for summary in (clip, keyframe) if summary is not None]
    return StoryboardShot(
        key=shot.key,
        framing=shot.framing.value,
        move=shot.move.value,
        frames=shot.frames,
        fps=plan.fps,
        start_s=round(start_frame / plan.fps, 3),
        duration_s=round(shot.frames / plan.fps, 3),
        lines=shown_lines(current, shot, speeches),
        keyframe=keyframe,
        clip=clip,
        state=standing.state,
        score=next((one.score for one in shown if one.score is not None), None),
        version=current.version(ShotKey.parse(shot.key)),
        locked_by=standing.locked_by,
        rejected_by=standing.rejected_by,
        alt=shot_alt(shot, current.project, speeches),
    )


def shown_lines(current: CurrentEpisode, shot: Shot, speeches: dict[str, Speech]) -> tuple[ShownLine, ...]:
    """Return the lines that are spoken in a shot, with the names of their speakers."""
    names = {character.id: character.name for character in current.project.characters}
    spans: Iterable[str] = dict.fromkeys(span.line_id for span in shot.speech)
    said = (speeches[line_id] for line_id in spans if line_id in speeches)
    return tuple(ShownLine(names.get(line.character, line.character), line.text) for line in said)


def _is_animatic(current: CurrentEpisode) -> bool:
    clips = [outcome for shot in current.shots if (outcome := current.outcome(CLIPS.name, shot.key)) is not None]
    return bool(clips) and all(is_animatic(outcome.take.engine) for outcome in clips)
