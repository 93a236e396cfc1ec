"""What is shipped: the wheel stands alone, NOTICE has every licence, the bill of materials every package."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))

PANEL = {
    (place.rpartition("node_modules/")[2], entry["version"])
    for place, entry in json.loads((ROOT / "panel" / "package-lock.json").read_text())["packages"].items()
    if place and not entry.get("dev")
}


def run_script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(ROOT / "scripts" / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_licence_of_every_installed_package_is_in_notice() -> None:
    checked = run_script("notice.py", "--check")
    assert checked.returncode == 0, checked.stderr
    installed, built = (ROOT / "NOTICE").read_text().rsplit("---\n", 2)[1:]
    licences = dict(re.findall(r"^([a-z0-9-]+): (.+)$", installed, re.MULTILINE))
    assert licences.keys() == {re.sub(r"[-_.]+", "-", name) for name in LOCKED}
    assert dict(re.findall(r"^([@a-z0-9/.-]+): (.+)$", built, re.MULTILINE)).keys() == {name for name, _ in PANEL}


def test_the_bill_of_materials_has_every_package_with_digest_and_licence_and_is_the_same_each_time(
    tmp_path: Path,
) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        written = run_script("sbom.py", str(tmp_path / name))
        assert written.returncode == 0, written.stderr
        texts.append((tmp_path / name).read_text())
    assert texts[0] == texts[1]
    bill = json.loads(texts[0])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    installed = [part for part in bill["components"] if part["purl"].startswith("pkg:pypi/")]
    built = [part for part in bill["components"] if part["purl"].startswith("pkg:npm/")]
    assert {part["name"] for part in installed} == {re.sub(r"[-_.]+", "-", name) for name in LOCKED}
    assert {(part["name"], part["version"]) for part in built} == PANEL
    assert len(installed) + len(built) == len(bill["components"])
    for part in bill["components"]:
        kind, name = ("npm", part["name"].replace("@", "%40")) if part in built else ("pypi", part["name"])
        assert part["purl"] == f"pkg:{kind}/{name}@{part['version']}"
        assert part["externalReferences"][0]["hashes"], part["name"]
        (licence,) = part["licenses"]
        assert licence.get("expression") or licence["license"]["name"], part["name"]
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(references) == len(set(references))
    needs = {row["ref"]: row["dependsOn"] for row in bill["dependencies"]}
    assert set(needs) == {*references, bill["metadata"]["component"]["bom-ref"]}
    assert {one for needed in needs.values() for one in needed} <= set(references)


AUDITED = {
    "no advisory": ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "1 packages compared"),
    "an advisory": (
        '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}]}',
        1,
        "a 1: PYSEC-1, mended in 2",
    ),
    "some unknown": (
        '{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}]}',
        0,
        "NOT AUDITED, since nothing is published of them: b",
    ),
    "all unknown": (
        '{"dependencies": [{"name": "b", "skip_reason": "not found"}]}',
        0,
        "NOT AUDITED: the advisories could not be reached from here (not found)",
    ),
    "no network": ("", 0, "NOT AUDITED: the advisories could not be reached from here (connection refused)"),
}


@pytest.mark.parametrize(("printed", "code", "words"), AUDITED.values(), ids=AUDITED.keys())
def test_an_audit_says_what_applies_and_what_could_not_be_found_out(
    printed: str, code: int, words: str, tmp_path: Path
) -> None:
    program = tmp_path / "pip-audit"  # stands in for the real one, whose service tests do not call
    program.write_text(f"#!/bin/sh\necho '{printed}'\necho connection refused >&2\n")
    program.chmod(0o755)
    audited = run_script("audit_dependencies.py", str(program))
    assert audited.returncode == code
    assert words in audited.stdout


@pytest.mark.slow
def test_the_wheel_installed_alone_makes_an_episode_away_from_the_checkout() -> None:
    tried = run_script("try_wheel.py", "--borrow-packages")
    assert tried.returncode == 0, tried.stderr
    assert re.search(r"\.whl makes /\S+\.mp4$", tried.stdout.strip())
