"""What a model writes around and in its JSON is mended where it means one thing, and refused where it does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.engines.remote.director.answers import UnusableAnswerError
from tower_anime_assets.engines.remote.director.model_json import read_model_json, strip_thoughts


def mended(text: str) -> tuple[object, str]:
    """Return the value that was read, and what was mended."""
    read = read_model_json(text)
    return json.loads(read.text), "; ".join(read.mends)


@pytest.mark.parametrize(
    ("text", "value", "mend"),
    [
        ('{"a": 1}', {"a": 1}, ""),
        ('<think>so {"b": 2}?</think>{"a": 1}', {"a": 1}, ""),
        ('so {"b": 2}?</think>\n{"a": 1}', {"a": 1}, ""),
        ('<THINKING>x</THINKING> {"a": 1}', {"a": 1}, ""),
        ('```json\n{"a": 1}\n```', {"a": 1}, "the fence around the JSON was taken off"),
        ('~~~\n{"a": 1}\n~~~', {"a": 1}, "the fence around the JSON was taken off"),
        ('Here:\n```\n{"a": "``` no fence"}\n```\nDone', {"a": "``` no fence"}, "fence"),
        ('```json {"a": 1} ```', {"a": 1}, "the words around the JSON were left out"),
        ('A {plan} for you: {"a": 1} Isn\'t it {fine}?', {"a": 1}, "the words around the JSON were left out"),
        ('{"a": [1, 2,], }', {"a": [1, 2]}, "trailing commas were left out"),
        ('{"a": 1 // isn\'t it\n, /* b */ "c": "// no"}', {"a": 1, "c": "// no"}, "comments were left out"),
        ("{'a': 'say \"hi\"', 'b': 'it\\'s'}", {"a": 'say "hi"', "b": "it's"}, "single quotes became double ones"),
        ("{'a': True, 'b': None}", {"a": True, "b": None}, "True, False and None became true, false and null"),
        ('{a: "b"}', {"a": "b"}, "names of fields were put in quotes"),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}, "line breaks inside strings were escaped"),
        ('[{"a": 1}]', {"a": 1}, "the object was taken out of a list"),
        ('{"duration": "3.0", "x": "3"}', {"duration": 3.0, "x": "3"}, "duration was text, such as '3.0', and became"),
        ('{"duration_seconds": " 2 seconds "}', {"duration_seconds": 2.0}, "became a number"),
        ('{"shots": [{"shot_number": "2"}]}', {"shots": [{"shot_number": 2}]}, "became a number"),
        ('{"shot_number": 2.0}', {"shot_number": 2}, "became a whole number"),
        ('{"updated_confidence_scores": {"a": ".5x", "b": "0.5"}}', None, "became a number"),
    ],
)
def test_what_can_mean_one_thing_is_mended_and_told(text: str, value: object, mend: str) -> None:
    found, told = mended(text)
    assert value is None or found == value
    assert mend in told if mend else not told


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the answer is empty"),
        ("<think>hm", "only thoughts"),
        ('<think>{"a": 1}</think>', "only thoughts"),
        ("Certainly! A wide shot.", "no object in 'Certainly! A wide shot.'"),
        ('{"a": [1, 2', "ends in the middle"),
        ('```json\n{"a": [1, 2', "ends in the middle"),
        ('{"a": 1} {"a": 2}', "2 JSON objects"),
        ('```\n{"a": 1}\n```\nor\n```\n{"a": 2}\n```', "2 blocks of JSON"),
        ('{"a": say}', "'say' is not in quotes"),
        ("{'a': 'Luna's lab'}", "Invalid JSON"),
        ('{"a": "a "quoted" word"}', "Invalid JSON"),
        ('{"a": 1 "b": 2}', "Invalid JSON"),
        ("x" * 200_001, "Invalid JSON of 200,001 characters"),
    ],
)
def test_what_can_mean_two_things_is_refused(text: str, fault: str) -> None:
    with pytest.raises(UnusableAnswerError, match=fault):
        read_model_json(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5).map("x{}".format), json_values, min_size=1, max_size=3))
def test_sound_json_is_read_as_it_is_also_in_a_fence_and_in_talk(value: dict[str, object]) -> None:
    text = json.dumps(value)
    assert read_model_json(text).text == text
    assert mended(f"```json\n{text}\n```")[0] == value
    assert mended(f"Here it is: {text}\nThat's all.")[0] == value


@given(st.text(alphabet=" {}[]:,\"'\\/*`ab1\n<think>", max_size=60))
def test_any_text_is_strict_json_or_a_refusal(text: str) -> None:
    try:
        read = read_model_json(text)
    except UnusableAnswerError:
        return
    json.loads(read.text)


def test_thoughts_are_left_out_of_what_a_model_is_told_that_it_said() -> None:
    assert strip_thoughts("<think>a</think>b") == "b"
    assert strip_thoughts("b <think>a") == "b"
