"""Settings from environment variables and an env file; no other module reads the environment."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tower_anime_assets import safe_text
from tower_anime_assets.environment import (
    CLOUD_VARIABLES,
    ENV_FILE_VARIABLE,
    ENVIRONMENT,
    VARIABLE_BY_NAME,
    Environment,
    read_variables,
    secret_values,
)
from tower_anime_assets.errors import PlanError

OVERNIGHT_VARIABLE = "TOWER_OVERNIGHT"

USER_VARIABLE = "TOWER_USER"
MAX_USER_CHARS = 80

COMMON_TOKEN_VARIABLE = "TOWER_AUTH_TOKEN"  # noqa: S105 - the name of a variable

SERVICE_URL_VARIABLES = {
    "comfyui": "COMFYUI_URL",
    "echo_brain": "ECHO_BRAIN_URL",
    "echo_voice": "ECHO_VOICE_URL",
    "music": "MUSIC_URL",
    "ollama": "OLLAMA_URL",
}

TOKEN_VARIABLES = {name: f"{name.upper()}_TOKEN" for name in SERVICE_URL_VARIABLES}
"""The variable of each service's own token, used before the common one."""

CELERY, KUBERNETES = "celery", "kubernetes"
"""How runs reach other machines, as TOWER_FARM says; see `defs.farm`."""

WORKER_VARIABLE = "TOWER_WORKER"

ROUTING_STRATEGIES = ("best_quality", "fastest", "balanced", "least_memory", "round_robin")
"""Ways to choose a workflow for a shot; see `production.learning.strategies`."""


LOOPBACK = "127.0.0.1"

LOOPBACK_NETWORKS = (ip_network("127.0.0.0/8"), ip_network("::1"))

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")

_HEADERS_OF_BROWSERS = frozenset({"authorization", "cookie", "host", "origin", "referer", "user-agent", "accept"})
"""Headers that cannot name a person, since whoever asks sends them himself."""


class Scope(StrEnum):
    """What somebody may do; each includes the ones before it.

    Attributes:
        READ: Look at everything.
        DIRECT: Decide: approve, choose, reject, note.
        SPEND: Start what costs time and money: runs, imports.
    """

    READ = "read"
    DIRECT = "direct"
    SPEND = "spend"

    def includes(self, needed: Scope) -> bool:
        """Return whether this scope is enough where another is needed."""
        order = tuple(Scope)
        return order.index(self) >= order.index(needed)


class BearerToken(str):
    """A token that knows the variable it was read from; its `repr` hides it.

    Attributes:
        variable: Named where a service does not accept it.
    """

    __slots__ = ("variable",)

    variable: str

    def __new__(cls, value: str, variable: str) -> BearerToken:
        """Return a token."""
        token = super().__new__(cls, value)
        token.variable = variable
        return token

    def __repr__(self) -> str:
        return f"<token of {self.variable}>" if self else "<no token>"

    def __reduce__(self) -> tuple[type[BearerToken], tuple[str, str]]:
        return type(self), (str(self), self.variable)


