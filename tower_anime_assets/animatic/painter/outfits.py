"""Clothes on the trunk of a posed body, one function per outfit. In figure units, see `body`."""

from __future__ import annotations

from tower_anime_assets.animatic.painter.accessories import draw_necklace, draw_scarf, draw_tie
from tower_anime_assets.animatic.painter.body import Skeleton
from tower_anime_assets.animatic.painter.colour import Tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polygon, smooth

_HEMS_Y = {"coat": 468.0, "lab_coat": 452.0, "robe": 560.0}


def draw_torso(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the clothed trunk with collar, closure, folds and accents."""
    painter = {
        "jacket": _jacket,
        "coat": _coat,
        "suit": _suit,
        "lab_coat": _lab_coat,
        "hoodie": _hoodie,
        "dress": _dress,
        "uniform": _uniform,
        "armour": _armour,
        "shirt": _shirt,
        "robe": _robe,
    }.get(look.outfit_style, _jacket)
    painter(pen, look, body)
    if "tie" in look.marks and look.outfit_style in ("shirt", "uniform", "coat", "jacket") and body.view != "back":
        draw_tie(pen, look, body, 128, 240)
    if "necklace" in look.marks and body.view != "back":
        draw_necklace(pen, look, body)
    if "scarf" in look.marks:
        draw_scarf(pen, look, body)


def torso_path(body: Skeleton, hem: float, ease: float = 0.0, flare: float = 0.0) -> str:
    """Return the outline of the clothed torso from the neck to a hem.

    Args:
        body: Whose torso.
        hem: Height of the lower edge.
        ease: How much looser than the body, each side.
        flare: How much wider the hem is than the hips, each side.
    """
    s, w, h = body.half_shoulder, body.half_waist + ease, body.half_hip + ease
    half: list[tuple[float, float]] = [
        (body.neck_width * 0.62, 111),
        (s * 0.52, 121),
        (s * 0.93, 133),
        (s + 1.5, 150),
        (s * 0.86, 186),
        (w, 246),
        (h, 300),
    ]
    if hem > 305:
        half.append((h + flare, hem))
    else:
        half[-1] = (h * 0.99, hem)
    left: list[Point] = [(body.left(x), y) for x, y in half]
    right: list[Point] = [(body.right(x), y) for x, y in half]
    low = [corner(*left[-1][:2]), (body.centre(hem), hem + 7 + flare * 0.12), corner(*right[-1][:2])]
    return smooth([*left[:-1], *low, *reversed(right[:-1])])


def _opening(body: Skeleton, top: float, middle: float, low: float, hem: float) -> str:
    """Return the stretch of shirt that an open front shows: half widths at collar, chest and hem."""
    c1, c2, c3 = body.centre(118), body.centre(200), body.centre(hem)
    return smooth(
        [
            corner(c1 - top, 112),
            (c2 - middle, 200),
            corner(c3 - low, hem),
            corner(c3 + low, hem),
            (c2 + middle, 200),
            corner(c1 + top, 112),
        ]
    )


def _trunk(pen: Pen, body: Skeleton, cloth: Tone, hem: float, ease: float, flare: float = 0.0) -> str:
    path = torso_path(body, hem, ease, flare)
    pen.cel(path, cloth, reach=1.6)
    left, right = body.left(body.half_waist + ease), body.right(body.half_waist + ease)
    for x, out in ((left, 1), (right, -1)):
        pen.taper([(x + out * 2, 238), (x + out * 12, 246), (x + out * 22, 243)], pen.line * 1.2, cloth.line, 0.65)
        pen.taper([(x + out * 1, 254), (x + out * 9, 262), (x + out * 17, 262)], pen.line * 1.1, cloth.line, 0.55)
    s = body.half_shoulder
    pen.taper(
        [(body.left(s * 0.86), 184), (body.left(s * 0.7), 172), (body.left(s * 0.6), 156)],
        pen.line * 1.2,
        cloth.line,
        0.7,
    )
    pen.taper(
        [(body.right(s * 0.86), 184), (body.right(s * 0.7), 172), (body.right(s * 0.62), 156)],
        pen.line * 1.2,
        cloth.line,
        0.7,
    )
    return path


def _hips(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the seat of the trousers, which a short garment leaves open; it runs into the legs without a seam."""
    h = body.half_hip
    left: list[Point] = [(body.left(h * 0.94), 280), (body.left(h * 1.04), 312), (body.left(h * 1.0), 350)]
    right: list[Point] = [(body.right(h * 0.94), 280), (body.right(h * 1.04), 312), (body.right(h * 0.96), 350)]
    c = body.centre(330)
    pen.fill(smooth([*left, (c - 4, 362), (c + 4, 362), *reversed(right)]), look.trousers.base)
    for edge in (left, right):
        pen.stroke(smooth(edge, closed=False), look.trousers.line)
    pen.taper([(c, 300), (c + 2, 332), (c, 364)], pen.line * 1.2, look.trousers.line, 0.8)
    for side, x in ((1, left[1][0]), (-1, right[1][0])):
        pen.taper([(x + side * 4, 348), (x + side * 20, 342), (x + side * 34, 332)], pen.line, look.trousers.line, 0.5)


def _collar(pen: Pen, cloth: Tone, body: Skeleton, height: float = 100.0, spread: float = 30.0) -> None:
    """Draw two stand-up flaps around the neck."""
    c = body.centre(118)
    n = body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side, x in ((-1, x0 - n), (1, x0 + n)):
        flap = [
            corner(x - side * 1, height),
            (x + side * 9, height + 4),
            (x + side * spread * 0.55, 122),
            corner(c + side * spread, 150),
            (c + side * 12, 140),
            corner(c + side * 4, 146 if body.view != "back" else 130),
            (x - side * 2, 118),
        ]
        pen.cel(smooth(flap), cloth, reach=0.6)


def _jacket(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    hem = 300.0
    path = _trunk(pen, body, look.outfit, hem, 6)
    glow = look.accent.base
    if body.view == "back":
        with pen.clip_to(path):
            pen.fill(box(-120, hem - 15, 240, 30), look.accent.base)
            pen.fill(polygon([(-26, 170), (26, 170), (0, 215)]), look.accent.base)
            pen.fill(polygon([(-13, 176), (13, 176), (0, 198)]), look.outfit.shade)
        pen.cel(smooth([corner(-30, 122), (0, 108), corner(30, 122), (0, 136)]), look.outfit, reach=0.4)
        pen.stroke(path, look.outfit.line)
        return
    with pen.clip_to(path):
        inner = _opening(body, 17, 15, 19, hem + 12)
        pen.cel(inner, look.inner, reach=1.2)
        c = body.centre(170)
        pen.fill(box(body.centre(hem) - 140, hem - 13, 140 - 20, 30), look.accent.base)
        pen.fill(box(body.centre(hem) + 20, hem - 13, 140, 30), look.accent.base)
        s = body.half_shoulder
        for side, x in ((-1, body.left(s * 0.62)), (1, body.right(s * 0.62))):
            pen.stroke(f"M{x:.1f},196l{side * -24:.1f},12l0,14", look.outfit.line, pen.line * 1.1)
        pen.fill(
            band([(c - 15, 150), (body.centre(210) - 16, 210), (body.centre(hem) - 20, hem + 10)], [4, 4, 4]), glow
        )
        pen.fill(
            band([(c + 15, 150), (body.centre(210) + 16, 210), (body.centre(hem) + 20, hem + 10)], [4, 4, 4]), glow
        )
    pen.stroke(path, look.outfit.line)
    _collar(pen, look.outfit, body, 98, 33)


def _open_coat(pen: Pen, look: Look, body: Skeleton, hem: float, flare: float) -> str:
    _hips(pen, look, body)
    path = torso_path(body, hem, 8, flare)
    _trunk(pen, body, look.outfit, hem, 8, flare)
    if body.view == "back":
        pen.taper([(0, 300), (1, 380), (0, hem + 4)], pen.line * 1.6, look.outfit.line)
        pen.fill(
            band(
                [(body.left(body.half_waist + 6), 256), (0, 262), (body.right(body.half_waist + 6), 256)], [11, 11, 11]
            ),
            look.outfit.shade,
        )
        pen.cel(smooth([corner(-32, 124), (0, 109), corner(32, 124), (0, 140)]), look.outfit, reach=0.4)
        return path
    c1, c2, c3 = body.centre(120), body.centre(230), body.centre(hem)
    # below the waist the open front shows trousers, above it the shirt
    with pen.clip_to(path):
        pen.cel(
            smooth([corner(c2 - 17, 236), corner(c3 - 31, hem + 20), corner(c3 + 27, hem + 20), corner(c2 + 17, 236)]),
            look.trousers,
            reach=1.4,
        )
        pen.cel(
            smooth(
                [
                    corner(c1 - 17, 108),
                    (c2 - 19, 200),
                    corner(c2 - 18, 300),
                    corner(c2 + 18, 300),
                    (c2 + 18, 200),
                    corner(c1 + 17, 108),
                ]
            ),
            look.inner,
            reach=1.2,
        )
    for side in (-1, 1):
        pen.stroke(
            smooth(
                [
                    (c1 + side * 16, 130),
                    (c2 + side * 18, 220),
                    (c2 + side * 19, 290),
                    (c3 + side * (29 + flare * 0.2), hem + 4),
                ],
                closed=False,
            ),
            look.outfit.line,
        )
        x = (body.left if side < 0 else body.right)(body.half_hip + 8)
        pen.taper([(x * 0.62, 300), (x * 0.8, 380), (x * 0.86, hem)], pen.line * 1.3, look.outfit.line, 0.55)
    return path


def _lapels(pen: Pen, cloth: Tone, body: Skeleton, low: float, wide: float) -> None:
    c1, c2 = body.centre(120), body.centre(low)
    n = body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side in (-1, 1):
        neck = x0 + side * n
        flap = [
            corner(neck - side * 2, 104),
            corner(neck + side * 9, 112),
            corner(c1 + side * (wide + 3), 142),
            corner(c1 + side * (wide - 7), 149),
            corner(c1 + side * (wide + 1), 158),
            (c2 + side * wide * 0.62, (150 + low) / 2 + 10),
            corner(c2 + side * 3, low),
            (c1 + side * 9, 150),
        ]
        pen.cel(smooth(flap), cloth, reach=0.7)


def _coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _open_coat(pen, look, body, _HEMS_Y["coat"], 20)
    if body.view == "back":
        return
    _lapels(pen, look.outfit, body, 226, 35)
    c = body.centre(258)
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_waist + 7)
        pen.shape(
            polygon([(x, 250), (c + side * 17, 254), (c + side * 17, 267), (x, 263)]),
            look.accent.shade,
            look.accent.line,
        )
    pen.shape(box(c - 28, 250, 13, 19), look.accent.light, look.accent.line)


def _lab_coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _open_coat(pen, look, body, _HEMS_Y["lab_coat"], 16)
    if body.view == "back":
        return
    _lapels(pen, look.outfit, body, 214, 32)
    x = body.left(body.half_shoulder * 0.5)
    pen.stroke(f"M{x - 13:.1f},196h25v22h-25z", look.outfit.line, pen.line)
    pen.fill(box(x - 9, 188, 4, 16), look.accent.base)
    pen.fill(box(x - 2, 190, 4, 14), look.accent.shade)
    pen.shape(
        box(body.right(body.half_shoulder * 0.46) - 8, 192, 17, 22), look.accent.light, look.accent.line, pen.line * 0.8
    )


def _suit(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    hem = 336.0
    path = _trunk(pen, body, look.outfit, hem, 6, 4)
    if body.view == "back":
        pen.taper([(0, 280), (1, 310), (0, hem + 4)], pen.line * 1.4, look.outfit.line)
        pen.cel(smooth([corner(-30, 122), (0, 108), corner(30, 122), (0, 134)]), look.outfit, reach=0.4)
        return
    c1, c2 = body.centre(120), body.centre(240)
    with pen.clip_to(path):
        pen.cel(
            smooth([corner(c1 - 19, 104), corner(c1 + 19, 104), (c2 + 17, 190), corner(c2 + 1, 252), (c2 - 15, 190)]),
            look.inner,
            reach=1.0,
        )
        pen.taper([(c2 + 1, 250), (c2 + 4, 290), (c2 + 17, hem + 6)], pen.line * 1.5, look.outfit.line)
    draw_tie(pen, look, body, 126, 236)
    _lapels(pen, look.outfit, body, 250, 37)
    for y in (262, 284):
        pen.shape(ellipse(c2 + 7, y, 3.2, 3.2), look.accent.base, look.accent.line, pen.line * 0.7)
    x = body.left(body.half_shoulder * 0.56)
    pen.shape(
        polygon([(x - 10, 190), (x + 12, 186), (x + 12, 179), (x + 4, 184), (x, 176), (x - 6, 184)]),
        look.accent.base,
        look.accent.line,
        pen.line * 0.8,
    )
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_waist * 0.82)
        pen.taper([(x - 14, 288), (x, 291), (x + 14, 288)], pen.line * 1.2, look.outfit.line)


def _hoodie(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 312, 11, 0)
    c1, c2 = body.centre(130), body.centre(270)
    with pen.clip_to(path):
        pen.fill(box(-140, 300, 280, 30), look.outfit.shade)
        if body.view != "back":
            pen.cel(
                smooth([corner(c2 - 34, 298), corner(c2 - 24, 250), corner(c2 + 24, 250), corner(c2 + 34, 298)]),
                look.outfit,
                reach=0.6,
            )
            pen.fill(band([(-140, 206), (c1, 210), (140, 206)], [18, 18, 18]), look.accent.base)
    pen.stroke(path, look.outfit.line)
    if body.view == "back":
        pen.cel(smooth([(-42, 118), (0, 100), (42, 118), (34, 160), (0, 190), (-34, 160)]), look.outfit)
        return
    for side in (-1, 1):
        pen.cel(
            smooth(
                [
                    corner(c1 + side * 3, 152),
                    (c1 + side * 22, 140),
                    (c1 + side * 40, 124),
                    (c1 + side * 30, 106),
                    corner(c1 + side * 15, 98),
                    (c1 + side * 17, 122),
                ]
            ),
            look.outfit,
            reach=0.6,
        )
        pen.stroke(f"M{c1 + side * 9:.1f},148q{side * 2},18 {side * 1},38", look.accent.light, pen.line * 2.2)


def _dress(pen: Pen, look: Look, body: Skeleton) -> None:
    c = body.centre(258)
    h = body.half_hip
    skirt = smooth(
        [
            corner(body.left(body.half_waist), 250),
            (body.left(h + 14), 310),
            (body.left(h + 42), 380),
            corner(body.left(h + 58), 428),
            (-20, 440),
            (20, 440),
            corner(body.right(h + 58), 428),
            (body.right(h + 42), 380),
            (body.right(h + 14), 310),
            corner(body.right(body.half_waist), 250),
        ]
    )
    pen.cel(skirt, look.outfit, reach=3)
    for share in (-0.7, -0.25, 0.2, 0.65):
        pen.taper(
            [(c + share * 40, 266), (c + share * 78, 350), (c + share * 112, 432)],
            pen.line * 1.5,
            look.outfit.line,
            0.65,
        )
    with pen.clip_to(skirt):
        pen.fill(band([(-130, 414), (0, 427), (130, 414)], [9, 9, 9]), look.accent.base)
    _trunk(pen, body, look.outfit, 258, 1)
    pen.shape(
        band([(body.left(body.half_waist + 2), 250), (c, 256), (body.right(body.half_waist + 2), 250)], [18, 18, 18]),
        look.accent.base,
        look.accent.line,
    )
    if body.view == "back":
        for side in (-1, 1):
            pen.cel(
                smooth([corner(0, 254), (side * 30, 238), (side * 34, 262), corner(0, 260)]), look.accent, reach=0.4
            )
        return
    c1, n = body.centre(130), body.neck_width * 0.5
    x0 = -2.0 if body.view == "turned" else 0.0
    pen.fill(
        smooth([corner(x0 - n, 116), (c1 - 21, 132), (c1, 158), (c1 + 21, 132), corner(x0 + n, 116)]), look.skin.base
    )
    pen.stroke(
        smooth([(x0 - n - 3, 117), (c1 - 20, 134), (c1, 158), (c1 + 20, 134), (x0 + n + 3, 117)], closed=False),
        look.outfit.line,
    )
    for side in (-1, 1):
        pen.cel(
            smooth([corner(c1, 163), (c1 + side * 17, 152), (c1 + side * 19, 172), corner(c1, 166)]),
            look.accent,
            reach=0.4,
        )


def _uniform(pen: Pen, look: Look, body: Skeleton) -> None:
    if look.wears_skirt:
        c, h = body.centre(300), body.half_hip
        skirt = smooth(
            [
                corner(body.left(h * 0.86), 276),
                (body.left(h + 12), 320),
                corner(body.left(h + 30), 396),
                (c, 406),
                corner(body.right(h + 30), 396),
                (body.right(h + 12), 320),
                corner(body.right(h * 0.86), 276),
            ]
        )
        pen.cel(skirt, look.trousers, reach=2)
        for share in (-0.85, -0.5, -0.15, 0.2, 0.55, 0.9):
            pen.taper(
                [(c + share * 40, 290), (c + share * 58, 340), (c + share * 72, 402)],
                pen.line * 1.3,
                look.trousers.line,
                0.8,
            )
    else:
        _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 292 if look.wears_skirt else 318, 4)
    c1, c2 = body.centre(126), body.centre(250)
    if body.view == "back":
        pen.cel(
            smooth([corner(-38, 116), (0, 108), corner(38, 116), corner(36, 172), corner(-36, 172)]),
            look.accent,
            reach=0.6,
        )
        pen.stroke("M-30,164H30", look.inner.base, pen.line * 1.6)
        return
    if look.wears_skirt:
        for side in (-1, 1):
            pen.cel(
                smooth(
                    [
                        corner(c1 + side * 17, 106),
                        (c1 + side * 38, 128),
                        corner(c1 + side * 36, 158),
                        corner(c1 + side * 2, 186),
                        (c1 + side * 10, 140),
                    ]
                ),
                look.accent,
                reach=0.6,
            )
            pen.stroke(f"M{c1 + side * 31:.1f},132l{side * -1},20l{side * -24},24", look.inner.base, pen.line * 1.3)
        for side in (-1, 1):
            pen.cel(
                smooth([corner(c1, 188), (c1 + side * 22, 178), (c1 + side * 24, 204), corner(c1, 196)]),
                look.accent,
                reach=0.4,
            )
        return
    with pen.clip_to(path):
        pen.fill(box(-140, 252, 280, 15), look.trousers.base)
        pen.stroke(f"M{c1:.1f},130L{c2:.1f},252L{body.centre(318):.1f},324", look.outfit.line, pen.line * 1.3)
    pen.shape(box(c2 - 9, 250, 18, 19), look.accent.base, look.accent.line)
    for index in range(4):
        y = 158 + index * 26
        pen.shape(ellipse(body.centre(y) + 9, y, 4, 4), look.accent.base, look.accent.line, pen.line * 0.7)
    s = body.half_shoulder
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(s * 0.8)
        pen.cel(
            polygon([(x - 17, 130), (x + 17, 130 + side * 2), (x + 19, 140), (x - 19, 140)]), look.accent, reach=0.3
        )
    n = body.neck_width * 0.66
    x0 = -3.0 if body.view == "turned" else 0.0
    pen.cel(
        smooth(
            [
                corner(x0 - n - 2, 104),
                (c1, 117),
                corner(x0 + n + 2, 104),
                corner(x0 + n + 8, 121),
                (c1, 136),
                corner(x0 - n - 8, 121),
            ]
        ),
        look.outfit,
        reach=0.4,
    )
    pen.stroke(f"M{x0 - n - 5:.1f},113Q{c1:.1f},132 {x0 + n + 5:.1f},113", look.accent.base, pen.line * 1.8)


