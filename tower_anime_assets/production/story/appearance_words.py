"""The words from which looks are read, and the colours and styles that are drawn where a description says nothing."""

from __future__ import annotations

from collections.abc import Mapping


def _by_word(**words_by_value: str) -> Mapping[str, str]:
    """Return value by word, from the words that stand for each value."""
    return {word: value for value, words in words_by_value.items() for word in words.split()}


HAIR_STYLES = ("short", "long", "ponytail", "bob", "spiky", "bun", "braids", "bald", "slicked")
OUTFIT_STYLES = ("jacket", "coat", "suit", "lab_coat", "hoodie", "dress", "uniform", "armour", "shirt", "robe")
BUILDS = ("slim", "average", "broad", "small", "fat", "plump")
KINDS = ("human", "animal", "bird", "robot", "spirit", "monster", "vehicle", "thing")
MOBILITIES = ("wheelchair", "floating", "four-legged", "two-legged")
PRESENTATIONS = ("feminine", "masculine", "neutral")
VOICE_VARIANTS: Mapping[str, tuple[str, ...]] = {
    "feminine": ("f1", "f2", "f3", "f4", "f5"),
    "masculine": ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"),
    "neutral": ("m3", "f2", "m7", "f4"),
}
"""espeak-ng's voice variants that suit each way to present."""

COLOURS: Mapping[str, str] = {
    "amber": "#ffb000",
    "aqua": "#2ad4d4",
    "ash": "#b2b0aa",
    "auburn": "#7a3323",
    "azure": "#2f7fd6",
    "beige": "#d8c7a3",
    "black": "#17181d",
    "blond": "#f0d27a",
    "blonde": "#f0d27a",
    "blue": "#2f62c9",
    "bronze": "#a9713a",
    "brown": "#6b4226",
    "burgundy": "#6d1a2f",
    "caramel": "#b9773e",
    "charcoal": "#34373d",
    "chestnut": "#74402a",
    "copper": "#b5633a",
    "coral": "#ff7a5c",
    "cream": "#f3ead3",
    "crimson": "#b3122f",
    "cyan": "#19d3e6",
    "ebony": "#3b2620",
    "emerald": "#1f9e6b",
    "fuchsia": "#e0289a",
    "ginger": "#c8602a",
    "gold": "#e3b23c",
    "golden": "#e8bd4d",
    "gray": "#80848c",
    "green": "#3b8f4a",
    "grey": "#80848c",
    "hazel": "#8a6a36",
    "indigo": "#3c3a9e",
    "ivory": "#f5f0e1",
    "jade": "#3aa384",
    "khaki": "#a49a6c",
    "lavender": "#b7a3e3",
    "lilac": "#c3a2d8",
    "lime": "#a6e22e",
    "magenta": "#d92bb4",
    "maroon": "#641e2b",
    "mauve": "#a67d9d",
    "mint": "#98e0c0",
    "navy": "#1d2a52",
    "ochre": "#c38a2b",
    "olive": "#6f7136",
    "orange": "#f0812a",
    "pearl": "#ece8e1",
    "pink": "#f08cb4",
    "platinum": "#e6e3da",
    "plum": "#6f3561",
    "purple": "#7a3fb0",
    "raven": "#15161f",
    "red": "#cf2e35",
    "rose": "#e2728f",
    "ruby": "#a8173c",
    "rust": "#a4502a",
    "salmon": "#f39a84",
    "sand": "#d6bd8d",
    "sapphire": "#2450b0",
    "scarlet": "#d8232e",
    "silver": "#cfd6e0",
    "sky": "#7fc1ee",
    "slate": "#566270",
    "steel": "#8795a5",
    "tan": "#c8a274",
    "teal": "#1f8a8a",
    "turquoise": "#34c6bd",
    "ultramarine": "#2b3fa8",
    "vermilion": "#e2492b",
    "violet": "#8a4fd0",
    "white": "#f4f5f7",
    "wine": "#651c34",
    "yellow": "#f2d33b",
}
"""Colour words of everyday English, as sRGB; chosen by eye to sit well in flat colour areas."""