@dataclass(frozen=True)
class Settings:
    """Folders, servers and services.

    Attributes:
        projects: Folder of the shows.
        home: Folder of the state: database, media, Dagster's instance.
        database_url: `postgresql://...` of a server, or "" for the embedded one.
        media_url: Where media are, `s3://BUCKET/PREFIX`, `gs://`, `az://` or `file:///FOLDER`; "" for a folder of home.
        media_cache_bytes: How much of a bucket is kept on this machine.
        media_presign_s: How long addresses are valid at which browsers get media from the bucket; None for no such.
        object_store_options: The clouds' own variables that are set, by name in lower case; they hold secrets.
        services: URL by service name, of configured services only.
        auth_token: Bearer token for services that have none of their own; never logged or stored. Clients are given
            `token_of` their service.
        service_tokens: Tokens of single services, by service name.
        ollama_model: Ollama's language model; "" to do without Ollama.
        ollama_vision_model: Ollama's vision model, which checks keyframes; "" for no such check.
        ollama_embed_model: Ollama's embedding model, for search by meaning; "" for no such search.
        audio_root: Folder shared with the voice and music services, or None. Paths in their answers are read only below
            it.
        stall_s: How long a job at a server may go without progress, seconds.
        away_s: How long a run waits for servers none of which answers, seconds.
        routing_strategy: Strategy for every project; "" leaves it to each project.
        routing_blocked: Workflows that are blocked for every project, besides those that a project blocks.
        overnight_time: When nights begin, such as `23:30 Europe/Berlin`; "" where that is left to the web UI.
        overnight_gpu_s: How many GPU seconds a night may take, None for no limit.
        notify: Addresses that are sent the morning report, as apprise has them; they hold secrets.
        web_port: Port of the panel, the API, media and Dagster's web UI.
        public_url: Address at which browsers reach them through a proxy or a tunnel, without a path; "" for none.
        bind: Address that the web server listens on, IPv4 or IPv6 without brackets.
        proxy_header: Header by which a proxy names who has signed in there; "" where none is believed.
        trusted_proxies: Where such a proxy may ask from.
        proxy_scope: What those whom it names may do.
        user: Who decisions are on record as made by: TOWER_USER, else the user of this machine.
        farm: How runs reach other machines: `CELERY`, `KUBERNETES`; "" where all are made on this one.
        broker_url: `redis://...`, through which runs reach workers; "" without one.
        is_one_machine: Whether all workers are on this machine, so that loopback addresses mean the same to all.
        lost_s: After how many seconds a run whose machine is not heard of is made again.
        run_slots: How many runs Kubernetes makes at once.
        run_image: Container image of a run on Kubernetes.
        worker: Which worker this process is of; "" on the machine that runs are launched from.
        env_file: The env file that was read, None for none.
        warnings: What of the variables is not used as it is written.
    """

    projects: Path
    home: Path
    database_url: str = ""
    media_url: str = ""
    media_cache_bytes: int = 20_000_000_000
    media_presign_s: int | None = None
    object_store_options: Mapping[str, str] = field(default_factory=dict, repr=False)
    services: Mapping[str, str] = field(default_factory=dict)
    auth_token: str = field(default="", repr=False)
    service_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    ollama_model: str = ""
    ollama_vision_model: str = ""
    ollama_embed_model: str = ""
    audio_root: Path | None = None
    stall_s: float = 600.0
    away_s: float = 120.0
    routing_strategy: str = ""
    routing_blocked: tuple[str, ...] = ()
    overnight_time: str = ""
    overnight_gpu_s: float | None = None
    notify: tuple[str, ...] = field(default=(), repr=False)
    web_port: int = 3000
    public_url: str = ""
    bind: str = LOOPBACK
    proxy_header: str = ""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK_NETWORKS
    proxy_scope: Scope = Scope.READ
    user: str = field(default_factory=lambda: _machine_user())
    farm: str = ""
    broker_url: str = field(default="", repr=False)
    is_one_machine: bool = False
    lost_s: float = 30.0
    run_slots: int = 4
    run_image: str = ""
    worker: str = ""
    env_file: Path | None = None
    warnings: tuple[str, ...] = ()

    @property
    def comfyui_servers(self) -> tuple[str, ...]:
        """Addresses of the ComfyUI servers, one per GPU."""
        return split_urls(self.services.get("comfyui", ""))

    def token_of(self, service: str) -> BearerToken:
        """Return what a service, such as `comfyui`, is sent: its own token, else the common one, else ""."""
        if own := self.service_tokens.get(service, ""):
            return BearerToken(own, TOKEN_VARIABLES[service])
        variable = (
            COMMON_TOKEN_VARIABLE if self.auth_token else f"{TOKEN_VARIABLES[service]} or {COMMON_TOKEN_VARIABLE}"
        )
        return BearerToken(self.auth_token, variable)

    @property
    def media(self) -> Path:
        """Folder of the media store; of a bucket, the one that holds what of it is on this machine."""
        if self.media_url.startswith("file://"):
            return Path(unquote(urlsplit(self.media_url).path))
        return self.home / ("media-cache" if self.media_url else "media")

    @property
    def binds_loopback(self) -> bool:
        """Whether only this machine can reach the address that Tower listens on."""
        return is_loopback(self.bind)

    @property
    def is_exposed(self) -> bool:
        """Whether other machines are meant to reach Tower: by its own address, or through a proxy."""
        host = urlsplit(self.public_url).hostname or LOOPBACK
        return not self.binds_loopback or not (host == "localhost" or is_loopback(host))

    @property
    def local_address(self) -> str:
        """An address at which this machine itself reaches what listens on `bind`."""
        return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.bind, self.bind)  # noqa: S104 - compared, not bound

    @property
    def local_url(self) -> str:
        """URL at which this machine itself reaches the web UI."""
        address = self.local_address
        return f"http://{f'[{address}]' if ':' in address else address}:{self.web_port}"

    @property
    def web_url(self) -> str:
        """Address at which browsers reach the panel and Dagster's web UI, as links to them are written."""
        return self.public_url or self.local_url


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


