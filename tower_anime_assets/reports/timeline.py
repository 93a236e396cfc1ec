"""The cut list of an episode: its shots and sounds in time, as they are planned and made."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.reports.storyboard import ShotState, clip_outcome, shot_standing
from tower_anime_assets.reports.take_summaries import MAIN, media_url
from tower_anime_assets.stages.current_episode import CurrentEpisode
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.voices import VOICES


@dataclass(frozen=True)
class TimelineShot:
    """A shot in the cut.

    Attributes:
        start_frame: On the timeline; a dissolve begins before the shot before it ends.
        end_frame: One past the last.
        in_frame: The first frame of the clip that is used.
        out_frame: One past the last of the clip.
        transition: How it begins: "cut", "smash-cut", "dissolve" or "fade".
        overlap_frames: Frames that it shares with the shot before it.
        clip_url: Null while there is no clip; it is the whole clip.
        take_id: Likewise.
    """

    key: str
    scene: str
    start_frame: int
    end_frame: int
    in_frame: int
    out_frame: int
    transition: str
    transition_frames: int
    overlap_frames: int
    state: ShotState
    take_id: str | None
    clip_url: str | None


@dataclass(frozen=True)
class TimelineSound:
    """A sound in time: a line's voice, a scene's music, or the whole mix.

    Attributes:
        kind: "voice", "music" or "mix".
        of: Id of the line or the scene, or the episode's key.
        words: What it is, such as who says what.
        url: Null while it is not made.
    """

    kind: str
    of: str
    words: str
    start_frame: int
    end_frame: int
    take_id: str | None
    url: str | None


@dataclass(frozen=True)
class Timeline:
    """The cut list of an episode, in frames of `fps`."""

    key: str
    title: str
    fps: int
    frames: int
    fade_out_frames: int
    shots: tuple[TimelineShot, ...]
    sounds: tuple[TimelineSound, ...]


def timeline_of(current: CurrentEpisode) -> Timeline:
    """Return the cut list of an episode.

    Raises:
        NotAcceptedError: It has not been planned yet.
    """
    key, plan = current.key, current.plan
    if plan is None:
        raise NotAcceptedError(f"{key} has not been planned yet, so it has no timeline: `tower produce {key}` plans it")
    starts = plan.shot_starts()
    shots = []
    for index, shot in enumerate(plan.shots):
        clip = clip_outcome(current, shot.key)
        shots.append(
            TimelineShot(
                key=shot.key,
                scene=shot.scene,
                start_frame=starts[shot.key],
                end_frame=starts[shot.key] + shot.frames,
                in_frame=0,
                out_frame=shot.frames,
                transition=shot.transition.kind,
                transition_frames=shot.transition.frames,
                overlap_frames=shot.transition.overlap_frames if index else 0,
                state=shot_standing(current, shot.key).state,
                take_id=_take_id(clip),
                clip_url=_url(clip),
            )
        )
    return Timeline(
        key=str(key),
        title=current.episode.title,
        fps=plan.fps,
        frames=plan.frames,
        fade_out_frames=plan.fade_out_frames,
        shots=tuple(shots),
        sounds=tuple(_sounds(current, plan.frames)),
    )


def _sounds(current: CurrentEpisode, frames: int) -> list[TimelineSound]:
    assert current.plan is not None  # noqa: S101 - the caller has looked
    names = {character.id: character.name for character in current.project.characters}
    speeches = {line.id: line for scene in current.episode.scenes for line in scene.speeches}
    scene_starts = current.plan.scene_starts()
    sounds = []
    for line_id, (start, window) in current.plan.line_starts().items():
        speech = speeches.get(line_id)
        words = f"{names.get(speech.character, speech.character)}: {speech.text}" if speech is not None else line_id
        sounds.append(_sound(current, "voice", VOICES.name, line_id, words, start, start + window))
    moods = {scene.id: scene.mood for scene in current.episode.scenes}
    for scene in current.plan.scenes:
        if scene.shots:
            start = scene_starts[scene.scene]
            mood = moods.get(scene.scene, "")
            sounds.append(_sound(current, "music", MUSIC.name, scene.scene, mood, start, start + scene.frames))
    sounds.append(_sound(current, "mix", MIXES.name, str(current.key), "the whole sound", 0, frames))
    return sounds


def _sound(
    current: CurrentEpisode, kind: str, stage: str, of: str, words: str, start_frame: int, end_frame: int
) -> TimelineSound:
    outcome = current.outcome(stage, of)
    return TimelineSound(kind, of, words, start_frame, end_frame, _take_id(outcome), _url(outcome))


def _take_id(outcome: Outcome | None) -> str | None:
    return outcome.take.id if outcome is not None else None


def _url(outcome: Outcome | None) -> str | None:
    return media_url(outcome.take.files[MAIN].path) if outcome is not None else None
