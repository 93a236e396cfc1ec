"""The built panel before the API as it is, on a studio with a made episode: what people do without a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from starlette.types import ASGIApp

from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.web.addresses import allowed_hosts, allowed_origins
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets_tests.fakes.director_api import DirectorApi
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns
from tower_anime_assets_tests.stages.conftest import MadeEpisode, made_episode, saved_studio
from tower_anime_assets_tests.web.test_panel import (
    SCREENS,
    EverybodyIsLuna,
    Opened,
    browser,
    open_page,
    violations,
)
from tower_anime_assets_tests.web.test_sign_in import needs_chromium, serve

PATIENCE_MS = 60_000

__all__ = ["browser", "made_episode", "saved_studio"]


@contextmanager
def panel_of(studio: Studio) -> Iterator[str]:
    """Serve the panel and the API of a studio to whoever asks, and give their address."""

    def build(port: int) -> ASGIApp:
        settings = Settings(Path("/projects"), Path("/home"), web_port=port)
        return Guard(
            build_app(studio, runs=FakeRuns()), allowed_hosts(settings), allowed_origins(settings), EverybodyIsLuna()
        )

    with serve(build) as port:
        yield f"http://127.0.0.1:{port}"


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("screen", "theme"), [*zip(SCREENS, ("dark", "light", "dark"), strict=True)])
def test_what_was_made_is_seen_heard_and_told_from_links_of_earlier_versions(
    made_episode: MadeEpisode, browser: Browser, screen: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    key = made_episode.key
    with panel_of(made_episode.studio) as url:
        page, wrong = open_page(Opened(url, DirectorApi(), browser), *screen, theme)
        page.set_default_timeout(PATIENCE_MS)

        def look(name: str) -> None:
            page.wait_for_load_state("load")
            page.screenshot(path=tmp_path / f"{name}-{screen[0]}-{theme}.png", full_page=True)
            assert violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= screen[0], name

        page.goto(f"{url}/episodes/{key}/trail")
        expect(page.get_by_label("In short")).to_contain_text(f"{key}: ")
        look("trail")
        page.get_by_role("link", name="Film", exact=True).click()
        film = page.locator("video")
        film.evaluate("video => { video.muted = true; return video.play(); }")
        film.evaluate("video => new Promise(done => { video.ontimeupdate = () => video.currentTime > 0.2 && done(); })")
        assert film.evaluate("video => [video.error, video.textTracks[0].cues.length]") == [None, 3]
        film.evaluate("video => video.pause()")
        look("film")
        page.get_by_role("link", name="How it was made: The whole mix").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Mix")
        look("mix")
        page.goto(f"{url}/shots/{key}-sc01-sh0010")
        page.get_by_role("link", name="Every attempt").click()
        card = page.locator(".attempt", has_text="Attempt 1").last
        expect(card.locator("img, video")).to_be_visible()
        look("shot-trail")
        card.get_by_role("link", name="How it was made").click()
        expect(page.get_by_role("heading", name="Prompt", exact=True)).to_be_visible()
        look("attempt")
        page.goto(f"{url}/episodes/{key}/scores")
        expect(page.get_by_role("region", name="Measured by the gates")).to_contain_text("Keyframes are sharp")
        look("scores")
        assert wrong == [], "the console is silent, also about the Content-Security-Policy"
        page.context.close()


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
def test_a_writer_edits_a_script_and_a_character_and_brings_a_show_with_a_second_episode(
    made_episode: MadeEpisode, browser: Browser
) -> None:
    key = made_episode.key
    with panel_of(made_episode.studio) as url:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        dialog = page.get_by_role("dialog")

        page.goto(f"{url}/script/{key}")
        page.get_by_role("button", name="Edit").click()
        area = page.get_by_role("textbox", name=f"Script of {key}")
        area.fill(area.input_value().replace("down the street.", "down the street slowly."))
        expect(page.locator(".live")).to_contain_text("to make, about", timeout=PATIENCE_MS)
        page.get_by_role("button", name="Look at it and save").click()
        dialog.get_by_role("button", name="Save").click()
        expect(page.locator(".page-head")).to_contain_text("edited by Luna", timeout=PATIENCE_MS)
        assert "slowly." in made_episode.script.read_text()

        page.goto(f"{url}/cast/{key.project}")
        page.get_by_role("button", name="Edit Akira").click()
        dialog.get_by_label("Build").select_option("broad")
        dialog.get_by_role("button", name="Look at what changes").click()
        dialog.get_by_role("button", name="Save").click()
        expect(page.get_by_role("article", name="Akira")).to_contain_text("broad", timeout=PATIENCE_MS)
        assert "build: broad" in (made_episode.show / "characters" / "akira.yaml").read_text()

        page.goto(url)
        page.get_by_role("button", name="New show").click()
        dialog.get_by_label("Or paste its text").fill("Title: Harbour\n\nINT. HARBOUR - NIGHT\n\nMEI\nHello, sea.\n")
        dialog.get_by_role("button", name="Make a show of it").click()
        page.wait_for_url("**/storyboard/harbour-e01")
        expect(page.get_by_text("Nothing is made yet")).to_be_visible(timeout=PATIENCE_MS)

        page.goto(url)
        page.get_by_role("button", name="Add an episode to Harbour").click()
        dialog.get_by_label("Or paste its text").fill("INT. HARBOUR - DAY\n\nKENJI\nWho is there?\n")
        dialog.get_by_role("button", name="Add the episode").click()
        page.wait_for_url("**/script/harbour-e02")
        page.get_by_role("button", name="Write missing character files").click()
        expect(page.get_by_text("Character files written for KENJI", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".chip.bad")).to_have_count(0, timeout=PATIENCE_MS)
        page.context.close()


@needs_chromium
@pytest.mark.browser
@pytest.mark.slow
def test_a_character_gets_a_reference_and_a_lora_and_the_show_another_style_in_every_width_and_both_themes(
    made_episode: MadeEpisode, browser: Browser, tmp_path: Path
) -> None:
    key, show = made_episode.key, made_episode.show
    coat = tmp_path / "coat.png"
    assert cv2.imwrite(str(coat), cv2.applyColorMap(np.tile(np.arange(640) // 3, (640, 1)).astype(np.uint8), 9))
    with panel_of(made_episode.studio) as url:
        page, wrong = open_page(Opened(url, DirectorApi(), browser), 1280, 900)
        page.set_default_timeout(PATIENCE_MS)
        dialog = page.get_by_role("dialog")

        def look(name: str) -> None:
            for (width, height), theme in zip(SCREENS, ("light", "dark", "light"), strict=True):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                page.screenshot(path=tmp_path / f"{name}-{width}-{theme}.png", full_page=True)
                assert violations(page) == [], (name, width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)

        page.goto(f"{url}/cast/{key.project}")
        page.get_by_role("button", name="Edit Luna").click()
        dialog.locator("[name=reference]").set_input_files(coat)
        expect(dialog.get_by_alt_text("Reference 1 of Luna")).to_be_visible()
        dialog.get_by_role("button", name="Add a LoRA").click()
        dialog.locator("[name=lora-file]").fill("luna.safetensors")
        dialog.get_by_alt_text("Reference 1 of Luna").scroll_into_view_if_needed()
        look("character")
        dialog.get_by_role("button", name="Look at what changes").click()
        expect(dialog.locator(".added", has_text="luna.safetensors")).to_be_visible()
        look("character-changes")
        dialog.get_by_label("Why").fill("her coat")
        dialog.get_by_role("button", name="Save").click()
        card = page.get_by_role("article", name="Luna")
        expect(card.get_by_alt_text("Reference 1 of Luna")).to_be_visible()
        assert card.locator(".references img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
        look("cast")
        text = (show / "characters" / "luna.yaml").read_text()
        assert "luna.safetensors" in text
        (stored,) = (show / "references").iterdir()
        assert stored.read_bytes() == coat.read_bytes()
        assert f"references/{stored.name}" in text

        page.goto(f"{url}/settings/{key.project}")
        page.locator("[name='style.palette']").fill("#112233, teal, #ffd166")
        page.locator("[name='delivery.loudness']").fill("-14")
        page.locator("[name='caps.day.gpu_seconds']").fill("600")
        expect(page.locator(".saving .added", has_text="loudness: -14")).to_be_visible()
        look("settings")
        page.get_by_label("Why").fill("the channel asks for it")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".saving")).to_have_count(0)
        expect(page.locator("[name='delivery.loudness']")).to_have_value("-14")
        assert "loudness: -14" in (show / "project.yaml").read_text()
        page.goto(f"{url}/trail/{key}")
        expect(page.get_by_label("In short")).to_contain_text("Luna edited small/project.yaml")
        expect(page.get_by_label("In short")).to_contain_text("the channel asks for it")
        expect(page.get_by_label("In short")).to_contain_text(f"Luna made small/references/{stored.name}")
        assert wrong == [], "the console is silent, also about the Content-Security-Policy"
        page.context.close()
