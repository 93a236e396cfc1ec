"""Shot plans, keyframes and clips, each followed by its gates."""

import dagster as dg

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.animatic.director import EmbeddedDirector
from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.defs.assets.story import characters, scenes
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import SERVICE_RETRY, as_failure
from tower_anime_assets.defs.gates import gates
from tower_anime_assets.defs.materialize import ShotSelection, made, work_of
from tower_anime_assets.defs.metadata import engine_code_version, stage_metadata
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.quality.thresholds import CLIPS, KEYFRAMES, STORY
from tower_anime_assets.stages import clips, stills
from tower_anime_assets.stages import shot_plans as planning
from tower_anime_assets.stages.ingest import save_plan
from tower_anime_assets.stages.studio import Studio


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[scenes],
    group_name="shots",
    kinds={"postgres", "json"},
    owners=["team:direction"],
    code_version=engine_code_version(EmbeddedDirector),
    retry_policy=SERVICE_RETRY,
    tags={"stage": "story"},
)
def shot_plans(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """Each scene broken into shots: framing, camera move, cast and emotion, lines, prompt, whole frames."""
    with as_failure():
        work = work_of(context, studio)
        report = work.make(planning.STAGE)
        plan = save_plan(work)
        context.instance.add_dynamic_partitions("shots", [shot.key for shot in plan.shots])
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
    metadata = {"plan": dg.MetadataValue.table(rows), **stage_metadata(report, studio)}
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(report.digest))


shot_plan_gates = gates(shot_plans, planning.STAGE, STORY)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[shot_plans, characters],
    group_name="shots",
    kinds={"image"},
    owners=["team:direction"],
    code_version=engine_code_version(EmbeddedPainter),
    pool="gpu",
    retry_policy=SERVICE_RETRY,
    tags={"stage": "image"},
)
def keyframes(
    context: dg.AssetExecutionContext, config: ShotSelection, studio: dg.ResourceParam[Studio]
) -> dg.MaterializeResult[None]:
    """The accepted keyframe of every shot: the still its clip grows from. PNG, sRGB."""
    return made(context, studio, stills.KEYFRAME, config)


keyframe_gates = gates(keyframes, stills.KEYFRAME, KEYFRAMES)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[keyframes],
    group_name="shots",
    kinds={"video"},
    owners=["team:direction"],
    code_version=engine_code_version(EmbeddedAnimator),
    pool="gpu",
    retry_policy=SERVICE_RETRY,
    tags={"stage": "video"},
)
def ltx_clips(
    context: dg.AssetExecutionContext, config: ShotSelection, studio: dg.ResourceParam[Studio]
) -> dg.MaterializeResult[None]:
    """The accepted clip of every shot, grown from its keyframe. H.264 in the house encoding."""
    return made(context, studio, clips.STAGE, config)


clip_gates = gates(ltx_clips, clips.STAGE, CLIPS)
