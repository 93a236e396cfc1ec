"""Music that a show brings: found, faulted, cut, credited, and made anew when the file changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tower_anime_assets.engines.music_library import MusicLibrary
from tower_anime_assets.errors import StoryError
from tower_anime_assets.media.mezzanine import SAMPLE_RATE_HZ
from tower_anime_assets.media.show_files import cast_fingerprint, load_episode
from tower_anime_assets.media.sound_files import read_sound, write_wav
from tower_anime_assets.production.attempt import Attempt
from tower_anime_assets.production.planning.briefs import MUSIC_INPUT, MusicBrief, MusicSource
from tower_anime_assets.production.planning.music_choice import music_credits, music_warnings
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import Scene
from tower_anime_assets.quality.sound import loudness_lufs
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, PROJECT, SCRIPT, write_small_show

FORMATS = {"wav": "pcm_s16le", "flac": "flac", "ogg": "libopus", "mp3": "libmp3lame", "m4a": "aac"}
LIST = """\
rain.wav:
  moods: [tense]
  title: Rain on Steel
  composer: A. Person
  licence: CC BY 4.0
"""


def tone(length_s: float, hz: float = 220, level: float = 0.3) -> NDArray[np.float32]:
    t = np.arange(round(length_s * 44_100)) / 44_100
    return np.repeat((level * np.sin(2 * np.pi * hz * t)).astype(np.float32)[:, None], 2, axis=1)


def write_music(path: Path, samples: NDArray[np.float32]) -> None:
    """Write a sound in the format that the file's name ends in, at 44.1 kHz where the format has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate_hz = 48_000 if path.suffix == ".ogg" else 44_100
    with av.open(str(path), "w") as container:
        stream = cast(av.AudioStream, container.add_stream(FORMATS[path.suffix[1:]], rate=rate_hz, layout="stereo"))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        frame.sample_rate = 44_100
        resampler = av.AudioResampler(stream.format.name, "stereo", rate_hz, frame_size=stream.frame_size or None)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


