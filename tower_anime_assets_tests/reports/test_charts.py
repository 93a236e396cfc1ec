from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tower_anime_assets.media.pictures import read_picture
from tower_anime_assets.reports import charts
from tower_anime_assets.reports.charts import ChartSeries
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database

RISING = ChartSeries("ltx_2b", (1, 2, 3), (0.2, 0.5, 0.9), low=(0.1, 0.4, 0.8), high=(0.3, 0.6, 1.0))


def drawn(tmp_path: Path, png: bytes, colour: tuple[int, int, int]) -> int:
    """Return how many pixels of a chart have this very colour."""
    path = tmp_path / "chart.png"
    path.write_bytes(png)
    picture = read_picture(path)
    assert picture.shape == (320, 520, 3)
    return int((picture == colour).all(axis=2).sum())


def ink(tmp_path: Path, png: bytes) -> int:
    """Return how many pixels of a chart are coloured: neither white nor grey."""
    path = tmp_path / "chart.png"
    path.write_bytes(png)
    picture = read_picture(path).astype(int)
    return int((picture.max(axis=2) - picture.min(axis=2) > 60).sum())


BLUE = (0x35, 0x62, 0xD4)


def test_higher_bars_are_drawn_higher(tmp_path: Path) -> None:
    low = drawn(tmp_path, charts.bar_chart("Runs", {"a": 1.0, "b": 10.0}, "runs"), BLUE)
    high = drawn(tmp_path, charts.bar_chart("Runs", {"a": 10.0, "b": 10.0}, "runs"), BLUE)
    assert high > low * 1.5


def test_a_chart_of_nothing_is_an_empty_chart(tmp_path: Path) -> None:
    assert drawn(tmp_path, charts.bar_chart("Runs", {}, "runs"), BLUE) == 0
    assert drawn(tmp_path, charts.line_chart("Runs", [], "day", "runs"), BLUE) == 0


def test_the_same_figures_give_the_same_bytes() -> None:
    assert charts.line_chart("A", [RISING], "x", "y") == charts.line_chart("A", [RISING], "x", "y")
    assert charts.line_chart("A", [RISING], "x", "y") != charts.line_chart("B", [RISING], "x", "y")


def test_times_stand_on_the_x_axis(tmp_path: Path) -> None:
    days = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day) for day in range(5)]
    assert drawn(tmp_path, charts.line_chart("Seconds", [ChartSeries("", days, [5, 4, 3, 2, 1])], "", "s"), BLUE) > 100
    one = ink(tmp_path, charts.scatter_chart("Seconds", [ChartSeries("", days[:1], [5])], "", ""))
    assert ink(tmp_path, charts.scatter_chart("Seconds", [ChartSeries("", days, [5, 4, 3, 2, 1])], "", "")) > one


def test_x_and_y_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same first dimension"):
        charts.line_chart("A", [ChartSeries("", (1, 2), (1,))], "x", "y")


def test_a_kept_chart_lies_in_the_media_store_once(tmp_path: Path) -> None:
    studio = Studio(Settings(projects=tmp_path, home=tmp_path), Database("postgresql://nobody@127.0.0.1:1/none"))
    png = charts.bar_chart("Runs", {"a": 1.0}, "runs")
    first, second = charts.store_chart(studio, "runs", png), charts.store_chart(studio, "again", png)
    assert first == second
    assert studio.media.path_of(first.path).read_bytes() == png
