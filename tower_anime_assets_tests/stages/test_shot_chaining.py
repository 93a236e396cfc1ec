"""Keyframes that start from a picture: through the real store, and a ComfyUI server of ours on a real socket."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tower_anime_assets.engines.orders import Outcome
from tower_anime_assets.errors import MediaError, NotAcceptedError, ServiceRejectedError, StoryError
from tower_anime_assets.media import frames
from tower_anime_assets.media.conform import pad_to_size
from tower_anime_assets.media.files import sha256_of
from tower_anime_assets.media.pictures import read_picture, write_png
from tower_anime_assets.media.show_files import load_project
from tower_anime_assets.production.digest import digest, plain_data
from tower_anime_assets.production.planning.briefs import brief_digest
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import ingest
from tower_anime_assets.stages.clips import CLIPS
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.keyframes import KEYFRAMES, keyframe_brief
from tower_anime_assets.stages.opening import saved_episode
from tower_anime_assets.stages.run import Run
from tower_anime_assets.stages.shot_plans import SHOT_PLANS, episode_plan
from tower_anime_assets.stages.stage import EpisodeRun, Selection, Stage
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.stages.waivers import waive
from tower_anime_assets.store import decisions
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.conftest import DatabaseServer
from tower_anime_assets_tests.fakes.comfyui import FakeComfyUI
from tower_anime_assets_tests.fakes.comfyui_models import rendered
from tower_anime_assets_tests.small_show import KEY, PROJECT, write_small_show

SCRIPT = """\
Title: Small

EXT. STREET - NIGHT
[[mood: tense]]
[[shot: wide]]
Akira runs down the street.

[[shot: medium]]
Akira stops at a door.

[[shot: close-up]]
Akira looks back.

INT. LABORATORY - DAY
[[mood: calm]]
[[shot: medium]]
Luna looks up from her terminal.

[[shot: close-up]]
Luna smiles.
"""
STYLE = "style: {checkpoint: ANIME_SDXL.safetensors}\nrouting: {explore: false, blocked: [qwen_image_edit_2509]}\n"
STILL_MADE = (KEYFRAMES.name, "succeeded")
COLOURS = ("#1e6bff", "#e5e5e5")


@dataclass
class Show:
    """The small show, its studio and its server."""

    studio: Studio
    server: FakeComfyUI
    folder: Path

    @property
    def work(self) -> EpisodeRun:
        return saved_episode(Run(self.studio), EpisodeKey.parse(KEY))

    def read(self, script: str = SCRIPT) -> None:
        (self.folder / "episodes" / "e01.fountain").write_text(script)
        ingest.read_characters(Run(self.studio), "small")
        ingest.read_episode(self.studio, EpisodeKey.parse(KEY))
        assert self.work.make(SHOT_PLANS).rejected == ()

    def made(self) -> int:
        """Make keyframes and clips, and return how many jobs that was at the server."""
        before = sum(self.server.submissions.values())
        for stage in (KEYFRAMES, CLIPS):
            assert self.work.make(stage).rejected == ()
        return sum(self.server.submissions.values()) - before

    def takes(self, stage: Stage[Any]) -> dict[str, Outcome]:
        """Return what stands, by the end of the shot's key."""
        found = {order.subject.removeprefix(f"{KEY}-"): outcome for order, outcome in self.work.find(stage)}
        return {key: outcome for key, outcome in found.items() if outcome is not None}

    def started_from(self, outcome: Outcome) -> np.ndarray[Any, Any]:
        """Return the picture that the server had when it made a keyframe, as it was uploaded."""
        decision = decisions.find_by_id(self.studio.database, outcome.take.decision_id)
        assert decision is not None
        graph = self.server.jobs.history[str(decision.prompt_id)]["prompt"][2]
        (name,) = [node["inputs"]["image"] for node in graph.values() if node["class_type"] == "LoadImage"]
        body = self.server.jobs.file("input", name)
        picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))

    def last_frame_of(self, outcome: Outcome) -> np.ndarray[Any, Any]:
        """Return the last frame of a clip, decoded from the clip itself."""
        path = self.studio.media.path_of(outcome.take.files["main"].path)
        return frames.frame_at(path, frames.probe(path).frames - 1)


