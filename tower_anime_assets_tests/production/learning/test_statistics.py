from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.learning import statistics
from tower_anime_assets.production.learning.attempts import AttemptRecord
from tower_anime_assets_tests.production.learning.attempt_rows import tried


def test_attempts_are_counted_by_engine_framing_mood_and_every_character() -> None:
    rows = [
        tried(1, framing="wide", characters=("akira", "luna"), score=0.5, passed=False),
        tried(2, framing="wide", characters=("luna",), score=1.0),
        tried(3, framing="close-up", mood="calm", characters=(), score=0.75),
    ]
    found = {(item.by, item.value): (item.rate.successes, item.rate.tries) for item in statistics.condition_rates(rows)}
    assert found == {
        ("", ""): (2, 3),
        ("framing", "close-up"): (1, 1),
        ("framing", "wide"): (1, 2),
        ("mood", "calm"): (1, 1),
        ("mood", "tense"): (1, 2),
        ("character", "akira"): (0, 1),
        ("character", "luna"): (1, 2),
    }
    whole = statistics.condition_rates(rows)[0]
    assert whole.mean_score == 0.75
    assert whole.quartiles == (0.5, 0.625, 0.75, 0.875, 1.0)
    assert (whole.trend, whole.drift) == (None, None)


def test_each_condition_has_its_own_reasons_trend_and_drift() -> None:
    falling = [tried(at, mood="tense", score=1 - at / 40, passed=False, failed=("sharp",)) for at in range(20)]
    steady = [tried(50 + at, mood="calm", score=0.5) for at in range(20)]
    found = {item.value: item for item in statistics.condition_rates([*falling, *steady]) if item.by == "mood"}
    assert [(item.reason, item.count, item.attempts) for item in found["tense"].rejections] == [("sharp", 20, 20)]
    assert found["calm"].rejections == ()
    assert found["tense"].trend is not None
    assert found["tense"].trend.tau == pytest.approx(-1)
    assert found["tense"].drift is not None
    assert found["tense"].drift.is_significant
    assert found["calm"].trend == statistics.Trend(0.0, 1.0, 20)


def test_engines_and_stages_are_counted_apart() -> None:
    rows = [tried(1), tried(2, engine="other"), tried(3, stage="clip")]
    assert {(item.stage, item.engine, item.rate.tries) for item in statistics.condition_rates(rows) if not item.by} == {
        ("keyframe", "comfyui:sdxl", 1),
        ("keyframe", "other", 1),
        ("clip", "comfyui:sdxl", 1),
    }


def test_rejections_by_gates_and_people_are_counted_once_per_attempt_the_most_frequent_first() -> None:
    rows = [
        tried(1, failed=("sharp", "colours"), passed=False),
        tried(2, failed=("sharp",), passed=False, reasons=("bad:anatomy", "bad:anatomy", "good:style")),
        tried(3),
    ]
    assert [(item.reason, item.count, item.attempts) for item in statistics.rejection_reasons(rows)] == [
        ("sharp", 2, 3),
        ("colours", 1, 3),
        ("person:anatomy", 1, 3),
    ]


def test_a_rising_score_is_a_trend_and_noise_seldom_is() -> None:
    rising = statistics.score_trend([tried(at, score=0.5 + at / 100) for at in range(20)])
    assert rising is not None
    assert rising.is_significant
    assert rising.tau == pytest.approx(1.0)
    chance = random.Random(4)
    flat = [statistics.score_trend([tried(at, score=chance.random()) for at in range(40)]) for _ in range(40)]
    found = [item for item in flat if item is not None and item.is_significant]
    assert len(found) <= 6  # 5 % of 40 are expected; more than 6 come once in 50 times
    assert any(str(item).startswith("no trend") for item in flat)


def test_the_order_in_which_rows_come_does_not_matter() -> None:
    rows = [tried(at, score=at / 50) for at in range(30)]
    assert statistics.score_trend(rows) == statistics.score_trend(rows[::-1])
    assert statistics.score_drift(rows) == statistics.score_drift(rows[::-1])


def test_scores_that_fall_half_way_have_drifted() -> None:
    chance = random.Random(5)
    fell = statistics.score_drift([tried(at, score=chance.uniform(0.4, 0.6) - 0.3 * (at >= 20)) for at in range(40)])
    stayed = statistics.score_drift([tried(at, score=chance.uniform(0.4, 0.6)) for at in range(40)])
    assert fell is not None
    assert stayed is not None
    assert fell.is_significant
    assert fell.later_mean < fell.earlier_mean - 0.2
    assert not stayed.is_significant


def test_too_few_attempts_say_nothing_of_time() -> None:
    rows = [tried(at, score=at / 10) for at in range(5)]
    assert statistics.score_trend(rows) is None
    assert statistics.score_drift(rows) is None
    assert statistics.score_trend([tried(at) for at in range(12)]) == statistics.Trend(0.0, 1.0, 12)


def varied(count: int = 60, seed: int = 6) -> list[AttemptRecord]:
    """Attempts whose score rises with cfg, falls with denoise and does not care for steps."""
    chance = random.Random(seed)
    rows = []
    for at in range(count):
        given = {"cfg": chance.uniform(1, 10), "denoise": chance.random(), "steps": chance.randrange(8, 40)}
        score = 0.5 + 0.04 * given["cfg"] - 0.3 * given["denoise"] + chance.gauss(0, 0.05)
        rows.append(tried(at, parameters={"seed": at, **given}, score=score, passed=score > 0.5))
    return rows


def test_parameters_that_matter_are_told_from_those_that_do_not() -> None:
    blamed = 0
    for seed in range(30):
        found = {item.parameter: item for item in statistics.correlations(varied(seed=seed))}
        assert found["cfg"].rho > 0.3
        assert found["denoise"].rho < -0.3
        assert found["cfg"].is_significant
        assert found["denoise"].is_significant
        assert "seed" not in found
        blamed += found["steps"].is_significant
    assert blamed <= 5


