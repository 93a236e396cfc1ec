"""What a description says about looks: the one reading of its words, from which drawing, prompts and warnings work."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tower_anime_assets.production.languages.detection import language_of_description
from tower_anime_assets.production.languages.glosses import Gloss, has_gloss, read_gloss
from tower_anime_assets.production.planning.lexicon import word_set
from tower_anime_assets.production.story import appearance_words as tables
from tower_anime_assets.production.story import kind_words, looks_words
from tower_anime_assets.production.story.colours import modify_colour
from tower_anime_assets.production.story.described_kind import (
    DescribedKind,
    age_from_words,
    find_height,
    find_kind,
    find_mobility,
    find_presentation,
    is_of_smaller,
    stated_age,
)
from tower_anime_assets.production.story.description_tokens import (
    Token,
    is_adjective,
    is_negated,
    split_phrases,
    tokenize,
)

_MAX_DISTANCE_WORDS = 5
_GREYING_WORDS = frozenset(("greying", "graying", "grizzled", "salt"))
_BEARDS = frozenset(("beard", "goatee", "moustache", "mustache", "eyebrows", "brows", "stubble", "whiskers"))
_EYE_COVERS = frozenset(("blind", "blindfold", "blindfolded", "eyeless", "faceless", "visor", "sunglasses", "mask"))
COLOURS_BY_MATERIAL: Mapping[str, str] = {
    "chrome": "#cfd6e0", "metal": "#9aa3ad", "metallic": "#9aa3ad", "tin": "#aab2ba", "iron": "#6a7078",
    "brass": "#c29a3d", "aluminium": "#b9c1c9", "wooden": "#9a6a3c", "wood": "#9a6a3c", "rusty": "#a4502a",
    "rusted": "#a4502a", "tabby": "#9a7a55", "calico": "#e8b98a", "tortoiseshell": "#6a4630", "translucent": "#d6e4f2",
    "transparent": "#d6e4f2", "pale": "#dfe6ee", "stone": "#8b8d92",
}  # fmt: skip
_METALS = frozenset(("steel", "gold", "silver", "copper", "bronze"))
_NON_HUMAN_FEATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("antenna", ("antenna", "antennae", "antennas", "aerial", "aerials")),
    ("one eye", ("one eyed",)),
    ("round body", ("round", "spherical", "ball shaped", "egg shaped", "globe shaped")),
    ("collar", ("collar",)),
    ("stripes", ("stripes", "striped", "tabby", "stripy")),
    ("spots", ("spots", "spotted", "calico", "dappled")),
    ("wheels", ("wheels", "wheeled", "tracks", "treads", "caterpillar tracks")),
)
"""Marks that are drawn on robots, animals and other beings."""
UNCOLOURED_NOUNS = word_set(
    "crown tiara sword swords katana backpack rucksack bag satchel boots shoes sneakers socks stockings umbrella "
    "trousers pants jeans leggings tights hood tail badge emblem logo"
)
"""Things whose colour is the accent only where nothing else has one: the painter does not draw them, or not in it."""
UNPAINTED_FEATURES = frozenset(("tail", "rabbit ears", "hood", "crown", "backpack", "sword"))
"""Features that the painter does not draw on a human; prompts have them. A test holds it to the painter."""


@dataclass(frozen=True)
class DescribedLooks:
    """What a description says, "" or None for what it leaves open; colours are `#rrggbb`.

    Attributes:
        is_english: Whether it is English.
        age_years: Its number, or what words such as "old" mean.
        states_age_number: Whether the age is a number or a decade.
        spoken_of: Which of person, age, gender, hair, hair colour, eyes, skin, outfit, body it speaks of at all.
        second_colours: (index of a noun, its colour) of everything smaller that has one, in order.
        colour_names: (colour, the writer's words for it).
        gloss: Its English words, whose tokens these are, where it is in another language that is read by words.
    """

    tokens: tuple[Token, ...]
    is_english: bool
    described: DescribedKind
    age_years: int | None
    states_age_number: bool
    presents: str
    hair_colour: str
    hair_style: str
    skin_colour: str
    eye_colour: str
    body_colour: str
    outfit_colour: str
    outfit_style: str
    accent_colour: str
    build: str
    height: float | None
    mobility: str
    features: tuple[str, ...]
    spoken_of: frozenset[str]
    second_colours: tuple[tuple[int, str], ...]
    colour_names: tuple[tuple[str, str], ...] = ()
    gloss: Gloss | None = None

    def colour_name(self, colour: str) -> str:
        """Return what the writer calls a colour of this description, "" for any other colour."""
        return dict(self.colour_names).get(colour, "")


@lru_cache(maxsize=512)
def read_description(text: str) -> DescribedLooks:
    """Return what a description says about looks."""
    tokens = tuple(tokenize(text))
    if is_english(tokens):
        return _read_words(text, tokens)
    language = language_of_description(text)
    return _glossed_looks(text, tokens, language) if has_gloss(language) else _foreign_looks(text, tokens)


def _glossed_looks(text: str, tokens: tuple[Token, ...], language: str) -> DescribedLooks:
    """Return what a description in another language says by its words in English."""
    gloss = read_gloss(text, language)
    looks = _read_words(gloss.english, tuple(tokenize(gloss.english)))
    if looks.described.head < 0 and (foreign := _foreign_looks(text, tokens)).described.species:
        looks = replace(looks, described=foreign.described, height=foreign.height, mobility=foreign.mobility)
    return replace(looks, is_english=False, gloss=gloss)


def _read_words(text: str, tokens: tuple[Token, ...]) -> DescribedLooks:
    """Return what a description in English words says."""
    described = find_kind(tokens)
    number = stated_age(text)
    age_years = age_from_words(tokens, described) if number is None else number or None
    colours = _ColourReader(tokens, described)
    outfit_colour = colours.outfit_colour()
    body_colour = colours.body_colour() if described.kind != "human" else ""
    second_colours = colours.second_colours()
    skin_colour = colours.skin_colour()
    main_colours = (outfit_colour or body_colour,)
    return DescribedLooks(
        tokens=tokens,
        is_english=True,
        described=described,
        age_years=age_years,
        states_age_number=number is not None,
        presents=find_presentation(tokens, described),
        hair_colour=colours.hair_colour(),
        hair_style=_hair_style(tokens),
        skin_colour=skin_colour,
        eye_colour=colours.near(tables.EYE_NOUNS) or colours.near(looks_words.LIGHT_NOUNS),
        body_colour=body_colour,
        outfit_colour=outfit_colour,
        outfit_style=_outfit_style(tokens),
        accent_colour=next(
            (
                colour
                for at, colour in sorted(second_colours, key=lambda item: tokens[item[0]].word in UNCOLOURED_NOUNS)
                if colour not in main_colours
            ),
            "",
        ),
        build=_build(tokens, described),
        height=find_height(text, tokens, described, age_years),
        mobility=find_mobility(tokens, described),
        features=_find_features(tokens, described),
        spoken_of=frozenset(
            _spoken_of(
                tokens,
                described,
                has_age=number is not None or age_years is not None,
                has_skin_colour=bool(skin_colour),
            )
        ),
        second_colours=second_colours,
        colour_names=tuple(colours.names.items()),
    )


def is_english(tokens: Sequence[Token]) -> bool:
    """Return whether a text may be read by English tables: in doubt, where it holds a word that they know."""
    words = [token.word for token in tokens if not token.is_mark]
    letters = [char for word in words for char in word if char.isalpha()]
    latin = sum(char < "\u0250" for char in letters)
    if letters and latin * 2 < len(letters):
        return False
    english = sum(2 if word in looks_words.ENGLISH_WORDS else word in looks_words.SHARED_WORDS for word in words)
    foreign = 2 * sum(
        word in looks_words.FOREIGN_WORDS and not _is_in_name(tokens, at)
        for at, word in enumerate(token.word for token in tokens)
    )
    if english or foreign:
        return english >= foreign
    has_foreign_letter = any(char > "\u007f" for char in letters)
    return not has_foreign_letter and not any(word in looks_words.FOREIGN_KINDS for word in words if word not in _BOTH)


def _is_in_name(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a small foreign word is part of a name, as in Luna de la Cruz."""
    if tokens[at].word not in ("de", "la", "del", "da", "di", "van", "von", "der", "le", "du", "dos", "el"):
        return False
    following = next((item for item in tokens[at + 1 : at + 3] if item.word not in ("la", "der", "los")), None)
    return at > 0 and following is not None and following.is_capital


_BOTH = frozenset(("wolf", "robot", "dragon", "chat", "cane", "ours"))
"""Words of other languages that are English words, too."""


def _foreign_looks(text: str, tokens: tuple[Token, ...]) -> DescribedLooks:
    """Return what can be told of a description in another language: its kind by a few words, and a number of years."""
    species = next((looks_words.FOREIGN_KINDS[token.word] for token in tokens if _names_kind(tokens, token)), "")
    first_phrase = re.split(r"[、。,，.．・\s(（]", text.strip(), maxsplit=1)[0]
    endings = sorted(looks_words.FOREIGN_SUFFIXES, key=len, reverse=True)
    species = species or next((looks_words.FOREIGN_SUFFIXES[end] for end in endings if first_phrase.endswith(end)), "")
    base = kind_words.SPECIES.get(species)
    described = DescribedKind(base.kind if base else "human", species, base, -1, (0, 0))
    return DescribedLooks(
        tokens, False, described, stated_age(text) or None, True, "", "", "", "", "", "", "", "", "", "",
        base.height if base else None, base.mobility if base else "", (), frozenset(), (),
    )  # fmt: skip


def _names_kind(tokens: tuple[Token, ...], token: Token) -> bool:
    """Return whether a foreign word for a being is what the description is about: it stands in its first words."""
    return token.word in looks_words.FOREIGN_KINDS and token in tokens[:4]


class _ColourReader:
    """Finds which colour belongs to what: the one that stands beside it."""

    def __init__(self, tokens: Sequence[Token], described: DescribedKind) -> None:
        self._tokens = tokens
        self._words = [token.word for token in tokens]
        self._described = described
        self.names: dict[str, str] = {}  # the writer's words by colour, as they are read

    def near(self, nouns: Collection[str], links: Collection[str] = tables.LINK_WORDS) -> str:
        """Return the colour of the first of these nouns that has one: before it, or after "is", "dyed" and the like."""
        for at, word in enumerate(self._words):
            if word not in nouns or is_negated(self._tokens, at):
                continue
            if colour := self._before(at) or self._after(at, links):
                return colour
        return ""

    def _before(self, noun_index: int) -> str:
        """Return the colour that stands before a noun; of "red and white" the first."""
        for at in range(noun_index - 1, max(-1, noun_index - 1 - _MAX_DISTANCE_WORDS), -1):
            word = self._words[at]
            if colour := self._at(at):
                start = self._start_of(at)
                if start >= 2 and self._words[start - 1] in ("and", "or") and self._at(start - 2):
                    return self._at(start - 2)
                return colour
            if self._tokens[at].is_mark or _is_thing_with_colour(word) or word in looks_words.LOOKS_OPENERS:
                break
            if word in ("in", "on", "of", "and", "his", "her", "their", "its"):
                break
        return ""

    def _after(self, noun_index: int, links: Collection[str]) -> str:
        for at in range(noun_index + 1, min(len(self._words), noun_index + 1 + _MAX_DISTANCE_WORDS)):
            word = self._words[at]
            if colour := self._at(at):
                following = self._words[at + 1 : at + 2]
                is_of_other = bool(following) and _is_thing_with_colour(following[0])
                return "" if is_of_other else colour
            is_cold_and = word == "and" and self._words[at - 1] in looks_words.TEMPER  # "eyes are cold and grey"
            if word in links or word in tables.COLOUR_MODIFIERS or word in looks_words.TEMPER or is_cold_and:
                continue
            break
        return ""

    def _at(self, index: int) -> str:
        """Return the colour word at an index with the modifiers before it as `#rrggbb`, or ""."""
        if self._words[index] not in tables.COLOURS:
            return ""
        start = self._start_of(index)
        colour = modify_colour(tables.COLOURS[self._words[index]], self._words[start:index])
        self.names.setdefault(colour, " ".join(self._words[start : index + 1]))
        return colour

    def _start_of(self, index: int) -> int:
        start = index
        while start > 0 and self._words[start - 1] in tables.COLOUR_MODIFIERS:
            start -= 1
        return start

    def hair_colour(self) -> str:
        """Return the colour of the hair, else of the beard."""
        styles = {word for word in tables.HAIR_STYLE_WORDS if word not in ("bald", "hairless")}
        if colour := self.near(tables.HAIR_NOUNS | styles):
            return colour
        for at, word in enumerate(self._words):
            if word in tables.HAIR_COLOUR_NOUNS and not is_negated(self._tokens, at):
                return tables.HAIR_COLOUR_NOUNS[word]
            is_greying = bool(_GREYING_WORDS.intersection(self._words[max(0, at - 4) : at]))
            if is_greying and (word in tables.HAIR_NOUNS or word in _BEARDS):
                return "#9a9ca3"
        for at, word in enumerate(self._words):
            if word in tables.HAIR_NOUNS and "dark" in self._words[max(0, at - 3) : at]:
                return "#221c22"
        return self.near(_BEARDS)

    def skin_colour(self) -> str:
        for at, word in enumerate(self._words):
            if word in tables.SKIN_NOUNS:
                for nearby in reversed(self._words[max(0, at - 3) : at]):
                    if nearby in tables.SKIN_WORDS:
                        return tables.SKIN_WORDS[nearby]
                if colour := self._before(at):
                    return colour
            if word in ("tanned", "sunburnt"):
                return tables.SKIN_WORDS[word]
        first, end = self._described.lead
        for at in range(first, end):
            following = self._words[at + 1 : at + 2]
            if self._words[at] == "pale" and following and not self._at(at + 1):
                return tables.SKIN_WORDS["pale"]
            if self._words[at] in ("black", "white", "brown") and following and following[0] in kind_words.OF_PERSONS:
                return tables.SKIN_WORDS[{"white": "fair"}.get(self._words[at], self._words[at])]
        return ""

    def outfit_colour(self) -> str:
        """Return the colour of the clothes: of a garment by name, else of "in red", "dressed in black"."""
        garments = {*tables.OUTFIT_WORDS, *NEAREST_OUTFITS}
        if colour := self.near(garments):
            return colour
        if self._described.kind == "human" or self._described.is_person_shaped:
            for at, word in enumerate(self._words[:-1]):
                if word in looks_words.WHOLE_CLOTHES and (colour := self._bare_colour(at + 1)):
                    return colour
        for at, word in enumerate(self._words):
            if word in garments and "dark" in self._words[max(0, at - 3) : at]:
                return "#23262f"
        return ""

    def _bare_colour(self, start: int) -> str:
        """Return the colour at `start` if no noun follows that it could belong to."""
        at = start
        while at < len(self._words) - 1 and self._words[at] in (*tables.COLOUR_MODIFIERS, "all"):
            at += 1
        colour = self._at(at)
        following = self._words[at + 1] if at + 1 < len(self._words) else "."
        is_bare = not following[0].isalnum() or following in (looks_words.PREPOSITIONS | looks_words.CLAUSE_WORDS)
        return colour if is_bare or following in ("clothes", "clothing", "leather", "silk", "velvet") else ""

    def body_colour(self) -> str:
        """Return the colour of the surface of somebody who is not human: of its fur or shell, else of itself."""
        links = tables.LINK_WORDS - {"in", "a", "as"}
        nouns = looks_words.BODY_NOUNS | tables.SKIN_NOUNS
        if {"in", "wearing", "wears", "dressed"}.intersection(self._words):
            nouns -= tables.OUTFIT_WORDS.keys()  # then a cat's coat is a garment
        if colour := self.near(nouns, links):
            return colour
        first, end = self._described.lead
        span = range(first, max(end, self._described.head + 1))
        for at in span:
            if (colour := self._at(at)) and not self._belongs_to_smaller(at):
                return colour
        for first, end in split_phrases(self._tokens, 0, len(self._tokens)):
            colours = [at for at in range(first, end) if self._at(at)]
            is_bare = all(
                is_adjective(self._tokens[at]) or self._words[at] in kind_words.SPECIES for at in range(first, end)
            )
            if colours and is_bare:
                return self._at(colours[0])
        for at, word in enumerate(self._words):
            is_of_body = (
                at in span
                or "of" in self._words[max(0, at - 2) : at]
                or any(item in looks_words.BODY_NOUNS for item in self._words[at + 1 : at + 3])
            )
            colour = COLOURS_BY_MATERIAL.get(word) or (self._at(at) if word in _METALS else "")
            if colour and is_of_body:
                return colour
        return ""

    def _belongs_to_smaller(self, index: int) -> bool:
        """Return whether the colour at an index is of eyes, hair or a smaller thing, as in "red-eyed"."""
        for word in self._words[index + 1 : index + 4]:
            if word == "and" or word in tables.COLOURS or word in tables.COLOUR_MODIFIERS:
                continue
            return _is_thing_with_colour(word) and word not in looks_words.BODY_NOUNS
        return False

    def second_colours(self) -> tuple[tuple[int, str], ...]:
        """Return (index, colour) of every smaller thing that has a colour of its own, and of the second of two."""
        found = []
        for at, word in enumerate(self._words):
            if is_negated(self._tokens, at):
                continue
            colour = ""
            if word in looks_words.SECONDARY_NOUNS and word not in looks_words.BODY_NOUNS:
                colour = self._before(at) or self._after(at, tables.LINK_WORDS - {"in", "a"})
            elif word == "and" and at and self._at(at - 1):  # "black and white", "red and dark blue"
                following = (index for index in (at + 1, at + 2) if index < len(self._words))
                colour = next(filter(None, map(self._at, following)), "")
            if colour:
                found.append((at, colour))
        return tuple(found)


NEAREST_OUTFITS: Mapping[str, str] = {
    word: style
    for style, words in {
        "dress": "sari qipao cheongsam hanbok sarong nightgown pinafore dirndl negligee romper petticoat tutu swimsuit",
        "robe": "kaftan toga haori bathrobe shawl poncho burqa abaya",
        "coat": "raincoat duffel anorak mackintosh",
        "uniform": "spacesuit dungarees fatigues wetsuit bodysuit leotard costume gi",
        "shirt": "tunic cardigan pyjamas pajamas jersey turtleneck jumper rags apron waistcoat blouse",
        "jacket": "leathers",
        "armour": "chainmail breastplate",
    }.items()
    for word in words.split()
}
"""By garment that the painter does not know, what it draws in its place; the garment is listed as not drawn."""


def _is_thing_with_colour(word: str) -> bool:
    return (
        word in tables.HAIR_NOUNS
        or word in tables.EYE_NOUNS
        or word in tables.SKIN_NOUNS
        or word in tables.OUTFIT_WORDS
        or word in looks_words.SECONDARY_NOUNS
        or word in looks_words.BODY_NOUNS
        or word in looks_words.GARMENTS
        or word in _BEARDS
    )


def _hair_style(tokens: Sequence[Token]) -> str:
    words = [token.word for token in tokens]
    for at, word in enumerate(words):
        if word in tables.HAIR_STYLE_WORDS and not is_negated(tokens, at):
            return tables.HAIR_STYLE_WORDS[word]
        if word == "hair" and at and words[at - 1] == "no":
            return "bald"
        if word in ("shaved", "shaven") and words[at + 1 : at + 2] == ["head"]:
            return "bald"
    for at, word in enumerate(words):
        if word not in tables.HAIR_NOUNS and word not in tables.HAIR_COLOUR_NOUNS:
            continue
        for index in range(at - 1, max(-1, at - 1 - _MAX_DISTANCE_WORDS), -1):
            if tokens[index].is_mark or _is_thing_with_colour(words[index]) or words[index] in ("with", "and", "in"):
                break
            if words[index] in tables.HAIR_LENGTH_WORDS:
                return tables.HAIR_LENGTH_WORDS[words[index]]
        for index in range(at + 1, min(len(words), at + 4)):
            if tokens[index].is_mark or words[index] in ("and", "with", "in"):
                break
            if words[index] in tables.HAIR_LENGTH_WORDS:
                return tables.HAIR_LENGTH_WORDS[words[index]]
    return ""


def _outfit_style(tokens: Sequence[Token]) -> str:
    for table in (tables.OUTFIT_WORDS, NEAREST_OUTFITS):
        for at, token in enumerate(tokens):
            if token.word in table and not is_negated(tokens, at):
                return table[token.word]
    return next(
        (tables.OUTFIT_BY_OCCUPATION[item.word] for item in tokens if item.word in tables.OUTFIT_BY_OCCUPATION), ""
    )


def _build(tokens: Sequence[Token], described: DescribedKind) -> str:
    """Return the build: by a word that is said of the whole person, not of a coat or a voice."""
    first, end = described.lead
    for at, token in enumerate(tokens):
        word = f"{token.word}-{tokens[at + 1].word}" if token.joins_next and at + 1 < len(tokens) else token.word
        if word not in tables.BUILD_WORDS and token.word in tables.BUILD_WORDS:
            word = token.word
        if word not in tables.BUILD_WORDS or is_negated(tokens, at) or is_of_smaller(tokens, at):
            continue
        following = tokens[at + 1].word if at + 1 < len(tokens) else "."
        if (
            first <= at < end
            or not (following[0].isalnum() and following not in looks_words.PLAIN_NOUNS)
            or "-" in word
        ):
            return tables.BUILD_WORDS[word]
        if following in ("and", "man", "woman", "boy", "girl", "build", "figure", "body", "frame"):
            return tables.BUILD_WORDS[word]
    return ""


def _index_features(features: Sequence[tuple[str, Sequence[str]]]) -> Mapping[str, list[tuple[str, list[str]]]]:
    """Return (feature, words of its phrase) by the first word."""
    index: dict[str, list[tuple[str, list[str]]]] = {}
    for feature, phrases in features:
        for phrase in phrases:
            index.setdefault(phrase.split()[0], []).append((feature, phrase.split()))
    return index


FEATURES = (*tables.FEATURES, *_NON_HUMAN_FEATURES)
"""Every feature and the phrases that it is read from."""
_FEATURES_BY_WORD = _index_features(tables.FEATURES)
_OTHER_FEATURES_BY_WORD = _index_features(_NON_HUMAN_FEATURES)


def _find_features(tokens: Sequence[Token], described: DescribedKind) -> tuple[str, ...]:
    words = [token.word for token in tokens]
    first_index: dict[str, int] = {}
    for at, word in enumerate(words):
        candidates = list(_FEATURES_BY_WORD.get(word, ()))
        if described.kind != "human":
            candidates += _OTHER_FEATURES_BY_WORD.get(word, ())
        for feature, phrase in candidates:
            if words[at : at + len(phrase)] == phrase and not is_negated(tokens, at) and not _is_elsewhere(tokens, at):
                first_index.setdefault(feature, at)
    if described.kind != "human" and "one eye" not in first_index and (at := _one_eye(words)) >= 0:
        first_index["one eye"] = at
    for at in _long_beards(words) if "beard" in first_index else ():
        first_index.setdefault("long beard", at)
    features = [
        name
        for name in first_index
        if not any(specific in first_index for specific in tables.MORE_SPECIFIC_FEATURES.get(name, ()))
    ]
    return tuple(sorted(features, key=lambda name: first_index[name]))


def _is_elsewhere(tokens: Sequence[Token], at: int) -> bool:
    """Return whether "round" is not said of the body: of glasses, or of a smaller thing."""
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    return tokens[at].word == "round" and following in (
        looks_words.SECONDARY_NOUNS | tables.EYE_NOUNS | {"the", "ears"}
    )


def _one_eye(words: Sequence[str]) -> int:
    """Return where "one big blue eye" begins, -1 without one."""
    for at, word in enumerate(words):
        is_of_it = not at or words[at - 1] not in ("in", "over", "on", "of", "missing", "lost")
        if word in ("one", "single") and "eye" in words[at + 1 : at + 4] and is_of_it:
            return at
    return -1


def _long_beards(words: Sequence[str]) -> list[int]:
    return [
        at
        for at, word in enumerate(words)
        if word == "beard" and {"long", "flowing", "full", "big", "bushy"} & set(words[max(0, at - 3) : at])
    ]


def _spoken_of(tokens: Sequence[Token], described: DescribedKind, *, has_age: bool, has_skin_colour: bool) -> set[str]:
    """Return what a description speaks of in any way, so that nothing else is to be said of it."""
    words = {token.word for token in tokens}
    first, end = described.lead
    aspects = {
        "person": described.head >= 0,
        "age": has_age,
        "gender": bool(words & set(tables.PRESENTATION_WORDS)),
        "hair": bool(
            words & (tables.HAIR_NOUNS | set(tables.HAIR_STYLE_WORDS) | set(tables.HAIR_COLOUR_NOUNS))
            or words & looks_words.COVERED_HEAD
            or ("head" in words and words & {"shaved", "shaven"})
            or words
            & {"hairline", "wig", "balding", "curls", "curly", "fringe", "hairstyle", "shaved", "afro", "greying"}
        ),
        "eyes": bool(words & (tables.EYE_NOUNS | _EYE_COVERS)),
        "skin": has_skin_colour
        or bool(words & (tables.SKIN_NOUNS | looks_words.ORIGINS | {"tanned", "pale", "freckled", "complexion"})),
        "origin": bool(words & looks_words.ORIGINS),
        "outfit": bool(
            words & (set(tables.OUTFIT_WORDS) | set(NEAREST_OUTFITS) | looks_words.GARMENTS | set(_WORN))
            or any(_opens_clothes(tokens, at) for at in range(first, min(len(tokens), end + 1)))
        ),
    }
    return {aspect for aspect, is_spoken_of in aspects.items() if is_spoken_of}


def _opens_clothes(tokens: Sequence[Token], at: int) -> bool:
    """Return whether clothes may follow: in doubt they do, so that no others are put on."""
    following = {token.word for token in tokens[at + 1 : at + 4]}
    return tokens[at].word == "in" and not following & {"his", "her", "their", "its", "the", "wheelchair"}


_WORN = word_set("wears wearing wore worn dressed clad naked nude clothes outfit attire clothing costume")
