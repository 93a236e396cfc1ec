"""Birds by one rig: perched, on the ground or in flight. Own units: heads are 50 to 110 high, the ground is y = 0."""

from __future__ import annotations

from dataclasses import dataclass

from tower_anime_assets.animatic.painter.body import ADULT_HEIGHT
from tower_anime_assets.animatic.painter.colour import Tone, luma, mix, scale_rgb, tone
from tower_anime_assets.animatic.painter.creature_faces import draw_creature_eyes, draw_creature_marks
from tower_anime_assets.animatic.painter.faces import EXPRESSIONS, EyeShape, FaceLayout
from tower_anime_assets.animatic.painter.stance import RAISED, Box, Geometry, Stance, geometry_in_own_units
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polyline, smooth
from tower_anime_assets.production.planning.figure_words import bird_name
from tower_anime_assets.production.planning.shots import Pose


@dataclass(frozen=True)
class Bird:
    """The proportions of a kind of bird.

    Attributes:
        body: Half width and half height of the trunk.
        head: Radius.
        beak: "seed", "long", "hook", "flat" or "spear".
        leg: Length of the legs.
        neck: How far the head is above the trunk.
        perches: Whether it sits on perches rather than on the ground.
        tail: Length of the tail.
        marks: Of disc, tufts, crest, comb, belly, bib.
    """

    body: tuple[float, float]
    head: float
    beak: str
    leg: float
    neck: float = 0.0
    perches: bool = True
    tail: float = 40.0
    marks: frozenset[str] = frozenset()


def _bird(words: str = "") -> frozenset[str]:
    return frozenset(words.split())


BIRDS: dict[str, Bird] = {
    "bird": Bird((46, 48), 40, "seed", 16, marks=_bird("belly")),
    "robin": Bird((47, 48), 40, "seed", 18, marks=_bird("bib")),
    "crow": Bird((50, 58), 37, "long", 24, 10, tail=60),
    "owl": Bird((58, 70), 56, "hook", 10, -22, tail=16, marks=_bird("disc tufts belly")),
    "parrot": Bird((42, 62), 39, "hook", 14, 2, tail=92, marks=_bird("crest belly")),
    "eagle": Bird((56, 68), 36, "hook", 24, 10, tail=52, marks=_bird("belly")),
    "pigeon": Bird((53, 52), 31, "seed", 18, 12, tail=46),
    "duck": Bird((68, 44), 36, "flat", 12, 16, perches=False, tail=14),
    "goose": Bird((74, 50), 32, "flat", 22, 62, perches=False, tail=14),
    "chicken": Bird((60, 52), 30, "seed", 30, 24, perches=False, tail=44, marks=_bird("comb")),
    "penguin": Bird((54, 82), 44, "seed", 6, -6, perches=False, tail=0, marks=_bird("belly upright")),
    "crane": Bird((58, 40), 24, "spear", 116, 92, perches=False, tail=34),
}


def bird_rig(stance: Stance) -> BirdRig | None:
    """Return the rig of a bird; None for a species that has none. A bird without a species is a small songbird."""
    name = bird_name(stance.look.species)
    return BirdRig(stance, BIRDS[name]) if name else None


