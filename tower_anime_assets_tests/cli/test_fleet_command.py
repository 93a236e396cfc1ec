"""`tower fleet`: servers are listed with what they work on, and paused, drained, resumed and limited by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tower_anime_assets.cli import main
from tower_anime_assets.store import audit, fleet
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.fleet import NewRequest
from tower_anime_assets_tests.cli.conftest import Enter, ReadJson
from tower_anime_assets_tests.conftest import DatabaseServer

FIRST, SECOND = "http://127.0.0.1:9", "http://127.0.0.1:10"


@pytest.fixture
def database(
    enter_environment: Enter, database_server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Database:
    (tmp_path / "projects").mkdir()
    url = database_server.make_database()
    enter_environment(tmp_path, url)
    monkeypatch.setenv("COMFYUI_URL", f"{FIRST},{SECOND}")
    return Database(url)


def test_a_server_is_drained_by_name_and_the_list_says_when_it_is_empty(
    database: Database, capsys: pytest.CaptureFixture[str], read_json: ReadJson
) -> None:
    with fleet.open_holder(database, (FIRST, SECOND)) as holder:
        requests = [NewRequest(f"{n:032}", "r", f"show-e0{n}", 2, "video", FIRST, (), 0.0) for n in range(2)]
        assert [fleet.ask(database, holder.holder, request) for request in requests] == [FIRST, ""]
        assert main(["fleet", "drain", "127.0.0.1:9", "--who", "Mei", "--why", "new card"]) == 0
        assert f"{FIRST}  draining  1 of 1 jobs; show-e00 video from " in capsys.readouterr().err
        code, listed = read_json("fleet", "list")
        first, second = listed["servers"]
        assert (code, first["state"], first["is_empty"], first["who"], first["why"]) == (
            0, "draining", False, "Mei", "new card",
        )  # fmt: skip
        assert first["jobs"][0]["episode"] == "show-e00"
        assert (second["server"], second["state"], second["is_empty"]) == (SECOND, "active", True)
        assert [job["episode"] for job in listed["waiting"]] == ["show-e01"]
        fleet.release(database, requests[0].id)
        assert main(["fleet", "list"]) == 0
        words = capsys.readouterr().out
        assert f"{FIRST}  draining  empty; set by Mei at " in words
        assert "1 job waits: show-e01, usual" in words
        assert main(["fleet", "resume", FIRST, "--who", "Akira"]) == 0
        capsys.readouterr()
        assert read_json("fleet", "list")[1]["servers"][0]["jobs"][0]["episode"] == "show-e01"
        for request in requests:
            fleet.release(database, request.id)
    assert audit.find_chain_problems(database) == ()
    database.close()


def test_limits_are_set_one_by_one_and_stay(database: Database, read_json: ReadJson) -> None:
    assert read_json("fleet", "limit", FIRST, "--jobs", "2")[1]["server"]["max_jobs"] == 2
    limited = read_json("fleet", "limit", FIRST, "--media", "image", "--why", "8 GB")[1]["server"]
    assert (limited["max_jobs"], limited["media"], limited["why"]) == (2, ["image"], "8 GB")
    paused = read_json("fleet", "pause", FIRST)[1]["server"]
    assert (paused["state"], paused["max_jobs"], paused["media"]) == ("paused", 2, ["image"])
    database.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["pause", "http://elsewhere:8188"],
            f"there is no ComfyUI server http://elsewhere:8188; there are:\n  {FIRST}",
        ),
        (["limit", FIRST], "nothing to limit"),
        (["limit", FIRST, "--jobs", "0"], "1 to 64 jobs at once; found 0"),
        (["limit", FIRST, "--media", "sound"], "image or video, or both; found sound"),
        (["pause", FIRST, "--who", " "], ""),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_can(
    database: Database, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code = main(["fleet", *words])
    told = capsys.readouterr().err
    database.close()
    if said:
        assert code == 2
        assert said in told
    else:  # nobody named is whoever uses this machine
        assert code == 0
