"""Approvals hold up the next stage until a person gives one; they bind what was seen, and end when that changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tower_anime_assets.errors import EXIT_GATE, ApprovalPendingError, ConflictError, PlanError
from tower_anime_assets.reports.morning import report_night
from tower_anime_assets.reports.trail_words import approval_words
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.approvals import approve, differences, waiting_approvals, withdraw
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.dry_run import needs_work, plan_episode
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.mixes import MIXES
from tower_anime_assets.stages.night import Night
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage import Selection
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store import approvals, audit
from tower_anime_assets_tests.stages.conftest import CommandLine, MadeEpisode


@contextmanager
def asking_for(made: MadeEpisode, *what: str) -> Iterator[None]:
    """Have the show ask for approvals."""
    project = made.show / "project.yaml"
    before = project.read_text()
    project.write_text(f"{before}approvals: [{', '.join(what)}]\n")
    ingest.read_episode(made.studio, made.key)
    try:
        yield
    finally:
        project.write_text(before)
        ingest.read_episode(made.studio, made.key)


def test_the_stages_after_a_plan_wait_for_its_approval_which_ends_when_it_changes(made_episode: MadeEpisode) -> None:
    studio, key, script = made_episode.studio, made_episode.key, made_episode.script.read_text()
    with asking_for(made_episode, "plan"):
        for stage in (KEYFRAMES, VOICES):
            with pytest.raises(ApprovalPendingError, match="must wait for a person's approval of the plan") as caught:
                made_episode.work.make(stage)
            assert caught.value.exit_code == EXIT_GATE
            assert "tower approve small-e01 plan" in str(caught.value)
        assert made_episode.work.make(SHOT_PLANS).made == 0
        (seen,) = waiting_approvals(made_episode.work)
        said = str(approve(studio, key, "plan", "ada", "good rhythm", seen=seen.digest))
        assert said.startswith("small-e01: plan approved by ada; it holds until it changes")
        assert made_episode.work.make(KEYFRAMES).made == 0
        assert "ada approved the plan (good rhythm) already" in str(approve(studio, key, "plan", "ben"))
        try:
            made_episode.script.write_text(script.replace("Close the door.", "Close the door now, please, Akira."))
            ingest.read_episode(studio, key)
            assert waiting_approvals(made_episode.work) == [], "there is no new plan to approve yet"
            made_episode.work.make(SHOT_PLANS)
            ingest.save_plan(made_episode.work)
            with pytest.raises(ApprovalPendingError, match=r"what ada approved has changed since \(sc02"):
                made_episode.work.make(KEYFRAMES)
            (state,) = waiting_approvals(made_episode.work)
            (changed,) = differences(studio, state)
            assert changed.subject == "sc02"
            assert "frames" in changed.words
            assert changed.before is not None
            assert changed.after is not None
            assert changed.before.is_file()
            assert changed.after.is_file()
            assert changed.before != changed.after
            with pytest.raises(ConflictError, match="changed since you looked"):
                approve(studio, key, "plan", "ben", seen=seen.digest)
        finally:
            made_episode.script.write_text(script)
            ingest.read_episode(studio, key)
            made_episode.work.make(SHOT_PLANS)
            ingest.save_plan(made_episode.work)
        assert made_episode.work.make(KEYFRAMES).made == 0, "what ada approved is there again"
        withdraw(studio, key, "plan", "ada", "the rhythm is not good after all")
        with pytest.raises(ApprovalPendingError, match="there is none yet"):
            made_episode.work.make(KEYFRAMES)
    assert made_episode.work.make(KEYFRAMES).made == 0, "a show that asks for none waits for none"
    told = list(map(approval_words, approvals.list_by_episode(studio.database, key)))
    assert told[0].startswith("ada approved the plan on ")
    assert told[0].endswith(": good rhythm.")
    assert "withdrew every approval of the plan" in told[-1]
    assert audit.find_problems(studio.database, studio.media) == ()


def test_a_rejected_keyframe_ends_the_approval_of_the_keyframes(made_episode: MadeEpisode) -> None:
    studio, key = made_episode.studio, made_episode.key
    shot = "small-e01-sc01-sh0010"
    with asking_for(made_episode, "keyframes"):
        approve(studio, key, "keyframes", "ada")
        assert made_episode.work.make(CLIPS).made == 0
        made_episode.work.make(KEYFRAMES, Selection((shot,), force=True))
        with pytest.raises(ApprovalPendingError, match=f"what ada approved has changed since .{shot}"):
            made_episode.work.make(CLIPS)
        (state,) = waiting_approvals(made_episode.work)
        (changed,) = differences(studio, state)
        assert (changed.subject, changed.words) == (shot, "made again of the same")
        approve(studio, key, "keyframes", "ada", "better")
        made_episode.work.make(CLIPS)


def test_the_master_waits_for_the_mix_and_its_delivery_for_the_master(made_episode: MadeEpisode) -> None:
    studio, key = made_episode.studio, made_episode.key
    made_episode.work.make(CLIPS)
    master = Path(studio.settings.home / "episodes" / "small-e01.mp4")
    master.unlink(missing_ok=True)
    with asking_for(made_episode, "master", "mix"):
        made_episode.work.make(MIXES)
        with pytest.raises(ApprovalPendingError, match="the master must wait for a person's approval of the mix"):
            made_episode.work.make(MASTERS)
        approve(studio, key, "mix", "ada")
        report = made_episode.work.make(MASTERS)
        assert not master.exists()
        assert "its delivery must wait" in report.figures["waits_for_approval"]
        assert f"Delivered: {master}" in str(approve(studio, key, "master", "ada"))
        assert master.is_file()


def test_nights_pass_episodes_that_wait_and_the_morning_lists_them(made_episode: MadeEpisode) -> None:
    studio, key = made_episode.studio, made_episode.key
    made_episode.work.make(CLIPS)
    made_episode.work.make(MASTERS)
    clip = made_episode.work.accepted(CLIPS)[0].files["main"]
    path = studio.media.path_of(clip.path)
    content = path.read_bytes()
    with asking_for(made_episode, "keyframes"):
        withdrawn = [one for one in approvals.list_by_episode(studio.database, key) if one.what == "keyframes"]
        if withdrawn:
            withdraw(studio, key, "keyframes", "ada", "to see a night pass it")
        path.unlink()
        try:
            forecast = plan_episode(studio, key)
            assert not all(take.is_ready for take in forecast.takes)
            assert not needs_work(studio, key), "all that is missing waits for the approval"
            report = report_night(studio, Night(datetime.now(UTC)), {})
        finally:
            path.write_bytes(content)
        assert "Approvals that wait for you: 1." in report.summary
        assert "## Waiting for your approval\n\n- small-e01: clips must wait" in report.to_markdown({})
    assert not needs_work(studio, key)


@pytest.mark.parametrize(
    ("what", "complaint"),
    [("story", "'story' cannot be approved"), ("mix", "waits for no approval of the mix: it asks for plan")],
)
def test_what_is_not_asked_for_is_not_approved(made_episode: MadeEpisode, what: str, complaint: str) -> None:
    with asking_for(made_episode, "plan"):
        with pytest.raises(PlanError, match=complaint):
            approve(made_episode.studio, made_episode.key, what, "ada")
        with pytest.raises(PlanError, match="needs a reason"):
            withdraw(made_episode.studio, made_episode.key, "plan", "ada", " ")


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")
@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_a_run_waits_for_an_approval_that_is_given_on_the_command_line(
    made_episode: MadeEpisode, command_line: CommandLine
) -> None:
    tower = command_line.tower
    with asking_for(made_episode, "mix"):
        if any(one.what == "mix" for one in approvals.list_by_episode(made_episode.studio.database, made_episode.key)):
            withdraw(made_episode.studio, made_episode.key, "mix", "ada", "to begin anew")
        code, out, _err = tower("produce", "small-e01", "--json")
        gates = {gate["name"]: gate["failed"] for gate in json.loads(out)["gates"] if not gate["passed"]}
        assert (code, gates) == (EXIT_GATE, {"mix_is_approved": ["small-e01"]})
        waits = (
            "small-e01: the master must wait for a person's approval of the mix; there is none yet. "
            "Look at what there is, then: tower approve small-e01 mix"
        )
        assert waits in json.loads(out)["errors"]
        assert waits in tower("plan", "small-e01")[2]
        (listed,) = json.loads(tower("approve", "small-e01", "--json")[1])["approvals"]
        assert (listed["what"], listed["is_approved"]) == ("mix", False)
        code, _out, err = tower("approve", "small-e01", "mix", "--seen", "0" * 64)
        assert (code, "the mix changed since you looked" in err) == (2, True)
        code, _out, err = tower("approve", "small-e01", "mix", "--seen", listed["digest"], "--why", "well mixed")
        assert (code, "mix approved by Mei Tanaka" in err) == (0, True)
        assert "must wait" not in tower("plan", "small-e01")[2]
        assert made_episode.work.make(MASTERS).made == 0
    assert "Mei Tanaka approved the mix on " in tower("audit", "small-e01")[1]
