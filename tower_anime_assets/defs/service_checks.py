"""A check per configured server: whether it answers, and has what the shows want of it, as `tower doctor` says it.

Not blocking: a server that is away stops the takes that need it, with a reason of its own, and nothing else.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import dagster as dg

from tower_anime_assets.defs.assets.workflows import workflow_profiles
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.errors import PlanError
from tower_anime_assets.settings import Settings, from_environment, split_urls
from tower_anime_assets.stages import doctor
from tower_anime_assets.stages.studio import Studio


def configured_checks() -> list[dg.AssetChecksDefinition]:
    """Return the checks of the servers in the environment; none where it cannot be read, which every run then says."""
    try:
        return server_checks(from_environment())
    except PlanError:
        return []


def server_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """Return a check on `workflow_profiles` for each server that is configured."""
    named: dict[str, tuple[str, str]] = {}
    for service, address in _servers(settings):
        name = wanted = _name(service, address)
        at = 1
        while name in named:
            at += 1
            name = f"{wanted}_{at}"
        named[name] = (service, address)
    return [_check(name, *server) for name, server in named.items()]


def _servers(settings: Settings) -> Iterator[tuple[str, str]]:
    for service, value in settings.services.items():
        for address in split_urls(value):
            yield service, address


def _name(service: str, address: str) -> str:
    """Return a name as Dagster wants it, without what the address may hold of a password."""
    parts = urlsplit(address)
    return re.sub(r"\W+", "_", f"{service}_{parts.hostname}_{parts.port or parts.scheme}")


def _check(name: str, service: str, address: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=workflow_profiles,
        name=name,
        description=f"This {service} server answers, and has what the shows that it serves want of it.",
    )
    def looked_at(_context: dg.AssetCheckExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.AssetCheckResult:
        with as_failure():
            found = doctor.check_service(studio.settings, service, address)
        wrong = [one for one in found if not one.ok]
        rows = [
            dg.TableRecord({"what": one.what, "ok": one.ok, "says": one.says, "to do": one.remedy}) for one in found
        ]
        return dg.AssetCheckResult(
            passed=not wrong,
            description="; ".join(f"{one.what}: {one.says}" for one in wrong or found),
            metadata={"looked at": dg.MetadataValue.table(rows)} | ({"what_to_do": wrong[0].remedy} if wrong else {}),
        )

    return looked_at
