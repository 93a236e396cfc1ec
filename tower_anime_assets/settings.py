"""Everything the environment decides, read in this one place and passed on as values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tower_anime_assets.errors import PlanError

SERVICE_VARIABLES = {
    "comfyui": "COMFYUI_URL",
    "echo_brain": "ECHO_BRAIN_URL",
    "echo_voice": "ECHO_VOICE_URL",
    "music": "MUSIC_URL",
    "ollama": "OLLAMA_URL",
}


@dataclass(frozen=True)
class Settings:
    """Where things are and which services there are.

    Attributes:
        projects: Folder of the shows.
        home: State: database, media, Dagster's instance.
        database_url: `postgresql://...` of a given server, or "" for the embedded one.
        services: URL by service name, only those that are set.
        auth_token: Bearer token for services; never logged or stored.
        web_port: Port of the Dagster web UI on loopback.
        media_port: Port of the media pages on loopback.
    """

    projects: Path
    home: Path
    database_url: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    auth_token: str = field(default="", repr=False)
    web_port: int = 3000
    media_port: int = 3333

    @property
    def media(self) -> Path:
        """Folder of the media store."""
        return self.home / "media"

    @property
    def media_url(self) -> str:
        """Address of the media pages."""
        return f"http://127.0.0.1:{self.media_port}"


def checkout() -> Path:
    """Return the folder that holds `sql/`, `dagster.yaml` and `workspace.yaml`: the checkout, or the installed package.

    Raises:
        PlanError: The installation lacks them.
    """
    package = Path(__file__).resolve().parent
    for folder in (package, package.parent):
        if (folder / "sql" / "migrations").is_dir():
            return folder
    raise PlanError(f"sql/migrations is neither in {package} nor beside it: install the package again")


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise PlanError(f"{name} is {text!r}; expected a port from 1024 to 65535")
    return int(text)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment asks for; with nothing set, those of the checkout.

    Raises:
        PlanError: A variable holds a value that cannot be used.
    """
    found = os.environ if environ is None else environ
    base = checkout()
    root = base.parent if base.name == "tower_anime_assets" and not (base / "pyproject.toml").exists() else base
    if not (root / "pyproject.toml").exists():
        root = Path.cwd()
    return Settings(
        projects=Path(found.get("TOWER_PROJECTS") or root / "projects").expanduser().absolute(),
        home=Path(found.get("TOWER_HOME") or root / ".tower").expanduser().absolute(),
        database_url=found.get("TOWER_DATABASE_URL", ""),
        services={name: found[variable] for name, variable in SERVICE_VARIABLES.items() if found.get(variable)},
        auth_token=found.get("TOWER_AUTH_TOKEN", ""),
        web_port=_port(found, "TOWER_WEB_PORT", 3000),
        media_port=_port(found, "TOWER_MEDIA_PORT", 3333),
    )
