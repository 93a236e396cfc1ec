"""An entry written into the map of a YAML file as text, so that comments, order and layout stay as they are."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.model_map import fold_file_name
from tower_anime_assets.production.story.plain_yaml import is_null

_KEY: Final = "models"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[./\\ -]?[A-Za-z0-9_]+)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def with_mapped_file(text: str, wanted: str, file: str) -> str:
    """Return a YAML file's text with an entry in its map: changed where there is one, else added.

    Args:
        text: The file; "" for none yet.
        wanted: The file that a workflow wants.
        file: The file that a server has.

    Raises:
        PlanError: The text is no YAML mapping, or its layout does not allow it: then it is to be written by hand.
    """
    before = _load(text)
    entry = f"{_scalar(wanted)}: {_scalar(file)}"
    by_hand = f"the entry cannot be added to this layout. Write `{entry}` under `{_KEY}:` by hand"
    edited = _edit(text, wanted, file, entry)
    try:
        after = _load(edited)
    except PlanError as error:
        raise PlanError(by_hand) from error
    folded = fold_file_name(wanted)
    expected = {key: value for key, value in _map_of(before).items() if fold_file_name(str(key)) != folded}
    own_keys = [key for key in _map_of(after) if fold_file_name(str(key)) == folded]
    expected |= dict.fromkeys(own_keys, file)
    if len(own_keys) != 1 or {**before, _KEY: expected} != after:
        raise PlanError(by_hand)
    return edited


def _load(text: str) -> dict[Any, Any]:
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlanError(f"the file is not YAML: {str(error).splitlines()[0]}. Correct it first") from error
    if not isinstance(loaded or {}, dict) or not isinstance((loaded or {}).get(_KEY) or {}, dict):
        raise PlanError(f"the file, or its `{_KEY}`, is no mapping of keys. Correct it first")
    return loaded or {}


def _map_of(loaded: dict[Any, Any]) -> dict[Any, Any]:
    return loaded.get(_KEY) or {}


def _edit(text: str, wanted: str, file: str, entry: str) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    found = next(((key, value) for key, value in pairs if key.value == _KEY), None)
    if found is None:
        head = f"{text.rstrip()}\n" if text.strip() else ""
        return f"{head}{_KEY}:\n  {entry}\n"
    key, value = found
    if is_null(value):
        at = _line_end(text, key.end_mark.index)
        return f"{text[:at]}\n  {entry}{text[at:]}"
    for known, held in value.value:
        if fold_file_name(str(known.value)) == fold_file_name(wanted):
            return f"{text[: held.start_mark.index]}{_scalar(file)}{text[held.end_mark.index :]}"
    if value.flow_style:
        at = value.end_mark.index - 1
        return f"{text[:at].rstrip()}{', ' if value.value else ''}{entry}{text[at:]}"
    first_key, last_value = value.value[0][0], value.value[-1][1]
    at = _line_end(text, last_value.end_mark.index)
    return f"{text[:at]}\n{' ' * first_key.start_mark.column}{entry}{text[at:]}"


def _line_end(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _scalar(value: str) -> str:
    """Return a text as YAML: plain where that is safe, else in quotes."""
    if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
