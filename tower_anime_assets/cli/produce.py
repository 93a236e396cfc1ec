"""`tower produce`: one episode, as a Dagster run in this process, with its progress."""

from __future__ import annotations

import getpass
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tower_anime_assets.cli.progress import Display
from tower_anime_assets.cli.runs import TAGS, being_alive, closing_connections, end_dead_runs, stoppable
from tower_anime_assets.errors import ServiceUnavailableError
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import masters
from tower_anime_assets.stages.delivery import deliver
from tower_anime_assets.stages.dry_run import plan_takes
from tower_anime_assets.stages.opening import open_studio, saved_work
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import server

if TYPE_CHECKING:
    import dagster as dg

FOR_A_RUN = ("tower_anime_assets.definitions", "dagster_postgres")
"""Dagster takes more than a second to load: as well while the database starts, in processes of its own."""

FOR_MAKING = ("skimage.color", "skimage.filters", "scipy.signal", "scipy.ndimage")
"""What measures pictures and sounds takes another second, and is not needed where everything is found."""


@dataclass
class Produced:
    """How a run ended.

    Attributes:
        code: Exit code.
        errors: Why it did not end well, for a person.
    """

    episode: str
    code: int = 0
    run_id: str = ""
    master: Path | None = None
    subtitles: Path | None = None
    frames: int = 0
    fps: int = 0
    made: int = 0
    reused: int = 0
    seconds: float = 0.0
    gates: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> Mapping[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "episode": self.episode,
            "master": str(self.master) if self.master else None,
            "subtitles": str(self.subtitles) if self.subtitles else None,
            "frames": self.frames,
            "fps": self.fps,
            "made": self.made,
            "reused": self.reused,
            "seconds": round(self.seconds, 2),
            "gates": self.gates,
            "run_id": self.run_id,
            "errors": self.errors,
        }


def produce(settings: Settings, key: EpisodeKey, shots: Sequence[str], force: bool, display: Display) -> Produced:
    """Make an episode, or find it made, and deliver its master.

    Raises:
        TowerError: It could not even be begun, or the database went away.
        KeyboardInterrupt: Somebody stopped it; every decision has been settled.
    """
    began = time.monotonic()
    _load(FOR_A_RUN)
    with open_studio(settings) as studio:
        expected = plan_takes(studio, key)
        display.expect(expected)
        if not all(item.is_ready for item in expected):
            _load(FOR_MAKING)
        try:
            produced = stoppable(
                lambda: _run(replace(studio, listener=display), key, shots, force, display), studio.stopped, display
            )
        except Exception as error:
            _blame_database(settings, error)
            raise
        if produced.code == 0:
            _deliver(replace(studio, run_id=produced.run_id), key, produced)
        elif produced.code > 1:
            _blame_database(settings, None)
    produced.seconds = time.monotonic() - began
    return produced


def _load(modules: Sequence[str]) -> None:
    """Begin to load modules beside what is done now: whoever waits for the database leaves Python's lock to them."""

    def load() -> None:
        for name in modules:
            import_module(name)

    threading.Thread(target=load, daemon=True).start()


def _blame_database(settings: Settings, error: Exception | None) -> None:
    """Say that the database went away, if it did: Dagster's own storage fails in many words when that happens.

    Raises:
        ServiceUnavailableError: It does not answer.
    """
    status = server.read_server_status(settings)
    if not status.running:
        raise ServiceUnavailableError(
            f"the database went away during the run: {status}. What was finished is kept; run again to go on"
        ) from error


def _run(studio: Studio, key: EpisodeKey, shots: Sequence[str], force: bool, display: Display) -> Produced:
    import dagster as dg

    from tower_anime_assets.definitions import build_definitions
    from tower_anime_assets.defs.instance import assign_code_location, enter_environment, keep_connections, run_tags

    enter_environment(studio.settings, studio.database.url)
    config = {"config": {"shots": list(shots), "force": force}}
    run_id = str(uuid4())
    with closing_connections(), dg.DagsterInstance.get() as instance, being_alive(studio.database, run_id):
        keep_connections(instance)
        end_dead_runs(instance, studio.database)
        instance.add_dynamic_partitions("episodes", [str(key)])
        job = build_definitions({"studio": studio}).resolve_job_def("produce_episode")
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=str(key),
            raise_on_error=False,
            tags={**run_tags(getpass.getuser()), **TAGS},
            run_config={
                "ops": {"keyframes": config, "ltx_clips": config},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
        assign_code_location(instance, result.dagster_run)
    produced = Produced(str(key), run_id=result.run_id, made=display.made, reused=display.reused)
    produced.gates = [{"name": name, "passed": not failed, "failed": failed} for name, failed in display.gates.items()]
    produced.code, produced.errors = _ending(result)
    return produced


def _ending(result: dg.ExecuteInProcessResult) -> tuple[int, list[str]]:
    """Return the exit code and the errors of a run: a bug outweighs a service, a service an input, an input a gate."""
    from tower_anime_assets.defs.failures import EXIT_BUG, EXIT_DONE, EXIT_GATE

    if result.success:
        return EXIT_DONE, []
    code, errors = EXIT_DONE, []
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        failure = data.user_failure_data
        if failure is not None:
            found = failure.metadata.get("exit_code")
            code = max(code, int(str(found.value)) if found is not None else EXIT_BUG)
            errors.append(f"{event.step_key}: {failure.description}")
        elif data.error is not None and data.error.cls_name == "DagsterAssetCheckFailedError":
            code = max(code, EXIT_GATE)
        else:
            code = EXIT_BUG
            errors.append(f"{event.step_key}: {data.error.message if data.error else 'unknown error'}")
    return code or EXIT_BUG, errors


def _deliver(studio: Studio, key: EpisodeKey, produced: Produced) -> None:
    work = saved_work(studio, key)
    (take,) = work.accepted(masters.STAGE)
    delivered = deliver(studio, key, take)
    produced.master, produced.subtitles = delivered["main"], delivered["srt"]
    produced.frames, produced.fps = work.plan.frames, work.plan.fps
