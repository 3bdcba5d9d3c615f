"""`suara load`: a crowd of officers against a running front door, without a screen; a summary and plots afterwards."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from suara.cli import DIFFERS, HOLDS, MISUSE

EXAMPLE = """\
examples (against `suara up --demo`):
  suara load --codes data/accounts/codes.csv --users 50 --minutes 2 --out load
  suara load --url https://pintu.example --accounts https://akun.example --bundle B --codes codes.csv \\
      --users 2000 --spawn 100 --minutes 10 --photos night/photos --out load

OUT gets summary.json, report.html (plots over time), and the phones, so that a second run needs no new codes.
Exit code 0: everything acknowledged was found again; 1: something was not, or was refused.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `load`."""
    parser = commands.add_parser(
        "load", help="a crowd of officers against a running front door",
        description="Enrolment, readings, photos, bad lines and retries, by locust.",
        epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--bundle", type=Path, default=Path("data/bundle"), help="folder of the reference data")
    parser.add_argument("--url", default="http://127.0.0.1:8081", help="the front door (default %(default)s)")
    parser.add_argument("--accounts", default="http://127.0.0.1:8083", help="the accounts service")
    parser.add_argument("--codes", type=Path, required=True, help="activation codes, as suara accounts wrote them")
    parser.add_argument("--photos", type=Path, help="folder of JPEGs (default: noise as large as a photo)")
    parser.add_argument("--photo-bytes", type=int, default=200_000, help="size of the noise (default %(default)s)")
    parser.add_argument("--contest", default="ppwp")
    parser.add_argument("--users", type=int, default=50, help="phones at once (default %(default)s)")
    parser.add_argument("--spawn", type=float, default=20, help="phones a second at the start (default %(default)s)")
    parser.add_argument("--minutes", type=float, default=1, help="how long (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("load"))
    parser.add_argument("--json", action="store_true", help="answer with the summary as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the crowd and tell how it went. Answers 2 where it could not begin."""
    if not args.codes.exists():
        print(f"suara: no codes at {args.codes}. Write them: suara accounts make --help", file=sys.stderr)
        return MISUSE
    args.out.mkdir(parents=True, exist_ok=True)
    kept = args.out / "summary.json"
    kept.unlink(missing_ok=True)
    with (args.out / "locust.log").open("w") as log:
        crowd = subprocess.run(_command(args), env=_environment(args), stdout=log, stderr=log, check=False)  # noqa: S603
    if not kept.exists():
        print(f"suara: the crowd did not begin; {args.out}/locust.log says why", file=sys.stderr)
        return MISUSE
    summary = msgspec.json.decode(kept.read_bytes())
    if args.json:
        print(msgspec.json.encode(summary).decode())
    else:
        _say(summary, args.out)
    return HOLDS if crowd.returncode == 0 else DIFFERS


def _command(args: argparse.Namespace) -> list[str]:
    import loadtest

    crowd = Path(loadtest.__file__).parent / "locustfile.py"
    return [
        sys.executable, "-m", "locust", "-f", str(crowd), "--headless", "--host", args.url, "--users", str(args.users),
        "--spawn-rate", str(args.spawn), "--run-time", f"{max(1, round(args.minutes * 60))}s", "--stop-timeout", "30",
        "--html", str(args.out / "report.html"), "--only-summary",
    ]  # fmt: skip


def _environment(args: argparse.Namespace) -> dict[str, str]:
    given = {
        "SUARA_BUNDLE": args.bundle, "SUARA_ACCOUNTS": args.accounts, "SUARA_CODES": args.codes,
        "SUARA_PHOTOS": args.photos or "", "SUARA_PHOTO_BYTES": args.photo_bytes, "SUARA_CONTEST": args.contest,
        "SUARA_SEED": args.seed, "SUARA_OUT": args.out,
    }  # fmt: skip
    return {**os.environ, **{name: str(value) for name, value in given.items()}}


def _say(summary: dict[str, Any], out: Path) -> None:
    print(f"{'request':<18}{'number':>9}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
    for name, row in summary["requests"].items():
        print(
            f"{name:<18}{row['requests']:>9,}{row['rate']:>10.1f}{row['p50']:>9.0f}{row['p99']:>9.0f}"
            f"{row['failures']:>8,}"
        )
    print()
    for what, times in summary["toll"].items():
        print(f"{times:>9,}  {what}")
    print(f"\nPlots over time: {out}/report.html")
