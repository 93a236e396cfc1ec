from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import Fault, StoryError
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
    ],
)
def test_a_shot_note_is_a_beat_before_what_it_steers(written: str, note: ShotNote) -> None:
    assert scene(f"[[shot: {written}]]\n\nText.").beats == (note, Action("Text.", 5))


def test_a_shot_note_below_a_name_comes_before_the_speech_and_one_behind_it_after() -> None:
    kinds = [type(beat) for beat in scene("AKIRA\n[[shot: wide]]\nYes. [[shot: insert]]").beats]
    assert kinds == [ShotNote, Speech, ShotNote]


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        ("[[shot: 10,000 frames]]", "10000 frames"),
        ("[[shot: close-up, 0 s]]", "'0 s'"),
        ("[[shot: close-up, -3 s]]", "'-3 s'"),
        ("[[shot: close-up, 3]]", "'3'"),
        ("[[shot: 3 parsecs]]", "'3 parsecs'"),
        ("[[shot: close-up, wide]]", "2 framings"),
        ("[[shot: pan left, pan right]]", "2 moves"),
        ("[[shot: ]]", "empty"),
        ("[[duration: 0]]", "'0'"),
        ("[[duration: -5]]", "'-5'"),
        ("[[duration: 1e9]]", "'1e9'"),
        ("[[duration: 99999]]", "'99999'"),
        ("[[duration: soon]]", "'soon'"),
        ("[[duration:]]", "'empty'"),
        ("[[music: jazz, 900 bpm]]", "'900 bpm'"),
        ("[[music: jazz, 0 bpm]]", "'0 bpm'"),
        ("[[music:]]", "empty"),
        ("[[mood:]]", "'empty'"),
        ("[[mood: very odd indeed]]", "'very odd indeed'"),
        ("[[weather: plague]]", "'plague'"),
        ("[[moood: tense]]", "misspelt 'mood'"),
        ("[[wheather: rain]]", "misspelt 'weather'"),
    ],
)
def test_a_note_with_an_impossible_value_is_a_fault_on_its_line(note: str, problem: str) -> None:
    fault = only_fault(f"INT. LAB - NIGHT\n\nText.\n\n{note}")
    assert fault.line == 5
    assert problem in fault.problem


@pytest.mark.parametrize("key", ["mood", "music", "weather", "duration"])
def test_a_second_note_of_a_kind_in_one_scene_is_a_fault(key: str) -> None:
    value = {"mood": "calm", "music": "jazz", "weather": "rain", "duration": "9"}[key]
    fault = only_fault(f"INT. LAB - NIGHT\n\n[[{key}: {value}]]\n\nText.\n\n[[{key}: {value}]]")
    assert fault.line == 7
    assert "line 3" in fault.problem


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


def test_a_cut_inside_a_scene_is_no_fault_but_a_dissolve_is() -> None:
    assert len(scene("Text.\n\nCUT TO:\n\nMore.").beats) == 2
    assert only_fault("INT. A - DAY\n\nText.\n\nDISSOLVE TO:\n\nMore.").line == 5


def test_transitions_that_cannot_be_made_are_faults() -> None:
    assert only_fault("INT. A - DAY\n\nText.\n\nWIPE TO:\n\nINT. B - DAY\n\nText.").line == 5
    assert only_fault("INT. A - DAY\n\nText.\n\nDISSOLVE TO:").line == 5


@pytest.mark.parametrize("text", ["", " \n\n ", "\ufeff"])
def test_an_empty_script_is_a_fault(text: str) -> None:
    fault = only_fault(text)
    assert (fault.line, fault.problem) == (0, "the script is empty")


@pytest.mark.parametrize("text", ["Only words.", "Title: X\n", "/* INT. LAB - DAY */", "# Act"])
def test_a_script_without_scenes_is_a_fault(text: str) -> None:
    fault = only_fault(text)
    assert (fault.line, fault.problem) == (0, "the script has no scenes")


@pytest.mark.parametrize("content", ["", "= Only a synopsis.", "[[shot: wide]]", "[[mood: calm]]", "/* gone */"])
def test_a_scene_without_content_is_a_fault_on_its_heading(content: str) -> None:
    fault = only_fault(f"INT. A - DAY\n\nText.\n\nINT. B - DAY\n\n{content}\n\nINT. C - DAY\n\nText.")
    assert fault.line == 5
    assert "'INT. B - DAY' has no content" in fault.problem


def test_a_heading_without_a_place_is_a_fault() -> None:
    assert only_fault("INT. - DAY\n\nText.").line == 1


def test_marks_that_nothing_closes_are_faults() -> None:
    assert [fault.line for fault in faults("INT. A - DAY\n\nText /* here.\n\nMore [[here.")] == [3, 5]


def test_an_impossible_duration_on_the_title_page_is_a_fault() -> None:
    assert only_fault("Title: X\nDuration: -1\n\nINT. A - DAY\n\nText.").line == 2


def test_all_faults_of_a_script_come_at_once_in_order() -> None:
    text = (
        "INT. A - DAY\n\n[[duration: -1]]\n\nBORIS\nYes.\n\nWIPE TO:\n\n"
        "INT. B - DAY\n\nINT. - DAY\n\nText [[shot: 10,000 frames]]\n\n[[open"
    )
    assert [fault.line for fault in faults(text)] == [3, 5, 8, 10, 12, 14, 16]


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
