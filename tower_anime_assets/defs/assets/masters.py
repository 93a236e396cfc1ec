"""The compiled episode and its gates."""

import dagster as dg

from tower_anime_assets.defs.assets.shots import ltx_clips
from tower_anime_assets.defs.assets.sound import audio_tracks
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.gates import gates
from tower_anime_assets.defs.materialize import made
from tower_anime_assets.defs.metadata import engine_code_version
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.quality.thresholds import MASTER
from tower_anime_assets.stages import masters
from tower_anime_assets.stages.studio import Studio


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[ltx_clips, audio_tracks],
    group_name="masters",
    kinds={"video", "audio"},
    owners=["team:direction"],
    code_version=engine_code_version(masters.Compiler),
    tags={"stage": "compile"},
)
def compiled_episodes(
    context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]
) -> dg.MaterializeResult[None]:
    """The master: H.264 and AAC in a fast-start MP4 with soft subtitles and chapters, its SRT, WebVTT and poster."""
    return made(context, studio, masters.STAGE)


master_gates = gates(compiled_episodes, masters.STAGE, MASTER)
