"""A rejected take stops the episode, in this run and in later ones, until it is made well or a person waives it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tower_anime_assets.media.frames import frame_at
from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.small_show import KEY, PROJECT, SHORT_SCRIPT, write_small_show

pytestmark = pytest.mark.slow

STRICT = PROJECT + "engines: {attempts: 2}\nthresholds: {sharpness_var: {low: 100000}}\n"


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        write_small_show(made.projects, SHORT_SCRIPT, STRICT)
        yield made


def failed_gates(answer: dict[str, list[dict[str, object]]]) -> dict[str, list[str]]:
    return {str(gate["name"]): list(gate["failed"]) for gate in answer["gates"] if not gate["passed"]}  # type: ignore[call-overload]


def test_rejected_keyframes_stop_the_episode_and_are_named(studio: SmallStudio) -> None:
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
        ["/bin/bash", "-c", command], env=studio.environment, capture_output=True, text=True, timeout=600, check=False
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
    write_small_show(studio.projects, SHORT_SCRIPT, PROJECT + "engines: {attempts: 2}\n")
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["made"] == 0


def test_a_rejected_shot_costs_that_shot_alone_and_its_best_take_can_be_watched(studio: SmallStudio) -> None:
    earlier = {take["id"] for take in studio.tower("audit", KEY, "--json").json["takes"]}
    one_attempt = (
        PROJECT.replace("seed: 7", "seed: 8") + "engines: {attempts: 1}\nthresholds: {sharpness_var: {low: %s}}\n"
    )
    write_small_show(studio.projects, SHORT_SCRIPT, one_attempt % 100_000)
    assert studio.tower("produce", KEY, "--json").code == 1
    sharpness = {
        f"{KEY}-{take['scene_id']}-{take['shot_id']}": take["measured"]["sharpness_var"]
        for take in studio.tower("audit", KEY, "--json").json["takes"]
        if take["stage"] == "keyframe" and take["id"] not in earlier
    }
    low, high = max(pairwise(sorted(sharpness.values())), key=lambda gap: gap[1] - gap[0])
    bar = (low + high) / 2
    write_small_show(studio.projects, SHORT_SCRIPT, one_attempt % bar)

    ran = studio.tower("produce", KEY, "--json")
    rejected = set(failed_gates(ran.json).get("keyframes_are_sharp", []))
    assert ran.code == 1
    assert rejected == {shot for shot, value in sharpness.items() if value < bar}
    assert any("not accepted" in error for error in ran.json["errors"])
    made = studio.tower("audit", KEY, "--json").json["decisions"]
    clips = {
        f"{KEY}-{row['scene_id']}-{row['shot_id']}"
        for row in made
        if (row["decision_type"], row["run_id"]) == ("clip", ran.json["run_id"])
    }
    assert clips == sharpness.keys() - rejected, "the other shots go on"

    delivered = studio.home / "episodes" / "small-e01.mp4"
    before = delivered.read_bytes()
    best = studio.tower("produce", KEY, "--best", "--json")
    assert best.code == 1
    assert best.json["master"].endswith("small-e01.best.mp4")
    failed = failed_gates(best.json)
    assert set(failed) == {"keyframes_are_sharp", "masters_hold_accepted_takes"}
    assert _marked_shots(Path(best.json["master"]), studio) == set(failed["keyframes_are_sharp"])
    assert delivered.read_bytes() == before, "it does not count as accepted"


def _marked_shots(master: Path, studio: SmallStudio) -> set[str]:
    """Return the shots in whose corner there is a red slate."""
    trail = studio.tower("audit", KEY, "--json").json
    masters = [take for take in trail["takes"] if take["stage"] == "master"]
    cut = max(masters, key=lambda take: take["created_at"])["details"]["cut"]
    starts, frame = {}, 0
    for item in cut["items"]:
        frame -= item["transition"]["frames"] if item["transition"]["kind"] == "dissolve" else 0
        starts[item["shot"]] = frame + (item["out_frame"] - item["in_frame"]) // 2
        frame += item["out_frame"] - item["in_frame"]
    red = {}
    for shot, middle in starts.items():
        corner = frame_at(master, middle)[6:9, 6:9].reshape(-1, 3).mean(axis=0)
        red[shot] = bool(corner[0] > 120 and corner[1] < 60 and corner[2] < 60)
    return {shot for shot, is_red in red.items() if is_red}
