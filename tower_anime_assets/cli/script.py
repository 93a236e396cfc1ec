"""`tower script`: what was understood of a screenplay, and what was not."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import add_json_option, add_strict_option, console, print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT, MAX_REPORTED
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.reports.script import ScriptReport

HELP = "show what was understood of a screenplay, with its faults and warnings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower script`."""
    parser.add_argument("episode", help="an episode key such as nexus-e01")
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the scenes with their lines, then faults, warnings and notes."""
    from tower_anime_assets.reports.script import read_script

    report = read_script(settings, EpisodeKey.parse(arguments.episode))
    if arguments.json:
        print_json(report.as_json())
    else:
        _print_report(report)
    if report.is_unaccepted:
        print_note(f"{report.episode} is a draft. To make it the episode: tower accept {report.episode}")
    is_refused = report.faults or (arguments.strict and any(not warning.is_note for warning in report.warnings))
    return EXIT_INPUT if is_refused else EXIT_DONE


def _print_report(report: ScriptReport) -> None:
    from rich.markup import escape

    out = console(highlight=False)
    length = f", {report.duration_s:.1f} s" if report.duration_s else ""
    out.print(f"[bold]{escape(report.episode)}[/]  {escape(report.title)}: {len(report.scenes)} scenes{length}")
    for scene in report.scenes:
        where = "inside" if scene["interior"] else "outside"
        out.print(f"\n[bold]{scene['id']}[/]  {escape(scene['heading'])}")
        set_up = (where, scene["time_of_day"], scene["weather"], scene["mood"], "with " + ", ".join(scene["cast"]))
        out.print(f"      {escape(scene['place'])}: {escape(', '.join(set_up if scene['cast'] else set_up[:-1]))}")
        for action in scene["actions"]:
            out.print(f"      {escape(' '.join(action.split()))}", style="dim")
        for line in scene["lines"]:
            when = "" if line["start_s"] is None else f"{line['start_s']:7.2f} s  {line['window_s']:5.2f} s  "
            out.print(f"      {when}{escape(line['character'])}: {escape(line['text'])}")
    out.print()
    for fault in report.faults[:MAX_REPORTED]:
        out.print(f"[red]fault[/]   {escape(str(fault))}")
    if len(report.faults) > MAX_REPORTED:
        out.print(f"[red]fault[/]   and {len(report.faults) - MAX_REPORTED:,} more; correct these first")
    for warning in report.warnings[:MAX_REPORTED]:
        label = "[dim]note[/]    " if warning.is_note else "[yellow]warning[/] "
        out.print(f"{label}{escape(str(warning))}")
    if len(report.warnings) > MAX_REPORTED:
        out.print(f"[yellow]warning[/] and {len(report.warnings) - MAX_REPORTED:,} more")
    if any(not line["measured"] for scene in report.scenes for line in scene["lines"]) and report.duration_s:
        out.print("[dim]note[/]    a voice service speaks the lines: their windows are estimates from the text")
    if not report.faults and not report.warnings:
        out.print("Everything was understood as written.")
