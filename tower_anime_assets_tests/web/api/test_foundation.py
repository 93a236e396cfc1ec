"""What every route of the API has in common: who asks, scopes, problems, keys, versions and pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from tower_anime_assets.errors import ConflictError, Fault, ServiceUnavailableError, StoryError, UnknownKeyError
from tower_anime_assets.settings import Scope
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.idempotent_requests import begin_request
from tower_anime_assets.web.access import CALLER_KEY, Caller
from tower_anime_assets.web.api import app as api_app
from tower_anime_assets.web.api.context import DIRECTS, CallerDep
from tower_anime_assets.web.api.paging import page_of
from tower_anime_assets.web.api.versions import SeenDep, etag_of
from tower_anime_assets_tests.web.api.conftest import client_of

counter = itertools.count(1)
router = APIRouter()


class Answer(BaseModel):
    count: int
    who: str
    seen: str | None


@router.post("/tests/count", dependencies=[DIRECTS])
def count_up(caller: CallerDep, seen: SeenDep) -> Answer:
    return Answer(count=next(counter), who=caller.name, seen=seen)


@router.post("/tests/fail/{kind}", dependencies=[DIRECTS])
def fail(kind: str) -> Answer:
    next(counter)
    raise {
        "unknown": UnknownKeyError("nothing has the key x. Did you mean y?"),
        "conflict": ConflictError("Ben has decided about it since. Look again", "v2"),
        "service": ServiceUnavailableError("ComfyUI at http://127.0.0.1:8188 does not answer. Start it"),
        "story": StoryError([Fault("e01.fountain", 7, "no scene", "a heading", "Write INT. PLACE - DAY")]),
        "bug": ZeroDivisionError("with postgresql://ann:s3cret@db/tower"),
        "memory": MemoryError(),
    }[kind]


@pytest.fixture(scope="module")
def studio_client(studio: Studio) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "ROUTERS", (*api_app.ROUTERS, router))
        yield client_of(studio)


def test_a_caller_is_told_who_they_are(studio: Studio) -> None:
    assert client_of(studio, "Ben", Scope.READ).get("/api/me").json() == {"name": "Ben", "scope": "read"}


def test_the_document_and_its_page_come_from_here(studio: Studio) -> None:
    client = client_of(studio)
    assert "/api/me" in client.get("/api/openapi.json").json()["paths"]
    page = client.get("/api/docs")
    for address in ("/api/docs/swagger-ui-bundle.js", "/api/docs/swagger-ui.css", "/api/docs/start.js"):
        assert address in page.text
        assert client.get(address).status_code == 200
    assert "://" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]


def test_who_may_only_read_changes_nothing(studio: Studio) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "ROUTERS", (router,))
        answer = client_of(studio, scope=Scope.READ).post("/api/tests/count")
    assert answer.status_code == 403
    assert "tower token add NAME --scope direct" in answer.json()["remedy"]


def test_a_route_that_changes_something_must_say_which_scope_it_needs(studio: Studio) -> None:
    bare = APIRouter()
    bare.add_api_route("/tests/bare", lambda: None, methods=["POST"], name="bare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "ROUTERS", (bare,))
        with pytest.raises(LookupError, match="bare changes something"):
            api_app.build_api(studio)


@pytest.mark.parametrize(
    ("kind", "status", "exit_code", "words"),
    [
        ("unknown", 404, 2, "nothing has the key x"),
        ("conflict", 412, 2, "Ben has decided"),
        ("service", 503, 3, "does not answer"),
        ("story", 422, 2, "e01.fountain:7"),
        ("bug", 500, 4, "This is a bug"),
        ("memory", 503, 3, "memory"),
    ],
)
def test_each_kind_of_error_is_a_problem_with_its_exit_code(
    studio_client: TestClient, kind: str, status: int, exit_code: int, words: str
) -> None:
    answer = studio_client.post(f"/api/tests/fail/{kind}")
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["exit_code"]) == (status, status, exit_code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in problem["detail"]
    assert "s3cret" not in answer.text


def test_what_to_do_is_said_apart(studio_client: TestClient) -> None:
    assert studio_client.post("/api/tests/fail/service").json()["remedy"] == "Start it"
    assert studio_client.post("/api/tests/fail/story").json()["faults"] == [
        {"where": "e01.fountain:7", "problem": "no scene; expected a heading", "remedy": "Write INT. PLACE - DAY"}
    ]


def test_of_a_stale_version_the_answer_has_the_one_of_now(studio_client: TestClient) -> None:
    assert studio_client.post("/api/tests/fail/conflict").headers["etag"] == '"v2"'


@pytest.mark.parametrize(("sent", "seen"), [(None, None), ("*", None), (etag_of(""), ""), ('"abc"', "abc")])
def test_if_match_is_what_the_caller_saw(studio_client: TestClient, sent: str | None, seen: str | None) -> None:
    headers = {"If-Match": sent} if sent else {}
    assert studio_client.post("/api/tests/count", headers=headers).json()["seen"] == seen


def test_an_if_match_that_is_no_etag_is_refused(studio_client: TestClient) -> None:
    assert studio_client.post("/api/tests/count", headers={"If-Match": "abc"}).status_code == 422


def test_a_repeated_request_is_carried_out_once(studio_client: TestClient) -> None:
    headers = {"Idempotency-Key": "one"}
    first = studio_client.post("/api/tests/count", headers=headers)
    again = studio_client.post("/api/tests/count", headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert studio_client.post("/api/tests/count", headers={"Idempotency-Key": "two"}).json() != first.json()


def test_a_key_is_its_callers_own_and_for_one_request(studio: Studio, studio_client: TestClient) -> None:
    headers = {"Idempotency-Key": "mine"}
    first = studio_client.post("/api/tests/count", headers=headers)
    other = studio_client.post("/api/tests/count", headers={**headers, "If-Match": '"v"'})
    assert (other.status_code, other.json()["exit_code"]) == (422, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_app, "ROUTERS", (router,))
        ben = client_of(studio, "Ben").post("/api/tests/count", headers=headers).json()
    assert ben["who"] == "Ben"
    assert ben["count"] != first.json()["count"]


def test_what_failed_here_may_be_sent_again_and_what_was_refused_is_refused_again(studio_client: TestClient) -> None:
    for kind, is_replayed in (("service", False), ("unknown", True)):
        before = next(counter)
        answers = [
            studio_client.post(f"/api/tests/fail/{kind}", headers={"Idempotency-Key": f"try {kind}"}) for _ in range(2)
        ]
        assert answers[0].status_code == answers[1].status_code
        assert next(counter) - before == (2 if is_replayed else 3)


def test_a_request_whose_server_ended_is_not_taken_for_done(studio: Studio, studio_client: TestClient) -> None:
    from tower_anime_assets.web.api.idempotency import _digest

    scope = {"path": "/api/tests/count", "query_string": b"", "headers": []}
    begin_request(studio.database, "Mei", "cut off", _digest(scope, b""), "00000000-0000-4000-8000-000000000000")
    answer = studio_client.post("/api/tests/count", headers={"Idempotency-Key": "cut off"})
    assert answer.status_code == 409
    assert "whether it took effect is not known" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\u0080"])
def test_a_key_that_cannot_be_one_is_refused(studio_client: TestClient, key: str) -> None:
    answer = studio_client.post("/api/tests/count", headers=[("Idempotency-Key", key.encode("latin-1"))])  # type: ignore[arg-type]
    assert answer.status_code == 422


def test_pages_together_are_the_list() -> None:
    names = [f"{number:03}" for number in range(25)]
    after, seen = "", list[str]()
    while True:
        page = page_of(names[::-1], str, str.upper, 10, after)
        seen += page.items
        if page.next is None:
            break
        after = page.next
    assert seen == names


def test_without_the_guard_nobody_is_served(studio: Studio) -> None:
    app: FastAPI = api_app.build_api(studio)
    with pytest.raises(LookupError, match="no guard"):
        TestClient(app).get("/api/me")


def test_a_caller_is_found_where_the_guard_puts_it(studio: Studio) -> None:
    app = api_app.build_api(studio)

    async def guarded(scope, receive, send):  # type: ignore[no-untyped-def]
        scope.setdefault("state", {})[CALLER_KEY] = Caller("Kim", Scope.DIRECT, has_cookie=True)
        await app(scope, receive, send)

    assert TestClient(guarded).get("/api/me").json()["name"] == "Kim"
