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
        ("SNIPER SCOPE POV", Heading(None, "SNIPER SCOPE POV", "", "", False, has_prefix=False)),
        ("THE HARBOUR - NIGHT", Heading(False, "THE HARBOUR", "night", "", False, has_prefix=False)),
        ("NIGHT", Heading(None, "NIGHT", "", "", False, has_prefix=False)),
        ("THAT EARLY MORNING", Heading(None, "THAT EARLY MORNING", "", "", False, has_prefix=False)),
        ("INT. CAR - DAY / DRIVING", Heading(True, "CAR - DRIVING", "day", "", False)),
        ("INT. CAR - NIGHT - PARKED", Heading(True, "CAR - PARKED", "night", "", False)),
        ("EXT. HIGH BLVD. – LANE - DAY", Heading(False, "HIGH BLVD. - LANE", "day", "", False)),
        ("INT. MY ROOM -- START", Heading(True, "MY ROOM -- START", "", "", False)),
        ("INT. LAB - NIGHT / LATER", Heading(True, "LAB", "night", "", True)),
        ("INT. CAR - NIGHT - [THE STORM]", Heading(True, "CAR", "night", "storm", False)),
        ("INT. CAR (MOVING) - NIGHT", Heading(True, "CAR (MOVING)", "night", "", False)),
        ("EXT. STREET - NIGHT (MOVING)", Heading(False, "STREET (MOVING)", "night", "", False)),
        (
            "EXT. TOWN - SUNSET BOULEVARD",
            Heading(False, "TOWN - SUNSET BOULEVARD", "dusk", "", False, "", "SUNSET BOULEVARD"),
        ),
        ("INT. CELLAR - DAY/NIGHT", Heading(True, "CELLAR", "day", "", False, "night")),
        ("INT. HOUSE - KITCHEN NIGHT", Heading(True, "HOUSE - KITCHEN", "night", "", False)),
        ("EXT. STREET - NACHT (REGEN)", Heading(False, "STREET", "night", "rain", False)),
        ("INT. - THE NEXT DAY", Heading(True, "", "day", "", False)),
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


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        *(
            (time, "night")
            for time in ("-- NIGHT", "—NIGHT", "– NIGHT", "(NIGHT)", "[NIGHT]", "/ NIGHT", ". NIGHT.", "NIGHT")
        ),
        *(
            (time, "night")
            for time in (", NIGHT", "-NIGHT", "- NIGHT 2", "- NIGHT (1973)", "- NIGHT - 1985", "- NIGHT #2")
        ),
        *(
            (time, "night")
            for time in ("- MONDAY NIGHT", "- TONIGHT", "- NIGHTTIME", "- DEAD OF NIGHT", "- LATE NIGHT")
        ),
        *(
            (time, "night")
            for time in ("- 11PM", "- 11 PM", "- 11:30 P.M.", "- 23:00", "- 2 AM", "- 0200 HOURS", "- LATE")
        ),
        *(
            (time, "night")
            for time in (
                "- LATER THAT NIGHT",
                "- NIGHTFALL",
                "- LATE EVENING",
                "- CHRISTMAS NIGHT",
                "- A RAINY NIGHT",
                "- Night",
                "LATE NIGHT",
            )
        ),
        *(
            (time, "night")
            for time in ("- NACHT", "- NUIT", "- NOCHE", "- NOTTE", "- NOITE", "- НОЧЬ", "- 夜", "- 夜晚", "- 밤")
        ),
        *(
            (time, "night")
            for time in ("- 深夜", "- 第二天夜", "- その日の夜", "- 午後11時", "（夜）", "- NATT", "- NOC", "- GECE")
        ),
        *(
            (time, "dawn")
            for time in ("- DAWN", "- PRE-DAWN", "- SUNRISE", "- 6 AM", "- MORGENGRAUEN", "- AUBE", "- AMANECER")
        ),
        *(
            (time, "dawn")
            for time in ("- ALBA", "- РАССВЕТ", "- 早朝", "- 清晨", "- 새벽", "- EARLY MORNING", "- FIRST LIGHT")
        ),
        *(
            (time, "day")
            for time in ("- DAY", "- DAY 3", "- NEXT DAY", "- THE NEXT MORNING", "- 10:15 AM", "- MID-AFTERNOON")
        ),
        *(
            (time, "day")
            for time in (
                "- TAG",
                "- JOUR",
                "- DÍA",
                "- DIA",
                "- GIORNO",
                "- ДЕНЬ",
                "- 昼",
                "- 白天",
                "- 낮",
                "- 14 UHR",
            )
        ),
        *(
            (time, "dusk")
            for time in ("- DUSK", "- MAGIC HOUR", "- ABEND", "- SOIR", "- ATARDECER", "- SERA", "- ВЕЧЕР", "- 夕方")
        ),
        *(
            (time, "dusk")
            for time in ("- 傍晚", "- 저녁", "- 7 PM", "- TRAMONTO", "- PÔR DO SOL", "- TOMBÉE DE LA NUIT", "SUNSET")
        ),
    ],
)
def test_a_time_of_day_is_found_behind_any_mark_and_in_many_languages(time: str, expected: str) -> None:
    attached = time.startswith(("—", "-N", ".", ",", "（"))
    heading = read_heading(f"INT. CELLAR{'' if attached else ' '}{time}")
    assert (heading.place, heading.time_of_day, heading.interior) == ("CELLAR", expected, True)


@pytest.mark.parametrize(
    "place",
    [
        *(
            "KNIGHT HALL",
            "HALF-DAY INN",
            "DAY CARE",
            "NIGHT CLUB",
            "SUNSET BOULEVARD",
            "MORNINGSIDE",
            "HOTEL SUITE",
            "DEN",
        ),
        *(
            "LASER TAG",
            "ROOM 12",
            "ALL-NIGHT DINER",
            "TOWER - LABORATORY",
            "TOMORROWLAND",
            "MIDNIGHT EXPRESS",
            "X-RAY ROOM",
        ),
    ],
)
def test_parts_of_words_and_names_of_places_are_no_times(place: str) -> None:
    assert read_heading(f"INT. {place}") == Heading(True, place, "", "", False)
    assert read_heading(f"INT. {place} - DUSK") == Heading(True, place, "dusk", "", False)


@pytest.mark.parametrize(
    ("word", "interior"),
    [
        *(
            (word, True)
            for word in ("INT.", "INT:", "INT", "Int.", "INTERIOR.", "INT./EXT.", "INT / EXT.", "EXT/INT.", "I/E")
        ),
        *(
            (word, True)
            for word in ("INNEN.", "INNEN/AUSSEN.", "INTÉRIEUR.", "INTERNO.", "ИНТ.", "INT。", "室内。", "屋内", "내부")
        ),
        *(
            (word, False)
            for word in ("EXT.", "EXT", "EST.", "EXTERIOR.", "AUSSEN.", "AUßEN.", "EXTÉRIEUR.", "ESTERNO.", "НАТ.")
        ),
        *((word, False) for word in ("室外。", "屋外", "외부", "BUITEN.", "EXTERIOR:")),
    ],
)
def test_inside_and_outside_are_told_in_many_languages(word: str, interior: bool) -> None:
    assert read_heading(f"{word} X1 - NIGHT") == Heading(interior, "X1", "night", "", False)
