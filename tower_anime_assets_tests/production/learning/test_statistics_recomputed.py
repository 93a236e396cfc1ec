"""P-values, correlations and changes of the reports, computed another way: by counting, and by their definitions."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Sequence

import pytest

from tower_anime_assets.production.learning.attempts import AttemptRecord
from tower_anime_assets.production.learning.statistics import (
    adjust_p_values,
    changes,
    correlations,
    elements_of,
    prompt_elements,
)
from tower_anime_assets_tests.production.learning.attempt_rows import tried


def adjusted_by_definition(p_values: Sequence[float]) -> list[float]:
    """Return, for each test, the lowest false discovery rate at which it is still among the discoveries."""
    rates = []
    for p_value in p_values:
        levels = [one for one in p_values if one >= p_value]
        rates.append(min(1.0, *(level * len(p_values) / sum(one <= level for one in p_values) for level in levels)))
    return rates


def fisher_by_counting(hits: int, tries: int, other_hits: int, other_tries: int) -> float:
    """Return how often a random division of the successes is at most as likely as the one that was seen."""
    total = hits + other_hits
    likelihoods = {
        count: math.comb(tries, count) * math.comb(other_tries, total - count)
        for count in range(max(0, total - other_tries), min(tries, total) + 1)
    }
    seen = likelihoods[hits]
    return sum(one for one in likelihoods.values() if one <= seen) / sum(likelihoods.values())


def ranks(values: Sequence[float]) -> list[float]:
    """Return ranks from 1; equal values share the mean of theirs."""
    return [sum(one < value for one in values) + (sum(one == value for one in values) + 1) / 2 for value in values]


ROWS: list[AttemptRecord] = []
for number in range(60):
    chance = random.Random(number)
    steps, cfg = chance.randrange(20, 40), chance.choice((3.0, 5.0, 7.0))
    score = round(min(1.0, 0.1 + steps / 60 + chance.random() / 4), 3)
    prompt = ", ".join(
        ["anime", *(["neon"] if score > 0.75 or number % 7 == 0 else []), "fog" if number % 2 else "sun"]
    )
    source = "learned:7" if number > 40 else "defaults"
    told = {"seed": number, "steps": steps, "cfg": cfg}
    ROWS.append(tried(number, score=score, passed=score >= 0.7, parameters=told, prompt=prompt, source=source))


@pytest.mark.parametrize("seed", range(5))
def test_p_values_are_adjusted_as_benjamini_and_hochberg_define_it(seed: int) -> None:
    chance = random.Random(seed)
    p_values = [chance.choice((0.001, 0.02, chance.random())) for _ in range(12)]
    assert adjust_p_values(p_values) == pytest.approx(adjusted_by_definition(p_values))


def test_prompt_elements_have_the_p_values_of_a_count_of_all_tables() -> None:
    found = {one.text: one for one in prompt_elements(ROWS)}
    assert set(found) == {"neon", "fog", "sun"}
    counts = {}
    for text in sorted(found):
        inside = [one.is_success for one in ROWS if text in elements_of(one.prompt)]
        outside = [one.is_success for one in ROWS if text not in elements_of(one.prompt)]
        counts[text] = fisher_by_counting(sum(inside), len(inside), sum(outside), len(outside))
        assert found[text].lift == pytest.approx(statistics.fmean(inside) - statistics.fmean(outside))
    expected = dict(zip(counts, adjusted_by_definition(list(counts.values())), strict=True))
    assert {text: one.p_value for text, one in found.items()} == pytest.approx(expected)


def test_correlations_are_pearsons_of_the_ranks_with_the_p_values_of_shuffled_scores() -> None:
    found = {one.parameter: one for one in correlations(ROWS)}
    scores = [float(one.score or 0.0) for one in ROWS]
    raw = {}
    for name in ("steps", "cfg"):
        values = [float(one.parameters[name]) for one in ROWS]
        rho = statistics.correlation(ranks(values), ranks(scores))
        assert found[name].rho == pytest.approx(rho)
        assert found[name].rows == len(ROWS)
        chance, shuffled = random.Random(1), ranks(scores)
        hits = 0
        for _ in range(2_000):
            chance.shuffle(shuffled)
            hits += abs(statistics.correlation(ranks(values), shuffled)) >= abs(rho) - 1e-12
        raw[name] = hits / 2_000
    expected = dict(zip(raw, adjusted_by_definition(list(raw.values())), strict=True))
    assert {name: found[name].p_value for name in raw} == pytest.approx(expected, abs=0.04)
    assert found["steps"].is_significant


def test_changes_are_the_means_of_the_two_halves() -> None:
    halves = [ROWS[:30], ROWS[30:]]
    expected = {}
    for name in ("steps", "cfg"):
        expected[name] = tuple(statistics.fmean(one.parameters[name] for one in half) for half in halves)
    for kind in ("learned", "defaults"):
        shares = [sum(one.source.startswith(kind) for one in half) / 30 for half in halves]
        expected[f"share from {kind}"] = (shares[0], shares[1])
    found = {one.name: (one.earlier, one.later) for one in changes([*ROWS[::2], *ROWS[1::2]])}
    assert found == {name: pytest.approx(means) for name, means in expected.items() if means[0] != means[1]}
    assert list(itertools.chain(*found.values())) != []
