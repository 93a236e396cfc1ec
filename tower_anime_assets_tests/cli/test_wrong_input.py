"""Wrong input is refused whole: every fault named with file and line, exit code 2, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tower_anime_assets.cli import main
from tower_anime_assets_tests.cli.conftest import Enter
from tower_anime_assets_tests.small_show import KEY, SCRIPT, write_small_show


@pytest.fixture
def projects(tmp_path: Path, enter_environment: Enter) -> Iterator[Path]:
    folder = tmp_path / "projects"
    write_small_show(folder)
    enter_environment(tmp_path)
    yield folder
    assert not (tmp_path / "home").exists(), "wrong input must write nothing"


def script(projects: Path) -> Path:
    return projects / "small" / "episodes" / "e01.fountain"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("smal-e01", "small"),
        ("small-e02", "small-e01"),
        ("nonsense", "such as nexus-e01"),
        ("../../etc-e01", "such as nexus-e01"),
    ],
)
def test_an_episode_that_is_not_there_is_named_with_what_is(
    projects: Path, capfd: pytest.CaptureFixture[str], key: str, says: str
) -> None:
    assert projects.is_dir()
    assert main(["produce", key]) == 2
    assert says in capfd.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff\xfe", b"Title: Only a title\n", b"# Act\n\n= Only a synopsis.\n"],
    ids=["empty", "binary", "title-only", "outline"],
)
def test_a_script_that_holds_no_episode_is_refused(
    projects: Path, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    script(projects).write_bytes(content)
    assert main(["produce", KEY]) == 2
    assert "e01.fountain" in capfd.readouterr().err


def test_all_faults_of_all_files_come_at_once_with_their_lines(
    projects: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = projects / "small"
    (folder / "project.yaml").write_text("title: Small\ndelivery: {fps: 0}\nstile: {}\n")
    (folder / "characters" / "luna.yaml").write_text("name: Luna\n")
    script(projects).write_text(script(projects).read_text().replace("LUNA\nClose", "LUNNA\nClose"))
    assert main(["produce", KEY]) == 2
    said = " ".join(capfd.readouterr().err.split())
    for part in ("project.yaml:2", "project.yaml:3", "luna.yaml", "description", "e01.fountain:16", "LUNNA", "Luna"):
        assert part in said, part


def test_yaml_that_carries_objects_is_refused(projects: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (projects / "small" / "project.yaml").write_text("title: !!python/object/apply:os.system ['true']\n")
    assert main(["produce", KEY]) == 2
    assert "project.yaml:1" in capfd.readouterr().err


def test_naming_shots_without_force_is_refused(projects: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert projects.is_dir()
    assert main(["produce", KEY, "--shots", "sc01-sh0010"]) == 2
    assert "--force" in capfd.readouterr().err


def test_a_project_that_asks_for_a_missing_service_is_told_so(
    projects: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = projects / "small" / "project.yaml"
    file.write_text(file.read_text() + "engines: {keyframes: comfyui, director: ollama}\n")
    monkeypatch.setenv("OLLAMA_URL", "http://127.0.0.1:1")
    said = " ".join(refusal(capfd, "produce", KEY).split())
    for named in ("keyframes", "COMFYUI_URL", "director", "OLLAMA_MODEL"):
        assert named in said


def refusal(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused as wrong input, and return what it says on stderr; stdout stays empty."""
    assert main(arguments) == 2
    said = capfd.readouterr()
    assert said.out == ""
    return said.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("LUNA\nClose", "LUNNA\nClose", ("e01.fountain:16", "LUNNA", "Did you mean Luna?")),
        ("[[mood: calm]]", "[[shot: 10000 frames]]", ("e01.fountain:12", "10000 frames", "1 to 49 frames")),
        ("[[mood: calm]]", "[[duration: -3]]", ("e01.fountain:12", "'-3'", "from 1 to 600 s")),
        ("80 bpm", "9000 bpm", ("e01.fountain:12", "9000 bpm", "40 to 220")),
        ("[[weather: rain]]", "[[weather: rian]]", ("e01.fountain:4", "rian", "Did you mean rain?")),
        (
            "It is closed.",
            "It is closed.\n\nINT. CELLAR - NIGHT",
            ("e01.fountain:22", "no content", "delete the heading"),
        ),
    ],
    ids=["speaker", "frames", "duration", "tempo", "weather", "empty-scene"],
)
def test_what_cannot_be_used_as_written_says_where_what_and_how_to_mend_it(
    projects: Path, capfd: pytest.CaptureFixture[str], old: str, new: str, says: tuple[str, ...]
) -> None:
    assert old in SCRIPT
    script(projects).write_text(SCRIPT.replace(old, new))
    said = refusal(capfd, "produce", KEY, "--strict")
    for part in says:
        assert part in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title: [unclosed\nseed: 3\n", "project.yaml:2: the YAML is malformed"),
        ("- a list\n", "project.yaml:1: the file is a list"),
        ("", "project.yaml: the file is empty"),
        ("title: Small\nstile: {}\n", "project.yaml:2: unknown key 'stile'"),
        ("title: Small\ndelivery: {fps: 0}\n", "project.yaml:2: delivery.fps is '0'"),
        ("title: Small\ndelivery: {width: -64}\n", "project.yaml:2: delivery.width is '-64'"),
        ("title: Small\nthresholds: {sharpness: {low: 3}}\n", "Did you mean sharpness_var?"),
        ("title: Small\nengines: {clips: comfyui}\n", "project.yaml asks for comfyui"),
    ],
    ids=["malformed", "list", "empty", "unknown-key", "fps", "width", "threshold", "engine"],
)
def test_a_fault_in_the_project_says_where_and_what(
    projects: Path, capfd: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    (projects / "small" / "project.yaml").write_text(text)
    assert says in refusal(capfd, "produce", KEY)


def test_two_characters_of_one_name_are_both_named(projects: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (projects / "small" / "characters" / "akira2.yaml").write_text("name: AKIRA\ndescription: Another one.\n")
    said = refusal(capfd, "produce", KEY)
    assert "small/characters/akira2.yaml:1" in said
    assert "small/characters/akira.yaml:1" in said


def huge_picture(path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(path)


def cut_picture(path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (128, 128, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("make", "reference", "says"),
    [
        (None, "references/a.png", "is missing"),
        (None, "../../../etc/passwd", "lies outside the project"),
        (None, "/etc/passwd", "lies outside the project"),
        (lambda path: path.symlink_to("/etc/hostname"), "references/a.png", "lies outside the project"),
        (huge_picture, "references/a.png", "is far too large"),
        (cut_picture, "references/a.png", "is corrupt"),
    ],
    ids=["missing", "outside", "absolute", "link", "huge", "corrupt"],
)
def test_a_reference_picture_that_cannot_be_used_is_named(
    projects: Path,
    capfd: pytest.CaptureFixture[str],
    make: Callable[[Path], None] | None,
    reference: str,
    says: str,
) -> None:
    folder = projects / "small"
    (folder / "references").mkdir()
    if make is not None:
        make(folder / "references" / "a.png")
    text = f"name: Akira\ndescription: A racer with black hair.\nreferences: [{reference}]\n"
    (folder / "characters" / "akira.yaml").write_text(text)
    said = refusal(capfd, "produce", KEY)
    assert "small/characters/akira.yaml:3" in said
    assert says in said
    assert "Give its path from the project's folder" in said


def test_a_script_of_ten_megabytes_is_refused_unread(projects: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script(projects).write_text(SCRIPT + "\nAkira runs and runs and runs.\n" * 340_000)
    assert "larger than 8,388,608 bytes" in refusal(capfd, "produce", KEY)


@pytest.mark.parametrize("command", ["produce", "plan"])
def test_a_refusal_answers_the_program_that_asked_for_json(
    projects: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    script(projects).write_text(SCRIPT.replace("LUNA\nClose", "LUNNA\nClose"))
    assert main([command, KEY, "--json"]) == 2
    said = capfd.readouterr()
    answer = json.loads(said.out)
    assert (answer["episode"], answer["code"]) == (KEY, 2)
    assert "LUNNA" in answer["errors"][0]
    (fault,) = answer["faults"]
    assert (fault["file"], fault["line"]) == ("small/episodes/e01.fountain", 16)
    assert "LUNNA" in said.err


@pytest.mark.parametrize(
    "arguments", [("produce", "--json"), ("produce", "nonsense", "--json"), ("prodcue", KEY, "--json")]
)
def test_even_a_mistyped_command_answers_in_json(
    projects: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert projects.is_dir()
    assert main(arguments) == 2
    answer = json.loads(capfd.readouterr().out)
    assert answer["code"] == 2
    assert answer["errors"]


def test_an_unknown_name_is_no_empty_trail(projects: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert projects.is_dir()
    assert "small-e01" in refusal(capfd, "audit", "smal-e01")


def test_planning_without_any_show_says_how_to_begin(
    projects: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOWER_PROJECTS", str(projects / "nowhere"))
    assert "tower init" in refusal(capfd, "plan")


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("postgresql://me:s3cret@127.0.0.1:9/db", 3, "does not answer"),
        ("mysql://me:s3cret@host/db", 2, "expected postgresql://"),
        ("postgresql://me:s3cret@127.0.0.1:99999/db", 2, "cannot be read"),
        ("postgresql://me:s3cret/x@host/db", 2, "cannot be read"),
        ("postgresql://me:s3cret@[::1/db", 2, "cannot be read"),
    ],
    ids=["nobody-there", "other-database", "port", "slash", "bracket"],
)
def test_a_database_url_that_leads_nowhere_is_named_without_its_password(
    projects: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    code: int,
    says: str,
) -> None:
    assert projects.is_dir()
    monkeypatch.setenv("TOWER_DATABASE_URL", url)
    assert main(["produce", KEY, "--json"]) == code
    said = capfd.readouterr()
    assert json.loads(said.out)["code"] == code
    assert "TOWER_DATABASE_URL" in said.err
    assert says in said.err
    assert "s3cret" not in said.out + said.err


def test_a_home_that_is_too_long_or_not_to_be_made_is_named(
    projects: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOWER_HOME", str(projects / ("h" * 120)))
    assert "Set TOWER_HOME to a shorter path" in refusal(capfd, "produce", KEY)
    monkeypatch.setenv("TOWER_HOME", "/dev/null/h")
    assert "set TOWER_HOME to another folder" in refusal(capfd, "produce", KEY)


def test_every_service_that_is_away_is_named_at_once_and_nothing_is_written(
    projects: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert projects.is_dir()
    for variable in ("COMFYUI_URL", "OLLAMA_URL", "MUSIC_URL", "ECHO_VOICE_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert main(["produce", KEY]) == 3
    said = capfd.readouterr().err
    for variable in ("COMFYUI_URL", "MUSIC_URL", "ECHO_VOICE_URL"):
        assert variable in said
    assert "OLLAMA_URL" not in said, "without a model it is asked for nothing"
