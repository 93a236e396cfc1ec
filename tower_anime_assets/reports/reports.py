"""Reports: how an episode's takes did, and what a project's attempts teach; tables by pandas, pictures, figures.

Every sentence is followed by the figures behind it. Nothing is said of what chance may as well have done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning import statistics
from tower_anime_assets.production.learning.attempts import AttemptRecord, SuccessRate, success_rate, wilson_rate
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports import charts
from tower_anime_assets.reports.charts import ChartSeries
from tower_anime_assets.reports.scores import cost_table, measure_table
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts

ACCEPTANCE_WINDOW: Final = 20
"""Attempts over which a curve of acceptance is taken: fewer jump about, more hide what changed."""
MAX_TABLE_ROWS: Final = 60
"""Rows of a table in the web UI."""


@dataclass(frozen=True)
class ReportSection:
    """A part of a report: a table, pictures of it, and what it says; empty parts are left out."""

    title: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    chart_files: tuple[StoredFile, ...] = ()
    bullets: tuple[str, ...] = ()

    def to_markdown(self, media_url: str) -> str:
        """Return it as Markdown, its pictures served by the media pages."""
        parts = [f"### {self.title}"]
        parts += [f"![{self.title}]({media_url}/media/{picture.path})" for picture in self.chart_files]
        parts += ["\n".join(f"- {line}" for line in self.bullets)] if self.bullets else []
        parts += [table_to_markdown(self.table)] if not self.table.empty else []
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Report:
    """A report on an episode or a project.

    Attributes:
        subject: Whose.
        figures: Numbers by name, which Dagster plots from run to run.
    """

    subject: str
    metrics: Mapping[str, float | int]
    sections: tuple[ReportSection, ...]

    def to_markdown(self, media_url: str) -> str:
        """Return the whole report as Markdown."""
        return "\n\n".join(section.to_markdown(media_url) for section in self.sections)

    @property
    def digest(self) -> str:
        """Digest of what it says; pictures are drawn from the same figures."""
        content = [(section.title, table_to_markdown(section.table), section.bullets) for section in self.sections]
        return digest(self.subject, dict(self.metrics), content)


def table_to_markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown, its first rows where it is long."""
    first_rows = table.head(MAX_TABLE_ROWS)
    lines = ["| " + " | ".join(str(name).replace("_", " ") for name in first_rows.columns) + " |"]
    lines.append("|" + "---|" * len(first_rows.columns))
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in first_rows.itertuples(index=False)]
    omitted_rows = len(table) - len(first_rows)
    return "\n".join(lines) + (f"\n\n{omitted_rows} more rows are left out." if omitted_rows else "")


