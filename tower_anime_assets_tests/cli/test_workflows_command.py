from __future__ import annotations

import json
from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.production.digest import canonical_json
from tower_anime_assets.store.database import Database
from tower_anime_assets.workflows.registry import load_registry
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.workflows import people_graphs


@pytest.fixture(autouse=True)
def home(tmp_path: Path, enter_environment: Enter) -> Path:
    enter_environment(tmp_path)
    return tmp_path


def test_every_workflow_is_listed_with_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "list"]) == 0
    printed = capsys.readouterr().out
    for workflow in load_registry().all():
        assert f"{workflow.name} " in printed
    assert "deprecated" in printed
    assert main(["workflows", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["workflows"]) == len(load_registry().all())


def test_a_workflow_is_shown_with_what_was_found_out_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "inspect", "ltx_2b_121_frame_workflow"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert 'bindings.prompt         * ["positive.inputs.text"]' in lines
    assert "status                    proven" in lines


def test_an_export_is_shown_before_it_is_added_and_added_then(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "mine.json"
    file.write_text(json.dumps(load_registry().workflow("wan22_5b_i2v").graph))
    assert main(["workflows", "inspect", str(file)]) == 0
    assert 'capabilities            * ["image_to_video"]' in capsys.readouterr().out.splitlines()
    assert main(["workflows", "add", str(file)]) == 0
    assert capsys.readouterr().out.strip() == str(home / "home" / "workflows" / "mine" / "workflow.yaml")
    assert main(["workflows", "inspect", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lengths"]["max_frames"] == 121


def test_a_file_of_the_editor_is_refused_with_how_to_export_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "saved.json"
    file.write_text('{"nodes": [], "links": []}')
    for action in ("inspect", "add"):
        assert main(["workflows", action, str(file)]) == 2
        assert "Workflow > Export (API)" in capsys.readouterr().err


def test_a_check_asks_the_server_and_fails_only_for_what_was_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "check"]) == 0
    assert "no server to check them at" in capsys.readouterr().err
    with FakeComfyUI() as server:
        assert main(["workflows", "check", "--server", server.url, "--json"]) == 0
        found = {item["workflow"]: item["faults"] for item in json.loads(capsys.readouterr().out)["checked"]}
        assert found["wan22_14b_i2v"] == []
        assert "ManualSigmas" in found["ltx_2b_distilled_i2v"][0] + found["ltx_2b_distilled_i2v"][-1]
        assert main(["workflows", "check", "wan22_14b_i2v", "--server", server.url]) == 0
        assert "wan22_14b_i2v at" in capsys.readouterr().out
        assert main(["workflows", "check", "newbie_image_t2i", "--server", server.url]) == 2
        assert "text_encoder.inputs.type is 'newbie'" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["inspect"], ["add"], ["inspect", "nobody"], ["check", "nobody"], ["dance"]])
def test_what_cannot_be_done_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", *arguments]) == 2
    assert capsys.readouterr().err


def test_several_files_are_added_and_one_bad_one_keeps_the_others_out_of_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, graph in (("one.json", people_graphs.stills()), ("bad.json", {"a": 1}), ("3.json", people_graphs.svd())):
        (home / name).write_text(json.dumps(graph))
    files = [str(home / name) for name in ("one.json", "bad.json", "3.json")]
    assert main(["workflows", "add", *files]) == 2
    captured = capsys.readouterr()
    assert captured.out.split() == [str(home / "home" / "workflows" / "one" / "workflow.yaml")]
    assert "bad.json: this is not a ComfyUI graph" in captured.err
    assert "'3.json' cannot name a workflow" in captured.err
    assert main(["workflows", "add", *files[::2], "--name", "x"]) == 2
    assert "--name and --bind are for one file" in capsys.readouterr().err


def test_what_needs_a_hand_says_so_everywhere_until_it_is_bound(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "mine.json"
    file.write_text(json.dumps(people_graphs.joined(text_a="a cat", text_b="a dog")))
    assert main(["workflows", "add", str(file)]) == 0
    captured = capsys.readouterr()
    assert "mine needs a hand before it is used:" in captured.out
    assert "10.text_a                text   'a cat'  Text Concatenate" in captured.out
    assert "bind it: `tower workflows bind mine prompt=NODE.INPUT`" in captured.err
    for action, code in (("list", 0), ("inspect mine", 0), ("check mine", 2)):
        assert main(["workflows", *action.split()]) == code
        assert "no prompt is bound" in capsys.readouterr().out
    assert main(["workflows", "check", "mine", "--json"]) == 2
    assert list(json.loads(capsys.readouterr().out)["needs_a_hand"]) == ["mine"]
    assert main(["workflows", "bind", "mine", "prompt=10.text_a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "experimental"
    assert main(["workflows", "check", "mine"]) == 0


def test_a_probe_prints_what_it_measured(
    home: Path, database: Database, enter_environment: Enter, capsys: pytest.CaptureFixture[str]
) -> None:
    enter_environment(home, database.url)
    (home / "loop.json").write_text(json.dumps(people_graphs.repeated()))
    assert main(["workflows", "add", str(home / "loop.json")]) == 0
    capsys.readouterr()
    with FakeComfyUI() as server:
        assert main(["workflows", "--server", server.url, "probe", "loop"]) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("512x512 px, 9 frames, 24 per second, made in ")
        decision = captured.err.split("on record as decision ")[1].split()[0]
        assert main(["audit", "--graph", "--job", decision]) == 0
        graph = capsys.readouterr().out
        (entry,) = server.jobs.history.values()
        assert json.loads(graph) == entry["prompt"][2]
        assert graph == f"{canonical_json(entry['prompt'][2])}\n"
    assert main(["audit", "--verify"]) == 0
    assert main(["audit", "--graph"]) == 2
    assert main(["audit", "--graph", "--job", "nobody"]) == 2
    assert "no graph with the id nobody was sent" in capsys.readouterr().err
