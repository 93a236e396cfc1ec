"""Who may read what is written, and links that somebody planted where our files are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import LinkError, MediaStore, copy_atomically, sha256_of, write_atomically
from tower_anime_assets.media.pictures import write_jpeg, write_png
from tower_anime_assets.media.private_files import protect_home, restrict_new_files
from tower_anime_assets.media.starter_show import create_show
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.previews import keep_preview

pytestmark = pytest.mark.chaos

GREY = np.full((64, 64, 3), 90, np.uint8)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(home: Path) -> dict[str, str]:
    """Return the files and folders below a home that anybody but their owner may use, with their modes."""
    paths = [path for path in home.rglob("*") if not path.is_symlink()]
    return {str(path): oct(mode_of(path)) for path in paths if mode_of(path) & 0o077}


def test_whatever_a_process_writes_is_its_owners_alone(tmp_path: Path) -> None:
    restrict_new_files()
    home = tmp_path / "home"
    settings = Settings(tmp_path / "projects", home)
    store = MediaStore(settings.media)
    with store.workspace() as folder:
        write_png(folder / "a.png", GREY)
        write_jpeg(folder / "b.jpg", GREY)
        store.store_file(folder / "a.png")
        kept = store.store_copy(folder / "b.jpg")
        (folder / "by-a-child").write_text("left")
        (home / "episodes").mkdir()
        copy_atomically(store.path_of(kept.path), home / "episodes" / "nexus-e01.mp4")
        keep_preview(settings, "a", lambda: "data:image/png;base64,AA")
        write_atomically(home / "reports" / "2026" / "morning.json", b"{}")
        os.system(f"umask > {home}/umask-of-children")  # noqa: S605 - what a child inherits
        assert open_to_others(home) == {}
    assert (home / "umask-of-children").read_text().strip() == "0077"


def test_an_earlier_home_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "media" / "ab").mkdir(parents=True)
    (home / "studio.yaml").write_text("models: {}\n")
    (home / "moved").symlink_to(tmp_path)
    before = mode_of(tmp_path)
    protect_home(home)
    assert mode_of(home) == (0o701 if os.geteuid() == 0 else 0o700)
    assert mode_of(home / "media") == 0o700
    assert mode_of(tmp_path) == before, "what a link leads to is not ours"


def test_a_folder_where_everybody_may_write_is_no_home_to_close(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    protect_home(tmp_path)
    assert mode_of(tmp_path) == 0o1777
    protect_home(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600)])
def test_a_writers_files_stay_as_readable_as_their_folder(tmp_path: Path, folder_mode: int, file_mode: int) -> None:
    restrict_new_files()
    projects = tmp_path / "projects"
    projects.mkdir()
    projects.chmod(folder_mode)
    create_show(projects / "mine", "Mine")
    assert mode_of(projects / "mine" / "episodes") == folder_mode
    assert {mode_of(path) for path in projects.rglob("*") if path.is_file()} == {file_mode}


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    (tmp_path / "media").mkdir()
    return MediaStore(tmp_path / "media")


def stored_picture(store: MediaStore, folder: Path) -> tuple[str, str]:
    write_png(folder / "picture.png", GREY)
    stored = store.store_copy(folder / "picture.png")
    return stored.path, stored.sha256


def test_a_link_in_the_place_of_a_take_is_no_take_and_is_replaced(store: MediaStore, tmp_path: Path) -> None:
    path, sha256 = stored_picture(store, tmp_path)
    outside = tmp_path / "outside.png"
    (store.root / path).rename(outside)
    (store.root / path).symlink_to(outside)
    assert not store.is_intact(path, sha256)
    assert not store.has_file(path, outside.stat().st_size)
    with pytest.raises(LinkError, match="is a link"):
        store.path_of(path)
    outside.write_bytes(b"a private key")
    stored_picture(store, tmp_path)
    assert store.is_intact(path, sha256)
    assert not (store.root / path).is_symlink()
    assert outside.read_bytes() == b"a private key"


@pytest.mark.parametrize("is_moved", [True, False])
def test_nothing_is_written_through_a_folder_that_is_a_link(store: MediaStore, tmp_path: Path, is_moved: bool) -> None:
    write_png(tmp_path / "picture.png", GREY)
    outside = tmp_path / "outside"
    outside.mkdir()
    (store.root / sha256_of(tmp_path / "picture.png")[:2]).symlink_to(outside)
    with pytest.raises(MediaError, match="remove it"):
        (store.store_file if is_moved else store.store_copy)(tmp_path / "picture.png")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "picture.png").is_file()


def test_scratch_folders_are_not_made_behind_a_link(store: MediaStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (store.root / ".work").symlink_to(outside)
    with pytest.raises(LinkError), store.workspace():
        pass
    assert list(outside.iterdir()) == []


def test_the_store_itself_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "media").symlink_to(tmp_path / "disk")
    store = MediaStore(tmp_path / "media")
    path, sha256 = stored_picture(store, tmp_path)
    assert store.is_intact(path, sha256)
    assert (tmp_path / "disk" / path).is_file()


def test_a_delivery_replaces_a_link_and_leaves_what_it_leads_to(tmp_path: Path) -> None:
    master, outside = tmp_path / "master.mp4", tmp_path / "outside"
    master.write_bytes(b"a film")
    for content in (b"a film", b"a diary"):  # also where both are equal
        outside.write_bytes(content)
        delivered = tmp_path / "episodes" / "nexus-e01.mp4"
        delivered.parent.mkdir(exist_ok=True)
        delivered.unlink(missing_ok=True)
        delivered.symlink_to(outside)
        copy_atomically(master, delivered)
        assert not delivered.is_symlink()
        assert delivered.read_bytes() == b"a film"
        assert outside.read_bytes() == content


def test_a_preview_that_is_a_link_is_not_shown_and_is_replaced(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "projects", tmp_path / "home")
    keep_preview(settings, "a", lambda: "data:,first")
    (preview,) = (settings.home / "previews").iterdir()
    outside = tmp_path / "outside"
    outside.write_text("data:,a secret that begins as a preview does")
    preview.unlink()
    preview.symlink_to(outside)
    assert keep_preview(settings, "a", lambda: "data:,second") == "data:,second"
    assert not preview.is_symlink()
    assert outside.read_text().startswith("data:,a secret")
