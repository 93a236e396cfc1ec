"""How every attempt at a shot, line or scene was made, as far as it is on record: for pages, metadata and words.

An attempt is a decision with what became of it. What is not on record is "" or (), and readers say so; nothing here is
derived from today's files, workflows or servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tower_anime_assets.engines.remote.comfyui.request import escape_passages
from tower_anime_assets.errors import UnknownKeyError
from tower_anime_assets.production.learning.feedback import reason_text
from tower_anime_assets.production.planning.prompt_sources import SourcedText, split_negative, split_prompt
from tower_anime_assets.production.planning.prompts import NEGATIVE
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.value_origins import PROVENANCE, added_words, origins_of, published_digests
from tower_anime_assets.production.verdicts import Verdict, graded_score
from tower_anime_assets.stages.stage_report import StageReport
from tower_anime_assets.store import audit, feedback, takes, verdicts
from tower_anime_assets.store.audit import AuditTrail
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import PlannedPrompt

Row = Mapping[str, Any]

_SHOWN_ELSEWHERE = frozenset(
    {
        *("prompt", "negative", "seed", "workflow", "workflow_sha256", "models", "taken_models", "loras", "changed"),
        *("advice", "complaints", "reduced", "attempt", "number", PROVENANCE),
    }
)
"""Parameters that are shown under headings of their own, or say the attempt's number and complaints again."""


@dataclass(frozen=True)
class ValueTrail:
    """One parameter of an attempt, and where it comes from; `origin` is "" where that is not on record."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class ModelTrail:
    """One model file of an attempt.

    Attributes:
        place: Where the graph names it; "LoRA" for a LoRA that is inserted.
        file: What was sent.
        origin: Where it comes from, and why it was taken instead of another; "" where that is not on record.
        sha256: Published digest; "" where none is on record.
    """

    place: str
    file: str
    origin: str
    sha256: str


@dataclass(frozen=True)
class JobTrail:
    """One job at a server.

    Attributes:
        id: Of its workflow run, by which its graph is found.
        part: From 0.
        prompt_id: The job's id at the server.
        seconds: How long the server worked.
        uploads: Path in the media store by the name at the server, of every picture that it started from.
    """

    id: str
    part: int
    prompt_id: str
    server: str
    success: bool
    seconds: float
    error: str
    workflow_sha256: str
    peak_vram_bytes: int | None
    uploads: Mapping[str, str]


@dataclass(frozen=True)
class ConsultationTrail:
    """What a director or a vision model was asked, what was used of its answer, and what was not, with the reasons."""

    model: str
    asked_at: datetime
    duration_s: float | None
    confidence: float | None
    query: str
    response: str
    used: str
    overruled: tuple[str, ...]


@dataclass(frozen=True)
class PersonTrail:
    """What a person decided about a take: waived a gate, chose, rejected or locked it, or gave an opinion."""

    who: str
    at: datetime
    what: str
    why: str


@dataclass(frozen=True)
class TakeTrail:
    """One take of an attempt.

    Attributes:
        files: Path in the media store by role.
        rank: Among the candidates of one job, 0 for the best; None for an only take.
        verdicts: The newest of each gate and measure.
        waived: Gates that a person waived.
    """

    id: str
    created_at: datetime
    accepted: bool
    rank: int | None
    files: Mapping[str, str]
    verdicts: tuple[Verdict, ...]
    waived: tuple[str, ...]
    people: tuple[PersonTrail, ...]
    chosen_at: datetime | None

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that it did not meet, waived or not."""
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)

    @property
    def preferred_at(self) -> datetime:
        """As `store.takes.Take.preferred_at`."""
        return max(self.created_at, self.chosen_at) if self.chosen_at is not None else self.created_at


