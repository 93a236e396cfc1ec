"""A backup is one moment of a studio, restored elsewhere as it was; a damaged one is refused and leaves nothing."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tower_anime_assets.errors import MediaError, PlanError
from tower_anime_assets.media.backup_folder import BackupFolder
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.audit_trail import find_record_problems
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.stages.backups import BackupReport, write_backup
from tower_anime_assets.stages.delivery import deliver
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.restoring import PARTS_FOLDER, RestoreReport, restore_backup
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import access_tokens, audit, decisions, migrations, takes
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.decisions import NewDecision
from tower_anime_assets.store.takes import NewTake, TakeFile
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.stages.conftest import MadeEpisode

KEY = EpisodeKey("small", "e01")

Restore = Callable[..., tuple[RestoreReport, Settings]]


@pytest.fixture(scope="module")
def backup(made_episode: MadeEpisode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a studio with a delivered episode and settings."""
    studio = made_episode.studio
    (master,) = takes.list_by_episode(studio.database, KEY, MASTERS.name)
    deliver(studio, str(KEY), master)
    home = studio.settings.home
    (home / "studio.yaml").write_text("models: {}\n")
    (home / "secrets.env").write_text("COMFYUI_TOKEN=canary-of-the-backup\n")
    token = access_tokens.add_token(studio.database, "Luna", Scope.SPEND, None, "me")
    access_tokens.add_token(studio.database, "Viktor", Scope.READ, None, "me")
    access_tokens.revoke_token(studio.database, "Viktor", "me")
    assert access_tokens.open_session(studio.database, token)
    root = tmp_path_factory.mktemp("backups") / "backup"
    assert back_up(studio, root).lost == ()
    return root


@pytest.fixture
def spoiled(backup: Path, tmp_path: Path) -> BackupFolder:
    """A copy of the backup that a test may spoil."""
    return BackupFolder(shutil.copytree(backup, tmp_path / "spoiled"))


@pytest.fixture
def restore(database_server: DatabaseServer, made_episode: MadeEpisode, tmp_path: Path) -> Restore:
    """Restores into another home and another database."""
    elsewhere = Settings(
        made_episode.studio.settings.projects, tmp_path / "another home",
        database_url=database_server.make_database("template0"),
    )  # fmt: skip

    def run(root: Path, settings: Settings = elsewhere) -> tuple[RestoreReport, Settings]:
        return restore_backup(settings, root, lambda _database: None, lambda _line: None), settings

    run.settings = elsewhere  # type: ignore[attr-defined]
    return run


def back_up(studio: Studio, root: Path) -> BackupReport:
    return write_backup(studio.settings, studio.database, root, lambda _line: None)


def opened(settings: Settings) -> Iterator[Studio]:
    studio = Studio(settings, Database(settings.database_url))
    yield studio
    studio.close()


