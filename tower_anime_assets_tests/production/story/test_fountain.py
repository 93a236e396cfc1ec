from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.story.fountain import Element, ElementKind, parse_fountain, plain_text
from tower_anime_assets.production.story.heading_lines import HeadingDoubt


def kinds(text: str) -> list[tuple[ElementKind, str]]:
    return [(element.kind, element.text) for element in parse_fountain(text).elements]


def only(text: str) -> Element:
    (element,) = parse_fountain(text).elements
    return element


@pytest.mark.parametrize(
    "heading",
    [
        "INT. LAB - NIGHT",
        "EXT. STREET - DAY",
        "EST. CITY - DAWN",
        "INT./EXT. CAR - DAY",
        "INT/EXT CAR - DAY",
        "I/E CAR - DAY",
        "int. lab - night",
        "Ext street",
        "INTERIOR LAB",
        "INTERIOR. CELLAR",
        "INT / EXT. CAR",
        "INT: HALL",
        "INNEN. KÜCHE - NACHT",
        "INT。 病院 - 夜",
        "室内　病院　夜",
        "ИНТ. КВАРТИРА - НОЧЬ",
    ],
)
def test_a_line_with_a_scene_prefix_is_a_heading(heading: str) -> None:
    assert kinds(f"{heading}\n\nText.") == [(ElementKind.HEADING, heading), (ElementKind.ACTION, "Text.")]


@pytest.mark.parametrize(
    "line",
    [
        "Interior of the lab",
        "Interior. It is dark.",
        "ESTABLISHED in 1999",
        "..and then",
        ". dot",
        "...",
        "EXTRA. Extra!",
    ],
)
def test_a_line_without_a_scene_prefix_is_no_heading(line: str) -> None:
    assert kinds(f"{line}\n\nText.")[0] == (ElementKind.ACTION, line)


def test_a_heading_below_text_is_one_all_the_same_and_doubted() -> None:
    for text in ("He reads:\nINT. LAB - NIGHT\n\nText.", "HANS\nYes.\nINT. LAB - NIGHT\nText."):
        heading = parse_fountain(text).elements[-2]
        assert (heading.kind, heading.text) == (ElementKind.HEADING, "INT. LAB - NIGHT")
        assert heading.doubt is HeadingDoubt.NO_EMPTY_LINE
    assert kinds("He reads:\nint. lab - night")[0] == (ElementKind.ACTION, "He reads:\nint. lab - night")


@pytest.mark.parametrize(
    ("line", "text", "number", "doubt"),
    [
        ("2 INT. CELLAR - NIGHT 2", "INT. CELLAR - NIGHT", "2", None),
        ("12A. EXT. FIELD - DAWN 12A", "EXT. FIELD - DAWN", "12A", None),
        ("SCENE 4 - INT. HALL - DAY", "INT. HALL - DAY", "4", None),
        ("S#3. 병원 (밤)", "병원 (밤)", "3", None),
        ("**INT. CELLAR - NIGHT**", "INT. CELLAR - NIGHT", "", None),
        ("_INT. CELLAR - NIGHT #4#_", "INT. CELLAR - NIGHT", "4", None),
        ("○病院（夜）", "病院（夜）", "", None),
        ("THE DOCKS - NIGHT", "THE DOCKS - NIGHT", "", HeadingDoubt.NO_PREFIX),
        ("THE DOCKS (NIGHT)", "THE DOCKS (NIGHT)", "", HeadingDoubt.NO_PREFIX),
        ("THE DOCKS, LATE AT NIGHT", "THE DOCKS, LATE AT NIGHT", "", HeadingDoubt.NO_PREFIX),
        ("KÜCHE – NACHT", "KÜCHE – NACHT", "", HeadingDoubt.NO_PREFIX),
        ("病院 - 夜", "病院 - 夜", "", HeadingDoubt.NO_PREFIX),
        ("12 KITCHEN - NIGHT 12", "KITCHEN - NIGHT", "12", HeadingDoubt.NO_PREFIX),
        ("SCENE 5: THE KITCHEN", "THE KITCHEN", "5", HeadingDoubt.NO_PREFIX),
        ("INY. CELLAR - NIGHT", "INY. CELLAR - NIGHT", "", HeadingDoubt.MISSPELT),
        ("# INT. HALL - DAY", "INT. HALL - DAY", "", HeadingDoubt.NUMBER_SIGN),
        ("#12 INT. HALL - DAY", "INT. HALL - DAY", "12", HeadingDoubt.NUMBER_SIGN),
        ("> INT. HALL - DAY", "INT. HALL - DAY", "", HeadingDoubt.GREATER_SIGN),
        ("(INT. HALL - DAY)", "INT. HALL - DAY", "", None),
        ("SCENE: INT. HALL - DAY", "INT. HALL - DAY", "", None),
        ("\u200bINT. HALL - DAY\u200b", "INT. HALL - DAY", "", None),
        ("\u00a0 INT. HALL - DAY", "INT. HALL - DAY", "", None),
    ],
)
def test_headings_of_other_forms_are_understood_or_doubted(
    line: str, text: str, number: str, doubt: HeadingDoubt | None
) -> None:
    heading = parse_fountain(f"Text.\n\n{line}\n\nText.").elements[1]
    assert heading == Element(ElementKind.HEADING, text, 3, number=number, doubt=doubt)


