"""Voices: a spoken take for every line, with the times of its words."""

from __future__ import annotations

from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order, StoryPosition
from tower_anime_assets.media import sound_files
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.planning.acting import line_emotion
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.shots import PlacedLine, ScenePlan
from tower_anime_assets.production.story.model import Episode, Speech
from tower_anime_assets.quality import sound, thresholds
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, Stage


def lines_by_id(episode: Episode) -> dict[str, Speech]:
    """Return every line of an episode by its id."""
    return {speech.id: speech for scene in episode.scenes for speech in scene.speeches}


def _subjects(run: EpisodeRun) -> list[str]:
    return list(lines_by_id(run.episode))


def _orders(run: EpisodeRun) -> list[Order[VoiceBrief]]:
    plan = episode_plan(run)
    speeches = lines_by_id(run.episode)
    moods = {scene.id: scene.mood for scene in run.episode.scenes}
    return [
        _order(run, scene, line, speeches[line.line_id], moods[scene.scene], plan.fps)
        for scene in plan.scenes
        for line in scene.lines
    ]


def _order(
    run: EpisodeRun, scene: ScenePlan, line: PlacedLine, speech: Speech, mood: str, fps: int
) -> Order[VoiceBrief]:
    speaker = run.project.character(speech.character)
    delivery = "; ".join(part for part in (speech.parenthetical, speech.extension) if part)
    brief = VoiceBrief(
        text=speech.text,
        character=speech.character,
        voice=speaker.voice,
        emotion=line_emotion(speech, mood),
        parenthetical=delivery,
        lyric=speech.lyric,
        window_s=round(line.window_frames / fps, 6),
    )
    return Order(
        stage=VOICES.name,
        subject=speech.id,
        position=StoryPosition(run.project.id, run.episode.id, scene.scene, "", speech.id),
        brief=brief,
        engine=run.engines.voice,
        measure=partial(_measure, brief),
        thresholds=VOICES.thresholds_for(run.project),
        reasoning=f"{speaker.name} ({brief.emotion}) within {brief.window_s:.2f} s.",
    )


def _measure(brief: VoiceBrief, output: EngineOutput) -> Measurement:
    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ)
    words = output.details["words"]
    return Measurement(sound.voice_measures(samples, SAMPLE_RATE_HZ, words, brief.text, brief.window_s))


VOICES: Stage[EpisodeRun] = Stage(
    name="voice",
    asset="voice_tracks",
    title="Voices",
    thresholds=thresholds.VOICES,
    subjects=_subjects,
    orders=_orders,
    engine_name=lambda run: run.engines.voice.name,
    prior_s=0.5,
    builds_on=(SHOT_PLANS,),
)
