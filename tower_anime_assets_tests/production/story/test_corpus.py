"""Scripts of every kind in `corpus/`, each beside what is right to understand of it.

`NAME.json` holds any of the keys that `tower script --json` prints; what it does not name is not compared. Lists have
their full length. Warnings (without notes), `notes` and `faults` are told by line and by a part of each text; a script
without the key `faults` has none. `characters` is the cast, name by id, in place of the usual one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tower_anime_assets.production.story.ids import EpisodeKey
from tower_anime_assets.reports.script import read_script
from tower_anime_assets.settings import Settings

CORPUS = Path(__file__).parent / "corpus"
USUAL_CAST = {"ada": "Ada Lund", "ben": "Ben Okafor"}
_DIAGNOSTICS = ("faults", "warnings", "notes")

SCRIPTS = sorted(path.stem for path in CORPUS.glob("*.fountain"))


def understood(folder: Path, name: str, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `tower script --json` prints of a script, with the notes apart from the warnings."""
    show = folder / "corpus"
    for part in ("characters", "episodes"):
        (show / part).mkdir(parents=True)
    (show / "project.yaml").write_text("title: Corpus\n")
    for character, full_name in expected.get("characters", USUAL_CAST).items():
        text = f"name: {json.dumps(full_name, ensure_ascii=False)}\ndescription: a person of 30\n"
        (show / "characters" / f"{character}.yaml").write_text(text, encoding="utf-8")
    (show / "episodes" / "e01.fountain").write_bytes((CORPUS / f"{name}.fountain").read_bytes())
    settings = Settings(projects=folder, home=folder / "home")
    report = read_script(settings, EpisodeKey("corpus", "e01")).as_json()
    messages = report["warnings"]
    report["warnings"] = [message for message in messages if not message["is_note"]]
    report["notes"] = [message for message in messages if message["is_note"]]
    return report


def differences(found: Any, expected: Any, path: str = "", *, in_part: bool = False) -> list[str]:
    """Return where what was found is not what was expected; texts are compared by a part of them if asked."""
    if isinstance(expected, Mapping):
        pairs = ((found.get(key), value, f"{path}.{key}") for key, value in expected.items())
    elif isinstance(expected, list):
        if len(found) != len(expected):
            return [f"{path} has {len(found)} entries, expected {len(expected)}: {found}"]
        pairs = (
            (one, value, f"{path}[{index}]") for index, (one, value) in enumerate(zip(found, expected, strict=True))
        )
    else:
        is_alike = expected in found if in_part and isinstance(expected, str) else found == expected
        return [] if is_alike else [f"{path} is {found!r}, expected {expected!r}"]
    return [line for one, value, where in pairs for line in differences(one, value, where, in_part=in_part)]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_of_the_corpus_is_understood(name: str, tmp_path: Path) -> None:
    expected = {"faults": [], **json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))}
    report = understood(tmp_path, name, expected)
    wrong = []
    for key, value in expected.items():
        if key != "characters":
            wrong += differences(report[key], value, key, in_part=key in _DIAGNOSTICS)
    assert not wrong, "\n".join(wrong)


def test_every_script_of_the_corpus_says_what_is_right() -> None:
    assert sorted(path.stem for path in CORPUS.glob("*.json")) == SCRIPTS
