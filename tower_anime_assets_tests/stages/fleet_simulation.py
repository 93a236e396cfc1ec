"""A fleet in small or large: processes that lease servers of a real database, and jobs that only wait.

`python -m tower_anime_assets_tests.stages.fleet_simulation` reads one line, a `Simulation` as JSON, begins its workers
in children, prints their process ids as a line of JSON, and ends with them. Each worker writes a line for each lease.
"""

from __future__ import annotations

import heapq
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.engines.remote.comfyui.dispatch import ServerRequest
from tower_anime_assets.production.attempt import Claimant, JobPriority
from tower_anime_assets.stages.shared_dispatch import SharedDispatcher, SharedTicket
from tower_anime_assets.store.database import Database


@dataclass(frozen=True)
class Worker:
    """One process.

    Attributes:
        backlog: How many of its jobs wait or run at most.
        job_s: How long its jobs take on average; each takes half as long to half as long again.
        pause_s: How long it waits before it asks for another job.
    """

    episode: str
    priority: int = JobPriority.USUAL
    backlog: int = 4
    job_s: float = 0.1
    pause_s: float = 0.0


@dataclass(frozen=True)
class Simulation:
    """Workers that share servers for a while.

    Attributes:
        folder: Where each worker writes its leases.
        seconds: For how long they work once each has asked for its whole backlog.
    """

    database: str
    folder: str
    servers: tuple[str, ...]
    workers: tuple[Worker, ...]
    seconds: float


@dataclass(frozen=True)
class SimulatedLease:
    """A lease, in seconds of the monotonic clock, which all processes of a machine share.

    Attributes:
        ask_s: How long the call took that asked for it.
        ended: When its server was given back; at the end of the simulation, if it was not before.
    """

    pid: int
    episode: str
    priority: int
    server: str
    asked: float
    ask_s: float
    leased: float
    ended: float


LONGEST_QUEUEING_S: Final = 300.0


def addresses(count: int) -> tuple[str, ...]:
    """Return addresses of servers that nobody asks anything."""
    return tuple(f"http://box{number:03}:8188" for number in range(count))


class _Work:
    """What a worker does until its time is over."""

    def __init__(self, simulation: Simulation, number: int, queued: Any) -> None:
        self.simulation, self.worker, self.number = simulation, simulation.workers[number], number
        self.queued = queued
        self.latest_s = time.monotonic() + LONGEST_QUEUEING_S
        self.dispatcher = SharedDispatcher(Database(simulation.database), simulation.servers)
        self.luck = random.Random(number)
        self.tickets: dict[SharedTicket, tuple[float, float]] = {}
        self.running: list[tuple[float, int, SharedTicket, float]] = []
        self.next_ask_s = 0.0
        self.count = 0

    @property
    def until_s(self) -> float:
        """When the simulation ends."""
        is_queued = all(self.queued)
        return float(max(self.queued) + self.simulation.seconds if is_queued else self.latest_s)

    def work(self) -> None:
        with Path(self.simulation.folder, f"{self.number}.jsonl").open("w", encoding="utf-8", buffering=1) as log:
            while time.monotonic() < self.until_s:
                self.ask()
                self.start_granted()
                self.end_finished(log)
                self.wait()
            for _, _, ticket, leased in self.running:
                self.write(log, ticket, leased)

    def ask(self) -> None:
        """Ask for the next job, one at a time, so that none of those that run is ended late."""
        while len(self.tickets) < self.worker.backlog and self.next_ask_s <= time.monotonic():
            claimant = Claimant("simulated", self.worker.episode, JobPriority(self.worker.priority))
            asked = time.monotonic()
            ticket = self.dispatcher.ask(ServerRequest(lambda: self.simulation.servers, claimant=claimant))
            self.tickets[ticket] = (asked, time.monotonic() - asked)
            self.next_ask_s = time.monotonic() + self.worker.pause_s
            if self.running and self.running[0][0] <= time.monotonic():
                return
        if not self.queued[self.number]:
            self.queued[self.number] = time.monotonic()

    def start_granted(self) -> None:
        started = {ticket for _, _, ticket, _ in self.running}
        for ticket in [ticket for ticket in self.tickets if ticket.server and ticket not in started]:
            leased, self.count = time.monotonic(), self.count + 1
            length_s = self.worker.job_s * self.luck.uniform(0.5, 1.5)
            heapq.heappush(self.running, (leased + length_s, self.count, ticket, leased))

    def end_finished(self, log: Any) -> None:
        while self.running and self.running[0][0] <= time.monotonic():
            _, _, ticket, leased = heapq.heappop(self.running)
            self.write(log, ticket, leased)
            ticket.release(was_used=True)
            del self.tickets[ticket]
            return  # what was granted meanwhile starts first

    def wait(self) -> None:
        times = [self.until_s, time.monotonic() + 1.0]
        times += [self.running[0][0]] if self.running else []
        times += [self.next_ask_s] if len(self.tickets) < self.worker.backlog else []
        running = {ticket for _, _, ticket, _ in self.running}

        def is_granted() -> bool:
            return any(ticket.server and ticket not in running for ticket in self.tickets)

        with self.dispatcher.changed:
            self.dispatcher.changed.wait_for(is_granted, max(0.0, min(times) - time.monotonic()))

    def write(self, log: Any, ticket: SharedTicket, leased: float) -> None:
        asked, ask_s = self.tickets[ticket]
        worker = self.worker
        lease = SimulatedLease(
            os.getpid(), worker.episode, worker.priority, ticket.server, asked, ask_s, leased, time.monotonic()
        )
        log.write(json.dumps(asdict(lease)) + "\n")