@contextmanager
def show_with(
    database_server: DatabaseServer,
    folder: Path,
    keyframes_from: str,
    renderer: Callable[[FakeComfyUI, Mapping[str, Any]], tuple[bytes, str]] | None = None,
    **engines: str,
) -> Iterator[Show]:
    chosen = ", ".join(f"{name}: {value}" for name, value in {"keyframes_from": keyframes_from, **engines}.items())
    # What the fake draws is noise, in which shapes like letters may be found.
    thresholds = "thresholds: {letters_share: {high: 1}}\n"
    project = PROJECT + STYLE + thresholds + f"engines: {{{chosen}}}\n"
    show = write_small_show(folder / "projects", SCRIPT, project)
    database = Database(database_server.make_database())
    server = FakeComfyUI(None if renderer is None else lambda graph: renderer(server, graph), colours=COLOURS)
    with server:
        services = {"comfyui": server.url}
        settings = Settings(projects=folder / "projects", home=folder / "home", services=services)
        studio = Studio(settings, database)
        try:
            yield Show(studio, server, show)
        finally:
            studio.close()


def redrawing(server: FakeComfyUI, graph: Mapping[str, Any]) -> tuple[bytes, str]:
    """Render as the fake does, but let a still that is redrawn depend on the picture it is redrawn from."""
    start = [node["inputs"]["image"] for node in graph.values() if node["class_type"] == "LoadImage"]
    changed = copy.deepcopy(dict(graph))
    if start and any(node["class_type"] == "SaveImage" for node in graph.values()):
        mark = zlib.crc32(server.jobs.file("input", start[0]))
        for node in changed.values():
            if node["class_type"] == "KSampler":
                node["inputs"]["seed"] ^= mark
    return rendered(changed, lambda name: server.jobs.file("input", name), COLOURS)


def same_in_frame(start: np.ndarray[Any, Any], picture: np.ndarray[Any, Any]) -> bool:
    """Return whether an uploaded picture is this one, in the larger frame that a workflow wants."""
    return np.array_equal(start, pad_to_size(picture, start.shape[1], start.shape[0]))


def test_a_reference_picture_is_uploaded_and_redrawn(database_server: DatabaseServer, tmp_path: Path) -> None:
    with show_with(database_server, tmp_path, "reference", clips="embedded") as show:
        picture = np.random.default_rng(5).integers(0, 255, (96, 64, 3), np.uint8)
        write_png(show.folder / "akira.png", picture)
        with (show.folder / "characters" / "akira.yaml").open("a") as file:
            file.write("references: [akira.png]\n")
        show.read()
        assert show.work.make(KEYFRAMES).rejected == ()
        made = show.takes(KEYFRAMES)
        of_akira = [key for key in made if key.startswith("sc01")]
        assert len(of_akira) == 3
        for key in of_akira:
            assert made[key].take.engine == "comfyui:sdxl_anime_i2i"
            assert same_in_frame(show.started_from(made[key]), picture)
        for key in made.keys() - set(of_akira):
            assert made[key].take.engine.endswith("_t2i"), "Luna has no reference picture"
        assert show.work.make(KEYFRAMES).made == 0
        write_png(show.folder / "akira.png", 255 - picture)
        foreseen = [item for item in plan_takes(show.studio, EpisodeKey.parse(KEY)) if item.stage == KEYFRAMES.name]
        assert {item.shot.removeprefix(f"{KEY}-") for item in foreseen if item.state == "missing"} == set(of_akira)
        assert {item.why for item in foreseen if item.state == "missing"} == {"changed: start_sha256"}


