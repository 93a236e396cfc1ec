"""`tower cast`: writes the character files that a script lacks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import add_json_option, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, MAX_REPORTED
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.production.story.casting import CastFile

HELP = "write a character file for every speaker of a screenplay who has none"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower cast`."""
    parser.add_argument("episode", help="an episode key such as nexus-e01")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the files and print them, each with what the script says of the character."""
    from tower_anime_assets.media.cast_files import write_missing_cast
    from tower_anime_assets.media.show_files import draft_episode_files

    key = EpisodeKey.parse(arguments.episode)
    files = write_missing_cast(settings.projects, key)
    faults = draft_episode_files(settings.projects, key, reads_unaccepted=True).faults
    if arguments.json:
        written = [
            {
                "file": str(path),
                "id": file.id,
                "name": file.name,
                "description": file.description,
                "is_described": file.is_described,
                "line": file.speaker.line,
                "near": file.speaker.near,
            }
            for path, file in files
        ]
        print_json(
            {
                "episode": str(key),
                "written": written,
                "faults": [asdict(fault) for fault in faults[:MAX_REPORTED]],
                "fault_count": len(faults),
            }
        )
        return EXIT_DONE
    print_cast(files)
    if not files:
        print_note(f"Every speaker of {key} has a character file.")
    if faults:
        print_note(f"{len(faults)} faults are left: tower script {key}")
    return EXIT_DONE


def print_cast(files: Sequence[tuple[Path, CastFile]]) -> None:
    """Print the files that were written; to stderr, what to look at."""
    for path, file in files:
        print(f"{path}  {file.name}: {file.description}" if file.is_described else f"{path}  {file.name}")
    if names := [file.name for _, file in files if not file.is_described]:
        print_note(
            f"Not described in the script: {', '.join(names)}. Write in their files who they are and how they look."
        )
    for path, file in files:
        if file.speaker.near:
            print_note(f"{file.name} may be {file.speaker.near}: if so, correct the script and delete {path.name}.")
