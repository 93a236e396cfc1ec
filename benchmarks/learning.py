"""Learning: attempts per accepted shot in simulated studios with and without it, and what a suggestion costs.

A studio has one engine with six parameters of different kinds (whole numbers, fractions, a switch, a choice without
order), three moods that want different values, two parameters that interact, and noise. The best values are drawn per
seed; the engine's defaults are accepted about as often as an untuned workflow's (20 to 45 %). A shot is tried until it
is accepted, ten times at most. Without learning every attempt uses the defaults with a new seed, as engines do by
themselves.

There are three kinds: one in which much can be learned, one whose gates ignore the parameters, and one whose defaults
are the best values, so that every deviation costs attempts.

`python -m benchmarks.learning` prints the table; it takes about five minutes on one core.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.table import Row, print_rows
from tower_anime_assets.engines.orders import Measurement, Order, StoryPosition
from tower_anime_assets.engines.suggestions import LEARNED, ParameterSuggester, SuggestionContext, suggest_parameters
from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import StoredFile
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.learning.attempts import AttemptRecord
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, Pose, Setting, Subject
from tower_anime_assets.production.story.model import Appearance, Character, Style, Voice
from tower_anime_assets.production.verdicts import Threshold, Verdict, judge
from tower_anime_assets.production.verdicts import score as verdict_score
from tower_anime_assets.settings import Settings
from tower_anime_assets.store import attempts, decisions, migrations, server, takes, verdicts
from tower_anime_assets.store.database import Database

SEEDS = 20
SHOTS = 300
LEARNING_SHOTS = 200
MAX_ATTEMPTS = 10
SUGGESTION_ROWS = 2000
REPEATS = 15
T_95_OF_19 = 2.093
MOODS = ("calm", "tense", "action")
ENGINE = "comfyui:simulated"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


SPACE = {
    "steps": Tunable(8, 40, 1),
    "cfg": Tunable(1, 10, 0.5),
    "denoise": Tunable(0.3, 1.0, 0.05),
    "lora_strength": Tunable(0, 1.2, 0.05),
    "upscale": Tunable(0, 1, 1),
    "sampler": Tunable(0, 3, 1),
}
GATES = 8
BARS = tuple(Threshold(f"gate_{at}", f"measure_{at}", 0.1, None, "", "", "") for at in range(GATES))
DEFAULTS = {"steps": 20, "cfg": 5.5, "denoise": 0.7, "lora_strength": 0.6, "upscale": 0, "sampler": 1}


class Studio:
    """The gates of one simulated studio, as a function of parameters."""

    def __init__(self, kind: str, seed: int) -> None:
        self.kind = kind
        self.rng = random.Random(f"{kind} {seed}")  # noqa: S311 - a game, not a secret
        self.best: dict[str, dict[str, float]] = {}
        while True:
            self._draw()
            plain = self.acceptance(DEFAULTS)
            if kind != "learnable" or 0.2 <= plain <= 0.45:
                break

    def _draw(self) -> None:
        rng = self.rng
        shared = {name: rng.uniform(knob.low, knob.high) for name, knob in SPACE.items()}
        self.sampler = {mood: [rng.uniform(0, 0.25) for _ in range(4)] for mood in MOODS}
        for mood in MOODS:
            moved = {}
            for name, knob in SPACE.items():
                span = knob.high - knob.low
                moved[name] = min(knob.high, max(knob.low, shared[name] + rng.gauss(0, 0.12) * span))
            self.best[mood] = {**moved, "upscale": float(shared["upscale"] > 0.5)}
            if self.kind == "best already":
                self.best[mood] = {name: float(value) for name, value in DEFAULTS.items()}
                self.sampler[mood] = [0.25, 0.0, 0.25, 0.25]

    def expected(self, mood: str, parameters: dict[str, float]) -> float:
        """Return the score without noise, at most 1."""
        off = {
            name: (parameters[name] - self.best[mood][name]) / (SPACE[name].high - SPACE[name].low)
            for name in ("steps", "cfg", "denoise", "lora_strength", "upscale")
        }
        loss = 1.2 * off["cfg"] ** 2 + 0.9 * off["denoise"] ** 2 + 0.8 * off["lora_strength"] ** 2
        loss += 0.6 * (off["steps"] + 0.7 * off["cfg"]) ** 2 + 0.08 * abs(off["upscale"])
        return 1.0 - loss - self.sampler[mood][int(parameters["sampler"])]

    def score(self, mood: str, parameters: dict[str, float], rng: random.Random) -> float:
        """Return the score of one take; takes with the same parameters differ."""
        if self.kind == "indifferent":
            return rng.random()
        return self.expected(mood, parameters) + rng.gauss(0, 0.1)

    @property
    def accepts_from(self) -> float:
        """The score from which the gates accept."""
        return {"learnable": 0.8, "indifferent": 0.6, "best already": 0.95}[self.kind]

    def acceptance(self, parameters: dict[str, float]) -> float:
        """Return how often parameters are accepted, over all moods."""
        normal = statistics.NormalDist(0, 0.1)
        return statistics.mean(1 - normal.cdf(self.accepts_from - self.expected(mood, parameters)) for mood in MOODS)


Policy = Callable[[Sequence[AttemptRecord], str, str], tuple[dict[str, float], str]]


def by_defaults(_rows: Sequence[AttemptRecord], _mood: str, _key: str) -> tuple[dict[str, float], str]:
    """Return the engine's defaults."""
    return dict(DEFAULTS), ""


