"""What ComfyUI says of its nodes, as far as shipped graphs need it, in the form in which a server says it."""

from __future__ import annotations

from functools import cache
from typing import Any

from tower_anime_assets_tests.fakes.node_facts import RECORDED_VERSION, node_classes


@cache
def facts(version: str = RECORDED_VERSION) -> dict[str, dict[str, Any]]:
    return {name: node.told({}) for name, node in node_classes(version).items()}
