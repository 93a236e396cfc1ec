"""Suggestions: from hand-made trials, and through the one path to every engine on a real database."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order, Outcome
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.suggestions import (
    DEFAULTS,
    LEARNED,
    MIN_MODEL_ROWS,
    PRESET,
    ParameterSuggester,
    SuggestionContext,
    build_presets,
    snap_to_step,
    suggest_parameters,
)
from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.attempts import AttemptRecord
from tower_anime_assets.production.learning.tunable import Tunable
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Learning, Project
from tower_anime_assets.production.value_origins import PROVENANCE
from tower_anime_assets.production.verdicts import Threshold, Verdict
from tower_anime_assets.store import attempts, decisions, feedback, story, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.feedback import NewFeedback
from tower_anime_assets_tests.production.learning.attempt_rows import tried

SPACE = {"steps": Tunable(8, 40, 1), "cfg": Tunable(1, 10, 0.5)}
BASE = {"seed": 1, "steps": 20, "cfg": 5.5, "sampler": "euler"}
HERE = SuggestionContext("comfyui:sdxl", "tense", key="a")


def made_with(number: int, steps: int, cfg: float, source: str = "", **changes: Any) -> AttemptRecord:
    return tried(number, parameters={"seed": number, "steps": steps, "cfg": cfg}, source=source, **changes)


def history(count: int = 80) -> list[AttemptRecord]:
    """Attempts all over the space, newest first: a cfg near 2.5 is accepted, the defaults' 5.5 never."""
    chance = random.Random(2)
    rows = []
    for number in range(count):
        cfg = 5.5 if number % 5 == 0 else chance.randrange(2, 21) / 2
        score = max(0.0, 1 - abs(cfg - 2.5) / 4 - chance.random() * 0.05)
        source = DEFAULTS if number % 5 == 0 else LEARNED
        steps = 20 if number % 5 == 0 else chance.randrange(8, 41)
        rows.append(made_with(number, steps, cfg, source, score=score, passed=abs(cfg - 2.5) < 1.1))
    return rows[::-1]


def test_what_was_accepted_is_suggested() -> None:
    advisor = ParameterSuggester(history())
    found = [advisor.suggest(replace(HERE, key=str(at)), BASE, SPACE) for at in range(20)]
    learned = [item for item in found if item.source == LEARNED]
    assert len(learned) >= 15
    near = [item for item in learned if abs(float(item.parameters["cfg"]) - 2.5) <= 1.5]
    assert len(near) >= 0.8 * len(learned)
    assert learned[0].evidence["defaults"] == {
        "accepted": 0,
        "of": 16,
        "low": 0.0,
        "high": pytest.approx(0.194, abs=1e-3),
        "mean_score": None,
    }
    assert "defaults were accepted 0% of 16" in learned[0].reasoning


def test_among_what_is_always_accepted_the_better_scores_are_suggested() -> None:
    rows = [replace(row, passed=True, score=0.5 + row.worth / 2) for row in history()]
    advisor = ParameterSuggester(rows)
    told = [advisor.suggest(replace(HERE, key=str(at)), BASE, SPACE) for at in range(20)]
    learned = [item for item in told if item.source == LEARNED]
    assert len(learned) >= 15
    assert sum(abs(float(item.parameters["cfg"]) - 2.5) <= 1.5 for item in learned) >= 0.8 * len(learned)
    assert told[0].evidence["defaults"]["accepted"] == told[0].evidence["defaults"]["of"] == 16
    assert told[0].evidence["learned"]["mean_score"] > told[0].evidence["defaults"]["mean_score"]
    assert "with a mean score of 0." in told[0].reasoning


def test_an_opinion_stands_above_a_score() -> None:
    liked = made_with(1, 20, 5.5, passed=False, score=0.3, opinion="good")
    disliked = made_with(2, 20, 5.5, score=0.95, opinion="bad")
    assert liked.worth >= 0.5 > disliked.worth


def test_equal_rows_give_equal_suggestions() -> None:
    assert ParameterSuggester(history()).suggest(HERE, BASE, SPACE) == ParameterSuggester(history()).suggest(
        HERE, BASE, SPACE
    )


