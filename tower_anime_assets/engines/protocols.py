"""Protocols of engines and directors, embedded or remote.

An engine turns a brief into files in a folder that it is given, or raises. It judges nothing, keeps nothing, never
returns a stand-in, and knows neither shots nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from tower_anime_assets.production.attempt import NO_CONTEXT, Attempt, DirectorContext, EngineOutput, Lease
from tower_anime_assets.production.planning.briefs import ClipBrief, KeyframeBrief, MusicBrief, SheetBrief, VoiceBrief
from tower_anime_assets.production.planning.prompts import RefinedPrompt
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Project, Scene
from tower_anime_assets.production.verdicts import Verdict

B = TypeVar("B", contravariant=True)


class Engine(Protocol[B]):
    """Makes takes of one kind.

    Attributes:
        name: Such as "embedded-painter"; stays the same over versions. Part of every digest.
        version: Changes when the same brief would give another result. Part of every digest.
        lanes: How many attempts may run at once.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def lanes(self) -> int: ...

    def plan_attempt(self, brief: B, number: int, complaints: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return the JSON-ready parameters for attempt `number`, changed to meet the failed verdicts before it.

        Must hold an integer `seed`. Pure: the same arguments give the same parameters.
        """
        ...

    def make(self, brief: B, attempt: Attempt) -> EngineOutput:
        """Make one take.

        Raises:
            MediaError: The take could not be made.
            ServiceError: The service behind the engine failed.
        """
        ...


@runtime_checkable
class RemoteEngine(Engine[B], Protocol):
    """An engine whose attempts are jobs at a server, which go on when this process ends.

    Attributes:
        takes_picture: Whether it starts from an init image, or from the prompt alone.
    """

    @property
    def takes_picture(self) -> bool: ...

    def lease(
        self,
        brief: B,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Path],
        server: str = "",
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> AbstractContextManager[Lease]:
        """Hold a healthy server for one attempt, waiting until one is free; `make` is called while it is held.

        Args:
            brief: What will be made.
            parameters: What `plan_attempt` decided.
            inputs: Files of the takes that the brief builds on, by role.
            server: The server that an earlier run's job is at, "" for any.
            is_stopped: Whether somebody has stopped the run; asked while waiting.

        Raises:
            PlanError: The workflow cannot make this brief.
            ServiceUnavailableError: No server answers.
            ServiceRejectedError: The server lacks what the workflow needs; everything that is missing is named.
            StoppedError: The run was stopped while waiting.
        """
        ...

    def abandon(self, server: str, prompt_id: str) -> None:
        """Cancel the job with this id and no other; an unknown id is no error.

        Raises:
            ServiceUnavailableError: The server does not answer.
        """
        ...


@runtime_checkable
class MeasuringVoice(Engine[VoiceBrief], Protocol):
    """A voice that can be asked how long a line will be before it is spoken."""

    def reader_of(self, text: str, language: str) -> str:
        """Return who reads a line, "" for the voice's usual reader."""
        ...

    def measure_lines(self, briefs: Sequence[VoiceBrief]) -> list[float | None]:
        """Return how long each line's take will be at its own rate, seconds; None if it cannot be spoken.

        Windows are not read. The same brief gives the same length, whatever it is asked together with.

        Raises:
            MediaError: A synthesizer failed.
        """
        ...


@runtime_checkable
class PacedEngine(Protocol):
    """An engine that can estimate its time before it has ever run."""

    def expected_s(self, brief: Any) -> float:
        """Return roughly how many seconds a brief will take."""
        ...


SheetEngine = Engine[SheetBrief]
KeyframeEngine = Engine[KeyframeBrief]
ClipEngine = Engine[ClipBrief]
VoiceEngine = Engine[VoiceBrief]
MusicEngine = Engine[MusicBrief]


class Director(Protocol):
    """Plans scenes, refines prompts, learns from scores.

    Attributes:
        is_local: Plans by rules in this process: the same story gives the same plan at no cost, so it can be foreseen.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def is_local(self) -> bool: ...

    def plan_scene(
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], context: DirectorContext = NO_CONTEXT
    ) -> ScenePlan:
        """Return the scene as shots with whole legal frames; `earlier` are the plans of the scenes before it.

        Raises:
            PlanError: The scene cannot be planned.
            ServiceError: The service behind the director failed, or broke the contract twice.
            StoppedError: Somebody stopped the run.
        """
        ...

    def refine_prompt(
        self,
        project: Project,
        prompt: str,
        negative: str,
        character: str,
        emotion: str,
        *,
        camera_angle: str = "",
        tags: tuple[str, ...] = (),
        spoken: tuple[str, ...] = (),
        context: DirectorContext = NO_CONTEXT,
    ) -> RefinedPrompt:
        """Return the prompt with the project's style and the character's features worked in.

        Args:
            project: The show.
            prompt: What the picture shows so far.
            negative: What it must not show.
            character: Id of whom it is about, "" for nobody.
            emotion: What their face shows, "" for nothing in particular.
            camera_angle: A framing, "" when open.
            tags: Anything else that the picture depends on: continuity, what the shot before looked like.
            spoken: Lines of the scene, none of which may come back in the prompt.
            context: Facts and experience to send along, and where the consultation is recorded.

        Raises:
            PlanError: The character is none of the project's.
            ServiceError: The service behind the director failed, or broke the contract twice.
            StoppedError: Somebody stopped the run.
        """
        ...

    def learn(
        self,
        decision_id: str,
        prompt: str,
        scores: Mapping[str, float],
        tags: tuple[str, ...],
        *,
        feedback: str = "",
        context: DirectorContext = NO_CONTEXT,
    ) -> tuple[str, ...]:
        """Take note of how a take scored; return what was learned, in words.

        Args:
            decision_id: The decision that made the take.
            prompt: Its prompt.
            scores: 0 to 1 by name.
            tags: What kind of take it was.
            feedback: What a person said of it, "" for nothing.
            context: Where the consultation is recorded.

        Raises:
            ServiceError: The service behind the director failed, or broke the contract twice.
        """
        ...

    def release(self) -> None:
        """Release what the director holds, such as graphics memory that other engines need next.

        Raises:
            ServiceError: The service behind the director failed.
        """
        ...
