"""What action text asks to be seen: who, which things, how wide. Tables of words and the functions that read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tower_anime_assets.production.planning.acting import activity_in, pose_position, stems_in
from tower_anime_assets.production.planning.shots import Framing
from tower_anime_assets.production.story.model import Character, Scene


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THINGS: Mapping[str, str] = {
    **dict.fromkeys(_words("terminal computer console keyboard keypad laptop"), "terminal"),
    **dict.fromkeys(_words("screen monitor display readout"), "screen"),
    **dict.fromkeys(_words("hologram projection"), "hologram"),
    **dict.fromkeys(_words("phone telephone handset"), "phone"),
    **dict.fromkeys(_words("hand finger fist palm wrist knuckle forearm elbow seam sleeve tattoo thumb arm"), "hand"),
    **dict.fromkeys(_words("chip datachip"), "data chip"),
    **dict.fromkeys(_words("door gate hatch shutter doorway"), "door"),
    **dict.fromkeys(_words("cup mug tea teacup coffee"), "cup"),
    **dict.fromkeys(_words("bottle whisky wine goblet"), "glass"),
    **dict.fromkeys(_words("gun pistol rifle weapon revolver"), "gun"),
    **dict.fromkeys(_words("sword katana knife dagger"), "sword"),
    **dict.fromkeys(_words("photo photograph portrait"), "photo"),
    **dict.fromkeys(_words("letter note envelope paper"), "letter"),
    **dict.fromkeys(_words("motorbike motorcycle bike wheel throttle handlebar headlight"), "motorbike"),
    **dict.fromkeys(_words("button switch lever dial"), "switch"),
    **dict.fromkeys(_words("cable wire plug port"), "cable"),
    **dict.fromkeys(_words("car taxi van truck limousine"), "car"),
    **{word: word for word in _words("key monocle radio book clock screwdriver candle flower mirror map badge")},
    **{word: word for word in _words("helmet lantern syringe rope box bag drone train antenna rail window robot mask")},
}
_LARGE_THINGS = frozenset({"motorbike", "car", "train", "drone", "window", "antenna", "rail", "robot"})
_WIDE_WORDS = _words(
    "crowd city street skyline tower towers horizon traffic expressway highway road bridge sky sun moon fog rain snow "
    "army far below lane water sea roof building alley forest mountain storm lightning ruins stars ocean valley"
)
_FACE_WORDS = _words(
    "face eye tear stare smile smirk frown gaze blink listen look glance whisper gasp lips brow freeze blush grin watch"
)
_WHOLE_BODY_WORDS = _words("walk enter cross climb run sprint leap jump stride approach arrive exit fall dance kneel")
_TRAVEL_WORDS = _words(
    "run sprint race chase flee dash tear weave skid ride speed hurtle charge leap rush swerve gallop throttle"
)
_VEHICLE_WORDS = _words("motorbike motorcycle bike throttle handlebar saddle curve headlight car train")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|(?<=[。！？])\s*|\n+")
_NOMINATIVE: Mapping[str, str] = {"he": "masculine", "she": "feminine", "they": "neutral"}
_OWNING: Mapping[str, str] = {
    "his": "masculine",
    "her": "feminine",
    "hers": "feminine",
    "their": "neutral",
}
_PRONOUN = re.compile(r"\b(he|she|they|his|hers|her|their)\b", re.IGNORECASE)
_FRAGMENT_WORDS = 2
_MERGED_WORDS = 16


@dataclass(frozen=True)
class Sight:
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
    things: tuple[str, ...]
    travels: bool
    activity: float

    @property
    def words(self) -> int:
        """Number of words, which decides how long a viewer needs."""
        return len(self.text.split())


class Witness:
    """Reads a scene's action paragraphs in order and remembers who was spoken of last."""

    def __init__(self, scene: Scene, cast: Sequence[Character]) -> None:
        self._scene = scene
        self._presents = {character.id: character.appearance.presents for character in cast}
        self._names = _name_pattern(tuple((one.id, one.name, one.aliases) for one in cast))
        self._marks = {character.id: _mark_words(character) for character in cast}
        self._last: list[str] = []

    def sights(self, text: str) -> list[Sight]:
        """Return what a paragraph asks to be seen, in order; never empty."""
        found: list[Sight] = []
        for sentence in filter(None, (part.strip() for part in _SENTENCE_END.split(text))):
            sight = self._sight(sentence)
            if found and _belong_together(found[-1], sight):
                found[-1] = _merged(found[-1], sight)
            else:
                found.append(sight)
        if len(found) > 1 and found[0].words <= _FRAGMENT_WORDS and not found[0].focus:
            found[:2] = [replace(found[1], text=f"{found[0].text} {found[1].text}")]
        return found or [self._sight(text)]

    def present(self, text: str) -> list[str]:
        """Return the ids of those whom a text names."""
        return list(dict.fromkeys(name for name, _owning in self._names.found(text)))

    def _sight(self, sentence: str) -> Sight:
        focus = [name for name, owning in self._names.found(sentence) if not owning]
        owners = [name for name, owning in self._names.found(sentence) if owning]
        recent = [*owners, *focus] or self._last
        for word in _PRONOUN.findall(sentence):
            plain = word.lower()
            if plain in _NOMINATIVE:
                focus += self._meant(_NOMINATIVE[plain], recent)
            else:
                owners += self._meant(_OWNING[plain], recent)
        focus, owners = list(dict.fromkeys(focus)), list(dict.fromkeys(owners))
        if named := [*focus, *owners]:
            self._last = list(dict.fromkeys([*named, *self._last]))
        stems = {stem for forms in stems_in(sentence) for stem in forms}
        things = tuple(dict.fromkeys(things_in(sentence)))
        if not named:
            marked = [name for name, marks in self._marks.items() if marks & stems]
            owners = marked[:1] or (self._last[:1] if "hand" in things else [])
        return Sight(
            text=sentence,
            framing=_framing(stems, focus, things),
            focus=tuple(focus),
            doers=self._doers(sentence, focus),
            owners=tuple(owners),
            things=things[:2],
            travels=bool(_TRAVEL_WORDS & stems) and (bool(focus) or bool(_VEHICLE_WORDS & stems)),
            activity=activity_in(sentence, self._scene.mood),
        )

    def _doers(self, sentence: str, focus: Sequence[str]) -> tuple[str, ...]:
        named = [name for name, owning in self._names.found(sentence[: pose_position(sentence)]) if not owning]
        return tuple(name for name in focus if name in named) or tuple(focus[:1])

    def _meant(self, presents: str, recent: Sequence[str]) -> list[str]:
        if presents == "neutral":
            return list(recent)
        alike = [name for name in (*recent, *self._presents) if self._presents[name] in (presents, "neutral")]
        return alike[:1]


