"""Inserts: the thing that a close shot is about, drawn large, with the hand that holds it.

Drawn about (0, 0) in units of which 512 span the frame's height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tower_anime_assets.animatic.painter.colour import METAL, Tone, mix, scale_rgb, tone
from tower_anime_assets.animatic.painter.light import Light
from tower_anime_assets.animatic.painter.look import Look
from tower_anime_assets.animatic.painter.prop_animals import animal_shape, draw_animal, has_rig
from tower_anime_assets.animatic.painter.things import FLOATING, draw_stand_in, draw_thing, glyph_of, thing_size
from tower_anime_assets.animatic.painter.vector import Pen, band, box, corner, ellipse, polygon, smooth
from tower_anime_assets.production.planning.things import Thing, colour_of, count_of, find

_SPAN = 350.0
"""How large a thing is drawn."""

_HELD_M = 0.7
"""Up to this length somebody's thing is drawn in their hand."""

_NEVER_HELD = frozenset({"animal", "head", "building", "vehicle"})

_SHINING: dict[str, float] = {
    "🏮": 0.34, "🪔": 0.35, "🕯": 0.3, "🔥": 0.5, "💡": 0.5, "🚨": 0.6, "🔮": 0.3, "☄": 0.5, "🪩": 0.25, "🎃": 0.4,
    "🔦": 0.2, "👻": 0.25, "📺": 0.2, "🧨": 0.2,
}  # fmt: skip
"""By glyph, how much of its light a thing sheds when lamps are on."""


def object_kind(objects: tuple[str, ...]) -> str:
    """Return what an insert shows of a shot's objects: the first that can be drawn, else a stand-in for the first.

    The name of a drawing made by hand, a character of Noto Emoji, "stand-in", or "hand" where the shot names nothing.
    """
    thing, _words = _first_drawn(objects)
    if thing is None:
        return "stand-in" if objects else "hand"
    return thing.drawing or thing.glyph


def _first_drawn(objects: tuple[str, ...]) -> tuple[Thing | None, str]:
    """Return the first of a shot's objects that there is a drawing of, and its words; None for none."""
    things = ((find(words), words) for words in objects)
    return next(((thing, words) for thing, words in things if thing is not None and thing.is_drawn), (None, ""))


def _shown_things(objects: tuple[str, ...]) -> list[tuple[Thing | None, str]]:
    """Return what an insert shows side by side: the first object, a stand-in or not, and a second that has a glyph."""
    shown: list[tuple[Thing | None, str]] = []
    for words in objects:
        thing = find(words)
        is_drawn = thing is not None and bool(thing.glyph)
        if is_drawn or (not shown and words):
            shown.append((thing if is_drawn else None, words))
    return shown[:2]


@dataclass(frozen=True)
class _Insert:
    """What a thing is drawn with: pens for it and its lights, whose hand holds it, the light, and what it is called."""

    pen: Pen
    lights: Pen
    look: Look | None
    light: Light
    words: str = ""

    def colour(self, usual: str) -> str:
        """Return the colour that the thing's words name, else its usual one."""
        return colour_of(self.words, None, usual)

    def fill_lit(self, path: str, colour: str, glow: float = 1.0) -> None:
        """Fill a path with a colour that shines."""
        self.pen.fill(path, colour)
        self.lights.fill(path, colour, glow)

    @contextmanager
    def transform(self, transform: str) -> Iterator[None]:
        """Draw everything within, and its lights, under an SVG transform."""
        with self.pen.transform(transform), self.lights.transform(transform):
            yield


def draw_insert(
    objects: tuple[str, ...], look: Look | None, light: Light, line_width: float, prefix: str = "i"
) -> tuple[str, str]:
    """Return an insert and its lights as SVG elements; the lights are to be blurred into a bloom.

    Args:
        objects: What the shot shows, by the plan; the first one that can be drawn counts.
        look: Whose hand holds it, None for nobody's.
        light: Of the shot.
        line_width: Width of lines.
        prefix: Starts the ids of clips and gradients; drawings that are joined need different ones.
    """
    thing, words = _first_drawn(objects)
    insert = _Insert(
        Pen(line_width, (5.0 * light.side, -3.0), prefix), Pen(line_width, prefix=f"{prefix}l"), look, light, words
    )
    if thing is not None and thing.drawing:
        DRAWN_BY_HAND[thing.drawing](insert)
    elif thing is not None:
        _draw_things(insert, _shown_things(objects))
    elif objects or look is None:
        _draw_stand_in(insert, objects[0] if objects else "?")
    else:
        _draw_fist(insert)
    return insert.pen.svg, insert.lights.svg


