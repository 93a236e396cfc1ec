"""The prices and caps in force for a show, read from the studio's file and from the show's `project.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from tower_anime_assets.errors import Fault, StoryError
from tower_anime_assets.production.spending import NO_PRICES, SpendingCap, SpendingRules
from tower_anime_assets.production.story.plain_yaml import compose_yaml
from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.production.story.spending_keys import read_project_caps
from tower_anime_assets.settings import Settings
from tower_anime_assets.workflows.model_maps import PROJECT_FILE, map_file, read_studio_file, read_text_of


def load_spending_rules(settings: Settings, project_id: str = "") -> SpendingRules:
    """Return the prices and caps in force for a show, or for the studio alone if `project_id` is "".

    The files are read each time: a cap that is lowered holds for the next job, and one that is raised too.

    Raises:
        StoryError: A file cannot be used, so that nobody knows what may be spent; every fault is named with its line.
    """
    faults: list[Fault] = []
    studio = read_studio_file(settings, faults)
    caps: tuple[SpendingCap, ...] = studio.get("caps", ())
    if project_id:
        display = f"{project_id}/{PROJECT_FILE}"
        text = read_text_of(map_file(settings, project_id), display, faults)
        own, own_faults = _read_caps(text, display)
        caps += tuple(replace(cap, project=project_id) for cap in own)
        faults += own_faults
    if faults:
        raise StoryError(faults)
    return SpendingRules(studio.get("prices", NO_PRICES), caps)


@lru_cache(maxsize=32)
def _read_caps(text: str, display: str) -> tuple[Sequence[SpendingCap], Sequence[Fault]]:
    if not text.strip():
        return (), ()
    diagnostics = Diagnostics(display)
    root = compose_yaml(text, diagnostics)
    caps = read_project_caps(root, diagnostics) if root is not None else ()
    return caps, tuple(diagnostics.faults)
