"""An env file below the environment: what counts, what is told, and what is never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tower_anime_assets.defs.instance import dagster_environment
from tower_anime_assets.environment import VARIABLE_BY_NAME, VARIABLES, Variable
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, TOKEN_VARIABLES, from_environment, read_environment

SECRET = "planted-4711"


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / "tower.env"
    path.touch(mode=0o600)
    return path


def test_the_environment_wins_over_the_file_also_with_an_empty_value(env_file: Path) -> None:
    env_file.write_text("COMFYUI_URL=http://a:1\nTOWER_AWAY_S=7\nOLLAMA_MODEL=llama\n")
    settings = from_environment({"TOWER_ENV_FILE": str(env_file), "COMFYUI_URL": "", "TOWER_AWAY_S": "9"})
    assert (settings.services, settings.away_s, settings.ollama_model) == ({}, 9.0, "llama")
    assert (settings.env_file, settings.warnings) == (env_file, ())
    sources = read_environment({"TOWER_ENV_FILE": str(env_file), "COMFYUI_URL": "", "TOWER_AWAY_S": "9"}).sources
    assert sources == {
        "TOWER_ENV_FILE": "environment",
        "COMFYUI_URL": "environment",
        "TOWER_AWAY_S": "environment",
        "OLLAMA_MODEL": f"{env_file}:3",
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("OLLAMA_MODEL=a$HOME ${HOME} b", "a$HOME ${HOME} b"),
        ("export OLLAMA_MODEL = 'a # b'", "a # b"),
        ('OLLAMA_MODEL="a\\"b"  # why', 'a"b'),
        ("OLLAMA_MODEL=a#b # why", "a#b"),
        ("\ufeffOLLAMA_MODEL=a\r\n", "a"),
        ("OLLAMA_MODEL=", ""),
    ],
)
def test_a_line_means_what_a_shell_would_read_without_replacing_anything(env_file: Path, line: str, value: str) -> None:
    env_file.write_bytes(line.encode())
    assert from_environment({"TOWER_ENV_FILE": str(env_file)}).ollama_model == value


def test_what_of_the_file_is_not_used_is_told_with_its_line(env_file: Path) -> None:
    env_file.write_text(
        f"# a comment\n\n\nCOMFYUI_TOKN={SECRET}\nollama_url=x\nHOME=/\nTOWER_AWAY_S=1\nTOWER_AWAY_S=2\n"
        "TOWER_ENV_FILE=other.env\n"
    )
    found = from_environment({"TOWER_ENV_FILE": str(env_file)})
    assert found.warnings == (
        f"{env_file}:4: COMFYUI_TOKN is not a setting, and is ignored; did you mean COMFYUI_TOKEN?",
        f"{env_file}:5: ollama_url is not a setting, and is ignored; did you mean OLLAMA_URL?",
        f"{env_file}:6: HOME is not a setting, and is ignored; `tower config show` lists them",
        f"{env_file}:8: TOWER_AWAY_S is set again; the last line counts",
        f"{env_file}:9: TOWER_ENV_FILE is not read from a file; set it in the environment",
    )
    assert found.away_s == 2


def test_a_variable_of_an_earlier_version_is_told_wherever_it_is_set(env_file: Path) -> None:
    moved = "TOWER_MEDIA_PORT has no effect any more: media are on the port of the panel, TOWER_WEB_PORT"
    assert from_environment({"TOWER_MEDIA_PORT": "3333"}).warnings == (f"{moved}; unset it",)
    env_file.write_text("\nTOWER_MEDIA_PORT=3333\n")
    assert from_environment({"TOWER_ENV_FILE": str(env_file)}).warnings == (f"{env_file}:2: {moved}",)
    assert from_environment({"TOWER_MEDIA_PORT": ""}).warnings == ()


@pytest.mark.parametrize("text", [f"COMFYUI_TOKEN='{SECRET}", f"COMFYUI_TOKEN {SECRET}", f"={SECRET}"])
def test_a_line_that_cannot_be_read_is_named_without_showing_it(env_file: Path, text: str) -> None:
    env_file.write_text(f"OLLAMA_MODEL=x\n\n{text}\n")
    with pytest.raises(PlanError, match=rf"{env_file}:3 is not KEY=VALUE") as refused:
        from_environment({"TOWER_ENV_FILE": str(env_file)})
    assert (refused.value.exit_code, SECRET in str(refused.value)) == (2, False)


@pytest.mark.parametrize("content", [None, "folder", b"\xff" + SECRET.encode(), b"OLLAMA_MODEL=a\0b", b"#" * 1_000_001])
def test_a_file_that_cannot_be_read_is_named_with_its_variable(tmp_path: Path, content: object) -> None:
    path = tmp_path / "tower.env"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()
    with pytest.raises(PlanError, match=rf"TOWER_ENV_FILE: {path} .*Correct TOWER_ENV_FILE") as refused:
        from_environment({"TOWER_ENV_FILE": str(path)})
    assert (refused.value.exit_code, SECRET in str(refused.value)) == (2, False)


def test_a_file_with_secrets_that_others_may_read_is_told_and_one_without_is_not(env_file: Path) -> None:
    env_file.write_text(f"TOWER_DATABASE_URL=postgresql://u:{SECRET}@db/tower\nMUSIC_TOKEN={SECRET}\n")
    variables = {"TOWER_ENV_FILE": str(env_file)}
    assert from_environment(variables).warnings == ()
    env_file.chmod(0o644)
    assert from_environment(variables).warnings == (
        f"{env_file} holds TOWER_DATABASE_URL, MUSIC_TOKEN and may be read by other users; run: chmod 600 {env_file}",
    )
    env_file.write_text("TOWER_DATABASE_URL=postgresql://u@db/tower\nMUSIC_TOKEN=\nTOWER_AWAY_S=3\n")
    assert from_environment(variables).warnings == ()


def test_an_invalid_value_is_named_with_the_line_that_it_is_on(env_file: Path) -> None:
    env_file.write_text("\nTOWER_STALL_S=never\n")
    with pytest.raises(PlanError, match=rf"TOWER_STALL_S is 'never'; expected seconds.*set in {env_file}:2"):
        from_environment({"TOWER_ENV_FILE": str(env_file)})


def test_dagsters_processes_get_the_same_settings_without_any_secret_in_their_exports(
    tmp_path: Path, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(
        f"TOWER_HOME={tmp_path}/home\nTOWER_PROJECTS={tmp_path}/shows\nCOMFYUI_URL=http://a:1\nCOMFYUI_TOKEN={SECRET}\n"
        "TOWER_WEB_PORT=4000\nTOWER_STALL_S=33\n"
    )
    monkeypatch.chdir(tmp_path)
    settings = from_environment({"TOWER_ENV_FILE": "tower.env"})
    exports = dagster_environment(settings, "postgresql://u@db/tower")
    monkeypatch.chdir("/")
    assert from_environment(exports) == settings
    assert SECRET not in str(exports)


def test_every_variable_is_listed_once_and_documented() -> None:
    assert len(VARIABLE_BY_NAME) == len(VARIABLES)
    assert {*SERVICE_URL_VARIABLES.values(), *TOKEN_VARIABLES.values()} <= VARIABLE_BY_NAME.keys()
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text()
    assert [name for name in VARIABLE_BY_NAME if f"`{name}`" not in page] == []
    settings = (Path(__file__).parents[1] / "tower_anime_assets" / "settings.py").read_text()
    assert [one.name for one in VARIABLES if one.attribute and f"    {one.attribute}: " not in settings] == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:pw@db:5432/tower?sslmode=require", "postgresql://u:***@db:5432/tower?sslmode=require"),
        ("postgres://u@db/tower", "postgres://u@db/tower"),
        ("postgresql://db/tower", "postgresql://db/tower"),
        ("postgresql://db:5432/tower", "postgresql://db:5432/tower"),
        ("postgresql://:pw@/tower?host=/run/pg&port=5433", "postgresql://:***@/tower?host=/run/pg&port=5433"),
        ("postgresql:///tower", "postgresql:///tower"),
        ("postgresql://db/tower?password=pw", "(set, hidden)"),
        ("postgresql://db/tower?sslmode=require&sslpassword=pw", "(set, hidden)"),
        ("postgresql://u:p@w@db/tower", "(set, hidden)"),
        ("host=db password=pw", "(set, hidden)"),
        ("", ""),
    ],
)
def test_a_databases_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert Variable("TOWER_DATABASE_URL", "", "", "url").show(url) == shown


PASSWORDS = st.text(st.sampled_from("abcXYZ059%@:/?#[]&= '\"\\"), min_size=6).map(lambda text: f"pw{text}pw")


@given(PASSWORDS)
def test_no_part_of_a_password_is_shown_however_it_is_written(password: str) -> None:
    variable = Variable("TOWER_DATABASE_URL", "", "", "url")
    for url in (
        f"postgresql://u:{password}@db:5432/tower?sslmode=require",
        f"postgresql://u@db/tower?sslmode=require&password={password}",
        f"host=db password={password}",
    ):
        assert variable.show(url) in ("(set, hidden)", "postgresql://u:***@db:5432/tower?sslmode=require")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(env_file: Path) -> None:
    env_file.chmod(0)
    with pytest.raises(PlanError, match="cannot be read: Permission denied"):
        from_environment({"TOWER_ENV_FILE": str(env_file)})
