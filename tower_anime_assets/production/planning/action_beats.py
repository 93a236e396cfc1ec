"""Action beats: what a paragraph of action asks to be seen, one after the other: who, which things, how wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tower_anime_assets.production.planning.acting import activity_in, pose_word_position
from tower_anime_assets.production.planning.lexicon import (
    GENDER_BY_PRONOUN,
    meanings_in,
    name_table,
    stems_in,
    word_set,
    word_table,
)
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.cast_names import CastNames
from tower_anime_assets.production.story.model import Character, Scene

_OBJECT_BY_WORD = word_table(
    ("terminal", "terminal computer console keyboard keypad laptop"),
    ("screen", "screen monitor display readout"),
    ("hologram", "hologram projection"),
    ("phone", "phone telephone handset"),
    ("hand", "hand finger fist palm wrist knuckle forearm elbow seam sleeve tattoo thumb arm"),
    ("data chip", "chip datachip"),
    ("door", "door gate hatch shutter doorway"),
    ("cup", "cup mug tea teacup coffee"),
    ("glass", "bottle whisky wine goblet"),
    ("gun", "gun pistol rifle weapon revolver"),
    ("sword", "sword katana knife dagger"),
    ("photo", "photo photograph portrait"),
    ("letter", "letter note envelope paper"),
    ("motorbike", "motorbike motorcycle bike wheel throttle handlebar headlight"),
    ("switch", "button switch lever dial"),
    ("cable", "cable wire plug port"),
    ("car", "car taxi van truck limousine"),
) | name_table(
    "key monocle radio book clock screwdriver candle flower mirror map badge helmet lantern syringe rope box bag drone "
    "train antenna rail window robot mask"
)
_LARGE_OBJECTS = frozenset({"motorbike", "car", "train", "drone", "window", "antenna", "rail", "robot"})
_WIDE_WORDS = word_set(
    "crowd city street skyline tower towers horizon traffic expressway highway road bridge sky sun moon fog rain snow "
    "army far below lane water sea roof building alley forest mountain storm lightning ruins stars ocean valley"
)
_FACE_WORDS = word_set(
    "face eye tear stare smile smirk frown gaze blink listen look glance whisper gasp lips brow freeze blush grin watch"
)
_WHOLE_BODY_WORDS = word_set("walk enter cross climb run sprint leap jump stride approach arrive exit fall dance kneel")
_TRAVEL_WORDS = word_set(
    "run sprint race chase flee dash tear weave skid ride speed hurtle charge leap rush swerve gallop throttle"
)
_VEHICLE_WORDS = word_set("motorbike motorcycle bike throttle handlebar saddle curve headlight car train")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])\s*|\n+")
_PRONOUN = re.compile(r"\b(he|she|they|his|hers|her|their)\b", re.IGNORECASE)
_SUBJECT_PRONOUNS = word_set("he she they")
_FRAGMENT_MAX_WORDS = 2
_MERGED_MAX_WORDS = 16


@dataclass(frozen=True)
class ActionBeat:
    """One thing to look at: one or a few sentences of an action paragraph.

    Attributes:
        focus: Ids of those who do something, in order of mention.
        doers: Those of the focus to whom the pose applies: named before the word for it.
        owners: Ids of those whose things or hands are mentioned.
        objects: Things that a painter knows by name, in order of mention.
        travels: Whether somebody or something moves through the place.
        activity: How much moves, 0 to 1.
    """

    text: str
    framing: Framing
    focus: tuple[str, ...]
    doers: tuple[str, ...]
    owners: tuple[str, ...]
    objects: tuple[str, ...]
    travels: bool
    activity: float

    @property
    def word_count(self) -> int:
        """Number of words; it decides how long a viewer needs."""
        return len(self.text.split())


class ActionReader:
    """Reads a scene's action paragraphs in order, and remembers who was mentioned last."""

    def __init__(self, scene: Scene, cast: Sequence[Character]) -> None:
        self._scene = scene
        self._presents_by_id = {character.id: character.appearance.presents for character in cast}
        self._names = CastNames(cast)
        self._feature_words_by_id = {character.id: _feature_words(character) for character in cast}
        self._last_mentioned: tuple[str, ...] = ()

    def read_paragraph(self, text: str) -> list[ActionBeat]:
        """Return the beats of a paragraph, in order; at least one."""
        beats: list[ActionBeat] = []
        for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(text))):
            beat = self._read_sentence(sentence)
            if beats and _belong_together(beats[-1], beat):
                beats[-1] = _merge_beats(beats[-1], beat)
            else:
                beats.append(beat)
        if len(beats) > 1 and beats[0].word_count <= _FRAGMENT_MAX_WORDS and not beats[0].focus:
            beats[:2] = [replace(beats[1], text=f"{beats[0].text} {beats[1].text}")]
        return beats or [self._read_sentence(text)]

    def named_characters(self, text: str) -> list[str]:
        """Return the ids of the characters whom a text names."""
        return list(dict.fromkeys(name for name, _owning in self._mentions(text)))

    def _mentions(self, text: str) -> list[tuple[str, bool]]:
        """Return (id, whether as an owner: "Luna's") for each name in a text, in order."""
        return [(mention.character, mention.is_owner) for mention in self._names.locate_mentions(text)]

    def _read_sentence(self, sentence: str) -> ActionBeat:
        focus = [name for name, owning in self._mentions(sentence) if not owning]
        owners = [name for name, owning in self._mentions(sentence) if owning]
        candidates = [*owners, *focus] or self._last_mentioned
        for word in _PRONOUN.findall(sentence):
            pronoun = word.lower()
            meant = focus if pronoun in _SUBJECT_PRONOUNS else owners
            meant += self._resolve_pronoun(GENDER_BY_PRONOUN[pronoun], candidates)
        stems, objects = stems_in(sentence), _unique(objects_in(sentence))
        if focus or owners:
            self._last_mentioned = _unique(focus, owners, self._last_mentioned)
        else:
            owners = [name for name, marks in self._feature_words_by_id.items() if marks & stems][:1]
            owners = owners or list(self._last_mentioned[:1] if "hand" in objects else ())
        return ActionBeat(
            text=sentence,
            framing=_framing(stems, _unique(focus), objects),
            focus=_unique(focus),
            doers=self._doers(sentence, _unique(focus)),
            owners=_unique(owners),
            objects=objects[:2],
            travels=bool(_TRAVEL_WORDS & stems) and (bool(focus) or bool(_VEHICLE_WORDS & stems)),
            activity=activity_in(sentence, self._scene.mood),
        )

    def _doers(self, sentence: str, focus: Sequence[str]) -> tuple[str, ...]:
        before_pose = self._mentions(sentence[: pose_word_position(sentence)])
        return tuple(name for name in focus if (name, False) in before_pose) or tuple(focus[:1])

    def _resolve_pronoun(self, presents: str, recent: Sequence[str]) -> list[str]:
        if presents == "neutral":
            return list(recent)
        by_recency = (*recent, *self._presents_by_id)
        return [name for name in by_recency if self._presents_by_id[name] in (presents, "neutral")][:1]


