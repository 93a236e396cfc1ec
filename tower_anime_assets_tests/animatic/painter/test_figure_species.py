from __future__ import annotations

from dataclasses import replace

import pytest

from tower_anime_assets.animatic.painter import beasts, birds, vehicles
from tower_anime_assets.animatic.painter.figure import is_stand_in
from tower_anime_assets.animatic.painter.look import look_of
from tower_anime_assets.animatic.painter.stance import Stance
from tower_anime_assets.production.planning.figure_species import ANIMALS, BIRDS, VEHICLES, has_figure
from tower_anime_assets.production.planning.shots import Emotion, Facing, Pose
from tower_anime_assets.production.story.model import Appearance

PLAIN = Appearance("#808080", "bald", "#808080", "#202020", "#808080", "shirt", "#a04040")


def test_planning_knows_every_species_that_the_painter_has_a_rig_for() -> None:
    assert set(beasts._BEAST_BY_WORD) == ANIMALS
    assert set(birds._BIRD_BY_WORD) == BIRDS
    assert set(vehicles._VEHICLES) == VEHICLES


@pytest.mark.parametrize(
    ("kind", "species"),
    [
        ("human", ""), ("animal", "cat"), ("animal", "fat cats"), ("animal", "jellyfish"), ("animal", "axolotl"),
        ("animal", "dragon"), ("animal", "frog"), ("bird", ""), ("bird", "snow owl"), ("bird", "quetzal"),
        ("robot", "robot"), ("spirit", "ghost"), ("monster", "slime"), ("monster", "werewolf"), ("vehicle", "van"),
        ("vehicle", "hovercraft"), ("vehicle", "sailboat"), ("thing", "lantern"), ("thing", "orrery"), ("animal", ""),
    ],
)  # fmt: skip
def test_planning_and_painter_agree_on_who_is_a_labelled_silhouette(kind: str, species: str) -> None:
    appearance = replace(PLAIN, kind=kind, species=species)
    stance = Stance(look_of(appearance), Emotion.NEUTRAL, Pose.STAND, Facing.RIGHT)
    assert has_figure(appearance) is not is_stand_in(stance)
