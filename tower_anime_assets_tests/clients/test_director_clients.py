"""The wire to Echo Brain and Ollama: what is refused, what is tried again, what is never believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tower_anime_assets.clients.echo_brain import PLAN_PATH, EchoBrainClient
from tower_anime_assets.clients.ollama import (
    AnswerCutShortError,
    ChatMessage,
    OllamaClient,
    chat_as_sent,
    chat_body,
)
from tower_anime_assets.engines.remote.director import echo_brain
from tower_anime_assets.engines.remote.director import ollama as ollama_director
from tower_anime_assets.engines.remote.director.model_json import strip_thoughts
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
    seen: ClassVar[list[tuple[str, bytes]]]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def do_POST(self) -> None:
        self.seen.append((self.path, self.rfile.read(int(self.headers.get("content-length", "0")))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST  # noqa: N815 - the base class's name


@pytest.fixture
def says() -> Iterator[tuple[str, type[_Says]]]:
    class Handler(_Says):
        seen: ClassVar[list[tuple[str, bytes]]] = []

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
        fake.status, fake.database = "unhealthy", 'relation "anime.projects" does not exist'
        with pytest.raises(ServiceUnavailableError, match=r'unhealthy \(database: relation "anime.projects" does not'):
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
        with pytest.raises(
            ServiceRejectedError, match=r"lacks huge; run `ollama pull huge`\. Models that are there: eye"
        ):
            client.embed("huge", ["one"])


def test_the_context_grows_with_the_question_in_steps_and_the_answer_has_an_end() -> None:
    def options(text: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = chat_body("tiny", [ChatMessage("user", text)], SCHEMA, seed=1, **more)["options"]
        return found

    assert (options("short")["num_ctx"], options("short")["num_predict"]) == (8192, 4096)
    assert options("a" * 12_000)["num_ctx"] == 8192
    assert options("a" * 13_000)["num_ctx"] == 16_384
    assert options("\u732b" * 5000)["num_ctx"] == 16_384, "a character of Chinese is a token or more"
    assert options("short", answer_tokens=16_384) == {**options("short"), "num_ctx": 32_768, "num_predict": 16_384}


def test_a_question_that_a_model_cannot_read_whole_is_refused_before_and_after() -> None:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        fake.context_tokens = 4096
        long = [ChatMessage("user", json.dumps({"raw_prompt": "a" * 24_000}))]
        with pytest.raises(ServiceRejectedError, match=r"4,80\d tokens or more, and tiny reads at most 4,096"):
            client.chat(chat_body("tiny", long, SCHEMA, seed=1))
        assert fake.chats == []
        long = [ChatMessage("user", json.dumps({"raw_prompt": "a" * 18_000}))]  # may fit; the answer tells
        with pytest.raises(ServiceRejectedError, match="without having read all of it"):
            client.chat(chat_body("tiny", long, SCHEMA, seed=1))
        assert len(fake.chats) == 1


def test_an_answer_that_is_cut_short_is_no_answer() -> None:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        fake.otherwise = "cut_short"
        with pytest.raises(AnswerCutShortError, match="room of 4,096 tokens was used up") as caught:
            client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1))
        assert caught.value.answer.startswith("{")
        assert client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1, answer_tokens=16_384)).endswith("}")


def test_thoughts_come_before_the_answer_however_they_are_handed_over() -> None:
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        fake.script = ["thinks_aloud", "thinks_in_its_field"]
        for _ in range(2):
            text = client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1))
            assert text.startswith("<think>")
            assert strip_thoughts(text).startswith('{"enhanced_prompt"')


def test_a_model_without_eyes_is_not_shown_pictures(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"PNG")
    look = [ChatMessage("user", "what is this?", (picture,))]
    with FakeOllama() as fake, closing(OllamaClient(fake.url)) as client:
        with pytest.raises(ServiceRejectedError, match=r"tiny cannot see pictures.*OLLAMA_VISION_MODEL"):
            client.chat(chat_body("tiny", look, SCHEMA, seed=1))
        assert "what_is_seen" in client.chat(chat_body("eye", look, SCHEMA, seed=1))
        assert len(fake.chats) == 1


OPENAI_ANSWER = b"""{"choices": [{"finish_reason": "stop", "message": {"content": "{}", "reasoning_content": "hm"}}],
                    "usage": {"prompt_tokens": 9}}"""


def test_an_address_that_ends_in_v1_speaks_the_openai_wire(says: tuple[str, type[_Says]], tmp_path: Path) -> None:
    url, handler = says
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"PNG")
    body = chat_body("tiny", [ChatMessage("user", "look", (picture,))], SCHEMA, seed=3)
    with closing(OllamaClient(f"{url}/v1")) as client:
        handler.body = OPENAI_ANSWER
        assert client.chat(body) == "<think>hm</think>\n{}"
        assert [path for path, _sent in handler.seen] == ["/v1/chat/completions"]
        sent = json.loads(handler.seen[0][1])
        assert sent == chat_as_sent(f"{url}/v1", body)
        assert (sent["max_tokens"], sent["seed"]) == (4096, 3)
        assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
        assert sent["messages"][0]["content"][1]["image_url"]["url"] == "data:image/png;base64,UE5H"
        handler.body = OPENAI_ANSWER.replace(b'"stop"', b'"length"')
        with pytest.raises(AnswerCutShortError):
            client.chat(body)
        handler.body = b'{"data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}]}'
        assert client.embed("vectors", ["one", "two"]) == [[1, 2], [3, 4]]
        handler.body = b'{"object": "list", "data": [{"id": "qwen3-8b"}]}'
        assert client.list_models() == ("qwen3-8b",)
        with pytest.raises(ServiceRejectedError, match=r"lacks tiny\. It serves qwen3-8b; set OLLAMA_MODEL"):
            ollama_director.check_service(f"{url}/v1", ["tiny"])
        asked = len(handler.seen)
        client.unload("tiny")
        assert len(handler.seen) == asked, "there is no way to say so"


def test_an_openai_server_that_is_taken_for_ollama_is_told_apart(says: tuple[str, type[_Says]]) -> None:
    url, handler = says
    handler.body = OPENAI_ANSWER
    with closing(OllamaClient(url)) as client, pytest.raises(ServiceRejectedError, match=f"set OLLAMA_URL to {url}/v1"):
        client.chat(chat_body("tiny", QUESTION, SCHEMA, seed=1))


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
        with pytest.raises(
            ServiceRejectedError, match=r"lacks huge, vast; run `ollama pull huge`, `ollama pull vast`\."
        ):
            ollama_director.check_service(fake_ollama.url, ["huge", "tiny", "vast"])
