"""`tower adapt`: a language model drafts episodes from the chapters of a novel."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import add_json_option, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, PlanError
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.script_drafting import NovelFile

HELP = "draft episodes from a novel, a chapter each, with a language model; a run that was stopped goes on"
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower adapt`."""
    parser.add_argument("novel", type=Path, help="a text file, .txt or .md, with any kind of chapter headings")
    parser.add_argument(
        "--project",
        default="",
        help="the show: a project's id or a folder, written if it is new; default: from the novel's file name",
    )
    parser.add_argument("--chapters", default="", help="which chapters, such as 3 or 1-3,7; default: all")
    parser.add_argument("--language", default="", help="the language to write in; default: the novel's")
    parser.add_argument("--list", action="store_true", help="print the chapters that were found, and draft nothing")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Draft the chapters; files go to stdout, what is missing in them to stderr."""
    from tower_anime_assets.cli.drafts import drafted_as_json, print_drafted
    from tower_anime_assets.cli.runs import stop_on_signals
    from tower_anime_assets.stages.opening import open_studio
    from tower_anime_assets.stages.script_drafting import adapt_novel, open_writer, read_novel

    file = read_novel(arguments.novel)
    numbers = _read_numbers(arguments.chapters, len(file.novel.chapters))
    if file.encoding:
        print_note(f"{file.path} was read as {file.encoding}. Check a few accented letters of the drafts.")
    _print_chapters(file, is_listed=arguments.list and not arguments.json)
    if arguments.list:
        if arguments.json:
            print_json(
                [{"number": one.number, "title": one.title, "line": one.first_line} for one in file.novel.chapters]
            )
        return EXIT_DONE
    folder = _folder(arguments.project, arguments.novel, settings)
    writer = open_writer(settings)
    stop_on_signals()
    drafts = []
    with open_studio(settings) as studio:
        for drafted in adapt_novel(studio, writer, folder, file, numbers, arguments.language, print_note):
            drafts.append(drafted)
            if not arguments.json:
                print_drafted(drafted)
    if arguments.json:
        print_json({"project": folder.name, "drafts": [drafted_as_json(drafted) for drafted in drafts]})
    prefix = "" if folder.parent == settings.projects else f"TOWER_PROJECTS={folder.parent} "
    if key := next((drafted.key for drafted in drafts if not drafted.is_found), None):
        print_note(f"Look at the drafts: {prefix}tower script {key}")
        print_note(f"To make one the episode: {prefix}tower accept {key}")
    return EXIT_DONE


def _print_chapters(file: NovelFile, *, is_listed: bool) -> None:
    novel = file.novel
    count = f"{len(novel.chapters)} chapter" + ("s" if len(novel.chapters) != 1 else "")
    print_note(f"{file.path}: {count}, by {novel.divided_by}")
    if novel.front_matter:
        words = " ".join(novel.front_matter.split())
        print_note(f"Not drafted, since it stands before the first chapter and is short: {words}")
    for chapter in novel.chapters if is_listed else ():
        print(f"{chapter.number:4}  line {chapter.first_line:<6} {len(chapter.text):7,} characters  {chapter.title}")


def _read_numbers(text: str, count: int) -> set[int]:
    """Return the numbers of chapters that a list such as `1-3,7` names, all of them for ""."""
    if not text.strip():
        return set(range(1, count + 1))
    numbers: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise PlanError(f"--chapters is {text!r}; expected numbers and ranges such as 3 or 1-3,7")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            raise PlanError(f"--chapters is {text!r}; the novel has chapters 1 to {count}. `--list` prints them")
        numbers |= set(range(first, last + 1))
    return numbers


def _folder(project: str, novel: Path, settings: Settings) -> Path:
    from tower_anime_assets.production.story.cast_names import slug_of

    if not project:
        name = slug_of(novel.stem)
        if not name:
            raise PlanError("no project's id can be made of the novel's file name: pass --project ID")
        return settings.projects / name
    path = Path(project)
    return path.absolute() if path.is_dir() or len(path.parts) > 1 else settings.projects / project
