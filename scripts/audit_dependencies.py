"""Compare requirements.lock with the published advisories, and say so where they cannot be reached.

Exit code 1 if an advisory applies; 0 if none does, or if that could not be found out, which is said in so many words.

Usage: python scripts/audit_dependencies.py PATH_TO_PIP_AUDIT
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 300


def main() -> int:
    """Print what applies to which package, and return the exit code."""
    command = [sys.argv[1], "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    command += ["--requirement", str(ROOT / "requirements.lock")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return _report_unreachable(f"no answer within {TIMEOUT_S} s")
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):  # it stops without a report when its service does not answer
        reason = done.stderr.strip().splitlines()
        return _report_unreachable(reason[-1] if reason else f"pip-audit ended with code {done.returncode}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    affected = [package for package in packages if package.get("vulns")]
    for package in affected:
        for advisory in package["vulns"]:
            fixed = ", ".join(advisory["fix_versions"]) or "no release yet"
            print(f"{package['name']} {package['version']}: {advisory['id']}, mended in {fixed}")
    audited = len(packages) - len(skipped)
    if not audited:
        return _report_unreachable(packages[0]["skip_reason"] if packages else "no package was read")
    print(f"{audited} packages compared with their advisories, {len(affected)} affected.")
    if skipped:
        print(f"NOT AUDITED, since nothing is published of them: {', '.join(skipped)}")
    return 1 if affected else 0


def _report_unreachable(reason: str) -> int:
    print(f"NOT AUDITED: the advisories could not be reached from here ({reason}). Run this again where they can.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
