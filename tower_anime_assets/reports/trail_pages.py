"""The trail as pages show it: how an episode or a shot was made, attempt by attempt, and one attempt whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.reports.attempt_trail import (
    AttemptTrail,
    ConsultationTrail,
    JobTrail,
    PersonTrail,
    attempts_of,
    load_attempt,
    shot_trail_of,
)
from tower_anime_assets.reports.audit_trail import episode_record_words
from tower_anime_assets.reports.panel_addresses import graph_file
from tower_anime_assets.reports.take_summaries import media_url
from tower_anime_assets.reports.trail_words import changes_since, groups_of, shot_words
from tower_anime_assets.stages.current_episode import require_episode
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, takes


@dataclass(frozen=True)
class GraphLink:
    """The graph of a job as its server was sent it; `part` is from 0."""

    part: int
    url: str


@dataclass(frozen=True)
class AttemptRow:
    """An attempt in a list.

    Attributes:
        id: Of its decision; `/api/attempts/ID` has the whole of it.
        subject: Where in the episode, such as `sc01-sh0010` or `sc01 sc01-l002`; "" for the episode itself.
        number: From 1.
        state: What became of it, in a word or two.
        score: 0..1; null without one on today's scale.
        changed: What was done otherwise than in the attempt before it at the same.
        failed: The measures that its best take did not meet, waived or not, as `GATE: FIGURES`.
        people: What people decided about its best take.
        url: Its best take; null without one.
        thumb_url: A small picture of that; null without one.
    """

    id: str
    stage: str
    subject: str
    number: int
    state: str
    decided_at: datetime
    created_by: str
    score: float | None
    engine: str
    seed: str
    server: str
    duration_s: float | None
    error: str
    reasoning: str
    changed: tuple[str, ...]
    failed: tuple[str, ...]
    people: tuple[PersonTrail, ...]
    url: str | None
    thumb_url: str | None
    graphs: tuple[GraphLink, ...]


@dataclass(frozen=True)
class TrailPage:
    """How an episode or a shot was made.

    Attributes:
        words: Lines that tell it; indented ones belong to the line above them.
        attempts: Oldest first.
        plan: The decision that planned a shot; "" for an episode, and where that is not on record.
        plan_consultations: What the director of a shot was asked for its plan.
    """

    key: str
    episode: str
    words: tuple[str, ...]
    attempts: tuple[AttemptRow, ...]
    plan: str
    plan_consultations: tuple[ConsultationTrail, ...]


@dataclass(frozen=True)
class AttemptPage:
    """One attempt with everything on record about how it was made.

    Attributes:
        state: What became of it, in a word or two.
        episode: Key of its episode; "" for what belongs to a show.
        shot: Key of its shot; "" if it is not a shot's.
        graphs: As it was sent, a graph for each job.
    """

    attempt: AttemptTrail
    state: str
    episode: str
    shot: str
    graphs: tuple[GraphLink, ...]


def load_trail_page(studio: Studio, key: EpisodeKey | ShotKey) -> TrailPage:
    """Return how an episode or a shot was made, also where its files are gone.

    Raises:
        UnknownKeyError: There is no such episode.
    """
    episode = key.episode_key if isinstance(key, ShotKey) else key
    trail = audit.load_trail(studio.database, key)
    if not trail.decisions:
        require_episode(studio, episode)
    if isinstance(key, ShotKey):
        shot = shot_trail_of(studio.database, key, trail)
        plan = next((attempt.plan_decision for attempt in reversed(shot.attempts) if attempt.plan_decision), "")
        words, rows = shot_words(shot), tuple(_rows(shot.attempts))
        return TrailPage(str(key), str(episode), tuple(words), rows, plan, shot.plan_consultations)
    attempts = attempts_of(studio.database, trail, key)
    words = episode_record_words(studio.database, key, attempts)
    return TrailPage(str(key), str(episode), tuple(words), tuple(_rows(attempts)), "", ())


def load_attempt_page(studio: Studio, any_id: str) -> AttemptPage:
    """Return one attempt.

    Args:
        studio: The studio.
        any_id: The id of its decision, or of a take that came of it.

    Raises:
        UnknownKeyError: There is neither.
    """
    found = takes.find_by_prefix(studio.database, any_id) if takes.TAKE_ID.fullmatch(any_id) else ()
    attempt = load_attempt(studio.database, found[0].decision_id if len(found) == 1 else any_id)
    shot = attempt.key if attempt.key != attempt.episode_key else ""
    return AttemptPage(attempt, attempt.state, attempt.episode_key, shot, _graph_links(attempt.jobs))


def _rows(attempts: Sequence[AttemptTrail]) -> Iterator[AttemptRow]:
    before: dict[str, AttemptTrail | None] = {}
    for group in groups_of(attempts):
        before |= {attempt.id: earlier for earlier, attempt in zip([None, *group], group, strict=False)}
    for attempt in attempts:
        yield _row(attempt, before[attempt.id])


def _row(attempt: AttemptTrail, before: AttemptTrail | None) -> AttemptRow:
    take = attempt.takes[0] if attempt.takes else None
    files = take.files if take is not None else {}
    return AttemptRow(
        id=attempt.id,
        stage=attempt.stage,
        subject=attempt.subject,
        number=attempt.number,
        state=attempt.state,
        decided_at=attempt.decided_at,
        created_by=attempt.created_by,
        score=attempt.score,
        engine=attempt.engine,
        seed=attempt.seed,
        server=attempt.server,
        duration_s=attempt.duration_s,
        error=attempt.error,
        reasoning=attempt.reasoning,
        changed=tuple(changes_since(before, attempt)) if before is not None else (),
        failed=tuple(f"{verdict.gate}: {verdict}" for verdict in take.failed) if take is not None else (),
        people=take.people if take is not None else (),
        url=media_url(files["main"]) if "main" in files else None,
        thumb_url=media_url(files["thumb"]) if "thumb" in files else None,
        graphs=_graph_links(attempt.jobs),
    )


def _graph_links(jobs: Sequence[JobTrail]) -> tuple[GraphLink, ...]:
    return tuple(GraphLink(job.part, graph_file(job.id)) for job in jobs)
