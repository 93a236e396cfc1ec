"""What an edit would mean is said before it is saved, and changes nothing; who saves it is on record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tower_anime_assets.errors import ConflictError, PlanError, ServiceUnavailableError, StoryError
from tower_anime_assets.media.show_edits import read_show_text
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.yaml_edit import YamlAction, YamlChange
from tower_anime_assets.reports.script import read_script
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.show_edits import KnownForecasts, preview_edit, save_edit, text_with_changes
from tower_anime_assets.store import audit, show_edits
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import SHORT_SCRIPT
from tower_anime_assets_tests.stages.conftest import CommandLine, MadeEpisode

E01 = "episodes/e01.fountain"
AKIRA = "characters/akira.yaml"
LUNA = "characters/luna.yaml"


@pytest.fixture(autouse=True)
def kept(made_episode: MadeEpisode) -> Iterator[None]:
    """Give the show its files back after each test."""
    before = files_of(made_episode.show)
    yield
    for path in files_of(made_episode.show).keys() - before.keys():
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def text_of(made: MadeEpisode, file: str) -> tuple[str, str]:
    held = read_show_text(made.studio.settings.projects, "small", file)
    return held.text, held.sha256


def test_a_changed_line_says_which_takes_are_made_again_why_and_for_how_long(made_episode: MadeEpisode) -> None:
    text, _seen = text_of(made_episode, E01)
    preview = preview_edit(made_episode.studio, "small", E01, text.replace("Close the door.", "Close the gate."))
    assert [line for line in preview.diff.splitlines()[2:] if line[0] in "+-"] == [
        "-Close the door.",
        "+Close the gate.",
    ]
    assert preview.new_faults == ()
    assert preview.episodes == (EpisodeKey("small", "e01"),)
    (replan,) = preview.replans
    made = {take.stage: take for take in replan.made}
    assert made.keys() == {"plan", "voice", "mix", "master"}
    assert (made["voice"].shot, made["voice"].why) == ("sc02-l001", "changed: text")
    assert replan.seconds_before == 0
    assert replan.added_s == pytest.approx(sum(take.predicted_s for take in replan.made))
    assert str(replan).startswith("small-e01: 4 to make; a run takes about ")


def test_a_preview_changes_nothing_of_the_show_or_the_record(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    files, head = files_of(made_episode.show), studio.chain_head
    preview_edit(studio, "small", E01, SHORT_SCRIPT)
    preview_edit(studio, "small", "episodes/e02.fountain", SHORT_SCRIPT)
    preview_edit(studio, "small", AKIRA, "name: Akira\ndescription: a tall man with red hair\n")
    preview_edit(studio, "small", "project.yaml", "title: Other\n")
    assert files_of(made_episode.show) == files
    assert studio.chain_head == head
    assert {take.state for take in plan_takes(studio, made_episode.key)} == {"ready"}


def test_the_preview_says_what_a_run_then_makes(made_episode: MadeEpisode) -> None:
    text, _seen = text_of(made_episode, E01)
    edited = text.replace("INT. LABORATORY - DAY", "INT. LABORATORY - NIGHT")
    (replan,) = preview_edit(made_episode.studio, "small", E01, edited).replans
    made_episode.script.write_text(edited)
    to_make = [take for take in plan_takes(made_episode.studio, made_episode.key) if not take.is_ready]
    assert list(replan.made) == to_make


def test_a_scene_that_is_cut_is_told_as_no_longer_needed(made_episode: MadeEpisode) -> None:
    (replan,) = preview_edit(made_episode.studio, "small", E01, SHORT_SCRIPT).replans
    assert {take.shot.split("-")[2] for take in replan.dropped if take.stage == "keyframe"} == {"sc02"}
    assert "not needed" in str(replan)


def test_faults_and_warnings_are_those_of_tower_script_by_line(made_episode: MadeEpisode) -> None:
    text, _seen = text_of(made_episode, E01)
    edited = text.replace("LUNA\n", "ZOLTAN\n").replace("[[mood: calm]]", "[[moood: calm]]")
    preview = preview_edit(made_episode.studio, "small", E01, edited)
    report = read_script(made_episode.studio.settings, made_episode.key, {E01: edited})
    assert preview.new_faults == preview.faults == report.faults
    assert preview.warnings == report.warnings
    (fault,) = preview.faults
    assert edited.splitlines()[fault.line - 1] == "ZOLTAN"
    assert any("moood" in str(warning) for warning in preview.warnings)
    (replan,) = preview.replans
    assert replan.problem == "1 fault to correct before it can be planned"


def test_a_new_colour_touches_the_episodes_that_the_character_is_in(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    (made_episode.show / "episodes/e02.fountain").write_text(SHORT_SCRIPT)
    change = YamlChange(("appearance", "hair"), value="#ff0000")
    luna = text_with_changes(studio.settings, "small", LUNA, [change])
    assert luna == text_of(made_episode, LUNA)[0] + "appearance:\n  hair: '#ff0000'\n"
    preview = preview_edit(studio, "small", LUNA, luna)
    assert preview.episodes == (EpisodeKey("small", "e01"),), "she is not in e02"
    (replan,) = preview.replans
    assert {take.shot.split("-")[2] for take in replan.made if take.stage == "keyframe"} == {"sc02"}
    akira = text_with_changes(studio.settings, "small", AKIRA, [change])
    one = preview_edit(studio, "small", AKIRA, akira, plan_for=[EpisodeKey("small", "e02")])
    assert [str(key) for key in one.episodes] == ["small-e01", "small-e02"]
    assert [replan.episode for replan in one.replans] == ["small-e02"]


def test_a_comment_in_a_cast_file_touches_no_episode(made_episode: MadeEpisode) -> None:
    text, _seen = text_of(made_episode, AKIRA)
    preview = preview_edit(made_episode.studio, "small", AKIRA, f"# ask Mei\n{text}")
    assert (preview.episodes, preview.replans) == ((), ())
    assert "+# ask Mei" in preview.diff


def test_a_renamed_character_is_a_fault_of_every_script_that_has_the_name(made_episode: MadeEpisode) -> None:
    text = "name: Selene Weiss\ndescription: a researcher\n"
    (made_episode.show / LUNA).rename(made_episode.show / "characters/doc.yaml")
    preview = preview_edit(made_episode.studio, "small", "characters/doc.yaml", text)
    assert [(fault.file, "LUNA" in fault.problem) for fault in preview.new_faults] == [
        ("small/episodes/e01.fountain", True)
    ]


def test_an_engine_that_is_not_there_is_told_in_place_of_a_plan(made_episode: MadeEpisode) -> None:
    text, _seen = text_of(made_episode, "project.yaml")
    preview = preview_edit(made_episode.studio, "small", "project.yaml", f"{text}engines: {{keyframes: comfyui}}\n")
    (replan,) = preview.replans
    assert "COMFYUI_URL" in replan.problem


def test_a_saved_edit_is_on_record_with_who_when_and_why(made_episode: MadeEpisode, command_line: CommandLine) -> None:
    studio = made_episode.studio
    text, seen = text_of(made_episode, E01)
    edited = text.replace("They found us.", "They have found us.")
    saved = save_edit(studio, "small", E01, edited, "Mei", "the line was flat", seen=seen)
    assert str(saved) == "small/episodes/e01.fountain saved by Mei"
    assert made_episode.script.read_text() == edited
    (edit,) = [one for one in show_edits.list_by_episode(studio.database, made_episode.key) if one.who == "Mei"]
    assert (edit.file, edit.before_sha256, edit.after_sha256) == (E01, seen, saved.file.sha256)
    assert (edit.lines_added, edit.lines_removed, edit.diff) == (1, 1, saved.diff)
    code, out, _err = command_line.tower("audit", "small-e01")
    assert code == 0
    assert "Mei edited small/episodes/e01.fountain on " in out
    assert "(+1 -1 lines): the line was flat." in out
    assert audit.find_chain_problems(studio.database) == ()
    again = save_edit(studio, "small", E01, edited, "Ada", seen=saved.file.sha256)
    assert str(again) == "small/episodes/e01.fountain says so already; nothing was written"
    assert "Ada" not in [one.who for one in show_edits.list_by_episode(studio.database, made_episode.key)]


def test_edits_of_the_show_are_told_with_each_episode_and_those_of_a_script_with_its_own(
    made_episode: MadeEpisode,
) -> None:
    text, seen = text_of(made_episode, AKIRA)
    save_edit(made_episode.studio, "small", AKIRA, f"# mine\n{text}", "Ben", seen=seen)
    save_edit(made_episode.studio, "small", "episodes/e07.fountain", SHORT_SCRIPT, "Cem", seen="")
    told = {
        key: {one.who for one in show_edits.list_by_episode(made_episode.studio.database, EpisodeKey("small", key))}
        for key in ("e01", "e07")
    }
    assert {"Ben", "Cem"} <= told["e07"]
    assert "Ben" in told["e01"]
    assert "Cem" not in told["e01"]


def test_of_two_people_the_second_is_told_who_was_first(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    text, seen = text_of(made_episode, E01)
    first = save_edit(studio, "small", E01, text.replace("closed", "locked"), "Mei", "clearer", seen=seen)
    with pytest.raises(
        ConflictError, match=r"small/episodes/e01\.fountain is not as you saw it: Mei edited it on .* \(clearer\)"
    ) as caught:
        save_edit(studio, "small", E01, text.replace("closed", "shut"), "Ada", seen=seen)
    assert caught.value.version == first.file.sha256
    made_episode.script.write_text(text.replace("closed", "barred"))
    with pytest.raises(ConflictError, match="changed by another program"):
        save_edit(studio, "small", E01, text.replace("closed", "shut"), "Ada", seen=first.file.sha256)
    assert "barred" in made_episode.script.read_text()


def test_a_text_with_faults_is_saved_only_on_a_persons_word(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    text, seen = text_of(made_episode, E01)
    edited = text.replace("LUNA\n", "ZOLTAN\n")
    with pytest.raises(StoryError, match="ZOLTAN") as caught:
        save_edit(studio, "small", E01, edited, "Mei", seen=seen)
    assert "Nothing was saved" in caught.value.__notes__[0]
    assert text_of(made_episode, E01)[0] == text
    saved = save_edit(studio, "small", E01, edited, "Mei", seen=seen, even_with_faults=True)
    assert "with 1 fault" in str(saved)
    assert show_edits.list_by_episode(studio.database, made_episode.key)[-1].faults == 1
    fixed = save_edit(studio, "small", E01, text, "Mei", seen=saved.file.sha256)
    assert fixed.faults == ()


def test_a_fault_that_is_there_already_does_not_hold_up_another_file(made_episode: MadeEpisode) -> None:
    made_episode.script.write_text(made_episode.script.read_text().replace("LUNA\n", "ZOLTAN\n"))
    text, seen = text_of(made_episode, AKIRA)
    preview = preview_edit(made_episode.studio, "small", AKIRA, f"# mine\n{text}")
    assert preview.faults
    assert preview.new_faults == ()
    save_edit(made_episode.studio, "small", AKIRA, f"# mine\n{text}", "Mei", seen=seen)
    assert text_of(made_episode, AKIRA)[0].startswith("# mine")


def test_nothing_is_written_where_nobody_is_named_or_the_record_is_away(made_episode: MadeEpisode) -> None:
    studio = made_episode.studio
    text, seen = text_of(made_episode, E01)
    with pytest.raises(PlanError, match="who makes it"):
        save_edit(studio, "small", E01, f"{text}\n", "  ", seen=seen)
    away = Database("postgresql://nobody@127.0.0.1:1/none", reconnect_timeout_s=0.1)
    with pytest.raises(ServiceUnavailableError):
        save_edit(replace(studio, database=away), "small", E01, f"{text}\n", "Mei", seen=seen)
    assert text_of(made_episode, E01) == (text, seen)


def test_windows_line_ends_tabs_and_japanese_stay_as_they_were_written(made_episode: MadeEpisode) -> None:
    script = "\ufeffTitle: Small\r\n\r\nEXT. STREET - NIGHT\r\n\r\n\tAkira runs.\r\n\r\nAKIRA\r\n見つかった。\r\n"
    made_episode.script.write_bytes(script.encode())
    text, seen = text_of(made_episode, E01)
    browser = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("見つかった。", "もう駄目だ。")
    saved = save_edit(made_episode.studio, "small", E01, browser, "Mei", seen=seen)
    assert [line for line in saved.diff.splitlines()[2:] if line[0] in "+-"] == ["-見つかった。", "+もう駄目だ。"]
    assert made_episode.script.read_bytes() == script.replace("見つかった。", "もう駄目だ。").encode()


def test_a_screenplay_has_no_values_to_set(made_episode: MadeEpisode) -> None:
    with pytest.raises(PlanError, match="is a screenplay"):
        text_with_changes(made_episode.studio.settings, "small", E01, [YamlChange(("a",), YamlAction.SET, 1)])


def test_a_script_of_200_lines_is_previewed_in_well_under_two_seconds(made_episode: MadeEpisode) -> None:
    speeches = "AKIRA\nLine {0}.\n\nLUNA\nI know.\n\n"
    scene = f"INT. ROOM {{0}} - NIGHT\n\nAkira walks to the door.\n\n{speeches}"
    text = "".join(scene.format(number) for number in range(20))
    assert text.count("\n") == 200
    made_episode.script.write_text(text)
    known = KnownForecasts()
    for words in ("three", "drei"):
        begun_s = time.process_time()  # of this process alone: tests share the machine
        edited = text.replace("Line 3.", f"Line {words}.")
        preview = preview_edit(made_episode.studio, "small", E01, edited, known=known)
        took_s = time.process_time() - begun_s
        assert preview.replans[0].problem == ""
        assert preview.replans[0].seconds_after > 0
        assert took_s < 2.0, f"it took {took_s:.2f} s"


def test_forecasts_that_are_kept_end_with_what_they_rest_on(made_episode: MadeEpisode) -> None:
    known = KnownForecasts()
    text, _seen = text_of(made_episode, E01)
    edited = text.replace("They found us.", "Run.")
    (first,) = preview_edit(made_episode.studio, "small", E01, edited, known=known).replans
    assert preview_edit(made_episode.studio, "small", E01, edited, known=known).replans == (first,)
    assert first.seconds_before == 0
    made_episode.script.write_text(text.replace("It is closed.", "It is open."))
    (second,) = preview_edit(made_episode.studio, "small", E01, edited, known=known).replans
    assert second.seconds_before > 0
