"""Charts as PNG pictures for the web UI.

The same numbers give the same bytes, so that an unchanged chart is the same file in the media store.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.stages.studio import Studio

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN, HEIGHT_IN = 5.2, 3.2
DPI = 100
"""520 x 320 px: fits beside the other columns of the web UI, which does not scale pictures."""

COLOURS = ("#3562d4", "#d9822b", "#2f9e68", "#c23b4e", "#7a4fc2", "#5b6476", "#b8a01f", "#1f9fb8")
_MAX_BARS = 40
_MAX_LABEL_CHARACTERS = 26


@dataclass(frozen=True)
class ChartSeries:
    """One line, or one group of points.

    Attributes:
        label: Its name in the legend, "" for none.
        y: As many numbers as `x`; NaN leaves a gap.
        low: Lower end of an interval around each y, () for none; `high` likewise.
    """

    label: str
    x: Sequence[float] | Sequence[datetime]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def line_chart(title: str, series: Sequence[ChartSeries], x_label: str, y_label: str) -> bytes:
    """Return a PNG of lines, each with a band where it has an interval.

    Raises:
        ValueError: A series has x and y of different lengths.
    """
    figure, axes = _new_figure(title, x_label, y_label)
    for index, line in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        axes.plot(_x_values(line), line.y, color=colour, label=line.label or None, marker=".", linewidth=1.6)
        if line.low and line.high:
            axes.fill_between(_x_values(line), line.low, line.high, color=colour, alpha=0.18, linewidth=0)
    return _render_png(figure, axes, [line.label for line in series])


def scatter_chart(title: str, series: Sequence[ChartSeries], x_label: str, y_label: str) -> bytes:
    """Return a PNG of points, one colour per series.

    Raises:
        ValueError: A series has x and y of different lengths.
    """
    figure, axes = _new_figure(title, x_label, y_label)
    for index, group in enumerate(series):
        axes.scatter(
            _x_values(group), group.y, color=COLOURS[index % len(COLOURS)], label=group.label or None, s=16, alpha=0.8
        )
    return _render_png(figure, axes, [group.label for group in series])


def bar_chart(
    title: str, bars: Mapping[str, float], y_label: str, intervals: Mapping[str, tuple[float, float]] | None = None
) -> bytes:
    """Return a PNG of the first 40 bars, by name in the order given, each with its interval if it has one."""
    figure, axes = _new_figure(title, "", y_label)
    names = list(bars)[:_MAX_BARS]
    axes.bar(range(len(names)), [bars[name] for name in names], color=COLOURS[0], width=0.65)
    for position, name in enumerate(names):
        if intervals and name in intervals:
            low, high = intervals[name]
            axes.plot([position, position], [low, high], color="#1d2433", linewidth=1.4)
    axes.set_xticks(range(len(names)), [_shorten(name) for name in names])
    if max(map(len, names), default=0) > 60 // max(1, len(names)):
        axes.tick_params(axis="x", labelrotation=28)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
    return _render_png(figure, axes, [])


def store_chart(studio: Studio, name: str, png: bytes) -> StoredFile:
    """Store a chart's PNG in the studio's media store, which serves it as `/media/<path>`."""
    with studio.media.workspace() as folder:
        path = folder / f"{name}.png"
        path.write_bytes(png)
        return studio.media.store_file(path)


def _new_figure(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # takes most of a second to load, which runs without charts need not wait for

    # Not pyplot's figure: nothing is shared with other threads, and no screen is needed.
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(x_label, fontsize=9)
    axes.set_ylabel(y_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.ticklabel_format(axis="y", useOffset=False)  # 0.9999 instead of an offset to add
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e3e6ee", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _render_png(figure: Figure, axes: Axes, labels: Sequence[str]) -> bytes:
    if any(labels):
        axes.legend(fontsize=8, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _x_values(series: ChartSeries) -> list[float]:
    return list(series.x)  # type: ignore[arg-type]  # matplotlib draws times too; its stubs only know numbers


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_LABEL_CHARACTERS else f"{name[: _MAX_LABEL_CHARACTERS - 1]}…"
