"""`tower inpaint` refuses what cannot be painted before it opens anything; the rest is `stages.inpainting`'s."""

from __future__ import annotations

import pytest

from tower_anime_assets.cli import main


@pytest.mark.parametrize(
    ("shot", "region", "said"),
    [
        ("small-e01-sc01-sh0010", "1,2", "expected x,y,w,h in px of the keyframe"),
        ("small-e01-sc01-sh0010", "0,0,4,4", "expected sides of 16 px or more"),
        ("small", "0,0,64,64", "small"),
    ],
)
def test_wrong_input_is_named(shot: str, region: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inpaint", shot, "--region", region, "--why", "six fingers"]) == 2
    assert said in capsys.readouterr().err


def test_a_reason_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inpaint", "small-e01-sc01-sh0010", "--region", "0,0,64,64"]) == 2
    assert "--why" in capsys.readouterr().err
