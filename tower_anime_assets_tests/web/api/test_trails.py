"""The trail over the API: from the record of a real path through a server's jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.reports.trail_pages import load_trail_page
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.keyframes import KEYFRAMES
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.app import build_app
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_jobs import Graph
from tower_anime_assets_tests.fakes.comfyui_models import rendered
from tower_anime_assets_tests.fakes.echo_brain import FakeEchoBrain
from tower_anime_assets_tests.reports.recorded_shot import SOFT, RecordedShot
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

EPISODE = EpisodeKey.parse(KEY)
SHOT = ShotKey.parse(f"{KEY}-sc01-sh0010")
NOTHING = "00000000-0000-0000-0000-000000000000"
STYLE = 'style: {art_direction: "ink & <b>wash</b>", negative: blurry, checkpoint: ANIME_SDXL.safetensors}\n'

SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]] [[weather: rain]]

Akira runs down the street.
"""


@contextmanager
def blurring_server() -> Iterator[FakeComfyUI]:
    """Give a server whose first picture of the first shot is blurred."""
    is_blurred = False

    def render(graph: Graph) -> tuple[bytes, str]:
        nonlocal is_blurred
        data, suffix = rendered(graph, lambda _name: b"")
        if not is_blurred and "Akira runs down the street" in str(graph):
            is_blurred = True
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            data = cv2.imencode(".png", cv2.GaussianBlur(picture, (0, 0), 20))[1].tobytes()
        return data, suffix

    with FakeComfyUI(render) as server:
        yield server


@dataclass
class Made:
    """One keyframe, retried once, of a plan by a fake Echo Brain, and the server that rendered it."""

    studio: Studio
    client: TestClient
    server: FakeComfyUI
    decisions: list[dict[str, Any]]
    workflows: list[dict[str, Any]]

    def sent(self, prompt_id: str) -> Any:
        return self.server.jobs.history[prompt_id]["prompt"][2]


