"""What people ask to be otherwise in another take: their words in the shot's prompts, and what of them is understood.

Every engine that reads prompts is told the words as they are. Of those that name a framing, a camera move, a side, a
face or a pace the shot itself is changed too, so that nothing else of it says the opposite; and since an animatic is
drawn from a shot's values, those words are all that it can follow. The plan stays: only takes are made otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tower_anime_assets.production.digest import digest, seed_from
from tower_anime_assets.production.planning.acting import suited_to_age
from tower_anime_assets.production.planning.lexicon import WORD, first_meaning, stems_in, word_set, word_table
from tower_anime_assets.production.planning.prompts import NEGATIVE, prompt_parts, with_prompt_parts
from tower_anime_assets.production.planning.shots import Emotion, Facing, Framing, Move, PromptPart, Shot, Subject
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.notes import parse_framing, parse_move

MAX_SEED: Final = 2**32 - 1
"""The highest seed that a person may give; ours are in this range too, and every engine takes them."""

_PHRASE_END: Final = re.compile(r"[,;!\n]+|\.(?=\s|$)|\s+(?:and|but|then)\s+", re.IGNORECASE)
_NEGATIONS: Final = word_set("not no never without less don't dont stop")
_CLOSER: Final = word_set("closer nearer tighter")
_WIDER: Final = word_set("wider further farther looser")
_SLOWER: Final = word_set("slower slowly calmer quieter gentler stiller")
_FASTER: Final = word_set("faster quicker quickly livelier wilder")
_DARKER: Final = word_set("darker dimmer gloomier")
_BRIGHTER: Final = word_set("brighter lighter sunnier")
_SIDES: Final = (
    (re.compile(r"\bfrom (?:the|her|his|their|its)? ?(?:other )?left\b", re.IGNORECASE), Facing.RIGHT),
    (re.compile(r"\bfrom (?:the|her|his|their|its)? ?(?:other )?right\b", re.IGNORECASE), Facing.LEFT),
    (re.compile(r"\bfrom (?:behind|the back)\b", re.IGNORECASE), Facing.AWAY),
    (re.compile(r"\bfrom (?:the )?front\b|\b(?:at|into|to) (?:the )?camera\b", re.IGNORECASE), Facing.CAMERA),
    (re.compile(r"\b(?:look|fac|turn)(?:s|e|es|ing)? (?:to the )?left\b", re.IGNORECASE), Facing.LEFT),
    (re.compile(r"\b(?:look|fac|turn)(?:s|e|es|ing)? (?:to the )?right\b", re.IGNORECASE), Facing.RIGHT),
    (re.compile(r"\b(?:look|fac|turn)(?:s|e|es|ing)? away\b", re.IGNORECASE), Facing.AWAY),
)
"""Where somebody is seen to look; a camera that stands to the left of who faces it sees them look to the right."""
_EMOTIONS: Final = word_table(
    (Emotion.HAPPY, "smile grin laugh happy happier cheerful"),
    (Emotion.SAD, "sad sadder cry weep tearful"),
    (Emotion.ANGRY, "angry angrier furious glare"),
    (Emotion.AFRAID, "afraid scared frightened terrified fearful"),
    (Emotion.SURPRISED, "surprised shocked astonished startled"),
    (Emotion.DETERMINED, "determined resolute"),
    (Emotion.TENSE, "tense nervous worried anxious"),
    (Emotion.TENDER, "tender loving affectionate"),
    (Emotion.SMUG, "smirk smug"),
    (Emotion.NEUTRAL, "neutral expressionless serious impassive"),
)
_DARKER_TIMES: Final = {"day": "dusk", "dawn": "night", "dusk": "night"}
_BRIGHTER_TIMES: Final = {"night": "dusk", "dusk": "day", "dawn": "day"}
_PACE_STEP: Final = 0.25
_PLAIN_FILLER: Final = word_set(
    "a an the much more bit little please make it him her them be is should take camera even way lot very too slightly "
    "somewhat he she they with of on to come go get"
)
_ASKED: Final = "asked by"


@dataclass(frozen=True)
class AskedChange:
    """What a person asks to be otherwise in another take.

    Attributes:
        request_id: Of the request on record.
        words: In the person's words; "" where only another seed is asked for.
        seed: What the first attempt is made with; None for one drawn from the words.
        refined: What a director service made of the words, as parts of prompts.
    """

    request_id: str
    who: str
    words: str
    seed: int | None = None
    refined: tuple[PromptPart, ...] = ()

    @property
    def key(self) -> str:
        """Digest of what is asked, whoever asks; 16 hex digits."""
        return digest(self.words, self.seed, self.refined)[:16]

    @property
    def source(self) -> str:
        """Where its words in a prompt come from."""
        return f"{_ASKED} {self.who}"

    def seed_after(self, planned: int) -> int:
        """Return the seed of its takes where those of the plan have `planned`: another one, unless a person gave it."""
        return self.seed if self.seed is not None else seed_from(planned, self.words)


@dataclass(frozen=True)
class AskedShot:
    """A shot as somebody asked for it.

    Attributes:
        followed: What was understood of the words, and done, a clause each.
        left: Phrases that nothing but a prompt holds.
    """

    shot: Shot
    change: AskedChange
    followed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Who asked for what, a sentence."""
        words = f": {self.change.words.rstrip('.')}" if self.change.words else ""
        seed = f" with the seed {self.change.seed}" if self.change.seed is not None else ""
        followed = f" ({'; '.join(self.followed)})" if self.followed else ""
        return f"{self.change.who} asked for another take{seed}{words}{followed}."


