"""However much is wrong, what a person reads of it is short, and says how much more there is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tower_anime_assets.cli import script
from tower_anime_assets.cli.output import print_all_warnings, warnings_as_json
from tower_anime_assets.errors import MAX_LISTED, MAX_REPORTED, Fault, StoryError, StoryWarning, list_some
from tower_anime_assets.settings import Settings
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

pytestmark = pytest.mark.chaos

COUNT = 20_000


def test_a_message_about_twenty_thousand_faults_lists_fifty_and_counts_the_others() -> None:
    error = StoryError([Fault("a.yaml", line, "unknown key", "a known one", "Delete it.") for line in range(COUNT)])
    lines = str(error).splitlines()
    assert lines[0] == "20,000 faults in the story:"
    assert len(lines) == MAX_LISTED + 2
    assert lines[-1] == "and 19,950 more"
    assert len(error.faults) == COUNT
    assert list_some(error.faults[:2]) == [str(fault) for fault in error.faults[:2]]


def test_twenty_thousand_warnings_are_listed_in_part_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    warnings = [StoryWarning("a.fountain", line, "odd", "used otherwise") for line in range(COUNT)]
    print_all_warnings(warnings)
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == MAX_LISTED + 1
    assert printed[-1] == "and 19,950 more"
    assert len(warnings_as_json(warnings)) == MAX_REPORTED


def test_a_report_of_a_script_lists_some_faults_and_warnings_and_counts_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 600
    write_small_show(
        tmp_path,
        script="INT. A - DAY\n\n" + "[[moood: calm]]\n\nAkira runs.\n\n" * count,
        project=PROJECT + "".join(f"key{number}: 1\n" for number in range(count)),
    )
    settings = Settings(projects=tmp_path, home=tmp_path / "home")
    script.run(argparse.Namespace(episode=KEY, json=True, strict=False), settings)
    report = json.loads(capsys.readouterr().out)
    assert report["fault_count"] == count
    assert len(report["faults"]) == MAX_REPORTED
    assert report["warning_count"] >= count
    assert len(report["warnings"]) == MAX_REPORTED
    script.run(argparse.Namespace(episode=KEY, json=False, strict=False), settings)
    printed = capsys.readouterr().out
    assert f"and {count - MAX_REPORTED:,} more; correct these first" in printed
    assert printed.count("\nwarning ") <= MAX_REPORTED + 1
