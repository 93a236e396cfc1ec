"""Secrets and terminal escapes in texts, however they are written."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets import safe_text
from tower_anime_assets.environment import secret_values

pytestmark = pytest.mark.chaos

CANARY = "c4nary/of a%zz@mine"


@given(st.text())
def test_what_is_shown_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = safe_text.visible(text)
    assert not [one for one in shown if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\t"]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert safe_text.visible(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]52;c;aGk=\x07", "\\x1b[2J\\x1b]52;c;aGk=\\x07"),
        ("all good\rfailed", "all good\\x0dfailed"),
        ("one\r\ntwo\tthree\n", "one\ntwo\tthree\n"),
        ("\x9b31m\x7f", "\\u009b31m\\u007f"),
        ("gnp.\u202ecod", "gnp.\\u202ecod"),
        ("ルナ, naïve, 👩‍🚀, ไทย", "ルナ, naïve, 👩‍🚀, ไทย"),
    ],
)
def test_escapes_are_shown_and_letters_stay(text: str, shown: str) -> None:
    assert safe_text.visible(text) == shown


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_for_a_terminal_means_the_same(value: object) -> None:
    text = safe_text.as_json(value)
    assert safe_text.visible(text) == text
    assert json.loads(text) == value


@pytest.mark.parametrize("spelling", [CANARY, quote(CANARY, safe=""), json.dumps(CANARY), repr(CANARY)])
def test_a_secret_is_hidden_in_every_spelling(spelling: str) -> None:
    hidden = safe_text.hide_secrets(f"refused {spelling} of yours", safe_text.spellings(CANARY))
    assert "c4nary" not in hidden
    assert hidden.endswith("of yours")


@pytest.mark.parametrize(
    "text",
    [
        "connection to postgresql://tower:c4nary@db:5432/tower failed",
        "host=db password=c4nary dbname=tower",
        "host=db password='c4nary of mine'",
        "sent {'Authorization': 'Bearer c4nary'}",
        "http://u:c4nary@comfy:8188/prompt",
    ],
)
def test_what_stands_where_a_secret_does_is_hidden_unknown(text: str) -> None:
    assert "c4nary" not in safe_text.hide_secrets(text, ())


def test_the_form_of_an_address_is_still_told() -> None:
    told = "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    assert safe_text.hide_secrets(told, ()) == told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:c4nary%zz1@h/d",
        "postgresql://u:c4n@ry/of:mine@h/d",
        "postgresql://h/d?user=u&password=c4nary1",
        "host=h password=c4nary1",
        "c4nary1",
    ],
)
def test_the_password_of_a_url_is_known_also_where_it_cannot_be_parsed(url: str) -> None:
    (password,) = [part for part in ("c4nary%zz1", "c4n@ry/of:mine", "c4nary1") if part in url][:1]
    secrets = secret_values({"TOWER_DATABASE_URL": url})
    assert safe_text.hide_secrets(f"<{password}>", secrets) == "<***>"


def test_the_tokens_in_addresses_of_messages_are_known() -> None:
    secrets = secret_values(
        {"TOWER_NOTIFY": "mailto://me:hunter22@example.com slack://T1234567A/B1234567B/xyz12345678"}
    )
    hidden = safe_text.hide_secrets("hunter22 T1234567A B1234567B xyz12345678 example.com", secrets)
    assert hidden == "*** *** *** *** example.com"


def test_a_password_that_is_an_ordinary_word_spoils_no_message() -> None:
    secrets = secret_values({"TOWER_DATABASE_URL": "postgresql://postgres:postgres@h/d", "COMFYUI_TOKEN": "abc"})
    assert safe_text.hide_secrets("postgresql does not answer; abc", secrets) == "postgresql does not answer; abc"


def test_the_texts_of_a_whole_chain_of_errors_are_cleaned() -> None:
    def fail() -> None:
        try:
            raise OSError("first c4nary")
        except OSError as error:
            error.add_note("noted c4nary")
            raise ValueError("then c4nary") from error

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is what is tested
        fail()
    cleaned = safe_text.clean_chain(caught.value, lambda text: text.replace("c4nary", "***"))
    assert cleaned is not None
    assert (str(cleaned), str(cleaned.__cause__)) == ("then ***", "first ***")
    assert cleaned.__cause__ is not None
    assert cleaned.__cause__.__notes__ == ["noted ***"]