@pytest.mark.parametrize(
    "line",
    [
        "SUPER: LONDON - NIGHT",
        "The docks - night",
        "BOOM - CRASH",
        "THE KNIGHT - PART ONE",
        "GOOD NIGHT",
        "彼は夜、走る。",
    ],
)
def test_what_only_resembles_a_heading_is_none(line: str) -> None:
    assert kinds(f"{line}\n\nText.")[0] == (ElementKind.ACTION, line)


def test_a_heading_may_be_followed_at_once_by_action() -> None:
    assert kinds("INT. LAB - NIGHT\nHe walks.") == [
        (ElementKind.HEADING, "INT. LAB - NIGHT"),
        (ElementKind.ACTION, "He walks."),
    ]


def test_a_period_forces_a_heading_in_any_script() -> None:
    assert only(".SNIPER SCOPE POV").kind is ElementKind.HEADING
    assert only(".夜の街").text == "夜の街"


@pytest.mark.parametrize(
    ("mark", "number"), [("#1#", "1"), ("#1A#", "1A"), ("#I-1-A.2#", "I-1-A.2"), ("#110A.#", "110A.")]
)
def test_a_scene_number_is_taken_off_its_heading(mark: str, number: str) -> None:
    heading = only(f"INT. LAB - NIGHT {mark}")
    assert (heading.text, heading.number) == ("INT. LAB - NIGHT", number)


def test_the_title_page_holds_values_of_one_or_many_lines() -> None:
    script = parse_fountain("Title: _**Big Fish**_\nAuthor:\n    John\n\tJane\nDraft date: 1/1/2030\n\nAction.")
    assert [(entry.key, entry.value, entry.line) for entry in script.title_page] == [
        ("Title", "_**Big Fish**_", 1),
        ("Author", "John\nJane", 2),
        ("Draft date", "1/1/2030", 5),
    ]
    assert [element.text for element in script.elements] == ["Action."]


def test_a_lone_fade_in_at_the_top_is_no_title_page() -> None:
    script = parse_fountain("FADE IN:\n\nINT. LAB - NIGHT\n\nText.")
    assert script.title_page == ()
    assert script.elements[0].text == "FADE IN:"


def test_a_sentence_with_a_colon_at_the_top_is_no_title_page() -> None:
    assert parse_fountain("Tokyo, 2087: rain.\nMore rain.").title_page == ()


def test_a_cue_its_extension_parentheticals_and_dialogue_are_told_apart() -> None:
    text = "HANS (on the radio)\n(quietly)\nWhat was it you said?\n(beat)\nTell me.\n\nAction."
    elements = parse_fountain(text).elements
    assert [(element.kind, element.text) for element in elements] == [
        (ElementKind.CHARACTER, "HANS"),
        (ElementKind.PARENTHETICAL, "quietly"),
        (ElementKind.DIALOGUE, "What was it you said?"),
        (ElementKind.PARENTHETICAL, "beat"),
        (ElementKind.DIALOGUE, "Tell me."),
        (ElementKind.ACTION, "Action."),
    ]
    assert elements[0].extension == "on the radio"
    assert [element.line for element in elements] == [1, 2, 3, 4, 5, 7]


def test_a_parenthetical_may_run_over_two_lines() -> None:
    assert kinds("HANS\n(very\nquietly)\nYes.")[1] == (ElementKind.PARENTHETICAL, "very quietly")


