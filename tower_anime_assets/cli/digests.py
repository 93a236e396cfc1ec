"""`tower workflows check --hashes`: model files on a server's machine, compared with their published SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets.cli.output import print_json, print_note
from tower_anime_assets.errors import EXIT_DONE, EXIT_INPUT, PlanError
from tower_anime_assets.settings import Settings

if TYPE_CHECKING:
    from tower_anime_assets.workflows.workflow import Workflow

_BIG_BYTES = 500_000_000


def check_hashes(
    settings: Settings, servers: Sequence[str], workflows: Sequence[Workflow], models_folder: str, *, as_json: bool
) -> int:
    """Print how each model file compares; exit code 2 if one differs from what was published."""
    from tower_anime_assets.stages.model_digests import DIFFERS, SAME_CONTENT, check_digests

    if not servers:
        raise PlanError("no server whose files could be compared: set COMFYUI_URL, or name one with --server")
    folder = Path(models_folder).expanduser().absolute() if models_folder else None
    rows = []
    for server in servers:
        checks = check_digests(settings, server, workflows, folder, _print_reading)
        rows += [{"server": server, **asdict(check)} for check in checks]
        for check in () if as_json else checks:
            print(f"{check.workflow} at {server}: {check.wanted}: {check.status}")
            if check.status == DIFFERS:
                print(f"  {check.file} is {check.sha256}")
                print(f"  published {check.published}: download it again, or map another file: tower models")
            if check.status == SAME_CONTENT:
                print(f"  {check.file} has the published content, and is taken for it from now on")
    if as_json:
        print_json({"hashes": rows})
    return EXIT_INPUT if any(row["status"] == DIFFERS for row in rows) else EXIT_DONE


def _print_reading(path: Path, size_bytes: int) -> None:
    if size_bytes >= _BIG_BYTES:
        print_note(f"reading {path} ({size_bytes / 1e9:.1f} GB)")
