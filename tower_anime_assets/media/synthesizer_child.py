"""One call of a synthesizer in a process of its own: JSON in, a line of JSON and sound out. A crash costs one call."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.child_ends import refuse_if_stopped_by_signal


def run_synthesizer(
    name: str, script: Path, request: dict[str, Any], excerpt: str, timeout_s: float, *flags: str
) -> tuple[dict[str, Any], bytes]:
    """Return what a synthesizer answers: its header and the data behind it.

    Args:
        name: The synthesizer, for messages.
        script: The program that runs it, isolated from this process's environment.
        request: What is asked of it.
        excerpt: What is spoken, for messages.
        timeout_s: How long it may take.
        flags: Python's, besides `-I`.

    Raises:
        MediaError: It cannot be started, takes too long, or fails.
        StoppedError: Somebody stopped it.
    """
    try:
        child = subprocess.run(  # kills the child on a timeout and on any other exception
            [sys.executable, "-I", *flags, str(script)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MediaError(f"{name} did not finish {excerpt!r} within {timeout_s:g} s. Shorten the line") from error
    except OSError as error:
        raise MediaError(f"cannot start {sys.executable} to speak {excerpt!r}: {error.strerror}") from error
    refuse_if_stopped_by_signal(child.returncode, name, f"speak {excerpt!r}")
    if child.returncode:
        last_lines = child.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it gave no reason"]
        raise MediaError(f"cannot speak {excerpt!r}: {name} ended with code {child.returncode}: {last_lines[0]}")
    header, _newline, data = child.stdout.partition(b"\n")
    answer: dict[str, Any] = json.loads(header)
    return answer, data