def _draw_things(insert: _Insert, things: Sequence[tuple[Thing | None, str]]) -> None:
    """Draw things by their glyphs: one, as often as its words say and in its owner's hand if it can be held; or two."""
    thing, words = things[0]
    look = insert.look
    can_be_held = thing is None or (thing.kind not in _NEVER_HELD and thing.size_m <= _HELD_M)
    is_held = look is not None and can_be_held
    count = min(count_of(words), max(_ARRANGEMENTS))
    shown = list(things) if count == 1 and not is_held else [things[0]] * count
    places = _ARRANGEMENTS[len(shown)]
    for number, ((one, called), (x, y, share)) in enumerate(zip(shown, places, strict=True)):
        _place_thing(insert, one, called, (x, y), _SPAN * share, number, has_shadow=not is_held)
    if is_held:
        high = _shape_of(thing, _SPAN * places[0][2])[1]
        _draw_hand(insert, f"translate(-118 {high * 0.36 + (0 if thing else 60):.0f}) rotate(-30)")


def _place_thing(
    insert: _Insert,
    thing: Thing | None,
    words: str,
    centre: tuple[float, float],
    size: float,
    number: int,
    *,
    has_shadow: bool,
) -> None:
    pen, (x, y) = insert.pen, centre
    across, high = _shape_of(thing, size)
    foot = y + high / 2
    is_head = thing is not None and thing.kind == "head" and not has_rig(thing)
    is_floating = thing is not None and thing.glyph in FLOATING
    if has_shadow and not (is_head or is_floating):
        pen.fill(ellipse(x, foot, across * 0.52, size * 0.05), "#0a0820", 0.3)
    drawn = _draw_one(insert, thing, words, size, number)
    pen.add(f'<g transform="translate({x:.1f} {foot:.1f})">{drawn}</g>')
    if thing is not None and insert.light.is_dark and (shine := _SHINING.get(thing.glyph)):
        insert.lights.add(
            f'<path d="{glyph_of(thing.glyph).silhouette}" fill="{mix(colour_of(words, thing), "#fff2d0", 0.3)}" '
            f'fill-opacity="{shine:.2f}" transform="translate({x:.1f} {foot:.1f}) scale({size:.1f})"/>'
        )


def _shape_of(thing: Thing | None, size: float) -> tuple[float, float]:
    if thing is None:
        return size, size * 0.7
    if has_rig(thing):
        across, high = animal_shape(thing)
        return across * size, high * size
    return thing_size(thing, size)


def _draw_one(insert: _Insert, thing: Thing | None, words: str, size: float, number: int) -> str:
    """Return one of several things, every other one looking the other way; animals by the rigs of figures."""
    pen, prefix, is_mirrored = insert.pen, f"n{number}", number % 2 == 1
    if thing is None:
        return draw_stand_in(words, size, size * 0.7, line=pen.line, shift=pen.shift, prefix=prefix)
    colour = colour_of(words, thing)
    if has_rig(thing):
        side = insert.light.side
        return draw_animal(thing, colour, size, line=pen.line, light_x=side, prefix=prefix, is_mirrored=is_mirrored)
    return draw_thing(thing, colour, size, line=pen.line, shift=pen.shift, prefix=prefix, is_mirrored=is_mirrored)


