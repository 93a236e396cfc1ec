"""Caps on spending hold, whatever tries to get past them: threads, processes, kills, retries, nights and odd files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.errors import BudgetSpentError, StoryError
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.spending import MONEY, STUDIO, SpendingCap
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.night import NIGHT_USER, Night
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import spending
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import FILES
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.stages.tour_run import keyframe_orders, open_tour_studio

BAR = Threshold("is_liked", "liked", 0.5, None, "", "nobody likes it", "draw another")
ONE_EURO_A_JOB = "prices: {currency: EUR, gpu_second: 0, job: 1}\n"


@pytest.fixture
def database(database_server: DatabaseServer) -> Iterator[Database]:
    made = Database(database_server.make_database())
    yield made
    made.close()


@pytest.fixture(scope="module")
def running() -> Iterator[list[FakeComfyUI]]:
    with FakeComfyUI(files=FILES) as one, FakeComfyUI(files=FILES) as two:
        yield [one, two]


@pytest.fixture
def servers(running: list[FakeComfyUI]) -> list[FakeComfyUI]:
    for server in running:
        server.submissions.clear()
        server.jobs.duration_s = lambda _graph: 0.02
    return running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def studio(database: Database, servers: list[FakeComfyUI], home: Path) -> Iterator[Studio]:
    made = open_tour_studio(database, home, [server.url for server in servers])
    yield made
    for fleet in made.fleets:
        fleet.close()


def write(home: Path, text: str, show: str = "") -> None:
    folder = home / show if show else home
    folder.mkdir(exist_ok=True)
    (folder / ("project.yaml" if show else "studio.yaml")).write_text(text)


def submitted(servers: Sequence[FakeComfyUI]) -> int:
    return sum(server.submissions.total() for server in servers)


def spent_eur(database: Database) -> tuple[float, float]:
    sums = spending.sum_spending(database, SpendingCap(STUDIO, MONEY, 0.0), "", "")
    return sum(one.money for one in sums), sum(one.under_way_money for one in sums)


def make(studio: Studio, episode: str, seeds: Sequence[int], **options: Any) -> StageReport:
    run = Run(studio, **{name: options.pop(name) for name in ("night", "uses_best", "user") if name in options})
    orders = options.pop("orders", None) or keyframe_orders(studio, episode, seeds)
    return run.fulfill(KEYFRAMES, f"tour-{episode}", orders, attempts=options.pop("attempts", 1), **options)


def disliked(orders: Sequence[Order[KeyframeBrief]]) -> list[Order[KeyframeBrief]]:
    return [replace(order, thresholds=(BAR,), measure=lambda _made: Measurement({"liked": 0.0})) for order in orders]


def spend(url: str, home: Path, addresses: Sequence[str], episode: str, seeds: Sequence[int], ready: Any) -> None:
    """Make keyframes in a process of its own; what a cap refuses is not made."""
    studio = open_tour_studio(Database(url), home, addresses)
    ready.wait(120)
    try:
        make(studio, episode, seeds)
    except BudgetSpentError:
        pass
    finally:
        studio.close()


def start(database: Database, home: Path, servers: Sequence[FakeComfyUI], episode: str, seeds: Sequence[int]) -> Any:
    """Return a process that makes keyframes from now on."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    arguments = (database.url, home, [server.url for server in servers], episode, seeds, ready)
    process = context.Process(target=spend, args=arguments)
    process.start()
    ready.wait(120)
    return process


def test_two_processes_at_once_spend_not_a_cent_more_than_the_cap(
    studio: Studio, database: Database, servers: list[FakeComfyUI], home: Path
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 3}}\n")
    other = start(database, home, servers, "e02", [21, 22, 23, 24])
    with suppress(BudgetSpentError):
        make(studio, "e01", [11, 12, 13, 14])
    other.join(120)
    assert other.exitcode == 0
    assert submitted(servers) == 3
    assert spent_eur(database) == (3.0, 0.0)


