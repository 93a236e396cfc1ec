"""The fake ComfyUI does what was recorded of the real one: faults in graphs, queue, cache, files, sockets, origins."""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import cv2
import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import drawn, rendered
from tower_anime_assets_tests.fakes.graph_checks import checked
from tower_anime_assets_tests.fakes.node_facts import node_classes

Graph = dict[str, Any]
FILES = {"checkpoints": ["tiny.safetensors"], "loras": ["tiny_lora.safetensors"]}


def scaled_graph(**changes: Any) -> Graph:
    """The recorded probe: an empty image, scaled, saved; `changes` replace nodes by `n<id>`."""
    size = {"width": 64, "height": 48, "batch_size": 1, "color": 255}
    scale = {"image": ["1", 0], "upscale_method": "nearest-exact", "width": 128, "height": 96, "crop": "disabled"}
    graph: Graph = {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "ImageScale", "inputs": scale},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "probe/a"}},
    }
    return {**graph, **{name.removeprefix("n"): node for name, node in changes.items()}}


def clip_graph(seed: int = 3, length: int = 25, width: int = 256, height: int = 160) -> Graph:
    latent = {"width": width, "height": height, "length": length, "batch_size": 1, "strength": 1.0}
    links = {"positive": ["6", 0], "negative": ["7", 0], "vae": ["4", 2], "image": ["1", 0]}
    sampler = {"model": ["4", 0], "positive": ["5", 0], "negative": ["5", 1], "latent_image": ["5", 2]}
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "tower/start.png"}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "tiny.safetensors"}},
        "5": {"class_type": "LTXVImgToVideo", "inputs": {**links, **latent}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a street", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["4", 1]}},
        "8": {"class_type": "KSampler", "inputs": {**sampler, "seed": seed}},
        "9": {"class_type": "VAEDecode", "inputs": {"samples": ["8", 0], "vae": ["4", 2]}},
        "10": {"class_type": "CreateVideo", "inputs": {"images": ["9", 0], "fps": 24.0}},
        "11": {"class_type": "SaveVideo", "inputs": {"video": ["10", 0], "filename_prefix": "clip"}},
    }


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    with FakeComfyUI() as server:
        yield server


@pytest.fixture
def http(fake: FakeComfyUI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fake.url, trust_env=False, timeout=5) as client:
        yield client


def post(http: httpx.Client, graph: Any, **more: Any) -> httpx.Response:
    return http.post("/prompt", json={"prompt": graph, **more})


def finished(fake: FakeComfyUI, prompt_id: str, times: int = 1) -> dict[str, Any]:
    with fake.jobs.changed:
        assert fake.jobs.changed.wait_for(lambda: prompt_id in fake.jobs.history and fake.runs[prompt_id] >= times, 5)
        return fake.jobs.history[prompt_id]


# Graphs: fault, node and details as recorded on 0.3.64.

BAD_SIZE = {"width": -5, "height": 48, "batch_size": 1, "color": 1}


@pytest.mark.parametrize(
    ("changes", "at", "kind", "details"),
    [
        ({"n1": node("EmptyImage", height=48, batch_size=1, color=1)}, "1", "required_input_missing", "width"),
        ({"n1": node("EmptyImage", **BAD_SIZE)}, "1", "value_smaller_than_min", "width"),
        ({"n1": node("EmptyImage", **{**BAD_SIZE, "width": 16385})}, "1", "value_bigger_than_max", "width"),
        (
            {"n1": node("EmptyImage", **{**BAD_SIZE, "width": "abc"})},
            "1",
            "invalid_input_type",
            "width, abc, invalid literal for int() with base 10: 'abc'",
        ),
        (
            {"n2": node("ImageScale", image=["1", 0], upscale_method="nope", width=8, height=8, crop="disabled")},
            "2",
            "value_not_in_list",
            "upscale_method: 'nope' not in ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']",
        ),
        (
            {"n2": node("ImageScale", image=["99", 0], upscale_method="area", width=8, height=8, crop="disabled")},
            "2",
            "exception_during_inner_validation",
            "'99'",
        ),
        (
            {"n2": node("ImageScale", image=["1", 5], upscale_method="area", width=8, height=8, crop="disabled")},
            "2",
            "exception_during_inner_validation",
            "tuple index out of range",
        ),
        (
            {"n2": node("ImageScale", image=["1"], upscale_method="area", width=8, height=8, crop="disabled")},
            "2",
            "bad_linked_input",
            "image",
        ),
        (
            {
                "n3": node("SaveImage", images=["4", 0], filename_prefix="p"),
                "n4": node("EmptyLatentImage", width=64, height=64, batch_size=1),
            },
            "3",
            "return_type_mismatch",
            "images, received_type(LATENT) mismatch input_type(IMAGE)",
        ),
        (
            {"n1": node("LoadImage", image="absent.png")},
            "1",
            "custom_validation_failed",
            "image - Invalid image file: absent.png",
        ),
    ],
)
def test_a_bad_node_is_reported_as_the_server_reports_it(
    changes: dict[str, Any], at: str, kind: str, details: str
) -> None:
    check = checked(scaled_graph(**changes), node_classes(), FILES, lambda _name: False)
    assert check.error is not None
    assert check.error["type"] == "prompt_outputs_failed_validation"
    assert list(check.node_errors) == [at]
    assert check.node_errors[at]["dependent_outputs"] == ["3"]
    (fault,) = check.node_errors[at]["errors"]
    assert (fault["type"], fault["details"]) == (kind, details)


