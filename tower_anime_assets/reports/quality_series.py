"""What a show's takes did, as series and tables for charts: acceptance, scores, costs, and what was learned.

The same figures as in the reports that Dagster shows; here they are numbers, and the browser draws them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tower_anime_assets.production.learning.attempts import AttemptRecord, scores_of, success_rate
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts, lessons, profiles

WINDOW: Final = 20
"""Attempts in the rolling window of a curve, as in the reports."""

MAX_POINTS: Final = 500
"""Points of a curve; of longer ones every n-th is shown, and the last."""


@dataclass(frozen=True)
class SeriesPoint:
    """A point of a curve, over the attempts before it.

    Attributes:
        attempt: Its number, from 1.
        value: 0..1.
        low: Lower end of the 95 % interval; null where there is none.
    """

    attempt: int
    at: datetime
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class StageSeries:
    """How the attempts of a stage did over time: share accepted, and mean score, rolling over `window` attempts."""

    stage: str
    acceptance: tuple[SeriesPoint, ...]
    scores: tuple[SeriesPoint, ...]


@dataclass(frozen=True)
class GroupFigures:
    """How attempts did by engine, or by engine and a character, framing or mood.

    Attributes:
        by: "" for all of an engine, else "framing", "mood" or "character".
        low: Lower end of the 95 % interval of the share accepted.
        rejected_most_by: The gate or the opinion that rejected most; "" for none.
    """

    stage: str
    engine: str
    by: str
    value: str
    attempts: int
    accepted: float
    low: float
    high: float
    mean_score: float | None
    rejected_most_by: str


@dataclass(frozen=True)
class CostFigures:
    """What the takes of an engine cost in a stage; seconds.

    Attributes:
        takes_per_accepted: Null before the first accepted one; likewise the costs per accepted take.
    """

    stage: str
    engine: str
    takes: int
    accepted: int
    takes_per_accepted: float | None
    mean_score: float | None
    median_s: float | None
    p95_s: float | None
    cpu_s: float
    gpu_s: float
    cpu_s_per_accepted: float | None
    gpu_s_per_accepted: float | None


@dataclass(frozen=True)
class WorkflowFigures:
    """What became of the runs of a workflow or an engine, over all shows, in the last half year."""

    engine: str
    stage: str
    runs: int
    succeeded: int
    accepted: int
    median_s: float | None
    p95_s: float | None
    gpu_s_per_accepted: float | None
    mean_score: float | None


@dataclass(frozen=True)
class MeasureFigures:
    """What a gate measured over all takes of a stage, in the measure's unit."""

    stage: str
    gate: str
    measure: str
    unit: str
    takes: int
    passed_share: float
    least: float
    median: float
    most: float


@dataclass(frozen=True)
class LearnedPattern:
    """What was learned, as a sentence, and from how many attempts."""

    stage: str
    engine: str
    text: str
    conditions: Mapping[str, str]
    samples: int
    mean_score: float | None


@dataclass(frozen=True)
class LearnedLesson:
    """What a director service learned from a shot."""

    shot: str
    director: str
    learned: tuple[str, ...]
    recommendations: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class QualityPage:
    """How a show does.

    Attributes:
        accepted: Share of attempts that were accepted, 0..1.
        rejections: How many attempts each gate or opinion rejected.
    """

    project: str
    attempts: int
    accepted: float
    accepted_low: float
    accepted_high: float
    attempts_per_accepted: float | None
    mean_score: float | None
    opinions: int
    stages: tuple[StageSeries, ...]
    groups: tuple[GroupFigures, ...]
    costs: tuple[CostFigures, ...]
    measures: tuple[MeasureFigures, ...]
    workflows: tuple[WorkflowFigures, ...]
    rejections: Mapping[str, int]
    patterns: tuple[LearnedPattern, ...]
    lessons: tuple[LearnedLesson, ...]


@dataclass(frozen=True)
class EpisodeScores:
    """What the gates measured on the takes of an episode, and what these cost; empty before the first."""

    episode: str
    measures: tuple[MeasureFigures, ...]
    costs: tuple[CostFigures, ...]


def load_scores(studio: Studio, key: EpisodeKey) -> EpisodeScores:
    """Return the scores of an episode."""
    return EpisodeScores(
        str(key), _measures(studio, key.project, key.episode), _costs(studio, key.project, key.episode)
    )


