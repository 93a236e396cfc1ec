"""What every client is protected against: redirects, and answers that never end, are cut short, or are not JSON."""

from __future__ import annotations

import gzip
import json
import logging
import resource
import socket
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tower_anime_assets.clients.http import MAX_JSON_BYTES, MAX_JSON_VALUES, HttpService
from tower_anime_assets.errors import MediaError, PlanError, ServiceRejectedError, ServiceUnavailableError

TOKEN = "planted-1f7c2a90-token"


class Answering:
    """A server that gives every request the same bytes, whatever they are, and remembers what it was asked."""

    def __init__(self, answer: bytes, repeated: bytes, pause_s: float) -> None:
        self.requests: list[str] = []
        self._answer, self._repeated, self._pause_s = answer, repeated, pause_s
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        # Shut first: closing alone does not wake a thread that waits in accept.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(connection)
            self._answer_one(connection)

    def _answer_one(self, connection: socket.socket) -> None:
        try:
            self.requests.append(connection.recv(65_536).decode("latin-1"))
            connection.sendall(self._answer)
            while self._repeated:
                connection.sendall(self._repeated)
                time.sleep(self._pause_s)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # the client has seen enough
            return


@contextmanager
def answering(answer: bytes, repeated: bytes = b"", pause_s: float = 0.0) -> Iterator[Answering]:
    server = Answering(answer, repeated, pause_s)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def service(url: str, token: str = "", timeout_s: float = 5.0) -> Iterator[HttpService]:
    made = HttpService("Echo Voice", "ECHO_VOICE_URL", url, token, answer_timeout_s=timeout_s)
    try:
        yield made
    finally:
        made.close()


def http(status: str, body: bytes = b"", **headers: str) -> bytes:
    told = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items() if value), "", ""]
    return "\r\n".join(lines).encode() + body


def asked(answer: bytes, repeated: bytes = b"", *, timeout_s: float = 5.0, pause_s: float = 0.0) -> object:
    with answering(answer, repeated, pause_s) as server, service(server.url, timeout_s=timeout_s) as client:
        return client.get_json("/speak")


def test_json_is_read() -> None:
    assert asked(http("200 OK", b'{"a": [1, 2.5, null]}')) == {"a": [1, 2.5, None]}


def test_an_empty_answer_is_none() -> None:
    assert asked(http("200 OK")) is None


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_refused_and_not_followed(status: str) -> None:
    with answering(http("200 OK", b"{}")) as elsewhere:
        with pytest.raises(ServiceRejectedError, match=r"not followed.*ECHO_VOICE_URL"):
            asked(http(status, Location=f"{elsewhere.url}/speak"))
        assert elsewhere.requests == []


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"\xff\xfe", b'{"a": ', b"[" * 100_000])
def test_an_answer_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceRejectedError, match=r"text/html that is not JSON.*ECHO_VOICE_URL"):
        asked(http("200 OK", body, Content_Type="text/html"))


def test_an_answer_that_never_ends_is_refused_by_its_size() -> None:
    with pytest.raises(ServiceRejectedError, match=f"more than {MAX_JSON_BYTES:,} bytes"):
        asked(http("200 OK", Content_Length="", Content_Type="application/json"), b"a" * 1_000_000)


@pytest.mark.parametrize("status", ["200 OK", "500 Bad"])
def test_a_packed_answer_is_refused_before_it_is_unpacked(status: str) -> None:
    packed = gzip.compress(gzip.compress(bytes(30_000_000)))
    assert len(packed) < 5_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((ServiceRejectedError, ServiceUnavailableError), match=r"packed as '?gzip, gzip"):
        asked(http(status, packed, Content_Encoding="gzip, gzip"))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "kB"


