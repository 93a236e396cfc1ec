from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import statistics, verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take

Kept = Callable[..., Take]

SHARP = Verdict("keyframes_are_sharp", "sharpness_var", 310.123456789012, 120.0, None, "grey levels squared", True, "")
DARK = Verdict("keyframes_are_lit", "mean_luma", 12.0, 30.0, 220.0, "8-bit", False, "Add light.")


def test_verdicts_come_back_as_they_were(database: Database, kept_take: Kept) -> None:
    take, bare = kept_take(), kept_take()
    assert verdicts.record_verdicts(database, take.id, (SHARP, DARK)) == 2
    assert verdicts.find_latest(database, [take.id, bare.id]) == {take.id: (SHARP, DARK)}


def test_a_verdict_that_says_nothing_new_is_not_written(database: Database, kept_take: Kept) -> None:
    take = kept_take()
    verdicts.record_verdicts(database, take.id, (SHARP, DARK))
    assert verdicts.record_verdicts(database, take.id, (SHARP, DARK)) == 0
    lit = replace(DARK, value=80.0, passed=True)
    assert verdicts.record_verdicts(database, take.id, (SHARP, lit)) == 1
    assert verdicts.find_latest(database, [take.id]) == {take.id: (SHARP, lit)}
    assert verdicts.record_verdicts(database, take.id, (DARK,)) == 1
    assert verdicts.find_latest(database, [take.id])[take.id] == (SHARP, DARK)


def test_new_bars_are_something_new(database: Database, kept_take: Kept) -> None:
    take = kept_take()
    verdicts.record_verdicts(database, take.id, (SHARP,), "bars of May")
    assert verdicts.record_verdicts(database, take.id, (SHARP,), "bars of May") == 0
    assert verdicts.record_verdicts(database, take.id, (SHARP,), "bars of June") == 1


def test_no_verdicts_write_nothing(database: Database, kept_take: Kept) -> None:
    assert verdicts.record_verdicts(database, kept_take().id, ()) == 0


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e-300, 0.1 + 0.2])
def test_any_measured_value_comes_back_exactly(database: Database, kept_take: Kept, value: float) -> None:
    take = kept_take()
    verdicts.record_verdicts(database, take.id, (replace(SHARP, value=value),))
    assert verdicts.find_latest(database, [take.id])[take.id][0].value == value


def test_a_verdict_needs_a_take(database: Database) -> None:
    with pytest.raises(PlanError, match="foreign key"):
        verdicts.record_verdicts(database, "00000000-0000-0000-0000-000000000000", (SHARP,))


def test_a_take_is_accepted_when_its_newest_verdicts_all_passed(database: Database, kept_take: Kept) -> None:
    unjudged, good, bad, mended = (kept_take() for _ in range(4))
    verdicts.record_verdicts(database, good.id, (SHARP,))
    verdicts.record_verdicts(database, bad.id, (SHARP, DARK))
    verdicts.record_verdicts(database, mended.id, (SHARP, DARK))
    verdicts.record_verdicts(database, mended.id, (replace(DARK, value=80.0, passed=True),))
    every = [take.id for take in (unjudged, good, bad, mended)]
    assert verdicts.find_accepted(database, every) == {good.id, mended.id}


def test_a_take_that_fails_later_is_accepted_no_more(database: Database, kept_take: Kept) -> None:
    take = kept_take()
    verdicts.record_verdicts(database, take.id, (SHARP,))
    verdicts.record_verdicts(database, take.id, (replace(SHARP, low=500.0, passed=False),))
    assert verdicts.find_accepted(database, [take.id]) == frozenset()


def test_a_waiver_passes_its_gate_and_no_other(database: Database, kept_take: Kept) -> None:
    take, twin = kept_take(), kept_take()
    blurred = replace(SHARP, value=3.0, passed=False)
    for one in (take, twin):
        verdicts.record_verdicts(database, one.id, (blurred, DARK))
    first = waivers.record_waiver(database, take.id, DARK.gate, "ann", "It is night.")
    assert verdicts.find_accepted(database, [take.id, twin.id]) == frozenset()
    second = waivers.record_waiver(database, take.id, SHARP.gate, "ann", "It is a dream.")
    assert verdicts.find_accepted(database, [take.id, twin.id]) == {take.id}
    assert waivers.find_by_takes(database, [take.id, twin.id]) == (first, second)


def test_waiving_twice_is_waiving_once(database: Database, kept_take: Kept) -> None:
    take = kept_take()
    assert waivers.record_waiver(database, take.id, "g", "ann", "why") == waivers.record_waiver(
        database, take.id, "g", "ann", "why"
    )
    assert len(waivers.find_by_takes(database, [take.id])) == 1


@pytest.mark.parametrize(("who", "why"), [("", "why"), ("ann", "  ")])
def test_a_waiver_needs_a_person_and_a_reason(database: Database, kept_take: Kept, who: str, why: str) -> None:
    with pytest.raises(PlanError, match="needs who decides and why"):
        waivers.record_waiver(database, kept_take().id, "g", who, why)


@pytest.mark.parametrize("table", ["verdicts", "waivers"])
@pytest.mark.parametrize("change", ["UPDATE {} SET gate = 'x'", "DELETE FROM {}"])
def test_verdicts_and_waivers_are_only_added_to(database: Database, kept_take: Kept, table: str, change: str) -> None:
    take = kept_take()
    verdicts.record_verdicts(database, take.id, (SHARP,))
    waivers.record_waiver(database, take.id, "g", "ann", "why")
    with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.format(table).encode())


def test_scores_and_measures_become_rows(database: Database, kept_take: Kept) -> None:
    take = kept_take(project_id="figures")
    verdicts.record_verdicts(database, take.id, (DARK,))
    verdicts.record_verdicts(database, take.id, (replace(DARK, value=80.0, passed=True),))
    (score,) = statistics.list_scores(database, "figures", "e01")
    assert (score.stage, score.shot_id, score.attempt, score.score, score.duration_s) == (
        "clip",
        "sh0010",
        1,
        0.75,
        1.5,
    )
    (measure,) = statistics.list_measures(database, "figures")
    assert (measure.gate, measure.measure, measure.value, measure.passed) == (DARK.gate, "mean_luma", 80.0, True)
    assert statistics.list_scores(database, "figures", "e02") == ()
