"""Assets of the story: characters, episodes, scenes and facts, read from the writers' files into the database."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.defs.stage_asset import stage_asset
from tower_anime_assets.errors import list_some
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages import ingest, memory
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.fact_offers import FactOffers, offer_facts
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.story_warnings import story_warnings, without_notes
from tower_anime_assets.stages.studio import Studio

STORY_VERSION = "1"

SCREENPLAYS = dg.AssetKey("screenplays")
CHARACTER_FILES = dg.AssetKey("character_files")

screenplays = dg.AssetSpec(
    SCREENPLAYS,
    partitions_def=by_episode,
    group_name="story",
    description="The writer's screenplay, `projects/SHOW/episodes/*.fountain`. Watched by the sensor `new_scripts`, "
    "never written.",
    kinds={"fountain"},
    owners=["team:writers"],
)

character_files = dg.AssetSpec(
    CHARACTER_FILES,
    partitions_def=by_episode,
    group_name="story",
    description="The other files of an episode's show: `project.yaml`, `characters/*.yaml` and the pictures they name. "
    "Watched by the sensor `new_scripts`, never written.",
    kinds={"yaml"},
    owners=["team:writers"],
)


def _make_sheets(
    context: dg.AssetExecutionContext, run: Run, _selection: Selection
) -> tuple[StageReport, Mapping[str, Any]]:
    report = ingest.read_characters(run, EpisodeKey.parse(context.partition_key).project)
    return report, {"characters": len(report.outcomes)}


characters = stage_asset(
    SHEETS,
    deps=[CHARACTER_FILES],
    group="story",
    kinds={"yaml", "postgres", "image"},
    owner="team:writers",
    description="Every character of the episode's show, validated, in the database, with a reference sheet picture. "
    "Sheets are shared by the show's episodes: each is made once.",
    make=_make_sheets,
)


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[characters, SCREENPLAYS],
    group_name="story",
    kinds={"fountain", "postgres"},
    owners=["team:writers"],
    code_version=STORY_VERSION,
)
def episodes(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """The parsed screenplay: title, scenes in order, lines. Faults in the files fail it; all are listed at once."""
    with as_failure():
        project, episode = ingest.read_episode(studio, EpisodeKey.parse(context.partition_key))
        offers = offer_facts(studio, project.id)
    if offers.problem and not offers.is_expected:
        context.log.warning(offers.problem)
    warnings = story_warnings(project, episode, studio.settings)
    for line in list_some(warnings):
        context.log.warning(line)
    lines = [speech for scene in episode.scenes for speech in scene.speeches]
    return dg.MaterializeResult(
        metadata={
            "title": episode.title,
            "scenes": len(episode.scenes),
            "lines": len(lines),
            "words": sum(len(line.text.split()) for line in lines),
            "cast": ", ".join(sorted({line.character for line in lines})),
            "warnings": len(without_notes(warnings)),
            "used_otherwise": dg.MetadataValue.md("\n".join(f"- {line}" for line in list_some(warnings)) or "none"),
            "script_sha256": episode.source_sha256,
            **_offers_metadata(studio, [offers]),
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
)
def scenes(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """Each scene's place, time, mood, cast, target length, and the style parameters that every engine shares."""
    with as_failure():
        set_ups = ingest.save_set_ups(studio, EpisodeKey.parse(context.partition_key))
    version = digest(set_ups)
    return dg.MaterializeResult(
        metadata={
            "scenes": dg.MetadataValue.table([dg.TableRecord(set_up) for set_up in set_ups]),
            "count": len(set_ups),
            "digest": version,
        },
        data_version=dg.DataVersion(version),
    )


@dg.asset(
    automation_condition=WHEN_READY,
    deps=[characters, SCREENPLAYS],
    group_name="story",
    kinds={"yaml", "fountain", "postgres"},
    owners=["team:writers"],
    code_version=STORY_VERSION,
    metadata={"read_by": "the director when it plans a scene, `tower facts`, `tower mcp`"},
)
def facts(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """What every project's files say, as facts for the director and other programs.

    A changed fact supersedes the old one; a fact that no file states any more is marked as ended. Nothing is deleted.
    A show with faults in its files keeps its facts, and its faults are listed.
    """
    with as_failure():
        memories, faults = memory.read_files(studio)
        offers = [offer_facts(studio, each.project) for each in memories]
    for warning in (*list_some(faults), *(each.problem for each in offers if each.problem)):
        context.log.warning(warning)
    rows = [
        dg.TableRecord(
            {
                "project": each.project,
                "statements": each.statements,
                "stored": each.counts.stored,
                "known": each.counts.known,
                "superseded": each.counts.superseded,
                "overruled": each.counts.overruled,
                "ended": each.counts.ended,
                "embedded": each.embedded,
            }
        )
        for each in memories
    ]
    version = digest([each.digest for each in memories])
    return dg.MaterializeResult(
        metadata={
            "facts": sum(each.statements for each in memories),
            "stored": sum(each.counts.stored for each in memories),
            "ended": sum(each.counts.ended for each in memories),
            "projects": dg.MetadataValue.table(rows, schema=_facts_schema()),
            **_offers_metadata(studio, offers),
            "faults": dg.MetadataValue.md("\n".join(f"- {line}" for line in list_some(faults)) or "none"),
            "digest": version,
        },
        data_version=dg.DataVersion(version),
    )


def _offers_metadata(studio: Studio, offers: Sequence[FactOffers]) -> dict[str, int]:
    """Return how many facts Echo Brain took and refused; nothing where none is configured."""
    if "echo_brain" not in studio.settings.services:
        return {}
    return {
        "offered_to_echo_brain": sum(each.offered for each in offers),
        "refused_by_echo_brain": sum(each.refused for each in offers),
    }


def _facts_schema() -> dg.TableSchema:
    descriptions = {
        "statements": "facts that the files state",
        "stored": "new on record now",
        "known": "on record already",
        "superseded": "on record before, now replaced",
        "overruled": "kept, but contradicted by a more certain source",
        "ended": "stated before, and no longer",
        "embedded": "made searchable by meaning now",
    }
    numbers = [dg.TableColumn(name, "int", text) for name, text in descriptions.items()]
    return dg.TableSchema([dg.TableColumn("project", "string", "project"), *numbers])
