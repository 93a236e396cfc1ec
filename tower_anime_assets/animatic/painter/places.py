"""The kind of place that a screenplay's words mean."""

from __future__ import annotations

from tower_anime_assets.production.planning.shots import Setting

_PLACE_WORDS: tuple[tuple[str, bool | None, tuple[str, ...]], ...] = (
    # kind, interior (None: either), words; the first match wins, so specific words come before general ones
    ("server", None, ("server", "data center", "data centre", "datacenter", "mainframe", "archive core", "vault")),
    ("lab", None, ("lab", "laboratory", "research", "clean room", "observatory", "control room", "ops", "security")),
    ("hospital", True, ("hospital", "clinic", "infirmary", "ward", "medbay", "med bay", "surgery")),
    ("garage", True, ("garage", "workshop", "hangar", "repair", "pit")),
    ("ship", None, ("spaceship", "starship", "spacecraft", "cockpit", "airlock", "shuttle", "orbital", "space")),
    ("train", True, ("train", "subway car", "metro car", "monorail", "carriage")),
    ("station", True, ("station", "platform", "terminal hall", "subway", "metro", "airport")),
    ("school", True, ("school", "class", "library", "lecture", "gym", "academy")),
    (
        "bar",
        True,
        ("bar", "cafe", "café", "club", "restaurant", "diner", "izakaya", "ramen", "pub", "noodle", "kitchen"),
    ),
    ("corridor", True, ("corridor", "hallway", "hall", "stair", "passage", "tunnel", "elevator", "lift", "lobby")),
    ("warehouse", True, ("warehouse", "factory", "dock", "storage", "depot", "plant", "basement", "sewer")),
    (
        "office",
        True,
        ("boardroom", "office", "headquarters", "penthouse", "tower", "conference", "meeting", "suite", "hq"),
    ),
    (
        "apartment",
        True,
        ("apartment", "bedroom", "flat", "home", "house", "loft", "living room", "dorm", "room", "studio"),
    ),
    ("rooftop", None, ("rooftop", "roof", "helipad", "terrace", "balcony")),
    ("alley", False, ("alley", "backstreet", "back street", "lane", "courtyard")),
    (
        "highway",
        False,
        ("highway", "freeway", "bridge", "overpass", "expressway", "track", "race", "tunnel", "motorway"),
    ),
    ("shrine", False, ("shrine", "temple", "torii", "graveyard", "cemetery")),
    ("beach", False, ("beach", "sea", "ocean", "shore", "harbor", "harbour", "pier", "lake", "river", "coast")),
    ("forest", False, ("forest", "wood", "jungle", "grove")),
    ("park", False, ("park", "garden", "field", "meadow", "playground", "yard", "campus", "school")),
    ("desert", False, ("desert", "dune", "wasteland", "badlands")),
    ("mountain", False, ("mountain", "cliff", "hill", "peak", "valley", "snowfield", "pass")),
    (
        "street",
        False,
        ("street", "city", "avenue", "downtown", "road", "market", "district", "square", "plaza", "crossing"),
    ),
)


GREEN_PLACES = ("park", "forest", "beach", "shrine", "desert", "mountain")
"""Kinds of exteriors away from the city."""


def place_kind(setting: Setting) -> str:
    """Return the kind of room or exterior that a setting names; "room" or "street" when no word is known."""
    text = f" {setting.place.lower().replace('-', ' ')} "
    for kind, interior, words in _PLACE_WORDS:
        if interior is not None and interior != setting.interior:
            continue
        if any(f" {word} " in text or f" {word}s " in text or (len(word) > 4 and word in text) for word in words):
            if kind in ("lab", "server", "ship") and not setting.interior and kind != "ship":
                continue
            if kind == "rooftop" and setting.interior:
                continue
            return kind
    return "room" if setting.interior else "street"
