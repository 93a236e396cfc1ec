"""One night of unattended work: when it began, and what its runs are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.production.spending import GPU, NIGHT, SpendingCap

NIGHT_USER = "overnight"
"""Who the decisions of nights are made by; also the name of the schedule."""


@dataclass(frozen=True)
class Night:
    """A night.

    Attributes:
        began_at: When its runs were asked for, in the studio's time zone.
    """

    began_at: datetime

    @property
    def date(self) -> str:
        """The day on which it began, `YYYY-MM-DD`; its report has this name."""
        return f"{self.began_at:%Y-%m-%d}"

    @property
    def tag(self) -> str:
        """It as the tag of a run."""
        return self.began_at.isoformat(timespec="seconds")

    @classmethod
    def from_tag(cls, tag: str) -> Night:
        """Return the night of a run's tag."""
        return cls(datetime.fromisoformat(tag))


def night_cap(night: Night, limit_s: float) -> SpendingCap:
    """Return the GPU seconds that all runs of a night may take together."""
    since = night.began_at.isoformat()
    return SpendingCap(NIGHT, GPU, limit_s, "TOWER_OVERNIGHT_GPU_S", since=since, created_by=NIGHT_USER)
