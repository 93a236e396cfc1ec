"""A show small enough to be made whole inside a test: two scenes, three lines, small pictures, few frames."""

from __future__ import annotations

from pathlib import Path

PROJECT = """\
title: Small Show
delivery: {width: 384, height: 256, fps: 12, max_clip_frames: 49}
seed: 7
"""

CHARACTERS = {
    "akira": "name: Akira\ndescription: A young racer with spiky black hair and a neon blue jacket. He never stops.\n",
    "luna": "name: Luna\ndescription: A researcher with long silver hair and a white lab coat. She knows too much.\n",
}

SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]] [[weather: rain]]

Akira runs down the street.

AKIRA
They found us.

INT. LABORATORY - DAY
[[mood: calm]] [[music: soft synths, 80 bpm]]

Luna looks up from her terminal.

LUNA
Close the door.

AKIRA
It is closed.
"""

SHORT_SCRIPT = """\
Title: Short

EXT. STREET - NIGHT
[[mood: tense]]

Akira runs down the street.

AKIRA
They found us.
"""
"""One scene of three shots, for tests that it does not matter to what is made."""

KEY = "small-e01"


def write_small_show(projects: Path, script: str = SCRIPT, project: str = PROJECT) -> Path:
    """Write the show below `projects` and return its folder."""
    folder = projects / "small"
    (folder / "characters").mkdir(parents=True, exist_ok=True)
    (folder / "episodes").mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(project)
    for name, text in CHARACTERS.items():
        (folder / "characters" / f"{name}.yaml").write_text(text)
    (folder / "episodes" / "e01.fountain").write_text(script)
    return folder
