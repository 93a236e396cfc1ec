"""The variables that there are, and an environment with an env file below it; what they mean is in `settings`."""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tower_anime_assets import safe_text
from tower_anime_assets.errors import PlanError

if TYPE_CHECKING:
    from dotenv.parser import Binding  # 0.1 s, so it is loaded where there is an env file

ENV_FILE_VARIABLE = "TOWER_ENV_FILE"
NOTIFY_VARIABLE = "TOWER_NOTIFY"
ENVIRONMENT = "environment"
MAX_FILE_BYTES = 1_000_000

PLAIN, SECRET, URL = "plain", "secret", "url"
"""How a value is shown: as it is, not at all, or without the password in it."""


@dataclass(frozen=True)
class Variable:
    """A variable of the environment.

    Attributes:
        purpose: What it is for, in a few words.
        attribute: The attribute of `Settings` that holds its value, "" where there is none of its own.
        shown: `PLAIN`, `SECRET` or `URL`.
    """

    name: str
    purpose: str
    attribute: str = ""
    shown: str = PLAIN

    @property
    def may_hold_secret(self) -> bool:
        """Whether its value is a secret, or an address that may hold one."""
        return self.shown != PLAIN or self.name.endswith("_URL")

    def show(self, value: str) -> str:
        """Return a value of it as anybody may see it."""
        if not value or self.shown == PLAIN:
            return value
        return _without_password(value) if self.shown == URL else HIDDEN


HIDDEN = "(set, hidden)"

# No "@" may stand after the one that ends the password: nothing of a password that holds marks of URLs is shown.
_PLAIN_DATABASE_URL = re.compile(
    r"(?P<before>postgres(?:ql)?://(?:[\w.%-]*:?(?=[^@/?#]*@))?)(?P<password>(?<=:)[^@/?#]+(?=@))?"
    r"(?P<after>@?[\w.,:\[\]-]*(?:/[\w.%-]*)?"
    r"(?:\?(?:(?:host|port|dbname|sslmode|connect_timeout|application_name)=[\w.,:/%-]*&?)*)?)"
)

_CLOUD_VARIABLES: Sequence[Variable] = (
    Variable("AWS_ACCESS_KEY_ID", "key of an S3 store, by which its owner is known", shown=SECRET),
    Variable("AWS_SECRET_ACCESS_KEY", "secret of an S3 store", shown=SECRET),
    Variable("AWS_SESSION_TOKEN", "token that goes with a temporary key of an S3 store", shown=SECRET),
    Variable("AWS_REGION", "region of an S3 store"),
    Variable("AWS_ENDPOINT_URL", "address of an S3 store that is not Amazon's"),
    Variable("GOOGLE_APPLICATION_CREDENTIALS", "file of a Google account"),
    Variable("GOOGLE_SERVICE_ACCOUNT_KEY", "key of a Google account, JSON", shown=SECRET),
    Variable("AZURE_STORAGE_ACCOUNT_NAME", "Azure storage account"),
    Variable("AZURE_STORAGE_ACCOUNT_KEY", "key of an Azure storage account", shown=SECRET),
    Variable("AZURE_STORAGE_SAS_KEY", "shared access signature of an Azure container", shown=SECRET),
    Variable("AZURE_CLIENT_SECRET", "secret of an Azure application", shown=SECRET),
)
"""Variables that object stores are reached by, named as the clouds' own tools have them."""

CLOUD_VARIABLES: Sequence[str] = tuple(one.name for one in _CLOUD_VARIABLES)

