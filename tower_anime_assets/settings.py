"""Settings from environment variables; no other module reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tower_anime_assets.errors import PlanError

SERVICE_URL_VARIABLES = {
    "comfyui": "COMFYUI_URL",
    "echo_brain": "ECHO_BRAIN_URL",
    "echo_voice": "ECHO_VOICE_URL",
    "music": "MUSIC_URL",
    "ollama": "OLLAMA_URL",
}

ROUTING_STRATEGIES = ("best_quality", "fastest", "balanced", "least_memory", "round_robin")
"""Ways to choose a workflow for a shot; see `production.learning.strategies`."""


@dataclass(frozen=True)
class Settings:
    """Folders, servers and services.

    Attributes:
        projects: Folder of the shows.
        home: Folder of the state: database, media, Dagster's instance.
        database_url: `postgresql://...` of a server, or "" for the embedded one.
        services: URL by service name, of configured services only.
        auth_token: Bearer token for services; never logged or stored.
        ollama_model: Ollama's language model; "" to do without Ollama.
        ollama_vision_model: Ollama's vision model, which checks keyframes; "" for no such check.
        ollama_embed_model: Ollama's embedding model, for search by meaning; "" for no such search.
        audio_root: Folder shared with the voice and music services, or None. Paths in their answers are read only below
            it.
        stall_s: How long a job at a server may go without progress, seconds.
        routing_strategy: Strategy for every project; "" leaves it to each project.
        routing_blocked: Workflows that are blocked for every project, besides those that a project blocks.
        web_port: Port of the Dagster web UI on loopback.
        media_port: Port of the media pages on loopback.
        public_url: Address at which browsers reach the media pages; "" where they run on this machine.
    """

    projects: Path
    home: Path
    database_url: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    auth_token: str = field(default="", repr=False)
    ollama_model: str = ""
    ollama_vision_model: str = ""
    ollama_embed_model: str = ""
    audio_root: Path | None = None
    stall_s: float = 600.0
    routing_strategy: str = ""
    routing_blocked: tuple[str, ...] = ()
    web_port: int = 3000
    media_port: int = 3333
    public_url: str = ""

    @property
    def comfyui_servers(self) -> tuple[str, ...]:
        """Addresses of the ComfyUI servers, one per GPU."""
        return split_urls(self.services.get("comfyui", ""))

    @property
    def media(self) -> Path:
        """Folder of the media store."""
        return self.home / "media"

    @property
    def media_url(self) -> str:
        """Address of the media pages, as links to them are written."""
        return self.public_url or f"http://127.0.0.1:{self.media_port}"


def resource_root() -> Path:
    """Return the folder that holds `sql/`, `dagster.yaml` and `workspace.yaml`: the checkout, or the installed package.

    Raises:
        PlanError: The installation lacks them.
    """
    package_root = Path(__file__).resolve().parent
    for folder in (package_root, package_root.parent):
        if (folder / "sql" / "migrations").is_dir():
            return folder
    raise PlanError(f"sql/migrations is missing from {package_root} and its parent: install the package again")


def _read_port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise PlanError(f"{name} is {text!r}; expected a port from 1024 to 65535")
    return int(text)


def split_urls(text: str) -> tuple[str, ...]:
    """Return the addresses of a comma-separated list, each once, without trailing slashes."""
    urls = (part.strip().rstrip("/") for part in text.split(","))
    return tuple(dict.fromkeys(part for part in urls if part))


def _read_service_url(variable: str, text: str, *, allows_several: bool) -> str:
    """Return a service's address without trailing slashes; messages do not repeat it, since it may hold a password."""
    urls = split_urls(text)
    if len(urls) > 1 and not allows_several:
        raise PlanError(f"{variable} names {len(urls)} servers; expected one address such as http://127.0.0.1:8309")
    for url in urls:
        if not _is_plain_url(url):
            raise PlanError(
                f"{variable} is not a valid URL; expected http://HOST:PORT without user, password, ? and #. "
                "A token belongs in TOWER_AUTH_TOKEN"
            )
    return ",".join(urls)


def _read_public_url(text: str) -> str:
    url = text.strip().rstrip("/")
    if url and (not _is_plain_url(url) or any(character in url for character in "() ,<>")):
        raise PlanError(
            "TOWER_PUBLIC_URL is not a valid URL; expected the address at which browsers reach the media pages, such "
            "as https://HOST/PATH, without user, password, ? and #"
        )
    return url


def _is_plain_url(url: str) -> bool:
    """Return whether a URL names an HTTP server, and neither a user nor a query nor a fragment."""
    try:
        parts = urlsplit(url)
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_http and not (parts.username or parts.password or parts.query or parts.fragment)


def _read_seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "")
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise PlanError(f"{name} is {text!r}; expected seconds from 1 to 86400")
    return seconds


def _read_routing_strategy(environ: Mapping[str, str]) -> str:
    text = environ.get("TOWER_ROUTING_STRATEGY", "").strip()
    if text and text not in ROUTING_STRATEGIES:
        raise PlanError(f"TOWER_ROUTING_STRATEGY is {text!r}; expected one of {', '.join(ROUTING_STRATEGIES)}")
    return text


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in the environment, or in `environ`; by default, folders are those of the checkout.

    Raises:
        PlanError: A variable has an invalid value.
    """
    variables = os.environ if environ is None else environ
    resources = resource_root()
    default_root = (
        resources.parent
        if resources.name == "tower_anime_assets" and not (resources / "pyproject.toml").exists()
        else resources
    )
    if not (default_root / "pyproject.toml").exists():
        default_root = Path.cwd()
    return Settings(
        projects=Path(variables.get("TOWER_PROJECTS") or default_root / "projects").expanduser().absolute(),
        home=Path(variables.get("TOWER_HOME") or default_root / ".tower").expanduser().absolute(),
        database_url=variables.get("TOWER_DATABASE_URL", ""),
        services={
            name: _read_service_url(variable, variables[variable], allows_several=name == "comfyui")
            for name, variable in SERVICE_URL_VARIABLES.items()
            if variables.get(variable, "").strip(" ,")
        },
        auth_token=variables.get("TOWER_AUTH_TOKEN", "").strip(),
        ollama_model=variables.get("OLLAMA_MODEL", ""),
        ollama_vision_model=variables.get("OLLAMA_VISION_MODEL", ""),
        ollama_embed_model=variables.get("OLLAMA_EMBED_MODEL", ""),
        audio_root=Path(variables["TOWER_AUDIO_ROOT"]).expanduser().absolute()
        if variables.get("TOWER_AUDIO_ROOT")
        else None,
        stall_s=_read_seconds(variables, "TOWER_STALL_S", 600.0),
        routing_strategy=_read_routing_strategy(variables),
        routing_blocked=tuple(
            filter(None, (name.strip() for name in variables.get("TOWER_ROUTING_BLOCKED", "").split(",")))
        ),
        web_port=_read_port(variables, "TOWER_WEB_PORT", 3000),
        media_port=_read_port(variables, "TOWER_MEDIA_PORT", 3333),
        public_url=_read_public_url(variables.get("TOWER_PUBLIC_URL", "")),
    )
