from __future__ import annotations

import pytest

from tower_anime_assets.production.story.fountain import parse_fountain
from tower_anime_assets_tests.fuzz.fuzzing import assert_quick

SCRIPT = "\n\nINT. HALL - DAY\n\nAda eats."
ADDRESS = "someone@example.org\n+49 30 0000 000"


def entries(text: str) -> dict[str, str]:
    """Return the title page, after asserting that the script holds nothing of it."""
    script = parse_fountain(text + SCRIPT)
    assert [element.text for element in script.elements] == ["INT. HALL - DAY", "Ada eats."]
    return {entry.key: entry.value for entry in script.title_page}


@pytest.mark.parametrize(
    "text",
    [
        f"Title: A Feast\nContact:\n{ADDRESS}",
        "Title: A Feast\nContact:\n someone@example.org\n +49 30 0000 000",
        "Title: A Feast\nContact:\n    someone@example.org\n\t+49 30 0000 000",
        "    Title: A Feast\n    Contact:\n        someone@example.org\n        +49 30 0000 000",
        "  Title: A Feast\n  Contact:\n  someone@example.org\n  +49 30 0000 000",
        f"\n\nTitle : A Feast\nContact :\n{ADDRESS}",
        f"TITLE: A Feast\n\nCONTACT:\n{ADDRESS}",
        f"**Title:** A Feast\n**Contact:**\n{ADDRESS}",
        f"Titel: A Feast\nKontakt:\n{ADDRESS}",
        f"Titre : A Feast\nContact :\n{ADDRESS}",
        f"Título: A Feast\nContacto:\n{ADDRESS}",
        f"Titolo: A Feast\nContatto:\n{ADDRESS}",
        f"Название: A Feast\nКонтакт:\n{ADDRESS}",
        f"タイトル：A Feast\n連絡先：\n{ADDRESS}",
        f"标题：A Feast\n联系方式：\n{ADDRESS}",
        f"제목: A Feast\n연락처:\n{ADDRESS}",
        '---\ntitle: "A Feast"\ncontact:\n  - someone@example.org\n  - +49 30 0000 000\n---',
        "---\ntitle: A Feast\n\n# where to write\ncontact: |\n  someone@example.org\n  +49 30 0000 000\n...",
        f"---\nTitle: A Feast\nContact:\n{ADDRESS}",
        f"Title: A Feast\n\n{ADDRESS}",
    ],
)
def test_a_title_page_is_metadata_however_it_is_written(text: str) -> None:
    page = {key.lower(): value for key, value in entries(text).items()}
    assert page == {"title": "A Feast", "contact": ADDRESS}


@pytest.mark.parametrize(
    "by", ["Author: Ada", "Autor: Ada", "Drehbuch: Ada", "Auteur : Ada", "作者：Ada", "Written by: Ada"]
)
def test_the_author_is_found_in_other_languages_and_first(by: str) -> None:
    page = entries(f"{by}\nTitle: A Feast")
    assert page["Title"] == "A Feast"
    assert page.get("Author", page.get("Written by")) == "Ada"


def test_any_key_may_stand_among_known_ones() -> None:
    page = entries("Title: A Feast\nMood board: https://example.org/a:b\nhttps://example.org/c\nShot on: film")
    assert page == {
        "Title": "A Feast",
        "Mood board": "https://example.org/a:b\nhttps://example.org/c",
        "Shot on": "film",
    }
    assert entries("Mood board: blue\nAuthor: Ada") == {"Mood board": "blue", "Author": "Ada"}


def test_a_value_without_indent_may_hold_a_colon() -> None:
    assert entries("Title:\nTHE LAST DAY: PART ONE\nAuthor: Ada") == {
        "Title": "THE LAST DAY: PART ONE",
        "Author": "Ada",
    }


def test_the_script_may_follow_without_an_empty_line() -> None:
    script = parse_fountain("Title: X\nINT. HALL - DAY\n\nAda eats.")
    assert [entry.value for entry in script.title_page] == ["X"]
    assert [element.text for element in script.elements] == ["INT. HALL - DAY", "Ada eats."]
    faded = parse_fountain("Title: X\nFADE IN:\n\nINT. HALL - DAY")
    assert [element.text for element in faded.elements] == ["FADE IN:", "INT. HALL - DAY"]


@pytest.mark.parametrize(
    "text",
    [
        "THE FEAST\n\nby\n\nAda Lund",
        "THE\nFEAST\n\nWritten by\nAda Lund",
        "**THE FEAST**\n\nAn original screenplay by Ada Lund",
        "        THE FEAST\n\n        by\n\n        Ada Lund\n\n    Draft 3, 1 May 2030\n    ada@example.org",
    ],
)
def test_a_title_page_without_keys_is_a_title_by_and_a_name(text: str) -> None:
    script = parse_fountain(text + SCRIPT)
    page = {entry.key: entry.value.replace("*", "") for entry in script.title_page}
    assert (page["Title"], page["Author"]) == ("THE FEAST", "Ada Lund")
    assert all(entry.is_guessed for entry in script.title_page)
    assert [element.text for element in script.elements] == ["INT. HALL - DAY", "Ada eats."]


@pytest.mark.parametrize(
    "text",
    [
        "FADE IN:",
        "INT. X - DAY",
        "EXT: X - DAY",
        "She reads the label:\nPoison.",
        "Rain.\n\nShe walks by.",
        "A room\n\nby the sea\n\nDarkness",
        "Tokyo, 2087: rain.",
        "---",
        "ADA\nTitle: none.",
        "!Title: none",
        ".TITLE: NONE",
        "> TITLE <",
        "SUPER: Title",
        "Darkness.\n\nCall +49 30 0000 000 now, or never.",
        "10:30",
    ],
)
def test_what_only_resembles_a_title_page_is_none(text: str) -> None:
    assert parse_fountain(text + SCRIPT).title_page == ()


@pytest.mark.parametrize(
    "text",
    [
        "Title: X\n" + "a@example.org\n" * 10_000,
        "".join(f"Key {number}: v\n" for number in range(10_000)),
        "Title: X\n\n" + "a@example.org\n\n" * 5_000,
        "---\n" + "a: b\n" * 10_000,
        "X" + " " * 30_000 + ": y",
    ],
    ids=["long value", "unknown keys", "addresses", "front matter that never ends", "long key"],
)
def test_no_title_page_takes_long(text: str) -> None:
    assert_quick(parse_fountain, text + SCRIPT)
