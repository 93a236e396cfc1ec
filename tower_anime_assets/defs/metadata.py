"""Metadata of materializations: pictures, scores and the decision trail, as the web UI shows them.

Pictures are data URIs, so that they show wherever the web UI is reached; links lead to the Director panel.
"""

import math
import re
from typing import TYPE_CHECKING, Any

import dagster as dg

from tower_anime_assets.defs.trail_metadata import attempt_metadata
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.attempt_trail import load_attempt
from tower_anime_assets.reports.panel_addresses import attempt_page, shot_page, stage_page, trail_page
from tower_anime_assets.reports.trail_words import NOT_ON_RECORD
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.contact_sheets import contact_sheet
from tower_anime_assets.stages.previews import keep_preview
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.thumbnails import data_uri, thumbnail_of
from tower_anime_assets.store import decisions

if TYPE_CHECKING:
    from tower_anime_assets.reports.reports import Report  # pandas, which only reports need

Metadata = dict[str, Any]
"""Metadata as Dagster takes it: numbers, texts and `MetadataValue`s."""

_PREVIEWS = 4
"""Pictures of a stage shown in place, a row each; the contact sheet has more."""
_PREVIEW_WIDTH_PX = 96
_MAX_INLINE_CHARS = 999
"""Markdown that the web UI shows in place; from 1,000 characters on it becomes a link that opens a dialog.

Source:
    Dagster 1.13.27, dagster-webserver's MarkdownMetadataEntry.
"""
_ROWS = 400
"""Rows of the takes table; a longer episode's full list is behind the link and in `tower audit`."""


def stage_metadata(report: StageReport, studio: Studio) -> Metadata:
    """Return the metadata of a stage's materialization, what a person looks for first on top."""
    base = studio.settings.web_url
    metadata: Metadata = {}
    sheet = contact_sheet(studio, report)
    if sheet is not None:
        metadata["contact_sheet"] = dg.MetadataValue.md(f"![contact sheet]({sheet})")
    metadata |= _previews(report, studio)
    if report.stage == SHEETS.name:  # sheets belong to a show, not to an episode
        metadata["watch"] = dg.MetadataValue.url(f"{base}{stage_page(report.stage, report.key, '')}")
    else:
        key = EpisodeKey.parse(report.key)
        page = stage_page(report.stage, key.project, key.episode)
        metadata["watch"] = dg.MetadataValue.url(f"{base}{page}")
        metadata["how_it_was_made"] = dg.MetadataValue.url(f"{base}{trail_page(report.key)}")
    metadata |= {
        "made": report.made,
        "reused": report.reused,
        "rejected": len(report.rejected),
        "most_attempts": max((outcome.attempts for outcome in report.outcomes), default=0),
        "engine": report.engine,
        "seconds": rounded(report.seconds),
        "cpu_seconds": rounded(report.cpu_s),
        "gpu_seconds": rounded(report.gpu_s),
    }
    if locked := [outcome for outcome in report.outcomes if outcome.lock is not None]:
        metadata["locked"] = "\n".join(f"{outcome.subject}: {outcome.lock_sentence}" for outcome in locked)
    for name, value in report.figures.items():
        metadata[name] = _plain(value)
    for name, value in report.means().items():
        metadata[f"{name}_mean"] = rounded(value)
    metadata["takes"] = _table(report, studio)
    metadata["digest"] = report.digest
    return metadata


def outcome_metadata(outcome: Outcome, studio: Studio) -> Metadata:
    """Return the metadata of a shot's event: picture, state, scores and decision."""
    base = studio.settings.web_url
    metadata: Metadata = {}
    if "thumb" in outcome.take.files:
        metadata["picture"] = _inline_picture(outcome, studio)
    metadata |= {
        "watch": dg.MetadataValue.url(f"{base}{shot_page(outcome.subject)}"),
        "stage": outcome.take.stage,
        "accepted": outcome.accepted,
    }
    if outcome.lock is not None:
        metadata["locked"] = outcome.lock_sentence
    if outcome.failed:
        metadata["failed"] = "; ".join(f"{verdict.gate}: {verdict}" for verdict in outcome.failed)
    metadata |= {
        "attempts": outcome.attempts,
        "seconds": rounded(outcome.seconds),
        "engine": outcome.take.engine,
        "reason": outcome.take.reasoning,
        **{verdict.measure: rounded(verdict.value) for verdict in outcome.verdicts},
        "decision": str(outcome.take.decision_id),
    }
    attempt = load_attempt(studio.database, outcome.take.decision_id)
    return {**metadata, **attempt_metadata(attempt, base)}


