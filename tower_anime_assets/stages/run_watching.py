"""Following runs: one look at a time, however many follow the same run, and at a gentle pace."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Final

from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.stages.run_launching import RunView

POLL_S: Final = 1.0
"""How often a run that somebody watches is looked at."""

HEARTBEAT_S: Final = 15.0
"""How often a run is told that has not changed, so that nobody takes the connection for dead."""

MAX_WATCHES: Final = 100
"""How many may watch at once."""


class RunWatches:
    """Everybody who watches runs of this process; for one event loop."""

    def __init__(
        self,
        read_run: Callable[[str], RunView],
        *,
        poll_s: float = POLL_S,
        heartbeat_s: float = HEARTBEAT_S,
        max_watches: int = MAX_WATCHES,
    ) -> None:
        """Prepare it; nothing is looked at yet.

        Args:
            read_run: Returns a run; called in a thread.
            poll_s: Seconds between two looks.
            heartbeat_s: Seconds after which an unchanged run is told again.
            max_watches: How many may watch at once.
        """
        self._read_run = read_run
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._max_watches = max_watches
        self._watchers: Counter[str] = Counter()
        self._looks: dict[str, tuple[float, asyncio.Task[RunView]]] = {}

    async def watch(self, run_id: str) -> AsyncGenerator[RunView]:
        """Yield a run now, whenever it has changed, and every now and then; end with its end.

        Raises:
            UnknownKeyError: There is no such run.
            ServiceUnavailableError: It cannot be read now, or too many watch.
        """
        if self._watchers.total() >= self._max_watches:
            raise ServiceUnavailableError(
                f"{self._max_watches} pages watch runs already: close some, or ask for the run now and then"
            )
        self._watchers[run_id] += 1
        try:
            now_s = asyncio.get_running_loop().time
            told: RunView | None = None
            told_s = float("-inf")
            while told is None or not told.status.is_over:
                view = await self._look(run_id)
                if view != told or now_s() - told_s >= self._heartbeat_s:
                    told, told_s = view, now_s()
                    yield view
                if not view.status.is_over:
                    await asyncio.sleep(self._poll_s)
        finally:
            self._watchers[run_id] -= 1
            if not self._watchers[run_id]:
                del self._watchers[run_id]
                self._looks.pop(run_id, None)

    async def _look(self, run_id: str) -> RunView:
        """Return how a run is, as of less than `poll_s` ago; one look serves all who ask meanwhile."""
        now_s = asyncio.get_running_loop().time()
        began_s, look = self._looks.get(run_id, (float("-inf"), None))
        if look is None or (look.done() and now_s - began_s >= self._poll_s / 2):
            look = asyncio.create_task(asyncio.to_thread(self._read_run, run_id))
            look.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # also if nobody waits for it
            self._looks[run_id] = (now_s, look)
        return await asyncio.shield(look)  # whoever leaves does not take the look from the others
