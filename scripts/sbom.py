"""Write a software bill of materials (CycloneDX 1.6, JSON): of what is installed, and of the panel.

The same lock and the same metadata give the same bytes: there is no serial number and no time in it.

Usage: python scripts/sbom.py OUTPUT.json

Source:
    CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/ and the types `pypi` and `npm` of the package URL specification.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from locked_packages import ROOT, LockedPackage, PanelPackage, read_locked_packages, read_panel_packages
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def write_bill(
    packages: list[LockedPackage], panel_packages: list[PanelPackage], project: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the bill: the project, its packages with digests and licences, and what needs what.

    Args:
        packages: Everything that the lock file installs, on any system.
        panel_packages: What the built panel is made from.
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
    panel_references: dict[str, list[str]] = {}
    for part in panel_packages:
        panel_references.setdefault(part.name, []).append(_panel_reference(part))
    for part in panel_packages:
        needed = (one for name in part.needs for one in panel_references.get(name, ()))
        graph[_panel_reference(part)] = sorted(needed)
    graph[root] += sorted(_panel_reference(part) for part in panel_packages if part.is_direct)
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
        "components": [*map(_write_component, packages), *map(_write_panel_component, panel_packages)],
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


def _panel_reference(package: PanelPackage) -> str:
    return f"pkg:npm/{quote(package.name, safe='/')}@{package.version}"


def _write_panel_component(package: PanelPackage) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _panel_reference(package),
        "name": package.name,
        "version": package.version,
        "licenses": [{"expression": package.licence}],
        "purl": _panel_reference(package),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://www.npmjs.com/package/{package.name}/v/{package.version}",
                "hashes": [{"alg": "SHA-512", "content": package.sha512}],
            }
        ],
    }


def main() -> None:
    """Write the bill of this checkout to the file that the command line names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    packages = read_locked_packages(ROOT / "requirements.lock")
    panel_packages = read_panel_packages(ROOT / "panel" / "package-lock.json")
    output = Path(sys.argv[1])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(write_bill(packages, panel_packages, project), indent=1, ensure_ascii=False) + "\n")
    print(f"{output}: {len(packages) + len(panel_packages)} packages")


if __name__ == "__main__":
    main()
