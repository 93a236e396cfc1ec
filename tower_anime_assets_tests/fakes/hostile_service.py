"""A service that answers every request with an error full of terminal escapes, and with the token that it was sent."""

from __future__ import annotations

from typing import ClassVar

from tower_anime_assets_tests.fakes.scripted_server import Handler, ScriptedServer

ESCAPES = "\x1b[2J\x1b]52;c;aGk=\x07\x08\x9b31m\u202egnp\x1b]0;title\x07"
"""Clears the screen, sets clipboard, colour and title, deletes, and turns text around."""


class _HostileHandler(Handler):
    owner: ClassVar[HostileService]

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        """Answer as told."""
        self.body()
        self.send(self.owner.status, f"{ESCAPES} you sent {self.headers.get('authorization')} {ESCAPES}", "text/plain")

    do_POST = do_GET  # noqa: N815 - likewise


class HostileService(ScriptedServer):
    """Every service at once.

    Attributes:
        status: What it answers with.
    """

    def __init__(self, status: int) -> None:
        super().__init__(_HostileHandler, 0)
        self.status = status
