"""`tower config show`: every setting, where it comes from, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.environment import VARIABLE_BY_NAME
from tower_anime_assets_tests.cli.conftest import Enter, ReadJson

SECRET = "planted-4711"


def test_every_setting_is_listed_with_its_source_and_secrets_are_hidden(
    tmp_path: Path,
    enter_environment: Enter,
    read_json: ReadJson,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    enter_environment(tmp_path)
    for name in VARIABLE_BY_NAME.keys() - {"TOWER_PROJECTS", "TOWER_HOME"}:
        monkeypatch.delenv(name, raising=False)
    env_file = tmp_path / "tower.env"
    env_file.touch(mode=0o600)
    env_file.write_text(
        f"TOWER_DATABASE_URL=postgresql://u:{SECRET}@db/tower\nMUSIC_TOKEN={SECRET}\nMUSIC_URL=http://m:1\nMUSIK_URL=x\n"
    )
    monkeypatch.setenv("TOWER_ENV_FILE", str(env_file))
    monkeypatch.setenv("TOWER_AUTH_TOKEN", SECRET)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "studio.yaml").write_text("# ours\nmodels:\n  a.safetensors: b.safetensors\n")

    code, answer = read_json("config", "show")
    rows = {row["name"]: (row["value"], row["source"]) for row in answer["settings"]}
    assert code == 0
    assert list(rows) == [*VARIABLE_BY_NAME, "models: a.safetensors"]
    assert all(row["purpose"] for row in answer["settings"])
    assert rows["TOWER_PROJECTS"] == (str(tmp_path / "projects"), "environment")
    assert rows["TOWER_DATABASE_URL"] == ("postgresql://u:***@db/tower", f"{env_file}:1")
    assert rows["MUSIC_TOKEN"] == ("(set, hidden)", f"{env_file}:2")
    assert rows["MUSIC_URL"] == ("http://m:1", f"{env_file}:3")
    assert rows["TOWER_AUTH_TOKEN"] == ("(set, hidden)", "environment")
    assert rows["TOWER_WEB_PORT"] == ("3000", "default")
    assert rows["COMFYUI_URL"] == ("", "default")
    assert rows["models: a.safetensors"] == ("b.safetensors", f"{tmp_path / 'home' / 'studio.yaml'}:3")
    warning = f"{env_file}:4: MUSIK_URL is not a setting, and is ignored; did you mean MUSIC_URL?"
    assert answer["warnings"] == [warning]

    assert main(["config", "show"]) == 0
    printed = capsys.readouterr()
    assert "TOWER_WEB_PORT" in printed.out
    assert f"warning: {warning}" in printed.err
    assert SECRET not in printed.out + printed.err + str(answer)


def test_an_env_file_that_is_not_there_is_wrong_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_json: ReadJson
) -> None:
    monkeypatch.setenv("TOWER_ENV_FILE", str(tmp_path / "gone.env"))
    code, answer = read_json("config", "show")
    assert code == 2
    assert "TOWER_ENV_FILE" in answer["errors"][0]
