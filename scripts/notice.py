"""Write the tables of licences in NOTICE from the lock files and the metadata of the installed packages.

Usage: python scripts/notice.py [--check]
"""

from __future__ import annotations

import sys

from locked_packages import ROOT, read_locked_packages, read_panel_packages

START = "Packages installed with it\n--------------------------\n"
PANEL = "Packages built into the Director panel\n--------------------------------------\n"


def write_tables() -> str:
    """Return a line for each locked package, then one for each that the panel is built from.

    Raises:
        SystemExit: A package has no licence that can be told.
    """
    packages = {package.name: package for package in read_locked_packages(ROOT / "requirements.lock")}
    panel_packages = {package.name: package for package in read_panel_packages(ROOT / "panel" / "package-lock.json")}
    unknown = [one.name for one in (*packages.values(), *panel_packages.values()) if not one.licence]
    if unknown:
        sys.exit(
            f"no licence is known of {', '.join(unknown)}: install the locked packages, or state it in "
            "scripts/locked_packages.py"
        )
    installed = "".join(f"{one.name}: {one.licence}\n" for one in packages.values())
    built = "".join(f"{one.name}: {one.licence}\n" for one in panel_packages.values())
    return f"{installed}\n{PANEL}\n{built}"


def main() -> None:
    """Write NOTICE, or with --check say what is missing from it."""
    notice = ROOT / "NOTICE"
    text = notice.read_text()
    head, start, present = text.partition(START)
    table = write_tables()
    if sys.argv[1:] != ["--check"]:
        notice.write_text(f"{head}{START}\n{table}")
    elif not start or present.strip() != table.strip():
        changed = sorted(set(present.splitlines()) ^ set(table.splitlines()))
        sys.exit("NOTICE is not what the lock files say; run `make notice`:\n" + "\n".join(changed))


if __name__ == "__main__":
    main()
