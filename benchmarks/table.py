"""One row per promise, printed as in the table of docs/promises.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A measured figure and what was promised of it."""

    label: str
    value: float
    unit: str
    promise: str
    kept: bool

    def __str__(self) -> str:
        return f"| {self.label} | {self.promise} | {self.value:.3g} {self.unit} | {'yes' if self.kept else '**no**'} |"


def print_rows(rows: Sequence[Row]) -> None:
    """Print rows as a Markdown table."""
    print("| what | promised | measured | kept |\n|---|---|---|---|")
    for row in rows:
        print(row)
