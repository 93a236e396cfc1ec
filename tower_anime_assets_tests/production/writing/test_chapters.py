"""Chapters by every kind of heading, and parts that fit a model's context."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.production.writing.chapters import estimate_tokens, split_chapters, split_parts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Chapter 1", "CHAPTER II: The Sea"),
        ("Kapitel 1", "Zweites Kapitel"),
        ("Chapitre premier", "Chapitre 2 — La mer"),
        ("第一章", "第十二章　海"),
        ("第1話", "第２話 海"),
        ("# One", "# Two"),
        ("I", "II."),
        ("1", "2"),
        ("Prologue", "Chapter 1"),
        ("Глава 1", "Глава вторая"),
    ],
)
def test_headings_on_lines_of_their_own_begin_chapters(first: str, second: str) -> None:
    novel = split_chapters(f"{first}\n\nA lamp burned.\n\n{second}\n\nThe sea rose.\n")
    assert [(chapter.text, chapter.first_line) for chapter in novel.chapters] == [
        ("A lamp burned.", 3),
        ("The sea rose.", 7),
    ]


@pytest.mark.parametrize("line", ["He wrote a chapter 1", "Chapter 1 was long, she said, and then", "I", "1984"])
def test_words_that_are_no_headings_divide_nothing(line: str) -> None:
    assert len(split_chapters(f"A lamp burned.\n{line}\nThe sea rose.").chapters) == 1


def test_sections_of_markdown_stay_in_their_chapter() -> None:
    novel = split_chapters("# My Novel\n\n## One\n\na\n\n### Part\n\nb\n\n## Two\n\nc\n")
    assert [chapter.title for chapter in novel.chapters] == ["One", "Two"]
    assert novel.front_matter == "# My Novel"


def test_a_long_opening_is_a_chapter_and_a_title_page_is_not() -> None:
    opening = "The sea was black. " * 30
    assert len(split_chapters(f"{opening}\n\nChapter 1\n\na").chapters) == 2
    assert split_chapters("The Keeper\n\nChapter 1\n\na").front_matter == "The Keeper"


def test_a_text_without_headings_is_divided_at_ends_of_paragraphs() -> None:
    paragraphs = [f"{number} " + ("The sea was black. " * 100).strip() for number in range(20)]
    novel = split_chapters("\n\n".join(paragraphs))
    assert len(novel.chapters) > 2
    assert "\n\n".join(chapter.text for chapter in novel.chapters) == "\n\n".join(paragraphs)


def test_an_empty_text_has_no_chapters() -> None:
    assert split_chapters("\ufeff \n\n").chapters == ()


@given(st.lists(st.text(alphabet="ab 。.\n海", max_size=400), max_size=12), st.integers(30, 300))
def test_parts_are_never_longer_than_asked_and_lose_no_letter(paragraphs: list[str], max_tokens: int) -> None:
    text = "\n\n".join(paragraphs)
    parts = split_parts(text, max_tokens)
    assert all(estimate_tokens(part) <= max_tokens + 2 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