def _cell(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


# Of an episode -----------------------------------------------------------------------------------------------------


def quality_report(studio: Studio, key: EpisodeKey) -> Report:
    """Return how an episode's takes did: acceptance, scores and attempts over time, reasons, costs, opinions.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [key.project], episode_id=key.episode)
    if not rows:
        raise NotAcceptedError(
            f"nothing of {key} has been made yet, so there is nothing to report: materialize `keyframes`"
        )
    rows_by_time = sorted(rows, key=lambda row: (row.timestamp, row.decision_id))
    sections = [
        ReportSection(
            "Acceptance and scores by stage",
            _conditions_table(rows, ("",)),
            _curve_charts(studio, str(key), rows_by_time),
        ),
        ReportSection(
            "Attempts per shot", _attempts_table(rows_by_time), _attempts_chart(studio, str(key), rows_by_time)
        ),
        ReportSection("Why attempts were rejected", _complaints_table(rows), _complaints_chart(studio, str(key), rows)),
        *_engine_sections(studio, str(key), rows),
        ReportSection("What people said", _feedback_table(rows)),
        ReportSection("Measured by the gates", measure_table(studio.database, key.project, key.episode)),
        ReportSection("Cost", cost_table(studio.database, key.project, key.episode)),
    ]
    return Report(str(key), _acceptance_metrics(rows), tuple(section for section in sections if _has_content(section)))


def _has_content(section: ReportSection) -> bool:
    return bool(section.bullets or section.chart_files or not section.table.empty)


def _acceptance_metrics(rows: Sequence[AttemptRecord]) -> dict[str, float | int]:
    accept_rate = success_rate(rows)
    accepted_subjects = {(row.stage, row.shot, row.project, row.episode) for row in rows if row.is_success}
    return {
        "attempts": len(rows),
        "accepted_share": round(accept_rate.share, 4),
        "accepted_share_low": round(accept_rate.low, 4),
        "accepted_share_high": round(accept_rate.high, 4),
        "attempts_per_accepted": round(len(rows) / len(accepted_subjects), 4)
        if accepted_subjects
        else float(len(rows)),
        "mean_score": round(sum(row.score for row in rows) / len(rows), 4),
        "opinions": sum(bool(row.opinion) for row in rows),
    }


# Of a project ------------------------------------------------------------------------------------------------------


def learn_from_attempts(studio: Studio, project_id: str) -> Report:
    """Return what a project's attempts teach, and keep it as its patterns.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [project_id])
    if not rows:
        raise NotAcceptedError(f"nothing of {project_id} has been made yet, so there is nothing to learn from")
    rows_by_time = sorted(rows, key=lambda row: (row.timestamp, row.decision_id))
    patterns = statistics.learn_patterns(rows)
    attempts.replace_patterns(studio.database, project_id, patterns)
    recommendations = statistics.recommend(rows, patterns)
    placeholder = ("Nothing yet that chance could not have done as well.",)
    sections = [
        ReportSection("Recommendations", bullets=recommendations or placeholder),
        ReportSection(
            "Acceptance, scores and attempts over time",
            chart_files=(
                *_curve_charts(studio, project_id, rows_by_time),
                *_attempts_chart(studio, project_id, rows_by_time),
            ),
        ),
        ReportSection("By engine, framing, mood and character", _conditions_table(rows, tuple(statistics.GROUPINGS))),
        ReportSection("What suggestions did", _sources_table(rows), _sources_chart(studio, project_id, rows)),
        ReportSection(
            "Why attempts were rejected", _complaints_table(rows), _complaints_chart(studio, project_id, rows)
        ),
        *_engine_sections(studio, project_id, rows),
        ReportSection("Prompt elements", _elements_table(rows)),
        ReportSection("What people said", _feedback_table(rows)),
    ]
    metrics = {**_acceptance_metrics(rows), "patterns": len(patterns)}
    return Report(project_id, metrics, tuple(section for section in sections if _has_content(section)))


def learn_from_all_projects(studio: Studio) -> tuple[Report, ...]:
    """Return a report for every project of which anything was made."""
    project_ids = [
        project_id
        for project_id in attempts.list_learning_settings(studio.database)
        if attempts.list_newest(studio.database, [project_id], limit=1, with_cast=False)
    ]
    return tuple(learn_from_attempts(studio, project_id) for project_id in project_ids)


# Parts of both -----------------------------------------------------------------------------------------------------


def _engine_sections(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> list[ReportSection]:
    """Return, for each engine, whether its scores changed, what else changed, and which parameters go with them."""
    sections = []
    for stage, engine in sorted({(row.stage, row.engine) for row in rows}):
        engine_rows = [row for row in rows if (row.stage, row.engine) == (stage, engine)]
        findings = tuple(
            str(finding)
            for finding in (statistics.score_trend(engine_rows), statistics.score_drift(engine_rows))
            if finding is not None
        )
        if not findings:
            continue
        correlations = statistics.correlations(engine_rows)
        table = pd.DataFrame(
            [(item.name, item.earlier, item.later) for item in statistics.changes(engine_rows)],
            columns=["parameter or source", "mean of the older half", "mean of the newer half"],
        )
        chart_files: tuple[StoredFile, ...] = ()
        if correlations:
            png = charts.bar_chart(
                f"{engine}: parameters and score", {item.parameter: item.rho for item in correlations}, "Spearman's rho"
            )
            chart_files = (charts.store_chart(studio, "correlations", png),)
        method_notes = [
            "Trend by the Mann-Kendall test, drift by the two-sample Kolmogorov-Smirnov test; a finding has p < 0.05."
        ]
        correlation_bullets = tuple(
            f"{item.parameter}: rank correlation with the score {item.rho:+.2f}, adjusted p {item.p_value:.2g}, "
            f"{item.rows} attempts{'' if item.is_significant else ' (no finding)'}"
            for item in correlations
        )
        sections.append(
            ReportSection(
                f"What changed: {stage} by {engine}",
                table,
                chart_files,
                (*findings, *correlation_bullets, *method_notes),
            )
        )
    return sections


def _conditions_table(rows: Sequence[AttemptRecord], groupings: Sequence[str]) -> pd.DataFrame:
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
                "mean score": item.mean_score,
                "lower quartile": item.quartiles[1],
                "median": item.quartiles[2],
                "upper quartile": item.quartiles[3],
                "rejected most by": f"{item.rejections[0].reason} ({item.rejections[0].count})"
                if item.rejections
                else "",
                "trend": "" if item.trend is None else f"tau {item.trend.tau:+.2f}, p {item.trend.p_value:.2g}",
                "drift": "" if item.drift is None else f"{item.drift.distance:.2f}, p {item.drift.p_value:.2g}",
            }
            for item in statistics.condition_rates(rows)
            if item.by in groupings
        ]
    )


def _complaints_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    complaints = [(item.reason, item.count, item.share) for item in statistics.rejection_reasons(rows)]
    return pd.DataFrame(complaints, columns=["what", "attempts", "share"])


