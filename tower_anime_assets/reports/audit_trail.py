"""The record of an episode, shot or creative session as JSON-ready data, and what is wrong with the record itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from tower_anime_assets.errors import PlanError, UnknownKeyError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.reports.attempt_trail import attempts_of, shot_trail_of
from tower_anime_assets.reports.delivered_heads import find_head_problems
from tower_anime_assets.reports.trail_words import (
    approval_words,
    edit_words,
    episode_words,
    request_words,
    session_words,
    shot_words,
)
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.delivery import DELIVERY_FOLDER
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import (
    approvals,
    audit,
    feedback,
    sessions,
    show_edits,
    story,
    take_requests,
    takes,
    workflows,
)
from tower_anime_assets.store.audit import AuditTrail, VerifiedPart, ignore_progress
from tower_anime_assets.store.take_requests import TakeRequest
from tower_anime_assets.store.workflows import SentJob


def key_trail(settings: Settings, text: str) -> dict[str, Any]:
    """Return the decisions, verdicts, takes, consultations, workflows and feedback of an episode or shot key.

    Raises:
        PlanError: The text is not a key, or nothing is known about what it names.
    """
    with _known_trail(settings, text) as (studio, key, trail):
        opinions = feedback.find_by_decisions(studio.database, [str(row["id"]) for row in trail.decisions])
        given = [] if isinstance(key, ShotKey) else approvals.list_by_episode(studio.database, key)
        edited = [] if isinstance(key, ShotKey) else show_edits.list_by_episode(studio.database, key)
        begun = [] if isinstance(key, ShotKey) else sessions.list_by_episode(studio.database, key)
        asked = _requests_about(studio, key)
    by_people = {"approvals": [asdict(one) for one in given]} if given else {}
    by_people |= {"sessions": [asdict(one) for one in begun]} if begun else {}
    by_people |= {"edits": [asdict(one) for one in edited]} if edited else {}
    by_people |= {"requests": [asdict(one) for one in asked]} if asked else {}
    return {"key": text, **vars(trail), "feedback": [asdict(opinion) for opinion in opinions], **by_people}


def key_words(settings: Settings, text: str, *, full: bool = False) -> list[str]:
    """Return the lines that tell how an episode or a shot was made; with `full`, everything that is on record.

    Raises:
        PlanError: The text is not a key, or nothing is known about what it names.
    """
    with _known_trail(settings, text) as (studio, key, trail):
        asked = map(request_words, _requests_about(studio, key))
        if isinstance(key, ShotKey):
            return [*shot_words(shot_trail_of(studio.database, key, trail), full=full), *asked]
        words = [*episode_words(text, attempts_of(studio.database, trail, key), full=full), *asked]
        words += map(session_words, sessions.list_by_episode(studio.database, key))
        words += map(approval_words, approvals.list_by_episode(studio.database, key))
        return [*words, *map(edit_words, show_edits.list_by_episode(studio.database, key))]


def _requests_about(studio: Studio, key: EpisodeKey | ShotKey) -> list[TakeRequest]:
    """Return what was asked of further takes of an episode or a shot, oldest first."""
    episode = key.episode_key if isinstance(key, ShotKey) else key
    rows = list(reversed(take_requests.list_by_episode(studio.database, episode)))
    return [row for row in rows if row.place == key.position] if isinstance(key, ShotKey) else rows


@contextmanager
def _known_trail(settings: Settings, text: str) -> Iterator[tuple[Studio, EpisodeKey | ShotKey, AuditTrail]]:
    """Open the studio, and give what is on record about a key, which may be nothing yet for a known episode.

    Raises:
        PlanError: The text is not a key, or nothing is known about what it names.
    """
    key = ShotKey.parse(text) if text.count("-") > 1 else EpisodeKey.parse(text)
    episode = key.episode_key if isinstance(key, ShotKey) else key
    known_episodes = list(map(str, show_files.list_episodes(settings.projects)))
    if str(episode) not in known_episodes and not has_record(settings):
        raise _nothing_known(text, str(episode), known_episodes)
    with open_studio(settings) as studio:
        trail = audit.load_trail(studio.database, key)
        if not trail.decisions:
            known_episodes += [known for known, _title in story.list_titles(studio.database)]
            if str(episode) not in known_episodes:
                raise _nothing_known(text, str(episode), known_episodes)
            if isinstance(key, ShotKey):
                rows = audit.load_trail(studio.database, episode).decisions
                shots = [f"{episode}-{row['scene_id']}-{row['shot_id']}" for row in rows if row["shot_id"]]
                raise _nothing_known(text, text, shots)
        yield studio, key, trail


def sent_jobs(settings: Settings, key: str = "", any_id: str = "") -> tuple[SentJob, ...]:
    """Return the jobs that servers were sent for an episode or shot, or those with an id, oldest first.

    Args:
        settings: The studio.
        key: An episode or shot key; "" to look by the id alone.
        any_id: The id of a workflow run, a job or a decision; "" for every job.

    Raises:
        PlanError: The text is not a key, nothing is known about it, no job was sent, or a graph cannot be rebuilt.
    """
    ids = [any_id]
    if key:
        ids = [str(row["id"]) for row in key_trail(settings, key)["workflows"]]
    if not has_record(settings):
        raise PlanError("nothing is on record yet, so no graph was sent")
    with open_studio(settings) as studio:
        jobs = [job for run_id in ids for job in workflows.find_jobs(studio.database, run_id)]
    if any_id:
        jobs = [job for job in jobs if any_id in (job.id, job.prompt_id, job.decision_id)]
    if not jobs:
        subject = f"of {key} " if key else ""
        raise PlanError(f"no graph {subject}{f'with the id {any_id} ' if any_id else ''}was sent to a server")
    return tuple(jobs)


def session_trail(settings: Settings, session_id: str) -> dict[str, Any]:
    """Return the decisions and consultations of a creative session.

    Raises:
        PlanError: There is no such session.
    """
    if not has_record(settings):
        raise PlanError(f"nothing is on record yet, so there is no creative session {session_id}")
    with open_studio(settings) as studio:
        trail = sessions.load_trail(studio.database, session_id)
    return {"session": asdict(trail.session), "decisions": trail.decisions, "consultations": trail.consultations}


def find_record_problems(
    settings: Settings, first_link: int = 1, report: Callable[[VerifiedPart], None] = ignore_progress
) -> tuple[str, ...]:
    """Return what is wrong with the record.

    That is a broken chain, takes without decisions, files that are missing or changed, graphs that cannot be rebuilt
    byte for byte as they were sent, and masters in `episodes/` that prove that rows are gone.

    Args:
        settings: The studio.
        first_link: The link of the chain to begin with, where an earlier verification was stopped.
        report: Told every second or two how far it has come.

    Raises:
        PlanError: The chain has no such link.
    """
    with open_studio(settings) as studio:
        newest = audit.read_chain_mark(studio.database).seq
        if not 1 <= first_link <= max(newest, 1):
            raise PlanError(f"the audit chain has no link {first_link}; its links are 1 to {newest}")
        problems = list(audit.find_problems(studio.database, studio.media, first_link, report))
        for text, _title in story.list_titles(studio.database):
            for master in takes.list_by_episode(studio.database, EpisodeKey.parse(text), MASTERS.name):
                head = master.details["chain_head"]
                if not audit.chain_contains(studio.database, head):
                    problems.append(f"master {master.id} of {text} names the chain head {head[:12]}, not in the chain")
        problems += find_head_problems(studio.database, settings.home / DELIVERY_FOLDER)
    return tuple(problems)


def _nothing_known(key: str, name: str, known_names: list[str]) -> UnknownKeyError:
    return UnknownKeyError(f"nothing is on record about {key}. {did_you_mean(name, known_names)}")
