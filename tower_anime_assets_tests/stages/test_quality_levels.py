"""Drafts, standard episodes and finals of one show: takes of each level are its own, and plans serve all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.delivery import delivery_paths
from tower_anime_assets.stages.dry_run import plan_episode
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import EpisodeRun, describe_rejected
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, write_small_show

PROJECT = "title: Small Show\ndelivery: {width: 768, height: 512, fps: 12, max_clip_frames: 49}\nseed: 7\n"


@pytest.fixture(scope="module")
def studio(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("levels")
    write_small_show(folder / "projects", "EXT. STREET - NIGHT\n\nAkira runs.\n", PROJECT)
    studio = Studio(Settings(folder / "projects", folder / "home"), database)
    ingest.read_characters(Run(studio), "small")
    ingest.read_episode(studio, EpisodeKey.parse(KEY))
    return studio


def at(studio: Studio, quality: str) -> EpisodeRun:
    return saved_episode(Run(studio, quality=quality), EpisodeKey.parse(KEY))


def ids(outcomes: Sequence[Outcome]) -> set[str]:
    return {outcome.take.id for outcome in outcomes}


@pytest.mark.slow
def test_each_level_has_takes_of_its_own_and_going_back_finds_them(studio: Studio) -> None:
    plans = at(studio, "draft").make(SHOT_PLANS)
    assert plans.made == 1
    made = {level: at(studio, level).make(KEYFRAMES).outcomes for level in ("draft", "standard", "final")}
    assert all(outcome.attempts for outcomes in made.values() for outcome in outcomes)
    assert not ids(made["draft"]) & ids(made["standard"])
    assert not ids(made["final"]) & ids(made["standard"])
    sizes = {
        level: [(order.brief.width_px, order.brief.height_px) for order, _outcome in at(studio, level).find(KEYFRAMES)]
        for level in made
    }
    assert {level: set(found) for level, found in sizes.items()} == {
        "draft": {(480, 320)},
        "standard": {(768, 512)},
        "final": {(768, 512)},
    }
    for level in ("final", "draft", "standard"):
        again = at(studio, level)
        assert again.make(SHOT_PLANS).made == 0, "one plan serves every level"
        assert ids(again.make(KEYFRAMES).outcomes) == ids(made[level])
    assert ids(at(studio, "").make(KEYFRAMES).outcomes) == ids(made["standard"])

    states = {
        level: {take.state for take in plan_episode(studio, EpisodeKey.parse(KEY), level).takes if take.stage == "clip"}
        for level in made
    }
    assert states == {level: {"missing"} for level in made}


def test_a_draft_is_delivered_under_a_name_of_its_own(studio: Studio) -> None:
    (_order, outcome), *_rest = at(studio, "draft").find(KEYFRAMES)
    assert outcome is not None
    take = replace(outcome.take, files={"main": outcome.take.files["main"]})

    def name(quality: str, *, is_best: bool = False) -> str:
        paths = delivery_paths(studio.settings, KEY, take, is_best=is_best, quality=quality)
        return Path(paths["main"]).stem

    assert (name("standard"), name("final"), name("draft")) == (KEY, KEY, f"{KEY}.draft")
    assert name("draft", is_best=True) == f"{KEY}.draft.best"


def test_a_remedy_names_the_level_that_the_run_was_asked_for(studio: Studio) -> None:
    assert "`tower waive SHOT GATE --quality final --why ...`" in describe_rejected("keyframe", KEY, [], "final")
    assert "`tower waive SHOT GATE --why ...`" in describe_rejected("keyframe", KEY, [])
