"""Reference pictures of the cast: brought by people, shown, and no way to any other file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from tower_anime_assets.media.show_files import MAX_PICTURE_BYTES
from tower_anime_assets.settings import Scope, Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import show_edits
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import write_small_show
from tower_anime_assets_tests.web.api.conftest import client_of

SHOWN = "/api/projects/small/references"
BRING = "/api/projects/small/cast/luna/references"
LUNA = "/api/projects/small/files/characters/luna.yaml"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


def picture(kind: str = ".png", shade: int = 120, side_px: int = 700) -> bytes:
    drawn = np.full((side_px, side_px, 3), shade, np.uint8)
    return cv2.imencode(kind, drawn)[1].tobytes()


@pytest.fixture
def show(studio: Studio) -> Path:
    return write_small_show(studio.settings.projects)


@pytest.fixture
def mei(studio: Studio, show: Path) -> TestClient:
    return client_of(studio, "Mei", Scope.DIRECT)


def bring(client: TestClient, content: bytes, content_type: str = "image/png", address: str = BRING) -> str:
    answer = client.post(address, content=content, params={"why": "her coat"}, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file"])


@pytest.mark.parametrize(
    ("kind", "content_type"), [(".png", "image/png"), (".jpg", "image/jpeg"), (".webp", "image/webp")]
)
def test_a_brought_picture_is_stored_named_by_the_characters_file_shown_and_on_record(
    studio: Studio, show: Path, mei: TestClient, kind: str, content_type: str
) -> None:
    content = picture(kind)
    file = bring(mei, content, "application/octet-stream")
    assert (show / file).read_bytes() == content
    assert Path(file).parent == Path("references")
    assert mei.get(f"{SHOWN}/{file}").status_code == 404, "nothing names it yet"

    change = {"changes": [{"path": ["references"], "action": "append", "value": file}]}
    told = mei.post(f"{LUNA}/preview", json=change).json()
    assert told["new_faults"] == []
    assert f"+  - {file}\n" in told["diff"] or f"+references: [{file}]" in told["diff"]
    assert mei.put(LUNA, json={**change, "why": "her coat"}).status_code == 200

    shown = mei.get(f"{SHOWN}/{file}")
    assert (shown.content, shown.headers["content-type"]) == (content, content_type)
    small = mei.get(f"{SHOWN}/{file}", params={"width": "320"})
    assert small.headers["content-type"] == "image/jpeg"
    decoded = cv2.imdecode(np.frombuffer(small.content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape[1] == 320
    assert file in mei.get("/api/projects/small").json()["cast"][1]["references"]
    newest = show_edits.find_newest(studio.database, "small", file)
    assert newest is not None
    assert (newest.who, newest.why) == ("Mei", "her coat")


def test_the_same_picture_again_changes_nothing(studio: Studio, show: Path, mei: TestClient) -> None:
    file = bring(mei, picture(shade=77))
    first = show_edits.find_newest(studio.database, "small", file)
    answer = mei.post(BRING, content=picture(shade=77), headers={"Content-Type": "image/png"}).json()
    assert (answer["file"], answer["is_new"]) == (file, False)
    assert show_edits.find_newest(studio.database, "small", file) == first
    (show / file).write_bytes(b"somebody else's")
    refused = mei.post(BRING, content=picture(shade=77), headers={"Content-Type": "image/png"})
    assert refused.status_code == 422
    assert (show / file).read_bytes() == b"somebody else's"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<svg onload=alert(1)>", "of another kind"),
        (picture()[:400], "corrupt"),
        (WEBP + b"\x00" * 40, "corrupt"),
        (picture(side_px=16), "is only 16 x 16 pixels"),
        (b"GIF89a" + b"\x00" * 100, "of another kind"),
    ],
)
def test_what_is_no_usable_picture_is_refused_and_nothing_is_stored(
    show: Path, mei: TestClient, content: bytes, says: str
) -> None:
    before = sorted(show.rglob("*"))
    answer = mei.post(BRING, content=content, headers={"Content-Type": "image/png"})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert sorted(show.rglob("*")) == before


@pytest.mark.chaos
def test_only_pictures_that_the_cast_names_are_served_and_no_link_is_followed_out_of_the_show(
    show: Path, mei: TestClient, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture())
    (show / "references").mkdir(exist_ok=True)
    (show / "references" / "link.png").unlink(missing_ok=True)
    (show / "references" / "link.png").symlink_to(secret)
    (show / "references" / "unnamed.png").write_bytes(picture())
    luna = show / "characters" / "luna.yaml"
    luna.write_text(f"{luna.read_text()}\nreferences: [references/link.png, ../../secret.png, /etc/passwd]\n")
    for path in (
        "references/link.png", "references/unnamed.png", "../../secret.png", "..%2f..%2fsecret.png", "%2Fetc%2Fpasswd",
        "project.yaml", "characters/luna.yaml", "references/../project.yaml", str(secret),
    ):  # fmt: skip
        answer = mei.get(f"{SHOWN}/{path}")
        assert answer.status_code in (404, 422), path
        assert "image" not in answer.headers["content-type"], path


@pytest.mark.chaos
def test_a_folder_that_is_a_link_takes_no_picture(show: Path, mei: TestClient, tmp_path: Path) -> None:
    if (show / "references").is_dir():
        (show / "references").rename(tmp_path / "kept")
    (show / "references").symlink_to(tmp_path)
    answer = mei.post(BRING, content=picture(shade=31), headers={"Content-Type": "image/png"})
    (show / "references").unlink()
    assert answer.status_code >= 400
    assert not list(tmp_path.glob("luna-*"))


def test_who_may_only_look_brings_nothing_and_a_picture_has_a_limit(
    studio: Studio, show: Path, mei: TestClient
) -> None:
    reader = client_of(studio, "Ben", Scope.READ)
    assert reader.post(BRING, content=picture(), headers={"Content-Type": "image/png"}).status_code == 403
    large = mei.post(
        BRING, content=b"\x89PNG\r\n\x1a\n" + b"\x00" * MAX_PICTURE_BYTES, headers={"Content-Type": "image/png"}
    )
    assert large.status_code == 413
    assert mei.post(BRING, content=b"x", headers={"Content-Type": "video/mp4"}).status_code == 415
    assert (
        mei.post(BRING.replace("luna", "nobody"), content=picture(), headers={"Content-Type": "image/png"}).status_code
        == 404
    )
    assert (
        mei.post(BRING.replace("small", "none"), content=picture(), headers={"Content-Type": "image/png"}).status_code
        == 404
    )


def test_a_show_says_its_caps_seed_and_where_its_loras_are(show: Path, mei: TestClient) -> None:
    project = show / "project.yaml"
    project.write_text(f"{project.read_text()}\ncaps: {{episode: {{gpu_seconds: 600}}, day: {{money: 2.5}}}}\n")
    akira = show / "characters" / "akira.yaml"
    akira.write_text(f"{akira.read_text()}\nlora: {{file: a.safetensors}}\nloras: [{{file: b.safetensors}}]\n")
    page = mei.get("/api/projects/small").json()
    assert page["faults"] == []
    assert page["seed"] == 7
    assert page["caps"] == [
        {"scope": "episode", "unit": "gpu_seconds", "limit": 600.0, "since": ""},
        {"scope": "day", "unit": "money", "limit": 2.5, "since": ""},
    ]
    akira_page, luna_page = page["cast"]
    assert ([one["file"] for one in akira_page["loras"]], akira_page["has_own_lora"]) == (
        ["a.safetensors", "b.safetensors"],
        True,
    )
    assert not luna_page["has_own_lora"]


def test_a_database_that_is_away_leaves_no_picture(show: Path, studio: Studio) -> None:
    away = Studio(Settings(studio.settings.projects, studio.settings.home), Database("postgresql://127.0.0.1:1/none"))
    client = client_of(away, "Mei", Scope.DIRECT)
    before = sorted(show.rglob("*"))
    answer = client.post(BRING, content=picture(shade=5), headers={"Content-Type": "image/png"})
    assert answer.status_code == 503
    assert sorted(show.rglob("*")) == before
