"""Voices are asked how long lines will be before they are planned: windows fit, and nothing is asked twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.animatic.voice import EmbeddedVoice
from tower_anime_assets.engines.remote.voice import EchoVoice
from tower_anime_assets.errors import StoryError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.planning.briefs import VoiceBrief
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.planning.storyboard import Storyboard
from tower_anime_assets.production.planning.timing import BREATH_S, MAX_SLACK, measured_window_seconds
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Episode, Project
from tower_anime_assets.reports.script import read_script
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.ingest import check_episode
from tower_anime_assets.stages.line_windows import (
    LENGTHS_FILE,
    episode_language,
    line_brief,
    measure_lines,
    with_measured_windows,
)
from tower_anime_assets.stages.story_warnings import story_warnings
from tower_anime_assets_tests.small_show import KEY, SCRIPT, write_small_show

ODD_LINES = (
    "...",
    "12345678901234567890",
    "Go to www.example.org/a_b.",
    "大丈夫です。心配しないでください。",
    "了解。",
)


class CountingVoice(EmbeddedVoice):
    """The embedded voice, counting what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def measure_lines(self, briefs: Sequence[VoiceBrief]) -> list[float | None]:
        self.asked += [brief.text for brief in briefs]
        return super().measure_lines(briefs)


def read_show(folder: Path, *lines: str) -> tuple[Project, Episode]:
    write_small_show(folder, SCRIPT + "".join(f"\nLUNA\n{line}\n" for line in lines))
    return show_files.load_episode(folder, EpisodeKey.parse(KEY))


def plan_of(project: Project, episode: Episode) -> tuple[ScenePlan, ...]:
    plans: tuple[ScenePlan, ...] = ()
    for scene in episode.scenes:
        plans += (Storyboard(project, scene, plans).plan(),)
    return plans


def test_windows_follow_what_the_voice_needs(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path, *ODD_LINES)
    voice = EmbeddedVoice()
    lengths_s = measure_lines(project, episode, voice, tmp_path)
    measured = with_measured_windows(project, episode, voice, tmp_path)
    for plan in plan_of(project, measured):
        for line in plan.lines:
            window_s, length_s = line.window_frames / project.delivery.fps, lengths_s[line.line_id]
            assert length_s is not None
            assert length_s / 1.05 <= window_s + 1 / project.delivery.fps
            assert window_s <= MAX_SLACK * length_s + BREATH_S + 1 / project.delivery.fps


def test_lines_whose_estimate_serves_keep_their_plan(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path)
    assert with_measured_windows(project, episode, EmbeddedVoice(), tmp_path) == episode


def test_a_line_is_asked_for_once_and_its_window_depends_on_nothing_else(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path, *ODD_LINES)
    voice = CountingVoice()
    first = with_measured_windows(project, episode, voice, tmp_path)
    assert len(voice.asked) == 3 + len(ODD_LINES)
    assert with_measured_windows(project, episode, voice, tmp_path) == first
    assert len(voice.asked) == 3 + len(ODD_LINES)
    assert with_measured_windows(project, episode, CountingVoice(), tmp_path / "absent") == first
    assert not (tmp_path / "absent").exists()
    (tmp_path / LENGTHS_FILE).write_text("{damaged")
    assert with_measured_windows(project, episode, CountingVoice(), tmp_path) == first
    assert len(json.loads((tmp_path / LENGTHS_FILE).read_text())) == len(set(voice.asked))


def test_kanji_in_a_japanese_episode_are_said_in_japanese(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path, *ODD_LINES)
    line = episode.scenes[-1].speeches[-1]
    brief = line_brief(project, line, "calm", 1.0, EmbeddedVoice(), is_japanese=True)
    assert (brief.text, brief.voice.language, brief.reader) == ("了解。", "ja", "open-jtalk")
    echo = line_brief(project, line, "calm", 1.0, None, is_japanese=True)
    assert (echo.voice.language, echo.reader) == ("ja", "")


def test_an_episode_is_in_japanese_if_most_of_its_lines_are(tmp_path: Path) -> None:
    assert episode_language(*read_show(tmp_path, *ODD_LINES)) == "en"
    assert episode_language(*read_show(tmp_path, *["大丈夫です。"] * 4, "了解。")) == "ja"


def test_a_service_cannot_be_asked_and_the_script_says_so(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path, *ODD_LINES)
    estimated = with_measured_windows(project, episode, EchoVoice("http://127.0.0.1:1"), tmp_path)
    assert plan_of(project, estimated) == plan_of(project, episode)
    embedded = read_script(Settings(tmp_path, tmp_path / "home"), EpisodeKey.parse(KEY))
    services = {"echo_voice": "http://127.0.0.1:1"}
    service = read_script(Settings(tmp_path, tmp_path / "home", services=services), EpisodeKey.parse(KEY))
    for report, is_measured in ((embedded, True), (service, False)):
        assert {line["measured"] for scene in report.scenes for line in scene["lines"]} == {is_measured}


def test_a_voice_that_cannot_speak_is_a_fault_with_its_line(tmp_path: Path) -> None:
    read_show(tmp_path)
    luna = tmp_path / "small" / "characters" / "luna.yaml"
    luna.write_text(luna.read_text() + "voice: {language: zu}\n")
    with pytest.raises(StoryError) as caught:
        check_episode(Settings(tmp_path, tmp_path / "home"), EpisodeKey.parse(KEY))
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == ("small/episodes/e01.fountain", SCRIPT[: SCRIPT.index("LUNA\n")].count("\n") + 1)
    assert "zu" in fault.problem


def test_a_pause_is_noted_and_what_has_no_sound_is_a_warning_with_its_line(tmp_path: Path) -> None:
    project, episode = read_show(tmp_path, "...", "!?", "The rune ᚠᚢᚦ glows.")
    told = {warning.problem: warning for warning in story_warnings(project, episode)}
    assert [warning.is_note for warning in told.values()] == [True, False, False]
    assert list(told) == ["the line '...' is a pause", "the line '!?' has no words", "no voice reads 'ᚠᚢᚦ'"]
    lines = [warning.line for warning in told.values()]
    assert lines == sorted(lines)
    assert all(line > SCRIPT.count("\n") for line in lines)


@given(st.floats(0.2, 60), st.floats(0.25, 90), st.sampled_from(["en", "ja", "de"]))
def test_a_measured_window_holds_its_line_and_little_more(spoken_s: float, estimated_s: float, language: str) -> None:
    window_s = measured_window_seconds(spoken_s, estimated_s, language) or estimated_s
    assert spoken_s / 1.05 <= window_s <= MAX_SLACK * spoken_s + BREATH_S
