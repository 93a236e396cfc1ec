"""What a director may answer: by schema, and by the story that it was asked about. Judged here, used elsewhere.

A fault is a sentence that the director can be told, so that its second answer may be better.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tower_anime_assets.production.story.model import Character, Project, Scene
from tower_anime_assets.production.story.notes import parse_framing

TOTAL_TOLERANCE = 0.25
"""Share by which the shots' lengths together may miss what was asked: we fit them to the frame, not to the plot."""

SHOTS_PER_BEAT = 3
SPARE_SHOTS = 10
"""How many shots a scene may be answered with at most: so many per beat, and some more."""

LONGEST_TEXT = 4000
_MOST_FAULTS = 8
_SHOWN_CHARACTERS = 60
_PHRASE_WORDS = 5
_SHORTEST_LINE_WORDS = 3
_SHORTEST_UNSPACED_LINE = 6
_FOREIGN_SHARE = 0.2
_SPOKEN_KEYS = frozenset({"dialogue", "dialog", "line", "lines", "speech", "spoken", "dialogue_lines", "script"})
_SAYS = re.compile(
    r"(?:\b(?:say|says|said|saying|whisper\w*|shout\w*|ask\w*|repl\w+|mutter\w*|answer\w*|yell\w*|murmur\w*|scream\w*)\b"
    r"[^\"“”«»]{0,24}|:\s*)[\"“«](?P<said>[^\"“”«»]{2,})[\"”»]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

A = TypeVar("A", bound="Answer")
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class AnswerFault(Exception):  # noqa: N818 - a finding about an answer, translated before it leaves the directors
    """An answer that cannot be used; `faults` says why, in sentences that the director can be told."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


class Answer(BaseModel):
    """What every answer has in common: exact types, more than was asked for is not read, a confidence if it has one."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, validation_alias=AliasChoices("confidence", "confidence_score")
    )


class ShotAnswer(BaseModel):
    """One shot of a plan; older servers call angle and length `camera_angle` and `duration`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    shot_number: int = Field(ge=1)
    description: Text
    angle: str = Field(validation_alias=AliasChoices("suggested_camera_angle", "camera_angle"))
    emotions: dict[str, str] = Field(validation_alias="character_emotions")
    poses: list[dict[str, Any]] = Field(validation_alias="suggested_poses", max_length=50)
    seconds: float = Field(validation_alias=AliasChoices("duration_seconds", "duration"), gt=0, allow_inf_nan=False)
    background: Text | None = Field(None, validation_alias="background_context")
    move: str = Field("", validation_alias="camera_move")


class PlanAnswer(Answer):
    """A scene as a director would shoot it."""

    shots: list[ShotAnswer] = Field(validation_alias="shot_list", min_length=1)
    mood: Text = Field(validation_alias="overall_mood")
    lighting: Text = Field(validation_alias="lighting_suggestions")
    keywords: list[Text] = Field(validation_alias="style_keywords")
    arc: Text = Field(validation_alias="narrative_arc")


class RefineAnswer(Answer):
    """A prompt made better."""

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)] = Field(
        validation_alias="enhanced_prompt"
    )
    keywords: list[Text] = Field(validation_alias="style_keywords")
    negative: Text = Field(validation_alias="negative_prompt")
    terms: list[Text] = Field(validation_alias="cinematic_terms")
    hints: list[Text] = Field(validation_alias="character_consistency_hints")


class LearnAnswer(Answer):
    """What a director says that it learned."""

    learned: list[Text] = Field(validation_alias="learned_elements")
    scores: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(
        validation_alias="updated_confidence_scores"
    )
    recommendations: list[Text] = Field(validation_alias="recommendations_for_next")


@dataclass(frozen=True)
class Asked:
    """What a director was asked about a scene, as far as its answer is held against it.

    Attributes:
        names: Every spelling of the names of those in the scene, in lower case, with their ids.
        lines: What is said in the scene, in order.
        seconds: How long it was asked to be.
        most_shots: How many shots make sense.
        is_latin: Whether its screenplay is written in Latin letters.
    """

    names: Mapping[str, str]
    lines: tuple[str, ...]
    seconds: float
    most_shots: int
    is_latin: bool

    @classmethod
    def about(cls, project: Project, scene: Scene, seconds: float, beats: int) -> Asked:
        """Return what is asked about a scene of so many beats."""
        words = [scene.heading, *(getattr(beat, "text", "") for beat in scene.beats)]
        return cls(
            names_of([character for character in project.characters if character.id in scene.cast]),
            tuple(speech.text for speech in scene.speeches),
            seconds,
            beats * SHOTS_PER_BEAT + SPARE_SHOTS,
            is_latin(words),
        )


def parsed(model: type[A], text: str) -> A:
    """Return an answer that keeps the schema.

    Raises:
        AnswerFault: It does not; the first faults are named with their places.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        more = [f"and {len(found) - _MOST_FAULTS} more"] if len(found) > _MOST_FAULTS else []
        raise AnswerFault([*map(_schema_fault, found[:_MOST_FAULTS]), *more]) from error


