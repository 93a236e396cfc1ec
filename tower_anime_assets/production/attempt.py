"""An attempt at a take as data: what an engine gets, what it returns, and what it reports meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

LAST_FRAME = "last"
"""Role of the picture of a clip's last frame, which the next keyframe starts from; an engine keeps it where the clip
shows its frames otherwise than they were made."""


class JobPriority(IntEnum):
    """Whose job a server makes first, the least number first."""

    AT_SERVER = 0
    """A job that an earlier run left at the server."""
    PERSON = 1
    """A person waits for it: single takes, and shots that are made again."""
    USUAL = 2
    OVERNIGHT = 3
    """Nobody waits for it before the morning: nights and backfills."""


@dataclass(frozen=True)
class Claimant:
    """On whose behalf a server is asked for.

    Attributes:
        run_id: The run, "" outside one.
        episode: The episode's key: servers are shared fairly between episodes of one priority.
    """

    run_id: str = ""
    episode: str = ""
    priority: JobPriority = JobPriority.USUAL


NO_CLAIMANT = Claimant()
"""Nobody in particular."""


@dataclass(frozen=True)
class Lease:
    """A server reserved for one attempt, and what it will be sent; recorded before it is sent.

    Attributes:
        server: Its address.
        template_name: The workflow's name.
        template: The workflow's graph in ComfyUI's API format, with a loader for each LoRA.
        changes: Value by place in the template, such as `{"3.inputs.seed": 7}`.
        release: Frees the server before the lease ends; the attempt needs it no longer.
        decided: Parameters of the attempt that depend on the server, such as the model files that it has.
        note: The same for people, "" for nothing worth saying.
    """

    server: str
    template_name: str
    template: Mapping[str, Any]
    changes: Mapping[str, Any]
    release: Callable[[], None] = lambda: None
    decided: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class ServerWait:
    """Why a server keeps somebody waiting, and what happens next.

    Attributes:
        cause: Stays the same for as long as the reason does, such as "http://gpu:8188 does not answer"; "" when work
            goes on.
        words: For people: the cause, for how long, and what happens next.
    """

    cause: str = ""
    words: str = ""


NO_WAIT = ServerWait()
"""Work goes on."""

ReportWait = Callable[[ServerWait], None]
"""Receives waits, often: the same cause again with other words, and `NO_WAIT` when it is over."""


def ignore_wait(_wait: ServerWait) -> None:
    """Drop a wait: nobody is told."""


@dataclass(frozen=True)
class OpenJob:
    """A job that a server may still be working on; as text, the sentence with which a run leaves it."""

    server: str
    prompt_id: str

    def __str__(self) -> str:
        return (
            f"job {self.prompt_id} may still run at {self.server}; the next run takes it up, or calls it off if "
            "nothing needs it any more"
        )


@dataclass(frozen=True)
class Submission:
    """How one job at a server ended; an attempt may need several in a row.

    Attributes:
        part: 0 for the attempt's first job.
        changes: What was sent, value by place in the leased template.
        queued_at: When it was submitted, if known.
        started_at: When the server began it, if known.
        error_message: "" if it succeeded.
        error_node: The failed node's id, "" if no node failed.
        peak_vram_bytes: 0 if the server does not say.
        outputs: `{"filename", "sha256", "size_bytes"}` of each downloaded file.
        uploads: `{"name", "path", "sha256"}` of each picture that it started from: its name at the server, and where it
            is in the media store.
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
    uploads: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class RemoteContext:
    """What a remote engine needs so that a later run can find its jobs.

    Attributes:
        lease: The server and what it is sent.
        prompt_id_for: Returns the id of a part's job, a canonical lowercase UUID that depends on the decision only.
        is_resumed: Whether an earlier run may have submitted the job. If the server does not know its first part, that
            part is lost and must not be submitted again.
        record_submission: Records how a job ended; repeating it for the same part changes nothing.
        keep_upload: Keeps a picture that a job starts from under its digest, and returns its path in the media store.
    """

    lease: Lease
    prompt_id_for: Callable[[int], str]
    is_resumed: bool
    record_submission: Callable[[Submission], None]
    keep_upload: Callable[[Path], str] = str


@dataclass(frozen=True)
class ConsultationNote:
    """A question to a remote director and what was used of its answer; kept with the decision.

    Attributes:
        query: The question as it was sent.
        response: The raw answer, even if it broke the contract; "" while there is none.
        model: Who answered: `echo_brain`, or an Ollama model's name.
        confidence: 0..1, None if the director gave none.
        used: What was used of the answer.
        overruled: What was not used, each with the reason.
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
    """One attempt at a brief.

    Attributes:
        number: 1 for the first.
        parameters: What `Engine.plan_attempt` decided; already recorded.
        folder: An empty folder for this attempt; only files named in the `EngineOutput` are kept.
        inputs: Files of the takes that the brief builds on, by role: a clip gets its keyframe's `picture` and,
            if its engine made one, `layers`.
        report_progress: Takes 0..1 and a few words; may be called from any thread.
        decision_id: The committed decision.
        session_id: The creative session that the decision belongs to, "" for none.
        is_stopped: Whether the run was stopped; a remote engine polls it while it waits.
        remote: Set for remote engines only.
        record_question: Records a question before it is sent.
        record_consultation: Records what was used of the answer to the last question.
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
        files: Path by role; the role `main` is the take itself, others accompany it (`layers`, `words`).
        details: JSON-ready facts about it, such as word times; kept with the take.
        cpu_s: CPU seconds spent in this process, 0 if unknown.
        gpu_s: GPU seconds, 0 for CPU engines.
        others: Further candidates that the same job made; their time is in the first one's.
    """

    files: Mapping[str, Path]
    details: Mapping[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    others: tuple[EngineOutput, ...] = ()


@dataclass(frozen=True)
class DirectorContext:
    """What a director is told besides the story, and how its answers are recorded.

    Attributes:
        facts: Sentences from memory about the scene, the most relevant first.
        experience: Sentences about what was accepted or rejected before, the most relevant first.
        lessons: Sentences about what a director learned and recommended before.
        session_id: The service's session: one for all questions of a plan.
        seed: The attempt's seed, for directors that sample their answers.
        record_question: Records a question before it is sent.
        record_consultation: Records what was used of an answer.
        is_stopped: Whether the run was stopped; checked before each question.
    """

    facts: tuple[str, ...] = ()
    experience: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    session_id: str = ""
    seed: int = 0
    record_question: Callable[[ConsultationNote], None] = lambda _question: None
    record_consultation: Callable[[ConsultationNote], None] = lambda _consulted: None
    is_stopped: Callable[[], bool] = lambda: False


NO_CONTEXT = DirectorContext()
"""Nothing besides the story; nothing is recorded."""
