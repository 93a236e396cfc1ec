"""Who speaks, and what is said of those who cannot be found."""

from __future__ import annotations

import time

import pytest

from tower_anime_assets.errors import Fault, StoryWarning
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.model import Action, Character, Episode, Project, Voice
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets.production.story.speakers import MAX_UNKNOWN_NAMES


def member(character_id: str, name: str) -> Character:
    return Character(character_id, name, "", derive_appearance(name, ""), Voice())


CAST = (
    member("ada", "Ada Lund"),
    member("ben", "Ben Okafor"),
    member("mei", "Mei Lund"),
    member("elodie", "Élodie"),
    member("ivan", "ИВАН"),
    member("taro", "山田 太郎"),
    member("mccabe", "Mrs. McCabe"),
    member("gross", "Otto Groß"),
)


def read(text: str, cast: tuple[Character, ...] = CAST) -> tuple[Episode, tuple[Fault, ...]]:
    return draft_episode(Project("x", "X", cast), "e01", f"INT. LAB - NIGHT\n\n{text}", "x/e01.fountain", "0" * 64)


def spoken(text: str) -> list[tuple[str, str, bool]]:
    """Return (speaker, text, whether at once with the speech before) of a script without faults."""
    episode, faults = read(text)
    assert faults == ()
    return [(line.character, line.text, line.dual) for scene in episode.scenes for line in scene.speeches]


def warnings(text: str) -> list[StoryWarning]:
    episode, faults = read(text)
    assert faults == ()
    return [warning for warning in episode.warnings if not warning.is_note]


@pytest.mark.parametrize(
    ("cue", "speaker"),
    [
        ("ADA:", "ada"),
        ("ADA：", "ada"),
        ("ADA\u200b", "ada"),
        ("\u200eADA\u200f", "ada"),
        ("ADA\u00a0LUND", "ada"),
        ("ＡＤＡ", "ada"),
        ("ADA（声）", "ada"),
        ("ADA (V.O.", "ada"),
        ("ADA V.O.", "ada"),
        ("ADA CONT'D", "ada"),
        ("ADA - CONT’D", "ada"),
        ("ADA                    *", "ada"),
        ("ADA'S VOICE", "ada"),
        ("ADA's VOICE", "ada"),
        ("McCABE", "mccabe"),
        ("MRS. McCABE", "mccabe"),
        ("OTTO GROß", "gross"),
        ("OTTO GROẞ", "gross"),
        ("VOICE OF ADA", "ada"),
        ("ÉLODIE", "elodie"),
        ("ELODIE", "elodie"),
        ("ИВАН", "ivan"),
        ("@Иван", "ivan"),
        ("@太郎", "taro"),
        ("@ada", "ada"),
    ],
)
def test_a_cue_is_known_however_it_is_written(cue: str, speaker: str) -> None:
    assert spoken(f"{cue}\nYes.") == [(speaker, "Yes.", False)]


@pytest.mark.parametrize("cue", ["ADA V.O.", "ADA, O.S.", "ADA'S VOICE", "VOICE OF ADA", "ADA (V.O."])
def test_a_voice_without_brackets_is_heard_and_not_seen(cue: str) -> None:
    episode, _ = read(f"{cue}\nYes.")
    assert episode.scenes[0].speeches[0].is_off_screen


def test_a_narrator_is_heard_and_not_seen_unless_the_script_says_so() -> None:
    cast = (*CAST, member("narrator", "Narrator"))
    episode, _ = read("NARRATOR\nOnce.\n\nNARRATOR (ON SCREEN)\nTwice.", cast)
    assert [line.is_off_screen for line in episode.scenes[0].speeches] == [True, False]
    assert [warning.is_note for warning in episode.warnings] == [True]


def test_speakers_without_files_are_one_fault_that_names_them_and_the_command() -> None:
    _, (fault,) = read("ZOLTAN\nYes.\n\nADA\nNo.\n\nGUARD #2\nStop.\n\nZOLTAN\nWhy?\n\nGUARD 2\nStop.")
    assert fault.line == 3
    assert "'ZOLTAN' (line 3, 2 cues), 'GUARD #2' (line 9, 2 cues)" in fault.problem
    assert "`tower cast x-e01`" in fault.remedy


def test_a_name_that_is_nearly_known_comes_with_the_nearest() -> None:
    _, (fault,) = read("BEN OKAFUR\nYes.")
    assert "'BEN OKAFUR' speaks" in fault.problem
    assert "Did you mean Ben Okafor" in fault.remedy


def test_a_number_or_a_word_more_is_no_slip_of_the_pen() -> None:
    cast = (member("guard_1", "Guard #1"), member("adaline", "Adaline"))
    _, (fault,) = read("GUARD #2\nStop.\n\nYOUNG ADALINE\nYes.", cast)
    assert "Did you mean" not in fault.remedy


