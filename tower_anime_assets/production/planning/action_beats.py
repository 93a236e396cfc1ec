"""What action text asks to be seen: who, which things, how wide. Tables of words and the functions that read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tower_anime_assets.production.planning.acting import activity_in, pose_word_position, stems_in
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Character, Scene


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OBJECT_BY_WORD: Mapping[str, str] = {
    **dict.fromkeys(_word_set("terminal computer console keyboard keypad laptop"), "terminal"),
    **dict.fromkeys(_word_set("screen monitor display readout"), "screen"),
    **dict.fromkeys(_word_set("hologram projection"), "hologram"),
    **dict.fromkeys(_word_set("phone telephone handset"), "phone"),
    **dict.fromkeys(
        _word_set("hand finger fist palm wrist knuckle forearm elbow seam sleeve tattoo thumb arm"), "hand"
    ),
    **dict.fromkeys(_word_set("chip datachip"), "data chip"),
    **dict.fromkeys(_word_set("door gate hatch shutter doorway"), "door"),
    **dict.fromkeys(_word_set("cup mug tea teacup coffee"), "cup"),
    **dict.fromkeys(_word_set("bottle whisky wine goblet"), "glass"),
    **dict.fromkeys(_word_set("gun pistol rifle weapon revolver"), "gun"),
    **dict.fromkeys(_word_set("sword katana knife dagger"), "sword"),
    **dict.fromkeys(_word_set("photo photograph portrait"), "photo"),
    **dict.fromkeys(_word_set("letter note envelope paper"), "letter"),
    **dict.fromkeys(_word_set("motorbike motorcycle bike wheel throttle handlebar headlight"), "motorbike"),
    **dict.fromkeys(_word_set("button switch lever dial"), "switch"),
    **dict.fromkeys(_word_set("cable wire plug port"), "cable"),
    **dict.fromkeys(_word_set("car taxi van truck limousine"), "car"),
    **{word: word for word in _word_set("key monocle radio book clock screwdriver candle flower mirror map badge")},
    **{
        word: word
        for word in _word_set("helmet lantern syringe rope box bag drone train antenna rail window robot mask")
    },
}
_LARGE_OBJECTS = frozenset({"motorbike", "car", "train", "drone", "window", "antenna", "rail", "robot"})
_WIDE_WORDS = _word_set(
    "crowd city street skyline tower towers horizon traffic expressway highway road bridge sky sun moon fog rain snow "
    "army far below lane water sea roof building alley forest mountain storm lightning ruins stars ocean valley"
)
_FACE_WORDS = _word_set(
    "face eye tear stare smile smirk frown gaze blink listen look glance whisper gasp lips brow freeze blush grin watch"
)
_WHOLE_BODY_WORDS = _word_set(
    "walk enter cross climb run sprint leap jump stride approach arrive exit fall dance kneel"
)
_TRAVEL_WORDS = _word_set(
    "run sprint race chase flee dash tear weave skid ride speed hurtle charge leap rush swerve gallop throttle"
)
_VEHICLE_WORDS = _word_set("motorbike motorcycle bike throttle handlebar saddle curve headlight car train")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])\s*|\n+")
_SUBJECT_PRONOUNS: Mapping[str, str] = {"he": "masculine", "she": "feminine", "they": "neutral"}
_POSSESSIVE_PRONOUNS: Mapping[str, str] = {
    "his": "masculine",
    "her": "feminine",
    "hers": "feminine",
    "their": "neutral",
}
_PRONOUN = re.compile(r"\b(he|she|they|his|hers|her|their)\b", re.IGNORECASE)
_FRAGMENT_MAX_WORDS = 2
_MERGED_MAX_WORDS = 16


@dataclass(frozen=True)
class ActionBeat:
    """One thing to look at: a sentence or a few of an action paragraph.

    Attributes:
        focus: Ids of those who do something, in order of mention.
        owners: Ids of those whose things or hands are spoken of.
        things: Names of things that a painter knows, in order of mention.
        doers: Those of the focus to whom the pose applies: named before the word that says it.
        travels: Whether somebody or something moves through the place.
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
        """Number of words, which decides how long a viewer needs."""
        return len(self.text.split())


