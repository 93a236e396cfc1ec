"""Assets from the shot plan to the master, and the asset that shows each shot."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from tower_anime_assets.defs.assets.story import characters, scenes
from tower_anime_assets.defs.partitions import SHOT, drop_shots, shots
from tower_anime_assets.defs.stage_asset import episode_of, stage_asset
from tower_anime_assets.defs.trail_metadata import consultation_table
from tower_anime_assets.reports.attempt_trail import consultations_by_subject
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.finishing import make_clips
from tower_anime_assets.stages.ingest import save_plan
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.preflight_report import require_way
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.voices import VOICES


def _make_plans(
    context: dg.AssetExecutionContext, run: Run, _selection: Selection
) -> tuple[StageReport, Mapping[str, Any]]:
    """Make and save the episode's plan, and bring the shot partitions in line with it."""
    episode = episode_of(context, run)
    report = episode.make(SHOT_PLANS)
    plan = save_plan(episode)
    context.instance.add_dynamic_partitions("shots", [shot.key for shot in plan.shots])
    drop_shots(context.instance, plan.episode, keep=frozenset(shot.key for shot in plan.shots))
    rows = [
        dg.TableRecord(
            {
                "shot": shot.key.removeprefix(f"{plan.episode}-"),
                "frames": shot.frames,
                "framing": str(shot.framing),
                "move": str(shot.move),
                "who": ", ".join(f"{subject.character} {subject.emotion}" for subject in shot.subjects),
                "lines": ", ".join(span.line_id for span in shot.speech),
                "why": shot.reasoning,
            }
        )
        for shot in plan.shots
    ]
    asked = consultations_by_subject(run.studio.database, report)
    table = consultation_table(asked) or "nobody was asked: the plan is made by rules"
    return report, {"plan": dg.MetadataValue.table(rows), "asked_used_overruled": table}


def _make_clips(
    context: dg.AssetExecutionContext, run: Run, selection: Selection
) -> tuple[StageReport, Mapping[str, Any]]:
    """Make the episode's clips, and bring them to the delivery's rate and size where they are made otherwise."""
    return make_clips(episode_of(context, run), selection), {}


shot_plans = stage_asset(
    SHOT_PLANS,
    deps=[scenes],
    group="shots",
    kinds={"postgres", "json"},
    owner="team:direction",
    description="Each scene broken into shots: framing, camera move, cast and emotion, lines, prompt, whole frames.",
    make=_make_plans,
)


def _make_keyframes(
    context: dg.AssetExecutionContext, run: Run, selection: Selection
) -> tuple[StageReport, Mapping[str, Any]]:
    """Make keyframes; before the first, of a run that makes clips too, what those need is looked at as well."""
    episode = episode_of(context, run)
    chosen = context.run.asset_selection
    if chosen is None or dg.AssetKey(CLIPS.asset) in chosen:
        require_way(episode)
    return episode.make(KEYFRAMES, selection), {}


keyframes = stage_asset(
    KEYFRAMES,
    make=_make_keyframes,
    deps=[shot_plans, characters],
    group="shots",
    kinds={"image"},
    owner="team:direction",
    pool="gpu",
    description="The accepted keyframe of every shot: the still its clip grows from. PNG, sRGB.",
)

ltx_clips = stage_asset(
    CLIPS,
    deps=[keyframes],
    group="shots",
    kinds={"video"},
    owner="team:direction",
    pool="gpu",
    description="The accepted clip of every shot, grown from its keyframe; interpolated and upscaled where it is made "
    "at another rate or size than the delivery's. H.264 in the mezzanine encoding.",
    make=_make_clips,
)

music_tracks = stage_asset(
    MUSIC,
    deps=[shot_plans],
    group="sound",
    kinds={"audio"},
    owner="team:sound",
    description="A music cue for every scene, fitted to its mood and length. WAV, 48 kHz stereo.",
)

voice_tracks = stage_asset(
    VOICES,
    deps=[shot_plans],
    group="sound",
    kinds={"audio"},
    owner="team:sound",
    description="A voice take for every line, with word times. WAV, 48 kHz mono.",
)

audio_tracks = stage_asset(
    MIXES,
    deps=[music_tracks, voice_tracks],
    group="sound",
    kinds={"audio"},
    owner="team:sound",
    description="The finished sound: voices over music that ducks under them, at the delivery's loudness.",
)

compiled_episodes = stage_asset(
    MASTERS,
    deps=[ltx_clips, audio_tracks],
    group="masters",
    kinds={"video", "audio"},
    owner="team:direction",
    description="The master: H.264 and AAC in a fast-start MP4 with soft subtitles and chapters, its SRT, WebVTT and "
    "poster. Delivered to TOWER_HOME/episodes.",
)

shot = dg.AssetSpec(
    SHOT,
    partitions_def=shots,
    deps=[
        dg.AssetDep(keyframes, partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep(ltx_clips, partition_mapping=dg.AllPartitionMapping()),
    ],
    group_name="shots",
    description="Every shot: newest picture, state, attempts, scores. Updated while an episode is made. To make a shot "
    "again, launch `rerender_shots` for its episode with `shots` and `force`.",
    kinds={"image", "video"},
    owners=["team:direction"],
)
