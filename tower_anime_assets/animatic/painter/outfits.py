"""Clothes on the trunk of a posed body, one function per outfit. In figure units, see `body`."""

from __future__ import annotations

from collections.abc import Callable

from tower_anime_assets.animatic.painter.accessories import draw_necklace, draw_scarf, draw_tie
from tower_anime_assets.animatic.painter.body import Skeleton
from tower_anime_assets.animatic.painter.colour import Tone
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.vector import Pen, Point, band, box, corner, ellipse, polygon, polyline, smooth

_HEMS_Y = {"coat": 468.0, "lab_coat": 452.0, "robe": 560.0}


def draw_torso(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the clothed trunk with collar, closure, folds and accents."""
    _GARMENTS.get(look.outfit_style, _draw_jacket)(pen, look, body)
    if body.view != "back":
        if "tie" in look.marks and look.outfit_style in ("shirt", "uniform", "coat", "jacket"):
            draw_tie(pen, look, body, 128, 240)
        if "necklace" in look.marks:
            draw_necklace(pen, look, body)
    if "scarf" in look.marks:
        draw_scarf(pen, look, body)


def _outline(body: Skeleton, half: list[Point], bottom: list[Point], top: tuple[Point, ...] = ()) -> str:
    """Return the closed outline of a garment.

    Args:
        body: Who wears it.
        half: Half widths and heights from the upper to the lower edge.
        bottom: Points of the lower edge, from left to right.
        top: Points of the upper edge, from right to left.
    """
    left: list[Point] = [(body.left(x), *rest) for x, *rest in half]
    right: list[Point] = [(body.right(x), *rest) for x, *rest in half]
    return smooth([*left, *bottom, *reversed(right), *top])


def _torso_path(body: Skeleton, hem: float, ease: float = 0.0, flare: float = 0.0) -> str:
    """Return the outline of the clothed torso from the neck to a hem.

    Args:
        body: Whose torso.
        hem: Height of the lower edge.
        ease: How much looser than the body, each side.
        flare: How much wider the hem is than the hips, each side.
    """
    s, w, h = body.half_shoulder, body.half_waist + ease, body.half_hip + ease
    half: list[Point] = [(body.neck_width * 0.62, 111), (s * 0.52, 121), (s * 0.93, 133), (s + 1.5, 150)]
    half += [(s * 0.86, 186), (w, 246)]
    if hem > 305:
        half += [(h, 300), corner(h + flare, hem)]
    else:
        half += [corner(h * 0.99, hem)]
    return _outline(body, half, [(body.centre(hem), hem + 7 + flare * 0.12)])


def _draw_trunk(pen: Pen, body: Skeleton, cloth: Tone, hem: float, ease: float, flare: float = 0.0) -> str:
    """Draw a garment's body with its folds, and return its outline."""
    path = _torso_path(body, hem, ease, flare)
    pen.cel(path, cloth, reach=1.6)
    for side in (-1, 1):
        x = body.edge(side, body.half_waist + ease)
        pen.taper([(x - side * 2, 238), (x - side * 12, 246), (x - side * 22, 243)], pen.line * 1.2, cloth.line, 0.65)
        pen.taper([(x - side * 1, 254), (x - side * 9, 262), (x - side * 17, 262)], pen.line * 1.1, cloth.line, 0.55)
    s = body.half_shoulder
    for side, inner in ((-1, 0.6), (1, 0.62)):
        fold = [(body.edge(side, s * share), y) for share, y in ((0.86, 184), (0.7, 172), (inner, 156))]
        pen.taper(fold, pen.line * 1.2, cloth.line, 0.7)
    return path


def _draw_hips(pen: Pen, look: Look, body: Skeleton) -> None:
    """Draw the seat of the trousers, which a short garment leaves open; it runs into the legs without a seam."""
    h, trousers = body.half_hip, look.trousers
    left: list[Point] = [(body.left(h * 0.94), 280), (body.left(h * 1.04), 312), (body.left(h * 1.0), 350)]
    right: list[Point] = [(body.right(h * 0.94), 280), (body.right(h * 1.04), 312), (body.right(h * 0.96), 350)]
    c = body.centre(330)
    pen.fill(smooth([*left, (c - 4, 362), (c + 4, 362), *reversed(right)]), trousers.base)
    for edge in (left, right):
        pen.stroke(smooth(edge, closed=False), trousers.line)
    pen.taper([(c, 300), (c + 2, 332), (c, 364)], pen.line * 1.2, trousers.line, 0.8)
    for side, x in ((1, left[1][0]), (-1, right[1][0])):
        pen.taper([(x + side * 4, 348), (x + side * 20, 342), (x + side * 34, 332)], pen.line, trousers.line, 0.5)


def _draw_collar(pen: Pen, cloth: Tone, body: Skeleton, height: float, spread: float) -> None:
    """Draw two stand-up flaps around the neck."""
    c, n = body.centre(118), body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side in (-1, 1):
        x = x0 + side * n
        flap = [
            corner(x - side * 1, height), (x + side * 9, height + 4), (x + side * spread * 0.55, 122),
            corner(c + side * spread, 150), (c + side * 12, 140), corner(c + side * 4, 146), (x - side * 2, 118),
        ]  # fmt: skip
        pen.cel(smooth(flap), cloth, reach=0.6)


def _draw_back_collar(pen: Pen, cloth: Tone, half: float, y: float, top: float, low: float) -> None:
    """Draw a collar seen from behind."""
    pen.cel(smooth([corner(-half, y), (0, top), corner(half, y), (0, low)]), cloth, reach=0.4)


def _draw_lapels(pen: Pen, cloth: Tone, body: Skeleton, low: float, wide: float) -> None:
    c1, c2 = body.centre(120), body.centre(low)
    n = body.neck_width * 0.62
    x0 = -3.0 if body.view == "turned" else 0.0
    for side in (-1, 1):
        neck = x0 + side * n
        notch = [corner(c1 + side * (wide + reach), y) for reach, y in ((3, 142), (-7, 149), (1, 158))]
        edge = [(c2 + side * wide * 0.62, (150 + low) / 2 + 10), corner(c2 + side * 3, low), (c1 + side * 9, 150)]
        flap = [corner(neck - side * 2, 104), corner(neck + side * 9, 112), *notch, *edge]
        pen.cel(smooth(flap), cloth, reach=0.7)


def _draw_jacket(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_hips(pen, look, body)
    hem = 300.0
    path = _draw_trunk(pen, body, look.outfit, hem, 6)
    glow = look.accent.base
    if body.view == "back":
        with pen.clip_to(path):
            pen.fill(box(-120, hem - 15, 240, 30), glow)
            pen.fill(polygon([(-26, 170), (26, 170), (0, 215)]), glow)
            pen.fill(polygon([(-13, 176), (13, 176), (0, 198)]), look.outfit.shade)
        _draw_back_collar(pen, look.outfit, 30, 122, 108, 136)
        pen.stroke(path, look.outfit.line)
        return
    c0, c1, c2, c3, c4 = (body.centre(y) for y in (118, 170, 200, 210, hem))
    with pen.clip_to(path):
        opening, c5 = hem + 12, body.centre(hem + 12)
        left = [corner(c0 - 17, 112), (c2 - 15, 200), corner(c5 - 19, opening)]
        right = [corner(c5 + 19, opening), (c2 + 15, 200), corner(c0 + 17, 112)]
        pen.cel(smooth([*left, *right]), look.inner, reach=1.2)
        pen.fill(box(c4 - 140, hem - 13, 140 - 20, 30), glow)
        pen.fill(box(c4 + 20, hem - 13, 140, 30), glow)
        for side in (-1, 1):
            x = body.edge(side, body.half_shoulder * 0.62)
            pen.stroke(f"M{x:.1f},196l{side * -24:.1f},12l0,14", look.outfit.line, pen.line * 1.1)
        for side in (-1, 1):
            trim = [(c1 + side * 15, 150), (c3 + side * 16, 210), (c4 + side * 20, hem + 10)]
            pen.fill(band(trim, [4, 4, 4]), glow)
    pen.stroke(path, look.outfit.line)
    _draw_collar(pen, look.outfit, body, 98, 33)


def _draw_open_coat(pen: Pen, look: Look, body: Skeleton, hem: float, flare: float) -> None:
    _draw_hips(pen, look, body)
    path = _draw_trunk(pen, body, look.outfit, hem, 8, flare)
    if body.view == "back":
        pen.taper([(0, 300), (1, 380), (0, hem + 4)], pen.line * 1.6, look.outfit.line)
        waist = body.half_waist + 6
        pen.fill(band([(body.left(waist), 256), (0, 262), (body.right(waist), 256)], [11, 11, 11]), look.outfit.shade)
        _draw_back_collar(pen, look.outfit, 32, 124, 109, 140)
        return
    c1, c2, c3 = body.centre(120), body.centre(230), body.centre(hem)
    # below the waist the open front shows trousers, above it the shirt
    with pen.clip_to(path):
        trousers = [corner(c3 - 31, hem + 20), corner(c3 + 27, hem + 20)]
        pen.cel(smooth([corner(c2 - 17, 236), *trousers, corner(c2 + 17, 236)]), look.trousers, reach=1.4)
        left = [corner(c1 - 17, 108), (c2 - 19, 200), corner(c2 - 18, 300)]
        right = [corner(c2 + 18, 300), (c2 + 18, 200), corner(c1 + 17, 108)]
        pen.cel(smooth([*left, *right]), look.inner, reach=1.2)
    for side in (-1, 1):
        low = (c3 + side * (29 + flare * 0.2), hem + 4)
        edge = smooth([(c1 + side * 16, 130), (c2 + side * 18, 220), (c2 + side * 19, 290), low], closed=False)
        pen.stroke(edge, look.outfit.line)
        x = body.edge(side, body.half_hip + 8)
        pen.taper([(x * 0.62, 300), (x * 0.8, 380), (x * 0.86, hem)], pen.line * 1.3, look.outfit.line, 0.55)


def _draw_coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_open_coat(pen, look, body, _HEMS_Y["coat"], 20)
    if body.view == "back":
        return
    _draw_lapels(pen, look.outfit, body, 226, 35)
    c = body.centre(258)
    for side in (-1, 1):
        x = body.edge(side, body.half_waist + 7)
        belt = polygon([(x, 250), (c + side * 17, 254), (c + side * 17, 267), (x, 263)])
        pen.shape(belt, look.accent.shade, look.accent.line)
    pen.shape(box(c - 28, 250, 13, 19), look.accent.light, look.accent.line)


def _draw_lab_coat(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_open_coat(pen, look, body, _HEMS_Y["lab_coat"], 16)
    if body.view == "back":
        return
    _draw_lapels(pen, look.outfit, body, 214, 32)
    x = body.left(body.half_shoulder * 0.5)
    pen.stroke(f"M{x - 13:.1f},196h25v22h-25z", look.outfit.line, pen.line)
    pen.fill(box(x - 9, 188, 4, 16), look.accent.base)
    pen.fill(box(x - 2, 190, 4, 14), look.accent.shade)
    badge = box(body.right(body.half_shoulder * 0.46) - 8, 192, 17, 22)
    pen.shape(badge, look.accent.light, look.accent.line, pen.line * 0.8)


def _draw_suit(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_hips(pen, look, body)
    hem = 336.0
    path = _draw_trunk(pen, body, look.outfit, hem, 6, 4)
    if body.view == "back":
        pen.taper([(0, 280), (1, 310), (0, hem + 4)], pen.line * 1.4, look.outfit.line)
        _draw_back_collar(pen, look.outfit, 30, 122, 108, 134)
        return
    c1, c2 = body.centre(120), body.centre(240)
    with pen.clip_to(path):
        shirt = [corner(c1 - 19, 104), corner(c1 + 19, 104), (c2 + 17, 190), corner(c2 + 1, 252), (c2 - 15, 190)]
        pen.cel(smooth(shirt), look.inner)
        pen.taper([(c2 + 1, 250), (c2 + 4, 290), (c2 + 17, hem + 6)], pen.line * 1.5, look.outfit.line)
    draw_tie(pen, look, body, 126, 236)
    _draw_lapels(pen, look.outfit, body, 250, 37)
    for y in (262, 284):
        pen.shape(ellipse(c2 + 7, y, 3.2, 3.2), look.accent.base, look.accent.line, pen.line * 0.7)
    x = body.left(body.half_shoulder * 0.56)
    pocket = polygon([(x - 10, 190), (x + 12, 186), (x + 12, 179), (x + 4, 184), (x, 176), (x - 6, 184)])
    pen.shape(pocket, look.accent.base, look.accent.line, pen.line * 0.8)
    for side in (-1, 1):
        x = body.edge(side, body.half_waist * 0.82)
        pen.taper([(x - 14, 288), (x, 291), (x + 14, 288)], pen.line * 1.2, look.outfit.line)


def _draw_hoodie(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_hips(pen, look, body)
    path = _draw_trunk(pen, body, look.outfit, 312, 11, 0)
    c1, c2 = body.centre(130), body.centre(270)
    with pen.clip_to(path):
        pen.fill(box(-140, 300, 280, 30), look.outfit.shade)
        if body.view != "back":
            pouch = [corner(c2 - 34, 298), corner(c2 - 24, 250), corner(c2 + 24, 250), corner(c2 + 34, 298)]
            pen.cel(smooth(pouch), look.outfit, reach=0.6)
            pen.fill(band([(-140, 206), (c1, 210), (140, 206)], [18, 18, 18]), look.accent.base)
    pen.stroke(path, look.outfit.line)
    if body.view == "back":
        pen.cel(smooth([(-42, 118), (0, 100), (42, 118), (34, 160), (0, 190), (-34, 160)]), look.outfit)
        return
    for side in (-1, 1):
        hood = [
            corner(c1 + side * 3, 152), (c1 + side * 22, 140), (c1 + side * 40, 124),
            (c1 + side * 30, 106), corner(c1 + side * 15, 98), (c1 + side * 17, 122),
        ]  # fmt: skip
        pen.cel(smooth(hood), look.outfit, reach=0.6)
        pen.stroke(f"M{c1 + side * 9:.1f},148q{side * 2},18 {side * 1},38", look.accent.light, pen.line * 2.2)


def _draw_dress(pen: Pen, look: Look, body: Skeleton) -> None:
    c, w, h = body.centre(258), body.half_waist, body.half_hip
    half: list[Point] = [corner(w, 250), (h + 14, 310), (h + 42, 380), corner(h + 58, 428)]
    skirt = _outline(body, half, [(-20, 440), (20, 440)])
    pen.cel(skirt, look.outfit, reach=3)
    for share in (-0.7, -0.25, 0.2, 0.65):
        fold = [(c + share * 40, 266), (c + share * 78, 350), (c + share * 112, 432)]
        pen.taper(fold, pen.line * 1.5, look.outfit.line, 0.65)
    with pen.clip_to(skirt):
        pen.fill(band([(-130, 414), (0, 427), (130, 414)], [9, 9, 9]), look.accent.base)
    _draw_trunk(pen, body, look.outfit, 258, 1)
    sash = band([(body.left(w + 2), 250), (c, 256), (body.right(w + 2), 250)], [18, 18, 18])
    pen.shape(sash, look.accent.base, look.accent.line)
    if body.view == "back":
        for side in (-1, 1):
            bow = smooth([corner(0, 254), (side * 30, 238), (side * 34, 262), corner(0, 260)])
            pen.cel(bow, look.accent, reach=0.4)
        return
    c1, n = body.centre(130), body.neck_width * 0.5
    x = -2.0 if body.view == "turned" else 0.0
    neckline = [corner(x - n, 116), (c1 - 21, 132), (c1, 158), (c1 + 21, 132), corner(x + n, 116)]
    pen.fill(smooth(neckline), look.skin.base)
    hem = [(x - n - 3, 117), (c1 - 20, 134), (c1, 158), (c1 + 20, 134), (x + n + 3, 117)]
    pen.stroke(smooth(hem, closed=False), look.outfit.line)
    for side in (-1, 1):
        bow = smooth([corner(c1, 163), (c1 + side * 17, 152), (c1 + side * 19, 172), corner(c1, 166)])
        pen.cel(bow, look.accent, reach=0.4)


def _draw_uniform(pen: Pen, look: Look, body: Skeleton) -> None:
    if look.wears_skirt:
        c, h = body.centre(300), body.half_hip
        skirt = _outline(body, [corner(h * 0.86, 276), (h + 12, 320), corner(h + 30, 396)], [(c, 406)])
        pen.cel(skirt, look.trousers, reach=2)
        for share in (-0.85, -0.5, -0.15, 0.2, 0.55, 0.9):
            pleat = [(c + share * 40, 290), (c + share * 58, 340), (c + share * 72, 402)]
            pen.taper(pleat, pen.line * 1.3, look.trousers.line, 0.8)
    else:
        _draw_hips(pen, look, body)
    path = _draw_trunk(pen, body, look.outfit, 292 if look.wears_skirt else 318, 4)
    if body.view == "back":
        flap = [corner(-38, 116), (0, 108), corner(38, 116), corner(36, 172), corner(-36, 172)]
        pen.cel(smooth(flap), look.accent, reach=0.6)
        pen.stroke("M-30,164H30", look.inner.base, pen.line * 1.6)
    elif look.wears_skirt:
        _draw_sailor_collar(pen, look, body)
    else:
        _draw_tunic(pen, look, body, path)


def _draw_sailor_collar(pen: Pen, look: Look, body: Skeleton) -> None:
    c = body.centre(126)
    for side in (-1, 1):
        outer = [corner(c + side * 17, 106), (c + side * 38, 128), corner(c + side * 36, 158)]
        pen.cel(smooth([*outer, corner(c + side * 2, 186), (c + side * 10, 140)]), look.accent, reach=0.6)
        pen.stroke(f"M{c + side * 31:.1f},132l{side * -1},20l{side * -24},24", look.inner.base, pen.line * 1.3)
    for side in (-1, 1):
        bow = smooth([corner(c, 188), (c + side * 22, 178), (c + side * 24, 204), corner(c, 196)])
        pen.cel(bow, look.accent, reach=0.4)


def _draw_tunic(pen: Pen, look: Look, body: Skeleton, path: str) -> None:
    """Draw the belt, buttons, epaulettes and stand-up collar of a military uniform."""
    accent, c1, c2 = look.accent, body.centre(126), body.centre(250)
    with pen.clip_to(path):
        pen.fill(box(-140, 252, 280, 15), look.trousers.base)
        seam = polyline([(c1, 130), (c2, 252), (body.centre(318), 324)])
        pen.stroke(seam, look.outfit.line, pen.line * 1.3)
    pen.shape(box(c2 - 9, 250, 18, 19), accent.base, accent.line)
    for y in (158, 184, 210, 236):
        pen.shape(ellipse(body.centre(y) + 9, y, 4, 4), accent.base, accent.line, pen.line * 0.7)
    for side in (-1, 1):
        x = body.edge(side, body.half_shoulder * 0.8)
        epaulette = polygon([(x - 17, 130), (x + 17, 130 + side * 2), (x + 19, 140), (x - 19, 140)])
        pen.cel(epaulette, accent, reach=0.3)
    n = body.neck_width * 0.66
    x = -3.0 if body.view == "turned" else 0.0
    upper = [corner(x - n - 2, 104), (c1, 117), corner(x + n + 2, 104)]
    pen.cel(smooth([*upper, corner(x + n + 8, 121), (c1, 136), corner(x - n - 8, 121)]), look.outfit, reach=0.4)
    pen.stroke(f"M{x - n - 5:.1f},113Q{c1:.1f},132 {x + n + 5:.1f},113", accent.base, pen.line * 1.8)


def _draw_armour(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_hips(pen, look, body)
    _draw_trunk(pen, body, look.trousers, 306, 3)
    c, s, w = body.centre(190), body.half_shoulder, body.half_waist
    half: list[Point] = [corner(s * 0.34, 124), (s * 0.88, 146), (s * 0.8, 200), corner(w * 0.9, 240)]
    pen.cel(_outline(body, half, [(c, 252)], ((c, 140),)), look.outfit, reach=1.8)
    for y in (266, 286):
        belt = band([(body.left(w * 0.94), y), (c, y + 8), (body.right(w * 0.94), y)], [17, 17, 17])
        pen.cel(belt, look.outfit, reach=0.4)
    for side in (-1, 1):
        x = body.edge(side, body.half_hip * 0.7)
        low = [(x + 28, 350), corner(x + side * 8, 392), (x - 28, 350)]
        pen.cel(smooth([corner(x - 26, 300), corner(x + 26, 300), *low]), look.outfit)
    glow = look.accent.base
    if body.view == "back":
        pen.glow_line("M0,150L0,235", glow, 3)
        return
    pen.glow_line(polyline([(c, 150), (c, 172), (c - 14, 196), (c, 220), (c + 14, 196), (c, 172)]), glow, 2.6)
    pen.glow_line(f"M{body.left(s * 0.7):.1f},166l16,14l0,22", glow, 1.8)
    pen.glow_line(f"M{body.right(s * 0.7):.1f},166l-14,14l0,22", glow, 1.8)
    _draw_collar(pen, look.outfit, body, 104, 24)


def _draw_shirt(pen: Pen, look: Look, body: Skeleton) -> None:
    _draw_hips(pen, look, body)
    path = _draw_trunk(pen, body, look.outfit, 296, 3)
    c = body.centre(290)
    with pen.clip_to(path):
        pen.fill(box(-140, 284, 280, 30), look.trousers.shade)
        pen.fill(box(c - 8, 286, 17, 12), look.accent.base)
    if body.view == "back":
        _draw_back_collar(pen, look.outfit, 28, 120, 106, 132)
        return
    c1, c2 = body.centre(130), body.centre(230)
    pen.fill(polygon([(c1 - 12, 114), (c1 + 12, 114), (c1, 142)]), look.skin.shade)
    pen.stroke(polyline([(c1, 142), (c2, 230), (c, 284)]), look.outfit.line)
    for y in (165, 195, 225, 255):
        pen.fill(ellipse(body.centre(y) + 4, y, 2.4, 2.4), look.accent.shade)
    _draw_collar(pen, look.outfit, body, 106, 26)


def _draw_robe(pen: Pen, look: Look, body: Skeleton) -> None:
    hem, w = 352.0 if body.drop else 430.0 if look.is_trailing else _HEMS_Y["robe"], body.half_waist
    path = _torso_path(body, hem, 6, 18)
    pen.cel(path, look.outfit, reach=2.2)
    c1, c2, c3 = body.centre(130), body.centre(256), body.centre(hem)
    if body.view != "back":
        with pen.clip_to(path):
            pen.stroke(polyline([(c2 + 8, 270), (c3 + 20, hem + 10)]), look.outfit.line, pen.line * 1.6)
            pen.fill(polygon([(c1 - 20, 104), (c1 + 20, 104), (c1 + 1, 158)]), look.skin.base)
            for side in (1, -1):
                fold = [(c1 + side * 25, 106), (c1 + side * 10, 150), (c2 - side * 24, 236)]
                for wide, cloth in ((15, look.inner), (9, look.accent)):
                    pen.shape(band(fold, [wide, wide, wide]), cloth.base, cloth.line, pen.line * 0.8)
    sash = [(body.left(w + 9), 252), (c2, 258), (body.right(w + 9), 252)]
    pen.cel(band(sash, [42.0, 42.0, 42.0]), look.accent, reach=0.8)
    cord = f"M{body.left(w + 8):.1f},252Q{c2:.1f},260 {body.right(w + 8):.1f},252"
    pen.stroke(cord, look.inner.base, pen.line * 2.2)
    if body.view == "back":
        knot = [corner(-30, 236), corner(30, 236), corner(34, 292), corner(-34, 292)]
        pen.cel(smooth(knot), look.accent, reach=0.8)
    for share in (-0.6, 0.5):
        crease = [(c2 + share * 40, 300), (c2 + share * 60, (hem + 280) / 2), (c3 + share * 76, hem)]
        pen.taper(crease, pen.line * 1.4, look.outfit.line, 0.6)


_GARMENTS: dict[str, Callable[[Pen, Look, Skeleton], None]] = {
    "jacket": _draw_jacket,
    "coat": _draw_coat,
    "suit": _draw_suit,
    "lab_coat": _draw_lab_coat,
    "hoodie": _draw_hoodie,
    "dress": _draw_dress,
    "uniform": _draw_uniform,
    "armour": _draw_armour,
    "shirt": _draw_shirt,
    "robe": _draw_robe,
}
