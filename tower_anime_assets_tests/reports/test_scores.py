"""Tables of scores over real rows."""

from __future__ import annotations

import pytest

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.record import Record
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.reports.scores import COST_COLUMNS, MEASURE_COLUMNS, cost_table, measure_table
from tower_anime_assets.store.database import Database


class TempoEngine:
    """A take is its tempo, written down."""

    name = "tempo"
    version = "1"
    lanes = 1

    def plan_attempt(self, brief: MusicBrief, number: int, _complaints: tuple[Verdict, ...]) -> dict[str, int]:
        return {"seed": number}

    def make(self, brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        path = attempt.folder / "tempo.txt"
        path.write_text(f"{brief.tempo_bpm} {attempt.number}")
        return EngineOutput({"main": path}, cpu_s=0.5)


@pytest.fixture(scope="module")
def filled(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    runner = AttemptRunner(Record(database, MediaStore(tmp_path_factory.mktemp("media"))))
    bar = Threshold("tempos_are_quick", "tempo_bpm", 100.0, None, "bpm", "", "")

    def tempo(made: EngineOutput) -> Measurement:
        return Measurement({"tempo_bpm": float(made.files["main"].read_text().split()[0])})

    for bpm in (90, 110, 130, 150):
        brief = MusicBrief("calm", "", bpm, 1.0, "day", False, 1)
        place = StoryPosition("scores", "e01", "sc01")
        order = Order("music", "sc01", place, brief, TempoEngine(), tempo, (bar,), "")
        generate(order, runner, {}, attempts=1)
    return database


def test_measures_are_summed_up_by_stage_and_gate(filled: Database) -> None:
    (row,) = measure_table(filled, "scores", "e01").to_dict("records")
    assert row == {
        "stage": "music",
        "gate": "tempos_are_quick",
        "measure": "tempo_bpm",
        "unit": "bpm",
        "takes": 4,
        "passed_share": 0.75,
        "least": 90.0,
        "median": 120.0,
        "most": 150.0,
    }


def test_costs_are_summed_up_by_engine(filled: Database) -> None:
    (row,) = cost_table(filled, "scores").to_dict("records")
    assert (row["stage"], row["engine"], row["takes"], row["accepted"]) == ("music", "tempo", 4, 3)
    assert row["takes_per_accepted"] == pytest.approx(4 / 3)
    assert row["cpu_s"] == 2.0
    assert row["mean_score"] == pytest.approx((3 + 0.9 / 2) / 4)
    assert 0 < row["median_s"] <= row["p95_s"]


def test_a_show_without_takes_has_empty_tables(database: Database) -> None:
    assert list(measure_table(database, "none").columns) == MEASURE_COLUMNS
    assert list(cost_table(database, "none").columns) == COST_COLUMNS
    assert cost_table(database, "none").empty