@dataclass(frozen=True)
class _Effect:
    """A shot after a phrase, and what was done."""

    shot: Shot
    says: str


def ask_for_picture(project: Project, shot: Shot, change: AskedChange, *, is_drawn: bool) -> AskedShot:
    """Return a shot whose keyframe, and the clip that grows from it, are made as a person asked.

    Args:
        project: The show.
        shot: The shot as it is planned.
        change: What is asked.
        is_drawn: Whether an animatic's painter makes it, so that light is a matter of the time of day.
    """
    readers = [_read_framing, _read_side, _read_face, _read_move, _read_pace, *([_read_light] if is_drawn else [])]
    return _apply(project, shot, change, readers)


def ask_for_motion(project: Project, shot: Shot, change: AskedChange) -> AskedShot:
    """Return a shot whose clip alone is made as a person asked: its keyframe shows framing, faces and light already."""
    return _apply(project, shot, change, [_read_move, _read_pace])


_Reader = Callable[[Project, Shot, str], _Effect | None]


def _apply(project: Project, shot: Shot, change: AskedChange, readers: Sequence[_Reader]) -> AskedShot:
    changed = shot
    followed: list[str] = []
    left: list[str] = []
    for phrase in _phrases(change.words):
        effects: list[str] = []
        for read in readers:
            if (effect := read(project, changed, phrase)) is not None:
                changed, effects = effect.shot, [*effects, effect.says]
        followed += [f"{phrase!r}: {', '.join(effects)}"] if effects else []
        left += [] if effects else [phrase]
    return AskedShot(_with_words(project, shot, changed, change), change, tuple(followed), tuple(left))


def _phrases(words: str) -> Iterator[str]:
    yield from filter(None, (" ".join(part.split()) for part in _PHRASE_END.split(words)))


def _with_words(project: Project, planned: Shot, changed: Shot, change: AskedChange) -> Shot:
    """Return a changed shot with prompts that say what has changed, and hold the person's words."""
    own = {(part.role, part.text) for part in planned.prompt_parts}
    visible = {project.character(subject.character).name for subject in changed.subjects}
    fresh_roles = _changed_roles(planned, changed)
    fresh = [part for part in prompt_parts(project, changed) if _slot(part) in fresh_roles]
    kept = [
        part
        for part in planned.prompt_parts
        if _slot(part) not in fresh_roles and (part.role != "continuity" or part.text.startswith(tuple(visible)))
    ]
    told = [
        part if (part.role, part.text) in own else replace(part, source=f"{part.source}, {change.source}")
        for part in fresh
    ]
    words = [PromptPart("wish", change.words, change.source)] if change.words else []
    refined = [replace(part, source=f"{part.source}, {change.source}") for part in change.refined]
    return with_prompt_parts(changed, [*kept, *told, *words, *refined])


def _slot(part: PromptPart) -> str:
    """Return what a part of a prompt stands for: its role, of negatives their source."""
    return f"{NEGATIVE}: {part.source}" if part.role == NEGATIVE else part.role


def _changed_roles(planned: Shot, changed: Shot) -> frozenset[str]:
    roles: set[str] = set()
    if planned.framing is not changed.framing:
        roles |= {"framing", "variation", "character", "object"}
    if planned.subjects != changed.subjects:
        roles |= {"character", f"{NEGATIVE}: plan: who is in the shot"}
    if planned.setting != changed.setting:
        roles |= {"place"}
    return frozenset(roles)


# Reading phrases ------------------------------------------------------------------------------------------------------


def _is_negated(phrase: str) -> bool:
    return bool(_NEGATIONS & set(re.findall(r"[a-z']+", phrase.lower())))


def _read_framing(_project: Project, shot: Shot, phrase: str) -> _Effect | None:
    words = stems_in(phrase)
    named = parse_framing(_without_filler(phrase))
    if shot.framing is Framing.INSERT or shot.card or not shot.subjects or _is_negated(phrase):
        return None
    if named is None and bool(words & _CLOSER) is bool(words & _WIDER):
        return None
    framing = named or (_one_closer(shot) if words & _CLOSER else _one_wider(shot))
    if framing is shot.framing or framing in (Framing.INSERT, Framing.OVER_SHOULDER):
        return None
    if framing is Framing.TWO_SHOT and len(_people(shot)) < 2:
        return None
    subjects = _subjects_in(shot, framing)
    return _Effect(replace(shot, framing=framing, subjects=subjects), f"{framing} instead of {shot.framing}")


