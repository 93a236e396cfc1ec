"""Statements made of pairs of predicate and object."""

from __future__ import annotations

from collections.abc import Sequence

from tower_anime_assets.production.memory.facts import MAX_OBJECT_CHARS, MAX_SUBJECT_CHARS, Statement


def statements_about(subject: str, pairs: Sequence[tuple[str, str]], source: str) -> tuple[Statement, ...]:
    """Return the statements about a subject; empty ones are left out, and texts are cut to the limits of facts."""
    return tuple(
        Statement(
            subject=subject[:MAX_SUBJECT_CHARS], predicate=predicate, object=object_[:MAX_OBJECT_CHARS], source=source
        )
        for predicate, object_ in pairs
        if object_.strip() and subject.strip()
    )
