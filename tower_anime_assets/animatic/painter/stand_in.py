"""The stand-in for whatever has no rig: a silhouette of the right size, which a picture labels with its name."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tower_anime_assets.animatic.painter.colour import luma, mix, tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance, geometry_in_own_units
from tower_anime_assets.animatic.painter.vector import Pen, box, corner, ellipse, polygon, smooth
from tower_anime_assets.media.layers import Rgba
from tower_anime_assets.media.title_card import printable_text

_TALL = 230.0
_LABEL_INK, _LABEL_PAPER = (38, 34, 52), (246, 246, 250)


def label_stand_in(image: Rgba, look: Look, head: Box, unit: float, frame: Box) -> None:
    """Write a stand-in's name on a card across its head, in place.

    Args:
        image: The layer, canvas-sized.
        look: Has the name, and the species to name beside it.
        head: Where its head is on the canvas, px.
        unit: Height of the frame, px.
        frame: What of the canvas is seen, px; the card stays within.
    """
    text = printable_text(look.name) or look.species or look.kind
    if look.species and look.species.lower() not in text.lower():
        text = f"{text} ({look.species})"
    font = cv2.FontFace("uni")
    size = max(9, round(unit * 0.042))
    while True:
        wide = int(cv2.getTextSize((0, 0), text, (0, 0), font, size, 600)[2])
        if wide < image.shape[1] * 0.4 or size <= 9:
            break
        size -= 1
    pad = max(3, size // 2)
    x = round((head[0] + head[2]) / 2 - wide / 2)
    left, top, right, low = (round(side) for side in frame)
    x = min(max(x, left + pad + 1), max(left + pad + 1, right - wide - pad - 1))
    y = min(max(round(head[1] + (head[3] - head[1]) * 1.22), top + size + pad + 1), low - 2 * pad)
    cell = image[max(0, y - pad - size) : y + pad, max(0, x - pad) : x + wide + pad]
    if not cell.size:
        return
    card = np.full((*cell.shape[:2], 3), _LABEL_PAPER, np.uint8)
    cv2.rectangle(card, (0, 0), (card.shape[1] - 1, card.shape[0] - 1), _LABEL_INK, max(1, size // 12))
    cv2.putText(card, text, (pad, pad + size - max(2, size // 5)), _LABEL_INK, font, size, 600)
    cell[..., :3], cell[..., 3] = card, 255


@dataclass(frozen=True)
class StandInRig:
    """Draws a silhouette; a lamp on it shows when it speaks."""

    stance: Stance

    @property
    def _own(self) -> tuple[Geometry, float]:
        has_face = self.stance.has_face
        return geometry_in_own_units(
            self.stance.look,
            _TALL,
            (-50.0, -_TALL, 50.0, -_TALL + 104),
            (-120.0, -_TALL - 30, 120.0, 26.0),
            (-64.0, 64.0),
            104.0,
            (-20.0, -_TALL + 44, 20.0, -_TALL + 84) if has_face else None,
        )

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the silhouette, or only what its lamp covers."""
        geometry, scale = self._own
        look = self.stance.look
        ground = look.outfit
        with pen.transform(f"translate(0 {geometry.ground_y:.2f})"), pen.scaled(scale):
            if not head_only:
                base = ellipse(0, -8, 64, 13)
                pen.cel(base, tone("#5c6274"), reach=0.6)
            body = smooth(
                [(0, -_TALL), (32, -_TALL + 12), (47, -_TALL + 54), (53, -90), corner(48, -10), corner(-48, -10),
                 (-53, -90), (-47, -_TALL + 54), (-32, -_TALL + 12)]
            )  # fmt: skip
            pen.cel(body, ground, reach=2.0)
            hatch = mix(ground.base, "#ffffff" if luma(ground.base) < 150 else "#30344a", 0.3)
            with pen.clip_to(body):
                for index in range(7):
                    x = -150 + index * 42
                    pen.fill(polygon([(x, 0), (x + 11, 0), (x + 131, -_TALL), (x + 120, -_TALL)]), hatch, 0.3)
                pen.fill(box(-80, -44, 160, 12), look.accent.base)
            pen.stroke(body, ground.line, pen.line * 1.2)
            if self.stance.has_face:
                self._draw_lamp(pen, mouth)

    def _draw_lamp(self, pen: Pen, mouth: str) -> None:
        accent, y = self.stance.look.accent, -_TALL + 64
        light = {"half": 0.35, "open": 0.8}.get(mouth, 0.0)
        if light:
            pen.fill(ellipse(0, y, 18, 18), accent.base, 0.25 + 0.35 * light)
        pen.shape(ellipse(0, y, 11, 11), mix(accent.shade, "#ffffff", light), accent.line)
        pen.fill(ellipse(-3, y - 3, 3, 3), "#ffffff", 0.9)
