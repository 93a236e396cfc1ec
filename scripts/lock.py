"""Write requirements.lock and requirements-dev.lock from pyproject.toml: exact versions with hashes, no index URLs.

Usage: python scripts/lock.py PATH_TO_UV
"""

import re
import subprocess
import sys
from pathlib import Path

# tinysoundfont declares pyaudio for live playback, which is never used here and needs PortAudio's headers.
LEFT_OUT = ("pyaudio",)
# Building the editable install needs these; they are locked with the rest, so nothing is fetched unpinned.
BUILD = ("hatchling", "editables")


def entries(uv: str, *extra: str) -> dict[str, str]:
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
    command += ["--no-emit-index-url", "--no-header", "--no-annotate", *extra, "pyproject.toml", "-"]
    done = subprocess.run(command, input="\n".join(BUILD), check=True, capture_output=True, text=True)
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", done.stdout.strip()):
        name = re.split(r"[=\[ ]", block, maxsplit=1)[0].lower()
        if name not in LEFT_OUT:
            found[name] = found.get(name, "") + block.rstrip() + "\n"
    return found


def main() -> None:
    """Write both lock files into the current folder."""
    runtime = entries(sys.argv[1])
    everything = entries(sys.argv[1], "--extra", "dev")
    Path("requirements.lock").write_text("".join(everything[name] for name in sorted(runtime)))
    Path("requirements-dev.lock").write_text(
        "".join(everything[name] for name in sorted(everything.keys() - runtime.keys()))
    )


if __name__ == "__main__":
    main()
