"""An episode directed by the published Echo Brain, whole, with all that was asked, used and overruled on record."""

from __future__ import annotations

import json
from pathlib import Path

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, plan_in
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.echo_brain import PLAN, REFINE, FakeEchoBrain
from tower_anime_assets_tests.small_show import KEY, write_small_show

PROJECT = "title: Small Show\ndelivery: {width: 192, height: 128, fps: 12, max_clip_frames: 49}\nseed: 7\n"
SCRIPT = """\
Title: Small

INT. LABORATORY - DAY
[[mood: calm]] [[duration: 9]]

Luna looks up from her terminal.

LUNA
Close the door.

AKIRA
It is closed.
"""


def test_an_episode_comes_of_canned_answers_and_everything_about_them_is_on_record(
    database: Database, tmp_path: Path
) -> None:
    write_small_show(tmp_path / "projects", SCRIPT, PROJECT)
    with FakeEchoBrain(manner="published") as brain:
        settings = Settings(tmp_path / "projects", tmp_path / "home", services={"echo_brain": brain.url})
        studio, key = Studio(settings, database), EpisodeKey.parse(KEY)
        ingest.read_characters(Run(studio), key.project)
        ingest.read_episode(studio, key)
        for stage in EPISODE_STAGES:
            report = saved_episode(Run(studio), key).make(stage)
            assert report.rejected == (), f"{stage.name}: {[outcome.failed for outcome in report.rejected]}"
            if stage is SHOT_PLANS:
                ingest.save_plan(saved_episode(Run(studio), key))
                (take,) = (outcome.take for outcome in report.outcomes)
        asked = [body for path, body in brain.requests if path in (PLAN, REFINE)]
    assert report.outcomes[0].take.stage == EPISODE_STAGES[-1].name, "the master"
    assert report.outcomes[0].accepted
    plan = plan_in(take.details)
    assert [line.line_id for line in plan.lines] == ["sc01-l001", "sc01-l002"]
    trail = audit.load_trail(database, key)
    kept = [row for row in trail.consultations if row["decision_id"] == take.decision_id]
    assert [json.loads(row["query"]) for row in kept] == asked
    assert len(kept) == 1 + len(plan.shots)
    of_plan, *of_prompts = kept
    assert all(row["response"] and row["used"] != "nothing" for row in kept)
    assert "the lengths: 7.0 s together, and the scene has 9 s; they are taken as proportions" in of_plan["overruled"]
    assert all(any("repeat the question's tags" in words for words in row["overruled"]) for row in of_prompts)
