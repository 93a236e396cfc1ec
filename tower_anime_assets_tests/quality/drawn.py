"""Stills and clips drawn for tests: a street, figures in their sheets' colours, lights, cameras."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from tower_anime_assets.production.story.model import Appearance, Character, Voice
from tower_anime_assets.quality.video import limited_range_luma

Picture = NDArray[np.uint8]

WIDTH, HEIGHT, FPS = 384, 256, 24

AKIRA = Character(
    "akira", "Akira", "", Appearance("#1c1a2b", "spiky", "#f0c4a0", "#3a6ea5", "#2340d8", "jacket", "#28e0f0"), Voice()
)
LUNA = Character(
    "luna", "Luna", "", Appearance("#c9ced9", "long", "#f7dcc8", "#8a5cc2", "#eef1f5", "lab_coat", "#b03ad8"), Voice()
)
VIKTOR = Character(
    "viktor",
    "Viktor",
    "",
    Appearance("#4a3a30", "slicked", "#d9a989", "#708090", "#23272e", "suit", "#c8102e"),
    Voice(),
)

MOONLIGHT = (0.66, 0.76, 1.0)
"""What a night does to linear light."""


def street(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Return grey-brown houses with windows before an evening sky: none of anybody's strong colours."""
    chance = np.random.default_rng(seed)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = np.linspace((60, 66, 82), (150, 132, 120), height).astype(np.uint8)[:, np.newaxis]
    for _ in range(24):
        left, wide, high = (int(value) for value in chance.integers((0, 20, 40), (width, 70, height * 3 // 5)))
        shade = int(chance.integers(50, 120))
        cv2.rectangle(picture, (left, height - high), (left + wide, height), (shade, shade - 6, shade - 12), -1)
        cv2.rectangle(picture, (left, height - high), (left + wide, height), (24, 22, 22), 1, cv2.LINE_AA)
        for row in range(height - high + 6, height - 6, 12):
            cv2.rectangle(picture, (left + 5, row), (left + 10, row + 5), (150, 140, 110), -1)
    return picture


def with_figure(picture: Picture, character: Character, x: int, height: int = 200) -> Picture:
    """Return the picture with somebody standing in it, drawn in two cel tones of each sheet colour."""
    drawn, look = picture.copy(), character.appearance
    foot = picture.shape[0] - 6
    head, half = height // 8, height // 8

    def tones(colour: str, box: tuple[tuple[int, int], tuple[int, int]]) -> None:
        lit = np.array(list(bytes.fromhex(colour[1:])))
        (left, top), (right, bottom) = box
        cv2.rectangle(drawn, (left, top), (right, bottom), lit.tolist(), -1)
        cv2.rectangle(drawn, ((left + right) // 2, top), (right, bottom), (lit * 0.72).astype(int).tolist(), -1)
        cv2.rectangle(drawn, (left, top), (right, bottom), (20, 18, 20), 1, cv2.LINE_AA)

    top = foot - height
    tones(look.outfit_colour, ((x - half, top + 2 * head), (x + half, foot)))
    tones(look.accent_colour, ((x - 4, top + 2 * head), (x + 4, top + 5 * head)))
    tones(look.skin_colour, ((x - head // 2, top + head // 2), (x + head // 2, top + 2 * head)))
    tones(look.hair_colour, ((x - head // 2 - 3, top), (x + head // 2 + 3, top + head)))
    return drawn


def under_light(picture: Picture, light: tuple[float, float, float], brightness: float = 1.0) -> Picture:
    """Return the picture as a coloured, dimmed light shows it."""
    linear = (picture / 255.0) ** 2.2 * np.array(light) * brightness
    return np.asarray((linear ** (1 / 2.2) * 255).round(), dtype=np.uint8)


def hue_rotated(picture: Picture, degrees: int = 120) -> Picture:
    """Return the picture with every hue turned by the same angle."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + degrees // 2) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def still(character: Character = AKIRA, x: int = WIDTH // 2, seed: int = 1) -> Picture:
    """Return a good still: a street with one of the cast in it."""
    return with_figure(street(seed), character, x)


def panned(picture: Picture, frames: int, px_per_frame: float) -> Iterator[Picture]:
    """Yield a camera pan over a picture, in sub-pixel steps."""
    height, width = picture.shape[:2]
    for at in range(frames):
        shift = np.array([[1, 0, -px_per_frame * at], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
        yield np.asarray(moved, dtype=np.uint8)


def lumas(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Yield the luma of pictures as a clip stores it."""
    return (limited_range_luma(picture) for picture in pictures)
