"""What a request for a run comes to, and what is said while nothing can be launched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.run_launching import (
    OpeningRuns,
    RunKind,
    RunProblem,
    RunRequest,
    RunScope,
    RunStatus,
    RunView,
    scope_of,
)

EPISODE = RunRequest(RunKind.EPISODE, ("nexus-e01",), "mira")
SHOTS = RunRequest(RunKind.SHOTS, ("nexus-e01-sc01-sh0010", "nexus-e01-sc02-sh0030"), "mira")


def test_a_request_is_of_one_episode_and_the_assets_of_its_stages() -> None:
    key = EpisodeKey("nexus", "e01")
    assert scope_of(EPISODE) == RunScope(key, (), ())
    assert scope_of(replace(EPISODE, stages=("voice", "mix"))).assets == ("voice_tracks", "audio_tracks")
    assert scope_of(SHOTS) == RunScope(key, SHOTS.keys, ())
    assert scope_of(replace(SHOTS, stages=("clip", "upscale"))).assets == ("ltx_clips",), "one asset has both"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (replace(EPISODE, who=" "), "needs the name"),
        (replace(EPISODE, keys=()), "found 0"),
        (replace(EPISODE, keys=("nexus-e01", "nexus-e02")), "Ask for a run of each"),
        (replace(EPISODE, keys=("../etc",)), "not an episode key"),
        (replace(EPISODE, quality="best"), "draft, standard or final"),
        (replace(EPISODE, stages=("colour",)), "no stage 'colour'; they have sheet"),
        (replace(SHOTS, keys=()), "found none"),
        (replace(SHOTS, keys=("nexus-e01-sc01-sh0010", "nexus-e02-sc01-sh0010")), "found nexus-e01, nexus-e02"),
        (replace(SHOTS, keys=("nexus-e01",)), "not a shot key"),
        (replace(SHOTS, stages=("voice",)), "shots runs have no stage 'voice'"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_in_words(request_: RunRequest, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        scope_of(request_)


def test_a_run_is_plain_json() -> None:
    problem = RunProblem("keyframes", "the card was full", 3)
    view = RunView(
        "r1", "produce_episode", RunStatus.FAILED, "nexus-e01", (), "mira", "", "", datetime(2026, 1, 2, tzinfo=UTC),
        None, None, problems=(problem,),
    )  # fmt: skip
    read: dict[str, Any] = json.loads(json.dumps(view.as_json()))
    assert read["created_at"] == "2026-01-02T00:00:00+00:00"
    assert read["status"] == "failed"
    assert read["progress"] == {"stages": [], "left_s": 0.0, "lines": []}
    assert read["problems"] == [{"step": "keyframes", "message": "the card was full", "exit_code": 3}]


def test_while_dagster_opens_or_cannot_be_opened_every_call_says_so() -> None:
    runs = OpeningRuns()
    with pytest.raises(ServiceUnavailableError, match=r"still being opened. Try again in some seconds"):
        runs.launch(EPISODE)
    runs.close("a file is missing")
    with pytest.raises(ServiceUnavailableError, match=r"cannot be opened: a file is missing. Mend that"):
        runs.list_runs()
