"""A language model as a writer of drafts: pitches and scenes, held to a schema and to what the reader says of them.

Each question is asked once more with what was wrong with the answer. What is wrong then and can be used all the same,
such as a quoted line that is missing, is overruled with a word; what cannot be used ends the draft.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tower_anime_assets.clients.ollama import (
    ANSWER_TOKENS,
    KEEP_ALIVE_BETWEEN_REQUESTS,
    ChatMessage,
    OllamaClient,
    chat_as_sent,
    chat_body,
)
from tower_anime_assets.engines.remote.director import writing_prompts
from tower_anime_assets.engines.remote.director.answers import DirectorAnswer, UnusableAnswerError, parse_answer
from tower_anime_assets.engines.remote.director.consulting import MAX_TURNS, AcceptedAnswer, Question, Turn, consult
from tower_anime_assets.engines.remote.director.model_json import read_model_json, strip_thoughts
from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.attempt import DirectorContext
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.story.cast_names import loose_name
from tower_anime_assets.production.story.notes import MOODS
from tower_anime_assets.production.writing.drafts import (
    INTERIORS,
    MAX_PLACE_CHARS,
    TIMES_OF_DAY,
    DraftBeat,
    DraftCharacter,
    DraftScene,
    find_text_faults,
)

T = TypeVar("T")

VERSION = "1"
"""Changes when the same text would be asked for in another way, so that it is drafted anew."""

PART_TOKENS = 1800
"""How much of a chapter is read at once: the answer repeats its dialogue, and both have to fit the context."""

ANSWER_TIMEOUT_S = 1800.0
"""A part of a chapter at three tokens a second, as a model without a graphics card writes."""

TEMPERATURE = 0.5
MAX_SCENES = 40
MAX_CHARACTERS = 20
_PROMPT_TOKENS = 1600
"""Room for what is sent besides a part of a chapter: the prompt, the memory, the schema."""

_MIN_PART_TOKENS = 300

Short = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(max_length=4000)]


class CharacterAnswer(BaseModel):
    """Somebody with looks."""

    model_config = ConfigDict(strict=True, frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]


class PitchAnswer(DirectorAnswer):
    """A show of one episode."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
    logline: Short
    art_direction: Short
    characters: list[CharacterAnswer] = Field(min_length=1, max_length=MAX_CHARACTERS)
    outline: list[Short] = Field(min_length=1, max_length=12)


class BeatAnswer(BaseModel):
    """Action, or a line."""

    model_config = ConfigDict(strict=True, frozen=True)

    speaker: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]
    text: Words
    parenthetical: Annotated[str, StringConstraints(max_length=200)] = ""


class SceneAnswer(BaseModel):
    """A scene."""

    model_config = ConfigDict(strict=True, frozen=True)

    interior: Literal["INT", "EXT", "INT/EXT"]
    place: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PLACE_CHARS, strip_whitespace=True)]
    time: str
    mood: str
    beats: list[BeatAnswer] = Field(min_length=1, max_length=120)


class ScenesAnswer(DirectorAnswer):
    """Scenes, who is new in them, and the story so far."""

    scenes: list[SceneAnswer] = Field(min_length=1, max_length=MAX_SCENES)
    characters: list[CharacterAnswer] = Field(max_length=MAX_CHARACTERS)
    summary: Words = ""


@dataclass(frozen=True)
class DraftedScenes:
    """What an answer comes to.

    Attributes:
        characters: Those that the model describes, whether or not the cast has them.
        overruled: What is not as asked, in sentences for people.
    """

    scenes: tuple[DraftScene, ...]
    characters: tuple[DraftCharacter, ...]
    summary: str
    overruled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Objections:
    """What the reader of scripts says of a draft: `faults` forbid its use, `doubts` do not."""

    faults: Sequence[str] = ()
    doubts: Sequence[str] = ()


Review = Callable[[DraftedScenes], Objections]


