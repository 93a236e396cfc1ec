"""The trail in words, as a director reads it: one shot for every way in which it can have been made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.reports.attempt_trail import attempts_of, load_shot_trail
from tower_anime_assets.reports.trail_words import episode_words, shot_words
from tower_anime_assets.store import audit, choices, feedback, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.reports.recorded_shot import SOFT, RecordedShot

EPISODE = EpisodeKey("told", "e01")


@pytest.fixture(scope="module")
def shot_numbered(database: Database) -> Callable[[int], RecordedShot]:
    return lambda number: RecordedShot(database, ShotKey("told", "e01", "sc01", f"sh{number:04d}"))


def words_of(shot: RecordedShot, *, full: bool = False) -> list[str]:
    return shot_words(load_shot_trail(shot.database, shot.key), full=full)


def test_a_shot_that_was_accepted_at_once_is_one_sentence(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(10)
    shot.make()
    assert words_of(shot) == [
        "told-e01-sc01-sh0010: 1 attempt on record. Asked for by tower.",
        "Keyframe sc01-sh0010: accepted at the first attempt, by comfyui:small, score 0.75.",
    ]


def test_a_retried_shot_says_what_failed_and_what_was_changed(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(20)
    shot.make(1, SOFT, 0.4, steps=20, cfg=5.0)
    origins = {"values": {"cfg": "learned suggestion preset:3: of 9 presets"}}
    shot.make(
        2, steps=24, cfg=5.5, provenance=origins, changed=["steps 20 -> 24: soft: more steps resolve more detail"]
    )
    assert words_of(shot)[1:] == [
        "Keyframe sc01-sh0020: accepted at attempt 2 of 2, by comfyui:small, score 0.75.",
        "  Attempt 1: rejected, score 0.40. Failed: keyframes are sharp (edge_acuity is 3 px, must be >= 6).",
        "  Attempt 2, with another seed, cfg 5 -> 5.5 (learned suggestion preset:3), "
        "steps 20 -> 24 (soft: more steps resolve more detail): accepted, score 0.75.",
    ]


def test_an_exhausted_shot_names_the_best_of_its_attempts(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(30)
    for number, score in ((1, 0.3), (2, 0.45), (3, 0.1)):
        shot.make(number, SOFT, score)
    words = words_of(shot)
    assert words[1] == "Keyframe sc01-sh0030: not accepted after 3 attempts; the best is attempt 2, score 0.45."
    assert len(words) == 5


def test_a_waived_shot_says_who_waived_what_and_why(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(40)
    take = shot.make(1, SOFT, 0.4)
    waivers.record_waiver(shot.database, take.id, SOFT.gate, "ada", "it is fog")
    assert words_of(shot)[1:] == [
        "Keyframe sc01-sh0040: accepted at the first attempt, with keyframes are sharp waived, by comfyui:small, "
        "score 0.40.",
        "  ada waived keyframes are sharp: it is fog",
    ]


def test_a_choice_of_a_person_stands_above_the_newest_take(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(50)
    first = shot.make(1)
    shot.make(2)
    choices.record_choice(shot.database, first.id, first.position, "ben", "her look is better")
    words = words_of(shot)
    assert words[1] == (
        "Keyframe sc01-sh0050: accepted at attempt 1 of 2, as a person chose, by comfyui:small, score 0.75."
    )
    assert words[-1] == "  ben chose the take of attempt 1: her look is better"


def test_an_interrupted_attempt_is_no_rejection(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(60)
    shot.interrupt()
    assert words_of(shot)[1:] == [
        "Keyframe sc01-sh0060: not made.",
        "  Attempt 1: it was interrupted: somebody stopped the job.",
    ]
    shot.make(1)
    assert words_of(shot)[1:] == [
        "Keyframe sc01-sh0060: accepted at the first attempt, by comfyui:small, score 0.75.",
        "  Attempt 1: it was interrupted: somebody stopped the job.",
        "  Attempt 1, made again, with another seed: accepted, score 0.75.",
    ]


def test_an_overruled_director_is_told_what_was_used_and_what_was_not(
    shot_numbered: Callable[[int], RecordedShot],
) -> None:
    shot = shot_numbered(70)
    take = shot.make()
    shot.ask(take.decision_id, "3 framings", ["shot 1: medium became wide", "the mood stays tense"])
    assert words_of(shot)[1:] == [
        "Keyframe sc01-sh0070: accepted at the first attempt, by comfyui:small, score 0.75.",
        "  echo_brain was asked once in 1.2 s.",
        "    Used: 3 framings",
        "    Overruled: shot 1: medium became wide",
        "    Overruled: the mood stays tense",
    ]
    full = "\n".join(words_of(shot, full=True))
    assert 'Asked: {"scene": "<b>"}' in full
    assert "planned prompt: a street [not on record]" in full
    assert "seed = 1 [not on record]" in full
    assert "ranked chosen: comfyui:small: the only one" in full
    assert "pass keyframes are sharp: edge_acuity is 9 px, must be >= 6" in full


def test_feedback_is_told_in_the_words_of_its_reason(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(80)
    take = shot.make()
    feedback.record_feedback(
        shot.database,
        feedback.NewFeedback(
            decision_id=take.decision_id, take_id=take.id, opinion="good", reason="lighting", who="eve",
            idempotency_key="f1",
        ),
    )  # fmt: skip
    assert words_of(shot)[-1] == "  eve says good: the light and its colours."


def test_an_attempt_that_is_still_open_says_so(shot_numbered: Callable[[int], RecordedShot]) -> None:
    shot = shot_numbered(90)
    shot.decide()
    assert words_of(shot)[1:] == ["Keyframe sc01-sh0090: not made yet.", "  Attempt 1: it is still open."]


def test_an_episode_counts_what_went_well_and_tells_the_rest(database: Database) -> None:
    key = EpisodeKey("counted", "e01")
    for number in (1, 2, 3):
        RecordedShot(database, ShotKey("counted", "e01", "sc01", f"sh000{number}")).make()
    last = RecordedShot(database, ShotKey("counted", "e01", "sc01", "sh0009"))
    last.make(1, SOFT, 0.4)
    words = episode_words(str(key), attempts_of(database, audit.load_trail(database, key), key))
    assert words[0].startswith("counted-e01: 4 attempts from ")
    assert words[0].endswith(" UTC, 8 s of work, 6 s of GPU. Asked for by tower.")
    assert words[1:3] == [
        "Keyframe: 3 of 4 accepted at the first attempt, 1 otherwise.",
        "Keyframe sc01-sh0009: not accepted after 1 attempt; the best is attempt 1, score 0.40.",
    ]
    assert episode_words("none-e09", ()) == ["none-e09: nothing is on record."]
