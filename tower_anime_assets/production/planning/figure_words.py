"""Which figure of the animatic a character has, by kind and species; what has none is shown by a stand-in.

Words count whole, the last one first: a "fire cat" is a cat, a caterpillar is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.story.kind_words import WINGED_SPIRITS
from tower_anime_assets.production.story.model import Appearance

_BEAST_NAMES = (
    *("cat", "dog", "fox", "wolf", "rabbit", "bear", "horse", "unicorn", "donkey", "zebra", "deer", "stag", "cow"),
    *("bull", "sheep", "goat", "pig", "boar", "mouse", "squirrel", "hamster", "lion", "lioness", "tiger", "leopard"),
    *("panda", "raccoon", "otter"),
)
_BEAST_WORDS = {
    "cat": "kitten tomcat tabby kitty feline neko",
    "dog": "puppy hound terrier poodle retriever shepherd collie corgi shiba husky pup spaniel bulldog dachshund",
    "fox": "vixen kitsune",
    "wolf": "coyote jackal werewolf",
    "rabbit": "bunny hare",
    "bear": "cub grizzly",
    "horse": "mare stallion pony foal colt steed mule",
    "donkey": "ass",
    "deer": "doe fawn antelope gazelle roe",
    "stag": "reindeer elk moose buck",
    "cow": "calf cattle",
    "bull": "ox buffalo bison yak",
    "sheep": "lamb ewe ram",
    "goat": "kid",
    "pig": "piglet hog sow",
    "mouse": "rat shrew vole",
    "squirrel": "chipmunk",
    "hamster": "gerbil",
    "leopard": "jaguar cheetah panther cougar puma lynx",
    "raccoon": "tanuki badger",
    "otter": "weasel ferret stoat marten mink",
}
_COMPOUNDS = {
    "guinea pig": "hamster", "prairie dog": "squirrel", "red panda": "raccoon", "mountain lion": "lioness",
    "sea lion": "", "sea cow": "", "koala bear": "", "flying fox": "", "hot dog": "", "river horse": "",
}  # fmt: skip
"""Animals of two words that are not what the second one says; "" for those without a rig."""
_BIRD_WORDS = {
    "bird": "sparrow finch canary songbird wren starling swallow nightingale lark bluebird tit chickadee budgie thrush "
    "hummingbird kingfisher blackbird chick bullfinch",
    "crow": "raven magpie jackdaw rook jay",
    "owl": "owlet",
    "parrot": "macaw cockatoo parakeet cockatiel lovebird",
    "eagle": "hawk falcon kestrel kite buzzard vulture condor",
    "pigeon": "dove seagull gull tern",
    "duck": "duckling mallard drake",
    "goose": "swan gander cygnet",
    "chicken": "hen rooster cock cockerel",
    "crane": "heron stork egret ibis flamingo",
}
_VEHICLE_WORDS = {
    "bus": "coach minibus schoolbus omnibus",
    "car": "taxi cab limousine automobile sedan",
    "van": "truck lorry ambulance camper pickup",
    "tram": "train streetcar trolley",
}
GHOSTS = frozenset(
    {
        "ghost",
        "spirit",
        "phantom",
        "spectre",
        "specter",
        "wraith",
        "apparition",
        "poltergeist",
        "soul",
        "yurei",
        "spook",
    }
)
"""Spirits that float above a trail of mist; "s" at the end is left out."""

HUMAN_ROBOTS = frozenset({"android", "gynoid", "cyborg", "replicant", "humanoid"})
"""Robots that look like people, apart from their arms and one eye."""


def _by_word(words_by_name: Mapping[str, str], names: tuple[str, ...] = ()) -> dict[str, str]:
    own = {name: name for name in (*names, *words_by_name)}
    return {word: name for name, words in words_by_name.items() for word in words.split()} | own


_BEAST_BY_WORD = _by_word(_BEAST_WORDS, _BEAST_NAMES)
_BIRD_BY_WORD = _by_word(_BIRD_WORDS, ("robin", "penguin"))
_VEHICLE_BY_WORD = _by_word(_VEHICLE_WORDS)


def _name_in(species: str, table: Mapping[str, str]) -> str:
    for word in reversed(species.lower().replace("-", " ").split()):
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in table:
                return table[form]
    return ""


def beast_name(species: str) -> str:
    """Return the four-legged animal that a species is drawn as; "" for none."""
    words = " ".join(species.lower().replace("-", " ").split())
    for compound, name in _COMPOUNDS.items():
        if compound in words:
            return name
    return _name_in(species, _BEAST_BY_WORD)


def bird_name(species: str) -> str:
    """Return the bird that a species is drawn as; "" for none, a songbird where no species is said."""
    return _name_in(species if species.strip() else "bird", _BIRD_BY_WORD)


def vehicle_name(species: str) -> str:
    """Return the vehicle that a species is drawn as; "" for none."""
    return _name_in(species, _VEHICLE_BY_WORD)


def is_ghost(kind: str, species: str) -> bool:
    """Return whether a spirit is a ghost, and no other spirit, such as a fairy."""
    words = species.lower().replace("-", " ").split()
    return kind == "spirit" and (not words or bool(GHOSTS & {word.removesuffix("s") for word in words}))


def has_human_figure(appearance: Appearance) -> bool:
    """Return whether somebody is drawn with a human's body: people, and beings that are shaped like them."""
    species = appearance.species.strip().lower()
    if appearance.kind in ("human", "robot"):
        return appearance.kind == "human" or (appearance.hair_style != "bald" and species in HUMAN_ROBOTS)
    is_shaped_like_one = (
        appearance.hair_style != "bald" or appearance.presents != "neutral" or species in WINGED_SPIRITS
    )
    return is_shaped_like_one and appearance.kind in ("spirit", "monster") and appearance.mobility != "four-legged"


def is_silhouette(appearance: Appearance) -> bool:
    """Return whether nothing but a silhouette with a name on it stands for somebody."""
    kind, species = appearance.kind, appearance.species
    if has_human_figure(appearance) or kind == "robot" or is_ghost(kind, species):
        return False
    named = {"vehicle": vehicle_name, "bird": bird_name}.get(kind, beast_name)(species)
    thing = find(species.strip().lower()) if species.strip() else None
    return not named and (thing is None or not thing.glyph or thing.kind == "head")
