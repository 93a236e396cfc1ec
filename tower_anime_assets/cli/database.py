"""`tower db`: the database by hand."""

from __future__ import annotations

from rich.console import Console

from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.opening import check_address, keep_server
from tower_anime_assets.store import migrations, server
from tower_anime_assets.store.database import Database


def run_action(action: str, steps: int, settings: Settings, console: Console) -> int:
    """Do what `tower db ACTION` asks and return the exit code.

    Raises:
        TowerError: It cannot be done.
    """
    check_address(settings)
    if action == "stop":
        was_stopped = server.stop_server(settings, only_if_unused=False)
        console.print("stopped" if was_stopped else "it was not running, or is not ours to stop")
        return 0
    if action == "status":
        print(server.read_server_status(settings))
        return 0
    url = keep_server(settings)
    if action == "url":
        print(url)
        return 0
    database = Database(url)
    try:
        if action in ("start", "migrate"):
            applied = migrations.apply_migrations(database)
            console.print(f"running; applied {', '.join(applied)}" if applied else "running; the schema is current")
        else:
            rolled_back = migrations.roll_back(database, steps)
            console.print(f"rolled back {', '.join(rolled_back)}" if rolled_back else "nothing to roll back")
    finally:
        database.close()
    return 0
