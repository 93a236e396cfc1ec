"""Voices and music: a take for every line, a cue for every scene."""

from __future__ import annotations

from functools import partial

from tower_anime_assets.engines.generate import Measurement, Order, StoryPosition
from tower_anime_assets.engines.protocols import MusicEngine, VoiceEngine
from tower_anime_assets.media import sound_files
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.acting import line_emotion
from tower_anime_assets.production.planning.briefs import MusicBrief, VoiceBrief
from tower_anime_assets.production.planning.shots import EpisodePlan, PlacedLine, ScenePlan
from tower_anime_assets.production.story.model import Episode, Project, Scene, Speech
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.quality import sound
from tower_anime_assets.quality.thresholds import MUSIC, VOICES, with_overrides

VOICE = "voice"
CUE = "music"


def voice_bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the voice gates ask in this project."""
    return with_overrides(VOICES, project.thresholds)


def music_bars(project: Project) -> tuple[Threshold, ...]:
    """Return what the music gates ask in this project."""
    return with_overrides(MUSIC, project.thresholds)


def speeches_of(episode: Episode) -> dict[str, Speech]:
    """Return every line of an episode by its id."""
    return {speech.id: speech for scene in episode.scenes for speech in scene.speeches}


def voice_orders(project: Project, episode: Episode, plan: EpisodePlan, engine: VoiceEngine) -> list[Order[VoiceBrief]]:
    """Return an order for each line."""
    speeches = speeches_of(episode)
    moods = {scene.id: scene.mood for scene in episode.scenes}
    bars = voice_bars(project)
    return [
        _voice_order(project, episode, scene, line, speeches[line.line_id], moods[scene.scene], plan.fps, bars, engine)
        for scene in plan.scenes
        for line in scene.lines
    ]


def _voice_order(
    project: Project,
    episode: Episode,
    scene: ScenePlan,
    line: PlacedLine,
    speech: Speech,
    mood: str,
    fps: int,
    bars: tuple[Threshold, ...],
    engine: VoiceEngine,
) -> Order[VoiceBrief]:
    speaker = project.character(speech.character)
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
        stage=VOICE,
        subject=speech.id,
        position=StoryPosition(project.id, episode.id, scene.scene, "", speech.id),
        brief=brief,
        engine=engine,
        measure=partial(_measure_voice, brief),
        thresholds=bars,
        reasoning=f"{speaker.name} ({brief.emotion}) within {brief.window_s:.2f} s.",
    )


def _measure_voice(brief: VoiceBrief, made: EngineOutput) -> Measurement:
    samples = sound_files.read_sound(made.files["main"], SAMPLE_RATE_HZ)
    words = made.details["words"]
    return Measurement(sound.voice_measures(samples, SAMPLE_RATE_HZ, words, brief.text, brief.window_s))


def music_orders(project: Project, episode: Episode, plan: EpisodePlan, engine: MusicEngine) -> list[Order[MusicBrief]]:
    """Return an order for each scene's cue."""
    scenes = {scene.id: scene for scene in episode.scenes}
    bars = music_bars(project)
    return [_music_order(project, episode, scenes[part.scene], part, plan.fps, bars, engine) for part in plan.scenes]


def _music_order(
    project: Project,
    episode: Episode,
    scene: Scene,
    part: ScenePlan,
    fps: int,
    bars: tuple[Threshold, ...],
    engine: MusicEngine,
) -> Order[MusicBrief]:
    brief = MusicBrief(
        mood=scene.mood,
        words=scene.music,
        tempo_bpm=scene.tempo_bpm,
        length_s=round(part.frames / fps, 6),
        time_of_day=scene.time_of_day,
        has_speech=bool(part.lines),
        seed=seed_from(project.id, project.seed, scene.mood, scene.music, scene.place),
        show_seed=seed_from("show", project.id, project.seed),
        style=part.style_keywords,
    )
    return Order(
        stage=CUE,
        subject=scene.id,
        position=StoryPosition(project.id, episode.id, scene.id),
        brief=brief,
        engine=engine,
        measure=partial(_measure_cue, brief),
        thresholds=bars,
        reasoning=f"{scene.mood} cue of {brief.length_s:.2f} s for {scene.place}.",
    )


def _measure_cue(brief: MusicBrief, made: EngineOutput) -> Measurement:
    samples = sound_files.read_sound(made.files["main"], SAMPLE_RATE_HZ)
    return Measurement(sound.music_measures(samples, SAMPLE_RATE_HZ, brief.length_s))
