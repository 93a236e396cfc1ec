"""The packages of the lock files: names, versions, hashes, licences and what they need; for NOTICE and the SBOM."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

# What the metadata leaves out, or cannot say here because the package is of another system.
_STATED_ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "espeakng-loader": "GPL-3.0-or-later, for the espeak-ng that it carries",
    "httpx2-jsfetch": "BSD-3-Clause",
    "manimgx-fonts": "OFL-1.1, for the Noto fonts that it carries",
    "pyreadline3": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
}


@dataclass(frozen=True)
class LockedPackage:
    """One line of requirements.lock and what its installed metadata says.

    Attributes:
        marker: Where it is installed; everywhere if empty.
        sha256: The digests of its published files.
        needs: Names of what it needs on some system, locked or not; empty where it is not installed.
    """

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]
    licence: str
    is_spdx: bool
    needs: tuple[str, ...]


@dataclass(frozen=True)
class PanelPackage:
    """A package of panel/package-lock.json that the built panel may contain.

    Attributes:
        name: As npm has it, such as `@vue/shared`.
        sha512: The digest of its published file.
        needs: Names of what it needs, locked or not.
        is_direct: Whether the panel itself names it.
    """

    name: str
    version: str
    licence: str
    sha512: str
    needs: tuple[str, ...]
    is_direct: bool


def read_panel_packages(lock: Path) -> list[PanelPackage]:
    """Return the packages that the panel is built from, by name; of one that is locked in several versions, each."""
    entries = json.loads(lock.read_text())["packages"]
    direct = entries[""]["dependencies"]
    packages = [
        PanelPackage(
            name=place.rpartition("node_modules/")[2],
            version=entry["version"],
            licence=entry.get("license", ""),
            sha512=base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex(),
            needs=tuple(sorted(entry.get("dependencies", {}))),
            is_direct=place.removeprefix("node_modules/") in direct,
        )
        for place, entry in entries.items()
        if place and not entry.get("dev")
    ]
    return sorted(packages, key=lambda one: (one.name, one.version))


def read_locked_packages(lock: Path) -> list[LockedPackage]:
    """Return the packages of a lock file, by name; of one that is locked in several versions, each."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text().strip())
    return [_read_block(block) for block in blocks]


def _read_block(block: str) -> LockedPackage:
    requirement = Requirement(block.split("\\", 1)[0].strip())
    name = canonicalize_name(requirement.name)
    (version,) = [specifier.version for specifier in requirement.specifier]
    try:
        about = metadata(name)
    except PackageNotFoundError:
        about = None
    expression = about["License-Expression"] if about is not None else None
    licence = _STATED_ELSEWHERE.get(name) or expression or (_stated_licence(about) if about is not None else "")
    return LockedPackage(
        name=name,
        version=version,
        marker=str(requirement.marker or ""),
        sha256=tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)),
        licence=licence,
        is_spdx=licence == expression,
        needs=_read_needs(about) if about is not None else (),
    )


def _stated_licence(about: PackageMetadata) -> str:
    """Return the licence of older metadata: a short statement, else what the classifiers say."""
    statement = (about["License"] or "").strip()
    classifiers = [value.rpartition(" :: ")[2] for value in about.get_all("Classifier") or [] if "License ::" in value]
    classifiers = [value for value in classifiers if value != "OSI Approved"]
    is_usable = statement and "\n" not in statement and not re.match(r"UNKNOWN|Dual|Copyright|\W", statement)
    if is_usable and len(statement) < 60:
        return statement
    return ", ".join(classifiers)


def _read_needs(about: PackageMetadata) -> tuple[str, ...]:
    requirements = [Requirement(text) for text in about.get_all("Requires-Dist") or []]
    needed = [one for one in requirements if one.marker is None or "extra" not in str(one.marker)]
    return tuple(sorted({canonicalize_name(one.name) for one in needed}))
