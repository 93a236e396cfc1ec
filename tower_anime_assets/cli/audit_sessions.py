"""What `tower audit --sessions` prints."""

from __future__ import annotations

from dataclasses import asdict

from tower_anime_assets.cli.output import print_json, print_note
from tower_anime_assets.settings import Settings


def print_sessions(settings: Settings, project_id: str, *, as_json: bool) -> int:
    """Print the newest creative sessions, a line each, newest first; return the exit code."""
    from tower_anime_assets.reports.sessions import MAX_SESSIONS, list_sessions

    listed = list_sessions(settings, project_id)
    if as_json:
        print_json({"sessions": [{**asdict(one.summary), "outcome": one.outcome} for one in listed]})
        return 0
    for one in listed:
        session = one.summary
        score = "no score" if session.mean_score is None else f"mean score {session.mean_score:.3f}"
        subject = ", ".join(f"{session.project_id}-{episode}" for episode in session.episode_ids) or session.project_id
        print(
            f"{session.started_at:%Y-%m-%d %H:%M}  {one.outcome:<11}  {subject} by {session.started_by}: "
            f"{session.decisions} decisions, {session.accepted} of {session.takes} takes accepted, "
            f"{session.consultations} consultations, {score}  {session.id}"
        )
    if listed:
        limit_note = f"the newest {MAX_SESSIONS}; " if len(listed) == MAX_SESSIONS else ""
        count_note = "1 session" if len(listed) == 1 else f"{len(listed)} sessions"
        print_note(f"{count_note}, {limit_note}times are UTC. One in full: tower audit --session ID")
    else:
        print_note("there are no sessions yet: a run that decides something begins one")
    return 0
