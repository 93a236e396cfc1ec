"""Pictures inside Dagster's metadata: small enough to be shown in place, whatever they show."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tower_anime_assets.stages.thumbnails import data_uri

PREFIX = "data:image/webp;base64,"


@pytest.mark.parametrize("size", [(180, 320), (640, 200), (10, 10), (2000, 30)])
def test_even_noise_fits_into_the_length_that_the_web_ui_shows_in_place(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    uri = data_uri(noise, 96, 950)
    assert len(uri) <= 950
    assert uri.startswith(PREFIX)
    with Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(PREFIX)))) as picture:
        assert picture.format == "WEBP"
        assert picture.width <= 96


def test_a_plain_picture_keeps_its_width_and_colour() -> None:
    uri = data_uri(np.full((90, 160, 3), (200, 30, 60), np.uint8), 96, 950)
    with Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(PREFIX)))) as picture:
        assert picture.size == (96, 54)
        assert np.abs(np.asarray(picture.convert("RGB")).astype(int) - (200, 30, 60)).max() < 8


def test_a_length_that_holds_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture fits"):
        data_uri(np.zeros((9, 9, 3), np.uint8), 9, 40)
