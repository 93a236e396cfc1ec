"""Action beats: what a paragraph of action asks to be seen, one after the other: who, which things, how wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tower_anime_assets.production.languages.detection import ENGLISH
from tower_anime_assets.production.languages.glosses import Gloss
from tower_anime_assets.production.planning.acting import activity_in, pose_word_position
from tower_anime_assets.production.planning.action_verbs import HANDLING_POSES, WHOLE_BODY_POSES, find_pose
from tower_anime_assets.production.planning.foreign_things import things_of_gloss
from tower_anime_assets.production.planning.lexicon import (
    GENDER_BY_PRONOUN,
    stems_in,
    word_set,
)
from tower_anime_assets.production.planning.readings import SceneReading
from tower_anime_assets.production.planning.scene_things import SceneThing, ThingColours, species_of, things_seen
from tower_anime_assets.production.planning.shots import Framing, Pose
from tower_anime_assets.production.planning.unshown_nouns import UnshownNoun, unshown_nouns
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.model import Character, Scene

_WIDE_WORDS = word_set(
    "crowd city street skyline tower towers horizon traffic expressway highway road bridge sky sun moon fog rain snow "
    "army far below lane water sea roof building alley forest mountain storm lightning ruins stars ocean valley"
)
_FACE_WORDS = word_set(
    "face eye tear stare smile smirk frown gaze blink listen look glance whisper gasp lips brow freeze blush grin watch"
)
_WHOLE_BODY_WORDS = word_set("walk enter cross climb run sprint leap jump stride approach arrive exit fall dance kneel")
_TAKING_WORDS = word_set("take took grab pick pull lift catch caught draw")
_LARGEST_HELD_M = 1.2
_BODY_PARTS = word_set("hand eye ear tooth foot finger face nose mouth tongue arm leg bone brain")
_TRAVEL_WORDS = word_set(
    "run sprint race chase flee dash tear weave skid ride speed hurtle charge leap rush swerve gallop throttle"
)
_VEHICLE_WORDS = word_set("motorbike motorcycle bike throttle handlebar saddle curve headlight car train")
_EAST_ASIAN = re.compile("[\u3041-\u30ff\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])\s*|\n+")
_PRONOUN = re.compile(r"\b(he|she|they|his|hers|her|their)\b", re.IGNORECASE)
_SUBJECT_PRONOUNS = word_set("he she they")
_MAX_OBJECTS = 2
_FRAGMENT_MAX_WORDS = 2
_MERGED_MAX_WORDS = 16


@dataclass(frozen=True)
class ActionBeat:
    """One thing to look at: one or a few sentences of an action paragraph.

    Attributes:
        focus: Ids of those who do something, in order of mention.
        doers: Those of the focus to whom the pose applies: named before the word for it.
        owners: Ids of those whose things or hands are mentioned.
        objects: Things that are mentioned, by their writer's words, in order.
        travels: Whether somebody or something moves through the place.
        activity: How much moves, 0 to 1.
        holds: What the doers have in hand, in the writer's words; "" for nothing.
        reading: Its text as the word tables read it: in English, with letters that are no word in the place of names;
            "" where they read it as it stands.
    """

    text: str
    framing: Framing
    focus: tuple[str, ...]
    doers: tuple[str, ...]
    owners: tuple[str, ...]
    objects: tuple[str, ...]
    travels: bool
    activity: float
    holds: str = ""
    reading: str = ""

    @property
    def english(self) -> str:
        """The text in English words, without names."""
        return self.reading or self.text

    @property
    def word_count(self) -> int:
        """Number of words; it decides how long a viewer needs. Two letters of Japanese or Chinese count as one."""
        return max(len(self.text.split()), len(_EAST_ASIAN.findall(self.text)) // 2)

    @property
    def is_fragment(self) -> bool:
        """Whether it is too little to be looked at by itself: a word or two, of nobody and nothing."""
        return self.word_count <= _FRAGMENT_MAX_WORDS and not self.focus and not self.objects

    @property
    def is_about_thing(self) -> bool:
        """Whether the thing that it shows stands at its beginning, as in "The paper lantern lies on the desk"."""
        before = self.text.lower().partition(self.objects[0].partition(" (")[0])[0] if self.objects else self.text
        return self.framing is Framing.INSERT and len(before.split()) <= 2 and "," not in before


class ActionReader:
    """Reads a scene's action paragraphs in order, and remembers who was mentioned last."""

    def __init__(self, scene: Scene, cast: Sequence[Character]) -> None:
        self._scene = scene
        self._presents_by_id = {character.id: character.appearance.presents for character in cast}
        self._names = CastNames(cast)
        self._feature_words_by_id = {character.id: _feature_words(character) for character in cast}
        self._species = species_of(cast)
        self._described_words = {word for one in cast for word in re.findall(r"\w+", one.description.lower())}
        self._reading = SceneReading(scene, cast, self._names)
        self._colours = ThingColours()
        self._last_mentioned: tuple[str, ...] = ()

    def read_paragraph(self, text: str) -> list[ActionBeat]:
        """Return the beats of a paragraph, in order; at least one."""
        beats: list[ActionBeat] = []
        language = self._reading.language(text)
        for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(text))):
            beat = self._read_sentence(sentence, language)
            if beats and _belong_together(beats[-1], beat):
                beats[-1] = _merge_beats(beats[-1], beat)
            else:
                beats.append(beat)
        if len(beats) > 1 and beats[0].is_fragment:
            joined = f"{beats[0].text} {beats[1].text}"
            beats[:2] = [replace(beats[1], text=joined, reading=_joined_readings(*beats[:2]))]
        return beats or [self._read_sentence(text, language)]

    def named_characters(self, text: str) -> list[str]:
        """Return the ids of the characters whom a text names."""
        return list(dict.fromkeys(name for name, _owning in self._mentions(text)))

    def _mentions(self, text: str) -> list[tuple[str, bool]]:
        """Return (id, whether as an owner: "Luna's") for each name in a text, in order."""
        return [(mention.character, mention.is_owner) for mention in self._names.locate_mentions(text)]

    def _read_sentence(self, text: str, language: str) -> ActionBeat:
        gloss = self._reading.gloss(text, language)
        sentence = text if gloss is None else gloss.english
        focus = [name for name, owning in self._mentions(sentence) if not owning]
        owners = [name for name, owning in self._mentions(sentence) if owning]
        candidates = [*owners, *focus] or self._last_mentioned
        for word in _PRONOUN.findall(sentence):
            pronoun = word.lower()
            meant = focus if pronoun in _SUBJECT_PRONOUNS else owners
            meant += self._resolve_pronoun(GENDER_BY_PRONOUN[pronoun], candidates)
        if gloss is not None and gloss.lacks_subject and not focus:
            focus = list(self._last_mentioned[:1])
        nameless = self._without_names(sentence)  # BOLT, ROSE and MARCH do not bolt, blossom or march
        stems = stems_in(nameless)
        things = self._things(sentence) if gloss is None else self._things_of(gloss, language)
        things = tuple(self._colours.recall(thing, sentence) for thing in things)
        objects = _unique(thing.words for thing in _most_visible(things))
        if focus or owners:
            self._last_mentioned = _unique(focus, owners, self._last_mentioned)
        else:
            owners = [name for name, marks in self._feature_words_by_id.items() if marks & stems][:1]
            owners = owners or list(self._last_mentioned[:1] if "hand" in objects else ())
        return ActionBeat(
            text=text,
            framing=_framing(stems, _unique(focus), things, nameless),
            focus=_unique(focus),
            doers=self._doers(sentence, pose_word_position(nameless), _unique(focus)),
            owners=_unique(owners),
            objects=objects[:_MAX_OBJECTS],
            travels=bool(_TRAVEL_WORDS & stems) and (bool(focus) or bool(_VEHICLE_WORDS & stems)),
            activity=activity_in(nameless, self._scene.mood),
            holds=_held_thing(nameless, things),
            reading=nameless if nameless != text else "",
        )

    def unshown_nouns(self, text: str) -> list[UnshownNoun]:
        """Return what an action names of which the animatic has no drawing, and which it does not tell of."""
        if (gloss := self._reading.gloss(text)) is not None:
            nouns = _unshown_of(gloss) if gloss.words else ()
            return [noun for noun in nouns if self._described_words.isdisjoint(re.findall(r"\w+", noun.words))]
        handled = {word for thing in self._things(text) for word in thing.words.split()} | self._described_words
        nouns = unshown_nouns(self._without_names(text))
        return [noun for noun in nouns if not handled.intersection(noun.words.split()) and "qq" not in noun.words]

    def _things(self, sentence: str) -> tuple[SceneThing, ...]:
        """Return the things of a sentence; people are none, whatever they are called and whatever they are."""
        return things_seen(self._without_names(sentence), self._species, ENGLISH)

    def _without_names(self, text: str) -> str:
        """Return a text with letters that are no word in the place of the cast's names."""
        letters = list(text)
        for mention in self._names.locate_mentions(text):
            letters[mention.start : mention.end] = "Q" * (mention.end - mention.start)
        return "".join(letters)

    def _things_of(self, gloss: Gloss, language: str) -> tuple[SceneThing, ...]:
        """Return the things of a sentence in another language, with their places in its English words."""
        return tuple(
            SceneThing(one.words, one.thing, one.start)
            for one in things_of_gloss(gloss, language)
            if one.thing.name not in self._species
        )

    def _doers(self, sentence: str, pose_start: int, focus: Sequence[str]) -> tuple[str, ...]:
        before_pose = self._mentions(sentence[:pose_start])
        return tuple(name for name in focus if (name, False) in before_pose) or tuple(focus[:1])

    def _resolve_pronoun(self, presents: str, recent: Sequence[str]) -> list[str]:
        if presents == "neutral":
            return list(recent)
        by_recency = (*recent, *self._presents_by_id)
        return [name for name in by_recency if self._presents_by_id[name] in (presents, "neutral")][:1]


