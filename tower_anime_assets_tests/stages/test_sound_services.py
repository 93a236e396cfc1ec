"""A small episode whose lines and cues are made by services, through the stages that every run goes through."""

from __future__ import annotations

from pathlib import Path

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.music import MUSIC
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.voices import VOICES
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.echo_voice import FakeEchoVoice
from tower_anime_assets_tests.fakes.music import FakeMusic
from tower_anime_assets_tests.small_show import KEY, write_small_show


def test_lines_and_cues_of_an_episode_come_from_the_services_that_are_set(database: Database, tmp_path: Path) -> None:
    write_small_show(tmp_path / "projects")
    with FakeEchoVoice() as voice, FakeMusic() as music:
        voice.shape, voice.tells_words = "base64", True
        services = {"echo_voice": voice.url, "music": music.url}
        settings = Settings(projects=tmp_path / "projects", home=tmp_path / "home", services=services)
        studio, key = Studio(settings, database), EpisodeKey.parse(KEY)
        ingest.read_characters(Run(studio), key.project)
        ingest.read_episode(studio, key)
        work = saved_episode(Run(studio), key)
        work.make(SHOT_PLANS)
        ingest.save_plan(work)
        for stage, engine, made in ((VOICES, "echo-voice", 3), (MUSIC, "music-service", 2)):
            report = saved_episode(Run(studio), key).make(stage)
            assert report.rejected == (), [outcome.failed for outcome in report.rejected]
            assert [outcome.take.engine for outcome in report.outcomes] == [engine] * made
        assert sorted(asked.body["character"] for asked in voice.requests) == ["akira", "akira", "luna"]
        assert [asked.path for asked in music.requests] == ["/api/music/generate"] * 2
