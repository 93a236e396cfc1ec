"""The quality report of an episode and the learning report of a project: tables, charts and what they say.

Every sentence comes with its numbers, and none is about what may be chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Final

import pandas as pd

from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning import statistics
from tower_anime_assets.production.learning.attempts import (
    AttemptRecord,
    SuccessRate,
    scores_of,
    success_rate,
    wilson_rate,
)
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports import charts
from tower_anime_assets.reports.charts import ChartSeries
from tower_anime_assets.reports.scores import cost_table, measure_table
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts

ACCEPTANCE_WINDOW: Final = 20
"""Attempts in the rolling window of a curve: fewer are noisy, more hide changes."""
MAX_TABLE_ROWS: Final = 60
"""Rows of a table in the web UI."""


@dataclass(frozen=True)
class ReportSection:
    """A part of a report; parts without content are left out."""

    title: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    chart_files: tuple[StoredFile, ...] = ()
    bullets: tuple[str, ...] = ()

    def to_markdown(self) -> str:
        """Return the section as Markdown; its charts are at the address at which the web UI itself is open."""
        parts = [f"### {self.title}"]
        parts += [f"![{self.title}](/media/{picture.path})" for picture in self.chart_files]
        parts += ["\n".join(f"- {line}" for line in self.bullets)] if self.bullets else []
        parts += [table_to_markdown(self.table)] if not self.table.empty else []
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Report:
    """A report on an episode, a project or all workflows.

    Attributes:
        metrics: Numbers by name, which Dagster plots from run to run.
    """

    subject: str
    metrics: Mapping[str, float | int]
    sections: tuple[ReportSection, ...]

    def to_markdown(self) -> str:
        """Return the report as Markdown; its charts are at the address at which the web UI itself is open."""
        return "\n\n".join(section.to_markdown() for section in self.sections)

    @property
    def digest(self) -> str:
        """Digest of tables, texts and metrics; charts are drawn from the same numbers."""
        content = [(section.title, table_to_markdown(section.table), section.bullets) for section in self.sections]
        return digest(self.subject, dict(self.metrics), content)


def table_to_markdown(table: pd.DataFrame) -> str:
    """Return the first rows of a table as Markdown, and how many were left out."""
    first_rows = table.head(MAX_TABLE_ROWS)
    lines = ["| " + " | ".join(str(name).replace("_", " ") for name in first_rows.columns) + " |"]
    lines.append("|" + "---|" * len(first_rows.columns))
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in first_rows.itertuples(index=False)]
    omitted_rows = len(table) - len(first_rows)
    return "\n".join(lines) + (f"\n\n{omitted_rows} more rows are left out." if omitted_rows else "")


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def quality_report(studio: Studio, key: EpisodeKey) -> Report:
    """Return how an episode's takes did: acceptance, scores and attempts over time, reasons, costs, opinions.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [key.project], episode_id=key.episode)
    if not rows:
        raise NotAcceptedError(f"nothing of {key} has been made yet, so there is no report: materialize `keyframes`")
    sections = _AttemptSections(studio, str(key), rows)
    return sections.report(
        ReportSection("Acceptance and scores by stage", sections.conditions_table([""]), sections.curve_charts()),
        sections.scales(),
        ReportSection("Attempts per brief", sections.attempts_table(), sections.attempts_chart()),
        sections.rejections(),
        *sections.engine_changes(),
        sections.feedback(),
        ReportSection("Measured by the gates", measure_table(studio.database, key.project, key.episode)),
        ReportSection("Cost", cost_table(studio.database, key.project, key.episode)),
    )