@pytest.mark.parametrize("value", [b"[],", b"{},", b'{"a":[]},', b"0,"])
def test_json_of_more_values_than_an_answer_has_is_refused_before_it_is_read(value: bytes) -> None:
    body = b"[" + value * (MAX_JSON_VALUES // sum(value.count(mark) for mark in b",[{") + 1) + b"0]"
    assert len(body) < MAX_JSON_BYTES
    with pytest.raises(ServiceRejectedError, match="more than 2,000,000 values"):
        asked(http("200 OK", body))


def test_commas_in_long_texts_are_no_values() -> None:
    said = json.dumps({"text": 'a,"[{:,\\' * 1_000_000}).encode()
    assert asked(http("200 OK", said)) == json.loads(said)


@pytest.mark.parametrize(
    "drip",
    [b"X-More: of the same\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"a"],
    ids=["headers", "hints", "continues", "bytes"],
)
def test_an_answer_whose_head_never_ends_is_given_up_in_time(drip: bytes) -> None:
    start = b"" if drip.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n"
    begun_s = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match=r"its answer did not begin within 0\.5 s"):
        asked(start, drip, timeout_s=0.5, pause_s=0.05)
    assert time.monotonic() - begun_s < 3.0


def test_a_flood_of_interim_answers_ends_in_time() -> None:
    flood = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000
    with pytest.raises(ServiceUnavailableError, match=r"its answer did not begin within 0\.5 s"):
        asked(flood, flood, timeout_s=0.5)


def test_a_service_that_does_not_take_a_request_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as lazy, ThreadPoolExecutor(1) as pool:
        url = f"http://127.0.0.1:{lazy.getsockname()[1]}"

        def take_slowly() -> None:
            connection, _ = lazy.accept()
            with connection, suppress(OSError):
                while connection.recv(100) and not is_over.wait(0.05):
                    pass

        is_over = Event()
        taking = pool.submit(take_slowly)
        begun_s = time.monotonic()
        with service(url, timeout_s=0.5) as client, pytest.raises(ServiceUnavailableError, match="WriteTimeout"):
            client.post_json("/speak", "a" * 20_000_000)
        assert time.monotonic() - begun_s < 10.0
        is_over.set()
        taking.result(timeout=20)


def test_an_answer_that_trickles_is_given_up() -> None:
    with pytest.raises(ServiceUnavailableError, match=r"only \d+ bytes arrived"):
        asked(http("200 OK", Content_Length=""), b"a", timeout_s=0.3, pause_s=0.02)


def test_an_answer_cut_short_is_an_error_that_may_pass() -> None:
    with pytest.raises(ServiceUnavailableError, match="the answer ended after 8 bytes") as cut:
        asked(http("200 OK", b'{"a": 1}', Content_Length="4000"))
    assert cut.value.transient


def test_a_silent_service_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with service(url, timeout_s=0.2) as client, pytest.raises(ServiceUnavailableError, match="ReadTimeout"):
            client.get_json("/speak")


def test_a_service_that_is_not_there_is_named_with_its_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        service(url) as client,
        pytest.raises(ServiceUnavailableError, match=r"Echo Voice at .*Start it.*ECHO_VOICE_URL"),
    ):
        client.get_json("/speak")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("400 Bad Request", ServiceRejectedError, "400: no such voice"),
        ("401 Unauthorized", ServiceRejectedError, "TOWER_AUTH_TOKEN"),
        ("403 Forbidden", ServiceRejectedError, "TOWER_AUTH_TOKEN"),
        ("404 Not Found", ServiceRejectedError, "404: no such voice"),
        ("429 Too Many Requests", ServiceUnavailableError, "429: no such voice"),
        ("500 Error", ServiceUnavailableError, "500: no such voice"),
        ("503 Busy", ServiceUnavailableError, "503: no such voice"),
    ],
)
def test_a_refusal_says_what_the_service_said(status: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        asked(http(status, b"no  such\n voice"))


def test_a_refusal_that_is_cut_short_keeps_its_status() -> None:
    with pytest.raises(ServiceRejectedError, match="404: no such"):
        asked(http("404 Not Found", b"no such", Content_Length="9000"))


def test_a_refusal_that_never_ends_keeps_its_status() -> None:
    with pytest.raises(ServiceRejectedError, match="404: aaa"):
        asked(http("404 Not Found", Content_Length=""), b"a" * 100_000)


def test_a_file_is_saved_up_to_its_limit(tmp_path: Path) -> None:
    with answering(http("200 OK", b"x" * 1000)) as server, service(server.url) as client:
        with client.stream("GET", "/a") as answer:
            assert client.save_body(answer, tmp_path / "a", 1000) == 1000
        with client.stream("GET", "/a") as answer, pytest.raises(ServiceRejectedError, match="more than 999 bytes"):
            client.save_body(answer, tmp_path / "b", 999)
    assert (tmp_path / "a").read_bytes() == b"x" * 1000


def test_a_file_that_cannot_be_written_is_our_error_and_not_the_services(tmp_path: Path) -> None:
    with (
        answering(http("200 OK", b"x")) as server,
        service(server.url) as client,
        client.stream("GET", "/a") as answer,
        pytest.raises(MediaError, match="cannot write"),
    ):
        client.save_body(answer, tmp_path / "missing" / "a", 1000)


@pytest.mark.parametrize("url", ["no-scheme", "ftp://127.0.0.1/x"])
def test_an_address_that_cannot_be_used_is_named_by_its_variable(url: str) -> None:
    with service(url) as client, pytest.raises(ServiceRejectedError, match="ECHO_VOICE_URL"):
        client.get_json("/speak")


@pytest.mark.parametrize("token", ["two words", "line\nend", "straße", "tab\t", "\x7f"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(PlanError, match="TOWER_AUTH_TOKEN") as refused:
        HttpService("Echo Voice", "ECHO_VOICE_URL", "http://127.0.0.1:9", token)
    assert token not in str(refused.value)


def test_the_token_is_sent_as_a_bearer_and_nothing_packed_is_asked_for() -> None:
    with answering(http("200 OK", b"{}")) as server, service(server.url, TOKEN) as client:
        client.get_json("/speak")
    (request,) = server.requests
    assert f"authorization: bearer {TOKEN}".lower() in request.lower()
    assert "accept-encoding: identity" in request.lower()
    assert "origin:" not in request.lower()


@pytest.mark.parametrize(
    "answer",
    [
        http("400 Bad", f"you sent {TOKEN}".encode()),
        http("500 Bad", f"you sent {TOKEN}".encode()),
        http("200 OK", f"<p>{TOKEN}</p>".encode(), Content_Type="text/html"),
        http("302 Found", Location=f"http://127.0.0.1:9/{TOKEN}"),
        http("400 Bad", b"x" * 490 + TOKEN.encode()),
        http("400 Bad", b" " * 3000 + TOKEN.encode()),
        http("200 OK", TOKEN.encode(), Content_Length="5000"),
        b"nonsense " + TOKEN.encode() + b"\r\n\r\n",
    ],
)
def test_the_token_is_in_no_message_and_in_no_log(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with answering(answer) as server, service(server.url, TOKEN) as client:
        with pytest.raises((ServiceRejectedError, ServiceUnavailableError)) as raised:
            client.get_json("/speak")
        assert f"Bearer {TOKEN}" in server.requests[0]
    assert TOKEN[:10] not in str(raised.value)
    assert TOKEN not in "".join(traceback.format_exception(raised.value))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("tower_anime_assets")]
    assert not any(TOKEN in message for message in ours)


def test_the_token_does_not_go_to_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(http("200 OK", b'"proxy"')) as proxy, answering(http("200 OK", b'"service"')) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with service(server.url, TOKEN) as client:
            assert client.get_json("/speak") == "service"
        assert proxy.requests == []


def test_a_message_names_the_address_below_a_path_once() -> None:
    with (
        answering(http("200 OK", b"nope")) as server,
        service(f"{server.url}/voice/") as client,
        pytest.raises(ServiceRejectedError, match=f"{server.url}/voice/speak answered"),
    ):
        client.get_json("/speak?a=b")


def test_posting_sends_json_and_reads_json() -> None:
    with answering(http("200 OK", b"[1]")) as server, service(server.url) as client:
        assert client.post_json("/speak", {"text": "こんにちは"}) == [1]
    assert server.requests[0].startswith("POST /speak ")
    assert "application/json" in server.requests[0]
