"""A person chooses between the takes of a shot: on record, used from then on, until another is made on purpose."""

from __future__ import annotations

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.choices import choose_take, list_shot_takes
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.store import audit
from tower_anime_assets_tests.stages.conftest import MadeEpisode

SHOT = ShotKey.parse("small-e01-sc01-sh0010")


def used(made: MadeEpisode) -> str:
    run = saved_episode(Run(made.studio), SHOT.episode_key)
    found = {order.subject: outcome for order, outcome in run.find(KEYFRAMES)}
    outcome = found[str(SHOT)]
    assert outcome is not None
    return outcome.take.id


def make_again(made: MadeEpisode) -> None:
    saved_episode(Run(made.studio), SHOT.episode_key).make(KEYFRAMES, Selection((str(SHOT),), force=True))


def test_the_chosen_take_is_used_until_another_is_made_on_purpose(made_episode: MadeEpisode) -> None:
    first = used(made_episode)
    make_again(made_episode)
    second = used(made_episode)
    assert second != first
    said = choose_take(made_episode.studio, SHOT, first, "ada", "her look is better")
    assert f"take {first} chosen by ada" in str(said)
    assert used(made_episode) == first
    rows = [row for row in list_shot_takes(made_episode.studio, SHOT) if row.take.stage == KEYFRAMES.name]
    assert (rows[0].take.id, rows[0].is_used) == (first, True)
    assert (second, False) in {(row.take.id, row.is_used) for row in rows}
    assert "used" in str(rows[0])
    trail = audit.load_trail(made_episode.studio.database, SHOT)
    (choice,) = next(row["choices"] for row in trail.takes if str(row["id"]) == first)
    assert (choice["who"], choice["why"]) == ("ada", "her look is better")
    assert audit.find_problems(made_episode.studio.database, made_episode.studio.media) == ()
    make_again(made_episode)
    assert used(made_episode) not in (first, second)


def test_a_choice_that_names_no_single_take_or_gives_no_reason_is_refused(made_episode: MadeEpisode) -> None:
    for name, complaint in (("nope", "is no take of what the shot is today"), ("0", "names several takes")):
        with pytest.raises(PlanError, match=complaint):
            choose_take(made_episode.studio, SHOT, name, "ada", "why not")
    with pytest.raises(PlanError, match="who decides and why"):
        choose_take(made_episode.studio, SHOT, used(made_episode), "ada", " ")
