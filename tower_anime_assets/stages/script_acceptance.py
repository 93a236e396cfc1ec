"""Acceptance of drafts: a person's recorded decision that a model's draft is the script of an episode."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class AcceptedScript:
    """A draft that a person made the script of its episode.

    Attributes:
        path: The script.
        sha256: Digest of the file.
    """

    key: EpisodeKey
    path: Path
    sha256: str
    who: str

    def __str__(self) -> str:
        return f"{self.key}: {self.who} accepted the draft; the script is {self.path.name}"


def accept(studio: Studio, key: EpisodeKey, who: str, why: str = "", *, seen: str | None = None) -> AcceptedScript:
    """Make a draft the script of its episode, and record who did.

    Args:
        studio: The studio.
        key: The episode.
        who: Who accepts it.
        why: The reason, "" for none.
        seen: As in `accept_draft`.

    Raises:
        PlanError: `who` is empty.
        TakenKeyError: The episode has a script.
        UnknownKeyError: There is no such show or draft.
        ConflictError: The draft has changed since the person looked.
        MediaError: The script cannot be written.
    """
    if not who.strip():
        raise PlanError("an acceptance needs a name: pass --who NAME")
    script, content = accept_draft(studio.settings.projects, key, seen)
    text_sha256 = sha256(content).hexdigest()
    reason = f" {why.strip()}" if why.strip() else ""
    decision = decisions.record_decision(
        studio.database,
        decisions.NewDecision(
            project_id=key.project,
            episode_id=key.episode,
            decision_type=SCRIPT_DRAFT,
            parameters={"accepted": script.name, "sha256": text_sha256},
            reasoning=f"{who.strip()} accepted the draft as the script of {key}.{reason}",
            engine=PERSON,
            brief_digest=text_sha256,
            created_by=who.strip(),
            idempotency_key=f"script-draft:{uuid4()}",
        ),
    )
    decisions.mark_running(studio.database, decision.id)
    result = DecisionResult("succeeded", 0.0)
    studio.database.run_in_transaction(lambda transaction: decisions.end_decision(transaction, decision.id, result))
    return AcceptedScript(key, script, text_sha256, who.strip())