def _machine_user() -> str:
    """Return the name of this machine's user; a container may run as one without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _read_user(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > MAX_USER_CHARS or not name.isprintable():
        raise PlanError(f"{USER_VARIABLE} is no name; expected at most {MAX_USER_CHARS} letters such as Mei Tanaka")
    return name or _machine_user()


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
                f"A token belongs in {variable.removesuffix('_URL')}_TOKEN or {COMMON_TOKEN_VARIABLE}"
            )
    return ",".join(urls)


_MEDIA_URL = re.compile(r"(s3|gs|az)://[A-Za-z0-9][A-Za-z0-9._-]{1,62}(/[A-Za-z0-9._/-]*)?|file:///[^?#]+")


def read_media_url(text: str, variable: str = "TOWER_MEDIA_URL") -> str:
    """Return the address of a media store without trailing slashes; messages do not repeat it, as services' URLs.

    Raises:
        PlanError: It is not one.
    """
    url = text.strip().rstrip("/")
    if url and (not _MEDIA_URL.fullmatch(url) or ".." in url.split("/")):
        raise PlanError(
            f"{variable} is not the address of a media store; expected s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, "
            "az://CONTAINER/PREFIX or file:///FOLDER. Keys and secrets belong in the cloud's own variables, such as "
            "AWS_SECRET_ACCESS_KEY"
        )
    return url


_BYTES_BY_UNIT = {"": 1, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def _read_bytes(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    parts = re.fullmatch(r"(\d{1,15})\s*(|MB|GB|TB)", text.upper()) if text else None
    if not text:
        return default
    if parts is None or int(parts[1]) == 0:
        raise PlanError(f"{name} is {text!r}; expected bytes such as 50GB or 50000000000")
    return int(parts[1]) * _BYTES_BY_UNIT[parts[2]]


def _read_presign_s(environ: Mapping[str, str]) -> int | None:
    text = environ.get("TOWER_MEDIA_PRESIGN_S", "").strip()
    if not text:
        return None
    if not text.isdigit() or not 60 <= int(text) <= 604_800:
        raise PlanError(f"TOWER_MEDIA_PRESIGN_S is {text!r}; expected seconds from 60 to 604800, which is a week")
    return int(text)


def _read_public_url(text: str) -> str:
    url = text.strip().rstrip("/")
    if url and (not _is_plain_url(url) or any(character in url for character in "() ,<>")):
        raise PlanError(
            "TOWER_PUBLIC_URL is not a valid URL; expected the address at which browsers reach the web UI, such as "
            "https://HOST, without user, password, ? and #"
        )
    if url and urlsplit(url).path:
        raise PlanError(
            "TOWER_PUBLIC_URL has a path, but everything is served from / on: give the web UI a host name or a port of "
            "its own in the proxy, such as https://tower.example"
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


def is_loopback(address: str) -> bool:
    """Return whether an address is one of this machine's own; False for what is not an address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def _read_bind(text: str) -> str:
    address = text.strip().removeprefix("[").removesuffix("]")
    if not address or address == "localhost":
        return LOOPBACK
    try:
        parsed = ip_address(address)
    except ValueError:
        raise PlanError(
            f"TOWER_BIND is {text!r}; expected an address of this machine without a port, such as 127.0.0.1, "
            "192.168.1.20 or ::1, 0.0.0.0 for all of IPv4, or :: for all of IPv6"
        ) from None
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _read_proxy_header(text: str) -> str:
    name = text.strip()
    if name and (not _HEADER_NAME.fullmatch(name) or name.lower() in _HEADERS_OF_BROWSERS):
        raise PlanError(
            f"TOWER_TRUSTED_PROXY_HEADER is {text!r}; expected the name of the header that your proxy sets to the "
            "user's name, such as Remote-User, with letters, digits and hyphens"
        )
    return name


def _read_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part) for part in text.replace(",", " ").split()) or LOOPBACK_NETWORKS
    except ValueError as error:
        raise PlanError(
            f"TOWER_TRUSTED_PROXIES is {text!r}: {error}; expected addresses or networks such as 10.0.0.5, 10.1.0.0/16"
        ) from None


