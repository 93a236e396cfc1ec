"""What a problem says to do is there as a request of the API and a page of the panel, for whoever has no terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tower_anime_assets.cli import COMMANDS
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.api.app import build_api
from tower_anime_assets.web.api.problems import Problem, problem_response
from tower_anime_assets.web.api.remedies import ACTIONS, ONLY_IN_TERMINAL, ProblemAction, actions_in
from tower_anime_assets.web.panel import PAGES

TAKE = "0193a2c4-77e1-7abc-8def-0123456789ab"
SHOT = "nexus-e01-sc02-sh0030"
EPISODE = "nexus-e01"
PATHS = {
    path: {method.upper() for method in methods}
    for path, methods in build_api(Studio(Settings(projects=Path(), home=Path()), Database("")))
    .openapi()["paths"]
    .items()
}

EXAMPLES = [
    (f"take {TAKE} of {SHOT} is locked. Let go of it first: tower lock {TAKE} --release --why \"...\"",
     "POST", f"/api/takes/{TAKE}/release", {}, f"/shot/{SHOT}"),
    (f"{SHOT} is locked. Release it: tower lock {SHOT} --release --why \"...\"",
     "POST", f"/api/shots/{SHOT}/release", {}, f"/shot/{SHOT}"),
    (f"Take that back first: tower reject {TAKE} --undo --why \"...\"", "POST", f"/api/takes/{TAKE}/readmit", {}, ""),
    (f"Pass it first: tower waive {TAKE} keyframes_are_sharp --why \"...\"",
     "POST", f"/api/takes/{TAKE}/waive", {"gate": "keyframes_are_sharp"}, ""),
    (f"{SHOT} has no take like it; `tower choose {SHOT}` shows them", "GET", f"/api/shots/{SHOT}", {}, f"/shot/{SHOT}"),
    (f"the screenplay of {EPISODE} has not been read yet: `tower produce {EPISODE}` reads it",
     "POST", "/api/runs", {"kind": "episode", "keys": [EPISODE]}, f"/storyboard/{EPISODE}"),
    (f"run `tower produce {EPISODE} --quality draft` first",
     "POST", "/api/runs", {"kind": "episode", "keys": [EPISODE], "quality": "draft"}, f"/storyboard/{EPISODE}"),
    (f"`tower produce {EPISODE} --force --shots sc02-sh0030` makes it",
     "POST", "/api/runs", {"kind": "shots", "keys": [SHOT]}, f"/shot/{SHOT}"),
    (f"{EPISODE} waits: tower approve {EPISODE} keyframes",
     "POST", f"/api/episodes/{EPISODE}/approvals/keyframes", {}, f"/storyboard/{EPISODE}"),
    (f"`tower approve {EPISODE}` lists them", "GET", f"/api/approvals/{EPISODE}", {}, f"/storyboard/{EPISODE}"),
    (f"{EPISODE} is a draft that nobody has accepted. Accept it: tower accept {EPISODE}",
     "POST", f"/api/scripts/{EPISODE}/accept", {}, f"/script/{EPISODE}"),
    (f"Mend it, then: tower script {EPISODE}", "GET", f"/api/scripts/{EPISODE}", {}, f"/script/{EPISODE}"),
    (f"somebody has no character file: `tower cast {EPISODE}` writes it",
     "POST", "/api/projects/nexus/cast", {"episode": EPISODE}, "/cast/nexus"),
    (f"{EPISODE}: sc01 not planned yet: materialize `shot_plans`",
     "POST", "/api/runs", {"kind": "episode", "keys": [EPISODE]}, f"/storyboard/{EPISODE}"),
    (f"bring one of your own (tower import), or change {SHOT}",
     "POST", f"/api/shots/{SHOT}/imports", {}, f"/shot/{SHOT}"),
    (f"`tower plan {EPISODE}` says what follows", "GET", f"/api/estimates/{EPISODE}", {}, f"/storyboard/{EPISODE}"),
    ("`tower facts export` lists everything", "GET", "/api/facts", {}, "/memory"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "method", "href", "body", "page"), EXAMPLES)
def test_a_command_in_a_message_is_a_request_that_there_is_and_a_page_of_the_panel(
    message: str, method: str, href: str, body: dict[str, object], page: str
) -> None:
    (action,) = actions_in(message)
    assert (action.method, action.href, action.body, action.page) == (method, href, body, page)
    assert _is_route(action)
    assert not page or any(page == known or page.startswith(f"{known}/") for known in PAGES)


@pytest.mark.parametrize(
    "message",
    [
        "This needs a token with the scope `spend`: tower token add NAME --scope spend",
        "Start Tower with `tower up`",
        "`tower choose SHOT` shows them",
        "the tower beside the river",
    ],
)
def test_what_is_done_in_a_terminal_alone_is_no_action(message: str) -> None:
    assert actions_in(message) == []


def test_every_command_is_an_action_or_is_known_to_be_none() -> None:
    assert ACTIONS.keys() | ONLY_IN_TERMINAL == COMMANDS.keys()
    assert not ACTIONS.keys() & ONLY_IN_TERMINAL


def test_a_problem_has_the_message_as_it_is_and_its_actions_beside_it() -> None:
    message = f'Ben locked take {TAKE} of {SHOT}. Let go of it first: tower lock {TAKE} --release --why "..."'
    problem = Problem.model_validate_json(bytes(problem_response(422, message).body))
    assert problem.detail == message
    assert problem.remedy.startswith("Let go of it first: tower lock")
    assert [(one.href, one.command) for one in problem.actions] == [
        (f"/api/takes/{TAKE}/release", f'tower lock {TAKE} --release --why "..."')
    ]


def _is_route(action: ProblemAction) -> bool:
    return any(
        action.method in methods and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), action.href)
        for path, methods in PATHS.items()
    )
