"""What a run would cost is said before it is begun, by figures that are on record or declared; others are unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, Settings
from tower_anime_assets.stages.dry_run import episode_from_files, plan_takes
from tower_anime_assets.stages.estimates import (
    CostEstimate,
    StageEstimate,
    estimate_episode,
    estimate_shot,
    estimate_shots,
)
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import shot_keys
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.small_show import PROJECT, write_small_show
from tower_anime_assets_tests.stages.conftest import CommandLine, MadeEpisode

KEY = EpisodeKey("small", "e01")
STYLE = "style: {checkpoint: ANIME_SDXL.safetensors}\n"
ONE_EURO_A_JOB = "prices: {currency: EUR, gpu_second: 0, job: 1}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeComfyUI]:
    with FakeComfyUI() as running:
        running.jobs.duration_s = lambda _graph: 0.02
        yield running


@pytest.fixture
def database(database_server: DatabaseServer) -> Iterator[Database]:
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture
def drawn(database: Database, tmp_path: Path) -> Studio:
    """A studio with the small show, in which nothing has been made yet; everything is made on this machine."""
    write_small_show(tmp_path / "projects")
    (tmp_path / "home").mkdir()
    return Studio(Settings(projects=tmp_path / "projects", home=tmp_path / "home"), database)


@pytest.fixture
def rendered(drawn: Studio, server: FakeComfyUI) -> Iterator[Studio]:
    """The same, and a ComfyUI server is to make its pictures."""
    drawn.settings = replace(drawn.settings, services={"comfyui": server.url})
    (drawn.settings.projects / "small" / "project.yaml").write_text(PROJECT + STYLE)
    yield drawn
    for fleet in drawn.fleets:
        fleet.close()


def write_rules(studio: Studio, text: str) -> None:
    (studio.settings.home / "studio.yaml").write_text(text)


def parts_of(estimate: CostEstimate, stage: str) -> list[StageEstimate]:
    return [one for one in estimate.stages if one.stage == stage]


def shots_of(studio: Studio) -> list[str]:
    return [take.shot for take in plan_takes(studio, KEY) if take.stage == "keyframe"]


def test_what_is_made_on_this_machine_costs_nothing(drawn: Studio) -> None:
    write_rules(drawn, ONE_EURO_A_JOB + "caps: {day: {money: 0, gpu_seconds: 0}}\n")
    estimate = estimate_episode(drawn, KEY)
    assert estimate.takes == len(plan_takes(drawn, KEY)) > 20
    assert (estimate.jobs, estimate.money, estimate.gpu_s) == (0, 0.0, 0.0)
    assert (estimate.seconds or 0) > 0
    assert {one.basis for one in estimate.stages} == {"made on this machine"}
    assert (estimate.fits, estimate.can_begin, estimate.unknown) == (True, True, ())


def test_one_more_take_takes_as_long_as_a_first_one(made_episode: MadeEpisode) -> None:
    key = next(iter(shot_keys(made_episode.work)))
    again = estimate_shot(made_episode.studio, ShotKey.parse(key), is_again=True)
    assert (again.takes, estimate_shot(made_episode.studio, ShotKey.parse(key)).takes) == (2, 0)
    assert all((one.seconds or 0) > 0 for one in again.stages), again.stages


def test_an_episode_is_estimated_by_stages_and_again(rendered: Studio) -> None:
    shots = len(shots_of(rendered))
    pictures = estimate_episode(rendered, KEY, stages=["keyframe", "clip"])
    assert {one.stage for one in pictures.stages} == {"keyframe", "clip", "interpolation"}
    for stage in ("keyframe", "clip"):
        assert sum(one.takes for one in parts_of(pictures, stage)) == shots
    with pytest.raises(PlanError, match="the takes of colour are not estimated; expected any of plan, keyframe"):
        estimate_episode(rendered, KEY, stages=["colour"])


def test_an_episode_is_priced_by_its_jobs_before_any_was_made(rendered: Studio) -> None:
    write_rules(rendered, ONE_EURO_A_JOB + "caps: {day: {money: 1000}, episode: {gpu_seconds: 1}}\n")
    estimate = estimate_episode(rendered, KEY)
    takes = plan_takes(rendered, KEY)
    keyframes, clips = parts_of(estimate, "keyframe"), parts_of(estimate, "clip")
    for parts in (keyframes, clips):
        assert sum(part.takes for part in parts) == len(shots_of(rendered))
        assert {part.basis for part in parts} == {"the workflow's declared pace"}
        assert all(part.engine.startswith("comfyui:") for part in parts)
    assert estimate.takes == len(takes)
    finished = parts_of(estimate, "interpolation")
    assert finished, "clips that are made at another rate than the delivery's"
    assert estimate.jobs == estimate.money == sum(part.jobs for part in (*keyframes, *clips, *finished))
    assert estimate.most_money == 3 * estimate.jobs, "three attempts each"
    (master,) = parts_of(estimate, "master")
    assert (master.basis, master.jobs, master.money) == ("made on this machine", 0, 0.0)
    seconds, euros = estimate.caps
    assert (seconds.cap.scope, seconds.unit, seconds.expected) == ("episode", "GPU s", estimate.gpu_s)
    assert "caps.episode.gpu_seconds" in seconds.refusal
    assert (euros.spent, euros.under_way, euros.expected, euros.refusal) == (0.0, 0.0, estimate.money, "")
    assert not estimate.fits
    assert json.loads(json.dumps(asdict(estimate)))["currency"] == "EUR"


def test_clips_are_estimated_before_there_are_keyframes_to_order_them_with(rendered: Studio) -> None:
    write_rules(rendered, "prices: {currency: EUR, gpu_second: 0.5}\n")
    clips = parts_of(estimate_episode(rendered, KEY), "clip")
    assert clips
    for part in clips:
        assert part.gpu_s is not None
        assert part.money == pytest.approx(part.gpu_s / 2)
        assert part.seconds == pytest.approx(part.gpu_s)


def test_after_jobs_were_made_the_estimate_rests_on_them(rendered: Studio) -> None:
    write_rules(rendered, "prices: {currency: EUR, gpu_second: 0.5, job: 0.25}\n")
    shots = shots_of(rendered)
    orders = [order for order, _outcome in episode_from_files(rendered, KEY).find(KEYFRAMES)]
    made = [replace(order, thresholds=(), alternates=()) for order in orders[:3]]
    Run(rendered).fulfill(KEYFRAMES, str(KEY), made, attempts=1)
    (keyframes,) = parts_of(estimate_shots(rendered, KEY, shots[:2], stages=["keyframe"], is_again=True), "keyframe")
    with psycopg.connect(rendered.database.url) as connection:
        rows = connection.execute("SELECT gpu_s FROM generation_decisions WHERE status = 'succeeded'").fetchall()
    assert keyframes.basis == f"median of {len(rows)} jobs"
    assert keyframes.gpu_s == pytest.approx(2 * median(row[0] for row in rows)), "all are of one size"
    assert keyframes.money == pytest.approx((keyframes.gpu_s or 0) / 2 + 2 * 0.25)


def test_one_more_take_of_a_shot_is_priced_with_what_builds_on_it(rendered: Studio) -> None:
    write_rules(rendered, ONE_EURO_A_JOB)
    shot = shots_of(rendered)[0]
    estimate = estimate_shot(rendered, ShotKey.parse(shot), is_again=True)
    assert {one.stage for one in estimate.stages} == {"keyframe", "clip", "interpolation"}
    clip = estimate_shots(rendered, KEY, [shot], stages=["clip"], is_again=True)
    assert {one.stage for one in clip.stages} == {"clip", "interpolation"}
    assert (clip.shots, clip.currency) == ((shot,), "EUR")
    with pytest.raises(PlanError, match="has no shot small-e01-sc09-sh0010"):
        estimate_shots(rendered, KEY, ["small-e01-sc09-sh0010"])
    with pytest.raises(PlanError, match="mix is not made shot by shot"):
        estimate_shots(rendered, KEY, [shot], stages=["mix"])


def test_what_is_not_known_has_no_figure_and_a_reason(rendered: Studio) -> None:
    assert estimate_episode(rendered, KEY).money is None, "no prices are set"
    write_rules(rendered, "prices: {currency: EUR}\ncaps: {day: {money: 5}}\n")
    estimate = estimate_episode(rendered, KEY)
    assert estimate.money is None
    assert any("has no price. Set `prices.engines." in reason for reason in estimate.unknown)
    assert not estimate.fits
    assert "cannot be kept" in estimate.refusals[0]


def test_the_command_says_what_it_costs_and_which_cap_has_no_room(
    rendered: Studio, server: FakeComfyUI, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SERVICE_URL_VARIABLES["comfyui"], server.url)
    monkeypatch.setenv("TOWER_HOME", str(rendered.settings.home))
    monkeypatch.setenv("TOWER_PROJECTS", str(rendered.settings.projects))
    monkeypatch.setenv("TOWER_DATABASE_URL", rendered.database.url)
    command_line = CommandLine(capfd)
    write_rules(rendered, ONE_EURO_A_JOB + "caps:\n  day: {money: 1}\n")
    code, out, _err = command_line.tower("estimate", "small-e01")
    assert code == 1
    assert "jobs at services" in out
    assert "cap: the day's cap of 1.00 EUR (studio.yaml:3)" in out
    assert "Raise `caps.day.money` in studio.yaml" in out
    code, out, _err = command_line.tower("estimate", "small-e01", "--json")
    told = json.loads(out)
    assert (code, told["fits"], len(told["refusals"])) == (1, False, 1)
    code, out, _err = command_line.tower("plan", "small-e01")
    assert code == 0
    assert "a cap has no room for all of it: tower estimate small-e01" in out
    write_rules(rendered, ONE_EURO_A_JOB)
    assert command_line.tower("estimate", "small-e01")[0] == 0
    code, _out, err = command_line.tower("estimate", "small-e01", "--again")
    assert (code, "--again is for a shot" in err) == (2, True)
