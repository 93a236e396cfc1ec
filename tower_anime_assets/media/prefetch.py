"""Work done ahead of its turn: results come in order, while the next ones are in the making."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def prefetch(work: Callable[[T], R], items: Iterable[T], workers: int, depth: int) -> Iterator[R]:
    """Yield what work makes of each item, in order.

    Args:
        work: Called in threads; what it raises is raised when its item's turn comes, and nothing more is begun then.
        items: Taken only as they are needed.
        workers: Threads.
        depth: Most items that are in the making, or made and not yet taken.
    """
    remaining = iter(items)
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers) as executor:
        try:
            while True:
                pending.extend(executor.submit(work, item) for item in islice(remaining, depth - len(pending)))
                if not pending:
                    return
                yield pending.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)
