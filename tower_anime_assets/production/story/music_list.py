"""Reader of `music/music.yaml`: which music files a show has, for which moods, and by whom."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import yaml

from tower_anime_assets.production.story.model import MusicFile
from tower_anime_assets.production.story.plain_yaml import compose_yaml, describe_node, is_null, unique_pairs
from tower_anime_assets.production.story.source import Diagnostics, SourceFile, shorten
from tower_anime_assets.production.story.yaml_section import Table, YamlSection, text, texts

MUSIC_FOLDER = "music"
MAX_FILES = 500
_MOOD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ENTRY: Table[Any] = Table(
    dict,
    moods=texts(),
    title=text(200),
    composer=text(200),
    licence=text(200),
    license=text(200).fills("licence"),
    credit=text(400),
)


def read_music_list(source: SourceFile) -> tuple[tuple[MusicFile, ...], Diagnostics]:
    """Return the files as they are written, and what is wrong with the list; whether they exist is not looked at."""
    faults = Diagnostics(source.file)
    root = compose_yaml(source.text, faults)
    if root is None or is_null(root):
        return (), faults
    remedy = "Write `theme.wav:` and below it `moods: [calm, hopeful]`, `title:`, `composer:`, `licence:`."
    if not isinstance(root, yaml.MappingNode):
        faults.add(1, f"the file is {describe_node(root)}", "names of music files", remedy)
        return (), faults
    files = [_read_entry(name, line, value, faults) for name, line, value in unique_pairs(root, faults)]
    if len(files) > MAX_FILES:
        faults.add(1, f"the file lists {len(files)} files", f"at most {MAX_FILES}", "Drop some.")
    return tuple(files[:MAX_FILES]), faults


def _read_entry(name: str, line: int, node: yaml.Node, faults: Diagnostics) -> MusicFile:
    section = YamlSection(node, shorten(name), _ENTRY, faults)
    section.line = line
    values = section.values()
    moods = tuple(mood.strip().lower() for mood in values.pop("moods", ()))
    for mood in moods:
        if not _MOOD.fullmatch(mood):
            faults.add(line, f"{shorten(name)} has the mood {shorten(mood)!r}", "one word each", "Such as [calm, sad].")
    values["title"] = values.get("title") or PurePosixPath(name).stem
    return MusicFile(f"{MUSIC_FOLDER}/{name}", moods, line=line, **values)
