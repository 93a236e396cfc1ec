from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tower_anime_assets.engines.suggestions import pattern_sentences
from tower_anime_assets.errors import NotAcceptedError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.reports import reports
from tower_anime_assets.reports.reports import Report
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import attempts, feedback, story
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.feedback import NewFeedback
from tower_anime_assets_tests.stages.filled_record import fill

KEY = EpisodeKey("filled", "e01")


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("reports")
    made = Studio(Settings(folder / "projects", folder / "home"), database)
    story.save_project(database, Project("filled", "Filled", ()))
    story.save_project(database, Project("empty", "Empty", ()))
    fill(database, "filled")
    row = attempts.list_newest(database, ["filled"])[0]
    (take_id,) = (
        item["id"]
        for item in database.fetch_all("takes.find_candidate", {"decision_id": row.decision_id, "candidate_rank": None})
    )
    said = {"decision_id": row.decision_id, "take_id": take_id, "who": "ann", "reason": "anatomy", "opinion": "bad"}
    feedback.record_feedback(database, NewFeedback(**said, idempotency_key="one"))
    return made


@pytest.fixture(scope="module")
def learned(studio: Studio) -> Report:
    return reports.update_patterns(studio, "filled")


@pytest.fixture(scope="module")
def quality(studio: Studio) -> Report:
    return reports.quality_report(studio, KEY)


def table(report: Report, title: str) -> pd.DataFrame:
    (found,) = [section.table for section in report.sections if section.title == title]
    return found


def words(report: Report, title: str) -> str:
    return "\n".join(line for section in report.sections if section.title == title for line in section.bullets)


def test_the_figures_are_those_of_the_rows(studio: Studio, quality: Report) -> None:
    rows = attempts.list_newest(studio.database, ["filled"])
    liked = sum(row.is_success for row in rows)
    assert quality.metrics["attempts"] == len(rows)
    assert quality.metrics["accepted_share"] == pytest.approx(liked / len(rows), abs=1e-4)
    assert quality.metrics["attempts_per_accepted"] == pytest.approx(
        len(rows) / len({row.shot for row in rows if row.is_success}), abs=1e-4
    )
    assert quality.metrics["opinions"] == 1
    assert quality.metrics["accepted_share_low"] < quality.metrics["accepted_share"]


def test_reasons_costs_and_opinions_are_listed(studio: Studio, quality: Report) -> None:
    rows = attempts.list_newest(studio.database, ["filled"])
    complaints = table(quality, "Why attempts were rejected").set_index("what")
    assert complaints.loc["keyframes_are_sharp", "attempts"] == sum("keyframes_are_sharp" in row.failed for row in rows)
    assert complaints.loc["person:anatomy", "attempts"] == 1
    (opinion,) = table(quality, "What people said").to_dict("records")
    assert (opinion["opinion"], opinion["stage"], opinion["times"]) == ("bad:anatomy", "keyframe", 1)
    (cost,) = table(quality, "Cost").to_dict("records")
    assert (cost["takes"], cost["median_s"]) == (len(rows), 2.0)
    (row,) = table(quality, "Attempts per brief").to_dict("records")
    assert row["briefs"] == 40
    assert row["mean_attempts"] == pytest.approx(len(rows) / 40)
    assert row["most_attempts"] == 3


def test_what_goes_with_scores_is_said_with_its_figures(learned: Report) -> None:
    assert "comfyui:sdxl: try a lower cfg (rank correlation with the score -0." in words(learned, "Recommendations")
    assert "keyframe takes with mood tense are accepted less often" in words(learned, "Recommendations")
    changed = words(learned, "What changed: keyframe by comfyui:sdxl")
    assert "cfg: rank correlation with the score -0." in changed
    assert "Mann-Kendall" in changed
    sources = table(learned, "What suggestions did").set_index("parameters from")
    assert set(sources.index) == {"defaults", "learned"}


def test_what_was_learned_is_kept_and_told_to_directors(studio: Studio, learned: Report) -> None:
    kept = attempts.list_patterns(studio.database, "filled")
    assert learned.metrics["patterns"] == len(kept) > 0
    assert {"parameter": "cfg"} in [dict(item.conditions) for item in kept]
    assert all(item.samples > 0 and item.mean_score is not None and item.evidence for item in kept)
    assert pattern_sentences(studio.database, "filled")[0] == kept[0].pattern
    assert pattern_sentences(studio.database, "empty") == ()


def test_every_picture_is_a_png_in_the_media_store(studio: Studio, learned: Report, quality: Report) -> None:
    pictures = [picture for report in (learned, quality) for part in report.sections for picture in part.chart_files]
    assert len(pictures) >= 8
    for picture in pictures:
        path: Path = studio.media.path_of(picture.path)
        assert path.read_bytes().startswith(b"\x89PNG")


def test_a_report_is_markdown_with_served_pictures(studio: Studio, learned: Report) -> None:
    text = learned.to_markdown()
    assert "### Recommendations" in text
    assert "](/media/" in text
    assert "| stage | engine | by | value |" in text


def test_the_same_record_gives_the_same_report(studio: Studio, quality: Report) -> None:
    assert reports.quality_report(studio, KEY).digest == quality.digest


def test_nothing_made_is_said_so_and_leaves_other_projects_alone(studio: Studio) -> None:
    with pytest.raises(NotAcceptedError, match="nothing of empty-e01 has been made yet"):
        reports.quality_report(studio, EpisodeKey("empty", "e01"))
    with pytest.raises(NotAcceptedError, match="nothing of empty has been made"):
        reports.update_patterns(studio, "empty")
    assert [report.subject for report in reports.update_all_patterns(studio)] == ["filled"]


def test_long_tables_are_cut_and_say_so_and_bars_do_not_break_them() -> None:
    text = reports.table_to_markdown(pd.DataFrame({"a|b": range(70), "c": ["x|y"] * 70}))
    assert text.endswith("10 more rows are left out.")
    assert "| 0 | x\\|y |" in text