_ARRANGEMENTS: dict[int, tuple[tuple[float, float, float], ...]] = {
    1: ((0.0, -10.0, 1.0),),
    2: ((-150.0, -30.0, 0.72), (160.0, 20.0, 0.78)),
    3: ((-215.0, -40.0, 0.56), (215.0, -20.0, 0.56), (0.0, 40.0, 0.66)),
    4: ((-170.0, -100.0, 0.5), (150.0, -110.0, 0.46), (-150.0, 110.0, 0.52), (170.0, 100.0, 0.54)),
    5: (
        (-240.0, -100.0, 0.42), (0.0, -120.0, 0.4), (240.0, -95.0, 0.42), (-130.0, 105.0, 0.48), (140.0, 110.0, 0.5),
    ),
    6: (
        (-240.0, -100.0, 0.4), (0.0, -115.0, 0.38), (235.0, -100.0, 0.4),
        (-245.0, 110.0, 0.45), (0.0, 120.0, 0.47), (245.0, 105.0, 0.45),
    ),
}  # fmt: skip
"""By number of things, their centres and how large they are drawn, those at the back first."""


def _draw_stand_in(insert: _Insert, words: str) -> None:
    """Draw a block with a name for a thing that there is no drawing of."""
    drawn = draw_stand_in(words, 380.0, 270.0, line=insert.pen.line, shift=insert.pen.shift, prefix="n")
    insert.pen.add(f'<g transform="translate(0 130)">{drawn}</g>')
    _draw_hand(insert, "translate(-150 150) rotate(-30)")


def _rounded_box(width: int, height: int, radius: int) -> str:
    """Return a rectangle about (0, 0) with round corners as a path."""
    across, down, r = width - 2 * radius, height - 2 * radius, radius
    right, left = f"h{across}a{r},{r} 0 0 1 {r},{r}v{down}", f"a{r},{r} 0 0 1 -{r},{r}h-{across}"
    return f"M-{across // 2},-{height // 2}{right}{left}a{r},{r} 0 0 1 -{r},-{r}v-{down}a{r},{r} 0 0 1 {r},-{r}Z"


def _draw_hand(insert: _Insert, transform: str, grip: str = "open") -> None:
    """Draw a forearm with its sleeve and hand; it reaches in along +x and ends near (0, 0)."""
    pen, look = insert.pen, insert.look
    if look is None:
        return
    metal = "cyber-arms" in look.marks
    skin = METAL if metal else look.outfit if "gloves" in look.marks else look.skin
    with pen.transform(transform):
        pen.limb([(-420, 26), (-200, 12), (-60, 0)], [120, 104, 78], skin)
        if metal:
            pen.cel(band([(-190, 10), (-110, 5)], [112, 96]), METAL)
            pen.glow_line("M-200,12L-70,2", look.accent.base, 5)
            pen.glow_line("M-130,-44L-130,52", look.accent.base, 3)
        elif "tattoos" in look.marks:
            pen.glow_line("M-190,-14l40,30l30,-26l40,22l20,-14", look.accent.base, 4)
        pen.limb([(-460, 30), (-300, 18), (-186, 12)], [168, 150, 138], look.outfit)
        cuffs = {"jacket": look.accent, "suit": look.inner, "uniform": look.accent}
        pen.limb([(-206, 13), (-176, 11)], [142, 138], cuffs.get(look.outfit_style, look.outfit))
        if grip == "fist":
            _draw_closed_fingers(pen, skin)
        else:
            _draw_open_fingers(pen, skin)


def _draw_closed_fingers(pen: Pen, skin: Tone) -> None:
    back = [(-70, -36), (-20, -52), (40, -55), (72, -42), (80, -8), (72, 30), (36, 48), (-70, 38)]
    pen.cel(smooth(back), skin)
    for y in (-34, -12, 10, 30):
        # each finger is bent at its middle joint: seen from the knuckles, a rounded block
        reach = 92 - abs(y + 2) * 0.32
        finger = [(34, y - 11), (reach - 8, y - 11), (reach, y), (reach - 8, y + 11), (34, y + 10)]
        pen.shape(smooth(finger), skin.base, skin.line)
        pen.fill(smooth([(40, y + 3), (reach - 10, y + 4), (reach - 12, y + 9), (40, y + 8)]), skin.shade)
    pen.shape(band([(-24, 42), (22, 50), (60, 34), (70, 16)], [30, 27, 24, 15]), skin.base, skin.line)
    for y in (-34, -12, 10):
        pen.taper([(26, y - 4), (34, y + 2), (28, y + 8)], pen.line, skin.line, 0.8)


