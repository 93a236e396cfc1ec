"""Write the table of licences in NOTICE from requirements.lock and the metadata of the installed packages.

Usage: python scripts/notice.py [--check]
"""

from __future__ import annotations

import sys

from locked_packages import ROOT, read_locked_packages

START = "Packages installed with it\n--------------------------\n"


def write_table() -> str:
    """Return a line for each locked package.

    Raises:
        SystemExit: A package has no licence that can be told.
    """
    packages = {package.name: package for package in read_locked_packages(ROOT / "requirements.lock")}
    unknown = [package.name for package in packages.values() if not package.licence]
    if unknown:
        sys.exit(
            f"no licence is known of {', '.join(unknown)}: install the locked packages, or state it in "
            "scripts/locked_packages.py"
        )
    return "".join(f"{one.name}: {one.licence}\n" for one in packages.values())


def main() -> None:
    """Write NOTICE, or with --check say what is missing from it."""
    notice = ROOT / "NOTICE"
    text = notice.read_text()
    head, start, present = text.partition(START)
    table = write_table()
    if sys.argv[1:] != ["--check"]:
        notice.write_text(f"{head}{START}\n{table}")
    elif not start or present.strip() != table.strip():
        changed = sorted(set(present.splitlines()) ^ set(table.splitlines()))
        sys.exit("NOTICE is not what requirements.lock says; run `make notice`:\n" + "\n".join(changed))


if __name__ == "__main__":
    main()
