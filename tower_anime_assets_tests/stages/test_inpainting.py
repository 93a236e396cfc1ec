"""A region painted anew: on record, judged, standing for its shot, and left behind when the shot changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.errors import NotAcceptedError, PlanError
from tower_anime_assets.production.story.ids import ShotKey
from tower_anime_assets.stages.inpainting import Region, inpaint_keyframe
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.run import Run
from tower_anime_assets.store import decisions
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.small_show import KEY
from tower_anime_assets_tests.stages.test_shot_pictures import show_in

SHOT = ShotKey.parse(f"{KEY}-sc01-sh0020")
REGION = Region(96, 64, 128, 96)


def test_a_region_is_a_white_rectangle_with_a_soft_edge_that_stays_inside() -> None:
    mask = REGION.mask(384, 256)[..., 0]
    assert mask[64 + 48, 96 + 64] == 255
    assert 0 < mask[64, 96 + 64] < 255
    assert not mask[:64].any()
    assert not mask[:, :96].any()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2,3", "expected x,y,w,h in px of the keyframe"),
        ("-1,2,30,40", "expected x,y,w,h in px of the keyframe"),
        ("1,2,30,8", "expected sides of 16 px or more"),
        ("300,0,100,100", "the keyframe is 384x256 px. Choose one inside"),
        ("0,0,384,256", "make the keyframe again instead"),
    ],
)
def test_a_region_that_cannot_be_painted_is_refused(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Region.parse(text).mask(384, 256)


def test_what_was_painted_anew_stands_for_its_shot(database_server: DatabaseServer, tmp_path: Path) -> None:
    with show_in(database_server, tmp_path) as show:
        show.choose("clips: embedded")
        person = Run(show.studio, user="Mei")
        with pytest.raises(NotAcceptedError, match="has no accepted keyframe to paint on"):
            inpaint_keyframe(person, SHOT, REGION, "six fingers")
        assert show.work.make(KEYFRAMES).made == 2
        before = show.takes(KEYFRAMES)
        with pytest.raises(PlanError, match="needs a reason"):
            inpaint_keyframe(person, SHOT, REGION, " ")

        painted = inpaint_keyframe(person, SHOT, REGION, "six fingers", "a hand in a glove")
        assert painted.accepted
        assert painted.take.engine == "comfyui:sdxl_inpaint_region"
        after = show.takes(KEYFRAMES)
        assert [outcome.take.id for outcome in after] == [before[0].take.id, painted.take.id]
        assert show.work.make(KEYFRAMES).made == 0

        decision = decisions.find_by_id(show.studio.database, painted.take.decision_id)
        assert decision is not None
        assert decision.created_by == "Mei"
        assert "six fingers Painted anew at 96,64, 128x96 px" in decision.reasoning
        assert decision.parameters["brief"]["start_sha256"] == before[1].take.files["main"].sha256
        assert show.graph_of(painted)["positive"]["inputs"]["text"].startswith("a hand in a glove")
        mask = show.given(painted, "mask")
        assert mask.max() == 255
        assert (mask > 0).mean() == pytest.approx(128 * 96 / (384 * 256), abs=0.02)

        show.choose("clips: embedded, framing: animatic")
        assert show.work.make(KEYFRAMES).made == 2, "another framing is another brief: what was painted is left behind"
        show.choose("clips: embedded")
        assert [outcome.take.id for outcome in show.takes(KEYFRAMES)] == [outcome.take.id for outcome in after]


def test_a_show_whose_keyframes_are_drawn_here_has_nothing_to_paint_with(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_in(database_server, tmp_path) as show:
        show.choose("keyframes: embedded, clips: embedded")
        assert show.work.make(KEYFRAMES).made == 2
        with pytest.raises(PlanError, match="drawn by the embedded painter, which paints no region anew"):
            inpaint_keyframe(Run(show.studio), SHOT, REGION, "six fingers")
        assert np.all([outcome.take.engine == "embedded-painter" for outcome in show.takes(KEYFRAMES)])
