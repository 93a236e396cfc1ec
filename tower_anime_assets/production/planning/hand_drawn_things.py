"""Things beside the table of glyphs: those drawn by hand, those without a drawing, and what stands for the whole."""

from __future__ import annotations

from collections.abc import Mapping

HAND_DRAWN_ROWS = """
terminal 0.6 terminal, computer, console, computer terminal, keypad
screen 0.6 screen, monitor, display, readout, computer screen
hologram 1.0 hologram, projection
phone 0.15 phone, smartphone, mobile phone, cell phone, cellphone, handset, communicator
hand 0.2 hand, finger, fist, palm, wrist, knuckle, forearm, elbow, seam, sleeve, tattoo, thumb, arm
chip 0.05 data chip, chip, datachip, memory chip, microchip
door 2.0 door, doorway, steel door, metal door
motorbike 2.0 motorbike, motorcycle, bike, throttle, handlebar, headlight
glass 0.12 glass, tumbler, whisky, whiskey, drink, glass of whisky, glass of whiskey, glass of water
gun 0.25 gun, pistol, revolver, blaster, handgun
photo 0.1 photo, photograph, polaroid, snapshot
timer 0.2 timer, countdown, digital clock
monocle 0.05 monocle
drone 0.8 drone, quadcopter
bottle 0.3 bottle, glass bottle, wine bottle, whisky bottle, whiskey bottle, bottle of wine, beer bottle, water bottle
case 0.5 steel case, metal case, flight case, attache
"""
"""What is drawn by hand: the drawing's name, length in metres, names. They come before the names of `THING_ROWS`."""

GLYPH_BY_DRAWING: Mapping[str, tuple[str, str]] = {
    "terminal": ("🖥", "4a5264"),
    "screen": ("📺", "3f4656"),
    "phone": ("📱", "2c3140"),
    "door": ("🚪", "77849e"),
    "motorbike": ("🏍", "c8433c"),
    "glass": ("🥃", "d8a860"),
    "timer": ("⏱", "b8c0ca"),
    "bottle": ("bottle", "3f7a5a"),
    "case": ("💼", "58647e"),
}
"""By drawing made by hand, the glyph and colour that stand for it where it is small: in somebody's hand.

A glyph that is a word is one of the painter's own.
"""

WHOLE_HEADS = frozenset(
    ("fox", "wolf", "bear", "panda", "lion", "boar", "raccoon", "moose", "unicorn", "zebra", "hamster", "robot")
)
"""Of the kind "head", what a figure's rig shows whole in wide shots."""

WHOLE_BY_DRAWING: Mapping[str, str] = {"motorbike": "motorbike", "hand": "hand", "chip": "data chip"}
"""By drawing, the name under which shots list it whatever its writer called it: a part stands for the whole."""

UNDRAWN_ROWS = """
0.1 switch, button, piano key, dial, port, thimble, brooch, locket, bracelet, necklace, earring, pendant, marble
0.1 whistle, matchbox, match, lighter, cigarette case, remote, remote control
0.25 lever, cable, wire, power cable, jug, pitcher, decanter, cauldron, ladle, tray, pan, music box
0.25 snow globe, hairbrush, inkwell, gauge, altimeter, sextant, astrolabe, puppet, doll, figurine, statuette, idol
0.25 bust, relic, totem, jewelry box, jewellery box
0.5 baseball bat, cricket bat, lute, harp, lyre, koto, pipe, bagpipe, whip, scythe, sickle, trowel, rake, pitchfork
0.5 shovel, spade, crowbar, rifle, shotgun, machine gun, bayonet, spear, lance, halberd, staff, club, sling, net
0.5 sack, crate, chest, treasure chest, trunk, cage, birdcage, kennel, cradle, pillow, cushion, blanket, quilt
0.5 desk lamp, table lamp, bedside lamp, reading lamp, lava lamp, gas lamp, oar, paddle, saddle, bridle, harness, loom
0.5 spinning wheel, anvil, bellows, forge, drill, chainsaw, pump
1.2 steering wheel, potter wheel, rail, railing, guard rail, handrail, hand rail, gate, hatch, shutter, curtain
1.2 tapestry, carpet, rug, stove, oven, fridge, refrigerator, sink, wardrobe, cupboard, cabinet, throne, altar
1.2 pedestal, lectern, easel, statue, scarecrow, floor lamp, signpost, wheelbarrow, handcart, cart, pram, stroller
1.2 hammock, swing, seesaw, machine, generator, engine
3.0 phone booth, phone box, pirate ship, warship, viking ship, street lamp, lamppost, lamp post, street light
3.0 carriage, wagon, chariot, submarine, airship, zeppelin, tank, crane, windmill, water wheel, waterwheel
3.0 bulldozer, excavator, raft, mech, lifeboat, hot air balloon
"""
"""Things that no drawing suits, by length in metres: shown as stand-ins with their names."""
