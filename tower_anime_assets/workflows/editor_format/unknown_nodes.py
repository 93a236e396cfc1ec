"""Node classes that a server does not have: which, where in the workflow, of which node pack, and how to get it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from tower_anime_assets.production.story.source import Diagnostics, shorten
from tower_anime_assets.workflows.editor_format.editor_workflow import EditorNode, EditorWorkflow
from tower_anime_assets.workflows.editor_format.scopes import GraphScope
from tower_anime_assets.workflows.validation import ObjectInfo

_GROUP_NODE: Final = re.compile(r"workflow[>/](.+)", re.DOTALL)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_PACK_NAME: Final = re.compile(r"[A-Za-z0-9_. -]{1,100}")
_LISTED_NODES: Final = 5


def add_unknown_class_faults(
    workflow: EditorWorkflow,
    scopes: tuple[GraphScope, ...],
    object_info: ObjectInfo,
    virtual_classes: Collection[str],
    faults: Diagnostics,
) -> None:
    """Add a fault for each class of an active node that neither the server nor the converter knows."""
    nodes_by_class: dict[str, list[tuple[str, EditorNode]]] = {}
    for scope in scopes:
        for node in scope.graph.nodes.values():
            is_known = node.class_type in object_info or node.class_type in workflow.subgraphs
            if node.is_active and not is_known and node.class_type not in virtual_classes:
                nodes_by_class.setdefault(node.class_type, []).append((scope.node_id(node), node))
    for class_type, nodes in nodes_by_class.items():
        faults.add(0, *_describe(class_type, nodes))


def _describe(class_type: str, nodes: list[tuple[str, EditorNode]]) -> tuple[str, str, str]:
    """Return (problem, expected, remedy) for the nodes of a class."""
    labels = [_label(node_id, node) for node_id, node in nodes[:_LISTED_NODES]]
    more = f" and {len(nodes) - _LISTED_NODES} more" if len(nodes) > _LISTED_NODES else ""
    which = f"node{'s' if len(nodes) > 1 else ''} {', '.join(labels)}{more}"
    if match := _GROUP_NODE.fullmatch(class_type):
        problem = f"{which}: {shorten(match[1])!r} is a group node, a kind that ComfyUI has given up"
        remedy = (
            "Open the file in a new ComfyUI, right-click the node, choose Convert to Subgraph (or unpack it), and "
            "save again; or choose Workflow > Export (API)."
        )
        return problem, "a subgraph", remedy
    if _UUID.fullmatch(class_type):
        problem = f"{which}: the subgraph that it is made from is not in the file"
        return problem, "its definition under `definitions`", "Save the whole workflow again in ComfyUI."
    problem = f"{which}: the server has no node class {shorten(class_type)}"
    return problem, "a class that the server has", _how_to_install(nodes[0][1])


def _label(node_id: str, node: EditorNode) -> str:
    has_title = node.title and node.title != node.class_type
    return f"{shorten(node_id)} ({shorten(node.title, 40)!r})" if has_title else shorten(node_id)


def _how_to_install(node: EditorNode) -> str:
    """Return where a node comes from, as the editor noted it in the file, and how to install that."""
    pack, repository, version = (
        value if isinstance(value, str) else "" for value in map(node.properties.get, ("cnr_id", "aux_id", "ver"))
    )
    version_note = f", version {shorten(version, 40)}" if version else ""
    if pack == "comfy-core":
        return (
            f"It is a node of ComfyUI itself{version_note}: update ComfyUI; nodes of paid services are also missing "
            "where it runs with --disable-api-nodes."
        )
    if _PACK_NAME.fullmatch(pack):
        return (
            f"It comes from the node pack {pack}{version_note}: install it with ComfyUI Manager (Custom Nodes "
            f"Manager, search for {pack}), or from https://registry.comfy.org/nodes/{pack}, and restart ComfyUI."
        )
    if _REPOSITORY.fullmatch(repository):
        return (
            f"It comes from https://github.com/{repository}{version_note}: install it with ComfyUI Manager (Install "
            "via Git URL), or clone it into ComfyUI's custom_nodes folder, and restart ComfyUI."
        )
    return (
        "The file does not say which node pack it comes from: open it in ComfyUI and let ComfyUI Manager install "
        "missing custom nodes, then restart ComfyUI; if ComfyUI is old, update it."
    )
