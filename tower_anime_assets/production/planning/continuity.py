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


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INJURY_BY_WORD: Mapping[str, str] = {
    **dict.fromkeys(_word_set("bleed blood bloody bloodied"), "bleeding"),
    **dict.fromkeys(_word_set("wound wounded injure injured"), "wounded"),
    **dict.fromkeys(_word_set("bruise bruised"), "bruised"),
    **dict.fromkeys(_word_set("bandage bandaged"), "bandaged"),
    **dict.fromkeys(_word_set("soot sooty singed"), "smeared with soot"),
    **dict.fromkeys(_word_set("handcuff handcuffed shackle shackled"), "in handcuffs"),
}
_RECOVERY_WORDS = _word_set("heal healed healthy unhurt recover recovered")
_GARMENT = (
    "coat jacket hoodie hood cloak cape scarf hat cap helmet mask gloves glove dress uniform armour armor shirt robe "
    "suit kimono raincoat poncho goggles glasses visor vest boots disguise costume tie apron"
)
_GARMENT_WORDS = _word_set(_GARMENT)
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
_ARTICLES = _word_set("a an the his her their its new old own")
_PROP_WORDS = _word_set(
    "gun pistol rifle sword katana knife dagger phone chip bag book letter photo photograph key box map rope candle "
    "flower lantern torch umbrella bottle cup mug glass screwdriver wrench briefcase suitcase camera radio "
    "guitar staff crutch envelope note"
)
_PICK_UP_WORDS = _word_set(
    "hold grip clutch carry grab take draw lift raise pick snatch catch clench wield bring fetch cradle aim point"
)
_LET_GO_WORDS = _word_set("drop toss throw hurl lose hide pocket holster sheathe put set give offer pass fall leave")
_WET_WEATHER: Mapping[str, str] = {
    "rain": "wet from the rain",
    "storm": "wet from the storm",
    "snow": "dusted with snow",
}
_MAX_PROPS = 2


@dataclass(frozen=True)
class CharacterCondition:
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
    def phrases(self) -> tuple[str, ...]:
        """It as a prompt tells it."""
        prop_phrases = tuple(f"holding the {prop}" for prop in self.props)
        return (*self.costume.values(), *self.injuries, *prop_phrases, *filter(None, (self.wet,)))


@dataclass(frozen=True)
class Continuity:
    """The condition of everybody to whom something has happened, by character id."""

    conditions: Mapping[str, CharacterCondition] = field(default_factory=dict)

    def phrases_by_character(self, shot_text: str = "") -> dict[str, tuple[str, ...]]:
        """Return what still shows, by character; not what a text says itself.

        Args:
            without: The words of the shot itself, which need no repeating.
        """
        lower_text = shot_text.lower()
        phrases_by_id = {
            name: tuple(phrase for phrase in condition.phrases if _last_word(phrase) not in lower_text)
            for name, condition in sorted(self.conditions.items())
        }
        return {name: phrases for name, phrases in phrases_by_id.items() if phrases}

    def after_shot(self, description: str, subjects: Sequence[str], cast: Sequence[Character]) -> Continuity:
        """Return the continuity after a shot.

        Args:
            description: The writer's words that the shot shows.
            subjects: Ids of those in the frame, the most important first.
            cast: Characters whose names the description may hold.
        """
        names = tuple((one.id, (one.name, *one.name.split(), *one.aliases), one.appearance.presents) for one in cast)
        outfits = {one.id: f"{one.appearance.outfit_style} {' '.join(one.appearance.features)}".lower() for one in cast}
        conditions = dict(self.conditions)
        for name, sentence in _attribute_sentences(description, tuple(subjects), names):
            effects = _sentence_effects(sentence)
            if effects.is_empty:
                continue
            conditions[name] = effects.applied_to(conditions.get(name, CharacterCondition()), outfits.get(name, ""))
        return Continuity({name: one for name, one in conditions.items() if one != CharacterCondition()})

    def into_next_scene(self, plan: ScenePlan) -> Continuity:
        """Return the continuity with which the scene after a plan begins: whoever was out in the rain is wet."""
        setting = plan.shots[0].setting if plan.shots else None
        wetness = "" if setting is None or setting.interior else _WET_WEATHER.get(setting.weather, "")
        wet_ids = {subject.character for shot in plan.shots for subject in shot.subjects} if wetness else set()
        conditions = {name: replace(one, wet="") for name, one in self.conditions.items()}
        for name in sorted(wet_ids):
            conditions[name] = replace(conditions.get(name, CharacterCondition()), wet=wetness)
        return Continuity({name: one for name, one in conditions.items() if one != CharacterCondition()})


def continuity_of(earlier: Iterable[ScenePlan], cast: Sequence[Character]) -> Continuity:
    """Return the continuity after the scenes so far, for the scene that comes next."""
    continuity = Continuity()
    for plan in earlier:
        for shot in plan.shots:
            continuity = continuity.after_shot(shot.description, subject_ids(shot), cast)
        continuity = continuity.into_next_scene(plan)
    return continuity


