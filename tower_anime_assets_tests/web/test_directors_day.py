"""A day in a browser before a real tower: from an empty home to a delivered episode of a new show; and two people."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tower_anime_assets.media.frames import probe
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
NEW_LINE = "Breakfast is served at last, captain."
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
    mei.button("See what is understood").click()
    understood = page.get_by_role("region", name="What is understood")
    expect(understood.get_by_role("list", name="Scenes")).to_contain_text("INT. BAKERY - MORNING", timeout=WAIT_MS)
    expect(understood.get_by_role("list", name="People")).to_contain_text("BRAM as the script describes them")
    expect(understood.get_by_role("list", name="Faults, warnings and notes")).to_contain_text('not show "quokka"')
    mei.look(folder, "01-understood")
    assert not list(bakery.studio.projects.glob("*")), "nothing is made by looking"
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
    mei, viktor = bakery.person(browser, "Mei"), bakery.person(browser, "Viktor")
    mei.go(f"/storyboard/{KEY}")
    watch_the_film(mei)
    judge_by_keyboard(mei)
    mei.look(show, "10-judged")
    have_another_take(mei, "sh0030", show)
    reject_a_region(mei, "sh0050", show)
    edit_a_line(mei, show)
    cut_again(mei, viktor, show)
    saved = approve_and_download(mei, show)

    delivered = bakery.studio.home / "episodes" / f"{KEY}.mp4"
    assert saved.read_bytes() == delivered.read_bytes()
    assert NEW_LINE in delivered.with_suffix(".srt").read_text()
    assert NEW_LINE in delivered.with_suffix(".vtt").read_text()
    check_the_record(bakery, delivered)
    assert mei.wrong == viktor.wrong == []
    for person in (mei, viktor):
        person.page.context.close()


def watch_the_film(mei: Person) -> None:
    """Play the film from the first shot until it has gone on, by keyboard."""
    mei.page.get_by_role("option").first.click()
    mei.page.keyboard.press("Space")
    expect(mei.page.locator(".player .time")).to_have_text(re.compile(r"0:0[1-9] / 0:1\d"), timeout=WAIT_MS)
    mei.page.keyboard.press("k")
    expect(mei.button("Play")).to_be_visible()


def judge_by_keyboard(mei: Person) -> None:
    """Approve the first shot, reject the second for a reason, and approve the fourth."""
    keyboard = mei.page.keyboard
    selected = mei.page.get_by_role("region", name="The selected shot")
    keyboard.press("Home")
    keyboard.press("a")
    mei.told("sc01 · sh0010 approved")
    expect(mei.page.locator("[aria-selected=true]")).to_have_id(f"shot-{KEY}-sc01-sh0020")
    expect(selected.get_by_role("button", name="Reject")).to_be_enabled(timeout=WAIT_MS)
    keyboard.press("r")
    expect(mei.dialog.get_by_label("Reason")).to_be_focused()
    keyboard.type("hands")
    keyboard.press("Tab")
    keyboard.type("six fingers")
    for key in ("Tab", "Tab", "Enter"):
        keyboard.press(key)
    mei.told("sc01 · sh0020 rejected")
    expect(mei.dialog).to_have_count(0)
    rejected = mei.page.locator(f"#shot-{KEY}-sc01-sh0020")
    expect(rejected).to_contain_text("Rejected", timeout=WAIT_MS)
    expect(selected.get_by_role("button", name="Approve")).to_be_enabled(timeout=WAIT_MS)
    keyboard.press("ArrowRight")
    keyboard.press("a")
    mei.told("sc01 · sh0040 approved")


def have_another_take(mei: Person, shot: str, folder: Path) -> None:
    """Read a shot's gates, ask for another take in words, wait for it, use it, and lock it."""
    page = mei.page
    mei.go(f"/shot/{KEY}-sc01-{shot}")
    expect(page.get_by_role("heading", name="Gates")).to_contain_text("let it pass", timeout=WAIT_MS)
    takes = page.get_by_role("list", name="Takes").get_by_role("listitem")
    expect(takes).to_have_count(1)
    page.keyboard.press("n")
    mei.dialog.get_by_label("What shall change").fill("more steam above the cup")
    mei.look(folder, "11-another")
    mei.button("Ask and start").click()
    mei.told("Another take is being made")
    mei.wait_for_run()
    expect(takes).to_have_count(2, timeout=WAIT_MS)
    mei.look(folder, "12-another-is-there")
    is_used = re.compile("in use")
    other = takes.get_by_role("button", name=re.compile(r"^Show Attempt \d+$"))
    name = str(other.get_attribute("aria-label"))
    other.click()
    page.keyboard.press("u")
    answer_why(mei, "Use it", "this one curls")
    expect(takes.get_by_role("button", name=is_used)).to_have_accessible_name(f"{name}, in use", timeout=WAIT_MS)
    page.keyboard.press("o")
    answer_why(mei, "Lock it", "the steam stays")
    expect(takes.filter(has_text="Locked")).to_have_count(1, timeout=WAIT_MS)
    mei.look(folder, "13-chosen-and-locked")


