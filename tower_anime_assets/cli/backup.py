"""`tower backup`: one moment of the studio's database with its media, masters and settings, in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from tower_anime_assets.cli.output import print_error, print_note
from tower_anime_assets.errors import EXIT_SERVICE
from tower_anime_assets.settings import Settings

HELP = "back up database, media and masters into a folder, also while runs go on"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower backup`."""
    parser.add_argument(
        "folder", type=Path, help="a new folder, or that of an earlier backup, which is brought up to date"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the backup, and say what is in it and what is not."""
    from tower_anime_assets.stages.backups import write_backup
    from tower_anime_assets.stages.opening import open_studio

    with open_studio(settings) as studio:
        report = write_backup(settings, studio.database, arguments.folder, print_note)
    for name in report.left_out:
        print_note(f"{name} is not on record at the moment of this backup: left out")
    if report.removed:
        print_note(f"removed {report.removed} files of the backup before, which this one does not have")
    for words in report.lost:
        print_error(words)
    print_note(
        f"The shows in {settings.projects}, the env file and services' tokens are not in it: keep them elsewhere."
    )
    print(f"{arguments.folder}: {report.rows} rows and {report.files} files, {report.copied} of them new")
    return EXIT_SERVICE if report.lost else 0
