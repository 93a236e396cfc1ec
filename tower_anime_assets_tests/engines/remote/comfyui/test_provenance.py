"""What an attempt's parameters say of where they come from; saying so changes nothing that is sent or looked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tower_anime_assets.engines.attempts import AttemptPlan
from tower_anime_assets.engines.memory_retries import MemoryRetries
from tower_anime_assets.engines.orders import Measurement, Order
from tower_anime_assets.engines.remote.comfyui.clips import ComfyUIClips
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.keyframes import ComfyUIKeyframes
from tower_anime_assets.engines.suggestions import suggest_parameters
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.production.planning.briefs import KeyframeBrief, brief_digest
from tower_anime_assets.production.planning.prompt_sources import SourcedText, join_texts, split_negative, split_prompt
from tower_anime_assets.production.planning.shots import Framing, Move
from tower_anime_assets.production.story.ids import StoryPosition
from tower_anime_assets.production.story.model import Learning, Project, Style
from tower_anime_assets.production.story.model_map import MappedFile
from tower_anime_assets.production.value_origins import PROVENANCE, added_words, origins_of, published_digests
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.engines.remote.comfyui.bench import (
    AKIRA,
    TWO_PEOPLE,
    clip_brief,
    complaint,
    keyframe_brief,
)
from tower_anime_assets_tests.engines.remote.comfyui.small_workflows import CLIP, STILL

NOWHERE = Fleet(["http://127.0.0.1:9"])
STILLS, CLIPS = ComfyUIKeyframes(STILL, NOWHERE), ComfyUIClips(CLIP, NOWHERE)
INSERT = keyframe_brief(
    framing=Framing.INSERT,
    subjects=(),
    cast=(),
    prompt="a (red) key, anime",
    literal=("a (red) key",),
)

CASES: Mapping[str, tuple[Any, Any, int, tuple[str, ...], str, str]] = {
    "a keyframe": (STILLS, keyframe_brief(), 1, (), "a1e71b6c2e75588d", "b2e0f868f308348a"),
    "a retry for two": (
        STILLS, keyframe_brief(**TWO_PEOPLE), 2, ("sheet_colour_share",), "35abb6ff225b6623", "1b48fa537f372f93",
    ),
    "an insert": (
        STILLS, replace(INSERT, negative="blurry, people"), 1, (), "911a0555fbb49583", "a0da9d6a4dd3dd8e",
    ),
    "a clip": (CLIPS, clip_brief(), 1, (), "b7f2aad73a911bb3", "7f18942f871c7463"),
    "a livelier clip": (
        CLIPS, clip_brief(activity=0.8, move=Move.PAN_LEFT, loras=(AKIRA.lora,)), 2, ("frozen_run_frames",),
        "bec70f8ed2f90457", "b18cd6ec2b61a0b4",
    ),
}  # fmt: skip
"""Digests of briefs, and of all other parameters, from before anything was said of where they come from."""


@pytest.mark.parametrize("case", CASES)
def test_takes_are_found_and_jobs_are_sent_as_before(case: str) -> None:
    engine, brief, number, measures, digest, parameters_digest = CASES[case]
    parameters = engine.plan_attempt(brief, number, tuple(map(complaint, measures)))
    assert brief_digest(brief, engine.name, engine.version_for(brief))[:16] == digest
    assert PROVENANCE in parameters
    sent = {name: value for name, value in parameters.items() if name != PROVENANCE}
    assert hashlib.sha256(canonical_json(sent).encode()).hexdigest()[:16] == parameters_digest


@pytest.mark.parametrize("case", CASES)
def test_the_plans_words_and_those_that_are_added_are_the_prompts_that_are_sent(case: str) -> None:
    engine, brief, number, measures, *_digests = CASES[case]
    parameters = engine.plan_attempt(brief, number, tuple(map(complaint, measures)))
    escaped = brief.prompt.replace("a (red) key", r"a \(red\) key")
    parts = split_prompt(parameters["prompt"], [SourcedText(escaped, "plan")], added_words(parameters))
    assert join_texts(parts) == parameters["prompt"]
    assert all(part.source for part in parts)
    negative = [SourcedText(brief.negative, "plan"), *added_words(parameters, "negative")]
    assert all(part.source for part in split_negative(parameters["negative"], negative))


def test_added_words_name_the_character_the_style_the_lora_and_the_rule_that_they_come_from() -> None:
    parameters = STILLS.plan_attempt(keyframe_brief(), 2, (complaint("sheet_colour_share"),))
    assert [part.source for part in added_words(parameters)] == [
        "characters/akira.yaml: colours",
        "project.yaml: style.positive",
        "LoRA akira_sdxl.safetensors",
        "retry rule: colours are repeated",
    ]
    assert [part.source for part in added_words(STILLS.plan_attempt(INSERT, 1, ()), "negative")] == [
        "the engine: an insert shows nobody"
    ]
    moved = added_words(CLIPS.plan_attempt(clip_brief(), 2, (complaint("frozen_run_frames"),)))
    assert [(part.role, part.source.partition(": ")[0]) for part in moved] == [
        ("camera", "plan"),
        ("motion", "retry rule"),
    ]


def test_values_name_the_graph_the_default_the_plan_and_the_retry_rule() -> None:
    workflow = replace(STILL, defaults={"cfg": 4.5})
    engine = ComfyUIKeyframes(workflow, NOWHERE)
    first = origins_of(engine.plan_attempt(keyframe_brief(), 1, ()))
    assert (first["cfg"], first["steps"]) == ("workflow default", "workflow graph")
    assert first["width_px"] == "project.yaml: delivery, as the workflow makes it"
    retried = engine.plan_attempt(keyframe_brief(), 2, (complaint("sharpness_var"),))
    assert origins_of(retried)["steps"].startswith("retry rule: steps ")
    assert "soft: more steps resolve more detail" in origins_of(retried)["steps"]


def test_model_files_name_the_style_or_the_map_that_chose_them_and_their_published_digest() -> None:
    place = STILL.models[0].place
    own = replace(STILL, models=(replace(STILL.models[0], sha256="c" * 64),))
    parameters = ComfyUIKeyframes(own, NOWHERE).plan_attempt(keyframe_brief(), 1, ())
    assert origins_of(parameters)[f"models.{place}"] == "workflow graph"
    assert published_digests(parameters) == {STILL.models[0].file: "c" * 64}
    styled = keyframe_brief(style=Style(checkpoint="mine.safetensors"))
    assert origins_of(STILLS.plan_attempt(styled, 1, ()))[f"models.{place}"] == "project.yaml: style.checkpoint"
    entry = MappedFile(STILL.models[0].file, "other.safetensors", "studio.yaml", 3)
    mapped = replace(STILL, models=(replace(STILL.models[0], file="other.safetensors", mapped=entry),))
    origin = origins_of(ComfyUIKeyframes(mapped, NOWHERE).plan_attempt(keyframe_brief(), 1, ()))[f"models.{place}"]
    assert origin == f"model map: studio.yaml:3 instead of {STILL.models[0].file}"


def _order(engine: ComfyUIKeyframes, project: str) -> Order[KeyframeBrief]:
    measure = Measurement({})
    position = StoryPosition(project, "e01", "sc01", "sh0010")
    return Order("keyframe", "a shot", position, keyframe_brief(), engine, lambda _made: measure, (), "A still.")


def test_a_pinned_value_names_the_project(database: Database) -> None:
    name, tunable = next((name, one) for name, one in STILL.tunable.items() if name == "steps")
    value = int(tunable.low)
    project = Project(id="pins", title="Pins", characters=(), learning=Learning(pins={name: value}))
    story.save_project(database, project)
    order = _order(STILLS, "pins")
    suggested = suggest_parameters(order, STILLS.plan_attempt(order.brief, 1, ()), database=database)
    assert suggested.parameters[name] == value
    assert origins_of(suggested.parameters)[name] == "project.yaml: learning.pins"


def test_a_learned_value_names_the_suggestion_and_its_evidence(database: Database) -> None:
    story.save_project(database, Project(id="learns", title="Learns", characters=()))
    for seed in range(100):
        order = replace(_order(STILLS, "learns"), brief=keyframe_brief(seed=seed))
        planned = STILLS.plan_attempt(order.brief, 1, ())
        suggested = suggest_parameters(order, planned, database=database).parameters
        if suggested["advice"]["source"].startswith("preset"):
            break
    changed = {name for name in planned if suggested[name] != planned[name]} - {PROVENANCE}
    assert changed
    for name in changed:
        assert origins_of(suggested)[name].startswith(f"learned suggestion {suggested['advice']['source']}: ")
    assert origins_of(suggested)["seed"] == origins_of(planned)["seed"]


def test_what_is_made_smaller_for_a_card_says_so() -> None:
    order = _order(STILLS, "small")
    planned = AttemptPlan(1, STILLS.plan_attempt(keyframe_brief(width_px=1024, height_px=768), 1, ()))
    retries = MemoryRetries(level=1)
    reduced = retries.fit(order, planned, "")
    assert reduced.parameters["width_px"] < 1024
    assert origins_of(reduced.parameters)["width_px"].startswith("the card was too small: made at ")
    assert origins_of(reduced.parameters)["steps"] == origins_of(planned.parameters)["steps"]
