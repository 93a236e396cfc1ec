"""`tower audit`: everything on record about an episode or a shot, and whether the record itself is sound."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media import show
from tower_anime_assets.production.ids import EpisodeKey, ShotKey
from tower_anime_assets.production.reading import suggestion
from tower_anime_assets.settings import Settings
from tower_anime_assets.stages import mastering
from tower_anime_assets.stages.opening import has_record, open_studio
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import audit, story, takes


def trail(settings: Settings, text: str) -> dict[str, Any]:
    """Return the decisions, verdicts, takes, consultations and workflows of an episode or shot.

    Raises:
        PlanError: The text is no key, or nothing is known of what it names.
    """
    key = ShotKey.parse(text) if text.count("-") > 1 else EpisodeKey.parse(text)
    episode = key.of_episode if isinstance(key, ShotKey) else key
    written = [str(known) for known in show.list_episodes(settings.projects)]
    if str(episode) not in written and not has_record(settings):
        raise PlanError(f"nothing is on record about {text}. {suggestion(str(episode), written)}")
    with open_studio(settings) as studio:
        found = audit.history(studio.database, key)
        if not found.decisions:
            _refuse_unknown(studio, key, written)
    return {
        "key": text,
        "decisions": found.decisions,
        "verdicts": found.verdicts,
        "takes": found.takes,
        "consultations": found.consultations,
        "workflows": found.workflows,
    }


def _refuse_unknown(studio: Studio, key: EpisodeKey | ShotKey, written: list[str]) -> None:
    episode = key.of_episode if isinstance(key, ShotKey) else key
    known = [*written, *(text for text, _title in story.list_titles(studio.database))]
    if str(episode) not in known:
        raise PlanError(f"nothing is on record about {key}. {suggestion(str(episode), known)}")
    if isinstance(key, ShotKey):
        decided = audit.history(studio.database, episode).decisions
        shots = [f"{episode}-{row['scene_id']}-{row['shot_id']}" for row in decided if row["shot_id"]]
        raise PlanError(f"nothing is on record about {key}. {suggestion(str(key), shots)}")


def verified(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong with the record: broken chain, takes without decisions, files missing or changed."""
    with open_studio(settings) as studio:
        problems = list(audit.verify(studio.database, studio.media))
        for text, _title in story.list_titles(studio.database):
            for master in takes.of_episode(studio.database, EpisodeKey.parse(text), mastering.STAGE):
                head = master.details["chain_head"]
                if not audit.holds_head(studio.database, head):
                    problems.append(f"the master {master.id} of {text} was made at {head[:12]}, which the chain lacks")
    return tuple(problems)


def printed_trail(found: dict[str, Any], console: Console) -> None:
    """Print a trail for a person: one line per decision, its verdicts below it."""
    takes = {str(take["decision_id"]): take for take in found.get("takes", ())}
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
        if decision.get("error_message"):
            print(f"    {decision['error_message']}")
    if "decisions" in found:
        console.print(f"{len(found['decisions'])} decisions, {len(takes)} takes, {len(found['verdicts'])} verdicts")
    if "problems" in found:
        for problem in found["problems"]:
            console.print(problem, style="red", highlight=False, markup=False)
        console.print("the record is sound" if not found["problems"] else f"{len(found['problems'])} problems")
