"""A gate advises what the engine of the take can change."""

from __future__ import annotations

from typing import Any

import pytest

from tower_anime_assets.animatic.painter.engine import EmbeddedPainter
from tower_anime_assets.engines.orders import Measurement
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.production.planning.briefs import MusicBrief
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.quality.thresholds import KEYFRAMES
from tower_anime_assets.stages.engine_choice import EngineChoice
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP
from tower_anime_assets_tests.engines.test_generate import ToneEngine

SERVICE_WORDS = ("steps", "seed;", "server", "LoRA")


def remedies(engine: Any) -> list[str]:
    order = EngineChoice(engine).order(
        stage="keyframe",
        subject="x",
        position=StoryPosition("x"),
        brief=MusicBrief("calm", "", 90, 1.0, "day", False, 1),
        measure=lambda _made: Measurement({}),
        thresholds=KEYFRAMES,
        reasoning="",
    )
    return [bar.remedy for bar in order.thresholds if bar.embedded_remedy]


@pytest.mark.parametrize("engine", [EmbeddedPainter(), ToneEngine()])
def test_our_own_engines_are_not_told_to_take_more_steps(engine: Any) -> None:
    own = remedies(engine)
    assert len(own) == 4
    assert not any(word in remedy for word in SERVICE_WORDS for remedy in own)
    assert all("[[shot: ...]]" in remedy for remedy in own)


def test_a_service_is() -> None:
    fleet = Fleet(["http://127.0.0.1:9"])  # nothing is asked of it
    assert any("more steps" in remedy for remedy in remedies(ComfyUIClips(CLIP, fleet)))
    fleet.close()
