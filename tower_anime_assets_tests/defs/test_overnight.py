"""A night as Dagster has it: when it begins, when it is over, and the report that it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.defs.assets import production, story
from tower_anime_assets.defs.overnight import NIGHT_RUNS_TAG, build_schedule, morning_after, morning_report
from tower_anime_assets.defs.tags import NIGHT_TAG
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import Settings, from_environment, read_overnight
from tower_anime_assets.stages.night import Night
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, write_small_show

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]

SECRET = "planted-4711"
PROJECT = """\
title: Small Show
delivery: {width: 192, height: 128, fps: 12, max_clip_frames: 49}
engines: {attempts: 1}
thresholds: {edge_acuity: {low: 99}}
"""


@contextmanager
def webhook() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Give the port of a webhook on loopback, and what it was sent."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield int(server.server_address[1]), received
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "cron", "zone", "status"),
    [
        ("23:05 Europe/Berlin", "5 23 * * *", "Europe/Berlin", dg.DefaultScheduleStatus.RUNNING),
        ("7:30 Asia/Tokyo", "30 7 * * *", "Asia/Tokyo", dg.DefaultScheduleStatus.RUNNING),
        ("", "0 1 * * *", read_overnight({})[1], dg.DefaultScheduleStatus.STOPPED),
    ],
)
def test_nights_begin_when_the_setting_says_where_the_studio_is(
    monkeypatch: pytest.MonkeyPatch, text: str, cron: str, zone: str, status: dg.DefaultScheduleStatus
) -> None:
    monkeypatch.setenv("TOWER_OVERNIGHT", text)
    monkeypatch.delenv("TZ", raising=False)
    schedule = build_schedule()
    assert (schedule.cron_schedule, schedule.execution_timezone, schedule.default_status) == (cron, zone, status)


def test_a_time_without_a_zone_is_this_machines() -> None:
    assert read_overnight({"TOWER_OVERNIGHT": "23:05", "TZ": ":Asia/Tokyo"}) == ("23:05", "Asia/Tokyo")
    assert from_environment({"TOWER_OVERNIGHT": "7:05", "TZ": "Asia/Tokyo"}).overnight_time == "07:05 Asia/Tokyo"


@pytest.mark.parametrize("text", ["25:00", "noon", "1:00 Mars/Olympus", "01:00 ../../etc/passwd"])
def test_a_time_that_is_none_is_wrong_input(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--overnight", text]) == 2
    assert f"TOWER_OVERNIGHT is '{text}'; expected a time such as 23:30" in capsys.readouterr().err


def asked(instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[dg.RunRequest | dg.SkipReason, str | None]:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        answer: Any = morning_after(context)
        return answer, context.cursor


@pytest.mark.slow
def test_a_night_leaves_a_report_of_what_it_made_what_went_wrong_and_what_waits_for_a_person(
    database: Database,
    tmp_path: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    show = write_small_show(tmp_path / "projects", "EXT. STREET - NIGHT\n\nAkira runs.\n", PROJECT)
    (show / "episodes" / "e02.fountain").write_text("")
    studio = Studio(Settings(tmp_path / "projects", tmp_path / "home", overnight_gpu_s=600.0), database)
    assert isinstance(asked(instance)[0], dg.SkipReason), "before the first night"
    night = Night(datetime.now(UTC).replace(microsecond=0))
    tags = {"dagster/schedule_name": "overnight", NIGHT_TAG: night.tag, NIGHT_RUNS_TAG: "2"}
    instance.add_dynamic_partitions("episodes", [KEY, "small-e02"])
    for key in (KEY, "small-e02"):
        assert isinstance(asked(instance)[0], dg.SkipReason), "before the night's last run"
        done = dg.materialize(
            [story.characters, story.episodes, story.scenes, production.shot_plans, production.keyframes],
            partition_key=key,
            instance=instance,
            resources={"studio": studio},
            tags=tags,
            raise_on_error=False,
        )
        assert done.success is (key == KEY), "its gates failed, not its run"
    request, cursor = asked(instance)
    assert isinstance(request, dg.RunRequest)
    assert isinstance(asked(instance, cursor)[0], dg.SkipReason), "once a night"

    with webhook() as (port, received):
        notify = (f"json://u:{SECRET}@127.0.0.1:{port}/hook", f"nonsense://{SECRET}", f"json://127.0.0.1:1/{SECRET}")
        studio.settings = replace(studio.settings, notify=notify)
        reported = dg.materialize([morning_report], instance=instance, resources={"studio": studio})
    (made,) = reported.asset_materializations_for_node("morning_report")
    shown = {name: value.value for name, value in made.metadata.items()}

    text = str(shown["report"])
    rejected = shown["waiting_for_a_person"]
    assert isinstance(rejected, int)
    assert rejected >= 1
    assert shown["made"] == rejected + 3, "two character sheets and a plan passed"
    assert f"`{KEY}-sc01-sh0010` keyframe: keyframes_are_sharp: " in text
    assert (
        f'`tower choose {KEY}-sc01-sh0010`, or `tower waive {KEY}-sc01-sh0010 keyframes_are_sharp --why "..."`' in text
    )
    assert "`small-e02`: " in text
    assert "GPU seconds: 0 of 600." in text
    assert str(shown[f"{KEY}_keyframe"]).startswith(f"![{KEY} keyframe](data:image/webp;base64,")

    (message,) = received
    assert message["title"] == f"Night of {night.date}"
    assert str(shown["summary"]) in message["message"]
    assert shown["sent_to"] == 1
    assert shown["not_sent"] == (
        "address 2 of 3 in TOWER_NOTIFY is not one that apprise knows; "
        "address 3 of 3 in TOWER_NOTIFY (JSON) did not take the message"
    )
    assert SECRET not in repr(studio.settings) + str(shown)

    reports = tmp_path / "home" / "reports"
    assert sorted(path.name for path in reports.iterdir()) == [
        f"{night.date}-{KEY}-keyframe.webp",
        f"{night.date}.json",
        f"{night.date}.md",
    ]
    assert f"]({night.date}-{KEY}-keyframe.webp)" in (reports / f"{night.date}.md").read_text()
    monkeypatch.setenv("TOWER_HOME", str(tmp_path / "home"))
    capsys.readouterr()
    assert main(["report", "morning"]) == 0
    assert f"# Night of {night.date}" in capsys.readouterr().out
    assert main(["report", "morning", "--json", "--night", night.date]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["episode"], len(one["rejected"]), bool(one["problems"])) for one in answer["episodes"]] == [
        (KEY, rejected, False),
        ("small-e02", 0, True),
    ]
    assert main(["report", "morning", "--night", "2001-01-01"]) == 2


def test_a_time_in_the_settings_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWER_OVERNIGHT", "late")
    with pytest.raises(PlanError, match="TOWER_OVERNIGHT is 'late'"):
        build_schedule()
