"""Continuity: what later shots must still show of earlier ones: costume, injuries, props, wetness.

It is read from the action text by tables of English words; what they do not know is not carried. Place, time and
weather are not carried either: every shot has its scene's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tower_anime_assets.production.planning.lexicon import (
    GENDER_BY_PRONOUN,
    meanings_in,
    name_table,
    stems_in,
    word_set,
    word_table,
)
from tower_anime_assets.production.planning.readings import english_of
from tower_anime_assets.production.planning.shots import Framing, ScenePlan, Shot, Subject
from tower_anime_assets.production.story.model import Character

_INJURY_BY_WORD = word_table(
    ("bleeding", "bleed blood bloody bloodied"),
    ("wounded", "wound wounded injure injured"),
    ("bruised", "bruise bruised"),
    ("bandaged", "bandage bandaged"),
    ("smeared with soot", "soot sooty singed"),
    ("in handcuffs", "handcuff handcuffed shackle shackled"),
)
_RECOVERY_WORDS = word_set("heal healed healthy unhurt recover recovered")
_GARMENT_WORDS = word_set(
    "coat jacket hoodie hood cloak cape scarf hat cap helmet mask gloves glove dress uniform armour armor shirt robe "
    "suit kimono raincoat poncho goggles glasses visor vest boots disguise costume tie apron"
)
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
_ARTICLES = word_set("a an the his her their its new old own")
_PROPS = name_table(
    "gun pistol rifle sword katana knife dagger phone chip bag book letter photo photograph key box map rope candle "
    "flower lantern torch umbrella bottle cup mug glass screwdriver wrench briefcase suitcase camera radio guitar "
    "staff crutch envelope note"
)
_PICK_UP_WORDS = word_set(
    "hold grip clutch carry grab take draw lift raise pick snatch catch clench wield bring fetch cradle aim point"
)
_LET_GO_WORDS = word_set("drop toss throw hurl lose hide pocket holster sheathe put set give offer pass fall leave")
_WET_WEATHER: Mapping[str, str] = {
    "rain": "wet from the rain",
    "storm": "wet from the storm",
    "snow": "dusted with snow",
}
_MAX_PROPS = 2


@dataclass(frozen=True)
class CharacterCondition:
    """What still shows of what happened to one character.

    Attributes:
        costume: Phrases such as "wearing a mask" or "without the coat", by garment.
        injuries: In the order in which they happened.
        props: What is held, the newest last.
        wet: From the weather of the scene just before, or "".
    """

    costume: Mapping[str, str] = field(default_factory=dict)
    injuries: tuple[str, ...] = ()
    props: tuple[str, ...] = ()
    wet: str = ""

    @property
    def phrases(self) -> tuple[str, ...]:
        """The condition as a prompt tells it."""
        prop_phrases = tuple(f"holding the {prop}" for prop in self.props)
        return (*self.costume.values(), *self.injuries, *prop_phrases, *filter(None, (self.wet,)))


_NAME = "(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
_MIN_NAME_LETTERS = 3


@dataclass(frozen=True)
class CastMember:
    """What texts need to be read for a character: names, what they are referred to as, what they usually wear."""

    id: str
    spellings: tuple[str, ...]
    presents: str
    outfit: str

    def position_in(self, sentence: str) -> int:
        """Return where a sentence first names the character, its length when it does not."""
        found = (re.search(_NAME.format(re.escape(name)), sentence, re.IGNORECASE) for name in self.spellings)
        return min((match.start() for match in found if match), default=len(sentence))


def cast_members(cast: Sequence[Character]) -> tuple[CastMember, ...]:
    """Return the characters of a scene as its texts refer to them; names of one or two letters are too ambiguous."""
    return tuple(
        CastMember(
            one.id,
            tuple(name for name in (one.name, *one.name.split(), *one.aliases) if len(name) >= _MIN_NAME_LETTERS),
            one.appearance.presents,
            f"{one.appearance.outfit_style} {' '.join(one.appearance.features)}".lower(),
        )
        for one in cast
    )


@dataclass(frozen=True)
class Continuity:
    """The conditions of characters to whom something has happened, by id."""

    conditions: Mapping[str, CharacterCondition] = field(default_factory=dict)

    def phrases_by_character(self, shot_text: str = "") -> dict[str, tuple[str, ...]]:
        """Return what still shows, by character, without what a shot's own text says anyway."""
        lower_text = shot_text.lower()
        phrases_by_id = {
            name: tuple(phrase for phrase in condition.phrases if _last_word(phrase) not in lower_text)
            for name, condition in sorted(self.conditions.items())
        }
        return {name: phrases for name, phrases in phrases_by_id.items() if phrases}

    def after_shot(self, description: str, subjects: Sequence[str], cast: tuple[CastMember, ...]) -> Continuity:
        """Return the continuity after a shot.

        Args:
            description: The writer's words that the shot shows.
            subjects: Ids of those in the frame, the most important first.
            cast: Those whose names the description may hold, see `cast_members`.
        """
        attributed = _attribute_sentences(description, tuple(subjects), cast)
        changes = [(name, effects) for name, text in attributed if (effects := _sentence_effects(text)) != _NO_EFFECTS]
        if not changes:
            return self
        outfits = {one.id: one.outfit for one in cast}
        conditions = dict(self.conditions)
        for name, effects in changes:
            conditions[name] = effects.applied_to(conditions.get(name, _UNHARMED), outfits.get(name, ""))
        return _continuity(conditions)

    def into_next_scene(self, wetness: str, wet_ids: Sequence[str]) -> Continuity:
        """Return the continuity with which the next scene begins: those who were out in the rain are wet."""
        if not wet_ids and not any(one.wet for one in self.conditions.values()):
            return self
        conditions = {name: replace(one, wet="") for name, one in self.conditions.items()}
        for name in wet_ids:
            conditions[name] = replace(conditions.get(name, _UNHARMED), wet=wetness)
        return _continuity(conditions)


