"""Protocols of engines and directors, embedded or remote.

An engine turns a brief into files in a folder that it is given, or raises. It judges nothing, keeps nothing, never
returns a stand-in, and knows neither shots nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from tower_anime_assets.production.attempt import (
    NO_CLAIMANT,
    NO_CONTEXT,
    Attempt,
    Claimant,
    DirectorContext,
    EngineOutput,
    Lease,
    ReportWait,
    ignore_wait,
)
from tower_anime_assets.production.learning.lessons import Lesson
from tower_anime_assets.production.learning.reductions import Reduction
from tower_anime_assets.production.planning.briefs import (
    ClipBrief,
    InterpolationBrief,
    KeyframeBrief,
    MusicBrief,
    SheetBrief,
    UpscaleBrief,
    VoiceBrief,
)
from tower_anime_assets.production.planning.prompts import RefinedPrompt
from tower_anime_assets.production.planning.shots import ScenePlan
from tower_anime_assets.production.story.model import Lora, Project, Scene
from tower_anime_assets.production.verdicts import Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

B = TypeVar("B", contravariant=True)


class _QuickProtocol(type(Protocol)):  # type: ignore[misc]  # mypy takes no computed base class
    """The metaclass of protocols that every order's engine is asked for: a class of engines is looked at once.

    Python 3.11 looks through all members of a protocol at each `isinstance`: up to 60 us, five times per order.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        key = (cls, type(instance))
        if key not in _conforming:
            _conforming[key] = super().__instancecheck__(instance)
        return _conforming[key]


_conforming: dict[tuple[type, type], bool] = {}


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
class RemoteEngine(Engine[B], Protocol, metaclass=_QuickProtocol):
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
        avoided: frozenset[str] = frozenset(),
        report_wait: ReportWait = ignore_wait,
        claimant: Claimant = NO_CLAIMANT,
    ) -> AbstractContextManager[Lease]:
        """Hold a healthy server for one attempt, waiting until one is free; `make` is called while it is held.

        Args:
            brief: What will be made.
            parameters: What `plan_attempt` decided.
            inputs: Files of the takes that the brief builds on, by role.
            server: The only server that will do, because an earlier job was or is there; "" for any.
            is_stopped: Whether somebody has stopped the run; asked while waiting.
            avoided: Servers that will not do.
            report_wait: Receives what is waited for, until the lease ends.
            claimant: On whose behalf; of several that wait, it tells whose turn it is.

        Raises:
            PlanError: The workflow cannot make this brief.
            ServiceUnavailableError: No server answers.
            ServiceRejectedError: The server lacks what the workflow needs; everything that is missing is named.
            StoppedError: The run was stopped while waiting.
        """
        ...

    def abandon(self, server: str, prompt_id: str) -> None:
        """Cancel the job with this id and no other; an unknown id is no error.

        A running job may go on until its current step ends.

        Raises:
            ServiceUnavailableError: The server does not answer.
        """
        ...


class PictureSource(Protocol):
    """Draws from a keyframe's brief what a workflow takes besides words; the same brief gives the same pixels.

    Attributes:
        control_version: Changes when the same brief would give another pose, depth map, line picture or region.
        sheet_version: Changes when the same brief would give another character sheet.
    """

    @property
    def control_version(self) -> str: ...
    @property
    def sheet_version(self) -> str: ...

    def pose(self, brief: KeyframeBrief) -> NDArray[np.uint8] | None:
        """Return the skeletons of the humans, (height, width, 3) uint8 sRGB; None if there are none."""
        ...

    def depth(self, brief: KeyframeBrief) -> NDArray[np.uint8]:
        """Return the depth map, (height, width) uint8: near is bright."""
        ...

    def lines(self, brief: KeyframeBrief) -> NDArray[np.uint8]:
        """Return the edges, (height, width) uint8: white on black."""
        ...

    def regions(self, brief: KeyframeBrief) -> Mapping[str, NDArray[np.uint8]]:
        """Return a mask, (height, width) uint8, for each character in the picture, from left to right."""
        ...

    def sheet(self, brief: SheetBrief) -> NDArray[np.uint8]:
        """Return a character's reference sheet, (height, width, 3) uint8 sRGB."""
        ...


@runtime_checkable
class PictureTaker(Protocol, metaclass=_QuickProtocol):
    """An engine that takes pictures besides its init image.

    Attributes:
        picture_roles: Roles of those pictures among the inputs of an attempt, such as `reference_1`.
    """

    @property
    def picture_roles(self) -> tuple[str, ...]: ...


@runtime_checkable
class RatedEngine(Protocol, metaclass=_QuickProtocol):
    """A clip engine whose own rate may differ from the delivery's."""

    def rate_for(self, fps: int) -> int:
        """Return the rate at which it makes a clip for a delivery of this rate, frames per second."""
        ...


@runtime_checkable
class FrugalEngine(Protocol, metaclass=_QuickProtocol):
    """An engine whose attempts can do with less of a card's memory."""

    def reductions(self, parameters: Mapping[str, Any]) -> Sequence[Reduction]:
        """Return what an attempt with these parameters can give up, step by step; see `learning.reductions`."""
        ...


@runtime_checkable
class MeasuringVoice(Engine[VoiceBrief], Protocol, metaclass=_QuickProtocol):
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
class LoraEngine(Protocol, metaclass=_QuickProtocol):
    """An engine that may be run with LoRAs."""

    def usable_loras(self, loras: Sequence[Lora]) -> tuple[Lora, ...]:
        """Return those LoRAs that it is run with; the others do not fit its model."""
        ...


@runtime_checkable
class BriefVersionedEngine(Protocol, metaclass=_QuickProtocol):
    """An engine whose version depends on the brief too, because a person replaced files that the brief names."""

    def version_for(self, brief: Any) -> str:
        """Return the version that counts for a brief."""
        ...


@runtime_checkable
class ServiceEngine(Protocol, metaclass=_QuickProtocol):
    """An engine without jobs of its own at a server whose work may be done by a service.

    Attributes:
        is_service: Whether it is.
    """

    @property
    def is_service(self) -> bool: ...


@runtime_checkable
class PacedEngine(Protocol, metaclass=_QuickProtocol):
    """An engine that can estimate its time before it has ever run."""

    def expected_s(self, brief: Any) -> float:
        """Return roughly how many seconds a brief will take."""
        ...


SheetEngine = Engine[SheetBrief]
KeyframeEngine = Engine[KeyframeBrief]
ClipEngine = Engine[ClipBrief]
InterpolationEngine = Engine[InterpolationBrief]
UpscaleEngine = Engine[UpscaleBrief]
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
    ) -> Lesson:
        """Take note of how a take scored; return what was learned.

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