class ActionReader:
    """Reads a scene's action paragraphs in order and remembers who was spoken of last."""

    def __init__(self, scene: Scene, cast: Sequence[Character]) -> None:
        self._scene = scene
        self._presents_by_id = {character.id: character.appearance.presents for character in cast}
        self._name_finder = _name_finder(tuple((one.id, one.name, one.aliases) for one in cast))
        self._feature_words_by_id = {character.id: _feature_words(character) for character in cast}
        self._last_mentioned: list[str] = []

    def read_paragraph(self, text: str) -> list[ActionBeat]:
        """Return what a paragraph asks to be seen, in order; never empty."""
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
        """Return the ids of those whom a text names."""
        return list(dict.fromkeys(name for name, _owning in self._name_finder.mentions(text)))

    def _read_sentence(self, sentence: str) -> ActionBeat:
        focus = [name for name, owning in self._name_finder.mentions(sentence) if not owning]
        owners = [name for name, owning in self._name_finder.mentions(sentence) if owning]
        candidates = [*owners, *focus] or self._last_mentioned
        for word in _PRONOUN.findall(sentence):
            pronoun = word.lower()
            if pronoun in _SUBJECT_PRONOUNS:
                focus += self._resolve_pronoun(_SUBJECT_PRONOUNS[pronoun], candidates)
            else:
                owners += self._resolve_pronoun(_POSSESSIVE_PRONOUNS[pronoun], candidates)
        focus, owners = list(dict.fromkeys(focus)), list(dict.fromkeys(owners))
        if mentioned := [*focus, *owners]:
            self._last_mentioned = list(dict.fromkeys([*mentioned, *self._last_mentioned]))
        stems = {stem for forms in stems_in(sentence) for stem in forms}
        objects = tuple(dict.fromkeys(objects_in(sentence)))
        if not mentioned:
            feature_owners = [name for name, marks in self._feature_words_by_id.items() if marks & stems]
            owners = feature_owners[:1] or (self._last_mentioned[:1] if "hand" in objects else [])
        return ActionBeat(
            text=sentence,
            framing=_framing(stems, focus, objects),
            focus=tuple(focus),
            doers=self._doers(sentence, focus),
            owners=tuple(owners),
            objects=objects[:2],
            travels=bool(_TRAVEL_WORDS & stems) and (bool(focus) or bool(_VEHICLE_WORDS & stems)),
            activity=activity_in(sentence, self._scene.mood),
        )

    def _doers(self, sentence: str, focus: Sequence[str]) -> tuple[str, ...]:
        named_before_pose = [
            name for name, owning in self._name_finder.mentions(sentence[: pose_word_position(sentence)]) if not owning
        ]
        return tuple(name for name in focus if name in named_before_pose) or tuple(focus[:1])

    def _resolve_pronoun(self, presents: str, recent: Sequence[str]) -> list[str]:
        if presents == "neutral":
            return list(recent)
        matches = [
            name for name in (*recent, *self._presents_by_id) if self._presents_by_id[name] in (presents, "neutral")
        ]
        return matches[:1]


def _feature_words(character: Character) -> frozenset[str]:
    """Return the words by which a thing is known as somebody's: "cybernetic" of "cybernetic arms"."""
    words = {word for feature in character.appearance.features for word in feature.lower().split()}
    return frozenset(word for word in words if len(word) > 3)


class _NameFinder:
    def __init__(self, pattern: re.Pattern[str] | None, ids_by_name: Mapping[str, str]) -> None:
        self._pattern = pattern
        self._ids_by_name = ids_by_name

    def mentions(self, text: str) -> list[tuple[str, bool]]:
        """Return (id, whether only as an owner: "Luna's") for each name in a text, in order."""
        if self._pattern is None:
            return []
        return [(self._ids_by_name[match[1].lower()], match[2] is not None) for match in self._pattern.finditer(text)]


@lru_cache(maxsize=256)
def _name_finder(cast: tuple[tuple[str, str, tuple[str, ...]], ...]) -> _NameFinder:
    ids_by_name: dict[str, str] = {}
    for character_id, name, aliases in cast:
        for spelling in (name, *aliases, character_id):
            ids_by_name.setdefault(spelling.lower(), character_id)
    for character_id, name, _aliases in cast:
        for word in name.split():
            if len(word) > 2:
                ids_by_name.setdefault(word.lower(), character_id)
    spellings = sorted(filter(None, ids_by_name), key=len, reverse=True)
    if not spellings:
        return _NameFinder(None, ids_by_name)
    # Any script: a word boundary would keep names in Chinese from being found within a sentence.
    edge = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
    return _NameFinder(
        re.compile(f"{edge[0]}({'|'.join(map(re.escape, spellings))}){edge[1]}(['’]s)?", re.IGNORECASE), ids_by_name
    )