def _previews(report: StageReport, studio: Studio) -> Metadata:
    """Return the first pictures of a stage, rejected ones before the others, each under the name of its take."""
    outcomes = [outcome for outcome in report.outcomes if "thumb" in outcome.take.files]
    outcomes.sort(key=lambda outcome: outcome.accepted)
    previews: Metadata = {}
    for outcome in outcomes[:_PREVIEWS]:
        name = outcome.subject.removeprefix(f"{report.key}-") + ("" if outcome.accepted else " (rejected)")
        previews[name] = _inline_picture(outcome, studio)
    return previews


def _inline_picture(outcome: Outcome, studio: Studio) -> dg.MarkdownMetadataValue:
    """Return a take's picture as Markdown that the web UI shows in place."""
    before, after = f"![{outcome.subject}](", ")"
    max_chars = _MAX_INLINE_CHARS - len(before) - len(after)

    def encode() -> str:
        return data_uri(thumbnail_of(studio.media, outcome.take), _PREVIEW_WIDTH_PX, max_chars)

    inputs = [outcome.take.files["thumb"].sha256, _PREVIEW_WIDTH_PX, max_chars]
    uri = keep_preview(studio.settings, inputs, encode)
    return dg.MetadataValue.md(f"{before}{uri}{after}")


def rounded(value: float) -> float:
    """Return a measured number rounded for display."""
    return round(value, 4)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return rounded(value)
    return value if isinstance(value, str | int | bool) else dg.MetadataValue.json(value)


def _state(outcome: Outcome) -> str:
    if outcome.lock is not None:
        return "locked"
    return "accepted" if outcome.accepted else "rejected"


def _table(report: StageReport, studio: Studio) -> dg.TableMetadataValue:
    outcomes = report.outcomes[:_ROWS]
    seeds = decisions.find_seeds(studio.database, [outcome.take.decision_id for outcome in outcomes])
    rows = [
        dg.TableRecord(
            {
                "take": outcome.subject.removeprefix(f"{report.key}-"),
                "state": _state(outcome),
                "engine": outcome.take.engine,
                "seed": seeds.get(outcome.take.decision_id, NOT_ON_RECORD),
                "attempts": outcome.attempts,
                "seconds": round(outcome.seconds, 2),
                "score": None if outcome.take.score is None else round(outcome.take.score, 2),
                "page": f"{studio.settings.web_url}{attempt_page(outcome.take.decision_id)}",
                "why": outcome.take.reasoning,
                "decision": outcome.take.decision_id,
            }
        )
        for outcome in outcomes
    ]
    columns = {
        "take": "subject of the take",
        "state": "result of the gates, or locked by a person",
        "engine": "what made it",
        "seed": "the attempt's; a text, since seeds are larger than the numbers that a browser keeps exactly",
        "attempts": "takes made in this run; 0 if reused",
        "seconds": "spent in this run",
        "score": "0.5 at the bar, 1 where more no longer matters; none for a take of an earlier version",
        "page": "address of how it was made",
        "why": "reason for its engine and settings",
        "decision": "id in generation_decisions",
    }
    numbers = {"attempts": "int", "seconds": "float", "score": "float"}
    schema = dg.TableSchema([dg.TableColumn(name, numbers.get(name, "string"), says) for name, says in columns.items()])
    return dg.MetadataValue.table(rows, schema=schema)


def report_metadata(report: "Report", prefix: str = "") -> Metadata:
    """Return a report part by part: charts and tables show in place, while a page of Markdown becomes a link.

    Args:
        report: The report.
        prefix: Put before each key, where several reports share one event.
    """
    parts: Metadata = {}
    for section in report.sections:
        key = snake_case(f"{prefix} {section.title}")
        for number, picture in enumerate(section.chart_files, start=1):
            parts[f"{key}_chart_{number}"] = dg.MetadataValue.md(f"![{section.title}](/media/{picture.path})")
        if section.bullets:
            parts[f"{key}_in_words"] = dg.MetadataValue.text("\n".join(section.bullets))
        if not section.table.empty:
            rows = section.table.reset_index(drop=True).astype(object).where(section.table.notna().values, None)
            parts[f"{key}_table"] = dg.MetadataValue.table(
                [
                    dg.TableRecord({str(name): _cell(value) for name, value in row.items()})
                    for row in rows.to_dict("records")
                ]
            )
    parts[snake_case(f"{prefix} report")] = dg.MetadataValue.md(report.to_markdown())
    return {**parts, **{snake_case(f"{prefix} {name}"): value for name, value in report.metrics.items()}}


def snake_case(words: str) -> str:
    """Return words as a metadata key."""
    return "_".join(re.findall(r"[a-z0-9]+", words.lower()))


def _cell(value: Any) -> str | int | float | bool | None:
    """Return a table's cell as a type that Dagster stores."""
    if hasattr(value, "item"):  # numpy's numbers
        value = value.item()
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, int | str | bool) else str(value)
