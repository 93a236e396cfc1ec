from __future__ import annotations

import pytest

from tower_anime_assets.production.story.headings import (
    Heading,
    dominant_mood,
    read_heading,
)
from tower_anime_assets.production.story.transitions import is_lone_transition, transition_kind


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("INT. LAB - NIGHT", Heading(True, "LAB", "night", "", False)),
        ("EXT. NEXUS TOWER - ROOFTOP - DAWN", Heading(False, "NEXUS TOWER - ROOFTOP", "dawn", "", False)),
        ("INT./EXT. CAR – GOLDEN HOUR", Heading(True, "CAR", "dusk", "", False)),
        ("I/E VAN - MORNING", Heading(True, "VAN", "day", "", False)),
        ("EST. CITY - DUSK", Heading(False, "CITY", "dusk", "", False)),
        ("EXT. STREET - NIGHT (HEAVY RAIN)", Heading(False, "STREET", "night", "rain", False)),
        ("EXT. STREET - NIGHT - SNOW", Heading(False, "STREET", "night", "snow", False)),
        ("INT. LAB - CONTINUOUS", Heading(True, "LAB", "", "", True)),
        ("INT. LAB - MOMENTS LATER", Heading(True, "LAB", "", "", True)),
        ("INT. LAB - NIGHT - FLASHBACK", Heading(True, "LAB", "night", "", False)),
        ("INT. LAB, NIGHT", Heading(True, "LAB", "night", "", False)),
        ("INT. DAY CARE - NOON", Heading(True, "DAY CARE", "day", "", False)),
        ("INT. DAY CARE", Heading(True, "DAY CARE", "", "", False)),
        ("INT.LAB - DAY", Heading(True, "LAB", "day", "", False)),
        ("INT. - DAY", Heading(True, "", "day", "", False)),
        ("SNIPER SCOPE POV", Heading(None, "SNIPER SCOPE POV", "", "", False)),
        ("THE HARBOUR - NIGHT", Heading(False, "THE HARBOUR", "night", "", False)),
        ("NIGHT", Heading(None, "NIGHT", "", "", False)),
        ("INT. 東京駅 - 夜", Heading(True, "東京駅", "night", "", False)),
        ("INT. مختبر - NIGHT", Heading(True, "مختبر", "night", "", False)),
    ],
)
def test_a_heading_says_where_and_when(text: str, heading: Heading) -> None:
    assert read_heading(text) == heading


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CUT TO:", "cut"),
        ("MATCH CUT TO:", "cut"),
        ("BACK TO:", "cut"),
        ("DISSOLVE TO:", "dissolve"),
        ("CROSS FADE TO:", "dissolve"),
        ("SMASH CUT TO:", "smash-cut"),
        ("SMASH TO BLACK.", "smash-cut"),
        ("FADE IN:", "fade"),
        ("Fade out.", "fade"),
        ("FADE TO BLACK.", "fade"),
        ("FADE TO WHITE.", "fade"),
        ("WIPE TO:", ""),
        ("FROM HERE TO:", ""),
    ],
)
def test_a_transition_is_one_of_those_that_can_be_made(text: str, kind: str) -> None:
    assert transition_kind(text) == kind


def test_unmarked_fades_in_capitals_are_transitions() -> None:
    assert is_lone_transition("FADE IN:")
    assert is_lone_transition("CUT TO BLACK.")
    assert not is_lone_transition("Fade in:")
    assert not is_lone_transition("FADE IN: THE SEA")


@pytest.mark.parametrize(
    ("words", "mood"),
    [
        ("The engines roar, they race and crash.", "action"),
        ("An alarm. Footsteps. She freezes.", "tense"),
        ("He weeps alone at the grave.", "sad"),
        ("They kiss.", "romantic"),
        ("A table.", "neutral"),
        ("", "neutral"),
    ],
)
def test_the_mood_is_what_most_words_speak_of(words: str, mood: str) -> None:
    assert dominant_mood(words) == mood