def update_patterns(studio: Studio, project_id: str) -> Report:
    """Replace a project's learned patterns by those of its newest attempts, and return the report that explains them.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [project_id])
    if not rows:
        raise NotAcceptedError(f"nothing of {project_id} has been made yet, so there is nothing to learn from")
    patterns = statistics.learn_patterns(rows)
    attempts.replace_patterns(studio.database, project_id, patterns)
    recommendations = statistics.recommend(rows, patterns) or ("Nothing yet that chance could not explain.",)
    sections = _AttemptSections(studio, project_id, rows)
    charts_over_time = (*sections.curve_charts(), *sections.attempts_chart())
    report = sections.report(
        ReportSection("Recommendations", bullets=recommendations),
        ReportSection("Acceptance, scores and attempts over time", chart_files=charts_over_time),
        sections.scales(),
        ReportSection("By engine, framing, mood and character", sections.conditions_table(list(statistics.GROUPINGS))),
        sections.parameter_sources(),
        sections.rejections(),
        *sections.engine_changes(),
        sections.prompt_elements(),
        sections.feedback(),
    )
    return Report(project_id, {**report.metrics, "patterns": len(patterns)}, report.sections)


def update_all_patterns(studio: Studio) -> tuple[Report, ...]:
    """Update the learned patterns of every project of which anything was made, and return their reports."""
    project_ids = [
        project_id
        for project_id in attempts.list_learning_settings(studio.database)
        if attempts.list_newest(studio.database, [project_id], limit=1, with_cast=False)
    ]
    return tuple(update_patterns(studio, project_id) for project_id in project_ids)


@dataclass(frozen=True)
class _AttemptSections:
    """The sections that tell of a set of attempts.

    Attributes:
        subject: The episode or project, as chart titles name it.
        rows: At least one attempt.
    """

    studio: Studio
    subject: str
    rows: Sequence[AttemptRecord]

    def report(self, *sections: ReportSection) -> Report:
        """Return the report of those sections that have content."""
        kept = tuple(part for part in sections if part.bullets or part.chart_files or not part.table.empty)
        return Report(self.subject, self._metrics(), kept)

    def _metrics(self) -> dict[str, float | int]:
        accept_rate = success_rate(self.rows)
        scores = scores_of(self.rows)
        accepted_scores = scores_of(row for row in self.rows if row.is_success)
        metrics: dict[str, float | int] = {
            "attempts": len(self.rows),
            "accepted_share": round(accept_rate.share, 4),
            "accepted_share_low": round(accept_rate.low, 4),
            "accepted_share_high": round(accept_rate.high, 4),
            "opinions": sum(bool(row.opinion) for row in self.rows),
        }
        if accept_rate.successes:
            metrics["attempts_per_accepted"] = round(len(self.rows) / accept_rate.successes, 4)
        if scores:
            metrics["mean_score"] = round(fmean(scores), 4)
        if accepted_scores:
            metrics["mean_accepted_score"] = round(fmean(accepted_scores), 4)
        return metrics

    @cached_property
    def _rows_by_stage(self) -> dict[str, list[AttemptRecord]]:
        """Attempts by stage, oldest first."""
        rows_by_time = sorted(self.rows, key=lambda row: (row.timestamp, row.decision_id))
        stages = sorted({row.stage for row in self.rows})
        return {stage: [row for row in rows_by_time if row.stage == stage] for stage in stages}

    def _store_chart(self, name: str, png: bytes) -> tuple[StoredFile, ...]:
        return (charts.store_chart(self.studio, name, png),)

    def _rate_bars(self, name: str, title: str, rates: Mapping[str, SuccessRate]) -> tuple[StoredFile, ...]:
        """Return a chart of rates with their intervals, none without rates."""
        if not rates:
            return ()
        shares = {label: rate.share for label, rate in rates.items()}
        intervals = {label: (rate.low, rate.high) for label, rate in rates.items()}
        return self._store_chart(
            name, charts.bar_chart(f"{self.subject}: {title}", shares, "share of attempts", intervals)
        )

    def conditions_table(self, groupings: Sequence[str]) -> pd.DataFrame:
        """Return how attempts did by engine, and by engine and each grouping."""
        return pd.DataFrame(
            [
                {
                    "stage": item.stage,
                    "engine": item.engine,
                    "by": item.by or "all",
                    "value": item.value,
                    "attempts": item.rate.tries,
                    "accepted": item.rate.share,
                    "low": item.rate.low,
                    "high": item.rate.high,
                    "scored": item.scored,
                    "mean score": item.mean_score,
                    "lower quartile": item.quartiles and item.quartiles[1],
                    "median": item.quartiles and item.quartiles[2],
                    "upper quartile": item.quartiles and item.quartiles[3],
                    "rejected most by": ", ".join(f"{one.reason} ({one.count})" for one in item.rejections[:1]),
                    "trend": "" if item.trend is None else f"tau {item.trend.tau:+.2f}, p {item.trend.p_value:.2g}",
                    "drift": "" if item.drift is None else f"{item.drift.distance:.2f}, p {item.drift.p_value:.2g}",
                }
                for item in statistics.condition_rates(self.rows)
                if item.by in groupings
            ]
        )

    def curve_charts(self) -> tuple[StoredFile, ...]:
        """Return charts of acceptance and of scores by stage, over the number of the attempt."""
        label = f"attempt, rolling over {ACCEPTANCE_WINDOW}"

        def draw(name: str, title: str, curve: Callable[..., ChartSeries], y_label: str) -> tuple[StoredFile, ...]:
            series = [line for stage, rows in self._rows_by_stage.items() if (line := curve(stage, rows)).y]
            return self._store_chart(name, charts.line_chart(f"{self.subject}: {title}", series, label, y_label))

        return (
            *draw("accepted", "accepted over time", _acceptance_curve, "share of attempts"),
            *draw("scores", "scores over time", _score_curve, "mean score, 0 to 1"),
        )

    def scales(self) -> ReportSection:
        """Return how many takes were scored on an earlier scale, which no figure of scores includes."""
        earlier = len(self.rows) - len(scores_of(self.rows))
        if not earlier:
            return ReportSection("Scores of an earlier scale")
        sentence = (
            f"{earlier} of {len(self.rows)} takes were scored by an earlier version, on a scale with 1 for every "
            "accepted take. They count as attempts, accepted or not; means, trends and curves of scores leave them out."
        )
        return ReportSection("Scores of an earlier scale", bullets=(sentence,))

    def attempts_table(self) -> pd.DataFrame:
        """Return how many attempts the briefs of each stage and engine needed; each shot, line and sheet has one."""
        columns = ["stage", "engine", "brief", "accepted", "score"]
        frame = pd.DataFrame(
            [(row.stage, row.engine, row.brief, row.is_success, row.score) for row in self.rows], columns=columns
        )
        frame["score"] = pd.to_numeric(frame["score"])
        per_brief = frame.groupby(columns[:3], sort=True).agg(
            attempts=("accepted", "size"), accepted=("accepted", "any"), best=("score", "max")
        )
        table = per_brief.groupby(["stage", "engine"], sort=True).agg(
            briefs=("attempts", "size"),
            accepted=("accepted", "sum"),
            mean_attempts=("attempts", "mean"),
            most_attempts=("attempts", "max"),
            mean_best_score=("best", "mean"),
        )
        return table.reset_index()

    def attempts_chart(self) -> tuple[StoredFile, ...]:
        """Return a chart of every attempt's number over time."""
        series = [
            ChartSeries(stage, [row.timestamp for row in rows], [float(row.attempt) for row in rows])
            for stage, rows in self._rows_by_stage.items()
        ]
        title = f"{self.subject}: attempts over time"
        return self._store_chart("attempts", charts.scatter_chart(title, series, "time, UTC", "number of the attempt"))

    def rejections(self) -> ReportSection:
        """Return why attempts were rejected."""
        reasons = statistics.rejection_reasons(self.rows)
        table = pd.DataFrame(
            [(item.reason, item.count, item.share) for item in reasons], columns=["what", "attempts", "share"]
        )
        rates = {item.reason: wilson_rate(item.count, item.attempts) for item in reasons}
        chart = self._rate_bars("complaints", "why attempts were rejected", rates)
        return ReportSection("Why attempts were rejected", table, chart)

    def engine_changes(self) -> list[ReportSection]:
        """Return a section for each engine whose scores changed: what else changed, and what correlates with them."""
        sections = []
        for stage, engine in sorted({(row.stage, row.engine) for row in self.rows}):
            rows = [row for row in self.rows if (row.stage, row.engine) == (stage, engine)]
            findings = [str(item) for item in (statistics.score_trend(rows), statistics.score_drift(rows)) if item]
            if not findings:
                continue
            table = pd.DataFrame(
                [(item.name, item.earlier, item.later) for item in statistics.changes(rows)],
                columns=["parameter or source", "mean of the older half", "mean of the newer half"],
            )
            correlations = statistics.correlations(rows)
            chart: tuple[StoredFile, ...] = ()
            if correlations:
                rhos = {item.parameter: item.rho for item in correlations}
                png = charts.bar_chart(f"{engine}: parameters and score", rhos, "Spearman's rho")
                chart = self._store_chart("correlations", png)
            findings += [
                f"{item.parameter}: rank correlation with the score {item.rho:+.2f}, adjusted p {item.p_value:.2g}, "
                f"{item.rows} attempts{'' if item.is_significant else ' (not significant)'}"
                for item in correlations
            ]
            findings.append("Trend: Mann-Kendall test; drift: two-sample Kolmogorov-Smirnov test; p < 0.05.")
            sections.append(ReportSection(f"What changed: {stage} by {engine}", table, chart, tuple(findings)))
        return sections

    def feedback(self) -> ReportSection:
        """Return how often people gave which opinion, and of which shots."""
        entries = [(reason, row.stage, row.shot) for row in self.rows for reason in row.reasons]
        table = pd.DataFrame(entries, columns=["opinion", "stage", "shot"])
        if not table.empty:
            grouped = table.groupby(["opinion", "stage"], sort=True)["shot"]
            table = grouped.agg(times="size", shots=lambda shots: ", ".join(sorted(set(shots)))).reset_index()
        return ReportSection("What people said", table)

    def prompt_elements(self) -> ReportSection:
        """Return how acceptance differs with and without each element of prompts."""
        elements = statistics.prompt_elements(self.rows)[:MAX_TABLE_ROWS]
        table = pd.DataFrame(
            [(item.text, str(item.present), str(item.absent), item.lift, item.p_value) for item in elements],
            columns=["element", "accepted with it", "accepted without", "difference", "adjusted p"],
        )
        return ReportSection("Prompt elements", table)

    def parameter_sources(self) -> ReportSection:
        """Return how attempts did by the source of their parameters: defaults, presets, learned."""
        groups: dict[tuple[str, str, str], list[AttemptRecord]] = {}
        for row in self.rows:
            if row.source:
                groups.setdefault((row.stage, row.engine, statistics.source_kind(row.source)), []).append(row)
        rates = {key: success_rate(members) for key, members in sorted(groups.items())}
        table = pd.DataFrame(
            [(*key, rate.tries, rate.share, rate.low, rate.high) for key, rate in rates.items()],
            columns=["stage", "engine", "parameters from", "attempts", "accepted", "low", "high"],
        )
        rates_by_label = {f"{engine} {source}": rate for (_stage, engine, source), rate in rates.items()}
        chart = self._rate_bars("sources", "accepted by source of parameters", rates_by_label)
        return ReportSection("What suggestions did", table, chart)


def _acceptance_curve(stage: str, rows: Sequence[AttemptRecord]) -> ChartSeries:
    ends = range(1, len(rows) + 1)
    rates = [success_rate(rows[max(0, end - ACCEPTANCE_WINDOW) : end]) for end in ends]
    return ChartSeries(
        stage, list(ends), [rate.share for rate in rates], [rate.low for rate in rates], [rate.high for rate in rates]
    )


def _score_curve(stage: str, rows: Sequence[AttemptRecord]) -> ChartSeries:
    scores = scores_of(rows)
    means = pd.Series(scores, dtype=float).rolling(ACCEPTANCE_WINDOW, min_periods=1).mean()
    return ChartSeries(stage, range(1, len(scores) + 1), means.tolist())
