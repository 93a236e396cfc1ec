"""Descriptions of everybody: what is read of each, and what is said to be not drawn."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story import kind_words, looks_words
from tower_anime_assets.production.story.appearance import StatedAppearance, derive_appearance
from tower_anime_assets.production.story.appearance_words import COLOURS
from tower_anime_assets.production.story.described_kind import human_height, stated_age
from tower_anime_assets.production.story.described_looks import NEAREST_OUTFITS, read_description
from tower_anime_assets.production.story.model import Appearance
from tower_anime_assets_tests.production.story.texts import draft

C = COLOURS


def look(description: str) -> Appearance:
    return derive_appearance("Somebody", description)


HUMANS = [
    ("monk of 78 with a long white beard", {"age_years": 78, "hair_colour": C["white"], "outfit_style": "robe"}),
    ("A woman of 45", {"age_years": 45, "presents": "feminine"}),
    ("navy uniform with a red ribbon", {"outfit_colour": C["navy"], "accent_colour": C["red"]}),
    ("Catherine, a tall woman in her early thirties", {"age_years": 32, "height": 1.09, "presents": "feminine"}),
    ("A robotics engineer, sixty-ish, bald, no glasses", {"age_years": 60, "hair_style": "bald", "features": ()}),
    ("A cat-eyed woman with green hair", {"hair_colour": C["green"], "presents": "feminine"}),
    ("A dog walker in a red jacket", {"outfit_colour": C["red"], "outfit_style": "jacket"}),
    ("A bird-like old woman with a black shawl", {"age_years": 68, "presents": "feminine"}),
    ("A woman with a robot arm", {"features": ("cybernetic arm",)}),
    ("Teenage boy in a wheelchair, brown hair, glasses", {"mobility": "wheelchair", "age_years": 16}),
    ("A muscular bouncer with a shaved head", {"build": "broad", "hair_style": "bald"}),
    ("Her grandmother. Tiny, white hair in a bun", {"age_years": 70, "hair_style": "bun", "hair_colour": C["white"]}),
    ("A detective (34), unshaven, in a long brown coat", {"age_years": 34, "outfit_colour": C["brown"]}),
    ("Mara, sixty, hairdresser", {"age_years": 60}),
    ("A boy of six who lost his dog", {"age_years": 6, "presents": "masculine", "height": 0.65}),
    ("Aged six, in a yellow coat", {"age_years": 6, "outfit_colour": C["yellow"]}),
    ("A man in black, about fifty", {"age_years": 50, "outfit_colour": C["black"]}),
    ("A mother of two, late thirties", {"age_years": 38, "presents": "feminine"}),
    ("A father of three, 41", {"age_years": 41, "presents": "masculine"}),
    ("A bear of a man with a red beard", {"presents": "masculine", "features": ("beard",)}),
    ("A six foot tall ballerina", {"height": 1.08}),
    ("A man, 1.90 m tall", {"height": 1.12}),
    ("A little girl with a red ribbon in her black hair", {"age_years": 7, "hair_colour": C["black"]}),
    ("A chubby baby in a yellow romper", {"age_years": 1, "build": "plump", "outfit_colour": C["yellow"]}),
    ("A brown-haired man, beardless, with a green vest", {"hair_colour": C["brown"], "features": ()}),
    ("A young fisherman, sunburnt", {"age_years": 21, "skin_colour": tables.SKIN_WORDS["sunburnt"]}),
    ("Policewoman in her forties, braids", {"age_years": 44, "presents": "feminine", "hair_style": "braids"}),
    ("A dragon rider", {}),
    ("A cat burglar in black", {"outfit_colour": C["black"]}),
    ("A ghost hunter with a brown coat", {"outfit_colour": C["brown"]}),
    ("A robot builder", {}),
    ("Manhattan socialite in a silver gown", {"outfit_colour": C["silver"], "outfit_style": "dress"}),
    ("A lone wolf of a detective", {}),
    ("A man who fears dogs and robots", {"presents": "masculine"}),
    ("Always followed by her cat, she hates cars", {"presents": "feminine"}),
    ("An old coat, a young heart: a boy of 10", {"age_years": 10}),
    ("A boy in an old coat", {"age_years": 12}),
    ("no glasses, scar", {"features": ("scar",)}),
    ("without a beard but with a hat", {"features": ("hat",)}),
    ("two scars and two braids", {"features": ("scar",), "hair_style": "braids"}),
    ("a red and white dress", {"outfit_colour": C["red"], "accent_colour": C["white"]}),
    ("a black suit, a white tie", {"outfit_colour": C["black"], "accent_colour": C["white"]}),
    ("green-eyed, red-haired, dressed in dark blue", {"eye_colour": C["green"], "hair_colour": C["red"]}),
    ("a black woman of thirty", {"skin_colour": tables.SKIN_WORDS["black"], "age_years": 30}),
    ("a fat man", {"build": "fat"}),
    ("A king with a gold crown and a purple cape", {"accent_colour": C["purple"]}),
    ("a skinny girl in a heavy coat", {"build": "slim"}),
    ("a 300-year-old man", {"height": 1.0}),
    ("somewhere in her mid-fifties", {"age_years": 54}),
    ("She is a nurse. Short grey hair.", {"presents": "feminine", "hair_style": "short", "hair_colour": C["grey"]}),
    ("An orphan boy, no older than ten", {"age_years": 10}),
    ("She's nineteen", {"age_years": 19, "presents": "feminine"}),
    ("a blue-skinned woman", {"skin_colour": C["blue"]}),
    ("A boy in a bear costume", {"presents": "masculine"}),
    ("The robot's inventor, a woman of 50", {"age_years": 50, "presents": "feminine"}),
    ("A woman who looks like a bird", {}),
    ("Her smile is warm but her eyes are cold and grey.", {"eye_colour": C["grey"]}),
    ("Robin, a boy of 12", {"age_years": 12, "presents": "masculine"}),
    ("The Cat, a burglar", {}),
    ("Captain Crane, 44", {"age_years": 44}),
    ("woman, 30s, leather jacket, short black bob", {"height": 1.0, "age_years": 34, "hair_style": "bob"}),
    ("the twins, both nine", {"age_years": 9}),
    ("Somebody's uncle, 50, fat, jolly", {"age_years": 50, "build": "fat"}),
    ("twelve-year-old twin", {"age_years": 12, "height": 0.88}),
]

OTHERS = [
    (
        "A small round robot, knee-high, white metal body with one big blue eye",
        ("robot", "robot"),
        {"height": 0.3, "skin_colour": C["white"], "eye_colour": C["blue"], "features": ("round body", "one eye")},
    ),
    (
        "A fat orange cat with a blue collar",
        ("animal", "cat"),
        {"skin_colour": C["orange"], "accent_colour": C["blue"], "build": "fat", "features": ("collar",)},
    ),
    ("An old robot gardener, rusty", ("robot", "robot"), {"skin_colour": "#a4502a", "mobility": "two-legged"}),
    ("The ghost of a samurai, pale blue", ("spirit", "ghost"), {"mobility": "floating"}),
    ("A ghost girl with long black hair", ("spirit", "ghost"), {"hair_colour": C["black"], "hair_style": "long"}),
    ("A huge green dragon with golden eyes", ("monster", "dragon"), {"height": 5.0, "skin_colour": C["green"]}),
    ("A talking car, red, with white stripes", ("vehicle", "car"), {"accent_colour": C["white"]}),
    ("An android of about twenty, silver skin", ("robot", "android"), {"age_years": 20, "mobility": "two-legged"}),
    ("A black and white cat", ("animal", "cat"), {"skin_colour": C["black"], "accent_colour": C["white"]}),
    ("Dog, brown, red bandana", ("animal", "dog"), {"skin_colour": C["brown"], "accent_colour": C["red"]}),
    ("A crow", ("bird", "crow"), {"height": 0.25}),
    ("A floating orb of light", ("thing", "orb"), {"mobility": "floating"}),
    ("A hologram of a young woman", ("spirit", "hologram"), {"presents": "feminine"}),
    ("A ship's computer with a calm voice", ("thing", "computer"), {}),
    ("A stuffed rabbit", ("thing", "stuffed rabbit"), {"height": 0.25}),
    ("A fox spirit, white fur", ("spirit", "fox spirit"), {"mobility": "four-legged", "skin_colour": C["white"]}),
    ("A robot dog made of brushed steel", ("robot", "robot dog"), {"height": 0.42, "skin_colour": C["steel"]}),
    ("A spider the size of a horse", ("animal", "spider"), {"height": 1.25}),
    ("A penguin", ("bird", "penguin"), {"height": 0.5}),
    ("A drone with four rotors, yellow", ("robot", "drone"), {"skin_colour": C["yellow"], "mobility": "floating"}),
    ("A kitten, grey", ("animal", "kitten"), {"height": 0.18, "skin_colour": C["grey"]}),
    ("A skeleton in a top hat", ("monster", "skeleton"), {"features": ("hat",)}),
    ("Pip is a small yellow robot with wheels.", ("robot", "robot"), {"height": 0.6, "skin_colour": C["yellow"]}),
    ("Small, round, white robot; knee-high", ("robot", "robot"), {"height": 0.3}),
    ("A horse, chestnut", ("animal", "horse"), {"height": 1.25, "skin_colour": C["chestnut"]}),
    ("An alien with green skin", ("monster", "alien"), {"skin_colour": C["green"]}),
    ("A humanoid robot, two metres tall, matte black", ("robot", "humanoid robot"), {"height": 1.18}),
    ("The ghost of his father", ("spirit", "ghost"), {}),
    ("A talking motorbike", ("vehicle", "motorbike"), {}),
    ("A red-eyed black dog", ("animal", "dog"), {"eye_colour": C["red"], "skin_colour": C["black"]}),
    ("A tiny dragon", ("monster", "dragon"), {"height": 1.12}),
    ("An owl, as big as a dog", ("bird", "owl"), {"height": 0.42}),
    ("A pack of wolves", ("animal", "wolf"), {}),
    ("Her dog. Big, shaggy, brown.", ("animal", "dog"), {"height": 0.55, "presents": "neutral"}),
    ("The old man's dog, nine years old", ("animal", "dog"), {"age_years": 30}),
    ("A teddy bear missing one eye", ("thing", "teddy bear"), {"features": ()}),
    ("A flying carpet with tassels", ("thing", "carpet"), {}),
    ("a 10-foot robot", ("robot", "robot"), {"height": 1.79}),
    ("The cat. Grey tabby. Green eyes.", ("animal", "cat"), {"skin_colour": C["grey"], "features": ("stripes",)}),
    ("An old robot detective", ("robot", "robot"), {"mobility": "two-legged"}),
    ("A kitten", ("animal", "kitten"), {"age_years": 8}),
    ("A crow", ("bird", "crow"), {"skin_colour": "#23242b"}),
    ("An anthropomorphic tiger", ("animal", "tiger"), {"mobility": "two-legged"}),
    ("a blue-skinned demon girl", ("monster", "demon"), {"skin_colour": C["blue"], "height": 0.91}),
    ("A grey cat in a red coat", ("animal", "cat"), {"accent_colour": C["red"], "outfit_colour": C["grey"]}),
    ("A grey horse with a white mane", ("animal", "horse"), {"hair_colour": C["white"], "outfit_colour": C["grey"]}),
    ("A dog with a brown coat", ("animal", "dog"), {"skin_colour": C["brown"]}),
    ("Une vieille chatte noire avec un collier", ("animal", "cat"), {}),
    ("Ein kleiner Roboter mit einem blauen Auge", ("robot", "robot"), {}),
    ("白い猫、青い首輪", ("animal", "cat"), {}),
]


@pytest.mark.parametrize(("description", "expected"), HUMANS)
def test_humans_are_read_as_written(description: str, expected: dict[str, object]) -> None:
    found = look(description)
    assert (found.kind, found.species) == ("human", "")
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(("description", "kind_and_species", "expected"), OTHERS)
def test_not_everybody_is_a_human(
    description: str, kind_and_species: tuple[str, str], expected: dict[str, object]
) -> None:
    found = look(description)
    assert (found.kind, found.species) == kind_and_species
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("of 78", 78), ("aged six", 6), ("in her forties", 44), ("78-year-old", 78), ("sixty-ish", 60),
        ("a boy of 6", 6), ("A woman of 45", 45), ("early thirties", 32), ("(34)", 34), ("twenty-one years old", 21),
        ("just turned 12", 12), ("he is 40", 40), ("pushing seventy", 70), ("thirty-something", 30), ("in his 40s", 44),
        ("six months old", 1), ("a thousand-year-old tree", 0), ("78歳の僧侶", 78), ("45 ans", 45),
        ("34 Jahre alt", 34),
        ("a man, 40 years", 40), ("60+", 60), ("eighty if a day", 80), ("he's 33", 33), ("mid 30s", 34),
        ("a 6yo girl", 6), ("in his late teens", 19), ("1.8 m tall", None), ("room 12", None), ("in 1985", None),
        ("a mother of two", None), ("one of three sisters", None), ("the 1920s", None), ("in the thirties", None),
        ("twenty years of service", None), ("a captain of 12 ships", None), ("nine lives", None), ("", None),
    ],
)  # fmt: skip
def test_ages_are_read_as_written(text: str, years: int | None) -> None:
    assert stated_age(text) == years


@pytest.mark.parametrize(
    ("description", "undrawn"),
    [
        ("A small round robot, knee-high, white metal body with one big blue eye", ()),
        ("A fat orange cat with a blue collar", ()),
        ("A woman with antennae and a bent antenna", ("antennae", "bent antenna")),
        ("A girl of 7 with a yellow raincoat and red boots", ("yellow raincoat", "red boots")),
        ("Three-legged dog, brown", ("Three-legged",)),
        ("An engineer who builds robots, stubborn and loud, with a red scarf", ()),
        ("A man with a prosthetic leg and a cane", ("prosthetic leg", "cane")),
        ("An elf with pointed ears", ("elf", "pointed ears")),
        ("A fox spirit with nine tails", ("nine tails",)),
        ("An alien with four eyes", ("four eyes",)),
        ("A street vendor in his sixties, checked shirt, straw hat", ("checked shirt", "straw hat")),
        ("A boy. Brown curly hair.", ("curly hair",)),
        ("Her aunt. Tiny, wrinkled, always smiling", ("wrinkled",)),
        ("A man with a secret, a sense of humour and a temper", ()),
        ("He never raises his voice, because nobody has ever made him.", ()),
        ("A mechanic in a garage in Osaka, Luna's sister", ()),
        ("no antenna, without a cane", ()),
        ("A cat in a red coat, with a hat and a collar", ("red coat", "hat")),
        ("An owl wearing tiny spectacles", ("tiny spectacles",)),
        ("A robot with a scarf, an antenna and wheels", ("scarf",)),
        ("A ghost girl in a white dress with a scarf", ()),
        ("A bearded robot", ("beard",)),
        ("A king with a gold crown and a purple cape", ("gold crown",)),
        ("A hacker with no past, a fake name, a secret and a fondness for cats", ()),
        ("She trusts nobody. Tall, with a burn scar on her wrist", ("burn scar",)),
        ("A man with the head of a bull", ("head of a bull",)),
        ("A man without arms", ("without arms",)),
        ("A man with a beer belly, briefcase", ("beer belly", "briefcase")),
        ("A samurai with two swords and a backpack", ("two swords", "backpack")),
        ("Ein alter Mönch, langer weißer Bart", ()),
        ("Ein alter Mönch mit Schnurrbart", ("Schnurrbart",)),
        ("白い猫、青い首輪", ()),
        ("Mały biały robot, niebieskie oko", ("Mały biały robot", "niebieskie oko")),
        ("", ()),
    ],
)
def test_what_of_the_looks_is_not_drawn_is_listed_and_nothing_else(description: str, undrawn: tuple[str, ...]) -> None:
    assert look(description).undrawn == undrawn


def test_the_tables_fit_each_other() -> None:
    known = {*kind_words.SPECIES, *kind_words.HUMAN_SPECIES, "lamp"}
    assert (
        {item.kind for item in kind_words.SPECIES.values()} == set(tables.KINDS) - {"human"} == set(tables.BODY_COLOURS)
    )
    assert {item.mobility for item in kind_words.SPECIES.values()} <= {"", *tables.MOBILITIES}
    assert set(kind_words.NATURAL_COLOURS) | kind_words.YOUNG_ANIMALS | set(kind_words.PLURALS.values()) <= known
    assert {*looks_words.FOREIGN_KINDS.values(), *looks_words.FOREIGN_SUFFIXES.values()} <= known
    assert set(NEAREST_OUTFITS.values()) <= set(tables.OUTFIT_STYLES)
    assert set(tables.BUILD_WORDS.values()) <= set(tables.BUILDS)


def test_the_bundled_cast_is_drawn_as_described() -> None:
    descriptions = (
        "A 22-year-old street racer with spiky black hair, amber eyes, cybernetic arms and a neon blue jacket. He "
        "trusts engines more than people. Nexus built his arms after the crash; he is still paying for them.",
        "An AI researcher of 29 with long silver hair, violet eyes, glowing holographic tattoos and a white lab coat. "
        "She wrote the safety brake that Nexus turned into something else, and she has not slept since she found out.",
        "The CEO of Nexus Corp, a broad man of 54 with slicked-back grey hair, cold grey eyes, an AR monocle and an "
        "expensive charcoal suit with a crimson tie. He never raises his voice, because nobody has ever made him.",
    )
    assert [look(description).undrawn for description in descriptions] == [(), (), ()]


def test_what_the_file_states_of_the_kind_outweighs_the_words() -> None:
    found = derive_appearance("Pip", "A boy", StatedAppearance(kind="robot", species="tin boy", height=0.5))
    assert (found.kind, found.species, found.height) == ("robot", "tin boy", 0.5)
    assert derive_appearance("Mia", "my friend", StatedAppearance(species="cat")).kind == "animal"


def test_who_is_not_human_has_one_colour_of_the_body_and_no_hair() -> None:
    found = look("A cat")
    assert (found.hair_colour, found.outfit_colour, found.hair_style) == (*[found.skin_colour] * 2, "bald")


def test_children_grow() -> None:
    heights = [human_height(age) for age in range(20)]
    assert heights == sorted(heights)
    assert (heights[6], heights[18]) == (0.65, 1.0)


def test_a_character_file_says_what_is_not_drawn_at_its_description() -> None:
    read = draft("title: X", tin="name: Tin\ndescription: A woman with antennae and a tin nose\n")
    (warning,) = read.project.warnings
    assert (warning.file, warning.line, warning.is_note) == ("x/characters/tin.yaml", 2, False)
    assert warning.problem == "not drawn: antennae, tin nose"


def test_a_description_in_a_language_without_tables_is_a_warning_until_its_looks_are_stated() -> None:
    text = "name: Pip\ndescription: Mały biały robot, niebieskie oko\n"
    (warning,) = draft("title: X", pip=text).project.warnings
    assert "the animatic draws a robot" in warning.instead
    assert (warning.is_note, "appearance:" in warning.remedy) == (False, True)
    (note,) = draft("title: X", pip=f"{text}appearance: {{kind: robot, skin: white, accent: blue}}\n").project.warnings
    assert (note.is_note, note.remedy) == (True, "")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("name: Krake\ndescription: Krake.\n", "a human of 25"),
        ("name: Octo\naliases: [Old Octo]\ndescription: The old octo\n", "a human of"),
        ("name: Unit 7\ndescription: A robot\naliases: [Robot]\n", "a robot"),
    ],
)
def test_it_is_told_who_is_drawn_of_somebody_with_a_name_alone(text: str, drawn: str) -> None:
    (note,) = draft("title: X", someone=text).project.warnings
    assert note.is_note
    assert note.line == text[: text.index("description:")].count("\n") + 1
    assert "nothing is said of how" in note.problem
    assert f"the animatic draws {drawn}" in note.instead
    (described,) = draft(
        "title: X", someone=f"{text}appearance: {{kind: animal, species: octopus}}\n"
    ).project.characters
    assert described.appearance.species == "octopus"


def test_a_described_or_stated_character_is_not_said_to_be_undescribed() -> None:
    for rest in ("description: A woman of 40", "description: Ana\nappearance: {age: 40}"):
        assert draft("title: X", ana=f"name: Ana\n{rest}\n").project.warnings == ()


WORDS = st.sampled_from(
    sorted(
        word_set(
            "a an the robot cat of 78 with in red blue no , . - and who hair eyes coat ribbon old boy she is has one "
            "wearing ghost knee high sized ( ) ' years 6 tall 1.80 m small"
        )
    )
)


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)))
@example("of a")
@example("İ 'İ-")
@settings(deadline=None)  # the first one in a language loads its words
def test_any_description_is_read(description: str) -> None:
    found = look(description)
    assert found == look(description)
    assert asdict(found)["kind"] in tables.KINDS
    assert found.mobility in ("", *tables.MOBILITIES)
    assert 0.02 <= found.height <= 10
    assert 1 <= found.age_years <= 120
    assert all(" ".join(phrase.split()) == phrase for phrase in found.undrawn)


@pytest.mark.parametrize(
    "part", ["a red ", "of ", "one eye ", "no ", "-", "with a hat, ", "a's ", "(", "1.", "of 3 ", "\n", ", ", "12 m "]
)
def test_long_descriptions_are_read_in_linear_time(part: str) -> None:
    text = part * (20_000 // len(part))
    started = time.process_time()
    read_description(text)
    look(text)
    assert time.process_time() - started < 2.0
