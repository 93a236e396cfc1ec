"""Merging of a refined prompt: phrases that add something are kept, those that contradict the plan are not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tower_anime_assets.engines.remote.director.answers import RefineAnswer, character_ids_by_name
from tower_anime_assets.engines.remote.director.consulting import CORRECTION_START, AcceptedAnswer, pluralize
from tower_anime_assets.production.planning.prompts import RefinedPrompt, extend_prompt, merge_prompts
from tower_anime_assets.production.story.model import Project

MAX_TERMS = 12
"""Maximum per kind of term: image models ignore what comes after about 75 words."""

_FRAGMENT_END = re.compile(r"[,;\n]+|(?<=[.!?])\s+")


def merge_refinement(
    project: Project, answer: RefineAnswer, prompt: str, negative: str, tags: Sequence[str] = ()
) -> AcceptedAnswer[RefinedPrompt]:
    """Return the prompts with an answer's usable phrases added; our own words all stay.

    Args:
        project: The show, whose characters must not be named unless the prompt names them.
        answer: Already checked.
        tags: The question's context tags, which a server may give back as keywords; they are no words for a picture.
    """
    selection = _TermSelection(project, prompt)
    additions = selection.select_new("enhanced prompt", _FRAGMENT_END.split(answer.prompt))
    terms = selection.select_new("cinematic terms", answer.terms)
    asked = {tag.strip().casefold() for tag in tags}
    new_keywords = [
        word
        for word in answer.keywords
        if word.strip().casefold() not in asked and not word.startswith(CORRECTION_START)
    ]
    if echoes := len(answer.keywords) - len(new_keywords):
        selection.overruled.append(f"style keywords: {echoes} of {len(answer.keywords)} repeat the question's tags")
    keywords = selection.select_new("style keywords", new_keywords)
    hints = selection.select_new("consistency hints", answer.hints)
    negative_terms = [word.strip() for word in _FRAGMENT_END.split(answer.negative) if word.strip()]
    kept_negatives = [word for word in negative_terms if not _contains_phrase(word, prompt)]
    selection.overruled += [
        f"negative {word!r}: the plan wants it shown" for word in negative_terms if word not in kept_negatives
    ]
    refined_prompt = RefinedPrompt(
        prompt=extend_prompt(prompt, *additions),
        negative=merge_prompts(negative, *kept_negatives),
        style_keywords=keywords,
        cinematic_terms=terms,
        consistency_hints=hints,
        additions=additions,
    )
    counts = {"addition": additions, "term": terms, "keyword": keywords, "hint": hints, "negative": kept_negatives}
    used = ", ".join(pluralize(len(entries), noun) for noun, entries in counts.items() if entries)
    return AcceptedAnswer(refined_prompt, used or "nothing", tuple(selection.overruled), answer.confidence)


class _TermSelection:
    def __init__(self, project: Project, prompt: str) -> None:
        self._character_ids = character_ids_by_name(project.characters)
        self._ids_in_prompt = {name for spelt, name in self._character_ids.items() if _contains_phrase(spelt, prompt)}
        self._text = prompt
        self.overruled: list[str] = []

    def select_new(self, kind: str, phrases: Iterable[str]) -> tuple[str, ...]:
        """Return the phrases that say something new, and name nobody who is not in the prompt."""
        selected: list[str] = []
        for phrase in (part.strip().rstrip(".") for part in phrases):
            if not phrase or _contains_phrase(phrase, self._text):
                continue
            absent = self._absent_characters(phrase)
            if absent:
                self.overruled.append(f"{kind} {phrase[:60]!r}: {', '.join(absent)} is not in the shot")
            elif len(selected) == MAX_TERMS:
                self.overruled.append(f"{kind} {phrase[:60]!r}: over {MAX_TERMS} of them")
            else:
                selected.append(phrase)
                self._text += f", {phrase}"
        return tuple(selected)

    def _absent_characters(self, phrase: str) -> Sequence[str]:
        named = {
            name for spelt, name in self._character_ids.items() if len(spelt) > 2 and _contains_phrase(spelt, phrase)
        }
        return sorted(named - self._ids_in_prompt)


def _contains_phrase(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase.strip())}(?!\w)", text, re.IGNORECASE) is not None