@dataclass
class ScenesReader:
    """Reads answers to one question; stricter in all turns but the last.

    Args:
        review: Says what is wrong with the scenes as a script of the show.
        turn: The turn that the answer belongs to; set before each answer is asked for.
    """

    review: Review
    turn: int = field(default=1)

    def begin(self, turn: int) -> None:
        """Take note of which turn the next answer belongs to."""
        self.turn = turn

    def reread(self, answer: str) -> DraftedScenes:
        """Return what an answer on record, as the model wrote it, comes to.

        Raises:
            UnusableAnswerError: It cannot be used.
        """
        self.turn = MAX_TURNS
        return self.read(read_model_json(answer).text).value

    def read(self, text: str) -> AcceptedAnswer[DraftedScenes]:
        """Return what the JSON of an answer comes to.

        Raises:
            UnusableAnswerError: It cannot be used, or could be better and there is another turn.
        """
        is_last = self.turn >= MAX_TURNS
        answer = parse_answer(ScenesAnswer, text)
        scenes, doubts = _build_scenes(answer)
        characters = tuple(DraftCharacter(one.name, one.description) for one in answer.characters)
        draft = DraftedScenes(scenes, characters, answer.summary)
        objections = Objections(find_text_faults(scenes))
        if not objections.faults:
            objections = self.review(draft)
        doubts += list(objections.doubts)
        if objections.faults or (doubts and not is_last):
            raise UnusableAnswerError([*objections.faults, *doubts])
        beats = sum(len(scene.beats) for scene in scenes)
        used = f"{len(scenes)} scenes, {beats} beats"
        return AcceptedAnswer(DraftedScenes(scenes, characters, answer.summary, tuple(doubts)), used, tuple(doubts))


