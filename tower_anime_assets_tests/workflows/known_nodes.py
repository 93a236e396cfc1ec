"""What ComfyUI 0.3.64 says of its nodes, as far as shipped graphs need it, in the form in which a server says it.

`more_nodes.json` holds the few that the fake server has no use for. Source: `GET /object_info` of 0.3.64.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tower_anime_assets_tests.fakes.node_facts import RECORDED_VERSION, node_classes


@cache
def facts(version: str = RECORDED_VERSION) -> dict[str, dict[str, Any]]:
    told = {name: node.told({}) for name, node in node_classes(version).items()}
    more: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "more_nodes.json").read_text("utf-8"))
    return {**more, **told}