@pytest.mark.parametrize(
    ("graph", "kind"),
    [
        ({}, "prompt_no_outputs"),
        ([], "prompt_no_outputs"),
        ({"1": scaled_graph()["1"]}, "prompt_no_outputs"),
        (scaled_graph(n2=node("NoSuchNode")), "invalid_prompt"),
        (scaled_graph(n2={"inputs": {}}), "invalid_prompt"),
        ({"nodes": [], "links": []}, "invalid_prompt"),
    ],
)
def test_a_graph_that_is_none_is_refused_whole(graph: Any, kind: str) -> None:
    check = checked(graph, node_classes(), FILES, lambda _name: False)
    assert check.error is not None
    assert check.error["type"] == kind
    assert check.node_errors == {}


def test_a_cycle_is_refused_without_a_word() -> None:
    scale = {**scaled_graph()["2"]["inputs"], "image": ["2", 0]}
    check = checked(scaled_graph(n2=node("ImageScale", **scale)), node_classes(), FILES, lambda _name: False)
    assert check.error is not None
    assert check.node_errors == {}


def test_a_model_file_that_is_not_there_is_not_in_the_list() -> None:
    graph = scaled_graph(
        n2=node("ImageUpscaleWithModel", upscale_model=["4", 0], image=["1", 0]),
        n4=node("UpscaleModelLoader", model_name="absent.safetensors"),
    )
    check = checked(graph, node_classes(), FILES, lambda _name: True)
    assert check.node_errors["4"]["errors"][0]["details"] == "model_name: 'absent.safetensors' not in []"


def test_numbers_in_text_and_unknown_inputs_are_taken() -> None:
    graph = scaled_graph(n1=node("EmptyImage", width="64", height=48, batch_size=1, color=1, bogus=3))
    assert checked(graph, node_classes(), FILES, lambda _name: False).error is None


def test_newer_nodes_are_there_only_in_newer_versions() -> None:
    assert "ManualSigmas" not in node_classes("0.3.64")
    assert "ManualSigmas" in node_classes("0.3.65")
    assert "newbie" not in node_classes("0.3.64")["DualCLIPLoader"].inputs["type"].options
    assert "newbie" in node_classes("0.3.76")["DualCLIPLoader"].inputs["type"].options


def test_every_fact_names_a_type_that_something_gives_or_a_value() -> None:
    classes = node_classes("99.0.0")
    given = {kind for found in classes.values() for kind in found.outputs}
    values = {"INT", "FLOAT", "STRING", "BOOLEAN", "CHOICE", "FILE"}
    # What only node packs or nodes outside the file give.
    foreign = {"AUDIO", "CONTROL_NET"}
    for found in classes.values():
        for wanted in found.inputs.values():
            assert wanted.type in given | values | foreign, f"{found.name}.{wanted.name}: {wanted.type}"


# The wire.


def test_bodies_that_are_no_prompt_are_answered_as_recorded(http: httpx.Client) -> None:
    broken = http.post("/prompt", content=b"{nope")
    assert (broken.status_code, broken.text.splitlines()[0]) == (500, "500 Internal Server Error")
    assert http.post("/prompt", json={"client_id": "x"}).json()["error"]["type"] == "no_prompt"


