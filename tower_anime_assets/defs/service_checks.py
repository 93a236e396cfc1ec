"""A check per kind of service: whether its servers answer and have what the shows need.

The set of checks is fixed; a service that is not configured passes and says so. The checks do not block: a server that
is down stops only the takes that need it, with a reason of its own.
"""

from typing import Any

import dagster as dg

from tower_anime_assets.defs.assets.reports import workflow_profiles
from tower_anime_assets.defs.failures import as_failure
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, split_urls
from tower_anime_assets.stages import doctor
from tower_anime_assets.stages.studio import Studio


def service_checks() -> list[dg.AssetChecksDefinition]:
    """Return a check on `workflow_profiles` for each kind of service."""
    return [_service_check(service, variable) for service, variable in SERVICE_URL_VARIABLES.items()]


def _service_check(service: str, variable: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=workflow_profiles,
        name=f"{service}_is_ready",
        description=f"Every {service} server in {variable} answers and has the models and nodes that the shows need.",
    )
    def check(_context: dg.AssetCheckExecutionContext, studio: dg.ResourceParam[Studio]) -> dg.AssetCheckResult:
        addresses = split_urls(studio.settings.services.get(service, ""))
        with as_failure():
            results = [
                result for address in addresses for result in doctor.check_service(studio.settings, service, address)
            ]
        failed = [result for result in results if not result.ok]
        rows = [
            dg.TableRecord({"what": one.subject, "ok": one.ok, "says": one.message, "remedy": one.remedy})
            for one in results
        ]
        metadata: dict[str, Any] = {"servers": len(addresses)}
        if rows:
            metadata["checks"] = dg.MetadataValue.table(rows)
        return dg.AssetCheckResult(
            passed=not failed,
            description="; ".join(f"{one.subject}: {one.message}" for one in failed or results)
            or f"{variable} is not set; the embedded engine is used",
            metadata=metadata | ({"what_to_do": failed[0].remedy} if failed else {}),
        )

    return check
