"""The tree keeps the promises of the map in README.md."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_module_says_what_belongs_in_it() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tower_anime_assets").rglob("*.py")
        if not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []


def test_sql_stands_only_in_the_sql_folder() -> None:
    statement = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tower_anime_assets").rglob("*.py")
        if statement.search(path.read_text())
    ]
    assert found == []


def test_no_module_is_named_for_nothing() -> None:
    bad = {"utils", "util", "helpers", "common", "manager", "misc", "new", "old", "final", "fixed", "working"}
    assert [path.name for path in (ROOT / "tower_anime_assets").rglob("*.py") if bad & set(path.stem.split("_"))] == []


def test_only_the_settings_read_the_environment() -> None:
    reading = re.compile(r"os\.environ\b|os\.getenv\b|getenv\(")
    found = {
        str(path.relative_to(ROOT / "tower_anime_assets"))
        for path in (ROOT / "tower_anime_assets").rglob("*.py")
        if reading.search(path.read_text())
    }
    # Dagster's own variables are handed to its processes by these two; they read no setting.
    assert found <= {"settings.py", "defs/instance.py", "cli/serve.py"}


def test_importing_the_definitions_opens_nothing_and_needs_no_environment(tmp_path: Path) -> None:
    code = (
        "import dagster, socket, subprocess  # Dagster asks the machine what it is; what we import asks nothing\n"
        "def refuse(*a, **k): raise AssertionError('opened something')\n"
        "socket.socket.connect = refuse\n"
        "subprocess.Popen.__init__ = refuse\n"
        "from tower_anime_assets.definitions import defs\n"
        "print(sorted(key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    names = ["audio_tracks", "characters", "compiled_episodes", "episodes", "facts", "keyframes", "learning_report"]
    names += ["ltx_clips", "music_tracks", "quality_report", "scenes", "screenplays", "shot", "shot_plans"]
    assert done.stdout.strip() == str([*names, "voice_tracks", "workflow_profiles"])
    assert list(tmp_path.iterdir()) == []


def test_a_run_loads_nothing_that_only_reports_and_suggestions_need() -> None:
    code = (
        "import sys, tower_anime_assets.definitions, tower_anime_assets.cli.produce\n"
        "print([name for name in ('pandas', 'matplotlib', 'optuna', 'scipy.stats', 'mcp') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "each of these costs a start-up most of a second"
