"""The fuzz targets of the parsers, run for as long as there is time, each round with other cases.

Run by itself: `python -m benchmarks.fuzz --minutes 5`. What it finds is printed with the smallest case that shows it;
keep that case as an `@example` of its target.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

TARGETS = Path(__file__).resolve().parent.parent / "tower_anime_assets_tests" / "fuzz"
EXAMPLES = 2000
"""Cases of each target in one round."""


def main() -> int:
    """Run rounds until the time is over or a case fails; return the exit code of the last one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="for how long new rounds begin")
    end_s = time.monotonic() + parser.parse_args().minutes * 60
    number = 0
    while True:
        number += 1
        print(f"round {number}: {EXAMPLES} cases for each target", file=sys.stderr)
        files = sorted(map(str, TARGETS.glob("test_*_fuzz.py")))
        command = [sys.executable, "-m", "pytest", "-q", "-x", f"--hypothesis-seed={time.time_ns()}", *files]
        code = subprocess.run(command, env={**os.environ, "FUZZ_EXAMPLES": str(EXAMPLES)}, check=False).returncode
        if code or time.monotonic() >= end_s:
            return code


if __name__ == "__main__":
    sys.exit(main())
