"""The OpenAI-compatible wire against llama.cpp's own server with a tiny random model: structure only, no sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.clients.ollama import AnswerCutShortError, ChatMessage, OllamaClient, chat_body
from tower_anime_assets.engines.remote.director import ollama as ollama_director
from tower_anime_assets.engines.remote.director.consulting import Turn
from tower_anime_assets.engines.remote.director.model_json import read_model_json
from tower_anime_assets.engines.remote.director.ollama import OllamaDirector
from tower_anime_assets.engines.remote.director.service import DirectorRequest
from tower_anime_assets.errors import ServiceRejectedError
from tower_anime_assets.production.planning.shots import Framing

xllamacpp = pytest.importorskip("xllamacpp", reason="llama.cpp's server is not installed: pip install xllamacpp")
pytest.importorskip("gguf", reason="the tiny model cannot be written: pip install gguf")

from tower_anime_assets_tests.clients.tiny_model import TEMPLATE, write_tiny_model  # noqa: E402

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"framing": {"type": "string", "enum": ["wide", "medium"]}, "shots": {"type": "integer"}},
    "required": ["framing", "shots"],
    "additionalProperties": False,
}


def serve(model: Path, *, embeds: bool = False) -> Any:
    """Return a running server of one slot and one thread; it listens until it is deleted."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {"tiny"}
    parameters.n_ctx = 16_384
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = False
    parameters.verbosity = -1
    parameters.chat_template = TEMPLATE
    parameters.port = 0
    if embeds:
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return xllamacpp.Server(parameters)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="module")
def url(model: Path) -> Iterator[str]:
    server = serve(model)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture
def client(url: str) -> Iterator[OllamaClient]:
    with closing(OllamaClient(url)) as client:
        yield client


def test_a_model_of_noise_keeps_the_schema(client: OllamaClient) -> None:
    question = [ChatMessage("system", "You direct."), ChatMessage("user", "Which framing?")]
    answers = [json.loads(client.chat(chat_body("tiny", question, SCHEMA, seed=seed))) for seed in (1, 1, 2)]
    assert all(set(answer) == {"framing", "shots"} for answer in answers)
    assert all(answer["framing"] in ("wide", "medium") and type(answer["shots"]) is int for answer in answers)
    assert answers[0] == answers[1], "the seed arrives"


def test_an_answer_that_does_not_fit_its_room_is_known(client: OllamaClient) -> None:
    question = [ChatMessage("user", "Which framing?")]
    with pytest.raises(AnswerCutShortError, match="room of 4 tokens"):
        client.chat(chat_body("tiny", question, SCHEMA, seed=1, answer_tokens=4))


def test_a_question_longer_than_the_context_is_refused_in_the_servers_words(client: OllamaClient) -> None:
    with pytest.raises(ServiceRejectedError, match="exceeds the available context size"):
        client.chat(chat_body("tiny", [ChatMessage("user", "a" * 20_000)], SCHEMA, seed=1))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("plan", {"scene_description": "1. rain", "duration_seconds": 4}),
        ("refine", {"raw_prompt": "wide shot"}),
        ("learn", {"quality_scores": {"ssim": 0.5}}),
    ],
)
def test_every_schema_of_the_director_is_understood_and_kept(kind: str, fields: dict[str, Any], url: str) -> None:
    director = OllamaDirector(url, "tiny")
    request = DirectorRequest(kind, fields, ("Akira",), beat_count=1, seed=1)
    schema = director.build_payload(request, Turn())["response_format"]["json_schema"]["schema"]
    answer = json.loads(read_model_json(director.send(request, Turn())).text)
    assert set(answer) == set(schema["required"])
    for shot in answer.get("shot_list", ()):
        assert set(shot) == set(schema["properties"]["shot_list"]["items"]["required"])
        assert shot["suggested_camera_angle"] in [framing.value for framing in Framing]
        assert set(shot["character_emotions"]) <= {"Akira"}


def test_its_models_are_listed_for_the_doctor(url: str) -> None:
    assert ollama_director.check_service(url, ["tiny"]) == f"at {url}, with tiny"
    with pytest.raises(ServiceRejectedError, match=r"lacks llama3\. It serves tiny; set OLLAMA_MODEL to one of them"):
        ollama_director.check_service(url, ["llama3"])


def test_its_root_is_told_apart_from_ollama(url: str) -> None:
    root = url.removesuffix("/v1")
    with (
        closing(OllamaClient(root)) as client,
        pytest.raises(ServiceRejectedError, match=f"set OLLAMA_URL to {root}/v1"),
    ):
        client.chat(chat_body("tiny", [ChatMessage("user", "hi")], SCHEMA, seed=1))


def test_texts_become_vectors(model: Path) -> None:
    server = serve(model, embeds=True)
    with closing(OllamaClient(f"{server.listening_address}/v1")) as client:
        one, other = client.embed("tiny", ["Akira", "Luna"])
        assert client.embed("tiny", ["Akira"]) == [pytest.approx(one, abs=1e-4)]
    assert len(one) == len(other) == 64
    assert one != other
