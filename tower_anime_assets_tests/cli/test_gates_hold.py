"""A rejected take stops the episode, in this run and in later ones, until it is made well or a person waives it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

pytestmark = pytest.mark.slow

STRICT = PROJECT + "engines: {attempts: 2}\nthresholds: {sharpness_var: {low: 100000}}\n"


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        write_small_show(made.projects, project=STRICT)
        yield made


def failed_gates(answer: dict[str, list[dict[str, object]]]) -> dict[str, list[str]]:
    return {str(gate["name"]): list(gate["failed"]) for gate in answer["gates"] if not gate["passed"]}  # type: ignore[call-overload]


def test_a_rejected_keyframe_stops_the_episode_and_is_named(studio: SmallStudio) -> None:
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 1
    failed = failed_gates(ran.json)
    assert list(failed) == ["keyframes_are_sharp"]
    assert f"{KEY}-sc01-sh0010" in failed["keyframes_are_sharp"]
    assert ran.json["master"] is None
    trail = studio.tower("audit", KEY, "--json").json
    stages = {take["stage"] for take in trail["takes"]}
    assert {"clip", "master"} & stages == set()
    assert {"voice", "music", "mix"} <= stages, "what does not build on the picture goes on"


def test_every_attempt_is_a_decision_of_its_own_that_says_why(studio: SmallStudio) -> None:
    trail = studio.tower("audit", f"{KEY}-sc01-sh0010", "--json").json
    tried = [row for row in trail["decisions"] if row["decision_type"] == "keyframe"]
    assert [row["attempt"] for row in tried] == [1, 2]
    assert len({str(row["parameters"]["attempt"]) for row in tried}) == 2
    assert "sharpness_var is" in tried[1]["reasoning"]
    assert all(0 <= row["quality_score"] < 1 for row in tried)


def test_the_gate_holds_when_only_the_next_stage_is_asked_for(studio: SmallStudio) -> None:
    exports = studio.tower("env").out
    command = (
        f"{exports}\n{studio.command()[0].removesuffix('tower')}dagster asset materialize "
        f"-m tower_anime_assets.definitions --select ltx_clips --partition {KEY}"
    )
    done = subprocess.run(
        ["/bin/bash", "-c", command], env=studio.environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode != 0
    assert "not accepted" in done.stderr
    assert "keyframes_are_sharp" in done.stderr


def test_a_waiver_needs_a_failed_gate_and_a_reason(studio: SmallStudio) -> None:
    shot = f"{KEY}-sc01-sh0010"
    assert studio.tower("waive", shot, "keyframes_are_sharp", "--why", " ").code == 2
    wrong = studio.tower("waive", shot, "keyframes_are_not_blank", "--why", "x")
    assert wrong.code == 2
    assert "keyframes_are_sharp" in wrong.err
    unknown = studio.tower("waive", shot, "keyframes_are_pretty", "--why", "x")
    assert unknown.code == 2
    assert "unknown gate" in unknown.err


def test_waived_takes_are_used_and_the_reason_stays(studio: SmallStudio) -> None:
    failed = failed_gates(studio.tower("produce", KEY, "--json").json)["keyframes_are_sharp"]
    for shot in failed:
        waived = studio.tower("waive", shot, "keyframes_are_sharp", "--why", "soft focus is meant")
        assert waived.code == 0, waived.err
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    assert failed_gates(ran.json) == {}
    assert ran.json["master"]
    trail = studio.tower("audit", failed[0], "--json").json
    text = str(trail)
    assert "soft focus is meant" in text


def test_a_lower_bar_lets_takes_pass_without_making_them_again(studio: SmallStudio) -> None:
    write_small_show(studio.projects, project=PROJECT + "engines: {attempts: 2}\n")
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["made"] == 0
