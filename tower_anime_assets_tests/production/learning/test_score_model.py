"""The model of scores on functions that are known."""

from __future__ import annotations

import numpy as np

from tower_anime_assets.production.learning.score_model import Floats, fit_scores

RNG_SEED = 4
GRID = np.linspace(0.0, 1.0, 41)[:, None]


def scattered(count: int, parameters: int = 1, seed: int = RNG_SEED) -> Floats:
    return np.random.default_rng(seed).random((count, parameters))


def luck(count: int, spread: float) -> Floats:
    return np.random.default_rng(RNG_SEED + 1).normal(0.0, spread, count)


def test_the_best_place_is_found_in_spite_of_luck() -> None:
    points = scattered(60)
    scores = 0.9 - (points[:, 0] - 0.3) ** 2 + luck(60, 0.05)
    model = fit_scores(points, ["calm"] * 60, scores.tolist())
    means, _spreads = model.predict(GRID, "calm")
    assert abs(float(GRID[int(np.argmax(means)), 0]) - 0.3) < 0.1
    assert np.abs(means - (0.9 - (GRID[:, 0] - 0.3) ** 2)).max() < 0.08


def test_scores_that_do_not_depend_on_the_parameters_are_seen_as_luck() -> None:
    model = fit_scores(scattered(80, 3), ["calm"] * 80, (0.7 + luck(80, 0.1)).tolist())
    means, _spreads = model.predict(scattered(50, 3, seed=9), "calm")
    assert np.ptp(means) < 0.08
    assert abs(means.mean() - 0.7) < 0.04


def test_what_one_mood_teaches_helps_another_that_has_something_of_its_own() -> None:
    points = scattered(80)
    moods = ["calm"] * 76 + ["tense"] * 4
    offsets = np.where(np.arange(80) < 76, 0.0, 0.1)
    model = fit_scores(points, moods, (0.8 - (points[:, 0] - 0.6) ** 2 - offsets + luck(80, 0.02)).tolist())
    calm, _ = model.predict(GRID, "calm")
    tense, spreads = model.predict(GRID, "tense")
    assert abs(float(GRID[int(np.argmax(tense)), 0]) - 0.6) < 0.15
    assert (tense < calm).mean() > 0.9
    assert (spreads > 0).all()


def test_it_is_unsure_where_nothing_was_tried() -> None:
    points = scattered(40) / 3
    model = fit_scores(points, ["calm"] * 40, (0.5 + np.sin(9 * points[:, 0]) / 4 + luck(40, 0.02)).tolist())
    _means, spreads = model.predict(GRID, "calm")
    assert spreads[-1] > 3 * spreads[8]


def test_equal_scores_and_a_single_attempt_are_no_trouble() -> None:
    model = fit_scores(scattered(30, 2), ["calm"] * 30, [0.75] * 30)
    assert np.allclose(model.predict(scattered(5, 2, seed=8), "tense")[0], 0.75)
    single = fit_scores(scattered(1, 2), ["calm"], [0.6])
    assert np.allclose(single.predict(scattered(5, 2, seed=8), "calm")[0], 0.6)
