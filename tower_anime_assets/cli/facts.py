"""`tower facts`: facts added, ended, found, read from the files, imported and exported by a person."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, print_json, print_note
from tower_anime_assets.errors import Fault, PlanError, StoryError, list_some
from tower_anime_assets.production.memory.facts import PERSON_SOURCE_PREFIX, Fact, Statement
from tower_anime_assets.production.memory.json_lines import MAX_FILE_BYTES, read_json_lines, to_json_lines
from tower_anime_assets.production.story.source import decode_text
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.studio import Studio

HELP = "the memory of facts: add, end, get, search, read, import, export"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `tower facts` and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add_action(name: str, help_: str) -> argparse.ArgumentParser:
        action_parser = actions.add_parser(name, help=help_, description=help_, epilog=parser.epilog)
        action_parser.add_argument("--project", default="", help="whose memory; needed when there are several projects")
        add_json_option(action_parser)
        return action_parser

    add_parser = add_action("add", "store a fact by hand")
    add_parser.add_argument("subject", help="such as 'Luna Chen'")
    add_parser.add_argument("predicate", help="such as fears")
    add_parser.add_argument("object", help="such as heights")
    add_parser.add_argument("--confidence", type=float, default=1.0, help="0 to 1; default: 1")
    add_parser.add_argument("--source", default="", help="who says so; default: the current user")
    end_parser = add_action("end", "mark a fact as no longer true; it stays in the history")
    end_parser.add_argument("id", help="as get and search print it with --json")
    get_parser = add_action("get", "list the facts of a subject, a predicate, or both")
    get_parser.add_argument("subject", nargs="?", default="")
    get_parser.add_argument("--predicate", default="")
    get_parser.add_argument("--history", action="store_true", help="also facts that were superseded or have ended")
    get_parser.add_argument("--limit", type=int, default=1000, help="at most this many, oldest first; default: 1000")
    search_parser = add_action("search", "find the facts that best answer a query")
    search_parser.add_argument("words", nargs="+")
    search_parser.add_argument("--limit", type=int, default=10, help="at most this many; default: 10")
    add_action("read", "read the files of the show again, as making an episode does")
    import_parser = add_action("import", "store the facts of a JSON Lines file: all, or none if a line is wrong")
    import_parser.add_argument("file", help="the file; - for standard input")
    export_parser = add_action("export", "write the current facts as JSON Lines")
    export_parser.add_argument("file", nargs="?", default="-", help="the file; default: standard output")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the action, and print the facts it found or how many it changed."""
    from tower_anime_assets.stages import memory
    from tower_anime_assets.stages.opening import open_studio

    project = memory.chosen_project(settings, arguments.project)
    statements = _read_statements(arguments.file) if arguments.action == "import" else ()
    with open_studio(settings) as studio:
        answer = _answer(studio, project, arguments, statements)
    if arguments.json:
        print_json({"project": project, **answer})
        return 0
    for fact in answer.get("facts", ()):
        print(_format_fact(fact))
    for note in answer.get("notes", ()):
        print_note(note)
    answer.pop("notes", None)
    if "facts" not in answer and arguments.action != "export":
        counts = ", ".join(f"{name} {value}" for name, value in answer.items() if value)
        print_note(f"{project}: {counts or 'no change'}")
    return 0


def fact_to_json(fact: Fact) -> dict[str, Any]:
    """Return a stored fact as JSON-ready data."""
    assert fact.timestamp is not None  # noqa: S101 - every stored fact has one
    return {
        "id": fact.id,
        "project": fact.project,
        "subject": fact.subject,
        "predicate": fact.predicate,
        "object": fact.object,
        "source": fact.source,
        "confidence": fact.confidence,
        "timestamp": fact.timestamp.isoformat(),
        "ended_at": fact.ended_at.isoformat() if fact.ended_at else None,
        "superseded_by": fact.superseded_by,
    }


def _answer(
    studio: Studio, project: str, arguments: argparse.Namespace, statements: Sequence[Statement]
) -> dict[str, Any]:
    """Do an action and return its part of the JSON object."""
    from tower_anime_assets.stages import memory
    from tower_anime_assets.store import facts

    database = studio.database
    matches: Sequence[Fact]
    match arguments.action:
        case "add":
            statement = Statement(
                subject=arguments.subject,
                predicate=arguments.predicate,
                object=arguments.object,
                source=arguments.source or _person_source(),
                confidence=arguments.confidence,
            )
            return asdict(facts.store_statements(database, project, [statement]))
        case "import":
            return asdict(facts.store_statements(database, project, statements))
        case "end":
            facts.end_fact(database, project, arguments.id)
            return {"ended": 1}
        case "get":
            if arguments.limit < 1:
                raise PlanError(f"--limit is {arguments.limit}; expected at least 1")
            projects, terms = memory.searched_projects(database, project), (arguments.subject, arguments.predicate)
            matches = facts.find_facts(database, projects, *terms, history=arguments.history, limit=arguments.limit)
        case "search":
            words = " ".join(arguments.words)
            with memory.embedding(studio.settings, database) as embedder:
                matches = memory.search(database, project, words, arguments.limit, embedder)
            if not matches:
                return {"facts": [], "notes": [memory.explain_no_match(database, project, words)]}
        case "read":
            return _read(studio, project)
        case _:
            matches = facts.list_all(database, project)
            if arguments.file != "-" or not arguments.json:
                return {"exported": _export(matches, arguments.file)}
    return {"facts": [fact_to_json(fact) for fact in matches]}


def _read(studio: Studio, project: str) -> dict[str, Any]:
    """Read a show's files into its memory, and return what changed there.

    Raises:
        StoryError: They are wrong; the memory is unchanged.
    """
    from tower_anime_assets.stages import memory
    from tower_anime_assets.stages.fact_offers import offer_facts
    from tower_anime_assets.stages.library_mirror import mirror_library

    notes = [f"warning: {line}" for line in list_some(mirror_library(studio.settings, studio.database))]
    memories, faults = memory.read_files(studio, [project])
    if faults:
        raise StoryError(faults)
    offers = offer_facts(studio, project)
    (read,) = memories
    counts = {"statements": read.statements, **asdict(read.counts), "embedded": read.embedded}
    notes += [offers.problem] if offers.problem else []
    return {**counts, "offered": offers.offered, "refused": offers.refused, "notes": notes}


def _export(facts: Sequence[Fact], file: str) -> int:
    """Write facts to a file, or for `-` to stdout, and return how many."""
    text = to_json_lines(facts)
    if file == "-":
        sys.stdout.write(text)
    else:
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise PlanError(f"{file} cannot be written: {error.strerror}. Name another file") from error
    return len(facts)


def _format_fact(fact: dict[str, Any]) -> str:
    confidence_note = "" if fact["confidence"] == 1 else f", {fact['confidence']:.0%} sure"
    history_note = " (superseded)" if fact["superseded_by"] else " (ended)" if fact["ended_at"] else ""
    triple = f"{fact['subject']} | {fact['predicate']} | {fact['object']}"
    return f"{triple}{history_note}  [{fact['source']}, {fact['timestamp'][:10]}{confidence_note}]"


def _person_source() -> str:
    return f"{PERSON_SOURCE_PREFIX}{getpass.getuser()}"


def _read_statements(name: str) -> tuple[Statement, ...]:
    display_name = "standard input" if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        fault = Fault(name, 0, f"it cannot be read: {error.strerror}", "a file of JSON Lines", "Check its name.")
        raise StoryError([fault]) from error
    return read_json_lines(decode_text(data, display_name, MAX_FILE_BYTES), display_name, _person_source())
