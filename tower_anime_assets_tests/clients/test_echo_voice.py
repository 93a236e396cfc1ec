"""The Echo Voice client against a real socket: every shape of answer, and everything that may be wrong with one."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tower_anime_assets.clients import echo_voice
from tower_anime_assets.clients.echo_voice import EchoVoiceClient
from tower_anime_assets.errors import ServiceRejectedError, ServiceUnavailableError
from tower_anime_assets.media.external import read_external_sound
from tower_anime_assets_tests.fakes.echo_voice import FakeEchoVoice

TOKEN = "planted-voice-3b9e-token"
LINE = {"text": "They found us.", "character": "akira", "style": "tense", "language": "en", "speed": 1.0}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def running(root: Path) -> Iterator[FakeEchoVoice]:
    with FakeEchoVoice(root=root, token=TOKEN) as server:
        yield server


@pytest.fixture
def fake(running: FakeEchoVoice) -> FakeEchoVoice:
    running.be_honest()
    running.start()
    return running


@pytest.fixture
def client(fake: FakeEchoVoice, root: Path) -> Iterator[EchoVoiceClient]:
    made = EchoVoiceClient(fake.url, TOKEN, root, answer_timeout_s=5.0)
    yield made
    made.close()


@pytest.mark.parametrize("shape", ["bytes", "base64", "path"])
def test_a_line_comes_in_every_shape(fake: FakeEchoVoice, client: EchoVoiceClient, tmp_path: Path, shape: str) -> None:
    fake.shape = shape
    answer = client.synthesize(LINE, tmp_path / "answer")
    assert (answer.transport, answer.words) == (shape, ())
    sound = read_external_sound(tmp_path / "answer", 60.0)
    assert (sound.container_format, sound.sample_rate_hz) == ("wav", 22_050)
    assert 0.5 < len(sound.samples) / 22_050 < 2.5
    (asked,) = fake.requests
    assert asked.authorization == f"Bearer {TOKEN}"
    assert asked.body == LINE


@pytest.mark.parametrize("shape", ["base64", "path"])
def test_the_words_times_come_with_json(
    fake: FakeEchoVoice, client: EchoVoiceClient, tmp_path: Path, shape: str
) -> None:
    fake.shape, fake.tells_words = shape, True
    words = client.synthesize(LINE, tmp_path / "answer").words
    assert [word.text for word in words] == ["they", "found", "us"]
    assert words[0].start_s < words[1].start_s < words[2].start_s < words[2].end_s


@pytest.mark.parametrize(
    ("fault", "shape", "says"),
    [
        ("html", "bytes", "content type text/html; expected audio/"),
        ("wrong_type", "bytes", "content type text/plain"),
        ("redirect", "bytes", "302, a redirect"),
        ("empty", "bytes", "an empty audio/wav"),
        ("not_audio", "bytes", "audio/wav with text: 'Sorry, Bearer"),
        ("not_json", "bytes", "not JSON"),
        ("not_object", "bytes", "expected a JSON object"),
        ("no_sound", "bytes", "no such voice"),
        ("not_base64", "bytes", "audio_base64 that is not base64"),
        ("error_422", "bytes", "422.*text is too long"),
        ("missing_file", "bytes", "cannot be found.*TOWER_AUDIO_ROOT"),
        ("leads_out", "path", "leads out of"),
        ("link_out", "path", "leads out of"),
        ("fifo", "path", "folder or device"),
        ("bad_words", "base64", "expected .text, start, end."),
        ("tells_the_token", "bytes", "400.*bad header Bearer"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_rejected_by_name(
    fake: FakeEchoVoice, client: EchoVoiceClient, tmp_path: Path, fault: str, shape: str, says: str
) -> None:
    fake.fault, fake.shape = fault, shape
    with pytest.raises(ServiceRejectedError, match=says) as caught:
        client.synthesize(LINE, tmp_path / "answer")
    assert "Echo Voice" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert len(fake.requests) == 1


def test_a_path_is_read_below_the_root_only_also_when_it_is_relative(
    fake: FakeEchoVoice, root: Path, tmp_path: Path
) -> None:
    fake.shape = "path"
    alone = EchoVoiceClient(fake.url, TOKEN)
    with pytest.raises(ServiceRejectedError, match="TOWER_AUDIO_ROOT is not set"):
        alone.synthesize(LINE, tmp_path / "answer")
    alone.close()
    (tmp_path / "elsewhere").mkdir()
    apart = EchoVoiceClient(fake.url, TOKEN, tmp_path / "elsewhere")
    with pytest.raises(ServiceRejectedError, match="leads out of"):
        apart.synthesize(LINE, tmp_path / "answer")
    apart.close()


def test_an_endless_answer_is_cut_off(fake: FakeEchoVoice, tmp_path: Path) -> None:
    fake.fault = "enormous"
    client = EchoVoiceClient(fake.url, TOKEN, max_sound_bytes=3_000_000)
    with closing(client), pytest.raises(ServiceRejectedError, match="more than 3,000,000 bytes"):
        client.synthesize(LINE, tmp_path / "answer")
    assert (tmp_path / "answer").stat().st_size <= 3_000_000


@pytest.mark.parametrize("fault", ["truncated", "slow", "error_500"])
def test_what_may_go_better_later_is_unavailable(fake: FakeEchoVoice, root: Path, tmp_path: Path, fault: str) -> None:
    client = EchoVoiceClient(fake.url, TOKEN, root, answer_timeout_s=0.4)
    fake.fault = fault
    if fault == "truncated":
        client = EchoVoiceClient(fake.url, TOKEN, root)
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match="Echo Voice") as caught:
        client.synthesize(LINE, tmp_path / "answer")
    assert caught.value.transient
    assert time.monotonic() - began < 5
    client.close()


def test_silence_and_a_closed_port_are_unavailable(fake: FakeEchoVoice, tmp_path: Path) -> None:
    fake.late_s = 3.0
    client = EchoVoiceClient(fake.url, TOKEN, answer_timeout_s=0.2)
    with pytest.raises(ServiceUnavailableError, match="ECHO_VOICE_URL"):
        client.synthesize(LINE, tmp_path / "answer")
    client.close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = EchoVoiceClient(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ServiceUnavailableError, match=r"Start it, correct ECHO_VOICE_URL, or unset"):
            nobody.synthesize(LINE, tmp_path / "answer")
        nobody.close()


def test_a_wrong_token_names_its_variable(fake: FakeEchoVoice, tmp_path: Path) -> None:
    client = EchoVoiceClient(fake.url, "another-token")
    with pytest.raises(ServiceRejectedError, match=r"401, not allowed\. Check TOWER_AUTH_TOKEN") as caught:
        client.synthesize(LINE, tmp_path / "answer")
    assert "another-token" not in str(caught.value)
    client.close()


def test_it_says_how_it_is_and_which_voices_it_has(fake: FakeEchoVoice, client: EchoVoiceClient, root: Path) -> None:
    status = client.status()
    assert status.status == "healthy"
    assert status.voices == ("akira", "luna", "viktor", "narrator")
    assert str(root) in client.describe_shared_folder()
    fake.status = "unhealthy"
    with pytest.raises(ServiceUnavailableError, match="unhealthy"):
        client.status()


def test_a_shared_folder_that_does_not_exist_is_named(fake: FakeEchoVoice, tmp_path: Path) -> None:
    client = EchoVoiceClient(fake.url, TOKEN, tmp_path / "gone")
    with pytest.raises(ServiceRejectedError, match=r"TOWER_AUDIO_ROOT is .*gone; expected a folder"):
        client.describe_shared_folder()
    client.close()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (["a", "b"], ("a", "b")),
        ([{"id": 3}, {"name": "x", "id": 4}], ("3", "x")),
        ({"voices": {"v1": {}, "v2": {}}}, ("v1", "v2")),
        ({"voices": []}, ()),
    ],
)
def test_voices_are_read_from_any_list(
    fake: FakeEchoVoice, client: EchoVoiceClient, said: object, names: tuple[str, ...]
) -> None:
    fake.voices = said
    assert client.status().voices == names


@pytest.mark.parametrize("said", [None, {"models": 3}, [None], ["a", {"size": 1}], "four", [True]])
def test_a_list_without_names_is_rejected(fake: FakeEchoVoice, client: EchoVoiceClient, said: object) -> None:
    fake.voices = said
    with pytest.raises(ServiceRejectedError, match="expected a list of voices with names"):
        client.status()


def test_the_limits_hold_the_longest_line() -> None:
    six_minutes = 360 * 48_000 * 2
    assert six_minutes < echo_voice.MAX_SOUND_BYTES