def test_a_bad_branch_is_left_out_with_200(fake: FakeComfyUI, http: httpx.Client) -> None:
    bad = {"20": node("EmptyImage", **BAD_SIZE), "21": node("PreviewImage", images=["20", 0])}
    answer = post(http, scaled_graph() | bad)
    assert answer.status_code == 200
    assert list(answer.json()["node_errors"]) == ["20"]
    entry = finished(fake, answer.json()["prompt_id"])
    assert entry["prompt"][4] == ["3"]
    assert entry["status"]["status_str"] == "success"


def test_the_same_id_twice_runs_twice(fake: FakeComfyUI, http: httpx.Client) -> None:
    prompt_id = str(uuid4())
    for colour in (1, 2):
        graph = scaled_graph(n1=node("EmptyImage", **{**BAD_SIZE, "width": 64, "color": colour}))
        assert post(http, graph, prompt_id=prompt_id).json()["prompt_id"] == prompt_id
    entry = finished(fake, prompt_id, times=2)
    assert entry["prompt"][2]["1"]["inputs"]["color"] == 2
    assert fake.submissions == {prompt_id: 2}
    assert fake.runs == {prompt_id: 2}


def test_an_identical_graph_is_cached_under_its_old_name_until_memory_is_freed(
    fake: FakeComfyUI, http: httpx.Client
) -> None:
    def run() -> tuple[list[str], str]:
        entry = finished(fake, post(http, scaled_graph()).json()["prompt_id"])
        cached = dict(entry["status"]["messages"])["execution_cached"]["nodes"]
        return sorted(cached), entry["outputs"]["3"]["images"][0]["filename"]

    assert run() == ([], "a_00001_.png")
    assert run() == (["1", "2", "3"], "a_00001_.png")
    http.post("/free", json={"free_memory": True})
    assert run() == ([], "a_00002_.png")


def test_another_prefix_alone_runs_only_the_node_that_saves(fake: FakeComfyUI, http: httpx.Client) -> None:
    finished(fake, post(http, scaled_graph()).json()["prompt_id"])
    other = node("SaveImage", images=["2", 0], filename_prefix="probe/b")
    entry = finished(fake, post(http, scaled_graph(n3=other)).json()["prompt_id"])
    assert dict(entry["status"]["messages"])["execution_cached"]["nodes"] == ["1", "2"]


def test_a_restart_loses_everything_but_the_files(fake: FakeComfyUI, http: httpx.Client) -> None:
    prompt_id = post(http, scaled_graph()).json()["prompt_id"]
    finished(fake, prompt_id)
    url = fake.url
    fake.restart()
    assert fake.url == url
    assert http.get(f"/history/{prompt_id}").json() == {}
    asked = {"filename": "a_00001_.png", "subfolder": "probe", "type": "output"}
    assert http.get("/view", params=asked).status_code == 200
    entry = finished(fake, post(http, scaled_graph()).json()["prompt_id"])
    assert entry["outputs"]["3"]["images"][0]["filename"] == "a_00002_.png"


def test_a_killed_server_refuses_connections_until_it_is_started(fake: FakeComfyUI, http: httpx.Client) -> None:
    fake.kill()
    with pytest.raises(httpx.ConnectError):
        http.get("/queue")
    fake.start()
    assert http.get("/queue").json() == {"queue_running": [], "queue_pending": []}


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_killed_server_cuts_an_answer_off_and_leaves_no_socket_open(fake: FakeComfyUI) -> None:
    fake.faults.every = "hang"
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(httpx.get, f"{fake.url}/queue", trust_env=False, timeout=20)
        while not fake.asked("GET", "/queue"):
            time.sleep(0.01)
        fake.kill()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            asking.result(20)
    gc.collect()


def test_an_interrupt_without_an_id_stops_whoevers_job_runs_and_is_counted(
    fake: FakeComfyUI, http: httpx.Client
) -> None:
    fake.jobs.duration_s = 5.0
    prompt_id = post(http, scaled_graph()).json()["prompt_id"]
    with fake.jobs.changed:
        assert fake.jobs.changed.wait_for(lambda: fake.jobs.running is not None, 5)
    http.post("/interrupt", json={"prompt_id": str(uuid4())})
    assert prompt_id not in fake.jobs.history
    http.post("/interrupt")
    messages = dict(finished(fake, prompt_id)["status"]["messages"])
    assert "execution_interrupted" in messages
    assert fake.global_interrupts == 1


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("", 200),
        ("{url}", 200),
        ("null", 200),
        ("http://127.0.0.1", 200),
        ("http://example.org", 403),
        ("http://127.0.0.1:1", 403),
    ],
)
def test_only_another_origin_is_refused(fake: FakeComfyUI, http: httpx.Client, origin: str, status: int) -> None:
    headers = {"Origin": origin.format(url=fake.url)} if origin else {}
    assert http.get("/queue", headers=headers).status_code == status


