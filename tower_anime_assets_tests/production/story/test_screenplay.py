from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, StoryError, StoryWarning
from tower_anime_assets.production.story.appearance import derive_appearance
from tower_anime_assets.production.story.model import (
    Action,
    Card,
    Character,
    Delivery,
    Episode,
    Project,
    Scene,
    ShotNote,
    Speech,
    Voice,
)
from tower_anime_assets.production.story.screenplay import draft_episode
from tower_anime_assets_tests.fuzz.fuzzing import assert_quick


def member(character_id: str, name: str, *aliases: str) -> Character:
    return Character(character_id, name, "", derive_appearance(name, ""), Voice(), aliases)


CAST = (
    member("akira", "Akira Yamamoto"),
    member("luna", "Luna Chen", "Doctor Chen", "月"),
    member("taro", "山田 太郎"),
    member("amal", "أمل"),
    member("mei", "Mei Yamamoto"),
)
PROJECT = Project("x", "X", CAST)


def read(text: str, project: Project = PROJECT) -> Episode:
    episode, found = draft_episode(project, "e01", text, "x/episodes/e01.fountain", "0" * 64)
    if found:
        raise StoryError(found)
    return episode


def scene(text: str, heading: str = "INT. LAB - NIGHT") -> Scene:
    (found,) = read(f"{heading}\n\n{text}").scenes
    return found


def faults(text: str, project: Project = PROJECT) -> list[Fault]:
    with pytest.raises(StoryError) as caught:
        read(text, project)
    return list(caught.value.faults)


def warnings(text: str, project: Project = PROJECT) -> list[StoryWarning]:
    return [warning for warning in read(text, project).warnings if not warning.is_note]


def noted(text: str) -> list[StoryWarning]:
    return [warning for warning in read(text).warnings if warning.is_note]


def only_fault(text: str) -> Fault:
    (fault,) = faults(text)
    assert fault.file == "x/episodes/e01.fountain"
    assert fault.expected
    assert fault.remedy
    return fault


def test_a_script_becomes_scenes_with_lines_in_order() -> None:
    episode = read(
        "Title: *The* Start\nAuthor: me\nDuration: 1:30\n\n"
        "INT. NEXUS TOWER - LAB - NIGHT #7A#\n\n= Luna is late.\n\n"
        "Luna types.\n\nAKIRA (V.O.)\n(low)\nYou are *late*.\n(beat)\nAgain.\n\nLUNA (CONT'D)\nSorry.\n"
    )
    assert (episode.key, episode.title, episode.target_frames, episode.ends_with) == ("x-e01", "The Start", 2160, "cut")
    assert episode.title_page["Author"] == "me"
    (found,) = episode.scenes
    assert (found.id, found.place, found.interior, found.time_of_day) == ("sc01", "NEXUS TOWER - LAB", True, "night")
    assert (found.writer_number, found.synopsis, found.line) == ("7A", "Luna is late.", 5)
    assert found.cast == ("luna", "akira")
    assert found.beats == (
        Action("Luna types.", 9),
        Speech("sc01-l001", "akira", "You are late. Again.", "low; beat", "V.O.", False, False, 11),
        Speech("sc01-l002", "luna", "Sorry.", "", "", False, False, 17),
    )
    assert found.speeches[0].is_off_screen
    assert not found.speeches[1].is_off_screen


def test_the_title_of_an_episode_without_title_page_is_its_id() -> None:
    assert read("INT. LAB - DAY\n\nText.").title == "e01"


@pytest.mark.parametrize(
    ("cue", "speaker"),
    [
        ("AKIRA", "akira"),
        ("AKIRA YAMAMOTO", "akira"),
        ("@Akira", "akira"),
        ("LUNA", "luna"),
        ("CHEN", "luna"),
        ("DOCTOR CHEN", "luna"),
        ("@月", "luna"),
        ("@太郎", "taro"),
        ("@山田 太郎", "taro"),
        ("@أمل", "amal"),
        ("MEI", "mei"),
        ("*AKIRA*", "akira"),
    ],
)
def test_speakers_are_found_by_name_alias_id_or_a_word_that_only_one_has(cue: str, speaker: str) -> None:
    assert scene(f"{cue}\nYes.").speeches[0].character == speaker


