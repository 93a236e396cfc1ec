"""Shows as other people write them: the one that `tower init` writes, and one in the scripts of the world."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tower_anime_assets_tests.cli.small_studio import small_studio
from tower_anime_assets_tests.small_show import KEY

pytestmark = pytest.mark.slow

WORLDLY = """\
Title: 夜の街 🌃

EXT. 東京 STREET - NIGHT
[[mood: tense]] [[weather: rain]]

Akira runs down the street. 走れ！

AKIRA
逃げろ！ 🚨 Run!

INT. مختبر LABORATORY - DAY
[[mood: calm]]

Luna looks up.

LUNA
أغلق الباب من فضلك. Close it 🙂 now.

@李明
他们找到了我们。
"""


def test_the_show_that_init_writes_becomes_a_master() -> None:
    with small_studio(is_new=True) as studio:
        shutil.rmtree(studio.projects)
        written = studio.tower("init", str(studio.projects / "dawn"))
        assert written.code == 0, written.err
        assert "tower produce dawn-e01" in written.err
        ran = studio.tower("produce", "dawn-e01", "--json")
        assert ran.code == 0, ran.err
        assert [gate for gate in ran.json["gates"] if not gate["passed"]] == []
        assert 25 < ran.json["frames"] / ran.json["fps"] < 40
        assert Path(ran.json["master"]).stat().st_size > 100_000


def test_names_and_lines_in_any_script_reach_the_subtitles_as_written() -> None:
    with small_studio() as studio:
        studio.script.write_text(WORLDLY, encoding="utf-8")
        described = "name: 李明\ndescription: A young programmer with short black hair and a red hoodie.\n"
        (studio.projects / "small" / "characters" / "li.yaml").write_text(described, encoding="utf-8")
        ran = studio.tower("produce", KEY, "--json")
        assert ran.code == 0, ran.err
        subtitles = Path(ran.json["subtitles"]).read_text(encoding="utf-8")
        for line in ("逃げろ！ 🚨 Run!", "أغلق الباب من فضلك. Close it 🙂 now.", "他们找到了我们。"):
            assert line in subtitles
        trail = studio.tower("audit", KEY, "--json").json
        assert {take["line_id"] for take in trail["takes"] if take["stage"] == "voice"} == {
            "sc01-l001",
            "sc02-l001",
            "sc02-l002",
        }
