from __future__ import annotations

import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.learning.feedback import REASONS, reason_for, reason_text


def test_a_reason_is_found_by_its_kind() -> None:
    assert reason_for("bad", "anatomy").text == "hands, faces or bodies are deformed"
    assert reason_for("good", "motion").stage == reason_for("bad", "motion").stage == "clip"


@pytest.mark.parametrize(
    ("opinion", "kind", "says"),
    [
        ("bad", "anatomi", "Did you mean anatomy"),
        ("good", "anatomy", "anatomy is not a reason for good; expected one of on-model, "),
        ("bad", "on-model", "on-model is not a reason for bad"),
        ("awful", "anatomy", "expected good or bad"),
    ],
)
def test_an_unsuitable_reason_is_refused_with_suitable_ones(opinion: str, kind: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        reason_for(opinion, kind)


def test_kinds_are_what_the_record_takes() -> None:
    assert all(
        kind == reason.kind and kind.replace("-", "").isalpha() and kind.islower() for kind, reason in REASONS.items()
    )
    assert {reason.stage for reason in REASONS.values()} == {"", "keyframe", "clip"}


def test_a_reason_that_was_dropped_from_the_list_keeps_its_name() -> None:
    assert reason_text("blurry") == "the picture is soft"
    assert reason_text("retired-long-ago") == "retired-long-ago"
