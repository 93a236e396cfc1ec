"""A director's answers: their schema, and the rules by which the story constrains them.

A fault is a sentence that is sent back to the director, so that its second answer may be better.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tower_anime_assets.production.story.model import Character, Project, Scene

MAX_SHOTS = 500
"""More in one scene is an answer that repeats itself, not a plan."""

MAX_TEXT_CHARACTERS = 4000
_MAX_FAULTS = 8
_MAX_QUOTED_CHARACTERS = 60
_PHRASE_WORDS = 5
_MIN_LINE_WORDS = 3
_MIN_UNSPACED_CHARACTERS = 6
_MAX_NON_LATIN_SHARE = 0.2
_HONORIFICS = frozenset({"mr", "mrs", "ms", "miss", "dr", "doctor", "prof", "professor", "san", "kun", "chan", "sama"})
_SPEECH_KEYS = frozenset({"dialogue", "dialog", "line", "lines", "speech", "spoken", "dialogue_lines", "script"})
_SPEECH_PATTERN = re.compile(
    r"(?:\b(?:say|says|said|saying|whisper\w*|shout\w*|ask\w*|repl\w+|mutter\w*|answer\w*|yell\w*|murmur\w*|scream\w*)\b"
    r"[^\"“”«»]{0,24}|:\s*)[\"“«](?P<said>[^\"“”«»]{2,})[\"”»]",
    re.IGNORECASE,
)
_WORD_PATTERN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

A = TypeVar("A", bound="DirectorAnswer")
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARACTERS)]


class UnusableAnswerError(Exception):
    """An answer that cannot be used; `faults` says why, at most `_MAX_FAULTS` of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        left_out = [f"and {len(faults) - _MAX_FAULTS} more"] if len(faults) > _MAX_FAULTS else []
        self.faults = (*faults[:_MAX_FAULTS], *left_out)
        super().__init__("; ".join(self.faults))


class DirectorAnswer(BaseModel):
    """The base of all answers: strict types, unknown fields are kept but not read, an optional confidence."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, validation_alias=AliasChoices("confidence", "confidence_score")
    )


class ShotAnswer(BaseModel):
    """One shot of a plan; older servers call its angle `camera_angle` and its length `duration`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    shot_number: int
    description: Text
    angle: str = Field(validation_alias=AliasChoices("suggested_camera_angle", "camera_angle"))
    emotions: dict[str, str] = Field(validation_alias="character_emotions")
    poses: list[dict[str, Any]] = Field(validation_alias="suggested_poses", max_length=50)
    seconds: float = Field(validation_alias=AliasChoices("duration_seconds", "duration"), gt=0, allow_inf_nan=False)
    background: Text | None = Field(None, validation_alias="background_context")
    move: str = Field("", validation_alias="camera_move")


class PlanAnswer(DirectorAnswer):
    """A scene's shots."""

    shots: list[ShotAnswer] = Field(validation_alias="shot_list", min_length=1)
    mood: Text = Field(validation_alias="overall_mood")
    lighting: Text = Field(validation_alias="lighting_suggestions")
    keywords: list[Text] = Field(validation_alias="style_keywords")
    arc: Text = Field(validation_alias="narrative_arc")


class RefineAnswer(DirectorAnswer):
    """A refined prompt."""

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARACTERS)] = Field(
        validation_alias="enhanced_prompt"
    )
    keywords: list[Text] = Field(default=[], validation_alias="style_keywords")
    negative: Text = Field(default="", validation_alias="negative_prompt")
    terms: list[Text] = Field(default=[], validation_alias="cinematic_terms")
    hints: list[Text] = Field(default=[], validation_alias="character_consistency_hints")


class LearnAnswer(DirectorAnswer):
    """What a director learned from a take's scores, and how sure it is now; by names of its own."""

    learned: list[Text] = Field(validation_alias="learned_elements")
    scores: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(
        validation_alias="updated_confidence_scores"
    )
    recommendations: list[Text] = Field(validation_alias="recommendations_for_next")


@dataclass(frozen=True)
class SceneConstraints:
    """What a plan must respect.

    Attributes:
        character_ids: Id of each character in the scene, by every spelling of their name in lower case.
        lines: The scene's lines, in order.
        length_s: The requested length.
        is_latin: Whether its screenplay is written in Latin letters.
    """

    character_ids: Mapping[str, str]
    lines: tuple[str, ...]
    length_s: float
    is_latin: bool

    @classmethod
    def for_scene(cls, project: Project, scene: Scene, length_s: float) -> SceneConstraints:
        """Return the constraints of a scene."""
        texts = [scene.heading, *(getattr(beat, "text", "") for beat in scene.beats)]
        return cls(
            character_ids_by_name([character for character in project.characters if character.id in scene.cast]),
            tuple(speech.text for speech in scene.speeches),
            length_s,
            is_latin(texts),
        )