def test_a_socket_of_another_origin_is_refused(fake: FakeComfyUI) -> None:
    url = f"{fake.url.replace('http', 'ws')}/ws?clientId=a"
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin=Origin("http://example.org")):
        pass


def test_closing_the_older_of_two_sockets_of_one_id_silences_the_newer(fake: FakeComfyUI, http: httpx.Client) -> None:
    url = f"{fake.url.replace('http', 'ws')}/ws?clientId=twice"
    with connect(url) as newer_than_none:
        newer_than_none.recv(timeout=10)
        with connect(url) as newest:
            newest.recv(timeout=10)
            newer_than_none.close()
            finished(fake, post(http, scaled_graph(), client_id="twice").json()["prompt_id"])
            with pytest.raises(TimeoutError):
                newest.recv(timeout=0.2)


def test_a_job_tells_its_own_client_everything_in_order(fake: FakeComfyUI, http: httpx.Client) -> None:
    with connect(f"{fake.url.replace('http', 'ws')}/ws?clientId=me") as mine:
        post(http, scaled_graph(), client_id="me")
        received = [mine.recv(timeout=5)]
        while '"node": null' not in str(received[-1]):
            received.append(mine.recv(timeout=5))
    kinds = [json.loads(message)["type"] for message in received if isinstance(message, str)]
    binaries = sum(isinstance(message, bytes) for message in received)
    seen = list(dict.fromkeys(kinds))
    assert seen[:5] == ["status", "execution_start", "execution_cached", "progress_state", "executing"]
    assert seen.index("progress") < seen.index("executed") < seen.index("execution_success")
    assert binaries == fake.jobs.steps


def upload(http: httpx.Client, body: bytes, name: str = "a.png", **fields: str) -> httpx.Response:
    return http.post("/upload/image", files={"image": (name, body)}, data=fields)


def test_uploads_are_renamed_unless_they_may_overwrite(http: httpx.Client) -> None:
    assert upload(http, b"1").json() == {"name": "a.png", "subfolder": "", "type": "input"}
    assert upload(http, b"1").json()["name"] == "a.png"
    assert upload(http, b"2").json()["name"] == "a (1).png"
    assert upload(http, b"3", overwrite="true").json()["name"] == "a.png"
    assert upload(http, b"4", overwrite="True").json()["name"] == "a (2).png"
    assert upload(http, b"5", subfolder="jobs/2024").json()["subfolder"] == "jobs/2024"
    assert upload(http, b"6", subfolder="../x").status_code == 400
    assert upload(http, b"7", type="bogus").status_code == 500
    assert http.post("/upload/image", files={"wrong": ("a.png", b"1")}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"type": "temp"}, 404),
        ({"type": "bogus"}, 400),
        ({"filename": ""}, 404),
        ({"filename": "missing.png"}, 404),
        ({"filename": "../x.png"}, 400),
        ({"subfolder": "../.."}, 403),
    ],
)
def test_files_are_viewed_or_refused_as_recorded(
    fake: FakeComfyUI, http: httpx.Client, asked: dict[str, str], status: int
) -> None:
    fake.jobs.files["output", "p", "a.png"] = bytes(range(200))
    parameters = {"filename": "a.png", "subfolder": "p", "type": "output", **asked}
    assert http.get("/view", params=parameters).status_code == status