@pytest.fixture(scope="module")
def made(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("trail")
    write_small_show(folder / "projects", SCRIPT, PROJECT + STYLE)
    database = Database(database_server.make_database())
    with blurring_server() as server, FakeEchoBrain() as brain:
        services = {"comfyui": server.url, "echo_brain": brain.url}
        studio = Studio(Settings(folder / "projects", folder / "home", services=services), database)
        ingest.read_characters(Run(studio), EPISODE.project)
        ingest.read_episode(studio, EPISODE)
        saved_episode(Run(studio), EPISODE).make(SHOT_PLANS)
        run = saved_episode(Run(studio), EPISODE)
        ingest.save_plan(run)
        run.make(KEYFRAMES)
        trail = audit.load_trail(database, SHOT)
        with TestClient(build_app(studio), base_url="http://127.0.0.1") as client:  # it closes the studio at its end
            yield Made(studio, client, server, list(trail.decisions), list(trail.workflows))


def read(made: Made, path: str) -> Any:
    answer = made.client.get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_retried_shot_shows_its_attempts_and_what_was_changed(made: Made) -> None:
    trail = read(made, f"trails/{SHOT}")
    first, second = trail["attempts"]
    assert [(row["number"], row["state"]) for row in (first, second)] == [(1, "rejected"), (2, "accepted")]
    for row, decision in zip((first, second), made.decisions, strict=True):
        assert (row["id"], row["engine"]) == (decision["id"], "comfyui:sdxl_anime_t2i")
        assert row["seed"] == str(decision["parameters"]["attempt"]["seed"])
        assert row["server"] == made.server.url
        assert row["url"].startswith("/media/")
        assert made.client.get(row["thumb_url"]).status_code == 200
    assert first["failed"]
    assert not second["failed"]
    assert (first["changed"], second["changed"][0]) == ([], "another seed")
    told = "\n".join(trail["words"])
    assert "Keyframe sc01-sh0010: accepted at attempt 2 of 2, by comfyui:sdxl_anime_t2i" in told
    assert "colour_repeats 1 -> 2 (wrong colours: the prompt repeats the character's colours)" in told
    assert "Overruled: shot 1: the pose arms-crossed of akira, because the script says run" in told
    assert read(made, f"attempts/{trail['plan']}")["attempt"]["stage"] == "plan"
    assert {one["model"] for one in trail["plan_consultations"]} == {"echo_brain"}


def test_an_attempt_is_found_by_its_decision_or_by_a_take_of_it(made: Made) -> None:
    page = read(made, f"attempts/{made.decisions[1]['id']}")
    assert (page["state"], page["episode"], page["shot"]) == ("accepted", KEY, str(SHOT))
    assert read(made, f"attempts/{page['attempt']['takes'][0]['id']}") == page


def test_prompt_parts_joined_are_the_prompts_that_the_server_was_sent(made: Made) -> None:
    for decision, job in zip(made.decisions, made.workflows, strict=True):
        attempt = read(made, f"attempts/{decision['id']}")["attempt"]
        texts = [value for node in made.sent(job["prompt_id"]).values() for value in node["inputs"].values()]
        for parts in (attempt["prompt"], attempt["negative"]):
            assert ", ".join(part["text"] for part in parts) in texts
        sources = {part["text"]: part["source"] for part in (*attempt["prompt"], *attempt["negative"])}
        assert all(sources.values())
        assert sources["Akira runs down the street"] == "script"
        assert sources["ink & <b>wash</b>"] == "project.yaml: style.art_direction"
        assert (sources["rain"], sources["at night"]) == ("script: weather", "script: time of day")
        assert sources["volumetric haze"] == "echo-brain"
        assert sources["blurry"] == "project.yaml: style.negative"
        assert next(source for words, source in sources.items() if words.startswith("Akira, ")).startswith(
            "characters/akira.yaml"
        )


def test_a_graph_is_downloaded_byte_for_byte_as_it_was_sent(made: Made) -> None:
    sent = {json.loads(body)["prompt_id"]: body for body in made.server.prompts}
    for job in made.workflows:
        page = read(made, f"attempts/{job['decision_id']}")
        assert [one["prompt_id"] for one in page["attempt"]["jobs"]] == [job["prompt_id"]]
        (graph,) = page["graphs"]
        answer = made.client.get(graph["url"])
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-disposition"] == f'attachment; filename="graph-{job["id"]}.json"'
        assert sent[job["prompt_id"]].startswith(b'{"prompt": ' + answer.content + b', "prompt_id"')


def test_values_models_and_the_ranking_say_where_they_come_from(made: Made) -> None:
    second = read(made, f"attempts/{made.decisions[1]['id']}")["attempt"]
    values = {value["name"]: value for value in second["values"]}
    assert values["steps"]["value"] == made.decisions[1]["parameters"]["attempt"]["steps"]
    assert values["sampler"]["origin"] == "workflow graph"
    assert values["colour_repeats"]["origin"].startswith("retry rule: colour_repeats 1 -> 2: wrong colours")
    assert all(value["origin"] for value in second["values"])
    (model,) = second["models"]
    assert (model["file"], model["origin"]) == ("ANIME_SDXL.safetensors", "project.yaml: style.checkpoint")
    ranking = second["ranking"]
    assert (ranking[0]["state"], ranking[0]["engine"]) == ("chosen", "comfyui:sdxl_anime_t2i")
    assert {row["state"] for row in ranking[1:]} <= {"next", "set aside"}
    assert all(row["why"] for row in ranking)
    assert all(verdict["passed"] for take in second["takes"] for verdict in take["verdicts"])
    first = read(made, f"attempts/{made.decisions[0]['id']}")["attempt"]
    assert not all(verdict["passed"] for take in first["takes"] for verdict in take["verdicts"])


def test_a_plans_attempt_shows_what_was_asked_used_and_overruled(made: Made) -> None:
    plan = next(
        row for row in audit.load_trail(made.studio.database, EPISODE).decisions if row["decision_type"] == "plan"
    )
    asked = read(made, f"attempts/{plan['id']}")["attempt"]["consultations"][0]
    assert asked["model"] == "echo_brain"
    assert re.match(r"\d backgrounds?, \d faces?, ", asked["used"])
    assert "shot 1: the pose arms-crossed of akira, because the script says run" in asked["overruled"]
    assert '"scene_description"' in asked["query"]


def test_an_episodes_trail_is_told_and_listed(made: Made) -> None:
    trail = read(made, f"trails/{KEY}")
    assert any(words.startswith("Plan: 1 of 1 accepted at the first attempt.") for words in trail["words"])
    whats = [(row["stage"], row["subject"]) for row in trail["attempts"]]
    assert whats.count(("keyframe", "sc01-sh0010")) == 2
    assert whats[0] == ("plan", "sc01")


def test_an_episodes_scores_are_what_was_measured_and_what_it_cost(made: Made) -> None:
    scores = read(made, f"scores/{KEY}")
    measures = {(row["stage"], row["measure"]): row for row in scores["measures"]}
    blank = measures["keyframe", "luma_std"]
    assert blank["least"] <= blank["median"] <= blank["most"]
    cost = next(row for row in scores["costs"] if row["stage"] == "keyframe")
    takes = sum(row["stage"] == "keyframe" for row in read(made, f"trails/{KEY}")["attempts"])
    assert (cost["engine"], cost["takes"], cost["accepted"]) == ("comfyui:sdxl_anime_t2i", takes, takes - 1)


@pytest.mark.parametrize(
    "path", ["attempts/none", f"attempts/{NOTHING}", f"graphs/{NOTHING}", "trails/none-e09", "scores/none-e09"]
)
def test_what_is_not_on_record_is_not_found(made: Made, path: str) -> None:
    answer = made.client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_links_of_earlier_versions_lead_to_what_they_showed(made: Made) -> None:
    job, decision = made.workflows[0]["id"], made.decisions[0]["id"]
    for earlier, today in {
        "/episodes": "/",
        f"/episodes/{KEY}": f"/storyboard/{KEY}",
        f"/episodes/{KEY}/trail": f"/trail/{KEY}",
        f"/episodes/{KEY}/scores": f"/quality?episode={KEY}",
        f"/shots/{SHOT}": f"/shot/{SHOT}",
        f"/attempts/{decision}": f"/attempt/{decision}",
        f"/graphs/{job}.json": f"/api/graphs/{job}",
        "/shots/a%3Fb%23c": "/shot/a%3Fb%23c",
    }.items():
        answer = made.client.get(earlier, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, today), earlier
    assert made.client.get(f"/graphs/{job}.json").json() == made.sent(made.workflows[0]["prompt_id"])


class CountingDatabase(Database):
    """Counts the statements that are sent."""

    sent = 0

    def fetch_all(self, address: str, parameters: Any = None) -> Any:
        self.sent += 1
        return super().fetch_all(address, *([] if parameters is None else [parameters]))


def test_a_shot_of_many_attempts_needs_no_more_queries_than_one_of_two(database: Database, tmp_path: Path) -> None:
    write_small_show(tmp_path / "many", SCRIPT)
    (tmp_path / "many" / "small" / "episodes" / "e02.fountain").write_text(SCRIPT)
    counting = CountingDatabase(database.url)
    studio = Studio(Settings(tmp_path / "many", tmp_path), counting)
    queries = []
    for episode, count in (("e01", 2), ("e02", 30)):
        shot = RecordedShot(database, ShotKey("small", episode, "sc01", "sh0010"))
        for number in range(1, count + 1):
            take = shot.make(number, SOFT, 0.4, steps=number)
            shot.send(take.decision_id, {"smp.inputs.seed": number})
        load_trail_page(studio, shot.key)
        counting.sent = 0
        trail = load_trail_page(studio, shot.key)
        queries.append(counting.sent)
        assert len(trail.attempts) == count
        assert all(row.url for row in trail.attempts)
    counting.close()
    assert queries[0] == queries[1] <= 12