def by_suggestion(rows: Sequence[AttemptRecord], mood: str, key: str) -> tuple[dict[str, float], str]:
    """Return what is suggested."""
    suggestion = ParameterSuggester(rows).suggest(SuggestionContext(ENGINE, mood, key=key), DEFAULTS, SPACE)
    return dict(suggestion.parameters), suggestion.source


def attempts_per_accepted(kind: str, seed: int, policy: Policy) -> tuple[float, float]:
    """Return attempts per accepted shot over the first 200 shots, and over the 100 after them."""
    studio = Studio(kind, seed)
    rng = random.Random(f"shots {kind} {seed}")  # noqa: S311 - likewise
    newest_first: list[AttemptRecord] = []
    counts = []
    for shot in range(SHOTS):
        mood = MOODS[rng.randrange(len(MOODS))]
        for attempt in range(1, MAX_ATTEMPTS + 1):
            parameters, source = policy(newest_first, mood, f"{shot}/{attempt}")
            score = studio.score(mood, parameters, rng)
            accepted = score >= studio.accepts_from
            newest_first.insert(0, _attempt(len(newest_first), mood, parameters, source, score, accepted))
            if accepted:
                break
        counts.append((attempt, accepted))
    return _ratio(counts[:LEARNING_SHOTS]), _ratio(counts[LEARNING_SHOTS:])


def _ratio(counts: Sequence[tuple[int, bool]]) -> float:
    return sum(attempts for attempts, _accepted in counts) / max(1, sum(accepted for _attempts, accepted in counts))


def _attempt(
    number: int, mood: str, parameters: dict[str, float], source: str, score: float, accepted: bool
) -> AttemptRecord:
    return AttemptRecord(
        decision_id=f"{number:06}",
        project="simulated",
        episode="e01",
        shot="",
        stage="clip",
        engine=ENGINE,
        timestamp=BEGAN + timedelta(minutes=number),
        attempt=1,
        parameters=parameters,
        source=source,
        framing="",
        mood=mood,
        characters=(),
        prompt="",
        score=min(1.0, max(0.0, score)),
        passed=accepted,
    )


def compared(task: tuple[str, int]) -> tuple[float, float]:
    """Return attempts with learning per attempt without, over the first 200 shots and over the 100 after them."""
    kind, seed = task
    plain = attempts_per_accepted(kind, seed, by_defaults)
    suggested = attempts_per_accepted(kind, seed, by_suggestion)
    return suggested[0] / plain[0], suggested[1] / plain[1]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean and its 95 % interval by Student's t, for 20 values."""
    mean = statistics.mean(values)
    half = T_95_OF_19 * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


