"""An application that takes seconds to open, served below a path while the rest answers already."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tower_anime_assets.settings import hide_secrets
from tower_anime_assets.store.failure_causes import explain_failure
from tower_anime_assets.web import pages

RELOAD_S = 2
TRY_AGAIN_LATER = 1013
"""How a WebSocket is closed for which it is too early."""

_LOG = logging.getLogger(__name__)


class MountState(StrEnum):
    """How far an application is."""

    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


class MountedApp:
    """An application that is opened in a thread; until then, 503 with a page that reloads itself.

    Attributes:
        state: How far it is.
    """

    def __init__(
        self, prefix: str, title: str, open_app: Callable[[], AbstractContextManager[ASGIApp]], home: Path
    ) -> None:
        """Prepare it; nothing is opened yet.

        Args:
            prefix: The path below which it serves; it is handed paths with it.
            title: What it is called on its pages.
            open_app: Opens it, which may take seconds and fail, and closes it at the end.
            home: `TOWER_HOME`, by which failures of the machine are explained.
        """
        self.state = MountState.OPENING
        self._prefix = prefix
        self._title = title
        self._open_app = open_app
        self._home = home
        self._app: ASGIApp | None = None
        self._stack = contextlib.ExitStack()
        self._failure = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open it meanwhile, and close it at the end; not waited for if it is still opening then."""
        # A daemon's thread: neither the event loop nor the interpreter waits for it at their end.
        threading.Thread(target=self._open, name=f"opening {self._title}", daemon=True).start()
        try:
            yield
        finally:
            if self.state == MountState.OPEN:
                await asyncio.to_thread(self._stack.close)

    def _open(self) -> None:
        try:
            self._app = self._stack.enter_context(self._open_app())
            self.state = MountState.OPEN
        except Exception as error:  # noqa: BLE001 - whatever it is, the other pages stay up, and this one says it
            known = explain_failure(error, home=self._home)
            self._failure = hide_secrets(str(known) if known else f"{type(error).__name__}: {error}")
            self.state = MountState.FAILED
            _LOG.error("%s cannot be opened: %s", self._title, self._failure, exc_info=None if known else error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand it a request, or answer that it is too early."""
        if scope["type"] == "http" and scope["path"] == self._prefix:
            # Relative, since its own redirect would name the host that a proxy in between has asked.
            await RedirectResponse(f"{self._prefix}/")(scope, receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        else:
            await self._too_early()(scope, receive, send)

    def _too_early(self) -> Response:
        if self.state == MountState.FAILED:
            text = f"{self._failure}\nWhen that is mended, start `tower up` again. The other pages work without it."
            return HTMLResponse(pages.notice_page(f"{self._title} cannot be opened", text), 503)
        text = "It takes some seconds; this page loads again by itself."
        headers = {"Retry-After": str(RELOAD_S), "Refresh": str(RELOAD_S), "Cache-Control": "no-store"}
        return HTMLResponse(pages.notice_page(f"{self._title} is starting", text), 503, headers)
