"""What is suggested reaches the server, and the record says so."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tower_anime_assets.engines.attempts import AttemptRunner
from tower_anime_assets.engines.generate import generate
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.record import Record
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.suggestions import DEFAULTS, suggest_parameters
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.planning.briefs import KeyframeBrief
from tower_anime_assets.production.story.ids import EpisodeKey, StoryPosition
from tower_anime_assets.production.story.model import Learning, Project
from tower_anime_assets.production.verdicts import Threshold
from tower_anime_assets.store import attempts, audit, story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import keyframe_brief
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import STILL
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

BAR = Threshold("keyframes_are_sharp", "sharpness_var", 60.0, None, "grey levels squared", "", "")


def test_what_is_suggested_is_what_the_server_is_sent(
    database: Database, tmp_path: Path, server: FakeComfyUI, fleet: Fleet
) -> None:
    story.save_project(database, Project("learns", "Learns", (), learning=Learning(pins={"cfg": 3.5})))
    record = Record(database, MediaStore(tmp_path / "media"))
    runner = AttemptRunner(record, suggest=partial(suggest_parameters, database=database))
    engine = ComfyUIKeyframes(STILL, fleet)
    for seed in range(8):
        order: Order[KeyframeBrief] = Order(
            "keyframe",
            f"learns-e01-sc01-sh{seed:04}",
            StoryPosition("learns", "e01", "sc01", f"sh{seed:04}"),
            keyframe_brief(seed=seed),
            engine,
            lambda _made: Measurement({"sharpness_var": 10.0}),
            (BAR,),
            "A still.",
        )
        assert not generate(order, runner, {}, attempts=1).accepted
    trail = audit.load_trail(database, EpisodeKey("learns", "e01"))
    sent = {str(row["decision_id"]): server.jobs.history[str(row["prompt_id"])]["prompt"][2] for row in trail.workflows}
    sources = set()
    for decision in trail.decisions:
        told = decision["parameters"]["attempt"]
        (sampler,) = [node["inputs"] for node in sent[decision["id"]].values() if "steps" in node["inputs"]]
        assert (sampler["steps"], sampler["cfg"]) == (told["steps"], 3.5)
        assert told["advice"]["pins"] == {"cfg": 3.5}
        is_usual = (told["steps"], told["lora_strength"]) == (24, 0.8)
        assert is_usual == (told["advice"]["source"] == DEFAULTS)
        sources.add(told["advice"]["source"])
    assert len(sources) > 1, "what is always rejected is not suggested for ever"
    rows = attempts.list_newest(database, ["learns"])
    assert {row.source for row in rows} == sources
    assert {(row.mood, row.framing, row.characters) for row in rows} == {("tense", "medium", ("akira",))}
