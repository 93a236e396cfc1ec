"""The protocols that every engine keeps, embedded or service.

An engine turns a brief into files in a folder it is given, or raises. It judges nothing, keeps nothing, never
returns a stand-in, and knows neither shots nor the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from tower_anime_assets.production.briefs import ClipBrief, KeyframeBrief, MusicBrief, SheetBrief, VoiceBrief
from tower_anime_assets.production.shots import ScenePlan
from tower_anime_assets.production.story import Project, Scene
from tower_anime_assets.production.verdicts import Verdict

B = TypeVar("B", contravariant=True)


@dataclass(frozen=True)
class Lease:
    """A server held for one attempt, and what it will be sent: on record before it is sent.

    Attributes:
        server: Its address.
        template_name: The workflow's name.
        template: The workflow's graph, in ComfyUI's API format, with every LoRA loader that is needed.
        changes: Value by place in the template, such as `{"3.inputs.seed": 7}`.
        give_back: Lets others have the server before the lease ends: nothing more is asked of it.
    """

    server: str
    template_name: str
    template: Mapping[str, Any]
    changes: Mapping[str, Any]
    give_back: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Submission:
    """How one job at a server ended; an attempt may need several, one after the other.

    Attributes:
        part: 0 for the attempt's first job.
        changes: What was really sent, value by place in the leased template.
        queued_at: When it was submitted, as far as known.
        started_at: When the server began it, as far as known.
        error_message: "" when it went well.
        error_node: The failed node's id, "" when no node failed.
        peak_vram_bytes: 0 when the server does not tell.
        outputs: `{"filename", "sha256", "size_bytes"}` of each file that was fetched.
    """

    part: int
    prompt_id: str
    server: str
    changes: Mapping[str, Any]
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime
    error_message: str = ""
    error_node: str = ""
    error_node_type: str = ""
    peak_vram_bytes: int = 0
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Rendering:
    """What a remote engine needs to do one attempt so that it can be found again.

    Attributes:
        lease: The server and what it is sent.
        prompt_id: Returns the id of a part's job, always the same for one decision: a canonical lowercase UUID.
        resumes: Whether an earlier run may have submitted it: then a first part that the server does not know is
            lost, and never submitted again.
        journal: Puts the end of a job on record; again with the same part changes nothing.
    """

    lease: Lease
    prompt_id: Callable[[int], str]
    resumes: bool
    journal: Callable[[Submission], None]


@dataclass(frozen=True)
class Consulted:
    """A question to a director that is not our own, and what came of its answer; kept with the decision.

    Attributes:
        query: What was asked, as it was sent.
        response: The raw answer, also one that broke the contract; "" in a question that is not answered yet.
        model: Who answered: `echo_brain`, or an Ollama model's name.
        confidence: 0..1, None when it gave none.
        used: What of the answer was used, in words.
        overruled: What was not, each with why.
    """

    query: str
    response: str
    model: str
    duration_s: float
    confidence: float | None = None
    used: str = ""
    overruled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One try at a brief.

    Attributes:
        number: 1 for the first.
        seed: Seed of this attempt.
        parameters: What `plan_attempt` decided; already on record.
        folder: An empty folder of this attempt's own; files left in it are not kept unless `Made` names them.
        inputs: Files of the takes that the brief builds on, by role: a clip gets its keyframe's `picture` and,
            where its engine made one, `layers`.
        progress: Called with 0..1 and a few words; may be called from any thread.
        decision_id: The committed decision.
        session_id: The creative session that the decision belongs to, "" for none.
        is_stopped: Whether somebody has stopped the run; a remote engine asks it while it waits.
        rendering: Set for remote engines only.
        asks: Puts a question on record with the decision, before it is sent.
        consulted: Puts what came of the last question on record, at once.
    """

    number: int
    seed: int
    parameters: Mapping[str, Any]
    folder: Path
    inputs: Mapping[str, Path] = field(default_factory=dict)
    progress: Callable[[float, str], None] = lambda _part, _words: None
    decision_id: str = ""
    session_id: str = ""
    is_stopped: Callable[[], bool] = lambda: False
    rendering: Rendering | None = None
    asks: Callable[[Consulted], None] = lambda _question: None
    consulted: Callable[[Consulted], None] = lambda _consulted: None


