"""What Dagster's metadata tells of how takes were made: engine, seed and page in tables, and each attempt whole."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from tower_anime_assets.defs.metadata import outcome_metadata, stage_metadata
from tower_anime_assets.defs.trail_metadata import consultation_table
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.reports.attempt_trail import consultations_by_subject
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.reports.recorded_shot import SHARP, RecordedShot

KEY = ShotKey.parse("meta-e01-sc01-sh0010")


def rows_of(value: object) -> list[dict[str, object]]:
    assert isinstance(value, dg.TableMetadataValue)
    return [dict(record.data) for record in value.records]


def made_outcome(database: Database, tmp_path: Path) -> tuple[Studio, Outcome, str]:
    shot = RecordedShot(database, KEY)
    origins = {"values": {"steps": "workflow default"}, "prompt": [{"text": "ink", "source": "project.yaml: style"}]}
    take = shot.make(1, steps=20, prompt="a street, ink", negative="blurry", provenance=origins)
    job = shot.send(take.decision_id, {"smp.inputs.seed": 7})
    shot.ask(take.decision_id, "the framing", ["the mood stays"])
    studio = Studio(Settings(tmp_path, tmp_path), database)
    return studio, Outcome(str(KEY), take, accepted=True, attempts=1, verdicts=(SHARP,)), job.id


def test_a_shots_event_tells_how_its_take_was_made(database: Database, tmp_path: Path) -> None:
    studio, outcome, job = made_outcome(database, tmp_path)
    metadata = outcome_metadata(outcome, studio)
    base = studio.settings.web_url
    assert metadata["how_it_was_made"] == dg.MetadataValue.url(f"{base}/attempt/{outcome.take.decision_id}")
    assert metadata["graph"] == dg.MetadataValue.url(f"{base}/api/graphs/{job}")
    assert (metadata["prompt"], metadata["negative"], metadata["seed"]) == ("a street, ink", "blurry", "1")
    assert [(row["words"], row["from"]) for row in rows_of(metadata["prompt_parts"])] == [
        ("a street", "not on record"),
        ("ink", "project.yaml: style"),
    ]
    values = {row["parameter"]: row["from"] for row in rows_of(metadata["parameters"])}
    assert values == {"seed": "not on record", "steps": "workflow default"}
    assert [row["graph"] for row in rows_of(metadata["jobs"])] == [f"{base}/api/graphs/{job}"]
    assert [row["engine"] for row in rows_of(metadata["ranking"])] == ["comfyui:small"]
    (asked,) = rows_of(metadata["asked_used_overruled"])
    assert (asked["asked"], asked["used"], asked["overruled"]) == ("echo_brain", "the framing", "the mood stays")
    dg.AssetObservation("shot", metadata=metadata)


def test_a_stages_table_has_engine_seed_and_page(database: Database, tmp_path: Path) -> None:
    studio, outcome, _job = made_outcome(database, tmp_path)
    report = StageReport("keyframe", "meta-e01", (outcome,), 1.0)
    (row,) = rows_of(stage_metadata(report, studio)["takes"])
    assert (row["engine"], row["seed"]) == ("comfyui:small", "1")
    assert row["page"] == f"{studio.settings.web_url}/attempt/{outcome.take.decision_id}"


def test_what_a_stages_director_was_asked_is_a_table(database: Database, tmp_path: Path) -> None:
    _studio, outcome, _job = made_outcome(database, tmp_path)
    report = StageReport("plan", "meta-e01", (outcome,), 1.0)
    (row,) = rows_of(consultation_table(consultations_by_subject(database, report)))
    assert (row["for"], row["asked"], row["overruled"]) == (str(KEY), "echo_brain", "the mood stays")
    assert consultation_table({}) is None
