"""Build the wheel, install it alone into a clean environment and make a small episode with it, away from the checkout.

By default the environment gets exactly what requirements.lock names, as `pipx install` would. With --borrow-packages it
uses the packages of the environment that runs this, without the project itself, which takes seconds instead of minutes.

The wheel carries the Director panel where this checkout has it built.

Usage: python scripts/try_wheel.py [--borrow-packages]
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]

PANEL = "tower_anime_assets/web/panel_dist"

SCRIPT = """\
Title: Wheel

EXT. STREET - NIGHT

Mio waves.

MIO
We made it.
"""

WHERE = "import tower_anime_assets; print(tower_anime_assets.__file__)"


def main() -> None:
    """Build, install and try the wheel in a folder of its own, which is removed again."""
    with TemporaryDirectory(prefix="wheel-", dir="/tmp") as name:  # sockets need short paths
        folder = Path(name)
        wheel = build_wheel(folder / "dist")
        python = install_wheel(wheel, folder / "env", borrow_packages="--borrow-packages" in sys.argv[1:])
        require_panel(wheel)
        print(f"{wheel.name} makes {make_episode(python, folder / 'work')}")


def build_wheel(output: Path) -> Path:
    """Build the wheel of this checkout with the locked build backend, and return it."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(output), str(ROOT)])
    (wheel,) = output.glob("*.whl")
    return wheel


def require_panel(wheel: Path) -> None:
    """End if the panel is built here and not in the wheel."""
    built = {str(path.relative_to(ROOT)) for path in (ROOT / PANEL).rglob("*") if path.is_file()}
    if missing := built - set(zipfile.ZipFile(wheel).namelist()):
        sys.exit(f"the wheel lacks {len(missing)} files of the Director panel, such as {min(missing)}")


def install_wheel(wheel: Path, environment: Path, *, borrow_packages: bool) -> Path:
    """Install the wheel into a new environment and return its Python."""
    venv.create(environment, with_pip=not borrow_packages, symlinks=True)
    python = environment / "bin" / "python"
    if borrow_packages:
        site_packages = next((environment / "lib").glob("python*/site-packages"))
        # A path file is read without the path files in that folder, so the checkout's editable install is not found.
        (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    else:
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        lock = str(ROOT / "requirements.lock")
        run([*pip, "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", lock])
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel)])
    return python


def make_episode(python: Path, work: Path) -> Path:
    """Make a show of one scene with the installed `tower`, in an empty folder, and return its master."""
    work.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    environment = {**kept, "HOME": str(work)}
    tower = str(python.with_name("tower"))
    place = run([str(python), "-c", WHERE], work, environment).strip()
    if not Path(place).is_relative_to(python.parents[1]):
        sys.exit(f"the installed package is not the one that is imported, which is {place}")
    (work / "wheel.fountain").write_text(SCRIPT)
    run([tower, "--help"], work, environment)
    run([tower, "init", "--from", "wheel.fountain", "projects/wheel"], work, environment)
    try:
        run([tower, "produce", "wheel-e01", "--quality", "draft"], work, environment)
    finally:
        run([tower, "db", "stop"], work, environment)
    masters = list((work / ".tower" / "episodes").rglob("*.mp4"))
    if not masters:
        sys.exit(f"`tower produce` ended well, but there is no master below {work / '.tower' / 'episodes'}")
    return masters[0]


def run(command: list[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output; end with what it said if it fails."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
