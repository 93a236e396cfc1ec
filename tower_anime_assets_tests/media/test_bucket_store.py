"""The media store in a bucket, on a real S3 server: whole files or none, and each fault said in a sentence."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tower_anime_assets.errors import EXIT_SERVICE, MediaError, MediaStoreError, MediaStoreUnavailableError, PlanError
from tower_anime_assets.media import object_store as object_store_module
from tower_anime_assets.media.bucket_store import BucketStore
from tower_anime_assets.media.stores import open_media, open_store_at
from tower_anime_assets.settings import Settings, from_environment, hide_secrets
from tower_anime_assets_tests.fakes.object_store import (
    ACCESS_KEY,
    SECRET_KEY,
    ObjectStoreServer,
    StoreProxy,
    http_answer,
)

BIG_BYTES = 20_000_000
"""Enough for three parts."""


def settings_for(server: ObjectStoreServer, home: Path, url: str, **variables: str) -> Settings:
    environment = {
        "TOWER_HOME": str(home), "TOWER_MEDIA_URL": url, "TOWER_AWAY_S": "3", **server.environment(), **variables,
    }  # fmt: skip
    return from_environment(environment)


def store_of(settings: Settings) -> BucketStore:
    store = open_media(settings)
    assert isinstance(store, BucketStore)
    return store


@pytest.fixture
def url(object_store: ObjectStoreServer) -> str:
    return object_store.make_url()


@pytest.fixture
def store(object_store: ObjectStoreServer, url: str, tmp_path: Path) -> BucketStore:
    return store_of(settings_for(object_store, tmp_path / "home", url))


@pytest.fixture
def proxy(object_store: ObjectStoreServer) -> Iterator[StoreProxy]:
    with StoreProxy(object_store.port).running() as running:
        yield running


def made(folder: Path, content: bytes, name: str = "a.PNG") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def through(proxy: StoreProxy, store: BucketStore, server: ObjectStoreServer, home: Path) -> BucketStore:
    return store_of(settings_for(server, home, store.address, AWS_ENDPOINT_URL=proxy.endpoint))


@pytest.mark.parametrize("size", [0, 7, BIG_BYTES])
def test_a_stored_file_is_in_the_bucket_under_its_digest_and_comes_back_whole(
    store: BucketStore, tmp_path: Path, object_store: ObjectStoreServer, size: int
) -> None:
    content = os.urandom(size)
    stored = store.store_file(made(tmp_path, content))
    assert stored.path == f"{stored.sha256[:2]}/{hashlib.sha256(content).hexdigest()}.png"
    assert object_store.list_keys(store.address) == {stored.path: size}
    assert not (tmp_path / "a.PNG").exists()
    store.place_of(stored.path).unlink()
    assert store.path_of(stored.path).read_bytes() == content
    assert store.is_usable(stored.path, stored.sha256, size)
    assert store.is_intact(stored.path, stored.sha256)


def test_the_second_writer_of_the_same_bytes_changes_nothing(
    store: BucketStore, tmp_path: Path, object_store: ObjectStoreServer, url: str
) -> None:
    others = [store_of(settings_for(object_store, tmp_path / f"home{i}", url)) for i in range(4)]
    sources = [made(tmp_path / str(i), b"the same") for i in range(4)]
    with ThreadPoolExecutor(4) as executor:
        stored = list(executor.map(lambda pair: pair[0].store_file(pair[1]), zip(others, sources, strict=True)))
    assert len({one.path for one in stored}) == 1
    (before,) = store.list_files()
    time.sleep(1.1)
    store.store_copy(made(tmp_path, b"the same"))
    (after,) = store.list_files()
    assert after.modified_at == before.modified_at


def test_what_is_half_in_the_bucket_is_written_anew(
    store: BucketStore, tmp_path: Path, object_store: ObjectStoreServer, url: str
) -> None:
    content = os.urandom(1_000)
    sha256 = hashlib.sha256(content).hexdigest()
    object_store.put(url, f"{sha256[:2]}/{sha256}.png", content[:500])
    assert not store.is_usable(f"{sha256[:2]}/{sha256}.png", sha256, 1_000)
    stored = store.store_file(made(tmp_path, content))
    assert store.is_intact(stored.path, sha256)


def test_damaged_bytes_in_the_bucket_are_never_handed_out_and_are_set_aside(
    store: BucketStore, tmp_path: Path, object_store: ObjectStoreServer, url: str
) -> None:
    stored = store.store_file(made(tmp_path, os.urandom(1_000)))
    store.place_of(stored.path).unlink()
    object_store.put(url, stored.path, os.urandom(1_000))
    assert not store.is_intact(stored.path, stored.sha256)
    with pytest.raises(MediaError, match=r"is damaged, and was set aside as damaged/.*Run again"):
        store.path_of(stored.path)
    assert not store.place_of(stored.path).exists()
    assert set(object_store.list_keys(url)) == {f"damaged/{stored.path}"}
    assert not store.is_usable(stored.path, stored.sha256, stored.size_bytes)


def test_a_damaged_copy_here_is_fetched_again(store: BucketStore, tmp_path: Path) -> None:
    stored = store.store_file(made(tmp_path, b"picture"))
    store.place_of(stored.path).write_bytes(b"pixture")
    assert store.is_usable(stored.path, stored.sha256, 7)
    assert store.path_of(stored.path).read_bytes() == b"picture"


def test_bytes_changed_on_the_way_here_are_fetched_again_and_then_refused(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    stored = store.store_file(made(tmp_path, os.urandom(100_000)))
    other = through(proxy, store, object_store, tmp_path / "other")
    proxy.corrupts = True
    with pytest.raises(MediaError, match="others each time: the connection changes them"):
        other.path_of(stored.path)
    assert store.is_intact(stored.path, stored.sha256)
    assert not other.place_of(stored.path).exists()


def test_the_files_of_many_clips_are_fetched_together(store: BucketStore, tmp_path: Path) -> None:
    stored = [store.store_file(made(tmp_path, os.urandom(1_000))) for _ in range(20)]
    places = [store.place_of(one.path) for one in stored]
    for place in places:
        place.unlink()
    store.open_paths([*places, tmp_path / "a file that a person brought.png"])
    assert all(place.stat().st_size == 1_000 for place in places)


def test_the_mark_is_written_once(
    store: BucketStore, object_store: ObjectStoreServer, url: str, tmp_path: Path
) -> None:
    other = store_of(settings_for(object_store, tmp_path / "other", url))
    assert store.read_mark() == ""
    assert store.write_mark("one") == "one"
    assert other.write_mark("two") == "one"


def test_a_signed_address_gives_parts_of_a_file_to_whoever_has_it(store: BucketStore, tmp_path: Path) -> None:
    from urllib.request import Request, urlopen

    stored = store.store_file(made(tmp_path, bytes(range(256)) * 40))
    address = store.bucket.sign(stored.path, 60)
    assert SECRET_KEY not in address
    with urlopen(Request(address, headers={"Range": "bytes=256-259"})) as answer:  # noqa: S310 - http
        assert (answer.status, answer.read()) == (206, bytes(range(4)))


# Faults: each is outwaited, or ends in a sentence that says what to do, and leaves nothing half-made.


def test_a_store_that_is_overloaded_for_a_while_is_outwaited(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    other = through(proxy, store, object_store, tmp_path / "other")
    slow_down = "<Error><Code>SlowDown</Code></Error>"
    proxy.answer, proxy.answers_left = http_answer("503 Slow Down", slow_down), 4
    stored = other.store_file(made(tmp_path, b"picture"))
    other.place_of(stored.path).unlink()
    proxy.answers_left = 3
    assert other.path_of(stored.path).read_bytes() == b"picture"
    assert proxy.answers_left == 0


def test_a_store_that_stays_overloaded_is_a_service_that_is_away(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    other = through(proxy, store, object_store, tmp_path / "other")
    proxy.answer = http_answer("503 Slow Down")
    with pytest.raises(MediaStoreUnavailableError, match=r"it answers 503.*run again") as caught:
        other.store_file(made(tmp_path, b"picture"))
    assert (caught.value.exit_code, caught.value.transient) == (EXIT_SERVICE, True)
    assert (tmp_path / "a.PNG").exists()
    assert not list((tmp_path / "other").rglob("*.png"))


@pytest.mark.parametrize("at", [100_000, 12_000_000])
def test_a_connection_cut_in_mid_upload_leaves_the_whole_file_or_none(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path, at: int
) -> None:
    other = through(proxy, store, object_store, tmp_path / "other")
    content = os.urandom(BIG_BYTES)
    proxy.cut_after_bytes, proxy.cuts_left = min(at, 5_000_000), 2
    stored = other.store_file(made(tmp_path, content))
    assert proxy.cuts_left == 0
    assert store.is_intact(stored.path, stored.sha256)
    proxy.cut_after_bytes, proxy.cuts_left = 50_000, None
    with pytest.raises(MediaStoreUnavailableError, match="cut the connection"):
        other.store_file(made(tmp_path, os.urandom(BIG_BYTES)))
    assert list(object_store.list_keys(store.address)) == [stored.path]


def test_a_connection_cut_in_mid_download_is_made_up_for(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    stored = store.store_file(made(tmp_path, os.urandom(BIG_BYTES)))
    other = through(proxy, store, object_store, tmp_path / "other")
    proxy.cut_reply_after_bytes, proxy.cuts_left = 6_000_000, 1
    assert hashlib.sha256(other.path_of(stored.path).read_bytes()).hexdigest() == stored.sha256
    other.place_of(stored.path).unlink()
    proxy.cut_reply_after_bytes, proxy.cuts_left = 1_000, None
    with pytest.raises(MediaStoreUnavailableError, match="cut the connection"):
        other.path_of(stored.path)
    assert [path for path in (tmp_path / "other").rglob("*") if path.is_file() and ".holds" not in path.parts] == []


def test_a_slow_store_is_waited_for(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    other = through(proxy, store, object_store, tmp_path / "other")
    proxy.bytes_per_s = 400_000
    stored = other.store_file(made(tmp_path, os.urandom(1_000_000)))
    assert store.is_intact(stored.path, stored.sha256)


def test_a_store_that_goes_silent_is_given_up(
    store: BucketStore,
    proxy: StoreProxy,
    object_store: ObjectStoreServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(object_store_module, "_SILENCE_S", 0.5)
    other = through(proxy, store, object_store, tmp_path / "silent")
    proxy.bytes_per_s = 20.0
    started = time.monotonic()
    with pytest.raises(MediaStoreUnavailableError, match="it cannot be reached"):
        other.read_mark()
    assert time.monotonic() - started < 20


REFUSALS: dict[str, tuple[bytes, str]] = {
    "quota": (http_answer("403 Forbidden", "<Error><Code>QuotaExceeded</Code></Error>"), "is full.*tower media gc"),
    "full": (http_answer("507 Insufficient Storage", "<Error><Code>XMinioStorageFull</Code></Error>"), "is full"),
    "read only": (http_answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"), "Check AWS_ACCESS_KEY_ID"),
    "odd": (http_answer("400 Bad Request", "<Error><Code>WrongRegion</Code></Error>"), "400 WrongRegion.*AWS_REGION"),
}


@pytest.mark.parametrize("size", [7, BIG_BYTES])
@pytest.mark.parametrize("answer", REFUSALS)
def test_a_store_that_takes_nothing_says_what_to_do(
    store: BucketStore, proxy: StoreProxy, object_store: ObjectStoreServer, tmp_path: Path, answer: str, size: int
) -> None:
    other = through(proxy, store, object_store, tmp_path / "other")
    proxy.answer, words = REFUSALS[answer]
    proxy.only = b"PUT" if size < BIG_BYTES else b"P"
    with pytest.raises(MediaStoreError, match=words) as caught:
        other.store_file(made(tmp_path, os.urandom(size)))
    assert caught.value.exit_code == EXIT_SERVICE
    assert "\n" not in str(caught.value)
    assert object_store.list_keys(store.address) == {}
    assert (tmp_path / "a.PNG").exists()


MISTAKES: dict[str, tuple[dict[str, str], str]] = {
    "secret": ({"AWS_SECRET_ACCESS_KEY": "canarywrong55"}, "credentials are wrong.*Check AWS_ACCESS_KEY_ID"),
    "key": ({"AWS_ACCESS_KEY_ID": "canaryunknown66"}, "credentials are wrong"),
    "bucket": ({"TOWER_MEDIA_URL": "s3://no-such-bucket-here"}, "there is no such bucket. Create it"),
    "address": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "cannot be reached.*check that it runs"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize(
    "use",
    [
        lambda store, _source: store.read_mark(),
        lambda store, _source: list(store.list_files()),
        lambda store, source: store.store_copy(source),
        lambda store, _source: store.path_of(f"ab/{'ab' * 32}.png"),
        lambda store, _source: store.has_file(f"ab/{'ab' * 32}.png", 7),
    ],
    ids=["read", "list", "write", "fetch", "look"],
)
def test_a_wrong_setting_says_which_and_shows_no_secret(
    object_store: ObjectStoreServer,
    url: str,
    tmp_path: Path,
    mistake: str,
    use: Callable[[BucketStore, Path], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed, words = MISTAKES[mistake]
    store = store_of(settings_for(object_store, tmp_path, url, **{"TOWER_AWAY_S": "1", **changed}))
    with pytest.raises(MediaStoreError, match=words) as caught:
        use(store, made(tmp_path, b"picture"))
    assert caught.value.exit_code == EXIT_SERVICE
    shown = f"{caught.value}{caught.value.__cause__!r}"
    assert "canary" not in shown
    for name, value in {**object_store.environment(), **changed}.items():
        monkeypatch.setenv(name, value)
    assert "canary" not in hide_secrets(
        f"{ACCESS_KEY} {SECRET_KEY if mistake != 'secret' else ''}".replace(
            ACCESS_KEY if mistake == "key" else "\0", ""
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1/x", "s3://user:hunter2@bucket", "s3://bucket?token=hunter2", "s3:///x", "file://relative",
        "s3://bucket/../x", "ftp://hunter2",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(PlanError, match="TOWER_MEDIA_URL is not the address of a media store") as caught:
        from_environment({"TOWER_MEDIA_URL": text})
    assert "hunter2" not in str(caught.value)


def test_settings_and_stores_show_no_secret(object_store: ObjectStoreServer, url: str, tmp_path: Path) -> None:
    settings = settings_for(object_store, tmp_path, url)
    store = store_of(settings)
    assert "canary" not in f"{settings!r} {store.address} {store!r} {store.bucket!r}"
    assert open_media(settings) is store
    assert open_store_at(url, settings) is store


# The copies on this machine.


def test_copies_stay_within_their_limit_and_those_used_last_stay(
    object_store: ObjectStoreServer, url: str, tmp_path: Path
) -> None:
    settings = settings_for(object_store, tmp_path / "home", url, TOWER_MEDIA_CACHE_BYTES="1000000")
    store = store_of(settings)
    stored = [store.store_file(made(tmp_path, os.urandom(100_000))) for _ in range(8)]
    store.release()
    for age, one in enumerate(stored):
        os.utime(store.place_of(one.path), (age, age))
    store.path_of(stored[0].path, hold_s=0.0)
    stored += [store.store_file(made(tmp_path, os.urandom(100_000))) for _ in range(6)]
    here = [store.place_of(one.path).exists() for one in stored]
    assert here[0]
    assert not any(here[1:3])
    assert sum(here) * 100_000 <= 1_050_000
    assert all(store.path_of(one.path).stat().st_size == 100_000 for one in stored)


def test_a_copy_that_another_process_uses_is_not_removed_until_it_ends(
    object_store: ObjectStoreServer, url: str, tmp_path: Path
) -> None:
    import subprocess
    import sys

    settings = settings_for(object_store, tmp_path / "home", url, TOWER_MEDIA_CACHE_BYTES="300000")
    store = store_of(settings)
    used = store.store_file(made(tmp_path, os.urandom(100_000)))
    store.release()
    code = (
        "import sys; from pathlib import Path; from tower_anime_assets.media.cache_folder import CacheFolder\n"
        "folder = CacheFolder(Path(sys.argv[1]), 300000); print(folder.hold(sys.argv[2], 60.0), flush=True); input()"
    )
    command = [sys.executable, "-c", code, str(store.root), used.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "True"
            os.utime(store.place_of(used.path), (1, 1))
            for _ in range(6):
                store.store_file(made(tmp_path, os.urandom(100_000)))
                store.release()
            assert store.place_of(used.path).exists()
        finally:
            process.kill()
    os.utime(store.place_of(used.path), (1, 1))
    for _ in range(3):
        store.store_file(made(tmp_path, os.urandom(100_000)))
        store.release()
    assert not store.place_of(used.path).exists()


def test_readers_and_the_removal_of_copies_do_not_get_in_each_others_way(
    object_store: ObjectStoreServer, url: str, tmp_path: Path
) -> None:
    store = store_of(settings_for(object_store, tmp_path / "home", url, TOWER_MEDIA_CACHE_BYTES="400000"))
    stored = [store.store_file(made(tmp_path, os.urandom(50_000))) for _ in range(20)]
    wrong: list[str] = []

    def read(start: int) -> None:
        for turn in range(40):
            one = stored[(start + turn * 7) % len(stored)]
            if hashlib.sha256(store.path_of(one.path, hold_s=5.0).read_bytes()).hexdigest() != one.sha256:
                wrong.append(one.path)

    threads = [threading.Thread(target=read, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