def check_plan(answer: PlanAnswer, asked: Asked) -> None:
    """Hold a plan against its scene.

    Raises:
        AnswerFault: It breaks the story; everything that is wrong is named.
    """
    if faults := list(_plan_faults(answer, asked)):
        more = [f"and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
        raise AnswerFault([*faults[:_MOST_FAULTS], *more])


def check_refined(answer: RefineAnswer, prompt: str, spoken: Sequence[str]) -> None:
    """Hold a refined prompt against the scene that it is for.

    Args:
        answer: What the director said.
        prompt: What it was asked to refine: words of a line that stand there are the writer's action, not dialogue.
        spoken: Lines of the scene.

    Raises:
        AnswerFault: It repeats a line, or is written in other letters than image models read.
    """
    texts = [answer.prompt, *answer.keywords, *answer.terms, *answer.hints]
    faults = [
        f"the prompt repeats the line {_short(line)}: dialogue does not belong in a picture"
        for line in spoken
        if not repeats(prompt, line) and any(repeats(text, line) for text in texts)
    ]
    if is_latin([prompt]) and not is_latin(texts):
        faults.append(f"the prompt is in other letters than the screenplay: {_short(answer.prompt)}; answer in English")
    if faults:
        raise AnswerFault(faults[:_MOST_FAULTS])


def names_of(characters: Iterable[Character]) -> dict[str, str]:
    """Return the id by every spelling of a name, in lower case; a spelling that two share stands for neither."""
    spelt: dict[str, set[str]] = {}
    for one in characters:
        for name in (one.id, one.name, *one.aliases, *one.name.split()):
            spelt.setdefault(name.casefold(), set()).add(one.id)
    return {name: next(iter(ids)) for name, ids in spelt.items() if len(ids) == 1}


def repeats(text: str, line: str) -> bool:
    """Return whether a text holds a line, or five words of it in a row; a line of two words says too little to tell."""
    said = _plain(line)
    if len(said) < _SHORTEST_LINE_WORDS:
        unspaced = "".join(said)
        return not unspaced.isascii() and len(unspaced) >= _SHORTEST_UNSPACED_LINE and unspaced in "".join(_plain(text))
    words = f" {' '.join(_plain(text))} "
    size = min(len(said), _PHRASE_WORDS)
    return any(f" {' '.join(said[at : at + size])} " in words for at in range(len(said) - size + 1))


def _plan_faults(answer: PlanAnswer, asked: Asked) -> Iterator[str]:
    if len(answer.shots) > asked.most_shots:
        yield f"{len(answer.shots)} shots for one scene; expected 1 to {asked.most_shots}"
        return  # everything else would be said so many times
    for number, count in Counter(shot.shot_number for shot in answer.shots).items():
        if count > 1:
            yield f"{count} shots have the number {number}; expected each once"
    for shot in answer.shots:
        yield from _shot_faults(shot, asked)
    total = sum(shot.seconds for shot in answer.shots)
    if abs(total - asked.seconds) > TOTAL_TOLERANCE * asked.seconds:
        yield (
            f"the shots last {total:.1f} s together; expected {asked.seconds:.0f} s, at most {TOTAL_TOLERANCE:.0%} off"
        )
    texts = [answer.mood, answer.lighting, answer.arc, *answer.keywords]
    texts += [text for shot in answer.shots for text in (shot.description, shot.background or "")]
    if asked.is_latin and not is_latin(texts):
        yield "the answer is in other letters than the screenplay; answer in its language"


def _shot_faults(shot: ShotAnswer, asked: Asked) -> Iterator[str]:
    where = f"shot {shot.shot_number}"
    if parse_framing(shot.angle) is None:
        yield f"{where} has the camera angle {_short(shot.angle)}; expected wide, medium, close-up or over-shoulder"
    for name in shot.emotions:
        if name.casefold() not in asked.names:
            known = ", ".join(sorted(set(asked.names.values()))) or "nobody"
            yield f"{where} shows {_short(name)}, who is not in the scene; in it are {known}"
    if shot.seconds > asked.seconds * (1 + TOTAL_TOLERANCE):
        yield f"{where} lasts {shot.seconds:g} s, longer than the whole scene"
    for line in asked.lines:
        if repeats(shot.background or "", line):
            yield f"{where} has the line {_short(line)} in its background: dialogue does not belong in a picture"
    for said in _words_put_into_mouths(shot):
        if not any(" ".join(_plain(said)) in " ".join(_plain(line)) for line in asked.lines):
            yield f"{where} has somebody say {_short(said)}, which is no line of the screenplay; its lines are fixed"


def _words_put_into_mouths(shot: ShotAnswer) -> Iterator[str]:
    for match in _SAYS.finditer(f"{shot.description} {shot.background or ''}"):
        if len(_plain(match["said"])) > 1:
            yield match["said"]
    for key, value in (shot.model_extra or {}).items():
        if key.lower() in _SPOKEN_KEYS:
            yield from filter(_plain, _texts_in(value))


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        # {"character": "Akira", "text": "..."}: who speaks is no speech.
        for key, item in value.items():
            if str(key).lower() not in ("character", "speaker", "name", "id", "emotion"):
                yield from _texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)


def _schema_fault(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the answer"
    return f"{place}: {error['msg']}, found {_short(error.get('input'))}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...")


def _plain(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def is_latin(texts: Iterable[str]) -> bool:
    """Return whether texts are written in Latin letters, a name or a word in others aside."""
    letters = [character for text in texts for character in text if character.isalpha()]
    foreign = sum(not character.isascii() and "LATIN" not in unicodedata.name(character, "") for character in letters)
    return foreign <= _FOREIGN_SHARE * len(letters)
