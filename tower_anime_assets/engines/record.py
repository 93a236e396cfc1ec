"""The audit record as stages see it: finds the takes of an order and judges them by today's thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.verdicts import Verdict, judge, score
from tower_anime_assets.store import verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.takes import Take, TakeFile

TakesByDigest = Mapping[str, Sequence[Take]]
"""Takes by brief digest, newest first."""


@dataclass(frozen=True)
class Record:
    """One database and one media store.

    Attributes:
        known_verdicts: The newest verdicts on record by take id, if looked up: those are not written again.
    """

    database: Database
    media: MediaStore
    known_verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)

    def judge_take(self, order: Order[Any], take: Take) -> Outcome:
        """Return how a take stands by today's thresholds and waivers; writes nothing."""
        judged = judge({**take.measured, **order.context(take.details)}, order.thresholds)
        waived: tuple[str, ...] = ()
        if not all(verdict.passed for verdict in judged):
            waived = tuple(sorted({waiver.gate for waiver in waivers.find_by_takes(self.database, [take.id])}))
        accepted = all(verdict.passed or verdict.gate in waived for verdict in judged)
        return Outcome(order.subject, take, accepted, 0, judged, waived=waived)

    def record_verdicts(self, order: Order[Any], take: Take) -> Outcome:
        """Judge a take and write the verdicts that are new."""
        outcome = self.judge_take(order, take)
        known = self.known_verdicts.get(take.id, ())
        if any(verdict not in known for verdict in outcome.verdicts):
            verdicts.record_verdicts(self.database, take.id, outcome.verdicts)
        return outcome

    def find_best(self, order: Order[Any], known: TakesByDigest, *, read_only: bool = False) -> Outcome | None:
        """Return the preferred intact accepted take of an order, else its best candidate, else None.

        Args:
            order: What is wanted.
            known: The takes that exist, by digest.
            read_only: Write no verdicts, and compare a file's length instead of its digest.
        """
        best: Outcome | None = None
        variants = {variant.digest: variant for variant in reversed(order.variants)}
        candidates = [take for digest in variants for take in known.get(digest, ())]
        # Takes of all engines compete alike: choosing another engine next time must not replace a take that exists.
        for take in by_preference(order, sorted(candidates, key=lambda take: take.created_at, reverse=True)):
            if not all(self._is_intact(file, read_only) for file in take.files.values()):
                continue
            variant = variants[take.brief_digest]
            outcome = self.judge_take(variant, take) if read_only else self.record_verdicts(variant, take)
            if outcome.accepted:
                return outcome
            if best is None or score(outcome.verdicts) > score(best.verdicts):
                best = outcome
        return best

    def _is_intact(self, file: TakeFile, read_only: bool) -> bool:
        if read_only:
            return self.media.has_file(file.path, file.size_bytes)
        return self.media.is_intact(file.path, file.sha256)


def by_preference(order: Order[Any], known: Sequence[Take]) -> list[Take]:
    """Return takes, given newest first, in the order of preference.

    Takes of the order's own episode come first, newest first. Takes that other episodes made of an equal brief follow,
    oldest first, so that a new attempt elsewhere changes nothing here.
    """
    here = (order.position.project, order.position.episode)
    own = [take for take in known if (take.project_id, take.episode_id) == here]
    others = [take for take in known if (take.project_id, take.episode_id) != here]
    return [*own, *reversed(others)]
