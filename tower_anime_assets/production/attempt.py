"""An attempt at a take as data: what an engine is handed, what it hands back, and what it reports on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


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
    release: Callable[[], None] = lambda: None


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
class RemoteContext:
    """What a remote engine needs to do one attempt so that it can be found again.

    Attributes:
        lease: The server and what it is sent.
        prompt_id: Returns the id of a part's job, always the same for one decision: a canonical lowercase UUID.
        resumes: Whether an earlier run may have submitted it: then a first part that the server does not know is
            lost, and never submitted again.
        journal: Puts the end of a job on record; again with the same part changes nothing.
    """

    lease: Lease
    prompt_id_for: Callable[[int], str]
    is_resumed: bool
    record_submission: Callable[[Submission], None]


@dataclass(frozen=True)
class ConsultationNote:
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
    report_progress: Callable[[float, str], None] = lambda _part, _words: None
    decision_id: str = ""
    session_id: str = ""
    is_stopped: Callable[[], bool] = lambda: False
    remote: RemoteContext | None = None
    record_question: Callable[[ConsultationNote], None] = lambda _question: None
    record_consultation: Callable[[ConsultationNote], None] = lambda _consulted: None


@dataclass(frozen=True)
class EngineOutput:
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


@dataclass(frozen=True)
class DirectorContext:
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
    experience: tuple[str, ...] = ()
    session_id: str = ""
    seed: int = 0
    record_question: Callable[[ConsultationNote], None] = lambda _question: None
    record_consultation: Callable[[ConsultationNote], None] = lambda _consulted: None
    is_stopped: Callable[[], bool] = lambda: False


NO_CONTEXT = DirectorContext()
"""Nothing beside the story, and nobody listening."""