SKIN_WORDS: Mapping[str, str] = {
    "porcelain": "#fbe6dc",
    "pale": "#f8ddcf",
    "fair": "#f6d5c0",
    "light": "#f2cdb2",
    "tan": "#d7a27c",
    "tanned": "#d7a27c",
    "sunburnt": "#dc9478",
    "olive": "#cfa079",
    "golden": "#d9a878",
    "bronze": "#b57b52",
    "brown": "#9a6544",
    "dark": "#6f4630",
    "black": "#553526",
    "ebony": "#47302a",
}
DEFAULT_SKIN_COLOURS = ("#f6d5c0", "#f2cdb2", "#e8bd9c", "#d7a27c", "#b57b52", "#9a6544", "#6f4630", "#f8ddcf")
BODY_COLOURS: Mapping[str, tuple[str, ...]] = {
    "animal": ("#8a6a4a", "#6b4226", "#80848c", "#3a3640", "#e9e2d4", "#c98a4a"),
    "bird": ("#5f6f8a", "#8a6a4a", "#3a3640", "#c96a4a", "#e9e2d4"),
    "robot": ("#cfd6e0", "#9aa3ad", "#e3b23c", "#5f8fb4", "#c96a4a", "#7aa08a"),
    "spirit": ("#e4ebf5", "#d6e4f2", "#dfe8e4", "#e8e2f2"),
    "monster": ("#4f7f5a", "#7a4f8a", "#8a3f3f", "#4a5f8a"),
    "vehicle": ("#cf2e35", "#2f62c9", "#e3b23c", "#80848c", "#3b8f4a"),
    "thing": ("#b08a5a", "#8a8f99", "#a65a4a", "#6a8f8a"),
}
"""By kind, the colours from which one is drawn for a body of which nothing is said."""
DEFAULT_HAIR_COLOURS = (
    "#2a1d1a",
    "#17181d",
    "#6b4226",
    "#f0d27a",
    "#b5633a",
    "#7a3323",
    "#566270",
    "#2b3a67",
    "#8a4f7d",
    "#3f7f7a",
)
DEFAULT_EYE_COLOURS = ("#6b4226", "#2f62c9", "#3b8f4a", "#8a6a36", "#80848c", "#7a3fb0", "#c37b1f", "#1f8a8a")
DEFAULT_OUTFIT_COLOURS = (
    "#2f62c9",
    "#b3122f",
    "#3b8f4a",
    "#e3b23c",
    "#7a3fb0",
    "#1f8a8a",
    "#d9672a",
    "#3c3f4a",
    "#c05a86",
    "#556b2f",
)
DEFAULT_ACCENT_COLOURS = ("#ffb000", "#19d3e6", "#f05a8c", "#a6e22e", "#f4f5f7", "#8f6bff")
OUTFIT_COLOUR_BY_STYLE: Mapping[str, str] = {"lab_coat": "#eef1f5", "suit": "#262a36", "armour": "#8795a5"}
DEFAULT_HAIR_STYLES: Mapping[str, tuple[str, ...]] = {
    "feminine": ("long", "ponytail", "bob", "short", "braids", "bun"),
    "masculine": ("short", "spiky", "slicked", "long"),
    "neutral": ("short", "bob", "spiky", "ponytail", "long"),
}
DEFAULT_OUTFIT_STYLES = ("jacket", "hoodie", "shirt", "coat", "uniform")

