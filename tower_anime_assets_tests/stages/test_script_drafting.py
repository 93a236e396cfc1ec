"""Drafting against a fake Ollama: novels in three languages, bad answers, runs that are killed and go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tower_anime_assets.errors import PlanError, ServiceRejectedError, ServiceUnavailableError, StoryError
from tower_anime_assets.media.show_files import draft_episode_files, list_episodes, load_episode
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.open_decisions import list_abandoned
from tower_anime_assets.stages.script_acceptance import accept
from tower_anime_assets.stages.script_drafting import DraftedEpisode, adapt_novel, draft_show, open_writer, read_novel
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.small_show import write_small_show

ENGLISH = """\
The Keeper
by nobody

Chapter 1: The Storm

The wind tore at the shutters. Mara set the lamp down and listened.

“Somebody is out there,” she said. “Do you hear it?”

Tobias shook his head. “It is only the sea,” said Tobias, and Mara laughed.

Chapter 2

In the morning a boat lay on the stones. Mara ran down the path.

“Wait for me!” cried Tobias.

Chapter 3

Mara held the rope. “Pull,” she said.
"""
GERMAN = """\
Kapitel 1

Der Wind riss an den Läden. Ilse stellte die Lampe ab.

„Da ist jemand draußen“, sagte Ilse.

Kapitel 2

Am Morgen lag ein Boot auf den Steinen. „Komm“, rief Ilse.
"""
JAPANESE = """\
第一章　嵐

ミオは灯台の窓を閉めた。

「誰かいる」とミオは言った。

第二章　朝