def test_a_parameter_that_never_varied_is_left_out() -> None:
    assert statistics.correlations([tried(at, parameters={"steps": 20}, score=at / 20) for at in range(20)]) == ()


def prompted() -> list[AttemptRecord]:
    """Attempts of which those with "neon" are mostly accepted, and with "crowd" mostly not; "city" is in all."""
    rows = []
    for at in range(60):
        words = ["city", *(["(neon:1.2)"] if at % 2 else []), *(["Crowd"] if at % 3 == 0 else [])]
        rows.append(tried(at, prompt=", ".join(words), passed=bool(at % 2) and at % 3 != 0))
    return rows


def test_prompt_elements_that_correlate_with_acceptance_are_found_whatever_their_case_and_weight() -> None:
    found = {item.text: item for item in statistics.prompt_elements(prompted())}
    assert set(found) == {"neon", "crowd"}
    assert found["neon"].lift == pytest.approx(20 / 30)
    assert found["crowd"].lift < 0
    assert found["neon"].is_significant
    assert found["crowd"].is_significant


def test_a_prompt_is_taken_apart_at_commas() -> None:
    assert statistics.elements_of("A city,  (neon lights:1.3), [rain]; ,\nfog") == {
        "a city",
        "neon lights",
        "rain",
        "fog",
    }


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_are_never_smaller_and_keep_their_order(values: list[float]) -> None:
    found = statistics.adjust_p_values(values)
    assert len(found) == len(values)
    assert all(after >= before - 1e-12 for before, after in zip(values, found, strict=True))
    order = sorted(range(len(values)), key=lambda at: values[at])
    assert all(found[one] <= found[other] + 1e-12 for one, other in itertools.pairwise(order))


def test_chance_alone_gives_hardly_any_pattern() -> None:
    chance = random.Random(8)
    kept = 0
    for _ in range(20):
        rows = [
            tried(
                at,
                mood=chance.choice(("calm", "tense", "action")),
                framing=chance.choice(("wide", "medium", "close-up")),
                prompt=", ".join(chance.sample(("neon", "rain", "fog", "crowd", "steam"), 2)),
                parameters={"cfg": chance.random(), "steps": chance.random()},
                score=chance.random(),
                passed=chance.random() < 0.5,
            )
            for at in range(80)
        ]
        kept += len(statistics.learn_patterns(rows))
    assert kept <= 5


def test_patterns_have_figures_and_become_recommendations() -> None:
    rows = [
        *varied(),
        *(tried(100 + at, mood="action", passed=False, failed=("sharp",), score=0.2) for at in range(30)),
    ]
    found = statistics.learn_patterns(rows)
    assert {"parameter": "cfg"} in [dict(item.conditions) for item in found]
    (mood,) = [item for item in found if item.conditions == {"mood": "action"}]
    assert mood.text == "keyframe takes with mood action are accepted less often than the others"
    assert (mood.evidence["accepted"], mood.evidence["of"], mood.samples) == (0, 30, 30)
    assert mood.mean_score == pytest.approx(0.2)
    said = statistics.recommend(rows)
    assert any(line.startswith("comfyui:sdxl: try a higher cfg (rank correlation with the score +0.") for line in said)
    assert any("sharp rejects most, 30 of 90 attempts (33%)" in line for line in said)


def test_what_changed_between_the_halves_is_named() -> None:
    rows = [tried(at, parameters={"steps": 10, "cfg": 5.0}) for at in range(10)]
    rows += [tried(10 + at, parameters={"steps": 20, "cfg": 5.0}, source="learned") for at in range(10)]
    assert {(item.name, item.earlier, item.later) for item in statistics.changes(rows)} == {
        ("steps", 10.0, 20.0),
        ("share from learned", 0.0, 1.0),
        ("share from nobody", 1.0, 0.0),
    }
    assert statistics.changes(rows[:1]) == ()


def test_no_rows_teach_nothing() -> None:
    assert statistics.condition_rates([]) == ()
    assert statistics.rejection_reasons([]) == ()
    assert statistics.learn_patterns([]) == ()
    assert statistics.recommend([]) == ()


ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1),
        st.booleans(),
        st.sampled_from(["", "calm", "tense"]),
        st.sampled_from(["", "neon", "neon, fog", ", ,"]),
        st.dictionaries(st.sampled_from(["steps", "cfg"]), st.integers(0, 3) | st.floats(0, 1)),
        st.sampled_from([(), ("sharp",), ("sharp", "colours")]),
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(ATTEMPTS)
def test_any_attempts_give_figures_in_range(drawn: list[tuple[Any, ...]]) -> None:
    rows = [
        tried(at, score=score, passed=passed, mood=mood, prompt=prompt, parameters=parameters, failed=failed)
        for at, (score, passed, mood, prompt, parameters, failed) in enumerate(drawn)
    ]
    assert sum(item.rate.tries for item in statistics.condition_rates(rows) if not item.by) == len(rows)
    for found in (statistics.score_trend(rows), statistics.score_drift(rows)):
        assert found is None or 0 <= found.p_value <= 1
    assert all(-1 <= item.rho <= 1 and 0 <= item.p_value <= 1 for item in statistics.correlations(rows))
    assert all(-1 <= item.lift <= 1 and 0 <= item.p_value <= 1 for item in statistics.prompt_elements(rows))
    assert all(0 < item.count <= item.attempts == len(rows) for item in statistics.rejection_reasons(rows))
    found_words = [(item.engine, item.text) for item in statistics.learn_patterns(rows)]
    assert len(set(found_words)) == len(found_words)
