"""The JSON in what a language model writes: without thoughts, fences and talk, and with its usual slips mended.

Only what can mean one thing is mended, and every mend is named. An answer that is cut off, holds two objects, or has a
quotation mark too many is refused: whoever asks again gets a better one than a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.remote.director.answers import UnusableAnswerError

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.IGNORECASE | re.DOTALL)
_THOUGHT_START = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_END = re.compile(r".*</(?:think|thinking|thought|reasoning)>", re.IGNORECASE | re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n`]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE)
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*(?:"|\Z))
      | (?P<single>'(?:[^'\\]|\\.)*(?:'|\Z))
      | (?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<space>\s+)
      | (?P<mark>[{}\[\]:,])
      | (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)
      | (?P<word>-?[A-Za-z_$][\w$-]*)
      | (?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_LITERALS = {"True": "true", "False": "false", "None": "null"}
_JSON_WORDS = frozenset({"true", "false", "null", "NaN", "Infinity", "-Infinity"})
_NUMBER_FIELDS = frozenset(
    {"duration_seconds", "duration", "shot_number", "confidence", "confidence_score", "updated_confidence_scores"}
)
"""Fields of the director's contract that hold numbers, or a mapping to numbers."""

_WHOLE_FIELDS = frozenset({"shot_number"})
_MAX_MENDED_CHARACTERS = 200_000
"""Ten times the longest answer that there is room for."""

_VALUE_START = re.compile(r"\{|\[\s*\{")
_NUMBER_TEXT = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*(?:s|sec|secs|second|seconds)?\s*", re.IGNORECASE)


@dataclass
class ModelJson:
    """An answer as strict JSON.

    Attributes:
        text: The JSON.
        mends: What was mended of it, a clause each.
    """

    text: str
    mends: list[str] = field(default_factory=list)


def strip_thoughts(text: str) -> str:
    """Return a model's text without what it thought aloud; thoughts that never end are all there is."""
    # Some templates write the opening mark into the prompt, so that the answer has only the closing one.
    answer = _THOUGHT_END.sub("", _THOUGHT.sub("", text), count=1)
    return _THOUGHT_START.split(answer, maxsplit=1)[0].strip()


def read_model_json(text: str) -> ModelJson:
    """Return the one JSON object in a model's text.

    Raises:
        UnusableAnswerError: There is none, there are several, or it has faults that can be mended in more than one way.
    """
    answer = ModelJson(text)
    if _decode(text) is None:
        if len(text) > _MAX_MENDED_CHARACTERS:
            raise UnusableAnswerError([f"Invalid JSON of {len(text):,} characters: {_excerpt(text[:100])}"])
        answer.text = strip_thoughts(text).lstrip("\ufeff")
        if not answer.text:
            fault = "only thoughts, and no answer after them" if text.strip() else "Invalid JSON: the answer is empty"
            raise UnusableAnswerError([f"{fault}; expected a JSON object"])
        _open_fence(answer)
        _cut_out_object(answer)
        if _decode(answer.text) is None:
            _mend_syntax(answer)
    _mend_values(answer)
    return answer


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _open_fence(answer: ModelJson) -> None:
    fenced = {match[2].strip() for match in _FENCE.finditer(answer.text)}
    blocks = [block for block in fenced if block.startswith(("{", "["))]
    if len(blocks) > 1:
        raise UnusableAnswerError([f"{len(blocks)} blocks of JSON; expected one"])
    if blocks:
        answer.text = blocks[0]
        answer.mends.append("the fence around the JSON was taken off")


def _cut_out_object(answer: ModelJson) -> None:
    """Take off the talk before and after the JSON; braces in strings and comments do not count."""
    text = answer.text
    spans = list(_value_spans(text))
    if not spans:
        raise UnusableAnswerError([f"Invalid JSON: no object in {_excerpt(text)}; answer with the JSON object alone"])
    if len(spans) > 1:
        raise UnusableAnswerError([f"{len(spans)} JSON objects; expected one"])
    start, end = spans[0]
    if end < 0:
        raise UnusableAnswerError([f"Invalid JSON: the answer ends in the middle, after {_excerpt(text[-30:])}"])
    if text[:start].strip() or text[end:].strip():
        answer.mends.append("the words around the JSON were left out")
    answer.text = text[start:end]


