"""`tower restore`: a backup into an empty TOWER_HOME and an empty database, on this machine or another."""

from __future__ import annotations

import argparse
from pathlib import Path

from tower_anime_assets.cli.output import print_error, print_note
from tower_anime_assets.errors import EXIT_SERVICE
from tower_anime_assets.settings import Settings

HELP = "restore a backup into an empty TOWER_HOME and an empty database"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower restore`."""
    parser.add_argument("folder", type=Path, help="folder of the backup")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Restore the backup, check the record as `tower audit --verify` does, and say what came of it."""
    from tower_anime_assets.reports.audit_trail import find_record_problems
    from tower_anime_assets.stages.restoring import restore_backup
    from tower_anime_assets.store.database import Database

    def create_dagster_tables(database: Database) -> None:
        from tower_anime_assets.defs.instance import open_instance

        with open_instance(settings, database):
            pass

    report = restore_backup(settings, arguments.folder, create_dagster_tables, print_note)
    for words in report.left_out:
        print_note(f"left out: {words}")
    for words in report.lost:
        print_note(f"lost before the backup: {words}")
    if report.tokens:
        print_note(
            f"valid tokens, as of the backup: {', '.join(report.tokens)}. One that was revoked since is valid again: "
            "tower token revoke NAME"
        )
    problems = find_record_problems(settings)
    for problem in problems:
        print_error(problem)
    print_note(f"{len(problems)} problems" if problems else "the record is sound")
    print(f"{settings.home}: {report.rows} rows and {report.files} files, as of {report.created_at[:16]}")
    return EXIT_SERVICE if problems else 0