def test_threads_of_one_run_share_the_room(studio: Studio, servers: list[FakeComfyUI], home: Path) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {studio: {money: 3}}\n")
    with pytest.raises(BudgetSpentError, match=r"the studio's cap of 3\.00 EUR \(studio\.yaml:2\)") as refused:
        make(studio, "e01", range(1, 6))
    assert submitted(servers) == 3
    (note,) = refused.value.__notes__
    assert note.count("sh00") == 2, "those that were not begun are named once, in one line"
    assert "3 of 5 are there and kept" in note
    assert refused.value.exit_code == 1
    assert (refused.value.cap, refused.value.unit, refused.value.limit) == ("caps.studio.money", "EUR", 3.0)

    write(home, ONE_EURO_A_JOB + "caps: {studio: {money: 8}}\n")
    assert make(studio, "e01", range(1, 6)).made == 2, "a raised cap lets the rest go on, and nothing is made twice"


def test_a_refused_shot_leaves_no_decision_and_fails_nobody_else(
    studio: Studio, servers: list[FakeComfyUI], home: Path
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {episode: {money: 2}}\n")
    with pytest.raises(BudgetSpentError, match=r"the cap of episode tour-e01 of 2\.00 EUR"):
        make(studio, "e01", [1, 2, 3])
    with psycopg.connect(studio.database.url) as connection:
        rows = connection.execute("SELECT status FROM generation_decisions").fetchall()
    assert rows == [("succeeded",), ("succeeded",)]
    assert make(studio, "e02", [4, 5]).made == 2, "each episode has a cap of its own"


def test_a_file_that_cannot_be_used_begins_nothing_and_is_told_once(
    studio: Studio, servers: list[FakeComfyUI], home: Path
) -> None:
    write(home, "prices: {currency: EUR, job: .nan}\n")
    with pytest.raises(StoryError, match=r"prices\.job is '\.nan'") as refused:
        make(studio, "e01", [1, 2])
    assert not hasattr(refused.value, "__notes__")
    write(home, "caps: [oops\n", "tour")
    with pytest.raises(StoryError, match=r"tour/project\.yaml"):
        make(studio, "e01", [1])
    assert submitted(servers) == 0


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("caps: {day: {money: 100}}\n", "Set `prices.currency`"),
        ("prices: {currency: EUR}\ncaps: {day: {money: 100}}\n", "Set `prices.engines.small_still.job`"),
        (ONE_EURO_A_JOB + "caps: {day: {money: 0}}\n", "Raise `caps.day.money` in studio.yaml"),
        ("caps: {episode: {gpu_seconds: 0}}\n", "Raise `caps.episode.gpu_seconds` in studio.yaml"),
        (ONE_EURO_A_JOB + "caps: {day: {money: 0.99}}\n", "go on after midnight UTC"),
    ],
)
def test_a_cap_of_nothing_and_a_cap_without_prices_refuse_and_say_what_to_do(
    studio: Studio, servers: list[FakeComfyUI], home: Path, text: str, remedy: str
) -> None:
    write(home, text)
    with pytest.raises(BudgetSpentError) as refused:
        make(studio, "e01", [1])
    assert remedy in str(refused.value)
    assert "\n" not in str(refused.value)
    assert submitted(servers) == 0


