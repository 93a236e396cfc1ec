"""The lessons of an episode: what its director was told of the shots that are done, and what it answered."""

from collections.abc import Mapping

import dagster as dg

from tower_anime_assets.defs.assets.production import compiled_episodes
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.defs.metadata import Metadata, rounded
from tower_anime_assets.defs.partitions import episodes as by_episode
from tower_anime_assets.defs.stage_asset import run_of
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.lessons import LessonsReport, tell_lessons
from tower_anime_assets.stages.studio import Studio

UNTOLD = "untold"
"""Metadata key: how many takes the director could not be told of. While it is above 0, the next run tries again."""

_COLUMNS = {
    "shot": "key of the shot",
    "stage": "stage of the take",
    "ending": "accepted, or exhausted: every attempt was rejected",
    "told": "what was measured, 0 to 1, by the director's names",
    "learned": "learned elements, in its words",
    "recommended": "for the next takes, in its words",
    "confidences": "how sure it now is, 0 to 1, by its names",
    "decision": "id in generation_decisions",
}


@dg.asset(
    partitions_def=by_episode,
    automation_condition=WHEN_READY,
    deps=[compiled_episodes],
    group_name="reports",
    kinds={"postgres"},
    owners=["team:direction"],
    code_version="1",
)
def lessons(context: dg.AssetExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.MaterializeResult[None]:
    """What the director was told of each accepted or exhausted shot, once, and what it learned; the next plan gets it.

    A director that is away or answers badly is a warning, and the next run tells it what it missed.
    """
    with as_failure():
        report = tell_lessons(run_of(context, studio), EpisodeKey.parse(context.partition_key))
    return dg.MaterializeResult(metadata=_metadata(report), data_version=dg.DataVersion(report.digest))


def _metadata(report: LessonsReport) -> Metadata:
    metadata: Metadata = {
        "in_words": dg.MetadataValue.md(_in_words(report)),
        "director": report.director,
        "told": len(report.told),
        "told_before": len(report.known),
        UNTOLD: len(report.untold),
    }
    if report.problems:
        metadata["why_untold"] = dg.MetadataValue.text("\n".join(report.problems))
    rows = [
        dg.TableRecord(
            {
                "shot": one.shot,
                "stage": one.stage,
                "ending": one.ending,
                "told": _numbers(one.scores),
                "learned": "; ".join(one.lesson.learned),
                "recommended": "; ".join(one.lesson.recommendations),
                "confidences": _numbers(one.lesson.confidences),
                "decision": one.decision_id,
            }
        )
        for one in report.lessons
    ]
    if rows:
        schema = dg.TableSchema([dg.TableColumn(name, "string", text) for name, text in _COLUMNS.items()])
        metadata["lessons"] = dg.MetadataValue.table(rows, schema=schema)
    return metadata


def _in_words(report: LessonsReport) -> str:
    if report.keeps_nothing:
        lead = f"{report.director} plans by rules and keeps nothing, so it is told nothing."
        title, sentences = "Our own statistics of this show say:", report.patterns
        nothing = "Our own statistics of this show have found nothing yet that chance could not explain."
    else:
        lead = f"{report.director} knows of {len(report.lessons)} takes of this episode."
        title, sentences = "The next plan is told:", report.advice
        nothing = "It has learned nothing from them."
    return "\n".join([lead, "", title, "", *(f"- {text}" for text in sentences)] if sentences else [lead, nothing])


def _numbers(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {rounded(value):g}" for name, value in values.items())