@dataclass(frozen=True)
class Made:
    """What an engine made.

    Attributes:
        files: Path by role; the role `main` is the take itself, others go with it (`layers`, `words`).
        details: JSON-ready facts about it, such as word times; kept with the take.
        cpu_s: CPU seconds spent here, as far as known.
        gpu_s: GPU seconds spent, 0 for CPU engines.
    """

    files: Mapping[str, Path]
    details: Mapping[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    gpu_s: float = 0.0


class Engine(Protocol[B]):
    """Whatever makes takes of one kind.

    Attributes:
        name: Stays the same over versions; part of every digest, such as "embedded-painter".
        version: Changes when the same brief would come out differently; part of every digest.
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

    def make(self, brief: B, attempt: Attempt) -> Made:
        """Make one take.

        Raises:
            MediaError: It could not be made.
            ServiceError: The service behind the engine failed.
        """
        ...


@runtime_checkable
class RemoteEngine(Engine[B], Protocol):
    """An engine whose attempts are jobs at a server, which go on when this process ends.

    Attributes:
        takes_picture: Whether it starts from a picture; else from words alone.
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
            server: The one that must do it, where an earlier run's job is; "" for any.
            is_stopped: Whether somebody has stopped the run, asked while waiting.

        Raises:
            PlanError: The brief cannot be made by this workflow.
            ServiceUnavailable: No server answers.
            ServiceRejected: The server lacks what the workflow needs; everything that is missing is named.
            Stopped: The run was stopped while waiting.
        """
        ...

    def abandon(self, server: str, prompt_id: str) -> None:
        """Take a job back that nobody wants any more: ours by this id, and nobody else's; also if it is unknown.

        Raises:
            ServiceUnavailable: The server does not answer.
        """
        ...


@runtime_checkable
class PacedEngine(Protocol):
    """An engine that knows about how long it takes before it ever ran."""

    def expected_s(self, brief: Any) -> float:
        """Return the seconds that a brief will take, roughly."""
        ...


SheetEngine = Engine[SheetBrief]
KeyframeEngine = Engine[KeyframeBrief]
ClipEngine = Engine[ClipBrief]
VoiceEngine = Engine[VoiceBrief]
MusicEngine = Engine[MusicBrief]


@dataclass(frozen=True)
class RefinedPrompt:
    """A prompt made better, and what was added.

    Attributes:
        additions: What the prompt says now and did not before, besides keywords, terms and hints.
    """

    prompt: str
    negative: str
    style_keywords: tuple[str, ...] = ()
    cinematic_terms: tuple[str, ...] = ()
    consistency_hints: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Consulting:
    """What a director is told beside the story, and where what it says goes.

    Attributes:
        facts: Sentences from memory about the scene, the most relevant first.
        worked: Sentences about what was accepted or rejected before, the most relevant first.
        session_id: Under which a service files what it is asked: one for all questions of a plan.
        seed: Of the attempt, for directors that draw their answers.
        asks: Puts a question on record, before it is sent.
        consulted: Puts a consultation on record, at once.
        is_stopped: Whether somebody has stopped the run, asked before each question.
    """

    facts: tuple[str, ...] = ()
    worked: tuple[str, ...] = ()
    session_id: str = ""
    seed: int = 0
    asks: Callable[[Consulted], None] = lambda _question: None
    consulted: Callable[[Consulted], None] = lambda _consulted: None
    is_stopped: Callable[[], bool] = lambda: False


ALONE = Consulting()
"""Nothing beside the story, and nobody listening."""


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
        self, project: Project, scene: Scene, earlier: tuple[ScenePlan, ...], consulting: Consulting = ALONE
    ) -> ScenePlan:
        """Return the scene as shots with whole legal frames; `earlier` are the plans of the scenes before it.

        Raises:
            PlanError: The scene cannot be planned.
            ServiceError: The service behind the director failed, or broke the contract twice.
            Stopped: Somebody stopped the run.
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
        consulting: Consulting = ALONE,
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
            consulting: What else is known, and where what is said goes.

        Raises:
            PlanError: The character is none of the project's.
            ServiceError: The service behind the director failed, or broke the contract twice.
            Stopped: Somebody stopped the run.
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
        consulting: Consulting = ALONE,
    ) -> tuple[str, ...]:
        """Take note of how a take scored; return what was learned, in words.

        Args:
            decision_id: The decision that made the take.
            prompt: Its prompt.
            scores: 0 to 1 by name.
            tags: What kind of take it was.
            feedback: What a person said of it, "" for nothing.
            consulting: Where what is said goes.

        Raises:
            ServiceError: The service behind the director failed, or broke the contract twice.
        """
        ...

    def rest(self) -> None:
        """Give back what answering holds, such as a graphics card's memory that others need next.

        Raises:
            ServiceError: The service behind the director failed.
        """
        ...
