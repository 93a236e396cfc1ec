"""Contact sheets: all pictures of a stage on one, for the web UI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.media import pictures
from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.media.lanes import LANES
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio

COLUMNS = 3
CELL_WIDTH_PX = 190
"""The web UI does not scale pictures: three such columns show whole in a window 1,440 px wide, a laptop's."""
MOST_PICTURES = 60
"""A sheet of more would be scaled beyond recognition in the web UI; the media pages show all."""


def contact_sheet(studio: Studio, report: StageReport) -> StoredFile | None:
    """Return a sheet of the report's thumbnails, or None when its takes have none."""
    shown = [outcome for outcome in report.outcomes[:MOST_PICTURES] if "thumb" in outcome.take.files]

    def cell(outcome: Outcome) -> tuple[pictures.Picture, str]:
        mark = "" if outcome.accepted else " (rejected)"
        caption = outcome.subject.removeprefix(f"{report.key}-") + mark
        thumb = pictures.read_picture(studio.media.path_of(outcome.take.files["thumb"].path))
        return pictures.scale_to_width(thumb, CELL_WIDTH_PX), caption

    with ThreadPoolExecutor(LANES) as pool:
        cells = list(pool.map(cell, shown))
    if not cells:
        return None
    with studio.media.workspace() as folder:
        path = folder / "sheet.jpg"
        pictures.write_jpeg(path, pictures.contact_sheet(cells, COLUMNS, CELL_WIDTH_PX))
        return studio.media.store_file(path)
