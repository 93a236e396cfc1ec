"""What descriptions are read for and what the painter draws are held to each other."""

from __future__ import annotations

import pytest

from tower_anime_assets.animatic.painter.look import marks_of
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story.described_looks import UNPAINTED_FEATURES


@pytest.mark.parametrize("feature", [name for name, _ in tables.FEATURES])
def test_a_feature_is_drawn_or_said_to_be_not(feature: str) -> None:
    assert bool(marks_of((feature,))) != (feature in UNPAINTED_FEATURES)