def test_a_part_of_a_file_and_its_head_can_be_asked_for(fake: FakeComfyUI, http: httpx.Client) -> None:
    fake.jobs.files["output", "", "a.mp4"] = bytes(range(200))
    part = http.get("/view?filename=a.mp4", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/200"
    head = http.head("/view?filename=a.mp4")
    assert (head.content, head.headers["content-type"]) == (b"", "video/mp4")


def test_every_route_is_also_below_api(http: httpx.Client) -> None:
    assert http.get("/api/queue").json() == http.get("/queue").json()
    assert http.get("/api/object_info/NoSuchNode").json() == {}


def test_a_renderer_of_ones_own_decides_what_is_saved() -> None:
    with FakeComfyUI(lambda graph: (str(len(graph)).encode(), ".webp")) as fake:
        with httpx.Client(base_url=fake.url, trust_env=False) as http:
            entry = finished(fake, post(http, scaled_graph()).json()["prompt_id"])
        assert entry["outputs"]["3"]["images"][0]["filename"] == "a_00001_.webp"
        assert fake.jobs.files["output", "probe", "a_00001_.webp"] == b"3"


def test_it_serves_by_itself_and_obeys_from_outside(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tower_anime_assets_tests.fakes.comfyui", "--duration", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(base_url=url, trust_env=False) as http:
                assert http.post("/fake/faults", json={"prompt": "500", "duration_s": 0.02}).status_code == 200
                assert http.post("/fake/faults", json={"bogus": 1}).status_code == 400
                assert post(http, scaled_graph(), prompt_id="p").status_code == 500
                state = http.get("/fake/state").json()
            assert state["submissions"] == {"p": 1}
            assert state["faults"]["prompt"] == "500"
        finally:
            process.terminate()
        assert process.wait(10) == 0


# What it renders.


def png(picture: Any) -> bytes:
    made = io.BytesIO()
    Image.fromarray(picture).save(made, "PNG")
    return made.getvalue()


def test_stills_are_sharp_of_their_size_the_same_for_a_seed_and_wear_the_prompts_colours() -> None:
    still = drawn(256, 192, 7, ("#d02040", "#2040d0"))
    assert still.shape == (192, 256, 3)
    assert (still == drawn(256, 192, 7, ("#d02040", "#2040d0"))).all()
    assert (still != drawn(256, 192, 8, ("#d02040", "#2040d0"))).any()
    assert cv2.Laplacian(cv2.cvtColor(still, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var() > 300
    for colour in ((0xD0, 0x20, 0x40), (0x20, 0x40, 0xD0)):
        assert (still == colour).all(axis=2).mean() > 0.03


def test_figures_wear_the_given_colours_unless_the_positive_prompt_names_others() -> None:
    def share(text: str, colour: tuple[int, int, int]) -> float:
        graph = clip_graph() | {"6": node("CLIPTextEncode", text=text), "7": node("CLIPTextEncode", text="no #00ff00")}
        graph["11"] = node("SaveImage", images=["9", 0], filename_prefix="p")
        body, _ = rendered(graph, lambda _name: b"", ("#d02040",))
        with Image.open(io.BytesIO(body)) as picture:
            return float((np.asarray(picture) == colour).all(axis=2).mean())

    assert share("a street", (0xD0, 0x20, 0x40)) > 0.1
    assert share("a street in #2040D0", (0x20, 0x40, 0xD0)) > 0.1
    assert share("a street in #2040D0", (0xD0, 0x20, 0x40)) == 0.0
    assert share("a street", (0x00, 0xFF, 0x00)) == 0.0


def test_a_clip_starts_from_its_picture_has_its_numbers_and_moves_slowly() -> None:
    start = drawn(256, 160, 11)
    body, suffix = rendered(clip_graph(), lambda _name: png(start))
    assert suffix == ".mp4"
    with av.open(io.BytesIO(body), "r") as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate is not None
        assert stream.average_rate == 24
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(stream)]
    assert len(frames) == 25
    assert frames[0].shape == (160, 256)
    assert np.abs(frames[0].astype(int) - cv2.cvtColor(start, cv2.COLOR_RGB2GRAY)).mean() < 4
    flows = [
        cv2.calcOpticalFlowFarneback(one, other, np.zeros((*one.shape, 2), np.float32), 0.5, 3, 25, 3, 7, 1.5, 0)
        for one, other in zip(frames[::6], frames[1::6], strict=False)
    ]
    assert 0.25 < np.mean([np.hypot(flow[..., 0], flow[..., 1]).mean() for flow in flows]) < 1.0


def test_sizes_and_lengths_are_made_legal_without_a_word_as_ltx_does() -> None:
    body, _ = rendered(clip_graph(length=20, width=80, height=70), lambda _name: png(drawn(80, 70, 1)))
    with av.open(io.BytesIO(body), "r") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (64, 64)
        assert sum(1 for _ in container.decode(stream)) == 17


def test_a_picture_tells_everybody_its_graph() -> None:
    graph = scaled_graph()
    body, _ = rendered(graph, lambda _name: b"")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (128, 96)
        assert json.loads(picture.info["prompt"]) == graph