def _mark_words(character: Character) -> frozenset[str]:
    """Return the words by which a thing is known as somebody's: "cybernetic" of "cybernetic arms"."""
    words = {word for feature in character.appearance.features for word in feature.lower().split()}
    return frozenset(word for word in words if len(word) > 3)


class _Names:
    def __init__(self, pattern: re.Pattern[str] | None, owners: Mapping[str, str]) -> None:
        self._pattern = pattern
        self._owners = owners

    def found(self, text: str) -> list[tuple[str, bool]]:
        """Return (id, whether only as an owner: "Luna's") for each name in a text, in order."""
        if self._pattern is None:
            return []
        return [(self._owners[match[1].lower()], match[2] is not None) for match in self._pattern.finditer(text)]


@lru_cache(maxsize=256)
def _name_pattern(cast: tuple[tuple[str, str, tuple[str, ...]], ...]) -> _Names:
    owners: dict[str, str] = {}
    for identity, name, aliases in cast:
        for whole in (name, *aliases, identity):
            owners.setdefault(whole.lower(), identity)
    for identity, name, _aliases in cast:
        for word in name.split():
            if len(word) > 2:
                owners.setdefault(word.lower(), identity)
    spelt = sorted(filter(None, owners), key=len, reverse=True)
    if not spelt:
        return _Names(None, owners)
    # Any script: a word boundary would keep names in Chinese from being found within a sentence.
    edge = "(?<![A-Za-z0-9])", "(?![A-Za-z0-9])"
    return _Names(re.compile(f"{edge[0]}({'|'.join(map(re.escape, spelt))}){edge[1]}(['’]s)?", re.IGNORECASE), owners)


def things_in(text: str) -> list[str]:
    """Return the things that a text speaks of, by the names a painter knows, in order of mention."""
    return [_THINGS[stem] for stems in stems_in(text) for stem in stems if stem in _THINGS]