def _draw_open_fingers(pen: Pen, skin: Tone) -> None:
    for reach, y, lean in ((124, -34, -14), (140, -12, -4), (134, 12, 8), (112, 33, 20)):
        pen.shape(band([(24, y), (80, y + lean * 0.5), (reach, y + lean)], [26, 24, 15]), skin.base, skin.line)
        tip = y + lean
        nail = [(reach - 14, tip - 5), (reach - 5, tip - 4), (reach - 4, tip + 3)]
        pen.taper(nail, pen.line * 0.8, skin.line, 0.7)
    pen.cel(smooth([(-70, -36), (-20, -46), (40, -44), (66, -10), (60, 34), (10, 50), (-70, 38)]), skin)
    pen.fill(box(24, -42, 22, 78), skin.base)
    pen.shape(band([(-30, -34), (20, -66), (64, -74)], [32, 27, 17]), skin.base, skin.line)


def _draw_screen(insert: _Insert) -> None:
    pen, lights, neon = insert.pen, insert.lights, insert.light.neon
    case = [corner(-270, -190), corner(270, -190), corner(256, 128), corner(-256, 128)]
    pen.cel(smooth(case), tone("#2a3044"), pen.line * 1.6)
    face = polygon([(-246, -168), (246, -168), (234, 108), (-234, 108)])
    pen.gradient(face, "#0f3a58", "#08202f")
    lights.fill(face, mix(neon[1], "#0a2030", 0.5), 0.6)
    for index, long in enumerate((170, 240, 120, 205, 260, 150, 90, 220)):
        y = -140 + index * 22
        colour = (neon[1], "#ffffff", neon[0], neon[1])[index % 4]
        pen.fill(box(-220, y, 26, 8), mix(colour, "#08202f", 0.4))
        insert.fill_lit(box(-184, y, long * 0.8, 8), colour, 0.9)
    pen.stroke(ellipse(130, -70, 70, 70), neon[1], 5)
    pen.stroke(ellipse(130, -70, 46, 46), neon[0], 9)
    lights.stroke(ellipse(130, -70, 46, 46), neon[0], 9)
    pen.fill(polygon([(130, -96), (154, -54), (106, -54)]), "#ffffff")
    pen.stroke("M60,60l30,-24l26,14l34,-40l30,26l40,-20", neon[0], 5)
    pen.fill(polygon([(-246, -168), (-110, -168), (-190, 108), (-234, 108)]), "#ffffff", 0.07)
    pen.cel(smooth([corner(-330, 178), corner(330, 178), corner(390, 300), corner(-390, 300)]), tone("#3a4158"))
    for row in range(3):
        for column in range(13):
            x, y = -300 + column * 47 - row * 8, 190 + row * 30
            pen.shape(box(x, y, 40, 23), "#556080", "#1c2234", pen.line * 0.7)
            if (row * 5 + column) % 6 == 0:
                insert.fill_lit(box(x + 4, y + 3, 32, 15), neon[1], 0.7)
    _draw_hand(insert, "translate(-150 236) rotate(-24) scale(0.78)")


def _draw_phone(insert: _Insert) -> None:
    pen, neon = insert.pen, insert.light.neon
    with insert.transform("rotate(9)"):
        pen.cel(_rounded_box(284, 420, 26), tone(insert.colour("#262a3a")), pen.line * 1.6)
        face = box(-124, -186, 248, 372)
        pen.gradient(face, mix(neon[0], "#1a1440", 0.45), "#101a36")
        insert.lights.fill(face, mix(neon[0], "#1a1440", 0.4), 0.6)
        pen.fill(ellipse(0, -84, 52, 52), mix(neon[1], "#ffffff", 0.4))
        pen.fill(smooth([(-46, -32), (0, -52), (46, -32), (40, -28), (-40, -28)]), neon[1])
        for y, long in ((2, 170), (34, 130), (66, 190)):
            pen.fill(box(-long / 2, y, long, 13), "#ffffff", 0.85)
        for x, colour in ((-62, "#ff4a5c"), (62, "#46e08a")):
            insert.fill_lit(ellipse(x, 132, 32, 32), colour, 0.8)
        pen.fill(polygon([(-124, -186), (-20, -186), (-90, 186), (-124, 186)]), "#ffffff", 0.08)
    _draw_hand(insert, "translate(-96 150) rotate(-38)")


