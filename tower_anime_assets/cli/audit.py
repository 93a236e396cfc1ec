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
from tower_anime_assets.stages import masters
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, feedback, sessions, story, takes


def trail(settings: Settings, text: str) -> dict[str, Any]:
    """Return the decisions, verdicts, takes, consultations, workflows and feedback of an episode or shot.

    Raises:
        PlanError: The text is no key, or nothing is known of what it names.
    """
    key = ShotKey.parse(text) if text.count("-") > 1 else EpisodeKey.parse(text)
    episode = key.episode_key if isinstance(key, ShotKey) else key
    written = [str(known) for known in show_files.list_episodes(settings.projects)]
    if str(episode) not in written and not has_record(settings):
        raise PlanError(f"nothing is on record about {text}. {did_you_mean(str(episode), written)}")
    with open_studio(settings) as studio:
        found = audit.load_trail(studio.database, key)
        if not found.decisions:
            _refuse_unknown(studio, key, written)
        opinions = feedback.find_by_decisions(studio.database, [str(row["id"]) for row in found.decisions])
    return {
        "key": text,
        "decisions": found.decisions,
        "verdicts": found.verdicts,
        "takes": found.takes,
        "consultations": found.consultations,
        "workflows": found.workflows,
        "feedback": [asdict(opinion) for opinion in opinions],
    }


def session_trail(settings: Settings, session_id: str) -> dict[str, Any]:
    """Return the decisions and consultations of a creative session.

    Raises:
        PlanError: There is no such session.
    """
    if not has_record(settings):
        raise PlanError(f"nothing is on record yet, so there is no creative session {session_id}")
    with open_studio(settings) as studio:
        found = sessions.load_trail(studio.database, session_id)
    return {"session": asdict(found.session), "decisions": found.decisions, "consultations": found.consultations}


def _refuse_unknown(studio: Studio, key: EpisodeKey | ShotKey, written: list[str]) -> None:
    episode = key.episode_key if isinstance(key, ShotKey) else key
    known = [*written, *(text for text, _title in story.list_titles(studio.database))]
    if str(episode) not in known:
        raise PlanError(f"nothing is on record about {key}. {did_you_mean(str(episode), known)}")
    if isinstance(key, ShotKey):
        decided = audit.load_trail(studio.database, episode).decisions
        shots = [f"{episode}-{row['scene_id']}-{row['shot_id']}" for row in decided if row["shot_id"]]
        raise PlanError(f"nothing is on record about {key}. {did_you_mean(str(key), shots)}")


def verified(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the record: broken chain, takes without decisions, files missing or changed."""
    with open_studio(settings) as studio:
        problems = list(audit.find_problems(studio.database, studio.media))
        for text, _title in story.list_titles(studio.database):
            for master in takes.list_by_episode(studio.database, EpisodeKey.parse(text), masters.STAGE):
                head = master.details["chain_head"]
                if not audit.chain_contains(studio.database, head):
                    problems.append(f"the master {master.id} of {text} was made at {head[:12]}, which the chain lacks")
    return tuple(problems)


def printed_trail(found: dict[str, Any], console: Console) -> None:
    """Print a trail for a person: one line per decision, its verdicts below it."""
    if "session" in found:
        session = found["session"]
        print(f"session {session['id']}: {session['title']}, by {session['started_by']}, since {session['started_at']}")
    takes = {str(take["decision_id"]): take for take in found.get("takes", ())}
    asked: dict[str, list[dict[str, Any]]] = {}
    for consultation in found.get("consultations", ()):
        asked.setdefault(str(consultation["decision_id"]), []).append(consultation)
    judged: dict[str, list[dict[str, Any]]] = {}
    for verdict in found.get("verdicts", ()):
        judged.setdefault(str(verdict["take_id"]), []).append(verdict)
    for decision in found.get("decisions", ()):
        where = "-".join(part for part in (decision["scene_id"], decision["shot_id"], decision["line_id"]) if part)
        print(
            f"{decision['timestamp']}  {decision['decision_type']:<9} {where:<18} {decision['status']:<10} "
            f"{decision['engine']}  {decision['reasoning']}"
        )
        take = takes.get(str(decision["id"]))
        for verdict in judged.get(str(take["id"]), ()) if take else ():
            mark = "pass" if verdict["passed"] else "FAIL"
            print(
                f"    {mark} {verdict['gate']}: {verdict['measure']} = {float(verdict['value']):.4g} {verdict['unit']}"
            )
        for consultation in asked.get(str(decision["id"]), ()):
            _print_consultation(consultation)
        for opinion in found.get("feedback", ()):
            if str(opinion["decision_id"]) == str(decision["id"]):
                print(f"    {opinion['who']} says {opinion['opinion']}: {opinion['reason']} {opinion['note']}".rstrip())
        if decision.get("error_message"):
            print(f"    {decision['error_message']}")
    if "decisions" in found:
        parts = [f"{len(found[name])} {name}" for name in ("decisions", "takes", "verdicts") if name in found]
        if found.get("consultations"):
            parts.append(f"{len(found['consultations'])} consultations")
        console.print(", ".join(parts))
    if "problems" in found:
        for problem in found["problems"]:
            console.print(problem, style="red", highlight=False, markup=False)
        console.print("the record is sound" if not found["problems"] else f"{len(found['problems'])} problems")


def _print_consultation(consultation: dict[str, Any]) -> None:
    seconds = f" in {consultation['duration_s']:.1f} s" if consultation["duration_s"] is not None else ""
    print(f"    asked {consultation['model_used']}{seconds}; used: {consultation['used'] or 'not noted'}")
    for words in consultation["overruled"] or ():
        print(f"        not used: {words}")
