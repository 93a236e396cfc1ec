"""Contact sheets: one picture of a stage's takes, small enough to travel inside Dagster's metadata."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.stages.previews import keep_preview
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.thumbnails import data_uri, thumbnail_of

if TYPE_CHECKING:
    from tower_anime_assets.quality.image import Picture

COLUMNS = 6
CELL_WIDTH_PX = 120
"""Six such columns fit the web UI's dialog in a window 1,440 px wide."""
MAX_PICTURES = 36
"""More would be blurred by the size limit; the panel shows all."""
MAX_CHARS = 40_000
"""Length of the sheet's data URI: with the previews beside it, an event stays below 50 kB of pictures."""


def contact_sheet(studio: Studio, report: StageReport) -> str | None:
    """Return a sheet of the report's thumbnails as a data URI, or None when its takes have none."""
    outcomes = [outcome for outcome in report.outcomes if "thumb" in outcome.take.files][:MAX_PICTURES]
    if not outcomes:
        return None

    def cell(outcome: Outcome) -> tuple[Picture, str]:
        from tower_anime_assets.media import pictures

        mark = "" if outcome.accepted else " (rejected)"
        caption = outcome.subject.removeprefix(f"{report.key}-") + mark
        return pictures.scale_to_width(thumbnail_of(studio.media, outcome.take), CELL_WIDTH_PX), caption

    def encode() -> str:
        from tower_anime_assets.media import pictures

        with ThreadPoolExecutor(LANES) as pool:
            cells = list(pool.map(cell, outcomes))
        sheet = pictures.contact_sheet(cells, COLUMNS, CELL_WIDTH_PX)
        return data_uri(sheet, sheet.shape[1], MAX_CHARS)

    shown = [(outcome.take.files["thumb"].sha256, outcome.subject, outcome.accepted) for outcome in outcomes]
    return keep_preview(studio.settings, [report.key, shown, COLUMNS, CELL_WIDTH_PX, MAX_CHARS], encode)
