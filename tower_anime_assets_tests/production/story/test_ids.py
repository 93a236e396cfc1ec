"""Keys and slugs."""

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey, line_id, scene_id, shot_id


def test_an_episode_key_is_read_as_it_is_written() -> None:
    assert EpisodeKey.parse("nexus-e01") == EpisodeKey("nexus", "e01")
    assert str(EpisodeKey("nexus", "e01")) == "nexus-e01"


def test_a_shot_key_is_read_as_it_is_written_and_knows_its_episode() -> None:
    key = ShotKey.parse("nexus-e01-sc02-sh0030")
    assert str(key) == "nexus-e01-sc02-sh0030"
    assert key.episode_key == EpisodeKey("nexus", "e01")


@pytest.mark.parametrize("text", ["", "nexus", "nexus-", "-e01", "nexus-e01-sc02", "Nexus-e01", "../x-e01", "a,b-e01"])
def test_what_is_no_episode_key_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PlanError, match="such as nexus-e01"):
        EpisodeKey.parse(text)


@pytest.mark.parametrize("text", ["nexus-e01", "nexus-e01-sc2-sh0030", "nexus-e01-sc02-sh3", "nexus-e01-sh0030"])
def test_what_is_no_shot_key_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PlanError, match="nexus-e01-sc02-sh0030"):
        ShotKey.parse(text)


def test_numbers_leave_room_between_shots_and_sort_as_text() -> None:
    assert [shot_id(1), shot_id(2), shot_id(12)] == ["sh0010", "sh0020", "sh0120"]
    assert scene_id(7) == "sc07"
    assert line_id("sc07", 3) == "sc07-l003"
