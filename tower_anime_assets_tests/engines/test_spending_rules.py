"""Prices and caps as people write them: what is in force, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.engines.spending_rules import load_spending_rules
from tower_anime_assets.errors import StoryError
from tower_anime_assets.production.spending import Price, SpendingCap, SpendingRules
from tower_anime_assets.settings import Settings

STUDIO = """
models: {a.safetensors: b.safetensors}
prices:
  currency: EUR
  gpu_second: 0.0004
  job: 0.01
  servers: {"http://gpu2:8188/": {gpu_second: 0.001}}
  engines:
    comfyui:ltx_2b_i2v: {job: 0.35, gpu_seconds: 60}
    echo-voice: {job: 0}
  rates: {USD: 0.92}
caps:
  episode: {gpu_seconds: 3600, money: 5}
  day:
    money: 12.50
  studio: {money: 100, since: 2026-12-01}
"""


def load(folder: Path, studio: str = "", show: str = "") -> SpendingRules:
    (folder / "studio.yaml").write_text(studio)
    (folder / "nexus").mkdir(exist_ok=True)
    (folder / "nexus" / "project.yaml").write_text(show)
    return load_spending_rules(Settings(projects=folder, home=folder), "nexus")


def test_prices_are_taken_from_the_engine_then_the_server_then_the_studio(tmp_path: Path) -> None:
    prices = load(tmp_path, STUDIO).prices
    assert prices.of("comfyui:sdxl_anime_t2i") == Price(0.0004, 0.01, None)
    assert prices.of("comfyui:sdxl_anime_t2i", "http://gpu2:8188") == Price(0.001, 0.01, None)
    assert prices.of("comfyui:ltx_2b_i2v", "http://gpu2:8188/") == Price(0.001, 0.35, 60)
    assert prices.of("probe:ltx_2b_i2v").job == 0.35
    assert prices.of("echo-voice") == Price(0.0004, 0, None)
    assert prices.rates == {"USD": 0.92}


def test_caps_know_where_they_are_written(tmp_path: Path) -> None:
    rules = load(tmp_path, STUDIO, "title: Nexus\ncaps:\n  project: {money: 40}\n  episode: {money: 3}\n")
    assert rules.caps == (
        SpendingCap("episode", "gpu_seconds", 3600, "studio.yaml", 13),
        SpendingCap("episode", "money", 5, "studio.yaml", 13),
        SpendingCap("day", "money", 12.5, "studio.yaml", 15),
        SpendingCap("studio", "money", 100, "studio.yaml", 16, since="2026-12-01"),
        SpendingCap("episode", "money", 3, "nexus/project.yaml", 4, project="nexus"),
        SpendingCap("project", "money", 40, "nexus/project.yaml", 3, project="nexus"),
    )


def test_without_files_there_are_no_caps(tmp_path: Path) -> None:
    assert load_spending_rules(Settings(projects=tmp_path, home=tmp_path), "nexus") == SpendingRules()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("prices: {currency: EUR, job: -1}\n", "prices.job is '-1'"),
        ("prices: {currency: EUR, job: .nan}\n", "prices.job is '.nan'"),
        ("prices: {currency: EUR, gpu_second: .inf}\n", "prices.gpu_second is '.inf'"),
        ("prices: {currency: EUR, job: 1e999}\n", "prices.job is '1e999'"),
        ("prices: {currency: EUR, job: 99999999999}\n", "prices.job is '99999999999'"),
        ("prices: {job: 1}\n", "prices.currency is missing"),
        ("prices: {currency: EUR, jobs: 1}\n", "unknown key 'jobs' in prices"),
        ("prices: {currency: EUR, engines: {ltx: {job: -0.5}}}\n", "prices.engines.ltx.job is '-0.5'"),
        ("caps: {day: {money: -5}}\n", "caps.day.money is '-5'"),
        ("caps: {day: {money: .nan}}\n", "caps.day.money is '.nan'"),
        ("caps: {day: {}}\n", "caps.day limits nothing"),
        ("caps: {week: {money: 5}}\n", "unknown key 'week' in caps"),
        ("caps: {studio: {money: 5, since: tomorrow}}\n", "caps.studio.since is 'tomorrow'"),
        ("caps: [5\n", "studio.yaml"),
        ("caps: {project: {money: 5}}\n", "unknown key 'project' in caps"),
        ("caps: 5\n", "caps is '5'"),
        ("prices: {currency: E}\n", "prices.currency is 'E'"),
        ("prices: {currency: EUR, rates: {USD: 0}}\n", "prices.rates.USD is no such number"),
        ("prices: {currency: EUR, engines: {a: {job: 1}, comfyui:a: {job: 2}}}\n", "prices.engines names 'comfyui:a'"),
    ],
)
def test_a_studio_file_with_a_slip_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(StoryError) as refused:
        load(tmp_path, text)
    assert reason in str(refused.value)
    assert refused.value.faults[0].line > 0


@pytest.mark.parametrize(
    "text",
    [
        "caps: [oops\n",
        "caps: {day: {money: .nan}}\n",
        '"c\\x61ps": {day: {money: -1}}\n',
        "caps: {studio: {money: 1}}\n",
    ],
)
def test_a_shows_file_with_a_slip_is_not_taken_for_one_without_caps(tmp_path: Path, text: str) -> None:
    with pytest.raises(StoryError, match=r"nexus/project\.yaml"):
        load(tmp_path, show=text)