@dataclass(frozen=True)
class BirdRig:
    """Draws one bird."""

    stance: Stance
    bird: Bird

    @property
    def _flies(self) -> bool:
        return self.bird.perches and (self.stance.pose is Pose.RUN or self.stance.look.mobility == "floating")

    @property
    def _turned(self) -> bool:
        return self.stance.view == "turned"

    @property
    def _trunk(self) -> tuple[float, float]:
        """The middle of the trunk."""
        low = 0.55 if self.stance.is_low else 1.0
        return 0.0, -(self.bird.leg * low + self.bird.body[1])

    @property
    def _head(self) -> tuple[float, float]:
        wide, tall = self.bird.body
        x, y = self._trunk
        ahead = 0.0
        if self._turned:
            ahead = wide * (0.5 if not self.bird.marks & {"disc", "upright"} else 0.08)
            if self.bird.neck > 50:
                ahead = wide * 0.95
        return x + ahead, y - tall * 0.78 - self.bird.neck - self.bird.head * 0.42

    def _face(self) -> FaceLayout:
        x, y = self._head
        size = self.bird.head
        wide = size * 0.25
        if "disc" in self.bird.marks:
            wide = size * 0.29
            turn = 9.0 if self._turned else 0.0
            eyes = (
                EyeShape(x + turn - size * 0.44, y, wide, wide * 1.06, -1),
                EyeShape(x + turn + size * 0.44, y, wide * (0.84 if self._turned else 1.0), wide * 1.06, 1),
            )
            beak = (x + turn, y + size * 0.26)
        elif self._turned:
            eye = EyeShape(x + size * 0.28, y - size * 0.08, wide, wide * 1.08, 1)
            eyes, beak = (eye, eye), (x + size * 0.8, y + size * 0.1)
        else:
            eyes = (
                EyeShape(x - size * 0.5, y - size * 0.06, wide * 0.92, wide, -1),
                EyeShape(x + size * 0.5, y - size * 0.06, wide * 0.92, wide, 1),
            )
            beak = (x, y + size * 0.2)
        return FaceLayout(self._turned, (), eyes, beak, beak, size * 0.3)

    @property
    def _beak_length(self) -> float:
        return {"seed": 0.55, "long": 1.05, "hook": 0.6, "flat": 0.95, "spear": 2.2}[self.bird.beak] * self.bird.head

    @property
    def _own(self) -> tuple[Geometry, float]:
        bird, face = self.bird, self._face()
        (x, y), size = self._head, bird.head
        wide = bird.body[0]
        top = 30.0 if bird.marks & {"crest", "tufts", "comb"} else 8.0
        ahead = self._beak_length if self._turned else 4.0
        head = (x - size - 6, y - size - top, x + size + ahead, y + size + 4)
        reach = 230.0 if self._flies else wide + bird.tail + 40
        bounds = (
            -reach,
            head[1] - (150 if self._flies else 30),
            max(reach if self._flies else wide + 20, head[2] + 20),
            30,
        )
        bx, by = face.mouth
        beak_box: Box = (bx - size * 0.5, by - size * 0.35, bx + ahead + size * 0.3, by + size * 0.75)
        stand = bird.leg + bird.body[1] * 1.78 + bird.neck + size * 1.42
        has_face = self.stance.has_face
        raised = RAISED if bird.perches else 0.0
        # a bird taller than a child stands on the ground
        raised = raised if self.stance.look.height < 0.5 else 0.0
        eyes_box = _eyes_box(face)
        foot = 0.0 if self._flies else wide * 0.5
        if raised:
            foot = 12.0
        return geometry_in_own_units(
            self.stance.look, stand, head, bounds, (-foot, foot), 2 * size * 1.25,
            beak_box if has_face else None, eyes_box if has_face else None, raised,
            (bx + ahead * 0.7, by + size * 0.2), is_mouth=True,
        )  # fmt: skip

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the bird on its perch, or only its head."""
        geometry, scale = self._own
        ground = self.stance.look.height * ADULT_HEIGHT
        if not head_only and geometry.ground_y > ground + 1 and not self._flies:
            _draw_perch(pen, ground, geometry.ground_y, self.stance.look.accent)
        with pen.transform(f"translate(0 {ground:.2f})"), pen.scaled(scale):
            if not head_only:
                self._draw_body(pen)
            self._draw_head(pen, mouth, eyes)

    @property
    def _coat(self) -> tuple[Tone, Tone, Tone]:
        """The tones of plumage, belly and wings."""
        plumage = self.stance.look.outfit
        is_dark = luma(plumage.base) < 70
        belly = tone(mix(plumage.base, "#fff4e2", 0.2 if is_dark else 0.7))
        wing = tone(
            mix(scale_rgb(plumage.base, 0.74), plumage.shade, 0.3) if not is_dark else mix(plumage.base, "#5a6090", 0.3)
        )
        if "upright" in self.bird.marks:
            belly = tone("#f4f4f2")
        if "bib" in self.bird.marks:
            belly = tone(mix("#d9622b", self.stance.look.accent.base, 0.35))
        return plumage, belly, wing

    def _draw_body(self, pen: Pen) -> None:
        bird, (plumage, belly, wing) = self.bird, self._coat
        (x, y), (wide, tall) = self._trunk, bird.body
        self._draw_legs(pen)
        if self._flies:
            self._draw_spread_wings(pen, wing)
        hx, hy = self._head
        bend = ((x + hx) / 2 + wide * 0.12, (y - tall * 0.6 + hy) / 2)
        neck = band([(x + (hx - x) * 0.3, y - tall * 0.4), bend, (hx, hy)],
                    [wide * 1.1, bird.head * 1.15, bird.head * 1.2])  # fmt: skip
        if bird.neck > 50 and not self._turned:
            neck = band([(x, y - tall * 0.3), (x, (y + hy) / 2), (hx, hy)], [wide * 1.1, bird.head * 0.95, bird.head])
        elif bird.neck > 50:
            neck = band([(x + wide * 0.6, y - tall * 0.1), (x + wide * 1.06, y - tall * 0.7), (hx - 6, hy + 4)],
                        [tall * 1.1, bird.head * 0.9, bird.head * 0.9])  # fmt: skip
        trunk = smooth(self._trunk_points())
        pen.union([trunk, neck], plumage, reach=1.3)
        with pen.clip_to(trunk, neck):
            if bird.marks & {"belly", "bib"} and self.stance.view != "back":
                ahead = wide * 0.45 if self._turned else 0.0
                pen.fill(
                    ellipse(
                        x + ahead, y + tall * (0.18 if "bib" not in bird.marks else -0.1), wide * 0.66, tall * 0.86
                    ),
                    belly.base,
                )
                if "disc" in bird.marks:
                    for row in range(3):
                        for at in (-0.4, 0.0, 0.4):
                            fleck = (x + ahead + wide * at * 0.8, y + tall * (row * 0.3 - 0.2))
                            pen.taper(
                                [(fleck[0] - 5, fleck[1]), (fleck[0], fleck[1] + 6), (fleck[0] + 5, fleck[1])],
                                3,
                                wing.base,
                            )
        if not self._flies:
            self._draw_folded_wings(pen, wing)

    def _trunk_points(self) -> list[Point]:
        bird, (x, y), (w, h) = self.bird, self._trunk, self.bird.body
        if not self._turned:
            return [(x, y - h), (x + w * 0.8, y - h * 0.6), (x + w, y + h * 0.15), (x + w * 0.6, y + h * 0.9),
                    (x, y + h),
                    (x - w * 0.6, y + h * 0.9), (x - w, y + h * 0.15), (x - w * 0.8, y - h * 0.6)]  # fmt: skip
        tail = bird.tail
        droop = h * (0.9 if bird.leg < 100 else 0.5)
        up = -h * 0.7 if "comb" in bird.marks else 0.0
        return [
            (x + w * 0.5, y - h * 0.82), (x + w * 0.96, y - h * 0.12), (x + w * 0.66, y + h * 0.74), (x, y + h),
            (x - w * 0.66, y + h * 0.7), corner(x - w * 0.95 - tail, y + droop + up + 8),
            corner(x - w * 0.95 - tail, y + droop + up - 12), (x - w * 0.92, y + h * 0.05), (x - w * 0.3, y - h * 0.78),
        ]  # fmt: skip

    def _draw_folded_wings(self, pen: Pen, wing: Tone) -> None:
        bird, (x, y), (w, h) = self.bird, self._trunk, self.bird.body
        if self._turned:
            shape = [
                (x + w * 0.28, y - h * 0.36), (x - w * 0.2, y - h * 0.52), (x - w * 0.78, y + h * 0.1),
                corner(x - w * 0.98 - bird.tail * 0.35, y + h * 0.82), (x - w * 0.42, y + h * 0.6),
                (x + w * 0.22, y + h * 0.3),
            ]  # fmt: skip
            pen.cel(smooth(shape), wing, reach=0.8)
            for share in (0.1, 0.4, 0.7):
                feather = [
                    (x + w * (0.1 - share * 0.5), y + h * (0.02 + share * 0.2)),
                    (x - w * (0.3 + share * 0.3), y + h * (0.32 + share * 0.18)),
                    (x - w * (0.62 + share * 0.2), y + h * (0.44 + share * 0.2)),
                ]
                pen.taper(feather, pen.line * 1.3, wing.line, 0.7)
            return
        for side in (-1, 1):
            shape = [
                (x + side * w * 0.66, y - h * 0.62), (x + side * w * 1.08, y - h * 0.1),
                corner(x + side * w * 0.84, y + h * 0.86), (x + side * w * 0.64, y + h * 0.2),
            ]  # fmt: skip
            if self.stance.view == "back":
                shape = [(x, y - h * 0.6), *shape[:3], (x + side * w * 0.1, y + h * 0.5)]
            pen.cel(smooth(shape), wing, reach=0.6)

    def _draw_spread_wings(self, pen: Pen, wing: Tone) -> None:
        (x, y), (w, h) = self._trunk, self.bird.body
        for side in (-1, 1):
            s = side * (0.8 if self._turned and side > 0 else 1.0)
            feathers = [
                corner(x + s * w * 0.3, y - h * 0.2), (x + s * 90, y - h - 40), corner(x + s * 200, y - h - 96),
                (x + s * 196, y - h - 40), corner(x + s * 214, y - h - 14), (x + s * 184, y - h + 8),
                corner(x + s * 190, y - h + 44), (x + s * 148, y - h + 44), corner(x + s * 148, y - h + 78),
                (x + s * 100, y - h * 0.3 + 24), corner(x + s * w * 0.5, y + h * 0.3),
            ]  # fmt: skip
            pen.cel(smooth(feathers), wing, reach=1.4)

    def _draw_legs(self, pen: Pen) -> None:
        bird, (_, y) = self.bird, self._trunk
        colour = tone("#d8903a" if bird.beak != "long" else "#3a3640")
        if self._flies:
            return
        for side in (-1, 1):
            x = side * bird.body[0] * 0.26 + (4 if self._turned else 0)
            top = y + bird.body[1] * 0.7
            leg = polyline([(x, top), (x - (5 if bird.leg > 60 else 0), top * 0.5), (x, -3)])
            pen.stroke(leg, colour.line, 8.5)
            pen.stroke(leg, colour.base, 8.5 - 2 * pen.line)
            toes = ((-13, 0), (15, 0), (6, 2)) if self._turned else ((-12, 1), (12, 1), (0, 3))
            for dx, dy in toes:
                pen.stroke(polyline([(x, -4), (x + dx, dy)]), colour.line, 6.5)
                pen.stroke(polyline([(x, -4), (x + dx, dy)]), colour.base, 6.5 - 2 * pen.line)

    def _draw_head(self, pen: Pen, mouth: str, eyes: str) -> None:
        bird, stance, (plumage, belly, wing) = self.bird, self.stance, self._coat
        (x, y), size = self._head, bird.head
        self._draw_crest(pen, plumage, wing)
        if stance.has_face and self._turned and "disc" not in bird.marks:
            self._draw_beak(pen, mouth)
        skull = ellipse(x, y, size * (1.06 if "disc" in bird.marks else 1.0), size)
        pen.cel(skull, plumage, reach=0.9)
        # no line between head and neck
        with pen.clip_to(ellipse(x - (size * 0.2 if self._turned else 0), y + size * 0.75, size * 0.56, size * 0.5)):
            pen.fill(ellipse(x, y + size * 0.5, size * 0.8, size * 0.55), plumage.base)
        if not stance.has_face:
            return
        face, expression = self._face(), EXPRESSIONS[stance.emotion]
        with pen.clip_to(skull):
            if "disc" in bird.marks:
                for eye in face.eyes:
                    pen.fill(ellipse(eye.x, eye.y + 3, size * 0.48, size * 0.56), belly.base)
            elif "upright" in bird.marks:
                pen.fill(
                    ellipse(x + (size * 0.5 if self._turned else 0), y + size * 0.5, size * 0.7, size * 0.62),
                    belly.base,
                )
            elif "bib" in bird.marks:
                pen.fill(
                    ellipse(x + (size * 0.5 if self._turned else 0), y + size * 0.7, size * 0.72, size * 0.66),
                    belly.base,
                )
        if "disc" in bird.marks or not self._turned:
            self._draw_beak(pen, mouth)
        shut = "closed" if eyes == "closed" else ""
        draw_creature_eyes(pen, face, expression, stance.look.eye, wing.line, shut, stance.gaze_y)
        draw_creature_marks(pen, face, expression)

    def _draw_crest(self, pen: Pen, plumage: Tone, wing: Tone) -> None:
        bird, (x, y), size = self.bird, self._head, self.bird.head
        if "tufts" in bird.marks:
            for side in (-1, 1):
                tuft = [
                    corner(x + side * size * 0.3, y - size * 0.86),
                    corner(x + side * size * 0.98, y - size * 1.42),
                    corner(x + side * size * 0.94, y - size * 0.4),
                ]
                pen.cel(smooth(tuft), wing, reach=0.4)
        if "crest" in bird.marks:
            for dx, dy in ((-0.9, -1.3), (-0.45, -1.6), (0.0, -1.5)):
                pen.cel(
                    band(
                        [
                            (x, y - size * 0.6),
                            (x + dx * size * 0.7, y + dy * size * 0.8),
                            (x + dx * size, y + dy * size),
                        ],
                        [14, 16, 0],
                    ),
                    wing,
                    reach=0.3,
                )
        if "comb" in bird.marks:
            red = tone("#d8322f")
            comb = [ellipse(x + dx * size, y - size * 1.05, size * 0.26, size * 0.3) for dx in (-0.3, 0.05, 0.4)]
            pen.union(comb, red, reach=0.3)
            pen.cel(
                ellipse(x + size * (0.75 if self._turned else 0), y + size * 0.72, size * 0.18, size * 0.3),
                red,
                reach=0.3,
            )

    def _draw_beak(self, pen: Pen, mouth: str) -> None:
        bird, face = self.bird, self._face()
        (x, y), size = face.mouth, bird.head
        horn = tone("#3b3842" if bird.beak == "long" else "#f0a13a" if bird.beak != "hook" else "#e8b44a")
        gape = {"half": 0.22, "open": 0.46}.get(mouth, 0.0) * size
        if self._turned and "disc" not in bird.marks:
            reach = self._beak_length
            tip_y = y + {"hook": size * 0.32, "flat": size * 0.14}.get(bird.beak, size * 0.06)
            low_tip = (x + reach * 0.9, tip_y + gape)
            if gape:
                pen.fill(
                    smooth(
                        [
                            corner(x - 4, y),
                            corner(x + reach * 0.85, tip_y),
                            corner(*low_tip),
                            corner(x - 4, y + size * 0.16),
                        ]
                    ),
                    "#8c2f38",
                )
            lower = [corner(x - 4, y + size * 0.02), corner(low_tip[0], low_tip[1]), corner(x - 6, y + size * 0.26)]
            pen.cel(smooth(lower), tone(horn.shade), reach=0.2)
            blunt = bird.beak == "flat"
            upper = [
                corner(x - 6, y - size * 0.24), (x + reach * 0.55, y - size * (0.18 if not blunt else 0.04)),
                corner(x + reach, tip_y - (size * 0.16 if blunt else 0)),
                corner(x + reach * (0.98 if blunt else 0.8), tip_y + size * 0.1),
                corner(x - 5, y + size * 0.1),
            ]  # fmt: skip
            pen.cel(smooth(upper), horn, reach=0.3)
            return
        half = size * (0.15 if bird.beak != "flat" else 0.3)
        tall = size * (0.3 if bird.beak != "spear" else 0.6)
        if gape:
            low = [
                corner(x - half * 0.8, y + tall * 0.3),
                corner(x + half * 0.8, y + tall * 0.3),
                corner(x, y + tall * 0.8 + gape * 0.8),
            ]
            pen.cel(smooth(low), tone(horn.shade), reach=0.2)
            pen.fill(ellipse(x, y + tall * 0.62 + gape * 0.2, half * 0.5, gape * 0.4), "#8c2f38")
        upper = [corner(x - half, y), (x, y - size * 0.1), corner(x + half, y), corner(x, y + tall)]
        pen.cel(smooth(upper), horn, reach=0.3)


def _eyes_box(face: FaceLayout) -> Box:
    left, right = face.eyes
    tall = left.half_height * 1.9 + 8
    return left.x - left.half_width - 6, left.y - tall, right.x + right.half_width + 6, left.y + tall


def _draw_perch(pen: Pen, top: float, ground: float, accent: Tone) -> None:
    """Draw the post that a bird sits on, figure units."""
    wood = tone("#7a5a3c")
    pen.cel(box(-7, top, 14, ground - top), wood, reach=0.5)
    pen.cel(box(-46, top, 92, 12), wood, reach=0.4)
    pen.cel(
        smooth([corner(-42, ground), corner(-30, ground - 14), corner(30, ground - 14), corner(42, ground)]),
        wood,
        reach=0.4,
    )
    pen.fill(box(-7, top + 22, 14, 7), accent.base)
