"""What is read out of people's files, and what is said of those that hold no workflow."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tower_anime_assets.errors import MediaError, StoryError
from tower_anime_assets.workflows.editor_format.graph_file import MAX_EDITOR_BYTES, GraphFile, read_workflow_file
from tower_anime_assets_tests.workflows.editor_format.editor_cases import CASES

PROMPT: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {
        "class_type": "SaveImage",
        "inputs": {"images": ["1", 0], "filename_prefix": "out"},
        "_meta": {"title": "keep"},
    },
}
GRAPH = {name: {"class_type": node["class_type"], "inputs": node["inputs"]} for name, node in PROMPT.items()}
WORKFLOW = CASES["seed_with_control"].workflow
TEXTS = {"prompt": json.dumps(PROMPT), "workflow": json.dumps(WORKFLOW)}


def no_tags(_path: Path) -> Mapping[str, str]:
    raise AssertionError("no film was given")


def read(file: Path, read_tags: Callable[[Path], Mapping[str, str]] = no_tags) -> GraphFile:
    return read_workflow_file(file, read_tags)


def fault_of(file: Path, read_tags: Callable[[Path], Mapping[str, str]] = no_tags) -> str:
    with pytest.raises(StoryError) as caught:
        read_workflow_file(file, read_tags)
    return str(caught.value)


def written(folder: Path, name: str, content: object) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


def png(*chunks: tuple[bytes, bytes], ends: bool = True) -> bytes:
    data = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    end = [(b"IEND", b"")] if ends else []
    for kind, content in [(b"IHDR", header), *chunks, *end]:
        data += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return data


def text_chunks(texts: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(b"tEXt", f"{name}\0{text}".encode("latin-1")) for name, text in texts.items()]


def webp(folder: Path, texts: Mapping[int, str]) -> Path:
    exif = Image.Exif()
    for tag, text in texts.items():
        exif[tag] = text
    file = folder / "picture.webp"
    Image.new("RGB", (8, 8)).save(file, exif=exif)
    return file


def test_an_api_export_is_read_with_its_titles(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.json", PROMPT))
    assert (found.graph, found.titles, found.origin, found.workflow) == (GRAPH, {"2": "keep"}, "API export", None)


@pytest.mark.parametrize("wrapped", [{"prompt": PROMPT, "client_id": "x"}, {"output": PROMPT, "workflow": WORKFLOW}])
def test_a_graph_is_found_inside_what_tools_wrap_around_it(tmp_path: Path, wrapped: object) -> None:
    assert read(written(tmp_path, "a.json", wrapped)).graph == GRAPH


def test_an_editor_workflow_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.json", WORKFLOW))
    assert (found.origin, found.graph) == ("editor workflow", {})
    assert found.workflow is not None
    assert found.workflow.root.nodes["7"].title == "what to avoid"


@pytest.mark.parametrize(
    "chunks",
    [
        text_chunks(TEXTS),
        [(b"zTXt", b"prompt\0\0" + zlib.compress(TEXTS["prompt"].encode()))],
        [(b"iTXt", b"Prompt\0\0\0en\0\0" + TEXTS["prompt"].encode())],
        [(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(TEXTS["prompt"].encode()))],
        [(b"IDAT", b"123"), (b"comf", b"prompt\0" + TEXTS["prompt"].encode())],
    ],
)
def test_the_prompt_inside_a_png_is_read(tmp_path: Path, chunks: list[tuple[bytes, bytes]]) -> None:
    found = read(written(tmp_path, "a.png", png(*chunks)))
    assert (found.graph, found.origin) == (GRAPH, "prompt inside a PNG file")


def test_a_prompt_with_numbers_that_json_does_not_have_is_read(tmp_path: Path) -> None:
    text = TEXTS["prompt"].replace('"class_type"', '"is_changed": [NaN], "class_type"')
    assert read(written(tmp_path, "a.png", png(*text_chunks({"prompt": text})))).graph == GRAPH


def test_the_editor_workflow_inside_a_png_is_read_where_there_is_no_prompt(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.png", png(*text_chunks({"workflow": TEXTS["workflow"], "prompt": "a cat"}))))
    assert found.origin == "editor workflow inside a PNG file"
    assert found.workflow is not None
    assert len(found.workflow.root.nodes) == 7


def test_the_texts_of_a_webp_and_a_jpeg_are_read(tmp_path: Path) -> None:
    file = webp(tmp_path, {0x0110: "prompt:" + TEXTS["prompt"], 0x010F: "workflow:" + TEXTS["workflow"]})
    assert read(file).origin == "prompt inside a WebP file"
    assert read(webp(tmp_path, {0x010F: "workflow:" + TEXTS["workflow"]})).workflow is not None
    exif = Image.Exif()
    exif[0x010F] = "prompt:" + TEXTS["prompt"]
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    assert read(tmp_path / "a.jpg").graph == GRAPH


def test_the_texts_of_svg_and_glb_files_are_read(tmp_path: Path) -> None:
    svg = f"<svg xmlns='x'><metadata><![CDATA[{json.dumps({'prompt': PROMPT})}]]></metadata></svg>"
    assert read(written(tmp_path, "a.svg", svg.encode())).origin == "prompt inside a SVG file"
    head = json.dumps({"asset": {"version": "2.0", "extras": TEXTS}}).encode()
    data = b"glTF" + struct.pack("<II", 2, 20 + len(head)) + struct.pack("<I4s", len(head), b"JSON") + head
    assert read(written(tmp_path, "a.glb", data)).origin == "prompt inside a GLB file"


def test_the_tags_of_films_are_read(tmp_path: Path) -> None:
    film = written(tmp_path, "a.mp4", b"\0\0\0\x18ftypisom" + bytes(8))
    assert read(film, lambda _path: TEXTS).origin == "prompt inside a MP4 file"
    assert "there is no ComfyUI workflow in the MP4 file" in fault_of(film, lambda _path: {"title": "a film"})

    def broken(_path: Path) -> Mapping[str, str]:
        raise MediaError("a.mp4 cannot be read")

    assert "a.mp4 cannot be read" in fault_of(film, broken)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"", "the file is empty"),
        ("a.json", b'{"1": {', "a.json:1: the JSON is malformed"),
        ("a.json", b'{"nodes": [1]}', "the workflow has a node that cannot be read"),
        ("a.json", b"[1, 2]", "the graph is a list"),
        ("a.json", b"\xff\xfe\x00a", "a kind of file that carries no workflow"),
        ("a.zip", b"PK\x03\x04\0\0\0\0", "a kind of file that carries no workflow"),
        (
            "a.png",
            png(*text_chunks({"parameters": "a cat\nSteps: 20, Sampler: Euler"})),
            "parameters of A1111 or Forge",
        ),
        ("a.png", png(), "there is no ComfyUI workflow in the PNG file"),
        ("a.png", png(*text_chunks({"prompt": '{"1": '})), "the JSON is malformed"),
        ("a.png", png(ends=False), "the PNG file breaks off"),
        ("a.png", png((b"zTXt", b"prompt\0\0nonsense")), "the PNG file is damaged"),
        ("a.webp", b"RIFF\0\0\0\0WEBPEXIF\xff\xff\xff\xff", "at most 16,777,216 are read"),
        ("a.webp", b"RIFF\0\0\0\0WEBPEXIF\x08\0\0\0II*\0\xff\xff\0\0", "the WebP file is damaged"),
        ("a.svg", b"<svg></svg>", "there is no ComfyUI workflow in the SVG file"),
    ],
)
def test_a_file_without_a_workflow_is_told_what_it_is(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    assert words in fault_of(written(tmp_path, name, content))


def test_texts_that_inflate_without_end_are_refused(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(MAX_EDITOR_BYTES + 1))
    assert "has more than 16,777,216 bytes" in fault_of(
        written(tmp_path, "a.png", png((b"zTXt", b"prompt\0\0" + bomb)))
    )


def test_files_that_are_too_large_are_refused(tmp_path: Path) -> None:
    graph = {**PROMPT, "1": {"class_type": "Note", "inputs": {"text": "x" * 3_000_000}}}
    assert "at most 2,097,152" in fault_of(written(tmp_path, "a.json", graph))
    file = tmp_path / "b.json"
    with file.open("wb") as stream:
        stream.write(b'"')
        stream.truncate(MAX_EDITOR_BYTES + 2)
    assert "kind of file" in fault_of(file)
    file.write_bytes(b" " * (MAX_EDITOR_BYTES + 1))
    assert "the file is larger than 16,777,216 bytes" in fault_of(file)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    assert "it is a folder" in fault_of(tmp_path)
    assert "it cannot be read: No such file" in fault_of(tmp_path / "missing.json")
    os.mkfifo(tmp_path / "pipe.json")
    assert "it is not a regular file" in fault_of(tmp_path / "pipe.json")
