"""`tower audit`: how an episode or a shot was made, in words or in full, and whether the record itself is sound."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tower_anime_assets.cli.output import add_json_option, print_error, print_json, print_note
from tower_anime_assets.errors import EXIT_BUG, PlanError
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.store.audit import VerifiedPart

HELP = "how an episode or a shot was made: what was decided, tried, rejected and chosen"

NOTED_EVERY_S: Final = 5.0
"""How often a verification says how far it has come."""

Row = Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower audit`."""
    parser.add_argument("key", nargs="?", default="", help="nexus-e01 or nexus-e01-sc02-sh0030")
    parser.add_argument(
        "--full", action="store_true", help="everything on record: prompts by source, parameters, models, measures"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="check the hash chain, every take, media file and graph, and what masters prove",
    )
    parser.add_argument(
        "--from-link",
        type=int,
        default=1,
        metavar="LINK",
        help="with --verify: go on from this link of the chain, where an earlier one was stopped",
    )
    parser.add_argument("--graph", action="store_true", help="the newest graph that was sent, as ComfyUI takes it")
    parser.add_argument("--job", default="", help="with --graph: that of this workflow run, job or decision, by its id")
    parser.add_argument("--session", default="", help="everything decided and asked in a creative session, by its id")
    parser.add_argument(
        "--sessions", nargs="?", const="", metavar="PROJECT", help="list the newest creative sessions, or a project's"
    )
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the trail, the record's problems, or both."""
    from tower_anime_assets.reports.audit_trail import key_trail, key_words, session_trail

    if arguments.from_link != 1 and not arguments.verify:
        raise PlanError("--from-link goes with --verify")
    if arguments.sessions is not None:
        return _print_sessions(arguments, settings)
    if arguments.graph or arguments.job:
        return _print_graph(arguments, settings)
    if not (arguments.key or arguments.session or arguments.verify):
        raise PlanError("name an episode or a shot, or ask for --session or --verify")
    if arguments.key and arguments.session:
        raise PlanError("name an episode or shot, or a session, not both")
    trail: dict[str, Any] = {}
    if arguments.session:
        trail.update(session_trail(settings, arguments.session))
    if arguments.key and arguments.json:
        trail.update(key_trail(settings, arguments.key))
    elif arguments.key:
        print("\n".join(key_words(settings, arguments.key, full=arguments.full)))
    if arguments.verify:
        trail["problems"] = _verify(settings, arguments.from_link)
    if arguments.json:
        print_json(trail)
    else:
        _print_trail(trail)
    return EXIT_BUG if trail.get("problems") else 0


class _VerificationNotes:
    """Says now and then how far a verification has come, and how to go on if it ends early."""

    def __init__(self, first_link: int) -> None:
        self.next_link = first_link
        self._said_at_s = time.monotonic()

    def note(self, part: VerifiedPart) -> None:
        """Take note of a part that was verified."""
        self.next_link = part.seq + 1
        if time.monotonic() - self._said_at_s >= NOTED_EVERY_S:
            self._said_at_s = time.monotonic()
            problems = f", {part.problems} problems so far" if part.problems else ""
            print_note(f"verified up to link {part.seq:,} of {part.newest:,}{problems}")


def _verify(settings: Settings, first_link: int) -> list[str]:
    """Return what is wrong with the record; if this ends early, say how to go on."""
    from tower_anime_assets.reports.audit_trail import find_record_problems

    notes = _VerificationNotes(first_link)
    try:
        problems = list(find_record_problems(settings, first_link, notes.note))
    except BaseException:
        if notes.next_link > first_link:
            print_note(f"not verified to the end; to go on: tower audit --verify --from-link {notes.next_link}")
        raise
    if first_link > 1:
        print_note(f"links before {first_link:,} were not verified this time")
    return problems


def _print_sessions(arguments: argparse.Namespace, settings: Settings) -> int:
    from tower_anime_assets.cli.audit_sessions import print_sessions

    if arguments.key or arguments.session or arguments.verify or arguments.graph or arguments.job:
        raise PlanError("--sessions lists sessions and goes with nothing but --json; one in full: --session ID")
    return print_sessions(settings, arguments.sessions, as_json=arguments.json)


def _print_graph(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the graph of a job as it was sent, and on stderr which it is; with `--json` those of all jobs."""
    from tower_anime_assets.media.stores import open_media
    from tower_anime_assets.reports.audit_trail import sent_jobs

    if arguments.session or arguments.verify:
        raise PlanError("--graph goes with an episode, a shot or --job, not with --session or --verify")
    if not (arguments.key or arguments.job):
        raise PlanError("name an episode or a shot whose graph is to be printed, or a job with --job ID")
    jobs = sent_jobs(settings, arguments.key, arguments.job)
    if arguments.json:
        print_json({"graphs": [{**asdict(job), "graph": json.loads(job.graph)} for job in jobs]})
        return 0
    chosen = next((job for job in reversed(jobs) if job.success), jobs[-1])
    for job in jobs:
        mark = "printed" if job is chosen else "--job"
        how = "made" if job.success else "failed"
        print_note(f"{mark:<8}{job.id}  {job.timestamp}  {job.stage} attempt {job.attempt} part {job.part + 1}  {how}")
    for upload in chosen.uploads:
        print_note(f"{upload['name']} is {open_media(settings).address}/{upload['path']}")
    print(chosen.graph)
    return 0


def _print_trail(trail: Mapping[str, Any]) -> None:
    """Print a session's decisions, a line each with its consultations below it, and what is wrong with the record."""
    if "session" in trail:
        session = trail["session"]
        print(f"session {session['id']}: {session['title']}, by {session['started_by']}, since {session['started_at']}")
    consultations = _group_by(trail.get("consultations", ()), "decision_id")
    for decision in trail.get("decisions", ()):
        key = str(decision["id"])
        place = "-".join(part for part in (decision["scene_id"], decision["shot_id"], decision["line_id"]) if part)
        print(
            f"{decision['timestamp']}  {decision['decision_type']:<9} {place:<18} {decision['status']:<10} "
            f"{decision['engine']}  {decision['reasoning']}"
        )
        for consultation in consultations.get(key, ()):
            _print_consultation(consultation)
        if decision.get("error_message"):
            cause = f"{decision['cause']}: " if decision.get("cause") else ""
            print(f"    {cause}{decision['error_message']}")
    if "decisions" in trail:
        names = ["decisions", *(["consultations"] if trail.get("consultations") else [])]
        print_note(", ".join(f"{len(trail[name])} {name}" for name in names))
    if "problems" in trail:
        for problem in trail["problems"]:
            print_error(problem)
        print_note(f"{len(trail['problems'])} problems" if trail["problems"] else "the record is sound")


def _group_by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row[column]), []).append(row)
    return groups


def _print_consultation(consultation: Row) -> None:
    duration_note = f" in {consultation['duration_s']:.1f} s" if consultation["duration_s"] is not None else ""
    print(f"    asked {consultation['model_used']}{duration_note}; used: {consultation['used'] or 'not noted'}")
    for reason in consultation["overruled"] or ():
        print(f"        not used: {reason}")