class Show:
    """The small show, its first scene with a note of its own."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.settings = Settings(projects=folder / "projects", home=folder / "home")
        self.studio = Studio(self.settings, database)
        self.key = EpisodeKey.parse(KEY)
        self.folder = write_small_show(self.settings.projects)

    def note(self, note: str) -> None:
        write_small_show(self.settings.projects, SCRIPT.replace("[[weather: rain]]", f"[[weather: rain]] [[{note}]]"))

    def scenes(self) -> tuple[Scene, ...]:
        return load_episode(self.settings.projects, self.key)[1].scenes

    def make(self) -> StageReport:
        ingest.read_episode(self.studio, self.key)
        work = saved_episode(Run(self.studio), self.key)
        work.make(SHOT_PLANS)
        ingest.save_plan(work)
        report = saved_episode(Run(self.studio), self.key).make(MUSIC)
        assert report.rejected == (), [outcome.failed for outcome in report.rejected]
        return report


@pytest.fixture
def show(tmp_path: Path, database: Database) -> Show:
    return Show(tmp_path, database)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_of_every_format_becomes_a_cue_of_the_right_length_and_level(show: Show, suffix: str) -> None:
    path = show.folder / "music" / f"theme.{suffix}"
    write_music(path, tone(3.3))
    show.note(f"music: file:theme.{suffix}")
    music = show.scenes()[0].music_file
    assert music is not None
    assert music.length_s == pytest.approx(3.3, abs=0.1)
    source = MusicSource(music.sha256, music.title, "", "", "")
    brief = MusicBrief("tense", "", 0, 8.0, "night", has_speech=False, seed=1, source=source)
    engine = MusicLibrary()
    attempt = Attempt(1, 1, engine.plan_attempt(brief, 1, ()), show.settings.home, {MUSIC_INPUT: path})
    show.settings.home.mkdir()
    before = path.read_bytes()
    made = engine.make(brief, attempt)
    cue = read_sound(made.files["main"], SAMPLE_RATE_HZ)
    assert len(cue) == 8 * SAMPLE_RATE_HZ
    assert -23 < loudness_lufs(cue, SAMPLE_RATE_HZ) < -17
    assert made.details["title"] == "theme"
    assert "s repeated to 8.0 s" in made.details["fit"]
    assert path.read_bytes() == before


def test_a_listed_file_is_used_for_scenes_of_its_mood_with_its_credits(show: Show) -> None:
    write_music(show.folder / "music" / "rain.wav", tone(40))
    (show.folder / "music" / "music.yaml").write_text(LIST)
    first, second = show.make().outcomes
    assert (first.take.engine, second.take.engine) == ("music-library", "embedded-composer")
    assert first.take.details["fit"].startswith("cut from 40.0 s to")
    facts = {name: first.take.details[name] for name in ("title", "composer", "licence")}
    assert first.take.details["credit"] == "Rain on Steel by A. Person, CC BY 4.0"
    assert facts == {"title": "Rain on Steel", "composer": "A. Person", "licence": "CC BY 4.0"}
    project, episode = load_episode(show.settings.projects, show.key)
    assert music_credits(project, episode) == ("Rain on Steel by A. Person, CC BY 4.0",)


def test_a_changed_file_makes_the_cue_anew_and_an_unchanged_one_does_not(show: Show) -> None:
    theme = show.folder / "theme.wav"
    write_music(theme, tone(30))
    show.note("music: file:theme.wav")
    before = cast_fingerprint(show.settings.projects, show.key.project)
    first = show.make().outcomes[0].take
    assert show.make().outcomes[0].take.id == first.id
    write_music(theme, tone(30, hz=330))
    second = show.make().outcomes[0].take
    assert second.id != first.id
    music_outside = show.folder / "music" / "theme.wav"
    write_music(music_outside, tone(30, hz=440))
    assert cast_fingerprint(show.settings.projects, show.key.project) != before


def test_plans_do_not_depend_on_the_file(show: Show) -> None:
    write_music(show.folder / "theme.wav", tone(30, hz=250))
    show.make()
    plans = show.studio.database, saved_episode(Run(show.studio), show.key).find(SHOT_PLANS)
    show.note("music: file:theme.wav")
    show.make()
    again = saved_episode(Run(show.studio), show.key).find(SHOT_PLANS)
    assert [order.digest for order, _ in again] == [order.digest for order, _ in plans[1]]


def test_music_that_was_mastered_loud_is_brought_to_the_level_of_cues_and_that_is_said(show: Show) -> None:
    loud = np.clip(tone(30, hz=180) * 9, -1, 1).astype(np.float32)
    write_wav(show.folder / "loud.wav", loud, 44_100)
    show.note("music: file:loud.wav")
    take = show.make().outcomes[0].take
    assert take.details["clipped_on_arrival"] > 1000
    assert take.details["gain_db"] < -10


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("music: file:them.wav", r"e01.fountain:4: the music file 'them.wav' is missing.*Did you mean theme.wav"),
        ("music: file:../../theme.wav", "lies outside the project"),
        ("music: file:/etc/theme.wav", "lies outside the project"),
        ("music: file:C:\\theme.wav", "lies outside the project"),
        ("music: file:link.wav", "is a link that leads out of the project"),
        ("music: file:noise.wav", "cannot be read"),
        ("music: file:small.txt", "is missing|ends in .txt"),
        ("music: file:", "names no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_fault_on_its_line(show: Show, tmp_path: Path, note: str, words: str) -> None:
    write_music(show.folder / "music" / "theme.wav", tone(3))
    write_music(tmp_path / "out.wav", tone(3))
    (show.folder / "music" / "link.wav").symlink_to(tmp_path / "out.wav")
    (show.folder / "music" / "noise.wav").write_bytes(b"\x01\x02" * 500)
    (show.folder / "small.txt").write_text("no music")
    show.note(note)
    with pytest.raises(StoryError, match=words):
        show.scenes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gone.wav:\n  moods: [calm]\n", r"music/music.yaml:1: the music file 'music/gone.wav' is missing"),
        ("rain.wav:\n  mood: calm\n", "unknown key 'mood' in rain.wav.*Did you mean moods"),
        ("rain.wav:\n  moods: [very calm]\n", "has the mood 'very calm'"),
        ("- rain.wav\n", "expected names of music files|Expected names of music files"),
    ],
)
def test_everything_wrong_with_the_list_is_a_fault_on_its_line(show: Show, text: str, words: str) -> None:
    write_music(show.folder / "music" / "rain.wav", tone(3))
    (show.folder / "music" / "music.yaml").write_text(text)
    with pytest.raises(StoryError, match=words):
        show.scenes()


def test_a_library_that_is_asked_for_must_be_there_and_tells_moods_that_it_lacks(show: Show) -> None:
    project_file = f"{PROJECT}engines: {{music: library}}\n"
    write_small_show(show.settings.projects, SCRIPT.replace("[[music: soft synths, 80 bpm]]", ""), project_file)
    with pytest.raises(StoryError, match=r"engines.music is library, but there is no music/music.yaml"):
        show.scenes()
    write_music(show.folder / "music" / "rain.wav", tone(3))
    (show.folder / "music" / "music.yaml").write_text(LIST)
    project, episode = load_episode(show.settings.projects, show.key)
    (warning,) = music_warnings(project, episode)
    assert str(warning).startswith("small/episodes/e01.fountain:11: no file of music/music.yaml is for the mood 'calm'")
    assert not warning.is_note
    relaxed = replace(project, engines=replace(project.engines, music="auto"))
    assert [one.is_note for one in music_warnings(relaxed, episode)] == [True]


def test_words_for_the_music_still_ask_for_a_made_cue(show: Show) -> None:
    write_music(show.folder / "music" / "rain.wav", tone(3))
    (show.folder / "music" / "music.yaml").write_text(LIST.replace("tense", "tense, calm"))
    assert [outcome.take.engine for outcome in show.make().outcomes] == ["music-library", "embedded-composer"]