@pytest.mark.parametrize("cue", ["AKIRA & LUNA", "AKIRA AND LUNA", "AKIRA/LUNA", "AKIRA, LUNA"])
def test_a_group_speaks_at_once_each_with_an_own_line(cue: str) -> None:
    first, second = scene(f"{cue}\nRun!").speeches
    assert (first.character, first.dual, first.text) == ("akira", False, "Run!")
    assert (second.character, second.dual, second.text) == ("luna", True, "Run!")
    assert first.id != second.id


def test_in_a_group_only_the_first_part_of_a_speech_is_marked_as_spoken_at_once() -> None:
    spoken = [(speech.character, speech.dual) for speech in scene("AKIRA & LUNA\n~La\nRun!").speeches]
    assert spoken == [("akira", False), ("akira", False), ("luna", True), ("luna", False)]


def test_all_and_both_mean_those_who_have_spoken_in_the_scene() -> None:
    text = "AKIRA\nOne.\n\nLUNA\nTwo.\n\nMEI\nThree.\n\nBOTH\nFour.\n\nALL\nFive."
    spoken = [(speech.character, speech.text) for speech in scene(text).speeches[3:]]
    assert spoken == [("luna", "Four."), ("mei", "Four."), ("akira", "Five."), ("luna", "Five."), ("mei", "Five.")]


def test_dual_dialogue_is_flagged() -> None:
    _, second = scene("AKIRA\nYes.\n\nLUNA ^\nNo.").speeches
    assert second.dual


def test_lyrics_are_lines_that_are_sung() -> None:
    first, second = scene("AKIRA\n~La la\n~la\nEnough.").speeches
    assert (first.lyric, first.text) == (True, "La la la")
    assert (second.lyric, second.text, second.dual) == (False, "Enough.", False)


@pytest.mark.parametrize("text", ["日本語、はい！", "مرحبا بالعالم", "Emoji 🎌👩‍🚀!", "Straße — ‘quoted’…", "a  b"])
def test_dialogue_is_kept_letter_for_letter(text: str) -> None:
    assert scene(f"AKIRA\n{text}").speeches[0].text == text


def test_a_line_of_5000_characters_is_kept_whole() -> None:
    text = "word " * 999 + "end.."
    assert len(text) == 5000
    assert scene(f"AKIRA\n{text}").speeches[0].text == text


words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=10)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["AKIRA", "LUNA", "@太郎"]), st.lists(words, min_size=1, max_size=6)), max_size=6
    )
)
def test_no_word_is_lost_or_invented(speeches: list[tuple[str, list[str]]]) -> None:
    text = "INT. LAB - NIGHT\n\n!A start.\n\n" + "\n\n".join(f"{cue}\n{' '.join(said)}" for cue, said in speeches)
    (found,) = read(text).scenes
    assert [speech.text for speech in found.speeches] == [" ".join(said) for _, said in speeches]


def test_a_cue_with_only_a_parenthetical_is_kept_as_action() -> None:
    found = scene("AKIRA\n(nods)\n\nText.")
    assert found.beats[0] == Action("AKIRA (nods)", 3)
    assert found.cast == ("akira",)


def test_whoever_action_names_is_in_the_cast_in_order() -> None:
    assert scene("Luna looks at AKIRA's bike. 太郎 waves. A moon rises. Mei Yamamoto sleeps.").cast == (
        "luna",
        "akira",
        "taro",
        "mei",
    )


def test_common_words_of_a_name_find_a_speaker_but_no_mention() -> None:
    project = Project("x", "X", (member("jenkins", "Old Man Jenkins"), member("shadow", "The Shadow")))
    action = "INT. LAB - DAY\n\nThe door opens. Old paper. Man, it is hot.\n\n"
    assert read(action, project).scenes[0].cast == ()
    assert read(f"{action}MAN\nYes.", project).scenes[0].cast == ("jenkins",)
    assert read(f"{action}Jenkins nods.", project).scenes[0].cast == ("jenkins",)