def _feature_words(character: Character) -> frozenset[str]:
    """Return the words that tell whose a thing is: "cybernetic" of "cybernetic arms"."""
    words = {word for feature in character.appearance.features for word in feature.lower().split()}
    return frozenset(word for word in words if len(word) > 3)


def objects_in(text: str) -> list[str]:
    """Return the things that a text mentions, by the names that a painter knows, in order."""
    return list(meanings_in(_OBJECT_BY_WORD, text))


def _framing(stems: set[str], focus: Sequence[str], objects: Sequence[str]) -> Framing:
    small_objects = [thing for thing in objects if thing not in _LARGE_OBJECTS]
    if len(focus) >= 3 or (focus and (_WHOLE_BODY_WORDS & stems)):
        return Framing.WIDE
    if len(focus) == 2:
        return Framing.TWO_SHOT
    if focus:
        return Framing.CLOSE_UP if _FACE_WORDS & stems and not _TRAVEL_WORDS & stems else Framing.MEDIUM
    if small_objects and not (small_objects == ["hologram"] and _WIDE_WORDS & stems):
        return Framing.INSERT
    if objects and not (_WIDE_WORDS & stems or _TRAVEL_WORDS & stems):
        return Framing.INSERT
    return Framing.WIDE


def _belong_together(before: ActionBeat, beat: ActionBeat) -> bool:
    if beat.word_count <= _FRAGMENT_MAX_WORDS and not beat.focus:
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
        objects=_unique(before.objects, beat.objects)[:2],
        travels=before.travels or beat.travels,
        activity=max(before.activity, beat.activity),
    )


def _unique(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain(*names)))