def _one_closer(shot: Shot) -> Framing:
    if shot.framing is Framing.WIDE:
        return Framing.TWO_SHOT if len(_people(shot)) == 2 else Framing.MEDIUM
    return Framing.MEDIUM if shot.framing is Framing.TWO_SHOT else Framing.CLOSE_UP


def _one_wider(shot: Shot) -> Framing:
    return Framing.MEDIUM if shot.framing is Framing.CLOSE_UP else Framing.WIDE


def _people(shot: Shot) -> tuple[Subject, ...]:
    return tuple(subject for subject in shot.subjects if not subject.is_foreground)


def _subjects_in(shot: Shot, framing: Framing) -> tuple[Subject, ...]:
    """Return who is in a framing: of a medium shot or a close-up the one who speaks, else the first."""
    people = _people(shot) or shot.subjects
    if framing in (Framing.WIDE, Framing.TWO_SHOT):
        return tuple(replace(one, is_foreground=False) for one in shot.subjects)
    speakers = {span.character for span in shot.speech if span.on_screen}
    focus = next((one for one in people if one.character in speakers), people[0])
    return (replace(focus, x=0.0, is_foreground=False),)


def _read_side(project: Project, shot: Shot, phrase: str) -> _Effect | None:
    facing = next((facing for pattern, facing in _SIDES if pattern.search(phrase)), None)
    if facing is None or _is_negated(phrase):
        return None
    wanted = _meant(project, shot, phrase)
    if not wanted:
        return None
    subjects = tuple(replace(one, facing=facing) if one in wanted else one for one in shot.subjects)
    seen = {Facing.CAMERA: "towards the camera", Facing.AWAY: "away from it"}.get(facing, f"to the {facing}")
    already = " already" if subjects == shot.subjects else ""
    return _Effect(replace(shot, subjects=subjects), f"{_names(project, wanted)} looks {seen}{already}")


def _read_face(project: Project, shot: Shot, phrase: str) -> _Effect | None:
    emotion = first_meaning(_EMOTIONS, phrase)
    wanted = _meant(project, shot, phrase)
    if emotion is None or not wanted:
        return None
    if _is_negated(phrase):
        emotion = Emotion.NEUTRAL
    feelings = {one: suited_to_age(emotion, project.character(one.character).appearance.age_years) for one in wanted}
    subjects = tuple(replace(one, emotion=feelings.get(one, one.emotion)) for one in shot.subjects)
    shown = " and ".join(dict.fromkeys(map(str, feelings.values())))
    already = " already" if subjects == shot.subjects else ""
    return _Effect(replace(shot, subjects=subjects), f"{_names(project, wanted)} looks {shown}{already}")


def _meant(project: Project, shot: Shot, phrase: str) -> tuple[Subject, ...]:
    """Return whom a phrase is about: those that it names, else everybody whose face is seen."""
    said = {word.casefold() for word in WORD.findall(phrase)}
    named = [
        one
        for one in shot.subjects
        if said & {word.casefold() for word in WORD.findall(project.character(one.character).name)}
    ]
    return tuple(named) or _people(shot)


def _names(project: Project, subjects: Sequence[Subject]) -> str:
    return " and ".join(dict.fromkeys(project.character(one.character).name for one in subjects))


def _read_move(_project: Project, shot: Shot, phrase: str) -> _Effect | None:
    move = parse_move(_without_filler(phrase))
    if move is None or move is shot.move or _is_negated(phrase):
        return None
    says = "the camera stands still" if move is Move.STATIC else f"the camera does a {move}"
    return _Effect(replace(shot, move=move), f"{says} instead of a {shot.move}")


def _read_pace(_project: Project, shot: Shot, phrase: str) -> _Effect | None:
    words = stems_in(phrase)
    is_slower = bool(words & _SLOWER) or ("less" in words and bool(words & word_set("motion movement move")))
    is_faster = bool(words & _FASTER) or ("more" in words and bool(words & word_set("motion movement")))
    if is_slower is is_faster or (_is_negated(phrase) and not is_slower):
        return None
    activity = round(min(1.0, max(0.0, shot.activity + (_PACE_STEP if is_faster else -_PACE_STEP))), 2)
    if activity == shot.activity:
        return None
    return _Effect(replace(shot, activity=activity), "more moves" if is_faster else "less moves")


def _read_light(_project: Project, shot: Shot, phrase: str) -> _Effect | None:
    words, time = stems_in(phrase), shot.setting.time_of_day
    if bool(words & _DARKER) is bool(words & _BRIGHTER) or _is_negated(phrase):
        return None
    changed = (_DARKER_TIMES if words & _DARKER else _BRIGHTER_TIMES).get(time)
    if changed is None:
        return None
    return _Effect(
        replace(shot, setting=replace(shot.setting, time_of_day=changed)), f"lit as at {changed} instead of {time}"
    )


def _without_filler(phrase: str) -> str:
    return " ".join(word for word in phrase.split() if word.lower() not in _PLAIN_FILLER)
