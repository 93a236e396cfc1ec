"""The sensor, the schedule, the automation and the launchpad's config, evaluated as the daemon does."""

import datetime
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tower_anime_assets.definitions import defs
from tower_anime_assets.defs import jobs, overnight
from tower_anime_assets.defs.assets import story
from tower_anime_assets.defs.automation import WHEN_READY
from tower_anime_assets.defs.partitions import episodes
from tower_anime_assets.defs.stage_asset import ShotSelection
from tower_anime_assets.errors import StoryError
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store.database import Database
from tower_anime_assets_tests.small_show import KEY, write_small_show

pytestmark = [  # Dagster's own use of what pydantic deprecates, and of what it calls beta itself
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


@pytest.fixture
def studio(database: Database, tmp_path: Path) -> Studio:
    write_small_show(tmp_path / "projects")
    return Studio(Settings(tmp_path / "projects", tmp_path / "home"), database)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


def sensed(studio: Studio, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources={"studio": studio}) as context:
        result: Any = jobs.new_scripts(context)
    assert isinstance(result, dg.SensorResult)
    return result


def overnight_requests(studio: Studio, instance: dg.DagsterInstance) -> list[tuple[str | None, str | None]]:
    """Return partition and run key of each run that the schedule asks for on the night of 2 January 2026."""
    night = datetime.datetime(2026, 1, 2, 1, tzinfo=datetime.UTC)
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=night, resources={"studio": studio}
    ) as context:
        requests: Any = overnight.build_schedule()(context)
        return [(request.partition_key, request.run_key) for request in requests]


def test_a_new_screenplay_is_registered_and_observed_once(studio: Studio, instance: dg.DagsterInstance) -> None:
    first = sensed(studio, instance)
    (request,) = first.dynamic_partitions_requests or ()
    assert list(request.partition_keys) == [KEY]
    observed = {(event.asset_key.to_user_string(), event.partition) for event in first.asset_events}
    assert observed == {("screenplays", KEY), ("character_files", KEY)}
    instance.add_dynamic_partitions("episodes", [KEY])
    again = sensed(studio, instance, first.cursor)
    assert not again.asset_events
    assert not again.dynamic_partitions_requests


def test_a_changed_screenplay_gets_a_new_data_version(studio: Studio, instance: dg.DagsterInstance) -> None:
    first = sensed(studio, instance)
    script = studio.settings.projects / "small" / "episodes" / "e01.fountain"
    script.write_text(script.read_text().replace("door", "gate"))
    (event,) = sensed(studio, instance, first.cursor).asset_events
    before = next(one for one in first.asset_events if one.asset_key == dg.AssetKey("screenplays"))
    assert event.asset_key == dg.AssetKey("screenplays"), "the character files have not changed"
    assert isinstance(event, dg.AssetMaterialization)
    assert isinstance(before, dg.AssetMaterialization)
    assert event.tags is not None
    assert before.tags is not None
    assert event.tags["dagster/data_version"] != before.tags["dagster/data_version"]