@pytest.mark.parametrize("name", ["R2D2", "DR. O'NEIL", "HANS ^", "ÉMILE", "ЮРИЙ"])
def test_capitals_above_text_are_a_cue(name: str) -> None:
    assert kinds(f"{name}\nYes.")[0][0] is ElementKind.CHARACTER


@pytest.mark.parametrize("name", ["23", "Hans", "HANs", "太郎", "HANS (tired) AGAIN"])
def test_what_is_no_name_in_capitals_is_action(name: str) -> None:
    assert kinds(f"{name}\nYes.")[0][0] is ElementKind.ACTION


def test_capitals_without_text_below_are_action() -> None:
    assert kinds("BOOM\n\nText.")[0] == (ElementKind.ACTION, "BOOM")


def test_an_at_sign_forces_a_cue_in_any_script() -> None:
    assert kinds("@McCLANE\nYippee.")[0] == (ElementKind.CHARACTER, "McCLANE")
    assert kinds("@太郎\nはい。") == [(ElementKind.CHARACTER, "太郎"), (ElementKind.DIALOGUE, "はい。")]


def test_a_caret_marks_dual_dialogue() -> None:
    first, _, second, _ = parse_fountain("STEEL\nScrew you.\n\nBRICK (O.S.) ^\nScrew you.").elements
    assert (first.dual, second.dual, second.text, second.extension) == (False, True, "BRICK", "O.S.")


def test_a_line_of_two_spaces_keeps_dialogue_together() -> None:
    assert kinds("DEALER\nTen.\n  \nMonkey.\n\nAction.") == [
        (ElementKind.CHARACTER, "DEALER"),
        (ElementKind.DIALOGUE, "Ten.\n\nMonkey."),
        (ElementKind.ACTION, "Action."),
    ]


def test_lyrics_are_kept_line_by_line() -> None:
    elements = parse_fountain("MIKE\n~Willy Wonka!\n~The amazing\n\n~alone").elements
    assert [(element.kind, element.text, element.in_dialogue) for element in elements[1:]] == [
        (ElementKind.LYRIC, "Willy Wonka!", True),
        (ElementKind.LYRIC, "The amazing", True),
        (ElementKind.LYRIC, "alone", False),
    ]


def test_transitions_end_in_to_or_are_forced() -> None:
    assert kinds("Jack goes.\n\nCUT TO:\n\n> FADE OUT.") == [
        (ElementKind.ACTION, "Jack goes."),
        (ElementKind.TRANSITION, "CUT TO:"),
        (ElementKind.TRANSITION, "FADE OUT."),
    ]
    assert kinds("HE GOES TO:\nthe bar")[0][0] is ElementKind.CHARACTER


def test_a_space_behind_the_colon_makes_a_transition_action() -> None:
    assert kinds("Jack goes.\n\nCUT TO: \n\nText.")[1] == (ElementKind.ACTION, "CUT TO:")


def test_centred_text_stands_between_angle_brackets() -> None:
    assert only("> THE END <") == Element(ElementKind.CENTRED, "THE END", 1)


def test_an_exclamation_mark_forces_action() -> None:
    assert kinds("!SCANNING\nyes\n\n!INT. LAB\n\n!# no section") == [
        (ElementKind.ACTION, "SCANNING\nyes"),
        (ElementKind.ACTION, "INT. LAB"),
        (ElementKind.ACTION, "# no section"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        *("CUT TO:", "THE CAMERA MOVES TO:", "INT. LAB - NIGHT", "FADE OUT.", "BEN OKAFOR", "THE DOCKS - NIGHT", "# A"),
        *("= A", "> A", "~A", ".A", "@A", "2 INT. LAB - DAY 2", "THE END", "Title: X"),
    ],
)
@pytest.mark.parametrize("below", ["", "\nText."])
def test_an_exclamation_mark_makes_action_of_any_line(line: str, below: str) -> None:
    (element,) = parse_fountain(f"!{line}{below}").elements
    assert (element.kind, element.text, element.forced) == (ElementKind.ACTION, line + below, True)


def test_a_forced_action_ends_a_speech_and_marks_alone_are_spoken() -> None:
    assert kinds("HANS\nYes.\n!A DOOR SLAMS.") == [
        (ElementKind.CHARACTER, "HANS"),
        (ElementKind.DIALOGUE, "Yes."),
        (ElementKind.ACTION, "A DOOR SLAMS."),
    ]
    assert kinds("HANS\n!?")[1] == (ElementKind.DIALOGUE, "!?")


