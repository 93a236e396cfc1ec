"""Four-legged animals of many species, by one rig: standing, sitting, crouching or running, seen from three sides.

Drawn in units of their own: a head is about 100 high, the ground is y = 0 and everything above it negative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tower_anime_assets.animatic.painter import animal_heads
from tower_anime_assets.animatic.painter.animal_heads import AnimalCoat, coat_of
from tower_anime_assets.animatic.painter.beasts import BEASTS, Beast, Joint
from tower_anime_assets.animatic.painter.body import point_between
from tower_anime_assets.animatic.painter.colour import Tone, mix, tone
from tower_anime_assets.animatic.painter.faces import EXPRESSIONS
from tower_anime_assets.animatic.painter.ghosts import glow_colour
from tower_anime_assets.animatic.painter.stance import Box, Geometry, Stance, geometry_in_own_units
from tower_anime_assets.animatic.painter.vector import Pen, band, corner, ellipse, polygon, smooth
from tower_anime_assets.production.planning.figure_words import beast_name
from tower_anime_assets.production.planning.shots import Emotion, Pose

_SITTING_POSES = frozenset(
    {Pose.SIT, Pose.TYPE, Pose.EAT, Pose.DRINK, Pose.WRITE, Pose.DRIVE, Pose.PRAY, Pose.COOK, Pose.HOLD, Pose.GIVE}
)
_LEAPING_POSES = frozenset({Pose.RUN, Pose.FIGHT, Pose.THROW})
_BUILD_GAINS = {"slim": 0.86, "broad": 1.12, "plump": 1.22, "heavy": 1.3, "fat": 1.36}
_EAR_DROPS = {
    Emotion.SAD: 34.0, Emotion.AFRAID: 40.0, Emotion.TENDER: 12.0, Emotion.ANGRY: 22.0, Emotion.TENSE: 10.0,
    Emotion.SURPRISED: -6.0,
}  # fmt: skip


def animal_rig(stance: Stance) -> AnimalRig | None:
    """Return the rig of an animal; None for a species that has none."""
    name = beast_name(stance.look.species)
    if not name:
        return None
    beast = BEASTS[name]
    gain = _BUILD_GAINS.get(stance.look.build, 1.0)
    leg = beast.leg * (1.0 if gain <= 1 else 0.86)
    return AnimalRig(stance, replace(beast, depth=beast.depth * gain, leg=leg))


@dataclass(frozen=True)
class _Posture:
    """Where the joints of an animal are, own units; the near leg of a pair first."""

    chest: Joint
    rump: Joint
    head: Joint
    fore: tuple[Joint, Joint]
    hind: tuple[Joint, Joint]
    is_sitting: bool = False


def _posture(beast: Beast, pose: Pose, turned: bool) -> _Posture:
    leg, depth, half = beast.leg, beast.depth, beast.length / 2
    neck_x, neck_y = beast.neck
    middle = -(leg + depth / 2)
    if pose in _SITTING_POSES and not beast.has_hooves:
        if not turned:
            return _Posture(
                (0, middle * 0.96), (0, -depth * 0.5), (0, middle * 0.96 + neck_y * 0.95), ((-15, 0), (15, 0)),
                ((-depth * 0.5, 0), (depth * 0.5, 0)), True,
            )  # fmt: skip
        chest = (half * 0.24, -(leg + depth * 0.6))
        head = (chest[0] + neck_x * 0.6, chest[1] + neck_y * 0.96)
        front = half * 0.24 + depth * 0.12
        rump = (-half * 0.62, -depth * 0.5)
        return _Posture(
            chest, rump, head, ((front, 0), (front + 18, -2)), ((rump[0] + 34, 0), (rump[0] + 52, -2)), True
        )
    if pose is Pose.SLEEP:  # curled up on the ground, the head on the paws
        middle = -(leg * 0.1 + depth / 2)
        neck_x, neck_y = neck_x * 0.9, -middle - beast.skull[1] * (2.5 if beast.muzzle == "long" else 1.3)
    elif pose in (Pose.CROUCH, Pose.FALL):
        middle = -(leg * 0.38 + depth / 2)
        neck_x, neck_y = neck_x * 1.08, neck_y * 0.72
    if not turned:
        wide = depth * 0.27
        return _Posture(
            (0, middle), (0, middle), (0, middle + neck_y * 0.94), ((-wide, 0), (wide, 0)),
            ((-wide * 1.45, -8), (wide * 1.45, -8)),
        )  # fmt: skip
    chest, rump = (half, middle), (-half, middle + depth * 0.02)
    head = (half + neck_x, middle + neck_y)
    if pose in _LEAPING_POSES:
        middle -= leg * 0.12
        chest, rump = (half, middle - 6), (-half, middle)
        head = (half + neck_x * 1.18, middle + neck_y * 0.86)
        fore = ((half + leg * 0.55, -leg * 0.3), (half + leg * 0.95, -leg * 0.14))
        return _Posture(chest, rump, head, fore, ((-half - leg * 0.9, -leg * 0.12), (-half - leg * 0.55, -leg * 0.3)))
    return _Posture(chest, rump, head, ((half - 8, 0), (half + 14, -3)), ((-half - 6, 0), (-half + 20, -3)))


@dataclass(frozen=True)
class AnimalRig:
    """Draws one animal."""

    stance: Stance
    beast: Beast

    @property
    def _turned(self) -> bool:
        return self.stance.view == "turned"

    @property
    def _posture(self) -> _Posture:
        pose = Pose.SIT if self.stance.is_seated else self.stance.pose
        return _posture(self.beast, pose, self._turned)

    @property
    def _own(self) -> tuple[Geometry, float]:
        beast, posture = self.beast, self._posture
        wide, tall = beast.skull
        x, y = posture.head
        face = animal_heads.face_layout(beast, self._turned)
        ears = animal_heads.ear_height(beast)
        right = wide + (46 if self._turned and beast.muzzle == "long" else 26)
        low = tall * (2.0 if beast.muzzle == "long" else 1.2)
        head = (x - wide - 14, y - tall - ears, x + right, y + low)
        half = beast.length / 2
        back = min(posture.rump[0] - 120.0, -half - 110.0) if self._turned else -beast.depth - 60
        bounds = (
            min(back, head[0]) - beast.leg * 0.5 - 10,
            head[1] - 40,
            max(head[2] + 30, half + beast.leg + 60),
            30.0,
        )
        stand = _posture(beast, Pose.STAND, self._turned).head[1] - tall
        feet_x = [foot[0] for foot in (*posture.fore, *posture.hind)]

        def at_head(box: Box) -> Box:
            return box[0] + x, box[1] + y, box[2] + x, box[3] + y

        return geometry_in_own_units(
            self.stance.look,
            -stand,
            head,
            bounds,
            (min(feet_x), max(feet_x)),
            2 * tall * 1.16,
            at_head(face.mouth_box) if self.stance.has_face else None,
            at_head(face.eyes_box) if self.stance.has_face else None,
            hand=(x + face.mouth[0], y + face.mouth[1] + 4),
            is_mouth=True,
        )

    @property
    def geometry(self) -> Geometry:
        """Where its parts lie."""
        return self._own[0]

    def draw(self, pen: Pen, mouth: str, eyes: str, head_only: bool) -> None:
        """Draw the animal, or only its head."""
        geometry, scale = self._own
        coat = coat_of(self.stance.look, self.beast)
        with pen.transform(f"translate(0 {geometry.ground_y:.2f})"), pen.scaled(scale):
            if not head_only:
                if self.stance.look.kind == "spirit":
                    self._draw_glow(pen)
                self._draw_body(pen, coat)
            self._draw_head(pen, coat, mouth, eyes)
            if not head_only and self.stance.view == "back":
                self._draw_tail(pen, coat, (0.0, self._posture.chest[1] + self.beast.depth * 0.2))

    def _draw_glow(self, pen: Pen) -> None:
        """Draw the light around the ghost of an animal."""
        posture, depth, colour = self._posture, self.beast.depth, glow_colour(self.stance.look)
        body = band([posture.rump, posture.chest], [depth, depth], rounded=True)
        for width in (90.0, 72.0, 56.0, 42.0, 30.0, 20.0, 12.0):
            pen.stroke(body, colour, width, 0.07)
            pen.stroke(ellipse(*posture.head, *self.beast.skull), colour, width, 0.07)

    def _draw_head(self, pen: Pen, coat: AnimalCoat, mouth: str, eyes: str) -> None:
        stance, beast = self.stance, self.beast
        x, y = self._posture.head
        expression = EXPRESSIONS[stance.emotion]
        drop = _EAR_DROPS.get(stance.emotion, 0.0)
        with pen.transform(f"translate({x:.1f} {y:.1f})"):
            if stance.view == "back":
                animal_heads.draw_head_from_behind(pen, beast, coat, drop)
            else:
                animal_heads.draw_head(
                    pen, beast, coat, self._turned, expression, drop, mouth, eyes, stance.look.eye, stance.gaze_y
                )

    def _draw_body(self, pen: Pen, coat: AnimalCoat) -> None:
        posture = self._posture
        if self.stance.view != "back":
            tail_root = posture.rump if self._turned else (-self.beast.depth * 0.3, posture.rump[1])
            self._draw_tail(pen, coat, tail_root)
        if self._turned:
            self._draw_side(pen, coat, posture)
        else:
            self._draw_front(pen, coat, posture)
        self._draw_collar(pen, coat)

    def _draw_side(self, pen: Pen, coat: AnimalCoat, posture: _Posture) -> None:
        beast, fur = self.beast, coat.fur
        depth = beast.depth
        far = Tone(fur.shade, mix(fur.shade, fur.line, 0.3), fur.base, fur.line)
        self._draw_legs(pen, posture, 1, far, coat)
        chest, rump = posture.chest, posture.rump
        middle = point_between(rump, chest, 0.5)
        belly = 0.8 if beast.muzzle in ("pointed", "short") else 0.92
        paths = [
            band([rump, middle, chest], [depth * 0.94, depth * belly, depth * 0.98], rounded=True),
            ellipse(*chest, depth * 0.5, depth * 0.5),
            ellipse(*rump, depth * 0.47, depth * 0.49),
        ]
        paths.append(self._neck_path(posture))
        if posture.is_sitting:
            thigh = (rump[0] + depth * 0.12, -depth * 0.42)
            paths.append(ellipse(*thigh, depth * 0.46, depth * 0.43))
        legs = self._leg_paths(posture, 0)
        if "dark-legs" not in beast.marks:
            paths += legs
        pen.union(paths, fur, reach=1.8)
        if "dark-legs" in beast.marks:
            pen.union(legs, coat.dark, reach=0.8)
        self._draw_coat_marks(pen, coat, posture, paths)
        if posture.is_sitting:
            thigh_x = rump[0] + depth * 0.12
            curve = [(thigh_x - 4, -depth * 0.84), (thigh_x + depth * 0.42, -depth * 0.6), (thigh_x + depth * 0.4, -16)]
            pen.taper(curve, pen.line * 1.3, fur.line, 0.75)
        else:
            elbow_x, elbow_y = chest[0] - depth * 0.24, chest[1] + depth * 0.1
            pen.taper(
                [(elbow_x, elbow_y), (elbow_x + 2, elbow_y + 22), (elbow_x + 9, elbow_y + 38)], pen.line, fur.line, 0.6
            )
        self._draw_feet(pen, posture, 0, coat)

    def _neck_path(self, posture: _Posture) -> str:
        depth, wide = self.beast.depth, self.beast.skull[0]
        (cx, cy), (hx, hy) = posture.chest, posture.head
        start, end = (cx - 4, cy - depth * 0.08), (hx - 8, hy + 12)
        bend = ((start[0] + end[0]) / 2 - 4, (start[1] + end[1]) / 2)
        end_width = wide * (1.3 if self.beast.muzzle != "long" else 1.15)
        return band([start, bend, end], [depth * 0.86, (depth * 0.8 + end_width) / 2, end_width], rounded=True)

    @property
    def _leg_width(self) -> float:
        return max(14.0, min(self.beast.depth * 0.3, 40.0)) * (0.82 if self.beast.has_hooves else 1.0)

    def _leg_paths(self, posture: _Posture, index: int) -> list[str]:
        beast, wide = self.beast, self._leg_width
        depth, leg = beast.depth, beast.leg
        (cx, cy), (rx, ry) = posture.chest, posture.rump
        (fx, fy), (bx, by) = posture.fore[index], posture.hind[index]
        shift = 0.0 if index == 0 else 14.0
        knee = ((cx + fx) / 2 + shift * 0.5 + (6 if beast.has_hooves else 0), (cy + fy) / 2 + depth * 0.16)
        fore = band(
            [(cx - depth * 0.04 + shift, cy + depth * 0.1), knee, (fx, fy - 5)],
            [depth * 0.44, wide * 1.12, wide * 0.92],
        )
        if posture.is_sitting:
            foot = band([(rx + depth * 0.1 + shift, -13), (bx + 14, -11)], [26, 20], rounded=True)
            return [fore, foot]
        hip = (rx + shift, ry + depth * 0.06)
        knee = (rx + leg * 0.08 + shift, ry + depth * 0.42 + leg * 0.12)
        hock = (rx * 0.45 + bx * 0.55 - leg * 0.1 + shift * 0.4, (ry + depth * 0.4) * 0.4 + by * 0.6)
        hind = band([hip, knee, hock, (bx, by - 5)], [depth * 0.68, depth * 0.46, wide * 1.1, wide * 0.92])
        return [fore, hind]

    def _draw_legs(self, pen: Pen, posture: _Posture, index: int, fur: Tone, coat: AnimalCoat) -> None:
        pen.union(self._leg_paths(posture, index), fur, reach=0.8)
        self._draw_feet(pen, posture, index, coat, fur)

    def _draw_feet(self, pen: Pen, posture: _Posture, index: int, coat: AnimalCoat, fur: Tone | None = None) -> None:
        beast, wide = self.beast, self._leg_width
        fur = fur or coat.fur
        if beast.marks & {"socks", "dark-legs"}:
            fur = coat.dark
        feet = [posture.fore[index]]
        if not posture.is_sitting or beast.has_hooves:
            feet.append(posture.hind[index])
        elif self._turned:
            feet.append((posture.hind[index][0] + 20, posture.hind[index][1]))
        for x, y in feet:
            if beast.has_hooves:
                half = wide * 0.52
                hoof = [
                    (x - half * 0.86, y - 18),
                    (x + half * 0.86, y - 18),
                    (x + half * 1.25, y),
                    (x - half * 1.05, y),
                ]
                pen.shape(polygon(hoof), "#3a3138", "#1c171c")
            else:
                ahead = 6.0 if self._turned else 0.0
                paw = [
                    corner(x - wide * 0.55, y), (x - wide * 0.58, y - 11), (x + ahead * 0.4, y - 19),
                    (x + wide * 0.58 + ahead, y - 11), corner(x + wide * 0.66 + ahead, y),
                ]  # fmt: skip
                pen.cel(smooth(paw), fur, reach=0.4)
                for share in (0.1, 0.45):
                    toe = x + ahead * 0.6 + wide * (share - 0.1)
                    pen.taper([(toe, y - 10), (toe + 1.5, y - 5), (toe + 1, y - 1)], pen.line * 0.9, fur.line, 0.8)

    def _draw_front(self, pen: Pen, coat: AnimalCoat, posture: _Posture) -> None:
        beast, fur = self.beast, coat.fur
        depth, wide = beast.depth, self._leg_width
        x, y = posture.chest
        far = Tone(fur.shade, mix(fur.shade, fur.line, 0.3), fur.base, fur.line)
        if posture.is_sitting:
            for side in (-1, 1):
                pen.cel(ellipse(side * depth * 0.46, -depth * 0.34, depth * 0.3, depth * 0.34), far)
                pen.cel(ellipse(side * depth * 0.56, -9, wide * 0.8, 10), fur, reach=0.4)
        else:
            for foot_x, _ in posture.hind:
                haunch = ellipse(foot_x * 0.86, y * 0.66, depth * 0.25, max(-y * 0.34, 16.0))
                hind = band([(foot_x * 0.94, y * 0.6), (foot_x, -10)], [depth * 0.34, wide * 0.9])
                pen.union([haunch, hind, ellipse(foot_x, -10, wide * 0.62, 10)], far, reach=0.5)
        head_y = posture.head[1]
        half = depth * (0.5 if not beast.has_hooves else 0.44)
        low = -depth * 0.1 if posture.is_sitting else y + depth * 0.52
        trunk = smooth(
            [(0, y - depth * 0.5), (half * 0.8, y - depth * 0.36), (half, y), (half * 0.86, (y + low) / 2),
             (half * 0.4, low), (-half * 0.4, low), (-half * 0.86, (y + low) / 2), (-half, y),
             (-half * 0.8, y - depth * 0.36)]
        )  # fmt: skip
        neck = band([(x, y - depth * 0.1), (x, head_y + 14)], [depth * 0.8, beast.skull[0] * 1.25])
        legs = [
            band([(side * half * 0.5, y + depth * 0.05), (foot_x * 1.04, y * 0.45), (foot_x, -6)],
                 [depth * 0.36, wide * 1.15, wide * 0.95])
            for side, (foot_x, _) in zip((-1, 1), posture.fore, strict=True)
        ]  # fmt: skip
        paths = [trunk, neck]
        if "dark-legs" in beast.marks:
            pen.union(legs, coat.dark, reach=0.8)
        else:
            paths += legs
        pen.union(paths, fur, reach=1.6)
        self._draw_coat_marks(pen, coat, posture, paths)
        for foot in (0, 1):
            front_only = replace(posture, is_sitting=True)
            self._draw_feet(pen, front_only, foot, coat)

    def _draw_coat_marks(self, pen: Pen, coat: AnimalCoat, posture: _Posture, paths: list[str]) -> None:
        marks, depth = coat.marks, self.beast.depth
        (cx, cy), (rx, ry) = posture.chest, posture.rump
        turned = self._turned
        is_machine = self.stance.look.kind == "robot"
        if (
            self.stance.view != "back"
            and not is_machine
            and marks & {"ruff", "light-face"}
            and not self.beast.has_hooves
        ):
            hx, hy = posture.head
            lean = depth * 0.42 if turned else 0.0
            x, y = (cx + hx) / 2 + lean * 0.4, (cy + hy) / 2 + depth * 0.25
            tall = depth * (0.62 if "ruff" in marks else 0.46)
            bib = [
                (x - depth * 0.26, y - depth * 0.36), (x + depth * 0.3, y - depth * 0.36), (x + depth * 0.26, y),
                corner(x + depth * 0.16, y + tall * 0.7), (x + depth * 0.06, y + tall * 0.6), corner(x, y + tall),
                (x - depth * 0.08, y + tall * 0.6), corner(x - depth * 0.18, y + tall * 0.64), (x - depth * 0.26, y),
            ]  # fmt: skip
            with pen.clip_to(*paths):
                pen.fill(smooth(bib), coat.light.base)
        if self.stance.look.kind == "robot":
            self._draw_plates(pen, coat, posture, paths)
        if "fleece" in marks:
            self._draw_fleece(pen, coat, posture)
        if "stripes" in marks and turned:
            with pen.clip_to(*paths):
                for share in (0.08, 0.28, 0.48, 0.68, 0.88):
                    x = rx + (cx - rx) * share
                    y = ry + (cy - ry) * share - depth * 0.54
                    stripe = [(x - 6, y), (x, y + depth * 0.3), (x - 5, y + depth * 0.62)]
                    pen.taper(stripe, depth * 0.12, coat.dark.base, 0.9)
        if "spots" in marks:
            with pen.clip_to(*paths):
                for at_x, at_y, size in ((0.1, -0.24, 0.13), (0.38, 0.1, 0.16), (0.62, -0.3, 0.15), (0.9, 0.16, 0.12)):
                    x = (rx + (cx - rx) * at_x) if turned else depth * (at_x - 0.5)
                    pen.fill(ellipse(x, cy + depth * at_y, depth * size * 1.25, depth * size), coat.dark.base, 0.9)
        if "mane" in marks and turned and self.beast.muzzle == "long":
            (hx, hy) = posture.head
            mane = [
                corner(hx - 4, hy - 44), (hx - 34, hy - 20), corner(hx - 52, hy + 10), (hx - 46, hy + 22),
                corner(hx - 78, hy + 62), (hx - 66, hy + 70), corner(cx - 66, cy - depth * 0.3),
                (cx - 30, cy - depth * 0.42), (hx - 46, hy + 76), (hx - 22, hy + 30),
            ]  # fmt: skip
            pen.cel(smooth(mane), coat.mane, reach=0.8)

    def _draw_plates(self, pen: Pen, coat: AnimalCoat, posture: _Posture, paths: list[str]) -> None:
        """Draw the seams and joints that show an animal to be a machine."""
        depth, line = self.beast.depth, coat.fur.line
        (cx, cy), (rx, ry) = posture.chest, posture.rump
        with pen.clip_to(*paths):
            for share in (0.32, 0.62):
                x, y = point_between((rx, ry), (cx, cy), share)
                if self._turned:
                    pen.stroke(
                        f"M{x:.1f},{y - depth * 0.5:.1f}q6,{depth * 0.5:.1f} 0,{depth:.1f}", line, pen.line * 1.2
                    )
                else:
                    pen.stroke(
                        f"M{x - depth:.1f},{y + depth * (share - 0.5):.1f}h{2 * depth:.1f}", line, pen.line * 1.2
                    )
            pen.fill(ellipse((rx + cx) / 2, (ry + cy) / 2, depth * 0.1, depth * 0.1), coat.accent.base)
        size = depth * 0.17
        for x, y in ((cx - depth * 0.1, cy + depth * 0.22), (rx, ry + depth * 0.22)) if self._turned else ():
            pen.cel(ellipse(x, y, size, size), tone("#7d8798"), reach=0.4)
            pen.fill(ellipse(x, y, size * 0.4, size * 0.4), coat.accent.base)

    def _draw_fleece(self, pen: Pen, coat: AnimalCoat, posture: _Posture) -> None:
        depth = self.beast.depth
        (cx, cy), (rx, _) = posture.chest, posture.rump
        curls = []
        count = 9 if self._turned else 6
        for index in range(count):
            share = index / (count - 1)
            x = rx - 10 + (cx - rx + 14) * share if self._turned else depth * 0.84 * (share - 0.5)
            bulge = 0.4 + 0.1 * math.sin(math.pi * share)
            for rise in (-bulge, bulge - 0.04):
                curls.append(ellipse(x, cy + depth * rise, depth * 0.15, depth * 0.15))
        for side in (-1, 1):
            for rise in (-0.2, 0.1):
                x = (rx - depth * 0.4 if side < 0 else cx + depth * 0.34) if self._turned else side * depth * 0.46
                curls.append(ellipse(x, cy + depth * rise, depth * 0.16, depth * 0.18))
        curls.append(ellipse((rx + cx) / 2, cy, depth * 0.6 if self._turned else depth * 0.4, depth * 0.4))
        pen.union(curls, coat.fur, reach=1.2)

    def _draw_tail(self, pen: Pen, coat: AnimalCoat, root: Joint) -> None:
        x, y = root
        beast, fur = self.beast, coat.fur
        depth = beast.depth
        x, y = x - (depth * 0.36 if self._turned else 0.0), y - depth * 0.16
        if self._posture.is_sitting and beast.tail != "stub":
            y = -30.0
        kind = beast.tail
        if kind == "long":
            spine = [(x + 8, y), (x - 34, y + 6), (x - 62, y - 32), (x - 50, y - 84), (x - 66, y - 104)]
            path = band(spine, [17, 16, 15, 14, 10])
            pen.union([path, ellipse(x - 66, y - 104, 5.5, 5.5)], fur, reach=0.5)
        elif kind == "bushy":
            spine = [(x + 8, y + 4), (x - 46, y + 8), (x - 92, y - 26), (x - 104, y - 92)]
            pen.cel(band(spine, [16, 42, 50, 0]), fur)
            if "tail-tip" in coat.marks:
                tip = [(x - 96, y - 40), (x - 102, y - 66), (x - 104, y - 92)]
                pen.shape(band(tip, [46, 30, 0]), coat.light.base, coat.light.line)
        elif kind == "stub":
            pen.cel(ellipse(x + 2, y - 2, depth * 0.17, depth * 0.16), coat.light if beast.leg < 90 else fur, reach=0.5)
        elif kind == "wag":
            spine = [(x + 10, y), (x - 28, y - 20), (x - 40, y - 66)]
            pen.cel(band(spine, [20, 18, 7]), fur, reach=0.5)
        elif kind == "hair":
            spine = [(x + 16, y - 8), (x - 26, y + 8), (x - 40, y + 86), (x - 26, y + 150)]
            pen.cel(band(spine, [16, 34, 40, 0]), coat.mane)
        elif kind == "tuft":
            spine = [(x + 10, y), (x - 22, y + 14), (x - 30, y + 74)]
            pen.cel(band(spine, [12, 9, 8]), fur, reach=0.3)
            tuft = [corner(x - 30, y + 64), (x - 42, y + 88), corner(x - 32, y + 112), (x - 20, y + 88)]
            pen.cel(smooth(tuft), coat.mane, reach=0.4)
        else:
            curl = [(x + 6, y), (x - 16, y - 6), (x - 22, y - 22), (x - 10, y - 28), (x - 6, y - 16), (x - 18, y - 10)]
            pen.stroke(smooth(curl, closed=False), fur.line, 10)
            pen.stroke(smooth(curl, closed=False), fur.base, 10 - 2 * pen.line)

    def _draw_collar(self, pen: Pen, coat: AnimalCoat) -> None:
        if "collar" not in coat.marks:
            return
        (hx, hy), (cx, cy) = self._posture.head, self._posture.chest
        wide, tall = self.beast.skull
        x, y = point_between((hx - 6, hy + tall * 0.92), (cx, cy), 0.12)
        half = wide * (0.66 if self._turned else 0.72)
        arc = [(x - half, y - 7), (x, y + 9), (x + half, y - 4)]
        accent = coat.accent
        pen.cel(band(arc, [14, 15, 14]), accent, reach=0.4)
        bell_x = x + (7 if self._turned else 0)
        pen.shape(ellipse(bell_x, y + 20, 9.5, 9.5), "#f4c542", "#5a3d10")
        pen.stroke(f"M{bell_x - 8:.1f},{y + 21:.1f}h16", "#5a3d10", pen.line * 0.8)
