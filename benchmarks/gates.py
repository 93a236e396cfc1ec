"""Draw many keyframes in every place, weather, light and framing, and print those that a gate rejects; exit 1 if any.

Usage: python -m benchmarks.gates [COUNT]
"""

from __future__ import annotations

import sys

from tower_anime_assets_tests.animatic.gate_sweep import sample_cases


def main() -> int:
    """Draw as many cases as the command line asks for, 300 by default; all there are if it asks for more."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    cases = sample_cases(count, seed=1)
    rejected = 0
    for case in cases:
        for verdict in case.failed((768, 512)):
            rejected += 1
            print(f"{case.setting} {case.framing}: {verdict}")
    print(f"{len(cases)} keyframes drawn, {rejected} verdicts failed")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
