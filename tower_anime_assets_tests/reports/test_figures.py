"""Every figure of the reports, computed another way: from the raw rows, in plain Python."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from tower_anime_assets.errors import Cause
from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.verdicts import Threshold, judge, score
from tower_anime_assets.reports.reports import Report, quality_report, update_patterns
from tower_anime_assets.reports.workflows import workflow_report
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, feedback, story, takes, verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.feedback import NewFeedback
from tower_anime_assets_tests.conftest import DatabaseServer

BARS = (
    Threshold("takes_are_sharp", "sharpness", 60.0, None, "grey levels", "", "", good=120.0),
    Threshold("takes_show_the_colours", "colours", 0.5, None, "share", "", "", good=1.0),
)
SDXL, LTX, WAN, VOICE, PAINTER = "comfyui:sdxl", "comfyui:ltx", "comfyui:wan", "tones", "painter"


@dataclass
class Attempt:
    """One decision that gave a take, as plain SQL shows it."""

    stage: str
    engine: str
    episode: str
    brief: str
    framing: str
    prompt: str
    source: str
    score: float | None
    duration_s: float
    cpu_s: float
    gpu_s: float
    failed: set[str] = field(default_factory=set)
    waived: set[str] = field(default_factory=set)
    measures: dict[str, tuple[float, bool]] = field(default_factory=dict)
    opinions: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.failed <= self.waived

    @property
    def liked(self) -> bool:
        opinion = self.opinions[-1].partition(":")[0] if self.opinions else ""
        return opinion == "good" or (self.passed and opinion != "bad")


class MessyRecord:
    """A record with retries, waivers, failures, calls off, opinions, two episodes and takes of the first scale."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chance = random.Random(11)
        self.count = 0
        story.save_project(database, Project("messy", "Messy", ()))
        for episode, shots in (("e01", 12), ("e02", 5)):
            for shot in range(1, shots + 1):
                for stage, engine in (("keyframe", SDXL), ("clip", self.chance.choice((LTX, WAN)))):
                    self.shoot(stage, engine, episode, f"sh{shot:04}")
        for line in range(1, 6):
            self.attempt("voice", VOICE, "e01", "", 1, line_id=f"l{line}", sharpness=70.0 + line)
        for character in ("akira", "luna"):
            self.attempt("sheet", PAINTER, "", "", 1, brief=character, sharpness=100.0)
        for _ in range(3):
            self.attempt("clip", LTX, "e01", "sh0001", 1, earlier=True, sharpness=100.0)

    def shoot(self, stage: str, engine: str, episode: str, shot: str) -> None:
        """Try until a take is accepted, three times at most; now and then something goes wrong."""
        for number in range(1, 4):
            if self.chance.random() < 0.2:
                self.fail(stage, engine, episode, shot, number)
            if self.attempt(stage, engine, episode, shot, number):
                break

    def decide(self, stage: str, engine: str, episode: str, shot: str, number: int, **place: Any) -> decisions.Decision:
        self.count += 1
        prompt = ", ".join(["anime", self.chance.choice(("neon", "fog"))])
        wanted = {
            "framing": "wide" if self.count % 3 else "close-up", "prompt": prompt, "width_px": 768, "height_px": 512,
            "frames": 49,
        }  # fmt: skip
        seconds = self.chance.uniform(5, 50)
        foreseen = {"engine": engine, "seconds": seconds, "seconds_low": seconds / 2, "seconds_high": seconds * 2}
        brief = place.pop("brief", f"{stage} {engine} {episode} {shot} {place.get('line_id', '')}")
        return decisions.record_decision(
            self.database,
            decisions.NewDecision(
                project_id="messy", episode_id=episode, scene_id="sc01" if episode else "", shot_id=shot,
                decision_type=stage, engine=engine, reasoning="", attempt=number, brief_digest=brief,
                idempotency_key=f"messy {self.count}", alternatives=[foreseen],
                parameters={
                    "brief": wanted,
                    "attempt": {"seed": self.count, "advice": {"source": self.chance.choice(("defaults", "learned"))}},
                }, **place,
            ),
        )  # fmt: skip

    def fail(self, stage: str, engine: str, episode: str, shot: str, number: int) -> None:
        begun = self.decide(stage, engine, episode, shot, number)
        if self.chance.random() < 0.4:
            decisions.mark_cancelled(self.database, begun.id, 3.0)
        else:
            cause = self.chance.choice((Cause.BROKEN_GRAPH, Cause.OUT_OF_MEMORY, Cause.SERVER_LOST))
            decisions.mark_failed(self.database, begun.id, "RenderFailed: node 7", 4.0, cause)

    def attempt(
        self, stage: str, engine: str, episode: str, shot: str, number: int, *, earlier: bool = False,
        sharpness: float | None = None, **place: Any,
    ) -> bool:  # fmt: skip
        """Record an attempt with its verdicts, and return whether it is accepted."""
        begun = self.decide(stage, engine, episode, shot, number, **place)
        measured = {
            "sharpness": self.chance.gauss(80, 25) if sharpness is None else sharpness,
            "colours": self.chance.uniform(0.4, 1.0) if sharpness is None else 0.8,
        }
        judged = judge(measured, BARS)
        if earlier:
            take_id = self.keep_as_before(begun)
        else:
            new = takes.NewTake(
                decision_id=begun.id, brief_digest=begun.brief_digest, stage=stage, project_id="messy",
                episode_id=episode, scene_id=begun.scene_id, shot_id=shot, line_id=begun.line_id, details={},
                files={"main": StoredFile("0" * 64, f"00/{'0' * 64}.png", 1)}, measured=measured,
                duration_s=self.chance.uniform(2, 90), cpu_s=self.chance.uniform(0, 5),
                gpu_s=self.chance.uniform(1, 60), quality_score=score(judged),
            )  # fmt: skip
            take_id = takes.record_take(self.database, new).id
        verdicts.record_verdicts(self.database, take_id, judged)
        accepted = all(verdict.passed for verdict in judged)
        if not accepted and self.chance.random() < 0.25:
            for verdict in judged:
                if not verdict.passed:
                    waivers.record_waiver(self.database, take_id, verdict.gate, "ann", "it is meant so")
            accepted = True
        if self.chance.random() < 0.2:
            opinion, reason = self.chance.choice((("good", "style"), ("bad", "anatomy")))
            said = {"decision_id": begun.id, "take_id": take_id, "who": "ann", "reason": reason, "opinion": opinion}
            feedback.record_feedback(self.database, NewFeedback(**said, idempotency_key=f"said {self.count}"))
        return accepted

    def keep_as_before(self, begun: decisions.Decision) -> str:
        """End a decision as versions before the graded scale did, and return its take's id."""
        with psycopg.connect(self.database.url) as connection:
            connection.execute(
                """UPDATE generation_decisions SET status = 'succeeded', finished_at = clock_timestamp(),
                duration_s = 9, cpu_s = 1, gpu_s = 8, quality_score = 1 WHERE id = %s""",
                [begun.id],
            )
            row = connection.execute(
                """INSERT INTO takes (decision_id, stage, brief_digest, project_id, episode_id, scene_id, shot_id,
                files, measured, details)
                VALUES (%s, %s, %s, 'messy', 'e01', 'sc01', 'sh0001', '{"main": {}}', '{}', '{}') RETURNING id""",
                [begun.id, begun.decision_type, begun.brief_digest],
            ).fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture(scope="module")