@pytest.mark.parametrize("name", ["CUT TO:", "INT. LAB - NIGHT", "FADE OUT.", "THE DOCKS - NIGHT", "23"])
def test_an_at_sign_makes_a_cue_of_any_line(name: str) -> None:
    assert kinds(f"@{name}\nYes.")[0] == (ElementKind.CHARACTER, name)
    assert kinds(f"@{name}")[0] == (ElementKind.CHARACTER, name)


def test_sections_synopses_and_page_breaks_are_elements_of_their_own() -> None:
    elements = parse_fountain("# Act\n\n### Deep\n\n= What happens\n\n=====\n\nINT. LAB - DAY").elements
    assert [(element.kind, element.text, element.depth) for element in elements] == [
        (ElementKind.SECTION, "Act", 1),
        (ElementKind.SECTION, "Deep", 3),
        (ElementKind.SYNOPSIS, "What happens", 0),
        (ElementKind.PAGE_BREAK, "", 0),
        (ElementKind.HEADING, "INT. LAB - DAY", 0),
    ]


def test_action_keeps_its_line_breaks_and_indents() -> None:
    assert only("He reads:\n\tdear\n\t\tyou").text == "He reads:\n    dear\n        you"


def test_notes_are_taken_out_of_the_text_and_kept_in_order() -> None:
    elements = parse_fountain(
        "[[first]] He runs. [[second\nline]] He stops.\n\n[[alone]]\n\nHANS\n[[inside]]\nYes."
    ).elements
    assert [(element.kind, element.text, element.line) for element in elements] == [
        (ElementKind.NOTE, "first", 1),
        (ElementKind.ACTION, "He runs.\n He stops.", 1),
        (ElementKind.NOTE, "second\nline", 1),
        (ElementKind.NOTE, "alone", 4),
        (ElementKind.CHARACTER, "HANS", 6),
        (ElementKind.NOTE, "inside", 7),
        (ElementKind.DIALOGUE, "Yes.", 8),
    ]


def test_a_note_may_hold_an_empty_line_when_two_spaces_connect_it() -> None:
    assert kinds("[[one\n  \ntwo]]") == [(ElementKind.NOTE, "one\n\ntwo")]


def test_boneyard_hides_everything_in_it_and_parts_nothing() -> None:
    text = "HANS\n/* not\n\nTHIS\nor this */\nYes /* no */ I do.\n\n/* INT. GONE - DAY */\n\nEnd."
    assert kinds(text) == [
        (ElementKind.CHARACTER, "HANS"),
        (ElementKind.DIALOGUE, "Yes I do."),
        (ElementKind.ACTION, "End."),
    ]


def test_marks_that_nothing_closes_go_and_what_follows_them_stays() -> None:
    script = parse_fountain("He [[runs.\n\nShe /* stops.")
    assert [element.text for element in script.elements] == ["He runs.", "She stops."]
    assert {(mark.mark, mark.line) for mark in script.unclosed} == {("[[", 1), ("/*", 3)}


def test_a_note_that_begins_its_line_ends_with_its_paragraph_at_the_latest() -> None:
    script = parse_fountain("[[mood: tense\n\nHe runs.")
    assert [(element.kind, element.text) for element in script.elements] == [
        (ElementKind.NOTE, "mood: tense"),
        (ElementKind.ACTION, "He runs."),
    ]
    assert [(mark.line, mark.note_end) for mark in script.unclosed] == [(1, 1)]


def test_a_note_over_an_empty_line_is_one_note_where_its_end_is_near() -> None:
    script = parse_fountain("He runs. [[one\n\ntwo]] She stops.\n\nEnd.")
    assert [element.text for element in script.elements] == ["He runs.\n She stops.", "one\n\ntwo", "End."]
    assert [(mark.line, mark.note_end, mark.is_closed_later) for mark in script.unclosed] == [(1, 3, True)]
    beyond_a_scene = parse_fountain("[[one\n\nINT. A - DAY\n\ntwo]]")
    assert [element.kind for element in beyond_a_scene.elements][:2] == [ElementKind.NOTE, ElementKind.HEADING]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("*italic*", "italic"),
        ("**bold**", "bold"),
        ("***both***", "both"),
        ("_under *and* line_", "under and line"),
        ("***b* both**", "b both"),
        ("**bold *it***", "bold it"),
        (r"\*not\* \_this\_", "*not* _this_"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("file_name_v2", "file_name_v2"),
        ("*open\nclosed*", "*open\nclosed*"),
        ("*****", "*****"),
        ("日本*語*です", "日本語です"),
    ],
)
def test_emphasis_marks_are_removed_and_lone_marks_stay(written: str, plain: str) -> None:
    assert plain_text(written) == plain


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind_and_a_byte_order_mark_are_read(ending: str) -> None:
    text = "\ufeff" + ending.join(["INT. LAB - NIGHT", "", "HANS", "Yes."])
    assert [element.line for element in parse_fountain(text).elements] == [1, 3, 4]


