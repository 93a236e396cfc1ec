"""A creator's day in the web UI: episodes are found, backfilled, looked at in a browser, mended and made again."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tower_anime_assets_tests.cli.small_studio import small_studio
from tower_anime_assets_tests.cli.test_up import everything
from tower_anime_assets_tests.defs.listening_sockets import PLANTED, attacks, exchange, listening, request
from tower_anime_assets_tests.defs.running_tower import PRODUCED, RunningTower, running_tower, wait_until
from tower_anime_assets_tests.small_show import KEY, PROJECT, SCRIPT, SHORT_SCRIPT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
STRICT_KEY = "strict-e01"
WAIT_MS = 60_000

pytestmark = pytest.mark.slow
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

SHOT_EVENTS = """
query($it: AssetKeyInput!) { assetNodeOrError(assetKey: $it) { ... on AssetNode {
  assetMaterializations(limit: 1000) { partition runId } } } }
"""


@pytest.fixture(scope="module")
def tower() -> Iterator[RunningTower]:
    """A running tower with two shows that were backfilled from the web UI; no keyframe of `strict` can be accepted."""
    with small_studio() as studio:
        strict = studio.projects / "strict"
        shutil.copytree(studio.projects / "small", strict)
        bars = "engines: {attempts: 1}\nthresholds: {sharpness_var: {low: 100000}}\n"
        # Another seed, since shots of equal briefs share their takes.
        (strict / "episodes" / "e01.fountain").write_text(SHORT_SCRIPT)
        (strict / "project.yaml").write_text(PROJECT.replace("Small", "Strict").replace("seed: 7", "seed: 8") + bars)
        with running_tower(studio) as running:
            wait_until(lambda: {KEY, STRICT_KEY} <= set(running.partitions("episodes")), 60, "the sensor's partitions")
            assert running.backfill([KEY, STRICT_KEY]) == "COMPLETED_FAILED"
            yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1600, "height": 1300})
    made.set_default_timeout(WAIT_MS)
    yield made
    made.close()


def seen(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png")


def is_loaded(picture: Locator) -> bool:
    return bool(picture.evaluate("async img => { await img.decode(); return img.naturalWidth > 0; }"))


@needs_chromium
@pytest.mark.browser
def test_the_graph_shows_every_asset_from_screenplays_to_masters(
    tower: RunningTower, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{tower.dagster_url}/asset-groups")
    for group in ("story", "shots", "sound", "masters"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible()
    page.keyboard.press("Alt+E")  # expand all groups
    for name in (*PRODUCED, "screenplays", "shot"):
        expect(page.locator("foreignObject").get_by_text(name, exact=True).first).to_be_visible()
    seen(page, tmp_path, "graph")


@needs_chromium
@pytest.mark.browser
def test_a_materialization_shows_its_contact_sheet_link_and_scores(
    tower: RunningTower, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{tower.dagster_url}/assets/keyframes?view=partitions&partition={KEY}")
    page.set_viewport_size({"width": 1440, "height": 900})
    previews = page.locator(f"img[alt^='{KEY}-sc']")
    expect(previews).to_have_count(4)
    for preview in previews.all():
        assert str(preview.get_attribute("src")).startswith("data:image/webp;base64,")
        assert is_loaded(preview)
    expect(page.get_by_text(f"{tower.web_url}/storyboard/{KEY}", exact=True)).to_be_visible()
    for label in ("made", "reused", "engine", "edge_acuity_mean", "digest"):
        expect(page.get_by_text(label, exact=True).first).to_be_visible()
    seen(page, tmp_path, "keyframes")
    page.locator("tr", has_text="contact_sheet").last.get_by_text("[Show Markdown]").click()
    sheet = page.get_by_alt_text("contact sheet")
    sheet.wait_for()
    assert is_loaded(sheet)
    place = sheet.bounding_box()
    assert place is not None
    assert place["width"] > 6 * 120  # six columns,
    assert place["x"] + place["width"] < 1440  # all within a laptop's window
    seen(page, tmp_path, "contact_sheet")


@needs_chromium
@pytest.mark.browser
def test_a_shot_shows_its_picture_in_place(tower: RunningTower, page: Page, tmp_path: Path) -> None:
    shot = f"{KEY}-sc01-sh0010"
    page.goto(f"{tower.dagster_url}/assets/shot?view=partitions&partition={shot}")
    picture = page.get_by_alt_text(shot)
    picture.wait_for()
    assert is_loaded(picture)
    seen(page, tmp_path, "shot")
    page.goto(f"{tower.dagster_url}/assets/shot?view=lineage&lineageScope=upstream")
    for name in ("keyframes", "ltx_clips", "shot"):
        expect(page.locator("foreignObject").get_by_text(name, exact=True).first).to_be_visible()
    seen(page, tmp_path, "lineage")


@needs_chromium
@pytest.mark.browser
def test_a_failed_gate_names_its_episode_shots_values_and_threshold(
    tower: RunningTower, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{tower.dagster_url}/assets/keyframes?view=checks&checkDetail=keyframes_are_sharp")
    page.get_by_text("Execution history", exact=True).first.click()
    execution = page.locator("tr", has_text=f"{STRICT_KEY}-sc").first
    expect(execution).to_contain_text("Failed")
    expect(execution).to_contain_text("must be >= 100000")
    execution.locator("button").last.click()  # its metadata
    row = page.get_by_role("dialog").locator("tr", has_text=f"{STRICT_KEY}-sc01-sh0010").last
    cells = row.locator("td").all_inner_texts()
    seen(page, tmp_path, "failed")
    _shot, state, measure, measured, threshold, missed_by, unit = cells
    assert (state, measure, threshold, unit) == ("failed", "sharpness_var", ">= 100000", "grey levels squared")
    assert float(measured) + float(missed_by) == pytest.approx(100_000)


@needs_chromium
@pytest.mark.browser
def test_the_panel_plays_the_master_and_has_every_shot(tower: RunningTower, page: Page, tmp_path: Path) -> None:
    page.goto(f"{tower.web_url}/film/{KEY}")
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    # Not `wait_for_function`, whose expression the page's policy would refuse to evaluate.
    video.evaluate("video => new Promise(done => { video.ontimeupdate = () => video.currentTime > 0.5 && done(); })")
    assert video.evaluate("video => video.error") is None
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [384, 256]
    assert video.evaluate("video => video.textTracks[0].cues.length") == 3
    seen(page, tmp_path, "film")
    page.goto(f"{tower.web_url}/storyboard/{KEY}")
    shots = [shot for shot in tower.partitions("shot") if shot.startswith(KEY)]
    expect(page.get_by_role("option")).to_have_count(len(shots))
    seen(page, tmp_path, "episode")
    page.get_by_role("option").last.dblclick()
    page.wait_for_url(f"{tower.web_url}/shot/{shots[-1]}")


@pytest.mark.chaos
def test_every_socket_that_it_listens_on_refuses_other_sites_and_other_names(tower: RunningTower) -> None:
    web = ("127.0.0.1", tower.web_port)
    addresses = listening(everything(tower))
    assert {address for address in addresses if not isinstance(address, str)} == {web}
    answers = {name: exchange(web, text) for name, (text, _status) in attacks(f"127.0.0.1:{tower.web_port}").items()}
    expected = {name: status for name, (_text, status) in attacks(f"127.0.0.1:{tower.web_port}").items()}
    assert {name: int(answer.split(b" ", 2)[1]) for name, answer in answers.items()} == expected
    assert PLANTED not in tower.partitions("episodes")
    local = [address for address in addresses if isinstance(address, str)]
    assert len(local) >= 3, "PostgreSQL's and each code server's"
    for path in local:
        owners_alone = [
            one for one in (Path(path), *Path(path).parents) if not stat.S_IMODE(one.stat().st_mode) & 0o077
        ]
        assert owners_alone, f"{path} can be reached by other users"
        assert not exchange(path, request("GET", "/", {}, host="evil.example")).startswith(b"HTTP/1"), path


NEWEST_RUN = "query { runsOrError(limit: 1) { ... on Runs { results { runId } } } }"
LOGS = """
subscription($it: ID!) { pipelineRunLogs(runId: $it) {
  ... on PipelineRunLogsSubscriptionSuccess { messages { ... on MessageEvent { eventType } } } } }
