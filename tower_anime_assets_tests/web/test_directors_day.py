"""A day in a browser before a real tower: from an empty home to a delivered episode of a new show; and two people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.defs.running_tower import RunningTower, running_tower
from tower_anime_assets_tests.web.people import RUN_WAIT_MS, WAIT_MS, Person, sign_in
from tower_anime_assets_tests.web.test_panel import browser
from tower_anime_assets_tests.web.test_sign_in import needs_chromium

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCRIPT = """\
Title: Tea for Quokkas

INT. BAKERY - MORNING
[[mood: calm]]

BRAM, an old baker with a white beard and a green coat, pours milk into a bowl. A quokka juggles teacups.

BRAM
Breakfast, captain.
"""
KEY = "tea-e01"
SMALL = "delivery: {width: 384, height: 216, fps: 12, max_clip_frames: 49}\n"
"""A first pass needs no more; larger pictures take longer."""


@dataclass
class Bakery:
    """A studio that was empty in the morning, with two people's tokens."""

    studio: SmallStudio
    tower: RunningTower
    tokens: dict[str, str]

    def person(self, browser: Browser, name: str) -> Person:
        return sign_in(browser, self.tower.web_url, name, self.tokens[name])


@pytest.fixture(scope="module")
def bakery() -> Iterator[Bakery]:
    with small_studio(is_new=True) as studio:
        shutil.rmtree(studio.projects)
        tokens = {}
        for name in ("Mei", "Viktor"):
            added = studio.tower("token", "add", name, "--scope", "spend")
            assert added.code == 0, added.err
            tokens[name] = added.out.strip()
        with running_tower(studio) as tower:
            yield Bakery(studio, tower, tokens)


@pytest.fixture(scope="module")
def show(bakery: Bakery, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a first pass of a new show, from the first-run page on, and return the folder of its pictures."""
    folder = tmp_path_factory.mktemp("day")
    mei = bakery.person(browser, "Mei")
    page = mei.page
    expect(page.get_by_role("heading", name="Your first episode in three steps")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".steps li")).to_have_count(3)
    mei.look(folder, "01-first-run")

    page.get_by_label("Or paste its text").fill(SCRIPT)
    page.get_by_label("Short name").fill("tea")
    mei.button("Make a show of it").click()
    page.wait_for_url(f"**/storyboard/{KEY}")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("checkbox", name="Master Its delivery").check()
    expect(page.get_by_role("region", name="What changes")).to_contain_text("approvals: [master]", timeout=WAIT_MS)
    whole = page.get_by_label("The whole file")
    whole.fill(f"{whole.input_value()}{SMALL}")
    expect(page.get_by_role("region", name="What changes")).to_contain_text("width: 384", timeout=WAIT_MS)
    page.get_by_label("Why").fill("small at first, and nothing leaves the house unseen")
    mei.look(folder, "02-settings")
    mei.button("Save").click()
    mei.told("Saved")

    page.get_by_role("link", name="Storyboard").click()
    mei.button(f"Make {KEY}").click()
    expect(mei.dialog.get_by_text("Takes", exact=True).first).to_be_visible(timeout=WAIT_MS)
    mei.dialog.get_by_label("Why").fill("a first pass")
    mei.look(folder, "03-estimate")
    mei.dialog.get_by_role("button", name="Begin").click()
    expect(mei.dialog).to_have_count(0, timeout=WAIT_MS)
    expect(page.get_by_role("option")).to_have_count(5, timeout=RUN_WAIT_MS)
    assert mei.page.locator("button.work").inner_text() != "Nothing runs", "its shots show while it is made"
    mei.look(folder, "04-while-it-is-made")
    mei.told("waits for your approval")
    expect(page.locator("button.work")).to_have_text("Nothing runs", timeout=RUN_WAIT_MS)
    mei.look(folder, "05-made")
    assert mei.wrong == []
    page.context.close()
    return folder


@needs_chromium
def test_a_day_from_an_empty_home_to_a_delivered_episode(bakery: Bakery, show: Path, browser: Browser) -> None:
    mei = bakery.person(browser, "Mei")
    mei.go(f"/storyboard/{KEY}")
    mei.look(show, "10-storyboard")
