from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.planning.shots import (
    Emotion,
    EpisodePlan,
    Facing,
    Framing,
    Move,
    PlacedLine,
    Pose,
    Purpose,
    ScenePlan,
    Setting,
    Shot,
    SpeechSpan,
    Subject,
    Transition,
)
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.production.story.model import (
    Action,
    Appearance,
    Card,
    Character,
    Episode,
    Lora,
    Project,
    Scene,
    ShotNote,
    Speech,
    Voice,
)
from tower_anime_assets.store import story
from tower_anime_assets.store.database import Database

KEY = EpisodeKey("nexus", "e01")


def character(name: str, **changes: Any) -> Character:
    look = Appearance("#101010", "short", "#f0d0b0", "#304050", "#a02020", "jacket", "#20c0c0", features=("monocle",))
    return replace(Character(name.lower(), name, f"{name} of Nexus.", look, Voice(pitch=40)), **changes)


def project(**changes: Any) -> Project:
    cast = (character("Akira", lora=Lora("akira.safetensors", strength_model=0.65)), character("Luna"))
    made = Project("nexus", "Neon \U0001f680 ネクサス", cast, thresholds={"sharpness_var": {"low": 90.0}}, seed=3)
    return replace(made, **changes)


def scene(number: int, *texts: str) -> Scene:
    scene_id = f"sc{number:02d}"
    speeches = tuple(
        Speech(f"{scene_id}-l{at:03d}", "akira", text, "whispering", "V.O.", False, False, 10 + at)
        for at, text in enumerate(texts, start=1)
    )
    return Scene(
        id=scene_id,
        number=number,
        heading="INT. LAB - NIGHT",
        interior=True,
        place="LAB",
        time_of_day="night",
        weather="clear",
        mood="tense",
        music="",
        tempo_bpm=0,
        target_frames=0,
        cast=("akira",),
        synopsis="",
        transition="cut",
        beats=(Action("Rain.", 4), ShotNote("close-up", "push-in", 49, ("slow",), 5), *speeches, Card("THE END", 9)),
        writer_number="",
        line=3,
    )


def episode(*scenes: Scene, **changes: Any) -> Episode:
    return replace(Episode("nexus", "e01", "Signal", scenes, "fade", "a" * 64, {"author": "ann"}), **changes)


def shot(scene_number: int, number: int, frames: int = 49) -> Shot:
    return Shot(
        key=f"nexus-e01-sc{scene_number:02d}-sh{number * 10:04d}",
        scene=f"sc{scene_number:02d}",
        purpose=Purpose.DIALOGUE,
        framing=Framing.CLOSE_UP,
        move=Move.PUSH_IN,
        subjects=(Subject("akira", Emotion.TENSE, Pose.STAND, Facing.LEFT, -0.25),),
        setting=Setting("LAB", True, "night", "clear", "tense"),
        frames=frames,
        transition=Transition("dissolve", 12) if number == 1 else Transition(),
        speech=(SpeechSpan("sc01-l001", "akira", 6, 40, True),),
        activity=0.3,
        objects=("terminal",),
        effects=("rain",),
        card="",
        prompt="Akira, close",
        negative="blurry",
        description="Akira whispers.",
        reasoning="She speaks.",
    )


def plan(*scenes: tuple[Shot, ...]) -> EpisodePlan:
    planned = tuple(
        ScenePlan(shots[0].scene, shots, (PlacedLine("sc01-l001", "akira", 6, 40),), "dim", ("noir",), "rises")
        for shots in scenes
    )
    return EpisodePlan(str(KEY), 24, planned, fade_out_frames=24)


def rows(database: Database, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.url) as connection:
        return connection.execute(text.encode()).fetchall()


def scene_ids(database: Database) -> list[str]:
    found = story.load_episode(database, KEY)
    return [item.id for item in found.scenes] if found else []


