"""The director is told once how each shot came out; one that is away or answers badly holds nothing up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tower_anime_assets.engines.remote.director.echo_brain import EchoBrainDirector
from tower_anime_assets.errors import StoppedError
from tower_anime_assets.media.show_files import load_episode
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import lessons
from tower_anime_assets.stages.events import Event, LessonsTold, Noted
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.lessons import LessonsReport, read_lessons, tell_lessons
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, scene_plan_order
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, decisions, story
from tower_anime_assets.store import lessons as lesson_record
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.echo_brain import LEARN, PLAN, FakeEchoBrain
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

EPISODE = EpisodeKey.parse(KEY)
SHORT = """\
Title: Short

EXT. STREET - NIGHT
[[mood: tense]]

Akira runs down the street.

Akira stops.
"""
STRICT = "thresholds: {edge_acuity: {low: 1000}}\n"
SMALL = PROJECT.replace("width: 384, height: 256", "width: 192, height: 128")


@dataclass(frozen=True)
class MadeShow:
    """A show whose keyframes are made, and its record, which each test gets a copy of."""

    folder: Path
    template: str
    shots: int


@pytest.fixture(scope="module")
def made_show(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> MadeShow:
    folder = tmp_path_factory.mktemp("lessons")
    database = Database(database_server.make_database())
    with FakeEchoBrain() as brain:
        shots = make_keyframes(open_show(database, folder, echo_brain=brain.url))
        assert "learned from earlier takes" not in brain.asked(PLAN)[0]["scene_description"]
    database.close()
    return MadeShow(folder, urlsplit(database.url).path.removeprefix("/"), shots)


@pytest.fixture
def database(database_server: DatabaseServer, made_show: MadeShow) -> Iterator[Database]:
    made = Database(database_server.make_database(made_show.template))
    yield made
    made.close()


@pytest.fixture
def brain() -> Iterator[FakeEchoBrain]:
    with FakeEchoBrain() as running:
        yield running


@pytest.fixture
def studio(database: Database, brain: FakeEchoBrain, made_show: MadeShow) -> Studio:
    return open_show(database, made_show.folder, echo_brain=brain.url)


def open_show(database: Database, folder: Path, project: str = SMALL, **services: str) -> Studio:
    write_small_show(folder / "projects", SHORT, project)
    studio = Studio(Settings(folder / "projects", folder / "home", services=services), database)
    read_show(studio)
    return studio


def read_show(studio: Studio) -> None:
    project, episode = load_episode(studio.settings.projects, EPISODE)
    story.save_project(studio.database, project)
    story.save_episode(studio.database, project, episode)


def make_keyframes(studio: Studio) -> int:
    """Make plan and keyframes, and return how many keyframes there are."""
    work = saved_episode(Run(studio), EPISODE)
    work.make(SHOT_PLANS)
    return len(work.make(KEYFRAMES).outcomes)


def tell(studio: Studio, events: list[Event] | None = None) -> LessonsReport:
    return tell_lessons(Run(studio, emit=(events if events is not None else []).append), EPISODE)


def test_each_accepted_shot_is_told_once_and_what_was_learned_is_kept(
    studio: Studio, database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    shots = made_show.shots
    events: list[Event] = []
    report = tell(studio, events)
    asked = brain.asked(LEARN)
    assert len(report.told) == len(asked) == shots
    assert (report.director, report.untold, report.known) == ("echo-brain", (), ())
    assert {one.decision_id for one in report.told} == {body["generation_id"] for body in asked}
    assert {one.ending for one in report.told} == {"accepted"}
    assert all(body["context_tags"][:2] == ["keyframe", "embedded-painter"] for body in asked)
    assert all("accepted" in body["context_tags"] for body in asked)
    (told,) = [event for event in events if isinstance(event, LessonsTold)]
    assert told.takes == shots
    assert "recommended: keep the light" in told.words
    again = tell(studio)
    assert len(brain.asked(LEARN)) == shots
    assert (again.told, len(again.known)) == ((), shots)
    kept = read_lessons(database, EPISODE)
    assert sorted(one.id for one in kept) == sorted(one.id for one in again.known)
    assert [one.lesson.recommendations for one in kept] == [("keep the light",)] * shots
    assert read_lessons(database, ShotKey.parse(kept[0].shot)) == (kept[0],)
    assert audit.find_chain_problems(database) == ()


def test_the_next_plan_gets_what_was_learned_and_no_accepted_plan_is_stale(
    studio: Studio, database: Database, brain: FakeEchoBrain
) -> None:
    tell(studio)
    make_keyframes(studio)
    assert brain.asked(PLAN) == [], "lessons alone make no plan again"
    script = studio.settings.projects / "small" / "episodes" / "e01.fountain"
    script.write_text(script.read_text().replace("stops", "falls"))
    read_show(studio)
    make_keyframes(studio)
    description = brain.asked(PLAN)[-1]["scene_description"]
    assert "What a director learned from earlier takes of this show:\n- recommended: keep the light" in description
    plans = [row for row in audit.load_trail(database, EPISODE).decisions if row["decision_type"] == "plan"]
    decision = decisions.find_by_id(database, str(plans[-1]["id"]))
    assert decision is not None
    assert decision.parameters["attempt"]["lessons"][0] == "recommended: keep the light"


def test_lessons_are_no_part_of_a_plans_digest(brain: FakeEchoBrain, tmp_path: Path) -> None:
    write_small_show(tmp_path / "projects")
    project, episode = load_episode(tmp_path / "projects", EPISODE)
    director = EchoBrainDirector(brain.url)
    plain = scene_plan_order(project, episode, episode.scenes[0], (), director)
    taught = scene_plan_order(project, episode, episode.scenes[0], (), director, lessons=("recommended: fewer hands",))
    assert plain.digest == taught.digest
    assert taught.engine.plan_attempt(taught.brief, 1, ())["lessons"] == ["recommended: fewer hands"]


def test_a_director_that_is_away_is_a_warning_and_is_told_by_the_next_run(
    studio: Studio, database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    shots = made_show.shots
    away = replace(studio, settings=replace(studio.settings, services={"echo_brain": "http://127.0.0.1:9"}))
    events: list[Event] = []
    report = tell(away, events)
    assert (report.told, len(report.untold), len(report.problems)) == ((), shots, 1)
    (noted,) = [event for event in events if isinstance(event, Noted)]
    assert f"could not be told of {shots} of {shots} takes" in noted.words
    assert "ECHO_BRAIN_URL" in noted.words
    asked = [row for row in audit.load_trail(database, EPISODE).consultations if "generation_id" in row["query"]]
    assert len(asked) == 1, "one that is away is asked once, not for every shot"
    assert len(tell(studio).told) == shots
    assert len(brain.asked(LEARN)) == shots


def test_answers_that_cannot_be_used_cost_their_shot_alone_and_three_in_a_row_the_rest(
    studio: Studio, database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    shots = made_show.shots
    assert shots >= 2
    brain.script = ["missing_fields", "missing_fields"]  # it is asked twice for the first shot
    report = tell(studio)
    assert (len(report.told), len(report.untold)) == (shots - 1, 1)
    assert "learned_elements" in report.problems[0]
    missed = tell(studio)
    assert (len(missed.told), len(missed.known)) == (1, shots - 1)
    assert max(Counter(body["generation_id"] for body in brain.asked(LEARN)).values()) == 3


def test_a_slow_director_is_told_the_rest_next_time(
    studio: Studio, brain: FakeEchoBrain, made_show: MadeShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shots = made_show.shots
    monkeypatch.setattr(lessons, "TELLING_S", 0.05)
    brain.script, brain.slow_s = ["slow"], 0.1
    report = tell(studio)
    assert (len(report.told), len(report.untold)) == (1, shots - 1)
    assert "longer than" in report.problems[0]


def test_exhausted_shots_are_told_with_what_was_measured_on_the_best(
    database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    studio = open_show(database, made_show.folder, SMALL + STRICT, echo_brain=brain.url)
    shots = make_keyframes(studio)
    report = tell(studio)
    work = saved_episode(Run(studio), EPISODE)
    best = {outcome.take.decision_id for _order, outcome in work.find(KEYFRAMES) if outcome is not None}
    assert {one.decision_id for one in report.told} == best
    assert [one.ending for one in report.told] == ["exhausted"] * shots
    for body in brain.asked(LEARN):
        assert any(tag.startswith("rejected, all ") for tag in body["context_tags"])
        assert any(tag.startswith("failed: ") for tag in body["context_tags"])
    assert tell(studio).told == ()


def test_a_shot_with_attempts_left_is_not_told_yet(
    database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    studio = open_show(database, made_show.folder, SMALL + STRICT, echo_brain=brain.url)
    assert tell(studio).told == ()
    assert brain.asked(LEARN) == []


def test_a_run_that_is_stopped_tells_no_more(studio: Studio, brain: FakeEchoBrain) -> None:
    studio.stopped.set()
    with pytest.raises(StoppedError):
        tell(studio)
    assert brain.asked(LEARN) == []


def test_the_embedded_director_keeps_nothing_and_is_told_nothing(database: Database, made_show: MadeShow) -> None:
    studio = open_show(database, made_show.folder)
    report = tell(studio)
    assert (report.director, report.keeps_nothing, report.lessons, report.untold) == ("embedded-director", True, (), ())
    assert lesson_record.list_newest(database, "small") == ()


def test_another_director_is_told_too_and_gives_the_card_back(
    studio: Studio, database: Database, brain: FakeEchoBrain, made_show: MadeShow
) -> None:
    shots = made_show.shots
    tell(studio)
    with FakeOllama() as ollama:
        project = SMALL + "engines: {director: ollama}\n"
        other = open_show(database, made_show.folder, project, ollama=ollama.url)
        other = replace(other, settings=replace(other.settings, ollama_model="tiny"))
        make_keyframes(other)
        ollama.chats.clear()
        report = tell(other)
        assert (report.director, len(report.told)) == ("ollama:tiny", shots)
        assert ollama.loaded == set()
    assert {one.director for one in lesson_record.list_newest(database, "small")} == {"echo-brain", "ollama:tiny"}