def test_shots_that_are_asked_for_at_once_are_not_all_told_the_same() -> None:
    advisor = ParameterSuggester(history())
    told = {str(advisor.suggest(replace(HERE, key=str(at)), BASE, SPACE).parameters) for at in range(12)}
    assert len(told) > 3


def test_when_suggestions_do_worse_the_defaults_come_back() -> None:
    rows = [made_with(at, 20, 5.5, DEFAULTS) for at in range(40)]
    rows += [made_with(100 + at, 30, 2.0, LEARNED, passed=False, score=0.3) for at in range(10)]
    told = [ParameterSuggester(rows[::-1]).suggest(replace(HERE, key=str(at)), BASE, SPACE) for at in range(30)]
    assert sum(item.source == DEFAULTS for item in told) == 30
    assert all(item.parameters == {"steps": 20, "cfg": 5.5} for item in told)


def test_with_few_attempts_a_preset_is_chosen_and_bad_ones_are_left() -> None:
    options = build_presets({"steps": 20, "cfg": 5.5}, SPACE)
    assert next(iter(options)) == DEFAULTS
    assert len({str(point) for point in options.values()}) == len(options)
    good = f"{PRESET}:3"
    rows = [made_with(at, 20, 5.5, DEFAULTS, passed=False) for at in range(5)]
    for at in range(10):
        point = options[good]
        rows.append(made_with(10 + at, int(point["steps"]), float(point["cfg"]), good))
    told = [ParameterSuggester(rows).suggest(replace(HERE, key=str(at)), BASE, SPACE) for at in range(40)]
    assert sum(item.source == good for item in told) >= 25
    assert sum(item.source == DEFAULTS for item in told) <= 3
    assert told[0].evidence["tried"][good] == [10, 10]


def test_without_any_attempt_the_defaults_come_most_often() -> None:
    told = [ParameterSuggester([]).suggest(replace(HERE, key=str(at)), BASE, SPACE) for at in range(200)]
    counts = {source: sum(item.source == source for item in told) for source in {item.source for item in told}}
    assert max(counts, key=lambda source: counts[source]) == DEFAULTS


def test_other_moods_serve_until_a_mood_has_enough_of_its_own() -> None:
    calm = [replace(row, mood="calm") for row in history()]
    told = ParameterSuggester(calm).suggest(HERE, BASE, SPACE)
    assert told.evidence["scope"] == "engine"
    own = [replace(row, mood="tense") for row in history(MIN_MODEL_ROWS)]
    told = ParameterSuggester([*own, *calm]).suggest(HERE, BASE, SPACE)
    assert (told.evidence["scope"], told.evidence["rows"]) == ("mood", MIN_MODEL_ROWS)


def test_nothing_is_learned_from_another_engine() -> None:
    others = [replace(row, engine="comfyui:other") for row in history()]
    assert ParameterSuggester(others).suggest(HERE, BASE, SPACE) == ParameterSuggester([]).suggest(HERE, BASE, SPACE)


def test_only_numbers_within_the_space_are_touched() -> None:
    told = ParameterSuggester(history()).suggest(
        HERE, {"seed": 1, "steps": "many", "cfg": 5.5}, {**SPACE, "absent": Tunable(0, 1, 0)}
    )
    assert set(told.parameters) <= {"cfg"}
    assert ParameterSuggester(history()).suggest(HERE, {"seed": 1}, SPACE).source == DEFAULTS


@settings(max_examples=60, deadline=None)
@given(
    low=st.floats(-5, 5), span=st.floats(0, 20), step=st.sampled_from([0.0, 0.05, 0.5, 1.0]), share=st.floats(-0.5, 1.5)
)
def test_a_snapped_value_lies_in_the_range_and_on_a_step(low: float, span: float, step: float, share: float) -> None:
    knob = Tunable(round(low, 3), round(low, 3) + round(span, 3), step)
    value = float(snap_to_step(low + share * span, knob))
    assert knob.low - 1e-6 <= value <= knob.high + 1e-6
    if step:
        steps = (value - knob.low) / step
        assert abs(steps - round(steps)) < 1e-5


