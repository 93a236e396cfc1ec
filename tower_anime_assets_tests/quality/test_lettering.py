from __future__ import annotations

from pathlib import Path

import cv2
import manimgx_fonts
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tower_anime_assets.quality.lettering import letter_rows, letters_share
from tower_anime_assets.quality.thresholds import KEYFRAMES
from tower_anime_assets_tests.quality import drawn
from tower_anime_assets_tests.quality.drawn import Picture

SIZE = (768, 512)
(FONT,) = Path(manimgx_fonts.__file__).parent.rglob("NotoSans[[]*.ttf")
BAR = next(bar.high for bar in KEYFRAMES if bar.measure == "letters_share") or 0.0


def scene(seed: int = 1) -> Picture:
    picture = drawn.with_figure(drawn.street(seed, *SIZE), drawn.AKIRA, 520, 400)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.uint8)


def written(text: str, size_px: int, style: str, at: tuple[int, int] = (60, 40)) -> Picture:
    image = Image.fromarray(scene()).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    draw, font = ImageDraw.Draw(layer), ImageFont.truetype(FONT, size_px)
    left, top, right, low = draw.textbbox(at, text, font=font)
    if style == "bubble":
        draw.ellipse((left - 40, top - 30, right + 40, low + 30), fill="white", outline="black", width=3)
    ink = {"bubble": "#000000", "watermark": "#ffffff96"}.get(style, "#ffffff")
    draw.text(at, text, font=font, fill=ink, stroke_width=2 if style == "outlined" else 0, stroke_fill="#000000")
    return np.asarray(Image.alpha_composite(image, layer).convert("RGB"), np.uint8)


@pytest.mark.parametrize("style", ["outlined", "watermark", "bubble"])
@pytest.mark.parametrize("text", ["Subscribe to my channel", "THE END OF THE WORLD", "Привет, мир", "artist_2024.com"])
def test_captions_watermarks_and_bubbles_are_found(text: str, style: str) -> None:
    assert letters_share(written(text, 30, style)) > BAR / 2


def test_a_row_tells_where_the_letters_are() -> None:
    row = letter_rows(written("Subscribe now", 30, "outlined", (100, 60)))[0]
    assert abs(row.left - 100) < 15
    assert 60 <= row.top <= 90
    assert row.letters >= 8


@pytest.mark.parametrize("seed", range(1, 7))
def test_houses_with_rows_of_windows_have_no_letters(seed: int) -> None:
    assert letters_share(scene(seed)) == 0.0


def fence() -> Picture:
    picture = np.full((256, 384, 3), (90, 120, 90), np.uint8)
    for x in range(10, 380, 16):
        cv2.rectangle(picture, (x, 150), (x + 6, 190), (220, 210, 190), -1)
    return picture


@pytest.mark.parametrize(
    "picture",
    [fence(), np.full((256, 384, 3), 40, np.uint8), np.random.default_rng(2).integers(0, 255, (256, 384, 3), np.uint8)],
    ids=["fence", "flat", "noise"],
)
def test_fences_flat_pictures_and_noise_have_no_letters(picture: Picture) -> None:
    assert letters_share(picture) == 0.0


def test_three_letters_are_too_few_to_tell() -> None:
    assert letters_share(written("END", 40, "outlined")) == 0.0


def test_a_large_picture_is_searched_at_a_smaller_size() -> None:
    large = cv2.resize(written("Subscribe to my channel", 30, "outlined"), None, fx=3, fy=3)
    assert letters_share(np.asarray(large, np.uint8)) == pytest.approx(
        letters_share(written("Subscribe to my channel", 30, "outlined")), rel=0.5
    )