def test_time_and_weather_carry_over_when_the_heading_says_so() -> None:
    text = "EXT. STREET - NIGHT\n\nRain falls.\n\nINT. BAR - CONTINUOUS\n\nThey sit.\n\nEXT. STREET - LATER\n\nWind."
    first, second, third = read(text.replace("NIGHT", "NIGHT (RAIN)")).scenes
    assert [found.time_of_day for found in (first, second, third)] == ["night"] * 3
    assert [found.weather for found in (first, second, third)] == ["rain"] * 3


def test_weather_of_a_note_outweighs_that_of_the_words() -> None:
    assert scene("[[weather: snow]]\n\nRain falls.").weather == "snow"
    assert scene("[[weather: clear]]\n\nRain falls.").weather == "clear"
    assert scene("Rain falls.").weather == "rain"
    assert scene("They sit.").weather == "clear"


def test_notes_steer_the_scene() -> None:
    found = scene("[[mood: Tense]] [[music: synthwave, dark, 120 bpm]] [[duration: 30]] [[a comment: free]]\n\nText.")
    assert (found.mood, found.music, found.tempo_bpm, found.target_frames) == ("tense", "synthwave, dark", 120, 720)


@pytest.mark.parametrize(
    ("written", "frames"), [("30", 720), ("30 s", 720), ("0:30", 720), ("240 frames", 240), ("1 min", 1440)]
)
def test_a_duration_may_be_written_in_several_ways(written: str, frames: int) -> None:
    assert scene(f"[[duration: {written}]]\n\nText.").target_frames == frames


def test_a_duration_is_counted_in_the_projects_frames() -> None:
    project = Project("x", "X", CAST, delivery=Delivery(fps=30))
    assert read("INT. LAB - DAY\n\n[[duration: 10]]\n\nText.", project).scenes[0].target_frames == 300


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("close-up, push in, 3 s", ShotNote("close-up", "push-in", 72, (), 3)),
        ("over the shoulder", ShotNote("over-shoulder", "", 0, (), 3)),
        ("Wide, track left, low angle", ShotNote("wide", "track-left", 0, ("low angle",), 3)),
        ("two-shot, 48 frames", ShotNote("two-shot", "", 48, (), 3)),
        ("wide, 3 s, loop", ShotNote("wide", "", 72, (), 3, loops=True)),
    ],
)
def test_a_shot_note_is_a_beat_before_what_it_steers(written: str, note: ShotNote) -> None:
    assert scene(f"[[shot: {written}]]\n\nText.").beats == (note, Action("Text.", 5))


@pytest.mark.parametrize(
    "written", ["[[shot: wide, loop]]", "[[loop]]\n\n[[shot: wide]]", "[[shot: wide]]\n\n[[ Loop ]]"]
)
def test_a_loop_is_asked_for_alone_or_within_a_shot_note(written: str) -> None:
    (note, _action) = scene(f"{written}\n\nRain falls on the roofs.").beats
    assert isinstance(note, ShotNote)
    assert (note.framing, note.loops) == ("wide", True)


def test_a_loop_where_somebody_speaks_is_a_warning_at_its_line() -> None:
    (warning,) = (one for one in read("INT. LAB - DAY\n\n[[loop]]\n\nAKIRA\nYes.").warnings if "loop" in one.problem)
    assert (warning.line, warning.is_note) == (3, False)


def test_a_shot_note_below_a_name_comes_before_the_speech_and_one_behind_it_after() -> None:
    kinds = [type(beat) for beat in scene("AKIRA\n[[shot: wide]]\nYes. [[shot: insert]]").beats]
    assert kinds == [ShotNote, Speech, ShotNote]


