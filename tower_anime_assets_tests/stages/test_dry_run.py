"""What a run would do is said before it is done, and doing it bears it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tower_anime_assets.stages.dry_run import PlannedTake, needs_work, plan_takes
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store import story
from tower_anime_assets_tests.stages.conftest import MadeEpisode


@pytest.fixture
def edited(made_episode: MadeEpisode) -> Iterator[Callable[[str, str], None]]:
    """Change the script for one test."""
    before = made_episode.script.read_text()

    def edit(old: str, new: str) -> None:
        text = made_episode.script.read_text()
        assert old in text
        made_episode.script.write_text(text.replace(old, new))

    yield edit
    made_episode.script.write_text(before)


def to_do(made: MadeEpisode) -> dict[str, list[PlannedTake]]:
    found: dict[str, list[PlannedTake]] = {}
    for item in plan_takes(made.studio, made.key):
        if item.state != "ready":
            found.setdefault(item.stage, []).append(item)
    return found


def test_nothing_is_to_be_done_for_a_finished_episode(made_episode: MadeEpisode) -> None:
    found = plan_takes(made_episode.studio, made_episode.key)
    assert {item.state for item in found} == {"ready"}
    assert {item.stage for item in found} == {"plan", "keyframe", "clip", "music", "voice", "mix", "master"}
    assert all(item.predicted_s == 0 for item in found)
    assert not needs_work(made_episode.studio, made_episode.key)


def test_a_changed_word_asks_for_its_line_alone(made_episode: MadeEpisode, edited: Callable[[str, str], None]) -> None:
    edited("Close the door.", "Close the gate.")
    found = to_do(made_episode)
    assert found.keys() & {"keyframe", "clip", "music"} == set()
    (voice,) = found["voice"]
    assert (voice.shot, voice.state) == ("sc02-l001", "missing")
    assert "text" in voice.why
    assert voice.predicted_s > 0
    assert [item.state for item in found["master"]] == ["waits"]


def test_a_changed_time_of_day_asks_for_that_scenes_pictures(
    made_episode: MadeEpisode, edited: Callable[[str, str], None]
) -> None:
    edited("INT. LABORATORY - DAY", "INT. LABORATORY - NIGHT")
    found = to_do(made_episode)
    assert found["keyframe"]
    assert {item.shot.split("-")[2] for item in found["keyframe"]} == {"sc02"}
    assert all("setting" in item.why for item in found["keyframe"])
    assert "voice" not in found


def test_a_lost_file_is_foreseen_as_missing(made_episode: MadeEpisode) -> None:
    (take,) = [item for item in made_episode.work.accepted(VOICES) if item.line_id == "sc01-l001"]
    path = made_episode.studio.media.path_of(take.files["main"].path)
    whole = path.read_bytes()
    path.unlink()
    try:
        (voice,) = to_do(made_episode)["voice"]
        assert voice.shot == "sc01-l001"
        assert "file is gone" in voice.why
    finally:
        path.write_bytes(whole)


def test_looking_ahead_writes_nothing(made_episode: MadeEpisode, edited: Callable[[str, str], None]) -> None:
    head = made_episode.studio.chain_head
    edited("Akira runs down the street.", "Akira walks down the street.")
    assert plan_takes(made_episode.studio, made_episode.key)
    assert made_episode.studio.chain_head == head
    saved = story.load_episode(made_episode.studio.database, made_episode.key)
    assert saved is not None
    assert "runs" in str(saved.scenes[0].beats[0])
