"""Write a software bill of materials (CycloneDX 1.6, JSON) of what requirements.lock installs beside this project.

The same lock and the same metadata give the same bytes: there is no serial number and no time in it.

Usage: python scripts/sbom.py OUTPUT.json

Source:
    CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/ and the purl type `pypi` of the package URL specification.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locked_packages import ROOT, LockedPackage, read_locked_packages
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def write_bill(packages: list[LockedPackage], project: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bill: the project, its packages with digests and licences, and what needs what.

    Args:
        packages: Everything that the lock file installs, on any system.
        project: The table `project` of pyproject.toml.
    """
    root = f"pkg:pypi/{project['name']}@{project['version']}"
    references: dict[str, list[str]] = {}
    for package in packages:
        references.setdefault(package.name, []).append(_reference(package))
    direct = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    graph = {root: sorted(one for name in direct for one in references[name])}
    for package in packages:
        graph[_reference(package)] = sorted(one for name in package.needs for one in references.get(name, ()))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": root,
            }
        },
        "components": [_write_component(package) for package in packages],
        "dependencies": [{"ref": reference, "dependsOn": needed} for reference, needed in sorted(graph.items())],
    }


def _reference(package: LockedPackage) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _write_component(package: LockedPackage) -> dict[str, Any]:
    licence = {"expression": package.licence} if package.is_spdx else {"license": {"name": package.licence}}
    marker = [{"name": "python:marker", "value": package.marker}] if package.marker else []
    return {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "licenses": [licence],
        "purl": _reference(package),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.sha256],
            }
        ],
        **({"properties": marker} if marker else {}),
    }


def main() -> None:
    """Write the bill of this checkout to the file that the command line names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = read_locked_packages(ROOT / "requirements.lock")
    output = Path(sys.argv[1])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(write_bill(packages, project), indent=1, ensure_ascii=False) + "\n")
    print(f"{output}: {len(packages)} packages")


if __name__ == "__main__":
    main()