@pytest.mark.parametrize(
    ("note", "problem", "remedied"),
    [
        ("[[shot: 10,000 frames]]", "10000 frames", "[[shot: 72 frames]]"),
        ("[[shot: close-up, 0 s]]", "'0 s'", "[[shot: close-up, 3 s]]"),
        ("[[shot: close-up, -3 s]]", "'-3 s'", "[[shot: close-up, 3 s]]"),
        ("[[shot: close-up, 3]]", "'3' has no unit", "[[shot: close-up, 3 s]]"),
        ("[[shot: 3 parsecs]]", "'3 parsecs'", "[[shot: 3 s]]"),
        ("[[shot: close-up, wide]]", "2 framings, close-up, wide", "[[shot: close-up]]"),
        ("[[shot: pan left, pan right]]", "2 moves, pan left, pan right", "[[shot: pan left]]"),
        ("[[shot: 3 s, 4 s]]", "2 lengths", "[[shot: 3 s]]"),
        ("[[shot: ]]", "empty", "[[shot: close-up, 3 s]]"),
        ("[[duration: 0]]", "'0'", "[[duration: 30]]"),
        ("[[duration: -5]]", "'-5'", "[[duration: 0:30]]"),
        ("[[duration: 1e9]]", "'1e9'", "[[duration: 30]]"),
        ("[[duration: 99999]]", "'99999'", "[[duration: 30]]"),
        ("[[duration: soon]]", "'soon'", "[[duration: 30]]"),
        ("[[duration:]]", "'empty'", "[[duration: 30]]"),
        ("[[music: jazz, 900 bpm]]", "'900 bpm'", "[[music: jazz, 220 bpm]]"),
        ("[[music: jazz, 0 bpm]]", "'0 bpm'", "[[music: jazz, 40 bpm]]"),
        ("[[music:]]", "empty", "[[music: synthwave, 120 bpm]]"),
        ("[[mood:]]", "'empty'", "[[mood: tense]]"),
        ("[[mood: very odd indeed]]", "'very odd indeed'", "[[mood: tense]]"),
        ("[[mood: tense, sad]]", "2 moods, tense, sad", "[[mood: tense]]"),
        ("[[weather: plague]]", "'plague'", "[[weather: rain]]"),
        ("[[moood: tense]]", "misspelt 'mood'", "[[mood: tense]]"),
        ("[[wheather: rain]]", "misspelt 'weather'", "[[weather: rain]]"),
    ],
)
def test_a_note_that_cannot_be_used_as_written_is_a_warning_until_it_is_remedied(
    note: str, problem: str, remedied: str
) -> None:
    script = "INT. LAB - NIGHT\n\nText.\n\n{}\n\nMore."
    (warning,) = warnings(script.format(note))
    assert warning.line == 5
    assert problem in warning.problem
    assert warning.instead
    assert warning.remedy
    assert warnings(script.format(remedied)) == []


def test_what_can_be_used_of_a_note_is_used() -> None:
    text = "[[moood: sad]] [[music: jazz, 900 bpm]]\n\n[[shot: close-up, wide, 1 min]]\n\nText.\n\n[[shot: 3]]\n\nMore."
    found = scene(text)
    assert (found.mood, found.music, found.tempo_bpm) == ("sad", "jazz", 220)
    notes = [beat for beat in found.beats if isinstance(beat, ShotNote)]
    assert [(note.framing, note.frames) for note in notes] == [("close-up", 121), ("", 72)]


@pytest.mark.parametrize("key", ["mood", "music", "weather", "duration"])
def test_of_two_notes_of_a_kind_in_one_scene_the_first_is_used_with_a_warning(key: str) -> None:
    value = {"mood": "calm", "music": "jazz", "weather": "rain", "duration": "9"}[key]
    (warning,) = warnings(f"INT. LAB - NIGHT\n\n[[{key}: {value}]]\n\nText.\n\n[[{key}: {value}]]")
    assert warning.line == 7
    assert "line 3" in warning.instead


@pytest.mark.parametrize(
    "comment", ["[[TODO ask Mei]]", "[[idea: fish]]", "[[see shot: list]]", "[[mode: x]]", "[[]]", "[[:]]"]
)
def test_free_notes_are_comments(comment: str) -> None:
    assert scene(f"{comment}\n\nText.").beats == (Action("Text.", 5),)


def test_transitions_become_the_way_the_next_scene_begins() -> None:
    text = (
        "FADE IN:\n\nINT. A - DAY\n\nText.\n\nCUT TO:\n\nINT. B - DAY\n\nText.\n\nDISSOLVE TO:\n\n"
        "INT. C - DAY\n\nText.\n\n> SMASH CUT TO:\n\nINT. D - DAY\n\nText.\n\n"
        "FADE OUT.\n\nFADE IN:\n\nINT. E - DAY\n\nText.\n\n> FADE TO BLACK."
    )
    episode = read(text)
    assert [found.transition for found in episode.scenes] == ["fade", "cut", "dissolve", "smash-cut", "fade"]
    assert episode.ends_with == "fade"