def test_very_many_unknown_names_are_summed_up() -> None:
    _, (fault,) = read("\n\n".join(f"NOBODY {number}\nYes." for number in range(MAX_UNKNOWN_NAMES + 50)))
    assert "250 speakers" in fault.problem
    assert "and 50 more" in fault.problem


def test_a_name_that_two_have_is_a_fault_that_names_both() -> None:
    _, (fault,) = read("LUND\nYes.")
    assert (fault.line, fault.problem) == (3, "'LUND' may be Ada Lund or Mei Lund")


@pytest.mark.parametrize(
    "text",
    [
        "ZOLTAN\nYes.\n\nADA ^\nNo.",
        "ZOLTAN\nYes.\n\nADA\nNo.\n\nBOTH\nHm.",
        "ZOLTAN\nYes.\n\nVERA\nNo.\n\nBOTH\nHm.\n\nALL\nHm.",
        "ADA\nYes.\n\nZOLTAN ^\nNo.",
        "ZOLTAN",
        "ADA & ZOLTAN\nYes.",
    ],
)
def test_one_cause_gives_one_fault(text: str) -> None:
    episode, faults = read(text if text != "ZOLTAN" else "ZOLTAN\nYes.")
    (fault,) = faults
    assert "ZOLTAN" in fault.problem
    assert [warning for warning in episode.warnings if not warning.is_note] == []


def test_a_group_of_unknown_people_is_named_one_by_one() -> None:
    _, (fault,) = read("ROSENCRANTZ AND GUILDENSTERN\nMy lord.\n\nAGENT 1 & 2\nStop.\n\nMARTIN KING, JR.\nNo.")
    names = ("'ROSENCRANTZ'", "'GUILDENSTERN'", "'AGENT 1'", "'AGENT 2'", "'MARTIN KING, JR.'")
    assert all(name in fault.problem for name in names)
    assert "5 speakers" in fault.problem


def test_nobody_speaks_over_themself() -> None:
    text = "ADA\nOne.\n\nBEN ^\nTwo.\n\nADA ^\nThree."
    assert spoken(text) == [("ada", "One.", False), ("ben", "Two.", True), ("ada", "Three.", False)]
    (warning,) = warnings(text)
    assert (warning.line, "'ADA' has a ^" in warning.problem, warning.instead) == (9, True, "spoken after them")


def test_three_may_speak_at_once() -> None:
    text = "ADA\nOne.\n\nBEN ^\nTwo.\n\nMEI ^\nThree."
    assert [is_dual for _, _, is_dual in spoken(text)] == [False, True, True]
    assert warnings(text) == []


@pytest.mark.parametrize("before", ["", "Rain.\n\n", "BEN\nWell.\n\nBen sits down.\n\n"])
def test_a_mark_of_speaking_at_once_with_nobody_is_a_warning(before: str) -> None:
    text = f"{before}ADA ^\nYes."
    assert spoken(text)[-1] == ("ada", "Yes.", False)
    (warning,) = warnings(text)
    assert warning.problem == "'ADA' has a ^, but no speech stands directly before it"
    assert warnings(text.replace(" ^", "")) == []  # the remedy, followed


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("ADA\nOne.\n\nBEN\nTwo.\n\nMEI\nThree.\n\nBOTH\nFour.", ["ben", "mei"]),
        ("ADA\nOne.\n\nBEN\nTwo.\n\nALL\nThree.", ["ada", "ben"]),
        ("ADA & BEN\nOne.", ["ada", "ben"]),
        ("ADA AND BEN\nOne.", ["ada", "ben"]),
        ("ADA and BEN\nOne.", ["ada", "ben"]),
        ("ADA UND BEN\nOne.", ["ada", "ben"]),
        ("ADA, BEN + MEI\nOne.", ["ada", "ben", "mei"]),
        ("BEN\nOne.\n\nADA AND ALL\nTwo.", ["ada", "ben"]),
    ],
)
def test_a_group_speaks_at_once(text: str, speakers: list[str]) -> None:
    last = spoken(text)[-len(speakers) :]
    assert [speaker for speaker, _, _ in last] == speakers
    assert [is_dual for _, _, is_dual in last] == [False] + [True] * (len(speakers) - 1)
    assert warnings(text) == []


