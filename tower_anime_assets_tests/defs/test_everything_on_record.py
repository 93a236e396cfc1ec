"""An episode of which services make every part: what their logs say they were asked is on record, to the last of it.

The services are fakes on real sockets. The record is read with plain SQL, so that no code of ours vouches for itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, LiteralString

import dagster as dg
import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tower_anime_assets.clients.echo_brain_facts import MCP_PATH
from tower_anime_assets.definitions import build_definitions
from tower_anime_assets.defs.freshness import find_stale_followers
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.workflows import fill_template
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.echo_brain import LEARN, PLAN, REFINE, FakeEchoBrain
from tower_anime_assets_tests.fakes.echo_voice import FakeEchoVoice
from tower_anime_assets_tests.fakes.music import FakeMusic
from tower_anime_assets_tests.fakes.ollama import FakeOllama
from tower_anime_assets_tests.small_show import KEY, write_small_show

pytestmark = [  # Dagster's own use of what pydantic deprecates, and of what it calls beta itself
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]

PROJECT = """\
title: Small Show
delivery: {width: 320, height: 320, working: {width: 256, height: 256}, fps: 8, max_clip_frames: 49}
style: {checkpoint: ANIME_SDXL.safetensors}
thresholds: {eye_agreement: {low: 0}}
seed: 7
"""
SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]] [[shot: wide]]

Akira runs down the street.

AKIRA
They found us.

INT. LABORATORY - DAY
[[mood: calm]] [[music: soft synths, 80 bpm]]

LUNA
Close the door.
"""
TABLES = (
    "generation_decisions", "takes", "verdicts", "workflow_history", "ai_consultations", "lessons", "audit_chain",
    "creative_sessions", "video_workflow_templates",
)  # fmt: skip


@dataclass
class Services:
    """Every service that there is."""

    comfyui: FakeComfyUI
    brain: FakeEchoBrain
    voice: FakeEchoVoice
    music: FakeMusic
    ollama: FakeOllama

    @property
    def urls(self) -> dict[str, str]:
        return {
            "comfyui": self.comfyui.url,
            "echo_brain": self.brain.url,
            "echo_voice": self.voice.url,
            "music": self.music.url,
            "ollama": self.ollama.url,
        }

    @property
    def director_requests(self) -> list[tuple[str, dict[str, Any]]]:
        """What Echo Brain's director was asked; its memory, which this one has not, is offered facts."""
        return [(path, body) for path, body in self.brain.requests if path != MCP_PATH]

    def count_asked(self) -> list[int]:
        """Return how often each was asked to make or judge something."""
        asked = (
            self.comfyui.prompts,
            self.director_requests,
            self.voice.requests,
            self.music.requests,
            self.ollama.chats,
        )
        return [len(requests) for requests in asked]


@dataclass
class TwiceMade:
    """An episode that was produced twice by the job, with what there was after each time."""

    services: Services
    database: Database
    asked: list[list[int]] = field(default_factory=list)
    rows: list[dict[str, int]] = field(default_factory=list)
    materialized: list[set[str]] = field(default_factory=list)
    stale: list[dg.AssetKey] = field(default_factory=list)

    def select(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self.database.url, row_factory=namedtuple_row) as connection:
            return connection.execute(query).fetchall()

    def count_rows(self) -> dict[str, int]:
        with psycopg.connect(self.database.url) as connection:
            counts = {}
            for table in TABLES:
                found = connection.execute(
                    psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
                ).fetchone()
                assert found is not None
                counts[table] = int(found[0])
            return counts


@pytest.fixture(scope="module")
def made(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwiceMade]:
    folder = tmp_path_factory.mktemp("all")
    write_small_show(folder / "projects", SCRIPT, PROJECT)
    with ExitStack() as stack:
        services = Services(
            stack.enter_context(FakeComfyUI()),
            stack.enter_context(FakeEchoBrain()),
            stack.enter_context(FakeEchoVoice()),
            stack.enter_context(FakeMusic()),
            stack.enter_context(FakeOllama()),
        )
        services.comfyui.jobs.duration_s = 0.01
        settings = Settings(folder / "projects", folder / "home", services=services.urls, ollama_vision_model="eye")
        studio = Studio(settings, database)
        instance = stack.enter_context(dg.DagsterInstance.ephemeral())
        instance.add_dynamic_partitions("episodes", [KEY])
        definitions = build_definitions({"studio": studio})
        job = definitions.resolve_job_def("produce_episode")
        twice = TwiceMade(services, database)
        for _ in range(2):
            result = job.execute_in_process(instance=instance, partition_key=KEY)
            events = result.get_asset_materialization_events()
            twice.materialized.append({event.asset_key.to_user_string() for event in events if event.asset_key})
            twice.asked.append(services.count_asked())
            twice.rows.append(twice.count_rows())
        job.execute_in_process(instance=instance, partition_key=KEY, asset_selection=[dg.AssetKey("compiled_episodes")])
        twice.stale = find_stale_followers(instance, definitions, KEY)
        yield twice
        studio.close()


def test_a_second_run_asks_nobody_and_records_nothing(made: TwiceMade) -> None:
    assert made.asked[1] == made.asked[0]
    assert all(made.asked[0]), "every service took part"
    assert made.rows[1] == made.rows[0]


def test_the_reports_are_made_with_the_episode(made: TwiceMade) -> None:
    reports = {"lessons", "quality_report", "learning_report", "workflow_profiles"}
    assert reports | {"compiled_episodes"} <= made.materialized[0] & made.materialized[1]


