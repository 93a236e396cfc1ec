from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import pictures


def gradient(height: int = 60, width: int = 90) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 255 // height, columns * 255 // width, (rows + columns) % 256], axis=-1).astype(np.uint8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_png_holds_exactly_what_was_written(tmp_path: Path, height: int, width: int, seed: int) -> None:
    made = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    pictures.write_png(tmp_path / "made.png", made)
    assert np.array_equal(pictures.read_picture(tmp_path / "made.png"), made)


def test_a_jpeg_is_close_to_what_was_written(tmp_path: Path) -> None:
    pictures.write_jpeg(tmp_path / "made", gradient())
    found = pictures.read_picture(tmp_path / "made")
    assert found.shape == (60, 90, 3)
    assert np.abs(found.astype(int) - gradient()).mean() < 12


def test_a_picture_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned a quarter
    Image.fromarray(gradient()).save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(pictures.read_picture(tmp_path / "turned.png"), np.rot90(gradient(), -1))


def test_transparent_parts_lie_over_white(tmp_path: Path) -> None:
    with_alpha = np.zeros((2, 3, 4), np.uint8)
    with_alpha[0, :] = (10, 20, 30, 255)
    with_alpha[1, 1] = (0, 0, 0, 128)
    Image.fromarray(with_alpha).save(tmp_path / "alpha.png")
    found = pictures.read_picture(tmp_path / "alpha.png")
    assert found[0].tolist() == [[10, 20, 30]] * 3
    assert found[1].tolist() == [[255] * 3, [127] * 3, [255] * 3]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
def test_eight_bit_pictures_of_any_kind_become_rgb(tmp_path: Path, mode: str) -> None:
    Image.fromarray(gradient()).convert(mode).save(tmp_path / "any.png")
    assert pictures.read_picture(tmp_path / "any.png").shape == (60, 90, 3)


def test_deep_greys_are_refused_instead_of_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(MediaError, match="8 bits a channel"):
        pictures.read_picture(tmp_path / "deep.png")


def test_only_the_named_formats_are_opened(tmp_path: Path) -> None:
    Image.fromarray(gradient()).save(tmp_path / "made.gif")
    with pytest.raises(MediaError, match="expected PNG, JPEG, WEBP"):
        pictures.read_picture(tmp_path / "made.gif")
    Image.fromarray(gradient()).save(tmp_path / "really.jpg", "PNG")
    with pytest.raises(MediaError, match="expected JPEG"):
        pictures.read_picture(tmp_path / "really.jpg", formats=("JPEG",))


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_500, 10_000, 60_000])
def test_a_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.png").write_bytes(png_claiming(side, side))
    with pytest.raises(MediaError, match="64000000 pixels"):
        pictures.read_picture(tmp_path / "bomb.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@given(share=st.floats(0, 0.95), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_picture_is_read_whole_or_refused(tmp_path: Path, kind: str, share: float, seed: int) -> None:
    path = tmp_path / "picture"
    Image.fromarray(gradient()).save(path, kind)
    whole, undamaged = path.read_bytes(), pictures.read_picture(path)
    chance = np.random.default_rng(seed)
    content = bytearray(whole[: int(share * len(whole))] if seed % 2 else whole)
    for place in chance.integers(0, max(1, len(content)), 6 if content and not seed % 2 else 0):
        content[place] = int(chance.integers(0, 256))
    path.write_bytes(content)
    try:
        found = pictures.read_picture(path)
    except MediaError:
        return
    assert found.ndim == 3
    assert found.shape[2] == 3
    if seed % 2:  # only what follows the last pixel may be missing
        assert np.array_equal(found, undamaged)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"none\.png is not a file"):
        pictures.read_picture(tmp_path / "none.png")


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MediaError, match="cannot write"):
        pictures.write_png(tmp_path / "file" / "made.png", gradient())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_what_is_no_picture_is_not_written(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(height, width, 3\) uint8"):
        pictures.write_png(tmp_path / "made.png", np.zeros(shape, np.uint8))
    assert not (tmp_path / "made.png").exists()


@pytest.mark.parametrize(("width", "shape"), [(45, (30, 45, 3)), (90, (60, 90, 3)), (200, (60, 90, 3)), (1, (1, 1, 3))])
def test_a_thumbnail_keeps_the_shape_and_never_grows(width: int, shape: tuple[int, ...]) -> None:
    assert pictures.thumbnail(gradient(), width).shape == shape


def test_a_thumbnail_shows_the_same_picture() -> None:
    small = pictures.thumbnail(gradient(), 30).astype(float)
    assert small.mean(axis=(0, 1)) == pytest.approx(gradient().mean(axis=(0, 1)), abs=2)


def test_a_thumbnail_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="width is 0"):
        pictures.thumbnail(gradient(), 0)


def test_webp_bytes_are_the_picture(tmp_path: Path) -> None:
    (tmp_path / "made.webp").write_bytes(pictures.encode_webp(gradient(), quality=60))
    found = pictures.read_picture(tmp_path / "made.webp")
    assert found.shape == (60, 90, 3)
    assert np.abs(found.astype(int) - gradient()).mean() < 12


def test_a_contact_sheet_shows_every_picture_in_its_place() -> None:
    plain = [np.full((40, 80, 3), tone, np.uint8) for tone in (60, 120, 180, 240, 90)]
    sheet = pictures.contact_sheet([(picture, "") for picture in plain], columns=2, cell_width_px=80)
    assert sheet.shape == (8 + 3 * (40 + 28 + 8), 8 + 2 * 88, 3)
    for place, tone in enumerate((60, 120, 180, 240, 90)):
        row, column = divmod(place, 2)
        assert sheet[8 + row * 76 + 20, 8 + column * 88 + 40].tolist() == [tone] * 3


def test_captions_stand_below_their_picture_and_inside_their_cell() -> None:
    blank = pictures.contact_sheet([(gradient(), ""), (gradient(), "")], 2, 90)
    long = pictures.contact_sheet(
        [(gradient(), "nexus-e01-sc02-sh0030 and far more words\nthan fit"), (gradient(), "")], 2, 90
    )
    rows, columns = np.nonzero((blank != long).any(axis=2))
    assert len(rows) > 50
    assert rows.min() >= 8 + 60
    assert columns.max() < 8 + 90


def test_small_pictures_are_enlarged_to_their_cell() -> None:
    sheet = pictures.contact_sheet([(np.full((10, 10, 3), 200, np.uint8), "x")], columns=4, cell_width_px=100)
    assert sheet.shape[1] == 8 + 108
    assert sheet[50, 50].tolist() == [200] * 3


@pytest.mark.parametrize(("count", "columns"), [(0, 3), (2, 0)])
def test_an_empty_contact_sheet_is_refused(count: int, columns: int) -> None:
    with pytest.raises(ValueError, match="cannot be made"):
        pictures.contact_sheet([(gradient(), "")] * count, columns)
