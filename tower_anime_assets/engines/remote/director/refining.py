"""What is taken of a refined prompt: words that add something, and none that contradict what was decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tower_anime_assets.engines.remote.director.answers import RefineAnswer, names_of
from tower_anime_assets.engines.remote.director.consulting import Judged, counted
from tower_anime_assets.production.planning.prompts import RefinedPrompt, merge_prompts
from tower_anime_assets.production.story.model import Project

MOST_WORDS = 12
"""Terms, keywords or hints of one kind at most: image models forget what comes after about 75 words."""

_FRAGMENT_END = re.compile(r"[,;\n]+|(?<=[.!?])\s+")


def refined(project: Project, answer: RefineAnswer, prompt: str, negative: str) -> Judged[RefinedPrompt]:
    """Return what of an answer is used: as additions to the prompt, which itself is ours and stays.

    Args:
        project: Whose other characters must not be named into the picture.
        answer: Held against schema and lines already.
        prompt: What the picture shows so far.
        negative: What it must not show so far.
    """
    taking = _Taking(project, prompt)
    additions = taking.new("enhanced prompt", _FRAGMENT_END.split(answer.prompt))
    terms = taking.new("cinematic terms", answer.terms)
    keywords = taking.new("style keywords", answer.keywords)
    hints = taking.new("consistency hints", answer.hints)
    unwanted = [word.strip() for word in _FRAGMENT_END.split(answer.negative) if word.strip()]
    kept = [word for word in unwanted if not _is_in(word, prompt)]
    taking.overruled += [f"negative {word!r}: the plan wants it shown" for word in unwanted if word not in kept]
    made = RefinedPrompt(
        prompt=merge_prompts(prompt, *additions),
        negative=merge_prompts(negative, *kept),
        style_keywords=keywords,
        cinematic_terms=terms,
        consistency_hints=hints,
        additions=additions,
    )
    counts = {"addition": additions, "term": terms, "keyword": keywords, "hint": hints, "negative": kept}
    used = ", ".join(counted(len(found), what) for what, found in counts.items() if found)
    return Judged(made, used or "nothing", tuple(taking.overruled), answer.confidence)


class _Taking:
    def __init__(self, project: Project, prompt: str) -> None:
        self._names = names_of(project.characters)
        self._shown = {name for spelt, name in self._names.items() if _is_in(spelt, prompt)}
        self._so_far = prompt
        self.overruled: list[str] = []

    def new(self, what: str, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that say something that the prompt does not say yet."""
        taken: list[str] = []
        for word in (part.strip().rstrip(".") for part in words):
            if not word or _is_in(word, self._so_far):
                continue
            strangers = self._strangers(word)
            if strangers:
                self.overruled.append(f"{what} {word[:60]!r}: {', '.join(strangers)} is not in the shot")
            elif len(taken) == MOST_WORDS:
                self.overruled.append(f"{what} {word[:60]!r}: over {MOST_WORDS} of them")
            else:
                taken.append(word)
                self._so_far += f", {word}"
        return tuple(taken)

    def _strangers(self, word: str) -> Sequence[str]:
        named = {name for spelt, name in self._names.items() if len(spelt) > 2 and _is_in(spelt, word)}
        return sorted(named - self._shown)


def _is_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", text, re.IGNORECASE) is not None