def test_a_scene_after_a_fade_out_comes_out_of_black_however_it_is_cut_to() -> None:
    episode = read("INT. A - DAY\n\nText.\n\nFADE OUT.\n\nCUT TO:\n\nINT. B - DAY\n\nText.")
    assert [found.transition for found in episode.scenes] == ["cut", "fade"]
    assert episode.ends_with == "cut"


def test_a_card_after_the_final_fade_stays_in_the_last_scene() -> None:
    episode = read("INT. A - DAY\n\nText.\n\nFADE OUT.\n\n> THE END <")
    assert episode.ends_with == "fade"
    assert episode.scenes[0].beats[-1] == Card("THE END", 7)


def test_a_card_after_a_transition_belongs_to_the_next_scene() -> None:
    first, second = read("INT. A - DAY\n\nText.\n\nSMASH CUT TO:\n\n> NEXUS <\n\nINT. B - DAY\n\nText.").scenes
    assert second.beats[0] == Card("NEXUS", 7)
    assert second.transition == "smash-cut"
    assert first.beats == (Action("Text.", 3),)


def test_what_stands_before_the_first_heading_belongs_to_the_first_scene() -> None:
    found = read("\n\nDarkness.\n\nAKIRA (V.O.)\nWho is there?\n\nINT. A - DAY\n\nText.").scenes[0]
    assert [type(beat) for beat in found.beats] == [Action, Speech, Action]


def test_a_transition_inside_a_scene_is_how_the_next_shot_begins() -> None:
    assert len(scene("Text.\n\nCUT TO:\n\nMore.").beats) == 2
    faded = ShotNote("", "", 0, (), 5, transition="dissolve")
    assert scene("Text.\n\nDISSOLVE TO:\n\nMore.").beats == (Action("Text.", 3), faded, Action("More.", 7))
    found = scene("Text.\n\nFADE IN:\n\n[[shot: wide]]\n\nMore.").beats[1]
    assert found == ShotNote("wide", "", 0, (), 7, transition="fade")
    assert scene("[[mood: calm]]\n\nFADE IN:\n\nText.").transition == "fade"


def test_a_fade_out_inside_a_scene_says_that_the_picture_comes_back() -> None:
    text = "INT. A - DAY\n\nText.\n\nFADE TO BLACK.\n\n{}AKIRA (V.O.)\nWho is there?"
    (warning,) = warnings(text.format(""))
    assert (warning.line, "line 7" in warning.problem) == (5, True)
    assert warnings(text.format("FADE IN:\n\n")) == warnings(text.format("INT. B - DAY\n\n")) == []


@pytest.mark.parametrize(
    ("written", "kind"),
    [("WIPE TO:", "cut"), ("> BURN TO PINK.", "cut"), ("FADE TO WHITE.", "fade"), ("THE CAMERA MOVES TO:", "cut")],
)
def test_transitions_that_cannot_be_made_are_warned_of_until_they_are_action(written: str, kind: str) -> None:
    text = "INT. A - DAY\n\nText.\n\n{}\n\nINT. B - DAY\n\nText."
    (warning,) = warnings(text.format(written))
    assert warning.line == 5
    assert written.strip("> ") in warning.problem
    assert read(text.format(written)).scenes[1].transition == kind
    episode = read(text.format(f"!{written}"))
    assert episode.warnings == ()
    assert episode.scenes[0].beats[-1] == Action(written, 5)


def test_a_dissolve_at_the_end_fades_out_with_a_warning() -> None:
    text = "INT. A - DAY\n\nText.\n\nDISSOLVE TO:"
    (warning,) = warnings(text)
    assert (warning.line, read(text).ends_with) == (5, "fade")
    assert warnings(text.replace("DISSOLVE TO:", "FADE OUT.")) == []


