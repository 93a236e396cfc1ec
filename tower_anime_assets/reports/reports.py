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
from tower_anime_assets.reports.charts import Series
from tower_anime_assets.reports.scores import cost_table, measure_table
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts

WINDOW: Final = 20
"""Attempts over which a curve of acceptance is taken: fewer jump about, more hide what changed."""
MOST_ROWS: Final = 60
"""Rows of a table in the web UI."""


@dataclass(frozen=True)
class Section:
    """A part of a report: a table, pictures of it, and what it says; empty parts are left out."""

    title: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    pictures: tuple[StoredFile, ...] = ()
    words: tuple[str, ...] = ()

    def markdown(self, media_url: str) -> str:
        """Return it as Markdown, its pictures served by the media pages."""
        parts = [f"### {self.title}"]
        parts += [f"![{self.title}]({media_url}/media/{picture.path})" for picture in self.pictures]
        parts += ["\n".join(f"- {line}" for line in self.words)] if self.words else []
        parts += [as_markdown(self.table)] if not self.table.empty else []
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Report:
    """A report on an episode or a project.

    Attributes:
        subject: Whose.
        figures: Numbers by name, which Dagster plots from run to run.
    """

    subject: str
    figures: Mapping[str, float | int]
    sections: tuple[Section, ...]

    def markdown(self, media_url: str) -> str:
        """Return the whole report as Markdown."""
        return "\n\n".join(section.markdown(media_url) for section in self.sections)

    @property
    def digest(self) -> str:
        """Digest of what it says; pictures are drawn from the same figures."""
        said = [(section.title, as_markdown(section.table), section.words) for section in self.sections]
        return digest(self.subject, dict(self.figures), said)


def as_markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown, its first rows where it is long."""
    shown = table.head(MOST_ROWS)
    lines = ["| " + " | ".join(str(name).replace("_", " ") for name in shown.columns) + " |"]
    lines.append("|" + "---|" * len(shown.columns))
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in shown.itertuples(index=False)]
    rest = len(table) - len(shown)
    return "\n".join(lines) + (f"\n\n{rest} more rows are left out." if rest else "")


def _cell(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


# Of an episode -----------------------------------------------------------------------------------------------------


def quality_of(studio: Studio, key: EpisodeKey) -> Report:
    """Return how an episode's takes did: acceptance, scores and attempts over time, reasons, costs, opinions.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [key.project], episode_id=key.episode)
    if not rows:
        raise NotAcceptedError(
            f"nothing of {key} has been made yet, so there is nothing to report: materialize `keyframes`"
        )
    ordered = sorted(rows, key=lambda row: (row.timestamp, row.decision_id))
    sections = [
        Section(
            "Acceptance and scores by stage", _conditions_table(rows, ("",)), _over_time(studio, str(key), ordered)
        ),
        Section("Attempts per shot", _attempts_table(ordered), _attempts_picture(studio, str(key), ordered)),
        Section("Why attempts were rejected", _complaints_table(rows), _complaints_picture(studio, str(key), rows)),
        *_by_engine(studio, str(key), rows),
        Section("What people said", _opinions_table(rows)),
        Section("Measured by the gates", measure_table(studio.database, key.project, key.episode)),
        Section("Cost", cost_table(studio.database, key.project, key.episode)),
    ]
    return Report(str(key), _figures(rows), tuple(section for section in sections if _says_something(section)))


def _says_something(section: Section) -> bool:
    return bool(section.words or section.pictures or not section.table.empty)


def _figures(rows: Sequence[AttemptRecord]) -> dict[str, float | int]:
    found = success_rate(rows)
    looks = {(row.stage, row.shot, row.project, row.episode) for row in rows if row.is_success}
    return {
        "attempts": len(rows),
        "accepted_share": round(found.share, 4),
        "accepted_share_low": round(found.low, 4),
        "accepted_share_high": round(found.high, 4),
        "attempts_per_accepted": round(len(rows) / len(looks), 4) if looks else float(len(rows)),
        "mean_score": round(sum(row.score for row in rows) / len(rows), 4),
        "opinions": sum(bool(row.opinion) for row in rows),
    }


# Of a project ------------------------------------------------------------------------------------------------------


