"""`tower audit`: everything decided about an episode or a shot, and whether the record itself is sound."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from tower_anime_assets.cli.output import add_json_option, print_error, print_json, print_note
from tower_anime_assets.errors import EXIT_BUG, PlanError
from tower_anime_assets.settings import Settings

HELP = "everything decided about an episode or a shot"

Row = Mapping[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower audit`."""
    parser.add_argument("key", nargs="?", default="", help="nexus-e01 or nexus-e01-sc02-sh0030")
    parser.add_argument("--verify", action="store_true", help="check the hash chain, every take and every media file")
    parser.add_argument("--session", default="", help="everything decided and asked in a creative session, by its id")
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the trail, the record's problems, or both."""
    from tower_anime_assets.reports.audit_trail import find_record_problems, key_trail, session_trail

    if not (arguments.key or arguments.session or arguments.verify):
        raise PlanError("name an episode or a shot, or ask for --session or --verify")
    if arguments.key and arguments.session:
        raise PlanError("name an episode or shot, or a session, not both")
    trail: dict[str, Any] = {}
    if arguments.session:
        trail.update(session_trail(settings, arguments.session))
    if arguments.key:
        trail.update(key_trail(settings, arguments.key))
    if arguments.verify:
        trail["problems"] = list(find_record_problems(settings))
    if arguments.json:
        print_json(trail)
    else:
        _print_trail(trail)
    return EXIT_BUG if trail.get("problems") else 0


def _print_trail(trail: Mapping[str, Any]) -> None:
    """Print one line per decision, with its verdicts, consultations and feedback below it."""
    if "session" in trail:
        session = trail["session"]
        print(f"session {session['id']}: {session['title']}, by {session['started_by']}, since {session['started_at']}")
    takes = _group_by(trail.get("takes", ()), "decision_id")
    verdicts = _group_by(trail.get("verdicts", ()), "take_id")
    consultations = _group_by(trail.get("consultations", ()), "decision_id")
    feedback = _group_by(trail.get("feedback", ()), "decision_id")
    for decision in trail.get("decisions", ()):
        key = str(decision["id"])
        place = "-".join(part for part in (decision["scene_id"], decision["shot_id"], decision["line_id"]) if part)
        print(
            f"{decision['timestamp']}  {decision['decision_type']:<9} {place:<18} {decision['status']:<10} "
            f"{decision['engine']}  {decision['reasoning']}"
        )
        for take in takes.get(key, ()):
            for verdict in verdicts.get(str(take["id"]), ()):
                mark, value = "pass" if verdict["passed"] else "FAIL", float(verdict["value"])
                print(f"    {mark} {verdict['gate']}: {verdict['measure']} = {value:.4g} {verdict['unit']}")
        for consultation in consultations.get(key, ()):
            _print_consultation(consultation)
        for entry in feedback.get(key, ()):
            print(f"    {entry['who']} says {entry['opinion']}: {entry['reason']} {entry['note']}".rstrip())
        if decision.get("error_message"):
            print(f"    {decision['error_message']}")
    if "decisions" in trail:
        names = [name for name in ("decisions", "takes", "verdicts") if name in trail]
        names += ["consultations"] if trail.get("consultations") else []
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
