"""Figures per workflow: what became of its runs, why they failed, what they cost, and how well that was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pandas as pd

from tower_anime_assets.production.learning.attempts import wilson_rate
from tower_anime_assets.reports import charts
from tower_anime_assets.reports.charts import ChartSeries
from tower_anime_assets.reports.reports import Report, ReportSection
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import profiles
from tower_anime_assets.store.profiles import EngineStatistics, PredictedRun

SINCE_DAYS = 180
"""How far back the figures go: long enough for rare workflows, short enough to be about the present."""

STATISTICS_COLUMNS = [
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
    engine_statistics = profiles.list_engine_statistics(studio.database, since)
    predicted_runs = profiles.list_predictions(studio.database, since)
    runs = sum(row.runs for row in engine_statistics)
    accepted = sum(row.accepted for row in engine_statistics)
    gpu_s = sum(row.gpu_s for row in engine_statistics)
    metrics: dict[str, float | int] = {"workflows": len(engine_statistics), "runs": runs, "accepted": accepted}
    if accepted:
        metrics["gpu_s_per_accepted"] = round(gpu_s / accepted, 2)
    if predicted_runs:
        metrics["prediction_error"] = round(mean_prediction_error(predicted_runs), 4)
        metrics["predicted_within_range"] = round(share_within_range(predicted_runs), 4)
    sections = (
        _statistics_section(studio, engine_statistics),
        _failures_section(studio, since),
        _costs_section(studio, since),
        _predictions_section(studio, predicted_runs),
    )
    nonempty_sections = tuple(part for part in sections if not part.table.empty)
    return Report(
        "workflows", metrics, nonempty_sections or (ReportSection("Workflows", bullets=("Nothing was made yet.",)),)
    )


def statistics_table(engine_statistics: Sequence[EngineStatistics]) -> pd.DataFrame:
    """Return one row per engine and stage: what became of its runs, and what they cost.

    Returns:
        Columns `FIGURE_COLUMNS`; values that are not known yet are NaN.
    """
    if not engine_statistics:
        return pd.DataFrame(columns=STATISTICS_COLUMNS)
    table = pd.DataFrame([asdict(row) for row in engine_statistics])
    for name in ("median_s", "p95_s", "mean_score", "vram_bytes"):
        table[name] = pd.to_numeric(table[name])
    table["accepted_share"] = table["accepted"] / table["runs"].where(table["runs"] > 0)
    table["gpu_s_per_accepted"] = table["gpu_s"] / table["accepted"].where(table["accepted"] > 0)
    table["vram_gb"] = table["vram_bytes"] / 1e9
    return table[STATISTICS_COLUMNS]


def mean_prediction_error(predicted_runs: Sequence[PredictedRun]) -> float:
    """Return the mean absolute error of predicted seconds, as a share of what the runs took."""
    return sum(abs(one.predicted_s - one.seconds) / max(one.seconds, 1e-6) for one in predicted_runs) / len(
        predicted_runs
    )


def share_within_range(predicted_runs: Sequence[PredictedRun]) -> float:
    """Return the share of runs that ended within their predicted range; nine of ten should."""
    return sum(one.low_s <= one.seconds <= one.high_s for one in predicted_runs) / len(predicted_runs)


def _statistics_section(studio: Studio, engine_statistics: Sequence[EngineStatistics]) -> ReportSection:
    table = statistics_table(engine_statistics)
    if table.empty:
        return ReportSection("Workflows")
    rows_with_runs = [row for row in engine_statistics if row.runs]
    shares = {row.engine: row.accepted / row.runs for row in rows_with_runs}
    rates = {row.engine: wilson_rate(row.accepted, row.runs) for row in rows_with_runs}
    acceptance_png = charts.bar_chart(
        "Share of runs accepted, with 95 % interval",
        shares,
        "share",
        {engine: (interval.low, interval.high) for engine, interval in rates.items()},
    )
    median_by_engine = {row.engine: row.median_s for row in engine_statistics if row.median_s is not None}
    range_by_engine = {
        row.engine: (row.median_s, row.p95_s) for row in engine_statistics if row.median_s is not None and row.p95_s
    }
    seconds_png = charts.bar_chart(
        "Seconds of a run: median, up to the 95th percentile", median_by_engine, "s", range_by_engine
    )
    chart_files = (
        charts.store_chart(studio, "accepted", acceptance_png),
        charts.store_chart(studio, "seconds", seconds_png),
    )
    return ReportSection("Workflows", table, chart_files)


def _failures_section(studio: Studio, since: datetime) -> ReportSection:
    failure_counts = profiles.list_failures(studio.database, since)
    if not failure_counts:
        return ReportSection("Why runs came to nothing")
    table = pd.DataFrame([asdict(row) for row in failure_counts])
    total = table.groupby("reason")["runs"].sum().sort_values(ascending=False)
    reasons_png = charts.bar_chart(
        "Runs that came to nothing, by reason", {str(name): float(n) for name, n in total.items()}, "runs"
    )
    return ReportSection("Why runs came to nothing", table, (charts.store_chart(studio, "failures", reasons_png),))


def _costs_section(studio: Studio, since: datetime) -> ReportSection:
    cost_rows = profiles.list_costs(studio.database, since)
    if not cost_rows:
        return ReportSection("What accepted takes cost")
    table = pd.DataFrame([asdict(row) for row in cost_rows])
    accepted = table["accepted"].where(table["accepted"] > 0)
    table["gpu_s_per_accepted"] = table["gpu_s"] / accepted
    table["cpu_s_per_accepted"] = table["cpu_s"] / accepted
    by_engine = table.groupby("engine")[["gpu_s", "cpu_s", "accepted"]].sum()
    by_engine = by_engine[by_engine["accepted"] > 0]
    cost_per_take = (by_engine["gpu_s"] + by_engine["cpu_s"]) / by_engine["accepted"]
    cost_by_engine = {str(engine): float(seconds) for engine, seconds in cost_per_take.items()}
    costs_png = charts.bar_chart("GPU and CPU seconds per accepted take", cost_by_engine, "s")
    return ReportSection("What accepted takes cost", table, (charts.store_chart(studio, "costs", costs_png),))


def _predictions_section(studio: Studio, predicted_runs: Sequence[PredictedRun]) -> ReportSection:
    if not predicted_runs:
        return ReportSection("Predicted and taken")
    engines = sorted({one.engine for one in predicted_runs})
    series = []
    for engine in engines:
        engine_runs = [one for one in predicted_runs if one.engine == engine]
        series.append(
            ChartSeries(engine, [one.predicted_s for one in engine_runs], [one.seconds for one in engine_runs])
        )
    scatter_png = charts.scatter_chart("Predicted and taken seconds of a run", series, "predicted s", "taken s")
    error_series = [
        ChartSeries(
            engine,
            [one.at for one in predicted_runs if one.engine == engine],
            [one.predicted_s / max(one.seconds, 1e-6) - 1 for one in predicted_runs if one.engine == engine],
        )
        for engine in engines
    ]
    errors_png = charts.line_chart("Error of predicted seconds over time", error_series, "", "share of what it took")
    table = pd.DataFrame(
        [
            {
                "engine": engine,
                "runs": len(engine_runs),
                "mean_error": mean_prediction_error(engine_runs),
                "within_range": share_within_range(engine_runs),
            }
            for engine in engines
            for engine_runs in [[one for one in predicted_runs if one.engine == engine]]
        ]
    )
    chart_files = (
        charts.store_chart(studio, "predicted", scatter_png),
        charts.store_chart(studio, "errors", errors_png),
    )
    return ReportSection("Predicted and taken", table, chart_files)