def parse_answer(model: type[A], text: str) -> A:
    """Return an answer that conforms to its schema.

    Raises:
        UnusableAnswerError: It does not; each fault names its place.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        raise UnusableAnswerError([_schema_fault(item) for item in errors]) from error


def check_plan(answer: PlanAnswer, constraints: SceneConstraints) -> None:
    """Check a plan against its scene.

    Raises:
        UnusableAnswerError: It contradicts the story.
    """
    if faults := list(_plan_faults(answer, constraints)):
        raise UnusableAnswerError(faults)


def check_refinement(answer: RefineAnswer, prompt: str, lines: Sequence[str]) -> None:
    """Check a refined prompt against its scene.

    Args:
        answer: The answer.
        prompt: The prompt that was sent: words of a line in it are the writer's action, not dialogue.
        lines: The scene's lines.

    Raises:
        UnusableAnswerError: It repeats a line, or is not written in the letters that image models read.
    """
    texts = [answer.prompt, *answer.keywords, *answer.terms, *answer.hints]
    faults = [
        f"the prompt repeats the line {_quote(line)}: dialogue does not belong in a picture"
        for line in lines
        if not repeats_line(prompt, line) and any(repeats_line(text, line) for text in texts)
    ]
    if is_latin([prompt]) and not is_latin(texts):
        faults.append(f"the prompt is not in Latin letters: {_quote(answer.prompt)}; answer in English")
    if faults:
        raise UnusableAnswerError(faults)


def character_ids_by_name(characters: Iterable[Character]) -> dict[str, str]:
    """Return character ids by every spelling of a name, in lower case, without spellings that two characters share."""
    ids_by_spelling: dict[str, set[str]] = {}
    for character in characters:
        for name in (character.id, character.name, *character.aliases, *character.name.split()):
            ids_by_spelling.setdefault(name.casefold(), set()).add(character.id)
    return {name: next(iter(ids)) for name, ids in ids_by_spelling.items() if len(ids) == 1}


def find_character(spelling: str, ids_by_name: Mapping[str, str]) -> str:
    """Return the id of the character whom a spelling means, "" if nobody or more than one.

    Besides the spellings of `character_ids_by_name`: the words of a name in any order, with underscores, honorifics and
    remarks in parentheses, such as "Yamamoto, Akira", "akira_yamamoto", "Dr. Luna Chen" or "Akira (angry)".
    """
    if exact := ids_by_name.get(spelling.strip().casefold()):
        return exact
    words = re.sub(r"\(.*?\)|[\W_]", " ", spelling.casefold()).split()
    ids = {ids_by_name.get(word, "") for word in words if word not in _HONORIFICS}
    return ids.pop() if len(ids) == 1 else ""


def repeats_line(text: str, line: str) -> bool:
    """Return whether a text holds a line, or five consecutive words of it; lines of one or two words are ignored."""
    line_words = _normalized_words(line)
    if len(line_words) < _MIN_LINE_WORDS:
        unspaced = "".join(line_words)
        return (
            not unspaced.isascii()
            and len(unspaced) >= _MIN_UNSPACED_CHARACTERS
            and unspaced in "".join(_normalized_words(text))
        )
    spaced_text = f" {' '.join(_normalized_words(text))} "
    phrase_words = min(len(line_words), _PHRASE_WORDS)
    return any(
        f" {' '.join(line_words[at : at + phrase_words])} " in spaced_text
        for at in range(len(line_words) - phrase_words + 1)
    )


def _plan_faults(answer: PlanAnswer, constraints: SceneConstraints) -> Iterator[str]:
    for shot in answer.shots:
        yield from _shot_faults(shot, constraints)
    texts = [answer.mood, answer.lighting, answer.arc, *answer.keywords]
    texts += [text for shot in answer.shots for text in (shot.description, shot.background or "")]
    if constraints.is_latin and not is_latin(texts):
        yield "the answer is not in the screenplay's letters; answer in its language"


def _shot_faults(shot: ShotAnswer, constraints: SceneConstraints) -> Iterator[str]:
    label = f"shot {shot.shot_number}"
    for name in shot.emotions:
        if not find_character(name, constraints.character_ids):
            cast = ", ".join(sorted(set(constraints.character_ids.values()))) or "nobody"
            yield f"{label} shows {_quote(name)}, who is not in the scene; expected {cast}"
    for speech in _quoted_speech(shot):
        if not any(
            " ".join(_normalized_words(speech)) in " ".join(_normalized_words(line)) for line in constraints.lines
        ):
            yield f"{label} quotes {_quote(speech)}, which is not a line of the screenplay; its lines are fixed"


def _quoted_speech(shot: ShotAnswer) -> Iterator[str]:
    for match in _SPEECH_PATTERN.finditer(f"{shot.description} {shot.background or ''}"):
        if len(_normalized_words(match["said"])) > 1:
            yield match["said"]
    for key, value in (shot.model_extra or {}).items():
        if key.lower() in _SPEECH_KEYS:
            yield from filter(_normalized_words, _iter_texts(value))


def _iter_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        # In {"character": "Akira", "text": "..."} the speaker's name is not speech.
        for key, item in value.items():
            if str(key).lower() not in ("character", "speaker", "name", "id", "emotion"):
                yield from _iter_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _iter_texts(item)


def _schema_fault(error: Mapping[str, Any]) -> str:
    field_path = ".".join(str(part) for part in error["loc"]) or "the answer"
    return f"{field_path}: {error['msg']}, found {_quote(error.get('input'))}"


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= _MAX_QUOTED_CHARACTERS else text[:_MAX_QUOTED_CHARACTERS] + "...")


def _normalized_words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD_PATTERN.findall(text)]


def is_latin(texts: Iterable[str]) -> bool:
    """Return whether texts are written in Latin letters, up to a share of others, such as a name."""
    letters = [character for text in texts for character in text if character.isalpha()]
    non_latin = sum(not character.isascii() and "LATIN" not in unicodedata.name(character, "") for character in letters)
    return non_latin <= _MAX_NON_LATIN_SHARE * len(letters)