@pytest.mark.parametrize("ending", ["THE END", "END", "Fin", "FIN.", "終", "> THE END <"])
def test_the_end_after_a_fade_is_a_card_in_the_last_scene(ending: str) -> None:
    text = f"INT. A - DAY\n\nText.\n\nFADE OUT.\n\n{ending}"
    episode = read(text)
    if ending == "Fin":  # in small letters it may be anybody's word
        assert episode.ends_with == "cut"
        return
    assert episode.ends_with == "fade"
    assert episode.scenes[0].beats[-1] == Card(ending.strip("> <") if ending.startswith(">") else ending, 7)
    assert warnings(text) == []


@pytest.mark.parametrize("line", ["ACT ONE", "END OF ACT TWO", "TEASER", "(CONTINUED)", "12.", "---", "* * *"])
def test_lines_about_the_script_itself_are_not_shown(line: str) -> None:
    text = f"INT. A - DAY\n\nText.\n\n{line}\n\nMore."
    assert [beat.text for beat in read(text).scenes[0].beats if isinstance(beat, Action)] == ["Text.", "More."]
    (note,) = noted(text)
    assert (note.line, line in note.problem) == (5, True)
    assert read(text.replace(line, f"!{line}")).scenes[0].beats[1] == Action(line, 5)


@pytest.mark.parametrize("line", ["CUT TO:", "THE CAMERA MOVES TO:", "FADE OUT.", "AKIRA", "THE END", "ACT ONE"])
def test_an_exclamation_mark_makes_action_through_every_reader(line: str) -> None:
    episode = read(f"INT. A - DAY\n\nText.\n\n!{line}\n\nMore.")
    assert episode.scenes[0].beats == (Action("Text.", 3), Action(line, 5), Action("More.", 7))
    assert episode.warnings == ()
    assert read(f"INT. A - DAY\n\nText.\n\n!{line}").ends_with == "cut"


@pytest.mark.parametrize("text", ["", " \n\n ", "\ufeff"])
def test_an_empty_script_is_a_fault(text: str) -> None:
    fault = only_fault(text)
    assert (fault.line, fault.problem) == (0, "the script is empty")


@pytest.mark.parametrize(
    "text", ["Title: X\n", "= Only a synopsis.", "[[mood: calm]]", "/* INT. LAB - DAY */", "# Act"]
)
def test_a_script_without_scenes_is_a_fault(text: str) -> None:
    fault = only_fault(text)
    assert (fault.line, fault.problem) == (0, "the script has no scenes")


def test_a_script_without_headings_is_one_scene_with_a_warning() -> None:
    text = "Title: X\n\nOnly words.\n\nAKIRA\nYes.\n\nFADE OUT."
    (warning,) = warnings(text)
    assert (warning.line, warning.instead) == (3, "it is one scene, inside, by day")
    episode = read(text)
    (found,) = episode.scenes
    assert (found.interior, found.time_of_day, found.transition, episode.ends_with) == (True, "day", "cut", "fade")
    assert [type(beat) for beat in found.beats] == [Action, Speech]
    assert warnings("INT. LABORATORY - NIGHT\n\nOnly words.") == []


@pytest.mark.parametrize("content", ["", "= Only a synopsis.", "[[shot: wide]]", "[[mood: calm]]", "/* gone */"])
def test_a_scene_without_content_is_a_warning_on_its_heading(content: str) -> None:
    text = f"INT. A - DAY\n\nText.\n\nINT. B - DAY\n\n{content}\n\nINT. C - DAY\n\nText."
    (warning,) = warnings(text)
    assert warning.line == 5
    assert "'INT. B - DAY' has no content" in warning.problem
    assert [found.place for found in read(text).scenes] == ["A", "B", "C"]


def test_an_exterior_before_its_interior_is_noted_as_establishing_it() -> None:
    text = "EXT. HOUSE - DAY\n\nINT. HOUSE - DAY\n\nText."
    assert warnings(text) == []
    (note,) = noted(text)
    assert (note.line, note.instead) == (1, "a shot establishes HOUSE")


def test_a_heading_without_a_place_keeps_that_of_the_scene_before() -> None:
    text = "INT. A - DAY\n\nText.\n\nEXT. - NIGHT\n\nText."
    (warning,) = warnings(text)
    assert (warning.line, warning.instead) == (5, "the place is A")
    assert [(found.place, found.time_of_day) for found in read(text).scenes] == [("A", "day"), ("A", "night")]


