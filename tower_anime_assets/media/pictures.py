"""Stills: reading, writing, scaling, contact sheets. Measuring them belongs to `quality.image`."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFile, ImageFont, ImageOps

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import write_atomically
from tower_anime_assets.quality.image import Picture

MAX_PIXELS = 64_000_000
"""An 8000x8000 reference scan; a larger picture is refused before it is decoded."""

PNG_COMPRESSION = 3
"""zlib level: twice as fast as level 6 on drawn pictures, with files 5 to 10 % larger."""

_BACKGROUND_RGB = (255, 255, 255)
_SHEET_RGB = (24, 24, 28)
_CAPTION_RGB = (232, 232, 236)
_GAP_PX = 8
_CAPTION_PX = 14
_EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})


@contextmanager
def open_image(path: Path, formats: Sequence[str], remedy: str = "Save it again") -> Iterator[ImageFile.ImageFile]:
    """Open a picture whose pixels are not decoded yet.

    Args:
        path: The file; its content, not its name, decides what it is.
        formats: Pillow's names of the formats that may be opened.
        remedy: What to do about a picture that cannot be read, for the error message.

    Raises:
        MediaError: The file does not exist, has another format, is larger than `MAX_PIXELS` or damaged; also for any
            error of Pillow inside the block.
    """
    if not path.is_file():
        raise MediaError(f"{path} is not a file; expected a picture")
    try:
        with Image.open(path, formats=list(formats)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError(f"{image.width}x{image.height}")
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(f"{path} has more than {MAX_PIXELS} pixels ({error}). Scale it down first") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error, zlib.error) as error:
        raise MediaError(
            f"{path} cannot be read as a picture: {error}; expected {', '.join(formats)}. {remedy}"
        ) from error


def read_picture(path: Path, formats: Sequence[str] = ("PNG", "JPEG", "WEBP")) -> Picture:
    """Return a picture as RGB, upright by its EXIF orientation, transparent parts over white.

    Raises:
        MediaError: The picture cannot be opened, is cut short, or has more than 8 bits a channel.
    """
    with open_image(path, formats) as image:
        if image.mode not in _EIGHT_BIT_MODES:
            raise MediaError(f"{path} has pixels of mode {image.mode}; expected 8 bits a channel. Save it as 8-bit RGB")
        image.load()
        ImageOps.exif_transpose(image, in_place=True)  # a copy of 64 megapixels would take 256 MB
        return np.asarray(_flatten_on_white(image), dtype=np.uint8)


def write_png(path: Path, picture: Picture) -> None:
    """Write a picture without loss; the file is complete or absent.

    Raises:
        MediaError: The file cannot be written.
        ValueError: The array is not `(height, width, 3) uint8`.
    """
    write_atomically(path, encode_png(picture))


def encode_png(picture: Picture) -> bytes:
    """Return a picture as the bytes of a PNG.

    Raises:
        ValueError: The array is not `(height, width, 3) uint8`.
    """
    return _encode(picture, "PNG", compress_level=PNG_COMPRESSION)


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write a picture as JPEG of quality 88; errors as in `write_png`."""
    write_atomically(path, _encode(picture, "JPEG", quality=88))


def encode_webp(picture: Picture, quality: int) -> bytes:
    """Return a picture as the bytes of a lossy WebP.

    Raises:
        ValueError: The array is not `(height, width, 3) uint8`.
    """
    return _encode(picture, "WEBP", quality=quality, method=6)


def thumbnail(picture: Picture, width_px: int) -> Picture:
    """Return a picture scaled down to a width, with its aspect ratio; a smaller one is returned unchanged."""
    image = _pil_image(picture)
    if width_px < 1:
        raise ValueError(f"width is {width_px}; expected 1 px or more")
    if image.width <= width_px:
        return picture
    return _resize(image, width_px, Image.Resampling.LANCZOS, reducing_gap=3.0)


def scale_to_width(picture: Picture, width_px: int) -> Picture:
    """Return a picture at the width of a contact sheet's cell, with its aspect ratio: fast rather than sharp."""
    image = _pil_image(picture)
    if image.width == width_px:
        return picture
    return _resize(image, width_px, Image.Resampling.HAMMING if image.width > width_px else Image.Resampling.BICUBIC)


def contact_sheet(pictures: Sequence[tuple[Picture, str]], columns: int = 4, cell_width_px: int = 256) -> Picture:
    """Return captioned pictures in rows on a dark sheet.

    Args:
        pictures: Picture and caption; a caption that is too long for its cell ends in "…".
        columns: Most pictures in a row.
        cell_width_px: Width of every picture on the sheet.

    Raises:
        ValueError: There are no pictures or no columns.
    """
    if not pictures or columns < 1:
        raise ValueError(f"a contact sheet of {len(pictures)} pictures in {columns} columns cannot be made")
    columns = min(columns, len(pictures))
    cells = [(_pil_image(scale_to_width(picture, cell_width_px)), caption) for picture, caption in pictures]
    cell_height_px = max(image.height for image, _ in cells)
    row_height_px = cell_height_px + 2 * _CAPTION_PX + _GAP_PX
    rows = -(-len(cells) // columns)
    sheet = Image.new(
        "RGB", (_GAP_PX + columns * (cell_width_px + _GAP_PX), _GAP_PX + rows * row_height_px), _SHEET_RGB
    )
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_CAPTION_PX)
    for index, (image, caption) in enumerate(cells):
        left = _GAP_PX + index % columns * (cell_width_px + _GAP_PX)
        top = _GAP_PX + index // columns * row_height_px
        sheet.paste(image, (left, top + (cell_height_px - image.height) // 2))
        draw.text(
            (left, top + cell_height_px + 3),
            _shorten_caption(draw, caption, font, cell_width_px),
            fill=_CAPTION_RGB,
            font=font,
        )
    return np.asarray(sheet, dtype=np.uint8)


def _flatten_on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    with_alpha = image.convert("RGBA")
    background = Image.new("RGBA", with_alpha.size, (*_BACKGROUND_RGB, 255))
    return Image.alpha_composite(background, with_alpha).convert("RGB")


def _pil_image(picture: Picture) -> Image.Image:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError(f"the picture is {picture.shape} {picture.dtype}; expected (height, width, 3) uint8")
    return Image.fromarray(np.ascontiguousarray(picture))


def _encode(picture: Picture, format_name: str, **options: int | bool) -> bytes:
    buffer = io.BytesIO()
    _pil_image(picture).save(buffer, format_name, **options)
    return buffer.getvalue()


def _resize(
    image: Image.Image, width_px: int, resample: Image.Resampling, reducing_gap: float | None = None
) -> Picture:
    height_px = max(1, round(image.height * width_px / image.width))
    return np.asarray(image.resize((width_px, height_px), resample, reducing_gap=reducing_gap), dtype=np.uint8)


def _shorten_caption(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int
) -> str:
    line = " ".join(text.split())
    if draw.textlength(line, font) <= width_px:
        return line
    while line and draw.textlength(line + "…", font) > width_px:
        line = line[:-1]
    return line + "…"
