"""What a materialization shows in the web UI: the decision trail that a person reads."""

from typing import Any

import dagster as dg

from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.stages.progress import StageReport
from tower_anime_assets.stages.studio import Studio

Shown = dict[str, Any]
"""Metadata as Dagster takes it: numbers, texts and `MetadataValue`s."""

_ROWS = 400
"""Rows of the takes table; a longer episode's full list is behind the link and in `tower audit`."""


def shown(report: StageReport, studio: Studio, sheet: StoredFile | None = None) -> Shown:
    """Return the metadata of a stage's materialization; `sheet` is its contact sheet."""
    base = studio.settings.media_url
    metadata: Shown = {
        "takes_made": report.made,
        "takes_reused": report.reused,
        "rejected": len(report.rejected),
        "attempts": report.made,
        "engine": report.engine,
        "seconds": report.seconds,
        "cpu_seconds": report.cpu_s,
        "gpu_seconds": report.gpu_s,
        "digest": report.digest,
        "watch": dg.MetadataValue.url(f"{base}/episodes/{report.episode}"),
    }
    if sheet is not None:
        metadata["contact_sheet"] = dg.MetadataValue.md(f"![contact sheet]({base}/media/{sheet.path})")
    for name, value in report.means().items():
        metadata[f"{name} (mean)"] = value
    for name, value in report.facts.items():
        metadata[name] = value if isinstance(value, str | int | float | bool) else dg.MetadataValue.json(value)
    metadata["takes"] = _table(report)
    return metadata


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)


def _table(report: StageReport) -> dg.TableMetadataValue:
    rows = [
        dg.TableRecord(
            {
                "what": outcome.subject,
                "state": "accepted" if outcome.accepted else "rejected",
                "made or reused": f"made ({outcome.attempts})" if outcome.attempts else "reused",
                "seconds": round(outcome.seconds, 2),
                "score": _rounded(outcome.take.quality_score),
                "why": outcome.take.reasoning,
                "decision": str(outcome.take.decision_id),
                "file": outcome.take.files["main"].path,
            }
        )
        for outcome in report.outcomes[:_ROWS]
    ]
    return dg.MetadataValue.table(
        rows,
        schema=dg.TableSchema(
            [
                dg.TableColumn("what", "string"),
                dg.TableColumn("state", "string"),
                dg.TableColumn("made or reused", "string"),
                dg.TableColumn("seconds", "float"),
                dg.TableColumn("score", "float"),
                dg.TableColumn("why", "string"),
                dg.TableColumn("decision", "string"),
                dg.TableColumn("file", "string"),
            ]
        ),
    )
