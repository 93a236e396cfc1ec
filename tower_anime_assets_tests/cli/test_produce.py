"""A small episode from script to master, as a user makes it, and what happens after edits and damage."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tower_anime_assets_tests.cli.small_studio import SmallStudio, small_studio
from tower_anime_assets_tests.small_show import KEY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def studio() -> Iterator[SmallStudio]:
    with small_studio() as made:
        yield made


@pytest.fixture(scope="module")
def first(studio: SmallStudio) -> dict[str, Any]:
    ran = studio.tower("produce", KEY, "--json")
    assert ran.code == 0, ran.err
    answer: dict[str, Any] = ran.json
    return answer


def test_the_answer_says_what_was_made_and_that_every_gate_passed(first: dict[str, Any]) -> None:
    assert first["episode"] == KEY
    assert first["fps"] == 12
    assert first["reused"] == 0
    assert first["made"] > 10
    gates = first["gates"]
    assert len(gates) > 25
    assert [gate for gate in gates if not gate["passed"]] == []


def test_the_master_is_what_the_plan_says_to_an_independent_reader(first: dict[str, Any]) -> None:
    with av.open(str(first["master"])) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.codec_context.width, video.codec_context.height) == (384, 256)
        assert audio.codec_context.name == "aac"
        assert len(container.streams.subtitles) == 1
        assert len(container.chapters()) == 2
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    with av.open(str(first["master"])) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
        rate = container.streams.audio[0].rate
    assert len(frames) == first["frames"]
    # The last AAC packet is padded to 1,024 samples; what counts is within a frame.
    assert abs(samples / rate - len(frames) / 12) < 1 / 12 + 2048 / rate
    assert np.std(frames[len(frames) // 2]) > 10
    still = sum(np.abs(a.astype(int) - b).mean() < 0.01 for a, b in pairwise(frames))
    assert still < len(frames) / 10


def test_subtitles_hold_every_line(first: dict[str, Any]) -> None:
    text = Path(str(first["subtitles"])).read_text()
    for line in ("They found us.", "Close the door.", "It is closed."):
        assert line in text


def test_nothing_is_made_again_when_nothing_changed(studio: SmallStudio, first: dict[str, Any]) -> None:
    again = studio.tower("produce", KEY, "--json").json
    assert again["made"] == 0
    assert again["reused"] == first["made"]
    assert {gate["name"]: gate["passed"] for gate in again["gates"]} == {gate["name"]: True for gate in first["gates"]}
    assert again["master"] == first["master"]
    plan = studio.tower("plan", KEY, "--json").json
    assert {item["state"] for item in plan["shots"]} == {"ready"}


def test_the_memory_answers_who_is_who_by_command_and_to_a_client(studio: SmallStudio, first: dict[str, Any]) -> None:
    assert first["master"]
    found = studio.tower("facts", "search", "who is Luna", "--project", "small", "--json").json["facts"]
    assert (found[0]["subject"], found[0]["predicate"]) == ("Luna", "described_as")
    assert found[0]["object"].startswith("A researcher with long silver hair")

    async def ask() -> dict[str, list[dict[str, Any]]]:
        command, *arguments = studio.command("mcp", "--project", "small", "--client", "test")
        parameters = StdioServerParameters(command=command, args=arguments, env=dict(studio.environment))
        answers = {}
        async with Client(stdio_client(parameters)) as client:
            for question in ("who is Luna", "which model makes the clips", "is AnimateDiff used", "what is port 8188"):
                result = await client.call_tool("search_memory", {"query": question, "limit": 1})
                assert not result.is_error, result.content
                assert result.structured_content is not None
                answers[question] = result.structured_content["facts"]
        return answers

    told = {question: answer[0]["says"] for question, answer in asyncio.run(ask()).items()}
    assert told["who is Luna"] == f"Luna: {found[0]['object']}"
    assert told["which model makes the clips"].startswith("clips: made with the embedded animator")
    assert "never routed to" in told["is AnimateDiff used"]
    assert told["what is port 8188"] == "the usual port of ComfyUI is 8188"


def test_a_changed_word_makes_no_picture_again(studio: SmallStudio, first: dict[str, Any]) -> None:
    assert first["made"]
    studio.edit("Close the door.", "Close the gate.")
    plan = studio.tower("plan", KEY, "--json").json
    todo = {(item["stage"], item["state"]) for item in plan["shots"] if item["state"] != "ready"}
    assert ("voice", "missing") in todo
    assert not {stage for stage, _state in todo} & {"keyframe", "clip", "music"}
    (voice,) = [item for item in plan["shots"] if item["stage"] == "voice" and item["state"] != "ready"]
    assert "text" in voice["why"]
    ran = studio.tower("produce", KEY, "--json").json
    assert ran["made"] == sum(1 for item in plan["shots"] if item["state"] != "ready")
    studio.edit("Close the gate.", "Close the door.")
    back = studio.tower("produce", KEY, "--json").json
    assert back["made"] == 0


def test_a_deleted_and_a_truncated_file_are_found_and_made_again(studio: SmallStudio, first: dict[str, Any]) -> None:
    assert first["made"]
    trail = studio.tower("audit", KEY, "--json").json
    # The oldest of each stage: what the script says now is made of those.
    files = {take["stage"]: take["files"]["main"] for take in reversed(trail["takes"])}
    deleted = studio.home / "media" / files["clip"]["path"]
    truncated = studio.home / "media" / files["voice"]["path"]
    deleted.unlink()
    truncated.write_bytes(truncated.read_bytes()[:100])
    problems = studio.tower("audit", "--verify", "--json")
    assert problems.code != 0
    assert len(problems.json["problems"]) == 2
    assert studio.tower("produce", KEY, "--json").json["made"] >= 2
    assert studio.tower("audit", "--verify", "--json").json["problems"] == []


def test_a_forced_shot_is_made_again_and_no_other(studio: SmallStudio, first: dict[str, Any]) -> None:
    assert first["made"]
    before = studio.tower("audit", f"{KEY}-sc01-sh0010", "--json").json
    ran = studio.tower("produce", KEY, "--force", "--shots", "sc01-sh0010", "--json")
    assert ran.code == 0, ran.err
    after = studio.tower("audit", f"{KEY}-sc01-sh0010", "--json").json
    assert len(after["takes"]) == len(before["takes"]) + 2
    assert ran.json["made"] == 3  # its keyframe, its clip, the master
    seeds = [row["parameters"]["attempt"]["seed"] for row in after["decisions"] if row["decision_type"] == "keyframe"]
    assert len(set(seeds)) == len(seeds)


def test_every_take_has_a_decision_that_came_before_it(studio: SmallStudio, first: dict[str, Any]) -> None:
    assert first["made"]
    trail = studio.tower("audit", KEY, "--json").json
    decisions = {row["id"]: row for row in trail["decisions"]}
    assert trail["takes"]
    for take in trail["takes"]:
        decision = decisions[take["decision_id"]]
        assert decision["status"] == "succeeded"
        assert decision["timestamp"] < take["created_at"]
        assert decision["reasoning"]
        assert decision["engine"]
        assert decision["duration_s"] > 0
    judged = {row["take_id"] for row in trail["verdicts"]}
    assert {take["id"] for take in trail["takes"]} <= judged


def test_a_run_is_a_creative_session_with_all_its_decisions(studio: SmallStudio, first: dict[str, Any]) -> None:
    trail = studio.tower("audit", KEY, "--json").json
    of_first = {row["session_id"] for row in trail["decisions"] if row["run_id"] == first["run_id"]}
    assert len(of_first) == 1
    (session,) = of_first
    told = studio.tower("audit", "--session", session, "--json").json
    assert told["session"]["ended_at"] is not None
    assert {row["id"] for row in trail["decisions"] if row["session_id"] == session} <= {
        row["id"] for row in told["decisions"]
    }
