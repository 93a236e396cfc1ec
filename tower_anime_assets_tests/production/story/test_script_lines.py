"""Lines about the film: text on the screen, montages, flashbacks, intercuts and lists of shots."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.story.model import Action, Card, Episode
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers
from tower_anime_assets_tests.production.story.test_cue_lines import PROJECT


def read(text: str) -> Episode:
    episode, faults = draft_episode(PROJECT, "e01", f"INT. ATTIC - NIGHT\n\n{text}", "e01", "")
    assert faults == ()
    return episode


def shown(episode: Episode) -> list[list[str]]:
    """Return the action of each scene, cards in angle brackets."""
    return [
        [
            f"<{beat.text}>" if isinstance(beat, Card) else beat.text
            for beat in scene.beats
            if isinstance(beat, Card | Action)
        ]
        for scene in episode.scenes
    ]


def told(episode: Episode, line: int) -> str:
    (one,) = [f"{warning.problem}: {warning.instead}" for warning in episode.warnings if warning.line == line]
    return one


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('SUPER: "Six months later"', "Six months later"),
        ("SUPER: Paris, 1942", "Paris, 1942"),
        ("SUPERIMPOSE: BERLIN, 1946", "BERLIN, 1946"),
        ("*TITLE CARD: The Next Day*", "The Next Day"),
        ("TITLE OVER BLACK: THE WELL", None),
        ("CHYRON - MAYOR LUND", "MAYOR LUND"),
        ("(CAPTION: Winter.)", "Winter."),
        ('ON SCREEN: "LAST TRAIN LEFT".', "LAST TRAIN LEFT"),
        ('Text message: "where are you"', "where are you"),
        ("EINBLENDUNG: Drei Jahre später", "Drei Jahre später"),
        ("CARTON : « Trois ans plus tard »", "Trois ans plus tard"),
        ("RÓTULO: Tres años después", "Tres años después"),
        ("SOVRIMPRESSIONE: Tre anni dopo", "Tre anni dopo"),
        ("ТИТР: Три года спустя", "Три года спустя"),
        ("テロップ：「三年後」", "三年後"),
        ("字幕：三年后", "三年后"),
        ("자막: 3년 후", "3년 후"),
    ],
)
def test_text_on_the_screen_is_shown_as_a_card(line: str, text: str | None) -> None:
    episode = read(f"Ada waits.\n\n{line}\n\nAda runs.")
    if text is None:
        assert shown(episode) == [["Ada waits.", line, "Ada runs."]]
        return
    assert shown(episode) == [["Ada waits.", f"<{text}>", "Ada runs."]]
    assert "it is shown as a card" in told(episode, 5)
    forced = read(f"Ada waits.\n\n!{line}\n\nAda runs.")  # the remedy, followed
    assert shown(forced)[0][1] == line.strip("*")
    assert not [warning for warning in forced.warnings if warning.line == 5]


def test_text_on_the_screen_within_a_paragraph_is_a_card_between_its_sentences() -> None:
    episode = read('Ada waits. ON SCREEN: "HELLO". She reads.\nSUPER: "Later." Snow.')
    assert shown(episode) == [["Ada waits.", "<HELLO>", "She reads.", "<Later.>", "Snow."]]
    assert [warning.line for warning in episode.warnings] == [3, 4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SUPER: Paris, 1942\nRain falls.", ["<Paris, 1942>", "Rain falls."]),
        ('SUPER: "Berlin,\n1946"', ["<Berlin, 1946>"]),
        ('SUPER: "Berlin" in gold.', ["<Berlin>", "in gold."]),
    ],
)
def test_text_on_the_screen_ends_with_its_line_or_its_quote(text: str, expected: list[str]) -> None:
    assert shown(read(f"Ada waits.\n\n{text}")) == [["Ada waits.", *expected]]


@pytest.mark.parametrize(
    "line", ["ON SCREEN: a map.", "Title in hand, Ada waits.", "A CARD lies there.", "TEXT is everywhere."]
)
def test_a_thing_of_that_name_is_action(line: str) -> None:
    assert shown(read(line)) == [[line]]


def test_a_title_without_text_is_told() -> None:
    episode = read("Ada waits.\n\nMAIN TITLES")
    assert shown(episode) == [["Ada waits."]]
    assert "nothing is shown of it" in told(episode, 5)


@pytest.mark.parametrize(
    ("begin", "end", "heading"),
    [
        ("MONTAGE - THE CITY WAKES", "END MONTAGE", "THE CITY WAKES"),
        ("SERIES OF SHOTS: THE HARBOUR", "END SERIES OF SHOTS", "THE HARBOUR"),
        ("FLASHBACK - THE GARDEN", "END OF FLASHBACK", "THE GARDEN"),
        ("BEGIN DREAM SEQUENCE: A DESERT", "END DREAM SEQUENCE", "A DESERT"),
        ("RÜCKBLENDE - DER GARTEN", "ENDE DER RÜCKBLENDE", "DER GARTEN"),
        ("FLASHBACK - LE JARDIN", "FIN DU FLASHBACK", "LE JARDIN"),
        ("МОНТАЖ - ГОРОД", "КОНЕЦ МОНТАЖ", "ГОРОД"),
        ("回想：庭", "回想終わり", "庭"),
    ],
)
def test_a_sequence_with_a_place_is_a_scene_of_its_own_and_the_script_comes_back(
    begin: str, end: str, heading: str
) -> None:
    episode = read(f"Ada waits.\n\n{begin}\n\nTrams.\n\n{end}\n\nAda runs.")
    assert shown(episode) == [["Ada waits."], ["Trams."], ["Ada runs."]]
    assert [scene.place for scene in episode.scenes] == ["ATTIC", heading, "ATTIC"]
    assert "begins a scene" in told(episode, 5)
    assert "a scene begins at 'INT. ATTIC - NIGHT' again" in told(episode, 9)


def test_a_sequence_with_a_heading_has_that_heading() -> None:
    episode = read("Ada waits.\n\nFLASHBACK - EXT. GARDEN - DAY\n\nTrams.\n\nBACK TO PRESENT\n\nAda runs.")
    assert [(scene.place, scene.time_of_day, scene.interior) for scene in episode.scenes] == [
        ("ATTIC", "night", True), ("GARDEN", "day", False), ("ATTIC", "night", True),
    ]  # fmt: skip


def test_a_sequence_without_a_place_stays_in_the_scene_and_its_list_is_one_shot_each() -> None:
    episode = read("Ada waits.\n\nSERIES OF SHOTS:\n\nA) Trams.\n\nB) A baker.\n\nMONTAGE:\n- Ada runs.\n- Ada falls.")
    assert shown(episode) == [["Ada waits.", "Trams.", "A baker.", "Ada runs.", "Ada falls."]]
    assert "stays in the scene's place" in told(episode, 5)
    assert "stays in the scene's place" in told(episode, 11)


def test_a_sequence_above_a_heading_and_ends_without_a_beginning_are_about_the_script() -> None:
    episode = read(
        "Ada waits.\n\nFLASHBACK:\n\nEXT. GARDEN - DAY\n\nAda runs.\n\nEND FLASHBACK\n\nINT. HALL - DAY\n\nRain."
    )
    assert shown(episode) == [["Ada waits."], ["Ada runs."], ["Rain."]]
    assert "it is not shown" in told(episode, 5)
    assert "it is not shown" in told(episode, 11)


@pytest.mark.parametrize(
    "line", ["LATER", "MOMENTS LATER", "THAT NIGHT", "SPÄTER", "PLUS TARD", "MÁS TARDE", "ПОЗЖЕ", "翌朝", "DAWN."]
)
def test_a_time_that_stands_alone_begins_a_scene_at_the_same_place(line: str) -> None:
    episode = read(f"Ada waits.\n\n{line}\n\nAda runs.")
    assert shown(episode) == [["Ada waits."], ["Ada runs."]]
    assert [scene.place for scene in episode.scenes] == ["ATTIC", "ATTIC"]
    assert "a scene begins" in told(episode, 5)
    assert shown(read(f"Ada waits.\n\n!{line}\n\nAda runs.")) == [["Ada waits.", line, "Ada runs."]]


@pytest.mark.parametrize(
    "line",
    ["INTERCUT - ADA'S KITCHEN / STORE", "INTERCUT WITH THE STREET", "INTERCUT PHONE CONVERSATION", "PARALLELMONTAGE"],
)
def test_an_intercut_is_not_made_and_told(line: str) -> None:
    episode = read(f"Ada waits.\n\n{line}\n\nAda runs.")
    assert shown(episode) == [["Ada waits.", "Ada runs."]]
    (warning,) = [one for one in episode.warnings if not one.is_note]
    assert "an intercut, which is not made" in warning.problem


def test_a_split_screen_and_a_sound_are_nobody_who_speaks() -> None:
    text = "INT. ATTIC - NIGHT\n\nSPLIT SCREEN: Ada and Ben.\n\nSFX: A door slams.\n\nSFX: Rain.\n\nMUSIC: Drums."
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", text)
    assert unlisted == []
    episode, _ = draft_episode(PROJECT, "e01", text, "e01", "")
    assert shown(episode) == [["Ada and Ben.", "A door slams.", "Rain.", "Drums."]]
    assert "a split screen, which is not made" in told(episode, 3)
    assert "is a sound, and none is made of it" in told(episode, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LATER\nAda sleeps.", [[], ["Ada sleeps."]]),
        ("BACK TO SCENE\nAda sleeps.", [["Ada sleeps."]]),
        ("SUPER: PARIS\nRain falls.", [["<PARIS>", "Rain falls."]]),
        ("MONTAGE:\nTrams.\nBread.", [["Trams.\nBread."]]),
    ],
)
def test_words_directly_below_such_a_line_are_action_and_not_spoken(text: str, expected: list[list[str]]) -> None:
    assert shown(read(text)) == expected


def test_a_character_of_that_name_speaks() -> None:
    text = "INT. ATTIC - NIGHT\n\n@DAWN\nHello.\n\n@MUSIC\nHello."
    _, unlisted = find_unlisted_speakers(PROJECT, "e01", text)
    assert [speaker.name for speaker in unlisted] == ["DAWN", "MUSIC"]
