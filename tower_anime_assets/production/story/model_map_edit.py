"""An entry written into the map of a YAML file as text, so that comments, order and layout stay as they are."""

from __future__ import annotations

from typing import Any, Final

import yaml

from tower_anime_assets.errors import PlanError
from tower_anime_assets.production.story.model_map import fold_file_name
from tower_anime_assets.production.story.yaml_edit import YamlChange, edit_yaml

_KEY: Final = "models"


def with_mapped_file(text: str, wanted: str, file: str) -> str:
    """Return a YAML file's text with an entry in its map: changed where there is one, else added.

    Args:
        text: The file; "" for none yet.
        wanted: The file that a workflow wants.
        file: The file that a server has.

    Raises:
        PlanError: The text is no YAML mapping, or its layout does not allow it: then it is to be written by hand.
    """
    folded = fold_file_name(wanted)
    known = [key for key in _load_map(text) if fold_file_name(str(key)) == folded]
    by_hand = f"the entry cannot be added to this layout. Write `{wanted}: {file}` under `{_KEY}:` by hand"
    if len(known) > 1:
        raise PlanError(by_hand)
    try:
        return edit_yaml(text, [YamlChange((_KEY, known[0] if known else wanted), value=file)])
    except PlanError as error:
        raise PlanError(by_hand) from error


def _load_map(text: str) -> dict[Any, Any]:
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PlanError(f"the file is not YAML: {str(error).splitlines()[0]}. Correct it first") from error
    if not isinstance(loaded or {}, dict) or not isinstance((loaded or {}).get(_KEY) or {}, dict):
        raise PlanError(f"the file, or its `{_KEY}`, is no mapping of keys. Correct it first")
    return (loaded or {}).get(_KEY) or {}