def _unshown_of(gloss: Gloss) -> Iterator[UnshownNoun]:
    """Yield the nouns of a text in another language that are not shown, in its writer's words and in English."""
    written = {word.english: word.text for word in reversed(gloss.words) if word.kind == "noun"}
    for noun in unshown_nouns(gloss.english):
        if word := next((one for one in written if noun.words.endswith(one.rpartition(" ")[2])), ""):
            yield UnshownNoun(f"{written[word].lower()} ({word})", noun.is_person)


def _feature_words(character: Character) -> frozenset[str]:
    """Return the words that tell whose a thing is: "cybernetic" of "cybernetic arms"."""
    words = {word for feature in character.appearance.features for word in feature.lower().split()}
    return frozenset(word for word in words if len(word) > 3)


def _most_visible(things: Sequence[SceneThing]) -> Sequence[SceneThing]:
    """Return the things of a sentence; where it has many, those without a drawing give way."""
    return things if len(things) <= _MAX_OBJECTS else [thing for thing in things if thing.is_drawn] or things


def _held_thing(sentence: str, things: Sequence[SceneThing]) -> str:
    """Return what is in hand after a sentence: the first thing of a size for it behind the verb, "" for none."""
    word = find_pose(sentence)
    if word is None or word.pose not in HANDLING_POSES:
        return ""
    if word.pose is Pose.REACH and not _TAKING_WORDS & stems_in(sentence[word.start : word.end]):
        return ""
    clause_end = next((at for at in map(sentence.find, ".;!?") if at > word.end), len(sentence))
    held = (one.words for one in things if word.end <= one.start < clause_end and _fits_a_hand(one))
    return next(held, "")


