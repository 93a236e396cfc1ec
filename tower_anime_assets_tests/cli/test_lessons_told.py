"""`tower produce` tells a director service how shots came out, also of those that no master could be made of."""

from __future__ import annotations

from collections import Counter

import pytest

from tower_anime_assets_tests.cli.small_studio import small_studio
from tower_anime_assets_tests.fakes.echo_brain import LEARN, PLAN, REFINE, FakeEchoBrain
from tower_anime_assets_tests.small_show import KEY, PROJECT

pytestmark = pytest.mark.slow

SCRIPT = """\
Title: Short

EXT. STREET - NIGHT
[[mood: tense]]

Akira runs down the street.
"""
SMALL = PROJECT.replace("width: 384, height: 256", "width: 192, height: 128")
STRICT = "engines: {attempts: 1}\nthresholds: {edge_acuity: {low: 1000}}\n"


def test_exhausted_shots_are_told_at_once_and_what_a_director_missed_by_the_next_run() -> None:
    with small_studio() as studio, FakeEchoBrain() as brain:
        studio.script.write_text(SCRIPT)
        project = studio.projects / "small" / "project.yaml"
        project.write_text(SMALL + STRICT)
        studio.variables["ECHO_BRAIN_URL"] = brain.url
        assert studio.tower("db", "start").code == 0

        rejected = studio.tower("produce", KEY)
        assert rejected.code == 1, rejected.err
        shots = len(brain.asked(LEARN))
        assert shots > 0
        assert all("rejected, all 1 attempts" in body["context_tags"] for body in brain.asked(LEARN))
        assert f"echo-brain was told of {shots} takes" in rejected.err
        assert "recommended: keep the light" in rejected.err

        project.write_text(SMALL)
        brain.otherwise = "error_500"
        made = studio.tower("produce", KEY)
        assert made.code == 0, made.err
        assert made.out.strip().endswith(".mp4")
        assert f"echo-brain could not be told of {shots} of {2 * shots} takes" in made.err
        assert len(brain.asked(LEARN)) == shots + 1, "it is left alone after the first"

        brain.otherwise = ""
        again = studio.tower("produce", KEY, "--json")
        assert (again.code, again.json["made"], again.json["notes"]) == (0, 0, [])
        told = Counter(body["generation_id"] for body in brain.asked(LEARN))
        assert sorted(told.values()) == [1] * (2 * shots - 1) + [2], "once each, and once more where it had failed"

        asked = [len(brain.asked(path)) for path in (PLAN, REFINE, LEARN)]
        assert studio.tower("produce", KEY, "--json").json["made"] == 0
        assert [len(brain.asked(path)) for path in (PLAN, REFINE, LEARN)] == asked
        sessions = studio.tower("audit", "--sessions", "small", "--json").json["sessions"]
        # A session is judged as its takes stand today: by the bars that are lower now, nothing of the first one failed.
        assert [session["outcome"] for session in sessions] == ["delivered", "finished"]