def test_a_whole_default_stays_whole_only_where_every_step_is() -> None:
    assert snap_to_step(20.4, Tunable(8, 40, 1), 20) == 20
    assert isinstance(snap_to_step(20.4, Tunable(8, 40, 1), 20), int)
    assert snap_to_step(3.4, Tunable(1, 10, 0.5), 1) == 3.5
    assert snap_to_step(0.62, Tunable(0, 1, 0), 1) == 0.62


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_every_suggestion_lies_in_the_space(seed: int) -> None:
    odd = {"steps": Tunable(8, 40, 3), "cfg": Tunable(1, 10, 0.4), "denoise": Tunable(0.5, 0.5, 0)}
    chance = random.Random(seed)
    rows = [
        tried(
            at,
            parameters={"steps": chance.randrange(1, 60), "cfg": chance.uniform(0, 12), "denoise": chance.random()},
            source=LEARNED,
            passed=chance.random() < 0.7,
            score=chance.random(),
        )
        for at in range(30)
    ]
    base = {"steps": 20, "cfg": 5.4, "denoise": 0.5}
    told = ParameterSuggester(rows).suggest(replace(HERE, key=str(seed)), base, odd)
    for name, value in told.parameters.items():
        if told.source != DEFAULTS:
            assert odd[name].low <= value <= odd[name].high
    assert isinstance(told.parameters["steps"], int)


# Through the one path ----------------------------------------------------------------------------------------------