def _framing(stems: set[str], focus: Sequence[str], things: Sequence[str]) -> Framing:
    small = [thing for thing in things if thing not in _LARGE_THINGS]
    if len(focus) >= 3 or (focus and (_WHOLE_BODY_WORDS & stems)):
        return Framing.WIDE
    if len(focus) == 2:
        return Framing.TWO_SHOT
    if focus:
        return Framing.CLOSE_UP if _FACE_WORDS & stems and not _TRAVEL_WORDS & stems else Framing.MEDIUM
    if small and not (small == ["hologram"] and _WIDE_WORDS & stems):
        return Framing.INSERT
    if things and not (_WIDE_WORDS & stems or _TRAVEL_WORDS & stems):
        return Framing.INSERT
    return Framing.WIDE


def _belong_together(before: Sight, sight: Sight) -> bool:
    if sight.words <= _FRAGMENT_WORDS and not sight.focus:
        return True
    return (
        (before.framing, before.focus) == (sight.framing, sight.focus)
        and before.things[:1] == sight.things[:1]
        and before.words + sight.words <= _MERGED_WORDS
    )


def _merged(before: Sight, sight: Sight) -> Sight:
    return Sight(
        text=f"{before.text} {sight.text}",
        framing=before.framing,
        focus=tuple(dict.fromkeys((*before.focus, *sight.focus))) if before.focus else (),
        doers=tuple(dict.fromkeys((*before.doers, *sight.doers))),
        owners=tuple(dict.fromkeys((*before.owners, *sight.owners))),
        things=tuple(dict.fromkeys((*before.things, *sight.things)))[:2],
        travels=before.travels or sight.travels,
        activity=max(before.activity, sight.activity),
    )


# What moves by itself -------------------------------------------------------------------------------------------------

_MOST_EFFECTS = 3
_SAID_EFFECTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("sparks", _words("spark sparks weld weld grind short-circuit")),
    ("embers", _words("fire flame flames ember embers burn burning ash smoke bonfire")),
    ("petals", _words("petal petals blossom blossoms sakura cherry")),
    ("snow", _words("snow snowflake snowflakes blizzard")),
    ("rain", _words("rain downpour")),
    ("fog", _words("fog mist steam haze")),
    ("neon-flicker", _words("neon")),
    ("screen-glow", _words("screen monitor hologram terminal display")),
    ("dust", _words("dust dusty sunbeam")),
    ("traffic", _words("traffic cars headlights")),
)
_PLACE_EFFECTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("screen-glow", _words("laboratory lab server control terminal bridge-deck office boardroom command studio")),
    ("dust", _words("garage warehouse abandoned attic ruin ruins desert basement library temple station")),
    ("petals", _words("park garden shrine schoolyard")),
    ("embers", _words("forge battlefield volcano campfire")),
)
_CITY_WORDS = _words("street alley city expressway highway market club bar downtown crossing avenue motel")
_ROAD_WORDS = _words("street expressway highway road bridge avenue crossing city skyline")
_WEATHER_EFFECTS: Mapping[str, str] = {"rain": "rain", "storm": "rain", "snow": "snow", "fog": "fog"}
_FAST = 0.7


def effects_in(scene: Scene, text: str, framing: Framing, activity: float, *, travels: bool) -> tuple[str, ...]:
    """Return what moves by itself in a shot: what its text says, the weather outside, the place; at most three."""
    said = {stem for stems in stems_in(text) for stem in stems}
    place = {stem for stems in stems_in(scene.place) for stem in stems}
    found = []
    if not scene.interior and scene.weather in _WEATHER_EFFECTS:
        found.append(_WEATHER_EFFECTS[scene.weather])
    if travels and activity >= _FAST and framing is not Framing.INSERT:
        found.append("speed-lines")
    found += [effect for effect, words in _SAID_EFFECTS if words & said and _may_fall(effect, scene)]
    night = scene.time_of_day in ("night", "dusk")
    if not scene.interior and night and framing is Framing.WIDE and _ROAD_WORDS & place:
        found.append("traffic")
    if night and _CITY_WORDS & place:
        found.append("neon-flicker")
    found += [effect for effect, words in _PLACE_EFFECTS if words & place and _may_glow(effect, scene)]
    return tuple(dict.fromkeys(found))[:_MOST_EFFECTS]


def _may_glow(effect: str, scene: Scene) -> bool:
    return scene.interior or effect not in ("dust", "screen-glow")


def _may_fall(effect: str, scene: Scene) -> bool:
    """Weather that a text only mentions does not come indoors, unless the scene's weather note let it in."""
    return effect not in ("rain", "snow", "fog") or _WEATHER_EFFECTS.get(scene.weather) == effect
