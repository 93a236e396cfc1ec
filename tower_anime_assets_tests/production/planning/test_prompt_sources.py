"""Parts of a prompt as it was sent: joined they are the prompt, and what nobody recorded has no source."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.planning.prompt_sources import (
    SourcedText,
    added_phrases,
    join_texts,
    split_negative,
    split_prompt,
)

TEXTS = st.text(st.sampled_from("ab ,("), max_size=12)
PARTS = st.lists(st.builds(SourcedText, TEXTS, st.sampled_from(["script", "plan"])), max_size=5)

PLAN = (SourcedText("wide shot", "plan", "framing"), SourcedText("a (red) door, ajar", "script", "action"))
ADDED = (SourcedText("ink", "project.yaml: style.positive", "style"),)


@given(prompt=TEXTS, additions=PARTS)
def test_what_is_added_is_every_new_phrase_once_in_order(prompt: str, additions: list[SourcedText]) -> None:
    held = {phrase.strip() for phrase in prompt.split(",")}
    phrases = [phrase.strip() for part in additions for phrase in re.split(r",\s*", part.text)]
    expected = [phrase for phrase in dict.fromkeys(phrases) if phrase and phrase not in held]
    assert join_texts(added_phrases(prompt, additions)) == ", ".join(expected)


@given(sent=TEXTS, plan=PARTS, added=PARTS)
def test_parts_joined_are_always_the_prompt_that_was_sent(
    sent: str, plan: list[SourcedText], added: list[SourcedText]
) -> None:
    assert join_texts(split_prompt(sent, plan, added)) == sent
    whole = join_texts([*plan, *added])
    assert join_texts(split_prompt(whole, plan, added)) == whole
    assert join_texts(split_negative(sent, plan)) == sent


def test_parts_keep_their_sources_also_where_the_engine_escapes_them() -> None:
    sent = r"wide shot, a \(red\) door, ajar, ink"
    parts = split_prompt(sent, PLAN, ADDED, lambda text: text.replace("(", r"\(").replace(")", r"\)"))
    assert [part.source for part in parts] == ["plan", "script", "project.yaml: style.positive"]
    assert parts[1].text == r"a \(red\) door, ajar"


def test_words_that_nobody_recorded_have_no_source() -> None:
    by_plan = split_prompt("wide shot, a (red) door, ajar, glitter", PLAN, ())
    assert [(part.text, part.source) for part in by_plan[-1:]] == [("glitter", "")]
    assert [part.source for part in split_prompt("something else, ink", PLAN, ADDED)] == [
        "",
        "project.yaml: style.positive",
    ]
    assert split_prompt("something else", PLAN, ()) == (SourcedText("something else", ""),)


def test_a_shortened_negative_keeps_the_sources_of_its_phrases() -> None:
    parts = (SourcedText("blurry, text", "project.yaml"), SourcedText("text", "echo-brain"))
    assert split_negative("blurry, text, people", parts) == (
        SourcedText("blurry, text", "project.yaml"),
        SourcedText("people", ""),
    )
