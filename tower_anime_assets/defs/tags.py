"""Tags of runs, by which their steps know what they are for, and people find them."""

from collections.abc import Mapping
from typing import Final

from tower_anime_assets.production.attempt import JobPriority
from tower_anime_assets.stages.night import NIGHT_USER

USER_TAG: Final = "user"
"""Who asked for the run; its decisions are on record as theirs. Dagster's web UI shows it as who launched a run."""

WHY_TAG: Final = "tower/why"
"""Why somebody asked for the run, in their words."""

CANCELED_BY_TAG: Final = "tower/canceled_by"
"""Who asked for the run to end before its work was done."""

COMMAND_TAG: Final = "tower/command"
"""Marks runs that live in a process of the `tower` command, which no daemon watches."""

BEST_TAG: Final = "best_takes"
"""Tag of a run that uses the best takes where none is accepted."""

NIGHT_TAG: Final = "tower/night"
"""Tag of a run of a night: when the night began."""

QUALITY_TAG: Final = "tower/quality"
"""Tag of a run that makes pictures at another level of quality than its project: draft, standard or final."""

SHOWS_TAG: Final = "tower/shows"
"""Tag of a run on another machine: digest of the shows' files as they were when it was launched."""

WILL_RETRY_TAG: Final = "dagster/will_retry"
"""Dagster's tag of a failed run that it makes again by itself."""

PARTITION_TAG: Final = "dagster/partition"
"""Dagster's tag of the partition that a run is of: the episode."""

RERENDER_JOB: Final = "rerender_shots"
"""Job that makes chosen shots again, for which somebody waits."""

_SCHEDULE_TAG: Final = "dagster/schedule_name"
_BACKFILL_TAG: Final = "dagster/backfill"


def user_of(tags: Mapping[str, str]) -> str:
    """Return who the decisions of a run with these tags are on record as made by."""
    if NIGHT_TAG in tags:
        return NIGHT_USER
    return tags.get(USER_TAG) or tags.get(_SCHEDULE_TAG) or "dagster"


def priority_of(job: str, tags: Mapping[str, str]) -> JobPriority:
    """Return how soon the jobs of a run are made: what a person waits for first, nights and backfills last."""
    if job == RERENDER_JOB:
        return JobPriority.PERSON
    return JobPriority.OVERNIGHT if NIGHT_TAG in tags or _BACKFILL_TAG in tags else JobPriority.USUAL
