"""`tower init`: writes a small show to start from, or a whole show of one script."""

from __future__ import annotations

import argparse
from pathlib import Path

from tower_anime_assets.cli.output import MAX_LISTED_WARNINGS, print_error, print_note, print_warnings
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT, PlanError
from tower_anime_assets.settings import Settings

HELP = "write a small show that can be produced at once, or a show of a script that you have"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower init`."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="the show's folder, such as projects/mine; its name becomes the id. With --idea, chosen if omitted",
    )
    parser.add_argument(
        "--title", default="", help="the show's title; default: the script's, or from the folder's name"
    )
    parser.add_argument(
        "--from", type=Path, dest="script", metavar="SCRIPT", help="a screenplay, .fountain or .txt, for episode e01"
    )
    parser.add_argument("--idea", help="what the show is about: a language model drafts it, and episode e01")
    parser.add_argument("--language", default="", help="with --idea: the language to write in; default: the idea's")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the show and print its files; with a script, also what is wrong with it."""
    from tower_anime_assets.media.starter_show import create_show

    if arguments.idea is not None:
        if arguments.script is not None or arguments.title:
            raise PlanError("--idea drafts the script and its title: it cannot stand beside --from and --title")
        return _draft_from_idea(arguments.folder, arguments.idea, arguments.language, settings)
    if arguments.language:
        raise PlanError("--language is the language that --idea is written in: say what the show is about with --idea")
    if arguments.folder is None:
        raise PlanError("the show's folder is missing: tower init DIR, such as projects/mine")
    folder: Path = arguments.folder.absolute()
    if arguments.script is not None:
        return _create_from_script(folder, arguments.script, arguments.title, settings)
    for path in create_show(folder, arguments.title or folder.name.replace("_", " ").title()):
        print(path)
    print_note(f"Now: {_prefix(folder, settings)}tower produce {folder.name}-e01")
    return EXIT_DONE


def _create_from_script(folder: Path, script: Path, title: str, settings: Settings) -> int:
    from tower_anime_assets.cli.cast import print_cast
    from tower_anime_assets.media.script_show import create_show_of_script
    from tower_anime_assets.media.show_files import draft_episode_files
    from tower_anime_assets.production.story.ids import EpisodeKey

    show = create_show_of_script(folder, script, title)
    for path in show.files:
        print(path)
    print_cast(show.cast)
    if show.encoding:
        print_note(f"{script} was read as {show.encoding}; the copy is UTF-8. Check a few of its accented letters.")
    key = EpisodeKey(folder.name, "e01")
    draft = draft_episode_files(folder.parent, key)
    print_warnings(str(key), draft.episode.warnings if draft.episode is not None else ())
    if not draft.faults:
        print_note(f"Now: {_prefix(folder, settings)}tower produce {key}")
        return EXIT_DONE
    for fault in draft.faults[:MAX_LISTED_WARNINGS]:
        print_error(f"fault: {fault}")
    print_note(f"Mend the script, then: {_prefix(folder, settings)}tower script {key}")
    return EXIT_INPUT


def _draft_from_idea(folder: Path | None, idea: str, language: str, settings: Settings) -> int:
    from tower_anime_assets.cli.drafts import print_drafted
    from tower_anime_assets.media.starter_show import check_new_show
    from tower_anime_assets.production.story.cast_names import slug_of
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.script_drafting import draft_show, open_writer

    if folder is None:
        name = slug_of(" ".join(idea.split()[:5]))
        if not name:
            raise PlanError(
                "no folder's name can be made of the idea: tower init --idea TEXT DIR, such as projects/mine"
            )
        folder = settings.projects / name
    folder, _title = check_new_show(folder, folder.name)
    writer = open_writer(settings)
    with open_studio(settings) as studio:
        drafted = draft_show(studio, writer, folder, idea, language, print_note)
    print(folder / "project.yaml")
    print_drafted(drafted)
    print_note(f"Look at it: {_prefix(folder, settings)}tower script {drafted.key}, and its characters")
    print_note(f"To make it the episode: {_prefix(folder, settings)}tower accept {drafted.key}")
    return EXIT_DONE


def _prefix(folder: Path, settings: Settings) -> str:
    return "" if folder.parent == settings.projects else f"TOWER_PROJECTS={folder.parent} "