def _fits_a_hand(one: SceneThing) -> bool:
    if one.thing is None:
        return True
    return one.thing.size_m <= _LARGEST_HELD_M and one.thing.kind != "building" and one.thing.name not in _BODY_PARTS


def _framing(stems: set[str], focus: Sequence[str], things: Sequence[SceneThing], sentence: str) -> Framing:
    if len(focus) >= 3 or (focus and (_WHOLE_BODY_WORDS & stems)):
        return Framing.WIDE
    word = find_pose(sentence)
    if focus and word is not None and word.pose in WHOLE_BODY_POSES:
        return Framing.WIDE
    if len(focus) == 2:
        return Framing.TWO_SHOT
    if focus:
        return Framing.CLOSE_UP if _FACE_WORDS & stems and not _TRAVEL_WORDS & stems else Framing.MEDIUM
    is_wide = bool(_WIDE_WORDS & stems)
    if any(thing.is_living and thing.is_seen_from_afar for thing in things) and (_WHOLE_BODY_WORDS & stems):
        return Framing.WIDE
    if any(thing.is_worth_a_close_look(in_wide_view=is_wide) for thing in things):
        return Framing.INSERT
    if any(not thing.is_landmark for thing in things) and not (is_wide or _TRAVEL_WORDS & stems):
        return Framing.INSERT
    return Framing.WIDE


def _belong_together(before: ActionBeat, beat: ActionBeat) -> bool:
    if beat.is_fragment:
        return True
    return (
        (before.framing, before.focus) == (beat.framing, beat.focus)
        and before.objects[:1] == beat.objects[:1]
        and before.word_count + beat.word_count <= _MERGED_MAX_WORDS
    )


def _merge_beats(before: ActionBeat, beat: ActionBeat) -> ActionBeat:
    return ActionBeat(
        text=f"{before.text} {beat.text}",
        framing=before.framing,
        focus=_unique(before.focus, beat.focus) if before.focus else (),
        doers=_unique(before.doers, beat.doers),
        owners=_unique(before.owners, beat.owners),
        objects=_unique(before.objects, beat.objects)[:_MAX_OBJECTS],
        travels=before.travels or beat.travels,
        activity=max(before.activity, beat.activity),
        holds=before.holds or beat.holds,
        reading=_joined_readings(before, beat),
    )


def _joined_readings(before: ActionBeat, beat: ActionBeat) -> str:
    return f"{before.english} {beat.english}" if before.reading or beat.reading else ""


def _unique(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain(*names)))