def _draw_chip(insert: _Insert) -> None:
    pen, lights, neon = insert.pen, insert.lights, insert.light.neon
    _draw_hand(insert, "translate(-150 120) rotate(-22) scale(1.3)")
    with insert.transform("translate(50 -30) rotate(-14)"):
        case = [corner(-120, -90), corner(90, -90), corner(120, -60), corner(120, 90), corner(-120, 90)]
        pen.cel(smooth(case), tone("#3b4468"), pen.line * 1.6)
        for index in range(8):
            pen.fill(box(-104 + index * 27, 90, 15, 26), "#e0b860")
            pen.fill(box(-104 + index * 27, -114, 15, 24), "#e0b860")
        pen.fill(box(-62, -52, 124, 104), "#141a30")
        for width, path in ((4, "M-62,-20h-40M-62,20h-40M62,-20h40M62,20h40"), (5, "M-36,-26h72v52h-72z")):
            pen.glow_line(path, neon[1], width)
            lights.stroke(path, neon[1], width * 1.6)
        pen.fill(box(-14, -14, 28, 28), "#ffffff")
        lights.fill(box(-22, -22, 44, 44), neon[1])


def _draw_door(insert: _Insert) -> None:
    pen, lights, neon = insert.pen, insert.lights, insert.light.neon
    pen.cel(box(-330, -420, 660, 840), tone("#4a556e"), pen.line * 1.6)
    for x in (-250, 0):
        pen.cel(box(x + 4, -400, 246, 800), tone(insert.colour("#77849e")), pen.line * 1.3, 2)
        pen.stroke(box(x + 34, -330, 186, 190), "#39445a", pen.line * 1.6)
        pen.stroke(box(x + 34, -90, 186, 260), "#39445a", pen.line * 1.6)
    pen.fill(box(-5, -400, 10, 800), "#141a28")
    pen.glow_line("M0,-400V400", neon[1], 5)
    lights.fill(box(-7, -400, 14, 800), neon[1], 0.9)
    pen.cel(box(262, -70, 62, 130), tone("#252c3e"))
    insert.fill_lit(box(274, -56, 38, 50), neon[0])
    for index in range(3):
        pen.fill(box(276, 10 + index * 15, 34, 8), "#9fb0cc")
    _draw_hand(insert, "translate(130 60) rotate(-14) scale(1.05)")


def _draw_motorbike(insert: _Insert) -> None:
    pen, lights, neon, look = insert.pen, insert.lights, insert.light.neon, insert.look
    paint = tone(insert.colour(look.accent.base if look else neon[0]))
    for x in (-250, 250):
        pen.cel(ellipse(x, 130, 122, 122), tone("#1f2230"), pen.line * 1.5)
        pen.cel(ellipse(x, 130, 82, 82), tone("#8a93a8"))
        pen.fill(ellipse(x, 130, 58, 58), "#262a38")
        pen.glow_line(ellipse(x, 130, 84, 84), neon[1], 4)
        lights.stroke(ellipse(x, 130, 84, 84), neon[1], 8)
    pen.cel(smooth([(-200, 130), (-120, 40), (90, 40), (150, 130), (40, 170), (-120, 172)]), tone("#3a4052"))
    pen.cel(ellipse(-20, 108, 56, 44), tone("#8a93a8"))
    body = [
        corner(-330, -52), (-190, -30), (-70, -18), (40, -84), (170, -96), corner(290, 6),
        (220, 18), (150, 60), (0, 52), (-150, 40), (-260, 4),
    ]  # fmt: skip
    pen.cel(smooth(body), paint, pen.line * 1.5, 2)
    pen.cel(smooth([corner(-300, -56), (-180, -66), (-60, -34), (-110, -16), (-210, -22)]), tone("#22242f"))
    pen.cel(band([(190, -70), (236, 40), (250, 130)], [34, 28, 24]), tone("#9aa3b6"))
    windshield = [corner(120, -110), (150, -172), corner(196, -186), (200, -120), corner(190, -90)]
    pen.shape(smooth(windshield), "#bfe8ff", "#1f2a40")
    pen.fill(smooth([(250, -40), (300, -16), (286, 10), (244, -4)]), "#f6fdff")
    lights.fill(smooth([(250, -40), (310, -16), (286, 14), (244, -4)]), "#dff6ff")
    pen.stroke("M120,-110L84,-150", "#22242f", 10)
    pen.taper([(-190, 4), (-40, 20), (130, 8)], 6, paint.light, 0.8)
    _draw_hand(insert, "translate(66 -150) rotate(24) scale(0.62)", "fist")