def _armour(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    _trunk(pen, body, look.trousers, 306, 3)
    c, s = body.centre(190), body.half_shoulder
    plate = smooth(
        [
            corner(body.left(s * 0.34), 124),
            (body.left(s * 0.88), 146),
            (body.left(s * 0.8), 200),
            corner(body.left(body.half_waist * 0.9), 240),
            (c, 252),
            corner(body.right(body.half_waist * 0.9), 240),
            (body.right(s * 0.8), 200),
            (body.right(s * 0.88), 146),
            corner(body.right(s * 0.34), 124),
            (c, 140),
        ]
    )
    pen.cel(plate, look.outfit, reach=1.8)
    for y in (266, 286):
        pen.cel(
            band(
                [(body.left(body.half_waist * 0.94), y), (c, y + 8), (body.right(body.half_waist * 0.94), y)],
                [17, 17, 17],
            ),
            look.outfit,
            reach=0.4,
        )
    for side in (-1, 1):
        x = (body.left if side < 0 else body.right)(body.half_hip * 0.7)
        pen.cel(
            smooth([corner(x - 26, 300), corner(x + 26, 300), (x + 28, 350), corner(x + side * 8, 392), (x - 28, 350)]),
            look.outfit,
        )
    if body.view == "back":
        pen.glow_line("M0,150L0,235", look.accent.base, 3)
        return
    pen.glow_line(
        f"M{c:.1f},150L{c:.1f},172L{c - 14:.1f},196L{c:.1f},220L{c + 14:.1f},196L{c:.1f},172",
        look.accent.base,
        2.6,
    )
    pen.glow_line(f"M{body.left(s * 0.7):.1f},166l16,14l0,22", look.accent.base, 1.8)
    pen.glow_line(f"M{body.right(s * 0.7):.1f},166l-14,14l0,22", look.accent.base, 1.8)
    _collar(pen, look.outfit, body, 104, 24)


def _shirt(pen: Pen, look: Look, body: Skeleton) -> None:
    _hips(pen, look, body)
    path = _trunk(pen, body, look.outfit, 296, 3)
    c = body.centre(290)
    with pen.clip_to(path):
        pen.fill(box(-140, 284, 280, 30), look.trousers.shade)
        pen.fill(box(c - 8, 286, 17, 12), look.accent.base)
    if body.view == "back":
        pen.cel(smooth([corner(-28, 120), (0, 106), corner(28, 120), (0, 132)]), look.outfit, reach=0.4)
        return
    c1, c2 = body.centre(130), body.centre(230)
    pen.fill(polygon([(c1 - 12, 114), (c1 + 12, 114), (c1, 142)]), look.skin.shade)
    pen.stroke(f"M{c1:.1f},142L{c2:.1f},230L{c:.1f},284", look.outfit.line, pen.line)
    for y in (165, 195, 225, 255):
        pen.fill(ellipse(body.centre(y) + 4, y, 2.4, 2.4), look.accent.shade)
    _collar(pen, look.outfit, body, 106, 26)


def _robe(pen: Pen, look: Look, body: Skeleton) -> None:
    hem = _HEMS_Y["robe"]
    path = torso_path(body, hem, 6, 18)
    pen.cel(path, look.outfit, reach=2.2)
    c1, c2, c3 = body.centre(130), body.centre(256), body.centre(hem)
    if body.view != "back":
        with pen.clip_to(path):
            pen.stroke(f"M{c2 + 8:.1f},270L{c3 + 20:.1f},{hem + 10:.1f}", look.outfit.line, pen.line * 1.6)
            pen.fill(polygon([(c1 - 20, 104), (c1 + 20, 104), (c1 + 1, 158)]), look.skin.base)
            for near, wide, cloth in (
                (1, 15, look.inner),
                (1, 9, look.accent),
                (-1, 15, look.inner),
                (-1, 9, look.accent),
            ):
                pen.shape(
                    band([(c1 + near * 25, 106), (c1 + near * 10, 150), (c2 - near * 24, 236)], [wide, wide, wide]),
                    cloth.base,
                    cloth.line,
                    pen.line * 0.8,
                )
    sash = 42.0
    pen.cel(
        band(
            [(body.left(body.half_waist + 9), 252), (c2, 258), (body.right(body.half_waist + 9), 252)],
            [sash, sash, sash],
        ),
        look.accent,
        reach=0.8,
    )
    pen.stroke(
        f"M{body.left(body.half_waist + 8):.1f},252Q{c2:.1f},260 {body.right(body.half_waist + 8):.1f},252",
        look.inner.base,
        pen.line * 2.2,
    )
    if body.view == "back":
        pen.cel(smooth([corner(-30, 236), corner(30, 236), corner(34, 292), corner(-34, 292)]), look.accent, reach=0.8)
    for share in (-0.6, 0.5):
        pen.taper(
            [(c2 + share * 40, 300), (c2 + share * 60, 420), (c3 + share * 76, hem)],
            pen.line * 1.4,
            look.outfit.line,
            0.6,
        )
