"""`suara soak`: a night under fire. What it does lives in `suara.soak`."""

import argparse
import json
import tempfile
from pathlib import Path

import msgspec


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `soak`."""
    parser = commands.add_parser(
        "soak", help="kill every process of a night at random; totals must not care",
        description="Play one invented night in peace and once under kill -9 and flushes, and compare everything.",
        epilog="example:\n  suara soak --kills 50 --flushes 3\n\nexit code 0: nothing differs, 1: something does",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--flushes", type=int, default=3, help="times that Valkey is emptied in mid-run")
    parser.add_argument("--tps", type=int, default=150)
    parser.add_argument("--others", type=int, default=2, help="TPS that also send each other contest (default: 2)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--out", type=Path, help="keep both nights here (default: a folder that goes away)")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Soak, say what was found, answer 0 where nothing differs."""
    from suara.soak import soak

    with tempfile.TemporaryDirectory(prefix="suara-soak-") as temporary:
        report = soak(
            args.out or Path(temporary),
            kills=args.kills, flushes=args.flushes, tps=args.tps, seed=args.seed, port=args.port,
            others=args.others,
        )  # fmt: skip
    print(json.dumps(msgspec.to_builtins(report), indent=2))
    return int(bool(report.differences))