VARIABLES: Sequence[Variable] = (
    Variable("TOWER_PROJECTS", "folder of the shows", "projects"),
    Variable("TOWER_HOME", "folder of the state: database, media, finished episodes", "home"),
    Variable("TOWER_DATABASE_URL", "PostgreSQL server; the embedded one if not set", "database_url", URL),
    Variable("TOWER_MEDIA_URL", "where media are: s3://, gs://, az:// or file://", "media_url"),
    Variable("TOWER_MEDIA_CACHE_BYTES", "how much of a bucket is kept here, such as 50GB", "media_cache_bytes"),
    Variable("TOWER_MEDIA_PRESIGN_S", "seconds for which browsers get media from the bucket itself", "media_presign_s"),
    *_CLOUD_VARIABLES,
    Variable(ENV_FILE_VARIABLE, "file of these variables, KEY=VALUE", "env_file"),
    Variable("COMFYUI_URL", "ComfyUI servers, for keyframes and clips"),
    Variable("COMFYUI_TOKEN", "token for ComfyUI", shown=SECRET),
    Variable("ECHO_BRAIN_URL", "Echo Brain, which plans scenes"),
    Variable("ECHO_BRAIN_TOKEN", "token for Echo Brain", shown=SECRET),
    Variable("ECHO_VOICE_URL", "Echo Voice, for voices"),
    Variable("ECHO_VOICE_TOKEN", "token for Echo Voice", shown=SECRET),
    Variable("MUSIC_URL", "music service"),
    Variable("MUSIC_TOKEN", "token for the music service", shown=SECRET),
    Variable("OLLAMA_URL", "Ollama, for language models"),
    Variable("OLLAMA_TOKEN", "token for Ollama", shown=SECRET),
    Variable("TOWER_AUTH_TOKEN", "token for services without one of their own", shown=SECRET),
    Variable("OLLAMA_MODEL", "language model that plans scenes", "ollama_model"),
    Variable("OLLAMA_VISION_MODEL", "model that checks what keyframes show", "ollama_vision_model"),
    Variable("OLLAMA_EMBED_MODEL", "model that searches memory by meaning", "ollama_embed_model"),
    Variable("TOWER_AUDIO_ROOT", "folder shared with the voice and music services", "audio_root"),
    Variable("TOWER_STALL_S", "seconds that a job may make no progress", "stall_s"),
    Variable("TOWER_AWAY_S", "seconds that a run waits for ComfyUI servers none of which answers", "away_s"),
    Variable("TOWER_ROUTING_STRATEGY", "routing strategy of every project", "routing_strategy"),
    Variable("TOWER_ROUTING_BLOCKED", "workflows that are never used", "routing_blocked"),
    Variable("TOWER_OVERNIGHT", "when every episode is brought up to date, HH:MM", "overnight_time"),
    Variable("TOWER_OVERNIGHT_GPU_S", "GPU seconds that a night may take; no limit if not set", "overnight_gpu_s"),
    Variable(NOTIFY_VARIABLE, "who is sent the morning report: addresses as apprise has them", shown=SECRET),
    Variable("TOWER_WEB_PORT", "port of the panel, the API, media and Dagster's web UI", "web_port"),
    Variable("TOWER_BIND", "address that Tower listens on; beyond loopback only with a token or a proxy", "bind"),
    Variable("TOWER_TRUSTED_PROXY_HEADER", "header by which a proxy names who has signed in", "proxy_header"),
    Variable("TOWER_TRUSTED_PROXIES", "addresses and networks of that proxy", "trusted_proxies"),
    Variable("TOWER_TRUSTED_PROXY_SCOPE", "what those whom it names may do: read, direct, spend", "proxy_scope"),
    Variable("TOWER_USER", "who decisions are on record as made by", "user"),
    Variable("TOWER_PUBLIC_URL", "address at which browsers reach them through a proxy or a tunnel", "public_url"),
    Variable("TOWER_FARM", "how runs reach other machines: celery, kubernetes; not at all if not set", "farm"),
    Variable("TOWER_BROKER_URL", "Redis, through which runs reach workers", "broker_url", URL),
    Variable("TOWER_ONE_MACHINE", "1 if all workers are on this machine, so that loopback is the same to all"),
    Variable("TOWER_LOST_S", "seconds after which a run whose machine is not heard of is made again", "lost_s"),
    Variable("TOWER_RUN_SLOTS", "how many runs Kubernetes makes at once", "run_slots"),
    Variable("TOWER_RUN_IMAGE", "container image of a run on Kubernetes", "run_image"),
    Variable("TOWER_WORKER", "set by Tower itself for runs on other machines: which worker makes them", "worker"),
)
"""Every variable, in the order in which `tower config show` lists them."""

VARIABLE_BY_NAME: Mapping[str, Variable] = {one.name: one for one in VARIABLES}

RETIRED_VARIABLES: Mapping[str, str] = {
    "TOWER_MEDIA_PORT": "media are on the port of the panel, TOWER_WEB_PORT",
}
"""Why a variable of an earlier version has no effect any more, by name."""


@dataclass(frozen=True)
class Environment:
    """The variables in force.

    Attributes:
        values: Value by name, of all variables of the process and those that an env file adds.
        sources: Where each of our variables was set: `environment`, or `FILE:LINE`.
        env_file: The env file that was read, None for none.
        warnings: What of the variables is not used as it is written; no value is repeated in them.
    """

    values: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    env_file: Path | None = None
    warnings: tuple[str, ...] = ()


