"""`tower db`: starts, stops and migrates the database."""

from __future__ import annotations

import argparse

from tower_anime_assets.cli.output import print_exactly, print_note
from tower_anime_assets.settings import Settings

HELP = "the database: start, stop, status, url, migrate, rollback"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tower db`."""
    parser.add_argument("action", choices=("start", "stop", "status", "url", "migrate", "rollback"))
    parser.add_argument("--steps", type=int, default=1, help="with rollback: how many migrations")
    parser.add_argument(
        "--drop-rows", action="store_true", help="with rollback: do it even if that drops rows of the record"
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do the action and print its result."""
    from tower_anime_assets.stages.opening import check_address, keep_server
    from tower_anime_assets.store import migrations, server
    from tower_anime_assets.store.database import Database

    check_address(settings)
    if arguments.action == "stop":
        was_stopped = server.stop_server(settings, only_if_unused=False)
        print_note("stopped" if was_stopped else "not stopped: it was not running, or TOWER_DATABASE_URL names it")
        return 0
    if arguments.action == "status":
        print(server.read_server_status(settings))
        return 0
    url = keep_server(settings)
    if arguments.action == "url":
        print_exactly(url)
        return 0
    database = Database(url)
    try:
        if arguments.action == "rollback":
            rolled_back = migrations.roll_back(database, arguments.steps, drops_rows=arguments.drop_rows)
            print_note(f"rolled back {', '.join(rolled_back)}" if rolled_back else "nothing to roll back")
        else:
            applied = migrations.apply_migrations(database)
            print_note(f"running; applied {', '.join(applied)}" if applied else "running; the schema is up to date")
    finally:
        database.close()
    return 0
