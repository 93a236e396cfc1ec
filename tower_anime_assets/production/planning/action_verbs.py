"""Verbs of action: what a body does in a sentence, by exact forms of English verbs and by what stands beside them.

"Eats" and "ate" are eating; "does not eat", "the cook", "night falls" and "holds her breath" are nothing to be shown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from tower_anime_assets.production.planning.lexicon import word_set, word_table
from tower_anime_assets.production.planning.shots import Pose

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[.,;:!?—–()]")
_CLAUSE_MARKS = frozenset(".,;:!?—–()")

WHOLE_BODY_POSES = frozenset(
    {Pose.FALL, Pose.SLEEP, Pose.DANCE, Pose.FIGHT, Pose.EMBRACE, Pose.THROW, Pose.PRAY, Pose.COOK}
)
"""Actions that only a wide shot tells apart."""

HANDLING_POSES = frozenset({
    Pose.HOLD, Pose.GIVE, Pose.OPEN, Pose.EAT, Pose.DRINK, Pose.WRITE, Pose.THROW, Pose.COOK, Pose.FIGHT, Pose.DANCE,
    Pose.REACH,
})  # fmt: skip
"""Actions with a thing in hand."""

_POSE_BY_FORM = word_table(
    (
        Pose.HOLD,
        "hold holds holding held carry carries carrying carried cradle cradles cradling cradled clutch clutches "
        "clutching clutched grip grips gripping gripped grasp grasps grasping grasped clasp clasps clasping "
        "clasped wield wields wielding wielded brandish brandishes brandishing brandished",
    ),
    (
        Pose.GIVE,
        "give gives giving gave given hands handing handed offer offers offering offered pass passes passing "
        "passed deliver delivers delivering delivered",
    ),
    (
        Pose.OPEN,
        "open opens opening opened unlock unlocks unlocking unlocked unwrap unwraps unwrapping unwrapped unseal "
        "unseals unsealed uncork uncorks uncorked",
    ),
    (
        Pose.EAT,
        "eat eats eating ate eaten munch munches munching munched chew chews chewing chewed nibble nibbles "
        "nibbling nibbled devour devours devouring devoured gobble gobbles gobbling gobbled dine dines dining "
        "dined feast feasts feasting feasted slurp slurps slurping slurped bites biting bite",
    ),
    (
        Pose.DRINK,
        "drink drinks drinking drank sip sips sipping sipped gulp gulps gulping gulped swig swigs swigging "
        "swigged guzzle guzzles guzzling guzzled",
    ),
    (
        Pose.WRITE,
        "write writes writing wrote written scribble scribbles scribbling scribbled jot jots jotting jotted "
        "scrawl scrawls scrawling scrawled sketch sketches sketching sketched sign signs signing signed",
    ),
    (
        Pose.FALL,
        "fall falls falling fell fallen collapse collapses collapsing collapsed tumble tumbles tumbling tumbled "
        "trip trips tripping tripped topple topples toppling toppled",
    ),
    (
        Pose.SLEEP,
        "sleep sleeps sleeping slept asleep doze dozes dozing dozed snore snores snoring snored nap naps napping "
        "napped slumber slumbers slumbering slumbered",
    ),
    (
        Pose.EMBRACE,
        "embrace embraces embracing embraced hug hugs hugging hugged cuddle cuddles cuddling cuddled kiss kisses "
        "kissing kissed",
    ),
    (
        Pose.FIGHT,
        "fight fights fighting fought punch punches punching punched kick kicks kicking kicked strike strikes "
        "striking struck slash slashes slashing slashed wrestle wrestles wrestling wrestled spar spars sparring "
        "sparred duel duels dueling duelling dueled duelled attack attacks attacking attacked lunge lunges "
        "lunging lunged parry parries parrying parried brawl brawls brawling brawled",
    ),
    (
        Pose.THROW,
        "throw throws throwing threw thrown toss tosses tossing tossed hurl hurls hurling hurled fling flings "
        "flinging flung lob lobs lobbing lobbed",
    ),
    (
        Pose.COOK,
        "cook cooks cooking cooked fry fries frying fried stir stirs stirring stirred bake bakes baking baked "
        "chop chops chopping chopped roast roasts roasting roasted grill grills grilling grilled knead kneads "
        "kneading kneaded whisk whisks whisking whisked peel peels peeling peeled",
    ),
    (
        Pose.DRIVE,
        "drive drives driving drove driven steer steers steering steered",
    ),
    (
        Pose.DANCE,
        "dance dances dancing danced waltz waltzes waltzing waltzed twirl twirls twirling twirled pirouette "
        "pirouettes pirouetting pirouetted",
    ),
    (
        Pose.PRAY,
        "pray prays praying prayed",
    ),
)
"""The pose of a verb, by each of its forms: no other word is a form of it."""

_NOUN_POSES = word_table(
    (Pose.FIGHT, "fight fights duel brawl fistfight swordfight fray"),
    (Pose.EMBRACE, "embrace hug"),
    (Pose.DANCE, "dance waltz"),
    (Pose.PRAY, "prayer prayers"),
    (Pose.SLEEP, "sleep nap slumber"),
    (Pose.DRINK, "sip gulp swig"),
    (Pose.EAT, "bite"),
)
"""Nouns that name what somebody is doing: "a fight breaks out", "locked in an embrace", "kneels in prayer"."""
_COMPOUND_HEADS = word_set("hall floor studio lesson class school club partner shoes scene sequence move bag mark book")
"""After such a noun they make another of it: "a dance hall"."""
_DOING_BEFORE_NOUN = word_set(
    "in into a an takes take taking took has have having had begin begins start starts another of their"
)

_PHRASES: tuple[tuple[Pose, re.Pattern[str]], ...] = tuple(
    (pose, re.compile(rf"\b(?:{pattern})\b"))
    for pose, pattern in (
        (Pose.EMBRACE, r"holds? (?:him|her|them|each other|one another) (?:close|tight|tightly|in)"),
        (Pose.EMBRACE, r"(?:throws?|wraps?|puts?|flings?) (?:his|her|their|both) arms a?round"),
        (Pose.EMBRACE, r"(?:in|into) (?:his|her|each other['’]s|one another['’]s) (?:arms|embrace)"),
        (Pose.SLEEP, r"(?:falls?|fell|fast|sound|lies|drifts|drops off) asleep|dozes? off"),
        (Pose.DRIVE, r"(?:at|behind|takes) the (?:steering )?wheel"),
        (
            Pose.COOK,
            r"(?:prepares?|makes?|preparing|making) (?:a |the |some )?"
            r"(?:breakfast|lunch|dinner|supper|soup|stew|meal|noodles|rice|pancakes)",
        ),
        (Pose.PRAY, r"(?:folds?|clasps?|joins?|presses) (?:his|her|their) (?:hands|palms) (?:together|in prayer)"),
        (Pose.FALL, r"loses (?:his|her|their) (?:footing|balance)"),
        (Pose.CROUCH, r"(?:falls?|fell|drops?|sinks?) to (?:his|her|their|one) knees?|on (?:his|her|their) knees"),
        (Pose.REACH, r"(?:holds?|offers?|gives?) (?:out )?(?:his|her|their|a) hands?"),
    )
)
"""What a few words say together, before each of them is read by itself."""

_GENERAL_POSES = word_table(
    (
        Pose.RUN,
        "run runs running ran sprint sprints sprinting sprinted race races racing raced chase chases chasing "
        "chased flee flees fleeing fled dash dashes dashing dashed charge charges charging charged leap leaps "
        "leaping leapt leaped bolt bolts bolting bolted rush rushes rushing rushed",
    ),
    (
        Pose.CROUCH,
        "crouch crouches crouching crouched kneel kneels kneeling knelt kneeled duck ducks ducking ducked hide "
        "hides hiding hid cower cowers cowering cowered squat squats squatting squatted crawl crawls crawling "
        "crawled",
    ),
    (
        Pose.SIT,
        "sit sits sitting sat seated slump slumps slumping slumped ride rides riding rode motorbike motorcycle "
        "bike handlebar handlebars throttle saddle curve curves",
    ),
    (
        Pose.TYPE,
        "type types typing typed keyboard keyboards terminal terminals keypad keypads console consoles",
    ),
    (
        Pose.POINT,
        "point points pointing pointed aim aims aiming aimed gesture gestures gesturing gestured",
    ),
    (
        Pose.REACH,
        "reach reaches reaching reached grab grabs grabbing grabbed touch touches touching touched take takes "
        "taking took pull pulls pulling pulled push pushes pushing pushed slide slides sliding slid catch "
        "catches catching caught tap taps tapping tapped press presses pressing pressed pour pours pouring "
        "poured set sets setting put puts lift lifts lifting lifted pick picks picking picked",
    ),
    (
        Pose.ARMS_CROSSED,
        "folded crossed",
    ),
    (
        Pose.HAND_ON_HIP,
        "hip hips swagger swaggers swaggered smirk smirks smirked",
    ),
    (
        Pose.STAND,
        "stand stands standing stood wait waits waiting waited walk walks walking walked stop stops stopped step "
        "steps stepping stepped rise rises rising rose turn turns turning turned wake wakes waking woke awakes "
        "awakens",
    ),
)
_WEAK_POSES = frozenset({Pose.STAND, Pose.SIT, Pose.REACH, Pose.HAND_ON_HIP})
"""Poses that say less than an action in the same sentence: "sits and eats", "takes the cup and drinks"."""

_NEGATING = word_set(
    "not never without cannot nor neither stop stops stopped refuse refuses refused instead unable avoid "
    "avoids forgets forgot unwilling barely nobody none hardly quits quit"
)
_NEGATION_REACH = 3
_DETERMINERS = word_set("a an the his her its their my your our this that these those some any no each every")
_SUBJECTS = word_set(
    "he she they it we you i who and or but then also now still to will would can could shall should must may "
    "might both all let lets let's man woman boy girl child children kid kids monk guard guards soldier "
    "soldiers king queen prince princess doctor nurse teacher student students mother father brother sister "
    "son daughter friend friends stranger people men women crowd others everyone everybody somebody someone "
    "couple two three pair old young one nun priest cook pilot driver robot cat dog bird fox wolf warrior "
    "knight wizard witch captain sailor sailors baby grandmother grandfather grandma grandpa mum mom dad "
    "farmer waiter waitress detective officer been being is are was were am be do does did has have had while "
    "as keeps keep kept begins begin began starts start started tries try tried wants continues goes comes "
    "just help helps helping only even suddenly finally"
)
_SCENERY = word_set(
    "rain snow night silence darkness dusk dawn light sunlight moonlight ash ashes tears leaves petals "
    "blossoms evening fog mist dust hail water thunder lightning shadow shadows smoke"
)


@dataclass(frozen=True)
class PoseWord:
    """A word that says what a body does.

    Attributes:
        start: Position of the word in its text.
        end: One past its last letter.
    """

    pose: Pose
    start: int
    end: int


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def is_mark(self) -> bool:
        return self.text in _CLAUSE_MARKS


_RULE_REACH = 4
"""Words after a verb that its rule may ask for."""


@lru_cache(maxsize=8192)
def find_pose(text: str) -> PoseWord | None:
    """Return the word that says what a body does: an action before a mere posture, else the first; None for none."""
    words = sorted(_pose_words(text), key=lambda word: word.start)
    prayer = next((word for word in words if word.pose is Pose.PRAY), None)
    if prayer is not None and words[0].pose in (Pose.CROUCH, Pose.SIT, Pose.STAND):
        return prayer  # "kneels and prays"
    return next((word for word in words if word.pose not in _WEAK_POSES), words[0] if words else None)


def is_seated_in(text: str) -> bool:
    """Return whether a text says that somebody sits, whatever else they do."""
    return any(word.pose is Pose.SIT for word in _pose_words(text))


def _pose_words(text: str) -> Iterator[PoseWord]:
    lower_text = text.lower()
    is_taken = bytearray(max(len(text), len(lower_text)) + 1)
    words = _words(text)
    ends = [word.end for word in words]
    for pose, pattern in _PHRASES:
        for match in pattern.finditer(lower_text):
            is_taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
            if not _is_negated(words, bisect_right(ends, match.start())):
                yield PoseWord(pose, match.start(), match.end())
    for index, word in enumerate(words):
        if is_taken[word.start] or _is_negated(words, index):
            continue
        if (meant := _pose_of(words, index)) is not None:
            yield PoseWord(meant, word.start, word.end)


def _words(text: str) -> list[_Word]:
    return [_Word(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _pose_of(words: Sequence[_Word], index: int) -> Pose | None:
    word = words[index].lower
    if word in _GENERAL_POSES:
        return _GENERAL_POSES[word]
    before = words[index - 1].lower if index else ""
    if word in _NOUN_POSES and before in _DOING_BEFORE_NOUN | _DETERMINERS:
        if index + 1 < len(words) and words[index + 1].lower in _COMPOUND_HEADS:
            return None
        named = before in _DOING_BEFORE_NOUN or (index > 1 and words[index - 2].lower in ("in", "into", "of"))
        return _NOUN_POSES[word] if named else None
    pose = _POSE_BY_FORM.get(word)
    if pose is None or before in _DETERMINERS or not _has_doer(words, index):
        return None
    after = [item.lower for item in _rest_of_clause(words[index + 1 : index + 1 + _RULE_REACH])]
    rule = _RULES.get(pose)
    return pose if rule is None or rule(word, after) else None


def _is_negated(words: Sequence[_Word], index: int) -> bool:
    """Return whether a word of the clause, shortly before, says that this does not happen."""
    for earlier in reversed(words[max(0, index - _NEGATION_REACH) : index]):
        if earlier.is_mark:
            return False
        if earlier.lower in _NEGATING or earlier.lower.endswith("n't"):
            return True
    return False


def _has_doer(words: Sequence[_Word], index: int) -> bool:
    """Return whether somebody may do this: not a thing ("the cup falls"), and not the weather ("night falls")."""
    word = words[index].lower
    at = index - 1
    while at >= 0 and words[at].lower.endswith("ly"):
        at -= 1
    if at < 0 or words[at].is_mark:
        return True
    before = words[at]
    if word.endswith("ing") or before.lower in _SUBJECTS or before.lower.endswith("self"):
        return before.lower not in _SCENERY
    if before.text[:1].isupper() and before.lower not in _SCENERY:
        return True
    owner = words[at - 1].lower if at else ""
    # "the cup falls", "rain falls": a noun that is nobody; after a verb or a preposition there is somebody before it
    return before.lower not in _SCENERY and not (owner in _DETERMINERS or at == 0)


def _rest_of_clause(words: Sequence[_Word]) -> Iterable[_Word]:
    return takewhile(lambda word: not word.is_mark, words)


def _names_object(after: Sequence[str], never: frozenset[str]) -> bool:
    """Return whether an object follows, and none of the words that make a figure of speech of it."""
    return bool(after) and not never & set(after[:4])


_NOT_HELD = word_set(
    "breath gaze look glance position still back smile silence stare ground pose tongue hands hand court "
    "hostage nothing fast tears head lips eye eyes weight sway"
)
_NOT_GIVEN = word_set(
    "up in way nod smile look sigh laugh shout chase birth out away signal sign order orders cry grin shrug "
    "start glance advice answer through by over hallway corridor door window house past speech thought wave"
)
_NOT_OPENED = word_set("eyes eye mouth arms hand hands fire lips up palm fist wide slowly suddenly onto into")
_NOT_THROWN = word_set("on off up glance look party tantrum fit himself herself themselves light shadow back out open")
_NOT_FALLEN = word_set("silent quiet for behind apart back still away step short prey love line place")
_NOT_FOUGHT = word_set(
    "back urge sleep tears match pose button switch road brakes floor ground door ball chord note off nerve stone clock"
)
_NOT_DRIVEN = word_set("blade knife sword stake nail him her them me mad crazy wedge point spear dagger")
_RECEIVERS = word_set("him her them me us you it the a an his their each over back out")


def _is_given(word: str, after: Sequence[str]) -> bool:
    if word in ("hands", "handing", "handed"):
        return bool(after) and (after[0] in _RECEIVERS or (len(after) > 1 and after[1] in _DETERMINERS))
    if word.startswith("pass"):  # "passes him the salt", not "passes the house"
        receiver, thing = (*after[:2], "", "")[:2]
        return bool(receiver) and thing in _DETERMINERS and receiver not in _DETERMINERS - {"her"}
    return _names_object(after, _NOT_GIVEN)


def _is_opened(word: str, after: Sequence[str]) -> bool:
    return _names_object(after, _NOT_OPENED) and (word != "open" or after[0] in _DETERMINERS or after[0] == "it")


def _is_fallen(_word: str, after: Sequence[str]) -> bool:
    return not after or not _NOT_FALLEN & set(after[:2])


_RULES: dict[Pose, Callable[[str, Sequence[str]], bool]] = {
    Pose.HOLD: lambda _word, after: _names_object(after, _NOT_HELD) and after[0] not in ("on", "off"),
    Pose.GIVE: _is_given,
    Pose.OPEN: _is_opened,
    Pose.FALL: _is_fallen,
    Pose.THROW: lambda _word, after: _names_object(after, _NOT_THROWN),
    Pose.FIGHT: lambda _word, after: not _NOT_FOUGHT & set(after[:2]),
    Pose.DRIVE: lambda _word, after: not _NOT_DRIVEN & set(after[:2]),
    Pose.DRINK: lambda _word, after: after[:1] != ["in"] or after[1:2] != ["the"],
    Pose.SLEEP: lambda _word, after: after[:1] not in (["over"], ["on"]),
    Pose.COOK: lambda word, after: not word.startswith("stir") or bool(after[:1] and after[0] in _DETERMINERS | {"in"}),
    Pose.WRITE: lambda word, after: word not in ("sign", "signs", "signed", "signing") or bool(after),
}
"""What else a verb asks of the words after it."""
