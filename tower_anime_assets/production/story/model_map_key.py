"""The key `models:` of `project.yaml` and of `studio.yaml`, the map of model files; and all keys of a studio's file."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from tower_anime_assets.production.story.model_map import MappedFile, fold_file_name
from tower_anime_assets.production.story.plain_yaml import BOOL_TAG, describe_node, is_null
from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.production.story.spending_keys import prices_key, studio_caps_key
from tower_anime_assets.production.story.yaml_section import Table, YamlSection, key_kind

MAX_MAPPED_FILES: Final = 500

_EXAMPLE: Final = "Such as `models: {t5xxl_fp16.safetensors: t5/t5xxl_fp8.safetensors}`."


@key_kind
def model_map_key(section: YamlSection[Any], key: str) -> tuple[MappedFile, ...]:
    """The server's file by the file that a workflow wants, or by `WORKFLOW/NODE.inputs.NAME`."""
    entries: dict[str, MappedFile] = {}
    for wanted, line, value in section.pairs(key, "the server's file by the file that a workflow wants", _EXAMPLE):
        problem = name_problem(wanted) or _problem_of_value(value)
        if problem:
            expected = "file names as workflows and the server list them, such as folder/name.safetensors"
            section.faults.add(line, f"{key}: {problem}", expected, "`tower models` lists both.")
            continue
        folded = fold_file_name(wanted.strip())
        if folded in entries:
            problem = f"{key}: {shorten(wanted)!r} is written twice, first on line {entries[folded].line}"
            section.faults.add(line, problem, "each file once", "Keep one of them.")
            continue
        entries[folded] = MappedFile(wanted.strip(), str(value.value).strip(), section.faults.file, line)
    if len(entries) > MAX_MAPPED_FILES:
        section.add_fault(key, f"has {len(entries)} entries", f"at most {MAX_MAPPED_FILES}", "Drop some.")
    return tuple(entries.values())


def _problem_of_value(value: yaml.Node) -> str:
    if not isinstance(value, yaml.ScalarNode) or is_null(value) or value.tag == BOOL_TAG:
        return f"a value is {describe_node(value)}"
    return name_problem(str(value.value))


def name_problem(name: str) -> str:
    """Return what is wrong with a file's name, ""."""
    bare = name.strip()
    if not bare:
        return "a name is empty"
    if len(bare) > 300:
        return f"{shorten(bare)!r} has {len(bare)} characters"
    parts = re.split(r"[/\\]", bare)
    if ".." in parts or bare.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", bare):
        return f"{shorten(bare)!r} leads out of the server's folders"
    return ""


STUDIO: Table[Any] = Table(dict, models=model_map_key(), prices=prices_key(), caps=studio_caps_key())
"""The keys of `TOWER_HOME/studio.yaml`."""


def read_models_section(root: yaml.Node, faults: Diagnostics) -> tuple[MappedFile, ...]:
    """Return the map in a file that holds other keys too, and read none of those."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    own = [pair for pair in pairs if isinstance(pair[0], yaml.ScalarNode) and pair[0].value == "models"]
    only_models = yaml.MappingNode(root.tag, own[:1], root.start_mark, root.end_mark)
    entries: tuple[MappedFile, ...] = YamlSection(only_models, "", STUDIO, faults).values().get("models", ())
    return entries