@pytest.mark.parametrize(
    ("text", "speakers", "where"),
    [
        ("ALL\nSurprise!\n\nADA\nOh!\n\nBEN\nHa!", ["ada", "ben"], "who are in this scene"),
        ("Ada and Ben wait.\n\nEVERYONE\nSurprise!", ["ada", "ben"], "who are in this scene"),
        ("ADA\nOne.\n\nBOTH\nTwo.\n\nBEN\nThree.", ["ada", "ben"], "who are in this scene"),
        ("ADA\nA.\n\nBEN\nB.\n\nEXT. ROAD - DAY\n\nALL\nGo!", ["ada", "ben"], "who are in the scene before"),
    ],
)
def test_a_group_that_has_not_spoken_is_looked_for_with_a_warning(text: str, speakers: list[str], where: str) -> None:
    group = [speaker for speaker, words, _ in spoken(text) if words in ("Surprise!", "Two.", "Go!")]
    assert group == speakers
    (warning,) = warnings(text)
    assert where in warning.instead
    assert "ADA LUND & BEN OKAFOR" in warning.remedy


def test_a_group_of_nobody_needs_a_file() -> None:
    _, (fault,) = read("ALL\nYes.")
    assert "'ALL' speaks" in fault.problem


def test_a_name_alone_is_action_with_a_warning_and_with_a_mark_without() -> None:
    episode, faults = read("ADA\n\nShe nods.")
    assert faults == ()
    assert episode.scenes[0].beats[0] == Action("ADA", 3)
    (warning,) = episode.warnings
    assert (warning.line, warning.instead) == (3, "taken as action")
    assert warnings("!ADA\n\nShe nods.") == []
    assert spoken("ADA\nShe nods.") == [("ada", "She nods.", False)]


def test_a_forced_name_without_words_is_action_with_a_warning() -> None:
    (warning,) = warnings("Rain.\n\n@Ada\n\nMore rain.")
    assert "says nothing" in warning.problem


def test_pages_that_a_speech_goes_over_leave_no_trace() -> None:
    episode, faults = read("ADA\nOne\n(MORE)\n\nADA (CONT'D)\ntwo.")
    assert faults == ()
    assert [(line.text, line.parenthetical, line.extension) for line in episode.scenes[0].speeches] == [
        ("One", "", ""),
        ("two.", "", ""),
    ]


@pytest.mark.parametrize(
    ("text", "remedy", "followed"),
    [
        ("BEN OKAFUR\nYes.", "correct the name", "BEN OKAFOR\nYes."),
        ("BOOM TOWN\nA dusty street.", "begin the line with !", "!BOOM TOWN\nA dusty street."),
        ("LUND\nYes.", "Write the full name.", "ADA LUND\nYes."),
        ("MEI LUND\nNo.\n\nLUND\nYes.", "Write the full name.", "MEI LUND\nNo.\n\nADA LUND\nYes."),
        ("Ada and Ben wait.\n\nALL\nHey!", "Name them: ADA LUND & BEN OKAFOR.", "ADA LUND & BEN OKAFOR\nHey!"),
        ("ADA\nA.\n\nADA ^\nB.", "Delete the ^.", "ADA\nA.\n\nADA\nB."),
        ("ADA\nA.\n\nRain.\n\nBEN ^\nB.", "or move the speech.", "ADA\nA.\n\nBEN ^\nB.\n\nRain."),
        ("@Ada\n\nRain.", "Write the words below the name", "@Ada\nYes.\n\nRain."),
        ("ADA\n\nYes.", "Delete the empty line below the name if it speaks", "ADA\nYes."),
        ("ZOLTAN: Hello.\n\nADA\nYes.", "Write the name on a line of its own above the words", "ADA\nHello."),
        ("ADA\nHi.\nBEN\nHo.", "Put an empty line above each name", "ADA\nHi.\n\nBEN\nHo."),
        ("ADA\nHi.\nBEN\nHo.", "begin the line with ! if it is action", "ADA\nHi.\n\n!BEN\nHo."),
        ("Ada\nHi.", "Begin the line with ! if it is action.", "!Ada\nHi."),
        ("BANG!\nSmoke.", "or with ! to say that it is action.", "!BANG!\nSmoke."),
        ("ADA\n\nA.\n\nBEN\n\nB.\n\nADA\n\nC.\n\nBEN\n\nD.", "Delete these lines.", "ADA\nA.\n\nBEN\nB."),
    ],
)
def test_a_remedy_that_is_followed_leaves_nothing_to_say(text: str, remedy: str, followed: str) -> None:
    episode, faults = read(text)
    remedies = [fault.remedy for fault in faults] + [warning.remedy for warning in episode.warnings]
    assert any(remedy in one for one in remedies), remedies
    episode, faults = read(followed)
    assert (faults, episode.warnings) == ((), ())


@pytest.mark.parametrize("cue", ["ADA", "NOBODY {n}", "BOTH", "ADA & BEN", "ADA ^"])
def test_reading_cues_takes_time_in_proportion(cue: str) -> None:
    text = "ADA\nYes.\n\nBEN\nNo.\n\n" + "".join(f"{cue.format(n=n)}\nYes.\n\n" for n in range(1500))
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 2.0
