"""What rests is used again once somebody clears it, and who did so is on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.errors import Cause, PlanError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.breakers import clear_breakers
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer

LTX, WAN = "comfyui:ltx_2b_distilled_i2v_scheduler", "comfyui:wan22_14b_i2v"
GPU = "http://gpu1:8188"


@pytest.fixture
def studio(database_server: DatabaseServer, tmp_path: Path) -> Iterator[Studio]:
    made = Studio(
        Settings(projects=tmp_path / "projects", home=tmp_path, services={"comfyui": GPU}),
        Database(database_server.make_database()),
    )
    for number, engine in enumerate([LTX, LTX, LTX, WAN, WAN, WAN]):
        new = decisions.NewDecision(
            project_id="p", decision_type="clip", parameters={}, reasoning="a clip", engine=engine,
            brief_digest=f"{number:064}", idempotency_key=f"{number}", server=GPU,
        )  # fmt: skip
        begun = decisions.record_decision(made.database, new)
        decisions.mark_failed(made.database, begun.id, "RenderFailed: node 7\na trace", 1.0, Cause.BROKEN_GRAPH)
    yield made
    made.close()


def test_a_workflow_is_cleared_by_any_of_its_names_and_no_other_is(studio: Studio) -> None:
    cleared = clear_breakers(studio, "ltx_2b_121_frame_workflow", "mika", "a new node pack")
    assert cleared.subject == LTX
    (state,) = cleared.in_use_again.values()
    assert state.why == "3 failures in a row, the last: RenderFailed: node 7"
    with psycopg.connect(studio.database.url) as connection:
        rows = connection.execute("SELECT subject, who, why FROM breaker_resets").fetchall()
    assert rows == [(LTX, "mika", "a new node pack")]
    assert clear_breakers(studio, LTX, "mika").in_use_again == {}
    assert set(clear_breakers(studio, "all", "mika").in_use_again) == {WAN}


def test_a_server_is_cleared_for_every_workflow(studio: Studio) -> None:
    assert set(clear_breakers(studio, f"{GPU}/", "mika").in_use_again) == {LTX, WAN}


@pytest.mark.parametrize("name", ["ltx_2b_i2w", "http://gpu9:8188", ""])
def test_what_there_is_not_is_wrong_input(studio: Studio, name: str) -> None:
    with pytest.raises(PlanError):
        clear_breakers(studio, name, "mika")


def test_nobody_clears_without_a_name(studio: Studio) -> None:
    with pytest.raises(PlanError, match="--who"):
        clear_breakers(studio, "all", " ")
