"""Remedies for who reads a problem in the panel or in a program: what the commands in a message are over the API.

Messages are written once, for every reader, and name commands of `tower`. Here, and nowhere else, each command is given
the request that does the same and the page of the panel where it is done; `ONLY_IN_TERMINAL` has those without any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, Field

MOST_ACTIONS: Final = 5

ONLY_IN_TERMINAL: Final = frozenset(
    {
        *(
            "adapt",
            "backup",
            "config",
            "db",
            "doctor",
            "env",
            "inpaint",
            "mcp",
            "measure",
            "models",
            "restore",
            "route",
        ),
        *("token", "up", "workflows"),
    }
)
"""Commands about the machine, its services and its files, for whoever runs Tower."""

_COMMAND: Final = re.compile(r"\btower (?P<name>[a-z]+)\b(?P<rest>[^`\n]*)")
_WORD: Final = re.compile(r"[^\s,;:()]+")
_EPISODE: Final = re.compile(r"(?<![\w-])[a-z0-9_]+-(?![0-9a-f]{4}-)[a-z][a-z0-9_]*(?![\w-])")
_SHOT: Final = re.compile(r"(?<![\w-])(?P<episode>[a-z0-9_]+-[a-z0-9_]+)-[a-z0-9_]+-sh\d+(?![\w-])")
_TAKE: Final = re.compile(r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{4}){2}-[0-9a-f]{12}(?![\w-])")
_GATE: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
_MATERIALIZE: Final = re.compile(r"materialize `[a-z_]+`")
_SWITCHES: Final = frozenset({"--undo", "--release", "--withdraw", "--force", "--best"})
_APPROVALS: Final = ("plan", "keyframes", "mix", "master")


class ProblemAction(BaseModel):
    """What can be done about a problem: a request, a page of the panel, or both."""

    command: str = Field(description="The command that `detail` names.")
    method: str = Field("", description="Of the request that does the same; empty if there is none.")
    href: str = Field("", description="Its address.")
    body: dict[str, Any] = Field({}, description="What is known of its body; the rest is the caller's to say.")
    page: str = Field("", description="Where it is done in the panel; empty if nowhere.")


@dataclass(frozen=True)
class _Said:
    """A command in a message, with what the message is about.

    Attributes:
        words: What follows the command's name.
        take: The take that it names, or ""; likewise the others, which the rest of the message may name.
    """

    words: Sequence[str]
    take: str = ""
    shot: str = ""
    episode: str = ""

    @property
    def project(self) -> str:
        return self.episode.partition("-")[0]

    @property
    def shot_page(self) -> str:
        return f"/shot/{self.shot}" if self.shot else ""


_Action = tuple[str, str, dict[str, Any], str]
"""Method, address, body and page."""


def actions_in(message: str) -> list[ProblemAction]:
    """Return what the commands in a message are over the API and in the panel, each once; [] where they are neither."""
    actions: dict[tuple[str, str, str], ProblemAction] = {}
    for action in _iter_actions(message):
        actions.setdefault((action.method, action.href, action.page), action)
    return list(actions.values())[:MOST_ACTIONS]


def _iter_actions(message: str) -> Iterator[ProblemAction]:
    shot, episode = _SHOT.search(message), _EPISODE.search(message)
    for found in _COMMAND.finditer(message):
        said = _said(found["rest"], shot[0] if shot else "", episode[0] if episode else "")
        read = ACTIONS.get(found["name"])
        if read is not None and (action := read(said)) is not None:
            method, href, body, page = action
            words = f"tower {found['name']} {' '.join(said.words)}".strip()
            yield ProblemAction(command=words, method=method, href=href, body=body, page=page)
    if (found_again := _MATERIALIZE.search(message)) is not None and (episode or shot):
        said = _said("", shot[0] if shot else "", episode[0] if episode else "")
        method, href, body, page = _run_episode(said) or ("", "", {}, "")
        yield ProblemAction(command=found_again[0], method=method, href=href, body=body, page=page)


def _said(rest: str, shot: str, episode: str) -> _Said:
    """Return a command with what it, or else the message, names."""
    own_shot, own_take, own_episode = _SHOT.search(rest), _TAKE.search(rest), _EPISODE.search(rest)
    shot = own_shot[0] if own_shot else "" if own_episode else shot
    in_shot = _SHOT.fullmatch(shot)
    episode = own_episode[0] if own_episode else in_shot["episode"] if in_shot else episode
    return _Said(_own_words(rest), own_take[0] if own_take else "", shot, episode)


def _own_words(rest: str) -> list[str]:
    """Return the words of a command: keys, options and their values, up to where the sentence goes on."""
    words: list[str] = []
    for word in _WORD.findall(rest):
        plain = word.rstrip(".")
        is_value = bool(words) and words[-1].startswith("--") and words[-1] not in _SWITCHES
        is_own = any(mark in plain for mark in '-_"') or plain.isupper() or plain in _APPROVALS
        if not is_own and not is_value:
            break
        words.append(plain)
        if plain != word:
            break
    return words


def _decide(said: _Said, verb: str, **body: Any) -> _Action | None:
    if said.take:
        return "POST", f"/api/takes/{said.take}/{verb}", body, said.shot_page
    return ("POST", f"/api/shots/{said.shot}/{verb}", body, said.shot_page) if said.shot else None


def _reject(said: _Said) -> _Action | None:
    return _decide(said, "readmit" if "--undo" in said.words else "reject")


def _lock(said: _Said) -> _Action | None:
    return _decide(said, "release" if "--release" in said.words else "lock")


def _waive(said: _Said) -> _Action | None:
    gate = next((word for word in said.words if _GATE.fullmatch(word)), "")
    return _decide(said, "waive", **({"gate": gate} if gate else {}))


def _choose(said: _Said) -> _Action | None:
    return ("GET", f"/api/shots/{said.shot}", {}, said.shot_page) if said.shot else None


def _import(said: _Said) -> _Action | None:
    return ("POST", f"/api/shots/{said.shot}/imports", {}, said.shot_page) if said.shot else None


def _another(said: _Said) -> _Action | None:
    verb = "another/withdraw" if "--withdraw" in said.words else "another"
    return ("POST", f"/api/shots/{said.shot}/{verb}", {}, said.shot_page) if said.shot else None


def _feedback(said: _Said) -> _Action | None:
    return ("POST", f"/api/shots/{said.shot}/feedback", {}, said.shot_page) if said.shot else None


def _audit(said: _Said) -> _Action | None:
    key = said.shot or said.episode
    page = said.shot_page or (f"/storyboard/{said.episode}" if said.episode else "")
    return ("GET", f"/api/audit/{key}", {}, page) if key else None


def _run_episode(said: _Said) -> _Action | None:
    if not said.episode:
        return None
    words = dict(zip(said.words, said.words[1:], strict=False))
    body: dict[str, Any] = {"kind": "episode", "keys": [said.episode]}
    body |= {"quality": words["--quality"]} if "--quality" in words else {}
    body |= {"best": True} if "--best" in said.words else {}
    return "POST", "/api/runs", body, f"/storyboard/{said.episode}"


def _produce(said: _Said) -> _Action | None:
    words = dict(zip(said.words, said.words[1:], strict=False))
    shots = [name for name in words.get("--shots", "").split(",") if name]
    if said.episode and shots:
        keys = [name if name.startswith(f"{said.episode}-") else f"{said.episode}-{name}" for name in shots]
        return "POST", "/api/runs", {"kind": "shots", "keys": keys}, f"/shot/{keys[0]}"
    return _run_episode(said)


def _approve(said: _Said) -> _Action | None:
    what = next((word for word in said.words if word in _APPROVALS), "")
    if not said.episode:
        return None
    page = f"/storyboard/{said.episode}"
    if not what:
        return "GET", f"/api/approvals/{said.episode}", {}, page
    verb = f"{what}/withdraw" if "--withdraw" in said.words else what
    return "POST", f"/api/episodes/{said.episode}/approvals/{verb}", {}, page


def _of_script(method: str, verb: str) -> Callable[[_Said], _Action | None]:
    def read(said: _Said) -> _Action | None:
        address = f"/api/scripts/{said.episode}{verb}"
        return (method, address, {}, f"/script/{said.episode}") if said.episode else None

    return read


def _cast(said: _Said) -> _Action | None:
    body = {"episode": said.episode}
    return ("POST", f"/api/projects/{said.project}/cast", body, f"/cast/{said.project}") if said.episode else None


def _estimate(said: _Said) -> _Action | None:
    page = f"/storyboard/{said.episode}"
    return ("GET", f"/api/estimates/{said.episode}", {}, page) if said.episode else None


def _init(_said: _Said) -> _Action | None:
    return "POST", "/api/projects", {}, "/"


def _facts(_said: _Said) -> _Action | None:
    return "GET", "/api/facts", {}, "/memory"


def _report(said: _Said) -> _Action | None:
    return ("GET", f"/api/quality/{said.project}", {}, "/quality") if said.episode else ("", "", {}, "/quality")


def _prompt(said: _Said) -> _Action | None:
    return ("GET", f"/api/prompts/{said.shot}", {}, said.shot_page) if said.shot else None


ACTIONS: Final[Mapping[str, Callable[[_Said], _Action | None]]] = {
    "produce": _produce,
    "script": _of_script("GET", ""),
    "accept": _of_script("POST", "/accept"),
    "cast": _cast,
    "plan": _estimate,
    "estimate": _estimate,
    "audit": _audit,
    "prompt": _prompt,
    "waive": _waive,
    "choose": _choose,
    "reject": _reject,
    "another": _another,
    "lock": _lock,
    "approve": _approve,
    "import": _import,
    "feedback": _feedback,
    "report": _report,
    "init": _init,
    "facts": _facts,
}
"""What each command is over the API and in the panel, by its name; a new command is added here or to those above."""
