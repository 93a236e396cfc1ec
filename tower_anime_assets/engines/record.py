"""The audit record as stages see it: finds the takes of an order, as people ruled and as today's thresholds judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tower_anime_assets.engines.locked_takes import changes_since, lock_of, variant_of, why_unusable
from tower_anime_assets.engines.orders import Order, Outcome
from tower_anime_assets.media.files import MediaStore
from tower_anime_assets.production.verdicts import Verdict, judge, score
from tower_anime_assets.store import verdicts, waivers
from tower_anime_assets.store.database import Database
from tower_anime_assets.store.rulings import Lock, Ruling, StandingRulings
from tower_anime_assets.store.takes import Take, TakeFile

TakesByDigest = Mapping[str, Sequence[Take]]
"""Takes by brief digest, newest first."""


@dataclass(frozen=True)
class Record:
    """One database and one media store.

    Attributes:
        known_verdicts: The newest verdicts on record by take id, if looked up: those are not written again.
        rulings: What people ruled about takes of the show: what they rejected is not found, what they locked always is.
    """

    database: Database
    media: MediaStore
    known_verdicts: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)
    rulings: StandingRulings = field(default_factory=StandingRulings)

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

        A take that a person rejected is not found, whatever its gates say. Where a person locked a take, that one alone
        is found; None where it cannot be used, see `find_obstacle`.

        Args:
            order: What is wanted.
            known: The takes that exist, by digest.
            read_only: Write no verdicts, and compare a file's length instead of its digest.
        """
        if (lock := lock_of(order, self.rulings)) is not None:
            return None if self._why_unusable(order, lock, read_only) else self._judge_locked(order, lock)
        best: Outcome | None = None
        variants = {variant.digest: variant for variant in reversed(order.variants)}
        candidates = [take for digest in variants for take in known.get(digest, ())]
        # Takes of all engines compete alike: choosing another engine next time must not replace a take that exists.
        for take in by_preference(order, sorted(candidates, key=lambda take: take.created_at, reverse=True)):
            if self.rulings.rejection_of(take) or not self._has_files(take, read_only):
                continue
            variant = variants[take.brief_digest]
            outcome = self.judge_take(variant, take) if read_only else self.record_verdicts(variant, take)
            if outcome.accepted:
                return outcome
            if best is None or score(outcome.verdicts) > score(best.verdicts):
                best = outcome
        return best

    def find_obstacle(self, order: Order[Any]) -> str:
        """Return why a take that a person locked for an order cannot be used, a sentence; "" if it can."""
        lock = lock_of(order, self.rulings)
        why = self._why_unusable(order, lock, read_only=True) if lock is not None else ""
        if lock is None or not why:
            return ""
        return (
            f"{order.subject}: {lock.who} locked {order.stage} take {lock.take_id}, which cannot be used: {why}, or "
            f'let another take its place: tower lock {lock.take_id} --release --why "..."'
        )

    def rejections_of(self, order: Order[Any], known: TakesByDigest) -> list[tuple[Take, Ruling]]:
        """Return the takes of an order that people rejected, newest first, each with the rejection."""
        made = [take for digest in order.digests for take in known.get(digest, ())]
        found = [(take, ruling) for take in made if (ruling := self.rulings.rejection_of(take)) is not None]
        return sorted(found, key=lambda pair: pair[0].created_at, reverse=True)

    def _judge_locked(self, order: Order[Any], lock: Lock) -> Outcome:
        """Return a locked take as it stands; gates are told, and hold up nothing: the person decided."""
        variant = variant_of(order, lock)
        changed = changes_since(order, lock)
        measures = {**lock.take.measured, **variant.context(lock.take.details)}
        bars = tuple(bar for bar in variant.thresholds if bar.measure in measures)  # it may be older than a gate
        outcome = self.judge_take(replace(variant, thresholds=bars), lock.take)
        return replace(outcome, accepted=True, lock=lock, lock_changes=changed, stands_as=variant.digest)

    def _why_unusable(self, order: Order[Any], lock: Lock, read_only: bool) -> str:
        if not self._has_files(lock.take, read_only):
            return f"its file {lock.take.files['main'].path} is missing or damaged. Restore it from a backup"
        return why_unusable(order, lock)

    def _has_files(self, take: Take, read_only: bool) -> bool:
        return all(self._is_intact(file, read_only) for file in take.files.values())

    def _is_intact(self, file: TakeFile, read_only: bool) -> bool:
        if read_only:
            return self.media.has_file(file.path, file.size_bytes)
        return self.media.is_usable(file.path, file.sha256, file.size_bytes)


def by_preference(order: Order[Any], known: Sequence[Take]) -> list[Take]:
    """Return takes, given newest first, in the order of preference.

    Takes of the order's own episode come first, those made or chosen by a person last before the others. Takes that
    other episodes made of an equal brief follow, oldest first, so that a new attempt elsewhere changes nothing here.
    """
    here = (order.position.project, order.position.episode)
    own = [take for take in known if (take.project_id, take.episode_id) == here]
    own.sort(key=lambda take: take.preferred_at, reverse=True)  # stable
    others = [take for take in known if (take.project_id, take.episode_id) != here]
    return [*own, *reversed(others)]
