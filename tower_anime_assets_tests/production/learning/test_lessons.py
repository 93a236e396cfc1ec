"""What the next plan is told of lessons: few, short, none twice, the newest first."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.production.learning.lessons import (
    MAX_LEARNED,
    MAX_RECOMMENDATIONS,
    MAX_SENTENCE_CHARACTERS,
    Lesson,
    lesson_sentences,
)

WORDS = st.builds(lambda text, times: text * times, st.text("ab \n\u2028\0", max_size=6), st.sampled_from((1, 60)))
TEXTS = st.lists(WORDS, max_size=4).map(tuple)
LESSONS = st.lists(st.builds(Lesson, TEXTS, TEXTS, st.dictionaries(WORDS, st.floats(0, 1), max_size=3)), max_size=5)


def test_recommendations_come_first_and_the_newest_confidence_counts() -> None:
    newest = Lesson(("rain reads well",), ("keep the rim light",), {"ssim": 0.9})
    older = Lesson(
        ("rain reads well", "hands are weak"), ("keep the rim light", "fewer hands"), {"ssim": 0.2, "flow": 1}
    )
    assert lesson_sentences([newest, older]) == (
        "recommended: keep the rim light",
        "recommended: fewer hands",
        "learned: rain reads well",
        "learned: hands are weak",
        "confidence: ssim 0.90, flow 1.00",
    )


def test_without_lessons_nothing_is_said() -> None:
    assert lesson_sentences([]) == ()
    assert lesson_sentences([Lesson(("", "  "), ("\n",))]) == ()


@settings(max_examples=50, deadline=None)
@given(LESSONS)
def test_whatever_a_director_writes_the_next_plan_gets_a_few_short_lines(lessons: list[Lesson]) -> None:
    sentences = lesson_sentences(lessons)
    assert len(sentences) <= MAX_RECOMMENDATIONS + MAX_LEARNED + 1
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert len(sentence) <= MAX_SENTENCE_CHARACTERS + len("recommended: ")
        assert len(sentence.splitlines()) == 1
    confidences = [sentence for sentence in sentences if sentence.startswith("confidence: ")]
    assert len(confidences) <= 1


def test_everything_that_was_said_is_a_sentence_once() -> None:
    assert Lesson(("a", "b"), ("b", "c")).sentences == ("a", "b", "c")