def rows_of(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('takes') IS NOT NULL").fetchone()
        if found != (True,):
            return 0
        row = connection.execute("SELECT (SELECT count(*) FROM takes) + (SELECT count(*) FROM projects)").fetchone()
    assert row is not None
    return int(row[0])


def assert_nothing_restored(settings: Settings) -> None:
    assert rows_of(settings.database_url) == 0
    left = [path.name for path in settings.home.rglob("*")] if settings.home.exists() else []
    assert left == []


def test_a_studio_is_restored_elsewhere_as_it_was(made_episode: MadeEpisode, backup: Path, restore: Restore) -> None:
    here = made_episode.studio
    report, settings = restore(backup)
    assert (report.lost, report.left_out) == ((), ())
    assert settings.home != here.settings.home
    for studio in opened(settings):
        assert [item for item in plan_takes(studio, KEY) if not item.is_ready] == [], "nothing is to be made"
        assert audit.load_trail(studio.database, KEY) == audit.load_trail(here.database, KEY)
        assert studio.chain_mark == here.chain_mark
        assert migrations.apply_migrations(studio.database) == ()
    name = f"episodes/{KEY}.mp4"
    assert (settings.home / name).read_bytes() == (here.settings.home / name).read_bytes()
    assert (settings.home / "studio.yaml").read_text() == "models: {}\n"
    assert find_record_problems(settings) == ()
    assert not (settings.home / PARTS_FOLDER).exists()
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("DELETE FROM takes")  # the guards stand again


def test_a_restored_record_goes_on_where_it_ended(made_episode: MadeEpisode, backup: Path, restore: Restore) -> None:
    _, settings = restore(backup)
    for studio in opened(settings):
        seq = studio.chain_mark.seq
        take = add_take(studio, "later")
        with psycopg.connect(settings.database_url) as connection:
            connection.execute(
                "INSERT INTO verdicts (take_id, gate, measure, value, unit, passed, remedy) "
                "VALUES (%s, 'g', 'm', 1, 'u', true, '')",
                [take],
            )
        assert studio.chain_mark.seq > seq
        assert audit.find_chain_problems(studio.database) == ()


def test_tokens_are_restored_by_their_digests_and_sessions_are_not(
    made_episode: MadeEpisode, backup: Path, restore: Restore
) -> None:
    report, settings = restore(backup)
    assert report.tokens == ("Luna",)
    database = Database(settings.database_url)
    restored = access_tokens.list_credentials(database)
    original = access_tokens.list_credentials(made_episode.studio.database)
    database.close()
    assert [one.is_session for one in original.values()] == [False, True]
    assert [(one.name, one.is_session) for one in restored.values()] == [("Luna", False)]
    assert restored.keys() < original.keys()


def test_a_backup_holds_no_secret(backup: Path) -> None:
    assert not [path for path in backup.rglob("*") if path.is_file() and b"canary-of-the-backup" in path.read_bytes()]


def test_a_second_backup_copies_only_what_is_new_and_mends_what_is_damaged(
    made_episode: MadeEpisode, spoiled: BackupFolder
) -> None:
    (master,) = takes.list_by_episode(made_episode.studio.database, KEY, MASTERS.name)
    stored = spoiled.path_of(master.files["main"].sha256)
    before = stored.stat().st_ino
    assert back_up(made_episode.studio, spoiled.root).copied == 0
    assert stored.stat().st_ino == before
    stored.write_bytes(stored.read_bytes()[:-1])
    assert back_up(made_episode.studio, spoiled.root).copied == 1
    assert spoiled.is_intact(master.files["main"].sha256)


def add_take(studio: Studio, name: str) -> str:
    """Keep a take with a file of its own, as a run does: file first, row second."""
    with studio.media.workspace() as scratch:
        made = scratch / f"{name}.png"
        made.write_bytes(name.encode() * 50)
        file = studio.media.store_file(made)
    new = NewDecision(
        project_id="small", episode_id="e02", decision_type="keyframe", parameters={}, reasoning="It is due.",
        engine="embedded-painter", brief_digest="d" * 64, idempotency_key=name,
    )  # fmt: skip
    decision = decisions.record_decision(studio.database, new)
    take = NewTake(
        decision_id=decision.id, brief_digest=decision.brief_digest, stage="keyframe", project_id="small",
        episode_id="e02", files={"main": TakeFile(file.sha256, file.path, file.size_bytes, "image/png")}, measured={},
        details={}, duration_s=1.0, quality_score=0.5,
    )  # fmt: skip
    return takes.record_take(studio.database, take).id


@pytest.mark.chaos
def test_a_backup_of_a_studio_that_is_at_work_is_one_moment_of_it(
    made_episode: MadeEpisode, restore: Restore, tmp_path: Path
) -> None:
    studio = made_episode.studio
    stopped = threading.Event()

    def work() -> None:
        number = 0
        while not stopped.is_set():
            add_take(studio, f"at-work-{number}")
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        first, second = back_up(studio, tmp_path / "busy"), back_up(studio, tmp_path / "busy")
    finally:
        stopped.set()
        worker.join()
    assert second.rows > first.rows, "it was at work"
    report, settings = restore(tmp_path / "busy")
    assert report.rows == second.rows
    assert find_record_problems(settings) == (), "every take of that moment has its file"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage(folder: BackupFolder, how: str) -> None:
    manifest = json.loads((folder.root / "manifest.json").read_text())
    dump = folder.path_of(max(manifest["tables"], key=lambda table: table["file"]["size_bytes"])["file"]["sha256"])
    media = folder.path_of(manifest["media"][0]["sha256"])
    if how == "missing media":
        media.unlink()
    elif how == "flipped media":
        flip(media)
    elif how == "cut dump":
        dump.write_bytes(dump.read_bytes()[:-20])
    elif how == "flipped dump":
        flip(dump)
    elif how == "flipped manifest":
        text = (folder.root / "manifest.json").read_text()
        (folder.root / "manifest.json").write_text(text.replace('"rows": 1', '"rows": 7', 1))
    elif how == "cut manifest":
        (folder.root / "manifest.json").write_bytes((folder.root / "manifest.json").read_bytes()[:-9])
    elif how == "no manifest":
        (folder.root / "manifest.json").unlink()
    else:
        shutil.rmtree(folder.root)


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("missing media", "is missing"),
        ("flipped media", "has other bytes than were backed up"),
        ("cut dump", "bytes; expected"),
        ("flipped dump", "has other bytes than were backed up"),
        ("flipped manifest", "is damaged: its own digest"),
        ("cut manifest", "is damaged"),
        ("no manifest", "holds no whole backup"),
        ("no folder", "there is no such folder"),
    ],
)
def test_a_damaged_backup_is_refused_in_words_and_nothing_is_restored(
    spoiled: BackupFolder, restore: Any, how: str, words: str
) -> None:
    damage(spoiled, how)
    with pytest.raises(PlanError, match=words):
        restore(spoiled.root)
    assert_nothing_restored(restore.settings)