def _draw_glass(insert: _Insert) -> None:
    pen = insert.pen
    pen.cel(box(-600, 200, 1200, 300), tone("#5a4038"))
    pen.fill(box(-600, 200, 1200, 10), "#8a6450")
    pen.fill(polygon([(-104, -150), (104, -150), (84, 204), (-84, 204)]), "#d8f0ff", 0.34)
    drink = polygon([(-95, 0), (95, 0), (84, 196), (-84, 196)])
    pen.gradient(drink, "#f2b45a", "#b8622a")
    insert.lights.fill(drink, "#e09a48", 0.45)
    pen.fill(ellipse(0, 0, 95, 15), "#ffd08a")
    for x, y, turn in ((-34, 26, 12), (30, 44, -18)):
        with pen.transform(f"translate({x} {y}) rotate({turn})"):
            pen.shape(box(-34, -34, 68, 68), "#f4fbff", "#ffffff", 2)
    pen.stroke("M-104,-150L-84,204H84L104,-150", "#eaf6ff", 5)
    pen.stroke(ellipse(0, -150, 104, 17), "#eaf6ff", 4)
    pen.fill(polygon([(-84, -136), (-60, -136), (-56, 190), (-70, 190)]), "#ffffff", 0.5)
    _draw_hand(insert, "translate(-140 110) rotate(-4) scale(1.1)")


def _draw_gun(insert: _Insert) -> None:
    pen, neon = insert.pen, insert.light.neon
    with insert.transform("translate(30 -20) rotate(-6)"):
        barrel = [corner(-150, -70), corner(240, -70), corner(262, -44), corner(240, 10), corner(-90, 16)]
        pen.cel(smooth([*barrel, corner(-150, -10)]), tone("#5f6a82"), pen.line * 1.5, 1.4)
        grip = [corner(-140, -4), corner(-50, 6), (-66, 90), corner(-90, 170), corner(-176, 156), (-150, 70)]
        pen.cel(smooth(grip), tone("#333a4e"), pen.line * 1.4)
        pen.stroke("M-46,14q6,56 48,50q40,-4 30,-56", "#2a3042", 8)
        pen.glow_line("M-90,-34H180", neon[1], 7)
        insert.lights.stroke("M-90,-34H180", neon[1], 14)
        for x in (200, 216, 232):
            pen.stroke(f"M{x},-60V0", "#262c3e", 5)
        pen.cel(box(-60, -96, 120, 26), tone("#3f485e"))
    _draw_hand(insert, "translate(-128 96) rotate(-16) scale(1.05)", "fist")


def _draw_photo(insert: _Insert) -> None:
    pen, light = insert.pen, insert.light
    with pen.transform("rotate(-7)"):
        pen.shape(box(-210, -180, 420, 330), "#fbf7ee", "#5a4a44", pen.line * 1.5)
        pen.gradient(box(-184, -156, 368, 236), light.sky[1], light.sky[2])
        hills = polygon([(-184, 80), (-184, 10), (-60, -40), (40, 20), (184, -20), (184, 80)])
        pen.fill(hills, scale_rgb(light.haze, 0.7))
        for x, coat, hair in ((-52, light.neon[0], "#2c2838"), (54, light.neon[1], "#c8b8a0")):
            shoulders = [corner(x - 44, 80), (x - 34, 26), (x, 14), (x + 34, 26), corner(x + 44, 80)]
            pen.fill(smooth(shoulders), mix(coat, "#404058", 0.4))
            pen.fill(ellipse(x, -14, 25, 29), "#f0cdb4")
            crown = [(x - 28, -8), (x - 24, -42), (x, -52), (x + 24, -42), (x + 28, -8)]
            pen.fill(smooth([*crown, (x + 10, -28), (x - 10, -28)]), hair)
        for y, long in ((100, 220), (122, 150)):
            pen.taper([(-160, y), (-160 + long / 2, y + 3), (-160 + long, y)], 5, "#6a5a58")
    _draw_hand(insert, "translate(-170 150) rotate(-30) scale(0.95)")


