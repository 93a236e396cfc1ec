"""The words that say what a character is: kinds and species with their heights, people, and how big somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tower_anime_assets.production.planning.lexicon import word_set


@dataclass(frozen=True)
class Species:
    """What a word says of a character.

    Attributes:
        kind: As in `Appearance`.
        height: Relative to a grown human.
        mobility: As in `Appearance`.
    """

    kind: str
    height: float
    mobility: str = ""


def _heights(kind: str, mobility: str, words: str) -> dict[str, Species]:
    """Return species by word, from a row of `word:height`; words with a `_` are two."""
    pairs = (item.split(":") for item in words.split())
    return {word.replace("_", " "): Species(kind, float(height), mobility) for word, height in pairs}


SPECIES: Mapping[str, Species] = {
    **_heights(
        "animal",
        "four-legged",
        "cat:0.3 kitten:0.18 tomcat:0.32 tabby:0.3 kitty:0.25 feline:0.3 dog:0.42 puppy:0.22 hound:0.5 "
        "terrier:0.3 poodle:0.4 sheepdog:0.5 wolfhound:0.7 watchdog:0.5 lapdog:0.2 housecat:0.3 wildcat:0.35 "
        "warhorse:1.3 racehorse:1.3 bulldog:0.35 dachshund:0.22 corgi:0.25 shiba:0.35 akita:0.45 husky:0.5 "
        "labrador:0.45 retriever:0.45 spaniel:0.35 mongrel:0.4 pup:0.22 wolf:0.6 fox:0.32 vixen:0.32 horse:1.25 "
        "pony:0.85 foal:0.8 mare:1.25 stallion:1.3 donkey:0.85 mule:0.95 zebra:1.1 unicorn:1.3 cow:1.0 bull:1.1 "
        "ox:1.1 calf:0.6 buffalo:1.2 yak:1.2 goat:0.55 sheep:0.55 lamb:0.35 ram:0.6 pig:0.5 piglet:0.25 sow:0.5 "
        "boar:0.6 deer:0.85 stag:1.1 fawn:0.5 doe:0.8 moose:1.4 elk:1.3 reindeer:0.9 bear:1.05 cub:0.35 panda:0.8 "
        "lion:0.8 lioness:0.75 tiger:0.8 leopard:0.6 panther:0.6 cheetah:0.6 jaguar:0.6 lynx:0.45 raccoon:0.3 "
        "tanuki:0.3 badger:0.3 otter:0.3 weasel:0.15 ferret:0.15 mouse:0.06 rat:0.1 hamster:0.07 squirrel:0.14 "
        "hedgehog:0.12 rabbit:0.2 bunny:0.18 hare:0.25 elephant:1.9 mammoth:2.0 rhino:1.1 rhinoceros:1.1 "
        "hippo:1.0 hippopotamus:1.0 giraffe:3 camel:1.3 llama:1.05 alpaca:0.9 lizard:0.1 gecko:0.05 iguana:0.2 "
        "chameleon:0.1 salamander:0.06 crocodile:0.4 alligator:0.4 turtle:0.15 tortoise:0.2 frog:0.07 toad:0.07 "
        "beaver:0.3 mole:0.1 skunk:0.25 possum:0.25 armadillo:0.2 koala:0.4 sloth:0.4 hyena:0.5 jackal:0.4 "
        "coyote:0.4 dinosaur:2.0",
    ),
    **_heights(
        "animal",
        "",
        "monkey:0.45 ape:0.8 gorilla:0.95 chimpanzee:0.7 orangutan:0.8 baboon:0.5 lemur:0.3 snake:0.15 cobra:0.3 "
        "python:0.15 viper:0.12 fish:0.15 goldfish:0.06 catfish:0.2 swordfish:0.4 tadpole:0.03 carp:0.2 koi:0.2 "
        "shark:0.6 whale:3 orca:1.5 dolphin:0.8 seal:0.5 walrus:0.8 octopus:0.5 squid:0.5 jellyfish:0.3 crab:0.12 "
        "lobster:0.15 spider:0.05 scorpion:0.06 beetle:0.03 ant:0.02 bee:0.03 wasp:0.03 butterfly:0.05 moth:0.05 "
        "dragonfly:0.05 snail:0.04 worm:0.03 caterpillar:0.03 cricket:0.03 firefly:0.02 bat:0.15 seahorse:0.1 "
        "starfish:0.1 insect:0.03 animal:0.5",
    ),
    **_heights("animal", "two-legged", "kangaroo:0.9 wallaby:0.5"),
    **_heights(
        "bird",
        "",
        "bird:0.15 songbird:0.1 blackbird:0.15 bluebird:0.1 hummingbird:0.06 nightingale:0.1 crow:0.25 raven:0.3 "
        "owl:0.3 owlet:0.15 eagle:0.5 hawk:0.35 falcon:0.35 parrot:0.25 parakeet:0.12 cockatoo:0.25 sparrow:0.09 "
        "pigeon:0.2 dove:0.18 swan:0.6 goose:0.5 duck:0.3 duckling:0.1 chicken:0.3 hen:0.3 rooster:0.35 "
        "cockerel:0.35 chick:0.08 penguin:0.5 crane:0.8 heron:0.6 stork:0.65 flamingo:0.8 peacock:0.6 "
        "seagull:0.25 gull:0.25 magpie:0.25 swallow:0.1 robin:0.09 canary:0.08 finch:0.08 kingfisher:0.1 "
        "woodpecker:0.15 vulture:0.5 turkey:0.5 ostrich:1.3 pelican:0.6 phoenix:0.8 jackdaw:0.2 rook:0.25 "
        "albatross:0.5",
    ),
    **_heights(
        "robot",
        "",
        "robot:1.0 droid:0.8 bot:0.6 automaton:1.0 mech:4 mecha:4 probe:0.5 cleaning_robot:0.25 vacuum_robot:0.1",
    ),
    **_heights("robot", "two-legged", "android:1.0 gynoid:1.0 humanoid_robot:1.0 replicant:1.0"),
    **_heights("robot", "floating", "drone:0.2"),
    **_heights(
        "spirit",
        "floating",
        "ghost:1.0 spirit:1.0 phantom:1.0 spectre:1.0 specter:1.0 wraith:1.0 apparition:1.0 poltergeist:0.8 "
        "banshee:1.0 wisp:0.15 djinn:1.1 genie:1.1 fairy:0.15 pixie:0.15 sprite:0.2 yurei:1.0 hologram:1.0 "
        "entity:1.0 kodama:0.25 soul:0.3",
    ),
    **_heights("spirit", "", "yokai:1.0 kami:1.0 tsukumogami:0.4"),
    **_heights("spirit", "four-legged", "kitsune:0.4"),
    **_heights(
        "monster",
        "four-legged",
        "dragon:2.5 griffin:1.3 gryphon:1.3 beast:1.1 chimera:1.2 sphinx:1.3 hellhound:0.8 basilisk:0.6 cerberus:1.1",
    ),
    **_heights(
        "monster",
        "two-legged",
        "ogre:1.4 troll:1.5 oni:1.4 goblin:0.6 orc:1.1 gremlin:0.4 kaiju:8 werewolf:1.15 skeleton:1.0 golem:1.4 "
        "alien:0.9 minotaur:1.3 cyclops:1.6 imp:0.5 gargoyle:0.9 tengu:1.1 kappa:0.7 yeti:1.4 bigfoot:1.4 "
        "demon:1.1 devil:1.1 wyvern:2.2 lizardman:1.05",
    ),
    **_heights("monster", "", "monster:1.5 creature:1.0 slime:0.4 blob:0.5 kraken:3 hydra:2.5 serpent:1.5 leviathan:4"),
    **_heights(
        "vehicle",
        "",
        "car:0.85 taxi:0.85 cab:0.85 truck:1.5 lorry:1.6 van:1.2 bus:1.7 train:2 locomotive:2 tram:1.9 "
        "motorbike:0.7 motorcycle:0.7 bicycle:0.65 scooter:0.65 spaceship:3 starship:3 spacecraft:2.5 ship:3 "
        "boat:0.9 sailboat:2 submarine:1.5 aeroplane:1.8 airplane:1.8 aircraft:1.8 helicopter:1.7 tank:1.3 "
        "tractor:1.3 rocket:3 ambulance:1.3 hovercraft:1.2 airship:3 bulldozer:1.5 excavator:1.6 limousine:0.85 "
        "jeep:1.0 yacht:1.5 ferry:3 sled:0.4 carriage:1.2 vehicle:0.9",
    ),
    **_heights(
        "thing",
        "",
        "doll:0.25 puppet:0.4 toy:0.2 teddy:0.3 teddy_bear:0.3 plushie:0.25 scarecrow:1.0 snowman:0.9 statue:1.0 "
        "mannequin:1.0 computer:0.4 supercomputer:1.2 mainframe:1.2 ai:0.4 intelligence:0.4 "
        "artificial_intelligence:0.4 tree:3 plant:0.5 flower:0.3 cactus:0.4 mushroom:0.12 pumpkin:0.2 lamp:0.35 "
        "lantern:0.25 book:0.15 mirror:0.7 clock:0.3 radio:0.2 television:0.4 teapot:0.15 teacup:0.06 kettle:0.18 "
        "broom:0.8 candle:0.12 candlestick:0.2 umbrella:0.5 jukebox:0.8 machine:0.9 elevator:1.3 toaster:0.15 "
        "fridge:1.0 refrigerator:1.0 sword:0.6 skull:0.12 gnome:0.25 vending_machine:1.1 piano:0.7 chair:0.55 "
        "stone:0.2 boulder:0.6",
    ),
    **_heights(
        "thing",
        "",
        "carpet:0.1 rug:0.05 blender:0.25 guitar:0.6 violin:0.4 drum:0.35 trumpet:0.3 pen:0.08 pencil:0.1 "
        "notebook:0.15 bottle:0.17 cup:0.06 mug:0.07 spoon:0.1 fork:0.1 knife:0.15 pot:0.2 pan:0.15 oven:0.6 "
        "stove:0.55 bed:0.5 sofa:0.55 couch:0.55 table:0.45 desk:0.45 door:1.2 gate:1.4 house:4 castle:8 "
        "lighthouse:8 windmill:6 bell:0.2 suitcase:0.35 barrel:0.5 basket:0.2 bucket:0.2 balloon:0.5 kite:0.4 "
        "football:0.13 coin:0.02 camera:0.08 smartphone:0.09 laptop:0.15 typewriter:0.15 telescope:0.6 globe:0.25 "
        "hourglass:0.15 wand:0.2 shield:0.4 axe:0.5 hammer:0.2 cannon:0.6 rose:0.2 sunflower:0.9 cabbage:0.12 "
        "carrot:0.12 potato:0.06 apple:0.05 banana:0.1 tomato:0.05 onion:0.05 cake:0.12 cookie:0.04 donut:0.05 "
        "bread:0.08 cheese:0.08 egg:0.04 sandwich:0.06 burger:0.07 dumpling:0.03 planet:8 comet:2 snowflake:0.02 "
        "leaf:0.05 stump:0.3 vacuum:0.6 jack-in-the-box:0.3 telephone:0.1 teddybear:0.25 dollhouse:0.5 "
        "nutcracker:0.2 totem:1.5 tombstone:0.5 pinwheel:0.2",
    ),
    **_heights("thing", "floating", "cloud:0.8 orb:0.2"),
}
"""By singular word or pair of words: what it is, and how high it stands."""

YOUNG_ANIMALS = word_set("kitten kitty puppy pup cub foal fawn calf lamb piglet chick duckling owlet tadpole bunny")
NATURAL_COLOURS: Mapping[str, tuple[str, str]] = {
    species: (body, accent)
    for body, accent, names in (
        ("#23242b", "#80848c", "crow raven rook jackdaw panther gorilla ant beetle bat spider orca"),
        ("#2b2d36", "#f4f5f7", "penguin magpie skunk"),
        ("#f4f5f7", "#f0812a", "swan goose duck snowman seagull gull"),
        ("#f4f5f7", "#23242b", "panda cow sheep lamb zebra stork crane unicorn ambulance"),
        ("#efe9d8", "#8a6a4a", "skeleton skull dove mummy"),
        ("#e0762f", "#f4f5f7", "fox vixen goldfish koi tiger"),
        ("#f2d33b", "#23242b", "canary chick duckling bee wasp taxi giraffe leopard cheetah jaguar"),
        ("#d9a64a", "#8a5a2a", "lion lioness camel"),
        ("#80858d", "#cfd6e0", "wolf elephant mouse rat dolphin shark whale rhino rhinoceros hippo pigeon seal donkey"),
        ("#85786a", "#d8c7a3", "raccoon tanuki badger hedgehog mole koala sloth"),
        ("#f0a9b0", "#d9828c", "pig piglet flamingo worm"),
        (
            "#7a5233",
            "#d8c7a3",
            "bear deer stag fawn owl eagle hawk falcon sparrow beaver otter squirrel monkey moose boar",
        ),
        ("#7a5233", "#cf2e35", "robin rooster cockerel turkey"),
        ("#4f9148", "#d9d38a", "frog toad lizard crocodile alligator turtle tortoise caterpillar tree cactus iguana"),
        ("#2b6f9e", "#3b8f4a", "peacock kingfisher"),
        ("#e0762f", "#3b8f4a", "pumpkin"),
        ("#fbf1c4", "#f2d33b", "orb wisp candle lamp"),
        ("#e9edf3", "#b9c2cf", "cloud"),
        ("#8fd8e8", "#2fa6c9", "hologram"),
        ("#9a9c9f", "#6f7277", "statue gargoyle golem gnome stone boulder"),
        ("#c3ccd6", "#80848c", "sword mirror toaster kettle drone"),
        ("#6b4226", "#c9a05f", "piano chair broom"),
    )
    for species in names.split()
}
"""By species that is known by its colours: that of the body, and the second one."""

PLURALS: Mapping[str, str] = {
    "mice": "mouse", "wolves": "wolf", "geese": "goose", "oxen": "ox", "calves": "calf", "fish": "fish",
    "sheep": "sheep", "deer": "deer", "puppies": "puppy", "ponies": "pony", "bunnies": "bunny", "fairies": "fairy",
    "fireflies": "firefly", "butterflies": "butterfly", "foxes": "fox", "canaries": "canary", "ferries": "ferry",
    "lorries": "lorry", "pixies": "pixie", "kitties": "kitty",
}  # fmt: skip
MADE_OF = frozenset(
    ("robot", "robotic", "mechanical", "clockwork", "android", "cybernetic", "bionic", "animatronic", "steampunk")
)
"""Words before an animal or a child that make a robot of it: "robot dog"."""
SPIRIT_OF = frozenset(("ghost", "ghostly", "spirit", "phantom", "spectral", "undead", "spectre"))
TOY_OF = frozenset(("toy", "stuffed", "plush", "teddy", "wooden", "porcelain", "clay", "paper", "origami", "knitted"))
"""Words before an animal that make a thing of it: "stuffed rabbit"."""
NOT_MADE_OF = word_set(
    "builder maker engineer mechanic designer hunter salesman saleswoman seller programmer repairman technician "
    "scientist expert enthusiast inventor operator owner dealer buster writer whisperer driver rider trainer tamer "
    "lover fan keeper collector killer slayer destroyer handler specialist researcher manufacturer wrangler story"
)
"""People who have to do with the robot or ghost that stands before them, and are none."""
OF_PERSONS = word_set(
    "butler maid servant waiter waitress nurse soldier guard companion friend assistant pet nanny cook chef "
    "bartender knight samurai pirate girl boy woman man child kid lady bride schoolgirl schoolboy person monk "
    "priest baby detective captain warrior king queen prince princess dancer singer teacher doctor"
)
"""People whom "robot", "ghost" or "android" before them makes one: a ghost girl is a ghost, a robot builder is not."""

PEOPLE = word_set(
    "person human man woman boy girl child kid baby infant toddler teen teenager adolescent youth lad lass guy "
    "gentleman lady lord elder senior pensioner adult grown-up twin triplet orphan stranger neighbour neighbor "
    "friend boss chief captain king queen prince princess emperor empress knight squire samurai ninja ronin monk "
    "nun priest priestess abbot bishop witch wizard sorcerer sorceress mage shaman healer doctor nurse medic "
    "surgeon scientist researcher chemist engineer mechanic technician hacker programmer pilot astronaut cosmonaut "
    "sailor pirate soldier guard officer policeman policewoman cop detective spy agent assassin thief smuggler "
    "criminal gangster mercenary hunter farmer fisherman fisherwoman cook chef baker butcher waiter waitress "
    "bartender barista innkeeper merchant shopkeeper trader salesman lawyer judge banker clerk secretary manager "
    "executive ceo president mayor politician journalist reporter writer author poet artist painter musician singer "
    "dancer actor actress model athlete boxer wrestler swimmer runner racer driver courier messenger teacher "
    "professor student pupil apprentice librarian gardener janitor cleaner maid butler servant slave beggar hermit "
    "nomad wanderer traveller traveler tourist hitchhiker widow widower bride groom husband wife mother father "
    "parent sister brother daughter son aunt uncle grandmother grandfather grandma grandpa granny grandparent "
    "cousin niece nephew hero heroine villain rebel leader fighter warrior worker builder carpenter blacksmith "
    "tailor miner lumberjack firefighter fireman lifeguard bodyguard cyborg mutant clone idol fan gamer biker "
    "skater cowboy cowgirl sheriff ranger diver sage seer oracle prophet fortune-teller geisha sumo schoolgirl "
    "schoolboy drifter bystander passer-by passerby grandson granddaughter guide companion owner keeper rider"
)
"""Words for human beings; a noun that no table knows is taken for one, too."""
PERSON_ENDINGS = (
    "man", "woman", "men", "women", "boy", "girl", "ist", "ian", "er", "or", "ess", "ee", "ant", "smith", "herd",
)  # fmt: skip
HUMAN_SPECIES: Mapping[str, float] = {
    "vampire": 1.0, "elf": 1.0, "dwarf": 0.75, "hobbit": 0.62, "halfling": 0.62, "angel": 1.0, "zombie": 1.0,
    "mermaid": 1.0, "merman": 1.0, "nymph": 0.95, "faun": 0.9, "satyr": 0.95, "centaur": 1.3, "giant": 1.5,
    "giantess": 1.45, "mummy": 1.0, "succubus": 1.0, "dryad": 1.0, "nephilim": 1.2, "valkyrie": 1.05, "goddess": 1.05,
    "god": 1.05, "deity": 1.05, "mutant": 1.0,
}  # fmt: skip
"""Beings in human shape; what sets them apart is listed as not drawn."""

SIZE_FACTORS: Mapping[str, float] = {
    "tiny": 0.45, "miniature": 0.4, "microscopic": 0.1, "small": 0.6, "little": 0.65, "short": 0.8, "squat": 0.75,
    "compact": 0.75, "big": 1.3, "large": 1.3, "tall": 1.25, "huge": 2.0, "enormous": 2.2, "giant": 2.2,
    "gigantic": 2.5, "massive": 1.8, "towering": 2.0, "colossal": 3.0, "monstrous": 1.8,
}  # fmt: skip
"""By word, how much higher or lower than its species something is."""
HUMAN_SIZE_FACTORS: Mapping[str, float] = {
    "tiny": 0.86, "small": 0.92, "petite": 0.91, "short": 0.91, "diminutive": 0.86, "tall": 1.09, "lanky": 1.06,
    "huge": 1.15, "giant": 1.25, "gigantic": 1.25, "towering": 1.16, "hulking": 1.12, "enormous": 1.16,
}  # fmt: skip
HEIGHT_MARKS: Mapping[str, float] = {
    "ankle": 0.07, "shin": 0.18, "knee": 0.3, "thigh": 0.42, "hip": 0.52, "waist": 0.6, "belly": 0.62, "chest": 0.75,
    "shoulder": 0.83, "head": 1.0, "palm": 0.07, "hand": 0.1, "fist": 0.07, "thumb": 0.04, "finger": 0.05,
    "pocket": 0.08, "child": 0.65, "human": 1.0, "man": 1.0, "woman": 0.97, "person": 1.0, "life": 1.0, "house": 4.0,
    "building": 8.0, "football": 0.13, "melon": 0.15, "doll": 0.25, "toddler": 0.5, "adult": 1.0, "barrel": 0.5,
    "bus": 1.7, "truck": 1.5, "coin": 0.02, "teacup": 0.06, "bucket": 0.2, "fridge": 1.0,
}  # fmt: skip
"""By the word before "-high" or "-sized": a height."""
METRES_BY_UNIT: Mapping[str, float] = {
    "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01, "centimetre": 0.01,
    "centimetres": 0.01, "centimeter": 0.01, "centimeters": 0.01, "foot": 0.3048, "feet": 0.3048, "ft": 0.3048,
    "inch": 0.0254, "inches": 0.0254,
}  # fmt: skip
HUMAN_HEIGHT_M = 1.7
HEIGHT_BY_AGE = (
    (0, 0.32), (1, 0.45), (2, 0.52), (3, 0.56), (4, 0.6), (6, 0.65), (8, 0.74), (10, 0.81), (12, 0.88), (14, 0.94),
    (16, 0.98), (18, 1.0),
)  # fmt: skip
"""Height of a human by age in years, relative to a grown one; rounded."""

WINGED_SPIRITS = frozenset({"fairy", "pixie", "angel", "sylph", "cherub"})
"""Spirits that look like people with wings."""
