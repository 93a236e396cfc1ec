"""Locked takes: which lock holds for an order, what has changed since, and whether the take can still stand for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tower_anime_assets.engines.orders import Order
from tower_anime_assets.production.digest import plain_data
from tower_anime_assets.production.story.sizes import STANDARD
from tower_anime_assets.store.rulings import Lock, StandingRulings

_SHAPE: Final = ("width_px", "height_px", "frames", "fps", "fit")
"""Fields of a brief that say what a file is: a take that differs in one of them cannot be put in the other's place."""


def lock_of(order: Order[Any], rulings: StandingRulings) -> Lock | None:
    """Return the lock that holds for an order, None if there is none."""
    return rulings.lock_at(order.position, order.stage, quality_of(order))


def quality_of(order: Order[Any]) -> str:
    """Return the level of quality of an order; what has no level serves all."""
    return str(getattr(order.brief, "quality", STANDARD))


def variant_of(order: Order[Any], lock: Lock) -> Order[Any]:
    """Return the variant of an order that a locked take stands for: its own, else one of its shape, else the order."""
    own = next((variant for variant in order.variants if variant.digest == lock.take.brief_digest), None)
    if own is not None:
        return own
    shape = _shape(lock.brief)
    return next((variant for variant in order.variants if _shape(plain_data(variant.brief)) == shape), order)


def changes_since(order: Order[Any], lock: Lock) -> tuple[str, ...]:
    """Return the names of what a locked take rests on and has changed since it was made; () if nothing has."""
    if lock.take.brief_digest in order.digests:
        return ()
    before, now = lock.brief, plain_data(variant_of(order, lock).brief)
    changed = tuple(name for name in {**now, **before} if now.get(name) != before.get(name) and name != "seed")
    return changed or ("engine",)


def why_unusable(order: Order[Any], lock: Lock) -> str:
    """Return how a locked take differs in shape from what is needed now, and what to do; "" if it fits."""
    before, now = _shape(lock.brief), _shape(plain_data(variant_of(order, lock).brief))
    if before == now or lock.take.brief_digest in order.digests:
        return ""
    differences = [
        f"{name} is {_words(before[name])}, must be {_words(now[name])}" for name in now if before[name] != now[name]
    ]
    return f"{'; '.join(differences)}. Change the script or project.yaml back"


def _shape(brief: Mapping[str, Any]) -> dict[str, Any]:
    return {name: brief.get(name) for name in _SHAPE}


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value.get('width_px')}x{value.get('height_px')} px"
    return "the size it is made at" if value is None else str(value)
