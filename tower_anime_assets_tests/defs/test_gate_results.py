"""What a gate's check result says: how many failed, by how much, against which bar, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from tower_anime_assets.defs.gates import check_result
from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.verdicts import Verdict
from tower_anime_assets.stages.gate_results import GateResult
from tower_anime_assets.store.takes import Take

KEY = dg.AssetCheckKey(dg.AssetKey("keyframes"), "keyframes_are_sharp")
URL = "http://127.0.0.1:3333"


def judged(shot: str, value: float, waived: tuple[str, ...] = ()) -> tuple[Outcome, Verdict]:
    verdict = Verdict(
        "keyframes_are_sharp", "sharpness_var", value, 60.0, None, "grey levels squared", value >= 60, "Draw it again."
    )
    take = Take(
        id=shot, decision_id="", brief_digest="", stage="keyframe", project_id="small", episode_id="e01",
        scene_id="sc01", shot_id=shot, line_id="", files={}, measured={}, details={}, created_at=datetime.now(UTC),
        attempt=1, engine="squares", engine_version="1", reasoning="", duration_s=0, cpu_s=0, gpu_s=0,
        quality_score=None,
    )  # fmt: skip
    outcome = Outcome(f"small-e01-sc01-{shot}", take, verdict.passed or bool(waived), 1, (verdict,), waived=waived)
    return outcome, verdict


def values(result: dg.AssetCheckResult) -> dict[str, object]:
    return {
        name: value.value for name, value in result.metadata.items() if not isinstance(value, dg.TableMetadataValue)
    }


def test_a_failed_gate_shows_shots_values_threshold_and_remedy_worst_first() -> None:
    finding = GateResult("keyframes_are_sharp", [judged("sh0010", 50), judged("sh0020", 20), judged("sh0030", 400)])
    result = check_result(KEY, finding, URL)
    assert not result.passed
    shown = values(result)
    assert (shown["judged"], shown["failed"], shown["waived"]) == (3, 2, 0)
    assert shown["sharpness_var_worst"] == 20
    assert shown["sharpness_var_must_be"] == ">= 60 grey levels squared"
    assert shown["what_to_do"] == "Draw it again."
    assert shown["watch"] == f"{URL}/storyboard/small-e01"
    table = result.metadata["shots"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [(row.data["shot"], row.data["measured"], row.data["missed_by"]) for row in table.records] == [
        ("small-e01-sc01-sh0020", 20, 40),
        ("small-e01-sc01-sh0010", 50, 10),
    ]
    assert "small-e01-sc01-sh0020: sharpness_var is 20" in str(result.description)


def test_a_waived_shot_passes_and_is_named() -> None:
    result = check_result(KEY, GateResult("keyframes_are_sharp", [judged("sh0010", 50, ("keyframes_are_sharp",))]), URL)
    assert result.passed
    table = result.metadata["shots"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [row.data["state"] for row in table.records] == ["waived"]


def test_a_gate_that_all_pass_shows_its_numbers_and_no_table() -> None:
    result = check_result(KEY, GateResult("keyframes_are_sharp", [judged("sh0010", 70), judged("sh0020", 90)]), URL)
    assert result.passed
    assert values(result)["sharpness_var_mean"] == 80
    assert "shots" not in result.metadata
