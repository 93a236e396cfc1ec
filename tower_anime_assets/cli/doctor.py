"""`tower doctor`: what is missing or wrong on this machine, before anything runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tower_anime_assets.cli.output import add_json_option, add_strict_option, console, print_json, warnings_as_json
from tower_anime_assets.errors import EXIT_INPUT
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.stages.doctor import Check

HELP = "check this machine, the shows and every configured service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower doctor`."""
    add_strict_option(parser)
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print every check, and return the highest exit code among the failed ones."""
    from rich.markup import escape

    from tower_anime_assets.stages.doctor import run_checks

    checks = run_checks(settings)
    if arguments.json:
        print_json({"findings": [_check_as_json(check) for check in checks]})
    else:
        out = console(highlight=False)
        for check in checks:
            out.print(
                f"{'[green]ok[/]   ' if check.ok else '[red]wrong[/]'} {check.subject:<18} {escape(check.message)}"
            )
            if not check.ok:
                out.print(f"{'':<24} {escape(check.remedy)}")
            for warning in check.warnings:
                out.print(f"{'':<6}[yellow]warning[/] {escape(str(warning))}")
    if arguments.strict and any(check.warnings for check in checks):
        return EXIT_INPUT
    return max((check.code for check in checks if not check.ok), default=0)


def _check_as_json(check: Check) -> dict[str, Any]:
    return {
        "what": check.subject,
        "ok": check.ok,
        "says": check.message,
        "remedy": check.remedy,
        "warnings": warnings_as_json(check.warnings),
        "warning_count": len(check.warnings),
    }