_SEGMENTS = {
    "a": (-36, -82, 72, 13),
    "b": (30, -76, 13, 72),
    "c": (30, 4, 13, 72),
    "d": (-36, 69, 72, 13),
    "e": (-43, 4, 13, 72),
    "f": (-43, -76, 13, 72),
}
"""Bars of a digit: left, top, width, height."""


def _draw_clock(insert: _Insert) -> None:
    pen, lights = insert.pen, insert.lights
    pen.cel(_rounded_box(608, 260, 24), tone("#343a4e"), pen.line * 1.6)
    pen.fill(box(-260, -104, 520, 208), "#140a14")
    for x, bars in ((-190, "abcdef"), (-80, "abcdef"), (64, "bc"), (174, "abc")):  # 00:17
        for bar in bars:
            dx, dy, wide, tall = _SEGMENTS[bar]
            pen.fill(box(x + dx, dy, wide, tall), "#ff4a50")
            lights.fill(box(x + dx, dy, wide, tall), "#ff3a44")
    for y in (-32, 26):
        pen.fill(ellipse(-8, y, 9, 9), "#ff4a50")
        lights.fill(ellipse(-8, y, 12, 12), "#ff3a44")
    for x, colour in ((-220, "#d8434a"), (0, "#3f8fd8"), (220, "#e0b040")):
        pen.stroke(f"M{x},130q14,60 -10,140", colour, 11)
    pen.fill(polygon([(-260, -104), (-130, -104), (-200, 104), (-260, 104)]), "#ffffff", 0.06)
    _draw_hand(insert, "translate(60 210) rotate(-30) scale(0.9)")


def _draw_eye(insert: _Insert) -> None:
    pen, neon = insert.pen, insert.light.neon
    iris = insert.look.eye if insert.look else neon[1]
    pen.cel(ellipse(0, 0, 200, 200), tone("#3b4258"), pen.line * 1.6)
    pen.fill(ellipse(0, 0, 164, 164), "#10162a")
    pen.gradient(ellipse(0, 0, 136, 136), scale_rgb(iris, 0.4), mix(iris, "#ffffff", 0.35))
    pen.fill(ellipse(0, 0, 62, 62), "#05060e")
    pen.fill(ellipse(-52, -58, 40, 30), "#ffffff", 0.9)
    pen.fill(ellipse(56, 62, 16, 12), "#ffffff", 0.8)
    for radius, width in ((164, 7), (104, 3)):
        pen.glow_line(ellipse(0, 0, radius, radius), neon[1], width)
        insert.lights.stroke(ellipse(0, 0, radius, radius), neon[1], width * 2)
    for angle in range(0, 360, 30):
        pen.add(f'<path d="M0,-186V-206" stroke="{neon[0]}" stroke-width="6" transform="rotate({angle})"/>')


def _draw_fist(insert: _Insert) -> None:
    if insert.look is None:
        _draw_stand_in(insert, "hand")
        return
    _draw_hand(insert, "translate(50 10) rotate(-12) scale(1.35)", "fist")


def _draw_case(insert: _Insert) -> None:
    pen, neon = insert.pen, insert.light.neon
    case = [corner(-230, -110), corner(230, -110), corner(250, 150), corner(-250, 150)]
    pen.cel(smooth(case), tone(insert.colour("#58647e")), pen.line * 1.6, 2)
    pen.stroke("M-60,-112q0,-60 60,-60q60,0 60,60", "#2c3448", 18)
    pen.fill(box(-246, -10, 492, 12), "#2c3448")
    for x in (-150, 150):
        pen.cel(box(x - 26, -30, 52, 50), tone("#c9a85a"))
    pen.glow_line("M-200,90H200", neon[1], 6)
    insert.lights.stroke("M-200,90H200", neon[1], 14)
    pen.fill(polygon([(-224, -100), (-120, -100), (-170, 140), (-244, 140)]), "#ffffff", 0.1)
    _draw_hand(insert, "translate(-110 130) rotate(-32)")