def versions(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Where each row of the story lies and which transaction wrote it: both change when a row is touched."""
    wanted = "SELECT ctid, xmin::text FROM {} ORDER BY ctid"
    tables = ("projects", "characters", "episodes", "scenes", "dialogue_lines", "shot_plans")
    return {table: rows(database, wanted.format(table)) for table in tables}


@pytest.fixture(autouse=True)
def saved(database: Database) -> None:
    story.save_project(database, project())
    story.save_episode(database, project(), episode(scene(1, "Run!", "走れ!"), scene(2, "Why?")))


def test_a_project_comes_back_whole(database: Database) -> None:
    assert story.load_project(database, "nexus") == project()
    assert story.load_project(database, "none") is None
    assert story.load_project(database, "") is None


def test_an_episode_comes_back_whole(database: Database) -> None:
    said = episode(scene(1, "Run!", "走れ!"), scene(2, "Why?"))
    assert story.load_episode(database, KEY) == said
    assert story.list_titles(database) == (("nexus-e01", "Signal"),)
    assert story.load_episode(database, EpisodeKey("nexus", "e99")) is None


def test_saving_the_same_again_touches_no_row(database: Database) -> None:
    story.save_plan(database, plan((shot(1, 1), shot(1, 2)), (shot(2, 1),)))
    before = versions(database)
    story.save_project(database, project())
    story.save_episode(database, project(), episode(scene(1, "Run!", "走れ!"), scene(2, "Why?")))
    story.save_plan(database, plan((shot(1, 1), shot(1, 2)), (shot(2, 1),)))
    assert versions(database) == before


def test_one_changed_word_touches_one_scene_and_one_line(database: Database) -> None:
    before = dict(rows(database, "SELECT id, xmin::text FROM scenes UNION SELECT id, xmin::text FROM dialogue_lines"))
    story.save_episode(database, project(), episode(scene(1, "Run!", "走れ!"), scene(2, "Why not?")))
    after = dict(rows(database, "SELECT id, xmin::text FROM scenes UNION SELECT id, xmin::text FROM dialogue_lines"))
    assert {name for name in after if after[name] != before.get(name)} == {"sc02", "sc02-l001"}


def test_what_has_gone_is_marked_and_comes_back(database: Database) -> None:
    story.save_episode(database, project(), episode(scene(1, "Run!")))
    assert scene_ids(database) == ["sc01"]
    gone = "SELECT id FROM scenes WHERE removed_at IS NOT NULL UNION ALL "
    gone += "SELECT id FROM dialogue_lines WHERE removed_at IS NOT NULL ORDER BY 1"
    assert rows(database, gone) == [("sc01-l002",), ("sc02",), ("sc02-l001",)]
    story.save_episode(database, project(), episode(scene(1, "Run!"), scene(2, "Why?")))
    assert scene_ids(database) == ["sc01", "sc02"]
    assert rows(database, gone) == [("sc01-l002",)]


def test_a_character_who_left_the_cast_is_marked(database: Database) -> None:
    story.save_project(database, project(characters=(character("Luna", aliases=("Dr Chen",)),)))
    loaded = story.load_project(database, "nexus")
    assert loaded is not None
    assert [(item.id, item.aliases) for item in loaded.characters] == [("luna", ("Dr Chen",))]
    assert rows(database, "SELECT id FROM characters WHERE removed_at IS NOT NULL") == [("akira",)]


def test_a_plan_comes_back_whole_and_in_order(database: Database) -> None:
    made = plan((shot(2, 1), shot(2, 2)), (shot(1, 2), shot(1, 1, 81)))
    story.save_plan(database, made)
    assert story.load_plan(database, KEY) == made
    assert story.load_plan(database, "nexus-e01") == made
    assert story.load_plan(database, "nexus-e99") is None


def test_a_new_plan_takes_the_place_of_the_old_one(database: Database) -> None:
    story.save_plan(database, plan((shot(1, 1), shot(1, 2)), (shot(2, 1),)))
    shorter = plan((shot(1, 1, 81),))
    story.save_plan(database, shorter)
    assert story.load_plan(database, KEY) == shorter
    marked = "SELECT scene_id, id FROM shot_plans WHERE removed_at IS NOT NULL ORDER BY 1, 2"
    assert {("sc01", "sh0020"), ("sc02", "sh0010")} <= set(rows(database, marked))


def test_a_plan_of_a_scene_that_is_not_there_changes_nothing(database: Database) -> None:
    first = plan((shot(1, 1),))
    story.save_plan(database, first)
    with pytest.raises(PlanError, match="not in its screenplay in the database: sc07"):
        story.save_plan(database, plan((shot(1, 1, 81),), (shot(7, 1),)))
    assert story.load_plan(database, KEY) == first


def test_a_plan_needs_its_episode(database: Database) -> None:
    with pytest.raises(PlanError, match="nexus-e42 is not in the database"):
        story.save_plan(database, replace(plan((shot(1, 1),)), episode="nexus-e42"))


def test_an_episode_needs_its_project(database: Database) -> None:
    with pytest.raises(PlanError, match="belongs to nexus, not to other"):
        story.save_episode(database, project(id="other"), episode())
    with pytest.raises(PlanError, match="project other is not in the database"):
        story.save_episode(database, project(id="other"), episode(project="other"))


def test_data_of_another_version_is_refused_not_guessed(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("""UPDATE projects SET story = story || '{"seed": "three"}' WHERE id = 'nexus'""")
    with pytest.raises(PlanError, match=r"Project\.seed is 'three'; expected a valid integer"):
        story.load_project(database, "nexus")
