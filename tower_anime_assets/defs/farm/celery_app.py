"""The Celery application of launcher and workers. A message holds nothing but a run's id: the record is the truth.

Celery keeps no results, acknowledges early and fetches nothing ahead: what became of a run is told by its lock and by
the record, and a run whose message is lost is sent again from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from celery import Celery

MAKE_RUN: Final = "tower.make_run"
"""The one task."""

CONFIGURATION: Final[Mapping[str, Any]] = {
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": False,
    "task_acks_late": False,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_create_missing_queues": True,
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_max_tasks_per_child": 50,
    "worker_redirect_stdouts": False,
    "worker_proc_alive_timeout": 120.0,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 4.0,
    "broker_transport_options": {"socket_keepalive": True, "socket_connect_timeout": 4.0, "health_check_interval": 15},
}


def build_app(broker_url: str) -> Celery:
    """Return the application; connects to nothing."""
    app = Celery("tower", broker=broker_url, set_as_current=False)
    app.conf.update(CONFIGURATION)
    return app


def send_run(app: Celery, run_id: str, queue: str) -> None:
    """Send a run to the workers of a queue.

    Raises:
        Exception: The broker does not answer; kombu's errors have no base of their own.
    """
    retry = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
    app.send_task(MAKE_RUN, args=[run_id], queue=queue, ignore_result=True, retry_policy=retry)