def objects_in(text: str) -> list[str]:
    """Return the things that a text speaks of, by the names a painter knows, in order of mention."""
    return [_OBJECT_BY_WORD[stem] for stems in stems_in(text) for stem in stems if stem in _OBJECT_BY_WORD]


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
        focus=tuple(dict.fromkeys((*before.focus, *beat.focus))) if before.focus else (),
        doers=tuple(dict.fromkeys((*before.doers, *beat.doers))),
        owners=tuple(dict.fromkeys((*before.owners, *beat.owners))),
        objects=tuple(dict.fromkeys((*before.objects, *beat.objects)))[:2],
        travels=before.travels or beat.travels,
        activity=max(before.activity, beat.activity),
    )


# What moves by itself -------------------------------------------------------------------------------------------------

_MAX_EFFECTS = 3
_TEXT_EFFECTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("sparks", _word_set("spark sparks weld weld grind short-circuit")),
    ("embers", _word_set("fire flame flames ember embers burn burning ash smoke bonfire")),
    ("petals", _word_set("petal petals blossom blossoms sakura cherry")),
    ("snow", _word_set("snow snowflake snowflakes blizzard")),
    ("rain", _word_set("rain downpour")),
    ("fog", _word_set("fog mist steam haze")),
    ("neon-flicker", _word_set("neon")),
    ("screen-glow", _word_set("screen monitor hologram terminal display")),
    ("dust", _word_set("dust dusty sunbeam")),
    ("traffic", _word_set("traffic cars headlights")),
)
_PLACE_EFFECTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("screen-glow", _word_set("laboratory lab server control terminal bridge-deck office boardroom command studio")),
    ("dust", _word_set("garage warehouse abandoned attic ruin ruins desert basement library temple station")),
    ("petals", _word_set("park garden shrine schoolyard")),
    ("embers", _word_set("forge battlefield volcano campfire")),
)
_CITY_WORDS = _word_set("street alley city expressway highway market club bar downtown crossing avenue motel")
_ROAD_WORDS = _word_set("street expressway highway road bridge avenue crossing city skyline")
_WEATHER_EFFECTS: Mapping[str, str] = {"rain": "rain", "storm": "rain", "snow": "snow", "fog": "fog"}
_FAST_ACTIVITY = 0.7


def effects_in(scene: Scene, text: str, framing: Framing, activity: float, *, travels: bool) -> tuple[str, ...]:
    """Return what moves by itself in a shot: what its text says, the weather outside, the place; at most three."""
    text_words = {stem for stems in stems_in(text) for stem in stems}
    place_words = {stem for stems in stems_in(scene.place) for stem in stems}
    effects = []
    if not scene.interior and scene.weather in _WEATHER_EFFECTS:
        effects.append(_WEATHER_EFFECTS[scene.weather])
    if travels and activity >= _FAST_ACTIVITY and framing is not Framing.INSERT:
        effects.append("speed-lines")
    effects += [effect for effect, words in _TEXT_EFFECTS if words & text_words and _suits_weather(effect, scene)]
    is_dark = scene.time_of_day in ("night", "dusk")
    if not scene.interior and is_dark and framing is Framing.WIDE and _ROAD_WORDS & place_words:
        effects.append("traffic")
    if is_dark and _CITY_WORDS & place_words:
        effects.append("neon-flicker")
    effects += [effect for effect, words in _PLACE_EFFECTS if words & place_words and _suits_location(effect, scene)]
    return tuple(dict.fromkeys(effects))[:_MAX_EFFECTS]


def _suits_location(effect: str, scene: Scene) -> bool:
    return scene.interior or effect not in ("dust", "screen-glow")


def _suits_weather(effect: str, scene: Scene) -> bool:
    """Weather that a text only mentions does not come indoors, unless the scene's weather note let it in."""
    return effect not in ("rain", "snow", "fog") or _WEATHER_EFFECTS.get(scene.weather) == effect