@pytest.mark.parametrize(
    ("text", "line", "remedied"),
    [
        ("Text /* here.", 3, "Text /* here. */"),
        ("More [[here.", 3, "More [[here.]]"),
        ("[[here\nand there", 3, "[[here\nand there]]"),
        ("Text. [[one\n\ntwo]]", 3, "Text. [[one\n  \ntwo]]"),
    ],
)
def test_marks_that_nothing_closes_are_warnings(text: str, line: int, remedied: str) -> None:
    heading = "INT. A - DAY\n\n{}\n\nText."
    (warning,) = warnings(heading.format(text))
    assert warning.line == line
    assert warnings(heading.format(remedied)) == []


def test_a_note_over_an_empty_line_says_what_is_missing() -> None:
    (warning,) = warnings("INT. A - DAY\n\nText. [[one\n\ntwo]]\n\nMore.")
    assert warning.remedy == "A note ends at an empty line; put two spaces on it."


@pytest.mark.parametrize(
    ("written", "remedied"),
    [
        ("NINE PLATES\n\nby\n\nA. Writer\n\n", "Title: NINE PLATES\nAuthor: A. Writer\n\n"),
        ("NINE PLATES\n\nby\n\nA. Writer\n\n", "!NINE PLATES\n\nby\n\nA. Writer\n\n"),
        ("Title: X\n\nsomeone@example.org\n\n", "Title: X\n\nContact: someone@example.org\n\n"),
        ("Title: X\n\nsomeone@example.org\n\n", "Title: X\n\n!someone@example.org\n\n"),
        ("Title: X\nDuration: soon\n\n", "Title: X\nDuration: 0:30\n\n"),
        ("INT. - DAY\n\nText.\n\n", "INT. LABORATORY - NIGHT\n\nText.\n\n"),
        ("INT. B - DAY\n\n", "INT. B - DAY\n\nText.\n\n"),
        ("INT. B - DAY\n\n", ""),
    ],
)
def test_a_warning_is_gone_when_its_remedy_is_followed(written: str, remedied: str) -> None:
    script = "INT. A - DAY\n\nText."
    (warning,) = warnings(written + script)
    assert warning.remedy
    assert warnings(remedied + script) == []


def test_a_title_page_that_may_be_action_is_noted() -> None:
    text = "Note: the house is empty.\n\nINT. A - DAY\n\nText."
    (note,) = noted(text)
    assert (note.line, "the house is empty" in note.problem) == (1, True)
    assert read(f"!{text}").scenes[0].beats[0] == Action("Note: the house is empty.", 1)
    assert noted(f"Title: X\n{text}") == []


def test_an_impossible_duration_on_the_title_page_is_a_warning() -> None:
    (warning,) = warnings("Title: X\nDuration: -1\n\nINT. A - DAY\n\nText.")
    assert warning.line == 2


@pytest.mark.parametrize(
    ("written", "remedied"),
    [
        ("THE DOCKS - NIGHT", "EXT. THE DOCKS - NIGHT"),
        ("INY. CELLAR - NIGHT", "INT. CELLAR - NIGHT"),
        ("# INT. CELLAR - NIGHT", "INT. CELLAR - NIGHT"),
        ("More.\nINT. CELLAR - NIGHT", "More.\n\nINT. CELLAR - NIGHT"),
        ("SCENE 5: THE KITCHEN", "INT. THE KITCHEN - DAY"),
        ("INT. TOWER - NONES", "INT. TOWER - NONES - DAY"),
        ("INT. TOWER (NONES)", "INT. TOWER (NONES) - DAY"),
        ("EXT. TOWN - SUNSET BOULEVARD", "EXT. TOWN - SUNSET BOULEVARD - DAY"),
        ("INT. TOWER - DAY/NIGHT", "INT. TOWER - DAY"),
    ],
)
def test_a_heading_that_is_doubted_begins_a_scene_and_is_warned_of_until_it_is_remedied(
    written: str, remedied: str
) -> None:
    text = "INT. A - DAY\n\nText.\n\n{}\n\nText."
    (warning,) = warnings(text.format(written))
    assert warning.line == 5 + written.count("\n")
    assert written.split("\n")[-1].removeprefix("# ").removeprefix("SCENE 5: ") in warning.problem
    assert len(read(text.format(written)).scenes) == 2
    assert warnings(text.format(remedied)) == []
    *above, last = written.split("\n")
    assert len(read(text.format("\n".join([*above, f"!{last}"]))).scenes) == 1