@contextmanager
def started(simulation: Simulation) -> Iterator[Sequence[int]]:
    """Begin a simulation, give the process ids of its workers, and wait for its end."""
    command = [sys.executable, "-m", "tower_anime_assets_tests.stages.fleet_simulation"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(simulation)) + "\n")
        process.stdin.flush()
        yield json.loads(process.stdout.readline())
        assert process.wait(simulation.seconds + 2 * LONGEST_QUEUEING_S) == 0


def read_leases(simulation: Simulation) -> list[SimulatedLease]:
    """Return the leases that the workers have written, by when they began."""
    files = sorted(Path(simulation.folder).glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted((SimulatedLease(**json.loads(line)) for line in lines), key=lambda lease: lease.leased)


def read_queued_s(simulation: Simulation) -> float:
    """Return when the last worker had asked for its whole backlog, by the monotonic clock."""
    return float(json.loads(Path(simulation.folder, "queued").read_text(encoding="utf-8")))


def by_server(leases: Sequence[SimulatedLease]) -> Mapping[str, list[SimulatedLease]]:
    """Return leases by server, in their order."""
    grouped = defaultdict(list)
    for lease in leases:
        grouped[lease.server].append(lease)
    return grouped


def most_at_once(leases: Sequence[SimulatedLease]) -> int:
    """Return how many leases of one server there were at once, at most."""
    most = 0
    for group in by_server(leases).values():
        ends = sorted([(lease.leased, 1) for lease in group] + [(lease.ended, -1) for lease in group])
        now = 0
        for _, step in ends:
            now += step
            most = max(most, now)
    return most


def idle_gaps(leases: Sequence[SimulatedLease]) -> list[float]:
    """Return for how many seconds each server stood still between a lease and the next."""
    return [after.leased - before.ended for group in by_server(leases).values() for before, after in pairwise(group)]


def busy_share(leases: Sequence[SimulatedLease], servers: int, since: float, until: float) -> float:
    """Return the part of the servers' time between two moments in which they were leased, 0..1."""
    busy_s = sum(max(0.0, min(lease.ended, until) - max(lease.leased, since)) for lease in leases)
    return busy_s / (servers * (until - since))


def jain_index(shares: Sequence[float]) -> float:
    """Return how even shares are: 1 if all are equal, 1/n if one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


def seconds_of_episodes(
    leases: Sequence[SimulatedLease], priority: int, since: float, until: float
) -> Mapping[str, float]:
    """Return the server seconds that each episode had between two moments, of jobs of one priority."""
    seconds: dict[str, float] = defaultdict(float)
    for lease in leases:
        if lease.priority == priority:
            seconds[lease.episode] += max(0.0, min(lease.ended, until) - max(lease.leased, since))
    return seconds


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile of values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else sum(values)


def main() -> None:
    """Begin the workers of the simulation that is asked for, and wait for them."""
    asked = json.loads(sys.stdin.readline())
    workers = tuple(Worker(**worker) for worker in asked["workers"])
    simulation = Simulation(**{**asked, "servers": tuple(asked["servers"]), "workers": workers})
    queued = multiprocessing.RawArray("d", len(workers))  # shared with the children
    children = []
    for number in range(len(workers)):
        child = os.fork()  # this process has imported everything, and has no threads
        if child == 0:
            _Work(simulation, number, queued).work()
            os._exit(0)
        children.append(child)
    print(json.dumps(children), flush=True)  # noqa: T201 - whoever kills one reads its id here
    for child in children:
        os.waitpid(child, 0)
    Path(simulation.folder, "queued").write_text(json.dumps(max(queued)), encoding="utf-8")


if __name__ == "__main__":
    main()
