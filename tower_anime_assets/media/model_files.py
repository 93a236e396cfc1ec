"""Model files on this machine: the header of a safetensors file, and the digest of any."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MAX_HEADER_BYTES: Final = 100_000_000
"""As ComfyUI reads at most; real headers have up to a few megabytes."""

MAX_HEADER_VALUES: Final = 2_000_000
"""A hundred times those of the largest checkpoints; each takes up to a hundred bytes of memory once it is parsed."""


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a safetensors file says of itself; nothing if it is none.

    Attributes:
        metadata: What its author wrote.
        shapes: Shape by tensor name.
    """

    metadata: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def read_header(path: Path) -> SafetensorsHeader:
    """Return the header of a safetensors file; an empty one for a file of another format, or that cannot be read.

    Source:
        The safetensors format: the header's length as a little-endian 64-bit number, then the header as JSON.
    """
    try:
        with path.open("rb") as file:
            prefix = file.read(8)
            length_bytes = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
            if not 2 <= length_bytes <= MAX_HEADER_BYTES:
                return SafetensorsHeader()
            header = file.read(length_bytes)
            if sum(header.count(mark) for mark in b"[{,") > MAX_HEADER_VALUES:
                return SafetensorsHeader()
            parsed: Any = json.loads(header)
    except (OSError, ValueError, RecursionError):
        return SafetensorsHeader()
    if not isinstance(parsed, dict):
        return SafetensorsHeader()
    metadata = parsed.pop("__metadata__", {})
    shapes = {
        name: tuple(int(side) for side in entry["shape"] if isinstance(side, int))
        for name, entry in parsed.items()
        if isinstance(entry, dict) and isinstance(entry.get("shape"), list)
    }
    stated = {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}
    return SafetensorsHeader(stated, shapes)
