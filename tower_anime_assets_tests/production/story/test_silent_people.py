"""People who are introduced and never speak."""

from __future__ import annotations

import pytest

from tower_anime_assets.production.story.casting import cast_missing
from tower_anime_assets.production.story.screenplay import draft_episode, find_unlisted_speakers
from tower_anime_assets_tests.production.story.test_cue_lines import PROJECT


def found(action: str) -> list[tuple[str, int]]:
    _, people = find_unlisted_speakers(PROJECT, "e01", f"INT. ATTIC - NIGHT\n\n{action}")
    return [(person.name, person.line) for person in people]


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("GRANDMOTHER (70) plants bulbs.", ["GRANDMOTHER"]),
        ("Rain.\nOLD MAN JENKINS (80s, bearded) and LI-MEI (early 20s) wait.", ["OLD MAN JENKINS", "LI-MEI"]),
        ("DR. O'HARA, 34, looks up.", ["DR. O'HARA"]),
        ("ДЕДУШКА (70 лет) спит. GROẞMUTTER (Mitte 60) strickt.", ["ДЕДУШКА", "GROẞMUTTER"]),
        ("ADA LUND (34) looks up. Ada (34) waits. BEN (40) nods.", []),  # they have files
        ("The BOX (3 of 4) stands there. NOW, 3 men run. It is 5 PM (17).", []),
        ("老婆のハナ（80）が座る。", []),  # no capitals tell a name
        ("ZOE (9) waits.\n\nZOE\nHello.", ["ZOE"]),  # once, as a speaker
    ],
)
def test_whoever_is_introduced_with_an_age_is_found_once(action: str, names: list[str]) -> None:
    assert [name for name, _ in found(action)] == names


def test_they_are_told_and_the_remedy_gives_them_a_file() -> None:
    text = "INT. ATTIC - NIGHT\n\nRain.\n\nGRANDMOTHER (70), white hair, plants bulbs."
    episode, faults = draft_episode(PROJECT, "e01", text, "e01", "")
    assert faults == ()
    (warning,) = episode.warnings
    assert (warning.line, warning.problem) == (5, "GRANDMOTHER is introduced, and has no character file")
    assert warning.remedy == f"Write one: tower cast {PROJECT.id}-e01"
    (file,) = cast_missing(*find_unlisted_speakers(PROJECT, "e01", text), taken_ids=())
    assert file.text == "name: GRANDMOTHER\ndescription: GRANDMOTHER (70), white hair.\n"
