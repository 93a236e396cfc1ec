"""The lease of a server for one attempt: one that has all that the workflow needs, with the model files taken there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.engines.remote.comfyui.fleet import Fleet
from tower_anime_assets.engines.remote.comfyui.preflight import Preflight
from tower_anime_assets.engines.remote.comfyui.request import TAKEN_MODELS, lora_uses, model_note, taken_models
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.attempt import NO_CLAIMANT, Claimant, Lease, ReportWait
from tower_anime_assets.workflows.workflow import Workflow

BuildGraph = Callable[[Mapping[str, Any]], tuple[dict[str, Any], dict[str, Any]]]
"""Returns the template and the changes in it for an attempt's parameters."""


@dataclass(frozen=True)
class ServerSearch:
    """Which server an attempt may have.

    Attributes:
        server: The only one that will do, because an earlier job was or is there; "" for any.
        is_stopped: Whether the run was stopped; asked while waiting.
        avoided: Servers that will not do.
        report_wait: Receives what is waited for, until the lease ends.
        claimant: On whose behalf.
    """

    server: str
    is_stopped: Callable[[], bool]
    avoided: frozenset[str]
    report_wait: ReportWait
    claimant: Claimant = NO_CLAIMANT


@contextmanager
def lease_server(
    fleet: Fleet,
    preflight: Preflight,
    workflow: Workflow,
    parameters: Mapping[str, Any],
    build: BuildGraph,
    search: ServerSearch,
) -> Iterator[Lease]:
    """Hold a server for one attempt; see `RemoteEngine.lease`.

    A server that lacks something is passed over for one that has it. A server named by an earlier run is not checked
    again: its job may be finished already.
    """
    build(parameters)  # what cannot be filled in is refused before waiting
    refusals: dict[str, ServiceRejectedError] = {}
    while True:
        avoided = search.avoided | refusals.keys()
        with fleet.hold(
            search.server,
            search.is_stopped,
            avoided,
            search.report_wait,
            medium=workflow.medium,
            claimant=search.claimant,
        ) as hold:
            try:
                decided = {} if search.server else _choose_models(preflight, workflow, hold.client, parameters)
            except ServiceRejectedError as error:
                refusals[hold.client.url] = error
                if set(fleet.servers) <= search.avoided | refusals.keys():
                    raise _joined(refusals) from error
                continue
            template, changes = build({**parameters, **decided})
            yield Lease(hold.client.url, workflow.name, template, changes, hold.release, decided, model_note(decided))
            return


def _choose_models(
    preflight: Preflight, workflow: Workflow, client: ComfyUIClient, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters that a server decides: which model files are taken there.

    Raises:
        ServiceRejectedError: The server lacks something; everything that is missing is named.
    """
    choices = preflight.require_runnable(client, workflow, lora_uses(parameters), parameters["models"])
    taken = taken_models(choices)
    # An attempt that is made again has those of the server that it was made at before.
    return {TAKEN_MODELS: taken} if taken or TAKEN_MODELS in parameters else {}


def _joined(refusals: Mapping[str, ServiceRejectedError]) -> ServiceRejectedError:
    """Return why no server can run a workflow, as one error."""
    return ServiceRejectedError("\n".join(map(str, refusals.values())))