def learned_from(studio: Studio, project_id: str) -> Report:
    """Return what a project's attempts teach, and keep it as its patterns.

    Raises:
        NotAcceptedError: Nothing of it has been made yet.
    """
    rows = attempts.list_newest(studio.database, [project_id])
    if not rows:
        raise NotAcceptedError(f"nothing of {project_id} has been made yet, so there is nothing to learn from")
    ordered = sorted(rows, key=lambda row: (row.timestamp, row.decision_id))
    patterns = statistics.learn_patterns(rows)
    attempts.replace_patterns(studio.database, project_id, patterns)
    advised = statistics.recommend(rows, patterns)
    none = ("Nothing yet that chance could not have done as well.",)
    sections = [
        Section("Recommendations", words=advised or none),
        Section(
            "Acceptance, scores and attempts over time",
            pictures=(*_over_time(studio, project_id, ordered), *_attempts_picture(studio, project_id, ordered)),
        ),
        Section("By engine, framing, mood and character", _conditions_table(rows, tuple(statistics.GROUPINGS))),
        Section("What suggestions did", _sources_table(rows), _sources_picture(studio, project_id, rows)),
        Section("Why attempts were rejected", _complaints_table(rows), _complaints_picture(studio, project_id, rows)),
        *_by_engine(studio, project_id, rows),
        Section("Prompt elements", _elements_table(rows)),
        Section("What people said", _opinions_table(rows)),
    ]
    figures = {**_figures(rows), "patterns": len(patterns)}
    return Report(project_id, figures, tuple(section for section in sections if _says_something(section)))


def learned_everywhere(studio: Studio) -> tuple[Report, ...]:
    """Return a report for every project of which anything was made."""
    made = [
        project_id
        for project_id in attempts.list_learning_settings(studio.database)
        if attempts.list_newest(studio.database, [project_id], limit=1, with_cast=False)
    ]
    return tuple(learned_from(studio, project_id) for project_id in made)


# Parts of both -----------------------------------------------------------------------------------------------------


