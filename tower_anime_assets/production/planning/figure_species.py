"""Which characters the animatic has figures for, by what they are; the others are drawn as labelled silhouettes.

The painter's rigs decide; a test holds these words to them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.planning.things import find
from tower_anime_assets.production.story.model import Appearance

ANIMALS = word_set(
    "antelope ass badger bear bison boar buck buffalo bull bulldog bunny calf cat cattle cheetah chipmunk collie "
    "colt corgi cougar cow coyote cub dachshund deer doe dog donkey elk ewe fawn feline ferret foal fox gazelle "
    "gerbil goat grizzly hamster hare hog horse hound husky jackal jaguar kid kitsune kitten kitty lamb "
    "leopard lion lioness lynx mare marten mink moose mouse mule neko otter ox panda panther pig piglet pony "
    "poodle puma pup puppy rabbit raccoon ram rat reindeer retriever roe sheep shepherd shiba shrew sow spaniel "
    "squirrel stag stallion steed stoat tabby tanuki terrier tiger tomcat unicorn vixen vole weasel werewolf wolf "
    "yak zebra"
)
BIRDS = word_set(
    "bird blackbird bluebird budgie bullfinch buzzard canary chick chickadee chicken cock cockatiel cockatoo "
    "cockerel condor crane crow cygnet dove drake duck duckling eagle egret falcon finch flamingo gander goose "
    "gull hawk hen heron hummingbird ibis jackdaw jay kestrel kingfisher kite lark lovebird macaw magpie mallard "
    "nightingale owl owlet parakeet parrot penguin pigeon raven robin rook rooster seagull songbird sparrow "
    "starling stork swallow swan tern thrush tit vulture wren"
)
VEHICLES = word_set(
    "ambulance automobile bus cab camper car coach limousine lorry minibus omnibus pickup schoolbus "
    "sedan streetcar taxi train tram trolley truck van"
)


def has_figure(appearance: Appearance) -> bool:
    """Return whether a character is drawn as what it is, and not as a labelled silhouette."""
    species, kind = appearance.species.strip().lower(), appearance.kind
    has_human_shape = appearance.hair_style != "bald" or appearance.presents != "neutral"
    if kind in ("human", "robot", "spirit"):
        return True
    if kind == "monster" and has_human_shape and appearance.mobility != "four-legged":
        return True
    words = set(_forms(species))
    known = {"vehicle": VEHICLES, "bird": BIRDS}.get(kind, ANIMALS)
    if words & known or (kind == "bird" and not species):
        return True
    thing = find(species)
    return thing is not None and bool(thing.glyph) and thing.kind != "head"


def _forms(species: str) -> Iterator[str]:
    for word in species.replace("-", " ").split():
        yield from (word, word.removesuffix("s"), word.removesuffix("es"))
