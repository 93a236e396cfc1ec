"""The pages of the trail, read as a browser reads them: from the record of a real path through a server's jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
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
STYLE = 'style: {art_direction: "ink & <b>wash</b>", negative: blurry, checkpoint: ANIME_SDXL.safetensors}\n'

SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]] [[weather: rain]]

Akira runs down the street.
"""

Row = dict[str, str]


@dataclass
class ReadPage(HTMLParser):
    """A page as its reader sees it: the tables by caption, links, headings, and pictures' texts.

    Attributes:
        tables: Rows by caption, each cell by the header of its column.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._inside: list[str] = []
        self._text = ""
        self._caption = ""
        self._columns: list[str] = []
        self._cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag in ("img", "video", "audio"):
            self.pictures.append(found.get("alt") or found.get("aria-label") or "")
        if tag in ("th", "td", "caption", "h1", "h2", "p"):
            self._text = ""
        if tag == "table":
            self._columns = []
        if tag == "tr":
            self._cells = []

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption":
            self._caption = self._text
            self.tables.setdefault(self._caption, [])
        if tag == "th":
            self._columns.append(self._text)
        if tag == "td":
            self._cells.append(self._text)
        if tag == "tr" and self._cells and len(self._cells) == len(self._columns):
            self.tables.setdefault(self._caption, []).append(dict(zip(self._columns, self._cells, strict=True)))
        if tag in ("h1", "h2"):
            self.headings.append(self._text)
        if tag == "p":
            self.words.append(self._text)


def read(client: TestClient, url: str) -> ReadPage:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    assert "<b>wash" not in answer.text
    page = ReadPage()
    page.feed(answer.text)
    return page


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


def test_a_retried_shot_shows_its_attempts_beside_each_other_and_what_was_changed(made: Made) -> None:
    page = read(made.client, f"/shots/{SHOT}")
    rows = page.tables["Attempts with engine and seed"]
    assert [(row["attempt"], row["state"]) for row in rows] == [("2", "accepted"), ("1", "rejected")]
    assert [row["engine"] for row in rows] == ["comfyui:sdxl_anime_t2i"] * 2
    seeds = [str(row["parameters"]["attempt"]["seed"]) for row in made.decisions]
    assert [row["seed"] for row in rows] == seeds[::-1]
    assert {row["server"] for row in rows} == {made.server.url}
    for row in made.decisions:
        assert f"/attempts/{row['id']}" in page.links
    assert page.pictures == [
        "keyframe of sc01-sh0010, attempt 2, accepted",
        "keyframe of sc01-sh0010, attempt 1, rejected",
    ]
    told = "\n".join(page.words)
    assert "Keyframe sc01-sh0010: accepted at attempt 2 of 2, by comfyui:sdxl_anime_t2i" in told
    assert "colour_repeats 1 -> 2 (wrong colours: the prompt repeats the character's colours)" in told
    assert "Overruled: shot 1: the pose arms-crossed of akira, because the script says run" in told


def test_prompt_parts_joined_are_the_prompts_that_the_server_was_sent(made: Made) -> None:
    for decision, job in zip(made.decisions, made.workflows, strict=True):
        page = read(made.client, f"/attempts/{decision['id']}")
        rows = page.tables["Its parts in order, and where each comes from"]
        positive = [row for row in rows if row["role"] != "negative"]
        negative = [row for row in rows if row["role"] == "negative"]
        texts = [value for node in made.sent(job["prompt_id"]).values() for value in node["inputs"].values()]
        assert ", ".join(row["words"] for row in positive) in texts
        assert ", ".join(row["words"] for row in negative) in texts
        sources = {row["words"]: row["from"] for row in rows}
        assert "not on record" not in sources.values()
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
        page = read(made.client, f"/attempts/{job['decision_id']}")
        (row,) = page.tables["Jobs at servers"]
        assert row["job"] == job["prompt_id"]
        answer = made.client.get(f"/graphs/{job['id']}.json")
        assert f"/graphs/{job['id']}.json" in page.links
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-disposition"] == f'attachment; filename="graph-{job["id"]}.json"'
        assert sent[job["prompt_id"]].startswith(b'{"prompt": ' + answer.content + b', "prompt_id"')


def test_values_models_and_the_ranking_say_where_they_come_from(made: Made) -> None:
    second = read(made.client, f"/attempts/{made.decisions[1]['id']}")
    values = {row["parameter"]: row for row in second.tables["Each value, and where it comes from"]}
    parameters = made.decisions[1]["parameters"]["attempt"]
    assert values["steps"]["value"] == str(parameters["steps"])
    assert values["sampler"]["from"] == "workflow graph"
    assert values["colour_repeats"]["from"].startswith("retry rule: colour_repeats 1 -> 2: wrong colours")
    assert all(row["from"] != "not on record" for row in values.values())
    (model,) = second.tables["Model files as they were sent"]
    assert (model["file"], model["from"]) == ("ANIME_SDXL.safetensors", "project.yaml: style.checkpoint")
    ranking = second.tables["What was considered, by the strategy balanced"]
    assert (ranking[0]["place"], ranking[0]["engine"]) == ("chosen", "comfyui:sdxl_anime_t2i")
    assert {row["place"] for row in ranking[1:]} <= {"next", "set aside"}
    assert all(row["why"] for row in ranking)
    verdicts = second.tables["Measured by the gates"]
    assert {row["result"] for row in verdicts} == {"passed"}
    first = read(made.client, f"/attempts/{made.decisions[0]['id']}")
    assert "failed" in {row["result"] for row in first.tables["Measured by the gates"]}


def test_a_plans_attempt_shows_what_was_asked_used_and_overruled(made: Made) -> None:
    plan = next(
        row for row in audit.load_trail(made.studio.database, EPISODE).decisions if row["decision_type"] == "plan"
    )
    page = made.client.get(f"/attempts/{plan['id']}").text
    assert "<b>echo_brain</b> asked at" in page
    assert re.search(r"Used: \d backgrounds?, \d faces?, ", page)
    assert "<li>shot 1: the pose arms-crossed of akira, because the script says run</li>" in page
    assert "&quot;scene_description&quot;" in page


def test_an_episodes_trail_is_told_and_listed(made: Made) -> None:
    page = read(made.client, f"/episodes/{KEY}/trail")
    assert any(words.startswith("Plan: 1 of 1 accepted at the first attempt.") for words in page.words)
    whats = [row["what"] for row in page.tables["Attempts with engine and seed"]]
    assert whats.count("keyframe sc01-sh0010") == 2
    assert whats[0] == "plan sc01"
    assert "how it was made" in made.client.get(f"/episodes/{KEY}").text


@pytest.mark.parametrize(
    "url", ["/attempts/none", f"/attempts/{'0' * 8}-0000-0000-0000-{'0' * 12}", "/graphs/none.json",
            f"/graphs/{'0' * 8}-0000-0000-0000-{'0' * 12}.json"],
)  # fmt: skip
def test_what_is_not_on_record_is_not_found(made: Made, url: str) -> None:
    assert made.client.get(url).status_code == 404


class CountingDatabase(Database):
    """Counts the statements that are sent."""

    sent = 0

    def fetch_all(self, address: str, parameters: Any = None) -> Any:
        self.sent += 1
        return super().fetch_all(address, *([] if parameters is None else [parameters]))


def test_a_shot_of_many_attempts_needs_no_more_queries_than_one_of_two(database: Database, tmp_path: Path) -> None:
    counting = CountingDatabase(database.url)
    client = TestClient(build_app(Studio(Settings(tmp_path, tmp_path), counting)), base_url="http://127.0.0.1")
    queries = []
    for episode, count in (("e01", 2), ("e02", 30)):
        shot = RecordedShot(database, ShotKey("many", episode, "sc01", "sh0010"))
        for number in range(1, count + 1):
            take = shot.make(number, SOFT, 0.4, steps=number)
            shot.send(take.decision_id, {"smp.inputs.seed": number})
        client.get(f"/shots/{shot.key}")
        counting.sent = 0
        page = read(client, f"/shots/{shot.key}")
        queries.append(counting.sent)
        assert len(page.tables["Attempts with engine and seed"]) == count
        assert len(page.pictures) == count
    counting.close()
    assert queries[0] == queries[1] <= 10