words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)
names = st.from_regex(r"[A-Z]{2,8}( [A-Z]{2,8})?", fullmatch=True)


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(names, st.lists(sentences, min_size=1, max_size=4)), min_size=1, max_size=8))
def test_no_word_of_dialogue_is_lost_or_invented(speeches: list[tuple[str, list[str]]]) -> None:
    text = "INT. LAB - NIGHT\n\n" + "\n\n".join("\n".join([f"@{name}", *lines]) for name, lines in speeches)
    elements = parse_fountain(text).elements
    assert [element.text for element in elements if element.kind is ElementKind.CHARACTER] == [
        name for name, _ in speeches
    ]
    spoken = [element.text for element in elements if element.kind is ElementKind.DIALOGUE]
    assert spoken == ["\n".join(lines) for _, lines in speeches]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.lists(sentences, min_size=1, max_size=4), min_size=1, max_size=8))
def test_no_word_of_action_is_lost_or_invented(paragraphs: list[list[str]]) -> None:
    text = "\n\n".join("\n".join(f"!{line}" for line in lines) for lines in paragraphs)
    assert kinds(text) == [(ElementKind.ACTION, "\n".join(lines)) for lines in paragraphs]


PIECES = (
    *("\n", "\n\n", "  \n", "INT. LAB - DAY", ".X", "HANS", "@Hans", "word ", "(x)", "~la", "[[", "]]", "/*", "*/"),
    *("> ", " <", "#", "= ", "===", "!", "*", "_", "TO:", "^", ":", "\\"),
)
fountain_text = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(fountain_text)
def test_any_text_is_a_script_with_every_element_on_a_line_of_it(text: str) -> None:
    script = parse_fountain(text)
    last = text.count("\n") + 1
    assert all(1 <= element.line <= last for element in script.elements)
    assert [element.line for element in script.elements] == sorted(element.line for element in script.elements)


@settings(max_examples=300, deadline=None)
@given(fountain_text)
def test_words_outside_of_boneyards_appear_exactly_once(text: str) -> None:
    text = text.replace("/*", "").replace("*/", "")
    kept = " ".join(f"{element.text} {element.extension}" for element in parse_fountain(text).elements)
    assert kept.count("word") == text.count("word")


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab *_\\ 日"), max_size=40))
def test_removing_emphasis_removes_marks_only(text: str) -> None:
    def letters(line: str) -> str:
        return "".join(char for char in line if char not in "*_\\")

    assert letters(plain_text(text)) == letters(text)


@pytest.mark.slow
def test_a_feature_of_120_pages_and_180_scenes_parses_in_under_two_seconds() -> None:
    scene = (
        "INT. PLACE {n} - NIGHT #{n}#\n\n"
        + "They walk on through the *dark* house.\n\nHANS (V.O.)\n(low)\nYes.\n\n" * 20
    )
    text = "\n\n".join(scene.replace("{n}", str(number)) for number in range(180))
    assert len(text.splitlines()) > 120 * 55
    started = time.process_time()
    elements = parse_fountain(text).elements
    assert time.process_time() - started < 2.0
    assert sum(element.kind is ElementKind.HEADING for element in elements) == 180
    assert sum(element.kind is ElementKind.DIALOGUE for element in elements) == 3600


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "[[",
        "]]",
        "/*",
        "/**/",
        "[[]]",
        "*",
        "_a",
        "(",
        "()",
        "A\n",
        "> ",
        "#",
        " ",
        "@a\n(\n",
        "INT. ",
        ". - ",
    ],
)
def test_time_grows_with_length_and_not_with_its_square(piece: str) -> None:
    def seconds(times: int) -> float:
        started = time.process_time()
        for element in parse_fountain("x\n\n" + piece * times).elements:
            plain_text(element.text)
        return time.process_time() - started

    small, large = (min(seconds(times) for _ in range(3)) for times in (4_000, 64_000))
    assert large < 64 * small + 0.25  # 16 times the text: a square would take 256 times as long
