"""What a person's workflow file holds: a graph in the API format, an editor workflow, or something else."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tower_anime_assets.errors import MediaError, StoryError
from tower_anime_assets.production.story.source import Diagnostics, decode_text, shorten
from tower_anime_assets.workflows.editor_format import media_texts
from tower_anime_assets.workflows.editor_format.editor_workflow import (
    EditorWorkflow,
    is_editor_workflow,
    parse_editor_workflow,
)
from tower_anime_assets.workflows.editor_format.media_texts import DamagedMediaError
from tower_anime_assets.workflows.graphs import HOW_TO_EXPORT, MAX_GRAPH_BYTES, read_graph

MAX_EDITOR_BYTES: Final = 16 * 1024 * 1024
"""Of the text of an editor workflow; large published ones have one or two million bytes."""

TagReader = Callable[[Path], Mapping[str, str]]
"""Returns the tags of a film or sound file by lower-case name; raises MediaError."""

_GRAPH_KEYS: Final = ("prompt", "output")
_NO_WORKFLOW: Final = (
    "ComfyUI writes none if it runs with --disable-metadata, and most sites and chat programs remove it: use the file "
    "as ComfyUI saved it, or ask its maker for the workflow."
)


@dataclass(frozen=True)
class GraphFile:
    """What was read from a file: one of graph and workflow.

    Attributes:
        origin: What it was read from, such as "API export".
        graph: In the API format, checked; empty if there is an editor workflow.
        titles: What the editor shows above each node of the graph, by id.
        workflow: As the editor saved it.
    """

    origin: str
    graph: Mapping[str, Any]
    titles: Mapping[str, str]
    workflow: EditorWorkflow | None = None


def read_workflow_file(path: Path, read_tags: TagReader) -> GraphFile:
    """Return what a person's file holds; of a media file the prompt, as it was queued, before the editor's workflow.

    Args:
        path: The file.
        read_tags: Reads the tags of film and sound files.

    Raises:
        StoryError: It holds neither; the fault says what it is and what to do.
    """
    faults = Diagnostics(display_path(path))
    found = _read_file(path, read_tags, faults)
    if found is None or faults.faults:
        raise StoryError(faults.faults)
    return found


def display_path(path: Path) -> str:
    """Return the last three parts of a path, which show whose file it is, as printable text."""
    return "/".join(path.parts[-3:]).encode("utf-8", "replace").decode()


def _read_file(path: Path, read_tags: TagReader, faults: Diagnostics) -> GraphFile | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe or a device might block
            kind = "a folder" if path.is_dir() else "not a regular file"
            faults.add(0, f"it is {kind}", "a file", "Name the workflow's file.")
            return None
        with path.open("rb") as stream:
            kind = media_texts.media_kind(stream.read(16))
        if kind == media_texts.CONTAINER:
            return _from_media(_kind_by_name(path), read_tags(path), faults)
        if kind:
            return _from_media(kind, media_texts.read_picture_texts(path, kind, MAX_EDITOR_BYTES), faults)
        with path.open("rb") as stream:
            data = stream.read(MAX_EDITOR_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        faults.add(0, f"it cannot be read: {reason}", "a readable file", "Check its name and permissions.")
        return None
    except (DamagedMediaError, MediaError) as error:
        faults.add(0, str(error), "a whole file", "Copy or download it again.")
        return None
    return _from_text(data, faults)


def _from_text(data: bytes, faults: Diagnostics) -> GraphFile | None:
    """Return what a text file holds: JSON, or an SVG that carries it."""
    if b"\0" in data[:4096]:
        remedy = "Use a JSON, PNG, WebP, MP4, WebM, MKV, FLAC, MP3 or Opus file."
        faults.add(0, "it is a kind of file that carries no workflow that is read", "JSON, or a media file", remedy)
        return None
    try:
        text = decode_text(data, faults.file, MAX_EDITOR_BYTES).removeprefix("\ufeff")
    except StoryError as error:
        faults.faults += error.faults
        return None
    if not text.strip():
        faults.add(0, "the file is empty", "a workflow", HOW_TO_EXPORT)
        return None
    if text.lstrip().startswith("<") and "<svg" in text:
        return _from_media(media_texts.SVG, media_texts.svg_texts(text), faults)
    return _from_json(text, "", faults)


def _from_media(kind: str, texts: Mapping[str, str], faults: Diagnostics) -> GraphFile | None:
    """Return what the texts in a media file hold: the prompt if it is one, else the editor's workflow."""
    prompt, workflow = texts.get("prompt", ""), texts.get("workflow", "")
    attempts = [(prompt, f"prompt inside a {kind} file"), (workflow, f"editor workflow inside a {kind} file")]
    reasons = Diagnostics(faults.file)
    for text, origin in attempts:
        if text.lstrip().startswith("{"):
            found = _from_json(text, origin, reasons)
            if found is not None:
                return found
    if reasons.faults:
        faults.faults += reasons.faults
        return None
    parameters = texts.get("parameters") or texts.get("usercomment", "")
    if "Steps:" in parameters:
        problem = f"the {kind} file carries parameters of A1111 or Forge, not a ComfyUI workflow"
        faults.add(0, problem, "a ComfyUI workflow", "Build the workflow in ComfyUI, and export it from there.")
    else:
        faults.add(0, f"there is no ComfyUI workflow in the {kind} file", "a workflow in its metadata", _NO_WORKFLOW)
    return None


