"""Characters, episodes, scenes: what the writers' files say, in the database."""

from dataclasses import replace

import dagster as dg

from tower_anime_assets.animatic.painter.engine import EmbeddedSheetPainter
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.gates import gates
from tower_anime_assets.defs.metadata import Metadata, engine_code_version, stage_metadata
from tower_anime_assets.defs.mirror import SCREENPLAYS, RunListener
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.quality.thresholds import SHEETS
from tower_anime_assets.stages import ingest, stills
from tower_anime_assets.stages.contact_sheets import contact_sheet
from tower_anime_assets.stages.studio import Studio

STORY_VERSION = "1"


@dg.asset(
    group_name="story",
    kinds={"yaml", "postgres", "image"},
    owners=["team:writers"],
    code_version=engine_code_version(EmbeddedSheetPainter),
    tags={"stage": "story"},
)
def characters(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """Every character of every project, validated, in the database, with a reference sheet picture."""
    with as_failure():
        listening = replace(studio, listener=RunListener(context, studio), run_id=context.run.run_id)
        report = ingest.read_characters(listening)
        metadata: Metadata = stage_metadata(report, studio, contact_sheet(studio, report))
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(report.digest))


character_gates = gates(characters, stills.SHEET, SHEETS)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[characters, SCREENPLAYS],
    group_name="story",
    kinds={"fountain", "postgres"},
    owners=["team:writers"],
    code_version=STORY_VERSION,
    tags={"stage": "story"},
)
def episodes(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The parsed screenplay: title, scenes in order, lines. Faults in the files fail it, all named at once."""
    with as_failure():
        episode = ingest.read_episode(studio, EpisodeKey.parse(context.partition_key))
    lines = [speech for scene in episode.scenes for speech in scene.speeches]
    return dg.MaterializeResult(
        metadata={
            "title": episode.title,
            "scenes": len(episode.scenes),
            "lines": len(lines),
            "words": sum(len(line.text.split()) for line in lines),
            "cast": ", ".join(sorted({line.character for line in lines})),
            "script_sha256": episode.source_sha256,
            "digest": digest(episode),
        },
        data_version=dg.DataVersion(digest(episode)),
    )


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[episodes],
    group_name="story",
    kinds={"postgres"},
    owners=["team:direction"],
    code_version=STORY_VERSION,
    tags={"stage": "story"},
)
def scenes(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """Each scene's place, time, mood, cast, target length, and the style parameters that every engine shares."""
    with as_failure():
        project, parts = ingest.read_scenes(studio, EpisodeKey.parse(context.partition_key))
    rows = [
        dg.TableRecord(
            {
                "scene": scene.id,
                "heading": scene.heading,
                "time": scene.time_of_day,
                "weather": scene.weather,
                "mood": scene.mood,
                "cast": ", ".join(scene.cast),
                "target s": round(scene.target_frames / project.delivery.fps, 1),
                "lines": len(scene.speeches),
                "music": scene.music,
            }
        )
        for scene in parts
    ]
    return dg.MaterializeResult(
        metadata={
            "scenes": dg.MetadataValue.table(rows),
            "count": len(parts),
            "style": dg.MetadataValue.md(
                f"{project.style.art_direction}\n\npalette {', '.join(project.style.palette)}\n\n"
                f"positive: {project.style.positive}\n\nnegative: {project.style.negative}"
            ),
            "digest": digest([parts, project.style]),
        },
        data_version=dg.DataVersion(digest([parts, project.style])),
    )
