"""Our errors as Dagster failures, retried only if they are transient."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from tower_anime_assets.errors import (
    EXIT_BUG,
    EXIT_GATE,
    ServiceError,
    StoryError,
    TowerError,
    list_some,
    recorded_name,
)
from tower_anime_assets.safe_text import clean_chain
from tower_anime_assets.settings import from_environment, hide_secrets
from tower_anime_assets.store.failure_causes import explain_failure

SERVICE_RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For infrastructure only; a stage retries takes that its gates reject itself."""


@contextmanager
def as_failure() -> Iterator[None]:
    """Turn any error into a `Failure` that says what to do, retried only if the error is transient."""
    try:
        yield
    except TowerError as error:
        raise _failure_of(error) from clean_chain(error, hide_secrets)
    except dg.Failure:
        raise
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
        # With a retry policy, Dagster would retry a step that ends with the interrupt itself.
        message = "stopped; finished work is kept, and the next run goes on from there"
        raise dg.Failure(message, metadata={"exit_code": EXIT_GATE}, allow_retries=False) from error
    except Exception as error:  # noqa: BLE001 - raised again, with its texts cleaned
        # The environment is read only if need be: that may open a file, and there may be none to open.
        known = explain_failure(error) or explain_failure(error, home=from_environment().home)
        if known is not None:
            raise _failure_of(known) from clean_chain(error, hide_secrets)
        message = (
            f"{type(error).__name__}: {hide_secrets(str(error))}. This is a bug: please report it with the trace below."
        )
        raise dg.Failure(
            message, metadata={"error": type(error).__name__, "exit_code": EXIT_BUG}, allow_retries=False
        ) from clean_chain(error, hide_secrets)


def _failure_of(error: TowerError) -> dg.Failure:
    notes = "\n".join(getattr(error, "__notes__", ()))
    metadata: dict[str, Any] = {
        "error": dg.MetadataValue.text(recorded_name(error)),
        "exit_code": dg.MetadataValue.int(error.exit_code),
    }
    if isinstance(error, StoryError):
        metadata["faults"] = dg.MetadataValue.md(
            hide_secrets("\n".join(f"- {line}" for line in list_some(error.faults)))
        )
    if isinstance(error, ServiceError):
        metadata["try_again"] = dg.MetadataValue.bool(error.transient)
    message = hide_secrets(f"{error}\n{notes}".strip())
    return dg.Failure(message, metadata=metadata, allow_retries=error.transient)
