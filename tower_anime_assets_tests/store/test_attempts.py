from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.digest import digest
from tower_anime_assets.production.learning.statistics import Pattern
from tower_anime_assets.production.story.model import Learning, Project
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.store import attempts, decisions, feedback, story, verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.feedback import NewFeedback
from tower_anime_assets.store.takes import Take


def verdict(gate: str, passed: bool) -> Verdict:
    return Verdict(gate, f"{gate}_value", 1.0 if passed else 0.0, 0.5, None, "", passed, "")


STILL = {
    "framing": "close-up",
    "prompt": "akira, neon",
    "setting": {"place": "STREET", "mood": "tense"},
    "subjects": [{"character": "akira"}, {"character": "luna"}, {"character": "akira"}],
}


@pytest.fixture
def still(kept_take: Callable[..., Take], request: pytest.FixtureRequest) -> Callable[..., Take]:
    """Keeps a keyframe's take in a project of the test's own."""
    project = f"p{digest(request.node.name)[:8]}"

    def made(**changes: Any) -> Take:
        told = {"brief": STILL, "attempt": {"seed": 7, "steps": 20, "advice": {"source": "learned"}}}
        usual = {"project_id": project, "decision_type": "keyframe", "parameters": told, "engine": "comfyui:sdxl"}
        return kept_take(**{**usual, **changes})

    return made


def test_an_attempt_comes_with_how_it_was_made_and_what_was_said_of_it(
    database: Database, still: Callable[..., Take]
) -> None:
    take = still()
    verdicts.record_verdicts(database, take.id, [verdict("sharp", False), verdict("colours", True)])
    verdicts.record_verdicts(database, take.id, [verdict("colours", False)])
    said = {"decision_id": take.decision_id, "take_id": take.id, "who": "ann"}
    feedback.record_feedback(
        database, NewFeedback(**said, opinion="bad", reason="blurry", idempotency_key=f"{take.id} 1")
    )
    feedback.record_feedback(
        database, NewFeedback(**said, opinion="good", reason="style", idempotency_key=f"{take.id} 2")
    )
    (row,) = attempts.list_newest(database, [take.project_id])
    assert (row.decision_id, row.stage, row.engine, row.shot) == (
        take.decision_id, "keyframe", "comfyui:sdxl", "sc01-sh0010",
    )  # fmt: skip
    assert row.parameters == {"seed": 7, "steps": 20}
    assert row.source == "learned"
    assert (row.framing, row.mood, row.prompt) == ("close-up", "tense", "akira, neon")
    assert row.characters == ("akira", "luna")
    assert (row.score, row.passed, set(row.failed)) == (0.75, False, {"sharp", "colours"})
    assert (row.opinion, row.reasons) == ("good", ("bad:blurry", "good:style"))
    assert row.is_success


def test_waived_gates_count_as_passed_but_stay_known(database: Database, still: Callable[..., Take]) -> None:
    take = still()
    verdicts.record_verdicts(database, take.id, [verdict("sharp", False)])
    waivers.record_waiver(database, take.id, "sharp", "ann", "fog is meant")
    (row,) = attempts.list_newest(database, [take.project_id])
    assert (row.passed, row.failed) == (True, ("sharp",))


def test_a_take_that_no_gate_has_judged_has_not_passed(database: Database, still: Callable[..., Take]) -> None:
    (row,) = attempts.list_newest(database, [still().project_id])
    assert not row.passed


@pytest.mark.parametrize("cause", list(Cause))
def test_an_attempt_without_a_take_is_no_verdict_on_quality(
    database: Database, new_decision: Callable[..., NewDecision], cause: Cause
) -> None:
    project = f"p{digest(cause)[:8]}"
    told = {"brief": STILL, "attempt": {"seed": 7, "steps": 40}}
    decision = decisions.record_decision(database, new_decision(project_id=project, parameters=told))
    decisions.mark_running(database, decision.id)
    ended = decisions.mark_failed(database, decision.id, "RenderFailed: node 3 (KSampler)", 3.0, cause)
    assert (ended.status, ended.cause) == ("failed", cause)
    assert attempts.list_newest(database, [project]) == ()


