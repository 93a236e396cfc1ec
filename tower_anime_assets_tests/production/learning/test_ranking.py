"""Rankings: strategies, what sets candidates aside, pins, fallbacks, trials, and the words for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tower_anime_assets.errors import PlanError, ServiceUnavailableError
from tower_anime_assets.production.learning.breaker import BreakerState
from tower_anime_assets.production.learning.profiles import EngineTally, Estimate
from tower_anime_assets.production.learning.ranking import Ranking, rank_candidates
from tower_anime_assets.production.learning.strategies import balanced_utility
from tower_anime_assets.production.story.model import Lora, Routing
from tower_anime_assets_tests.production.learning.shot_candidates import BEFORE, NOW, SHOT, THREE, candidate, history

SURE = Routing(explore=False)


def order(ranking: Ranking) -> list[str]:
    return [row.candidate.name for row in ranking.rows if row.state != "set aside"]


LACKING: list[tuple[dict[str, Any], str]] = [
    ({"status": "deprecated"}, "deprecated"),
    ({"name": "bad"}, "blocked"),
    ({"capabilities": frozenset({"text_to_video"})}, "it does text_to_video; the shot needs image_to_video"),
    ({"max_pixels": 300_000}, "768 x 512 px are over its 0.30 megapixels"),
    ({"fps": 16.0}, "16 frames per second only, not 24"),
    (
        {"min_vram_bytes": 16_000_000_000, "card_bytes": 12_000_000_000},
        "does not run below 16.0 GB of VRAM; the largest card has 12.0",
    ),
    ({"missing_on_servers": ("http://gpu1: node LTXVConditioning is not there",)}, "LTXVConditioning"),
    ({"base_model": "ltx_2b"}, "LoRA akira.safetensors fits other, but here it is for SDXL, the model is LTX Video 2B"),
    ({"lora_gaps": ({"akira.safetensors": "gpu1: no akira"},)}, "gpu1: no akira"),
    ({"only_if_pinned": "only where it is pinned"}, "only where it is pinned"),
]


def test_the_utility_is_the_stated_formula() -> None:
    estimate = Estimate(0.9, 0.8, 0.7, 144.0, 12_000_000_000)
    rules = Routing(speed_weight=2.0, memory_weight=1.0, clip_patience_s=200.0)
    expected = 0.7 * 0.72 * (200 / (200 + 144 / 0.72)) ** 2 / 2
    assert balanced_utility(estimate, rules, SHOT) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("best_quality", ["careful", "small", "quick"]),
        ("fastest", ["quick", "small", "careful"]),  # 80, 188 and 1000 seconds per accepted take
        ("balanced", ["small", "quick", "careful"]),
        ("least_memory", ["small", "quick", "careful"]),
    ],
)
def test_each_strategy_has_its_order(strategy: str, expected: list[str]) -> None:
    assert order(rank_candidates(SHOT, THREE, BEFORE, replace(SURE, strategy=strategy), NOW)) == expected


def test_a_workflow_that_fails_half_the_time_is_slower_than_its_runs_say() -> None:
    failing = {SHOT.shot_type: replace(BEFORE["comfyui:quick"][SHOT.shot_type], runs=2000.0)}
    ranking = rank_candidates(SHOT, THREE, {**BEFORE, "comfyui:quick": failing}, replace(SURE, strategy="fastest"), NOW)
    assert order(ranking) == ["small", "quick", "careful"]


def test_round_robin_takes_turns() -> None:
    rules = replace(SURE, strategy="round_robin")
    chosen = [rank_candidates(replace(SHOT, position=at), THREE, BEFORE, rules, NOW).chosen.name for at in range(6)]
    assert chosen == ["careful", "quick", "small"] * 2


@pytest.mark.parametrize("strategy", ["best_quality", "fastest", "balanced", "least_memory"])
def test_ties_go_to_the_proven_one_and_then_by_name(strategy: str) -> None:
    alike = (candidate("c"), candidate("b"), candidate("a", status="experimental"))
    rules = replace(SURE, strategy=strategy)
    assert order(rank_candidates(SHOT, alike, {}, rules, NOW)) == ["b", "c", "a"]
    assert order(rank_candidates(SHOT, tuple(reversed(alike)), {}, rules, NOW)) == ["b", "c", "a"]


def test_weights_say_what_balanced_means() -> None:
    only_quality = replace(SURE, speed_weight=0.0, acceptance_weight=0.0)
    assert order(rank_candidates(SHOT, THREE, BEFORE, only_quality, NOW))[0] == "careful"
    assert order(rank_candidates(SHOT, THREE, BEFORE, replace(SURE, clip_patience_s=86_400), NOW))[0] == "careful"
    assert order(rank_candidates(SHOT, THREE, BEFORE, replace(SURE, speed_weight=4.0), NOW))[0] == "quick"
    room = replace(SURE, quality_weight=0, acceptance_weight=0, speed_weight=0, memory_weight=1)
    assert order(rank_candidates(SHOT, THREE, BEFORE, room, NOW))[0] == "small"


@pytest.mark.parametrize(("changes", "words"), LACKING)
def test_what_cannot_make_a_shot_is_set_aside_and_why(changes: dict[str, Any], words: str) -> None:
    request = replace(SHOT, loras=(Lora("akira.safetensors", "SDXL"),))
    unfit = candidate(**{"name": "unfit", "base_model": "sdxl", **changes})
    other = candidate("other", base_model="sdxl")
    ranking = rank_candidates(request, (unfit, other), {}, replace(SURE, blocked=("bad",)), NOW)
    assert ranking.chosen.name == "other"
    assert words in ranking.rows[-1].why
    assert ranking.rows[-1].state == "set aside"


def test_a_lora_that_no_candidate_can_be_run_with_keeps_none_from_the_shot_and_is_told() -> None:
    request = replace(SHOT, loras=(Lora("mei.safetensors", "SD 3.5"),))
    ranking = rank_candidates(request, (candidate("w", base_model="ltx_2b"),), {}, SURE, NOW)
    told = "LoRA mei.safetensors is not used here: it is for SD 3.5, the model is LTX Video 2B"
    assert told in ranking.as_text()
    assert told in ranking.reasoning


def test_a_style_s_checkpoint_goes_to_the_workflows_that_load_one() -> None:
    request = replace(SHOT, checkpoint="my_anime.safetensors")
    finer, own = candidate("finer", quality=0.99), candidate("own", quality=0.4, takes_checkpoint=True)
    ranking = rank_candidates(request, (finer, own), {}, SURE, NOW)
    assert order(ranking) == ["own"]
    assert ranking.rows[-1].why == "it does not load the show's checkpoint my_anime.safetensors, as own does"
    pinned = replace(request, pins=("finer",), pinned_by="the script")
    assert rank_candidates(pinned, (finer, own), {}, SURE, NOW).chosen.name == "finer"
    assert order(rank_candidates(SHOT, (finer, own), {}, SURE, NOW)) == ["finer", "own"]


def test_a_missing_lora_file_is_not_left_out_by_taking_another_workflow() -> None:
    request = replace(SHOT, loras=(Lora("mei.safetensors", "LTX Video 2B"),))
    lacking = candidate("ltx", base_model="ltx_2b", lora_gaps=({"mei.safetensors": "gpu1: no mei"},))
    with pytest.raises(PlanError, match="ltx: gpu1: no mei"):
        rank_candidates(request, (lacking, candidate("wan", base_model="wan22_14b")), {}, SURE, NOW)


def test_a_pinned_workflow_is_used_without_the_loras_that_do_not_fit_it() -> None:
    request = replace(SHOT, loras=(Lora("mei.safetensors", "LTX Video 2B"),), pins=("wan",), pinned_by="the script")
    both = candidate("ltx", base_model="ltx_2b"), candidate("wan", base_model="wan22_14b")
    ranking = rank_candidates(request, both, {}, SURE, NOW)
    assert ranking.chosen.name == "wan"
    assert "LoRA mei.safetensors is not used here: it is for LTX Video 2B" in ranking.reasoning
    assert rank_candidates(replace(request, pins=()), both, {}, SURE, NOW).chosen.name == "ltx"


def test_a_doubtful_lora_says_so_where_it_is_used() -> None:
    request = replace(SHOT, loras=(Lora("mei.safetensors", "LTXV"),))
    ranking = rank_candidates(request, (candidate("ltx", base_model="ltx_2b"),), {}, SURE, NOW)
    assert "LoRA mei.safetensors is used, but 'LTXV' may be LTX Video 2B or LTX Video 13B" in ranking.reasoning


def test_a_workflow_larger_than_the_card_is_usable_when_pinned_and_says_that_it_is_slower() -> None:
    large = candidate("wan22_14b_i2v", vram_bytes=20_200_000_000, card_bytes=12_884_901_888)
    ranking = rank_candidates(replace(SHOT, pins=("wan22_14b_i2v",), pinned_by="the script"), (large,), {}, SURE, NOW)
    assert ranking.chosen == large
    assert "it fills 20.2 GB where there is room, the card has 12.9: slower" in ranking.as_text()


def test_without_a_usable_candidate_the_error_says_what_each_lacks() -> None:
    unfit = [candidate(f"w{at}", **changes) for at, (changes, _) in enumerate(LACKING[2:5])]
    both = candidate("both", status="deprecated", max_pixels=1)
    with pytest.raises(PlanError) as caught:
        rank_candidates(SHOT, (*unfit, both), {}, SURE, NOW)
    said = str(caught.value)
    assert all(words in said for _, words in LACKING[2:5])
    assert "further away: both" in said
    assert not caught.value.transient


def test_the_closest_come_first_and_in_full_and_the_others_by_name() -> None:
    many = [
        candidate(f"far{at:02d}", missing_on_servers=tuple(f"gpu1: file {at}-{n}" for n in range(6))) for at in range(9)
    ]
    near = candidate("near", missing_on_servers=("gpu1: one file",))
    alike = [candidate(name, missing_on_servers=("gpu1: one node", "gpu1: one file")) for name in ("twin_b", "twin_a")]
    with pytest.raises(PlanError) as caught:
        rank_candidates(SHOT, (*many, candidate("old", status="deprecated"), *alike, near), {}, SURE, NOW)
    lines = str(caught.value).splitlines()
    assert lines[1:3] == ["  near: gpu1: one file", "  twin_a, twin_b: gpu1: one node; gpu1: one file"]
    assert lines[3].startswith("  far00: gpu1: file 0-0; ")
    assert lines[4] == "  further away: far01, far02, far03, far04, far05, far06, far07, far08, old"
    assert len(lines) == 5


def test_no_workflow_at_all_is_an_error() -> None:
    with pytest.raises(PlanError, match="no video workflow is known; it needs image_to_video"):
        rank_candidates(SHOT, (candidate("still", medium="image"),), {}, SURE, NOW)


def test_when_no_server_answers_waiting_may_help() -> None:
    down = tuple(replace(one, down_reason="http://gpu1 does not answer") for one in THREE)
    with pytest.raises(ServiceUnavailableError, match="http://gpu1 does not answer"):
        rank_candidates(SHOT, (*down, candidate("old", status="deprecated")), {}, SURE, NOW)


def test_a_keyframe_is_not_made_by_what_needs_a_picture() -> None:
    still = replace(SHOT, medium="image", capabilities=("anime_generation",), frames=1, has_init_image=False)
    able = {"medium": "image", "capabilities": frozenset({"anime_generation"})}
    drawn, redrawn = candidate("t2i", **able), candidate("i2i", needs_init_image=True, **able)
    ranking = rank_candidates(still, (drawn, redrawn), {}, SURE, NOW)
    assert [row.why for row in ranking.rows if row.state == "set aside"] == ["it needs a picture to start from"]


def test_only_what_goes_on_from_a_picture_makes_shots_longer_than_its_clips() -> None:
    bounds: dict[str, Any] = {"frame_step": 8, "frame_offset": 1, "max_frames": 97}
    words_only = candidate("t2v", capabilities=frozenset({"text_to_video"}), **bounds)
    grown = candidate("i2v", **bounds)
    request = replace(SHOT, capabilities=("image_to_video", "text_to_video"))
    ranking = rank_candidates(request, (words_only, grown), {}, SURE, NOW)
    assert order(ranking) == ["i2v"]
    assert "121 frames are over its 97" in ranking.rows[-1].why
    assert order(rank_candidates(replace(request, frames=97), (words_only, grown), {}, SURE, NOW)) == [
        "i2v",
        "t2v",
    ]


def test_a_pin_wins_over_every_strategy_and_over_a_break() -> None:
    pinned = replace(SHOT, pins=("careful",), pinned_by="the script")
    broken = {"comfyui:careful": BreakerState("open", NOW + timedelta(hours=1), why="3 failures in a row")}
    ranking = rank_candidates(pinned, THREE, BEFORE, replace(SURE, on_failure="next"), NOW, broken)
    assert ranking.chosen.name == "careful"
    assert ranking.rows[0].why.startswith("pinned by the script")
    assert ranking.fallbacks == ()
    assert {row.why for row in ranking.rows[1:]} == {"careful is pinned by the script"}


def test_a_pin_by_another_name_and_of_another_medium() -> None:
    old = candidate("ltx_2b_i2v", aliases=("ltx_2b_121_frame_workflow",))
    pinned = replace(SHOT, pins=("sdxl", "ltx_2b_121_frame_workflow"), pinned_by="the script")
    ranking = rank_candidates(pinned, (*THREE, old, candidate("sdxl", medium="image")), BEFORE, SURE, NOW)
    assert ranking.chosen.name == "ltx_2b_i2v"


@pytest.mark.parametrize(
    "changes", [{"status": "deprecated"}, {"missing_on_servers": ("no such node",)}, {"down_reason": "gpu1 is off"}]
)
def test_pinned_but_impossible_is_an_error(changes: dict[str, Any]) -> None:
    pinned = replace(SHOT, pins=("animatediff",), pinned_by="the script")
    kind = ServiceUnavailableError if "down_reason" in changes else PlanError
    with pytest.raises(kind, match="animatediff is pinned by the script, but"):
        rank_candidates(pinned, (*THREE, candidate("animatediff", **changes)), BEFORE, SURE, NOW)


def test_pinned_but_unknown_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(PlanError, match=r"pins 'carefull', which is not a workflow\. Did you mean careful"):
        rank_candidates(replace(SHOT, pins=("carefull",), pinned_by="the script"), THREE, BEFORE, SURE, NOW)


def test_fallbacks_exist_only_if_the_project_asks_for_them() -> None:
    assert rank_candidates(SHOT, THREE, BEFORE, SURE, NOW).fallbacks == ()
    ranking = rank_candidates(SHOT, THREE, BEFORE, replace(SURE, on_failure="next"), NOW)
    assert [one.name for one in ranking.fallbacks] == ["quick", "careful"]
    assert [one.name for one in rank_candidates(SHOT, THREE, BEFORE, SURE, NOW).usable] == [
        "small",
        "quick",
        "careful",
    ]


def test_a_workflow_set_aside_says_so_and_is_tried_again_by_one_shot_in_four() -> None:
    bad = {SHOT.shot_type: replace(BEFORE["comfyui:small"][SHOT.shot_type], runs=1000.0)}  # four of five failed
    before = {**BEFORE, "comfyui:small": bad}
    aside = BreakerState("open", NOW + timedelta(hours=1), why="3 failures in a row, the last: node 7")
    ranking = rank_candidates(SHOT, THREE, before, SURE, NOW, {"comfyui:small": aside})
    assert ranking.chosen.name != "small"
    assert ranking.rows[-1].why == (
        "set aside until 2026-11-21 13:00 UTC after 3 failures in a row, the last: node 7; "
        "to use it at once: pin it, or `tower route --clear small`"
    )
    waiting = {"comfyui:small": replace(aside, state="half_open")}
    tried = [
        rank_candidates(replace(SHOT, position=at), THREE, before, SURE, NOW, waiting).chosen.name for at in range(8)
    ]
    assert [at for at, name in enumerate(tried) if name == "small"] == [0, 4]


def test_a_workflow_is_rested_only_where_there_is_another() -> None:
    aside = BreakerState("open", NOW + timedelta(hours=1), why="3 failures in a row, the last: node 7")
    first, second, *_others = THREE
    alone = rank_candidates(SHOT, (first,), BEFORE, SURE, NOW, {first.engine: aside})
    assert alone.chosen == first
    assert "used although it had 3 failures in a row, the last: node 7: no other can make it" in alone.rows[0].why
    unable = replace(second, missing_on_servers=("no such node",))
    beside = rank_candidates(SHOT, (first, unable), BEFORE, SURE, NOW, {first.engine: aside})
    assert beside.chosen == first, "another that cannot make the shot is no other"
    every = {one.engine: aside for one in THREE}
    assert {one.name for one in rank_candidates(SHOT, THREE, BEFORE, SURE, NOW, every).usable} == {
        one.name for one in THREE
    }


def test_not_now_is_never_wrong_input() -> None:
    away = replace(THREE[0], down_reason="http://gpu1 does not answer: refused")
    with pytest.raises(ServiceUnavailableError, match=r"asked at 12:00:00 UTC(.|\n)*gpu1 does not answer") as caught:
        rank_candidates(SHOT, (away,), BEFORE, SURE, NOW)
    assert caught.value.exit_code == 3
    half = replace(away, missing_on_servers=("http://gpu2: no such node",))
    with pytest.raises(ServiceUnavailableError, match="gpu2: no such node; http://gpu1 does not answer"):
        rank_candidates(SHOT, (half,), BEFORE, SURE, NOW)
    with pytest.raises(PlanError, match="it is deprecated"):
        rank_candidates(SHOT, (replace(half, status="deprecated"),), BEFORE, SURE, NOW)


def test_few_runs_change_little_and_many_decide() -> None:
    two = (candidate("praised", quality=0.9), candidate("humble", quality=0.6))
    tally = history(0.9, 0.9, 100, runs=1)[SHOT.shot_type]
    bad = history(0.1, 0.2, 100, runs=1)[SHOT.shot_type]

    def first(times: int) -> str:
        many = {
            name: {SHOT.shot_type: sum([one] * times, EngineTally())}
            for name, one in (("comfyui:humble", tally), ("comfyui:praised", bad))
        }
        return rank_candidates(SHOT, two, many, SURE, NOW).chosen.name

    assert first(0) == "praised"
    assert first(30) == "humble"


def test_equal_data_give_equal_rankings_whatever_the_shot_and_the_order_of_candidates() -> None:
    seen = {one.engine: history(0.8, 0.7, 100, runs=at) for at, one in enumerate(THREE)}
    shots = [replace(SHOT, subject=f"nexus-e01-sc02-sh{number:04d}") for number in range(10, 200, 10)]
    ranked = [order(rank_candidates(shot, THREE, seen, Routing(), NOW)) for shot in shots]
    ranked += [order(rank_candidates(SHOT, tuple(reversed(THREE)), seen, Routing(), NOW))]
    assert all(one == ranked[0] for one in ranked)


def test_the_less_is_known_the_more_a_trial_teaches() -> None:
    newcomer = candidate("newcomer", quality=0.6)
    known = {"comfyui:known": history(0.7, 0.7, 150)}

    def lesson(runs: int) -> float:
        seen = {**known, newcomer.engine: history(0.6, 0.6, 150, runs=runs)} if runs else known
        ranking = rank_candidates(SHOT, (candidate("known"), newcomer), seen, Routing(), NOW)
        return next(row.trial_gain for row in ranking.rows if row.candidate is newcomer)

    lessons = [lesson(runs) for runs in (1, 3, 10, 30, 100)]
    assert lessons == sorted(lessons, reverse=True)
    assert lessons[0] > 100 * lessons[-1]


def test_a_trial_is_made_only_where_it_gains_more_than_it_costs() -> None:
    known = {"comfyui:known": history(0.8, 0.8, 150)}
    near, hopeless = candidate("near", quality=0.75), candidate("hopeless", quality=0.1, pace=60.0)
    first = rank_candidates(SHOT, (candidate("known"), near, hopeless), known, Routing(), NOW)
    assert order(first)[0] == "near"
    assert order(first)[-1] == "hopeless"
    assert order(rank_candidates(SHOT, (candidate("known"), near), known, SURE, NOW))[0] == "known"


def test_shots_under_way_teach_what_need_not_be_learned_twice() -> None:
    known = {"comfyui:known": history(0.8, 0.8, 150)}
    two = (candidate("known"), candidate("newcomer", quality=0.7))
    given: dict[str, int] = {}
    for _ in range(40):
        chosen = rank_candidates(SHOT, two, known, Routing(), NOW, runs_underway=given).chosen.engine
        given[chosen] = given.get(chosen, 0) + 1
    assert 1 <= given["comfyui:newcomer"] <= 12


def test_a_well_known_workflow_is_not_explored() -> None:
    certain = {one.engine: history(0.9 if one.name == "small" else 0.3, 0.8, 100, runs=3000) for one in THREE}
    shots = [replace(SHOT, subject=f"nexus-e01-sc02-sh{number:04d}") for number in range(10, 400, 10)]
    assert {rank_candidates(shot, THREE, certain, Routing(), NOW).chosen.name for shot in shots} == {"small"}


def test_a_ranking_keeps_every_candidate_with_its_scores_and_why() -> None:
    old = candidate("old", status="deprecated")
    ranking = rank_candidates(SHOT, (*THREE, old), BEFORE, SURE, NOW)
    rows = ranking.alternatives
    assert [(row["engine"], row["state"]) for row in rows] == [
        ("comfyui:small", "chosen"),
        ("comfyui:quick", "next"),
        ("comfyui:careful", "next"),
        ("comfyui:old", "set aside"),
    ]
    assert rows[0]["accepted"] == pytest.approx(0.8, abs=0.01)
    assert rows[0]["seconds"] == pytest.approx(150, rel=0.02)
    assert rows[0]["rows"] == 200
    assert rows[-1] == {
        "engine": "comfyui:old",
        "state": "set aside",
        "why": "it is deprecated",
        "strategy": "balanced",
    }
    words = ranking.as_text()
    assert "chosen     small: quality 0.75, 79% of runs accepted, 150 s" in words
    assert "set aside  old: it is deprecated" in words
    assert ranking.reasoning.startswith("small by balanced: quality 0.75")


def test_a_trial_says_what_it_gains_and_costs() -> None:
    known = {"comfyui:known": history(0.8, 0.8, 150)}
    ranking = rank_candidates(SHOT, (candidate("known"), candidate("new", quality=0.75)), known, Routing(), NOW)
    assert ranking.chosen.name == "new"
    assert "tried because it may be better than it seems so far: over the next 20 shots" in ranking.rows[0].why
    assert "tried because" not in ranking.rows[1].why
    assert ranking.alternatives[0]["value"] < ranking.alternatives[1]["value"]
    assert ranking.alternatives[0]["lesson"] > ranking.alternatives[1]["lesson"]
