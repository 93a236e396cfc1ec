"""Pictures inside metadata are encoded once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tower_anime_assets.settings import Settings, from_environment
from tower_anime_assets.stages import previews
from tower_anime_assets.stages.previews import keep_preview

URI = "data:image/webp;base64,AAAA"


def refuse() -> str:
    raise AssertionError("encoded again")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return from_environment({"TOWER_HOME": str(tmp_path)})


def test_the_same_picture_is_encoded_once(settings: Settings) -> None:
    assert keep_preview(settings, ["a", 1], lambda: URI) == URI
    assert keep_preview(settings, ["a", 1], refuse) == URI
    assert keep_preview(settings, ["a", 2], lambda: URI + "B") == URI + "B"


def test_a_damaged_or_unwritable_preview_is_encoded_again(settings: Settings) -> None:
    keep_preview(settings, "a", lambda: URI)
    (file,) = (settings.home / "previews").iterdir()
    for damage in (b"", b"\xff\xfe", b"<html>"):
        file.write_bytes(damage)
        assert keep_preview(settings, "a", lambda: URI) == URI
    assert file.read_text() == URI

    blocked = from_environment({"TOWER_HOME": str(file)})  # a file where the folder should be
    assert keep_preview(blocked, "a", lambda: URI) == URI


def test_the_folder_does_not_grow_for_ever(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MAX_FILES", 4)
    for number in range(5):
        keep_preview(settings, number, lambda: URI)
        newest = max((settings.home / "previews").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (number, number))

    assert len(list((settings.home / "previews").iterdir())) == 3
    assert keep_preview(settings, 4, refuse) == URI