def test_a_clip_shows_whom_its_keyframe_showed(database: Database, still: Callable[..., Take]) -> None:
    keyframe = still()
    told = {"brief": {"framing": "wide", "setting": {"mood": "calm"}}, "attempt": {"seed": 1}}
    still(decision_type="clip", engine="comfyui:ltx", parameters=told)
    (clip,) = attempts.list_newest(database, [keyframe.project_id], stage="clip")
    assert (clip.framing, clip.mood, clip.characters) == ("wide", "calm", ("akira", "luna"))
    (clip,) = attempts.list_newest(database, [keyframe.project_id], stage="clip", with_cast=False)
    assert clip.characters == ()


def test_sounds_have_moods_and_speakers_too(database: Database, still: Callable[..., Take]) -> None:
    voice = still(decision_type="voice", parameters={"brief": {"emotion": "sad", "character": "luna", "text": "No."}})
    (row,) = attempts.list_newest(database, [voice.project_id])
    assert (row.mood, row.characters, row.parameters) == ("sad", ("luna",), {})


def test_only_the_newest_of_what_was_asked_for_come(database: Database, still: Callable[..., Take]) -> None:
    made = [still(shot_id=f"sh{number:04}") for number in range(5)]
    still(engine="other")
    project = made[0].project_id
    rows = attempts.list_newest(database, [project], engine="comfyui:sdxl", limit=3)
    assert [row.decision_id for row in rows] == [take.decision_id for take in made[:1:-1]]
    assert attempts.list_newest(database, [project], episode_id="e09") == ()
    assert attempts.list_newest(database, ["nobody"]) == ()


def save(database: Database, project_id: str, learning: Learning) -> None:
    story.save_project(database, Project(project_id, project_id, (), learning=learning))


def test_projects_learn_from_each_other_only_when_both_say_so(database: Database) -> None:
    save(database, "drift", Learning(share_with=("nova", "orbit")))
    save(database, "nova", Learning(share_with=("drift",)))
    save(database, "orbit", Learning())
    settings = attempts.list_learning_settings(database)
    assert attempts.projects_to_learn_from(settings, "drift") == ("drift", "nova")
    assert attempts.projects_to_learn_from(settings, "nova") == ("nova", "drift")
    assert attempts.projects_to_learn_from(settings, "orbit") == ("orbit",)
    assert attempts.projects_to_learn_from(settings, "unknown") == ("unknown",)


def test_a_project_kept_before_there_was_learning_has_the_usual_settings(database: Database) -> None:
    save(database, "elder", Learning(suggest=False))
    with psycopg.connect(database.url) as connection:
        connection.execute("UPDATE projects SET story = story - 'learning' WHERE id = 'elder'")
    assert attempts.list_learning_settings(database)["elder"] == Learning()


def test_patterns_replace_what_no_longer_holds(database: Database) -> None:
    def pattern(words: str, samples: int) -> Pattern:
        return Pattern("clip", "e", words, {"mood": "tense"}, {"accepted": 3}, samples, 0.5)

    attempts.replace_patterns(database, "nexus", [pattern("one", 5), pattern("two", 9)])
    attempts.replace_patterns(database, "other", [pattern("one", 5)])
    attempts.replace_patterns(database, "nexus", [pattern("one", 6), pattern("three", 4)])
    kept = attempts.list_patterns(database, "nexus")
    assert [(item.pattern, item.samples) for item in kept] == [("one", 6), ("three", 4)]
    assert (kept[0].conditions, kept[0].evidence, kept[0].mean_score) == ({"mood": "tense"}, {"accepted": 3}, 0.5)
    assert len(attempts.list_patterns(database, "other")) == 1