def rewrite(folder: BackupFolder, **changes: Any) -> None:
    content = folder.read_manifest()
    assert content is not None
    folder.write_manifest({**content, **changes})


@pytest.mark.chaos
def test_a_backup_of_a_newer_version_is_refused(spoiled: BackupFolder, restore: Any) -> None:
    manifest = spoiled.read_manifest()
    assert manifest is not None
    newer = [*manifest["migrations"], {"version": "9999_later", "up_sha256": "0" * 64}]
    rewrite(spoiled, version="9.0.0", migrations=newer)
    with pytest.raises(PlanError, match=r"version 9.0.0, whose database has migration 9999_later"):
        restore(spoiled.root)
    rewrite(spoiled, version="9.0.0", format=2)
    with pytest.raises(PlanError, match=r"this version reads format 1. Use version 9.0.0 or newer"):
        restore(spoiled.root)
    assert_nothing_restored(restore.settings)


@pytest.mark.chaos
@pytest.mark.parametrize("path", ["../outside.txt", "/etc/outside.txt", "pg/postgresql.conf", "workflows/../../x", ""])
def test_a_backup_that_would_write_elsewhere_is_refused(spoiled: BackupFolder, restore: Any, path: str) -> None:
    manifest = spoiled.read_manifest()
    assert manifest is not None
    rewrite(spoiled, home=[{**manifest["home"][0], "path": path}])
    with pytest.raises(PlanError, match="belongs to no studio"):
        restore(spoiled.root)
    assert_nothing_restored(restore.settings)


@pytest.mark.chaos
def test_rows_that_the_database_does_not_take_leave_nothing_behind(spoiled: BackupFolder, restore: Any) -> None:
    manifest = spoiled.read_manifest()
    assert manifest is not None
    rewrite(spoiled, tables=[table for table in manifest["tables"] if table["name"] != "generation_decisions"])
    with pytest.raises(PlanError, match=r"does not take the rows of the backup, and nothing was restored"):
        restore(spoiled.root)
    assert_nothing_restored(restore.settings)


def test_a_home_or_a_database_with_something_in_it_is_left_alone(
    made_episode: MadeEpisode, backup: Path, restore: Any, database_server: DatabaseServer, tmp_path: Path
) -> None:
    settings = made_episode.studio.settings
    with pytest.raises(PlanError, match=r"is not empty: it has media, episodes.*Set TOWER_HOME to a new folder"):
        restore(backup, settings)
    filled = Settings(settings.projects, tmp_path / "fresh", database_url=made_episode.studio.database.url)
    with pytest.raises(PlanError, match=r"the database is not empty: it has rows of .*, then restore again"):
        restore(backup, filled)
    assert not filled.home.exists()