def _value_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each object or list of objects at the top; the end is -1 if it never comes."""
    at = 0
    while (start := _VALUE_START.search(text, at)) is not None:
        depth, end = 0, -1
        for token in _TOKEN.finditer(text, start.start()):
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
            if depth == 0:
                end = token.end()
                break
        # Braces in prose, such as {scene}, hold no field.
        if end < 0 or re.search(r"[:\[\"]", text[start.start() + 1 : end]) or not text[start.start() + 1 : end].strip():
            yield start.start(), end
        if end < 0:
            return
        at = end


def _mend_syntax(answer: ModelJson) -> None:
    """Write the JSON anew, strictly; what was not strict is named once."""
    tokens = [token for token in _TOKEN.finditer(answer.text) if token.lastgroup != "space"]
    comments = [token for token in tokens if token.lastgroup == "comment"]
    tokens = [token for token in tokens if token.lastgroup != "comment"]
    mends = dict.fromkeys(["comments were left out"] if comments else [])
    written: list[str] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        following = after[0] if after is not None else ""
        text, mend = _strict_token(token.lastgroup or "", token[0], following)
        if mend:
            mends[mend] = None
        written.append(text)
    try:
        value = json.loads("".join(written))
    except (ValueError, RecursionError) as error:
        raise UnusableAnswerError([f"Invalid JSON: {error}"]) from error
    answer.text = json.dumps(value)
    answer.mends += mends


def _strict_token(kind: str, text: str, following: str) -> tuple[str, str]:
    """Return a token as strict JSON has it, and what was mended of it."""
    if kind == "string" and any(character < " " for character in text):
        return json.dumps(json.loads(text, strict=False)), "line breaks inside strings were escaped"
    if kind == "single":
        inner = text[1:-1].replace("\\'", "'")
        return _double_quoted(inner), "single quotes became double ones"
    if text == "," and following in ("}", "]"):
        return "", "trailing commas were left out"
    if kind == "word" and following == ":":
        return json.dumps(text), "names of fields were put in quotes"
    if kind == "word" and text in _LITERALS:
        return _LITERALS[text], "True, False and None became true, false and null"
    if kind == "word" and text not in _JSON_WORDS:
        raise UnusableAnswerError([f"Invalid JSON: {_excerpt(text)} is not in quotes"])
    return text, ""


def _double_quoted(inner: str) -> str:
    try:
        return json.dumps(json.loads(f'"{inner.replace(chr(34), chr(92) + chr(34))}"', strict=False))
    except ValueError as error:
        raise UnusableAnswerError([f"Invalid JSON: {error}"]) from error


def _mend_values(answer: ModelJson) -> None:
    """Take an object out of a list of one, and numbers out of strings, where the contract has an object or a number."""
    value = _decode(answer.text)
    mends: dict[str, str] = {}
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
        mends[""] = "the object was taken out of a list"
    try:
        value = _with_numbers(value, mends)
    except RecursionError as error:
        raise UnusableAnswerError(["the JSON is nested too deeply to be read"]) from error
    if mends:
        answer.text = json.dumps(value)
        answer.mends += mends.values()


def _with_numbers(value: Any, mends: dict[str, str], name: str = "") -> Any:
    """Return a value with numbers for the texts in `_NUMBER_FIELDS`; `name` is the field that it belongs to."""
    if isinstance(value, dict):
        is_number = name in _NUMBER_FIELDS
        return {key: _with_numbers(item, mends, name if is_number else key) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_numbers(item, mends) for item in value]
    if name not in _NUMBER_FIELDS:
        return value
    number: Any = value
    if isinstance(value, str) and (match := _NUMBER_TEXT.fullmatch(value)):
        number = float(match[1])
        mends.setdefault(name, f"{name} was text, such as {value!r}, and became a number")
    if name in _WHOLE_FIELDS and isinstance(number, float) and number.is_integer():
        mends.setdefault(name, f"{name} was {value!r}, and became a whole number")
        return int(number)
    return number


def _excerpt(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 60 else f"{plain[:60]}...")
