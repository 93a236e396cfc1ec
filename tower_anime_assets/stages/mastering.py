"""The master: the cut of accepted clips, the mix and the subtitles, compiled into one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tower_anime_assets.engines.generate import Measured, Order, Place
from tower_anime_assets.engines.protocols import Attempt, Made
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.briefs import Chapter, MasterBrief, SubtitleText
from tower_anime_assets.production.cut import Cut, CutItem
from tower_anime_assets.production.shots import EpisodePlan
from tower_anime_assets.production.story import Episode, Project
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.quality.thresholds import MASTER, with_overrides
from tower_anime_assets.stages.sounds import speeches_of
from tower_anime_assets.store.takes import Take

STAGE = "master"


@dataclass(frozen=True)
class Parts:
    """What a master is compiled from: the plan, accepted clips in shot order, voices in line order, the mix."""

    plan: EpisodePlan
    clips: tuple[Take, ...]
    voices: tuple[Take, ...]
    mix: Take


def bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the compile gates ask in this project."""
    return with_overrides(MASTER, project.thresholds)


def cut_of(plan: EpisodePlan, clips: tuple[Take, ...]) -> Cut:
    """Return the cut: every shot's whole clip, entering as planned."""
    items = tuple(
        CutItem(shot.key, take.files["main"].sha256, 0, shot.frames, shot.transition)
        for shot, take in zip(plan.shots, clips, strict=True)
    )
    return Cut(plan.fps, items, plan.fade_out_frames)


def subtitles_of(project: Project, episode: Episode, parts: Parts) -> tuple[SubtitleText, ...]:
    """Return every line with its time on the timeline and its words' times."""
    speeches = speeches_of(episode)
    starts = parts.plan.line_starts()
    lines = [line for scene in parts.plan.scenes for line in scene.lines]
    made = []
    for line, take in zip(lines, parts.voices, strict=True):
        speech = speeches[line.line_id]
        start, window = starts[line.line_id]
        words = tuple(
            (str(word["text"]), float(word["start_s"]), float(word["end_s"])) for word in take.details["words"]
        )
        name = project.character(speech.character).name
        made.append(
            SubtitleText(
                speech.id, name, speech.text, start, start + window, words, speech.is_off_screen, speech.dual
            )
        )
    return tuple(made)


def chapters_of(episode: Episode, plan: EpisodePlan) -> tuple[Chapter, ...]:
    """Return a chapter per scene; each ends where the next begins."""
    starts = list(plan.scene_starts().values())
    ends = [*starts[1:], plan.frames]
    headings = {scene.id: scene.heading for scene in episode.scenes}
    return tuple(
        Chapter(f"{index + 1}. {headings[scene.scene]}", start, end)
        for index, (scene, start, end) in enumerate(zip(plan.scenes, starts, ends, strict=True))
    )


def order(project: Project, episode: Episode, parts: Parts, media: MediaStore, chain_head: str) -> Order[MasterBrief]:
    """Return the order for an episode's master.

    Args:
        chain_head: Head of the audit chain, written into the file; no part of the brief, for it always grows.
    """
    brief = MasterBrief(
        title=episode.title,
        cut=cut_of(parts.plan, parts.clips),
        mix_sha256=parts.mix.files["main"].sha256,
        subtitles=subtitles_of(project, episode, parts),
        chapters=chapters_of(episode, parts.plan),
        language=project.characters[0].voice.language if project.characters else "en",
        delivery=project.delivery,
    )
    inputs = {take.files["main"].sha256: media.path_of(take.files["main"].path) for take in (*parts.clips, parts.mix)}
    return Order(
        stage=STAGE,
        subject=episode.key,
        place=Place(project.id, episode.id),
        brief=brief,
        engine=Compiler(project.title, chain_head),
        measure=partial(_measure, brief),
        bars=bars(project),
        reasoning=f"{len(parts.clips)} clips, {brief.cut.frames} frames at {brief.cut.fps} fps.",
        inputs=inputs,
    )