def load_quality_page(studio: Studio, project_id: str) -> QualityPage:
    """Return how a show does; all of it is empty before the first attempt."""
    from tower_anime_assets.production.learning import statistics  # imports SciPy
    from tower_anime_assets.reports.workflows import SINCE_DAYS

    database = studio.database
    rows = attempts.list_newest(database, [project_id])
    rate, scores = success_rate(rows), scores_of(rows)
    since = datetime.now(UTC) - timedelta(days=SINCE_DAYS)
    engines = {row.engine for row in rows}
    return QualityPage(
        project=project_id,
        attempts=len(rows),
        accepted=rate.share,
        accepted_low=rate.low,
        accepted_high=rate.high,
        attempts_per_accepted=_per(len(rows), rate.successes),
        mean_score=_mean(scores),
        opinions=sum(bool(row.opinion) for row in rows),
        stages=tuple(_stage_series(rows)),
        groups=tuple(
            GroupFigures(
                stage=one.stage,
                engine=one.engine,
                by=one.by,
                value=one.value,
                attempts=one.rate.tries,
                accepted=one.rate.share,
                low=one.rate.low,
                high=one.rate.high,
                mean_score=one.mean_score,
                rejected_most_by=one.rejections[0].reason if one.rejections else "",
            )
            for one in statistics.condition_rates(rows)
        ),
        costs=_costs(studio, project_id),
        measures=_measures(studio, project_id),
        workflows=tuple(
            WorkflowFigures(
                engine=one.engine,
                stage=one.stage,
                runs=one.runs,
                succeeded=one.succeeded,
                accepted=one.accepted,
                median_s=one.median_s,
                p95_s=one.p95_s,
                gpu_s_per_accepted=_per(one.gpu_s, one.accepted),
                mean_score=one.mean_score,
            )
            for one in profiles.list_engine_statistics(database, since)
            if one.engine in engines
        ),
        rejections={one.reason: one.count for one in statistics.rejection_reasons(rows)},
        patterns=tuple(
            LearnedPattern(one.stage, one.engine, one.pattern, one.conditions, one.samples, one.mean_score)
            for one in attempts.list_patterns(database, project_id)
        ),
        lessons=tuple(
            LearnedLesson(one.shot, one.director, one.lesson.learned, one.lesson.recommendations, one.timestamp)
            for one in lessons.list_newest(database, project_id)
        ),
    )


def _stage_series(rows: Sequence[AttemptRecord]) -> list[StageSeries]:
    by_time = sorted(rows, key=lambda row: (row.timestamp, row.decision_id))
    series = []
    for stage in sorted({row.stage for row in rows}):
        own = [row for row in by_time if row.stage == stage]
        scored = [row for row in own if row.score is not None]
        series.append(StageSeries(stage, _acceptance(own), _score_curve(scored)))
    return series


def _acceptance(rows: Sequence[AttemptRecord]) -> tuple[SeriesPoint, ...]:
    points = []
    for end in _shown_ends(len(rows)):
        rate = success_rate(rows[max(0, end - WINDOW) : end])
        points.append(SeriesPoint(end, rows[end - 1].timestamp, rate.share, rate.low, rate.high))
    return tuple(points)


def _score_curve(rows: Sequence[AttemptRecord]) -> tuple[SeriesPoint, ...]:
    points = []
    for end in _shown_ends(len(rows)):
        mean = _mean(scores_of(rows[max(0, end - WINDOW) : end]))
        if mean is not None:
            points.append(SeriesPoint(end, rows[end - 1].timestamp, mean))
    return tuple(points)


def _shown_ends(count: int) -> list[int]:
    step = max(1, -(-count // MAX_POINTS))
    return [end for end in range(1, count + 1) if (count - end) % step == 0]


def _costs(studio: Studio, project_id: str, episode_id: str = "") -> tuple[CostFigures, ...]:
    from tower_anime_assets.reports.scores import cost_table  # imports pandas

    figures = []
    for row in map(_plain, cost_table(studio.database, project_id, episode_id).to_dict("records")):
        accepted = int(row["accepted"])
        row |= {"takes": int(row["takes"]), "accepted": accepted}
        figures.append(
            CostFigures(
                **row,
                cpu_s_per_accepted=_per(row["cpu_s"], accepted),
                gpu_s_per_accepted=_per(row["gpu_s"], accepted),
            )
        )
    return tuple(figures)


def _measures(studio: Studio, project_id: str, episode_id: str = "") -> tuple[MeasureFigures, ...]:
    from tower_anime_assets.reports.scores import measure_table  # imports pandas

    rows = map(_plain, measure_table(studio.database, project_id, episode_id).to_dict("records"))
    return tuple(MeasureFigures(**{**row, "takes": int(row["takes"])}) for row in rows)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row of a table with None for what is not a number."""
    return {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}


def _per(total: float, count: int) -> float | None:
    return total / count if count else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
