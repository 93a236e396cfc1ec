"""Dagster's instance, by how runs reach other machines: the one `dagster.yaml`, and what a farm has otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tower_anime_assets.settings import CELERY, KUBERNETES, Settings, resource_root

NEVER_S = 10 * 365 * 86_400
"""Dagster's limit of how long a run may take to start, where waiting for a worker or a pod is no failure: none."""

CANCEL_S = 900
"""How long a run that was terminated may finish the takes in progress before Dagster takes it for canceled."""

_FARM = "tower_anime_assets.defs.farm"


def instance_file(settings: Settings) -> bytes:
    """Return the content of Dagster's `dagster.yaml`; without a farm, that of the checkout as it is."""
    text = (resource_root() / "dagster.yaml").read_bytes()
    if not settings.farm:
        return text
    merged = _merge(yaml.safe_load(text), _profile(settings))
    # What follows workers and cards may not stand here: Dagster reads this once, and it would win.
    del merged["concurrency"]["runs"]
    head = f"# Written by Tower from dagster.yaml for TOWER_FARM={settings.farm}; changes here are lost.\n"
    return head.encode() + yaml.safe_dump(merged, sort_keys=False, allow_unicode=True).encode()


def _profile(settings: Settings) -> Mapping[str, Any]:
    url = {"env": "TOWER_DAGSTER_DATABASE_URL"}
    return {
        "storage": {
            "custom": {
                "module": f"{_FARM}.verdict_storage",
                "class": "FinalVerdictStorage",
                "config": {"postgres_url": url},
            }
        },
        "run_coordinator": {"module": f"{_FARM}.coordinator", "class": "FarmRunCoordinator"},
        "run_launcher": {CELERY: _celery_launcher, KUBERNETES: _kubernetes_launcher}[settings.farm](),
        "run_monitoring": {
            "start_timeout_seconds": NEVER_S,
            "cancel_timeout_seconds": CANCEL_S,
            "poll_interval_seconds": max(2, min(15, int(settings.lost_s / 2))),
            "free_slots_after_run_end_seconds": max(5, int(settings.lost_s)),
        },
        # Only runs that are tagged for it: those whose worker was lost, not those that failed by themselves.
        "run_retries": {"enabled": True, "max_retries": 0, "retry_on_asset_or_op_failure": False},
    }


def _celery_launcher() -> Mapping[str, Any]:
    return {
        "module": f"{_FARM}.celery_launcher",
        "class": "TowerCeleryRunLauncher",
        "config": {"broker": {"env": "TOWER_BROKER_URL"}},
    }


def _kubernetes_launcher() -> Mapping[str, Any]:
    """Return the launcher of pods; what a pod is given comes from objects that the Helm chart names like this."""
    return {
        "module": f"{_FARM}.kubernetes_launcher",
        "class": "TowerK8sRunLauncher",
        "config": {
            "job_image": {"env": "TOWER_RUN_IMAGE"},
            "service_account_name": "tower",
            "instance_config_map": "tower-instance",
            "dagster_home": "/opt/tower/dagster",
            "env_config_maps": ["tower-settings"],
            "env_secrets": ["tower-secrets"],
            "env_vars": ["TOWER_WORKER=kubernetes"],
            "fail_pod_on_run_failure": True,
        },
    }


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another's values in place of its own; a class and its configuration replace as one."""
    merged = dict(base)
    for key, value in over.items():
        own = merged.get(key)
        is_plain = isinstance(own, Mapping) and isinstance(value, Mapping) and not {"module", "custom"} & {*value}
        merged[key] = _merge(own, value) if is_plain and isinstance(own, Mapping) else value
    return merged