def test_what_nobody_knows_the_pace_of_waits_until_it_is_declared(
    studio: Studio, servers: list[FakeComfyUI], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = keyframe_orders(studio, "e01", [1])
    monkeypatch.setattr(type(orders[0].engine), "expected_s", lambda _self, _brief: 0.0)
    write(home, "caps: {day: {gpu_seconds: 100}}\n")
    with pytest.raises(BudgetSpentError, match=r"Set `prices\.engines\.small_still\.gpu_seconds` in studio\.yaml"):
        make(studio, "e01", [1], orders=orders)
    assert submitted(servers) == 0
    write(home, "prices: {currency: EUR, engines: {small_still: {gpu_seconds: 30}}}\ncaps: {day: {gpu_seconds: 100}}\n")
    assert make(studio, "e01", [1], orders=orders).made == 1


@pytest.mark.parametrize("options", [
    {"attempts": 5},
    {"attempts": 5, "uses_best": True},
    {"attempts": 5, "user": "somebody else"},
    {"attempts": 5, "night": Night(datetime(2026, 1, 1, tzinfo=UTC)), "user": NIGHT_USER},
    {"attempts": 5, "again": frozenset({"tour-e01-sc01-sh0001"})},
])  # fmt: skip
def test_no_way_of_trying_again_gets_past_the_cap(
    studio: Studio, servers: list[FakeComfyUI], home: Path, options: dict[str, Any]
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 2}}\n")
    for _ in range(2):
        with pytest.raises(BudgetSpentError):
            make(studio, "e01", [1], orders=disliked(keyframe_orders(studio, "e01", [1])), **options)
    assert submitted(servers) == 2


def test_each_candidate_takes_its_time(studio: Studio, servers: list[FakeComfyUI], home: Path) -> None:
    guard = Run(studio).spending_guard
    (order,) = keyframe_orders(studio, "e01", [1])
    rules = guard.rules_for("tour")
    one, four = (guard.cost_of(order, rules, {"parts": [{}] * count}) for count in (1, 4))
    assert (one.jobs, four.jobs) == (1, 4)
    make(studio, "e01", [1])
    measured, batch = guard.cost_of(order, rules), guard.cost_of(order, rules, {"batch": 4})
    assert measured.basis == "median of 1 jobs"
    assert batch.gpu_s == pytest.approx(4 * (measured.gpu_s or 0))


def test_another_clock_or_time_zone_of_the_machine_opens_no_new_day(
    studio: Studio, servers: list[FakeComfyUI], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 1}}\n")
    assert make(studio, "e01", [1]).made == 1
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: 4_000_000_000.0)
            with pytest.raises(BudgetSpentError):
                make(studio, "e01", [2])
    monkeypatch.undo()
    time.tzset()
    assert submitted(servers) == 1


def add_decision(database: Database, at: datetime, *, is_done: bool = True, **columns: Any) -> None:
    """Write a job of another time into the record: finished, or decided by a process that has died since."""
    given = {
        "project_id": "tour", "episode_id": "e01", "decision_type": "keyframe", "parameters": "{}", "reasoning": "",
        "created_by": "tower", "idempotency_key": f"{at} {columns}", "engine": "comfyui:still", "brief_digest": "0",
        "attempt": 1, "prompt_id": "p", "jobs": 1, "expected_gpu_s": 10.0, "timestamp": at, **columns,
    }  # fmt: skip
    insert = sql.SQL("INSERT INTO generation_decisions ({}) VALUES ({}) RETURNING id").format(
        sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join(map(sql.Placeholder, given))
    )
    with psycopg.connect(database.url) as connection:
        row = connection.execute(insert, given).fetchone()
        if is_done and row is not None:
            connection.execute(
                "UPDATE generation_decisions SET status = 'succeeded', started_at = %(at)s, finished_at = %(at)s,"
                " duration_s = 12, gpu_s = 10 WHERE id = %(id)s",
                {"at": at, "id": row[0]},
            )


def test_yesterdays_work_is_not_todays_and_what_was_before_the_cap_is_not_the_studios(
    studio: Studio, database: Database, servers: list[FakeComfyUI], home: Path
) -> None:
    euros: dict[str, Any] = {"currency": "EUR", "gpu_second_price": 0.0, "job_price": 1.0}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    add_decision(database, yesterday, **euros)
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 1}}\n")
    assert make(studio, "e01", [1]).made == 1
    write(home, ONE_EURO_A_JOB + "caps: {studio: {money: 2}}\n")
    with pytest.raises(BudgetSpentError, match=r"2\.00 EUR are spent"):
        make(studio, "e01", [2])
    write(home, ONE_EURO_A_JOB + f"caps: {{studio: {{money: 2, since: {datetime.now(UTC):%Y-%m-%d}}}}}\n")
    assert make(studio, "e01", [2]).made == 1