@pytest.mark.chaos
def test_an_interrupted_restore_is_begun_again(backup: Path, restore: Any) -> None:
    home = restore.settings.home
    for folder in (PARTS_FOLDER, "media"):  # as a kill between the two moves leaves them
        (home / folder / "ab").mkdir(parents=True)
        (home / folder / "ab" / "half.png").write_bytes(b"half")
    restore(backup)
    assert not (home / "media" / "ab" / "half.png").exists()
    assert find_record_problems(restore.settings) == ()


@pytest.mark.chaos
def test_an_interrupted_backup_leaves_the_one_before_whole(
    made_episode: MadeEpisode, spoiled: BackupFolder, restore: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_take(made_episode.studio, "after the first backup")

    def fail(*_: object) -> None:
        raise MediaError("the disk that holds it is full")

    with monkeypatch.context() as patched:
        patched.setattr(BackupFolder, "write_manifest", fail)
        with pytest.raises(MediaError):
            back_up(made_episode.studio, spoiled.root)
        with pytest.raises(MediaError):
            back_up(made_episode.studio, spoiled.root.parent / "fresh")
    with pytest.raises(PlanError, match=r"holds no whole backup: manifest.json is missing"):
        restore(spoiled.root.parent / "fresh")
    restore(spoiled.root)


def test_a_folder_with_something_else_or_of_another_studio_is_left_alone(
    made_episode: MadeEpisode, spoiled: BackupFolder, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(PlanError, match=r"is no backup, and holds cat.jpg"):
        back_up(made_episode.studio, tmp_path / "photos")
    manifest = spoiled.read_manifest()
    assert manifest is not None
    rewrite(spoiled, chain={**manifest["chain"], "head_sha256": "e" * 64})
    with pytest.raises(PlanError, match=r"whose record this one does not continue"):
        back_up(made_episode.studio, spoiled.root)


def test_media_that_the_studio_lost_are_named_and_the_rest_is_backed_up(
    made_episode: MadeEpisode, tmp_path: Path
) -> None:
    studio = made_episode.studio
    take = add_take(studio, "to be lost")
    (file,) = [
        one.files["main"]
        for one in takes.list_by_episode(studio.database, EpisodeKey("small", "e02"))
        if one.id == take
    ]
    path = studio.media.path_of(file.path)
    content = path.read_bytes()
    path.write_bytes(b"damaged")
    report = back_up(studio, tmp_path / "backup")
    path.write_bytes(content)
    assert report.lost == (f"media file {file.path} is missing or changed in this studio: it is not in the backup",)
    assert BackupFolder(tmp_path / "backup").read_manifest() is not None


@pytest.fixture
def plain_database(database_server: DatabaseServer) -> Iterator[str]:
    """An empty database of a user who may do nothing but own it, on a server without pgvector for that user."""
    url = database_server.make_database("template0")
    name = url.split("/")[3].split("?")[0]
    with psycopg.connect(database_server.url_of("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain_owner LOGIN")
        connection.execute(f"ALTER DATABASE {name} OWNER TO plain_owner".encode())
    yield url.replace("postgres@", "plain_owner@")
    with psycopg.connect(database_server.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute("DROP ROLE plain_owner")


def test_a_database_is_restored_by_its_owner_who_is_no_superuser_and_without_pgvector(
    made_episode: MadeEpisode, backup: Path, restore: Restore, plain_database: str, tmp_path: Path
) -> None:
    settings = Settings(made_episode.studio.settings.projects, tmp_path / "plain", database_url=plain_database)
    report, _ = restore(backup, settings)
    assert report.left_out == (
        "facts.embedding, which this database does not have",
        "facts.embedding_model, which this database does not have",
    )
    assert find_record_problems(settings) == ()
    with psycopg.connect(plain_database) as there, psycopg.connect(made_episode.studio.database.url) as here:
        columns = "SELECT id, subject, predicate, object, words FROM facts ORDER BY id"
        facts = there.execute(columns.encode()).fetchall()
        assert facts == here.execute(columns.encode()).fetchall()
        assert facts
