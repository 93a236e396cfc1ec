"""`tower models`: what is told of servers' files, and the map that it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.settings import from_environment
from tower_anime_assets.stages.doctor import check_model_map
from tower_anime_assets_tests.cli.conftest import Enter, ReadJson
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI

SDXL = "ANIME_SDXL.safetensors"
PROJECT = "# my show\ntitle: Small  # short\nstyle: {positive: anime}\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, enter_environment: Enter) -> Path:
    enter_environment(tmp_path)
    cast = tmp_path / "projects" / "small" / "characters"
    cast.mkdir(parents=True)
    (cast.parent / "project.yaml").write_text(PROJECT)
    (cast / "mei.yaml").write_text("name: Mei\ndescription: A girl\nlora: {file: mei.safetensors}\n")
    return tmp_path / "home"


def test_what_is_wanted_is_there_taken_or_missing_with_the_shortest_mend(
    capsys: pytest.CaptureFixture[str], read_json: ReadJson
) -> None:
    files = {
        "checkpoints": ["old/anime_sdxl.safetensors", "ltxv.safetensors"],
        "loras": ["people/Mei.safetensors"],
        "text_encoders": ["t5xxl_fp16.safetensors"],
    }
    with FakeComfyUI(files=files) as server:
        server.metadata["checkpoints", "ltxv.safetensors"] = {"modelspec.architecture": "ltx-video-2b"}
        names = ["sdxl_anime_t2i", "ltx_2b_i2v"]
        code, told = read_json("models", "--server", server.url)
        assert main(["models", *names, "--server", server.url]) == code == 0
        printed = capsys.readouterr().out
        assert main(["models", "list", "sdxl_anime_t2i", "--server", server.url]) == 0
        assert "mei.safetensors" not in capsys.readouterr().out
    (report,) = told["servers"]
    assert report["files"] == {folder: sorted(names) for folder, names in files.items()}
    by_name = {item["wanted"]: item for item in report["wanted"]}
    assert [by_name[name]["state"] for name in (SDXL, "mei.safetensors", "t5xxl_fp16.safetensors")] == [
        "taken",
        "taken",
        "there",
    ]
    assert by_name["mei.safetensors"]["wanted_by"] == ["LoRAs of small"]
    missing = by_name["ltx-video-2b-v0.9.5.safetensors"]
    assert missing["mends"][0] == "Map it: tower models map ltx-video-2b-v0.9.5.safetensors ltxv.safetensors"
    assert "curl -fL -C - " in missing["mends"][1]
    assert f"taken    checkpoints: {SDXL} -> old/anime_sdxl.safetensors (the same name, in old/)" in printed
    assert f"           {missing['mends'][0]}" in printed.splitlines()


def test_a_mend_that_is_followed_mends(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    with FakeComfyUI(files={"checkpoints": ["mine.safetensors"]}) as server:
        assert main(["models", "map", SDXL, "mine.safetensors"]) == 0
        assert capsys.readouterr().out == f"{SDXL}: mine.safetensors  in {home}/studio.yaml\n"
        assert (home / "studio.yaml").read_text() == f"models:\n  {SDXL}: mine.safetensors\n"
        assert main(["workflows", "check", "sdxl_anime_t2i", "--server", server.url]) == 0
    printed = capsys.readouterr().out
    assert "sdxl_anime_t2i at" in printed
    assert f"  {SDXL}: taken mine.safetensors (mapped by studio.yaml:2)" in printed


def test_a_show_s_map_is_written_into_its_project_with_everything_else_kept(
    home: Path, read_json: ReadJson, capsys: pytest.CaptureFixture[str]
) -> None:
    project = home.parent / "projects" / "small" / "project.yaml"
    code, told = read_json("models", "map", "mei.safetensors", "mei_v2.safetensors", "--project", "small")
    assert (code, told["written"], told["notes"]) == (0, str(project), [])
    assert project.read_text() == f"{PROJECT}models:\n  mei.safetensors: mei_v2.safetensors\n"
    assert not (home / "studio.yaml").exists()
    files = {"checkpoints": [], "loras": ["mei_v2.safetensors"]}
    with FakeComfyUI(files=files) as server:
        assert main(["models", "--project", "small", "--server", server.url]) == 0
    printed = capsys.readouterr().out
    assert "map  mei.safetensors: mei_v2.safetensors  (small/project.yaml:5)" in printed
    assert "mei.safetensors -> mei_v2.safetensors (mapped by small/project.yaml:5)  for LoRAs of small" in printed


def test_an_entry_that_nothing_wants_or_no_server_has_is_not_written_in_silence(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeComfyUI(files={"checkpoints": []}) as server:
        monkeypatch.setenv("COMFYUI_URL", server.url)
        assert main(["models", "map", "ANIME_SDLX.safetensors", "mine.safetensors"]) == 0
    said = capsys.readouterr().err
    assert "studio.yaml:2: models: ANIME_SDLX.safetensors is mapped to mine.safetensors: no workflow" in said
    assert "no server lists mine.safetensors now" in said
    (check,) = check_model_map(from_environment())
    assert (check.ok, [warning.line for warning in check.warnings]) == (True, [2])
    (home / "studio.yaml").write_text("models: [a]\n")
    (check,) = check_model_map(from_environment())
    assert (check.ok, check.code) == (False, 2)
    assert "studio.yaml:1" in check.message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["map", SDXL], "takes two file names"),
        (["map", SDXL, "../x"], "leads out of the server's folders"),
        (["map", SDXL, "x", "--project", "nobody"], "there is no project 'nobody'"),
        (["ltx_2b_i2w"], "Did you mean ltx_2b_i2v?"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_server_that_is_down_is_said_and_without_any_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "no server to ask: set COMFYUI_URL" in capsys.readouterr().err
    assert main(["models", "--server", "http://127.0.0.1:9"]) == 3


def test_published_digests_are_compared(capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    (root / "checkpoints").mkdir(parents=True)
    (root / "checkpoints" / "mine.safetensors").write_bytes(b"weights")
    workflow = home / "workflows" / "sdxl_anime_t2i"
    workflow.mkdir(parents=True)
    shipped = Path("tower_anime_assets/workflows/shipped/sdxl_anime_t2i/graph.json")
    (workflow / "graph.json").write_text(shipped.read_text().replace(SDXL, "mine.safetensors"))
    digest = "9e5e1b2d0bd1f1b5d4d4ad5c1ef7a4b7b34b1a1b0a6a0d4a6f6b1a1b0a6a0d4a"
    (workflow / "workflow.yaml").write_text(f"models: {{checkpoint.inputs.ckpt_name: {{sha256: {digest}}}}}\n")
    with FakeComfyUI(files={"checkpoints": ["mine.safetensors"]}, models_root=root) as server:
        check = ["workflows", "check", "sdxl_anime_t2i", "--hashes", "--server", server.url]
        assert main(check) == 2
        printed = capsys.readouterr().out
        assert "mine.safetensors: differs" in printed
        actual = printed.split(" is ")[1].split()[0]
        (workflow / "workflow.yaml").write_text(f"models: {{checkpoint.inputs.ckpt_name: {{sha256: {actual}}}}}\n")
        assert main(check) == 0
    assert "mine.safetensors: matches" in capsys.readouterr().out
