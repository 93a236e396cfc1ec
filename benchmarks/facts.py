"""The memory at 54,000 facts: storing them, exact questions, and questions in words, rare and common ones alike.

`python -m benchmarks.facts` prints its table. Everything happens in a temporary home with an empty database.
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


def vocabulary(draw: random.Random) -> list[str]:
    """Return made-up words, the common ones first."""
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(draw.choice(SYLLABLES) for _ in range(draw.randint(1, 4)))] = None
    return list(words)


def some(draw: random.Random, words: Sequence[str], least: int, most: int) -> str:
    """Return a few words, drawn as in language: the n-th about 1/n as often as the first."""
    weights = [1 / place for place in range(1, len(words) + 1)]
    return " ".join(draw.choices(words, weights, k=draw.randint(least, most)))


def statements(draw: random.Random, words: Sequence[str]) -> list[Statement]:
    """Return facts of about the length that facts of a show have."""
    names = [some(draw, words[200:], 1, 2).title() + f" {number}" for number in range(SUBJECTS)]
    return [
        Statement(
            subject=draw.choice(names),
            predicate=draw.choice(MANY_OBJECTS),
            object=f"{some(draw, words, 3, 14)} {number}",
            source="person:benchmark",
        )
        for number in range(FACTS)
    ]


def milliseconds(ask: Callable[[int], object], times: int) -> list[float]:
    """Return how long each of several questions took, ms, shortest first."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def measure() -> list[Row]:
    """Return what was measured, each with its promise."""
    with tempfile.TemporaryDirectory(prefix="tower-") as folder:
        found = replace(settings.from_environment({}), home=Path(folder) / "home")
        try:
            with open_studio(found) as studio:
                return _measured(studio.database, found.projects)
        finally:
            server.stop_server(found, only_if_unused=False)


def _measured(database: Database, projects: Path) -> list[Row]:
    draw = random.Random(7)  # noqa: S311 - the same facts and questions in every run
    words = vocabulary(draw)
    said = statements(draw, words)
    began = time.perf_counter()
    tally = facts.store_statements(database, "nexus", said)
    storing_s = time.perf_counter() - began
    assert tally.stored == FACTS

    asked = draw.sample(said, QUESTIONS)
    exact = milliseconds(
        lambda at: facts.find_facts(database, ["nexus"], asked[at].subject, asked[at].predicate), QUESTIONS
    )
    queries = [some(draw, words, 1, 5) for _ in range(QUESTIONS)]
    full_text = milliseconds(lambda at: facts.search_words(database, ["nexus"], queries[at], 5), QUESTIONS)
    commonest = milliseconds(lambda _: facts.search_words(database, ["nexus"], " ".join(words[:5]), 5), 20)
    project, episode = show_files.load_episode(projects, EpisodeKey("nexus", "e01"))
    scenes = [replace(episode.scenes[0], place=each.subject, synopsis=some(draw, words, 10, 20)) for each in asked[:20]]
    scene = milliseconds(lambda at: memory.facts_for_scene(database, project, scenes[at]), len(scenes))

    p50_exact, p95_exact = statistics.median(exact), exact[int(QUESTIONS * 0.95)]
    p50, p95 = statistics.median(full_text), full_text[int(QUESTIONS * 0.95)]
    return [
        Row(f"{FACTS:,} facts stored, in batches", storing_s, "s", "-", True),
        Row("facts of a subject and predicate, median", p50_exact, "ms", "< 2", p50_exact < 2),
        Row("the same, 95th percentile", p95_exact, "ms", "< 2", p95_exact < 2),
        Row("facts by 1 to 5 words, median", p50, "ms", "-", True),
        Row("the same, 95th percentile", p95, "ms", "< 120", p95 < 120),
        Row("the same, by the five commonest words", statistics.median(commonest), "ms", "-", True),
        Row("what a scene's director is told, median", statistics.median(scene), "ms", "-", True),
    ]


if __name__ == "__main__":
    print_rows(measure())
