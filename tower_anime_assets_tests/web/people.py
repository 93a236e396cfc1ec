"""People at their browsers before a running tower: signing in, and waiting for what pages say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

WAIT_MS = 120_000
"""For what a page shows as soon as the server has answered, on a busy machine."""

RUN_WAIT_MS = 600_000
"""For a run to end, with what Dagster needs to start it."""

EXPECTED = ("401 (Unauthorized)", "409 (Conflict)", "412 (Precondition Failed)")
"""Answers that browsers write on their console as errors, and that the panel answers in words."""


@dataclass
class Person:
    """Somebody at a browser of their own, signed in.

    Attributes:
        wrong: What their browser's console said was wrong.
    """

    name: str
    url: str
    page: Page
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def told(self, words: str) -> Locator:
        """Wait until a message of the panel says something, and return it."""
        message = self.page.locator(".toast", has_text=words)
        expect(message.first).to_be_visible(timeout=WAIT_MS)
        return message

    def wait_for_run(self) -> None:
        """Wait until what was begun is under way, and then until nothing runs any more."""
        indicator = self.page.locator("button.work")
        expect(indicator).to_have_text(re.compile(r"\d+ runs?"), timeout=WAIT_MS)
        expect(indicator).to_have_text("Nothing runs", timeout=RUN_WAIT_MS)

    def look(self, folder: Path, name: str) -> None:
        """Keep a picture of the whole page."""
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


def sign_in(browser: Browser, url: str, name: str, token: str) -> Person:
    """Open a browser of somebody's own and sign in with their token."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    person = Person(name, url, page)
    page.on("pageerror", lambda error: person.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            person.wrong.append(said.text)
            if said.type in ("error", "warning") and not any(words in said.text for words in EXPECTED)
            else None
        ),
    )
    page.goto(url)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".me")).to_contain_text(name, timeout=WAIT_MS)
    return person
