"""Metadata that tells how an attempt was made: prompts by source, parameters, models, the ranking, who was asked.

The panel shows the same with pictures; every part is here too, since Dagster's event log outlives a page.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from tower_anime_assets.production.planning.prompt_sources import SourcedText, join_texts
from tower_anime_assets.reports.attempt_trail import AttemptTrail, ConsultationTrail
from tower_anime_assets.reports.panel_addresses import attempt_page, graph_file
from tower_anime_assets.reports.trail_words import NOT_ON_RECORD


def attempt_metadata(attempt: AttemptTrail, web_url: str) -> dict[str, Any]:
    """Return how an attempt was made, part by part; what it does not have is left out."""
    planned = "" if attempt.is_prompt_sent else "planned_"
    texts = {
        f"{planned}prompt": join_texts(attempt.prompt),
        f"{planned}negative": join_texts(attempt.negative),
        "seed": attempt.seed,
        "workflow": f"{attempt.workflow} {attempt.workflow_sha256[:12]}".strip(),
        "server": attempt.server,
        "changed": "; ".join(attempt.changed),
    }
    tables = {
        "prompt_parts": _table(("words", "role", "from"), _part_rows(attempt.prompt)),
        "negative_parts": _table(("words", "role", "from"), _part_rows(attempt.negative)),
        "parameters": _table(
            ("parameter", "value", "from"),
            [(value.name, _text(value.value), value.origin or NOT_ON_RECORD) for value in attempt.values],
        ),
        "models": _table(
            ("file", "place", "from", "published_sha256"),
            [
                (model.file, model.place, model.origin or NOT_ON_RECORD, model.sha256 or NOT_ON_RECORD)
                for model in attempt.models
            ],
        ),
        "jobs": _table(
            ("part", "job", "server", "seconds", "graph"),
            [
                (
                    str(job.part + 1),
                    job.prompt_id,
                    job.server,
                    f"{job.seconds:.1f}",
                    f"{web_url}{graph_file(job.id)}",
                )
                for job in attempt.jobs
            ],
        ),
        "ranking": _table(
            ("place", "engine", "why"),
            [tuple(_text(row.get(name, "")) for name in ("state", "engine", "why")) for row in attempt.ranking],
        ),
        "asked_used_overruled": consultation_table({attempt.subject: attempt.consultations}),
    }
    found = {name: table for name, table in tables.items() if table is not None}
    links = {"how_it_was_made": dg.MetadataValue.url(f"{web_url}{attempt_page(attempt.id)}")}
    if attempt.jobs:  # Dagster shows an address in a table's cell as text
        links["graph"] = dg.MetadataValue.url(f"{web_url}{graph_file(attempt.jobs[0].id)}")
    return {**links, **{name: text for name, text in texts.items() if text}, **found}


def consultation_table(
    consultations: Mapping[str, Sequence[ConsultationTrail]],
) -> dg.TableMetadataValue | None:
    """Return who was asked, what was used and what was overruled, by what it was asked for; None if nobody was.

    Questions and answers in full are on the attempt's page.
    """
    rows = [
        (
            subject,
            one.model,
            "" if one.duration_s is None else f"{one.duration_s:.1f}",
            one.used or NOT_ON_RECORD,
            "; ".join(one.overruled),
        )
        for subject, asked in consultations.items()
        for one in asked
    ]
    return _table(("for", "asked", "seconds", "used", "overruled"), rows)


def _part_rows(parts: Iterable[SourcedText]) -> list[tuple[str, ...]]:
    return [(part.text, part.role, part.source or NOT_ON_RECORD) for part in parts]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dg.TableMetadataValue | None:
    if not rows:
        return None
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name) for name in columns]))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