def _complaints_chart(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    complaints = statistics.rejection_reasons(rows)
    if not complaints:
        return ()
    intervals = {
        item.reason: (wilson_rate(item.count, item.attempts).low, wilson_rate(item.count, item.attempts).high)
        for item in complaints
    }
    shares = {item.reason: item.share for item in complaints}
    png = charts.bar_chart(f"{subject}: why attempts were rejected", shares, "share of attempts", intervals)
    return (charts.store_chart(studio, "complaints", png),)


def _feedback_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    entries = [(reason, row.stage, row.shot) for row in rows for reason in row.reasons]
    table = pd.DataFrame(entries, columns=["opinion", "stage", "shot"])
    if table.empty:
        return table
    grouped = table.groupby(["opinion", "stage"], sort=True)
    return grouped.agg(
        times=("shot", "size"), shots=("shot", lambda shots: ", ".join(sorted(set(shots))))
    ).reset_index()


def _elements_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    elements = statistics.prompt_elements(rows)[:MAX_TABLE_ROWS]
    return pd.DataFrame(
        [(item.text, str(item.present), str(item.absent), item.lift, item.p_value) for item in elements],
        columns=["element", "accepted with it", "accepted without", "difference", "adjusted p"],
    )


def _sources_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (stage, engine, source, accept_rate.tries, accept_rate.share, accept_rate.low, accept_rate.high)
            for (stage, engine, source), accept_rate in _rates_by_source(rows).items()
        ],
        columns=["stage", "engine", "parameters from", "attempts", "accepted", "low", "high"],
    )


def _rates_by_source(rows: Sequence[AttemptRecord]) -> dict[tuple[str, str, str], SuccessRate]:
    groups: dict[tuple[str, str, str], list[AttemptRecord]] = {}
    for row in rows:
        if row.source:
            groups.setdefault((row.stage, row.engine, statistics.source_kind(row.source)), []).append(row)
    return {key: success_rate(members) for key, members in sorted(groups.items())}


def _sources_chart(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    rates = {f"{engine} {source}": item for (_stage, engine, source), item in _rates_by_source(rows).items()}
    if not rates:
        return ()
    png = charts.bar_chart(
        f"{subject}: accepted by where parameters came from",
        {name: item.share for name, item in rates.items()},
        "share of attempts",
        {name: (item.low, item.high) for name, item in rates.items()},
    )
    return (charts.store_chart(studio, "sources", png),)


def _attempts_table(rows_by_time: Sequence[AttemptRecord]) -> pd.DataFrame:
    frame = pd.DataFrame([(row.stage, row.engine, row.shot, row.is_success, row.score) for row in rows_by_time])
    frame.columns = pd.Index(["stage", "engine", "shot", "liked", "score"])
    per_shot = frame.groupby(["stage", "engine", "shot"], sort=True).agg(
        attempts=("liked", "size"), accepted=("liked", "any"), best=("score", "max")
    )
    grouped = per_shot.reset_index().groupby(["stage", "engine"], sort=True)
    table = grouped.agg(
        subjects=("attempts", "size"),
        accepted=("accepted", "sum"),
        mean_attempts=("attempts", "mean"),
        most_attempts=("attempts", "max"),
        mean_best_score=("best", "mean"),
    )
    return table.reset_index()


def _curve_charts(studio: Studio, subject: str, rows_by_time: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    """Return curves of acceptance and of scores, by stage, over the number of the attempt."""
    acceptance_series = _series_by_stage(rows_by_time, _acceptance_series)
    score_series = _series_by_stage(rows_by_time, _score_series)
    label = f"attempt, running over {ACCEPTANCE_WINDOW}"
    return (
        charts.store_chart(
            studio,
            "accepted",
            charts.line_chart(f"{subject}: accepted over time", acceptance_series, label, "share of attempts"),
        ),
        charts.store_chart(
            studio,
            "scores",
            charts.line_chart(f"{subject}: scores over time", score_series, label, "mean score, 0 to 1"),
        ),
    )


def _attempts_chart(studio: Studio, subject: str, rows_by_time: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    """Return points: which attempt at its subject each attempt was, over time."""
    series = []
    for stage in sorted({row.stage for row in rows_by_time}):
        stage_rows = [row for row in rows_by_time if row.stage == stage]
        series.append(
            ChartSeries(stage, [row.timestamp for row in stage_rows], [float(row.attempt) for row in stage_rows])
        )
    png = charts.scatter_chart(f"{subject}: attempts over time", series, "time, UTC", "number of the attempt")
    return (charts.store_chart(studio, "attempts", png),)


def _series_by_stage(
    rows_by_time: Sequence[AttemptRecord], build_series: Callable[[str, Sequence[AttemptRecord]], ChartSeries]
) -> list[ChartSeries]:
    return [
        build_series(stage, [row for row in rows_by_time if row.stage == stage])
        for stage in sorted({row.stage for row in rows_by_time})
    ]


def _acceptance_series(stage: str, rows: Sequence[AttemptRecord]) -> ChartSeries:
    rates = [success_rate(rows[max(0, at - ACCEPTANCE_WINDOW) : at]) for at in range(1, len(rows) + 1)]
    attempt_numbers = [float(at) for at in range(1, len(rows) + 1)]
    return ChartSeries(
        stage,
        attempt_numbers,
        [item.share for item in rates],
        [item.low for item in rates],
        [item.high for item in rates],
    )


def _score_series(stage: str, rows: Sequence[AttemptRecord]) -> ChartSeries:
    scores = pd.Series([row.score for row in rows])
    means = scores.rolling(ACCEPTANCE_WINDOW, min_periods=1).mean()
    return ChartSeries(stage, [float(at) for at in range(1, len(rows) + 1)], [float(mean) for mean in means])