def subject_ids(shot: Shot) -> tuple[str, ...]:
    """Return those whom a shot is about, those in the foreground last; in an insert, the owner of what it shows."""
    if shot.framing is Framing.INSERT:
        return tuple(subject.character for subject in shot.subjects)
    ordered = sorted(shot.subjects, key=lambda subject: subject.is_foreground)
    return tuple(subject.character for subject in ordered)


@dataclass(frozen=True)
class _SentenceEffects:
    """What one sentence does to whoever it is about."""

    puts_on: tuple[tuple[str, str], ...] = ()
    takes_off: tuple[tuple[str, str], ...] = ()
    injuries: tuple[str, ...] = ()
    is_healed: bool = False
    picked_up: tuple[str, ...] = ()
    let_go: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == _SentenceEffects()

    def applied_to(self, condition: CharacterCondition, outfit: str) -> CharacterCondition:
        costume = dict(condition.costume)
        for garment, phrase in self.takes_off:
            # What was put on before is simply gone; what belongs to the character's own outfit is missed.
            if costume.pop(garment, "").startswith("wearing"):
                continue
            if garment in outfit:
                costume[garment] = phrase
        costume.update(self.puts_on)
        injuries = () if self.is_healed else tuple(dict.fromkeys((*condition.injuries, *self.injuries)))
        props = [prop for prop in condition.props if prop not in (*self.let_go, *self.picked_up)] + list(self.picked_up)
        return CharacterCondition(costume, injuries, tuple(props)[-_MAX_PROPS:], condition.wet)


@lru_cache(maxsize=8192)
def _sentence_effects(sentence: str) -> _SentenceEffects:
    stems = [frozenset(forms) for forms in stems_in(sentence)]
    all_stems = frozenset().union(*stems) if stems else frozenset()
    props = tuple(dict.fromkeys(stem for forms in stems for stem in sorted(forms) if stem in _PROP_WORDS))
    lets_go = bool(all_stems & _LET_GO_WORDS)
    picks_up = bool(all_stems & _PICK_UP_WORDS) and not lets_go
    return _SentenceEffects(
        puts_on=tuple((garment, f"wearing {phrase}") for garment, phrase in _garments(_PUTS_ON, sentence)),
        takes_off=tuple((garment, f"without the {garment}") for garment, _phrase in _garments(_TAKES_OFF, sentence)),
        injuries=tuple(
            dict.fromkeys(_INJURY_BY_WORD[stem] for forms in stems for stem in sorted(forms) if stem in _INJURY_BY_WORD)
        ),
        is_healed=bool(all_stems & _RECOVERY_WORDS),
        picked_up=props if picks_up else (),
        let_go=props if lets_go else (),
    )


def _garments(pattern: re.Pattern[str], sentence: str) -> list[tuple[str, str]]:
    """Return (garment, phrase with its article) of what a sentence says is put on or taken off."""
    garments = []
    for match in pattern.finditer(sentence):
        words = (match["a"] or match["b"]).split()
        for number, word in enumerate(words[:5]):
            garment = word.lower().strip("*_")
            if garment in _GARMENT_WORDS:
                qualifiers = [part.lower() for part in words[:number] if part.lower() not in _ARTICLES]
                article = "" if garment.endswith("s") and not garment.endswith("ss") else "a "
                garments.append((garment, article + " ".join([*qualifiers, garment])))
                break
    return garments


_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


_PRONOUNS: Mapping[str, str] = {
    **dict.fromkeys(("he", "his", "him"), "masculine"),
    **dict.fromkeys(("she", "her", "hers"), "feminine"),
}
_PRONOUN = re.compile(rf"\b({'|'.join(_PRONOUNS)})\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _attribute_sentences(
    description: str, subjects: tuple[str, ...], names: tuple[tuple[str, tuple[str, ...], str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return (character id, sentence): whom each sentence is about: by its first name, by a pronoun, or as before."""
    current_id = subjects[0] if subjects else ""
    presents_by_id = {identity: how for identity, _spelt, how in names}
    attributed = []
    for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(description))):
        mention_positions = {
            identity: min(mention_positions)
            for identity, spelt, _how in names
            if (
                mention_positions := [
                    at for name in spelt if len(name) > 2 and (at := _name_position(name, sentence)) >= 0
                ]
            )
        }
        if mention_positions:
            current_id = min(mention_positions, key=lambda identity: mention_positions[identity])
        elif pronoun := _PRONOUN.search(sentence):
            matches = [
                one for one in (current_id, *subjects) if presents_by_id.get(one) == _PRONOUNS[pronoun[1].lower()]
            ]
            current_id = matches[0] if matches else current_id
        if current_id:
            attributed.append((current_id, sentence))
    return tuple(attributed)


def _name_position(name: str, sentence: str) -> int:
    match = re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", sentence, re.IGNORECASE)
    return match.start() if match else -1


def _last_word(phrase: str) -> str:
    """Return the word by which a text that says the same is known."""
    return phrase.lower().rpartition(" ")[2]
