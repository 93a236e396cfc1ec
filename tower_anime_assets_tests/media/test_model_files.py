"""Headers of model files: read where they are one, and not where they would fill the memory."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from tower_anime_assets.media.model_files import SafetensorsHeader, read_header


def write_model(path: Path, header: bytes) -> Path:
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    return path


def test_metadata_and_shapes_are_read(tmp_path: Path) -> None:
    header = {"__metadata__": {"modelspec.title": "Akira"}, "lora_up": {"dtype": "F16", "shape": [320, 16]}}
    read = read_header(write_model(tmp_path / "akira.safetensors", json.dumps(header).encode()))
    assert read == SafetensorsHeader({"modelspec.title": "Akira"}, {"lora_up": (320, 16)})


@pytest.mark.chaos
@pytest.mark.parametrize(
    "header",
    [
        b"[" * 3_000_000,
        b"[" + b"{}," * 1_000_000 + b"{}]",
        b'{"a":{"shape":[' + b"1," * 2_100_000 + b"1]}}",
        b"\xff" * 99,
    ],
    ids=["deep", "many objects", "many numbers", "no text"],
)
def test_a_hostile_header_says_nothing(tmp_path: Path, header: bytes) -> None:
    assert read_header(write_model(tmp_path / "lora.safetensors", header)) == SafetensorsHeader()