_UNHARMED = CharacterCondition()


def _continuity(conditions: Mapping[str, CharacterCondition]) -> Continuity:
    return Continuity({name: one for name, one in conditions.items() if one != _UNHARMED})


def continuity_of(earlier: Sequence[ScenePlan], cast: Sequence[Character]) -> Continuity:
    """Return the continuity after the scenes so far, for the scene that comes next.

    The scenes of an episode are planned one after the other. What was read for a cast is kept, so that the next scene
    with the same cast reads only the plans that were added since.

    Args:
        earlier: The plans of the scenes before, in order.
        cast: The characters of the next scene. It is read for them: a name outside the cast means nothing.
    """
    members = cast_members(cast)
    progress = _progress_of(members)
    states = progress.states  # an immutable snapshot: threads that meet here repeat work, and spoil nothing
    known = 0
    while known < min(len(states), len(earlier)) and states[known][0] is earlier[known]:
        known += 1
    continuity = states[known - 1][1] if known else Continuity()
    if known == len(earlier):
        return continuity
    added = []
    for scene in _events_in(earlier)[known:]:
        for description, subjects in scene.shots:
            continuity = continuity.after_shot(description, subjects, members)
        continuity = continuity.into_next_scene(scene.wetness, scene.wet_ids)
        added.append((scene.plan, continuity))
    progress.states = (*states[:known], *added)
    return continuity


@dataclass(frozen=True)
class _SceneEvents:
    """What of a scene's plan can leave a mark, whoever it is read for.

    Attributes:
        shots: Description and subjects of each shot in which something happens to somebody.
        wetness: What its weather does to those who are out in it.
        wet_ids: Those.
    """

    plan: ScenePlan
    shots: tuple[tuple[str, tuple[str, ...]], ...]
    wetness: str
    wet_ids: tuple[str, ...]

    @classmethod
    def of(cls, plan: ScenePlan) -> _SceneEvents:
        setting = plan.shots[0].setting if plan.shots else None
        wetness = "" if setting is None or setting.interior else _WET_WEATHER.get(setting.weather, "")
        wet_ids = {subject.character for shot in plan.shots for subject in shot.subjects} if wetness else set()
        described = ((english_of(shot.description), shot) for shot in plan.shots)
        shots = [(text, subject_ids(shot)) for text, shot in described if _has_effects(text)]
        return cls(plan, tuple(shots), wetness, tuple(sorted(wet_ids)))


def _events_in(earlier: Sequence[ScenePlan]) -> tuple[_SceneEvents, ...]:
    """Return the events of each plan; those of the episode that is being planned are kept, whatever the cast."""
    scenes = _LATEST.scenes
    known = 0
    while known < min(len(scenes), len(earlier)) and scenes[known].plan is earlier[known]:
        known += 1
    if known < len(earlier):
        scenes = _LATEST.scenes = (*scenes[:known], *map(_SceneEvents.of, earlier[known:]))
    return scenes[: len(earlier)]


@dataclass
class _EpisodeEvents:
    """The events of the episode that was planned last, as far as it was planned."""

    scenes: tuple[_SceneEvents, ...] = ()


_LATEST = _EpisodeEvents()


def _has_effects(description: str) -> bool:
    return any(_sentence_effects(sentence) != _NO_EFFECTS for sentence in _sentences(description))


@dataclass
class _Progress:
    """How far an episode was read for one cast: its plans with the continuity after each."""

    states: tuple[tuple[ScenePlan, Continuity], ...] = ()


