"""What a person says of a shot, on a small show whose keyframes are really made."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.errors import PlanError, ServiceError
from tower_anime_assets.media.show_files import load_episode
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import feedback
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts, audit, story
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.feedback import find_by_decisions
from tower_anime_assets_tests.fakes.echo_brain import LEARN, FakeEchoBrain
from tower_anime_assets_tests.small_show import KEY, write_small_show

EPISODE = EpisodeKey.parse(KEY)
SHOT = f"{KEY}-sc01-sh0010"


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder: Path = tmp_path_factory.mktemp("saying")
    write_small_show(folder / "projects")
    made = Studio(Settings(folder / "projects", folder / "home"), database)
    project, episode = load_episode(folder / "projects", EPISODE)
    story.save_project(database, project)
    story.save_episode(database, project, episode)
    work = saved_episode(Run(made), EPISODE)
    work.make(SHOT_PLANS)
    work.make(KEYFRAMES)
    return made


def test_an_opinion_is_tied_to_the_decision_behind_the_take_in_use(studio: Studio) -> None:
    said = feedback.give_feedback(studio, SHOT, "bad", "wrong-colours", " too green ", "ann")
    (outcome,) = [out for order, out in saved_episode(Run(studio), EPISODE).find(KEYFRAMES) if order.subject == SHOT]
    assert outcome is not None
    assert (said.stage, said.learned) == ("keyframe", ())
    assert said.feedback.decision_id == said.decision.id == outcome.take.decision_id
    assert (said.feedback.note, said.feedback.who, said.feedback.take_id) == ("too green", "ann", outcome.take.id)
    rows = {row.decision_id: row for row in attempts.list_newest(studio.database, ["small"], stage="keyframe")}
    assert rows[said.decision.id].opinion == "bad"
    assert not rows[said.decision.id].is_success
    feedback.give_feedback(studio, SHOT, "good", "overall", "", "ann")
    rows = {row.decision_id: row for row in attempts.list_newest(studio.database, ["small"], stage="keyframe")}
    assert rows[said.decision.id].opinion == "good"


@pytest.mark.parametrize(
    ("key", "opinion", "kind", "who", "says"),
    [
        (f"{KEY}-sc01-sh9990", "bad", "blurry", "ann", "unknown shot small-e01-sc01-sh9990"),
        (SHOT, "bad", "too-still", "ann", "has no clip take yet"),
        (SHOT, "bad", "ugly", "ann", "there is no reason 'ugly'"),
        (SHOT, "bad", "blurry", " ", "--who"),
        ("small-e01", "bad", "blurry", "ann", "is not a shot key"),
    ],
)
def test_what_cannot_be_said_is_refused_and_leaves_nothing(
    studio: Studio, key: str, opinion: str, kind: str, who: str, says: str
) -> None:
    before = len(audit.load_trail(studio.database, EPISODE).decisions)
    known = find_by_decisions(
        studio.database, [row["id"] for row in audit.load_trail(studio.database, EPISODE).decisions]
    )
    with pytest.raises(PlanError, match=says):
        feedback.give_feedback(studio, key, opinion, kind, "", who)
    trail = audit.load_trail(studio.database, EPISODE).decisions
    assert len(trail) == before
    assert find_by_decisions(studio.database, [row["id"] for row in trail]) == known


def consultations_of(studio: Studio, decision_id: str) -> list[dict[str, Any]]:
    found = audit.load_trail(studio.database, EPISODE).consultations
    return [dict(row) for row in found if str(row["decision_id"]) == decision_id]


def test_a_director_service_is_told_and_its_answer_is_kept(studio: Studio) -> None:
    said = feedback.give_feedback(studio, SHOT, "bad", "anatomy", "six fingers", "ann")
    sharp = Verdict("keyframes_show_the_characters_colours", "sheet_colour_share", 0.25, 0.5, None, "", False, "")
    with FakeEchoBrain() as brain:
        director = EchoBrainDirector(brain.url)
        learned = feedback.tell_director(studio, director, said.decision, (sharp,), said.feedback)
    assert learned.sentences == ("scored 1 ways", "keep the light")
    (asked,) = brain.asked(LEARN)
    assert asked["generation_id"] == said.decision.id
    assert asked["quality_scores"] == {"character_consistency": 0.25}
    assert asked["user_feedback"] == "bad: hands, faces or bodies are deformed. six fingers"
    kept = consultations_of(studio, said.decision.id)
    assert len(kept) == 1
    assert kept[0]["model_used"] == "echo_brain"
    assert learned.learned[0] in kept[0]["response"]


def test_a_director_is_sent_the_values_and_never_that_a_bar_was_met() -> None:
    def met(measure: str, value: float) -> Verdict:
        return Verdict("gate", measure, value, 0.0, None, "", True, "")

    plain = (met("start_ssim", 0.93), met("sheet_colour_share", 0.8), met("motion_off_range_px", 0.0))
    assert feedback.wire_scores(plain) == {"ssim": 0.93, "character_consistency": 0.8}
    more = (*plain, met("identity_similarity", 0.6), met("flow_consistency", 0.7))
    assert feedback.wire_scores(more) == {"ssim": 0.93, "optical_flow": 0.7, "character_consistency": 0.6}
    assert feedback.wire_scores((met("start_ssim", math.nan),)) == {}


def test_a_director_that_does_not_answer_is_an_error_after_the_opinion_is_on_record(studio: Studio) -> None:
    said = feedback.give_feedback(studio, SHOT, "bad", "artefacts", "", "ann")
    before = consultations_of(studio, said.decision.id)
    with pytest.raises(ServiceError):
        feedback.tell_director(studio, EchoBrainDirector("http://127.0.0.1:9"), said.decision, (), said.feedback)
    assert said.feedback in find_by_decisions(studio.database, [said.decision.id])
    (unanswered,) = consultations_of(studio, said.decision.id)[len(before) :]
    assert said.decision.id in unanswered["query"]


def test_the_projects_director_is_told_without_being_asked(studio: Studio) -> None:
    with FakeEchoBrain() as brain:
        directed = replace(studio, settings=replace(studio.settings, services={"echo_brain": brain.url}))
        work = saved_episode(Run(directed), EPISODE)
        work.make(SHOT_PLANS)
        work.make(KEYFRAMES)
        said = feedback.give_feedback(directed, SHOT, "good", "lighting", "", "bob")
        (asked,) = brain.asked(LEARN)
    assert asked["user_feedback"] == "good: the light and its colours"
    assert asked["prompt_used"]
    assert set(asked["context_tags"]) >= {"keyframe", "tense"}
    assert said.learned
    assert [row["model_used"] for row in consultations_of(directed, said.decision.id)] == ["echo_brain"]
