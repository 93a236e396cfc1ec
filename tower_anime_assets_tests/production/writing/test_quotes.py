"""Quoted speech in the marks of several languages, and whether it is kept."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.writing.quotes import Quote, find_missing, find_quotes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("“Go,” he said. “Now!”", ["Go,", "Now!"]),
        ('"Go," he said.', ["Go,"]),
        ("„Komm“, rief sie.", ["Komm"]),
        ("»Komm«, rief sie.", ["Komm"]),
        ("« Viens ! » dit-elle.", ["Viens !"]),
        ("「待って」とレンが叫んだ。", ["待って"]),
        ("‘Don’t go,’ she said.", ["Don’t go,"]),
        ("— Bonjour, dit-il.", ["Bonjour"]),
        ("It’s the keeper’s lamp.", []),
    ],
)
def test_speech_is_found_in_every_kind_of_marks(text: str, said: list[str]) -> None:
    assert [quote.text for quote in find_quotes(text)] == said


def test_quotes_have_the_lines_of_the_file() -> None:
    assert find_quotes("One.\n\n“Two\nthree.”\n", first_line=10) == (Quote("Two three.", 12),)


def test_punctuation_case_and_line_breaks_do_not_count_but_words_do() -> None:
    quotes = find_quotes("“Go,” he said, “to the sea.” “Never!”")
    assert find_missing(quotes, ["Go to", "the SEA!"]) == (quotes[2],)
