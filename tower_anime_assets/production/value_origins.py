"""Where the values of an attempt come from, kept in its parameters beside them, under `PROVENANCE`.

What nobody recorded has no origin: readers say so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tower_anime_assets.production.planning.prompt_sources import SourcedText

PROVENANCE: Final = "provenance"
"""The parameter that holds origins; no engine reads it, and nothing is learned from it."""

WORKFLOW_DEFAULT: Final = "workflow default"
WORKFLOW_GRAPH: Final = "workflow graph"
RETRY_RULE: Final = "retry rule"
LEARNED_SUGGESTION: Final = "learned suggestion"
PROJECT_PIN: Final = "project.yaml: learning.pins"
MODEL_MAP: Final = "model map"
ENGINE: Final = "the engine, for this brief"

_NO_VALUES: Final = frozenset((PROVENANCE, "changed", "complaints", "attempt", "number"))
"""Parameters that are notes, and none of the engine's values."""


def with_origins(parameters: Mapping[str, Any], origins: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters that name these origins of values too; the newer one of a value counts."""
    if not origins:
        return dict(parameters)
    provenance: Mapping[str, Any] = parameters.get(PROVENANCE, {})
    return {**parameters, PROVENANCE: {**provenance, "values": {**provenance.get("values", {}), **origins}}}


def with_engine_origins(
    parameters: Mapping[str, Any], first_parameters: Mapping[str, Any], complaints: Iterable[object]
) -> dict[str, Any]:
    """Return parameters in which the values that name no origin yet are the engine's own.

    Args:
        parameters: What an engine planned.
        first_parameters: What it plans for a first attempt at the same brief.
        complaints: What the gates rejected before.
    """
    known = origins_of(parameters)
    answer = f"{ENGINE}, in answer to: {'; '.join(map(str, complaints))}"
    origins = {
        name: ENGINE if value == first_parameters.get(name) else answer
        for name, value in parameters.items()
        if name not in known and name not in _NO_VALUES
    }
    if "seed" in origins:
        origins["seed"] = f"{ENGINE}; another for each attempt"
    return with_origins(parameters, origins)


def with_prompt_sources(
    parameters: Mapping[str, Any], added: Iterable[SourcedText], added_negative: Iterable[SourcedText] = ()
) -> dict[str, Any]:
    """Return parameters that name the sources of the words that an engine adds to a plan's prompts too."""
    words = {"prompt": _as_rows(added), "negative": _as_rows(added_negative)}
    return {**parameters, PROVENANCE: {**parameters.get(PROVENANCE, {}), **words}}


def with_file_digests(parameters: Mapping[str, Any], sha256_by_file: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters that name the published SHA-256 of model files too."""
    provenance = {**parameters.get(PROVENANCE, {}), "published_sha256s": dict(sha256_by_file)}
    return {**parameters, PROVENANCE: provenance} if sha256_by_file else dict(parameters)


def published_digests(parameters: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the published SHA-256 of an attempt's model files by file, of those that have one on record."""
    digests: Mapping[str, str] = parameters.get(PROVENANCE, {}).get("published_sha256s", {})
    return digests


def origins_of(parameters: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the origins of an attempt's values by name; values that are not in it have none on record."""
    values: Mapping[str, str] = parameters.get(PROVENANCE, {}).get("values", {})
    return values


def added_words(parameters: Mapping[str, Any], prompt: str = "prompt") -> tuple[SourcedText, ...]:
    """Return what an engine added to a plan's `prompt` or `negative`, as it was recorded; () where nothing was."""
    rows: Iterable[Mapping[str, str]] = parameters.get(PROVENANCE, {}).get(prompt, ())
    return tuple(SourcedText(row["text"], row["source"], row.get("role", "")) for row in rows)


def _as_rows(parts: Iterable[SourcedText]) -> list[dict[str, str]]:
    return [{"text": part.text, "source": part.source, "role": part.role} for part in parts]