def test_what_was_spent_in_another_currency_counts_by_its_rate(
    studio: Studio, database: Database, servers: list[FakeComfyUI], home: Path
) -> None:
    add_decision(database, datetime.now(UTC), currency="USD", gpu_second_price=1.0, job_price=0.0)
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 10}}\n")
    with pytest.raises(BudgetSpentError, match=r"10\.00 USD of it .*`prices\.rates\.USD`"):
        make(studio, "e01", [1])
    prices = "prices: {currency: EUR, gpu_second: 0, job: 1, rates: {USD: 0.9}}\n"
    write(home, prices + "caps: {day: {money: 10}}\n")
    assert make(studio, "e01", [1]).made == 1, "9 EUR were spent"
    with pytest.raises(BudgetSpentError, match=r"10\.00 EUR are spent"):
        make(studio, "e01", [2])


def test_a_shows_own_cap_holds_beside_the_studios_and_for_no_other_show(
    studio: Studio, database: Database, servers: list[FakeComfyUI], home: Path
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 100}}\n")
    write(home, "title: Tour\ncaps: {project: {money: 1}}\n", "tour")
    add_decision(database, datetime.now(UTC), project_id="other", currency="EUR", gpu_second_price=1.0, job_price=0.0)
    assert make(studio, "e01", [1]).made == 1
    with pytest.raises(BudgetSpentError, match=r"the cap of tour of 1\.00 EUR \(tour/project\.yaml:2\)"):
        make(studio, "e02", [2])


def test_a_killed_process_keeps_room_for_the_job_that_it_left_and_no_more(
    studio: Studio, database: Database, servers: list[FakeComfyUI], home: Path
) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 2}}\n")
    for server in servers:
        server.jobs.duration_s = lambda _graph: 8.0
    run = start(database, home, servers, "e01", [1])
    deadline = time.monotonic() + 60
    while not submitted(servers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    for server in servers:
        server.jobs.duration_s = lambda _graph: 0.05
    with pytest.raises(BudgetSpentError):
        make(studio, "e02", [2, 3])
    assert spent_eur(database) == (1.0, 1.0)
    make(studio, "e01", [1])
    assert spent_eur(database) == (2.0, 0.0), "its job was taken up, and cost what it was expected to"
    assert submitted(servers) == 2


def test_a_process_that_died_before_it_began_keeps_no_room(studio: Studio, database: Database, home: Path) -> None:
    write(home, ONE_EURO_A_JOB + "caps: {day: {money: 1}}\n")
    long_ago = datetime.now(UTC) - timedelta(seconds=61)
    prices: dict[str, Any] = {"currency": "EUR", "gpu_second_price": 0.0, "job_price": 1.0}
    add_decision(database, long_ago, is_done=False, episode_id="e09", **prices)
    assert spent_eur(database) == (0.0, 0.0)
    with database.lock("tour-e09:keyframe", wait_s=1, on_wait=lambda: None):
        assert spent_eur(database) == (0.0, 1.0), "while its run lives, it does"
    assert make(studio, "e01", [1]).made == 1


class FreePainter(EmbeddedPainter):
    """An engine of this machine."""

    def make(self, brief: KeyframeBrief, attempt: Attempt) -> EngineOutput:
        picture = attempt.folder / "picture.png"
        picture.write_bytes(b"a picture")
        return EngineOutput({"main": picture})


def test_what_is_made_on_this_machine_costs_nothing(studio: Studio, database: Database, home: Path) -> None:
    write(home, "caps: {day: {money: 0, gpu_seconds: 0}}\n")
    orders = [replace(order, engine=FreePainter()) for order in keyframe_orders(studio, "e01", [1, 2])]
    assert make(studio, "e01", [1, 2], orders=orders).made == 2
    assert spent_eur(database) == (0.0, 0.0)
