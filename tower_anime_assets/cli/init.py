"""`tower init`: writes a small show to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from tower_anime_assets.cli.output import print_note
from tower_anime_assets.settings import Settings

HELP = "write a small show that can be produced at once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower init`."""
    parser.add_argument("folder", type=Path, help="the show's folder, such as projects/mine; its name becomes the id")
    parser.add_argument("--title", default="", help="the show's title; default: from the folder's name")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the show and print its files."""
    from tower_anime_assets.media.starter_show import create_show

    folder: Path = arguments.folder.absolute()
    for path in create_show(folder, arguments.title or folder.name.replace("_", " ").title()):
        print(path)
    prefix = "" if folder.parent == settings.projects else f"TOWER_PROJECTS={folder.parent} "
    print_note(f"Now: {prefix}tower produce {folder.name}-e01")
    return 0
