"""Whether other machines can reach the web server, and what there has to be before they may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from tower_anime_assets.errors import PlanError, StoryWarning
from tower_anime_assets.settings import Settings
from tower_anime_assets.store.access_tokens import AccessToken

SOON = timedelta(days=14)
"""From when on it is told that a token expires."""

_TLS = "Put TLS before it in either case: docs/access.md shows how, with Caddy and with nginx"


def refuse_unprotected(settings: Settings, tokens: Sequence[AccessToken]) -> None:
    """Refuse to serve other machines before there is a way to tell people apart.

    Raises:
        PlanError: Nobody could sign in, or no browser elsewhere could know the address.
    """
    if not settings.is_exposed:
        return
    how = (
        f"TOWER_BIND is {settings.bind}, which other machines can reach"
        if not settings.binds_loopback
        else f"TOWER_PUBLIC_URL is {settings.public_url}, by which other machines reach Tower"
    )
    if not settings.proxy_header and not any(token.state == "valid" for token in tokens):
        nobody = "every token has expired or was revoked" if tokens else "nobody has a token"
        raise PlanError(
            f"{how}, and {nobody}. Make one: tower token add YOUR-NAME --scope spend. Or have a proxy sign people in, "
            f"and name the header in which it sends their names in TOWER_TRUSTED_PROXY_HEADER. {_TLS}"
        )
    if ip_address(settings.bind).is_unspecified and not settings.public_url:
        raise PlanError(
            f"{how}, under whatever name; Tower answers only under names that it knows. Set TOWER_PUBLIC_URL to the "
            "address that people will open, such as https://tower.example"
        )


def describe_exposure(settings: Settings, tokens: Sequence[AccessToken]) -> str:
    """Return where the web server listens and who may use it, in a sentence for a person."""
    unrevoked = [token for token in tokens if token.state != "revoked"]
    place = f"{settings.bind}:{settings.web_port}" + (f", {settings.public_url}" if settings.public_url else "")
    people = [_describe_token(token) for token in unrevoked]
    if settings.proxy_header:
        people.append(f"whoever a proxy names in {settings.proxy_header} ({settings.proxy_scope})")
    if not people:
        people = ["nobody" if settings.is_exposed else "everybody on this machine, since there is no token"]
    return f"{place}: {'; '.join(people)}"


def exposure_warnings(settings: Settings, tokens: Sequence[AccessToken]) -> tuple[StoryWarning, ...]:
    """Return what of it somebody should do something about."""
    warnings = [
        StoryWarning(
            "tokens", 0, f"the token of {token.name}", f"it expires on {token.expires_at:%Y-%m-%d}",
            f"Then: tower token add {token.name!r} --scope {token.scope}.",
        )
        for token in tokens
        if token.state == "valid" and token.expires_at is not None and token.expires_at - datetime.now(UTC) < SOON
    ]  # fmt: skip
    if settings.is_exposed and not settings.public_url.startswith("https://"):
        warnings.append(
            StoryWarning(
                "TOWER_BIND", 0, "tokens and cookies go over plain http", "whoever is on the way can read them",
                "Put TLS before it, as docs/access.md shows, and set TOWER_PUBLIC_URL to the https address.",
            )
        )  # fmt: skip
    return tuple(warnings)


def _describe_token(token: AccessToken) -> str:
    if token.state == "expired":
        return f"{token.name} (expired)"
    until = f" until {token.expires_at:%Y-%m-%d}" if token.expires_at else ""
    return f"{token.name} ({token.scope}{until})"