class OllamaWriter:
    """A writer that asks one language model.

    Attributes:
        name: As the record names it.
    """

    def __init__(self, url: str, model: str, token: str = "", *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.name = f"ollama:{model}"
        self.model = model
        self._url = url
        self._connect = partial(OllamaClient, url, token, answer_timeout_s=answer_timeout_s)

    def pitch(self, idea: str, language: str, context: DirectorContext) -> PitchAnswer:
        """Return a show for an idea.

        Raises:
            ServiceError: The service failed, or no answer could be used.
            StoppedError: The run was stopped.
        """
        prompt = writing_prompts.PITCH.format(language=language or writing_prompts.IDEA_LANGUAGE)
        question = self._question("the pitch", prompt, {"idea": idea}, _pitch_schema(), context.seed, read_pitch)
        return consult(question, context)

    def write_scenes(
        self, kind: str, fields: Mapping[str, Any], language: str, reader: ScenesReader, context: DirectorContext
    ) -> DraftedScenes:
        """Return the scenes of an episode (`kind` "episode") or of a part of a chapter ("chapter").

        Raises:
            ServiceError: The service failed, or no answer could be used.
            StoppedError: The run was stopped.
        """
        texts = {
            "episode": (writing_prompts.EPISODE, writing_prompts.IDEA_LANGUAGE),
            "chapter": (writing_prompts.CHAPTER, writing_prompts.TEXT_LANGUAGE),
        }
        if kind not in texts:
            raise PlanError(f"a writer writes {' or '.join(texts)} scenes, not {kind!r}")
        template, own_language = texts[kind]
        prompt = f"{template.format(language=language or own_language)}\n{writing_prompts.RULES}"
        question = self._question(
            f"the {kind}", prompt, fields, _scenes_schema(), context.seed, reader.read, reader.begin
        )
        return consult(question, context)

    def find_part_tokens(self) -> int:
        """Return how much of a chapter is asked for at once, tokens, as the model's context allows.

        Raises:
            ServiceError: The service failed.
        """
        with closing(self._connect()) as client:
            context_tokens = 0 if client.is_openai else client.describe_model(self.model).context_tokens
        if not context_tokens:
            return PART_TOKENS
        return min(PART_TOKENS, max(_MIN_PART_TOKENS, (context_tokens - _PROMPT_TOKENS) // 2))

    def release(self) -> None:
        """Unload the model.

        Raises:
            ServiceError: The service failed.
        """
        with closing(self._connect()) as client:
            client.unload(self.model)

    def _question(
        self,
        subject: str,
        prompt: str,
        fields: Mapping[str, Any],
        schema: Mapping[str, Any],
        seed: int,
        judge: Callable[[str], AcceptedAnswer[T]],
        begin: Callable[[int], None] = lambda _turn: None,
    ) -> Question[T]:
        def build(turn: Turn) -> dict[str, Any]:
            return self._chat_body(prompt, fields, schema, seed + turn.number - 1, turn)

        def send(turn: Turn) -> str:
            begin(turn.number)
            with closing(self._connect()) as client:
                return client.chat(build(turn))

        def build_query(turn: Turn) -> str:
            return canonical_json(chat_as_sent(self._url, build(turn)))

        remedy = "Run it again to ask with another seed, or set OLLAMA_MODEL to another model"
        return Question(subject, self.model, build_query, send, judge, remedy)

    def _chat_body(
        self, prompt: str, fields: Mapping[str, Any], schema: Mapping[str, Any], seed: int, turn: Turn
    ) -> dict[str, Any]:
        messages = [ChatMessage("system", prompt), ChatMessage("user", json.dumps(fields, ensure_ascii=False))]
        if turn.faults and turn.room == 1:
            correction = f"That cannot be used: {'; '.join(turn.faults)}. Answer again, all of it, without that."
            messages += [ChatMessage("assistant", strip_thoughts(turn.answer)), ChatMessage("user", correction)]
        return chat_body(
            self.model,
            messages,
            schema,
            seed=seed,
            temperature=TEMPERATURE,
            keep_alive=KEEP_ALIVE_BETWEEN_REQUESTS,
            answer_tokens=ANSWER_TOKENS * turn.room,
        )


def read_pitch(text: str) -> AcceptedAnswer[PitchAnswer]:
    """Return a pitch.

    Raises:
        UnusableAnswerError: It does not keep the schema.
    """
    answer = parse_answer(PitchAnswer, text)
    if len({loose_name(one.name) for one in answer.characters}) < len(answer.characters):
        raise UnusableAnswerError(["two characters have the same name; give each a name of their own"])
    return AcceptedAnswer(answer, f"{len(answer.characters)} characters, {len(answer.outline)} scenes")


def reread_pitch(answer: str) -> PitchAnswer:
    """Return the pitch in an answer on record, as the model wrote it.

    Raises:
        UnusableAnswerError: It cannot be used.
    """
    return read_pitch(read_model_json(answer).text).value


def _build_scenes(answer: ScenesAnswer) -> tuple[tuple[DraftScene, ...], list[str]]:
    """Return the scenes of an answer, and what of it stands for something else."""
    doubts = []
    scenes = []
    for number, scene in enumerate(answer.scenes, start=1):
        time, mood = scene.time.strip().upper(), scene.mood.strip().lower()
        if time not in TIMES_OF_DAY:
            doubts.append(f"scene {number}: the time {scene.time!r} is none of {', '.join(TIMES_OF_DAY)}; it is DAY")
            time = "DAY"
        if mood and mood not in MOODS:
            doubts.append(f"scene {number}: the mood {scene.mood!r} is none of {', '.join(MOODS)}; it is left open")
            mood = ""
        beats = tuple(
            DraftBeat(beat.text, beat.speaker, beat.parenthetical if beat.speaker else "")
            for beat in scene.beats
            if beat.text.strip()
        )
        scenes.append(DraftScene(scene.interior, scene.place, time, mood, beats))
    return tuple(scenes), doubts


_TEXT = {"type": "string"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list_of(item: Mapping[str, Any], min_items: int, max_items: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": min_items, "maxItems": max_items}


def _pitch_schema() -> dict[str, Any]:
    character = _object(name=_TEXT, description=_TEXT)
    return _object(
        title=_TEXT,
        logline=_TEXT,
        art_direction=_TEXT,
        characters=_list_of(character, 1, 5),
        outline=_list_of(_TEXT, 1, 8),
    )


def _scenes_schema() -> dict[str, Any]:
    scene = _object(
        interior={"type": "string", "enum": list(INTERIORS)},
        place=_TEXT,
        time={"type": "string", "enum": list(TIMES_OF_DAY)},
        mood={"type": "string", "enum": list(MOODS)},
        beats=_list_of(_object(speaker=_TEXT, text=_TEXT, parenthetical=_TEXT), 1, 60),
    )
    character = _object(name=_TEXT, description=_TEXT)
    return _object(scenes=_list_of(scene, 1, 12), characters=_list_of(character, 0, 8), summary=_TEXT)