def answer_why(mei: Person, verb: str, why: str) -> None:
    """Give the reason that a decision asks for, and wait until it is on record."""
    mei.dialog.get_by_label("Why").fill(why)
    mei.dialog.get_by_role("button", name=verb).click()
    expect(mei.dialog).to_have_count(0, timeout=WAIT_MS)


def reject_a_region(mei: Person, shot: str, folder: Path) -> None:
    """Reject a keyframe with a note that is pinned to a part of the picture."""
    mei.go(f"/shot/{KEY}-sc01-{shot}")
    mei.page.get_by_role("group", name="Stage").get_by_role("button", name="Keyframes").click()
    expect(mei.page.get_by_role("heading", name="Keyframes: 1 take")).to_be_visible(timeout=WAIT_MS)
    mei.page.keyboard.press("r")
    mei.dialog.get_by_label("Reason").select_option("composition")
    mei.dialog.get_by_label("Note").fill("the counter hides him")
    mei.dialog.get_by_role("button", name="Mark a part").click()
    mei.page.keyboard.press("ArrowLeft")
    mei.look(folder, "14-region")
    mei.dialog.get_by_role("button", name="Reject").click()
    mei.told("rejected")
    expect(mei.dialog).to_have_count(0)


def edit_a_line(mei: Person, folder: Path) -> None:
    """Write a line of the script otherwise, look at what follows, and save it with a reason."""
    page = mei.page
    mei.go(f"/script/{KEY}")
    expect(mei.button("Edit")).to_be_enabled(timeout=WAIT_MS)
    page.keyboard.press("e")
    area = page.get_by_role("textbox", name=f"Script of {KEY}")
    area.fill(area.input_value().replace("Breakfast, captain.", NEW_LINE))
    expect(page.locator(".live")).to_contain_text("to make, ", timeout=WAIT_MS)
    mei.look(folder, "15-live-re-plan")
    page.keyboard.press("Control+s")
    expect(mei.dialog.get_by_role("region", name="What changes")).to_contain_text(NEW_LINE, timeout=WAIT_MS)
    mei.dialog.get_by_label("Why").fill("it says too little")
    mei.dialog.get_by_role("button", name="Save").click()
    mei.told("Saved")


def cut_again(mei: Person, viktor: Person, folder: Path) -> None:
    """Make what is missing now, while somebody else looks on, until the new film waits to be approved."""
    mei.go(f"/storyboard/{KEY}")
    mei.button("Make …").click()
    expect(mei.dialog.get_by_text("Takes", exact=True).first).to_be_visible(timeout=WAIT_MS)
    mei.dialog.get_by_label("Why").fill("without six fingers, and with the new line")
    mei.look(folder, "20-estimate")
    mei.dialog.get_by_role("button", name="Begin").click()
    run = viktor.page.locator(".run", has_text=f"Making {KEY}")
    expect(run).to_contain_text("started by Mei", timeout=WAIT_MS)
    expect(run).to_contain_text(re.compile(r": \d+ of \d+"), timeout=RUN_WAIT_MS)
    viktor.look(folder, "21-viktor-sees-it")
    mei.told("waits for your approval")
    viktor.told("waits for your approval")
    expect(viktor.page.get_by_role("link", name="Its delivery must wait")).to_be_visible(timeout=WAIT_MS)


