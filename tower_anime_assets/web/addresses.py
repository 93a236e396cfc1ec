"""Under which names and origins browsers may reach the web process."""

from __future__ import annotations

from urllib.parse import urlsplit

from tower_anime_assets.settings import Settings

LOOPBACK_NAMES = ("127.0.0.1", "localhost")

_DEFAULT_PORTS = {"http": 80, "https": 443}


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the values of `Host` that are ours, in lower case: loopback's, our address's, `TOWER_PUBLIC_URL`'s.

    A proxy may pass on its name with or without the port.
    """
    hosts = {f"{name}:{settings.web_port}" for name in LOOPBACK_NAMES} | {urlsplit(settings.local_url).netloc}
    return frozenset(hosts) | public_hosts(settings)


def public_hosts(settings: Settings) -> frozenset[str]:
    """Return the values of `Host` that are those of `TOWER_PUBLIC_URL`, in lower case."""
    if not settings.public_url:
        return frozenset()
    _scheme, name, port = _parts(settings.public_url)
    return frozenset({name, f"{name}:{port}"})


def allowed_origins(settings: Settings) -> frozenset[str]:
    """Return the values of `Origin` that are ours, as browsers write them."""
    origins = {f"http://{name}:{settings.web_port}" for name in LOOPBACK_NAMES} | {settings.local_url}
    if settings.public_url:
        scheme, name, port = _parts(settings.public_url)
        origins.add(f"{scheme}://{name}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{name}:{port}")
    return frozenset(origins)


def _parts(url: str) -> tuple[str, str, int]:
    """Return scheme, host name and port; the name as browsers send it: in lower case, ASCII, IPv6 in brackets."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    name = f"[{name}]" if ":" in name else name.encode("idna").decode()
    return parts.scheme, name, parts.port or _DEFAULT_PORTS[parts.scheme]
