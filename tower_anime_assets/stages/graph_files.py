"""Graphs out of the files that people have: API exports, the editor's own files, and media that carry either."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tower_anime_assets.errors import StoryError
from tower_anime_assets.media.external import read_container_tags
from tower_anime_assets.production.story.source import Diagnostics
from tower_anime_assets.workflows.editor_format.conversion import convert
from tower_anime_assets.workflows.editor_format.graph_file import display_path, read_workflow_file
from tower_anime_assets.workflows.editor_format.loaded_graph import LoadedGraph, ObjectInfoSource
from tower_anime_assets.workflows.editor_format.rejections import add_rejections
from tower_anime_assets.workflows.graphs import read_graph

_WITHOUT_SERVER: Final = (
    "Start ComfyUI and set COMFYUI_URL, or name a server with --server; or choose Workflow > Export (API) in ComfyUI "
    "and add that file, which needs no server."
)


def load_graph_file(path: Path, object_info_source: ObjectInfoSource | None) -> LoadedGraph:
    """Return the graph in a person's file, in the API format.

    Reads API exports, files that ComfyUI's editor saved, and PNG, WebP, JPEG, SVG, GLB, MP4, WebM, MKV, FLAC, MP3 and
    Opus files that carry either. The prompt inside a media file is taken first, as it was queued; an editor workflow is
    converted, and every input of the result is checked against the server's node classes.

    Args:
        path: The file.
        object_info_source: What a server reports of its node classes; None without a server. It is asked only if the
            file holds an editor workflow and nothing better.

    Raises:
        StoryError: The file cannot be used; every fault says what to do. Unknown node classes are named with the node
            pack that they come from.
        ServiceError: Whatever `object_info_source` raises.
    """
    found = read_workflow_file(path, read_container_tags)
    if found.workflow is None:
        return LoadedGraph(found.graph, found.origin, found.titles)
    faults = Diagnostics(display_path(path))
    if object_info_source is None:
        problem = f"it is an {found.origin}, which only a server's list of node classes can convert"
        faults.add(0, problem, "a ComfyUI server, or an export in the API format", _WITHOUT_SERVER)
        raise StoryError(faults.faults)
    object_info = object_info_source()
    converted = convert(found.workflow, object_info, faults)
    if converted is None:
        raise StoryError(faults.faults)
    notes = [*converted.notes, *add_rejections(converted, object_info, faults)]
    graph = read_graph(json.dumps(converted.graph), faults) if not faults.faults else {}
    if faults.faults:
        raise StoryError(faults.faults)
    return LoadedGraph(graph, found.origin, converted.titles, tuple(notes), is_converted=True)