def approve_and_download(mei: Person, folder: Path) -> Path:
    """Approve the film, which is delivered then, and return the file that the browser has saved."""
    page = mei.page
    mei.button("Approve the master").click()
    answer_why(mei, "Approve", "it makes me hungry")
    mei.told("The master is approved")
    page.get_by_text("Download the film").click()
    expect(page.get_by_text("Delivered to")).to_contain_text(f"episodes/{KEY}.mp4", timeout=WAIT_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{KEY}-master.mp4").click()
    assert download.value.suggested_filename == f"{KEY}-master.mp4"
    mei.look(folder, "22-delivered")
    mei.go("/")
    expect(page.get_by_role("article")).to_contain_text("Ready", timeout=WAIT_MS)
    return Path(download.value.path())


def check_the_record(bakery: Bakery, film: Path) -> None:
    """Find everything that was done in the browser in `tower audit`, with Mei's name, and see what the film is of."""
    asked = bakery.studio.tower("audit", KEY, "--json")
    assert asked.code == 0, asked.err
    record = asked.json
    assert {decision["created_by"] for decision in record["decisions"]} == {"Mei"}
    takes = record["takes"]
    ruled = [(take["shot_id"], one) for take in takes for one in take["rulings"] or ()]
    assert [(shot, one["who"], one["ruling"], one["reason"], one["note"]) for shot, one in ruled] == [
        ("sh0020", "Mei", "rejected", "anatomy", "six fingers"),
        ("sh0050", "Mei", "rejected", "composition", "the counter hides him"),
        ("sh0030", "Mei", "locked", "", "the steam stays"),
    ]
    assert ruled[1][1]["region"] is not None
    chosen = {(take["shot_id"], one["who"], one["why"]) for take in takes for one in take["choices"] or ()}
    assert {shot for shot, who, _why in chosen if who == "Mei"} == {"sh0010", "sh0030", "sh0040"}
    assert ("sh0030", "Mei", "this one curls") in chosen
    assert ("Mei", "more steam above the cup") in {(one["who"], one["note"]) for one in record["feedback"]}
    assert [(one["what"], one["decision"], one["who"], one["why"]) for one in record["approvals"]] == [
        ("master", "approved", "Mei", "it makes me hungry")
    ]
    edits = [(one["file"], one["who"], one["why"]) for one in record["edits"]]
    assert edits[-2:] == [
        ("project.yaml", "Mei", "small at first, and nothing leaves the house unseen"),
        ("episodes/e01.fountain", "Mei", "it says too little"),
    ]
    assert {who for _file, who, _why in edits} == {"Mei"}
    runs = [(one["started_by"], one["notes"].get("why", "")) for one in record["sessions"]]
    assert runs[0] == ("Mei", "a first pass")
    assert runs[-1] == ("Mei", "without six fingers, and with the new line")
    assert bakery.studio.tower("audit", "--verify").code == 0

    earlier, latest = [take for take in takes if take["stage"] == "master"]
    assert latest["files"]["main"]["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
    strips = {item["shot"][-6:]: item for item in latest["details"]["cut"]["items"]}
    used = {item["clip_sha256"] for item in strips.values()}
    rejected = {take["files"]["main"]["sha256"] for take in takes for one in take["rulings"] or () if _rejects(one)}
    briefs = {one["id"]: one["parameters"]["brief"] for one in record["decisions"] if one["decision_type"] == "clip"}
    clips = {take["files"]["main"]["sha256"]: take for take in takes if take["stage"] == "clip"}
    of_rejected = {sha for sha, take in clips.items() if briefs[take["decision_id"]]["keyframe_sha256"] in rejected}
    assert len(of_rejected) == len(rejected) == 2
    assert of_rejected <= {item["clip_sha256"] for item in earlier["details"]["cut"]["items"]}, "they were in the first"
    assert not used & of_rejected
    (locked,) = [sha for sha, take in clips.items() if any(one["ruling"] == "locked" for one in take["rulings"] or ())]
    assert strips["sh0030"]["clip_sha256"] == locked

    frames = sum(item["out_frame"] - item["in_frame"] for item in strips.values())
    facts = probe(film)
    assert (facts.frames, facts.width_px, facts.height_px) == (frames, 384, 216)
    before = sum(item["out_frame"] - item["in_frame"] for item in earlier["details"]["cut"]["items"])
    assert frames > before, "the new line is longer"


def _rejects(ruling: dict[str, Any]) -> bool:
    return bool(ruling["ruling"] == "rejected")


@needs_chromium
def test_of_two_people_at_one_shot_or_file_the_second_is_told(bakery: Bakery, show: Path, browser: Browser) -> None:
    mei, viktor = bakery.person(browser, "Mei"), bakery.person(browser, "Viktor")
    for person in (mei, viktor):
        person.go(f"/shot/{KEY}-sc01-sh0010")
        expect(person.page.get_by_role("list", name="Takes")).to_contain_text("In use", timeout=WAIT_MS)
    for person in (mei, viktor):
        person.page.keyboard.press("r")
        person.dialog.get_by_label("Reason").select_option("motion")
    mei.dialog.get_by_label("Note").fill("too fast")
    mei.dialog.get_by_role("button", name="Reject").click()
    mei.told("rejected")
    viktor.dialog.get_by_label("Note").fill("too slow")
    viktor.dialog.get_by_role("button", name="Reject").click()
    alert = viktor.dialog.get_by_role("alert")
    expect(alert).to_contain_text("Mei has rejected", timeout=WAIT_MS)
    viktor.look(show, "30-told-who-decided")
    expect(viktor.dialog.get_by_label("Note")).to_have_value("too slow")
    viktor.page.keyboard.press("Escape")
    expect(viktor.page.locator(".notices")).to_contain_text("Mei rejected", timeout=WAIT_MS)

    for person in (mei, viktor):
        person.go(f"/script/{KEY}")
        expect(person.button("Edit")).to_be_enabled(timeout=WAIT_MS)
        person.page.keyboard.press("e")
        area = person.page.get_by_role("textbox", name=f"Script of {KEY}")
        area.fill(area.input_value().replace("milk", "milk" if person is mei else "cream").replace("MORNING", "DAWN"))
        expect(person.page.locator(".live")).to_contain_text("to make, about", timeout=WAIT_MS)
        person.page.keyboard.press("Control+s")
        person.dialog.get_by_label("Why").fill("earlier")
        expect(person.dialog.get_by_role("button", name="Save")).to_be_enabled(timeout=WAIT_MS)
    mei.dialog.get_by_role("button", name="Save").click()
    mei.told("Saved")
    viktor.dialog.get_by_role("button", name="Save").click()
    expect(viktor.dialog.get_by_role("alert")).to_contain_text("Mei edited it", timeout=WAIT_MS)
    viktor.look(show, "31-told-who-saved")
    viktor.button("Compare mine with it").click()
    changes = viktor.dialog.get_by_role("region", name="What changes")
    expect(changes).to_contain_text("pours cream", timeout=WAIT_MS)
    expect(changes.locator(".added")).to_have_count(1)
    viktor.dialog.get_by_role("button", name="Save").click()
    viktor.told("Saved")
    script = bakery.studio.projects / "tea" / "episodes" / "e01.fountain"
    assert "DAWN" in script.read_text()
    assert "pours cream" in script.read_text()
    edits = bakery.studio.tower("audit", KEY, "--json").json["edits"]
    assert [one["who"] for one in edits[-2:]] == ["Mei", "Viktor"]
    assert mei.wrong == viktor.wrong == []
    for person in (mei, viktor):
        person.page.context.close()
