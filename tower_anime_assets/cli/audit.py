"""`tower audit`: everything on record about an episode or a shot, and whether the record itself is sound."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media import show_files
from tower_anime_assets.production.story.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.story.source import did_you_mean
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages.masters import MASTERS
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, feedback, sessions, story, takes


def audit_trail(settings: Settings, text: str) -> dict[str, Any]:
    """Return the decisions, verdicts, takes, consultations, workflows and feedback of an episode or shot.

    Raises:
        PlanError: The text is no key, or nothing is known of what it names.
    """
    key = ShotKey.parse(text) if text.count("-") > 1 else EpisodeKey.parse(text)
    episode = key.episode_key if isinstance(key, ShotKey) else key
    episode_keys = [str(episode_key) for episode_key in show_files.list_episodes(settings.projects)]
    if str(episode) not in episode_keys and not has_record(settings):
        raise PlanError(f"nothing is on record about {text}. {did_you_mean(str(episode), episode_keys)}")
    with open_studio(settings) as studio:
        history = audit.load_trail(studio.database, key)
        if not history.decisions:
            _raise_unknown_key(studio, key, episode_keys)
        feedback_rows = feedback.find_by_decisions(studio.database, [str(row["id"]) for row in history.decisions])
    return {
        "key": text,
        "decisions": history.decisions,
        "verdicts": history.verdicts,
        "takes": history.takes,
        "consultations": history.consultations,
        "workflows": history.workflows,
        "feedback": [asdict(opinion) for opinion in feedback_rows],
    }


def session_trail(settings: Settings, session_id: str) -> dict[str, Any]:
    """Return the decisions and consultations of a creative session.

    Raises:
        PlanError: There is no such session.
    """
    if not has_record(settings):
        raise PlanError(f"nothing is on record yet, so there is no creative session {session_id}")
    with open_studio(settings) as studio:
        session_record = sessions.load_trail(studio.database, session_id)
    return {
        "session": asdict(session_record.session),
        "decisions": session_record.decisions,
        "consultations": session_record.consultations,
    }


def _raise_unknown_key(studio: Studio, key: EpisodeKey | ShotKey, episode_keys: list[str]) -> None:
    episode = key.episode_key if isinstance(key, ShotKey) else key
    known_keys = [*episode_keys, *(text for text, _title in story.list_titles(studio.database))]
    if str(episode) not in known_keys:
        raise PlanError(f"nothing is on record about {key}. {did_you_mean(str(episode), known_keys)}")
    if isinstance(key, ShotKey):
        decisions = audit.load_trail(studio.database, episode).decisions
        shots = [f"{episode}-{row['scene_id']}-{row['shot_id']}" for row in decisions if row["shot_id"]]
        raise PlanError(f"nothing is on record about {key}. {did_you_mean(str(key), shots)}")


def find_record_problems(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the record: broken chain, takes without decisions, files missing or changed."""
    with open_studio(settings) as studio:
        problems = list(audit.find_problems(studio.database, studio.media))
        for text, _title in story.list_titles(studio.database):
            for master in takes.list_by_episode(studio.database, EpisodeKey.parse(text), MASTERS.name):
                head = master.details["chain_head"]
                if not audit.chain_contains(studio.database, head):
                    problems.append(f"the master {master.id} of {text} was made at {head[:12]}, which the chain lacks")
    return tuple(problems)


def print_trail(trail: dict[str, Any], console: Console) -> None:
    """Print a trail for a person: one line per decision, its verdicts below it."""
    if "session" in trail:
        session = trail["session"]
        print(f"session {session['id']}: {session['title']}, by {session['started_by']}, since {session['started_at']}")
    take_by_decision = {str(take["decision_id"]): take for take in trail.get("takes", ())}
    consultations_by_decision: dict[str, list[dict[str, Any]]] = {}
    for consultation in trail.get("consultations", ()):
        consultations_by_decision.setdefault(str(consultation["decision_id"]), []).append(consultation)
    verdicts_by_take: dict[str, list[dict[str, Any]]] = {}
    for verdict in trail.get("verdicts", ()):
        verdicts_by_take.setdefault(str(verdict["take_id"]), []).append(verdict)
    for decision in trail.get("decisions", ()):
        place = "-".join(part for part in (decision["scene_id"], decision["shot_id"], decision["line_id"]) if part)
        print(
            f"{decision['timestamp']}  {decision['decision_type']:<9} {place:<18} {decision['status']:<10} "
            f"{decision['engine']}  {decision['reasoning']}"
        )
        take = take_by_decision.get(str(decision["id"]))
        for verdict in verdicts_by_take.get(str(take["id"]), ()) if take else ():
            mark = "pass" if verdict["passed"] else "FAIL"
            print(
                f"    {mark} {verdict['gate']}: {verdict['measure']} = {float(verdict['value']):.4g} {verdict['unit']}"
            )
        for consultation in consultations_by_decision.get(str(decision["id"]), ()):
            _print_consultation(consultation)
        for entry in trail.get("feedback", ()):
            if str(entry["decision_id"]) == str(decision["id"]):
                print(f"    {entry['who']} says {entry['opinion']}: {entry['reason']} {entry['note']}".rstrip())
        if decision.get("error_message"):
            print(f"    {decision['error_message']}")
    if "decisions" in trail:
        parts = [f"{len(trail[name])} {name}" for name in ("decisions", "takes", "verdicts") if name in trail]
        if trail.get("consultations"):
            parts.append(f"{len(trail['consultations'])} consultations")
        console.print(", ".join(parts))
    if "problems" in trail:
        for problem in trail["problems"]:
            console.print(problem, style="red", highlight=False, markup=False)
        console.print("the record is sound" if not trail["problems"] else f"{len(trail['problems'])} problems")


def _print_consultation(consultation: dict[str, Any]) -> None:
    duration_note = f" in {consultation['duration_s']:.1f} s" if consultation["duration_s"] is not None else ""
    print(f"    asked {consultation['model_used']}{duration_note}; used: {consultation['used'] or 'not noted'}")
    for reason in consultation["overruled"] or ():
        print(f"        not used: {reason}")