class TunedPainter:
    """An engine with tunable parameters; it makes nothing here."""

    name = ENGINE
    version = "1"
    lanes = 1
    tunable = SPACE

    def plan_attempt(self, brief: KeyframeBrief, number: int, _complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the defaults with a seed of their own."""
        return {"seed": brief.seed + number, **DEFAULTS}

    def make(self, _brief: KeyframeBrief, _attempt: Attempt) -> EngineOutput:
        """Never called: only what comes before is measured."""
        raise MediaError("nothing is painted in this benchmark")


def suggestion_ms() -> tuple[float, float]:
    """Return the median milliseconds of a suggestion from 2,000 attempts of one mood, and of the query in it.

    This is the worst case: whole briefs, eight verdicts each, and all attempts in the mood that is asked for.
    """
    with tempfile.TemporaryDirectory(prefix="tower-") as home:
        settings = Settings(projects=Path(home) / "projects", home=Path(home))
        database = Database(server.ensure_server(settings).url)
        try:
            migrations.apply_migrations(database)
            order = _order()
            fill(database, order)
            querying = _median_ms(lambda: attempts.list_newest(database, ["simulated"], engine=ENGINE, with_cast=False))
            return _modelled_ms(database, order), querying
        finally:
            database.close()
            server.stop_server(settings, only_if_unused=False)


def fill(database: Database, order: Order[KeyframeBrief], attempts: int = SUGGESTION_ROWS) -> None:
    """Record attempts with different parameters, most of them learned, about half of them accepted."""
    rng = random.Random(7)  # noqa: S311 - likewise
    brief = plain_data(order.brief)
    for number in range(attempts):
        parameters = {
            name: knob.low + knob.step * rng.randrange(round((knob.high - knob.low) / knob.step) + 1)
            for name, knob in SPACE.items()
        }
        decision = decisions.record_decision(
            database,
            decisions.NewDecision(
                project_id=order.position.project,
                episode_id=order.position.episode,
                scene_id=order.position.scene,
                shot_id=order.position.shot,
                decision_type=order.stage,
                parameters={"brief": brief, "attempt": {"seed": number, **parameters, "advice": {"source": "learned"}}},
                reasoning="",
                engine=ENGINE,
                brief_digest=order.digest,
                idempotency_key=f"attempt {number}",
            ),
        )
        judged = judge({f"measure_{at}": rng.random() for at in range(GATES)}, BARS)
        take = takes.record_take(
            database,
            takes.NewTake(
                decision_id=decision.id,
                brief_digest=order.digest,
                stage=order.stage,
                project_id=order.position.project,
                files={"main": StoredFile("0" * 64, f"00/{'0' * 64}.png", 1)},
                measured={verdict.measure: verdict.value for verdict in judged},
                details={},
                duration_s=1.0,
                quality_score=verdict_score(judged),
            ),
        )
        verdicts.record_verdicts(database, take.id, judged)


def _order() -> Order[KeyframeBrief]:
    cast = tuple(
        Character(
            name,
            name.title(),
            "A street racer who has seen too many nights, with a past that nobody asks about.",
            Appearance("#20242e", "short", "#e8b898", "#3060a0", "#2060d0", "coat", "#40e0ff"),
            Voice(),
        )
        for name in ("akira", "luna")
    )
    subjects = tuple(Subject(one.id, Emotion.TENSE, Pose.STAND, Facing.LEFT, 0.2) for one in cast)
    setting = Setting("NEXUS TOWER - LABORATORY", True, "night", "clear", "tense")
    brief = KeyframeBrief(
        Framing.MEDIUM, Move.STATIC, subjects, cast, setting, (), (), "two people, neon, rain on glass", "blurry",
        Style(), 768, 512, 7, 0,
    )  # fmt: skip
    place = StoryPosition("simulated", "e01", "sc01", "sh0010")
    return Order("keyframe", "sh0010", place, brief, TunedPainter(), _unmeasured, BARS, "")


def _unmeasured(_made: EngineOutput) -> Measurement:
    raise MediaError("nothing is measured in this benchmark")


def _modelled_ms(database: Database, order: Order[KeyframeBrief]) -> float:
    """Return the median milliseconds of suggestions by the model; those of the defaults skip it and are left out."""
    first = order.engine.plan_attempt(order.brief, 1, ())
    taken: list[float] = []
    for seed in itertools.count():
        before = time.perf_counter()
        advice = suggest_parameters(order, {**first, "seed": seed}, database=database)
        if advice.parameters["advice"]["source"] == LEARNED:
            taken.append(1000 * (time.perf_counter() - before))
        if len(taken) == REPEATS:
            break
    return statistics.median(taken)


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        before = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - before))
    return statistics.median(taken)


def measure(seeds: int = SEEDS) -> list[Row]:
    """Return the figures."""
    rows = []
    tasks = [(kind, seed) for kind in ("learnable", "indifferent", "best already") for seed in range(seeds)]
    with ProcessPoolExecutor(max(1, (os.cpu_count() or 2) - 1)) as pool:
        ratios = list(pool.map(compared, tasks))
    for at, (kind, promise, bound) in enumerate(
        (
            ("learnable", "at most 0.7 x", 0.7),
            ("indifferent", "at most 1.05 x", 1.05),
            ("best already", "at most 1.05 x", 1.05),
        )
    ):
        mine = ratios[at * seeds : (at + 1) * seeds]
        for when, values in (("first 200 shots", [a for a, _ in mine]), ("the 100 after", [b for _, b in mine])):
            mean, low, high = interval(values)
            label = f"Attempts per accepted shot with learning / without, {kind}, {when} ({low:.3f} to {high:.3f})"
            rows.append(Row(label, mean, "x", promise, high <= bound))
    whole, querying = suggestion_ms()
    label = f"A suggestion at 2,000 attempts of one mood, query and all (the query {querying:.0f} ms)"
    rows.append(Row(label, whole, "ms", "at most 200 ms", whole <= 200))
    return rows


if __name__ == "__main__":
    print_rows(measure())
