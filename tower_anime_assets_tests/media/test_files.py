"""The media store keeps whole files or none."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tower_anime_assets.errors import MediaError
from tower_anime_assets.media.files import MediaStore, copy_atomically, sha256_of, write_atomically


def made(folder: Path, content: bytes = b"picture", name: str = "a.PNG") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_kept_file_lies_under_the_digest_of_its_bytes(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    kept = store.store_file(made(tmp_path))
    assert kept.path == f"{kept.sha256[:2]}/{kept.sha256}.png"
    assert store.path_of(kept.path).read_bytes() == b"picture"
    assert sha256_of(store.path_of(kept.path)) == kept.sha256
    assert kept.size_bytes == 7
    assert store.has_file(kept.path, kept.size_bytes)


def test_the_same_bytes_are_kept_once_and_a_damaged_copy_is_replaced(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    kept = store.store_file(made(tmp_path))
    store.path_of(kept.path).write_bytes(b"pic")
    assert not store.is_intact(kept.path, kept.sha256)
    assert not store.has_file(kept.path, kept.size_bytes)
    assert store.store_file(made(tmp_path)) == kept
    assert store.is_intact(kept.path, kept.sha256)


@pytest.mark.parametrize("stored", ["../secret.png", "ab/../../secret.png", "/etc/passwd", ".."])
def test_a_path_out_of_the_store_is_refused(tmp_path: Path, stored: str) -> None:
    store = MediaStore(tmp_path / "media")
    with pytest.raises(MediaError, match="not inside"):
        store.path_of(stored)


def test_a_full_disk_is_named_and_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MediaStore(tmp_path / "media")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = made(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MediaError, match="is full: free some space"):
        store.store_file(source)
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert source.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    with pytest.raises(MediaError, match="cannot write"):
        MediaStore(tmp_path / "media").store_file(made(tmp_path))


def test_a_workspace_is_gone_afterwards_even_when_the_work_fails(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    seen: list[Path] = []

    def fail_half_way() -> None:
        with store.workspace() as folder:
            seen.append(folder)
            (folder / "part.mp4").write_bytes(b"x")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    assert not seen[0].exists()


def test_small_files_are_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "dagster.yaml"
    write_atomically(target, b"one")
    write_atomically(target, b"two")
    assert target.read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["dagster.yaml"]


def test_a_copy_that_is_equal_is_left_alone(tmp_path: Path) -> None:
    source, target = made(tmp_path), tmp_path / "out" / "b.png"
    copy_atomically(source, target)
    before = target.stat().st_mtime_ns
    copy_atomically(source, target)
    assert target.stat().st_mtime_ns == before
    source.write_bytes(b"changed")
    copy_atomically(source, target)
    assert target.read_bytes() == b"changed"


DYING = """
import os, sys
from pathlib import Path
from tower_anime_assets.media.files import MediaStore, open_atomically
with MediaStore(Path(sys.argv[1])).workspace() as folder, open_atomically(folder.parents[2] / "out.mp4") as part:
    (folder / "half.mp4").write_bytes(b"half")
    part.write(b"half")
    part.flush()
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def a_process_at_work(store: MediaStore) -> Iterator[None]:
    """A process that works in a scratch folder and on a copy until it is killed."""
    command = [sys.executable, "-c", DYING, str(store.root)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def files_in(store: MediaStore) -> set[str]:
    found = {path.name for path in store.root.rglob("*") if path.is_file() and path.name != "lock"}
    return {".part-" if name.startswith(".part-") else name for name in found}


def test_what_a_dead_process_left_is_cleared_and_what_a_live_one_writes_is_not(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    out = store.root / "out.mp4"
    with a_process_at_work(store):
        assert store.remove_stale_workspaces() == 0
        copy_atomically(made(tmp_path, name="b.mp4"), out)
        assert files_in(store) == {"half.mp4", "out.mp4", ".part-"}
    with store.workspace() as own:
        assert store.remove_stale_workspaces() == 1
        assert own.is_dir()
        copy_atomically(made(tmp_path, b"other", name="b.mp4"), out)
    assert files_in(store) == {"out.mp4"}
    assert [path.name for path in (store.root / ".work").iterdir()] == ["lock"]


def test_a_folder_named_like_an_unfinished_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".part-of-a-film").mkdir()
    write_atomically(tmp_path / "dagster.yaml", b"one")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".part-of-a-film", "dagster.yaml"]


def test_a_store_on_another_disk_gets_whole_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MediaStore(tmp_path / "media")
    rename = Path.replace

    def elsewhere(self: Path, target: Path) -> Path:
        if self.parent != target.parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", elsewhere)
    source = made(tmp_path)
    kept = store.store_file(source)
    assert store.is_intact(kept.path, kept.sha256)
    assert not source.exists()
    assert files_in(store) == {f"{kept.sha256}.png"}
