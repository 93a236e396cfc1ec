"""Which token each service is sent, and which variable a refusal names."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tower_anime_assets.clients.comfyui import ComfyUIClient
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.settings import SERVICE_URL_VARIABLES, TOKEN_VARIABLES, BearerToken, from_environment
from tower_anime_assets.stages import doctor

ROOT = Path(__file__).parents[2] / "tower_anime_assets"
COMMON, OWN = "planted-common-token", "planted-own-token"


@contextmanager
def refusing_server(status: int) -> Iterator[tuple[str, list[str]]]:
    """Give a server that refuses everybody, and the tokens that it was sent."""
    sent: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent.append(self.headers.get("Authorization", ""))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name that the base class calls

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", sent
    finally:
        server.shutdown()
        server.server_close()


def refusal(variables: dict[str, str], service: str, url: str) -> str:
    """Return what a check of a service says that refuses."""
    settings = from_environment({**variables, SERVICE_URL_VARIABLES[service]: url, "OLLAMA_MODEL": "llama3.1:8b"})
    if service == "comfyui":
        with closing(ComfyUIClient(url, settings.token_of("comfyui"))) as client:
            with pytest.raises(ServiceRejectedError) as refused:
                client.system_stats()
            return str(refused.value)
    (check,) = doctor.check_service(settings, service, url)
    assert not check.ok
    return check.message


@pytest.mark.parametrize("service", TOKEN_VARIABLES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_services_own_token_is_sent_before_the_common_one_and_named_when_it_is_refused(
    service: str, status: int
) -> None:
    own, common = TOKEN_VARIABLES[service], "TOWER_AUTH_TOKEN"
    with refusing_server(status) as (url, sent):
        said = [
            refusal(variables, service, url)
            for variables in ({common: COMMON, own: OWN}, {common: COMMON}, {own: OWN}, {})
        ]
    assert list(dict.fromkeys(sent)) == [f"Bearer {OWN}", f"Bearer {COMMON}", ""]
    named = [re.findall(r"\w+_TOKEN", one) for one in said]
    assert named == [[own], [common], [own], [own, common]]
    assert not [one for one in said if COMMON in one or OWN in one]


def test_a_token_is_sent_to_no_other_service() -> None:
    settings = from_environment({"MUSIC_TOKEN": OWN})
    assert {name: str(settings.token_of(name)) for name in TOKEN_VARIABLES if settings.token_of(name)} == {"music": OWN}


def test_a_token_does_not_show_itself_and_crosses_processes() -> None:
    settings = from_environment({"COMFYUI_TOKEN": OWN, "TOWER_AUTH_TOKEN": COMMON})
    token = settings.token_of("comfyui")
    assert OWN not in f"{settings!r} {token!r} {[token]}"
    assert COMMON not in f"{settings!r} {settings.token_of('music')!r}"
    copy = pickle.loads(pickle.dumps(token))  # noqa: S301 - made one line ago
    assert (copy, copy.variable) == (OWN, "COMFYUI_TOKEN")
    assert isinstance(copy, BearerToken)


def test_nobody_sends_the_common_token_without_asking_for_the_services_own() -> None:
    found = [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if re.search(r"\.auth_token\b", path.read_text())
    ]
    assert found == ["settings.py"]
