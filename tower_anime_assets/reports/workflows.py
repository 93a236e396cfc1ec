"""Figures per workflow: what became of its runs, why they failed, what they cost, and how well that was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pandas as pd

from tower_anime_assets.production.learning.attempts import wilson_rate
from tower_anime_assets.reports import charts
from tower_anime_assets.reports.charts import Series
from tower_anime_assets.reports.reports import Report, Section
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import profiles
from tower_anime_assets.store.profiles import EngineStatistics, PredictedRun

SINCE_DAYS = 180
"""How far back the figures go: long enough for rare workflows, short enough to be about the present."""

FIGURE_COLUMNS = [
    *("engine", "stage", "runs", "succeeded", "accepted", "accepted_share", "median_s", "p95_s"),
    *("gpu_s_per_accepted", "mean_score", "vram_gb"),
]


def workflow_report(studio: Studio, now: datetime | None = None) -> Report:
    """Return the figures of every workflow over the last half year, summing what is new in the record first.

    Raises:
        ServiceUnavailableError: The database stays away.
    """
    since = (now or datetime.now(UTC)) - timedelta(days=SINCE_DAYS)
    profiles.refresh_profiles(studio.database)
    figures = profiles.list_engine_statistics(studio.database, since)
    predicted = profiles.list_predictions(studio.database, since)
    runs = sum(row.runs for row in figures)
    accepted = sum(row.accepted for row in figures)
    gpu_s = sum(row.gpu_s for row in figures)
    numbers: dict[str, float | int] = {"workflows": len(figures), "runs": runs, "accepted": accepted}
    if accepted:
        numbers["gpu_s_per_accepted"] = round(gpu_s / accepted, 2)
    if predicted:
        numbers["prediction_error"] = round(mean_error(predicted), 4)
        numbers["predicted_within_range"] = round(share_within(predicted), 4)
    sections = (
        _figures(studio, figures),
        _failures(studio, since),
        _costs(studio, since),
        _predictions(studio, predicted),
    )
    said = tuple(part for part in sections if not part.table.empty)
    return Report("workflows", numbers, said or (Section("Workflows", words=("Nothing was made yet.",)),))


def figure_table(figures: Sequence[EngineStatistics]) -> pd.DataFrame:
    """Return one row per engine and stage: what became of its runs, and what they cost.

    Returns:
        Columns `FIGURE_COLUMNS`; values that are not known yet are NaN.
    """
    if not figures:
        return pd.DataFrame(columns=FIGURE_COLUMNS)
    table = pd.DataFrame([asdict(row) for row in figures])
    for name in ("median_s", "p95_s", "mean_score", "vram_bytes"):
        table[name] = pd.to_numeric(table[name])
    table["accepted_share"] = table["accepted"] / table["runs"].where(table["runs"] > 0)
    table["gpu_s_per_accepted"] = table["gpu_s"] / table["accepted"].where(table["accepted"] > 0)
    table["vram_gb"] = table["vram_bytes"] / 1e9
    return table[FIGURE_COLUMNS]


def mean_error(predicted: Sequence[PredictedRun]) -> float:
    """Return the mean absolute error of predicted seconds, as a share of what the runs took."""
    return sum(abs(one.predicted_s - one.seconds) / max(one.seconds, 1e-6) for one in predicted) / len(predicted)


def share_within(predicted: Sequence[PredictedRun]) -> float:
    """Return the share of runs that ended within their predicted range; nine of ten should."""
    return sum(one.low_s <= one.seconds <= one.high_s for one in predicted) / len(predicted)


def _figures(studio: Studio, figures: Sequence[EngineStatistics]) -> Section:
    table = figure_table(figures)
    if table.empty:
        return Section("Workflows")
    tried = [row for row in figures if row.runs]
    shares = {row.engine: row.accepted / row.runs for row in tried}
    rates = {row.engine: wilson_rate(row.accepted, row.runs) for row in tried}
    bars = charts.bar_chart(
        "Share of runs accepted, with 95 % interval",
        shares,
        "share",
        {engine: (found.low, found.high) for engine, found in rates.items()},
    )
    timed = {row.engine: row.median_s for row in figures if row.median_s is not None}
    bounds = {row.engine: (row.median_s, row.p95_s) for row in figures if row.median_s is not None and row.p95_s}
    seconds = charts.bar_chart("Seconds of a run: median, up to the 95th percentile", timed, "s", bounds)
    pictures = (charts.kept(studio, "accepted", bars), charts.kept(studio, "seconds", seconds))
    return Section("Workflows", table, pictures)


def _failures(studio: Studio, since: datetime) -> Section:
    found = profiles.list_failures(studio.database, since)
    if not found:
        return Section("Why runs came to nothing")
    table = pd.DataFrame([asdict(row) for row in found])
    total = table.groupby("reason")["runs"].sum().sort_values(ascending=False)
    bars = charts.bar_chart(
        "Runs that came to nothing, by reason", {str(name): float(n) for name, n in total.items()}, "runs"
    )
    return Section("Why runs came to nothing", table, (charts.kept(studio, "failures", bars),))


def _costs(studio: Studio, since: datetime) -> Section:
    found = profiles.list_costs(studio.database, since)
    if not found:
        return Section("What accepted takes cost")
    table = pd.DataFrame([asdict(row) for row in found])
    some = table["accepted"].where(table["accepted"] > 0)
    table["gpu_s_per_accepted"] = table["gpu_s"] / some
    table["cpu_s_per_accepted"] = table["cpu_s"] / some
    by_engine = table.groupby("engine")[["gpu_s", "cpu_s", "accepted"]].sum()
    by_engine = by_engine[by_engine["accepted"] > 0]
    each = (by_engine["gpu_s"] + by_engine["cpu_s"]) / by_engine["accepted"]
    costs = {str(engine): float(seconds) for engine, seconds in each.items()}
    bars = charts.bar_chart("GPU and CPU seconds per accepted take", costs, "s")
    return Section("What accepted takes cost", table, (charts.kept(studio, "costs", bars),))


def _predictions(studio: Studio, predicted: Sequence[PredictedRun]) -> Section:
    if not predicted:
        return Section("Predicted and taken")
    engines = sorted({one.engine for one in predicted})
    series = []
    for engine in engines:
        own = [one for one in predicted if one.engine == engine]
        series.append(Series(engine, [one.predicted_s for one in own], [one.seconds for one in own]))
    points = charts.scatter("Predicted and taken seconds of a run", series, "predicted s", "taken s")
    over_time = [
        Series(
            engine,
            [one.at for one in predicted if one.engine == engine],
            [one.predicted_s / max(one.seconds, 1e-6) - 1 for one in predicted if one.engine == engine],
        )
        for engine in engines
    ]
    errors = charts.line_chart("Error of predicted seconds over time", over_time, "", "share of what it took")
    table = pd.DataFrame(
        [
            {"engine": engine, "runs": len(own), "mean_error": mean_error(own), "within_range": share_within(own)}
            for engine in engines
            for own in [[one for one in predicted if one.engine == engine]]
        ]
    )
    pictures = (charts.kept(studio, "predicted", points), charts.kept(studio, "errors", errors))
    return Section("Predicted and taken", table, pictures)
