"""The memory with 54,000 facts: storing them, exact questions, searches by rare and common words, and their answers.

`python -m benchmarks.facts` prints the table. It uses a temporary home with an empty database.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.table import Row, print_rows
from tower_anime_assets import settings
from tower_anime_assets.media import show_files
from tower_anime_assets.production.memory.facts import PREDICATES, Statement
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.store import facts, server
from tower_anime_assets.store.database import Database

FACTS = 54_000
SUBJECTS = 1_500
WORDS = 6_000
QUESTIONS = 300
SYLLABLES = ["ka", "ri", "mo", "ten", "lu", "shi", "ra", "vo", "nex", "ari", "den", "ku", "sol", "mi", "tar", "gen"]

MANY_OBJECTS = [name for name, predicate in PREDICATES.items() if not predicate.is_single] + ["remembers", "said"]


def _vocabulary(draw: random.Random) -> list[str]:
    """Return invented words, the most common first."""
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(draw.choice(SYLLABLES) for _ in range(draw.randint(1, 4)))] = None
    return list(words)


def _phrase(draw: random.Random, words: Sequence[str], low: int, high: int) -> str:
    """Return `low` to `high` words, distributed as in natural language: the n-th is 1/n as frequent as the first."""
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return " ".join(draw.choices(words, weights, k=draw.randint(low, high)))


def _statements(draw: random.Random, words: Sequence[str]) -> list[Statement]:
    """Return facts of the typical length of a show's facts."""
    names = [_phrase(draw, words[200:], 1, 2).title() + f" {number}" for number in range(SUBJECTS)]
    return [
        Statement(
            subject=draw.choice(names),
            predicate=draw.choice(MANY_OBJECTS),
            object=f"{_phrase(draw, words, 3, 14)} {number}",
            source="person:benchmark",
        )
        for number in range(FACTS)
    ]


def _durations_ms(query: Callable[[int], object], count: int) -> list[float]:
    """Return the durations of `count` queries in milliseconds, shortest first."""
    durations_ms = []
    for number in range(count):
        start = time.perf_counter()
        query(number)
        durations_ms.append((time.perf_counter() - start) * 1000)
    return sorted(durations_ms)


def _durations_side_by_side_ms(
    first: Callable[[int], object], second: Callable[[int], object]
) -> tuple[list[float], list[float]]:
    """Return the durations of two kinds of queries, asked in turn, in milliseconds, shortest first."""
    durations_ms: tuple[list[float], list[float]] = ([], [])
    for number in range(QUESTIONS):
        for query, durations in zip((first, second), durations_ms, strict=True):
            start = time.perf_counter()
            query(number)
            durations.append((time.perf_counter() - start) * 1000)
    return sorted(durations_ms[0]), sorted(durations_ms[1])


def measure() -> list[Row]:
    """Return what was measured, each with its promise."""
    with tempfile.TemporaryDirectory(prefix="tower-") as folder:
        own_settings = replace(settings.from_environment({}), home=Path(folder) / "home")
        try:
            with open_studio(own_settings) as studio:
                return _measure(studio.database, own_settings.projects)
        finally:
            server.stop_server(own_settings, only_if_unused=False)


def _measure(database: Database, projects: Path) -> list[Row]:
    draw = random.Random(7)  # noqa: S311 - the same facts and questions in every run
    words = _vocabulary(draw)
    statements = _statements(draw, words)
    start = time.perf_counter()
    counts = facts.store_statements(database, "nexus", statements)
    storing_s = time.perf_counter() - start
    assert counts.stored == FACTS

    sample = draw.sample(statements, QUESTIONS)
    exact = _durations_ms(
        lambda number: facts.find_facts(database, ["nexus"], sample[number].subject, sample[number].predicate),
        QUESTIONS,
    )
    queries = [_phrase(draw, words, 1, 5) for _ in range(QUESTIONS)]
    full_text, answers = _durations_side_by_side_ms(
        lambda number: facts.search_words(database, ["nexus"], queries[number], 5),
        lambda number: memory.search(database, "nexus", queries[number], 5),
    )
    commonest = _durations_ms(lambda _: facts.search_words(database, ["nexus"], " ".join(words[:5]), 5), 20)
    project, episode = show_files.load_episode(projects, EpisodeKey("nexus", "e01"))
    scenes = [
        replace(episode.scenes[0], place=item.subject, synopsis=_phrase(draw, words, 10, 20)) for item in sample[:20]
    ]
    scene = _durations_ms(lambda number: memory.facts_for_scene(database, project, scenes[number]), len(scenes))

    p50_exact, p95_exact = statistics.median(exact), exact[int(QUESTIONS * 0.95)]
    p50, p95 = statistics.median(full_text), full_text[int(QUESTIONS * 0.95)]
    answer_ratio = answers[int(QUESTIONS * 0.95)] / p95
    return [
        Row(f"{FACTS:,} facts stored, in batches", storing_s, "s", "-", True),
        Row("facts of a subject and predicate, median", p50_exact, "ms", "< 2", p50_exact < 2),
        Row("the same, 95th percentile", p95_exact, "ms", "< 2", p95_exact < 2),
        Row("facts by 1 to 5 words, median", p50, "ms", "-", True),
        Row("the same, 95th percentile", p95, "ms", "< 120", p95 < 120),
        Row("the same, by the five commonest words", statistics.median(commonest), "ms", "-", True),
        Row("a question's answers, median", statistics.median(answers), "ms", "-", True),
        Row("95th percentile, against that of the search by words", answer_ratio, "x", "< 2", answer_ratio < 2),
        Row("what a scene's director is told, median", statistics.median(scene), "ms", "-", True),
    ]


if __name__ == "__main__":
    print_rows(measure())
