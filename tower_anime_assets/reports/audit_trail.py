"""The record of an episode, shot or creative session as JSON-ready data, and what is wrong with the record itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.store import audit, feedback, sessions, story, takes


def key_trail(settings: Settings, text: str) -> dict[str, Any]:
    """Return the decisions, verdicts, takes, consultations, workflows and feedback of an episode or shot key.

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
        opinions = feedback.find_by_decisions(studio.database, [str(row["id"]) for row in trail.decisions])
    return {"key": text, **vars(trail), "feedback": [asdict(opinion) for opinion in opinions]}


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


def find_record_problems(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the record: broken chain, takes without decisions, files missing or changed."""
    with open_studio(settings) as studio:
        problems = list(audit.find_problems(studio.database, studio.media))
        for text, _title in story.list_titles(studio.database):
            for master in takes.list_by_episode(studio.database, EpisodeKey.parse(text), MASTERS.name):
                head = master.details["chain_head"]
                if not audit.chain_contains(studio.database, head):
                    problems.append(f"master {master.id} of {text} names the chain head {head[:12]}, not in the chain")
    return tuple(problems)


def _nothing_known(key: str, name: str, known_names: list[str]) -> PlanError:
    return PlanError(f"nothing is on record about {key}. {did_you_mean(name, known_names)}")
