from __future__ import annotations

import pytest

from tower_anime_assets.production.planning.written_words import names_writing


@pytest.mark.parametrize(
    "words",
    [
        "a neon sign over the door",
        "two LETTERS on a desk",
        "a shop",
        "rainy street",
        'a door marked "exit"',
        "「出口」",
    ],
)
def test_things_with_letters_on_them_are_known(words: str) -> None:
    assert names_writing(words)


@pytest.mark.parametrize(
    "words", ["a girl in a red coat on a beach", "close-up of an old man", "signature look, designs of clouds", ""]
)
def test_other_things_have_no_letters(words: str) -> None:
    assert not names_writing(words)
