from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tower_anime_assets.errors import Cause
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.reports import workflows as workflows_report
from tower_anime_assets.reports.workflows import (
    mean_prediction_error,
    share_within_range,
    statistics_table,
    workflow_report,
)
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions, takes, verdicts
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.profiles import EngineStatistics, PredictedRun
from tower_anime_assets.store.takes import TakeFile
from tower_anime_assets_tests.conftest import DatabaseServer


@pytest.fixture
def studio(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Studio]:
    opened = Studio(Settings(projects=tmp_path, home=tmp_path), Database(database_server.make_database()))
    yield opened
    opened.close()


def decide(studio: Studio, engine: str) -> decisions.Decision:
    ranked = {"engine": engine, "state": "chosen", "seconds": 20.0, "seconds_low": 10.0, "seconds_high": 40.0}
    brief = {"framing": "wide", "width_px": 768, "height_px": 512, "frames": 121}
    return decisions.record_decision(
        studio.database,
        decisions.NewDecision(
            project_id="nexus",
            decision_type="clip",
            parameters={"brief": brief, "attempt": {"seed": 1}},
            reasoning="",
            engine=engine,
            brief_digest="d" * 64,
            idempotency_key=str(uuid4()),
            alternatives=[ranked],
        ),
    )


def make(studio: Studio, engine: str, gpu_s: float, *, passed: bool) -> None:
    begun = decide(studio, engine)
    made = takes.record_take(
        studio.database,
        takes.NewTake(
            decision_id=begun.id,
            brief_digest=begun.brief_digest,
            stage="clip",
            project_id="nexus",
            files={"main": TakeFile("0" * 64, "00/x.mp4", 1, "video/mp4")},
            measured={},
            details={},
            duration_s=99.0,
            gpu_s=gpu_s,
            quality_score=0.5,
        ),
    )
    said = Verdict("clips_move_as_planned", "motion_px", 0.0, 0.5, None, "px", passed, "")
    verdicts.record_verdicts(studio.database, made.id, [said])


def test_a_report_shows_what_became_of_runs_and_what_was_foreseen(studio: Studio) -> None:
    make(studio, "comfyui:ltx", 30.0, passed=True)
    make(studio, "comfyui:ltx", 60.0, passed=False)
    decisions.mark_failed(
        studio.database, decide(studio, "comfyui:wan").id, "RenderFailed: node 7", 4.0, Cause.BROKEN_GRAPH
    )
    report = workflow_report(studio)
    assert report.metrics["runs"] == 3
    assert report.metrics["accepted"] == 1
    assert report.metrics["gpu_s_per_accepted"] == pytest.approx(90.0)
    assert report.metrics["predicted_within_range"] == pytest.approx(0.5)
    assert report.metrics["prediction_error"] == pytest.approx((10 / 30 + 40 / 60) / 2, abs=1e-4)
    titles = [section.title for section in report.sections]
    assert titles[:2] == ["Workflows", "Why runs were not accepted"]
    assert titles[2:] == ["What accepted takes cost", "Predicted and actual time"]
    table = report.sections[0].table.set_index("engine")
    assert table.loc["comfyui:ltx", "accepted_share"] == pytest.approx(0.5)
    assert table.loc["comfyui:ltx", "gpu_s_per_accepted"] == pytest.approx(90.0)
    assert table.loc["comfyui:wan", "succeeded"] == 0
    for section in report.sections:
        assert section.chart_files
        for picture in section.chart_files:
            assert studio.media.path_of(picture.path).read_bytes().startswith(b"\x89PNG")
    page = report.to_markdown()
    assert page.count("![") == 6
    assert f"(/media/{report.sections[0].chart_files[0].path})" in page
    assert workflow_report(studio).digest == report.digest


def test_of_very_many_runs_the_newest_are_reported_and_the_report_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflows_report, "MOST_RUNS", 2)
    make(studio, "comfyui:older", 10.0, passed=True)
    for _ in range(2):
        make(studio, "comfyui:newer", 10.0, passed=True)
    report = workflow_report(studio)
    assert report.metrics["runs"] == 2
    assert 0 <= report.metrics["days"] < 1
    assert "the newest 2 runs" in report.to_markdown()
    assert "older" not in report.to_markdown()


def test_a_report_on_nothing_says_so(studio: Studio) -> None:
    report = workflow_report(studio)
    assert "Nothing was made yet." in report.to_markdown()
    assert report.metrics == {"workflows": 0, "runs": 0, "accepted": 0}


def test_what_is_not_known_is_no_number() -> None:
    row = EngineStatistics("comfyui:wan", "clip", 2, 0, 0, None, None, 0.0, 0.0, None, 0, None)
    table = statistics_table([row])
    assert table["accepted_share"].tolist() == [0.0]
    assert table[["median_s", "gpu_s_per_accepted", "vram_gb"]].isna().all(axis=None)
    assert statistics_table([]).empty


def test_errors_of_predictions_are_shares_of_what_runs_took() -> None:
    now = datetime.now(UTC)
    ran = [PredictedRun("w", 20, 10, 40, 40, now), PredictedRun("w", 20, 10, 40, 80, now)]
    assert mean_prediction_error(ran) == pytest.approx((0.5 + 0.75) / 2)
    assert share_within_range(ran) == 0.5