HAIR_STYLE_WORDS = _by_word(
    ponytail="ponytail pigtails twintails",
    bob="bob bobbed",
    spiky="spiky spiked mohawk messy tousled",
    bun="bun topknot",
    braids="braid braids braided plaits dreadlocks",
    bald="bald hairless",
    slicked="slicked pomaded",
)
HAIR_LENGTH_WORDS = _by_word(
    long="long flowing length",
    short="short cropped buzzed undercut buzzcut",
    bald="shaved shaven",
    slicked="combed slick",
    spiky="wild",
)
HAIR_NOUNS = frozenset(
    {"hair", "haired", "locks", "mane", "curls", "fringe", "undercut", "afro", "mullet", "tresses", "dreads", "buzzcut"}
)
HAIR_COLOUR_NOUNS: Mapping[str, str] = {
    "blonde": "#f0d27a",
    "blond": "#f0d27a",
    "brunette": "#6b4226",
    "redhead": "#b5482a",
}
EYE_NOUNS = frozenset({"eyes", "eyed", "eye"})
SKIN_NOUNS = frozenset({"skin", "skinned", "complexion"})

OUTFIT_WORDS = _by_word(
    jacket="jacket bomber parka windbreaker vest",
    coat="coat overcoat trenchcoat greatcoat",
    suit="suit suits tuxedo blazer",
    lab_coat="labcoat scrubs",
    hoodie="hoodie sweatshirt",
    dress="dress gown skirt sundress frock",
    uniform="uniform overalls jumpsuit",
    armour="armour armor exosuit exoskeleton",
    shirt="shirt tshirt sweater blouse pullover top",
    robe="robe robes kimono yukata cloak habit cassock",
)
OUTFIT_BY_OCCUPATION = _by_word(
    lab_coat="scientist researcher doctor chemist surgeon physicist biologist",
    suit="ceo executive lawyer banker politician businessman businesswoman",
    jacket="racer pilot biker",
    uniform="mechanic guard policeman policewoman officer student nurse",
    armour="soldier knight mercenary",
    hoodie="hacker",
    coat="detective spy",
    robe="monk priest priestess wizard witch nun sorcerer sorceress mage druid abbot hermit",
    dress="princess singer",
)
SHAVEN_OCCUPATIONS = frozenset(("monk", "monks"))
BUILD_WORDS = _by_word(
    slim="slim thin lean lanky slender wiry skinny gaunt bony slight scrawny emaciated willowy svelte lithe",
    broad="broad muscular burly stocky heavyset massive hulking brawny bulky sturdy beefy thickset "
    "well-built broad-shouldered barrel-chested big-boned heavy",
    fat="fat overweight obese rotund corpulent roly-poly",
    plump="plump chubby portly stout tubby pudgy",
    small="small petite tiny diminutive",
)
PRESENTATION_WORDS = _by_word(
    feminine="she her hers herself woman girl female lady mother sister daughter aunt queen princess actress "
    "grandmother wife schoolgirl feminine heroine businesswoman policewoman priestess waitress witch nun empress "
    "duchess countess stewardess hostess sorceress goddess grandma granny niece bride widow maid lass cowgirl geisha "
    "gal mom mum mermaid granddaughter housewife landlady fisherwoman giantess matriarch tomboy",
    masculine="he him his himself man boy male gentleman father brother son uncle king prince grandfather husband "
    "schoolboy masculine businessman policeman priest waiter wizard monk emperor duke guy grandpa nephew groom widower "
    "dad daddy lad cowboy gentlemen fisherman fireman postman salesman landlord sorcerer patriarch bloke dude grandson "
    "merman tomcat",
)
FEATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "cybernetic arms",
        (
            "cybernetic arms",
            "prosthetic arms",
            "robotic arms",
            "mechanical arms",
            "chrome arms",
            "robot arms",
            "bionic arms",
        ),
    ),
    (
        "cybernetic arm",
        ("cybernetic arm", "prosthetic arm", "robotic arm", "mechanical arm", "chrome arm", "robot arm", "bionic arm"),
    ),
    ("cybernetic eye", ("cybernetic eye", "prosthetic eye", "robotic eye", "mechanical eye")),
    ("AR monocle", ("ar monocle", "augmented reality monocle", "holographic monocle", "smart monocle")),
    ("monocle", ("monocle",)),
    ("holographic tattoos", ("holographic tattoos", "holographic tattoo", "glowing tattoos", "hologram tattoos")),
    ("tattoos", ("tattoos", "tattoo", "tattooed")),
    ("sunglasses", ("sunglasses", "shades")),
    ("glasses", ("glasses", "spectacles")),
    ("goggles", ("goggles",)),
    ("visor", ("visor",)),
    ("eye patch", ("eye patch", "eyepatch", "eye patches")),
    ("scar", ("scar", "scars", "scarred")),
    ("freckles", ("freckles", "freckled")),
    ("headphones", ("headphones", "headset", "earphones")),
    ("cat ears", ("cat ears",)),
    ("fox ears", ("fox ears",)),
    ("rabbit ears", ("rabbit ears", "bunny ears")),
    ("horns", ("horns", "horned")),
    ("halo", ("halo",)),
    ("wings", ("wings", "winged")),
    ("tail", ("tail",)),
    ("cape", ("cape", "capes")),
    ("scarf", ("scarf", "scarves")),
    ("tie", ("tie", "necktie")),
    ("hat", ("hat", "hats", "tophat", "fedora", "cap", "beret")),
    ("helmet", ("helmet", "helmets")),
    ("hood", ("hood", "hooded")),
    ("mask", ("mask", "masks", "masked")),
    ("gloves", ("gloves", "gloved")),
    ("earrings", ("earrings", "earring")),
    ("necklace", ("necklace", "necklaces", "pendant", "dog tags")),
    ("beard", ("beard", "bearded", "goatee")),
    ("stubble", ("stubble", "unshaven")),
    ("moustache", ("moustache", "mustache")),
    ("ribbon", ("ribbon", "ribbons", "hairpin")),
    ("crown", ("crown", "tiara")),
    ("backpack", ("backpack", "rucksack")),
    ("sword", ("sword", "swords", "katana", "katanas")),
)
MORE_SPECIFIC_FEATURES: Mapping[str, tuple[str, ...]] = {
    "monocle": ("AR monocle",),
    "tattoos": ("holographic tattoos",),
    "cybernetic arm": ("cybernetic arms",),
}
NEGATIONS = frozenset({"no", "not", "without", "never", "lost", "hates", "lacks", "removed", "neither", "nor"})
AGE_WORDS: Mapping[str, int] = {
    "newborn": 1,
    "baby": 1,
    "infant": 1,
    "toddler": 2,
    "child": 9,
    "kid": 10,
    "tween": 11,
    "lad": 14,
    "lass": 14,
    "adolescent": 15,
    "boy": 12,
    "girl": 13,
    "schoolboy": 15,
    "schoolgirl": 15,
    "teen": 16,
    "teenage": 16,
    "teenager": 16,
    "student": 18,
    "young": 21,
    "grown": 30,
    "adult": 32,
    "grown-up": 32,
    "mother": 36,
    "father": 38,
    "professor": 52,
    "judge": 56,
    "abbot": 62,
    "retired": 66,
    "veteran": 50,
    "middle": 48,  # middle-aged
    "old": 68,
    "aging": 60,
    "ageing": 60,
    "pensioner": 70,
    "elderly": 74,
    "aged": 74,
    "ancient": 80,
    "grandmother": 70,
    "grandma": 70,
    "granny": 72,
    "grandfather": 72,
    "grandpa": 72,
    "grandparent": 71,
    "octogenarian": 84,
    "septuagenarian": 74,
    "sexagenarian": 64,
    "centenarian": 100,
}
TENS: Mapping[str, int] = {
    word: 10 * number
    for number, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2)
}
DECADES: Mapping[str, int] = {
    "teens": 15,
    "twenties": 24,
    "thirties": 34,
    "forties": 44,
    "fifties": 54,
    "sixties": 64,
    "seventies": 74,
    "eighties": 84,
}
SMALL_NUMBERS = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
LINK_WORDS = frozenset({"is", "are", "dyed", "coloured", "colored", "of", "the", "colour", "color", "in", "a", "as"})
COLOUR_MODIFIERS = frozenset({"neon", "electric", "bright", "vivid", "dark", "deep", "light", "pale", "pastel", "jet"})
