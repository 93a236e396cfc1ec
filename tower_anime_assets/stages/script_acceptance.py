"""Acceptance of drafts: a person's recorded decision that a model's draft is the script of an episode."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from tower_anime_assets.errors import PlanError
from tower_anime_assets.media.script_drafts import accept_draft
from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.stages.studio import Studio
from tower_anime_assets.store import decisions
from tower_anime_assets.store.decisions import SCRIPT_DRAFT, DecisionResult

PERSON = "person"
"""What stands for the engine of a decision that a person made by hand."""


def accept(studio: Studio, key: EpisodeKey, who: str) -> Path:
    """Make a draft the script of its episode, record who did, and return the script.

    Raises:
        PlanError: There is no such draft, the episode has a script, or `who` is empty.
        MediaError: The script cannot be written.
    """
    if not who.strip():
        raise PlanError("an acceptance needs a name: pass --who NAME")
    script, content = accept_draft(studio.settings.projects, key)
    text_sha256 = sha256(content).hexdigest()
    decision = decisions.record_decision(
        studio.database,
        decisions.NewDecision(
            project_id=key.project,
            episode_id=key.episode,
            decision_type=SCRIPT_DRAFT,
            parameters={"accepted": script.name, "sha256": text_sha256},
            reasoning=f"{who.strip()} accepted the draft as the script of {key}.",
            engine=PERSON,
            brief_digest=text_sha256,
            created_by=who.strip(),
            idempotency_key=f"script-draft:{uuid4()}",
        ),
    )
    decisions.mark_running(studio.database, decision.id)
    result = DecisionResult("succeeded", 0.0)
    studio.database.run_in_transaction(lambda transaction: decisions.end_decision(transaction, decision.id, result))
    return script
