"""A person's decision to pass a take: only for what is really rejected, by name, with a reason, on record."""

from __future__ import annotations

from typing import Any

import pytest

from tower_anime_assets.errors import NotAcceptedError, PlanError
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.character_sheets import SHEETS
from tower_anime_assets.stages.gate_results import GateResult, gate_results
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.stage import ProjectRun, Stage
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets.store import audit
from tower_anime_assets_tests.stages.conftest import MadeEpisode

SHOT = "small-e01-sc01-sh0010"


def results_of(run: ProjectRun, stage: Stage[Any]) -> dict[str, GateResult]:
    return gate_results([outcome for _order, outcome in run.find(stage) if outcome is not None])


@pytest.mark.parametrize(
    ("key", "gate", "why", "complaint"),
    [
        (SHOT, "keyframes_are_sharp", " ", "needs a reason"),
        (SHOT, "keyframes_are_pretty", "it is", "unknown gate 'keyframes_are_pretty'"),
        ("Nonsense!", "keyframes_are_sharp", "why not", "names no shot"),
        ("other-e01-sc01-sh0010", "keyframes_are_sharp", "why not", "episode other-e01 is not in the database"),
        ("small-e01-sc09-sh0010", "keyframes_are_sharp", "why not", "does not judge"),
        (SHOT, "keyframes_are_sharp", "why not", "does not reject small-e01-sc01-sh0010: every gate passes it"),
        ("ghost-akira", "sheets_show_their_colours", "why not", "project 'ghost' is not in the database"),
    ],
)
def test_a_waiver_that_makes_no_sense_is_refused(
    made_episode: MadeEpisode, key: str, gate: str, why: str, complaint: str
) -> None:
    with pytest.raises(PlanError, match=complaint):
        waive(made_episode.studio, key, gate, "ada", why)


def test_a_rejected_take_is_passed_by_name_and_the_next_stage_goes_on(made_episode: MadeEpisode) -> None:
    project_file = made_episode.show / "project.yaml"
    before = project_file.read_text()
    sharpest = max(
        verdict.value for _outcome, verdict in results_of(made_episode.work, KEYFRAMES)["keyframes_are_sharp"].judged
    )
    project_file.write_text(before + f"thresholds: {{edge_acuity: {{low: {sharpest - 1}}}}}\n")
    try:
        ingest.read_episode(made_episode.studio, made_episode.key)
        finding = results_of(made_episode.work, KEYFRAMES)["keyframes_are_sharp"]
        rejected = [outcome.subject for outcome, _verdict in finding.failed]
        assert rejected
        with pytest.raises(NotAcceptedError, match=rejected[0]):
            made_episode.work.accepted(KEYFRAMES)
        for subject in rejected:
            said = waive(made_episode.studio, subject, "keyframes_are_sharp", "ada", "meant to be soft")
            assert "it is accepted now" in str(said)
        assert len(made_episode.work.accepted(KEYFRAMES)) == len(finding.judged)
        after = results_of(made_episode.work, KEYFRAMES)["keyframes_are_sharp"]
        assert after.failed == []
        assert sorted(outcome.subject for outcome, _verdict in after.waived) == sorted(rejected)
        trail = audit.load_trail(made_episode.studio.database, made_episode.key)
        told = [waiver for row in trail.verdicts if row["waivers"] for waiver in row["waivers"]]
        assert {(item["who"], item["why"]) for item in told} == {("ada", "meant to be soft")}
    finally:
        project_file.write_text(before)
        ingest.read_episode(made_episode.studio, made_episode.key)


def test_every_character_is_judged_by_every_gate_of_sheets(made_episode: MadeEpisode) -> None:
    work = made_episode.work
    found = results_of(ProjectRun(work.run, work.project, work.engines), SHEETS)
    assert "sheets_show_their_colours" in found
    for finding in found.values():
        assert {outcome.subject for outcome, _verdict in finding.judged} == {"small-akira", "small-luna"}
        assert finding.failed == []
