"""Music, voices and the mix, each followed by its gates."""

import dagster as dg

from tower_anime_assets.animatic.composer import EmbeddedComposer
from tower_anime_assets.animatic.voice import EmbeddedVoice
from tower_anime_assets.defs.assets.shots import shot_plans
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import SERVICE_RETRY
from tower_anime_assets.defs.gates import gates
from tower_anime_assets.defs.materialize import made
from tower_anime_assets.defs.metadata import engine_code_version
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.quality.thresholds import MIX, MUSIC, VOICES
from tower_anime_assets.stages import mixes, sounds
from tower_anime_assets.stages.studio import Studio


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[shot_plans],
    group_name="sound",
    kinds={"audio"},
    owners=["team:sound"],
    code_version=engine_code_version(EmbeddedComposer),
    retry_policy=SERVICE_RETRY,
    tags={"stage": "music"},
)
def music_tracks(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """A music cue for every scene, fitted to its mood and length. WAV, 48 kHz stereo."""
    return made(context, studio, sounds.CUE)


music_gates = gates(music_tracks, sounds.CUE, MUSIC)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[shot_plans],
    group_name="sound",
    kinds={"audio"},
    owners=["team:sound"],
    code_version=engine_code_version(EmbeddedVoice),
    retry_policy=SERVICE_RETRY,
    tags={"stage": "voice"},
)
def voice_tracks(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """A voice take for every line, with word times. WAV, 48 kHz mono."""
    return made(context, studio, sounds.VOICE)


voice_gates = gates(voice_tracks, sounds.VOICE, VOICES)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[music_tracks, voice_tracks],
    group_name="sound",
    kinds={"audio"},
    owners=["team:sound"],
    code_version=engine_code_version(mixes.Mixer),
    tags={"stage": "mix"},
)
def audio_tracks(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The finished sound: voices over music that makes room for them, at the delivery's loudness."""
    return made(context, studio, mixes.STAGE)


mix_gates = gates(audio_tracks, mixes.STAGE, MIX)
