"""What people rule about takes holds in every later run: rejected is not used, locked is, brought stays; on record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.errors import ConflictError, NotAcceptedError, PlanError
from tower_anime_assets.media.conform import conform_frames
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.production.story.ids import ShotKey, StoryPosition
from tower_anime_assets.quality.image import Picture
from tower_anime_assets.reports.attempt_trail import load_shot_trail
from tower_anime_assets.reports.trail_words import shot_words
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.choices import choose_take
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.dry_run import plan_episode
from tower_anime_assets.stages.feedback import current_take
from tower_anime_assets.stages.inpainting import Region
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.rulings import lock_take, place_version, readmit_take, reject_take, release_take
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.stage import Stage
from tower_anime_assets.stages.take_import import import_take
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets.store import attempts, audit, rulings
from tower_anime_assets.store.takes import Take
from tower_anime_assets_tests.stages.conftest import CommandLine, MadeEpisode

FIRST = ShotKey.parse("small-e01-sc01-sh0010")
SECOND = ShotKey.parse("small-e01-sc02-sh0010")


def used(made: MadeEpisode, key: ShotKey, stage: Stage) -> Take:  # type: ignore[type-arg]
    return current_take(made.work, str(key), stage.name)[1].take


def plan_of(made: MadeEpisode, key: ShotKey) -> dict[str, tuple[str, str]]:
    """Return state and why of a shot's takes by stage, as `tower plan` says them."""
    planned = plan_episode(made.studio, made.key).takes
    return {item.stage: (item.state, item.why) for item in planned if item.shot == str(key)}


def record_is_sound(made: MadeEpisode) -> bool:
    return audit.find_problems(made.studio.database, made.studio.media) == ()