@dataclass(frozen=True)
class AttemptTrail:
    """One attempt: what was decided, by whom and why, what was sent, and what became of it.

    Attributes:
        id: Of its decision.
        subject: Where in the episode, such as `sc01-sh0010` or `sc01 sc01-l002`; "" for the episode itself.
        number: From 1.
        status: As in the decision.
        brief: The brief, JSON-ready.
        parameters: The attempt's parameters, JSON-ready.
        prompt: The parts of the prompt as it was sent, or as it was planned; () where there is none.
        is_prompt_sent: Whether the engine was sent a prompt: those that draw from a plan's values are not.
        plan_decision: Id of the decision that planned the prompt, "" where that is not on record.
        ranking: What was considered, the chosen one first, as the decision keeps it.
        takes: The best first.
    """

    id: str
    project: str
    episode: str
    subject: str
    stage: str
    number: int
    status: str
    cause: str
    error: str
    reasoning: str
    decided_at: datetime
    created_by: str
    session: str
    run: str
    replaces: str
    engine: str
    engine_version: str
    server: str
    brief_digest: str
    duration_s: float | None
    cpu_s: float | None
    gpu_s: float | None
    score: float | None
    brief: Row
    parameters: Row
    seed: str
    workflow: str
    workflow_sha256: str
    prompt: tuple[SourcedText, ...]
    negative: tuple[SourcedText, ...]
    is_prompt_sent: bool
    plan_decision: str
    values: tuple[ValueTrail, ...]
    models: tuple[ModelTrail, ...]
    changed: tuple[str, ...]
    ranking: tuple[Row, ...]
    jobs: tuple[JobTrail, ...]
    consultations: tuple[ConsultationTrail, ...]
    takes: tuple[TakeTrail, ...]

    @property
    def accepted(self) -> bool:
        """Whether a take of it is accepted."""
        return any(take.accepted for take in self.takes)

    @property
    def key(self) -> str:
        """The shot's key, or the episode's where it is no shot's."""
        place = self.subject.split(" ")[0]
        return "-".join(filter(None, (self.project, self.episode, place))) if "-sh" in place else self.episode_key

    @property
    def episode_key(self) -> str:
        """The episode's key, "" for what belongs to no episode."""
        return f"{self.project}-{self.episode}" if self.episode else ""

    @property
    def state(self) -> str:
        """What became of it, in a word or two."""
        if self.accepted:
            return "accepted"
        if self.takes:
            return "rejected" if any(take.verdicts for take in self.takes) else "not judged"
        return {"pending": "waiting", "running": "being made", "failed": "could not be made"}.get(
            self.status, self.status
        )


@dataclass(frozen=True)
class ShotTrail:
    """Every attempt at a shot, oldest first, and what its director was asked for its plan."""

    key: ShotKey
    attempts: tuple[AttemptTrail, ...]
    plan_consultations: tuple[ConsultationTrail, ...]


def load_shot_trail(database: Database, key: ShotKey) -> ShotTrail:
    """Return every attempt at a shot; none for an unknown key."""
    return shot_trail_of(database, key, audit.load_trail(database, key))


def shot_trail_of(database: Database, key: ShotKey, trail: AuditTrail) -> ShotTrail:
    """Return every attempt at a shot, from what is on record about it."""
    attempts = attempts_of(database, trail, key.episode_key)
    plans = list(dict.fromkeys(attempt.plan_decision for attempt in attempts if attempt.plan_decision))
    rows = audit.list_consultations(database, plans[-1:])
    return ShotTrail(key, attempts, tuple(map(_consultation, rows)))


def consultations_by_subject(database: Database, report: StageReport) -> dict[str, tuple[ConsultationTrail, ...]]:
    """Return who was asked for the takes of a stage, by their subjects; subjects for which nobody was are absent."""
    subject_by_decision = {outcome.take.decision_id: outcome.subject for outcome in report.outcomes}
    rows = _group_by(audit.list_consultations(database, list(subject_by_decision)), "decision_id")
    return {
        subject: tuple(map(_consultation, rows[decision_id]))
        for decision_id, subject in subject_by_decision.items()
        if decision_id in rows
    }


def load_attempt(database: Database, decision_id: str) -> AttemptTrail:
    """Return one attempt.

    Raises:
        UnknownKeyError: There is no such decision.
    """
    trail = audit.load_decision_trail(database, decision_id)
    if not trail.decisions:
        raise UnknownKeyError(
            f"no decision {decision_id} is on record; `tower audit KEY --full` lists those of an episode"
        )
    row = trail.decisions[0]
    return attempts_of(database, trail, EpisodeKey(row["project_id"], row["episode_id"]))[0]


def attempts_of(database: Database, trail: AuditTrail, episode: EpisodeKey) -> tuple[AttemptTrail, ...]:
    """Return the attempts that a part of the record of one episode holds, oldest first."""
    prompts = dict.fromkeys(str(_brief(row).get("prompt", "")) for row in trail.decisions)
    prompts.pop("", None)
    planned = takes.find_planned_prompts(database, episode, prompts) if prompts else {}
    accepted = verdicts.find_accepted(database, [str(row["id"]) for row in trail.takes])
    opinions = feedback.find_by_decisions(database, [str(row["id"]) for row in trail.decisions])
    by_take = _group_by(trail.verdicts, "take_id")
    opinions_by_take: dict[str, list[PersonTrail]] = {}
    with_rejections = {ruling["feedback_id"] for row in trail.takes for ruling in row["rulings"] or ()}
    for one in (opinion for opinion in opinions if opinion.id not in with_rejections):
        why = f"{reason_text(one.reason)}. {one.note}".strip()
        opinions_by_take.setdefault(str(one.take_id), []).append(
            PersonTrail(one.who, one.timestamp, f"says {one.opinion}", why)
        )
    takes_by_decision: dict[str, list[TakeTrail]] = {}
    for row in trail.takes:
        take_id = str(row["id"])
        take = _take(row, by_take.get(take_id, ()), opinions_by_take.get(take_id, ()), is_accepted=take_id in accepted)
        takes_by_decision.setdefault(str(row["decision_id"]), []).append(take)
    jobs = _group_by(trail.workflows, "decision_id")
    consultations = _group_by(trail.consultations, "decision_id")
    return tuple(
        _attempt(
            row,
            planned.get(str(_brief(row).get("prompt", ""))),
            tuple(sorted(takes_by_decision.get(str(row["id"]), ()), key=lambda take: take.rank or 0)),
            tuple(map(_job, jobs.get(str(row["id"]), ()))),
            tuple(map(_consultation, consultations.get(str(row["id"]), ()))),
        )
        for row in trail.decisions
    )