"""


def test_a_live_page_is_sent_the_events_of_its_run(tower: RunningTower) -> None:
    run = tower.ask(NEWEST_RUN)["runsOrError"]["results"][0]["runId"]
    address = f"ws://127.0.0.1:{tower.web_port}/dagster/graphql"
    protocols = [Subprotocol("graphql-ws")]
    with connect(address, origin=Origin(tower.web_url), subprotocols=protocols, proxy=None) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        socket.send(json.dumps({"type": "start", "id": "1", "payload": {"query": LOGS, "variables": {"it": run}}}))
        assert json.loads(socket.recv(timeout=30)) == {"type": "connection_ack"}
        first = json.loads(socket.recv(timeout=30))
    events = first["payload"]["data"]["pipelineRunLogs"]["messages"]
    assert "RUN_SUCCESS" in [event["eventType"] for event in events] or len(events) > 10


def test_a_video_is_served_in_parts_and_linked_from_elsewhere(tower: RunningTower) -> None:
    episode = httpx.get(f"{tower.web_url}/api/episodes/{KEY}", trust_env=False).json()
    video = next(file["url"] for file in episode["deliverables"] if file["role"] == "main")
    part = httpx.get(f"{tower.web_url}{video}", headers={"Range": "bytes=4-11"}, trust_env=False)
    assert (part.status_code, part.content[:4]) == (206, b"ftyp")
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert httpx.get(f"{tower.dagster_url}/runs", headers=followed, trust_env=False).status_code == 200


def test_a_forced_shot_is_made_again_and_mirrored_alone(tower: RunningTower) -> None:
    name = "sc01-sh0010"
    config = {"config": {"shots": [name], "force": True}}
    run = tower.launch("rerender_shots", KEY, {"ops": {"keyframes": config, "ltx_clips": config}})
    assert tower.end_of(run) == "SUCCESS"
    events = tower.ask(SHOT_EVENTS, {"path": ["shot"]})["assetNodeOrError"]["assetMaterializations"]
    assert [event["partition"] for event in events if event["runId"] == run] == [f"{KEY}-{name}"] * 2


def test_a_screenplay_dropped_into_the_folder_is_found_and_produced(tower: RunningTower) -> None:
    tower.studio.script.with_name("e02.fountain").write_text(SCRIPT.replace("Title: Small", "Title: Second"))
    wait_until(lambda: "small-e02" in tower.partitions("episodes"), 60, "the sensor's new partition")
    run = tower.launch("produce_episode", "small-e02")
    assert tower.end_of(run) == "SUCCESS"
    assert any(shot.startswith("small-e02-") for shot in tower.partitions("shot"))


def test_a_screenplay_taken_out_of_the_folder_leaves_the_partitions_with_its_shots(tower: RunningTower) -> None:
    tower.studio.script.with_name("e02.fountain").unlink()
    wait_until(lambda: "small-e02" not in tower.partitions("episodes"), 60, "the sensor's removal")
    assert not any(shot.startswith("small-e02-") for shot in tower.partitions("shot"))
    assert any(shot.startswith(KEY) for shot in tower.partitions("shot"))


def test_a_changed_word_leaves_the_pictures_fresh(tower: RunningTower) -> None:
    assert tower.studio.tower("produce", KEY).code == 0
    tower.studio.edit("Close the door.", "Close the gate.")
    again = [name for name in PRODUCED if name not in ("characters", "keyframes", "ltx_clips", "compiled_episodes")]
    run = tower.materialize(again, KEY)
    assert tower.end_of(run) == "SUCCESS"
    stale = tower.staleness(KEY, ["keyframes", "ltx_clips", "compiled_episodes"])
    assert stale["compiled_episodes"][0] == "STALE"
    assert stale["keyframes"] == ("FRESH", [])
    assert stale["ltx_clips"] == ("FRESH", [])


def test_what_the_command_line_made_can_be_executed_again_from_the_web_ui(tower: RunningTower) -> None:
    ran = tower.studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    again = tower.execute_again(ran.json["run_id"])
    assert tower.end_of(again) == "SUCCESS"
