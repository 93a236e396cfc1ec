"""The tree keeps the promises of the map in CONTRIBUTING.md."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import grimp

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
    assert found <= {"settings.py", "defs/instance.py", "cli/up.py"}


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
    names = [
        "audio_tracks",
        "character_files",
        "characters",
        "compiled_episodes",
        "episodes",
        "facts",
        "keyframes",
        "learning_report",
        "lessons",
    ]
    names += [
        "ltx_clips",
        "morning_report",
        "music_tracks",
        "quality_report",
        "scenes",
        "screenplays",
        "shot",
        "shot_plans",
    ]
    assert done.stdout.strip() == str([*names, "voice_tracks", "workflow_profiles"])
    assert list(tmp_path.iterdir()) == []


def test_a_run_loads_nothing_that_only_reports_and_suggestions_need() -> None:
    code = (
        "import sys, tower_anime_assets.definitions, tower_anime_assets.cli.produce\n"
        "heavy = ('pandas', 'matplotlib', 'scipy.linalg', 'scipy.stats', 'mcp')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "each of these costs a start-up most of a second"


def test_a_class_name_stands_once_in_the_package() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tower_anime_assets").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_the_import_graph_has_no_cycle() -> None:
    graph = grimp.build_graph("tower_anime_assets", cache_dir=None)
    pending = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while ready := [module for module, imports in pending.items() if not imports & pending.keys()]:
        for module in ready:
            del pending[module]
    assert pending == {}, "these import each other"


def test_no_file_is_over_700_lines_and_no_function_over_80() -> None:
    long_files, long_functions = [], []
    for path in (ROOT / "tower_anime_assets").rglob("*.py"):
        text = path.read_text()
        if text.count("\n") > 700:
            long_files.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 80:
                long_functions.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert (long_files, long_functions) == ([], [])