@lru_cache(maxsize=256)
def _progress_of(_members: tuple[CastMember, ...]) -> _Progress:
    return _Progress()


def subject_ids(shot: Shot) -> tuple[str, ...]:
    """Return the ids of those whom a shot is about, those in the foreground last; in an insert, the owner's."""
    subjects: Sequence[Subject] = shot.subjects
    if shot.framing is not Framing.INSERT:
        subjects = sorted(subjects, key=lambda subject: subject.is_foreground)
    return tuple(subject.character for subject in subjects)


@dataclass(frozen=True)
class _SentenceEffects:
    """What one sentence does to the character it is about; garments with their phrases."""

    puts_on: tuple[tuple[str, str], ...] = ()
    takes_off: tuple[tuple[str, str], ...] = ()
    injuries: tuple[str, ...] = ()
    is_healed: bool = False
    picked_up: tuple[str, ...] = ()
    let_go: tuple[str, ...] = ()

    def applied_to(self, condition: CharacterCondition, outfit: str) -> CharacterCondition:
        costume = dict(condition.costume)
        for garment, phrase in self.takes_off:
            # What was put on before is simply gone; what belongs to the character's own outfit is missed.
            if not costume.pop(garment, "").startswith("wearing") and garment in outfit:
                costume[garment] = phrase
        costume.update(self.puts_on)
        injuries = () if self.is_healed else tuple(dict.fromkeys((*condition.injuries, *self.injuries)))
        props = [prop for prop in condition.props if prop not in (*self.let_go, *self.picked_up)] + list(self.picked_up)
        return CharacterCondition(costume, injuries, tuple(props)[-_MAX_PROPS:], condition.wet)


_NO_EFFECTS = _SentenceEffects()


@lru_cache(maxsize=8192)
def _sentence_effects(sentence: str) -> _SentenceEffects:
    stems = stems_in(sentence)
    props = tuple(dict.fromkeys(meanings_in(_PROPS, sentence)))
    lets_go = bool(stems & _LET_GO_WORDS)
    picks_up = bool(stems & _PICK_UP_WORDS) and not lets_go
    return _SentenceEffects(
        puts_on=tuple((garment, f"wearing {phrase}") for garment, phrase in _garments(_PUTS_ON, sentence)),
        takes_off=tuple((garment, f"without the {garment}") for garment, _phrase in _garments(_TAKES_OFF, sentence)),
        injuries=tuple(dict.fromkeys(meanings_in(_INJURY_BY_WORD, sentence))),
        is_healed=bool(stems & _RECOVERY_WORDS),
        picked_up=props if picks_up else (),
        let_go=props if lets_go else (),
    )


def _garments(pattern: re.Pattern[str], sentence: str) -> Iterator[tuple[str, str]]:
    """Yield (garment, phrase with its article) of what a sentence says is put on or taken off."""
    for match in pattern.finditer(sentence):
        words = (match["a"] or match["b"]).split()
        for number, word in enumerate(words[:5]):
            garment = word.lower().strip("*_")
            if garment in _GARMENT_WORDS:
                qualifiers = [part.lower() for part in words[:number] if part.lower() not in _ARTICLES]
                article = "" if garment.endswith("s") and not garment.endswith("ss") else "a "
                yield garment, article + " ".join([*qualifiers, garment])
                break


_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")


def _sentences(description: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in _SENTENCE_END.split(description)))


_PRONOUN = re.compile(r"\b(he|his|him|she|her|hers)\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _attribute_sentences(
    description: str, subjects: tuple[str, ...], members: tuple[CastMember, ...]
) -> tuple[tuple[str, str], ...]:
    """Return (character id, sentence): whom each sentence of a shot's description is about.

    That is the first one it names, else the one its pronoun stands for, else the same as before; at first the shot's
    first subject.
    """
    current_id = subjects[0] if subjects else ""
    presents_by_id = {one.id: one.presents for one in members}
    attributed = []
    for sentence in _sentences(description):
        first = min(members, key=lambda one: one.position_in(sentence), default=None)
        if first is not None and first.position_in(sentence) < len(sentence):
            current_id = first.id
        elif pronoun := _PRONOUN.search(sentence):
            gender = GENDER_BY_PRONOUN[pronoun[1].lower()]
            matches = [one for one in (current_id, *subjects) if presents_by_id.get(one) == gender]
            current_id = matches[0] if matches else current_id
        if current_id:
            attributed.append((current_id, sentence))
    return tuple(attributed)


def _last_word(phrase: str) -> str:
    """Return the word that tells whether a text says the same as a phrase."""
    return phrase.lower().rpartition(" ")[2]
