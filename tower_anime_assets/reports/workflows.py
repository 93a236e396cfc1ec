"""The report on all workflows: what became of their runs, what these cost, and how well that was predicted."""

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
"""The period that the report covers: long enough for rare workflows, short enough to be about the present."""
MOST_RUNS = 50_000
"""The report is on so many runs at most, the newest: a farm's half year has a million, whose shares say the same."""

STATISTICS_COLUMNS = [
    *("engine", "stage", "runs", "succeeded", "accepted", "accepted_share", "median_s", "p95_s"),
    *("gpu_s_per_accepted", "mean_score", "scored_before", "vram_gb"),
]


def workflow_report(studio: Studio, now: datetime | None = None) -> Report:
    """Update the workflow profiles, and return the report on the last half year, or the newest `MOST_RUNS` runs of it.

    Raises:
        ServiceUnavailableError: The database does not answer.
    """
    now = now or datetime.now(UTC)
    since = now - timedelta(days=SINCE_DAYS)
    newest_begin = profiles.find_newest_runs_begin(studio.database, MOST_RUNS)
    is_cut = newest_begin is not None and newest_begin > since
    since = newest_begin if newest_begin is not None and is_cut else since
    profiles.refresh_profiles(studio.database)
    engine_statistics = profiles.list_engine_statistics(studio.database, since)
    predicted_runs = profiles.list_predictions(studio.database, since)
    accepted = sum(row.accepted for row in engine_statistics)
    metrics: dict[str, float | int] = {
        "workflows": len(engine_statistics),
        "runs": sum(row.runs for row in engine_statistics),
        "accepted": accepted,
    }
    if is_cut:
        metrics["days"] = round((now - since).total_seconds() / 86_400, 2)
    if accepted:
        metrics["gpu_s_per_accepted"] = round(sum(row.gpu_s for row in engine_statistics) / accepted, 2)
    if predicted_runs:
        metrics["prediction_error"] = round(mean_prediction_error(predicted_runs), 4)
        metrics["predicted_within_range"] = round(share_within_range(predicted_runs), 4)
    sections: tuple[ReportSection, ...] = (
        _statistics_section(studio, engine_statistics),
        _failures_section(studio, since),
        _costs_section(studio, since, engine_statistics),
        _predictions_section(studio, predicted_runs),
    )
    if is_cut:
        words = f"This is about the newest {MOST_RUNS:,} runs, those of the last {metrics['days']:.1f} days."
        sections = (ReportSection("Which runs", bullets=(words,)), *sections)
    nonempty_sections = tuple(part for part in sections if part.bullets or not part.table.empty)
    return Report(
        "workflows", metrics, nonempty_sections or (ReportSection("Workflows", bullets=("Nothing was made yet.",)),)
    )


def statistics_table(engine_statistics: Sequence[EngineStatistics]) -> pd.DataFrame:
    """Return one row per engine and stage: what became of its runs, and what they cost.

    Returns:
        Columns `STATISTICS_COLUMNS`; unknown values are NaN. `mean_score` is of accepted takes scored on today's scale,
        `scored_before` counts those scored on an earlier one.
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
    """Return the mean absolute error of predicted seconds, as a share of the actual seconds."""
    return sum(abs(_relative_error(run)) for run in predicted_runs) / len(predicted_runs)


def share_within_range(predicted_runs: Sequence[PredictedRun]) -> float:
    """Return the share of runs that ended within their predicted range; nine of ten should."""
    return sum(run.low_s <= run.seconds <= run.high_s for run in predicted_runs) / len(predicted_runs)


def _relative_error(run: PredictedRun) -> float:
    return (run.predicted_s - run.seconds) / max(run.seconds, 1e-6)


def _statistics_section(studio: Studio, engine_statistics: Sequence[EngineStatistics]) -> ReportSection:
    if not engine_statistics:
        return ReportSection("Workflows")
    rates = {row.engine: wilson_rate(row.accepted, row.runs) for row in engine_statistics if row.runs}
    shares = {engine: rate.share for engine, rate in rates.items()}
    intervals = {engine: (rate.low, rate.high) for engine, rate in rates.items()}
    acceptance_png = charts.bar_chart("Share of runs accepted, with 95 % interval", shares, "share", intervals)
    medians = {row.engine: row.median_s for row in engine_statistics if row.median_s is not None}
    ranges = {
        row.engine: (row.median_s, row.p95_s) for row in engine_statistics if row.median_s is not None and row.p95_s
    }
    seconds_png = charts.bar_chart("Seconds of a run: median, up to the 95th percentile", medians, "s", ranges)
    chart_files = (
        charts.store_chart(studio, "accepted", acceptance_png),
        charts.store_chart(studio, "seconds", seconds_png),
    )
    return ReportSection("Workflows", statistics_table(engine_statistics), chart_files)


def _failures_section(studio: Studio, since: datetime) -> ReportSection:
    title = "Why runs were not accepted"
    table = pd.DataFrame([asdict(row) for row in profiles.list_failures(studio.database, since)])
    if table.empty:
        return ReportSection(title)
    runs_by_reason = table.groupby("reason")["runs"].sum().sort_values(ascending=False)
    bars = {str(reason): float(runs) for reason, runs in runs_by_reason.items()}
    chart = charts.store_chart(
        studio, "failures", charts.bar_chart("Runs that were not accepted, by reason", bars, "runs")
    )
    return ReportSection(title, table, (chart,))


def _costs_section(studio: Studio, since: datetime, engine_statistics: Sequence[EngineStatistics]) -> ReportSection:
    title = "What accepted takes cost"
    table = pd.DataFrame([asdict(row) for row in profiles.list_costs(studio.database, since)])
    if table.empty:
        return ReportSection(title)
    accepted = table["accepted"].where(table["accepted"] > 0)
    table["gpu_s_per_accepted"] = table["gpu_s"] / accepted
    table["cpu_s_per_accepted"] = table["cpu_s"] / accepted
    # Not from the table: there a take with two characters counts for both.
    bars = {row.engine: (row.gpu_s + row.cpu_s) / row.accepted for row in engine_statistics if row.accepted}
    png = charts.bar_chart("GPU and CPU seconds per accepted take", bars, "s")
    return ReportSection(title, table, (charts.store_chart(studio, "costs", png),))


def _predictions_section(studio: Studio, predicted_runs: Sequence[PredictedRun]) -> ReportSection:
    title = "Predicted and actual time"
    if not predicted_runs:
        return ReportSection(title)
    runs_by_engine = {
        engine: [run for run in predicted_runs if run.engine == engine]
        for engine in sorted({run.engine for run in predicted_runs})
    }
    times = [
        ChartSeries(engine, [run.predicted_s for run in runs], [run.seconds for run in runs])
        for engine, runs in runs_by_engine.items()
    ]
    errors = [
        ChartSeries(engine, [run.at for run in runs], [_relative_error(run) for run in runs])
        for engine, runs in runs_by_engine.items()
    ]
    times_png = charts.scatter_chart("Predicted and actual seconds of a run", times, "predicted s", "actual s")
    errors_png = charts.line_chart("Error of predicted seconds over time", errors, "", "share of actual seconds")
    table = pd.DataFrame(
        [
            (engine, len(runs), mean_prediction_error(runs), share_within_range(runs))
            for engine, runs in runs_by_engine.items()
        ],
        columns=["engine", "runs", "mean_error", "within_range"],
    )
    chart_files = (charts.store_chart(studio, "predicted", times_png), charts.store_chart(studio, "errors", errors_png))
    return ReportSection(title, table, chart_files)
