"""Prefetching: results come in order while the next ones are computed in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def prefetch(work: Callable[[T], R], items: Iterable[T], workers: int, depth: int) -> Iterator[R]:
    """Yield the result of `work` for each item, in order.

    Args:
        work: Called in threads; an exception is raised in its item's turn, and no further work is started then.
        items: Consumed only as needed.
        workers: Number of threads.
        depth: Most items that are being worked on, or are done and not yet yielded.
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
