"""Digests of plain values."""

import math

import pytest

from tower_anime_assets.production.digest import canonical_json, digest, plain_data, seed_from
from tower_anime_assets.production.planning.shots import Framing, Move, Transition
from tower_anime_assets.production.story.model import Style


def test_equal_values_have_equal_digests_whatever_the_order_of_their_keys() -> None:
    assert digest({"a": 1, "b": [2.5, None]}) == digest({"b": [2.5, None], "a": 1})


def test_every_field_of_a_dataclass_counts() -> None:
    assert digest(Style()) != digest(Style(negative="text"))
    assert digest(Transition("cut", 0)) != digest(Transition("dissolve", 12))


def test_enums_and_tuples_become_plain_data() -> None:
    assert plain_data((Framing.WIDE, Move.PUSH_IN)) == ["wide", "push-in"]


def test_a_canonical_text_is_ascii_without_spaces() -> None:
    assert canonical_json({"name": "太郎", "x": 1}) == '{"name":"\\u592a\\u90ce","x":1}'


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), b"bytes"])
def test_a_value_without_a_plain_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no plain form"):
        digest(value)


def test_a_seed_fits_in_32_bits_and_is_stable() -> None:
    assert seed_from("nexus", 1) == seed_from("nexus", 1)
    assert 0 <= seed_from("nexus", 1) < 2**32
    assert seed_from("nexus", 1) != seed_from("nexus", 2)
