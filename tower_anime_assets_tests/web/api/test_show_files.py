"""A show's files in the panel: what a change would mean is told before it is saved, and who saved it is on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tower_anime_assets.settings import Scope
from tower_anime_assets.store import show_edits
from tower_anime_assets.web.api.body_limits import MOST_BODY_BYTES
from tower_anime_assets_tests.stages.conftest import MadeEpisode
from tower_anime_assets_tests.web.api.conftest import client_of

FILES = "/api/projects/small/files"
E01 = f"{FILES}/episodes/e01.fountain"
AKIRA = f"{FILES}/characters/akira.yaml"


@pytest.fixture(scope="module")
def mei(made_episode: MadeEpisode) -> TestClient:
    return client_of(made_episode.studio, "Mei", Scope.DIRECT)


@pytest.fixture(autouse=True)
def kept(made_episode: MadeEpisode) -> Iterator[None]:
    """Give the show its files back after each test."""
    before = {path: path.read_bytes() for path in made_episode.show.rglob("*") if path.is_file()}
    yield
    for path in {path for path in made_episode.show.rglob("*") if path.is_file() or path.is_symlink()} - before.keys():
        path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def test_a_changed_line_is_previewed_with_its_cost_and_saved_with_a_name(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    files = mei.get(FILES).json()
    assert [(one["file"], one["kind"], one["episode"]) for one in files["items"]] == [
        ("characters/akira.yaml", "character", ""),
        ("characters/luna.yaml", "character", ""),
        ("episodes/e01.fountain", "screenplay", "small-e01"),
        ("project.yaml", "project", ""),
    ]
    looked = mei.get(E01)
    text = looked.json()["text"]
    assert looked.headers["etag"] == f'"{looked.json()["sha256"]}"'
    body = {"text": text.replace("Close the door.", "Close the gate.")}

    previewed = mei.post(f"{E01}/preview", json=body)
    assert previewed.status_code == 200, previewed.text
    told = previewed.json()
    assert "-Close the door.\n+Close the gate.\n" in told["diff"]
    assert (told["faults"], told["episodes"]) == ([], ["small-e01"])
    (replan,) = told["replans"]
    made = {take["stage"]: take for take in replan["made"]}
    assert made.keys() == {"plan", "voice", "mix", "master"}
    assert (made["voice"]["subject"], made["voice"]["why"]) == ("sc02-l001", "changed: text")
    assert replan["seconds_before"] == 0 < replan["seconds_after"]
    assert made_episode.script.read_text() == text

    saved = mei.put(E01, json={**body, "why": "it rhymes"}, headers={"If-Match": looked.headers["etag"]})
    assert saved.status_code == 200, saved.text
    assert saved.json()["says"] == "small/episodes/e01.fountain saved by Mei"
    assert made_episode.script.read_text() == body["text"]
    again = mei.get(E01)
    assert (again.headers["etag"], again.json()["last_edit"]["who"]) == (saved.headers["etag"], "Mei")
    newest = show_edits.find_newest(made_episode.studio.database, "small", "episodes/e01.fountain")
    assert newest is not None
    assert (newest.who, newest.why) == ("Mei", "it rhymes")


def test_the_second_of_two_who_edit_a_file_is_told_who_was_first(made_episode: MadeEpisode, mei: TestClient) -> None:
    jun = client_of(made_episode.studio, "Jun", Scope.DIRECT)
    etag = mei.get(E01).headers["etag"]
    text = mei.get(E01).json()["text"]
    first = mei.put(E01, json={"text": text.replace("down", "up")}, headers={"If-Match": etag})
    assert first.status_code == 200, first.text
    second = jun.put(E01, json={"text": text.replace("found", "saw")}, headers={"If-Match": etag})
    assert second.status_code == 412
    assert "Mei edited it on" in second.json()["detail"]
    assert second.headers["etag"] == first.headers["etag"]
    blind = jun.put(E01, json={"text": text})
    assert blind.status_code == 428
    assert "If-Match" in blind.json()["detail"]


def test_values_of_a_yaml_file_are_changed_and_its_comments_stay(made_episode: MadeEpisode, mei: TestClient) -> None:
    path = made_episode.show / "characters" / "akira.yaml"
    path.write_text(f"# the hero\n{path.read_text()}")
    changes = [{"path": ["appearance", "hair"], "value": "dark green"}]
    preview = mei.post(f"{AKIRA}/preview", json={"changes": changes, "plan_for": []})
    assert preview.status_code == 200, preview.text
    assert "+  hair: dark green" in preview.json()["diff"]
    saved = mei.put(AKIRA, json={"changes": changes, "why": "as in the book"})
    assert saved.status_code == 200, saved.text
    assert path.read_text().startswith("# the hero\nname: Akira\n")
    refused = mei.post(f"{E01}/preview", json={"changes": changes})
    assert refused.status_code == 422
    assert "its text is edited" in refused.json()["detail"]
    both = mei.post(f"{AKIRA}/preview", json={"changes": changes, "text": "name: Akira\n"})
    assert both.status_code == 422


def test_faults_are_told_by_line_and_saved_only_knowingly(made_episode: MadeEpisode, mei: TestClient) -> None:
    etag = mei.get(AKIRA).headers["etag"]
    body = {"text": "name: Akira\ndescription: [no, text]\n"}
    preview = mei.post(f"{AKIRA}/preview", json=body)
    (fault,) = preview.json()["new_faults"]
    assert (fault["file"], fault["line"]) == ("small/characters/akira.yaml", 2)
    assert preview.json()["replans"][0]["problem"] == "1 fault to correct before it can be planned"
    refused = mei.put(AKIRA, json=body, headers={"If-Match": etag})
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["where"] == "small/characters/akira.yaml:2"
    assert refused.json()["remedy"].startswith("Nothing was saved.")
    saved = mei.put(AKIRA, json={**body, "even_with_faults": True}, headers={"If-Match": etag})
    assert saved.status_code == 200, saved.text
    assert "with 1 fault" in saved.json()["says"]


def test_a_new_file_is_made_but_never_over_one_that_is_there(made_episode: MadeEpisode, mei: TestClient) -> None:
    new = f"{FILES}/characters/noa.yaml"
    assert mei.get(new).status_code == 404
    body = {"text": "name: Noa\ndescription: a tall pilot with a red scarf\n"}
    made = mei.put(new, json=body, headers={"If-Match": '"none"'})
    assert made.status_code == 200, made.text
    other = mei.put(new, json={"text": "name: Other\n"}, headers={"If-Match": '"none"'})
    assert other.status_code == 412
    assert (made_episode.show / "characters" / "noa.yaml").read_text() == body["text"]


@pytest.mark.parametrize(
    "file",
    ["../../secret.yaml", "characters/../project.yaml", "/etc/passwd", "notes.txt", "episodes/a/b.fountain", ".env"],
)
def test_nothing_but_a_shows_files_is_read_or_written(made_episode: MadeEpisode, mei: TestClient, file: str) -> None:
    (made_episode.show.parent.parent / "secret.yaml").write_text("secret: 1\n")
    path = f"{FILES}/{quote(file, safe='')}"
    read = mei.get(path)
    assert read.status_code in (404, 422)
    assert "secret: 1" not in read.text
    saved = mei.put(path, json={"text": "x: 1\n"}, headers={"If-Match": '"none"'})
    assert saved.status_code in (404, 422)
    assert "expected project.yaml" in saved.json()["detail"] or saved.status_code == 404
    assert (made_episode.show.parent.parent / "secret.yaml").read_text() == "secret: 1\n"


def test_a_link_out_of_the_show_is_neither_read_nor_written(
    made_episode: MadeEpisode, mei: TestClient, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("name: Outside\n")
    (made_episode.show / "characters" / "link.yaml").symlink_to(outside)
    path = f"{FILES}/characters/link.yaml"
    for answer in (mei.get(path), mei.put(path, json={"text": "name: In\n"}, headers={"If-Match": '"none"'})):
        assert answer.status_code == 422
        assert "copy the file into the project" in answer.json()["detail"]
    assert outside.read_text() == "name: Outside\n"
    assert "characters/link.yaml" not in mei.get(FILES).text


def test_bytes_that_are_no_text_and_texts_that_are_too_long_are_problems(
    made_episode: MadeEpisode, mei: TestClient
) -> None:
    (made_episode.show / "characters" / "akira.yaml").write_bytes(b"name: \xff\xfe\n")
    unreadable = mei.get(AKIRA)
    assert unreadable.status_code == 422
    assert "Save the file again as UTF-8" in unreadable.json()["faults"][0]["remedy"]
    long = mei.post(f"{FILES}/project.yaml/preview", json={"text": "#" * 300_000})
    assert long.status_code == 422
    assert "larger than 262,144 bytes" in long.json()["detail"]
    half = mei.post(
        f"{FILES}/project.yaml/preview", content=b'{"text": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert half.status_code == 422
    huge = mei.post(f"{FILES}/project.yaml/preview", json={"text": "#" * (MOST_BODY_BYTES + 1)})
    assert huge.status_code == 413
    deep = mei.post(
        f"{FILES}/project.yaml/preview",
        content=b'{"changes": [{"path": ["style"], "value": ' + b"[" * 90 + b"]" * 90 + b"}]}",
        headers={"Content-Type": "application/json"},
    )
    assert deep.status_code == 422


def test_who_may_only_read_saves_and_previews_nothing(made_episode: MadeEpisode) -> None:
    reader = client_of(made_episode.studio, "Eva", Scope.READ)
    assert reader.get(E01).status_code == 200
    assert reader.put(E01, json={"text": "x"}, headers={"If-Match": "*"}).status_code == 403
    assert reader.post(f"{E01}/preview", json={"text": "x"}).status_code == 403


def test_of_an_unknown_show_there_are_no_files(mei: TestClient) -> None:
    answer = mei.get("/api/projects/smal/files")
    assert answer.status_code == 404
    assert "small" in answer.json()["detail"]
