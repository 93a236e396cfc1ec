"""Speeches that are not written as Fountain has them, and capitals that are no cues."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, StoryWarning
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.model import Action, Character, Episode, Project, Voice
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers


def member(character_id: str, name: str) -> Character:
    return Character(character_id, name, "", derive_appearance(name, ""), Voice())


CAST = (member("ada", "Ada Lund"), member("ben", "Ben"), member("taro", "太郎"), member("note", "Note"))
PROJECT = Project("x", "X", CAST)


def read(text: str) -> tuple[Episode, tuple[Fault, ...]]:
    return draft_episode(PROJECT, "e01", f"INT. LAB - NIGHT\n\n{text}", "x/e01.fountain", "0" * 64)


def beats(text: str) -> list[tuple[str, str]]:
    """Return (speaker or "", words) of a script without faults."""
    episode, faults = read(text)
    assert faults == ()
    return [
        ("" if isinstance(beat, Action) else getattr(beat, "character", "?"), beat.text)
        for scene in episode.scenes
        for beat in scene.beats
        if hasattr(beat, "text")
    ]


def warnings(text: str) -> list[StoryWarning]:
    return [warning for warning in read(text)[0].warnings if not warning.is_note]


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("ADA: Hello there.", [("ada", "Hello there.")]),
        ("ADA LUND: Hello there.\nBEN: Hi.", [("ada", "Hello there."), ("ben", "Hi.")]),
        ("ADA: Hello\nthere.\nBEN: Hi.", [("ada", "Hello there."), ("ben", "Hi.")]),
        ("Rain.\nADA: Hello.", [("", "Rain."), ("ada", "Hello.")]),
        ("ADA: HELLO!", [("ada", "HELLO!")]),
        ("ADA: HELLO!\nBEN: NO!", [("ada", "HELLO!"), ("ben", "NO!")]),
        ("ADA (V.O.): Hello.", [("ada", "Hello.")]),
        ("*ADA:* Hello.", [("ada", "Hello.")]),
        ("太郎：逃げろ！", [("taro", "逃げろ！")]),
        ("太郎「逃げろ！」", [("taro", "逃げろ！")]),
        ("太郎（小声で）「逃げろ！」", [("taro", "逃げろ！")]),
        ("太郎\n「逃げろ！」", [("taro", "逃げろ！")]),
        ("太郎\n逃げろ！", [("taro", "逃げろ！")]),
    ],
)
def test_a_name_before_the_words_is_a_cue(text: str, understood: list[tuple[str, str]]) -> None:
    assert beats(text) == understood
    assert warnings(text) == []


@pytest.mark.parametrize("text", ["Ada Lund: Hello.", "Ben: Hello.", "Ben\nHello."])
def test_a_name_in_small_letters_before_the_words_is_a_cue_with_a_warning(text: str) -> None:
    assert [words for _, words in beats(text)] == ["Hello."]
    (warning,) = warnings(text)
    assert (warning.line, warning.instead) == (3, "taken as a speech")
    assert [speaker for speaker, _ in beats(f"!{text}")] == [""]  # the remedy, followed
    assert warnings(f"!{text}") == []


@pytest.mark.parametrize(
    "text",
    [
        "NOTE: the door is open.",
        "ON SCREEN: a map.",
        "He reads: nothing.",
        "It is 10:30 now.",
        "The sign says: ADA: gone.",
        "!ADA: Hello.",
        "ada: hello.",
    ],
)
def test_other_lines_with_a_colon_are_action(text: str) -> None:
    assert beats(text) == [("", text.removeprefix("!"))]
    assert warnings(text) == []


def test_a_short_line_above_words_without_capitals_is_somebody_who_may_speak_only_once() -> None:
    episode, faults = read("雨が降っている。花子が本を閉じる。\n\n花子\n閉館時間です。")
    (fault,) = faults
    assert "花子" in fault.problem
    assert "taken as a speech" in [warning.instead for warning in episode.warnings]
    assert beats("雨が降っている。\n風も強い。") == [("", "雨が降っている。\n風も強い。")]


def test_a_label_of_somebody_who_speaks_only_once_is_action_with_a_warning() -> None:
    assert beats("ZOLTAN: Hello.") == [("", "ZOLTAN: Hello.")]
    (warning,) = warnings("ZOLTAN: Hello.")
    assert "taken as action" in warning.instead


@pytest.mark.parametrize(
    "text",
    [
        "ZOLTAN: Hello.\n\nVERA: Hi.\n\nZOLTAN: Bye.\n\nVERA: Bye.",
        "ZOLTAN: Hello.\n\nVERA (V.O.): Hi.\n\nZoltan: Bye.\n\nVera: Bye.",
        "Zoltan: Hello.\n\nVera: Hi.\n\nZoltan: Bye.\n\nVera: Bye.",
        "花子「はい」\n\n次郎「いいえ」\n\n花子「はい」\n\n次郎「いいえ」",
        "花子：はい\n\n次郎：いいえ\n\n花子：はい\n\n次郎：いいえ",
        "花子\n「はい」\n\n次郎\n「いいえ」\n\n花子\n「はい」\n\n次郎\n「いいえ」",
        "花子\nはい\n\n次郎\nいいえ\n\n花子\nはい\n\n次郎\nいいえ",
        "أمل\nنعم\n\nليلى\nلا\n\nأمل\nنعم\n\nليلى\nلا",
    ],
)
def test_a_script_that_is_written_so_throughout_has_speakers_without_files(text: str) -> None:
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", f"INT. LAB - NIGHT\n\n{text}")
    assert [speaker.cue_count for speaker in unlisted] == [2, 2]


@pytest.mark.parametrize(
    "text",
    [
        "BANG!\nThe door flies open.",
        "THE DOOR EXPLODES IN A FIREBALL.\nEverybody runs.",
        "CLOSE ON THE KEY\nIt turns.",
        "A MAN IN A LONG BLACK COAT WITH A HAT\nstands there.",
        "OMITTED\nAda sleeps.",
        "CU - THE KEY\nIt turns.",
        "KITCHEN - THE STOVE\nIt burns.",
        "AT THE FAR WALL\nRats run.",
        "THE DOOR OPENS -\nSmoke.",
    ],
)
def test_capitals_that_can_hardly_be_a_name_are_action_with_a_warning(text: str) -> None:
    assert beats(text) == [("", text)]
    (warning,) = warnings(text)
    assert (warning.line, warning.instead) == (3, "taken as action, with the lines below it")
    assert warnings(f"!{text}") == []  # one remedy, followed
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", f"INT. LAB - NIGHT\n\n@{text}")
    assert len(unlisted) == 1  # and the other


def test_an_unlikely_name_that_speaks_again_is_one() -> None:
    cue = "MAN IN THE LONG BLACK COAT WITH A HAT\nYes."
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", f"INT. LAB - NIGHT\n\n{cue}\n\n{cue}")
    assert [speaker.cue_count for speaker in unlisted] == [2]


def test_a_transition_without_an_empty_line_below_it_is_one() -> None:
    episode, faults = draft_episode(
        PROJECT, "e01", "FADE IN:\nINT. LAB - DAY\n\nRain.\n\nCUT TO:\nEXT. ROAD - NIGHT\n\nSnow.", "e01", ""
    )
    assert faults == ()
    assert [(scene.place, scene.time_of_day) for scene in episode.scenes] == [("LAB", "day"), ("ROAD", "night")]


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("ADA\nHello.\nBEN\n(low)\nHi.", [("ada", "Hello."), ("ben", "Hi.")]),
        ("Rain.\nADA\nHello.\nBEN (V.O.)\nHi.", [("", "Rain."), ("ada", "Hello."), ("ben", "Hi.")]),
        ("ADA\nI said\nNO\nand meant it.", [("ada", "I said NO and meant it.")]),
        ("ADA\nHello,\nBEN!\nHi.", [("ada", "Hello, BEN! Hi.")]),
    ],
)
def test_a_name_without_an_empty_line_above_it_is_a_cue(text: str, understood: list[tuple[str, str]]) -> None:
    assert beats(text) == understood
    assert len(warnings(text)) == (understood[-1][0] == "ben")


def test_a_script_without_empty_lines_has_all_its_speakers() -> None:
    text = "VERA\nYes.\nZOLTAN\nNo.\nVERA\nYes.\nZOLTAN\nNo."
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", f"INT. LAB - NIGHT\n\n{text}")
    assert [(speaker.name, speaker.cue_count) for speaker in unlisted] == [("VERA", 2), ("ZOLTAN", 2)]


def test_a_script_with_empty_lines_everywhere_has_all_its_speakers() -> None:
    text = "Rain.\n\nADA\n\nYes.\n\nBEN\n\n(low)\n\nNo.\n\nADA (V.O.)\n\nHm.\n\nBEN\n\nHa.\n\nTHUNDER\n\nSnow."
    assert beats(text) == [
        ("", "Rain."), ("ada", "Yes."), ("ben", "No."), ("ada", "Hm."), ("ben", "Ha."), ("", "THUNDER"), ("", "Snow."),
    ]  # fmt: skip
    (warning,) = warnings(text)
    assert warning.line == 5
    assert [speaker for speaker, _ in beats(f"{text}\n\nBEN\nHa.\n\nADA\nAs it should be.")][:2] == ["", ""]


def test_a_list_of_who_is_who_above_the_first_heading_is_not_spoken() -> None:
    text = "ADA: 34, a pilot.\nBEN: her brother.\n\nINT. LAB - DAY\n\nADA\nYes.\n\nBEN: No."
    episode, _ = draft_episode(PROJECT, "e01", text, "e01", "")
    assert [line.text for scene in episode.scenes for line in scene.speeches] == ["Yes.", "No."]


def test_a_printed_play_has_its_speakers() -> None:
    text = (
        "NORA. Hide the tree carefully.\nBe sure of it.\n\nPORTER. Sixpence.\n\n"
        "NORA (laughing). There is a shilling.\n\nMRS. LINNE. How do you do, Nora?\n\n"
        "PORTER. I thank you.\n\nMRS. LINNE. You do not know me.\n\n"
        "DARKNESS. Then light."
    )
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", f"INT. LAB - NIGHT\n\n{text}")
    assert [(speaker.name, speaker.cue_count) for speaker in unlisted] == [
        ("NORA", 2),
        ("PORTER", 2),
        ("MRS. LINNE", 2),
    ]


def test_stars_in_the_margin_are_not_read() -> None:
    assert beats("Rain falls.          *\n\nADA                  *\nHello.      **") == [
        ("", "Rain falls."),
        ("ada", "Hello."),
    ]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    "line", ["ADA: Hello.\n", "ADA: Hello.\n\n", "BANG!\nBoom.\n\n", "太郎「はい」\n", "x" * 50 + ":", "(" * 40 + "\n"]
)
def test_reading_lines_takes_time_in_proportion(line: str) -> None:
    started = time.process_time()
    read(line * 1500)
    assert time.process_time() - started < 2.0
