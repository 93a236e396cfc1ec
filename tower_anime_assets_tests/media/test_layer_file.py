"""Layered pictures come back as they were written, and nothing else is believed."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.layer_file import alpha_bounds, flatten, read_layers, write_layers
from tower_anime_assets.media.layers import Layer, LayeredPicture, Patch, Rgba


def _noise(height: int, width: int, seed: int) -> Rgba:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


def _picture() -> LayeredPicture:
    back = _noise(60, 80, 1)
    back[..., 3] = 255
    who = np.zeros((60, 80, 4), np.uint8)
    who[20:50, 30:55] = _noise(30, 25, 2)
    patches = (Patch("mouth-open", 35, 30, _noise(6, 9, 3)), Patch("eyes-closed", 34, 22, _noise(5, 14, 4)))
    light = np.zeros((60, 80, 4), np.uint8)
    light[5:12, 8:20] = (255, 40, 90, 128)
    layers = (Layer("room", 0.4, back), Layer("luna", 1.0, who, "luna", patches), Layer("lamp", 0.8, light, glow=True))
    return LayeredPicture(60, 40, 10, layers)


def _seen(image: Rgba) -> Rgba:
    """What counts of a layer: colour under zero alpha is not part of the picture."""
    return np.where(image[..., 3:] > 0, image, 0).astype(np.uint8)


def test_a_layered_picture_comes_back_as_it_was_written(tmp_path: Path) -> None:
    picture = _picture()
    write_layers(picture, tmp_path / "layers.png")
    found = read_layers(tmp_path / "layers.png")
    assert (found.width_px, found.height_px, found.margin_px) == (60, 40, 10)
    for before, after in zip(picture.layers, found.layers, strict=True):
        assert (after.name, after.depth, after.character, after.glow) == (
            before.name,
            before.depth,
            before.character,
            before.glow,
        )
        assert np.array_equal(_seen(after.image), _seen(before.image))
        for old, new in zip(before.patches, after.patches, strict=True):
            assert (new.name, new.x_px, new.y_px) == (old.name, old.x_px, old.y_px)
            assert np.array_equal(new.image, old.image)
    assert np.array_equal(flatten(found), flatten(picture))


def test_any_viewer_can_open_the_file(tmp_path: Path) -> None:
    write_layers(_picture(), tmp_path / "layers.png")
    shown = cv2.imread(str(tmp_path / "layers.png"), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    assert shown.shape[2] == 4


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    margin=st.integers(0, 8),
    boxes=st.lists(st.tuples(*[st.integers(0, 60)] * 4), min_size=1, max_size=6),
)
def test_layers_of_any_extent_survive(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    margin: int,
    boxes: list[tuple[int, int, int, int]],
) -> None:
    shape = (height + 2 * margin, width + 2 * margin, 4)
    layers = []
    for number, (top, left, tall, wide) in enumerate(boxes):
        image = np.zeros(shape, np.uint8)
        image[top : top + tall, left : left + wide] = 200 - number
        layers.append(Layer(f"layer {number}", number / 4, image))
    path = tmp_path_factory.mktemp("layers") / "layers.png"
    write_layers(LayeredPicture(width, height, margin, tuple(layers)), path)
    for before, after in zip(layers, read_layers(path).layers, strict=True):
        assert np.array_equal(before.image, after.image)


def test_flatten_paints_over_and_adds_light_as_the_definitions_say() -> None:
    picture = _picture()
    expected = np.zeros((40, 60, 3))
    for layer in picture.layers:
        seen = layer.image[10:50, 10:70].astype(float)
        alpha = seen[..., 3:] / 255
        if layer.glow:
            expected = 255 - (255 - expected) * (255 - seen[..., :3] * alpha) / 255
        else:
            expected = expected * (1 - alpha) + seen[..., :3] * alpha
    assert np.abs(flatten(picture).astype(float) - expected).max() <= 3


def test_flatten_refuses_a_picture_without_layers() -> None:
    with pytest.raises(MediaError, match="has no layers"):
        flatten(LayeredPicture(8, 8, 0, ()))


def test_the_box_of_an_empty_layer_is_one_pixel() -> None:
    assert alpha_bounds(np.zeros((5, 5, 4), np.uint8)) == (0, 0, 1, 1)


def test_a_layer_that_does_not_cover_the_canvas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="expected \\(12, 12, 4\\)"):
        write_layers(LayeredPicture(10, 10, 1, (Layer("sky", 0.0, _noise(10, 10, 1)),)), tmp_path / "l.png")


def test_a_patch_outside_the_canvas_is_refused(tmp_path: Path) -> None:
    layer = Layer("a", 1.0, _noise(12, 12, 1), "a", (Patch("mouth-open", 9, 2, _noise(4, 4, 2)),))
    with pytest.raises(MediaError, match="not an RGBA picture inside the canvas"):
        write_layers(LayeredPicture(10, 10, 1, (layer,)), tmp_path / "l.png")


def _manifest_of(data: bytes) -> dict[str, Any]:
    at = data.index(b"tower-layers\0") + 13
    length = struct.unpack_from(">I", data, data.index(b"tEXt") - 4)[0]
    found: dict[str, Any] = json.loads(data[at : at + length - 13])
    return found


def _with_manifest(data: bytes, manifest: object) -> bytes:
    start = data.index(b"tEXt") - 4
    length = struct.unpack_from(">I", data, start)[0]
    text = b"tEXt" + b"tower-layers\0" + json.dumps(manifest).encode()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return data[:start] + chunk + data[start + 12 + length :]


def _change(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["layers"][1].update({key: value})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_change("w", 10**9), "'luna' lies outside"),
        (_change("ax", -1), "layers.1.ax is -1"),
        (_change("y", 59), "'luna' lies outside"),
        (_change("x", True), "layers.1.x is True"),
        (_change("depth", "near"), "layers.1.depth is 'near'"),
        (_change("depth", float("inf")), "layers.1.depth is inf"),
        (_change("name", 7), "layers.1.name is 7"),
        (_change("character", "x" * 300), "layers.1.character is"),
        (_change("patches", [{}] * 99), "layers.1.patches"),
        (lambda m: m["layers"][1].pop("w"), "layers.1.w is"),
        (lambda m: m.update(width_px=10**7), "width_px is 10000000"),
        (lambda m: m.update(width_px=8192, height_px=8192, margin_px=100), "too much memory"),
        (lambda m: m.update(layers="all"), "layers is 'all'"),
        (lambda m: m.update(version=2), "version is 2"),
        (lambda m: m["layers"][1]["patches"][0].update(x=79), "'mouth-open' lies outside"),
        (lambda m: m.update(note="x" * 300_000), "characters; expected at most"),
    ],
)
def test_a_manifest_that_is_out_of_range_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    manifest = _manifest_of(path.read_bytes())
    change(manifest)
    path.write_bytes(_with_manifest(path.read_bytes(), manifest))
    with pytest.raises(MediaError, match=complaint):
        read_layers(path)


def test_a_manifest_that_is_not_an_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    path.write_bytes(_with_manifest(path.read_bytes(), [1, 2]))
    with pytest.raises(MediaError, match="manifest cannot be used"):
        read_layers(path)


def test_a_file_of_version_0_1_is_read(tmp_path: Path) -> None:
    """It was encoded by OpenCV, the manifest put in front of the pixels by hand."""
    atlas = _noise(5, 8, 1)
    box = {"x": 1, "y": 2, "w": 8, "h": 5, "ax": 0, "ay": 0}
    patch = {"name": "mouth-open", "x": 3, "y": 3, "w": 2, "h": 1, "ax": 4, "ay": 2}
    layer = {"name": "luna", "depth": 1, "character": "luna", "glow": False, "patches": [patch], **box}
    manifest = {"version": 1, "width_px": 10, "height_px": 8, "margin_px": 1, "layers": [layer]}
    options = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(atlas, cv2.COLOR_RGBA2BGRA), options)
    text = b"tEXttower-layers\0" + json.dumps(manifest).encode()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    data = encoded.tobytes()
    (tmp_path / "layers.png").write_bytes(data[:33] + chunk + data[33:])
    found = read_layers(tmp_path / "layers.png")
    assert (found.width_px, found.height_px, found.margin_px) == (10, 8, 1)
    assert np.array_equal(found.layers[0].image[2:7, 1:9], atlas)
    assert np.array_equal(found.layers[0].patches[0].image, atlas[2:3, 4:6])


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    whole = path.read_bytes()
    for length in (0, 5, 20, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(MediaError, match="cut short"):
            read_layers(path)


def test_pixels_cut_out_of_the_middle_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + whole[-12:])
    with pytest.raises(MediaError, match="cannot be read as a picture"):
        read_layers(path)


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(MediaError):
            read_layers(path)


def test_a_header_that_promises_a_huge_picture_is_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    whole = path.read_bytes()
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + b"\x08\x06\0\0\0"
    path.write_bytes(whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:])
    with pytest.raises(MediaError, match="64000000 pixels"):
        read_layers(path)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layers.png"
    write_layers(_picture(), path)
    with path.open("r+b") as file:
        file.truncate((96 << 20) + 1)
    with pytest.raises(MediaError, match="bytes; expected at most"):
        read_layers(path)


def test_an_ordinary_picture_is_not_a_layered_picture(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), _noise(8, 8, 1))
    with pytest.raises(MediaError, match="ordinary picture"):
        read_layers(tmp_path / "a.png")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_only_eight_bit_rgba_is_read(tmp_path: Path, kind: type[np.uint8 | np.uint16]) -> None:
    channels = 3 if kind is np.uint8 else 4
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((8, 8, channels), kind))
    with pytest.raises(MediaError, match="expected 8-bit RGBA"):
        read_layers(tmp_path / "b.png")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nothing\.png"):
        read_layers(tmp_path / "nothing.png")
