"""What a run is going to make is known when it begins: what is missing, and what it makes again."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tower_anime_assets.defs import run_forecast
from tower_anime_assets.defs.run_forecast import forecast_run
from tower_anime_assets.defs.tags import PARTITION_TAG
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.dry_run import EpisodeForecast, PlannedTake
from tower_anime_assets.stages.preflight_report import PreflightReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, SHORT_SCRIPT, write_small_show

EVERYTHING = ["characters", "shot_plans", "keyframes", "ltx_clips", "voice_tracks", "compiled_episodes"]


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    write_small_show(tmp_path / "projects", SHORT_SCRIPT)
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


def run_of(steps: list[str], episode: str = KEY, shots: list[str] | None = None) -> dg.DagsterRun:
    config = {"config": {"shots": shots or [], "force": shots is not None}}
    return dg.DagsterRun(
        "a_job",
        run_config={"ops": {"keyframes": config}},
        step_keys_to_execute=steps,
        tags={PARTITION_TAG: episode} if episode else {},
    )


def stages_of(takes: list[PlannedTake]) -> set[str]:
    return {take.stage for take in takes if take.predicted_s > 0}


def test_a_run_is_predicted_for_the_assets_that_it_makes(studio: Studio) -> None:
    assert stages_of(forecast_run(studio, run_of(EVERYTHING))) >= {"plan", "keyframe", "clip", "voice", "master"}
    assert stages_of(forecast_run(studio, run_of(["keyframes"]))) == {"keyframe"}


def test_nothing_is_predicted_of_runs_without_an_episode_that_can_be_read(studio: Studio) -> None:
    assert forecast_run(studio, run_of(["keyframes"], episode="")) == []
    assert forecast_run(studio, run_of(["lessons"])) == []
    assert forecast_run(studio, run_of(["keyframes"], shots=["sc09-sh0990"])) == []
    (studio.settings.projects / "small" / "project.yaml").write_text("title: [")
    assert forecast_run(studio, run_of(["keyframes"])) == []


def test_a_shot_that_is_there_and_made_again_counts(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = [PlannedTake(f"{KEY}-sc01-sh00{n}0", "keyframe", "ready", "", 0.0, again_s=9.0) for n in (1, 2)]
    forecast = EpisodeForecast([*ready, PlannedTake(KEY, "plan", "ready", "", 0.0, again_s=1.0)], PreflightReport(KEY))
    monkeypatch.setattr(run_forecast, "plan_episode", lambda *_: forecast)
    takes = forecast_run(studio, run_of(["keyframes", "shot_plans"], shots=["sc01-sh0020"]))
    assert {take.shot: take.predicted_s for take in takes} == {ready[0].shot: 0.0, ready[1].shot: 9.0, KEY: 0.0}
    assert sum(take.predicted_s for take in forecast_run(studio, run_of(["keyframes"], shots=[]))) == 18.0