@pytest.fixture(scope="module")
def chained(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    """An episode whose keyframes start from the clips before them, made whole."""
    with show_with(database_server, tmp_path_factory.mktemp("chained"), "previous", redrawing) as show:
        show.read()
        waiting = {(item.stage, item.state) for item in plan_takes(show.studio, EpisodeKey.parse(KEY))}
        assert (KEYFRAMES.name, "waits") in waiting
        assert show.server.submissions == {}, "looking makes nothing"
        with pytest.raises(NotAcceptedError, match=r"sc01-sh0020.* wait"):
            show.work.find(KEYFRAMES)
        assert show.made() == 2 * len(episode_plan(show.work).shots)
        yield show


def test_each_keyframe_starts_from_the_last_frame_of_the_clip_before(chained: Show) -> None:
    stills_made, clips_made = chained.takes(KEYFRAMES), chained.takes(CLIPS)
    shots = [shot.key.removeprefix(f"{KEY}-") for shot in episode_plan(chained.work).shots]
    assert len([key for key in shots if key.startswith("sc01")]) >= 3
    for before, key in zip(["", *shots], shots, strict=False):
        if key.endswith("sh0010"):
            assert stills_made[key].take.engine.endswith("_t2i"), "a scene's first shot comes from words"
            continue
        assert stills_made[key].take.engine == "comfyui:sdxl_anime_i2i"
        assert same_in_frame(chained.started_from(stills_made[key]), chained.last_frame_of(clips_made[before]))
        last = clips_made[before].take.files["last"]
        assert sha256_of(chained.studio.media.path_of(last.path)) == last.sha256
        assert np.array_equal(
            read_picture(chained.studio.media.path_of(last.path)), chained.last_frame_of(clips_made[before])
        )


def test_a_second_run_makes_nothing(chained: Show) -> None:
    assert chained.made() == 0
    assert {item.state for item in plan_takes(chained.studio, EpisodeKey.parse(KEY)) if item.stage == "clip"} == {
        "ready"
    }


def test_a_changed_first_shot_makes_its_scene_again_and_no_other(chained: Show) -> None:
    before = chained.takes(KEYFRAMES)
    chained.read(SCRIPT.replace("[[shot: wide]]", "[[shot: insert]]"))
    shots = [shot for shot in episode_plan(chained.work).shots if shot.scene == "sc01"]
    assert chained.made() == 2 * len(shots)
    after = chained.takes(KEYFRAMES)
    again = {key for key in after if after[key].take.id != before[key].take.id}
    assert again == {shot.key.removeprefix(f"{KEY}-") for shot in shots}


def test_a_clip_made_again_is_followed_by_what_starts_from_it(chained: Show) -> None:
    first = episode_plan(chained.work).shots[0].key
    shots = [shot for shot in episode_plan(chained.work).shots if shot.scene == "sc01"]
    before = chained.takes(KEYFRAMES)
    assert chained.work.make(CLIPS, Selection((first,), force=True)).rejected == ()
    after = chained.takes(KEYFRAMES)
    again = {f"{KEY}-{key}" for key in after if after[key].take.id != before[key].take.id}
    assert again == {shot.key for shot in shots[1:]}
    assert chained.made() == 0


def test_a_shot_that_cannot_be_made_holds_up_its_own_scene_only(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_with(database_server, tmp_path, "previous", redrawing) as show:
        show.read()
        show.server.jobs.faults.node_error, show.server.jobs.faults.node_error_times = "seed out of range", 1
        with pytest.raises(ServiceRejectedError, match="seed out of range") as caught:
            show.work.make(KEYFRAMES)
        (note,) = caught.value.__notes__
        failed = note.split(" could not be made")[0].removeprefix(f"{KEY}-")
        assert failed in ("sc01-sh0010", "sc02-sh0010"), "one of the first two jobs"
        shots = {shot.key.removeprefix(f"{KEY}-") for shot in episode_plan(show.work).shots}
        runs = decisions.list_recent(show.studio.database, ["small"], datetime(2026, 1, 1, tzinfo=UTC), 100)
        stills = {f"{one.scene_id}-{one.shot_id}" for one in runs if (one.decision_type, one.status) == STILL_MADE}
        assert stills == {key for key in shots if key[:4] != failed[:4]}


def test_a_rejected_shot_holds_up_its_own_scene_only(database_server: DatabaseServer, tmp_path: Path) -> None:
    _, encoded = cv2.imencode(".png", np.full((512, 768, 3), 90, np.uint8))
    flat_png = encoded.tobytes()

    def flat_streets(server: FakeComfyUI, graph: Mapping[str, Any]) -> tuple[bytes, str]:
        if "street" in str(graph).lower():
            return flat_png, ".png"
        return rendered(graph, lambda name: server.jobs.file("input", name), COLOURS)

    with show_with(
        database_server, tmp_path, "previous", renderer=flat_streets, clips="embedded", attempts="1"
    ) as show:
        show.read()
        with pytest.raises(NotAcceptedError) as caught:
            show.work.make(KEYFRAMES)
        assert f"{KEY}-sc01-sh0020, {KEY}-sc01-sh0030 wait for" in str(caught.value)
        assert f"{KEY}-sc01-sh0010: keyframes_" in str(caught.value), "the message names the gate"
        found = {order.subject: outcome for order, outcome in show.work.find(KEYFRAMES, partial=True)}
        accepted = {key for key, outcome in found.items() if outcome is not None and outcome.accepted}
        assert accepted == {shot.key for shot in episode_plan(show.work).shots if shot.scene == "sc02"}
        states = {
            item.shot: item.state for item in plan_takes(show.studio, EpisodeKey.parse(KEY)) if item.stage == "keyframe"
        }
        assert states[f"{KEY}-sc01-sh0010"] == "rejected"
        assert states[f"{KEY}-sc01-sh0020"] == states[f"{KEY}-sc01-sh0030"] == "waits"
        for gate in {verdict.gate for verdict in found[f"{KEY}-sc01-sh0010"].failed}:  # type: ignore[union-attr]
            waive(show.studio, f"{KEY}-sc01-sh0010", gate, "a test", "to go on")
        assert f"{KEY}-sc01-sh0010" in {order.subject for order, _outcome in show.work.find(CLIPS, partial=True)}


def test_the_embedded_painter_knows_no_start(database_server: DatabaseServer, tmp_path: Path) -> None:
    briefs = []
    for choice in ("words", "previous"):
        folder = tmp_path / choice
        with show_with(database_server, folder, choice, keyframes="embedded", clips="embedded") as show:
            show.read()
            assert show.work.make(KEYFRAMES).rejected == ()
            orders = [order for stage in (KEYFRAMES, CLIPS) for order, _outcome in show.work.find(stage)]
            assert not any({"start_sha256", "keeps_last"} & plain_data(order.brief).keys() for order in orders)
            briefs.append([order.digest for order in orders])
    assert briefs[0] == briefs[1]


def test_a_brief_without_a_start_has_the_digest_that_it_had_before_there_were_starts(chained: Show) -> None:
    shot = episode_plan(chained.work).shots[0]
    brief = keyframe_brief(chained.work.project, shot)
    later = ("start_sha256", "literal", "reference_sha256s", "mask_sha256", "quality")
    old = {name: value for name, value in vars(brief).items() if name not in later}
    assert brief_digest(brief, "embedded-painter", "1") == digest("keyframe", plain_data(old), "embedded-painter", "1")
    assert brief_digest(keyframe_brief(chained.work.project, shot, "ab"), "x", "1") != brief_digest(brief, "x", "1")


def test_a_choice_that_there_is_not_is_named_with_the_nearest(tmp_path: Path) -> None:
    write_small_show(tmp_path, SCRIPT, PROJECT + "engines: {keyframes_from: previuos}\n")
    with pytest.raises(StoryError, match=r"Expected one of words, reference, previous.*previous"):
        load_project(tmp_path, "small")


def test_a_shot_that_is_pinned_to_the_embedded_painter_starts_from_no_picture(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with show_with(database_server, tmp_path, "reference", clips="embedded") as show:
        write_png(show.folder / "akira.png", np.full((64, 64, 3), 90, np.uint8))
        with (show.folder / "characters" / "akira.yaml").open("a") as file:
            file.write("references: [akira.png]\n")
        project = show.folder / "project.yaml"
        project.write_text(project.read_text().replace("routing: {", "routing: {pins: {e01-sc01-sh0020: embedded}, "))
        show.read()
        orders = {order.subject.removeprefix(f"{KEY}-"): order for order, _outcome in show.work.find(KEYFRAMES)}
        assert orders["sc01-sh0020"].engine.name == "embedded-painter"
        assert (orders["sc01-sh0020"].brief.start_sha256, orders["sc01-sh0020"].inputs) == ("", {})
        assert orders["sc01-sh0030"].engine.name == "comfyui:sdxl_anime_i2i"
        assert orders["sc01-sh0030"].inputs == {"picture": show.folder / "akira.png"}
        (show.folder / "akira.png").unlink()
        with pytest.raises(MediaError, match=r"reference picture akira\.png, which is not in small's folder"):
            show.work.find(KEYFRAMES)
