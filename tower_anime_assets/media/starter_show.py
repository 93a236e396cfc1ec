"""The starter show: a small folder of text files that runs as it is. Reading shows belongs in `show_files`."""

from __future__ import annotations

import json
from pathlib import Path

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.production.story.ids import is_slug

MAX_TITLE_CHARS = 200

_PROJECT_YAML = """\
# A show. Only `title` is required; docs/writing-a-show.md lists every key.
title: {title}
logline: Two strangers wait out the rain, and one of them is not what he seems.

style:
  art_direction: clean cel-shaded anime, crisp line art, soft evening light
  # Colours that begin with # need quotes: without them YAML takes the rest of the line for a comment.
  palette: ["#14213d", "#fca311", "#e5e5e5", "#d62246", "#4b1d3f"]

delivery:
  width: 768 # px, a multiple of 32
  height: 512
  fps: 24
  loudness: -16.0 # LUFS
"""

_MIO_YAML = """\
# Looks and voice come from the description; an `appearance:` or `voice:` section overrides any part of them.
name: Mio Tanaka
description: >
  A 19-year-old courier with short red hair, green eyes, freckles and a yellow hoodie.
  She talks to her bicycle when she thinks nobody listens.
"""

_REN_YAML = """\
name: Ren Aoki
aliases: [The Stranger]
description: >
  A quiet man of unclear age with long white hair, blue eyes, glasses and a dark coat. He never seems to get wet.

appearance:
  age: 30

voice:
  pitch: 34 # 0 to 99
  rate: 150 # words per minute
"""

_EPISODE_FOUNTAIN = """\
Title: Nine Minutes
Credit: Episode one
Duration: 30

FADE IN:

EXT. BUS STOP - DUSK
[[mood: calm]] [[music: soft piano, 76 bpm]] [[weather: rain]] [[duration: 16]]

= Mio takes shelter, and is not alone.

Rain drums on a tin roof. Mio leans her bicycle against the bench and shakes out her hair.

MIO
Of course. The one day I leave the jacket.

[[shot: close-up]]

Beside her, Ren looks up from a dry book. There is not a drop on his coat.

REN
It stops in nine minutes.

MIO
(laughing)
You can't know that.

CUT TO:

EXT. CITY STREET - NIGHT
[[mood: mysterious]] [[music: slow bells, 60 bpm]] [[duration: 14]]

= Nine minutes later.

Neon on wet asphalt. The last drop falls into a puddle. Mio stares at the clear sky.

MIO
How did you do that?

She turns around. The bench is empty. Only the book lies there.

[[shot: close-up, push in]]

REN (V.O.)
I only read ahead.

FADE OUT.
"""


def create_show(folder: Path, title: str) -> tuple[Path, ...]:
    """Write a small show into a new or empty folder and return its files.

    It has two characters and one episode, `e01`, with two scenes and about 30 s.

    Args:
        folder: Folder of the show. Its name is the project's id, its parent the projects folder.
        title: Title of the show; one line, in any writing system.

    Raises:
        PlanError: The folder is not empty, is a file, or its name is not a valid id; the title is empty or too long.
        MediaError: A file cannot be written.
    """
    folder = folder.absolute()
    if not is_slug(folder.name):
        raise PlanError(
            f"{folder.name!r} cannot be a project's id: expected a-z, 0-9 and single _ between them, at most 40 "
            "characters. Choose another folder name; the title may hold any letters"
        )
    clean_title = " ".join(title.split())
    if not clean_title or len(clean_title) > MAX_TITLE_CHARS or not clean_title.isprintable():
        raise PlanError(
            f"the title {title[:40]!r} cannot be used: expected 1 to {MAX_TITLE_CHARS} printable characters"
        )
    if folder.exists() and not folder.is_dir():
        raise PlanError(f"{folder} is a file: expected a new or empty folder. Choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise PlanError(f"{folder} is not empty: expected a new or empty folder. Choose another, or empty it")
    texts = {
        "project.yaml": _PROJECT_YAML.format(title=json.dumps(clean_title, ensure_ascii=False)),
        "characters/mio.yaml": _MIO_YAML,
        "characters/ren.yaml": _REN_YAML,
        "episodes/e01.fountain": _EPISODE_FOUNTAIN,
    }
    for name, text in texts.items():
        write_atomically(folder / name, text.encode())
    return tuple(folder / name for name in texts)