def test_a_master_that_is_found_again_needs_no_new_lessons_or_report(made: TwiceMade) -> None:
    assert made.stale == []


def test_every_job_of_a_server_was_decided_before_and_its_graph_is_on_record_to_the_byte(made: TwiceMade) -> None:
    rows = made.select(
        """
        SELECT
            runs.prompt_id, runs.workflow_json, runs.workflow_sha256, runs.server, templates.template,
            decisions."timestamp" < runs.queued_at AS was_decided_before, decisions.status
        FROM workflow_history AS runs
        JOIN generation_decisions AS decisions ON decisions.id = runs.decision_id
        JOIN video_workflow_templates AS templates ON templates.sha256 = runs.template_sha256
        """
    )
    bodies = {json.loads(body)["prompt_id"]: body for body in made.services.comfyui.prompts}
    assert len(bodies) == len(made.services.comfyui.prompts) == len(rows)
    assert {str(row.prompt_id) for row in rows} == set(made.services.comfyui.submissions) == set(bodies)
    for row in rows:
        graph = fill_template(json.loads(row.template), row.workflow_json)
        assert bodies[str(row.prompt_id)].startswith(b'{"prompt": ' + graph.encode() + b", ")
        assert hashlib.sha256(graph.encode()).hexdigest() == row.workflow_sha256
        assert (row.server, row.was_decided_before, row.status) == (made.services.comfyui.url, True, "succeeded")


def test_every_question_to_echo_brain_and_its_answer_is_on_record_to_the_byte(made: TwiceMade) -> None:
    rows = made.select(
        """
        SELECT query, response, used FROM ai_consultations WHERE model_used = 'echo_brain' ORDER BY "timestamp", id
        """
    )
    assert [json.loads(row.query) for row in rows] == [body for _path, body in made.services.director_requests]
    assert [row.response for row in rows] == made.services.brain.answers
    assert {path for path, _body in made.services.director_requests} == {PLAN, REFINE, LEARN}
    assert all(row.used not in (None, "", "nothing") for row in rows)


def test_every_look_of_the_vision_model_is_on_record(made: TwiceMade) -> None:
    rows = made.select("SELECT query, response FROM ai_consultations WHERE model_used = 'eye'")
    looks = [chat for chat in made.services.ollama.chats if chat["messages"]]
    shots = made.select("SELECT id FROM shot_plans")
    assert len(rows) == len(looks) == len(shots)
    assert all(json.loads(row.response) == made.services.ollama.looks for row in rows)


def test_every_line_and_cue_that_was_asked_for_is_a_decision(made: TwiceMade) -> None:
    rows = made.select(
        """
        SELECT decision_type, engine, status, parameters -> 'brief' ->> 'text' AS spoken
        FROM generation_decisions WHERE decision_type IN ('voice', 'music')
        """
    )
    spoken = sorted(row.spoken for row in rows if row.decision_type == "voice")
    assert spoken == sorted(asked.body["text"] for asked in made.services.voice.requests if asked.body)
    assert sum(row.decision_type == "music" for row in rows) == len(made.services.music.requests)
    assert {(row.decision_type, row.engine, row.status) for row in rows} == {
        ("voice", "echo-voice", "succeeded"),
        ("music", "music-service", "succeeded"),
    }


def test_every_decision_gave_a_take_that_was_judged_and_scored(made: TwiceMade) -> None:
    unjudged = made.select(
        """
        SELECT decisions.decision_type, decisions.status, decisions.quality_score
        FROM generation_decisions AS decisions
        WHERE
            decisions.status <> 'succeeded'
            OR decisions.quality_score IS NULL
            OR NOT EXISTS (
                SELECT FROM takes JOIN verdicts ON verdicts.take_id = takes.id WHERE takes.decision_id = decisions.id
            )
        """
    )
    assert unjudged == []
    stages = {row.decision_type for row in made.select("SELECT DISTINCT decision_type FROM generation_decisions")}
    assert stages >= {"sheet", "plan", "keyframe", "clip", "voice", "music", "mix", "master"}


def test_the_director_was_told_of_every_accepted_shot_once(made: TwiceMade) -> None:
    accepted = made.select(
        """
        SELECT takes.decision_id, takes.stage FROM takes JOIN accepted_takes ON accepted_takes.take_id = takes.id
        WHERE takes.stage IN ('keyframe', 'clip')
        """
    )
    lessons = made.select(
        """
        SELECT
            lessons.decision_id, lessons.director, lessons.ending, lessons.scores, lessons.learned,
            lessons.recommendations, lessons.confidences, consultations.query, consultations.response
        FROM lessons JOIN ai_consultations AS consultations ON consultations.id = lessons.consultation_id
        """
    )
    told = Counter(body["generation_id"] for path, body in made.services.brain.requests if path == LEARN)
    assert set(told.values()) == {1}
    assert set(told) == {str(row.decision_id) for row in accepted} == {str(row.decision_id) for row in lessons}
    assert len(lessons) == len(accepted)
    for row in lessons:
        query, answer = json.loads(row.query), json.loads(row.response)
        assert (row.director, row.ending, query["generation_id"]) == ("echo-brain", "accepted", str(row.decision_id))
        assert row.scores == query["quality_scores"]
        assert "accepted" in query["context_tags"]
        assert row.learned == answer["learned_elements"]
        assert row.recommendations == answer["recommendations_for_next"]
        assert row.confidences == answer["updated_confidence_scores"]


def test_the_record_is_sound(made: TwiceMade) -> None:
    assert audit.find_chain_problems(made.database) == ()