def read_variables(environ: Mapping[str, str]) -> Environment:
    """Return an environment with the file that its `TOWER_ENV_FILE` names below it: what is in both is the former's.

    Raises:
        PlanError: The file cannot be read, or a line of it is not KEY=VALUE.
    """
    sources = {name: ENVIRONMENT for name in VARIABLE_BY_NAME if name in environ}
    retired = [f"{_unknown(name)}; unset it" for name in RETIRED_VARIABLES if environ.get(name)]
    if not environ.get(ENV_FILE_VARIABLE):
        return Environment(environ, sources, warnings=tuple(retired))
    from dotenv.parser import parse_stream

    path = Path(environ[ENV_FILE_VARIABLE]).expanduser().absolute()
    values: dict[str, str] = {}
    warnings = retired
    for binding in parse_stream(io.StringIO(_read_file(path), newline=None)):
        if not binding.original.string.strip() or (binding.key is None and not binding.error):
            continue
        place = f"{path}:{_line_of(binding)}"
        if binding.error or binding.key is None or binding.value is None:
            raise PlanError(f"{place} is not KEY=VALUE. Close its quotes, or start a comment with #")
        variable = VARIABLE_BY_NAME.get(binding.key)
        if variable is None or binding.key == ENV_FILE_VARIABLE:
            warnings.append(f"{place}: {_unknown(binding.key)}")
            continue
        if binding.key in values:
            warnings.append(f"{place}: {binding.key} is set again; the last line counts")
        values[binding.key] = binding.value
        if binding.key not in environ:
            sources[binding.key] = place
    warnings += _exposed_secrets(path, values)
    return Environment({**values, **environ}, sources, path, tuple(warnings))


def secret_values(values: Mapping[str, str]) -> frozenset[str]:
    """Return every secret in an environment, in all its spellings, except those that are too short to be told apart."""
    secrets: set[str] = set()
    for name, variable in VARIABLE_BY_NAME.items():
        value = values.get(name, "").strip()
        if not value or not variable.may_hold_secret:
            continue
        if name == NOTIFY_VARIABLE:
            secrets.update(form for address in value.split() for form in safe_text.secrets_in_address(address))
        elif variable.shown == SECRET:
            secrets |= safe_text.spellings(value)
        else:
            secrets.update(form for url in _urls_of(name, value) for form in safe_text.secrets_in_url(url))
    return safe_text.long_enough(secrets)


def _urls_of(name: str, value: str) -> list[str]:
    # Only ComfyUI has several addresses; a comma elsewhere is part of the URL, perhaps of its password.
    return [part.strip() for part in value.split(",")] if name == "COMFYUI_URL" else [value]


def _read_file(path: Path) -> str:
    remedy = f"Correct {ENV_FILE_VARIABLE}, or unset it"
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise PlanError(f"{ENV_FILE_VARIABLE}: {path} {what}. {remedy}")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise PlanError(f"{ENV_FILE_VARIABLE}: {path} cannot be read: {error.strerror}. {remedy}") from error
    except UnicodeDecodeError:
        # Without a cause: its text repeats bytes of the file, which may be of a token.
        raise PlanError(f"{ENV_FILE_VARIABLE}: {path} is not UTF-8 text. {remedy}") from None
    if len(content) > MAX_FILE_BYTES:
        raise PlanError(f"{ENV_FILE_VARIABLE}: {path} is longer than {MAX_FILE_BYTES:,} bytes. {remedy}")
    if "\0" in text:
        raise PlanError(f"{ENV_FILE_VARIABLE}: {path} holds a null character. {remedy}")
    return text


def _line_of(binding: Binding) -> int:
    """Return the line of a binding; the parser counts from the empty lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _unknown(key: str) -> str:
    if key == ENV_FILE_VARIABLE:
        return f"{key} is not read from a file; set it in the environment"
    if key in RETIRED_VARIABLES:
        return f"{key} has no effect any more: {RETIRED_VARIABLES[key]}"
    near = difflib.get_close_matches(key.upper(), VARIABLE_BY_NAME, n=1, cutoff=0.75)
    hint = f"did you mean {near[0]}?" if near else "`tower config show` lists them"
    return f"{key[:80]} is not a setting, and is ignored; {hint}"


def _exposed_secrets(path: Path, values: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning if others may read a file with secrets."""
    secrets = [
        name
        for name, value in values.items()
        if (one := VARIABLE_BY_NAME[name]).shown != PLAIN and one.show(value) != value
    ]
    if secrets and os.name == "posix" and path.stat().st_mode & 0o044:
        yield f"{path} holds {', '.join(secrets)} and may be read by other users; run: chmod 600 {path}"


def _without_password(url: str) -> str:
    """Return a database's URL with *** for its password; hidden as a whole where another part may hold one."""
    parts = _PLAIN_DATABASE_URL.fullmatch(url)
    if parts is None:
        return HIDDEN
    return f"{parts['before']}{'***' if parts['password'] else ''}{parts['after']}"