浜に舟があった。「待って」とレンが叫んだ。
"""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOllama]:
    with FakeOllama() as fake:
        yield fake


class Desk:
    """A studio in a folder of its own, and the model."""

    def __init__(self, folder: Path, database: Database, fake: FakeOllama) -> None:
        services = {"ollama": fake.url}
        self.settings = Settings(folder / "projects", folder / "home", services=services, ollama_model="tiny")
        self.studio = Studio(self.settings, database)
        self.fake = fake
        self.told: list[str] = []
        fake.chats.clear()
        fake.script = []

    @property
    def asked(self) -> int:
        return sum(bool(body["messages"]) for body in self.fake.chats)

    def adapt(self, name: str, text: str, *chapters: int) -> list[DraftedEpisode]:
        path = self.settings.home / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        file = read_novel(path)
        numbers = set(chapters) or {chapter.number for chapter in file.novel.chapters}
        folder = self.settings.projects / name
        writer = open_writer(self.settings)
        return list(adapt_novel(self.studio, writer, folder, file, numbers, "", self.told.append))

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.studio.database.url) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture
def desk(tmp_path: Path, database: Database, fake: FakeOllama) -> Desk:
    return Desk(tmp_path, database, fake)


@pytest.mark.parametrize(
    ("name", "text", "line", "who"),
    [
        ("keeper", ENGLISH, "Somebody is out there,", "Mara"),
        ("waerter", GERMAN, "Da ist jemand draußen", "Ilse"),
        ("todai", JAPANESE, "誰かいる", "ミオ"),
    ],
)
def test_chapters_become_drafts_that_are_read_without_faults(
    desk: Desk, name: str, text: str, line: str, who: str
) -> None:
    drafts = desk.adapt(name, text)
    assert [draft.path.name for draft in drafts][:2] == ["e01.draft.fountain", "e02.draft.fountain"]
    assert all(draft.missing == () for draft in drafts)
    assert drafts[0].quotes > 0
    project, episode = load_episode(desk.settings.projects, drafts[0].key, reads_unaccepted=True)
    speech = episode.scenes[0].speeches[0]
    assert speech.text == line
    assert project.character(speech.character).name == who
    assert not [warning for warning in episode.warnings if not warning.is_note]


def test_a_draft_is_no_episode_before_it_is_accepted(desk: Desk) -> None:
    key = desk.adapt("shy", ENGLISH, 1)[0].key
    assert list_episodes(desk.settings.projects) == ()
    with pytest.raises(StoryError, match=r"shy-e01 is a draft that nobody has accepted.*tower accept shy-e01"):
        load_episode(desk.settings.projects, key)
    accepted = accept(desk.studio, key, "Kim", "she is shy enough now.")
    assert accepted.path.name == "e01.fountain"
    assert list_episodes(desk.settings.projects) == (key,)
    load_episode(desk.settings.projects, key)
    query = "SELECT created_by, reasoning FROM generation_decisions WHERE project_id = 'shy' AND engine = 'person'"
    assert desk.rows(query) == [("Kim", "Kim accepted the draft as the script of shy-e01. she is shy enough now.")]


def test_no_script_is_ever_overwritten(desk: Desk) -> None:
    folder = write_small_show(desk.settings.projects)
    before = (folder / "episodes" / "e01.fountain").read_bytes()
    draft = desk.adapt("small", ENGLISH, 1)[0]
    assert draft.path.name == "e02.draft.fountain"
    draft.path.rename(draft.path.with_name("e01.draft.fountain"))
    with pytest.raises(PlanError, match="small-e01 has a script already"):
        accept(desk.studio, EpisodeKey("small", "e01"), "Kim")
    assert (folder / "episodes" / "e01.fountain").read_bytes() == before
    with pytest.raises(PlanError, match="there is no draft of small-e07"):
        accept(desk.studio, EpisodeKey("small", "e07"), "Kim")


def test_a_run_that_ended_goes_on_where_it_was_and_asks_nothing_twice(desk: Desk) -> None:
    desk.fake.script = ["", "prose", "prose"]
    with pytest.raises(ServiceRejectedError):
        desk.adapt("killed", ENGLISH)
    desk.fake.script = []
    first = desk.settings.projects / "killed" / "episodes" / "e01.draft.fountain"
    written = first.read_bytes()
    desk.fake.chats.clear()
    drafts = desk.adapt("killed", ENGLISH)
    assert [draft.is_found for draft in drafts] == [True, False, False]
    assert desk.asked == 2
    assert "Chapter 1: The Storm happened." in desk.fake.chats[0]["messages"][1]["content"]
    assert first.read_bytes() == written
    desk.fake.chats.clear()
    assert all(draft.is_found for draft in desk.adapt("killed", ENGLISH))
    assert desk.asked == 0


def test_a_question_that_a_killed_process_left_open_is_lost_and_asked_again(desk: Desk) -> None:
    desk.fake.script = ["prose", "prose"]
    with pytest.raises(ServiceRejectedError):
        desk.adapt("left", ENGLISH, 1)
    desk.fake.script = []
    with psycopg.connect(desk.studio.database.url) as connection:
        connection.execute(
            "INSERT INTO generation_decisions (project_id, episode_id, decision_type, parameters, reasoning, "
            "created_by, idempotency_key, engine, brief_digest, attempt) VALUES "
            "('left', 'e01', 'script_draft', '{}', '', 'tower', 'left-open', 'ollama:tiny', 'x', 1)"
        )
    assert list_abandoned(desk.studio) == []
    desk.adapt("left", ENGLISH, 1)
    query = "SELECT status FROM generation_decisions WHERE project_id = 'left' ORDER BY timestamp"
    assert desk.rows(query) == [("failed",), ("lost",), ("succeeded",)]


def test_every_question_is_on_record_with_its_answer(desk: Desk) -> None:
    desk.fake.script = ["prose"]
    desk.adapt("record", ENGLISH, 1)
    rows = desk.rows(
        "SELECT decision_type, status, model_used, response, used FROM ai_consultations "
        "JOIN generation_decisions AS decisions ON decisions.id = decision_id WHERE project_id = 'record' "
        "ORDER BY ai_consultations.timestamp"
    )
    assert [row[:3] for row in rows] == [("script_draft", "succeeded", "tiny")] * 2
    assert rows[0][3] == "Certainly! Here is a wonderful plan for your scene."
    assert rows[0][4] == "nothing"
    assert rows[1][4] == "1 scenes, 7 beats"


@pytest.mark.parametrize("act", ["fenced", "thinks_in_its_field", "trailing_commas"])
def test_an_answer_that_needs_mending_is_used_and_read_again_from_the_record(desk: Desk, act: str) -> None:
    name = f"mended_{act}"
    desk.fake.script = [act]
    draft = desk.adapt(name, GERMAN, 1)[0]
    text = draft.path.read_bytes()
    draft.path.unlink()
    desk.fake.chats.clear()
    assert desk.adapt(name, GERMAN, 1)[0].path.read_bytes() == text
    assert desk.asked == 0


def test_an_answer_that_is_cut_short_is_asked_for_again_with_more_room(desk: Desk) -> None:
    desk.fake.script = ["cut_short", "lost_lines"]
    draft = desk.adapt("room", GERMAN, 1)[0]
    assert [quote.text for quote in draft.missing] == ["Da ist jemand draußen"]
    rooms = [body["options"]["num_predict"] for body in desk.fake.chats if body["messages"]]
    assert rooms[1] > rooms[0]


@pytest.mark.parametrize("act", ["prose", "truncated", "empty", "wrong_shape", "markup"])
def test_an_answer_that_cannot_be_used_is_asked_for_once_more_and_then_given_up(desk: Desk, act: str) -> None:
    name = f"bad_{act}"
    desk.fake.script = [act]
    assert desk.adapt(name, GERMAN, 1)[0].missing == ()
    desk.fake.script = [act, act]
    with pytest.raises(ServiceRejectedError, match=r"answered 2 times.*Run it again to ask with another seed"):
        desk.adapt(name, GERMAN, 2)
    assert [path.name for path in (desk.settings.projects / name / "episodes").iterdir()] == ["e01.draft.fountain"]


def test_quoted_lines_that_stay_missing_are_named_with_their_lines(desk: Desk) -> None:
    desk.fake.script = ["lost_lines", "lost_lines"]
    draft = desk.adapt("lost", ENGLISH, 1)[0]
    assert [(quote.line, quote.text) for quote in draft.missing] == [
        (8, "Somebody is out there,"),
        (8, "Do you hear it?"),
        (10, "It is only the sea,"),
    ]
    correction = desk.fake.chats[1]["messages"][-1]["content"]
    assert "a quoted line is missing: 'It is only the sea,'" in correction


def test_a_stranger_whom_the_model_keeps_inventing_joins_the_cast_with_a_word(desk: Desk) -> None:
    desk.fake.script = ["stranger", "stranger"]
    draft = desk.adapt("strange", ENGLISH, 1)[0]
    assert "Zorro is new in the cast, who is nowhere described: write how they look" in draft.remarks
    assert (desk.settings.projects / "strange" / "characters" / "zorro.yaml") in draft.cast_files
    assert "Zorro speaks, but is neither in the cast nor described" in desk.fake.chats[1]["messages"][-1]["content"]


def test_a_mood_that_is_none_is_corrected_or_left_open_with_a_word(desk: Desk) -> None:
    desk.fake.script = ["odd_mood", "odd_mood"]
    draft = desk.adapt("moody", GERMAN, 1)[0]
    assert any("'bittersweetish' is none of" in remark for remark in draft.remarks)


def test_a_chapter_longer_than_the_context_is_asked_for_in_parts_and_becomes_one_draft(desk: Desk) -> None:
    paragraph = "“It is late,” said Mara. " + "The lamp burned and the sea was black. " * 30
    text = "Chapter 1\n\n" + "\n\n".join([paragraph] * 12)
    draft = desk.adapt("long", text)[0]
    assert desk.asked > 1
    assert (draft.quotes, draft.missing, draft.scenes) == (12, (), desk.asked)
    for body in desk.fake.chats:
        if body["messages"]:
            words = sum(len(message["content"]) for message in body["messages"])
            assert words / 4 + body["options"]["num_predict"] < body["options"]["num_ctx"] < 16_384


def test_a_model_with_a_small_context_is_asked_for_smaller_parts(desk: Desk) -> None:
    text = "Chapter 1\n\n" + "\n\n".join(["“It is late,” said Mara. " + "The lamp burned. " * 40] * 8)
    desk.fake.context_tokens = 4096
    try:
        draft = desk.adapt("small_model", text)[0]
    finally:
        desk.fake.context_tokens = 131_072
    assert (draft.quotes, draft.missing) == (8, ())
    assert desk.asked > 1


def test_only_chosen_chapters_are_drafted_and_a_gap_in_memory_is_said(desk: Desk) -> None:
    drafts = desk.adapt("gap", ENGLISH, 3)
    assert [draft.path.name for draft in drafts] == ["e03.draft.fountain"]
    assert "Chapter 1 was not drafted: the later ones are drafted without it in mind." in desk.told


def test_an_idea_becomes_a_show_with_a_cast_and_a_draft(desk: Desk) -> None:
    folder = desk.settings.projects / "lamp"
    writer = open_writer(desk.settings)
    idea = "two robots fall in love in a lighthouse"
    draft = draft_show(desk.studio, writer, folder, idea, "", desk.told.append)
    read = draft_episode_files(desk.settings.projects, draft.key, reads_unaccepted=True)
    assert read.faults == ()
    assert read.project.title == "The Lamp"
    assert idea in read.project.logline
    assert {one.name for one in read.project.characters} == {"Bolt", "Ada"}
    assert read.episode is not None
    assert [len(scene.speeches) for scene in read.episode.scenes] == [2, 2]
    with pytest.raises(PlanError, match="is not empty"):
        draft_show(desk.studio, writer, folder, idea, "", desk.told.append)


def test_a_pitch_on_record_is_not_asked_for_again(desk: Desk) -> None:
    folder, writer = desk.settings.projects / "again", open_writer(desk.settings)
    desk.fake.script = ["", "prose", "prose"]
    with pytest.raises(ServiceRejectedError):
        draft_show(desk.studio, writer, folder, "a lamp", "", desk.told.append)
    assert not folder.exists()
    desk.fake.chats.clear()
    draft_show(desk.studio, writer, folder, "a lamp", "", desk.told.append)
    assert desk.asked == 1


def test_without_a_language_model_the_variables_are_named(desk: Desk) -> None:
    bare = Settings(desk.settings.projects, desk.settings.home)
    with pytest.raises(PlanError, match="set OLLAMA_URL and OLLAMA_MODEL"):
        open_writer(bare)
    away = Settings(bare.projects, bare.home, services={"ollama": "http://127.0.0.1:9"}, ollama_model="tiny")
    with pytest.raises(ServiceUnavailableError):
        open_writer(away)
    absent = Settings(bare.projects, bare.home, services={"ollama": desk.fake.url}, ollama_model="huge")
    with pytest.raises(ServiceRejectedError, match="ollama pull huge"):
        open_writer(absent)


def test_the_model_is_unloaded_when_the_drafts_are_done(desk: Desk) -> None:
    desk.adapt("unload", GERMAN, 1)
    assert desk.fake.loaded == set()
