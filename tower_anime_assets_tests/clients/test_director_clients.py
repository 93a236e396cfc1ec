"""The wire to Echo Brain and Ollama: what is refused, what is tried again, what is never believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tower_anime_assets.clients.echo_brain import PLAN_PATH, EchoBrainClient
from tower_anime_assets.clients.ollama import ChatMessage, OllamaClient, chat_body
from tower_anime_assets.engines.remote.director import echo_brain
from tower_anime_assets.engines.remote.director import ollama as ollama_director
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets_tests.fakes.echo_brain import FakeEchoBrain
from tower_anime_assets_tests.fakes.ollama import DIMENSIONS, FakeOllama

SCHEMA = {"type": "object", "properties": {"enhanced_prompt": {"type": "string"}}}
QUESTION = [ChatMessage("user", '{"raw_prompt": "wide shot"}')]


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaClient]:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        yield client


class _Says(BaseHTTPRequestHandler):
    """Answers everything with one body."""

    body = b""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST  # noqa: N815 - the base class's name


@pytest.fixture
def says() -> Iterator[tuple[str, type[_Says]]]:
    class Handler(_Says):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", Handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_healthy_echo_brain_is_healthy_and_an_unhealthy_one_may_recover() -> None:
    with FakeEchoBrain() as fake, closing(EchoBrainClient(fake.url)) as client:
        client.check_health()
        fake.status = "unhealthy"
        with pytest.raises(ServiceUnavailableError, match="unhealthy"):
            client.check_health()
        fake.status = "marvellous"
        with pytest.raises(ServiceRejectedError, match="ECHO_BRAIN_URL"):
            client.check_health()


def test_an_endless_answer_is_none(says: tuple[str, type[_Says]]) -> None:
    url, handler = says
    handler.body = b"x" * 4_000_001
    with (
        closing(EchoBrainClient(url)) as client,
        pytest.raises(ServiceRejectedError, match="more than 4,000,000 bytes"),
    ):
        client.post(PLAN_PATH, {})


def test_nobody_at_the_address_may_come_later() -> None:
    with (
        closing(EchoBrainClient("http://127.0.0.1:9")) as client,
        pytest.raises(ServiceUnavailableError, match="Echo Brain"),
    ):
        client.post(PLAN_PATH, {})


def test_texts_become_vectors_of_one_length_in_order(ollama: OllamaClient) -> None:
    one, other = ollama.embed("vectors", ["Akira", "Luna"])
    assert len(one) == len(other) == DIMENSIONS
    assert one != other
    assert ollama.embed("vectors", ["akira"]) == [one]
    assert ollama.embed("vectors", []) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"embeddings": []}',
        b'{"embeddings": [[1, 2], [3]]}',
        b'{"embeddings": [[1, "2"], [3, 4]]}',
        b'{"embeddings": [[NaN, 1], [2, 3]]}',
        b'{"embeddings": [[true, 1], [2, 3]]}',
        b"[]",
        b"null",
    ],
)
def test_what_is_not_vectors_is_refused(body: bytes, says: tuple[str, type[_Says]]) -> None:
    url, handler = says
    handler.body = body
    with (
        closing(OllamaClient(url)) as client,
        pytest.raises(ServiceRejectedError, match=r"for each text.*OLLAMA_EMBED_MODEL"),
    ):
        client.embed("vectors", ["one", "two"])


@pytest.mark.parametrize("body", [b"{}", b'{"message": "hello"}', b'{"message": {"content": 7}}', b"[1]", b"<html>"])
def test_a_chat_without_a_turn_is_refused(body: bytes, says: tuple[str, type[_Says]]) -> None:
    url, handler = says
    handler.body = body
    with closing(OllamaClient(url)) as client, pytest.raises(ServiceRejectedError, match="OLLAMA_URL"):
        client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1))


def test_models_are_listed_and_known_without_their_tag(ollama: OllamaClient) -> None:
    assert ollama.list_models() == ("tiny:latest", "eye:latest", "vectors:latest")
    assert ollama.has_model("tiny")
    assert ollama.has_model("tiny:latest")
    assert not ollama.has_model("tiny:8b")


def test_memory_is_given_back_unless_it_is_asked_to_be_held() -> None:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=2**40))
        assert fake.chats[0]["options"]["seed"] < 2**31
        assert fake.loaded == set()
        client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1, keep_alive="2m"))
        assert fake.loaded == {"tiny"}
        client.unload("tiny")
        assert fake.loaded == set()


def test_a_crashed_model_may_recover_and_a_missing_one_may_not() -> None:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        fake.script = ["error_500"]
        with pytest.raises(ServiceUnavailableError, match="terminated"):
            client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1))
        with pytest.raises(ServiceRejectedError, match="not found"):
            client.embed("huge", ["one"])


def test_the_doctor_is_told_what_a_director_lacks() -> None:
    with FakeEchoBrain() as fake:
        assert echo_brain.check_service(fake.url) == f"healthy at {fake.url}"
        fake.status = "unhealthy"
        with pytest.raises(ServiceUnavailableError):
            echo_brain.check_service(fake.url)
    with FakeOllama() as fake_ollama:
        assert (
            ollama_director.check_service(fake_ollama.url, ["tiny", "eye", ""])
            == f"at {fake_ollama.url}, with tiny, eye"
        )
        with pytest.raises(ServiceRejectedError, match="lacks huge, vast; run `ollama pull huge`, `ollama pull vast`"):
            ollama_director.check_service(fake_ollama.url, ["huge", "tiny", "vast"])