def _attempt(
    row: Row,
    planned: PlannedPrompt | None,
    its_takes: tuple[TakeTrail, ...],
    jobs: tuple[JobTrail, ...],
    consultations: tuple[ConsultationTrail, ...],
) -> AttemptTrail:
    brief, parameters = _brief(row), _mapping(row["parameters"].get("attempt"))
    place = "-".join(filter(None, (row["scene_id"], row["shot_id"])))
    prompt, negative = _prompts(brief, parameters, planned, _asked_parts(row))
    return AttemptTrail(
        id=str(row["id"]),
        project=row["project_id"],
        episode=row["episode_id"],
        subject=" ".join(filter(None, (place, row["line_id"]))),
        stage=row["decision_type"],
        number=row["attempt"],
        status=row["status"],
        cause=row.get("cause") or "",
        error=row["error_message"] or "",
        reasoning=row["reasoning"],
        decided_at=datetime.fromisoformat(row["timestamp"]),
        created_by=row["created_by"],
        session=str(row["session_id"] or ""),
        run=row["run_id"] or "",
        replaces=str(row["replaces"] or ""),
        engine=row["engine"],
        engine_version=row["engine_version"],
        server=row["server"] or "",
        brief_digest=row["brief_digest"],
        duration_s=row["duration_s"],
        cpu_s=row["cpu_s"],
        gpu_s=row["gpu_s"],
        score=graded_score(row["quality_score"], row.get("score_version")),
        brief=brief,
        parameters=parameters,
        seed=str(parameters.get("seed", "")),
        workflow=str(parameters.get("workflow", "")),
        workflow_sha256=str(parameters.get("workflow_sha256", "")),
        prompt=prompt,
        negative=negative,
        is_prompt_sent="prompt" in parameters,
        plan_decision=str(planned.decision_id) if planned is not None else "",
        values=_values(brief, parameters),
        models=_models(parameters),
        changed=tuple(map(str, parameters.get("changed", ()))),
        ranking=tuple(item for item in row["alternatives"] or () if isinstance(item, Mapping)),
        jobs=jobs,
        consultations=consultations,
        takes=its_takes,
    )


def _brief(row: Row) -> Row:
    return _mapping(row["parameters"].get("brief"))


def _mapping(value: Any) -> Row:
    return value if isinstance(value, Mapping) else {}


def _asked_parts(row: Row) -> Sequence[Row]:
    """Return the parts of a prompt that holds what a person asked for, as they were recorded; () for a plan's own."""
    parts: Sequence[Row] = _mapping(row["parameters"].get("asked")).get("parts", ())
    return parts


def _prompts(
    brief: Row, parameters: Row, planned: PlannedPrompt | None, asked_parts: Sequence[Row]
) -> tuple[tuple[SourcedText, ...], tuple[SourcedText, ...]]:
    """Return the parts of both prompts as they were sent; an engine that sends none has those of its brief."""
    rows = asked_parts or (planned.parts if planned else ())
    parts = [SourcedText(part["text"], part["source"], part["role"]) for part in rows]
    literal = tuple(brief.get("literal", ()))
    is_sent = "prompt" in parameters
    prompt = split_prompt(
        str(parameters.get("prompt", brief.get("prompt", ""))),
        [part for part in parts if part.role != NEGATIVE],
        added_words(parameters),
        (lambda text: escape_passages(text, literal)) if is_sent else (lambda text: text),
    )
    is_same_negative = bool(asked_parts) or (planned is not None and _same_negative(planned, brief))
    negative_parts = [part for part in parts if part.role == NEGATIVE and is_same_negative]
    negative = split_negative(
        str(parameters.get("negative", brief.get("negative", ""))),
        [*negative_parts, *added_words(parameters, "negative")],
    )
    return prompt, negative


def _same_negative(planned: PlannedPrompt, brief: Row) -> bool:
    return planned.negative == brief.get("negative")


