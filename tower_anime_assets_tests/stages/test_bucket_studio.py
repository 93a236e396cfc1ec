"""A studio whose media are in a bucket: an episode is made, found again, served, delivered, backed up and moved."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tower_anime_assets.errors import EXIT_INPUT, EXIT_SERVICE, MediaStoreError, PlanError
from tower_anime_assets.media.bucket_store import BucketStore
from tower_anime_assets.media.files import MARK_FILE, sha256_of
from tower_anime_assets.media.stores import open_store_at
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.audit_trail import find_record_problems
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.stages import doctor, ingest, media_upkeep
from tower_anime_assets.stages.backups import write_backup
from tower_anime_assets.stages.delivery import deliver
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.media_identity import require_same_media
from tower_anime_assets.stages.media_upkeep import collect_garbage, copy_store, verify_store
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.registry import EPISODE_STAGES
from tower_anime_assets.stages.restoring import restore_backup
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import media_stores, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take
from tower_anime_assets.web.app import build_app
from tower_anime_assets.web.guard import Guard
from tower_anime_assets.web.media import media_origin
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.object_store import SECRET_KEY, ObjectStoreServer, StoreProxy, http_answer
from tower_anime_assets_tests.small_show import KEY, SHORT_SCRIPT, write_small_show
from tower_anime_assets_tests.stages.conftest import CommandLine, MadeEpisode
from tower_anime_assets_tests.web.api.conftest import HOST, KnownCaller, client_of

pytestmark = pytest.mark.slow

EPISODE = EpisodeKey.parse(KEY)


@dataclass
class BucketStudio:
    """A studio with a bucket, in which an episode was made whole."""

    studio: Studio
    made: int

    @property
    def media(self) -> BucketStore:
        media = self.studio.media
        assert isinstance(media, BucketStore)
        return media

    @property
    def takes(self) -> list[Take]:
        return list(takes.list_by_episode(self.studio.database, EPISODE))

    @property
    def master(self) -> Take:
        (master,) = takes.list_by_episode(self.studio.database, EPISODE, MASTERS.name)
        return master

    def empty_cache(self) -> None:
        self.media.release()
        shutil.rmtree(self.media.root, ignore_errors=True)


def count_decisions(studio: Studio) -> int:
    with psycopg.connect(studio.database.url) as connection:
        (row,) = connection.execute("SELECT count(*) FROM generation_decisions").fetchall()
        return int(row[0])


def make_episode(studio: Studio, *, empties: Path | None = None) -> None:
    for stage in EPISODE_STAGES:
        work = saved_episode(Run(studio), EPISODE)
        report = work.make(stage)
        assert report.rejected == (), f"{stage.name}: {[outcome.failed for outcome in report.rejected]}"
        if stage is SHOT_PLANS:
            ingest.save_plan(work)
        if empties is not None:
            studio.media.release()
            shutil.rmtree(empties, ignore_errors=True)


def with_bucket(settings: Settings, server: ObjectStoreServer, url: str, endpoint: str = "") -> Settings:
    options = {name.lower(): value for name, value in server.environment(endpoint).items()}
    return replace(settings, media_url=url, object_store_options=options, away_s=2.0)


@pytest.fixture(scope="module")
def bucket_studio(
    database_server: DatabaseServer, object_store: ObjectStoreServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BucketStudio]:
    folder = tmp_path_factory.mktemp("bucket studio")
    write_small_show(folder / "projects", SHORT_SCRIPT)
    url = database_server.make_database()
    plain = Settings(projects=folder / "projects", home=folder / "home", database_url=url)
    studio = Studio(with_bucket(plain, object_store, object_store.make_url()), Database(url))
    ingest.read_characters(Run(studio), EPISODE.project)
    ingest.read_episode(studio, EPISODE)
    make_episode(studio, empties=studio.settings.media)  # whatever a stage needs has to be fetched again
    yield BucketStudio(studio, count_decisions(studio))
    studio.close()


def test_an_episode_made_on_a_bucket_is_whole_there_and_nothing_of_it_is_made_twice(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    keys = object_store.list_keys(bucket_studio.media.address)
    files = [file for take in bucket_studio.takes for file in take.files.values()]
    assert {file.path: file.size_bytes for file in files}.items() <= keys.items()
    assert MARK_FILE in keys
    assert not (bucket_studio.studio.settings.home / "media").exists()
    bucket_studio.empty_cache()
    make_episode(bucket_studio.studio)
    assert count_decisions(bucket_studio.studio) == bucket_studio.made
    elsewhere = Studio(replace(bucket_studio.studio.settings, home=tmp_path), bucket_studio.studio.database)
    make_episode(elsewhere)
    assert count_decisions(elsewhere) == bucket_studio.made
    fetched = {path.name for path in (tmp_path / "media-cache").glob("*/*.mp4")}
    assert fetched <= {Path(bucket_studio.master.files["main"].path).name}  # what is found need not be fetched


def test_the_record_on_a_bucket_is_sound_and_a_lost_object_is_told(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer
) -> None:
    settings = bucket_studio.studio.settings
    assert find_record_problems(settings) == ()
    assert verify_store(bucket_studio.studio, print).lost == ()
    file = bucket_studio.master.files["main"]
    content = bucket_studio.media.path_of(file.path).read_bytes()
    object_store.put(settings.media_url, file.path, b"x" * len(content))
    try:
        (problem,) = find_record_problems(settings)
        assert file.path in problem
        assert len(verify_store(bucket_studio.studio, print).lost) == 1
        assert verify_store(bucket_studio.studio, print, is_quick=True).lost == ()
    finally:
        object_store.put(settings.media_url, file.path, content)


def test_media_of_a_bucket_are_served_with_ranges_previews_and_names(bucket_studio: BucketStudio) -> None:
    bucket_studio.empty_cache()
    file, client = bucket_studio.master.files["main"], client_of(bucket_studio.studio)
    part = client.get(f"/media/{file.path}", headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content[:4]) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-11/{file.size_bytes}"
    preview = client.get(f"/media/{file.path}?width=320")
    with Image.open(io.BytesIO(preview.content)) as picture:
        assert picture.width == 320
    named = client.get(f"/media/{file.path}?download={bucket_studio.master.id}")
    assert "small-e01" in named.headers["content-disposition"]
    assert client.get(f"/media/ab/{'ab' * 32}.png").status_code == 404
    assert client.get("/media/tower-store.json").status_code == 404


def test_browsers_are_sent_to_the_bucket_where_that_is_asked_for_and_the_caller_may_look(
    bucket_studio: BucketStudio,
) -> None:
    studio = replace(bucket_studio.studio, settings=replace(bucket_studio.studio.settings, media_presign_s=600))
    file, client = bucket_studio.master.files["main"], client_of(studio)
    answer = client.get(f"/media/{file.path}", follow_redirects=False)
    assert answer.status_code == 307
    address = answer.headers["location"]
    assert SECRET_KEY not in address
    with urlopen(Request(address, headers={"Range": "bytes=4-7"})) as part:  # noqa: S310 - http
        assert (part.status, part.read()) == (206, b"ftyp")
    endpoint = studio.settings.object_store_options["aws_endpoint_url"]
    guard = Guard(build_app(studio), [HOST], [], KnownCaller("Mei", Scope.READ), media_origin(studio))
    page = TestClient(guard, base_url=f"http://{HOST}").get("/episodes")
    assert f"media-src 'self' blob: {endpoint};" in page.headers["content-security-policy"]
    assert client.get(f"/media/{file.path}?width=320").headers["content-type"] == "image/jpeg"
    assert client.get("/media/../secret.png", follow_redirects=False).status_code == 404
    plain = client_of(bucket_studio.studio).get("/episodes").headers["content-security-policy"]
    assert endpoint not in plain


def test_a_master_is_delivered_from_a_bucket(bucket_studio: BucketStudio) -> None:
    bucket_studio.empty_cache()
    delivered = deliver(bucket_studio.studio, KEY, bucket_studio.master)
    assert sha256_of(delivered["main"]) == bucket_studio.master.files["main"].sha256


def test_a_bucket_is_backed_up_and_restored_into_another(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer, database_server: DatabaseServer, tmp_path: Path
) -> None:
    studio = bucket_studio.studio
    report = write_backup(studio.settings, studio.database, tmp_path / "backup", print)
    assert report.lost == ()
    empty = Settings(
        studio.settings.projects, tmp_path / "home", database_url=database_server.make_database("template0")
    )
    target = with_bucket(empty, object_store, object_store.make_url())
    foreign = open_store_at(target.media_url, target)
    foreign.write_mark("of somebody else")
    with pytest.raises(PlanError, match="has the media of another record"):
        restore_backup(target, tmp_path / "backup", lambda _database: None, print)
    target = replace(target, media_url=object_store.make_url())
    restore_backup(target, tmp_path / "backup", lambda _database: None, print)
    assert find_record_problems(target) == ()
    database = Database(target.database_url)
    restored = Studio(target, database)
    assert require_same_media(restored).store_id == restored.media.read_mark()
    make_episode(restored)
    assert count_decisions(restored) == bucket_studio.made
    restored.close()


def test_another_bucket_than_the_records_is_refused_before_anything_is_made(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer, tmp_path: Path
) -> None:
    studio = bucket_studio.studio
    for settings in (
        replace(studio.settings, media_url=object_store.make_url()),
        replace(studio.settings, media_url="", home=tmp_path),
    ):
        other = replace(studio, settings=settings, is_media_checked=False)
        with pytest.raises(PlanError, match="the media of this record are in"):
            saved_episode(Run(other), EPISODE).make(SHOT_PLANS)
        assert count_decisions(studio) == bucket_studio.made
        (check,) = (one for one in doctor.run_checks(settings) if one.subject.startswith("media") and not one.ok)
        assert "are in" in check.message


def test_a_bucket_that_is_full_ends_a_stage_in_a_sentence_with_nothing_half_made(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer, database_server: DatabaseServer, tmp_path: Path
) -> None:
    projects = write_small_show(tmp_path / "projects", SHORT_SCRIPT).parent
    with StoreProxy(object_store.port).running() as proxy:
        url = database_server.make_database()
        plain = Settings(projects=projects, home=tmp_path / "home", database_url=url)
        settings = with_bucket(plain, object_store, object_store.make_url(), proxy.endpoint)
        studio = Studio(settings, Database(url))
        ingest.read_characters(Run(studio), EPISODE.project)
        ingest.read_episode(studio, EPISODE)
        require_same_media(studio)
        proxy.answer = http_answer("403 Forbidden", "<Error><Code>QuotaExceeded</Code></Error>")
        proxy.only = b"PUT"
        first, before = EPISODE_STAGES[0], object_store.list_keys(settings.media_url)
        with pytest.raises(MediaStoreError, match=r"is full.*then run again"):
            saved_episode(Run(studio), EPISODE).make(first)
        assert object_store.list_keys(settings.media_url) == before
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM takes WHERE stage = %s", [first.name]).fetchall() == [(0,)]
        proxy.answer = b""
        assert saved_episode(Run(studio), EPISODE).make(first).rejected == ()
        assert verify_store(studio, print).lost == ()
        studio.close()


def test_doctor_says_where_media_are_and_what_is_wrong_with_it(
    bucket_studio: BucketStudio, object_store: ObjectStoreServer
) -> None:
    settings = bucket_studio.studio.settings
    keys = object_store.list_keys(settings.media_url)
    (check,) = (one for one in doctor.run_checks(settings) if one.subject == "media store")
    assert check.ok
    assert settings.media_url in check.message
    assert object_store.list_keys(settings.media_url) == keys
    wrong = {**settings.object_store_options, "aws_secret_access_key": "canarywrong55"}
    checks = [one for one in doctor.run_checks(replace(settings, object_store_options=wrong)) if "media" in one.subject]
    assert ["credentials are wrong" in one.message for one in checks] == [True]
    assert "canary" not in str(checks)


# Moving, comparing and clearing up.


@pytest.fixture
def environment(
    object_store: ObjectStoreServer, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for name, value in object_store.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOWER_AWAY_S", "2")
    return command_line


def test_a_studio_moves_to_a_bucket_and_back_and_goes_on_where_it_was_interrupted(
    made_episode: MadeEpisode, object_store: ObjectStoreServer, environment: CommandLine,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    folder, url = made_episode.studio.settings.media, object_store.make_url()
    made = count_decisions(made_episode.studio)
    with StoreProxy(object_store.port, cut_after_bytes=3_000).running() as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        code, _out, err = environment.tower("media", "copy", str(folder), url)
        assert (code, "cut the connection" in err) == (EXIT_SERVICE, True)
    assert MARK_FILE not in object_store.list_keys(url)
    there = len(object_store.list_keys(url))
    monkeypatch.setenv("AWS_ENDPOINT_URL", object_store.endpoint)
    code, out, _err = environment.tower("media", "copy", str(folder), url, "--json")
    report = json.loads(out)
    assert (code, report["copied"], report["damaged"]) == (0, report["files"] - there, [])
    code, out, _err = environment.tower("media", "copy", str(folder), url, "--json")
    assert (code, json.loads(out)["copied"]) == (0, 0)
    monkeypatch.setenv("TOWER_MEDIA_URL", url)
    code, _out, err = environment.tower("media", "verify")
    assert code == 0, err
    options = {name.lower(): value for name, value in object_store.environment().items()}
    settings = replace(made_episode.studio.settings, media_url=url, object_store_options=options)
    moved = replace(made_episode.studio, settings=settings, is_media_checked=False)
    make_episode(moved)
    assert count_decisions(moved) == made
    monkeypatch.setenv("TOWER_MEDIA_URL", f"file://{tmp_path / 'back'}")
    assert environment.tower("media", "verify")[0] == EXIT_INPUT
    assert environment.tower("media", "copy", url, str(tmp_path / "back"))[0] == 0
    assert environment.tower("media", "verify")[0] == 0
    assert environment.tower("audit", "--verify")[0] == 0
    assert environment.tower("media", "sign", "ab/x.png")[0] == EXIT_INPUT


def test_damaged_files_are_not_moved_and_named(
    made_episode: MadeEpisode, object_store: ObjectStoreServer, environment: CommandLine, tmp_path: Path
) -> None:
    folder = shutil.copytree(made_episode.studio.settings.media, tmp_path / "copy")
    damaged = next(folder.glob("*/*.png"))
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    url = object_store.make_url()
    code, _out, err = environment.tower("media", "copy", str(folder), url)
    assert (code, damaged.name in err) == (EXIT_SERVICE, True)
    assert f"{damaged.parent.name}/{damaged.name}" not in object_store.list_keys(url)
    other = object_store.make_url()
    open_store_at(other, with_bucket(made_episode.studio.settings, object_store, other)).write_mark("somebody else's")
    code, _out, err = environment.tower("media", "copy", str(folder), other)
    assert (code, "another record" in err) == (EXIT_INPUT, True)


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_garbage_is_listed_first_and_what_the_record_needs_is_never_removed(
    kind: str, made_episode: MadeEpisode, bucket_studio: BucketStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    studio = made_episode.studio if kind == "folder" else bucket_studio.studio
    require_same_media(studio)
    (tmp_path / "chart.png").write_bytes(os.urandom(100))
    orphan = studio.media.store_file(tmp_path / "chart.png")
    before = {file.path for file in studio.media.list_files()}
    young = collect_garbage(studio, print, timedelta(days=2), removes=True)
    assert (young.garbage, young.removed, young.young >= 1) == ((), 0, True)
    with pytest.raises(PlanError, match="expected 2 or more"):
        collect_garbage(studio, print, timedelta(days=1), removes=True)
    monkeypatch.setattr(media_upkeep, "MIN_GRACE", timedelta(0))
    time.sleep(1.1)
    listed = collect_garbage(studio, print, timedelta(0), removes=False)
    assert (orphan.path in listed.garbage, listed.removed) == (True, 0)
    assert {file.path for file in studio.media.list_files()} == before
    removed = collect_garbage(studio, print, timedelta(0), removes=True)
    assert removed.removed == len(listed.garbage)
    assert {file.path for file in studio.media.list_files()} == before - set(listed.garbage)
    assert verify_store(studio, print).lost == ()


def test_a_file_that_becomes_needed_while_garbage_is_removed_stays(
    made_episode: MadeEpisode, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = made_episode.studio
    needed = media_stores.list_needed_digests(studio.database)
    answers = iter([frozenset[str](), needed])  # a run records everything between the list and the removal
    monkeypatch.setattr(media_stores, "list_needed_digests", lambda _database: next(answers))
    monkeypatch.setattr(media_upkeep, "MIN_GRACE", timedelta(0))
    before = {file.path for file in studio.media.list_files()}
    time.sleep(0.1)
    report = collect_garbage(studio, print, timedelta(0), removes=True)
    assert len(report.garbage) == len(before)
    assert {file.path for file in studio.media.list_files()} >= {file.path for take in takes.list_by_episode(
        studio.database, made_episode.key) for file in take.files.values()}  # fmt: skip


def test_a_store_that_is_copied_to_itself_is_refused(made_episode: MadeEpisode) -> None:
    with pytest.raises(PlanError, match="to itself"):
        copy_store(made_episode.studio.media, made_episode.studio.media, print)