def _read_scope(text: str) -> Scope:
    try:
        return Scope(text.strip() or Scope.READ)
    except ValueError:
        raise PlanError(f"TOWER_TRUSTED_PROXY_SCOPE is {text!r}; expected one of {', '.join(Scope)}") from None


def _read_seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "")
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise PlanError(f"{name} is {text!r}; expected seconds from 1 to 86400")
    return seconds


def read_overnight(environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return when nights begin, `HH:MM` or "", and in which time zone.

    Raises:
        PlanError: TOWER_OVERNIGHT is no such time, or the env file cannot be used.
    """
    variables = read_environment(environ).values
    text = variables.get(OVERNIGHT_VARIABLE, "").strip()
    return _read_time(text, variables) if text else ("", _local_zone(variables))


def with_overnight(settings: Settings, text: str) -> Settings:
    """Return settings with another time for nights to begin.

    Raises:
        PlanError: It is no such time, or its zone is unknown.
    """
    return replace(settings, overnight_time=" ".join(_read_time(text, os.environ)))


def _read_time(text: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return a time of day, `HH:MM`, and its time zone: the one written after it, else this machine's."""
    time, _, zone = text.strip().partition(" ")
    try:
        parsed = datetime.strptime(time, "%H:%M")  # noqa: DTZ007 - a time of day has no zone yet
        name = zone.strip() or _local_zone(environ)
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise PlanError(
            f"{OVERNIGHT_VARIABLE} is {text!r}; expected a time such as 23:30, or 23:30 Europe/Berlin"
        ) from error
    return f"{parsed:%H:%M}", name


def _local_zone(environ: Mapping[str, str]) -> str:
    """Return the name of this machine's time zone; UTC where it has none that can be named."""
    if zone := environ.get("TZ", "").removeprefix(":"):
        return zone
    _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return name if found else "UTC"


def _read_gpu_budget(environ: Mapping[str, str]) -> float | None:
    text = environ.get("TOWER_OVERNIGHT_GPU_S", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 864_000:
        raise PlanError(f"TOWER_OVERNIGHT_GPU_S is {text!r}; expected seconds from 0 to 864000")
    return seconds


def read_farm(environ: Mapping[str, str] | None = None) -> str:
    """Return how runs reach other machines, "" if they do not.

    Raises:
        PlanError: TOWER_FARM is none of the ways that there are, or the env file cannot be used.
    """
    return _read_farm(read_environment(environ).values)


def _read_farm(environ: Mapping[str, str]) -> str:
    text = environ.get("TOWER_FARM", "").strip()
    if text not in ("", CELERY, KUBERNETES):
        raise PlanError(
            f"TOWER_FARM is {text!r}; expected {CELERY} or {KUBERNETES}, or nothing to make all runs on this machine"
        )
    return text


def _read_broker_url(text: str) -> str:
    """Return the broker's address; messages do not repeat it, since it may hold a password."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        is_usable = not url or (parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise PlanError(
            "TOWER_BROKER_URL is not a valid URL; expected redis://:PASSWORD@HOST:6379/0, or rediss://... for TLS, "
            "with characters such as % / @ : # in the password written as %25 %2F %40 %3A %23"
        )
    return url


def _read_flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "0", "1", "true", "false", "yes", "no"):
        raise PlanError(f"{name} is {text!r}; expected 1 or 0")
    return text in ("1", "true", "yes")


def _read_count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise PlanError(f"{name} is {text!r}; expected a whole number from 1 to 10000")
    return int(text)


def _read_routing_strategy(environ: Mapping[str, str]) -> str:
    text = environ.get("TOWER_ROUTING_STRATEGY", "").strip()
    if text and text not in ROUTING_STRATEGIES:
        raise PlanError(f"TOWER_ROUTING_STRATEGY is {text!r}; expected one of {', '.join(ROUTING_STRATEGIES)}")
    return text


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Return the variables in the environment, or in `environ`, and in the env file that they name.

    Raises:
        PlanError: The env file cannot be used.
    """
    return read_variables(os.environ if environ is None else environ)


def hide_secrets(text: str) -> str:
    """Return text without any secret of the environment and its env file; every exit of the process cleans by this.

    An env file that cannot be read has none: nothing of it is in use, and messages about it repeat none of its values.
    """
    return safe_text.hide_secrets(text, _known_secrets(tuple(os.environ.get(name, "") for name in _SECRETS_ARE_FROM)))


_SECRETS_ARE_FROM = (ENV_FILE_VARIABLE, *(name for name, one in VARIABLE_BY_NAME.items() if one.may_hold_secret))


@lru_cache(maxsize=8)
def _known_secrets(_values: tuple[str, ...]) -> frozenset[str]:
    """Return the secrets of an environment with these values; looked for once, as an env file is parsed for it."""
    try:
        variables = read_environment().values
    except PlanError:
        variables = os.environ
    return secret_values(variables)


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in the environment, or in `environ`, and in the env file that it names.

    By default, folders are those of the checkout.

    Raises:
        PlanError: A variable has an invalid value, or the env file cannot be used.
    """
    found = read_environment(environ)
    try:
        return _read_settings(found)
    except PlanError as error:
        name = str(error).partition(" ")[0]
        place = found.sources.get(name, ENVIRONMENT)
        if place == ENVIRONMENT:
            raise
        raise PlanError(f"{error}. It is set in {place}") from error


def _read_settings(found: Environment) -> Settings:
    variables = found.values
    at = variables.get(OVERNIGHT_VARIABLE, "").strip()
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
        media_url=read_media_url(variables.get("TOWER_MEDIA_URL", "")),
        media_cache_bytes=_read_bytes(variables, "TOWER_MEDIA_CACHE_BYTES", Settings.media_cache_bytes),
        media_presign_s=_read_presign_s(variables),
        object_store_options={name.lower(): variables[name] for name in CLOUD_VARIABLES if variables.get(name)},
        services={
            name: _read_service_url(variable, variables[variable], allows_several=name == "comfyui")
            for name, variable in SERVICE_URL_VARIABLES.items()
            if variables.get(variable, "").strip(" ,")
        },
        auth_token=variables.get(COMMON_TOKEN_VARIABLE, "").strip(),
        service_tokens={
            name: token for name, variable in TOKEN_VARIABLES.items() if (token := variables.get(variable, "").strip())
        },
        ollama_model=variables.get("OLLAMA_MODEL", ""),
        ollama_vision_model=variables.get("OLLAMA_VISION_MODEL", ""),
        ollama_embed_model=variables.get("OLLAMA_EMBED_MODEL", ""),
        audio_root=Path(variables["TOWER_AUDIO_ROOT"]).expanduser().absolute()
        if variables.get("TOWER_AUDIO_ROOT")
        else None,
        stall_s=_read_seconds(variables, "TOWER_STALL_S", 600.0),
        away_s=_read_seconds(variables, "TOWER_AWAY_S", 120.0),
        routing_strategy=_read_routing_strategy(variables),
        routing_blocked=tuple(
            filter(None, (name.strip() for name in variables.get("TOWER_ROUTING_BLOCKED", "").split(",")))
        ),
        overnight_time=" ".join(_read_time(at, variables)) if at else "",
        user=_read_user(variables.get(USER_VARIABLE, "")),
        overnight_gpu_s=_read_gpu_budget(variables),
        notify=tuple(variables.get("TOWER_NOTIFY", "").split()),
        web_port=_read_port(variables, "TOWER_WEB_PORT", 3000),
        public_url=_read_public_url(variables.get("TOWER_PUBLIC_URL", "")),
        bind=_read_bind(variables.get("TOWER_BIND", "")),
        proxy_header=_read_proxy_header(variables.get("TOWER_TRUSTED_PROXY_HEADER", "")),
        trusted_proxies=_read_networks(variables.get("TOWER_TRUSTED_PROXIES", "")),
        proxy_scope=_read_scope(variables.get("TOWER_TRUSTED_PROXY_SCOPE", "")),
        farm=_read_farm(variables),
        broker_url=_read_broker_url(variables.get("TOWER_BROKER_URL", "")),
        is_one_machine=_read_flag(variables, "TOWER_ONE_MACHINE"),
        lost_s=_read_seconds(variables, "TOWER_LOST_S", 30.0),
        run_slots=_read_count(variables, "TOWER_RUN_SLOTS", 4),
        run_image=variables.get("TOWER_RUN_IMAGE", "").strip(),
        worker=variables.get(WORKER_VARIABLE, "").strip(),
        env_file=found.env_file,
        warnings=found.warnings,
    )