@dataclass
class TunedTone:
    """Writes its volume into a file; a complaint makes it two louder each time."""

    tunable: Mapping[str, Tunable] = field(default_factory=lambda: {"volume": Tunable(0, 20, 1)})
    name: str = "comfyui:tone"
    version: str = "1"
    lanes: int = 1

    def plan_attempt(self, brief: MusicBrief, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        return {"seed": brief.seed + number, "volume": 5 + (2 * (number - 1) if complaints else 0)}

    def make(self, _brief: MusicBrief, attempt: Attempt) -> EngineOutput:
        path = attempt.folder / "tone.wav"
        path.write_text(f"{attempt.parameters['volume']} {attempt.seed}")
        return EngineOutput({"main": path})


def volume(made: EngineOutput) -> Measurement:
    return Measurement({"volume": float(made.files["main"].read_text().split()[0])})


@dataclass
class Band:
    """A project, its engine and record."""

    project: str
    runner: AttemptRunner
    engine: TunedTone = field(default_factory=TunedTone)

    def says(self, learning: Learning) -> None:
        story.save_project(self.runner.record.database, Project(self.project, "Band", (), learning=learning))

    def order(self, seed: int, low: float = 12.0) -> Order[MusicBrief]:
        brief = MusicBrief("calm", self.project, 90, 1.0, "day", False, seed)
        bar = Threshold("tones_are_loud", "volume", low, None, "steps", "", "")
        return Order(
            "music", "sc01", StoryPosition(self.project, "e01", "sc01"), brief, self.engine, volume, (bar,), "A tone."
        )

    def play(self, seed: int, attempts: int = 1) -> Outcome:
        order = self.order(seed)
        return generate(
            order, self.runner, takes.find_by_digests(self.runner.record.database, [order.digest]), attempts=attempts
        )

    def told(self, outcome: Outcome) -> dict[str, Any]:
        decision = decisions.find_by_id(self.runner.record.database, outcome.take.decision_id)
        assert decision is not None
        return {name: value for name, value in decision.parameters["attempt"].items() if name != PROVENANCE}


@pytest.fixture
def band(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Band:
    record = Record(database, MediaStore(tmp_path / "media"))
    runner = AttemptRunner(record, suggest=partial(suggest_parameters, database=database))
    return Band(f"p{digest(request.node.name)[:8]}", runner)


def test_a_studio_learns_how_loud_a_tone_must_be(band: Band) -> None:
    band.says(Learning())
    first = [band.play(seed).accepted for seed in range(30)]
    later = [band.play(100 + seed) for seed in range(15)]
    assert sum(first[:5]) <= 2, "5 is not loud enough, and nothing has been learned yet"
    assert sum(outcome.accepted for outcome in later) >= 11
    told = band.told(later[-1])
    assert told["advice"]["source"] in (LEARNED, DEFAULTS, *(f"{PRESET}:{at}" for at in range(1, 9)))
    assert told["advice"]["evidence"]["rows"] >= 30
    assert told["advice"]["projects"] == [band.project]
    decision = decisions.find_by_id(band.runner.record.database, later[-1].take.decision_id)
    assert decision is not None
    assert decision.reasoning.startswith("A tone. Parameters: ")


def test_what_a_retry_changes_is_kept_on_top_of_what_was_learned(band: Band) -> None:
    order = band.order(1)
    complaints = (Verdict("tones_are_loud", "volume", 5, 12, None, "", False, ""),)
    planned = band.engine.plan_attempt(order.brief, 3, complaints)
    assert planned["volume"] == 9
    seen = set()
    for seed in range(12):
        order = band.order(seed)
        first = band.engine.plan_attempt(order.brief, 1, ())
        later = band.engine.plan_attempt(order.brief, 3, complaints)
        advice = suggest_parameters(order, later, database=band.runner.record.database)
        options = build_presets({"volume": first["volume"]}, band.engine.tunable)
        source = advice.parameters["advice"]["source"]
        seen.add(source)
        assert advice.parameters["volume"] == min(20, options[source]["volume"] + 4)
    assert len(seen) > 1


def test_a_pinned_parameter_is_used_and_not_learned(band: Band) -> None:
    band.says(Learning(pins={"volume": 14, "steps": 8}))
    outcome = band.play(1)
    assert outcome.accepted
    told = band.told(outcome)
    assert told["volume"] == 14
    assert told["advice"] == {"source": "pinned", "pins": {"volume": 14}}
    assert "The project pins volume to 14." in outcome.take.reasoning
    assert "The project pins steps, which this engine cannot change." in outcome.take.reasoning


def test_a_pin_that_the_engine_does_not_take_is_refused_before_anything_is_made(band: Band) -> None:
    band.says(Learning(pins={"volume": 31}))
    with pytest.raises(PlanError, match=r"sets volume to 31, which comfyui:tone does not take: expected 0 to 20"):
        band.play(1)
    assert attempts.list_newest(band.runner.record.database, [band.project]) == ()


def test_suggestions_can_be_switched_off(band: Band) -> None:
    band.says(Learning(suggest=False))
    told = band.told(band.play(1))
    assert told == {"seed": 2, "volume": 5}


def test_an_engine_without_tunables_is_left_alone(band: Band) -> None:
    order = band.order(1)
    del band.engine.tunable
    planned = {"seed": 3}
    assert suggest_parameters(order, planned, database=band.runner.record.database).parameters == planned


def test_a_persons_bad_word_is_learned_from(band: Band) -> None:
    band.says(Learning(pins={"volume": 14}))
    outcome = band.play(1)
    said = NewFeedback(
        decision_id=outcome.take.decision_id, take_id=outcome.take.id, opinion="bad", reason="overall", who="ann",
        idempotency_key=outcome.take.id,
    )  # fmt: skip
    feedback.record_feedback(band.runner.record.database, said)
    (row,) = attempts.list_newest(band.runner.record.database, [band.project])
    assert (row.passed, row.is_success) == (True, False)


@pytest.mark.parametrize(("mine", "theirs", "rows"), [(True, True, 6), (True, False, 3), (False, True, 3)])
def test_nothing_leaks_between_projects_unless_both_say_so(band: Band, mine: bool, theirs: bool, rows: int) -> None:
    other = Band(f"{band.project}o", band.runner)
    band.says(Learning(share_with=(other.project,) if mine else ()))
    other.says(Learning(share_with=(band.project,) if theirs else ()))
    for seed in range(3):
        band.play(seed)
        other.play(50 + seed)
    told = band.told(band.play(9))
    assert told["advice"]["evidence"]["rows"] == rows
    assert told["advice"]["projects"] == [band.project, *([other.project] if rows == 6 else [])]
