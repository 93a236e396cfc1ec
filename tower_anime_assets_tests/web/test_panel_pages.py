"""The pages Script, Cast and Memory and the first run of the built panel, in a browser before a studio from memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tower_anime_assets_tests.fakes.director_shows import SCRIPT_FILE
from tower_anime_assets_tests.web.test_panel import Opened, browser, film, open_page, opened, violations
from tower_anime_assets_tests.web.test_sign_in import needs_chromium

__all__ = ["browser", "film", "opened"]

SCREENS = ((390, 844), (1280, 800))


def look(page: Page, name: str, width: int) -> None:
    """Keep a picture of the page, and compare it with what everybody can read and reach."""
    page.wait_for_load_state("load")
    page.screenshot(path=f"{name}.png")
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen[0]))
def test_script_cast_memory_and_first_run_fit_screens_in_both_themes_and_axe_finds_nothing(
    opened: Opened, screen: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    page, wrong = open_page(opened, *screen, theme)
    mark = f"{tmp_path}/{screen[0]}-{theme}"
    page.goto(f"{opened.url}/script/nexus-e01")
    page.locator(".scene").first.wait_for(state="attached")
    look(page, f"{mark}-script", screen[0])
    if screen[0] < 900:
        page.get_by_role("button", name="Understood").click()
        look(page, f"{mark}-understood", screen[0])
    page.get_by_role("button", name="Edit").click()
    page.locator("textarea").fill(opened.api.shows.text_of(SCRIPT_FILE).replace("VIKTOR", "AKIRO"))
    page.locator(".live .replans").wait_for(state="attached")
    page.locator(".where", has_text="Line 19").dispatch_event("click")
    look(page, f"{mark}-editing", screen[0])
    page.get_by_role("button", name="Look at it and save").click()
    page.get_by_role("dialog").get_by_role("checkbox").check()
    look(page, f"{mark}-saving", screen[0])
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{opened.url}/cast/nexus")
    page.get_by_role("heading", name="Places of").wait_for()
    look(page, f"{mark}-cast", screen[0])
    page.screenshot(path=f"{mark}-cast-whole.png", full_page=True)
    page.get_by_role("button", name="Edit Luna Chen").click()
    look(page, f"{mark}-character", screen[0])
    page.goto(f"{opened.url}/memory")
    page.locator(".fact").first.wait_for()
    look(page, f"{mark}-memory", screen[0])
    page.get_by_role("tab", name="Feedback").click()
    look(page, f"{mark}-feedback", screen[0])
    page.goto(f"{opened.url}/")
    page.get_by_role("button", name="Add an episode to Nexus").click()
    look(page, f"{mark}-bring", screen[0])
    opened.api.episodes = []
    page.goto(f"{opened.url}/")
    page.locator(".steps").wait_for()
    look(page, f"{mark}-first", screen[0])
    page.screenshot(path=f"{mark}-first-whole.png", full_page=True)
    assert wrong == [], "the console is silent, also about the Content-Security-Policy"
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_two_people_edit_a_script_and_the_second_is_told(opened: Opened) -> None:
    page, _wrong = open_page(opened, 1280, 800)
    shows = opened.api.shows
    page.goto(f"{opened.url}/script/nexus-e01")
    page.get_by_role("button", name="Edit").wait_for()
    page.keyboard.press("e")
    area = page.get_by_role("textbox", name="Script of nexus-e01")
    expect(area).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nEXT. HARBOUR - DUSK\n")
    expect(page.get_by_role("heading", name="EXT. HARBOUR - DUSK")).to_be_visible()
    expect(page.get_by_text("8 takes to make, about 72 s.")).to_be_visible()
    shows.files[SCRIPT_FILE] = shows.text_of(SCRIPT_FILE).replace("an antenna", "a lamp")
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Viktor edited it")
    dialog.get_by_role("button", name="Compare mine with it").click()
    expect(dialog.locator(".removed")).to_contain_text("Luna sets down a lamp.")
    dialog.get_by_label("Why").fill("the antenna is needed later")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    ((file, body),) = shows.saved
    assert (file, body["why"], body["even_with_faults"]) == (SCRIPT_FILE, "the antenna is needed later", False)
    assert "EXT. HARBOUR - DUSK" in shows.text_of(SCRIPT_FILE)
    page.context.close()


@needs_chromium
@pytest.mark.browser
def test_a_dropped_screenplay_becomes_a_show(opened: Opened, tmp_path: Path) -> None:
    opened.api.episodes = []
    script = tmp_path / "Harbour Lights.fountain"
    script.write_bytes("INT. KÜCHE - TAG\n".encode("latin-1"))
    page, _wrong = open_page(opened, 1280, 800)
    page.goto(f"{opened.url}/")
    page.get_by_label("Choose a file").set_input_files(script)
    page.get_by_role("button", name="Make a show of it").click()
    page.wait_for_url("**/storyboard/harbour-e01")
    assert opened.api.shows.brought[0]["file_name"] == "Harbour Lights.fountain"
    page.context.close()
