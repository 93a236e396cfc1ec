"""Music: a cue for every scene, as long as its plan."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.production.attempt import EngineOutput
from tower_anime_assets.production.digest import seed_from
from tower_anime_assets.production.planning.briefs import MUSIC_INPUT, MusicBrief, MusicSource
from tower_anime_assets.production.planning.music_choice import choose_music_file, credit_of
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import MusicFile, Scene
from tower_anime_assets.quality import thresholds
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan, scene_ids
from tower_anime_assets.stages.stage import EpisodeRun, Stage


def _orders(run: EpisodeRun) -> list[Order[MusicBrief]]:
    plan = episode_plan(run)
    scenes = {scene.id: scene for scene in run.episode.scenes}
    return [_order(run, scenes[scene_plan.scene], scene_plan, plan.fps) for scene_plan in plan.scenes]


def _order(run: EpisodeRun, scene: Scene, scene_plan: ScenePlan, fps: int) -> Order[MusicBrief]:
    project = run.project
    chosen = choose_music_file(project, scene)
    brief = MusicBrief(
        mood=scene.mood,
        words=scene.music,
        tempo_bpm=scene.tempo_bpm,
        length_s=round(scene_plan.frames / fps, 6),
        time_of_day=scene.time_of_day,
        has_speech=bool(scene_plan.lines),
        seed=seed_from(project.id, project.seed, scene.mood, scene.music, scene.place),
        show_seed=seed_from("show", project.id, project.seed),
        style=scene_plan.style_keywords,
        source=MusicSource(chosen.sha256, chosen.title, chosen.composer, chosen.licence, credit_of(chosen))
        if chosen
        else None,
    )
    if chosen is not None:
        path = run.studio.settings.projects / project.id / chosen.file
        return _library_order(run, brief, scene, chosen, path)
    return Order(
        stage=MUSIC.name,
        subject=scene.id,
        position=StoryPosition(project.id, run.episode.id, scene.id),
        brief=brief,
        engine=run.engines.music,
        measure=partial(_measure, brief),
        thresholds=MUSIC.thresholds_for(project),
        reasoning=f"{scene.mood} cue of {brief.length_s:.2f} s for {scene.place}.",
    )


def _library_order(
    run: EpisodeRun, brief: MusicBrief, scene: Scene, chosen: MusicFile, path: Path
) -> Order[MusicBrief]:
    """Return the order for a cue that is cut from a file of the show."""
    what = f"{chosen.file} ({credit_of(chosen)})"
    why = "the script names it" if scene.music_file else f"the library has it for {scene.mood} scenes"
    return Order(
        stage=MUSIC.name,
        subject=scene.id,
        position=StoryPosition(run.project.id, run.episode.id, scene.id),
        brief=brief,
        engine=run.engines.music_library,
        measure=partial(_measure, brief),
        thresholds=MUSIC.thresholds_for(run.project),
        reasoning=f"{what}, {chosen.length_s:.1f} s, for a cue of {brief.length_s:.2f} s: {why}.",
        inputs={MUSIC_INPUT: path},
    )


def _measure(brief: MusicBrief, output: EngineOutput) -> Measurement:
    from tower_anime_assets.media import sound_files
    from tower_anime_assets.quality import sound

    samples = sound_files.read_sound(output.files["main"], SAMPLE_RATE_HZ)
    return Measurement(sound.music_measures(samples, SAMPLE_RATE_HZ, brief.length_s))


MUSIC: Stage[EpisodeRun] = Stage(
    name="music",
    asset="music_tracks",
    title="Music",
    thresholds=thresholds.MUSIC,
    subjects=scene_ids,
    orders=_orders,
    engine_name=lambda run: run.engines.music.name,
    prior_s=1.5,
    builds_on=(SHOT_PLANS,),
)