def test_a_heading_that_names_no_time_is_noted() -> None:
    (note,) = noted("INT. A - DUSK\n\nText.\n\nINT. CELLAR\n\nText.")
    assert (note.line, note.instead) == (5, "it is dusk")


def test_all_faults_of_a_script_come_at_once_in_order() -> None:
    text = (
        "INT. A - DAY\n\n[[duration: -1]]\n\nBORIS\nYes.\n\nWIPE TO:\n\n"
        "INT. B - DAY\n\nINT. - DAY\n\nText [[shot: 10,000 frames]]\n\n[[open"
    )
    assert [fault.line for fault in faults(text)] == [5]
    episode, _ = draft_episode(PROJECT, "e01", text, "x/episodes/e01.fountain", "0" * 64)
    assert [warning.line for warning in episode.warnings] == [3, 8, 10, 12, 14, 16]


@pytest.mark.slow
def test_a_feature_becomes_scenes_and_lines_without_loss_in_under_two_seconds() -> None:
    body = "Luna walks on through the dark house.\n\nAKIRA (V.O.)\n(low)\nLine {n} *now*.\n\n" * 20
    text = "\n\n".join(f"INT. PLACE {n} - NIGHT #{n}#\n\n" + body.replace("{n}", str(n)) for n in range(180))
    started = time.process_time()
    episode = read(text)
    assert time.process_time() - started < 2.0
    assert len(episode.scenes) == 180
    assert [speech.text for found in episode.scenes for speech in found.speeches] == [
        f"Line {number} now." for number in range(180) for _ in range(20)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "AKIRA (V.O." + " " * 20_000 + "x)\nYes.",
        "AKIRA" + "()" * 100_000 + "\nYes.",
        "AKIRA (" + "cont " * 20_000 + ")\nYes.",
        "AKIRA\n" + "." * 10_000 + "x",
        "." * 10_000,
        "[[shot: " + "a, " * 50_000 + "]]\n\nText.",
        "[[moood: x]]\n\n" * 2_000 + "Text.",
        "INT. LAB" + " ()" * 20_000 + " - NIGHT\n\nText.",
        "INT. LAB" + " - NIGHT" * 10_000 + "\n\nText.",
        "INT. LAB" + ", NIGHT" * 10_000 + "\n\nText.",
        "FADE" + " " * 50_000 + "OUT.\n\nText.",
        "FADE OUT.\n\nText.\n\n" * 1_000,
    ],
    ids=range(12),
)
def test_no_script_of_this_length_takes_a_second_to_read(text: str) -> None:
    def draft(script: str) -> None:
        draft_episode(PROJECT, "e01", script, "x/episodes/e01.fountain", "0" * 64)

    assert_quick(draft, f"INT. LAB - NIGHT\n\n{text}")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("INT. A - DAY\n\n" * 3_001, 6_001, "more than 3,000 scenes"),
        ("INT. A - DAY\n\n" + "AKIRA\nYes.\n\n" * 6_001, 18_003, "more than 6,000 speeches"),
        ("INT. A - DAY\n\n" + "They run.\n\n" * 15_001, 30_001, "more than 15,000 paragraphs and notes"),
        ("INT. A - DAY\n" + "\nThey\nrun\non." * 15_000, 40_001, "more than 40,000 lines"),
    ],
    ids=["scenes", "speeches", "paragraphs", "lines"],
)
def test_what_an_episode_has_no_room_for_is_a_fault_with_its_line(text: str, line: int, told: str) -> None:
    fault = only_fault(text)
    assert fault.line == line
    assert told in fault.problem
    assert fault.remedy == "Split it into several episodes, a file each."
