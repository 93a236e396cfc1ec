"""`tower doctor`: what is missing or wrong on this machine, before anything runs."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import add_json_option, print_json
from tower_anime_assets.settings import Settings

HELP = "check this machine, the shows and every configured service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower doctor`."""
    add_json_option(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print every check, and return the highest exit code among the failed ones."""
    from rich.console import Console
    from rich.markup import escape

    from tower_anime_assets.stages.doctor import run_checks

    checks = run_checks(settings)
    if arguments.json:
        print_json({"findings": [{name: getattr(check, name) for name in _JSON_FIELDS} for check in checks]})
    else:
        out = Console(soft_wrap=True, highlight=False)
        for check in checks:
            out.print(
                f"{'[green]ok[/]   ' if check.ok else '[red]wrong[/]'} {check.subject:<18} {escape(check.message)}"
            )
            if not check.ok:
                out.print(f"{'':<24} {escape(check.remedy)}")
    return max((check.code for check in checks if not check.ok), default=0)


_JSON_FIELDS = ("what", "ok", "says", "remedy")
