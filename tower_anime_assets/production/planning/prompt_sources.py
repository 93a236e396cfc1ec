"""Where the words of a prompt come from: parts with their sources, whose texts joined are the prompt that was sent.

Nothing is guessed: words whose source nobody recorded have the source "".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

SEPARATOR = ", "
"""What stands between the parts of a prompt."""


@dataclass(frozen=True)
class SourcedText:
    """A passage of a prompt.

    Attributes:
        source: Where it comes from, such as `characters/akira.yaml`; "" where that is not on record.
        role: What it is there for, such as `character` or `style`.
    """

    text: str
    source: str
    role: str = ""


def join_texts(parts: Iterable[SourcedText]) -> str:
    """Return the prompt that parts make."""
    return SEPARATOR.join(part.text for part in parts)


def added_phrases(prompt: str, additions: Iterable[SourcedText]) -> tuple[SourcedText, ...]:
    """Return what additions add to a prompt: each comma-separated phrase that it does not hold yet, once, in order."""
    held = {phrase.strip() for phrase in prompt.split(",")} | {""}
    added: list[SourcedText] = []
    for addition in additions:
        for phrase in map(str.strip, re.split(r",\s*", addition.text)):
            if phrase not in held:
                held.add(phrase)
                added.append(SourcedText(phrase, addition.source, addition.role))
    return _joined_by_source(added)


def split_prompt(
    sent: str,
    plan_parts: Sequence[SourcedText],
    added: Sequence[SourcedText],
    as_sent: Callable[[str], str] = lambda text: text,
) -> tuple[SourcedText, ...]:
    """Return the parts of a prompt as it was sent; joined they are the prompt, letter by letter.

    Args:
        sent: The prompt.
        plan_parts: The parts of the plan's prompt.
        added: What the engine added, as it was recorded; () where nothing was.
        as_sent: Returns a part's text as the engine sends it.
    """
    if not sent:
        return ()
    parts = [SourcedText(as_sent(part.text), part.source, part.role) for part in plan_parts]
    if parts and not sent.startswith(join_texts(parts)):  # engines leave out the white space around a prompt
        parts[0] = replace(parts[0], text=parts[0].text.lstrip())
        parts[-1] = replace(parts[-1], text=parts[-1].text.rstrip())
    if join_texts([*parts, *added]) == sent:
        return (*parts, *added)
    planned = join_texts(parts)
    if parts and sent == planned:
        return tuple(parts)
    if parts and sent.startswith(planned + SEPARATOR):
        return (*parts, SourcedText(sent.removeprefix(planned + SEPARATOR), "", "added by the engine"))
    own = join_texts(added)
    if own and sent.endswith(SEPARATOR + own):
        return (SourcedText(sent.removesuffix(SEPARATOR + own), ""), *added)
    return (SourcedText(sent, ""),)


def split_negative(sent: str, parts: Sequence[SourcedText]) -> tuple[SourcedText, ...]:
    """Return the parts of a negative prompt as it was sent, phrase by phrase where phrases were left out or added."""
    if not sent:
        return ()
    if join_texts(parts) == sent:
        return tuple(parts)
    part_by_phrase: dict[str, SourcedText] = {}
    for part in parts:
        for phrase in part.text.split(","):
            part_by_phrase.setdefault(phrase.strip(), part)
    unknown = SourcedText("", "")
    return _joined_by_source(
        SourcedText(phrase, found.source, found.role)
        for phrase in sent.split(SEPARATOR)
        for found in (part_by_phrase.get(phrase.strip(), unknown),)
    )


def _joined_by_source(phrases: Iterable[SourcedText]) -> tuple[SourcedText, ...]:
    """Return phrases with those in a row that have one source and role as one."""
    groups = groupby(phrases, key=lambda phrase: (phrase.source, phrase.role))
    return tuple(SourcedText(join_texts(group), source, role) for (source, role), group in groups)