def _from_json(text: str, origin: str, faults: Diagnostics) -> GraphFile | None:
    """Return what a JSON text holds; `origin` is "" for a file of its own, where lines mean something."""
    raw = _parsed(text)
    inner = _inner_graph(raw)
    if inner is not None and inner is not raw:
        raw, text = inner, json.dumps(inner)
    elif origin and raw is not None:
        text = json.dumps(raw)  # numbers that JSON does not have are gone
    if is_editor_workflow(raw):
        assert isinstance(raw, Mapping)  # noqa: S101 - what `is_editor_workflow` says, for the type checker
        workflow = parse_editor_workflow(raw, faults)
        return GraphFile(origin or "editor workflow", {}, {}, workflow) if workflow is not None else None
    if len(text) > MAX_GRAPH_BYTES:
        problem = f"the graph has {len(text):,} characters"
        faults.add(0, problem, f"at most {MAX_GRAPH_BYTES:,}", "Split it, or check that it is the right file.")
        return None
    fault_count = len(faults.faults)
    graph = read_graph(text, faults)
    if len(faults.faults) > fault_count:
        return None
    return GraphFile(origin or "API export", graph, node_titles(raw))


def _parsed(text: str) -> Any:
    """Return a JSON text's value, with null for NaN and Infinity, as the editor reads it; None if it is damaged."""
    try:
        return json.loads(text, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return None


def _inner_graph(raw: object) -> object:
    """Return the graph or workflow that an object wraps, as the body of a request does; None if it wraps none."""
    if not isinstance(raw, Mapping) or is_editor_workflow(raw):
        return None
    for key in _GRAPH_KEYS:
        if _is_api_graph(raw.get(key)):
            return raw[key]
    return raw["workflow"] if is_editor_workflow(raw.get("workflow")) else None


def _is_api_graph(raw: object) -> bool:
    is_object = isinstance(raw, Mapping) and bool(raw)
    return is_object and all(
        isinstance(node, Mapping) and "class_type" in node and "inputs" in node
        for node in (raw.values() if isinstance(raw, Mapping) else ())
    )


def _kind_by_name(path: Path) -> str:
    suffix = path.suffix.lstrip(".").upper()
    return shorten(suffix, 8) if suffix.isalnum() else media_texts.CONTAINER


def node_titles(raw: object) -> dict[str, str]:
    """Return the titles in a graph in the API format, by node id, where it has them."""
    titles: dict[str, str] = {}
    for node_id, node in raw.items() if isinstance(raw, Mapping) else ():
        meta = node.get("_meta") if isinstance(node, Mapping) else None
        title = meta.get("title") if isinstance(meta, Mapping) else None
        if isinstance(title, str) and title:
            titles[node_id] = title
    return titles