def studio(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("figures")
    made = Studio(Settings(folder / "projects", folder / "home"), Database(database_server.make_database()))
    MessyRecord(made.database)
    yield made
    made.close()


def rows_of(studio: Studio, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(studio.database.url, row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def attempts(studio: Studio) -> list[Attempt]:
    """Every attempt that gave a take, oldest first, put together here from the bare tables."""
    made: dict[str, Attempt] = {}
    by_take: dict[str, Attempt] = {}
    for row in rows_of(studio, "SELECT * FROM generation_decisions WHERE status = 'succeeded' ORDER BY timestamp, id"):
        told = row["parameters"]
        made[str(row["id"])] = Attempt(
            row["decision_type"], row["engine"], row["episode_id"], row["brief_digest"], told["brief"]["framing"],
            told["brief"]["prompt"], told["attempt"]["advice"]["source"],
            row["quality_score"] if row["score_version"] == 2 else None, row["duration_s"], row["cpu_s"], row["gpu_s"],
        )  # fmt: skip
    for row in rows_of(studio, "SELECT id, decision_id FROM takes"):
        by_take[str(row["id"])] = made[str(row["decision_id"])]
    for row in rows_of(studio, "SELECT * FROM verdicts ORDER BY id"):
        attempt = by_take[str(row["take_id"])]
        attempt.measures[row["measure"]] = (row["value"], row["passed"])
        attempt.failed |= set() if row["passed"] else {row["gate"]}
    for row in rows_of(studio, "SELECT * FROM waivers"):
        by_take[str(row["take_id"])].waived.add(row["gate"])
    for row in rows_of(studio, "SELECT * FROM feedback ORDER BY timestamp"):
        by_take[str(row["take_id"])].opinions.append(f"{row['opinion']}:{row['reason']}")
    return list(made.values())


@pytest.fixture(scope="module")
def episode(attempts: list[Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts if attempt.episode == "e01"]


@pytest.fixture(scope="module")
def quality(studio: Studio) -> Report:
    return quality_report(studio, EpisodeKey("messy", "e01"))


@pytest.fixture(scope="module")
def learned(studio: Studio) -> Report:
    return update_patterns(studio, "messy")


@pytest.fixture(scope="module")
def workflows(studio: Studio) -> Report:
    return workflow_report(studio)


def table(report: Report, title: str, *names: str) -> dict[Any, dict[str, Any]]:
    """Return a section's rows by their values in some columns: a tuple of strings, or one string."""
    (found,) = [section.table for section in report.sections if section.title == title]
    rows = [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]
    keys = [tuple(str(row[name]) for name in names) for row in rows]
    assert len(set(keys)) == len(rows)
    return {key if len(key) > 1 else key[0]: row for key, row in zip(keys, rows, strict=True)}


def near(value: Any) -> Any:
    return pytest.approx(value, abs=1e-4)


def wilson(successes: int, tries: int) -> tuple[float, float]:
    """Return the shares whose own standard error puts them 1.96 of it away from what was seen: Wilson's interval."""
    seen, z = successes / tries, statistics.NormalDist().inv_cdf(0.975)
    roots = np.roots([1 + z**2 / tries, -2 * seen - z**2 / tries, seen**2])
    return float(min(roots.real)), float(max(roots.real))


def scores_of(attempts: Iterable[Attempt]) -> list[float]:
    return [attempt.score for attempt in attempts if attempt.score is not None]


def grouped(attempts: Iterable[Attempt], *names: str) -> dict[tuple[str, ...], list[Attempt]]:
    groups = defaultdict(list)
    for attempt in attempts:
        groups[tuple(str(getattr(attempt, name)) for name in names)].append(attempt)
    return dict(groups)


def test_the_record_is_as_messy_as_it_should_be(attempts: list[Attempt], studio: Studio) -> None:
    ended = Counter(row["status"] for row in rows_of(studio, "SELECT status FROM generation_decisions"))
    assert min(ended["failed"], ended["cancelled"]) >= 1
    assert any(len(briefs) == 3 for briefs in grouped(attempts, "brief").values())
    assert any(attempt.failed and attempt.passed for attempt in attempts)
    assert {attempt.liked for attempt in attempts if attempt.opinions} == {True, False}
    assert len(attempts) - len(scores_of(attempts)) == 3


@pytest.mark.parametrize("of", ["episode", "project"])
def test_the_metrics_are_those_of_the_rows(
    of: str, quality: Report, learned: Report, episode: list[Attempt], attempts: list[Attempt]
) -> None:
    report, rows = (quality, episode) if of == "episode" else (learned, attempts)
    liked = [row for row in rows if row.liked]
    low, high = wilson(len(liked), len(rows))
    expected = {
        "attempts": len(rows),
        "accepted_share": len(liked) / len(rows),
        "accepted_share_low": low,
        "accepted_share_high": high,
        "attempts_per_accepted": len(rows) / len(liked),
        "mean_score": statistics.fmean(scores_of(rows)),
        "mean_accepted_score": statistics.fmean(scores_of(liked)),
        "opinions": sum(bool(row.opinions) for row in rows),
    }
    assert {name: report.metrics[name] for name in expected} == {name: near(value) for name, value in expected.items()}
    assert expected["mean_score"] < expected["mean_accepted_score"] < 1.0


def test_conditions_are_those_of_the_rows(learned: Report, attempts: list[Attempt]) -> None:
    found = table(learned, "By engine, framing, mood and character", "stage", "engine", "by", "value")
    groups = {(*key, "all", ""): rows for key, rows in grouped(attempts, "stage", "engine").items()}
    groups |= {
        (*key[:2], "framing", key[2]): rows for key, rows in grouped(attempts, "stage", "engine", "framing").items()
    }
    assert set(found) == set(groups)
    for key, rows in groups.items():
        row, scores = found[key], scores_of(rows)
        liked = sum(one.liked for one in rows)
        assert (row["attempts"], row["scored"]) == (len(rows), len(scores))
        assert (row["accepted"], row["low"], row["high"]) == (
            near(liked / len(rows)), *(near(bound) for bound in wilson(liked, len(rows)))
        )  # fmt: skip
        assert row["mean score"] == near(statistics.fmean(scores))
        if len(scores) > 1:
            assert [row["lower quartile"], row["median"], row["upper quartile"]] == near(
                statistics.quantiles(scores, n=4, method="inclusive")
            )


def test_attempts_are_counted_per_brief_so_that_lines_made_once_count_once(
    quality: Report, episode: list[Attempt]
) -> None:
    found = table(quality, "Attempts per brief", "stage", "engine")
    assert tuple(found["voice", VOICE][name] for name in ("briefs", "mean_attempts", "most_attempts")) == (5, 1.0, 1)
    for key, rows in grouped(episode, "stage", "engine").items():
        briefs = list(grouped(rows, "brief").values())
        row = found[key]
        assert row["briefs"] == len(briefs)
        assert row["accepted"] == sum(any(one.liked for one in tries) for tries in briefs)
        assert row["mean_attempts"] == near(len(rows) / len(briefs))
        assert row["most_attempts"] == max(map(len, briefs))
        best = [max(scores_of(tries)) for tries in briefs if scores_of(tries)]
        assert row["mean_best_score"] == near(statistics.fmean(best))


def test_reasons_and_opinions_are_those_of_the_rows(quality: Report, episode: list[Attempt]) -> None:
    reasons = Counter(gate for row in episode for gate in row.failed)
    said = Counter(opinion for row in episode for opinion in row.opinions)
    reasons |= Counter({f"person:{kind.removeprefix('bad:')}": count for kind, count in said.items() if "bad:" in kind})
    found = table(quality, "Why attempts were rejected", "what")
    assert {what: row["attempts"] for what, row in found.items()} == reasons
    shares = {what: row["share"] for what, row in found.items()}
    assert shares == {what: near(count / len(episode)) for what, count in reasons.items()}
    told: Counter[str] = Counter()
    for (opinion, _stage), row in table(quality, "What people said", "opinion", "stage").items():
        told[opinion] += row["times"]
    assert told == said


def test_measures_are_those_of_the_rows(quality: Report, episode: list[Attempt]) -> None:
    found = table(quality, "Measured by the gates", "stage", "measure")
    for (stage,), rows in grouped(episode, "stage").items():
        for measure in ("sharpness", "colours"):
            values = [row.measures[measure] for row in rows]
            numbers = [value for value, _passed in values]
            row = found[stage, measure]
            assert row["takes"] == len(values)
            assert row["passed_share"] == near(sum(passed for _value, passed in values) / len(values))
            assert (row["least"], row["median"], row["most"]) == (
                near(min(numbers)), near(statistics.median(numbers)), near(max(numbers))
            )  # fmt: skip


def test_costs_are_those_of_the_rows(quality: Report, episode: list[Attempt]) -> None:
    found = table(quality, "Cost", "stage", "engine")
    for key, rows in grouped(episode, "stage", "engine").items():
        row, seconds = found[key], sorted(one.duration_s for one in rows)
        passed = sum(one.passed for one in rows)
        assert (row["takes"], row["accepted"]) == (len(rows), passed)
        assert row["takes_per_accepted"] == near(len(rows) / passed)
        assert row["mean_score"] == near(statistics.fmean(scores_of(rows)))
        assert row["median_s"] == near(statistics.median(seconds))
        assert row["p95_s"] == near(percentile_95(seconds))
        assert row["cpu_s"] == near(sum(one.cpu_s for one in rows))
        assert row["gpu_s"] == near(sum(one.gpu_s for one in rows))


def percentile_95(values: list[float]) -> float:
    """Return the value 95 % of the way along the sorted values, between neighbours by proportion."""
    at = 0.95 * (len(values) - 1)
    below = math.floor(at)
    above = values[min(below + 1, len(values) - 1)]
    return values[below] + (above - values[below]) * (at - below)


def test_trends_and_drift_are_those_of_the_rows(quality: Report, episode: list[Attempt]) -> None:
    found = table(quality, "Acceptance and scores by stage", "stage", "engine")
    for key, rows in grouped(episode, "stage", "engine").items():
        scores = scores_of(rows)
        if len(scores) >= 16:
            pairs = list(itertools.combinations(scores, 2))
            rises, falls = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
            tau = (rises - falls) / math.sqrt(len(pairs) * (rises + falls))
            assert found[key]["trend"].startswith(f"tau {tau:+.2f}, p ")
            half = len(scores) // 2
            earlier, later = scores[:half], scores[half:]
            distance = max(
                abs(sum(a <= at for a in earlier) / len(earlier) - sum(b <= at for b in later) / len(later))
                for at in scores
            )
            assert found[key]["drift"].startswith(f"{distance:.2f}, p ")


def test_takes_of_the_first_scale_are_told_apart(quality: Report, workflows: Report) -> None:
    words = "\n".join(line for section in quality.sections for line in section.bullets)
    assert f"3 of {quality.metrics['attempts']} takes were scored by an earlier version" in words
    assert table(workflows, "Workflows", "engine")[LTX]["scored_before"] == 3


def test_what_suggestions_did_is_that_of_the_rows(learned: Report, attempts: list[Attempt]) -> None:
    found = table(learned, "What suggestions did", "stage", "engine", "parameters from")
    for key, rows in grouped(attempts, "stage", "engine", "source").items():
        liked = sum(one.liked for one in rows)
        assert (found[key]["attempts"], found[key]["accepted"]) == (len(rows), near(liked / len(rows)))
    elements = table(learned, "Prompt elements", "element")
    for word in ("neon", "fog"):
        inside = [one.liked for one in attempts if word in one.prompt]
        outside = [one.liked for one in attempts if word not in one.prompt]
        assert elements[word]["difference"] == near(statistics.fmean(inside) - statistics.fmean(outside))


def test_the_workflow_report_is_that_of_the_rows(workflows: Report, attempts: list[Attempt], studio: Studio) -> None:
    made = [row for row in attempts if row.stage in ("keyframe", "clip")]
    ended = rows_of(
        studio,
        "SELECT engine, cause, status, gpu_s, cpu_s, duration_s, alternatives FROM generation_decisions "
        "WHERE decision_type IN ('keyframe', 'clip')",
    )
    own_failures = Counter(row["engine"] for row in ended if row["cause"] in ("broken_graph", "out_of_memory"))
    found = table(workflows, "Workflows", "engine")
    causes = Counter((row["engine"], row["cause"]) for row in ended if row["status"] in ("failed", "lost"))
    for (engine,), rows in grouped(made, "engine").items():
        row, seconds = found[engine], sorted(one.gpu_s for one in rows)
        passed = [one for one in rows if one.passed]
        assert (row["runs"], row["succeeded"], row["accepted"]) == (
            len(rows) + own_failures[engine], len(rows), len(passed)
        )  # fmt: skip
        assert row["accepted_share"] == near(len(passed) / (len(rows) + own_failures[engine]))
        assert (row["median_s"], row["p95_s"]) == (near(statistics.median(seconds)), near(percentile_95(seconds)))
        assert row["gpu_s_per_accepted"] == near(sum(seconds) / len(passed))
        assert row["mean_score"] == near(statistics.fmean(scores_of(passed)))
        causes.update((engine, gate) for one in rows for gate in one.failed - one.waived)
    failures = table(workflows, "Why runs were not accepted", "engine", "reason")
    assert {key: row["runs"] for key, row in failures.items()} == causes
    accepted = sum(one.passed for one in made)
    assert workflows.metrics["runs"] == len(made) + own_failures.total()
    assert workflows.metrics["accepted"] == accepted
    assert workflows.metrics["gpu_s_per_accepted"] == pytest.approx(sum(one.gpu_s for one in made) / accepted, abs=0.01)
    costs = table(workflows, "What accepted takes cost", "engine", "framing")
    for (engine, framing), rows in grouped(made, "engine", "framing").items():
        count = sum(one.passed for one in rows)
        row = costs[engine, framing]
        assert (row["accepted"], row["gpu_s"]) == (count, near(sum(one.gpu_s for one in rows)))
        if count:
            assert row["cpu_s_per_accepted"] == near(sum(one.cpu_s for one in rows) / count)
    foreseen = [(row["alternatives"][0], row["gpu_s"]) for row in ended if row["status"] == "succeeded"]
    errors = [abs(told["seconds"] - seconds) / seconds for told, seconds in foreseen]
    within = [told["seconds_low"] <= seconds <= told["seconds_high"] for told, seconds in foreseen]
    assert workflows.metrics["prediction_error"] == near(statistics.fmean(errors))
    assert workflows.metrics["predicted_within_range"] == near(statistics.fmean(within))