def _by_engine(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> list[Section]:
    """Return, for each engine, whether its scores changed, what else changed, and which parameters go with them."""
    sections = []
    for stage, engine in sorted({(row.stage, row.engine) for row in rows}):
        own = [row for row in rows if (row.stage, row.engine) == (stage, engine)]
        said = tuple(
            str(found) for found in (statistics.score_trend(own), statistics.score_drift(own)) if found is not None
        )
        if not said:
            continue
        correlated = statistics.correlations(own)
        table = pd.DataFrame(
            [(item.name, item.earlier, item.later) for item in statistics.changes(own)],
            columns=["parameter or source", "mean of the older half", "mean of the newer half"],
        )
        pictures: tuple[StoredFile, ...] = ()
        if correlated:
            png = charts.bar_chart(
                f"{engine}: parameters and score", {item.parameter: item.rho for item in correlated}, "Spearman's rho"
            )
            pictures = (charts.kept(studio, "correlations", png),)
        tests = [
            "Trend by the Mann-Kendall test, drift by the two-sample Kolmogorov-Smirnov test; a finding has p < 0.05."
        ]
        words = tuple(
            f"{item.parameter}: rank correlation with the score {item.rho:+.2f}, adjusted p {item.p_value:.2g}, "
            f"{item.rows} attempts{'' if item.is_significant else ' (no finding)'}"
            for item in correlated
        )
        sections.append(Section(f"What changed: {stage} by {engine}", table, pictures, (*said, *words, *tests)))
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
    found = [(item.reason, item.count, item.share) for item in statistics.rejection_reasons(rows)]
    return pd.DataFrame(found, columns=["what", "attempts", "share"])


def _complaints_picture(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    found = statistics.rejection_reasons(rows)
    if not found:
        return ()
    intervals = {
        item.reason: (wilson_rate(item.count, item.attempts).low, wilson_rate(item.count, item.attempts).high)
        for item in found
    }
    shares = {item.reason: item.share for item in found}
    png = charts.bar_chart(f"{subject}: why attempts were rejected", shares, "share of attempts", intervals)
    return (charts.kept(studio, "complaints", png),)


def _opinions_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    said = [(reason, row.stage, row.shot) for row in rows for reason in row.reasons]
    table = pd.DataFrame(said, columns=["opinion", "stage", "shot"])
    if table.empty:
        return table
    grouped = table.groupby(["opinion", "stage"], sort=True)
    return grouped.agg(
        times=("shot", "size"), shots=("shot", lambda shots: ", ".join(sorted(set(shots))))
    ).reset_index()


def _elements_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    found = statistics.prompt_elements(rows)[:MOST_ROWS]
    return pd.DataFrame(
        [(item.text, str(item.present), str(item.absent), item.lift, item.p_value) for item in found],
        columns=["element", "accepted with it", "accepted without", "difference", "adjusted p"],
    )


def _sources_table(rows: Sequence[AttemptRecord]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (stage, engine, source, found.tries, found.share, found.low, found.high)
            for (stage, engine, source), found in _by_source(rows).items()
        ],
        columns=["stage", "engine", "parameters from", "attempts", "accepted", "low", "high"],
    )


def _by_source(rows: Sequence[AttemptRecord]) -> dict[tuple[str, str, str], SuccessRate]:
    groups: dict[tuple[str, str, str], list[AttemptRecord]] = {}
    for row in rows:
        if row.source:
            groups.setdefault((row.stage, row.engine, statistics.source_kind(row.source)), []).append(row)
    return {key: success_rate(members) for key, members in sorted(groups.items())}


def _sources_picture(studio: Studio, subject: str, rows: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    found = {f"{engine} {source}": item for (_stage, engine, source), item in _by_source(rows).items()}
    if not found:
        return ()
    png = charts.bar_chart(
        f"{subject}: accepted by where parameters came from",
        {name: item.share for name, item in found.items()},
        "share of attempts",
        {name: (item.low, item.high) for name, item in found.items()},
    )
    return (charts.kept(studio, "sources", png),)


def _attempts_table(ordered: Sequence[AttemptRecord]) -> pd.DataFrame:
    rows = pd.DataFrame([(row.stage, row.engine, row.shot, row.is_success, row.score) for row in ordered])
    rows.columns = pd.Index(["stage", "engine", "shot", "liked", "score"])
    per_shot = rows.groupby(["stage", "engine", "shot"], sort=True).agg(
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


def _over_time(studio: Studio, subject: str, ordered: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    """Return curves of acceptance and of scores, by stage, over the number of the attempt."""
    accepted = _curves(ordered, _acceptance_curve)
    scored = _curves(ordered, _score_curve)
    label = f"attempt, running over {WINDOW}"
    return (
        charts.kept(
            studio,
            "accepted",
            charts.line_chart(f"{subject}: accepted over time", accepted, label, "share of attempts"),
        ),
        charts.kept(
            studio, "scores", charts.line_chart(f"{subject}: scores over time", scored, label, "mean score, 0 to 1")
        ),
    )


def _attempts_picture(studio: Studio, subject: str, ordered: Sequence[AttemptRecord]) -> tuple[StoredFile, ...]:
    """Return points: which attempt at its subject each attempt was, over time."""
    groups = []
    for stage in sorted({row.stage for row in ordered}):
        own = [row for row in ordered if row.stage == stage]
        groups.append(Series(stage, [row.timestamp for row in own], [float(row.attempt) for row in own]))
    png = charts.scatter(f"{subject}: attempts over time", groups, "time, UTC", "number of the attempt")
    return (charts.kept(studio, "attempts", png),)


def _curves(ordered: Sequence[AttemptRecord], curve: Callable[[str, Sequence[AttemptRecord]], Series]) -> list[Series]:
    return [
        curve(stage, [row for row in ordered if row.stage == stage]) for stage in sorted({row.stage for row in ordered})
    ]


def _acceptance_curve(stage: str, rows: Sequence[AttemptRecord]) -> Series:
    rates = [success_rate(rows[max(0, at - WINDOW) : at]) for at in range(1, len(rows) + 1)]
    places = [float(at) for at in range(1, len(rows) + 1)]
    return Series(
        stage, places, [item.share for item in rates], [item.low for item in rates], [item.high for item in rates]
    )


def _score_curve(stage: str, rows: Sequence[AttemptRecord]) -> Series:
    scores = pd.Series([row.score for row in rows])
    means = scores.rolling(WINDOW, min_periods=1).mean()
    return Series(stage, [float(at) for at in range(1, len(rows) + 1)], [float(mean) for mean in means])
