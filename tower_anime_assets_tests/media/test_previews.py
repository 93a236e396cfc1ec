"""Previews of media files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media import previews
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.quality.image import Picture


def picture_file(folder: Path, name: str, width_px: int = 900) -> Path:
    path = folder / f"{name}.png"
    picture: Picture = np.full((300, width_px, 3), 90, np.uint8)
    write_png(path, picture)
    return path


def test_a_preview_is_made_once(tmp_path: Path) -> None:
    source = picture_file(tmp_path, "ab12")
    made = previews.preview_path(tmp_path / "kept", source, 640)
    assert read_picture(made).shape == (213, 640, 3)
    written = made.stat().st_mtime_ns
    assert previews.preview_path(tmp_path / "kept", source, 640).stat().st_mtime_ns == written


def test_the_older_half_goes_once_a_folder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MAX_FILES_PER_FOLDER", 4)
    made = [previews.preview_path(tmp_path / "kept", picture_file(tmp_path, f"ab{n}", 400), 320) for n in range(5)]
    assert [path.exists() for path in made] == [False, False, True, True, True]


@pytest.mark.parametrize(("suffix", "width_px"), [(".png", 100), (".wav", 320)])
def test_what_has_no_preview_is_refused(tmp_path: Path, suffix: str, width_px: int) -> None:
    with pytest.raises(MediaError, match="has no preview"):
        previews.preview_path(tmp_path, tmp_path / f"ab{suffix}", width_px)


def test_a_damaged_picture_has_none(tmp_path: Path) -> None:
    source = tmp_path / "ab.png"
    source.write_bytes(b"no picture")
    with pytest.raises(MediaError):
        previews.preview_path(tmp_path / "kept", source, 320)
    assert not list((tmp_path / "kept").rglob("*.jpg"))
