"""A small painted night street with somebody in it, and clips made from it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tower_anime_assets.animatic.animator import EmbeddedAnimator
from tower_anime_assets.media.layer_file import flatten, write_layers
from tower_anime_assets.media.layers import Layer, LayeredPicture, Patch, Rgba
from tower_anime_assets.media.pictures import write_png
from tower_anime_assets.production.attempt import Attempt, EngineOutput
from tower_anime_assets.production.planning.briefs import ClipBrief
from tower_anime_assets.production.planning.shots import Framing, Move, Setting

WIDTH, HEIGHT, MARGIN = 384, 256, 48
SKIN = (240, 205, 180, 255)

Animate = Callable[..., EngineOutput]


def _blank() -> Rgba:
    return np.zeros((HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, 4), np.uint8)


def _sky() -> Rgba:
    sky = _blank()
    down = np.linspace(0.0, 1.0, sky.shape[0])[:, None]
    sky[..., 0], sky[..., 1], sky[..., 2], sky[..., 3] = 30 + 40 * down, 20 + 50 * down, 70 + 80 * down, 255
    stars = np.random.default_rng(3).integers(0, (sky.shape[1], sky.shape[0]), (150, 2))
    for x, y in stars:
        cv2.circle(sky, (int(x), int(y)), 1, (200, 200, 220, 255), -1, cv2.LINE_AA)
    return sky


def _houses(seed: int, base: int, colour: tuple[int, int, int]) -> Rgba:
    rng, houses = np.random.default_rng(seed), _blank()
    x = 0
    while x < houses.shape[1]:
        wide, tall = int(rng.integers(16, 44)), int(rng.integers(30, 120))
        cv2.rectangle(houses, (x, base - tall), (x + wide, houses.shape[0]), (*colour, 255), -1)
        for row in range(base - tall + 5, base, 9):
            for column in range(x + 4, x + wide - 5, 8):
                if rng.random() < 0.5:
                    cv2.rectangle(houses, (column, row), (column + 3, row + 4), (250, 220, 140, 255), -1)
        x += wide + int(rng.integers(0, 10))
    return houses


def _figure(x: int, y: int) -> tuple[Rgba, tuple[Patch, ...]]:
    figure = _blank()
    cv2.ellipse(figure, (x, y + 120), (74, 110), 0, 0, 360, (30, 60, 160, 255), -1, cv2.LINE_AA)
    cv2.ellipse(figure, (x, y - 15), (40, 50), 0, 0, 360, SKIN, -1, cv2.LINE_AA)
    for side in (-16, 16):
        cv2.ellipse(figure, (x + side, y - 15), (7, 9), 0, 0, 360, (30, 60, 120, 255), -1, cv2.LINE_AA)
    cv2.line(figure, (x - 7, y + 15), (x + 7, y + 15), (120, 50, 50, 255), 2, cv2.LINE_AA)

    def mouth(name: str, tall: int) -> Patch:
        image = np.full((22, 26, 4), SKIN, np.uint8)
        cv2.ellipse(image, (13, 11), (8, tall), 0, 0, 360, (130, 40, 50, 255), -1, cv2.LINE_AA)
        return Patch(name, x - 13, y + 4, image)

    lids = np.full((24, 54, 4), SKIN, np.uint8)
    for side in (-16, 16):
        cv2.line(lids, (27 + side - 6, 12), (27 + side + 6, 12), (60, 30, 40, 255), 1, cv2.LINE_AA)
    return figure, (mouth("mouth-half", 3), mouth("mouth-open", 8), Patch("eyes-closed", x - 27, y - 27, lids))


@pytest.fixture(scope="session")
def street() -> LayeredPicture:
    """Sky, two rows of houses, a lamp, somebody called akira, and a post near the camera."""
    lamp = _blank()
    cv2.circle(lamp, (MARGIN + 60, MARGIN + 90), 18, (255, 60, 200, 255), -1, cv2.LINE_AA)
    post = _blank()
    cv2.rectangle(post, (0, 0), (MARGIN + 14, post.shape[0]), (8, 8, 14, 255), -1)
    figure, patches = _figure(MARGIN + WIDTH // 2 + 40, MARGIN + HEIGHT // 2 + 20)
    layers = (
        Layer("sky", 0.1, _sky()),
        Layer("far", 0.4, _houses(1, MARGIN + HEIGHT - 60, (50, 50, 90))),
        Layer("mid", 0.7, _houses(2, MARGIN + HEIGHT - 10, (30, 30, 60))),
        Layer("lamp", 0.7, cv2.GaussianBlur(lamp, (0, 0), 6).astype(np.uint8), glow=True),
        Layer("akira", 1.0, figure, "akira", patches),
        Layer("post", 1.4, post),
    )
    return LayeredPicture(WIDTH, HEIGHT, MARGIN, layers)


@pytest.fixture(scope="session")
def keyframe(street: LayeredPicture, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The street's files, by role."""
    folder = tmp_path_factory.mktemp("keyframe")
    write_png(folder / "picture.png", flatten(street))
    write_layers(street, folder / "layers.png")
    return {"picture": folder / "picture.png", "layers": folder / "layers.png"}


@pytest.fixture(scope="session")
def brief() -> ClipBrief:
    """A held shot of two seconds, night, nothing special."""
    return ClipBrief(
        keyframe_sha256="0" * 64,
        frames=49,
        fps=24,
        width_px=WIDTH,
        height_px=HEIGHT,
        framing=Framing.MEDIUM,
        move=Move.STATIC,
        activity=0.3,
        setting=Setting("STREET", False, "night", "clear", "tense"),
        effects=(),
        speaking=(),
        card="",
        prompt="",
        negative="",
        seed=7,
    )


@pytest.fixture
def animate(keyframe: dict[str, Path], tmp_path: Path) -> Animate:
    """Make a clip of the street: `animate(brief, parameters=..., inputs=...)`."""
    numbers = count()

    def make(
        brief: ClipBrief, parameters: dict[str, Any] | None = None, inputs: dict[str, Path] | None = None
    ) -> EngineOutput:
        engine = EmbeddedAnimator()
        folder = tmp_path / f"clip{next(numbers)}"
        folder.mkdir()
        planned = engine.plan_attempt(brief, 1, ()) | (parameters or {})
        attempt = Attempt(1, int(planned["seed"]), planned, folder, keyframe if inputs is None else inputs)
        return engine.make(brief, attempt)

    return make
