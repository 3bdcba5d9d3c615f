"""`suara screens`: what is unusual in a file of per-TPS records, and how often it was changed later; no servers."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from recap.screens.offline import Rate

HOLDS, DIFFERS = 0, 1

ABOUT = """\
Judges every record of a file by the warnings of the rule catalogue (W501 to W512), as far as the file has what they
need. Nothing is held for a warning: it is a question to a person.

RECORDS is as `suara tally` takes it. --versions is a file of the same records over time: `kode`, `ver` and figures;
then records are judged as they were first published, and of those found it says how many had a figure changed or taken
away later. "base" is the same share of all records judged: what picking by chance would point at.
"""
EXAMPLES = """\
examples:
  suara screens ../shared/data/sirekap2024/ppwp_tps.parquet --bundle B
  suara screens ppwp_tps.parquet --bundle B --versions ppwp_tps_versions.parquet --json

exit code 0: judged; 1: rows of the file could not be used; 2: called wrongly
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `suara screens`."""
    parser = subparsers.add_parser(
        "screens",
        help="what is unusual in a file of per-TPS records, no servers",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("records", type=Path, metavar="RECORDS")
    parser.add_argument("--bundle", type=Path, required=True, metavar="B", help="the election's reference data")
    parser.add_argument("--contest", metavar="KEY", help="which contest (default: ppwp, or the bundle's only one)")
    parser.add_argument("--versions", type=Path, metavar="FILE", help="the same records over time")
    parser.add_argument("--json", action="store_true", help="answer facts as JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Judge the file; exit code 0 or 1. Raises Rejected for files and names that do not serve."""
    from election import bundle as bundles
    from recap import tally
    from recap.screens import offline

    bundle = bundles.load(args.bundle)
    key = args.contest or ("ppwp" if "ppwp" in bundle.contests else next(iter(bundle.contests), ""))
    records = tally.read(args.records, bundle.tree, tally.whole(bundle, key), bundle.tps_holding(key))
    versions = offline.versions(args.versions, bundle.tree, records.contest) if args.versions else None
    rates = offline.screened(bundle, records, versions)
    waiting = offline.waiting(rates)
    if args.json:
        facts = {"records": len(records), "refused": len(records.refused), "waiting": waiting}
        print(json.dumps({**facts, "codes": msgspec.to_builtins(rates)}, indent=2))
    else:
        print(f"{len(records):,} records of {key}")
        _print(rates, versions is not None)
        for code, needs in waiting.items():
            print(f"  {code} was not judged; it needs {needs}")
        if records.refused:
            print(f"{len(records.refused):,} rows could not be used; `suara tally` says which", file=sys.stderr)
    return DIFFERS if records.refused else HOLDS


def _print(rates: "tuple[Rate, ...]", over_time: bool) -> None:
    later = "   known    changed later     base" if over_time else ""
    print(f"  code      judged     found     share{later}")
    for one in rates:
        line = f"  {one.code}{one.judged:>12,}{one.found:>10,}{_percent(one.found, one.judged):>10}"
        if over_time:
            line += f"{one.known:>8,}{one.changed:>8,}{_percent(one.changed, one.known):>9}"
            line += _percent(one.base_changed, one.base).rjust(9)
        print(line)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3f} %" if whole else "-"