def test_an_edited_character_file_changes_what_its_own_show_is_made_of_and_nothing_else(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    shutil.copytree(studio.settings.projects / "small", studio.settings.projects / "other")
    first = sensed(studio, instance)
    character = studio.settings.projects / "small" / "characters" / "akira.yaml"
    character.write_text(character.read_text().replace("neon blue", "red"))
    observed = [
        (event.asset_key.to_user_string(), event.partition)
        for event in sensed(studio, instance, first.cursor).asset_events
    ]
    assert observed == [("character_files", KEY)]


def test_an_episode_whose_screenplay_is_gone_leaves_the_partitions_with_its_shots(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    first = sensed(studio, instance)
    instance.add_dynamic_partitions("episodes", [KEY, "other-e01"])
    instance.add_dynamic_partitions("shots", [f"{KEY}-sc01-sh0010", "other-e01-sc01-sh0010"])
    (studio.settings.projects / "small" / "episodes" / "e01.fountain").rename(
        studio.settings.projects / "small" / "episodes" / "e02.fountain"
    )
    requests = {
        type(one).__name__: one.partition_keys
        for one in sensed(studio, instance, first.cursor).dynamic_partitions_requests or ()
    }
    assert requests == {
        "AddDynamicPartitionsRequest": ["small-e02"],
        "DeleteDynamicPartitionsRequest": ["other-e01", KEY],
    }
    assert instance.get_dynamic_partitions("shots") == []


def test_a_projects_folder_that_is_away_or_empty_takes_nothing_out_of_the_partitions(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    first = sensed(studio, instance)
    instance.add_dynamic_partitions("episodes", [KEY])
    instance.add_dynamic_partitions("shots", [f"{KEY}-sc01-sh0010"])
    projects = studio.settings.projects
    projects.rename(projects.with_name("unmounted"))
    for _ in range(2):
        away = sensed(studio, instance, first.cursor)
        assert not away.dynamic_partitions_requests
        assert not away.asset_events
        assert away.cursor == first.cursor
        assert str(projects) in str(away.skip_reason)
        assert instance.get_dynamic_partitions("shots") == [f"{KEY}-sc01-sh0010"]
        projects.mkdir(exist_ok=True)
    projects.rmdir()
    projects.with_name("unmounted").rename(projects)
    back = sensed(studio, instance, first.cursor)
    assert not back.dynamic_partitions_requests
    assert not back.asset_events


@pytest.mark.parametrize("folder", ["projects", "projects/small/episodes"])
def test_a_folder_that_cannot_be_listed_takes_nothing_out_of_the_partitions(
    studio: Studio, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    instance.add_dynamic_partitions("episodes", [KEY, "gone-e01"])
    instance.add_dynamic_partitions("shots", [f"{KEY}-sc01-sh0010", "gone-e01-sc01-sh0010"])
    list_folder = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path == tmp_path / folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return list_folder(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(StoryError, match="cannot be listed"):
        sensed(studio, instance)
    assert len(instance.get_dynamic_partitions("episodes")) == 2
    assert len(instance.get_dynamic_partitions("shots")) == 2


def test_overnight_asks_for_what_is_not_finished_and_leaves_out_what_is_wrong(
    studio: Studio, instance: dg.DagsterInstance
) -> None:
    shutil.copytree(studio.settings.projects / "small", studio.settings.projects / "broken")
    (studio.settings.projects / "broken" / "episodes" / "e01.fountain").write_text("")
    instance.add_dynamic_partitions("episodes", [KEY, "broken-e01"])
    assert overnight_requests(studio, instance) == [(KEY, f"{KEY}-2026-01-02")]


def test_a_typo_in_one_show_stops_no_other_show(studio: Studio, instance: dg.DagsterInstance) -> None:
    broken = studio.settings.projects / "broken"
    shutil.copytree(studio.settings.projects / "small", broken)
    (broken / "project.yaml").write_text("titel: x\n")
    instance.add_dynamic_partitions("episodes", [KEY, "broken-e01"])

    def read_story(episode: str) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [story.characters, story.episodes, story.scenes],
            partition_key=episode,
            instance=instance,
            resources={"studio": studio},
            raise_on_error=False,
        )

    failed = read_story("broken-e01")
    assert not failed.success
    (failure,) = failed.get_step_failure_events()
    assert failure.step_key == "characters"
    assert "broken/project.yaml:1" in str(failure.step_failure_data.error)
    assert "titel" in str(failure.step_failure_data.error)
    sound = read_story(KEY)
    assert sound.success
    assert {
        event.asset_key.to_user_string() for event in sound.get_asset_materialization_events() if event.asset_key
    } == {
        "characters",
        "episodes",
        "scenes",
    }
    job = defs.resolve_job_def("produce_episode")
    assert {story.characters.key, story.episodes.key, story.scenes.key} <= job.asset_layer.selected_asset_keys
    assert [partition for partition, _run_key in overnight_requests(studio, instance)] == [KEY]


def test_automation_asks_for_the_whole_episode_at_once_and_never_for_a_shot() -> None:
    keys = [spec.key for spec in defs.resolve_all_asset_specs()]
    graph = defs.resolve_asset_graph()
    episode = {
        key.to_user_string(): 1
        for key in keys
        if graph.get(key).partitions_def == episodes and graph.get(key).is_materializable
    }
    assert {"characters", "keyframes", "compiled_episodes"} <= episode.keys()
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [KEY])
        instance.add_dynamic_partitions("shots", [f"{KEY}-sc01-sh{number:05}" for number in range(10_000)])
        asked = dg.evaluate_automation_conditions(defs, instance)
        assert asked.total_requested == 0, "before its files have been seen"
        for events, expected in (
            ([("screenplays", KEY), ("character_files", KEY)], episode),
            ([("shot", f"{KEY}-sc01-sh{number:05}") for number in range(3)], {}),
        ):
            for name, partition in events:
                instance.report_runless_asset_event(dg.AssetMaterialization(name, partition=partition))
            asked = dg.evaluate_automation_conditions(defs, instance, cursor=asked.cursor)
            numbers = {key.to_user_string(): asked.get_num_requested(key) for key in keys}
            assert {name: number for name, number in numbers.items() if number} == expected


@pytest.mark.filterwarnings("ignore::dagster.PreviewWarning")
def test_automation_goes_on_only_for_the_episodes_whose_gates_have_passed() -> None:
    @dg.asset(partitions_def=episodes)
    def takes() -> None: ...

    @dg.asset_check(asset=takes, blocking=True, partitions_def=episodes)
    def gate(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=context.partition_key == KEY)

    @dg.asset(partitions_def=episodes, deps=[takes], automation_condition=WHEN_READY)
    def masters() -> None: ...

    two_stages = dg.Definitions(assets=[takes, masters], asset_checks=[gate])
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [KEY, "other-e01"])
        asked = dg.evaluate_automation_conditions(two_stages, instance)
        for episode in (KEY, "other-e01"):
            dg.materialize([takes, gate], partition_key=episode, instance=instance, raise_on_error=False)
        asked = dg.evaluate_automation_conditions(two_stages, instance, cursor=asked.cursor)
        assert asked.get_requested_partitions(masters.key) == {KEY}


def test_the_launchpad_takes_shots_and_force() -> None:
    assert ShotSelection() == ShotSelection(shots=[], force=False)
    job = defs.resolve_job_def("rerender_shots")
    config = {"config": {"shots": ["sc01-sh0010"], "force": True}}
    assert dg.validate_run_config(job, {"ops": {"keyframes": config, "ltx_clips": config}})
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(job, {"ops": {"keyframes": {"config": {"shots": "all of them"}}}})


def test_after_a_failed_run_the_director_is_told_unless_the_command_does_it(instance: dg.DagsterInstance) -> None:
    @dg.op
    def fail() -> None:
        raise ValueError("no master")

    @dg.job(name="produce_episode")
    def produce() -> None:
        fail()

    def requested(tags: dict[str, str]) -> dg.RunRequest | None:
        result = produce.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        context = dg.build_run_status_sensor_context(
            "tell_after_failure", result.get_run_failure_event(), instance, result.dagster_run
        ).for_run_failure()
        answer: Any = jobs.tell_after_failure(context)
        return answer if isinstance(answer, dg.RunRequest) else None

    request = requested({"dagster/partition": KEY})
    assert request is not None
    assert (request.partition_key, bool(request.run_key)) == (KEY, True)
    assert requested({"dagster/partition": KEY, "tower/command": "produce"}) is None
    assert requested({}) is None
