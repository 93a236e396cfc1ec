"""Voices: a spoken take for every line, with the times of its words."""

from __future__ import annotations

from functools import partial

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.protocols import MeasuringVoice
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.readers import is_pause, unreadable_words
from tower_anime_assets.production.planning.shots import PlacedLine, ScenePlan
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Episode, Speech
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages.line_windows import is_japanese_episode, line_brief
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
    window_s = round(line.window_frames / fps, 6)
    voice, is_japanese = run.once(_measuring_voice), run.once(_is_japanese)
    brief = line_brief(run.project, speech, mood, window_s, voice, is_japanese=is_japanese)
    return Order(
        stage=VOICES.name,
        subject=speech.id,
        position=StoryPosition(run.project.id, run.episode.id, scene.scene, "", speech.id),
        brief=brief,
        engine=run.engines.voice,
        measure=partial(_measure, brief, voice),
        thresholds=VOICES.thresholds_for(run.project),
        reasoning=f"{run.project.character(speech.character).name} ({brief.emotion}) within {brief.window_s:.2f} s.",
    )


def _is_japanese(run: EpisodeRun) -> bool:
    return is_japanese_episode(run.episode)


def _measuring_voice(run: EpisodeRun) -> MeasuringVoice | None:
    return run.engines.voice if isinstance(run.engines.voice, MeasuringVoice) else None


def _measure(brief: VoiceBrief, voice: MeasuringVoice | None, output: EngineOutput) -> Measurement:
    """Return a take's measures: words that the embedded voice cannot read are in the episode's warnings, not here."""
    from tower_anime_assets.media import sound_files
    from tower_anime_assets.quality import sound

    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ)
    unread = unreadable_words(brief.text) if voice is not None else ()
    text = " ".join(word for word in brief.text.split() if word not in unread) if unread else brief.text
    measures = sound.voice_measures(samples, SAMPLE_RATE_HZ, output.details["words"], text, brief.window_s)
    if is_pause(brief.text):  # it is right where it is silent
        measures["speech_share"] = 1.0 - measures["speech_share"]
    return Measurement(measures)


VOICES: Stage[EpisodeRun] = Stage(
    name="voice",
    asset="voice_tracks",
    title="Voices",
    version="2",
    thresholds=thresholds.VOICES,
    subjects=_subjects,
    orders=_orders,
    engine_name=lambda run: run.engines.voice.name,
    prior_s=0.5,
    builds_on=(SHOT_PLANS,),
)
