from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.story.casting import CastFile, cast_missing, quote_yaml
from tower_anime_assets.production.story.model import Project
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers
from tower_anime_assets_tests.production.story.texts import read_project

NOBODY = Project("x", "X", ())


def cast(script: str, *taken_ids: str) -> list[CastFile]:
    episode, unlisted = find_unlisted_speakers(NOBODY, "e01", script)
    return cast_missing(episode, unlisted, taken_ids)


def script(*cues: str, action: str = "Rain falls.") -> str:
    return f"INT. LAB - DAY\n\n{action}\n\n" + "\n\n".join(f"{cue}\nYes." for cue in cues)


def test_every_speaker_gets_a_file_with_what_the_script_says() -> None:
    files = cast(script("ADA", "GUARD #2", "ADA", action="ADA (34), an engineer in a grey coat, looks up."))
    assert [file.text for file in files] == [
        "name: ADA\ndescription: ADA (34), an engineer in a grey coat.\n",
        'name: "GUARD #2"\ndescription: A guard.\n',
    ]
    assert [(file.id, file.speaker.line, file.is_described) for file in files] == [
        ("ada", 5, True),
        ("guard_2", 8, False),
    ]


@pytest.mark.parametrize(
    ("cues", "taken", "ids"),
    [
        (["ÉLODIE", "ИВАН", "STRASSE 9"], [], ["elodie", "ivan", "strasse_9"]),
        (["@太郎", "@花子"], [], ["speaker_1", "speaker_2"]),
        (["ADA", "@山田"], ["ada", "speaker_1"], ["ada_2", "speaker_2"]),
        (["J.J.", "JJ!?"], [], ["jj"]),
        (["@" + "A" * 60], [], ["a" * 40]),
        (["@" + "A" * 60], ["a" * 40], ["a" * 38 + "_2"]),
    ],
)
def test_ids_are_made_for_names_in_any_script_and_do_not_clash(
    cues: list[str], taken: list[str], ids: list[str]
) -> None:
    assert [file.id for file in cast(script(*cues), *taken)] == ids


def test_a_first_name_alone_is_nobody_else_where_one_full_name_has_it() -> None:
    assert [file.name for file in cast(script("ADA LUND", "ADA", "LUND"))] == ["ADA LUND"]
    assert [file.name for file in cast(script("ADA LUND", "MEI LUND", "LUND"))] == ["ADA LUND", "MEI LUND", "LUND"]
    assert [file.name for file in cast(script("MRS. LUND", "LUND"))] == ["MRS. LUND", "LUND"]
    assert [file.name for file in cast(script("YOUNG ADA", "ADA"))] == ["YOUNG ADA", "ADA"]
    assert [file.name for file in cast(script("ADA LUND", "YOUNG ADA", "ADA"))] == ["ADA LUND", "YOUNG ADA", "ADA"]


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs", "M"]), min_size=1, max_size=24)


@settings(deadline=None, max_examples=50)
@given(st.lists(names, min_size=1, max_size=5))
def test_after_the_files_are_written_nobody_is_missing(cues: list[str]) -> None:
    text = script(*(f"@{name}" for name in cues))
    files = cast(text)
    project = read_project("title: X\n", **{file.id: file.text for file in files})
    assert {file.id for file in files} == {character.id for character in project.characters}
    _, faults = draft_episode(project, "e01", text, "e01.fountain", "")
    assert [fault for fault in faults if "tower cast" in fault.remedy] == []


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_text_is_quoted_so_that_it_is_read_again(text: str) -> None:
    assert yaml.safe_load(f"key: {quote_yaml(text)}\n") == {"key": text}