def _draw_drone(insert: _Insert) -> None:
    pen, lights, neon = insert.pen, insert.lights, insert.light.neon
    for x, y in ((-210, -70), (210, -70), (-290, 10), (290, 10)):
        pen.stroke(f"M{x * 0.3:.0f},0L{x},{y}", "#39405a", 20)
        pen.fill(ellipse(x, y - 34, 112, 13), "#dfe8f6", 0.35)
        pen.cel(box(x - 13, y - 34, 26, 46), tone("#4a5270"))
    body = [
        corner(-130, -40),
        (0, -72),
        corner(130, -40),
        (150, 10),
        corner(90, 60),
        (0, 74),
        corner(-90, 60),
        (-150, 10),
    ]
    pen.cel(smooth(body), tone("#6a748c"), pen.line * 1.5)
    pen.cel(ellipse(0, 28, 52, 52), tone("#262c3e"))
    insert.fill_lit(ellipse(0, 28, 30, 30), neon[0], 0.9)
    pen.fill(ellipse(-10, 18, 9, 7), "#ffffff", 0.9)
    for x in (-104, 104):
        insert.fill_lit(ellipse(x, 0, 9, 9), neon[1])
    lights.fill(polygon([(-40, 70), (40, 70), (150, 300), (-150, 300)]), mix(neon[0], "#ffffff", 0.5), 0.25)


def _draw_bottle(insert: _Insert) -> None:
    pen, glass = insert.pen, tone(insert.colour("#3f7a5a"))
    side = [corner(-34, -190), (-34, -110), (-40, -80), (-86, -30), corner(-88, 10), corner(-88, 160), (-70, 180)]
    outline = [*side, *((-point[0], *point[1:]) for point in reversed(side))]
    pen.cel(smooth(outline), glass, pen.line * 1.5, 2)
    pen.cel(box(-38, -212, 76, 30), tone("#8a6a4a"))
    pen.shape(box(-88, 20, 176, 104), "#f1ead6", glass.line, pen.line)
    for y, long in ((48, 96), (70, 120), (92, 70)):
        pen.fill(box(-long / 2, y, long, 7), "#a08a6a")
    pen.fill(polygon([(-70, -14), (-54, -30), (-54, 14), (-70, 14)]), "#ffffff", 0.5)
    _draw_hand(insert, "translate(-122 110) rotate(-12)")


def _draw_hologram(insert: _Insert) -> None:
    pen, lights, neon = insert.pen, insert.lights, insert.light.neon
    pen.cel(smooth([corner(-150, 170), corner(150, 170), corner(120, 210), corner(-120, 210)]), tone("#3a4158"))
    cone = polygon([(-110, 172), (110, 172), (250, -190), (-250, -190)])
    pen.fill(cone, neon[1], 0.18)
    lights.fill(cone, neon[1], 0.3)
    for index, (x, high) in enumerate(((-150, 120), (-96, 210), (-40, 150), (14, 260), (72, 190), (128, 110))):
        tower = box(x - 22, 60 - high, 46, high)
        pen.fill(tower, mix(neon[1], "#ffffff", 0.3), 0.5)
        pen.stroke(tower, mix(neon[1], "#ffffff", 0.6), 3)
        lights.stroke(tower, neon[index % 2], 6)
        for y in range(80 - high, 50, 26):
            pen.fill(box(x - 12, y, 10, 9), neon[0], 0.9)
            pen.fill(box(x + 6, y, 10, 9), "#ffffff", 0.7)
    pen.glow_line(ellipse(0, 62, 210, 30), neon[1], 4)
    for y in range(-180, 170, 14):
        pen.fill(box(-250, y, 500, 2), "#ffffff", 0.07)


DRAWN_BY_HAND: dict[str, Callable[[_Insert], None]] = {
    "screen": _draw_screen,
    "terminal": _draw_screen,
    "phone": _draw_phone,
    "chip": _draw_chip,
    "door": _draw_door,
    "motorbike": _draw_motorbike,
    "glass": _draw_glass,
    "gun": _draw_gun,
    "photo": _draw_photo,
    "timer": _draw_clock,
    "monocle": _draw_eye,
    "drone": _draw_drone,
    "bottle": _draw_bottle,
    "hologram": _draw_hologram,
    "hand": _draw_fist,
    "case": _draw_case,
}
