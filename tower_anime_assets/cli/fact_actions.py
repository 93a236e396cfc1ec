"""What `tower facts` does: add, end, get, search, import and export facts by hand."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from tower_anime_assets.errors import Fault, PlanError, StoryError
from tower_anime_assets.production.memory.facts import PERSON_SOURCE_PREFIX, Fact, Statement
from tower_anime_assets.production.memory.json_lines import MAX_FILE_BYTES, read_json_lines, to_json_lines
from tower_anime_assets.production.story.source import decode_text
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import memory
from tower_anime_assets.stages.opening import open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import facts

JsonObject = dict[str, Any]


def run_fact_action(arguments: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Do what `tower facts ACTION` asks and return the exit code.

    Raises:
        TowerError: It cannot be done.
    """
    project = memory.chosen_project(settings, arguments.project)
    statements = _read_statements(arguments.file) if arguments.action == "import" else ()
    with open_studio(settings) as studio:
        answer = _ACTIONS[arguments.action](studio, project, arguments, statements)
    if arguments.json:
        print(json.dumps({"project": project, **answer}, indent=2, ensure_ascii=False, default=str))
        return 0
    for fact in answer.get("facts", ()):
        print(_format_fact(fact))
    if "facts" not in answer and arguments.action != "export":
        counts = ", ".join(f"{name} {value}" for name, value in answer.items() if value)
        console.print(f"{project}: {counts or 'nothing'}", highlight=False, markup=False)
    return 0


def _add(studio: Studio, project: str, arguments: argparse.Namespace, _statements: Iterable[Statement]) -> JsonObject:
    statement = Statement(
        subject=arguments.subject,
        predicate=arguments.predicate,
        object=arguments.object,
        source=arguments.source or f"{PERSON_SOURCE_PREFIX}{getpass.getuser()}",
        confidence=arguments.confidence,
    )
    return asdict(facts.store_statements(studio.database, project, [statement]))


def _end(studio: Studio, project: str, arguments: argparse.Namespace, _statements: Iterable[Statement]) -> JsonObject:
    facts.end_fact(studio.database, project, arguments.id)
    return {"ended": 1}


def _get(studio: Studio, project: str, arguments: argparse.Namespace, _statements: Iterable[Statement]) -> JsonObject:
    if arguments.limit < 1:
        raise PlanError(f"--limit is {arguments.limit}; expected at least 1")
    projects = memory.scope(studio.database, project)
    matches = facts.find_facts(
        studio.database,
        projects,
        arguments.subject,
        arguments.predicate,
        history=arguments.history,
        limit=arguments.limit,
    )
    return {"facts": [fact_to_json(fact) for fact in matches]}


def _search(
    studio: Studio, project: str, arguments: argparse.Namespace, _statements: Iterable[Statement]
) -> JsonObject:
    with memory.embedding(studio.settings, studio.database) as embedder:
        matches = memory.search(studio.database, project, " ".join(arguments.words), arguments.limit, embedder)
    return {"facts": [fact_to_json(fact) for fact in matches]}


def _import(
    studio: Studio, project: str, _arguments: argparse.Namespace, statements: Iterable[Statement]
) -> JsonObject:
    return asdict(facts.store_statements(studio.database, project, statements))


def _export(
    studio: Studio, project: str, arguments: argparse.Namespace, _statements: Iterable[Statement]
) -> JsonObject:
    current = facts.list_all(studio.database, project)
    if arguments.file != "-":
        try:
            Path(arguments.file).write_text(to_json_lines(current), encoding="utf-8")
        except OSError as error:
            raise PlanError(f"{arguments.file} cannot be written: {error.strerror}. Name another file") from error
    elif not arguments.json:
        sys.stdout.write(to_json_lines(current))
    else:
        return {"facts": [fact_to_json(fact) for fact in current]}
    return {"exported": len(current)}


_ACTIONS: dict[str, Callable[[Studio, str, argparse.Namespace, Iterable[Statement]], JsonObject]] = {
    "add": _add,
    "end": _end,
    "get": _get,
    "search": _search,
    "import": _import,
    "export": _export,
}


def fact_to_json(fact: Fact) -> JsonObject:
    """Return a fact as JSON-ready data."""
    assert fact.timestamp is not None  # noqa: S101 - what is on record has a moment
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


def _format_fact(fact: JsonObject) -> str:
    confidence_note = "" if fact["confidence"] == 1 else f", {fact['confidence']:.0%} sure"
    history_note = " (superseded)" if fact["superseded_by"] else " (ended)" if fact["ended_at"] else ""
    triple = f"{fact['subject']} | {fact['predicate']} | {fact['object']}"
    return f"{triple}{history_note}  [{fact['source']}, {fact['timestamp'][:10]}{confidence_note}]"


def _read_statements(name: str) -> tuple[Statement, ...]:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        fault = Fault(name, 0, f"it cannot be read: {error.strerror}", "a file of JSON Lines", "Check its name.")
        raise StoryError([fault]) from error
    display_name = "standard input" if name == "-" else name
    return read_json_lines(
        decode_text(data, display_name, MAX_FILE_BYTES), display_name, f"{PERSON_SOURCE_PREFIX}{getpass.getuser()}"
    )