def _values(brief: Row, parameters: Row) -> tuple[ValueTrail, ...]:
    origins = dict(origins_of(parameters))
    names = sorted(parameters.keys() - _SHOWN_ELSEWHERE)
    if "seed" in parameters:
        names.insert(0, "seed")
        if parameters["seed"] == brief.get("seed"):
            origins.setdefault("seed", "the brief")
    return tuple(ValueTrail(name, parameters[name], origins.get(name, "")) for name in names)


def _models(parameters: Row) -> tuple[ModelTrail, ...]:
    origins, digests = origins_of(parameters), published_digests(parameters)
    taken_rows: Sequence[Row] = parameters.get("taken_models", ())
    taken = {item["place"] or item["wanted"]: item for item in taken_rows}
    models = []
    for place, asked in _mapping(parameters.get("models")).items():
        other = taken.get(place)
        file = str(other["file"] if other else asked)
        why = f"taken at the server instead of {other['wanted']}: {other['why']}" if other else ""
        origin = "; ".join(filter(None, (origins.get(f"models.{place}", ""), why)))
        models.append(ModelTrail(place, file, origin, digests.get(file, "")))
    for lora in parameters.get("loras", ()):
        other = taken.get(lora["file"])
        file = str(other["file"] if other else lora["file"])
        why = f", taken at the server instead of {lora['file']}: {other['why']}" if other else ""
        strength = f"strength {lora.get('strength_model')}"
        models.append(ModelTrail("LoRA", file, strength + why, digests.get(file, "")))
    return tuple(models)


def _job(row: Row) -> JobTrail:
    return JobTrail(
        id=str(row["id"]),
        part=row["part"] or 0,
        prompt_id=row["prompt_id"] or "",
        server=row["server"] or "",
        success=row["success"],
        seconds=row["execution_time"],
        error=row["error_message"] or "",
        workflow_sha256=row["workflow_sha256"],
        peak_vram_bytes=row["peak_vram_bytes"],
        uploads={upload["name"]: upload["path"] for upload in row["uploads"] or ()},
    )


def _consultation(row: Row) -> ConsultationTrail:
    return ConsultationTrail(
        model=row["model_used"],
        asked_at=datetime.fromisoformat(row["timestamp"]),
        duration_s=row["duration_s"],
        confidence=row["confidence_score"],
        query=row["query"],
        response=row["response"] or "",
        used=row["used"] or "",
        overruled=tuple(row["overruled"] or ()),
    )


def _take(row: Row, verdict_rows: Iterable[Row], opinions: Iterable[PersonTrail], *, is_accepted: bool) -> TakeTrail:
    newest: dict[tuple[str, str], Row] = {}
    waivers: dict[tuple[str, str, str], PersonTrail] = {}
    waived: dict[str, None] = {}
    for verdict in verdict_rows:
        newest.pop((verdict["gate"], verdict["measure"]), None)
        newest[verdict["gate"], verdict["measure"]] = verdict
        for waiver in verdict["waivers"] or ():
            waived[verdict["gate"]] = None
            at = datetime.fromisoformat(waiver["at"])
            waivers[verdict["gate"], waiver["who"], waiver["at"]] = PersonTrail(
                waiver["who"], at, f"waived {verdict['gate']}", waiver["why"]
            )
    choices = [
        PersonTrail(choice["who"], datetime.fromisoformat(choice["at"]), "chose this take", choice["why"])
        for choice in row["choices"] or ()
    ]
    ruled = [_ruling(ruling) for ruling in row["rulings"] or ()]
    people = sorted((*waivers.values(), *choices, *ruled, *opinions), key=lambda person: person.at)
    return TakeTrail(
        id=str(row["id"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        accepted=is_accepted,
        rank=row["candidate_rank"],
        files={role: file["path"] for role, file in row["files"].items()},
        verdicts=tuple(_verdict(verdict) for verdict in newest.values()),
        waived=tuple(waived),
        people=tuple(people),
        chosen_at=max((choice.at for choice in choices), default=None),
    )


def _ruling(ruling: Row) -> PersonTrail:
    """Return what a person ruled about a take."""
    pinned = [f"frame {ruling['frame']}"] if ruling["frame"] is not None else []
    pinned += ["region " + ",".join(map(str, ruling["region"]))] if ruling["region"] is not None else []
    reason = reason_text(ruling["reason"]) if ruling["reason"] else ""
    why = ". ".join(filter(None, (reason, ruling["note"], ", ".join(pinned))))
    return PersonTrail(ruling["who"], datetime.fromisoformat(ruling["at"]), f"{ruling['ruling']} this take", why)


def _verdict(row: Row) -> Verdict:
    names = ("gate", "measure", "low", "high", "unit", "passed", "remedy")
    return Verdict(value=float(row["value"]), **{name: row[name] for name in names})


def _group_by(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row[column]), []).append(row)
    return groups
