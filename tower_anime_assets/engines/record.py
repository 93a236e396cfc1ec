"""The audit record as engines are given it: finds the takes of an order and judges them by today's thresholds."""

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
        known_verdicts: The newest verdicts on record by take id, where they were looked up: those need not be written
            again.
    """

    database: Database
    media: MediaStore
    known_verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)

    def judge_take(self, order: Order[Any], take: Take) -> Outcome:
        """Return how a take stands by today's bars and waivers; writes nothing."""
        found = judge({**take.measured, **order.context(take.details)}, order.thresholds)
        waived: tuple[str, ...] = ()
        if not all(item.passed for item in found):
            waived = tuple(sorted({waiver.gate for waiver in waivers.find_by_takes(self.database, [take.id])}))
        accepted = all(item.passed or item.gate in waived for item in found)
        return Outcome(order.subject, take, accepted, 0, found, waived=waived)

    def record_verdicts(self, order: Order[Any], take: Take) -> Outcome:
        """Judge a take and write the verdicts that are new."""
        outcome = self.judge_take(order, take)
        said = self.known_verdicts.get(take.id, ())
        if any(verdict not in said for verdict in outcome.verdicts):
            verdicts.record_verdicts(self.database, take.id, outcome.verdicts)
        return outcome

    def find_best(self, order: Order[Any], known: TakesByDigest, *, read_only: bool = False) -> Outcome | None:
        """Return the first take in order of preference that is whole and accepted, else the best whole one, else None.

        Args:
            order: What is wanted.
            known: Takes by digest.
            only_look: Write no verdicts, and trust a file's length instead of reading it.
        """
        best: Outcome | None = None
        wanted = {other.digest: other for other in reversed(order.variants)}
        there = [take for digest in wanted for take in known.get(digest, ())]
        # Whichever engine made it: which of them is chosen next time must not exchange what is there.
        for take in by_preference(order, sorted(there, key=lambda take: take.created_at, reverse=True)):
            if not all(self._is_whole(file, read_only) for file in take.files.values()):
                continue
            own = wanted[take.brief_digest]
            outcome = self.judge_take(own, take) if read_only else self.record_verdicts(own, take)
            if outcome.accepted:
                return outcome
            if best is None or score(outcome.verdicts) > score(best.verdicts):
                best = outcome
        return best

    def _is_whole(self, file: TakeFile, only_look: bool) -> bool:
        if only_look:
            return self.media.has_file(file.path, file.size_bytes)
        return self.media.is_intact(file.path, file.sha256)


def by_preference(order: Order[Any], known: Sequence[Take]) -> list[Take]:
    """Return takes of one digest, newest first, in the order in which an order would use them.

    Its own episode's come first, the newest before the others. What other episodes made of an equal brief serves too,
    the oldest first, so that a new attempt elsewhere changes nothing here.
    """
    here = (order.position.project, order.position.episode)
    own = [take for take in known if (take.project_id, take.episode_id) == here]
    others = [take for take in known if (take.project_id, take.episode_id) != here]
    return [*own, *reversed(others)]