def test_a_rejected_take_is_made_again_and_comes_back_only_when_that_is_taken_back(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    bad = used(made_episode, FIRST, KEYFRAMES)
    said = reject_take(studio, bad.id[:13], "off-model", "ada", note="that is not him", region=Region(10, 20, 60, 80))
    assert str(said).startswith(f"{FIRST}: keyframe take {bad.id} rejected by ada (off-model, region 10,20,60,80)")
    assert (
        reject_take(studio, bad.id, "off-model", "ada", note="that is not him", region=Region(10, 20, 60, 80)).ruling
        == said.ruling
    ), "the same again changes nothing"

    state, why = plan_of(made_episode, FIRST)["keyframe"]
    assert state == "missing"
    assert why == f"ada rejected take {bad.id} (off-model, region 10,20,60,80): that is not him."
    assert plan_of(made_episode, FIRST)["clip"][0] == "waits"
    with pytest.raises(NotAcceptedError, match="not made yet"):
        made_episode.work.accepted(KEYFRAMES)
    best = saved_episode(Run(studio, uses_best=True), made_episode.key)
    with pytest.raises(NotAcceptedError, match="not made yet"):
        best.accepted(KEYFRAMES)
    (learned,) = [
        row
        for row in attempts.list_newest(studio.database, ["small"], stage="keyframe")
        if row.decision_id == bad.decision_id
    ]
    assert (learned.opinion, learned.is_success) == ("bad", False)

    report = made_episode.work.make(KEYFRAMES)
    better = used(made_episode, FIRST, KEYFRAMES)
    assert (report.made, better.attempt) == (1, 2)
    assert "because ada rejected take" in better.reasoning
    with pytest.raises(PlanError, match="Take that back first"):
        choose_take(studio, FIRST, bad.id, "ben", "I like it")
    with pytest.raises(PlanError, match="Take that back first"):
        lock_take(studio, bad.id, "ben", "I like it")

    assert "may be used again, says ada" in str(readmit_take(studio, str(FIRST), "ada", "seen on another screen"))
    choose_take(studio, FIRST, bad.id, "ada", "it is him after all")
    assert used(made_episode, FIRST, KEYFRAMES).id == bad.id
    (learned,) = [
        row
        for row in attempts.list_newest(studio.database, ["small"], stage="keyframe")
        if row.decision_id == bad.decision_id
    ]
    assert (learned.opinion, learned.is_success) == ("", True)
    words = "\n".join(shot_words(load_shot_trail(studio.database, FIRST)))
    assert "ada rejected the take of attempt 1: a character does not look like the reference sheet" in words
    assert "that is not him. region 10,20,60,80" in words
    assert "ada readmitted the take of attempt 1: seen on another screen" in words
    assert record_is_sound(made_episode)
    with pytest.raises(PlanError, match="nobody rejects take"):
        readmit_take(studio, bad.id, "ada", "again")


def test_an_engine_that_makes_what_was_rejected_once_more_is_told_apart(made_episode: MadeEpisode) -> None:
    (_order, outcome), *_others = made_episode.work.find(SHOT_PLANS)
    assert outcome is not None
    plan = outcome.take
    reject_take(made_episode.studio, plan.id, "not-the-story", "ada", note="too calm")
    with pytest.raises(NotAcceptedError) as caught:
        made_episode.work.make(SHOT_PLANS)
    assert f"ada rejected take {plan.id} (not-the-story): too calm." in str(caught.value)
    assert "makes the same again" in str(caught.value)
    assert "--undo" in str(caught.value)
    with pytest.raises(NotAcceptedError):
        made_episode.work.accepted(SHOT_PLANS)
    readmit_take(made_episode.studio, plan.id, "ada", "it must do")
    assert made_episode.work.make(SHOT_PLANS).made == 0


def test_a_rejected_clip_is_made_again_with_another_seed(made_episode: MadeEpisode) -> None:
    clip = used(made_episode, SECOND, CLIPS)
    reject_take(made_episode.studio, str(SECOND), "not-the-story", "ada", frame=3)
    assert plan_of(made_episode, SECOND)["clip"][1].startswith(f"ada rejected take {clip.id} (not-the-story, frame 3)")
    assert made_episode.work.make(CLIPS).made == 1
    assert used(made_episode, SECOND, CLIPS).files["main"].sha256 != clip.files["main"].sha256


@pytest.mark.parametrize(
    ("reason", "more", "complaint"),
    [
        ("ugly", {}, "there is no reason 'ugly'"),
        ("on-model", {}, "on-model is not a reason for bad"),
        ("blurry", {"frame": 0}, "has no frames to count"),
        ("flicker", {"frame": 4000}, "has the frames 0 to"),
        ("blurry", {"region": Region(300, 200, 200, 200)}, "the keyframe is 384x256 px"),
    ],
)
def test_a_rejection_that_makes_no_sense_is_refused(
    made_episode: MadeEpisode, reason: str, more: dict[str, object], complaint: str
) -> None:
    before = rulings.newest_id(made_episode.studio.database, "small")
    with pytest.raises(PlanError, match=complaint):
        reject_take(made_episode.studio, str(FIRST), reason, "ada", **more)  # type: ignore[arg-type]
    assert rulings.newest_id(made_episode.studio.database, "small") == before


def test_two_people_deciding_on_one_shot_are_told_of_each_other(made_episode: MadeEpisode) -> None:
    studio, place = made_episode.studio, StoryPosition("small", "e01", "sc01", "sh0010")
    take = used(made_episode, FIRST, KEYFRAMES)
    seen_by_both = place_version(studio, place)
    lock_take(studio, take.id, "ada", "this is the look", seen=seen_by_both)
    for decide in (
        lambda: reject_take(studio, take.id, "blurry", "ben", seen=seen_by_both),
        lambda: release_take(studio, take.id, "ben", "no", seen=seen_by_both),
        lambda: choose_take(studio, FIRST, take.id, "ben", "no", seen=seen_by_both),
    ):
        with pytest.raises(PlanError, match="ada"):
            decide()
    with pytest.raises(ConflictError, match="ada has locked a take of it") as caught:
        release_take(studio, take.id, "ben", "no", seen=seen_by_both)
    assert caught.value.version == place_version(studio, place)
    release_take(studio, take.id, "ben", "agreed with ada", seen=caught.value.version)


def test_a_locked_take_stays_whatever_changes_and_that_is_said(made_episode: MadeEpisode) -> None:
    studio, script = made_episode.studio, made_episode.script.read_text()
    locked = used(made_episode, FIRST, KEYFRAMES)
    assert "is locked by ada" in str(lock_take(studio, str(FIRST), "ada", "this is the look", stage="keyframe"))
    assert "locked already, by ada" in str(lock_take(studio, locked.id, "ben", "me too"))
    try:
        made_episode.script.write_text(script.replace("runs down the street", "walks down the street, smiling"))
        forecast = plan_episode(studio, made_episode.key)
        (note,) = forecast.notes
        assert note.startswith(f"{FIRST}: take {locked.id} is used because ada locked it (this is the look), although")
        ingest.read_episode(studio, made_episode.key)
        made_episode.work.make(SHOT_PLANS)
        ingest.save_plan(made_episode.work)
        report = made_episode.work.make(KEYFRAMES)
        (outcome,) = [one for one in report.outcomes if one.subject == str(FIRST)]
        assert (outcome.take.id, outcome.attempts, outcome.accepted) == (locked.id, 0, True)
        assert outcome.lock_changes
        release_take(studio, str(FIRST), "ada", "the new words win")
        assert plan_of(made_episode, FIRST)["keyframe"][0] == "missing"
    finally:
        made_episode.script.write_text(script)
        ingest.read_episode(studio, made_episode.key)
        made_episode.work.make(SHOT_PLANS)
        ingest.save_plan(made_episode.work)


def test_a_locked_take_of_another_shape_stops_the_episode_with_a_sentence(made_episode: MadeEpisode) -> None:
    studio, project = made_episode.studio, made_episode.show / "project.yaml"
    text = project.read_text()
    locked = used(made_episode, FIRST, KEYFRAMES)
    lock_take(studio, locked.id, "ada", "this is the look")
    try:
        project.write_text(text.replace("width: 384, height: 256", "width: 512, height: 256"))
        state, why = plan_of(made_episode, FIRST)["keyframe"]
        assert state == "blocked"
        assert f"ada locked keyframe take {locked.id}, which cannot be used: width_px is 384, must be 512" in why
        ingest.read_episode(studio, made_episode.key)
        made_episode.work.make(SHOT_PLANS)
        with pytest.raises(NotAcceptedError, match="width_px is 384, must be 512"):
            made_episode.work.make(KEYFRAMES)
        with pytest.raises(NotAcceptedError, match="width_px is 384, must be 512"):
            saved_episode(Run(studio, uses_best=True), made_episode.key).accepted(KEYFRAMES)
    finally:
        project.write_text(text)
        ingest.read_episode(studio, made_episode.key)
        release_take(studio, locked.id, "ada", "done")


def drawn(width_px: int, height_px: int) -> Picture:
    """Return a sharp, coloured picture, (height, width, 3) uint8, that no engine here draws."""
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    checks = (columns // 16 + rows // 16) % 2 * 200
    return np.stack([checks, columns * 200 // width_px, rows * 250 // height_px], 2).astype(np.uint8)


def write_video(path: Path, frames: int, fps: int) -> Path:
    moved = (np.ascontiguousarray(np.roll(drawn(640, 360), 2 * index, 1)) for index in range(frames))
    conform_frames(moved, path, frames, fps, 640, 360, lambda frame, _index: frame)
    return path


def test_a_brought_picture_is_fitted_judged_used_and_outlives_a_new_script(
    made_episode: MadeEpisode, tmp_path: Path
) -> None:
    studio, script = made_episode.studio, made_episode.script.read_text()
    before = used(made_episode, FIRST, KEYFRAMES)
    write_png(tmp_path / "mine.png", drawn(900, 400))
    brought = import_take(Run(studio, user="mei"), FIRST, tmp_path / "mine.png", "painted it")
    if not brought.accepted:
        assert used(made_episode, FIRST, KEYFRAMES).id == before.id, "a rejected picture replaces nothing"
        for sentence in brought.failed:
            waive(studio, brought.take.id, sentence.partition(":")[0], "mei", "it is meant so")
        lock_take(studio, brought.take.id, "mei", "painted it")
    assert "mine.png is 900x400 px: it is scaled to 384x256 px, and 33% of it is cut off at the edges" in brought.notes
    take = used(made_episode, FIRST, KEYFRAMES)
    assert (take.id, take.engine) == (brought.take.id, "brought")
    assert take.details["brought"]["by"] == "mei"
    assert read_picture(studio.media.path_of(take.files["main"].path)).shape == (256, 384, 3)
    try:
        made_episode.script.write_text(script.replace("Akira runs", "Akira limps"))
        assert plan_of(made_episode, FIRST)["keyframe"] == ("ready", "")
        assert "although this has changed since" in plan_episode(studio, made_episode.key).notes[0]
    finally:
        made_episode.script.write_text(script)
        release_take(studio, take.id, "mei", "done")
    choose_take(studio, FIRST, before.id, "mei", "the drawn one fits better")
    assert used(made_episode, FIRST, KEYFRAMES).id == before.id
    assert record_is_sound(made_episode)


def test_a_brought_clip_is_brought_to_the_shots_rate_size_and_length(made_episode: MadeEpisode, tmp_path: Path) -> None:
    studio = made_episode.studio
    needed_s = next(shot.frames for shot in episode_plan(made_episode.work).shots if shot.key == str(SECOND)) / 12
    with pytest.raises(PlanError, match=r"lasts 0\.50 s, and .* needs"):
        import_take(Run(studio, user="mei"), SECOND, write_video(tmp_path / "short.mp4", 12, 24), "filmed it")
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    with pytest.raises(PlanError, match=r"broken\.mp4 cannot be used"):
        import_take(Run(studio, user="mei"), SECOND, tmp_path / "broken.mp4", "filmed it")
    video = write_video(tmp_path / "mine.mp4", round(24 * needed_s) + 30, 24)
    brought = import_take(Run(studio, user="mei"), SECOND, video, "filmed it")
    for sentence in brought.failed:
        waive(studio, brought.take.id, sentence.partition(":")[0], "mei", "it is meant so")
    if brought.failed:
        lock_take(studio, brought.take.id, "mei", "filmed it")
    assert "24 frames per second are shown at 12: frames are left out or repeated" in brought.notes
    take = used(made_episode, SECOND, CLIPS)
    assert (take.id, take.measured["frames_error"], take.measured["size_error_px"]) == (brought.take.id, 0.0, 0.0)
    (outcome,) = [one for one in made_episode.work.make(CLIPS).outcomes if one.subject == str(SECOND)]
    assert (outcome.take.id, outcome.attempts) == (take.id, 0)
    master = made_episode.work.make(MASTERS).outcomes[0]
    assert master.accepted
    release_take(studio, str(SECOND), "mei", "done")
    assert record_is_sound(made_episode)


def test_people_decide_on_the_command_line(
    made_episode: MadeEpisode, command_line: CommandLine, tmp_path: Path
) -> None:
    shot, tower = str(FIRST), command_line.tower
    code, _out, err = tower("reject", shot, "--reason", "ugly")
    assert (code, "there is no reason 'ugly'" in err) == (2, True)
    code, _out, err = tower("reject", shot)
    assert (code, "pass --reason WORD" in err) == (2, True)
    take = used(made_episode, FIRST, KEYFRAMES)
    code, _out, err = tower("reject", shot, "--reason", "anatomy", "--note", "six fingers", "--region", "10,20,60,80")
    assert (code, "rejected by Mei Tanaka (anatomy, region 10,20,60,80)" in err) == (0, True)
    code, out, _err = tower("choose", shot)
    assert "Mei Tanaka rejected take" in out
    code, _out, err = tower("reject", take.id, "--undo", "--why", "five, on a second look")
    assert (code, "may be used again, says Mei Tanaka" in err) == (0, True)

    code, _out, err = tower("lock", shot, "--stage", "keyframe", "--why", "this is the look", "--who", "Ada")
    assert (code, "is locked by Ada" in err) == (0, True)
    code, _out, err = tower("lock", shot, "--release", "--why", "free again")
    assert (code, "is released by Mei Tanaka" in err) == (0, True)

    write_png(tmp_path / "grey.png", np.full((256, 384, 3), 128, np.uint8))
    code, _out, err = tower("import", shot, str(tmp_path / "grey.png"), "--why", "a placeholder")
    assert (code, "a gate rejects it: keyframes_are_not_blank" in err) == (1, True)
    assert "To use it all the same" in err
    (tmp_path / "note.png").write_text("not a picture")
    code, _out, err = tower("import", shot, str(tmp_path / "note.png"), "--why", "a mistake")
    assert (code, "note.png cannot be used" in err) == (2, True)
    assert record_is_sound(made_episode)
