"""Continuity: what an earlier shot did to somebody that later ones must still show. Costume, injuries, props, wetness.

English action text is understood by tables of words; what they do not know is not carried. Place, time and weather
need no carrying: every shot has its scene's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tower_anime_assets.production.planning.acting import stems_in
from tower_anime_assets.production.planning.shots import Framing, ScenePlan, Shot
from tower_anime_assets.production.story.model import Character


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INJURIES: Mapping[str, str] = {
    **dict.fromkeys(_words("bleed blood bloody bloodied"), "bleeding"),
    **dict.fromkeys(_words("wound wounded injure injured"), "wounded"),
    **dict.fromkeys(_words("bruise bruised"), "bruised"),
    **dict.fromkeys(_words("bandage bandaged"), "bandaged"),
    **dict.fromkeys(_words("soot sooty singed"), "smeared with soot"),
    **dict.fromkeys(_words("handcuff handcuffed shackle shackled"), "in handcuffs"),
}
_WELL_AGAIN = _words("heal healed healthy unhurt recover recovered")
_GARMENT = (
    "coat jacket hoodie hood cloak cape scarf hat cap helmet mask gloves glove dress uniform armour armor shirt robe "
    "suit kimono raincoat poncho goggles glasses visor vest boots disguise costume tie apron"
)
_GARMENTS = _words(_GARMENT)
_PUTS_ON = re.compile(
    r"\b(?:puts?|pulls?|slips?|throws?|straps?)\s+on\s+(?P<a>[^.,;!?]{2,40})"
    r"|\b(?:wears?|wearing|dons|dressed\s+in|changes?\s+into|slips?\s+into|now\s+in)\s+(?P<b>[^.,;!?]{2,40})",
    re.IGNORECASE,
)
_TAKES_OFF = re.compile(
    r"\b(?:takes?|pulls?|tears?|slips?|throws?)\s+off\s+(?P<a>[^.,;!?]{2,40})"
    r"|\b(?:removes?|sheds?|unbuttons)\s+(?P<b>[^.,;!?]{2,40})",
    re.IGNORECASE,
)
_ARTICLES = _words("a an the his her their its new old own")
_PROPS = _words(
    "gun pistol rifle sword katana knife dagger phone chip bag book letter photo photograph key box map rope candle "
    "flower lantern torch umbrella bottle cup mug glass screwdriver wrench briefcase suitcase camera radio "
    "guitar staff crutch envelope note"
)
_TAKES = _words(
    "hold grip clutch carry grab take draw lift raise pick snatch catch clench wield bring fetch cradle aim point"
)
_LOSES = _words("drop toss throw hurl lose hide pocket holster sheathe put set give offer pass fall leave")
_WET_WEATHER: Mapping[str, str] = {
    "rain": "wet from the rain",
    "storm": "wet from the storm",
    "snow": "dusted with snow",
}
_MOST_PROPS = 2


@dataclass(frozen=True)
class Condition:
    """What is still to be seen of what happened to one character.

    Attributes:
        costume: Phrases such as "wearing a mask" or "without the coat", by garment.
        injuries: In order of happening.
        props: What is held, the newest last.
        wet: From the weather of the scene just before, or "".
    """

    costume: Mapping[str, str] = field(default_factory=dict)
    injuries: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    wet: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """It as a prompt tells it."""
        held = tuple(f"holding the {prop}" for prop in self.props)
        return (*self.costume.values(), *self.injuries, *held, *filter(None, (self.wet,)))


@dataclass(frozen=True)
class Continuity:
    """The condition of everybody to whom something has happened, by character id."""

    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def words(self, without: str = "") -> dict[str, tuple[str, ...]]:
        """Return what still shows, by character; not what a text says itself.

        Args:
            without: The words of the shot itself, which need no repeating.
        """
        said = without.lower()
        found = {
            name: tuple(phrase for phrase in condition.words if _key_word(phrase) not in said)
            for name, condition in sorted(self.conditions.items())
        }
        return {name: phrases for name, phrases in found.items() if phrases}

    def after(self, description: str, subjects: Sequence[str], cast: Sequence[Character]) -> Continuity:
        """Return the continuity after a shot.

        Args:
            description: The writer's words that the shot shows.
            subjects: Ids of those in the frame, the most important first.
            cast: Characters whose names the description may hold.
        """
        names = tuple((one.id, (one.name, *one.name.split(), *one.aliases), one.appearance.presents) for one in cast)
        outfits = {one.id: f"{one.appearance.outfit_style} {' '.join(one.appearance.features)}".lower() for one in cast}
        conditions = dict(self.conditions)
        for name, sentence in _attributed(description, tuple(subjects), names):
            told = _told(sentence)
            if told.is_empty:
                continue
            conditions[name] = told.applied(conditions.get(name, Condition()), outfits.get(name, ""))
        return Continuity({name: one for name, one in conditions.items() if one != Condition()})

    def into_next_scene(self, plan: ScenePlan) -> Continuity:
        """Return the continuity with which the scene after a plan begins: whoever was out in the rain is wet."""
        first = plan.shots[0].setting if plan.shots else None
        wet = "" if first is None or first.interior else _WET_WEATHER.get(first.weather, "")
        out = {subject.character for shot in plan.shots for subject in shot.subjects} if wet else set()
        conditions = {name: replace(one, wet="") for name, one in self.conditions.items()}
        for name in sorted(out):
            conditions[name] = replace(conditions.get(name, Condition()), wet=wet)
        return Continuity({name: one for name, one in conditions.items() if one != Condition()})


def continuity_of(earlier: Iterable[ScenePlan], cast: Sequence[Character]) -> Continuity:
    """Return the continuity after the scenes so far, for the scene that comes next."""
    state = Continuity()
    for plan in earlier:
        for shot in plan.shots:
            state = state.after(shot.description, subjects_of(shot), cast)
        state = state.into_next_scene(plan)
    return state


def subjects_of(shot: Shot) -> tuple[str, ...]:
    """Return those whom a shot is about, those in the foreground last; in an insert, the owner of what it shows."""
    if shot.framing is Framing.INSERT:
        return tuple(subject.character for subject in shot.subjects)
    ordered = sorted(shot.subjects, key=lambda subject: subject.is_foreground)
    return tuple(subject.character for subject in ordered)


@dataclass(frozen=True)
class _Told:
    """What one sentence does to whoever it is about."""

    puts_on: tuple[tuple[str, str], ...] = ()
    takes_off: tuple[tuple[str, str], ...] = ()
    injuries: tuple[str, ...] = ()
    is_well: bool = False
    takes: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == _Told()

    def applied(self, before: Condition, outfit: str) -> Condition:
        costume = dict(before.costume)
        for garment, phrase in self.takes_off:
            # What was put on before is simply gone; what belongs to the character's own outfit is missed.
            if costume.pop(garment, "").startswith("wearing"):
                continue
            if garment in outfit:
                costume[garment] = phrase
        costume.update(self.puts_on)
        injuries = () if self.is_well else tuple(dict.fromkeys((*before.injuries, *self.injuries)))
        held = [prop for prop in before.props if prop not in (*self.loses, *self.takes)] + list(self.takes)
        return Condition(costume, injuries, tuple(held)[-_MOST_PROPS:], before.wet)


@lru_cache(maxsize=8192)
def _told(sentence: str) -> _Told:
    stems = [frozenset(forms) for forms in stems_in(sentence)]
    flat = frozenset().union(*stems) if stems else frozenset()
    props = tuple(dict.fromkeys(stem for forms in stems for stem in sorted(forms) if stem in _PROPS))
    loses = bool(flat & _LOSES)
    takes = bool(flat & _TAKES) and not loses
    return _Told(
        puts_on=tuple((garment, f"wearing {phrase}") for garment, phrase in _garments(_PUTS_ON, sentence)),
        takes_off=tuple((garment, f"without the {garment}") for garment, _phrase in _garments(_TAKES_OFF, sentence)),
        injuries=tuple(
            dict.fromkeys(_INJURIES[stem] for forms in stems for stem in sorted(forms) if stem in _INJURIES)
        ),
        is_well=bool(flat & _WELL_AGAIN),
        takes=props if takes else (),
        loses=props if loses else (),
    )


def _garments(pattern: re.Pattern[str], sentence: str) -> list[tuple[str, str]]:
    """Return (garment, phrase with its article) of what a sentence says is put on or taken off."""
    found = []
    for match in pattern.finditer(sentence):
        words = (match["a"] or match["b"]).split()
        for number, word in enumerate(words[:5]):
            plain = word.lower().strip("*_")
            if plain in _GARMENTS:
                kept = [part.lower() for part in words[:number] if part.lower() not in _ARTICLES]
                article = "" if plain.endswith("s") and not plain.endswith("ss") else "a "
                found.append((plain, article + " ".join([*kept, plain])))
                break
    return found


_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


_PRONOUNS: Mapping[str, str] = {
    **dict.fromkeys(("he", "his", "him"), "masculine"),
    **dict.fromkeys(("she", "her", "hers"), "feminine"),
}
_PRONOUN = re.compile(rf"\b({'|'.join(_PRONOUNS)})\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _attributed(
    description: str, subjects: tuple[str, ...], names: tuple[tuple[str, tuple[str, ...], str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return (character id, sentence): whom each sentence is about: by its first name, by a pronoun, or as before."""
    about = subjects[0] if subjects else ""
    presents = {identity: how for identity, _spelt, how in names}
    found = []
    for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(description))):
        places = {
            identity: min(places)
            for identity, spelt, _how in names
            if (places := [at for name in spelt if len(name) > 2 and (at := _position(name, sentence)) >= 0])
        }
        if places:
            about = min(places, key=lambda identity: places[identity])
        elif pronoun := _PRONOUN.search(sentence):
            meant = [one for one in (about, *subjects) if presents.get(one) == _PRONOUNS[pronoun[1].lower()]]
            about = meant[0] if meant else about
        if about:
            found.append((about, sentence))
    return tuple(found)


def _position(name: str, sentence: str) -> int:
    match = re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", sentence, re.IGNORECASE)
    return match.start() if match else -1


def _key_word(phrase: str) -> str:
    """Return the word by which a text that says the same is known."""
    return phrase.lower().rpartition(" ")[2]
