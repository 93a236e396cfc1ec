"""The API does what its document says: requests are made up from the document, and every answer is held to it.

Each operation gets some that fit and some that do not, from a fixed seed, on a studio of its own. Half of those that
fit are about things that exist.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.run_launching import RunStatus
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets.web.api.app import build_api
from tower_anime_assets_tests.fakes.run_launcher import FakeRuns, run_id
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import HOST, client_of

SEED = 1016
CASES = 6
CASES_OF_WORK = 2
"""Of operations that paint or plan for as long as an answer takes."""

WORK = frozenset({"generate_take", "process_batch"})
ENDLESS = frozenset[str]()
"""Operations whose answers do not end."""

KEYS = {
    "session_id": "schema",
    "project": "small",
    "key": "small-e01",
    "episode": "small-e01",
    "run_id": run_id(1),
    "job_id": run_id(1),
    "file": "characters/luna.yaml",
}
"""Things that exist, by what paths and bodies call them; of shots, `key` is a shot's."""
SHOT = "small-e01-sc01-sh0010"

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

_nowhere = Studio(Settings(projects=Path("projects"), home=Path("home")), Database(""))
DOCUMENT: dict[str, Any] = build_api(_nowhere).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS: dict[str, Any] = {}
for found in SCHEMA.get_all_operations():
    assert isinstance(found, Ok), found
    OPERATIONS[found.ok().definition.raw["operationId"]] = found.ok()
load_all_checks()


@pytest.fixture(scope="module")
def client(made_episode: MadeEpisode) -> TestClient:
    runs = FakeRuns()
    runs.add(RunStatus.FAILED)
    return client_of(made_episode.studio, runs=runs)


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - ENDLESS))
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_every_answer_is_one_that_the_document_has(client: TestClient, name: str, mode: GenerationMode) -> None:
    operation = OPERATIONS[name]
    drawn = random.Random(SEED)

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=CASES_OF_WORK if name in WORK else CASES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold_to_document(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE and drawn.random() < 0.5:
            _point_at_known_things(case)
        arguments = case.as_transport_kwargs(base_url=f"http://{HOST}")
        response = client.request(**_for_httpx(arguments))
        checks: list[Any] = list(CHECKS.get_by_names(list(CHECKED)))
        if response.status_code == 503:  # a service that is not there, told as a problem
            checks = [check for check in checks if check.__name__ != "not_a_server_error"]
        case.validate_response(response, checks=checks)

    try:
        hold_to_document()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with a request that has no parts
    except FailureGroup as group:
        raise AssertionError("\n\n".join(str(one) for one in group.exceptions)) from None


def _point_at_known_things(case: Case[Any]) -> None:
    known = KEYS | {"shot": SHOT} | ({"key": SHOT} if "/shots/" in case.path else {})
    case.path_parameters = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
    if isinstance(case.body, dict):
        case.body = {**case.body, **{name: KEYS[name] for name in case.body.keys() & KEYS.keys()}}
        if "characters" in case.body:
            case.body["characters"] = ["akira"]


def _for_httpx(arguments: dict[str, Any]) -> dict[str, Any]:
    known = {"method", "url", "headers", "params", "json", "cookies", "content", "data", "files"}
    chosen = {name: value for name, value in arguments.items() if name in known and value is not None}
    data = chosen.pop("data", None)
    if data is not None:
        chosen["content" if isinstance(data, bytes | str) else "data"] = data
    chosen.pop("cookies", None)
    return chosen
