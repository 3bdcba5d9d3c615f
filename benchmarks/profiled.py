"""Runs `suara …` under cProfile. python benchmarks/profiled.py FILE ingest --data … ; FILE gets the statistics."""

import cProfile
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    """The first argument is where the statistics go, the others are suara's."""
    from suara.cli import main as suara

    file, sys.argv = sys.argv[1], ["suara", *sys.argv[2:]]
    profile = cProfile.Profile()
    try:
        profile.runcall(suara)
    finally:
        profile.dump_stats(file)


if __name__ == "__main__":
    main()
